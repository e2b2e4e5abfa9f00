// What a person sees who sits at a terminal: questions, answers, progress, interrupts.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "core/layout.hpp"
#include "core/text.hpp"
#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/certificates.hpp"
#include "support/rooms.hpp"
#include "support/sessions.hpp"
#include "support/terminal.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

using Words = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Words command(const Accounts& accounts, const std::string& name, const Words& more = {}) {
  Words out = {hookferry_binary(), name,  accounts.url(),  accounts.url(),
               "--source-region",  "eu1", "--dest-region", "us1",
               "--settle",         "0.3", "--ledger",      accounts.ledger()};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

/// Without colours and the moving of the cursor.
std::string plain(const std::string& shown) {
  return std::regex_replace(shown, std::regex("\x1b\\[[0-9;]*[A-Za-z]"), "");
}

/// Each state of the line that is written over, and every other line.
Words frames(const std::string& shown) {
  Words out;
  std::string one;
  for (const char c : plain(shown)) {
    if (c != '\r' && c != '\n') {
      one.push_back(c);
      continue;
    }
    if (!one.empty()) out.push_back(one);
    one.clear();
  }
  return out;
}

const Words slow_writes = {"--fault", "POST:slow-apply=900"};

}  // namespace

BOOST_AUTO_TEST_SUITE(screen)

BOOST_AUTO_TEST_CASE(the_passphrase_of_a_client_key_is_not_asked_for) {
  const TempDir folder;
  const auto mine = Certificate::self_signed(folder, {});
  const auto locked = folder.file("locked.key");
  BOOST_REQUIRE(
      std::system(("openssl pkey -aes128 -passout pass:EXAMPLE -in " + mine.key_file() + " -out " + locked)
                      .c_str()) == 0);
  Terminal terminal({hookferry_binary(), "export", "https://127.0.0.1:1", "--retries", "0", "--client-cert",
                     mine.file(), "--client-key", locked},
                    {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "EXAMPLE"}});
  BOOST_TEST(terminal.wait() == 78);
  const auto shown = plain(terminal.shown());
  BOOST_TEST(has(shown, "cannot use the key of the client certificate"), shown);
  BOOST_TEST(!has(shown, "pass phrase"), shown);
}

BOOST_AUTO_TEST_CASE(yes_is_yes_in_any_letters_and_everything_else_is_an_answer_and_no_error) {
  for (const std::string answer : {"y", "YES", " Yes ", "n", "no", "", "yess"}) {
    const Accounts accounts(many(2), {});
    const bool yes = answer == "y" || answer == "YES" || answer == " Yes ";
    Terminal terminal(command(accounts, "migrate"), accounts.environment());
    terminal.wait_for("[y/N] ");
    terminal.type(answer + "\n");
    BOOST_TEST(terminal.wait() == (yes ? 0 : 1), terminal.shown());
    BOOST_TEST(accounts.count("us") == (yes ? 2u : 0u), answer);
    BOOST_TEST(has(terminal.shown(), "hookferry: nothing was changed") == !yes, terminal.shown());
    BOOST_TEST(!has(terminal.shown(), "error"), terminal.shown());
  }
}

BOOST_AUTO_TEST_CASE(the_question_names_both_ends_and_what_is_left_out) {
  const Accounts accounts(many(3), {slack("there", "https://there.test/", 9)});
  Terminal terminal(command(accounts, "migrate", {"--except", "*-2"}), accounts.environment(), 200);
  terminal.wait_for("[y/N] ");
  const auto shown = plain(terminal.shown());
  const auto question = shown.substr(shown.find("extra."));
  BOOST_TEST(has(question, "from " + accounts.url() + " (region eu1, " + accounts.url() + ", company 1)"),
             question);
  BOOST_TEST(has(question, "  to " + accounts.url() + " (region us1, " + accounts.url() + ", company "),
             question);
  BOOST_TEST(has(question, "2 of 3 webhooks selected; 1 left out by --except *-2"), question);
  BOOST_TEST(has(question, "Write 2 webhooks to " + accounts.url() + "? [y/N]"), question);
  terminal.type("n\n");
  BOOST_TEST(terminal.wait() == 1);
}

