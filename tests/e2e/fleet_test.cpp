// Many pairs of accounts at once.
#include <sys/stat.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "json/document.hpp"
#include "support/fleet.hpp"
#include "support/loopback.hpp"
#include "support/rooms.hpp"
#include "support/sanitized.hpp"
#include "support/terminal.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string pair(const std::string& name, const std::string& source, const std::string& dest,
                 const std::string& more = {}) {
  return "[pair " + name + "]\nsource = " + source + "\ndest = " + dest + "\nno-rewrite = true\n" + more;
}

Fleet::Account account(const std::string& name, int company, const std::vector<std::string>& webhooks) {
  return {name, company, webhooks};
}

/// Two sources, two destinations that have their company already.
struct Small : Fleet {
  explicit Small(const std::vector<std::string>& sandbox_options = {})
      : Fleet({account("prod", 1, many(3)), account("stage", 2, {slack("stage-only", "https://s.test/", 50)}),
               account("one", 3, {slack("kept", "https://kept.test/", 101)}),
               account("two", 4, {slack("kept", "https://kept.test/", 201)})},
              sandbox_options) {}
};

bool has_none_twice(const std::vector<std::string>& names) {
  return std::set<std::string>(names.begin(), names.end()).size() == names.size();
}

/// pair → exit code.
std::map<std::string, std::int64_t> exits_of(const Ran& ran) {
  std::map<std::string, std::int64_t> out;
  const auto document = json::Document::parse(ran.out);
  for (const auto& element : document.root().elements())
    out[element.find("pair")->string()] = element.find("exit")->integer().value();
  return out;
}

std::size_t ledgers_of(const Fleet& fleet) {
  std::size_t out = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fleet.folder().file("xdg/hookferry")))
    if (entry.path().extension() == ".jsonl") ++out;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fleet)

