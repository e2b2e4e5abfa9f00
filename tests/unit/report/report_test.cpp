#include <boost/test/unit_test.hpp>
#include <regex>
#include <string>

#include "core/crypto.hpp"
#include "json/document.hpp"
#include "report/report.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

namespace {

using hookferry::Report;
using hookferry::ReportWebhook;

Report report_with(const std::string& alias, const std::string& type = "slack") {
  Report out;
  out.scope.command = "diff";
  out.source.name = "eu";
  out.destination.name = "us";
  out.summary = {{"create", 1}};
  ReportWebhook webhook;
  webhook.alias = alias;
  webhook.type = type;
  webhook.action = "create";
  webhook.source_id = 9007199254740993;
  out.webhooks.push_back(webhook);
  return out;
}

hookferry::Difference change(const std::string& path, const std::string& before, const std::string& after) {
  hookferry::Difference out;
  out.path = path;
  out.before = before;
  out.after = after;
  return out;
}

/// What stands between two texts, the first time.
std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const auto begin = text.find(before);
  BOOST_REQUIRE(begin != std::string::npos);
  const auto end = text.find(after, begin + before.size());
  BOOST_REQUIRE(end != std::string::npos);
  return text.substr(begin + before.size(), end - begin - before.size());
}

std::string data_of(const std::string& page) {
  return between(page, "<script type=\"application/json\" id=\"data\">", "</script>");
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t out = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++out;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reports)

BOOST_AUTO_TEST_CASE(the_policy_of_the_page_names_its_own_style_and_script_and_nothing_else) {
  const auto page = hookferry::render_html(report_with("ops"));
  const auto policy = between(page, "Content-Security-Policy\" content=\"", "\">");
  BOOST_TEST(policy == "default-src 'none'; style-src 'sha256-" +
                           hookferry::base64(hookferry::sha256(between(page, "<style>", "</style>"))) +
                           "'; script-src 'sha256-" +
                           hookferry::base64(hookferry::sha256(between(page, "<script>", "</script>"))) +
                           "'; base-uri 'none'; form-action 'none'");
}

