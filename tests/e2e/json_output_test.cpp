// Every output for programs, held against its schema under docs/schema/.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/process.hpp"
#include "support/rooms.hpp"

namespace {

using hookferry::test::Accounts;
using hookferry::test::Ran;
using hookferry::test::sendlog;
using hookferry::test::slack;
using hookferry::test::slurp;
using hookferry::test::spill;
using hookferry::test::TempDir;

Ran check_schema(const std::string& script, const std::string& schema,
                 const std::vector<std::string>& documents) {
  const TempDir folder;
  std::vector<std::string> command = {"/usr/bin/python3", HOOKFERRY_SOURCE_DIR "/tests/schema/" + script,
                                      HOOKFERRY_SOURCE_DIR "/docs/schema/" + schema + ".schema.json"};
  for (const auto& document : documents) {
    command.push_back(folder.file(std::to_string(command.size())));
    spill(command.back(), document);
  }
  return hookferry::test::run_command(command, {});
}

/// The sound documents of this suite, by schema.
std::map<std::string, std::vector<std::string>> sound_documents;

/// What is wrong with it; empty where nothing is.
std::string breaches(const std::string& schema, const std::string& json) {
  const auto ran = check_schema("validate.py", schema, {json});
  if (ran.code == 0) sound_documents[schema].push_back(json);
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
  BOOST_TEST(member(member(two_accounts, "source"), "company") == "1");
  BOOST_TEST(member(member(two_accounts, "destination"), "company") == "2");
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

BOOST_AUTO_TEST_CASE(documents_name_command_mode_filters_and_options) {
  const auto accounts = sample();
  spill(accounts.folder().file("config.ini"), "[defaults]\nmax-delete = 100%\nonly = *\n");
  const auto config = accounts.folder().file("config.ini");
  const auto plan = accounts.diff({"--mirror", "--except", "sam*", "--type", "slack,sendlog", "--config",
                                   config, "--rewrite-host", "a.test=b.test", "--rewrite-host",
                                   "c.test=d.test", "--fresh-uuids", "--retries", "5", "--format", "json"});
  BOOST_TEST(plan.code == 2, plan.err);
  BOOST_TEST(breaches("plan", plan.out) == "");
  BOOST_TEST(member(plan.out, "kind") == "\"plan\"");
  BOOST_TEST(member(plan.out, "command") == "\"diff\"");
  BOOST_TEST(member(plan.out, "mode") == "\"mirror\"");
  BOOST_TEST(member(plan.out, "left_out") == "2");
  BOOST_TEST(member(plan.out, "delete_limit") == "2");
  const auto document = hookferry::json::Document::parse(plan.out);
  const auto filters = document.root().find("filters")->elements();
  BOOST_REQUIRE(filters.size() == 3u);
  BOOST_TEST(filters[0].find("option")->string() == "only");
  BOOST_TEST(filters[0].find("from")->string() == config + ":3");
  BOOST_TEST(filters[1].find("value")->string() == "sam*");
  BOOST_TEST(filters[1].find("from")->string() == "command line");
  const auto options = *document.root().find("options");
  BOOST_TEST(options.find("max-delete")->find("value")->string() == "100%");
  BOOST_TEST(options.find("max-delete")->find("from")->string() == config + ":2");
  BOOST_TEST(options.find("rewrite-host")->find("value")->elements().size() == 2u);
  BOOST_TEST(options.find("fresh-uuids")->find("value")->text() == "true");
  BOOST_TEST(!options.find("retries"));  // that is the default
  const auto done = accounts.migrate({"--only", "new", "--format", "json"});
  BOOST_TEST(done.code == 0, done.err);
  BOOST_TEST(member(done.out, "kind") == "\"outcome\"");
  BOOST_TEST(member(done.out, "mode") == "\"migrate\"");
  BOOST_TEST(member(done.out, "left_out") == "4");
  const auto undo = accounts.run({"undo", accounts.ledger(), "-n", "--format", "json"});
  BOOST_TEST(member(undo.out, "kind") == "\"plan\"");
  BOOST_TEST(member(undo.out, "mode") == "\"undo\"");
}

BOOST_AUTO_TEST_CASE(a_key_given_in_the_place_of_a_value_is_in_no_document) {
  const std::string key = "cxtp_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123";
  const auto accounts = sample();
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--dest-key-file", key},
                                                {"--only", key},
                                                {"--ca-file", key},
                                                {"--" + key},
                                                {"--proxy", "http://user:" + key + "@127.0.0.1:1"},
                                                {"--id", key}}) {
    auto arguments = wrong;
    arguments.insert(arguments.end(), {"--format", "json"});
    const auto ran = accounts.diff(arguments);
    BOOST_TEST((ran.out + ran.err).find(key) == std::string::npos, ran.out + ran.err);
    BOOST_TEST(!ran.out.empty());
  }
}