BOOST_AUTO_TEST_CASE(plan_and_question_reach_the_terminal_where_output_and_errors_go_elsewhere) {
  const Accounts accounts(many(2), {});
  const auto& folder = accounts.folder();
  auto words = command(accounts, "migrate");
  std::string line;
  for (const auto& word : words) line += "'" + word + "' ";
  for (const std::string& redirection :
       {">" + folder.file("out"), ">" + folder.file("out") + " 2>" + folder.file("err")})
    for (const bool yes : {false, true}) {
      Terminal terminal({"sh", "-c", line + redirection}, accounts.environment());
      terminal.wait_for("[y/N] ");
      BOOST_TEST(has(terminal.shown(), "2 to create:"), terminal.shown());
      BOOST_TEST(has(terminal.shown(), "\"hook-1\""), terminal.shown());
      terminal.type(yes ? "y\n" : "n\n");
      BOOST_TEST(terminal.wait() == (yes ? 0 : 1));
      BOOST_TEST(accounts.count("us") == (yes ? 2u : 0u));
      if (!yes) continue;
      const auto ids = accounts.webhooks("us");
      for (const auto& webhook : ids) accounts.somebody_deletes("us", webhook.id);
      std::filesystem::remove(accounts.ledger());
      std::filesystem::remove_all(accounts.state_folder());
    }
}

BOOST_AUTO_TEST_CASE(more_than_a_hundred_webhooks_want_the_name_of_their_destination) {
  const Accounts accounts(many(101), {});
  for (const bool name : {false, true}) {
    Terminal terminal(command(accounts, "migrate"), accounts.environment({{"PAGER", "cat"}}));
    terminal.wait_for("Type the destination's name (" + accounts.url() + ") to confirm: ");
    terminal.type((name ? accounts.url() : "yes") + "\n");
    BOOST_TEST(terminal.wait() == (name ? 0 : 1), terminal.shown());
    BOOST_TEST(accounts.count("us") == (name ? 101u : 0u));
    BOOST_TEST(has(terminal.shown(), "the confirmation did not match") == !name);
  }
  const Accounts hundred(many(100), {});
  Terminal terminal(command(hundred, "migrate"), hundred.environment({{"PAGER", "cat"}}));
  terminal.wait_for("[y/N] ");
}

BOOST_AUTO_TEST_CASE(a_mirror_that_deletes_wants_the_name_of_its_destination) {
  const Accounts accounts(many(3), {slack("extra", "https://extra.test/", 9)});
  const auto words = command(accounts, "mirror", {"--max-delete", "100%"});
  for (const bool name : {false, true}) {
    Terminal terminal(words, accounts.environment());
    terminal.wait_for("Type the destination's name (" + accounts.url() + ") to confirm: ");
    terminal.type((name ? accounts.url() : "y") + "\n");
    BOOST_TEST(terminal.wait() == (name ? 0 : 1), terminal.shown());
    BOOST_TEST(accounts.count("us") == (name ? 3u : 1u));
  }
}

BOOST_AUTO_TEST_CASE(a_plan_longer_than_the_screen_goes_through_the_pager_by_default) {
  const Accounts accounts(many(40), {});
  const auto& folder = accounts.folder();
  const auto pager = "cat >'" + folder.file("paged") + "'";
  const auto paged = [&](const Words& more, const std::string& by) {
    spill(folder.file("paged"), "");
    Terminal terminal(command(accounts, "migrate", more), accounts.environment({{"PAGER", by}}));
    terminal.wait_for("[y/N] ");
    BOOST_TEST(has(terminal.shown(), "\"hook-39\"") == slurp(folder.file("paged")).empty());
    terminal.type("n\n");
    terminal.wait();
    return slurp(folder.file("paged"));
  };
  BOOST_TEST(has(paged({}, pager), "40 to create:"));
  BOOST_TEST(paged({"--no-pager"}, pager) == "");
  BOOST_TEST(paged({}, "cat") == "");
  BOOST_TEST(paged({}, "/no/such/pager") == "");
  const auto piped =
      accounts.run_with({{"PAGER", pager}}, {"diff", accounts.url(), accounts.url(), "--no-rewrite"});
  BOOST_TEST(has(piped.out, "\"hook-39\""));
  BOOST_TEST(slurp(folder.file("paged")) == "");
}