BOOST_AUTO_TEST_CASE(the_page_has_no_inline_handler_no_inline_style_and_no_address) {
  const auto page = hookferry::render_html(report_with("ops"));
  const auto style = between(page, "<style>", "</style>");
  BOOST_TEST(!std::regex_search(page, std::regex("<[a-z][^>]*\\s(on[a-z]+|style|src|srcset)=")));
  BOOST_TEST(page.find("://") == std::string::npos);
  BOOST_TEST(style.find("url(") == std::string::npos);
  BOOST_TEST(style.find("@import") == std::string::npos);
  BOOST_TEST(page.find("innerHTML") == std::string::npos);
  BOOST_TEST(page.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_text_of_a_webhook_ends_the_data_or_becomes_markup) {
  const auto plain = hookferry::render_html(report_with("ops"));
  for (const std::string hostile :
       {"</script><script>alert(1)</script>", "<!--<script>", "\"><img src=x onerror=alert(1)>", "@SCRIPT@",
        "@POLICY@", "\x1b[31m\xe2\x80\xae", "]]>&lt;", "\xff\xfe"}) {
    auto report = report_with(hostile, hostile);
    report.destination.name = hostile;
    report.ended_by = {hookferry::Exit::incomplete, hostile};
    report.webhooks[0].changes = {change(hostile, "\"\"", "\"</script>\"")};
    const auto page = hookferry::render_html(report);
    for (const std::string part : {"<script", "</script", "<img", "<!--"})
      BOOST_TEST(count_of(page, part) == count_of(plain, part), hostile << " " << part);
    BOOST_TEST(page.find_first_of("\x1b\xff") == std::string::npos);
    BOOST_TEST(data_of(page).find('<') == std::string::npos);
    const auto data = hookferry::json::Document::parse(data_of(page));
    const auto alias = data.root().find("webhooks")->elements().at(0).find("alias")->string();
    if (hostile[0] != '\xff') BOOST_TEST(alias == hostile);
  }
}

BOOST_AUTO_TEST_CASE(values_and_ids_are_text_in_the_page_so_that_no_digit_is_lost) {
  auto report = report_with("ops");
  report.webhooks[0].changes = {change("/n", "1.0", "12345678901234567890123")};
  const auto data = data_of(hookferry::render_html(report));
  BOOST_TEST(data.find(R"(["/n","1.0","12345678901234567890123"])") != std::string::npos, data);
  BOOST_TEST(data.find(R"("source":"9007199254740993","destination":"")") != std::string::npos, data);
}

BOOST_AUTO_TEST_CASE(values_keep_their_text_in_json) {
  auto report = report_with("ops");
  report.webhooks[0].changes = {change("/n", "1e400", R"({"b": 1.0, "a": 12345678901234567890123})")};
  const auto text = hookferry::render_json(report);
  BOOST_TEST(text.find("\"old\": 1e400") != std::string::npos, text);
  BOOST_TEST(text.find("12345678901234567890123") != std::string::npos);
  BOOST_TEST(text.find("1.0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(accounts_are_described_with_what_is_known) {
  auto report = report_with("ops");
  report.source = {"export.json", "", "eu1"};
  report.destination = {"us", "https://api.coralogix.us", "us1", {"", "", "67890"}};
  const auto document = hookferry::json::Document::parse(hookferry::render_json(report));
  const auto accounts = *document.root().find("accounts");
  BOOST_TEST(accounts.find("source")->find("url")->text() == "null");
  BOOST_TEST(accounts.find("source")->find("region")->string() == "eu1");
  BOOST_TEST(accounts.find("destination")->find("company")->text() == "67890");
  report.destination.identity.company = "}{";  // what an account says is not believed to be JSON
  const auto again = hookferry::json::Document::parse(hookferry::render_json(report));
  BOOST_TEST(again.root().find("accounts")->find("destination")->find("company")->text() == "null");
}

BOOST_AUTO_TEST_CASE(a_page_marks_optional_advice) {
  auto report = report_with("ops");
  report.carried_out = true;
  report.ledger = "l.jsonl";
  report.summary = {{"conflict", 1}};
  const auto page = hookferry::json::Document::parse(data_of(hookferry::render_html(report)));
  const auto advice = page.root().find("toDo")->elements();
  BOOST_REQUIRE(advice.size() == 2u);
  BOOST_TEST(advice[0].find("text")->string().starts_with("Conflict = "));
  BOOST_TEST(advice[0].find("isOffer")->text() == "false");
  BOOST_TEST(advice[1].find("text")->string() == "To undo: hookferry undo l.jsonl");
  BOOST_TEST(advice[1].find("isOffer")->text() == "true");
  report.is_undo = true;  // there is no undo of an undo
  const auto undo = hookferry::json::Document::parse(data_of(hookferry::render_html(report)));
  BOOST_TEST(undo.root().find("toDo")->elements().size() == 1u);
  BOOST_TEST(undo.root().find("title")->string() == "Outcome of an undo");
}

BOOST_AUTO_TEST_CASE(documents_name_mode_filters_options_and_who_ran_them) {
  auto report = report_with("ops");
  report.scope = {"diff",
                  "mirror",
                  {{"only", "a`b*", "command line"}},
                  300,
                  {{"max-delete", "100%", "hookferry.ini:3"}, {"fresh-uuids", "", "command line"}},
                  {}};
  report.summary = {{"create", 470}, {"update", 10}, {"conflict", 0}, {"extra", 2},
                    {"delete", 5},   {"altered", 0}, {"failed", 0}};
  report.made_by = "hookferry 1";
  report.run_by = "ann@box";
  report.command_line = "hookferry diff eu us";
  const std::string sentence = "Plan: 470 to create, 10 to update, 5 to delete, 2 only in the destination.";
  const auto text = hookferry::render_markdown(report);
  for (const auto& part :
       {std::string("## Plan of a mirror\n"), "**" + sentence + "**",
        std::string("- Filters: ``--only a`b* (command line)``; 300 webhooks of the source left out\n"),
        std::string("`max-delete = 100% (hookferry.ini:3)`, `--fresh-uuids (command line)`"),
        std::string("`ann@box`: `hookferry diff eu us`"),
        std::string("| create | update | conflict | extra | delete |\n"),
        std::string("| **470** | **10** | 0 | **2** | **5** |\n")})
    BOOST_TEST(text.find(part) != std::string::npos, text);
  const auto page = hookferry::json::Document::parse(data_of(hookferry::render_html(report)));
  BOOST_TEST(page.root().find("title")->string() == "Plan of a mirror");
  BOOST_TEST(page.root().find("sentence")->string() == sentence);
  BOOST_TEST(page.root().find("filters")->elements().size() == 1u);
  BOOST_TEST(page.root().find("options")->elements().size() == 2u);
  BOOST_TEST(page.root().find("commandLine")->string() == "hookferry diff eu us");
  report.carried_out = report.interrupted = true;
  report.scope.mode = "import";
  BOOST_TEST(hookferry::title_of(report) == "Outcome of an import (interrupted)");
  BOOST_TEST(hookferry::sentence_of(report) ==
             "Outcome: 470 created, 10 updated, 5 deleted, 2 only in the destination.");
  for (auto& [action, count] : report.summary) count = 0;
  BOOST_TEST(hookferry::sentence_of(report) == "Outcome: 0 created, 0 updated, 0 deleted.");
}

BOOST_AUTO_TEST_CASE(an_outcome_counts_the_reasons_that_it_does_not_list) {
  hookferry::Plan plan;
  hookferry::Outcome outcome;
  for (int i = 0; i < 203; ++i) {
    plan.webhooks.emplace_back().webhook = hookferry::test::sample("a", "https://a.test/");
    auto& failed = outcome.webhooks.emplace_back();
    failed.state = hookferry::WebhookOutcome::State::failed;
    failed.error = "reason " + std::to_string(i);
  }
  const auto text = hookferry::report::render_outcome(plan, outcome, "us", "", "", {});
  BOOST_TEST(text.find("reason 199\n") != std::string::npos, text);
  BOOST_TEST(text.find("reason 200\n") == std::string::npos, text);
  BOOST_TEST(text.find("… and 3 more reasons (use -v to list all)\n") != std::string::npos, text);
  BOOST_TEST(text.find("to be deleted") == std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(warnings_on_unchanged_webhooks_are_a_count_of_their_own) {
  const auto counted = [](hookferry::Action action) {
    hookferry::Plan plan;
    auto& planned = plan.webhooks.emplace_back();
    planned.webhook = hookferry::test::sample("a", "https://a.test/");
    planned.existing = std::make_shared<const hookferry::Webhook>(planned.webhook);
    planned.action = action;
    planned.warnings = {"a warning"};
    return hookferry::report::render_plan(plan, {}, hookferry::ConflictPolicy::skip, {});
  };
  const std::string of_unchanged = "1 warning on unchanged webhooks (use -v to show).\n",
                    of_all = "Warnings: 1";
  const auto unchanged = counted(hookferry::Action::unchanged);
  BOOST_TEST(unchanged.find(of_unchanged) != std::string::npos, unchanged);
  BOOST_TEST(unchanged.find(of_all) == std::string::npos, unchanged);
  const auto conflict = counted(hookferry::Action::conflict);
  BOOST_TEST(conflict.find(of_unchanged) == std::string::npos, conflict);
  BOOST_TEST(conflict.find(of_all) != std::string::npos, conflict);
}

BOOST_AUTO_TEST_CASE(an_outcome_says_that_all_others_are_there_only_if_they_are) {
  using State = hookferry::WebhookOutcome::State;
  const auto told = [](const std::vector<std::pair<hookferry::Action, State>>& webhooks) {
    hookferry::Plan plan;
    hookferry::Outcome outcome;
    for (const auto& [action, state] : webhooks) {
      auto& planned = plan.webhooks.emplace_back();
      planned.webhook = hookferry::test::sample("a", "https://a.test/", 7);
      planned.action = action;
      planned.existing = std::make_shared<const hookferry::Webhook>(planned.webhook);
      auto& one = outcome.webhooks.emplace_back();
      one.state = state;
      one.error = "a reason";
    }
    return hookferry::report::render_outcome(plan, outcome, "us", "", "", {});
  };
  using hookferry::Action;
  const std::pair created(Action::create, State::created), failed(Action::create, State::failed);
  const std::pair unsent(Action::create, State::not_sent), kept(Action::remove, State::not_sent);
  const std::pair conflict(Action::conflict, State::conflict), invalid(Action::invalid, State::invalid);
  const std::string others = "all others are", conflicts = "Conflicts were not changed; see --on-conflict.";
  BOOST_TEST(told({created, failed}).find(others) != std::string::npos);
  for (const auto& rest : {unsent, kept, conflict, invalid})
    BOOST_TEST(told({created, failed, rest}).find(others) == std::string::npos);
  const auto nothing_sent = told({created, failed, unsent, kept});
  BOOST_TEST(nothing_sent.find(others) == std::string::npos);
  BOOST_TEST(
      nothing_sent.find("1 webhook was not sent, and 1 webhook was not deleted: ") != std::string::npos,
      nothing_sent);
  BOOST_TEST(told({conflict}).find(conflicts) != std::string::npos);
  BOOST_TEST(told({invalid}).find(conflicts) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(deletions_come_first_and_have_their_urls) {
  auto report = report_with("ops");
  report.webhooks.push_back(report.webhooks[0]);
  report.webhooks[1].action = "delete";
  report.webhooks[1].url = "https://old.test/`x";
  const auto text = hookferry::render_markdown(report);
  BOOST_TEST(text.find("### delete: 1") < text.find("### create: 1"));
  BOOST_TEST(text.find("\n- `ops` (`slack`)\n\n") != std::string::npos, text);
  report.summary = {{"conflict", 1}};
  BOOST_TEST(hookferry::render_markdown(report).find("\n- `Conflict = ") != std::string::npos);
  BOOST_TEST(text.find("  - ``https://old.test/`x``\n") != std::string::npos, text);
  const auto page = hookferry::json::Document::parse(data_of(hookferry::render_html(report)));
  BOOST_TEST(page.root().find("webhooks")->elements().at(1).find("url")->string() == report.webhooks[1].url);
}

BOOST_AUTO_TEST_CASE(the_page_has_the_warnings_and_the_error_of_each_webhook) {
  auto report = report_with("ops");
  report.webhooks[0].warnings = {"a first warning"};
  report.webhooks[0].error = "why it failed";
  const auto page = hookferry::json::Document::parse(data_of(hookferry::render_html(report)));
  const auto row = page.root().find("webhooks")->elements().at(0);
  BOOST_TEST(row.find("warnings")->text() == R"(["a first warning"])");
  BOOST_TEST(row.find("error").value().string() == "why it failed");
}

BOOST_AUTO_TEST_CASE(code_spans_are_not_ended_by_what_they_hold) {
  BOOST_TEST(hookferry::code_span("plain") == "`plain`");
  BOOST_TEST(hookferry::code_span("a`b``c") == "```a`b``c```");
  BOOST_TEST(hookferry::code_span("`") == "`` ` ``");
  BOOST_TEST(hookferry::code_span("two\nlines\x1b") == "`two\\nlines\\x1b`");
  BOOST_TEST(hookferry::code_span("") == "`  `");
}

BOOST_AUTO_TEST_CASE(markdown_shows_what_changes_in_a_fence_that_it_cannot_end) {
  auto report = report_with("@team ```\n# no heading <b>");
  report.webhooks[0].action = "conflict";
  report.webhooks[0].changes = {change("/url", "\"a\"", "\"```\\n</details>\"")};
  const auto text = hookferry::render_markdown(report);
  BOOST_TEST(text.find("- ````@team ```\\n# no heading <b>```` (`slack`)") != std::string::npos, text);
  BOOST_TEST(text.find("````diff\n  /url\n- \"a\"\n+ \"```\\n</details>\"\n````\n") != std::string::npos,
             text);
}

BOOST_AUTO_TEST_CASE(markdown_fits_a_comment_and_says_what_it_leaves_out) {
  auto report = report_with("ops");
  for (int i = 0; i < 5000; ++i) {
    report.webhooks.push_back(report.webhooks[0]);
    report.webhooks.back().alias = "webhook-" + std::to_string(i);
  }
  const auto text = hookferry::render_markdown(report);
  BOOST_TEST(text.size() < 65'536u);
  std::smatch left_out;
  BOOST_REQUIRE(std::regex_search(text, left_out, std::regex("- and (\\d+) more, not shown here\n")));
  const std::regex row("\n- `");
  const auto listed =
      std::distance(std::sregex_iterator(text.begin(), text.end(), row), std::sregex_iterator());
  BOOST_TEST(std::stoi(left_out[1]) + listed == 5001);
  BOOST_TEST(text.find("create: 5001") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rewritten_hosts_and_notes_are_in_every_format) {
  auto report = report_with("ops");
  report.rewritten = {5, 4};
  report.notes = {"\"extra\" (slack) with id 7 may be what an earlier run sent; not deleted"};
  auto difference = change("/url", "\"https://old.test\"", "\"https://new.test\"");
  difference.note = "only rewritten hosts differ";
  report.webhooks[0].changes = {difference};
  const auto page = hookferry::json::Document::parse(data_of(hookferry::render_html(report)));
  BOOST_TEST(page.root().find("rewritten")->string() == "5 hosts rewritten in 4 webhooks.");
  BOOST_TEST(page.root().find("notes")->elements().at(0).string() == report.notes[0]);
  const auto changes = page.root().find("webhooks")->elements().at(0).find("changes")->elements();
  BOOST_TEST(changes.at(0).elements().at(3).string() == difference.note);
  const auto markdown = hookferry::render_markdown(report);
  for (const auto& part :
       {std::string("5 hosts rewritten in 4 webhooks."), report.notes[0], "/url  (" + difference.note + ")"})
    BOOST_TEST(markdown.find(part) != std::string::npos, markdown);
  const auto json = hookferry::json::Document::parse(hookferry::render_json(report));
  BOOST_TEST(json.root().find("notes")->elements().at(0).string() == report.notes[0]);
}

BOOST_AUTO_TEST_CASE(where_no_host_is_rewritten_nothing_is_said_of_it) {
  const auto report = report_with("ops");
  BOOST_TEST(hookferry::render_markdown(report).find("rewritten") == std::string::npos);
  const auto page = hookferry::json::Document::parse(data_of(hookferry::render_html(report)));
  BOOST_TEST(page.root().find("rewritten")->string() == "");
}

BOOST_AUTO_TEST_SUITE_END()
