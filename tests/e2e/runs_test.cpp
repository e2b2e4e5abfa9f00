// What this machine knows of its runs, and taking back more than one of them.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cctype>
#include <csignal>
#include <filesystem>
#include <map>
#include <sstream>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/traced.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// With its ledger in the state folder.
Ran moved(const Accounts& accounts, const std::string& command, const std::vector<std::string>& more = {}) {
  std::vector<std::string> all = {command, accounts.url(), accounts.url(), "--no-rewrite",
                                  "--yes", "--settle",     "0.3"};
  all.insert(all.end(), more.begin(), more.end());
  return accounts.run(all);
}

Ran undo(const Accounts& accounts, const std::vector<std::string>& more) {
  std::vector<std::string> all = {"undo", "--yes", "--settle", "0.3"};
  all.insert(all.end(), more.begin(), more.end());
  return accounts.run(all);
}

/// The newest first.
std::vector<json::Value> runs_of(const json::Document& document) { return document.root().elements(); }

json::Document runs(const Accounts& accounts) {
  const auto ran = accounts.run({"runs", "--format", "json"});
  BOOST_TEST(ran.code == 0, ran.err);
  return json::Document::parse(ran.out);
}

std::string text_of(const json::Value& run, const std::string& member) { return run.find(member)->string(); }
std::int64_t number_of(const json::Value& run, const std::string& member) {
  return run.find(member)->integer().value();
}

std::string url_of(const Accounts& accounts, const std::string& alias) {
  for (const auto& held : accounts.webhooks("us"))
    if (held.alias == alias) return held.url;
  return {};
}

/// Writes over a webhook of the source.
void change_source(const Accounts& accounts, const std::string& url) {
  accounts.somebody_edits("eu", 1, slack("hook-0", url));
}

std::string newest_ledger(const Accounts& accounts) {
  const auto document = runs(accounts);
  return text_of(runs_of(document).front(), "ledger");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recorded_runs)

BOOST_AUTO_TEST_CASE(runs_are_listed_with_what_they_did_and_how_they_ended) {
  Accounts accounts(many(3), {slack("extra", "https://extra.test/", 9)});
  const auto none = accounts.run({"runs"});
  BOOST_TEST(none.code == 0, none.err);
  BOOST_TEST(has(none.out, "No runs"), none.out);
  BOOST_TEST(moved(accounts, "migrate").code == 0);
  BOOST_TEST(moved(accounts, "mirror", {"--max-delete", "1"}).code == 0);
  BOOST_TEST(accounts.migrate().code == 0);  // its ledger is elsewhere
  const auto document = runs(accounts);
  const auto rows = runs_of(document);
  BOOST_REQUIRE(rows.size() == 3u);
  BOOST_TEST(text_of(rows[0], "ledger") == accounts.ledger());
  BOOST_TEST(number_of(rows[0], "unchanged") == 3);
  BOOST_TEST(text_of(rows[1], "command") == "mirror");
  BOOST_TEST(number_of(rows[1], "deleted") == 1);
  BOOST_TEST(number_of(rows[2], "created") == 3);
  BOOST_TEST(text_of(rows[2], "source") == accounts.url());
  for (const auto& row : rows) BOOST_TEST(text_of(row, "ended") == "done");
  const auto table = accounts.run({"runs"}).out;
  BOOST_TEST(has(table, "+3"), table);
  BOOST_TEST(has(table, accounts.ledger()), table);
}

BOOST_AUTO_TEST_CASE(a_relative_state_folder_does_not_count) {
  const Accounts accounts(many(1), {});
  auto arguments = accounts.migrate_arguments();
  arguments.resize(arguments.size() - 2);  // without --ledger
  const auto ran = accounts.run_with({{"XDG_STATE_HOME", "relative-state"}}, arguments);
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(!std::filesystem::exists("relative-state"));
  BOOST_TEST(std::filesystem::exists(accounts.folder().file(".local/state/hookferry/destinations")));
}