BOOST_AUTO_TEST_CASE(a_key_is_not_handed_to_the_pager) {
  const Accounts accounts(many(40), {});
  const auto file = accounts.folder().file("environment");
  Terminal terminal(command(accounts, "diff"),
                    accounts.environment({{"PAGER", "env >'" + file + "'; cat >/dev/null"}}));
  BOOST_TEST(terminal.wait() == 64, terminal.shown());  // diff takes no --ledger
  Words words = command(accounts, "migrate", {"-n"});
  Terminal again(words, accounts.environment({{"PAGER", "env >'" + file + "'; cat >/dev/null"}}));
  BOOST_TEST(again.wait() == 2, again.shown());
  const auto environment = slurp(file);
  BOOST_TEST(has(environment, "LESS=FRX"), environment);
  BOOST_TEST(!has(environment, "eu-key"), environment);
  BOOST_TEST(!has(environment, "us-key"), environment);

  const auto config = accounts.folder().file("c.ini");
  for (const std::string side : {"eu", "us"})
    spill(config,
          slurp(config) + "[" + side + "]\nurl = " + accounts.url() + "\napi-key-env = TOKEN_" + side + "\n");
  Terminal sections({hookferry_binary(), "migrate", "eu", "us", "-n", "--no-rewrite", "--config", config},
                    {{"HOME", accounts.folder().path()},
                     {"TOKEN_eu", "eu-key"},
                     {"TOKEN_us", "us-key"},
                     {"PAGER", "env >'" + file + "2'; cat >/dev/null"}});
  BOOST_TEST(sections.wait() == 2, sections.shown());
  BOOST_TEST(has(slurp(file + "2"), "LESS=FRX"));
  BOOST_TEST(!has(slurp(file + "2"), "us-key"), slurp(file + "2"));
}

BOOST_AUTO_TEST_CASE(a_stage_that_takes_its_time_says_how_far_it_is_on_one_line_of_any_width) {
  for (const int columns : {80, 60}) {
    const Accounts accounts(many(6), {}, slow_writes);
    Terminal terminal(command(accounts, "migrate", {"--yes", "--batch-size", "2", "--concurrency", "1"}),
                      accounts.environment(), columns);
    terminal.wait_for("2 of 6 webhooks");
    BOOST_TEST(terminal.wait() == 0, terminal.shown());
    BOOST_TEST(has(terminal.shown(), "\r["), terminal.shown());
    BOOST_TEST(has(terminal.shown(), "/s, "), terminal.shown());
    bool any = false;
    for (const auto& frame : frames(terminal.shown())) {
      const bool progress = has(frame, " of 6 webhooks");
      any = any || progress;
      if (progress) BOOST_TEST(display_width(frame) < static_cast<std::size_t>(columns), frame);
    }
    BOOST_TEST(any);
  }
}

BOOST_AUTO_TEST_CASE(a_plan_fits_a_window_of_sixty_columns) {
  std::string long_path;
  for (int i = 0; i < 8; ++i) long_path += "hooks/alerts/";
  const Accounts accounts(
      {slack("an-alias-that-is-far-too-long-for-a-window-of-sixty-columns", "https://a.test/x", 1),
       slack("there", "https://there.test/" + long_path + "new", 2)},
      {slack("there", "https://there.test/" + long_path + "old", 7)});
  spill(accounts.folder().file("h.ini"), "[eu]\nregion = eu1\nurl = " + accounts.url() +
                                             "\n[us]\nregion = us1\nurl = " + accounts.url() + "\n");
  Terminal terminal(
      {hookferry_binary(), "diff", "eu", "us", "--show-secrets", "--config", accounts.folder().file("h.ini")},
      accounts.environment(), 60);
  BOOST_TEST(terminal.wait() == 2, terminal.shown());
  for (const auto& frame : frames(terminal.shown())) BOOST_TEST(display_width(frame) <= 60u, frame);
  BOOST_TEST(has(terminal.shown(), "^^^"), terminal.shown());
}

BOOST_AUTO_TEST_CASE(a_long_plan_is_cut_on_a_screen_and_whole_in_a_file) {
  const Accounts accounts(many(201), {});
  Terminal terminal(command(accounts, "migrate", {"-n", "--no-pager"}), accounts.environment());
  BOOST_TEST(terminal.wait() == 2);
  BOOST_TEST(has(terminal.shown(), "Showing 20 of 201 changes; use -v to list all."), terminal.shown());
  BOOST_TEST(!has(terminal.shown(), "\"hook-200\""));
  const auto piped = accounts.diff();
  BOOST_TEST(has(piped.out, "\"hook-200\""));
  BOOST_TEST(!has(piped.out, "Showing"));
}

BOOST_AUTO_TEST_CASE(warnings_of_webhooks_that_are_not_listed_are_counted_by_their_texts) {
  auto source = many(200);
  for (int i = 0; i < 30; ++i)
    source.push_back(slack("team-" + std::to_string(i), "https://a.coralogix.com/x"));
  const Accounts accounts(source, {});
  Terminal terminal(command(accounts, "migrate", {"-n", "--no-pager"}), accounts.environment(), 160);
  BOOST_TEST(terminal.wait() == 2);
  const auto shown = plain(terminal.shown());
  BOOST_TEST(has(shown, "Warnings: 30 (30 not shown; use -v)"), shown);
  BOOST_TEST(has(shown, "  30 x "), shown);
  BOOST_TEST(has(accounts.diff().out, "Warnings: 30\n"));
}

