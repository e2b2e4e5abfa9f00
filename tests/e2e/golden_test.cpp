// What every command prints, line by line. A change of wording shows as a change of a file: run with
// HOOKFERRY_GOLDEN=write, and look at the difference before it is committed.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/sessions.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

void hold_against_golden(const std::string& name, const Session& session, std::size_t columns = 80) {
  const auto difference = golden_difference(name, session.text());
  BOOST_TEST(difference == "", difference);
  const auto wide = lines_wider_than(columns, session.text());
  BOOST_TEST(wide.empty(), (wide.empty() ? "" : wide.front()));
  BOOST_TEST(session.text().find('\x1b') == std::string::npos);
}

/// One of everything that a plan can hold, with an alias that would turn a terminal around.
std::vector<std::string> source_webhooks() {
  const std::string payload =
      R"([{\"name\":\"uuid\",\"value\":\"7c4c7f2e-0000-4000-8000-000000000001\"},)"
      R"({\"name\":\"payload\",\"value\":{\"privateKey\":\"source-private-key\",\"text\":\"$ALERT\"}}])";
  return {slack("ops-slack", "https://hooks.slack.com/services/T0/B0/XXXXXXXX", 1),
          sendlog("to-logs", "https://ingress.coralogix.com/logs/v1/singles", 2, payload),
          slack("deploy",
                "https://ci.example.com/" + std::string(60, 'a') + "/one/hook/" + std::string(40, 'b'), 3),
          slack("on-team", "https://acme.coralogix.com/hook", 4),
          slack("same", "https://same.example/", 5),
          slack("\x1b[31mred\xe2\x80\xae", "https://red.example/", 6),
          slack("an-alias-that-is-so-long-that-no-line-of-eighty-columns-could-hold-it-beside-the-rest",
                "https://long.example/", 7)};
}