BOOST_AUTO_TEST_CASE(a_source_is_read_once_by_each_api_that_its_pairs_name) {
  const Small accounts;
  accounts.configure(pair("first", "prod", "one", "source-api = v1\n") +
                     pair("second", "prod", "two", "source-api = v5\n"));
  const auto ran = accounts.fleet({"--yes"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(accounts.aliases("two").size() == 4u);
  // v1: a list. v5: a list and three configurations.
  BOOST_TEST(accounts.requests("GET", "prod") == 1u + 1u + 3u);
}

BOOST_AUTO_TEST_CASE(a_key_command_runs_once_for_all_pairs_of_an_account) {
  const Small accounts;
  const auto log = accounts.folder().file("runs");
  accounts.configure("[prod-by-command]\nurl = " + accounts.url() + "\napi-key-command = echo run >> " + log +
                     "; echo prod-key\n" + pair("first", "prod-by-command", "one") +
                     pair("second", "prod-by-command", "two"));
  const auto ran = accounts.fleet({"-n"});
  BOOST_TEST(ran.code == 2, ran.err + ran.out);
  BOOST_TEST(slurp(log) == "run\n");
}

BOOST_AUTO_TEST_CASE(pairs_get_the_options_of_their_command_alone) {
  const Small accounts;
  const auto file = accounts.folder().file("unwritten");
  accounts.configure(pair("first", "prod", "one") + "[defaults]\nretries = 3\noutput = " + file +
                     "\nto = v5\noverlay-out = " + file + "\ntest = true\ntest-first = true\nrate = 1000\n" +
                     "parallel = 2\nlast = true\nlimit = 3\nkeep = 3\nmax-plan-age = 1d\nout = " + file +
                     "\nsource = prod\ndest = one\nmetrics = " + file + "\ndemo = true\nledger = " + file +
                     "\nreport = " + file + ".md\nmirror = true\n");
  const auto ran = accounts.fleet({"-n", "--format", "json"});
  BOOST_TEST(ran.code == 2, ran.err + ran.out);
  std::string names;
  const auto document = json::Document::parse(ran.out);
  document.root().elements().at(0).find("options")->each_member(
      [&](const json::Value& name, const json::Value&) { names += name.string() + " "; });
  BOOST_TEST(names == "retries no-rewrite config settle dry-run format ");
}

BOOST_AUTO_TEST_CASE(all_pairs_are_carried_out_with_a_ledger_each_and_a_shared_source_is_read_once) {
  const Small accounts;
  accounts.configure(pair("first", "prod", "one") +
                     pair("second", "prod", "two", "mode = mirror\nmax-delete = 1\n"));
  const auto ran = accounts.fleet({"--yes"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(accounts.aliases("one").size() == 4u);
  BOOST_TEST(accounts.aliases("two").size() == 3u);
  BOOST_TEST(accounts.requests("GET", "prod") == 2u);  // the mirror reads it again before it deletes
  BOOST_TEST(ledgers_of(accounts) == 2u);
  BOOST_TEST(has(ran.out, "PAIR"), ran.out);
  BOOST_TEST(has(ran.out, "first"), ran.out);
  const auto writes = accounts.requests("POST") + accounts.requests("DELETE");
  const auto again = accounts.fleet({"--yes"});
  BOOST_TEST(again.code == 0, again.err);
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") == writes);
}

BOOST_AUTO_TEST_CASE(the_json_is_an_array_of_what_each_pair_would_have_printed) {
  const Small accounts;
  accounts.configure(pair("good", "prod", "one") + pair("bad", "prod", "two"));
  const auto ran = accounts.fleet({"--yes", "--format", "json"}, {{"TWO", "wrong"}});
  BOOST_TEST(ran.code == 77, ran.err);
  const auto document = json::Document::parse(ran.out);
  const auto pairs = document.root().elements();
  BOOST_REQUIRE(pairs.size() == 2u);
  BOOST_TEST(pairs[0].find("pair")->string() == "good");
  BOOST_TEST(pairs[0].find("exit")->integer().value() == 0);
  BOOST_TEST(pairs[0].find("summary")->find("create")->integer().value() == 3);
  BOOST_TEST(!pairs[0].find("ledger")->string().empty());
  BOOST_TEST(pairs[1].find("exit")->integer().value() == 77);
  BOOST_TEST(has(pairs[1].find("error")->find("message")->string(), "two"));
  BOOST_TEST(pairs[1].find("kind")->string() == "error");
  BOOST_TEST(pairs[1].find("destination")->string() == "two");
  BOOST_TEST(has(ran.err, "pair bad: "), ran.err);
}

BOOST_AUTO_TEST_CASE(a_dry_run_shows_the_plans_and_writes_nothing) {
  const Small accounts;
  accounts.configure(pair("first", "prod", "one") + pair("second", "prod", "two", "mode = mirror\n"));
  const auto ran = accounts.fleet({"-n"});
  BOOST_TEST(ran.code == 2, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "== second"), ran.out);
  BOOST_TEST(has(ran.out, "1 to delete"), ran.out);
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") == 0u);
  BOOST_TEST(!std::filesystem::exists(accounts.folder().file("xdg/hookferry")));
  BOOST_TEST(accounts.requests("GET", "prod") == 1u);
}

namespace {
Environment unpaged(Environment environment) {
  environment["PAGER"] = "cat";
  return environment;
}
}  // namespace

BOOST_AUTO_TEST_CASE(one_question_is_asked_for_all_pairs) {
  const Small accounts;
  accounts.configure(pair("first", "prod", "one") +
                     pair("second", "prod", "two", "mode = mirror\nmax-delete = 1\n"));
  BOOST_TEST(accounts.fleet({}).code == 64);
  for (const std::string answer : {"n", "y", "7"}) {  // deletions want more than a yes
    auto command = accounts.fleet_arguments({});
    command.insert(command.begin(), hookferry_binary());
    Terminal terminal(command, unpaged(accounts.environment()));
    terminal.wait_for("Write 6 webhooks and delete 1 in 2 pairs?");
    terminal.wait_for("To confirm, type the number of changes (7): ");
    terminal.type(answer + "\n");
    BOOST_TEST(terminal.wait() == (answer == "7" ? 0 : 1), terminal.shown());
    BOOST_TEST(accounts.aliases("one").size() == (answer == "7" ? 4u : 1u));
    BOOST_TEST(accounts.aliases("two").size() == (answer == "7" ? 3u : 1u));
  }
}

BOOST_AUTO_TEST_CASE(a_pair_that_changed_while_the_question_waited_is_left_and_the_others_go_on) {
  const Small accounts;
  accounts.configure(pair("first", "prod", "one") +
                     pair("second", "prod", "two", "mode = mirror\nmax-delete = 5\n"));
  auto command = accounts.fleet_arguments({});
  command.insert(command.begin(), hookferry_binary());
  Terminal terminal(command, unpaged(accounts.environment()));
  terminal.wait_for("To confirm, type the number of changes (7): ");
  http_request(accounts.url(), "POST", "/api/v1/external/integrations", slack("late", "https://late.test/"),
               {{"Authorization", "Bearer two-key"}, {"Content-Type", "application/json"}});
  terminal.type("7\n");
  BOOST_TEST(terminal.wait() == 1, terminal.shown());
  BOOST_TEST(has(terminal.shown(), "has changed while the question waited"), terminal.shown());
  BOOST_TEST(accounts.aliases("one").size() == 4u);
  BOOST_TEST(accounts.aliases("two").size() == 2u);
}

BOOST_AUTO_TEST_CASE(pairs_of_one_destination_wait_for_each_other) {
  for (const bool empty : {false, true}) {
    BOOST_TEST_CONTEXT("empty " << empty) {
      const Fleet accounts(
          {account("prod", 1, many(3)), account("stage", 2, {slack("stage-only", "https://s.test/", 50)}),
           account("one", 3, empty ? std::vector<std::string>() : many(1)), account("two", 4, {})},
          {"--fault", "POST:slow-apply=300"});
      accounts.configure(pair("a", "prod", "one") + pair("b", "stage", "one") + pair("c", "stage", "two"));
      const auto ran = accounts.fleet({"--yes"});
      BOOST_TEST(ran.code == 0, ran.err + ran.out);
      BOOST_TEST(accounts.aliases("one").size() == 4u);
      BOOST_TEST(has_none_twice(accounts.aliases("one")));
      BOOST_TEST(accounts.aliases("two").size() == 1u);
    }
  }
}

/// Of one account under two keys both have been read before they are known to be one.
BOOST_AUTO_TEST_CASE(what_was_read_before_the_turn_of_an_account_came_is_old) {
  Fleet accounts(
      {account("prod", 1, many(1)), account("one", 3, {slack("hook-0", "https://old.test/", 101)})});
  const auto file = accounts.folder().file("state/one.json");
  auto state = slurp(file);
  const std::string one_key = R"("api_key":"one-key")";
  state.replace(state.find(one_key), one_key.size(), R"("api_keys":["one-key","second-key"])");
  spill(file, state);
  accounts.restart({"--fault", "POST:slow-apply=500"});
  const std::string update = "on-conflict = update\n";
  accounts.configure("[same]\nurl = " + accounts.url() + "\napi-key-env = SECOND\n" +
                     pair("a", "prod", "one", update) + pair("b", "prod", "same", update));
  const auto ran = accounts.run({"fleet", "--config", accounts.config(), "--settle", "0", "--yes"},
                                {{"SECOND", "second-key"}});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(accounts.requests("POST") == 1u);
}

BOOST_AUTO_TEST_CASE(another_process_that_writes_to_a_destination_fails_that_pair_only) {
  const Small accounts({"--fault", "POST#1:slow-apply=1500"});
  accounts.configure(pair("first", "prod", "one") + pair("second", "prod", "two"));
  std::vector<std::string> command = {hookferry_binary(), "migrate",      "prod",  "one",      "--config",
                                      accounts.config(),  "--no-rewrite", "--yes", "--settle", "0.3"};
  Process other(command, accounts.environment(), accounts.folder().file("o.out"),
                accounts.folder().file("o.err"));
  accounts.await_begun("POST");
  const auto ran = accounts.fleet({"--yes", "--format", "json"});
  BOOST_TEST(ran.code == 1, ran.err);
  auto exits = exits_of(ran);
  BOOST_TEST(exits["first"] == 1);
  BOOST_TEST(exits["second"] == 0);
  BOOST_TEST(other.wait() == 0);
}

BOOST_AUTO_TEST_CASE(patterns_choose_pairs) {
  const Small accounts;
  accounts.configure(pair("eu-one", "prod", "one") + pair("us-two", "prod", "two"));
  const auto ran = accounts.fleet({"--yes", "eu-*"});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(accounts.aliases("one").size() == 4u);
  BOOST_TEST(accounts.aliases("two").size() == 1u);
  const auto none = accounts.fleet({"--yes", "eu-on"});
  BOOST_TEST(none.code == 64, none.err);
  BOOST_TEST(has(none.err, "did you mean eu-one?"), none.err);
}

BOOST_AUTO_TEST_CASE(the_command_line_goes_before_a_pair_and_that_before_the_defaults) {
  const Small accounts;
  accounts.configure("[defaults]\nonly = nothing\nbatch-size = 3\n" +
                     pair("first", "prod", "one", "only = hook-0\nonly = hook-1\nbatch-size = 2\n") +
                     pair("second", "prod", "two"));
  const auto ran = accounts.fleet({"--yes", "--batch-size", "1"});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(accounts.aliases("one").size() == 3u);
  BOOST_TEST(accounts.requests("POST", "one") == 2u);
  BOOST_TEST(accounts.aliases("two").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_mistake_in_a_pair_is_reported_by_file_line_and_nearest_name) {
  const Small accounts;
  struct Case {
    std::string text, told;
  };
  for (const auto& [text, told] : std::vector<Case>{
           {"[pair x]\nsource = prod\ndest = one\non-conflct = skip\n", "did you mean on-conflict?"},
           {"[pair x]\nsource = prod\ndest = one\nmax-delete = 3\n",
            "max-delete is not an option of migrate"},
           {"[pair x]\nsource = prod\ndest = one\nmode = miror\n", "did you mean mirror?"},
           {"[pair x]\nsource = prod\n", "has no dest"},
           {"[pair x]\nsource = prod\nsource = stage\ndest = one\n", "source is set twice"},
           {"[pair x]\nsource = prod\ndest = one\nyes = true\n", "not one of a pair's"},
           {"[pair x]\nsource = prod\ndest = one\nretries = many\n", "invalid value \"many\" for"},
           {"[pair x]\nsource = prod\ndest = one\n[pair x]\nsource = prod\ndest = two\n", "already"}}) {
    BOOST_TEST_CONTEXT(told) {
      accounts.configure(text);
      const auto ran = accounts.fleet({"--yes"});
      BOOST_TEST(ran.code == 78, ran.err);
      BOOST_TEST(has(ran.err, told), ran.err);
      BOOST_TEST(has(ran.err, "config.ini:"), ran.err);
    }
  }
  for (const std::string name : {"regions", "dry-run", "rate", "parallel", "test", "test-first", "metrics",
                                 "format", "color", "quiet", "verbose", "no-pager"}) {
    accounts.configure("[pair x]\nsource = prod\ndest = one\n" + name + " = 1\n");
    BOOST_TEST(has(accounts.fleet({"--yes"}).err, "not one of a pair's"), name);
  }
  accounts.configure("");
  BOOST_TEST(accounts.fleet({"--yes"}).code == 78);
  BOOST_TEST(accounts.requests("GET") == 0u);
}

BOOST_AUTO_TEST_CASE(a_signal_settles_what_was_sent_and_the_same_command_finishes) {
  Small accounts({"--fault", "POST#1:slow-apply=700"});
  accounts.configure(pair("first", "prod", "one", "batch-size = 1\nconcurrency = 1\n") +
                     pair("second", "stage", "two") + pair("third", "prod", "two"));
  auto command = accounts.fleet_arguments({"--yes", "--parallel", "1", "--format", "json"});
  command.insert(command.begin(), hookferry_binary());
  Process process(command, accounts.environment(), accounts.folder().file("f.out"),
                  accounts.folder().file("f.err"));
  accounts.await_begun("POST");
  process.signal(SIGINT);
  BOOST_TEST(process.wait() == 130, slurp(accounts.folder().file("f.err")));
  Ran ran;
  ran.out = slurp(accounts.folder().file("f.out"));
  auto exits = exits_of(ran);
  BOOST_TEST(exits["first"] == 130);
  BOOST_TEST(exits["second"] == 130);
  BOOST_TEST(accounts.aliases("two").size() == 1u);
  const auto again = accounts.fleet({"--yes"});
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(accounts.aliases("one").size() == 4u);
  BOOST_TEST(has_none_twice(accounts.aliases("one")));
  BOOST_TEST(accounts.aliases("two").size() == 5u);
}

BOOST_AUTO_TEST_CASE(a_mirror_without_filters_beside_a_pair_of_the_same_destination_is_warned_of) {
  const Small accounts;
  accounts.configure(pair("m", "prod", "one", "mode = mirror\n") + pair("other", "stage", "one"));
  const auto ran = accounts.fleet({"-n"});
  BOOST_TEST(has(ran.err, "the mirror m deletes what other writes to one"), ran.err);
  // The same account as one, under another name.
  accounts.configure(pair("m", "prod", "one", "mode = mirror\n") + pair("other", "stage", "uno") +
                     "[uno]\nurl = " + accounts.url() + "\napi-key-env = ONE\n");
  const auto two_names = accounts.fleet({"-n"});
  BOOST_TEST(has(two_names.err, "the mirror m deletes what other writes to one"), two_names.err);
}

BOOST_AUTO_TEST_CASE(a_rate_holds_over_all_pairs_and_keeps_nothing_from_arriving) {
  const Small accounts({"--fault", "ANY#3-12:status=429,retry-after=0"});
  accounts.configure(pair("first", "prod", "one") + pair("second", "stage", "two"));
  // Any one of the requests may be refused all ten times.
  const auto ran = accounts.fleet({"--yes", "--rate", "50", "--retries", "10"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(accounts.aliases("one").size() == 4u);
  BOOST_TEST(accounts.aliases("two").size() == 2u);
  BOOST_TEST(accounts.fleet({"--yes", "--rate", "0"}).code == 64);
}

/// How often the server said that it was asked faster than its limit allows.
std::size_t refusals_of(const Fleet& fleet) {
  const auto log = slurp(fleet.folder().file("log"));
  std::size_t out = 0;
  for (auto at = log.find(",rate="); at != std::string::npos; at = log.find(",rate=", at + 1)) ++out;
  return out;
}

/// Eight pairs at a time, each with that rate to itself, would be far beyond what the server takes: it would
/// refuse from the 61st request on.
BOOST_AUTO_TEST_CASE(all_pairs_share_one_rate_so_that_a_server_with_a_limit_never_objects) {
  std::vector<Fleet::Account> accounts = {account("prod", 1, many(2))};
  std::string config;
  for (std::size_t i = 0; i < 30; ++i) {
    accounts.push_back(account(numbered("d", i), static_cast<int>(1000 + i), {}));
    config += pair(numbered("p", i), "prod", numbered("d", i));
  }
  const Fleet fleet(accounts, {"--fault", "ANY:status=429,retry-after=0,rate=60"});
  fleet.configure(config);
  const auto ran = fleet.fleet({"--yes", "--rate", "30"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(refusals_of(fleet) == 0u);
  BOOST_TEST(fleet.requests("GET") + fleet.requests("POST") > 90u);
}

BOOST_AUTO_TEST_CASE(parallel_says_how_many_pairs_are_under_way_at_once) {
  std::vector<Fleet::Account> accounts = {account("prod", 1, many(2))};
  std::string config;
  for (std::size_t i = 0; i < 5; ++i) {
    accounts.push_back(account(numbered("d", i), static_cast<int>(1000 + i), {}));
    config += pair(numbered("p", i), "prod", numbered("d", i));
  }
  const Fleet fleet(accounts);
  fleet.configure(config);
  BOOST_TEST(fleet.fleet({"--yes", "--parallel", "1"}).code == 0);
  std::istringstream log(slurp(fleet.folder().file("log")));
  std::vector<std::string> order;
  for (std::string line; std::getline(log, line);) {
    std::istringstream words(line);
    std::string time, method, path, status, of;
    words >> time >> method >> path >> status >> of;
    // The source is read once, at the same time as the first destination.
    if (of != "prod" && (order.empty() || order.back() != of)) order.push_back(of);
  }
  const std::vector<std::string> one_by_one = {"d000", "d001", "d002", "d003", "d004"};
  BOOST_TEST(order == one_by_one, boost::test_tools::per_element());
  for (const std::string number : {"0", "65", "many"})
    BOOST_TEST(fleet.fleet({"--yes", "--parallel", number}).code == 64, number);
}

BOOST_AUTO_TEST_CASE(a_fleet_that_was_killed_is_finished_in_the_same_ledgers_and_each_is_undone_as_one) {
  Small accounts({"--fault", "one/POST#1:slow-apply=700"});
  accounts.configure(pair("first", "prod", "one") +
                     pair("second", "prod", "two", "mode = mirror\nmax-delete = 1\n"));
  {
    auto command = accounts.fleet_arguments({"--yes", "--settle", "2"});
    command.insert(command.begin(), hookferry_binary());
    Process process(command, accounts.environment(), accounts.folder().file("f.out"),
                    accounts.folder().file("f.err"));
    accounts.await_begun("POST");
    process.signal(SIGKILL);
    process.wait();
  }
  const auto again = accounts.fleet({"--yes"});
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(accounts.aliases("one").size() == 4u);
  BOOST_TEST(has_none_twice(accounts.aliases("one")));
  BOOST_TEST(accounts.aliases("two").size() == 3u);
  std::size_t of_first = 0;
  std::vector<std::string> undo = {"undo", "--yes", "--settle", "0.3", "--config", accounts.config()};
  for (const auto& entry : std::filesystem::directory_iterator(accounts.folder().file("xdg/hookferry")))
    if (entry.path().extension() == ".jsonl") {
      undo.push_back(entry.path().string());
      of_first += has(undo.back(), "-prod-one-") ? 1 : 0;
    }
  BOOST_TEST(of_first == 1u);
  const auto undone = accounts.run(undo);
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  for (const std::string name : {"one", "two"})
    BOOST_TEST(accounts.aliases(name) == std::vector<std::string>{"kept"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(
    a_pair_that_is_under_way_is_no_earlier_run_that_an_empty_account_would_have_to_wait_for) {
  Fleet accounts({account("prod", 1, many(2)),
                  account("known", 2, {slack("kept", "https://kept.test/", 101)}), account("empty", 3, {})});
  accounts.configure(pair("a", "prod", "known", "only = hook-0\n"));
  BOOST_TEST(accounts.fleet({"--yes"}).code == 0);
  accounts.restart({"--fault", "known/POST:slow-apply=1500", "--fault", "empty/GET#1:slow=700"});
  accounts.configure(pair("a", "prod", "known") + pair("b", "prod", "empty"));
  const auto ran = accounts.fleet({"--yes", "--settle", "2"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(!has(ran.err, "was cut off"), ran.err);
  BOOST_TEST(accounts.aliases("empty").size() == 2u);
}

BOOST_AUTO_TEST_CASE(limits_and_guards_hold_for_each_pair_and_stop_no_other) {
  Small accounts;
  spill(accounts.folder().file("none.json"), "[]");
  accounts.configure(
      pair("too-many", "prod", "one", "mode = mirror\nmax-delete = 0\n") +
      pair("empty", accounts.folder().file("none.json"), "two", "mode = mirror\nmax-delete = 100%\n") +
      pair("good", "prod", "stage"));
  for (const auto& more : std::vector<std::vector<std::string>>{{"--yes"}, {"--yes", "-q"}}) {
    auto arguments = more;
    arguments.insert(arguments.end(), {"--format", "json"});
    const auto ran = accounts.fleet(arguments);
    BOOST_TEST(ran.code == 1, ran.err);
    auto exits = exits_of(ran);
    BOOST_TEST(exits["too-many"] == 1);
    BOOST_TEST(exits["empty"] == 1);
    BOOST_TEST(exits["good"] == 0);
    BOOST_TEST(has(ran.err, "--max-delete"), ran.err);
    BOOST_TEST(has(ran.err, "--accept-shrunk"), ran.err);
  }
  const auto stopped = accounts.fleet({"--yes", "too-many"}).out;
  BOOST_TEST(std::regex_search(stopped, std::regex("too-many +prod -> one( +-)* +1\n")), stopped);
  BOOST_TEST(accounts.requests("POST", "one") + accounts.requests("DELETE") == 0u);
  BOOST_TEST(accounts.aliases("stage").size() == 4u);
  BOOST_TEST(accounts.fleet({"--yes", "--accept-shrunk", "empty"}).code == 0);
  BOOST_TEST(accounts.aliases("two").empty());
}

BOOST_AUTO_TEST_CASE(a_pair_takes_the_options_of_its_command_reports_and_overlays_too) {
  const Small accounts;
  spill(accounts.folder().file("overlay.json"), R"([{"alias":"hook-1","set":{"/url":{"env":"PLACE"}}}])");
  const auto report = accounts.folder().file("one.md");
  accounts.configure(
      "[pair first]\nsource = prod\ndest = one\nsource-region = eu1\ndest-region = us1\n"
      "rewrite-host = hooks.test=standby.test\noverlay = " +
      accounts.folder().file("overlay.json") + "\nreport = " + report + "\nexcept = hook-2\n" +
      pair("second", "stage", "two"));
  const Environment place = {{"PLACE", "https://secret.test/words"}};
  const auto missing = accounts.fleet({"--yes", "--format", "json"});
  auto exits = exits_of(missing);
  BOOST_TEST(exits["first"] == 78);  // the variable is not set
  BOOST_TEST(exits["second"] == 0);
  const auto ran = accounts.fleet({"--yes", "-v"}, place);
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  const auto stored = slurp(accounts.folder().file("state/one.json"));
  BOOST_TEST(has(stored, "https://secret.test/words"), stored);
  BOOST_TEST(has(stored, "https://standby.test/0"), stored);
  BOOST_TEST(!has(stored, "hook-2"), stored);
  BOOST_TEST(has(slurp(report), "1 host rewritten in 1 webhook"), slurp(report));
  BOOST_TEST(!has(ran.out + ran.err + slurp(report), "secret.test"), ran.out + ran.err);
}

/// 300 pairs of 50 webhooks; a tenth of them fails, in six ways.
BOOST_AUTO_TEST_CASE(a_warning_about_a_key_stops_every_pair_that_uses_it_where_warnings_are_errors) {
  const Small accounts;
  const auto key = accounts.folder().file("open.key");
  spill(key, "prod-key\n");
  BOOST_REQUIRE(::chmod(key.c_str(), 0644) == 0);
  const auto section = [&](const std::string& name, const std::string& keys) {
    return "[" + name + "]\nurl = " + accounts.url() + "\n" + keys;
  };
  accounts.configure(section("open", "api-key-file = " + key + "\n") +
                     section("sends", "api-key-env = ONE\nsendlog-private-key-file = " + key + "\n") +
                     pair("first", "open", "one") + pair("second", "open", "two") +
                     pair("sendlog", "stage", "sends") + pair("good", "stage", "two"));
  for (const std::string parallel : {"1", "8"}) {
    const auto ran = accounts.fleet({"--yes", "--strict", "--format", "json", "--parallel", parallel});
    BOOST_TEST(ran.code == 1, ran.err);
    const std::map<std::string, std::int64_t> expected = {
        {"first", 1}, {"second", 1}, {"sendlog", 1}, {"good", 0}};
    BOOST_TEST((exits_of(ran) == expected), ran.out);
    BOOST_TEST(has(ran.err, "pair second: 1 warning with --strict, the first: key file "), ran.err);
    BOOST_TEST(accounts.aliases("one").size() == 1u);
    BOOST_TEST(accounts.aliases("two").size() == 2u);
  }
  BOOST_TEST(accounts.fleet({"--yes"}).code == 0);
  BOOST_TEST(accounts.aliases("one").size() == 5u);
}

/// A command may ask its user for something.
BOOST_AUTO_TEST_CASE(commands_that_print_keys_run_one_after_the_other_before_any_pair) {
  const Small accounts;
  const auto log = accounts.folder().file("commands"), script = accounts.folder().file("print-key");
  spill(script,
        "#!/bin/sh\necho begin $1 >> " + log + "\nsleep 0.2\necho end $1 >> " + log + "\necho $1-key\n");
  BOOST_REQUIRE(::chmod(script.c_str(), 0700) == 0);
  std::string config;
  for (const std::string name : {"prod", "stage", "one", "two"})
    config += "[by-command-" + name + "]\nurl = " + accounts.url() + "\napi-key-command = " + script + " " +
              name + "\n";
  accounts.configure(config + pair("first", "by-command-prod", "by-command-one") +
                     pair("second", "by-command-stage", "by-command-two"));
  const auto ran = accounts.fleet({"--yes", "--parallel", "8"});
  BOOST_TEST(ran.code == 0, ran.err);
  std::string expected;
  for (const std::string name : {"prod", "one", "stage", "two"})
    expected += "begin " + name + "\nend " + name + "\n";
  BOOST_TEST(slurp(log) == expected);
}

BOOST_AUTO_TEST_CASE(a_warning_about_the_configuration_stops_all_pairs_where_warnings_are_errors) {
  const Small accounts;
  accounts.configure(pair("first", "prod", "one"));
  BOOST_REQUIRE(::chmod(accounts.config().c_str(), 0606) == 0);
  const auto ran = accounts.fleet({"--yes", "--strict"});
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(has(ran.err, "is not yours alone"), ran.err);
  BOOST_TEST(accounts.requests("POST") == 0u);
}

BOOST_AUTO_TEST_CASE(a_warning_about_a_source_counts_in_every_pair_that_shares_it) {
  const Fleet accounts({account("empty", 1, {}),
                        account("one", 3, {slack("kept", "https://kept.test/", 101)}),
                        account("two", 4, {slack("kept", "https://kept.test/", 201)})});
  accounts.configure(pair("first", "empty", "one", "mode = mirror\nmax-delete = 100%\n") +
                     pair("second", "empty", "two", "mode = mirror\nmax-delete = 100%\n"));
  const auto ran = accounts.fleet({"--yes", "--strict", "--accept-shrunk"});
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(accounts.requests("DELETE") == 0u);
}

BOOST_AUTO_TEST_CASE(three_hundred_pairs_of_which_a_tenth_fails_in_different_ways) {
  constexpr std::size_t pairs = sanitized ? 120 : 300, webhooks = 50;
  std::vector<Fleet::Account> accounts = {account("prod", 1, many(webhooks))};
  for (std::size_t i = 0; i < pairs; ++i) {
    const auto id = static_cast<int>(1000 + i);
    const bool differs = i % 60 == 33;
    accounts.push_back(
        account(numbered("d", i), id, {slack(differs ? "hook-7" : "kept", "https://kept.test/", id)}));
  }
  // The server takes 800 requests a second; of these it refuses some all the same, and loses some answers.
  const Fleet fleet(accounts,
                    {"--fault", "ANY:status=429,retry-after=0,rate=800", "--fault",
                     "ANY%3:status=429,retry-after=0", "--fault", "POST%3:close-after", "--seed", "7"});
  spill(fleet.folder().file("bad.json"), "no JSON\n");
  std::string config;
  Environment wrong;
  std::map<std::string, std::int64_t> expected;
  for (std::size_t i = 0; i < pairs; ++i) {
    const auto name = numbered("p", i), dest = numbered("d", i);
    std::string source = "prod", at = dest, more;
    expected[name] = 0;
    switch (i % 60) {
      case 3:
        wrong[numbered("D", i)] = "wrong";
        expected[name] = 77;
        break;
      case 13:
        wrong[numbered("D", i)] = "";
        expected[name] = 78;
        break;
      case 23:
        at = "http://127.0.0.1:1";
        more = "retries = 0\n";
        expected[name] = 69;
        break;
      case 33:
        more = "on-conflict = fail\n";
        expected[name] = 1;
        break;
      case 43:
        source = fleet.folder().file("bad.json");
        expected[name] = 65;
        break;
      case 53:
        source = fleet.folder().file("absent.json");
        expected[name] = 66;
        break;
      default:
        break;
    }
    config += pair(name, source, at, more);
  }
  wrong["HOOKFERRY_DEST_KEY"] = "any";
  fleet.configure(config);
  const auto ran = fleet.fleet({"--yes", "--format", "json", "--rate", "400"}, wrong);
  BOOST_TEST(ran.code == 77, ran.err);
  BOOST_TEST(refusals_of(fleet) == 0u);
  const auto exits = exits_of(ran);
  BOOST_TEST(exits.size() == pairs);
  std::size_t failed = 0;
  for (const auto& [name, exit] : expected) {
    BOOST_TEST(exits.at(name) == exit, name << ": " << exits.at(name) << " instead of " << exit);
    if (exit != 0) ++failed;
    const auto held = fleet.aliases("d" + name.substr(1));
    BOOST_TEST(held.size() == (exit == 0 ? webhooks + 1 : 1), name);
    BOOST_TEST(has_none_twice(held), name);
  }
  BOOST_TEST(failed == pairs / 10);

  // With the keys in order, only what is left is done.
  const auto before = fleet.requests("POST");
  const auto again = fleet.fleet({"--yes", "-q", "p*"}, {{"HOOKFERRY_DEST_KEY", "any"}});
  BOOST_TEST(again.code == 69, again.err);
  std::size_t mended = 0;
  for (const auto& [name, exit] : expected) {
    if (exit != 77 && exit != 78) continue;
    ++mended;
    BOOST_TEST(fleet.aliases("d" + name.substr(1)).size() == webhooks + 1, name);
  }
  BOOST_TEST(mended == pairs / 30);
  BOOST_TEST(fleet.requests("POST") - before >= mended);
  BOOST_TEST(fleet.requests("POST") - before < pairs / 2);
}

BOOST_AUTO_TEST_CASE(a_fleet_is_one_entry_of_runs_and_is_undone_as_one) {
  const Small accounts;
  accounts.configure(pair("first", "prod", "one") + pair("second", "stage", "two"));
  BOOST_TEST(accounts.fleet({"--yes"}).code == 0);
  const auto listed = accounts.run({"runs", "--config", accounts.config(), "--format", "json"});
  const auto document = json::Document::parse(listed.out);
  BOOST_REQUIRE(document.root().elements().size() == 1u);
  const auto entry = document.root().elements()[0];
  BOOST_TEST(entry.find("command")->string() == "fleet");
  BOOST_TEST(entry.find("pairs")->elements().size() == 2u);
  BOOST_TEST(has(accounts.run({"runs", "--config", accounts.config()}).out, "2 pairs"));
  BOOST_TEST(accounts.run({"ids", "--last", "--config", accounts.config()}).code == 64);
  const auto number = std::to_string(entry.find("number")->integer().value());
  const auto undone =
      accounts.run({"undo", number, "--config", accounts.config(), "--settle", "0.3", "--yes"});
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(accounts.aliases("one") == std::vector<std::string>{"kept"}, boost::test_tools::per_element());
  BOOST_TEST(accounts.aliases("two") == std::vector<std::string>{"kept"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