BOOST_AUTO_TEST_CASE(every_failure_is_a_document) {
  const auto accounts = sample();
  const auto fails = [&](const std::vector<std::string>& arguments, const std::string& input = {}) {
    const auto ran = accounts.run(arguments, input);
    BOOST_TEST_CONTEXT(arguments[0] << " " << arguments.back()) {
      BOOST_TEST(breaches("error", ran.out) == "");
      BOOST_TEST(member(member(ran.out, "error"), "exit") == std::to_string(ran.code));
      BOOST_TEST(member(member(ran.out, "error"), "message") != "-");
      BOOST_TEST(!ran.err.empty());
    }
    return ran;
  };
  const auto url = accounts.url();
  BOOST_TEST(fails({"--format", "json"}).code == 64);
  BOOST_TEST(fails({"nosuch", "--format=json"}).code == 64);
  BOOST_TEST(fails({"--format", "json", "diff", "a"}).code == 64);
  BOOST_TEST(fails({"diff", url, url, "--nosuch", "--format", "json"}).code == 64);
  BOOST_TEST(fails({"migrate", url, url, "--format", "json"}).code == 64);  // the question cannot be asked
  BOOST_TEST(fails({"list", "nowhere", "--format", "json"}).code == 64);
  BOOST_TEST(fails({"export", url, "--timeout", "0.001", "--format", "json"}).code == 64);
  BOOST_TEST(fails({"transform", "--format", "json"}, "{").code == 65);
  BOOST_TEST(fails({"import", "none.json", url, "--yes", "--format", "json"}).code == 66);
  BOOST_TEST(fails({"apply", "none.plan", "--format", "json"}).code == 66);
  BOOST_TEST(fails({"undo", "none.jsonl", "--format", "json"}).code == 66);
  BOOST_TEST(fails({"undo", "--last", "--format", "json"}).code == 66);
  BOOST_TEST(fails({"ids", "none.jsonl", "--format", "json"}).code == 66);
  BOOST_TEST(fails({"rewire", "none.json", "none.jsonl", "--format", "json"}).code == 66);
  BOOST_TEST(fails({"fleet", "--format", "json"}).code == 78);
  BOOST_TEST(fails({"check", "--format", "json", "--retries", "x"}).code == 64);
  BOOST_TEST(fails({"completion", "none", "--format", "json"}).code == 64);
  BOOST_TEST(fails({"help", "none", "--format", "json"}).code == 64);
  BOOST_TEST(fails({"version", "more", "--format", "json"}).code == 64);
  BOOST_TEST(fails({"migrate", url, url, "--only", "new", "--format", "json"}).code == 64);
  spill(accounts.folder().file("config.ini"), "[defaults]\nformat = json\n");
  const auto configured = fails({"list", "nowhere", "--config", accounts.folder().file("config.ini")});
  BOOST_TEST(member(configured.out, "command") == "\"list\"");
  BOOST_TEST(accounts.run({"list", "nowhere"}).out == "");
}