BOOST_AUTO_TEST_CASE(the_summary_is_shown_again_after_the_pager) {
  const Accounts accounts(many(40), {});
  Terminal terminal(command(accounts, "migrate", {"-n"}),
                    accounts.environment({{"PAGER", "cat >/dev/null"}}));
  BOOST_TEST(terminal.wait() == 2);
  BOOST_TEST(has(terminal.shown(), "Plan: 40 to create"), terminal.shown());
  BOOST_TEST(!has(terminal.shown(), "hook-1"), terminal.shown());
}

BOOST_AUTO_TEST_CASE(errors_are_broken_at_words_on_a_screen_alone) {
  const Accounts accounts({}, {});
  const Words words = {"diff", accounts.url(), "nosuch-account-of-a-rather-long-name", "--source-region",
                       "eu1"};
  Words on_screen = words;
  on_screen.insert(on_screen.begin(), hookferry_binary());
  for (const int columns : {60, 80}) {
    Terminal terminal(on_screen, accounts.environment(), columns);
    BOOST_TEST(terminal.wait() == 64, terminal.shown());
    const auto lines = frames(terminal.shown());
    BOOST_TEST(lines.size() > 1u);
    for (const auto& line : lines) BOOST_TEST(display_width(line) < static_cast<std::size_t>(columns), line);
  }
  const auto piped = accounts.run(words);
  BOOST_TEST(std::ranges::count(piped.err, '\n') == 1, piped.err);
}

BOOST_AUTO_TEST_CASE(rules_that_match_nothing_are_reported_even_if_it_is_quiet) {
  const Accounts accounts({slack("one", "https://one.test/a", 1), slack("two", "https://two.test/b", 2)},
                          {slack("kept", "https://kept.test/", 7)});
  const std::string rules =
      "--only on* --only typo --except no* --type slack,jira --id 1,9 --rewrite-host none.test=b.test "
      "--rewrite-host one.test=one.test --rewrite-prefix https://one.test/a=https://c.test/ "
      "--rewrite-prefix https://one.test/b=https://c.test/";
  Words more;
  for (const auto word : split(rules, ' ')) more.emplace_back(word);
  for (const std::string format : {"-q", "--format=json"}) {
    auto words = more;
    words.push_back(format);
    const auto ran = accounts.diff(words);
    BOOST_TEST(ran.code == 2, ran.err);
    const auto warnings = std::ranges::count(ran.err, '\n');
    BOOST_TEST(warnings == 6, ran.err);
    for (const std::string part :
         {"no webhook matches --only typo", "no webhook matches --except no*",
          "no webhook matches --type jira", "no webhook of the source matches --id 9",
          "no URL matches --rewrite-host none.test=b.test",
          "no URL matches --rewrite-prefix https://one.test/b=https://c.test/"}) {
      BOOST_TEST(has(ran.err, "warning: " + part + "\n"), ran.err);
      BOOST_TEST(has(ran.out, part) == (format != "-q"), ran.out);
    }
  }
  // What only the destination of a mirror has counts, too.
  BOOST_TEST(accounts.diff({"--mirror", "--except", "kept", "-q"}).err == "");
  BOOST_TEST(has(accounts.diff({"--mirror", "--except", "nothing", "-q"}).err, "matches --except nothing"));
  BOOST_TEST(has(accounts.diff({"--except", "kept", "-q"}).err, "matches --except kept"));
  spill(accounts.folder().file("c.ini"), "[defaults]\nexcept = none*\n");
  BOOST_TEST(has(accounts.diff({"-q", "--config", accounts.folder().file("c.ini")}).err,
                 "no webhook matches except = none*, c.ini:2"));
  const auto exported =
      accounts.run_with({{"HOOKFERRY_KEY", "eu-key"}}, {"export", accounts.url(), "--only", "typo", "-q"});
  BOOST_TEST(has(exported.err, "no webhook matches --only typo"), exported.err);
}

BOOST_AUTO_TEST_CASE(failures_are_grouped_by_their_reason) {
  const Accounts accounts(many(5), {}, {"--fault", "POST:status=422"});
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(has(ran.out, "x 5 failed: "), ran.out);
  BOOST_TEST(has(ran.out, "\n  " + std::string(10, ' ') + "slack           \"hook-4\"\n"), ran.out);
  BOOST_TEST(!has(ran.out, "To undo"), ran.out);
}