BOOST_AUTO_TEST_CASE(running_and_killed_runs_are_distinguished) {
  Accounts accounts(many(3), {}, {"--fault", "POST#1:slow-apply=700"});
  const auto process = accounts.start_migrate();
  accounts.await_requests("begun:POST", 1);
  {
    const auto document = runs(accounts);
    BOOST_TEST(text_of(runs_of(document).front(), "ended") == "running");
  }
  process->signal(SIGKILL);
  process->wait();
  const auto document = runs(accounts);
  BOOST_TEST(text_of(runs_of(document).front(), "ended") == "killed");
  BOOST_TEST((runs_of(document).front().find("exit")->kind() == json::Kind::null));
}

BOOST_AUTO_TEST_CASE(a_run_that_left_conflicts_and_one_that_was_interrupted_are_listed_as_that) {
  Accounts accounts(many(3), {slack("hook-0", "https://other.test/", 9)}, {"--fault", "POST:slow-apply=300"});
  const auto process = accounts.start_migrate({"--batch-size", "1", "--concurrency", "1"});
  accounts.await_requests("begun:POST", 1);
  process->signal(SIGINT);
  BOOST_TEST(process->wait() == 130);
  BOOST_TEST(moved(accounts, "migrate").code == 2);
  const auto document = runs(accounts);
  const auto rows = runs_of(document);
  BOOST_REQUIRE(rows.size() == 2u);
  BOOST_TEST(text_of(rows[0], "ended") == "conflicts left");
  BOOST_TEST(text_of(rows[1], "ended") == "interrupted");
  BOOST_TEST(rows[1].find("created")->integer().value() == 1);
  BOOST_TEST(rows[1].find("not_sent")->integer().value() == 1);
  BOOST_TEST(rows[1].find("failed")->integer().value() == 0);
  BOOST_TEST(has(accounts.run({"runs"}).out, "+1 !1 ?1"), accounts.run({"runs"}).out);
}

BOOST_AUTO_TEST_CASE(a_damaged_ledger_is_reported_and_hides_no_other) {
  const Accounts accounts(many(1), {});
  BOOST_TEST(moved(accounts, "migrate").code == 0);
  spill(accounts.state_folder() + "/damaged.jsonl", "hello\n");
  const auto ran = accounts.run({"runs"});
  BOOST_TEST(ran.code == 0);
  BOOST_TEST(has(ran.err, "damaged.jsonl"), ran.err);
  BOOST_TEST(has(ran.out, "migrate"), ran.out);
}

BOOST_AUTO_TEST_CASE(undo_last_undoes_the_last_run_that_wrote_anything) {
  const Accounts accounts(many(3), {});
  BOOST_TEST(undo(accounts, {"--last"}).code == 66);
  BOOST_TEST(moved(accounts, "migrate").code == 0);
  BOOST_TEST(moved(accounts, "migrate").code == 0);  // writes nothing
  const auto undone = undo(accounts, {"--last"});
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(has(undone.err, "The last run that wrote anything: "), undone.err);
  BOOST_TEST(accounts.count("us") == 0u);
  const auto again = undo(accounts, {"--last"});
  BOOST_TEST(again.code == 0, again.err);
  BOOST_TEST(has(again.out, "3 already undone"), again.out);
}

BOOST_AUTO_TEST_CASE(undo_wants_ledgers_or_the_last_one) {
  const Accounts accounts(many(1), {});
  BOOST_TEST(moved(accounts, "migrate").code == 0);
  BOOST_TEST(undo(accounts, {}).code == 64);
  BOOST_TEST(undo(accounts, {"--last", newest_ledger(accounts)}).code == 64);
}