BOOST_AUTO_TEST_CASE(a_plan_that_is_stopped_is_in_the_document_of_its_failure) {
  const auto accounts = sample();
  const auto stopped =
      accounts.run({"mirror", accounts.url(), accounts.url(), "--source-region", "eu1", "--dest-region",
                    "us1", "--max-delete", "0", "--yes", "--format", "json"});
  BOOST_TEST(stopped.code == 1, stopped.err);
  BOOST_TEST(breaches("plan", stopped.out) == "");
  BOOST_TEST(member(stopped.out, "kind") == "\"error\"");
  BOOST_TEST(member(member(stopped.out, "error"), "exit") == "1");
  BOOST_TEST(member(member(stopped.out, "summary"), "delete") == "1");
  BOOST_TEST(member(stopped.out, "delete_limit") == "0");
  const auto plan_file = accounts.folder().file("plan");
  BOOST_TEST(accounts.diff({"--out", plan_file}).code == 2);
  accounts.somebody_edits("eu", 1, slack("renamed", "https://hooks.example.com/1"));
  const auto stale = accounts.run({"apply", plan_file, "--format", "json"});
  BOOST_TEST(stale.code == 3, stale.err);
  BOOST_TEST(breaches("error", stale.out) == "");
  BOOST_TEST(member(stale.out, "mode") == "\"migrate\"");
  BOOST_TEST(member(stale.out, "drift").find("renamed") != std::string::npos, stale.out);
  BOOST_TEST(member(member(stale.out, "summary"), "create") == "2");
  BOOST_TEST(accounts.run({"apply", plan_file}).out == "");  // only the drift is told
  const auto unwritten = accounts.diff({"--out", accounts.folder().file("none/plan"), "--format", "json"});
  BOOST_TEST(unwritten.code == 73, unwritten.err);
  BOOST_TEST(breaches("error", unwritten.out) == "");
  BOOST_TEST(member(member(unwritten.out, "summary"), "create") == "2");
}

BOOST_AUTO_TEST_CASE(help_and_version_are_as_their_schemas_say) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--version", "--format", "json"}, {"--format=json", "-V"}})
    BOOST_TEST(breaches("version", hookferry::test::run_hookferry(arguments, {}).out) == "");
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
  BOOST_TEST(member(ran.out, "kind") == "\"outcome\"");
  BOOST_TEST(member(member(ran.out, "error"), "exit") == "77");
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

BOOST_AUTO_TEST_CASE(tests_of_webhooks_are_as_their_schema_says) {
  const Accounts accounts({}, {slack("new", "https://hooks.example.com/1", 1)},
                          {"--fault", "TEST#2:status=503"});
  for (const auto& [option, kind] :
       {std::pair{"--dry-run", "\"plan\""}, {"--yes", "\"outcome\""}, {"--yes", "\"outcome\""}}) {
    const auto ran = accounts.run({"test", accounts.url(), option, "--format", "json"});
    BOOST_TEST(breaches("test", ran.out) == "");
    BOOST_TEST(member(ran.out, "kind") == kind);
  }
  BOOST_TEST(accounts.requests("TEST") == 2u);
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
  BOOST_TEST(left[0].find("reason")->string() == "was changed by another client since; skipped");
}

