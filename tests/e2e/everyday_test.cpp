// What somebody does every day: look around, decide about conflicts, ask what is configured.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/terminal.hpp"
#include "support/wait.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

using Arguments = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The word behind `name=` in what the demo prints.
std::string setting(const std::string& text, const std::string& name) {
  const auto begin = text.find(name + "=") + name.size() + 1;
  return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

/// A webhook that was last changed at that time; `time` empty: it does not say.
std::string changed(const std::string& alias, const std::string& url, int id, const std::string& time) {
  auto out = slack(alias, url, id);
  const std::string member = "\"updated_at\":\"2022-08-22T07:32:09.348Z\",";
  const auto place = out.find(member);
  return out.replace(place, member.size(), time.empty() ? "" : "\"updated_at\":\"" + time + "\",");
}

/// Three conflicts: the source is newer, the destination is newer, and of one nothing is known.
struct Conflicts : Accounts {
  Conflicts()
      : Accounts({changed("newer", "https://a.test/new", 1, "2024-05-02T10:00:00.5Z"),
                  changed("older", "https://b.test/new", 2, "2024-05-02T10:00:00Z"),
                  changed("unknown", "https://c.test/new", 3, "")},
                 {changed("newer", "https://a.test/old", 11, "2024-05-02T10:00:00Z"),
                  changed("older", "https://b.test/old", 12, "2025-01-10T10:00:00Z"),
                  changed("unknown", "https://c.test/old", 13, "2025-01-10T10:00:00Z")}) {}
  std::string url_of(const std::string& alias) const {
    for (const auto& held : webhooks("us"))
      if (held.alias == alias) return held.url;
    return {};
  }
  Arguments asking() const {
    return {hookferry_binary(), "migrate", url(),      url(),    "--no-rewrite", "--settle",      "0.3",
            "--color",          "never",   "--ledger", ledger(), "--no-pager",   "--on-conflict", "ask"};
  }
};

const std::string question = "capital letter is for all that follow)? ";

}  // namespace

BOOST_AUTO_TEST_SUITE(everyday)

BOOST_AUTO_TEST_CASE(the_demo_leads_to_a_migrate_with_what_it_prints) {
  const TempDir home;
  Environment environment = {{"HOME", home.path()}, {"TMPDIR", home.path()}};
  std::string folder;
  {
    Process sandbox({hookferry_binary(), "sandbox", "--demo", "-v"}, environment, home.file("out"),
                    home.file("err"));
    wait_for_text(home.file("out"), "--test\n");
    const auto text = slurp(home.file("out"));
    BOOST_TEST(text.starts_with("http://127.0.0.1:"), text);
    environment["HOOKFERRY_CONFIG"] = setting(text, "HOOKFERRY_CONFIG");
    environment["XDG_STATE_HOME"] = setting(text, "XDG_STATE_HOME");
    folder = std::filesystem::path(environment["HOOKFERRY_CONFIG"]).parent_path();
    BOOST_TEST(run_hookferry({"diff", "eu", "us"}, environment).code == 2);
    const auto moved = run_hookferry({"migrate", "eu", "us", "--yes"}, environment);
    BOOST_TEST(moved.code == 2, moved.err);  // one is in conflict
    BOOST_TEST(has(moved.out, "12 created"), moved.out);
    BOOST_TEST(run_hookferry({"undo", "--last", "--yes"}, environment).code == 0);
    const auto crossed = run_hookferry({"migrate", "eu", "ap", "--test", "--yes"}, environment);
    BOOST_TEST(crossed.code == 0, crossed.err);
    BOOST_TEST(has(crossed.out, "14 created"), crossed.out);
    BOOST_TEST(has(crossed.out, "ok     \"on-call\" (pager_duty)"), crossed.out);
    BOOST_TEST(has(slurp(home.file("err")), "GET /api/v1/external/integrations"), slurp(home.file("err")));
    sandbox.signal(SIGINT);
    BOOST_TEST(sandbox.wait() == 0);
  }
  BOOST_TEST(!std::filesystem::exists(folder));
  BOOST_TEST(run_hookferry({"sandbox"}, {}).code == 64);
  BOOST_TEST(run_hookferry({"sandbox", "--demo", "--state", home.path()}, {}).code == 64);
}