BOOST_AUTO_TEST_CASE(a_run_that_ends_early_is_incomplete) {
  const Accounts accounts(many(6), {}, {"--fault", "POST#2-:status=401"});
  const auto ran = accounts.migrate({"--batch-size", "2", "--concurrency", "1"});
  BOOST_TEST(ran.code == 77, ran.err);
  BOOST_TEST(has(ran.out, "Incomplete: 2 created"), ran.out);
  BOOST_TEST(has(ran.out, "\nTo undo: hookferry undo --last\n"), ran.out);
  BOOST_TEST(accounts.run({"undo", "--last", "--dest", accounts.url(), "--yes", "--settle", "0.1"}).code ==
             0);
  const auto again = accounts.run({"undo", "--last", "--dest", accounts.url(), "--yes", "--settle", "0.1"});
  BOOST_TEST(again.code == 0, again.err);
  BOOST_TEST(has(again.err, "The last run is already undone."), again.err);
}

BOOST_AUTO_TEST_CASE(an_error_says_which_side_it_is_of) {
  const Accounts accounts(many(1), {});
  for (const std::string side : {"source", "destination"}) {
    const auto ran =
        accounts.run_with({{side == "source" ? "HOOKFERRY_SOURCE_KEY" : "HOOKFERRY_DEST_KEY", "wrong"}},
                          {"diff", accounts.url(), accounts.url(), "--no-rewrite"});
    BOOST_TEST(ran.code == 77, ran.err);
    BOOST_TEST(has(ran.err, "cannot read the webhooks of the " + side + " " + accounts.url()), ran.err);
  }
}

BOOST_AUTO_TEST_CASE(an_interrupt_leaves_the_rest_of_a_refused_batch_unsent) {
  const Accounts accounts(many(8), {}, {"--fault", "POST#1:status=400", "--fault", "POST#2-:slow-apply=900"});
  Terminal terminal(command(accounts, "migrate", {"--yes", "--batch-size", "8", "--concurrency", "1"}),
                    accounts.environment());
  accounts.await_requests("begun:POST", 1);
  terminal.type("\x03");
  BOOST_TEST(terminal.wait() == 130, terminal.shown());
  const auto shown = unbroken(plain(terminal.shown()));
  BOOST_TEST(has(shown, " 0 failed, "), shown);
  BOOST_TEST(!has(shown, "HTTP 400\r\n"), shown);
}

BOOST_AUTO_TEST_CASE(no_progress_line_where_it_is_quiet) {
  const Accounts accounts(many(4), {}, slow_writes);
  Terminal terminal(command(accounts, "migrate", {"--yes", "-q", "--batch-size", "2", "--concurrency", "1"}),
                    accounts.environment());
  BOOST_TEST(terminal.wait() == 0, terminal.shown());
  BOOST_TEST(terminal.shown() == "", terminal.shown());
}

BOOST_AUTO_TEST_CASE(a_wait_says_what_it_waits_for) {
  const Accounts accounts(many(2), {}, {"--fault", "POST#1:close-after", "--fault", "GET:late=1500"});
  auto words = command(accounts, "migrate", {"--yes"});
  words[std::size_t(std::find(words.begin(), words.end(), "0.3") - words.begin())] = "2";
  Terminal terminal(words, accounts.environment(), 120);
  terminal.wait_for("waiting up to 2 s for what was sent to show");
  BOOST_TEST(terminal.wait() == 0, terminal.shown());
}

BOOST_AUTO_TEST_CASE(one_interrupt_settles_and_counts_what_was_not_sent) {
  const Accounts accounts(many(8), {}, slow_writes);
  Terminal terminal(command(accounts, "migrate", {"--yes", "--batch-size", "2", "--concurrency", "1"}),
                    accounts.environment());
  accounts.await_requests("begun:POST", 2);
  terminal.type("\x03");
  BOOST_TEST(terminal.wait() == 130, terminal.shown());
  const auto shown = unbroken(plain(terminal.shown()));
  const auto there = accounts.count("us");
  BOOST_TEST(there > 0u);
  BOOST_TEST(there < 8u);
  BOOST_TEST(has(shown, "settling what was sent"), shown);
  BOOST_TEST(has(shown, "Interrupted: " + std::to_string(there) + " created"), shown);
  BOOST_TEST(has(shown, "0 failed, " + std::to_string(8 - there) + " not sent."), shown);
  BOOST_TEST(has(shown, "were not sent: interrupted (-v lists them)."), shown);
  BOOST_TEST(has(shown, "To finish, rerun the command; it continues where it stopped."), shown);
  BOOST_TEST(has(plain(terminal.shown()), "\nTo undo: hookferry undo --last\r\n"), shown);
  BOOST_TEST(!std::regex_search(plain(terminal.shown()), std::regex("x .*not sent")), shown);
}