BOOST_AUTO_TEST_CASE(undoing_that_fails_says_what_and_why) {
  for (const std::string fault : {"DELETE:status=422", "DELETE:status=401"}) {
    const Accounts accounts(hookferry::test::many(1), {}, {"--fault", fault});
    BOOST_TEST(accounts.migrate().code == 0);
    const auto ran =
        accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.2", "--format", "json"});
    BOOST_TEST(ran.code == (fault == "DELETE:status=401" ? 77 : 1), ran.err);
    BOOST_TEST(breaches("undo", ran.out) == "");
    BOOST_TEST(member(ran.out, "failed") != "[]", ran.out);
  }
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
            "\n[pair good]\nsource = eu\ndest = us\nno-rewrite = true\nmode = mirror\nonly = *\n" +
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
  BOOST_TEST(member(plan.out, "notes").find("the limit is 0 (--max-delete 0)") != std::string::npos,
             plan.out);
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

BOOST_AUTO_TEST_CASE(reports_say_what_they_show) {
  const auto accounts = sample();
  const auto page = accounts.folder().file("a.html"), text = accounts.folder().file("a.md");
  const auto ran = accounts.diff({"--only", "*", "--except", "same", "--mirror", "--max-delete", "100%",
                                  "--report", page, "--report", text});
  BOOST_TEST(ran.code == 2, ran.err);
  for (const auto& file : {page, text})
    for (const std::string part :
         {"Plan of a mirror", "--except same", "--max-delete 100%", "hookferry diff ",
          "Plan: 2 to create, 1 to update, 1 to delete", "https://hooks.example.com/e"})
      BOOST_TEST(slurp(file).find(part) != std::string::npos, file << " " << part);
  BOOST_TEST(slurp(text).find("1 webhook of the source left out") != std::string::npos, slurp(text));
  BOOST_TEST(slurp(text).find("altered") == std::string::npos);
  BOOST_TEST(slurp(text).find("### delete") < slurp(text).find("### create"));
}

namespace {

/// The samples of a text in Prometheus' exposition format, which is checked as strictly as promtool does.
std::map<std::string, double> samples_of(const std::string& text) {
  std::map<std::string, double> out;
  std::set<std::string> families;
  std::string family;
  bool has_type = false;
  BOOST_TEST(text.ends_with('\n'));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch parts;
    if (std::regex_match(line, parts, std::regex("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (\\S.*)"))) {
      family = parts[1];
      has_type = false;
      BOOST_TEST(families.insert(family).second, "twice: " << line);
    } else if (std::regex_match(line, parts, std::regex("# TYPE (\\S+) gauge"))) {
      BOOST_TEST(parts[1] == family, line);
      BOOST_TEST(!has_type, line);
      has_type = true;
    } else {
      const std::regex sample(
          R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-z_]+="([^"\\\n]|\\[\\"n])*"(,(?!\})|(?=\})))+\})? (-?[0-9.]+(e[+-]?[0-9]+)?))re");
      BOOST_REQUIRE_MESSAGE(std::regex_match(line, parts, sample), line);
      BOOST_TEST(parts[1] == family, line);
      BOOST_TEST(has_type, line);
      BOOST_TEST(out.emplace(parts[1].str() + parts[2].str(), std::stod(parts[6])).second, "twice: " << line);
    }
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(metrics_tell_of_plans_runs_and_failures) {
  const auto accounts = sample();
  const auto file = accounts.folder().file("hookferry.prom");
  BOOST_TEST(accounts.diff({"--mirror", "--metrics", file}).code == 2);
  BOOST_TEST((std::filesystem::status(file).permissions() == std::filesystem::perms(0644)));
  auto samples = samples_of(slurp(file));
  BOOST_TEST(samples.at("hookferry_run_exit_code") == 2);
  BOOST_TEST(samples.at("hookferry_webhooks{action=\"delete\"}") == 1);
  BOOST_TEST(samples.at("hookferry_drift_webhooks") == 4);  // two creations, an update, a deletion
  BOOST_TEST(samples.at("hookferry_run_duration_seconds") >= 0);
  BOOST_TEST(samples.at("hookferry_last_run_timestamp_seconds") > 1.7e9);
  BOOST_TEST(samples.at("hookferry_last_run_timestamp_seconds") < 1e11);
  BOOST_TEST(accounts.migrate({"--metrics", file}).code == 1);  // one is invalid
  samples = samples_of(slurp(file));
  BOOST_TEST(samples.at("hookferry_run_exit_code") == 1);
  BOOST_TEST(samples.at("hookferry_webhooks{action=\"create\"}") == 2);
  BOOST_TEST(samples.at("hookferry_webhooks{action=\"unchanged\"}") == 1);
  BOOST_TEST(samples.at("hookferry_drift_webhooks") == 3);
  const auto failed = accounts.run({"diff", accounts.url(), accounts.url() + "/none", "--dest-region", "us1",
                                    "--source-region", "eu1", "--metrics", file, "--retries", "0"});
  samples = samples_of(slurp(file));
  BOOST_TEST(samples.at("hookferry_run_exit_code") == failed.code);
  BOOST_TEST(!samples.contains("hookferry_drift_webhooks"));  // there was no plan
  const auto refused = accounts.migrate({"--metrics", accounts.folder().file("none/a.prom")});
  BOOST_TEST(refused.code == 73);
  BOOST_TEST(refused.err.find("--metrics: there is no folder") != std::string::npos, refused.err);
}