BOOST_AUTO_TEST_CASE(accounts_lists_sections_and_pairs_without_reading_a_key) {
  const TempDir home;
  const auto config = home.file("c.ini");
  spill(
      config,
      "[production]\nregion = eu1\napi-key-file = /nonexistent/production.key\n"
      "[standby]\nurl = https://hooks.example.com\napi-key-command = print-secret s3cret-9f8e7d6c5b4a3b2c1d\n"
      "[lab]\nregion = us1\napi-key-env = LAB_TOKEN\n"
      "[pair nightly]\nsource = production\ndest = standby\nmode = mirror\nmax-delete = 10%\n");
  const auto ran = run_hookferry({"accounts", "--config", config}, {});
  BOOST_TEST(ran.code == 0, ran.err);
  for (const auto& part :
       {"Configuration: " + config, std::string("file /nonexistent/production.key"),
        std::string("command at c.ini:6"), std::string("variable LAB_TOKEN"), std::string("nightly  mirror")})
    BOOST_TEST(has(ran.out, part), part + "\n" + ran.out);
  BOOST_TEST(!has(ran.out, "s3cret"), ran.out);
  const auto json_text = run_hookferry({"accounts", "--config", config, "--format", "json"}, {}).out;
  const auto document = json::Document::parse(json_text);
  BOOST_TEST(document.root().find("accounts")->elements().size() == 3u);
  BOOST_TEST(document.root().find("pairs")->elements()[0].find("options")->find("max-delete")->string() ==
             "10%");
  BOOST_TEST(!has(json_text, "s3cret"), json_text);
  spill(config, "[broken]\nregion = nowhere\n");
  BOOST_TEST(run_hookferry({"accounts", "--config", config}, {}).code == 78);
  const auto none = run_hookferry({"accounts"}, {{"HOME", home.path()}});
  BOOST_TEST(none.code == 0, none.err);
  BOOST_TEST(has(none.out, "no configuration file"), none.out);
}

BOOST_AUTO_TEST_CASE(show_prints_a_plan_file_without_keys_or_network) {
  const Conflicts accounts;
  const auto plan = accounts.folder().file("p.plan");
  BOOST_TEST(accounts.diff({"--out", plan, "--on-conflict", "newer"}).code == 2);
  const auto ran = run_hookferry({"show", plan}, {});
  BOOST_TEST(ran.code == 0, ran.err);
  for (const std::string part :
       {"Plan of a migrate, made at 2", "by hookferry ", "company 2", "update    slack  newer",
        "conflict  slack  older", "Plan: 1 update, 2 conflict.", "hookferry apply "})
    BOOST_TEST(has(ran.out, part), part + "\n" + ran.out);
  const auto json_text = run_hookferry({"show", plan, "--format", "json"}, {}).out;
  const auto document = json::Document::parse(json_text);
  BOOST_TEST(document.root().find("mode")->string() == "migrate");
  BOOST_TEST(document.root().find("summary")->find("update")->integer().value() == 1);
  BOOST_TEST(document.root().find("webhooks")->elements()[0].find("destination_id")->integer().value() == 11);
  BOOST_TEST(run_hookferry({"show", accounts.file_of("eu")}, {}).code == 65);
  BOOST_TEST(run_hookferry({"show", accounts.folder().file("none.plan")}, {}).code == 66);
}

BOOST_AUTO_TEST_CASE(newer_overwrites_only_what_the_source_changed_later) {
  const Conflicts accounts;
  const auto ran = accounts.migrate({"--on-conflict", "newer"});
  BOOST_TEST(ran.code == 2, ran.err + ran.out);
  BOOST_TEST(accounts.url_of("newer") == "https://a.test/new");
  BOOST_TEST(accounts.url_of("older") == "https://b.test/old");
  BOOST_TEST(accounts.url_of("unknown") == "https://c.test/old");
  BOOST_TEST(has(ran.out, "source changed 2024-05-02, destination changed 2025-01-10"), ran.out);
  BOOST_TEST(has(ran.out, "not known when the source's webhook was last"), ran.out);
  const auto document = json::Document::parse(accounts.diff({"--format", "json"}).out);
  const auto webhooks = document.root().find("webhooks")->elements();
  BOOST_TEST(webhooks[1].find("source_updated_at")->string() == "2024-05-02T10:00:00Z");
  BOOST_TEST(webhooks[1].find("destination_updated_at")->string() == "2025-01-10T10:00:00Z");
}

BOOST_AUTO_TEST_CASE(ask_decides_conflict_by_conflict) {
  const Conflicts accounts;
  Terminal terminal(accounts.asking(), accounts.environment());
  terminal.wait_for("Conflict 1 of 3");
  terminal.type("x\n");
  terminal.wait_for(question + "x\r\nConflict 1 of 3");
  terminal.type("v\n");
  terminal.wait_for("destination:");
  terminal.type("s\n");
  terminal.wait_for("Conflict 2 of 3");
  terminal.type("d\n");
  terminal.wait_for("Conflict 3 of 3");
  terminal.type("update\n");
  terminal.wait_for("[y/N]");
  terminal.type("y\n");
  BOOST_TEST(terminal.wait() == 2, terminal.shown());
  BOOST_TEST(accounts.url_of("newer") == "https://a.test/old");
  BOOST_TEST(accounts.url_of("unknown") == "https://c.test/new");
  BOOST_TEST(std::ranges::count(accounts.aliases("us"), "older") == 2);
}