std::vector<std::string> destination_webhooks() {
  return {slack("deploy",
                "https://ci.example.com/" + std::string(60, 'a') + "/two/hook/" + std::string(40, 'b'), 21),
          slack("same", "https://same.example/", 22), slack("extra", "https://extra.example/", 23)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden)

BOOST_AUTO_TEST_CASE(help_of_every_command_and_topic) {
  const Accounts accounts({}, {});
  Session session(accounts);
  for (const std::string page :
       {"",           "list",    "export",        "transform", "terraform",  "diff",     "migrate",
        "import",     "mirror",  "apply",         "show",      "undo",       "runs",     "ids",
        "rewire",     "check",   "accounts",      "regions",   "sandbox",    "fleet",    "completion",
        "help",       "version", "configuration", "keys",      "filters",    "overlays", "reports",
        "plan-files", "ledgers", "environment",   "files",     "exit-codes", "faults",   "examples"})
    session.type("help" + (page.empty() ? "" : " " + page));
  hold_against_golden("help", session);
}

BOOST_AUTO_TEST_CASE(what_is_there) {
  const Accounts accounts(source_webhooks(), destination_webhooks());
  Session session(accounts);
  session.type("check eu us");
  session.type("list eu");
  session.type("list us --format tsv");
  session.type("accounts");
  session.type("regions");
  session.type("runs");
  session.type("export eu -o FOLDER/eu.json --redact");
  session.type("transform FOLDER/eu.json --source-region eu1 --dest-region us1 -o FOLDER/body.json");
  hold_against_golden("reading", session);
}

BOOST_AUTO_TEST_CASE(a_plan_and_what_became_of_it) {
  const Accounts accounts(source_webhooks(), destination_webhooks());
  Session session(accounts);
  session.type("diff eu us");
  session.type("diff eu us --only 'o*' --on-conflict update");
  session.type("diff eu us --strict -q");
  session.type("diff eu us --out FOLDER/plan --only deploy --on-conflict update");
  session.type("apply FOLDER/plan --ledger FOLDER/applied.jsonl");
  session.type("migrate eu us --yes --ledger FOLDER/ledger.jsonl --concurrency 1");
  session.type("migrate eu us --yes --ledger FOLDER/ledger.jsonl --concurrency 1");
  session.type("ids FOLDER/ledger.jsonl");
  session.type("undo FOLDER/ledger.jsonl --dry-run");
  session.type("undo FOLDER/ledger.jsonl --yes");
  session.type("undo FOLDER/ledger.jsonl --yes");
  session.type("mirror eu us -n");
  session.type("mirror eu us --yes --ledger FOLDER/mirror.jsonl --max-delete 0");
  session.type("mirror eu us --yes --ledger FOLDER/mirror.jsonl --concurrency 1");
  hold_against_golden("writing", session);
}

BOOST_AUTO_TEST_CASE(filters_and_defaults_and_where_they_were_said) {
  const Accounts accounts(source_webhooks(), destination_webhooks());
  Session session(accounts);
  spill(accounts.folder().file("narrow.ini"), "[defaults]\nexcept = s*\non-conflict = update\n" +
                                                  slurp(accounts.folder().file("hookferry.ini")).substr(24));
  session.type("diff eu us --config FOLDER/narrow.ini");
  session.type("diff eu us --config FOLDER/narrow.ini --except 'o*' --type slack");
  hold_against_golden("filters", session);
}

BOOST_AUTO_TEST_CASE(a_very_long_plan_says_so_once) {
  const Accounts accounts(many(300), {});
  Session session(accounts);
  session.type("diff eu us");
  hold_against_golden("long_plan", session);
  BOOST_TEST(session.type("diff eu us -v") == 2);
  BOOST_TEST(session.last().out.find("\"hook-299\"") != std::string::npos);
  BOOST_TEST(session.last().out.find("is long") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(narrow_and_wide_terminals) {
  for (const int columns : {60, 80, 200}) {
    BOOST_TEST_CONTEXT(columns << " columns") {
      const Accounts accounts(source_webhooks(), destination_webhooks());
      Session session(accounts, {}, columns);
      session.type("list eu");
      if (columns >= 80) session.type("regions");
      session.type("diff eu us --on-conflict update");
      session.type("diff eu us --only 'o*' --out p.plan");
      session.type("show p.plan");
      session.type("migrate eu us --yes --on-conflict update --ledger l.jsonl --concurrency 1");
      session.type("ids l.jsonl");
      if (columns >= 80) session.type("undo l.jsonl --yes");
      session.type("mirror eu us --yes --max-delete 0 --ledger m.jsonl");
      session.type("migrate eu nowhere");
      session.type("migrate eu us --on-conflict updat");
      session.type("help undo");
      hold_against_golden("terminal_" + std::to_string(columns), session, static_cast<std::size_t>(columns));
    }
  }
}

BOOST_AUTO_TEST_CASE(refusals_of_the_server) {
  Accounts accounts(many(6), {}, {"--fault", "POST#2-:status=401"});
  Session session(accounts);
  session.type("migrate eu us --yes --batch-size 2 --concurrency 1 --ledger FOLDER/ledger.jsonl");
  accounts.restart({"--fault", "POST:status=403"});
  session.type("migrate eu us --yes --ledger FOLDER/ledger.jsonl --concurrency 1");
  accounts.restart({"--fault", "POST:status=400,alias=hook-4"});
  session.type("migrate eu us --yes --ledger FOLDER/ledger.jsonl --concurrency 1");
  hold_against_golden("refusals", session);
}

BOOST_AUTO_TEST_CASE(a_fleet) {
  const Accounts accounts(source_webhooks(), destination_webhooks());
  Session session(accounts,
                  "[pair one]\nsource = eu\ndest = us\n[pair two]\nsource = us\ndest = eu\nonly = extra\n");
  session.type("fleet -n --parallel 1");
  session.type("fleet --yes --parallel 1");
  session.type("fleet none");
  hold_against_golden("fleet", session);
}

BOOST_AUTO_TEST_CASE(errors_end_in_what_to_do) {
  const Accounts accounts(many(1), {});
  Session session(accounts);
  spill(accounts.folder().file("quoted.key"), "\"eu-key\"\n");
  spill(accounts.folder().file("bearer.key"), "Bearer eu-key\n");
  spill(accounts.folder().file("spaced.key"), "eu-key \n");
  spill(accounts.folder().file("wrong.key"), "another-key\n");
  spill(accounts.folder().file("export.json"), "[]");
  for (const auto* name : {"quoted.key", "bearer.key", "spaced.key", "wrong.key"})
    BOOST_REQUIRE(::chmod(accounts.folder().file(name).c_str(), 0600) == 0);
  for (const std::string line : {"",
                                 "plan eu us",
                                 "diff eu",
                                 "diff eu us --include x",
                                 "diff eu us --type none",
                                 "migrate eu us",
                                 "diff eu eu",
                                 "diff nowhere us",
                                 "list https://acme.coralogix.com",
                                 "list acme.app.coralogix.us",
                                 "import us FOLDER/export.json --yes",
                                 "migrate eu FOLDER/export.json --yes",
                                 "rewire FOLDER/x.jsonl FOLDER/export.json",
                                 "undo FOLDER/none.jsonl",
                                 "undo --last",
                                 "apply FOLDER/none.plan",
                                 "ids FOLDER/export.json",
                                 "transform FOLDER/none.json",
                                 "migrate eu us --yes --ledger FOLDER/none/ledger.jsonl",
                                 "migrate eu us --yes --ledger /dev/null",
                                 "diff eu us --report FOLDER/none/page.html",
                                 "fleet",
                                 "completion tcsh",
                                 "help nothing"})
    session.type(line);
  const auto url = accounts.url();
  for (const auto* key : {"quoted", "bearer", "spaced"})
    session.type("check http://127.0.0.1:9 --key-file FOLDER/" + std::string(key) + ".key");
  hold_against_golden("errors", session);
  BOOST_TEST(session.type("check " + url + " --key-file FOLDER/wrong.key") == 77);
  BOOST_TEST(unbroken(session.last().out).find("no key of an account here: is it of another region") !=
                 std::string::npos,
             session.last().out);
  // What the name servers say differs from place to place.
  BOOST_TEST(session.type("check https://no-such-host.invalid --key-file FOLDER/wrong.key") == 69);
  BOOST_TEST(session.last().out.find("no-such-host.invalid: ") != std::string::npos, session.last().out);
}

BOOST_AUTO_TEST_SUITE_END()