BOOST_AUTO_TEST_CASE(metrics_of_a_fleet_have_a_label_for_the_pair) {
  const auto accounts = sample();
  const auto config = accounts.folder().file("config.ini"), file = accounts.folder().file("fleet.prom");
  spill(config, "[eu]\nurl = " + accounts.url() + "\n[us]\nurl = " + accounts.url() +
                    "\n[pair one]\nsource = eu\ndest = us\nno-rewrite = true\n" +
                    "[pair bad\\\"two]\nsource = nowhere\ndest = us\n");
  const auto ran = accounts.run({"fleet", "--config", config, "-n", "--metrics", file});
  BOOST_TEST(ran.code == 64, ran.err);
  const auto samples = samples_of(slurp(file));
  BOOST_TEST(samples.at("hookferry_run_exit_code{pair=\"one\"}") == 2);
  BOOST_TEST(samples.at("hookferry_webhooks{pair=\"one\",action=\"create\"}") == 2);
  BOOST_TEST(samples.at("hookferry_drift_webhooks{pair=\"one\"}") == 3);
  BOOST_TEST(samples.at("hookferry_run_exit_code{pair=\"bad\\\\\\\"two\"}") == 64);
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
  BOOST_TEST(slurp(file).find("\"secretsShown\":true") == std::string::npos);
  BOOST_TEST(accounts.diff({"--report", file, "--show-secrets"}).code == 2);
  BOOST_TEST(slurp(file).find("\"secretsShown\":true") != std::string::npos);  // the page says so then
  BOOST_TEST(slurp(file).find("the-private-key") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unwritable_report_is_reported_before_anything_is_done) {
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
  BOOST_TEST(slurp(text).starts_with("## Plan of a migrate\n"));
  BOOST_TEST(several.out == slurp(text));
  const auto both = accounts.diff({"--report", "-", "--format", "json"});
  BOOST_TEST(both.code == 64, both.err);
  BOOST_TEST(breaches("error", both.out) == "");
}

BOOST_AUTO_TEST_CASE(a_run_that_conflicts_stop_has_its_plan_as_the_report) {
  const auto accounts = sample();
  const auto file = accounts.folder().file("plan.md");
  BOOST_TEST(accounts.migrate({"--on-conflict", "fail", "--report", file}).code == 1);
  BOOST_TEST(slurp(file).find("## Plan of a migrate\n") != std::string::npos);
  BOOST_TEST(slurp(file).find("Stopped early: ") != std::string::npos);
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
  // Of all webhooks together, 20,000 are listed, then ten of each.
  const auto several = [&](int by) {
    std::vector<std::string> out;
    for (int i = 0; i < 21; ++i)
      out.push_back(sendlog("many-" + std::to_string(i), "https://x.test/", 100 * by + i + 1, numbers(by)));
    return out;
  };
  const Accounts large(several(0), several(1));
  BOOST_TEST(has(large.diff({"--format", "json"}).out, "\"note\": \"and 1490 more\""));
  BOOST_TEST(large.migrate({"--on-conflict", "update", "-q"}).code == 0);
  BOOST_TEST(
      has(large.run({"undo", large.ledger(), "-n", "--format", "json"}).out, "\"note\": \"and 1490 more\""));
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

BOOST_AUTO_TEST_CASE(documents_name_uuids_of_the_newer_api) {
  const Accounts accounts(hookferry::test::many(1), {});
  const auto done = accounts.migrate({"--source-api", "v5", "--dest-api", "v5", "--format", "json"});
  BOOST_TEST(done.code == 0, done.err);
  BOOST_TEST(breaches("plan", done.out) == "");
  BOOST_TEST(done.out.find("\"destination_uuid\"") != std::string::npos, done.out);
  BOOST_TEST(member(member(member(done.out, "accounts"), "source"), "api") == "\"v5\"");
  BOOST_TEST(breaches("ids", accounts.run({"ids", accounts.ledger(), "--format", "json"}).out) == "");
}

/// The last case: it needs the documents of all others.
BOOST_AUTO_TEST_CASE(every_field_of_every_schema_is_in_some_document) {
  for (const auto& file : std::filesystem::directory_iterator(HOOKFERRY_SOURCE_DIR "/docs/schema")) {
    const auto name = file.path().stem().stem().string();
    if (file.path().extension() != ".json") continue;
    const auto& documents = sound_documents[name];
    if (documents.empty()) {
      BOOST_TEST_MESSAGE("no document of " << name << ": not all cases were run");
      return;
    }
    const auto ran = check_schema("coverage.py", name, documents);
    BOOST_TEST(ran.code == 0, name << " has fields that no document shows:\n" << ran.out << ran.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()