BOOST_AUTO_TEST_CASE(what_was_not_sent_is_a_list_where_one_is_asked_for) {
  const Accounts accounts(many(8), {}, slow_writes);
  Terminal terminal(command(accounts, "migrate", {"--yes", "-v", "--batch-size", "2", "--concurrency", "1"}),
                    accounts.environment());
  accounts.await_requests("begun:POST", 1);
  terminal.type("\x03");
  BOOST_TEST(terminal.wait() == 130, terminal.shown());
  const auto shown = plain(terminal.shown());
  BOOST_TEST(std::regex_search(shown, std::regex("x [5-7] not sent: ")), shown);
  BOOST_TEST(has(shown, "\n            slack           \"hook-7\""), shown);
}

BOOST_AUTO_TEST_CASE(a_second_interrupt_leaves_at_once_and_says_what_to_do) {
  const Accounts accounts(many(4), {}, {"--fault", "POST:slow-apply=20000"});
  Terminal terminal(command(accounts, "migrate", {"--yes"}), accounts.environment());
  accounts.await_requests("begun:POST", 1);
  terminal.type("\x03");
  terminal.wait_for("settling what was sent");
  terminal.type("\x03");
  BOOST_TEST(terminal.wait() == 130, terminal.shown());
  BOOST_TEST(has(terminal.shown(), "run the same command again to verify"), terminal.shown());
}

