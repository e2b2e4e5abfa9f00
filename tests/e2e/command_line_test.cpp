// The command line as people write it.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/terminal.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

using Arguments = std::vector<std::string>;

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Ran with_defaults(const Accounts& accounts, const std::string& defaults, Arguments arguments) {
  spill(accounts.folder().file("defaults.ini"), "[defaults]\n" + defaults);
  arguments.insert(arguments.end(), {"--config", accounts.folder().file("defaults.ini")});
  return accounts.run(arguments);
}

const std::string listed =
    R"([{"id":1,"alias":"s","integration_type_id":0},{"id":2,"alias":"l","integration_type_id":3},)"
    R"({"id":3,"alias":"j","integration_type_id":6}])";

/// Aliases of --format tsv, one behind the other.
std::string aliases(const Ran& ran) {
  std::string out;
  for (std::size_t at = ran.out.find('\n'); at + 1 < ran.out.size(); at = ran.out.find('\n', at + 1)) {
    const auto line = ran.out.substr(at + 1, ran.out.find('\n', at + 1) - at - 1);
    const auto type = line.find('\t', line.find('\t') + 1);
    out += line.substr(type + 1, line.find('\t', type + 1) - type - 1);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(the_version_is_printed_for_every_spelling_and_any_configuration) {
  const Environment broken = {{"HOOKFERRY_CONFIG", "/nonexistent.ini"}};
  for (const std::string word : {"version", "--version", "-V"}) {
    const auto ran = run_hookferry({word}, broken);
    BOOST_TEST(ran.code == 0, ran.err);
    BOOST_TEST(ran.out.starts_with("hookferry "), ran.out);
  }
}

BOOST_AUTO_TEST_CASE(options_may_stand_before_the_command) {
  const Accounts accounts(many(2), {});
  const auto behind = run_hookferry({"list", "-", "--format", "tsv", "--type", "slack"}, {}, listed);
  for (const auto& arguments :
       {Arguments{"--format", "tsv", "list", "-", "--type", "slack"},
        Arguments{"--format=tsv", "--type", "slack", "list", "-"},
        Arguments{"-q", "--type", "slack", "--format", "tsv", "list", "-"},
        Arguments{"--no-quiet", "-vq", "--format", "tsv", "--type=slack", "list", "-"}})
    BOOST_TEST(run_hookferry(arguments, {}, listed).out == behind.out);
  auto migrate = accounts.migrate_arguments();
  migrate.erase(migrate.begin());
  migrate.push_back("migrate");
  for (std::size_t i = 0; i < 2; ++i) {  // its two arguments go behind it
    migrate.push_back(migrate.front());
    migrate.erase(migrate.begin());
  }
  BOOST_TEST(accounts.run(migrate).code == 0);
  BOOST_TEST(accounts.count("us") == 2u);
  BOOST_TEST(holds(run_hookferry({"--help", "diff"}, {}).out, "usage: hookferry diff"));
  BOOST_TEST(holds(run_hookferry({"diff", "-h"}, {}).out, "usage: hookferry diff"));
  BOOST_TEST(holds(run_hookferry({"--help"}, {}).out, "usage: hookferry COMMAND"));
}

BOOST_AUTO_TEST_CASE(an_unknown_option_before_the_command_is_reported) {
  const struct {
    Arguments arguments;
    std::string part;
  } cases[] = {
      {{"--fromat", "json", "list", "-"}, "unknown option --fromat; did you mean --format?"},
      {{"--include", "a", "list", "-"}, "unknown option --include; did you mean --only"},
      {{"-z", "list", "-"}, "unknown option -z"},
      {{"--format", "json"}, "no command given"},
      {{"--ledger", "x", "list", "-"}, "unknown option --ledger for list"},
      {{"--token=s3cret-9f8e7d6c5b", "list", "-"}, "unknown option --token; did you mean --key-file"},
  };
  for (const auto& [arguments, part] : cases) {
    const auto ran = run_hookferry(arguments, {});
    BOOST_TEST(ran.code == 64, part);
    BOOST_TEST(holds(ran.err, part), ran.err);
    BOOST_TEST(!holds(ran.err, "s3cret"), ran.err);
  }
}

BOOST_AUTO_TEST_CASE(words_of_other_tools_lead_to_ours) {
  const struct {
    Arguments arguments;
    std::string part;
  } cases[] = {
      {{"plan", "a", "b"}, R"(unknown command "plan"; did you mean diff?)"},
      {{"copy", "a", "b"}, "did you mean migrate"},
      {{"sync", "a", "b"}, "migrate"},
      {{"dump", "a"}, "did you mean export"},
      {{"help", "rollback"}, R"(unknown command or topic "rollback"; did you mean undo?)"},
      {{"migrat", "a", "b"}, "did you mean migrate?"},
      {{"diff", "a", "b", "--include", "x"}, "unknown option --include for diff; did you mean --only"},
      {{"diff", "a", "b", "--exclude", "x"}, "unknown option --exclude for diff; did you mean --except"},
      {{"diff", "a", "b", "--api-key", "x"}, "did you mean --source-key-file or --dest-key-file"},
      {{"check", "a", "--token", "x"}, "did you mean --key-file"},
  };
  for (const auto& [arguments, part] : cases) {
    const auto ran = run_hookferry(arguments, {});
    BOOST_TEST(ran.code == 64, part);
    BOOST_TEST(holds(ran.err, part), ran.err);
  }
}

BOOST_AUTO_TEST_CASE(short_flags_can_be_combined) {
  const Accounts accounts(many(1), {});
  const Arguments both = {accounts.url(), accounts.url(), "--no-rewrite", "--settle", "0.3"};
  const auto ran = [&](Arguments arguments) {
    arguments.insert(arguments.end(), both.begin(), both.end());
    return accounts.run(arguments);
  };
  const auto verbose = ran({"migrate", "-nv"});
  BOOST_TEST(verbose.code == 2, verbose.err);
  BOOST_TEST(holds(verbose.err, "GET"), verbose.err);
  const auto quiet = ran({"migrate", "-qnv"});
  BOOST_TEST(quiet.code == 2, quiet.err);
  BOOST_TEST(quiet.out + quiet.err == "");
  BOOST_TEST(ran({"migrate", "-nz"}).code == 64);
  for (const std::string harmless : {"-n", "--yes", "-ny"})
    BOOST_TEST(accounts.run({"diff", accounts.url(), accounts.url(), "--no-rewrite", harmless}).code == 2,
               harmless);
  BOOST_TEST(accounts.requests("POST") == 0u);
}

BOOST_AUTO_TEST_CASE(mistakes_lead_to_the_right_command) {
  const Accounts accounts({}, {});
  const auto file = accounts.folder().file("eu.json");
  spill(file, "[]");
  const auto exported = accounts.run({"export", file});
  BOOST_TEST(exported.code == 64);
  BOOST_TEST(
      holds(exported.err,
            "is a file, and this command needs an account - to see what is in the file: hookferry list " +
                file),
      exported.err);
  for (const std::string word : {"config", "init", "profiles"})
    BOOST_TEST(holds(accounts.run({word}).err, "did you mean accounts?"), word);
  spill(accounts.folder().file("c.ini"), "[us]\nurl = " + accounts.url() + "\n");
  const auto config = accounts.folder().file("c.ini");
  BOOST_TEST(holds(accounts.run({"diff", "us", "uss", "--config", config}).err, "did you mean us?"));
  const auto unread = accounts.run_with({{"HOOKFERRY_KEY", ""}}, {"list", accounts.url()});
  BOOST_TEST(unread.code == 78);
  BOOST_TEST(holds(unread.err, "HOOKFERRY_SOURCE_KEY is set, but this command does not read it"), unread.err);
  BOOST_TEST(holds(unread.err, "set HOOKFERRY_KEY"), unread.err);
  BOOST_TEST(run_hookferry({"--", "list", "-"}, {}, "[]").code == 0);
  BOOST_TEST(run_hookferry({"completion", "zsh", "--color", "never"}, {}).code == 64);
}

BOOST_AUTO_TEST_CASE(help_has_groups_and_follows_the_width_of_the_terminal) {
  const auto page = run_hookferry({"help", "migrate"}, {}).out;
  std::size_t at = 0;
  for (const std::string heading :
       {"Selection:", "Changes:", "Safety:", "Output:", "Network:", "Global:", "-h, --help"}) {
    const auto next = page.find("\n" + (heading[0] == '-' ? "  " + heading : heading), at);
    BOOST_TEST(next != std::string::npos, heading);
    at = std::max(at, next == std::string::npos ? at : next);
  }
  for (const std::string topic :
       {"configuration", "filters", "overlays", "reports", "plan-files", "ledgers", "faults"})
    BOOST_TEST(run_hookferry({"help", topic}, {}).code == 0, topic);
  for (const Arguments& arguments : {Arguments{"version"},
                                     {"version", "--format", "json"},
                                     {"help", "--format", "json"},
                                     {"help"},
                                     {"completion", "bash"},
                                     {"completion", "zsh"},
                                     {"completion", "fish"}}) {
    const auto ran = run_hookferry(arguments, {});
    BOOST_TEST(ran.code == 0, arguments[0]);
    BOOST_TEST(ran.out.ends_with('\n'), arguments[0]);
  }
  Terminal narrow({hookferry_binary(), "help", "migrate"}, {{"PAGER", "cat"}}, 60);
  BOOST_TEST(narrow.wait() == 0);
  for (std::size_t begin = 0, end = 0; (end = narrow.shown().find('\n', begin)) != std::string::npos;
       begin = end + 1)
    BOOST_TEST(end - begin <= 61u, narrow.shown().substr(begin, end - begin));
}

BOOST_AUTO_TEST_CASE(types_and_ids_come_in_lists_and_again_and_again) {
  const struct {
    Arguments options;
    std::string aliases;
  } cases[] = {
      {{"--type", "slack,jira"}, "sj"},      {{"--type", "slack", "--type", "sendlog"}, "sl"},
      {{"--type", "0,Send Log,6"}, "slj"},   {{"--id", "2,3"}, "lj"},
      {{"--id", "1", "--id", "3,2"}, "slj"}, {{"--type", "jira"}, "j"},
  };
  for (const auto& [options, expected] : cases) {
    Arguments arguments = {"list", "-", "--format", "tsv"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    BOOST_TEST(aliases(run_hookferry(arguments, {}, listed)) == expected, options.back());
  }
  for (const auto& bad :
       {Arguments{"--type", "slack,"}, Arguments{"--type", ",slack"}, Arguments{"--type", "slack,none"},
        Arguments{"--type", ""}, Arguments{"--id", "1,,2"}, Arguments{"--id", "1,x"}})
    BOOST_TEST(run_hookferry({"list", "-", bad[0], bad[1]}, {}, listed).code == 64, bad[1]);
}

BOOST_AUTO_TEST_CASE(a_flag_of_the_defaults_can_be_cancelled) {
  const Accounts accounts(many(1), {});
  const auto migrate = [&](const std::string& defaults, const Arguments& more) {
    Arguments arguments = {"migrate", accounts.url(), accounts.url(), "--settle", "0.3", "--no-rewrite"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return with_defaults(accounts, defaults, arguments);
  };
  BOOST_TEST(migrate("yes = true\n", {"--no-yes"}).code == 64);
  BOOST_TEST(accounts.count("us") == 0u);
  BOOST_TEST(migrate("yes = true\nquiet = true\n", {}).out == "");
  BOOST_TEST(accounts.count("us") == 1u);
  BOOST_TEST(holds(migrate("yes = true\nquiet = true\n", {"--no-quiet"}).out, "1 unchanged"));
  BOOST_TEST(!holds(migrate("yes = true\nverbose = true\n", {"--no-verbose"}).err, "GET"));
  BOOST_TEST(holds(migrate("yes = true\nverbose = true\n", {}).err, "GET"));
  BOOST_TEST(!holds(migrate("yes = true\nverbose = false\n", {}).err, "GET"));
  const auto with_value = migrate("", {"--no-quiet=true"});
  BOOST_TEST(with_value.code == 64);
  BOOST_TEST(holds(with_value.err, "--no-quiet takes no value"), with_value.err);
  BOOST_TEST(migrate("", {"--no-ledger"}).code == 64);
  BOOST_TEST(migrate("no-yes = true\n", {}).code == 78);
}

BOOST_AUTO_TEST_CASE(the_last_of_a_flag_and_its_cancellation_counts) {
  const std::string hidden = "none of the source's";  // by -q
  BOOST_TEST(
      holds(run_hookferry({"list", "-", "-q", "--no-quiet", "--only", "none"}, {}, listed).err, hidden));
  BOOST_TEST(
      !holds(run_hookferry({"list", "-", "--no-quiet", "-q", "--only", "none"}, {}, listed).err, hidden));
}

BOOST_AUTO_TEST_CASE(undo_does_not_take_its_yes_from_the_defaults) {
  const Accounts accounts(many(1), {});
  BOOST_TEST(accounts.migrate().code == 0);
  const auto ran = with_defaults(accounts, "yes = true\n", {"undo", accounts.ledger(), "--settle", "0.3"});
  BOOST_TEST(ran.code == 64, ran.err);
  BOOST_TEST(accounts.count("us") == 1u);
  BOOST_TEST(with_defaults(accounts, "", {"undo", accounts.ledger(), "--yes", "--settle", "0.3"}).code == 0);
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(transform_says_that_it_reads_from_the_terminal_only_if_it_does) {
  const TempDir folder;
  spill(folder.file("none.json"), "[]");
  const std::string note = "Reading webhooks from the terminal; end with Ctrl-D, or name a file.";
  Terminal typed({hookferry_binary(), "transform"}, {{"HOME", folder.path()}});
  typed.wait_for(note);
  typed.type("[]\n\x04");
  BOOST_TEST(typed.wait() == 0, typed.shown());
  Terminal named({hookferry_binary(), "transform", folder.file("none.json")}, {{"HOME", folder.path()}});
  BOOST_TEST(named.wait() == 0, named.shown());
  BOOST_TEST(named.shown().find(note) == std::string::npos, named.shown());
}

BOOST_AUTO_TEST_CASE(only_a_yes_is_a_yes) {
  const Accounts accounts(many(1), {});
  const Arguments command = {hookferry_binary(), "migrate", accounts.url(), accounts.url(), "--no-rewrite",
                             "--settle",         "0.1",     "--color",      "never",        "--ledger",
                             accounts.ledger()};
  const auto answered = [&](const std::string& answer) {
    Terminal terminal(command, accounts.environment());
    terminal.wait_for("[y/N]");
    terminal.type(answer);
    const auto code = terminal.wait();
    if (code == 1) BOOST_TEST(holds(terminal.shown(), "hookferry: nothing was changed"), terminal.shown());
    return code;
  };
  for (const std::string no : {"q\n", "n\n", "\n", "no\n", "yn\n", "yes please\n", "\x04"}) {
    BOOST_TEST_CONTEXT(no) { BOOST_TEST(answered(no) == 1); }
    BOOST_TEST(accounts.requests("POST") == 0u);
  }
  for (const std::string yes : {"y\n", "Y\n", "yes\n", "YES\n"}) {
    BOOST_TEST_CONTEXT(yes) { BOOST_TEST(answered(yes) == 0); }
    BOOST_TEST(accounts.count("us") == 1u);
    for (const auto& held : accounts.webhooks("us")) accounts.somebody_deletes("us", held.id);
    std::filesystem::remove_all(accounts.state_folder());
    std::filesystem::remove(accounts.ledger());
  }
}

BOOST_AUTO_TEST_SUITE_END()
