// Every output for programs, held against its schema under docs/schema/.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/process.hpp"
#include "support/rooms.hpp"

namespace {

using hookferry::test::Accounts;
using hookferry::test::sendlog;
using hookferry::test::slack;
using hookferry::test::slurp;
using hookferry::test::spill;
using hookferry::test::TempDir;

/// What is wrong with it; empty where nothing is.
std::string breaches(const std::string& schema, const std::string& json) {
  const TempDir folder;
  spill(folder.file("document.json"), json);
  const auto ran = hookferry::test::run_command(
      {"/usr/bin/python3", HOOKFERRY_SOURCE_DIR "/tests/schema/validate.py",
       HOOKFERRY_SOURCE_DIR "/docs/schema/" + schema + ".schema.json", folder.file("document.json")},
      {});
  return (ran.code == 0 ? "" : "refused: ") + ran.out + ran.err;
}

std::string member(const std::string& json, std::string_view name) {
  const auto document = hookferry::json::Document::parse(json);
  const auto found = document.root().find(name);
  return found ? std::string(found->text()) : "-";
}

/// One of each kind: to create, in conflict, unchanged, invalid; secrets and numbers that no double holds.
Accounts sample() {
  return Accounts(
      {slack("new", "https://hooks.example.com/1", 1), slack("same", "https://hooks.example.com/2", 2),
       slack("other", "https://hooks.example.com/3", 3),
       sendlog("log", "https://api.coralogix.com/api/v1/logs", 4),
       R"({"id":5,"company_id":1,"url":"https://hooks.example.com"})"},
      {slack("same", "https://hooks.example.com/2", 70), slack("other", "https://hooks.example.com/x", 71),
       slack("extra", "https://hooks.example.com/e", 72)});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_output)

BOOST_AUTO_TEST_CASE(the_validator_refuses_what_breaks_a_schema) {
  BOOST_TEST(breaches("ids", "[]") == "");
  BOOST_TEST(breaches("ids", R"([{"source_id":"1"}])").starts_with("refused: /0"));
  BOOST_TEST(breaches("regions", R"({})").starts_with("refused: "));
}

BOOST_AUTO_TEST_CASE(plans_and_outcomes_are_as_their_schema_says) {
  const auto accounts = sample();
  const auto plan = accounts.diff({"--format", "json"});
  BOOST_TEST(plan.code == 2, plan.err);
  BOOST_TEST(breaches("plan", plan.out) == "");
  const auto two_accounts = member(plan.out, "accounts");
  BOOST_TEST(member(member(two_accounts, "source"), "region") == "\"eu1\"");
  BOOST_TEST(member(member(two_accounts, "source"), "company_id") == "1");
  BOOST_TEST(member(member(two_accounts, "destination"), "company_id") == "2");
  BOOST_TEST(member(member(two_accounts, "destination"), "url") == "\"" + accounts.url() + "\"");
  const auto done = accounts.migrate({"--format", "json", "--on-conflict", "update"});
  BOOST_TEST(done.code == 1, done.err);  // one is invalid
  BOOST_TEST(breaches("plan", done.out) == "");
  BOOST_TEST(member(done.out, "ledger") == "\"" + accounts.ledger() + "\"");

  const auto ids = accounts.run({"ids", accounts.ledger(), "--format", "json"});
  BOOST_TEST(ids.code == 0, ids.err);
  BOOST_TEST(breaches("ids", ids.out) == "");
  BOOST_TEST(ids.out.find("\"source_id\": 1,") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(help_and_version_are_as_their_schemas_say) {
  const auto version = hookferry::test::run_hookferry({"version", "--format", "json"}, {});
  BOOST_TEST(breaches("version", version.out) == "");
  const auto all = hookferry::test::run_hookferry({"help", "--format", "json"}, {});
  BOOST_TEST(breaches("help", all.out) == "");
  BOOST_TEST(all.out.find("\"strict\"") != std::string::npos);
  const auto one = hookferry::test::run_hookferry({"help", "diff", "--format", "json"}, {});
  BOOST_TEST(breaches("help", one.out) == "");
  BOOST_TEST(one.out.find("\"name\": \"undo\"") == std::string::npos);
  BOOST_TEST(hookferry::test::run_hookferry({"help", "none", "--format", "json"}, {}).code == 64);
  const auto accounts = sample();
  const auto exported = accounts.run({"export", accounts.url(), "--format", "json"});
  BOOST_TEST(exported.code == 0, exported.err);
  BOOST_TEST(breaches("webhooks", exported.out) == "");
}

BOOST_AUTO_TEST_CASE(what_an_interrupt_has_left_unsent_is_not_called_failed) {
  const Accounts accounts(hookferry::test::many(6), {}, {"--fault", "POST#2-:status=401"});
  const auto ran = accounts.migrate({"--batch-size", "2", "--concurrency", "1", "--format", "json"});
  BOOST_TEST(ran.code == 77, ran.err);
  BOOST_TEST(breaches("plan", ran.out) == "");
  BOOST_TEST(member(member(ran.out, "summary"), "failed") == "2");
  BOOST_TEST(member(ran.out, "not_sent") == "2");
}

BOOST_AUTO_TEST_CASE(lists_and_rewirings_are_as_their_schemas_say) {
  const auto accounts = sample();
  const auto list =
      accounts.run_with({{"HOOKFERRY_KEY", "eu-key"}}, {"list", accounts.url(), "--format", "json"});
  BOOST_TEST(breaches("list", list.out) == "");
  BOOST_TEST(list.out.find("\"defect\"") != std::string::npos, list.out);
  BOOST_TEST(accounts.migrate({}).code == 1);
  const auto rewired = accounts.run({"rewire", "-", accounts.ledger(), "--format", "json"},
                                    R"([{"integrationId":1},{"integration_id":99}])");
  BOOST_TEST(rewired.code == 1);
  BOOST_TEST(breaches("rewire", rewired.err) == "");
  BOOST_TEST(member(rewired.err, "rewired") == "1");
}

BOOST_AUTO_TEST_CASE(undoing_tells_webhooks_as_objects) {
  const auto accounts = sample();
  BOOST_TEST(accounts.migrate({"--on-conflict", "update"}).code == 1);
  const auto written = accounts.webhooks("us");
  for (const auto& webhook : written)
    if (webhook.alias == "new")
      accounts.somebody_edits("us", webhook.id, slack("new", "https://hooks.example.com/changed"));
  const auto undone =
      accounts.run_with({{"HOOKFERRY_KEY", "us-key"}},
                        {"undo", accounts.ledger(), "--yes", "--settle", "0.2", "--format", "json"});
  BOOST_TEST(undone.code == 1, undone.err);
  BOOST_TEST(breaches("undo", undone.out) == "");
  BOOST_TEST(member(undone.out, "deleted") == "1");
  BOOST_TEST(member(undone.out, "restored") == "1");
  const auto document = hookferry::json::Document::parse(undone.out);
  const auto left = document.root().find("left")->elements();
  BOOST_REQUIRE_EQUAL(left.size(), 1u);
  BOOST_TEST(left[0].find("alias")->string() == "new");
  BOOST_TEST(left[0].find("reason")->string() == "was changed by someone since; left as it is");
}

BOOST_AUTO_TEST_CASE(checks_and_regions_are_as_their_schemas_say) {
  const auto accounts = sample();
  const auto good =
      accounts.run_with({{"HOOKFERRY_KEY", "eu-key"}}, {"check", accounts.url(), "--format", "json"});
  BOOST_TEST(good.code == 0, good.err);
  BOOST_TEST(breaches("check", good.out) == "");
  const auto bad =
      accounts.run_with({{"HOOKFERRY_KEY", "no-key"}}, {"check", accounts.url(), "--format", "json"});
  BOOST_TEST(bad.code == 77);
  BOOST_TEST(breaches("check", bad.out) == "");
  const auto wrong = accounts.run({"check", "nowhere", "--format", "json"});
  BOOST_TEST(breaches("check", wrong.out) == "");
  const auto regions = accounts.run({"regions", "--format", "json"});
  BOOST_TEST(regions.code == 0);
  BOOST_TEST(breaches("regions", regions.out) == "");
}

BOOST_AUTO_TEST_CASE(mirrors_their_undoing_runs_and_fleets_are_as_their_schemas_say) {
  const auto accounts = Accounts({slack("a", "https://a.test/", 1)},
                                 {slack("a", "https://a.test/", 7), slack("b", "https://b.test/", 8)});
  spill(accounts.folder().file("config.ini"),
        "[eu]\nurl = " + accounts.url() + "\n[us]\nurl = " + accounts.url() +
            "\n[pair good]\nsource = eu\ndest = us\nno-rewrite = true\nmode = mirror\n" +
            "[pair bad]\nsource = nowhere\ndest = us\n");
  const std::string config = accounts.folder().file("config.ini");
  const auto plan = accounts.run({"fleet", "--config", config, "-n", "--format", "json"});
  BOOST_TEST(plan.code == 64, plan.err);
  BOOST_TEST(breaches("fleet", plan.out) == "");
  const auto fleet =
      accounts.run({"fleet", "--config", config, "--yes", "--settle", "0.2", "--format", "json"});
  BOOST_TEST(fleet.code == 64, fleet.err);
  BOOST_TEST(breaches("fleet", fleet.out) == "");
  const auto document = hookferry::json::Document::parse(fleet.out);
  const auto mirrored = document.root().elements().at(0);
  BOOST_TEST(mirrored.find("summary")->find("delete")->integer().value() == 1);
  const auto undone = accounts.run({"undo", mirrored.find("ledger")->string(), "--config", config, "--yes",
                                    "--settle", "0.2", "--format", "json"});
  BOOST_TEST(undone.code == 0, undone.err);
  BOOST_TEST(breaches("undo", undone.out) == "");
  const auto runs = accounts.run({"runs", "--format", "json"});
  BOOST_TEST(breaches("runs", runs.out) == "");
  BOOST_TEST(breaches("runs", "[{}]").starts_with("refused: /0"));
}

BOOST_AUTO_TEST_CASE(mirrors_applies_and_undos_that_are_only_shown_are_as_their_schemas_say) {
  const auto accounts = sample();
  const auto plan_file = accounts.folder().file("plan");
  const auto plan = accounts.diff({"--mirror", "--max-delete", "0", "--out", plan_file, "--format", "json"});
  BOOST_TEST(breaches("plan", plan.out) == "");
  BOOST_TEST(member(plan.out, "notes").find("--max-delete 0 allows 0") != std::string::npos, plan.out);
  const auto approved = accounts.diff({"--mirror", "--out", plan_file, "--format", "json"});
  BOOST_TEST(breaches("plan", approved.out) == "");
  for (const std::vector<std::string>& more : {std::vector<std::string>{"-n"}, {}}) {
    std::vector<std::string> arguments = {"apply",    plan_file, "--settle", "0.2",
                                          "--format", "json",    "--ledger", accounts.ledger()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto applied = accounts.run(arguments);
    BOOST_TEST(breaches("plan", applied.out) == "", applied.err);
    BOOST_TEST(member(member(applied.out, "summary"), "delete") == "1", applied.out);
  }
  const auto undo = accounts.run({"undo", accounts.ledger(), "-n", "--format", "json"});
  BOOST_TEST(undo.code == 2, undo.err);
  BOOST_TEST(breaches("undo", undo.out) == "");
  BOOST_TEST(member(undo.out, "make_again") == "1");
}

BOOST_AUTO_TEST_CASE(exports_and_bodies_are_arrays_of_objects) {
  const auto accounts = sample();
  const auto exported = accounts.run_with({{"HOOKFERRY_KEY", "eu-key"}}, {"export", accounts.url()});
  BOOST_TEST(exported.code == 0, exported.err);
  BOOST_TEST(breaches("webhooks", exported.out) == "");
  const auto body =
      accounts.run({"transform", "--source-region", "eu1", "--dest-region", "us1"}, exported.out);
  BOOST_TEST(breaches("webhooks", body.out) == "");
}

BOOST_AUTO_TEST_CASE(the_report_is_written_beside_the_output_and_with_the_same_masks) {
  const auto accounts = Accounts(
      {sendlog(
          "log", "https://hooks.example.com/l", 4,
          R"([{"name":"uuid","value":"u"},{"name":"method","value":"post"},{"name":"headers","value":{}},)"
          R"({"name":"payload","value":{"uuid":"u","privateKey":"the-private-key"}}])")},
      {});
  for (const auto* name : {"plan.html", "plan.md"}) {
    const auto file = accounts.folder().file(name);
    BOOST_TEST(accounts.diff({"--report", file}).code == 2);
    BOOST_TEST((std::filesystem::status(file).permissions() == std::filesystem::perms(0600)));
    BOOST_TEST(slurp(file).find("the-private-key") == std::string::npos);
    BOOST_TEST(slurp(file).find("log") != std::string::npos);
  }
  const auto file = accounts.folder().file("plan.html");
  BOOST_TEST(accounts.diff({"--report", file, "--show-secrets"}).code == 2);
  BOOST_TEST(slurp(file).find("the-private-key") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_report_that_cannot_be_written_is_told_before_anything_is_done) {
  const auto accounts = sample();
  const auto refused = accounts.migrate({"--report", accounts.folder().file("nowhere/plan.html")});
  BOOST_TEST(refused.code == 73);
  BOOST_TEST(refused.err.find("nothing was changed") != std::string::npos, refused.err);
  BOOST_TEST(accounts.requests("POST") == 0u);
  BOOST_TEST(accounts.diff({"--report", "plan.pdf"}).code == 64);
  const auto page = accounts.folder().file("two.html"), text = accounts.folder().file("two.md");
  const auto several = accounts.diff({"--report", page, "--report", text, "--report", "-", "-q"});
  BOOST_TEST(several.code == 2);
  BOOST_TEST(slurp(page).find("<html") != std::string::npos);
  BOOST_TEST(slurp(text).starts_with("## hookferry: Plan"));
  BOOST_TEST(several.out == slurp(text));
  const auto both = accounts.diff({"--report", "-", "--format", "json"});
  BOOST_TEST(both.code == 64, both.err);
  BOOST_TEST(both.out == "");
}

BOOST_AUTO_TEST_CASE(a_run_that_conflicts_stop_has_its_plan_as_the_report) {
  const auto accounts = sample();
  const auto file = accounts.folder().file("plan.md");
  BOOST_TEST(accounts.migrate({"--on-conflict", "fail", "--report", file}).code == 1);
  BOOST_TEST(slurp(file).find("## hookferry: Plan") != std::string::npos);
  BOOST_TEST(slurp(file).find("### conflict: 1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_so_many_differences_are_listed_in_every_form) {
  const auto numbers = [](int by) {
    std::string out = R"([{"name":"uuid","value":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb"},)"
                      R"({"name":"method","value":"post"},{"name":"headers","value":{}},)"
                      R"({"name":"payload","value":{)";
    for (int i = 0; i < 1'500; ++i)
      out += (i == 0 ? "\"n" : ",\"n") + std::to_string(i) + "\":" + std::to_string(i + by);
    return out + "}}]";
  };
  const Accounts accounts({sendlog("many", "https://x.test/", 1, numbers(0))},
                          {sendlog("many", "https://x.test/", 7, numbers(1))});
  const auto has = [](const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  };
  const auto plan = accounts.diff({"--format", "json"});
  BOOST_TEST(plan.code == 2, plan.err);
  BOOST_TEST(breaches("plan", plan.out) == "");
  BOOST_TEST(has(plan.out, "\"note\": \"and 500 more\""));
  BOOST_TEST(has(plan.out, "/payload/n999\""));
  BOOST_TEST(!has(plan.out, "/payload/n1000\""));
  for (const std::string name : {"plan.html", "plan.md"}) {
    const auto report = accounts.folder().file(name);
    const auto text = accounts.diff({"--report", report});
    BOOST_TEST(has(text.out, "    … and 500 more\n"), text.out.substr(text.out.size() - 500));
    BOOST_TEST(has(slurp(report), "and 500 more"), name);
    BOOST_TEST(!has(slurp(report), "/payload/n1000"), name);
  }
  // What is not listed is written all the same.
  BOOST_TEST(accounts.migrate({"--on-conflict", "update", "-q"}).code == 0);
  BOOST_TEST(accounts.diff().code == 0);
}

BOOST_AUTO_TEST_CASE(accounts_and_plan_files_are_as_their_schemas_say) {
  const Accounts accounts(hookferry::test::many(2),
                          {hookferry::test::slack("hook-0", "https://other.test/", 9)});
  const auto config = accounts.folder().file("c.ini");
  spill(config, "[eu]\nregion = eu1\napi-key-env = EU\n[us]\nurl = " + accounts.url() +
                    "\n[pair p]\nsource = eu\ndest = us\nsettle = 1\n");
  BOOST_TEST(breaches("accounts", accounts.run({"accounts", "--config", config, "--format", "json"}).out) ==
             "");
  BOOST_TEST(breaches("accounts", accounts.run({"accounts", "--format", "json"}).out) == "");
  const auto plan = accounts.folder().file("p.plan");
  BOOST_TEST(accounts.diff({"--out", plan}).code == 2);
  BOOST_TEST(breaches("plan_file", accounts.run({"show", plan, "--format", "json"}).out) == "");
}

BOOST_AUTO_TEST_SUITE_END()