BOOST_AUTO_TEST_CASE(an_interrupt_at_the_question_changes_nothing) {
  const Accounts accounts(many(2), {});
  Terminal terminal(command(accounts, "migrate"), accounts.environment());
  terminal.wait_for("[y/N] ");
  terminal.type("\x03");
  BOOST_TEST(terminal.wait() == 130, terminal.shown());
  BOOST_TEST(has(terminal.shown(), "interrupted; nothing was changed"), terminal.shown());
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(no_color_takes_the_colours_and_a_dumb_terminal_all_escapes) {
  const struct {
    std::string name, value;
    bool colours, escapes;
  } cases[] = {{"LANG", "C", true, true}, {"NO_COLOR", "1", false, true}, {"TERM", "dumb", false, false}};
  for (const auto& c : cases) {
    const Accounts accounts(many(4), {}, slow_writes);
    Terminal terminal(command(accounts, "migrate", {"--yes", "--batch-size", "2", "--concurrency", "1"}),
                      accounts.environment({{c.name, c.value}}));
    BOOST_TEST(terminal.wait() == 0, terminal.shown());
    BOOST_TEST(has(terminal.shown(), "\x1b[32m") == c.colours, c.name);
    BOOST_TEST(has(terminal.shown(), "\x1b[") == c.escapes, c.name);
    BOOST_TEST(accounts.count("us") == 4u);
  }
}

BOOST_AUTO_TEST_CASE(no_escape_of_an_alias_reaches_the_terminal) {
  const Accounts accounts({slack("\x1b[31mred\xc2\x9b"
                                 "5m\xe2\x80\xae",
                                 "https://red.test/\x1b]0;x\x07", 1)},
                          {});
  Terminal terminal(command(accounts, "migrate", {"--color", "never"}), accounts.environment());
  terminal.wait_for("[y/N] ");
  terminal.type("y\n");
  BOOST_TEST(terminal.wait() == 0, terminal.shown());
  BOOST_TEST(has(terminal.shown(), "\\x1b[31mred"), terminal.shown());
  BOOST_TEST(!has(plain(terminal.shown()), "\x1b"), terminal.shown());
  BOOST_TEST(!has(terminal.shown(), "\x1b[31m"), terminal.shown());
}

BOOST_AUTO_TEST_CASE(a_reader_that_has_enough_ends_it_quietly) {
  const Accounts accounts(many(3000), {});
  Terminal terminal({"sh", "-c", "'" + hookferry_binary() + "' list '" + accounts.url() + "' | head -n 1"},
                    accounts.environment());
  BOOST_TEST(terminal.wait() == 0);
  BOOST_TEST(plain(terminal.shown()).find("error") == std::string::npos, terminal.shown());
}

BOOST_AUTO_TEST_CASE(a_lock_names_who_holds_it) {
  const Accounts accounts(many(2), {});
  Terminal terminal(command(accounts, "migrate"), accounts.environment());
  terminal.wait_for("[y/N] ");
  const auto second = accounts.migrate();
  BOOST_TEST(second.code == 1, second.err);
  BOOST_TEST(std::regex_search(second.err, std::regex("\\(pid [0-9]+: hookferry migrate ")), second.err);
  terminal.type("n\n");
  terminal.wait();
  // The beginning of its command line is shown, which may name an address that is a secret.
  Terminal secret({hookferry_binary(), "--rewrite-prefix",
                   "https://hooks.slack.com/services/T1/B1/sEcReT99xyz=https://p.example.com/", "migrate",
                   accounts.url(), accounts.url(), "--no-rewrite"},
                  accounts.environment());
  secret.wait_for("[y/N] ");
  const auto third = accounts.migrate();
  BOOST_TEST(has(third.err, "(pid "), third.err);
  BOOST_TEST(has(third.err, "hooks.slack.com"), third.err);
  BOOST_TEST(!has(third.err, "sEcReT99"), third.err);
  secret.type("n\n");
  secret.wait();
}

BOOST_AUTO_TEST_CASE(commands_that_only_read_need_no_home) {
  const Accounts accounts(many(2), many(1));
  const Environment homeless = {{"HOME", ""}, {"XDG_STATE_HOME", ""}};
  for (const auto& arguments : {Words{"list", accounts.url()}, Words{"check", accounts.url()}, Words{"runs"},
                                Words{"regions"}, Words{"export", accounts.url()}})
    BOOST_TEST(accounts.run_with(homeless, arguments).code == 0, arguments[0]);
  const auto diff = accounts.run_with(homeless, {"diff", accounts.url(), accounts.url(), "--no-rewrite"});
  BOOST_TEST(diff.code == 2, diff.err);
}

BOOST_AUTO_TEST_CASE(an_unwritable_state_folder_is_reported_with_its_variable) {
  const Accounts accounts(many(1), {});
  const auto ran = accounts.run_with({{"XDG_STATE_HOME", "/proc/none"}},
                                     {"migrate", accounts.url(), accounts.url(), "--no-rewrite", "--yes"});
  BOOST_TEST(ran.code == 73, ran.err);
  BOOST_TEST(has(ran.err, "XDG_STATE_HOME"), ran.err);
}

BOOST_AUTO_TEST_CASE(strict_ends_it_before_the_first_write_whatever_the_command) {
  // A team host that stays is a warning.
  const auto hook = slack("on-team", "https://acme.coralogix.com/hook", 1);
  const Accounts accounts({hook}, {slack("there", "https://there.test/", 5)});
  const Words ends = {accounts.url(), accounts.url(), "--source-region", "eu1", "--dest-region", "us1"};
  const auto run = [&](Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return accounts.run(words);
  };
  Words writing = ends;
  writing.insert(writing.end(), {"--yes", "--settle", "0.3"});
  for (const std::string name : {"migrate", "mirror"}) {
    Words words = writing;
    words.insert(words.begin(), name);
    if (name == "mirror") words.insert(words.end(), {"--max-delete", "100%"});
    const auto ran = run(words, {"--strict"});
    BOOST_TEST(ran.code == 1, ran.err);
    BOOST_TEST(has(ran.err, "1 warning with --strict"), ran.err);
  }
  Words diff = ends;
  diff.insert(diff.begin(), "diff");
  const auto plan = accounts.folder().file("plan");
  BOOST_TEST(run(diff, {"--strict"}).code == 1);
  BOOST_TEST(has(run(diff, {"--strict"}).err, "--rewrite-host acme.coralogix.com=TEAM."));
  BOOST_TEST(run(diff, {"--out", plan}).code == 2);
  BOOST_TEST(accounts.run({"apply", plan, "--strict", "--settle", "0.3"}).code == 1);
  spill(accounts.folder().file("file.json"), "[" + hook + "]");
  BOOST_TEST(
      accounts.run({"import", accounts.folder().file("file.json"), accounts.url(), "--strict", "--yes"})
          .code == 1);
  BOOST_TEST(accounts
                 .run({"transform", accounts.folder().file("file.json"), "--source-region", "eu1",
                       "--dest-region", "us1", "--strict", "-o", accounts.folder().file("body.json")})
                 .code == 1);
  BOOST_TEST(!std::filesystem::exists(accounts.folder().file("body.json")));
  spill(accounts.folder().file("fleet.ini"),
        "[defaults]\nsettle = 0.3\n[eu]\nregion = eu1\nurl = " + accounts.url() +
            "\napi-key-env = HOOKFERRY_SOURCE_KEY\n" + "[us]\nregion = us1\nurl = " + accounts.url() +
            "\napi-key-env = HOOKFERRY_DEST_KEY\n[pair one]\nsource = eu\ndest = us\nstrict = true\n");
  BOOST_TEST(accounts.run({"fleet", "--yes", "--config", accounts.folder().file("fleet.ini")}).code == 1);
  BOOST_TEST(accounts.count("us") == 1u);
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") == 0u);
  Words migrate = writing;
  migrate.insert(migrate.begin(), "migrate");
  BOOST_TEST(run(migrate, {}).code == 0);
  BOOST_TEST(run(migrate, {"--strict"}).code == 0);  // nothing is left to write
}

BOOST_AUTO_TEST_CASE(strict_counts_the_warnings_that_a_quiet_run_does_not_show) {
  const Accounts accounts(many(1), {});
  const auto config = accounts.folder().file("c.ini");
  spill(config, "[us]\nurl = " + accounts.url() + "\n");
  std::filesystem::permissions(config, std::filesystem::perms(0666));  // a warning
  for (const Words& more : {Words{}, Words{"-q"}}) {
    Words words = {"migrate",  accounts.url(), "us",       "--no-rewrite", "--yes",
                   "--settle", "0.3",          "--strict", "--config",     config};
    words.insert(words.end(), more.begin(), more.end());
    const auto ran = accounts.run(words);
    BOOST_TEST(ran.code == 1, ran.err);
    BOOST_TEST(has(ran.err, "1 warning with --strict"), ran.err);
  }
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(transform_with_strict_writes_nothing_if_there_is_a_warning) {
  const Accounts accounts({}, {});
  const auto warned = slack("on-team", "https://acme.coralogix.com/hook", 1);
  const auto sound = slack("sound", "https://hooks.test/", 2);
  const auto in = accounts.folder().file("in.json");
  const auto out = accounts.folder().file("out.json");
  const Words words = {"transform", in, "--source-region", "eu1", "--dest-region", "us1", "--strict"};
  const auto run = [&](const Words& more) {
    auto all = words;
    all.insert(all.end(), more.begin(), more.end());
    return accounts.run(all);
  };
  std::vector<std::string> webhooks(5'000, sound);  // what is to be told of stands in the last part of them
  webhooks.push_back(warned);
  spill(in, array_of(webhooks));
  spill(out, "precious");
  const auto to_file = run({"-o", out});
  BOOST_TEST(to_file.code == 1);
  BOOST_TEST(has(to_file.err, "\"on-team\" (slack): points to the source's team host"), to_file.err);
  BOOST_TEST(slurp(out) == "precious");
  const auto to_stdout = run({});
  BOOST_TEST(to_stdout.code == 1);
  BOOST_TEST(to_stdout.out.empty());
  spill(in, array_of({sound}));
  BOOST_TEST(run({"-o", out}).code == 0);
  BOOST_TEST(has(slurp(out), "\"sound\""));
  spill(in, array_of({slack("moved", "https://api.coralogix.com/x", 3)}));
  const auto moved = run({});
  BOOST_TEST(has(moved.out, "api.coralogix.us"), moved.out);
  BOOST_TEST(has(moved.err, "1 host rewritten in 1 webhook."), moved.err);
}

BOOST_AUTO_TEST_CASE(transform_tells_each_thing_once_and_of_all_parts) {
  const Accounts accounts({}, {});
  std::vector<std::string> webhooks;
  for (int i = 0; i < 4'500; ++i)
    webhooks.push_back(
        slack("hook-" + std::to_string(i), "https://api.coralogix.com/" + std::to_string(i), i + 1));
  webhooks.push_back(slack("on-team", "https://acme.coralogix.com/hook", 5'000));
  webhooks.push_back(slack("hook-0", "https://hooks.test/", 5'001));
  const auto ran =
      accounts.run({"transform", "-", "--source-region", "eu1", "--dest-region", "us1"}, array_of(webhooks));
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(has(ran.err, "4500 hosts rewritten in 4500 webhooks."), ran.err);
  const auto times = [&](const std::string& part) {
    std::size_t out = 0;
    for (auto at = ran.err.find(part); at != std::string::npos; at = ran.err.find(part, at + 1)) ++out;
    return out;
  };
  BOOST_TEST(times("\"on-team\" (slack): ") == 1u);
  BOOST_TEST(times("\"hook-0\" (slack): 2 webhooks of the source share this alias and type") == 2u);
  const auto document = json::Document::over(ran.out);
  const auto written = document.root().elements();
  BOOST_REQUIRE(written.size() == webhooks.size());
  for (std::size_t i = 0; i < 4'500; ++i)
    if (written[i].find("alias")->string() != "hook-" + std::to_string(i)) BOOST_ERROR("place " << i);
}

BOOST_AUTO_TEST_SUITE_END()