BOOST_AUTO_TEST_CASE(several_runs_are_undone_the_newest_first_in_whatever_order_they_are_named) {
  const Accounts accounts(many(1), {slack("hook-0", "https://first.test/", 5)});
  std::vector<std::string> ledgers;
  for (const std::string url : {"https://second.test/", "https://third.test/"}) {
    change_source(accounts, url);
    const auto ran = moved(accounts, "migrate", {"--on-conflict", "update"});
    BOOST_TEST(ran.code == 0, ran.err);
    ledgers.push_back(newest_ledger(accounts));
  }
  BOOST_TEST(url_of(accounts, "hook-0") == "https://third.test/");
  const auto undone = undo(accounts, ledgers);
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(url_of(accounts, "hook-0") == "https://first.test/");
  const auto writes = accounts.requests("POST");
  const auto again = undo(accounts, ledgers);
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(accounts.requests("POST") == writes);
}

BOOST_AUTO_TEST_CASE(an_older_run_is_not_undone_before_the_newer_one_and_the_reason_is_reported) {
  const Accounts accounts(many(1), {slack("hook-0", "https://first.test/", 5)});
  std::vector<std::string> ledgers;
  for (const std::string url : {"https://second.test/", "https://third.test/"}) {
    change_source(accounts, url);
    BOOST_TEST(moved(accounts, "migrate", {"--on-conflict", "update"}).code == 0);
    ledgers.push_back(newest_ledger(accounts));
  }
  const auto older = undo(accounts, {ledgers[0]});
  BOOST_TEST(older.code == 1, older.out);
  BOOST_TEST(has(older.out, "was overwritten by a newer run"), older.out);
  BOOST_TEST(has(older.out, ledgers[1]), older.out);
  BOOST_TEST(url_of(accounts, "hook-0") == "https://third.test/");
  BOOST_TEST(undo(accounts, {ledgers[1]}).code == 0);
  BOOST_TEST(undo(accounts, {ledgers[0]}).code == 0);
  BOOST_TEST(url_of(accounts, "hook-0") == "https://first.test/");
}

BOOST_AUTO_TEST_CASE(what_a_newer_mirror_deleted_is_made_again_first_and_followed_to_its_new_id) {
  const Accounts accounts(many(2), {slack("hook-0", "https://first.test/", 5)});
  BOOST_TEST(moved(accounts, "migrate", {"--on-conflict", "update"}).code == 0);
  const auto migrated = newest_ledger(accounts);
  accounts.somebody_deletes("eu", 1);
  BOOST_TEST(moved(accounts, "mirror", {"--max-delete", "1"}).code == 0);
  const auto mirrored = newest_ledger(accounts);
  const auto too_early = undo(accounts, {migrated, "-n"});
  BOOST_TEST(has(too_early.out, "was deleted by a newer run"), too_early.out);
  BOOST_TEST(undo(accounts, {mirrored}).code == 0);
  BOOST_TEST(url_of(accounts, "hook-0") == "https://hooks.test/0");
  const auto undone = undo(accounts, {migrated});
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(url_of(accounts, "hook-0") == "https://first.test/");
  BOOST_TEST(accounts.count("us") == 1u);
}

BOOST_AUTO_TEST_CASE(
    a_webhook_that_one_run_created_and_the_next_deleted_is_not_recreated_if_both_are_undone) {
  const Accounts accounts(many(2), {});
  BOOST_TEST(moved(accounts, "migrate").code == 0);
  const auto migrated = newest_ledger(accounts);
  accounts.somebody_deletes("eu", 1);
  BOOST_TEST(moved(accounts, "mirror", {"--max-delete", "1"}).code == 0);
  const auto posts = accounts.requests("POST");
  const auto undone = undo(accounts, {migrated, newest_ledger(accounts)});
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(accounts.count("us") == 0u);
  BOOST_TEST(accounts.requests("POST") == posts);
}