BOOST_AUTO_TEST_CASE(a_capital_letter_answers_for_all_that_follow) {
  const Conflicts accounts;
  auto command = accounts.asking();
  command.emplace_back("--yes");
  Terminal terminal(command, accounts.environment());
  terminal.wait_for("Conflict 1 of 3");
  terminal.type("s\n");
  terminal.wait_for("Conflict 2 of 3");
  terminal.type("U\n");
  BOOST_TEST(terminal.wait() == 2, terminal.shown());
  BOOST_TEST(accounts.url_of("newer") == "https://a.test/old");
  BOOST_TEST(accounts.url_of("older") == "https://b.test/new");
  BOOST_TEST(accounts.url_of("unknown") == "https://c.test/new");
}

BOOST_AUTO_TEST_CASE(ask_changes_nothing_without_a_terminal_or_an_answer) {
  const Conflicts accounts;
  const auto ran = accounts.migrate({"--on-conflict", "ask"});
  BOOST_TEST(ran.code == 64);
  BOOST_TEST(has(ran.err, "--on-conflict ask needs a terminal"), ran.err);
  Terminal terminal(accounts.asking(), accounts.environment());
  terminal.wait_for("Conflict 1 of 3");
  terminal.type("\x04");
  BOOST_TEST(terminal.wait() == 1, terminal.shown());
  BOOST_TEST(accounts.requests("POST") == 0u);
}

BOOST_AUTO_TEST_CASE(a_plan_keeps_the_answers) {
  const Conflicts accounts;
  const auto plan = accounts.folder().file("p.plan");
  Terminal terminal({hookferry_binary(), "diff", accounts.url(), accounts.url(), "--no-rewrite", "--color",
                     "never", "--no-pager", "--on-conflict", "ask", "--out", plan},
                    accounts.environment());
  terminal.wait_for("Conflict 1 of 3");
  terminal.type("u\n");
  terminal.wait_for("Conflict 2 of 3");
  terminal.type("S\n");
  BOOST_TEST(terminal.wait() == 2, terminal.shown());
  const auto applied = accounts.run({"apply", plan, "--settle", "0.3", "--ledger", accounts.ledger()});
  BOOST_TEST(applied.code == 2, applied.err + applied.out);
  BOOST_TEST(accounts.url_of("newer") == "https://a.test/new");
  BOOST_TEST(accounts.url_of("older") == "https://b.test/old");
}

BOOST_AUTO_TEST_CASE(webhooks_from_a_pipe_leave_the_terminal_to_the_question) {
  const Accounts accounts({}, {});
  const auto file = accounts.folder().file("in.json");
  spill(file, array_of({slack("one", "https://a.test/", 1)}));
  Terminal terminal({"sh", "-c",
                     "cat '" + file + "' | '" + hookferry_binary() + "' migrate - '" + accounts.url() +
                         "' --source-region eu1 --dest-region us1 --settle 0.3 --color never"},
                    accounts.environment());
  terminal.wait_for("[y/N]");
  terminal.type("y\n");
  BOOST_TEST(terminal.wait() == 0, terminal.shown());
  BOOST_TEST(accounts.count("us") == 1u);
}

BOOST_AUTO_TEST_CASE(check_tries_again_and_needs_no_argument) {
  Accounts accounts(many(2), {}, {"--fault", "GET#1:status=500", "--fault", "GET#4:truncate"});
  const auto config = accounts.folder().file("c.ini");
  spill(accounts.folder().file("eu.key"), "eu-key\n");
  spill(config, "[eu]\nregion = eu1\nurl = " + accounts.url() +
                    "\napi-key-file = " + accounts.folder().file("eu.key") + "\n");
  const auto ran = accounts.run({"check", "--config", config, "-v"});
  BOOST_TEST(ran.code == 0, ran.out + ran.err);
  BOOST_TEST(has(ran.err, "HTTP 500; retry 1 of 5"), ran.err);
  BOOST_TEST(has(ran.out, "webhooks   ok"), ran.out);
  const auto cut = accounts.run({"list", "eu", "--config", config, "--retries", "0"});
  BOOST_TEST(cut.code == 69, cut.err);
  BOOST_TEST(has(cut.err, "try again later"), cut.err);
  BOOST_TEST(accounts.run({"check"}).code == 64);
}

BOOST_AUTO_TEST_SUITE_END()