BOOST_AUTO_TEST_CASE(runs_in_two_accounts_are_undone_after_one_question) {
  const Accounts accounts(many(2), {});
  spill(accounts.folder().file("config.ini"), "[one]\nurl = " + accounts.url() +
                                                  "\napi-key-env = ONE\n[two]\nurl = " + accounts.url() +
                                                  "\napi-key-env = TWO\n");
  spill(accounts.folder().file("hooks.json"), array_of({slack("a", "https://a.test/", 77)}));
  const Environment keys = {{"ONE", "us-key"}, {"TWO", "eu-key"}};
  std::vector<std::string> arguments = {"undo", "--yes",    "--settle",
                                        "0.3",  "--config", accounts.folder().file("config.ini")};
  for (const std::string account : {"one", "two"}) {
    const auto ran = accounts.run_with(
        keys, {"migrate", accounts.folder().file("hooks.json"), account, "--no-rewrite", "--yes", "--settle",
               "0.3", "--config", accounts.folder().file("config.ini")});
    BOOST_TEST(ran.code == 0, ran.err);
    arguments.push_back(newest_ledger(accounts));
  }
  BOOST_TEST(accounts.count("us") == 1u);
  BOOST_TEST(accounts.count("eu") == 3u);
  const auto report = accounts.folder().file("report.md");
  arguments.insert(arguments.end(), {"--report", report});
  const auto undone = accounts.run_with(keys, arguments);
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(accounts.count("us") == 0u);
  BOOST_TEST(accounts.count("eu") == 2u);
  const auto told = slurp(report);
  BOOST_TEST(has(told, "two, one"), told);  // the newest first
  BOOST_TEST(has(told, "deleted: 2"), told);
}

BOOST_AUTO_TEST_CASE(one_ledger_is_written_by_one_run_at_a_time_whatever_the_runs_know_of_each_other) {
  const Accounts accounts(many(4), {}, {"--fault", "POST:slow-apply=1500"});
  const auto first = accounts.in_background("first", accounts.migrate_arguments());
  accounts.await_requests("begun:POST", 1);
  // Another user's run: its locks are elsewhere.
  const auto second =
      accounts.run_with({{"XDG_STATE_HOME", accounts.folder().file("other")}}, accounts.migrate_arguments());
  BOOST_TEST(second.code == 1, second.err + second.out);
  BOOST_TEST(has(second.err, "another run is writing to the ledger"), second.err);
  BOOST_TEST(first->wait() == 0, slurp(accounts.folder().file("first.err")));
  BOOST_TEST(accounts.count("us") == 4u);
}

BOOST_AUTO_TEST_CASE(an_outcome_that_could_not_be_established_is_reported_as_unverified) {
  const Accounts accounts(many(2), {}, {"--fault", "GET#3-:status=500"});
  const auto ran = accounts.migrate({"--retries", "0"});
  BOOST_TEST(ran.code == 69, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "It could not be established what arrived in"), ran.out);
}

/// What a run has written to its ledger, and to what it remembers of the account, and not put on disk.
class Unsynced {
 public:
  /// A line of strace; something that must not happen while anything is unsynced gives its name.
  std::string follow(const std::string& line) {
    const bool of_ledger = has(line, "ledger.jsonl>");
    const bool of_memory = has(line, "/destinations/");
    if (has(line, "fdatasync(") && of_ledger) ledger_ = false;
    if (has(line, " fsync(") && of_memory) memory_ = false;
    if (has(line, " rename(") && of_memory)
      return memory_ || ledger_ || !begun_ ? "the account is remembered" : "";
    if (has(line, "<TCP:[") && ledger_) return "a request is sent";
    if (!has(line, " write(")) return {};
    if (of_memory) memory_ = true;
    if (!of_ledger || has(line, R"(\"event\":\"company\")")) return {};  // on disk with the end behind it
    const bool last = has(line, R"(\"event\":\"end\")");
    const bool early = last && ledger_;
    begun_ = ledger_ = true;
    return early ? "the run ends" : "";
  }
  bool anything() const { return ledger_ || memory_ || !begun_; }

 private:
  bool begun_ = false;  ///< the ledger says so
  bool ledger_ = false, memory_ = false;
};

BOOST_AUTO_TEST_CASE(every_record_is_on_disk_before_what_follows_it) {
  // Batches one after the other, one of them lost: intents, answers, arrivals and what is missing are noted.
  const Accounts accounts(many(6), {}, {"--fault", "POST#2:close-before"});
  const TempDir traces;
  const auto trace = traces.file("trace");
  const auto command = traced(trace, "write,fsync,fdatasync,rename,sendto,sendmsg,writev", 200,
                              accounts.migrate_arguments({"--batch-size", "2", "--concurrency", "1"}));
  Process process(command, accounts.environment(), traces.file("out"), traces.file("err"));
  BOOST_TEST(process.wait() == 0, slurp(traces.file("err")));
  Unsynced unsynced;
  std::istringstream lines(slurp(trace));
  std::size_t requests = 0, syncs = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto early = unsynced.follow(line);
    BOOST_TEST(early == "", early << " before the record is on disk: " << line);
    if (has(line, "<TCP:[")) ++requests;
    if (has(line, "fdatasync(")) ++syncs;
  }
  BOOST_TEST(!unsynced.anything());
  BOOST_TEST(requests >= 6u);  // two readings, three batches, one of them twice
  BOOST_TEST(syncs >= 8u);
}

/// How many bytes a command reads of each ledger, by strace.
std::map<std::string, std::size_t> read_of_ledgers(const Accounts& accounts, int code,
                                                   const std::vector<std::string>& arguments) {
  const TempDir traces;
  const auto trace = traces.file("trace");
  Process process(traced(trace, "read,pread64,readv", 0, arguments), accounts.environment(),
                  traces.file("out"), traces.file("err"));
  BOOST_TEST(process.wait() == code, slurp(traces.file("err")));
  std::map<std::string, std::size_t> out;
  std::istringstream lines(slurp(trace));
  for (std::string line; std::getline(lines, line);) {
    const auto end = line.find(".jsonl>");
    const auto count = line.rfind(" = ");
    if (end == std::string::npos || count == std::string::npos || !std::isdigit(line[count + 3])) continue;
    const auto begin = line.rfind('<', end);
    out[line.substr(begin + 1, end + 5 - begin)] += std::stoul(line.substr(count + 3));
  }
  return out;
}

BOOST_AUTO_TEST_CASE(a_run_reads_each_ledger_once) {
  const Accounts accounts(many(3), {slack("extra", "https://extra.test/", 9)});
  // One in the state folder, one elsewhere that is the last of its account.
  BOOST_TEST(moved(accounts, "migrate").code == 0);
  change_source(accounts, "https://new.test/");
  BOOST_TEST(accounts.diff({"--mirror", "--out", accounts.folder().file("plan")}).code == 2);
  const std::vector<std::string> apply = {
      "apply", accounts.folder().file("plan"), "--settle", "0.3", "--ledger", accounts.ledger()};
  BOOST_TEST(accounts.run(apply).code == 0);
  const auto with = [](std::vector<std::string> arguments, const std::vector<std::string>& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  const std::vector<std::string> undo = {"undo", accounts.ledger(), "--settle", "0.3"};
  const struct {
    int code;
    std::vector<std::string> arguments;
    std::size_t ledgers;
  } cases[] = {
      {3, with(apply, {"-n"}), 1},          {3, apply, 1},
      {0, accounts.migrate_arguments(), 1}, {0, {"runs"}, 2},
      {2, with(undo, {"-n"}), 2},           {2, {"undo", "--last", "-n", "--settle", "0.3"}, 2},
      {0, with(undo, {"--yes"}), 2},
  };
  for (const auto& [code, arguments, ledgers] : cases) {
    BOOST_TEST_CONTEXT(arguments[0] << " " << arguments.back()) {
      std::map<std::string, std::size_t> sizes;
      for (const auto& path : {accounts.ledger(), newest_ledger(accounts)})
        sizes[path] = std::filesystem::file_size(path);
      for (const auto& entry : std::filesystem::directory_iterator(accounts.state_folder()))
        if (entry.path().extension() == ".jsonl") sizes[entry.path()] = entry.file_size();
      const auto read = read_of_ledgers(accounts, code, arguments);
      BOOST_TEST(read.size() == ledgers);
      for (const auto& [path, bytes] : read) BOOST_TEST(bytes == sizes.at(path), path);
    }
  }
}

BOOST_AUTO_TEST_CASE(runs_have_numbers_by_which_they_are_undone) {
  const Accounts accounts(many(3), {});
  BOOST_TEST(moved(accounts, "migrate", {"--only", "hook-0"}).code == 0);
  BOOST_TEST(moved(accounts, "migrate", {"--only", "hook-1"}).code == 0);
  std::int64_t first = 0, second = 0;
  {
    const auto document = runs(accounts);
    BOOST_REQUIRE(runs_of(document).size() == 2u);
    first = number_of(runs_of(document)[1], "number");
    second = number_of(runs_of(document)[0], "number");
    BOOST_TEST(first < second);
  }
  BOOST_TEST(has(accounts.run({"ids", std::to_string(first)}).out, "hook-0"));
  BOOST_TEST(has(accounts.run({"ids", "--last"}).out, "hook-1"));
  BOOST_TEST(accounts.run({"ids"}).code == 64);
  BOOST_TEST(accounts.run({"undo", "9999"}).code == 66);
  BOOST_TEST(undo(accounts, {std::to_string(first)}).code == 0);
  BOOST_TEST(accounts.aliases("us") == std::vector<std::string>{"hook-1"}, boost::test_tools::per_element());
  const auto document = runs(accounts);
  BOOST_TEST(text_of(runs_of(document)[0], "command") == "undo");
  BOOST_TEST(number_of(runs_of(document)[0], "number") > second);
  const auto limited = json::Document::parse(accounts.run({"runs", "--limit", "1", "--format", "json"}).out);
  BOOST_TEST(limited.root().elements().size() == 1u);
}

BOOST_AUTO_TEST_CASE(rewire_takes_the_ids_of_the_last_run) {
  const Accounts accounts(many(1), {});
  BOOST_TEST(moved(accounts, "migrate").code == 0);
  const auto ran = accounts.run({"rewire", "-", "--last"}, R"({"integrationId":1})");
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(ran.out == R"({"integrationId":)" + std::to_string(accounts.webhooks("us")[0].id) + "}");
}

BOOST_AUTO_TEST_CASE(prune_deletes_old_ledgers_but_not_the_last_nor_what_is_in_doubt) {
  Accounts accounts(many(4), {}, {"--fault", "POST#4:slow-apply=700"});
  for (const std::string alias : {"hook-0", "hook-1", "hook-2"})
    BOOST_TEST(moved(accounts, "migrate", {"--only", alias}).code == 0);
  const auto process =
      accounts.in_background("killed", {"migrate", accounts.url(), accounts.url(), "--no-rewrite", "--yes",
                                        "--settle", "0.3", "--only", "hook-3"});
  accounts.await_requests("begun:POST", 1);
  process->signal(SIGKILL);
  process->wait();
  BOOST_TEST(accounts.run({"runs", "prune"}).code == 64);
  BOOST_TEST(accounts.run({"runs", "prune", "--keep", "0"}).code == 64);  // it would have to ask
  BOOST_TEST(accounts.run({"runs", "--keep", "1"}).code == 64);
  const auto shown = accounts.run({"runs", "prune", "--keep", "2", "-n"});
  BOOST_TEST(shown.code == 0, shown.err);
  BOOST_TEST(std::ranges::count(shown.out, '\n') == 2);
  const auto pruned = accounts.run({"runs", "prune", "--keep", "0", "--yes"});
  BOOST_TEST(pruned.code == 0, pruned.err);
  BOOST_TEST(has(pruned.out, "Deleted 3 ledgers."), pruned.out);
  const auto document = runs(accounts);
  BOOST_REQUIRE(runs_of(document).size() == 1u);
  BOOST_TEST(text_of(runs_of(document)[0], "ended") == "killed");
  BOOST_TEST(has(accounts.run({"runs", "prune", "--keep", "0", "--yes"}).out, "Nothing to delete."));
}

BOOST_AUTO_TEST_SUITE_END()
