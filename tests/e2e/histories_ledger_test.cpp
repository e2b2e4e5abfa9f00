// Histories over several runs: clocks that are set, ledgers that break, accounts under several names.
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/certificates.hpp"
#include "support/loopback.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"
#include "support/traced.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Imports these webhooks into the destination, over what is there.
class Importer {
 public:
  explicit Importer(const Accounts& accounts) : accounts_(accounts) {}

  std::vector<std::string> arguments(const std::vector<std::string>& webhooks,
                                     const std::vector<std::string>& more = {}) const {
    const auto file = accounts_.folder().file("hooks.json");
    spill(file, array_of(webhooks));
    std::vector<std::string> out = {"import",   file,    accounts_.url(), "--yes",
                                    "--settle", settle_, "--on-conflict", "update"};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }
  Ran operator()(const std::vector<std::string>& webhooks, const Environment& environment = {},
                 const std::vector<std::string>& more = {}) const {
    return accounts_.run_with(environment, arguments(webhooks, more));
  }
  void set_settle(const std::string& seconds) { settle_ = seconds; }

 private:
  const Accounts& accounts_;
  std::string settle_ = "0.3";
};

Ran undo(const Accounts& accounts, const std::vector<std::string>& more,
         const Environment& environment = {}) {
  std::vector<std::string> all = {"undo", "--yes", "--settle", "0.3"};
  all.insert(all.end(), more.begin(), more.end());
  return accounts.run_with(environment, all);
}

[[maybe_unused]] std::string url_of(const Accounts& accounts, const std::string& alias) {
  for (const auto& held : accounts.webhooks("us"))
    if (held.alias == alias) return held.url;
  return {};
}

/// A command between the two accounts.
Ran move(const Accounts& accounts, const std::string& command, const std::vector<std::string>& more = {}) {
  std::vector<std::string> all = {command, accounts.url(), accounts.url(), "--no-rewrite",
                                  "--yes", "--settle",     "0.3"};
  all.insert(all.end(), more.begin(), more.end());
  return accounts.run(all);
}

std::vector<std::string> ledgers_of(const Accounts& accounts) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(accounts.state_folder()))
    if (entry.path().extension() == ".jsonl") out.push_back(entry.path());
  return out;
}

/// Kills a migration in the middle of its third request, which arrives later.
void kill_in_the_middle(const Accounts& accounts) {
  const auto killed =
      accounts.in_background("killed", {"migrate", accounts.url(), accounts.url(), "--no-rewrite", "--yes",
                                        "--settle", "0.3", "--batch-size", "1", "--concurrency", "1"});
  accounts.await_requests("begun:POST", 1);
  killed->signal(SIGKILL);
  killed->wait();
}

/// The wall clock of the binary, which a test can set back by an hour.
class ShiftedClock {
 public:
  explicit ShiftedClock(const Accounts& accounts) : file_(accounts.folder().file("shifted")) {}
  void set_back() const { spill(file_, ""); }
  void set_right() const { std::filesystem::remove(file_); }
  Environment environment() const { return {{"LD_PRELOAD", CLOCK_SHIFT}, {"CLOCK_SHIFT_FILE", file_}}; }

 private:
  std::string file_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(histories_of_ledgers)

BOOST_AUTO_TEST_CASE(an_unfinished_run_is_continued_under_another_name_of_the_source_and_after_another_run) {
  const Accounts accounts(many(5), {slack("ops", "https://old.test/", 7)},
                          {"--fault", "POST#3:slow-apply=200"});
  kill_in_the_middle(accounts);
  const Importer import(accounts);
  BOOST_TEST(import({slack("ops", "https://new.test/")}, {}, {"--ledger", accounts.ledger()}).code == 0);
  const auto port = accounts.url().substr(accounts.url().rfind(':'));
  const auto again = accounts.run(
      {"migrate", "http://localhost" + port, accounts.url(), "--no-rewrite", "--yes", "--settle", "0.3"});
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(ledgers_of(accounts).size() == 1u);
  const auto undone = undo(accounts, ledgers_of(accounts));
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(accounts.aliases("us") == std::vector<std::string>{"ops"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ledgers_that_are_undone_one_by_one_restore_what_was_there) {
  const Accounts accounts(many(4), {});
  std::vector<std::string> ledgers;
  const auto run = [&](const std::string& command, const std::vector<std::string>& more) {
    ledgers.push_back(accounts.folder().file("ledger-" + std::to_string(ledgers.size())));
    auto all = more;
    all.insert(all.end(), {"--ledger", ledgers.back()});
    const auto ran = move(accounts, command, all);
    BOOST_TEST(ran.code == 0, ran.err + ran.out);
  };
  run("migrate", {});
  accounts.somebody_edits("eu", 1, slack("hook-0", "https://new.test/"));
  run("migrate", {"--on-conflict", "update"});
  accounts.somebody_deletes("eu", 4);
  run("mirror", {"--max-delete", "1"});
  BOOST_TEST(accounts.count("us") == 3u);
  for (; !ledgers.empty(); ledgers.pop_back()) {
    const auto undone = undo(accounts, {ledgers.back()});
    BOOST_TEST(undone.code == 0, undone.err + undone.out);
  }
  BOOST_TEST(accounts.count("us") == 0u);
}

/// Folders in which something was made or renamed that is not on disk yet, from the lines of strace.
class UnsyncedFolders {
 public:
  void follow(const std::string& line) {
    const auto made = has(line, " mkdir(") && has(line, " = 0");
    const auto renamed = has(line, " rename(") && has(line, " = 0");
    const auto opened = has(line, " openat(") && has(line, "O_CREAT") && !has(line, " = -1") &&
                        (has(line, ".jsonl\"") || has(line, "/run-number\""));
    if (made || renamed || opened) folders_.insert(std::filesystem::path(last_quoted(line)).parent_path());
    if (has(line, " fsync(") && has(line, " = 0"))
      folders_.erase(line.substr(line.find('<') + 1, line.find('>') - line.find('<') - 1));
  }
  std::string text() const {
    std::string out;
    for (const auto& folder : folders_) out += folder + " ";
    return out;
  }

 private:
  static std::string last_quoted(const std::string& line) {
    const auto end = line.rfind('"');
    const auto begin = line.rfind('"', end - 1);
    return line.substr(begin + 1, end - begin - 1);
  }
  std::set<std::string> folders_;
};

BOOST_AUTO_TEST_CASE(every_folder_with_a_new_file_is_on_disk_before_anything_is_sent) {
  for (const bool named : {false, true}) BOOST_TEST_CONTEXT("--ledger " << named) {
      const Accounts accounts(many(3), {});
      std::filesystem::create_directory(accounts.folder().file("ledgers"));
      auto arguments = std::vector<std::string>{"migrate",      accounts.url(), accounts.url(), "--yes",
                                                "--no-rewrite", "--settle",     "0.3"};
      if (named) arguments.insert(arguments.end(), {"--ledger", accounts.folder().file("ledgers/l.jsonl")});
      const TempDir traces;
      const auto trace = traces.file("trace");
      Process process(traced(trace, "openat,mkdir,rename,fsync,write,writev,sendto,sendmsg", 300, arguments),
                      accounts.environment(), traces.file("out"), traces.file("err"));
      BOOST_TEST(process.wait() == 0, slurp(traces.file("err")));
      UnsyncedFolders unsynced;
      std::istringstream lines(slurp(trace));
      std::size_t posts = 0;
      for (std::string line; std::getline(lines, line);) {
        unsynced.follow(line);
        if (!has(line, "<TCP:[") || !has(line, "\"POST ")) continue;
        ++posts;
        BOOST_TEST(unsynced.text() == "", "not on disk when a POST is sent: " << unsynced.text());
      }
      BOOST_TEST(posts == 1u);
      BOOST_TEST(unsynced.text() == "");
    }
}

BOOST_AUTO_TEST_CASE(a_copy_is_reported_until_it_is_gone_or_accepted) {
  for (const bool accepts : {false, true}) BOOST_TEST_CONTEXT("accepts " << accepts) {
      const Accounts accounts(many(2), {}, {"--fault", "POST#1:twice"});
      const auto first = accounts.migrate();
      BOOST_TEST(first.code == 1, first.out);
      BOOST_TEST(accounts.count("us") == 4u);
      for (int i = 0; i < 2; ++i) {
        const auto again =
            i == 0 ? accounts.migrate() : move(accounts, "migrate");  // also with another ledger
        BOOST_TEST(again.code == 1, again.out);
        BOOST_TEST(has(again.out, "is a copy that an earlier run found"), again.out);
      }
      std::string copies;
      const auto held = accounts.webhooks("us");
      for (const auto& webhook : held) {
        const auto option = "--accept " + std::to_string(webhook.id);
        if (!has(move(accounts, "migrate").out, option)) continue;
        if (accepts) copies += (copies.empty() ? "" : ",") + std::to_string(webhook.id);
        if (!accepts) accounts.somebody_deletes("us", webhook.id);
      }
      if (accepts) {
        const auto wrong = move(accounts, "migrate", {"--accept", "77"});
        BOOST_TEST(wrong.code == 1, wrong.out);
        BOOST_TEST(has(wrong.err, "--accept 77: "), wrong.err);
        BOOST_TEST(move(accounts, "migrate", {"--accept", copies}).code == 0);
      }
      for (int i = 0; i < 2; ++i) {
        const auto after = i == 0 ? move(accounts, "migrate") : accounts.migrate();
        BOOST_TEST(after.code == 0, after.out);
        BOOST_TEST(!has(after.out, "is a copy"), after.out);
      }
    }
}

BOOST_AUTO_TEST_CASE(a_mirror_deletes_a_copy_and_no_longer_reports_it) {
  const Accounts accounts(many(2), {}, {"--fault", "POST#1:twice"});
  BOOST_TEST(accounts.migrate().code == 1);
  const auto mirrored = move(accounts, "mirror", {"--max-delete", "100%"});
  BOOST_TEST(mirrored.code == 0, mirrored.out);
  BOOST_TEST(accounts.count("us") == 2u);
  BOOST_TEST(accounts.migrate().code == 0);
}

BOOST_AUTO_TEST_CASE(a_ledger_that_is_named_twice_counts_once) {
  const Accounts accounts(many(2), {});
  BOOST_TEST(accounts.migrate().code == 0);
  const auto link = accounts.folder().file("link.jsonl");
  std::filesystem::create_symlink(accounts.ledger(), link);
  const auto undone = undo(accounts, {accounts.ledger(), link, accounts.ledger()});
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(a_plan_that_was_undone_is_not_applied_again_and_the_reason_is_reported) {
  for (const std::string mode : {"", "--mirror"}) BOOST_TEST_CONTEXT(mode) {
      const Accounts accounts(
          many(3), {slack("hook-0", "https://old.test/", 7), slack("extra", "https://x.test/", 8)});
      const auto plan = accounts.folder().file("plan");
      std::vector<std::string> planning = {"--on-conflict", "update", "--out", plan};
      if (!mode.empty()) planning.insert(planning.end(), {mode, "--max-delete", "100%"});
      BOOST_TEST(accounts.diff(planning).code == 2);
      const std::vector<std::string> apply = {"apply", plan,       "--settle",
                                              "0.3",   "--ledger", accounts.ledger()};
      BOOST_TEST(accounts.run(apply).code == 0);
      BOOST_TEST(undo(accounts, {accounts.ledger()}).code == 0);
      const auto again = accounts.run(apply);
      BOOST_TEST(again.code == 3, again.err + again.out);
      BOOST_TEST(has(again.err, "this plan was undone on "), again.err);
    }
}

#ifndef __SANITIZE_ADDRESS__  // which is to be preloaded first

BOOST_AUTO_TEST_CASE(undo_last_undoes_the_last_run_even_if_the_clock_was_set_back_before_it) {
  const Accounts accounts({}, {});
  const Importer import(accounts);
  const ShiftedClock clock(accounts);
  BOOST_TEST(import({slack("first", "https://first.test/")}, clock.environment()).code == 0);
  clock.set_back();
  BOOST_TEST(import({slack("second", "https://second.test/")}, clock.environment()).code == 0);
  const auto undone = undo(accounts, {"--last"}, clock.environment());
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(accounts.aliases("us") == std::vector<std::string>{"first"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(runs_of_one_ledger_are_undone_in_their_order_even_if_the_clock_was_set_back) {
  const Accounts accounts({}, {slack("ops", "https://old.test/", 7)});
  const Importer import(accounts);
  const ShiftedClock clock(accounts);
  const std::vector<std::string> ledger = {"--ledger", accounts.ledger()};
  BOOST_TEST(import({slack("ops", "https://second.test/")}, clock.environment(), ledger).code == 0);
  clock.set_back();
  BOOST_TEST(import({slack("ops", "https://third.test/")}, clock.environment(), ledger).code == 0);
  const auto undone = undo(accounts, {accounts.ledger()}, clock.environment());
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(url_of(accounts, "ops") == "https://old.test/");
}

BOOST_AUTO_TEST_CASE(a_snapshot_may_lag_behind_the_last_run_even_if_the_clock_was_set_forward_since) {
  // Two snapshots of the first run. That of the second shows what was there before it.
  const Accounts accounts({}, {slack("ops", "https://old.test/", 7)}, {"--fault", "GET#3:late=1500"});
  Importer import(accounts);
  import.set_settle("2");
  const ShiftedClock clock(accounts);
  clock.set_back();
  BOOST_TEST(import({slack("ops", "https://new.test/")}, clock.environment()).code == 0);
  clock.set_right();
  const auto again = import({slack("ops", "https://old.test/")}, clock.environment());
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(url_of(accounts, "ops") == "https://old.test/");
}

/// A server in front of the accounts, at https://127.0.0.1:PORT and at https://alias.test:PORT.
class TwoNames {
 public:
  explicit TwoNames(const Accounts& accounts)
      : accounts_(accounts),
        authority_(Certificate::authority(folder_, "ca")),
        certificate_(authority_.sign(folder_, "server", {"test", "IP:127.0.0.1,DNS:alias.test"})),
        tls_{certificate_.file(), certificate_.key_file(), "", 0},
        server_([this](RawConnection& connection) { pass_on(connection); }, &tls_) {}

  std::string url(bool alias) const {
    return "https://" + std::string(alias ? "alias.test" : "127.0.0.1") + ":" +
           std::to_string(server_.port());
  }
  std::vector<std::string> migrate(bool alias, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> out = {
        "migrate", url(false),      url(alias), "--no-rewrite", "--yes",  "--settle", "0.5", "--batch-size",
        "1",       "--concurrency", "1",        "--ca-file",    ca_file()};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }
  std::string ca_file() const { return authority_.file(); }
  static Environment environment(const Environment& more = {}) {
    Environment out = {{"LD_PRELOAD", HOST_NAMES}};
    out.insert(more.begin(), more.end());
    return out;
  }

 private:
  void pass_on(RawConnection& connection) const {
    for (auto request = connection.read_request(); !request.empty(); request = connection.read_request()) {
      std::istringstream head(request.substr(0, request.find("\r\n\r\n") + 2));
      std::string method, path, line;
      head >> method >> path;
      std::map<std::string, std::string> headers;
      while (std::getline(head, line)) {
        const auto colon = line.find(": ");
        if (line.starts_with("Authorization:") || line.starts_with("Content-Type:"))
          headers[line.substr(0, colon)] = line.substr(colon + 2, line.size() - colon - 3);
      }
      const auto answer =
          http_request(accounts_.url(), method, path, request.substr(request.find("\r\n\r\n") + 4), headers);
      connection.send("HTTP/1.1 " + std::to_string(answer.status) +
                      " Any\r\nContent-Type: application/json\r\nContent-Length: " +
                      std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body);
    }
  }

  const Accounts& accounts_;
  TempDir folder_;
  Certificate authority_, certificate_;
  RawTls tls_;
  RawServer server_;
};

BOOST_AUTO_TEST_CASE(a_run_under_another_name_of_the_host_settles_and_continues_the_killed_one) {
  for (const bool alias_first : {false, true}) BOOST_TEST_CONTEXT("alias first " << alias_first) {
      const Accounts accounts(many(5), {}, {"--fault", "POST#3:slow-apply=300"});
      const TwoNames names(accounts);
      const auto killed = accounts.in_background("killed", names.migrate(alias_first), names.environment());
      accounts.await_requests("begun:POST", 1);
      killed->signal(SIGKILL);
      killed->wait();
      const auto again = accounts.run_with(names.environment(), names.migrate(!alias_first));
      BOOST_TEST(again.code == 0, again.err + again.out);
      BOOST_TEST(accounts.count("us") == 5u);
      BOOST_TEST(ledgers_of(accounts).size() == 1u);
      const auto third = accounts.run_with(names.environment(), names.migrate(alias_first));
      BOOST_TEST(third.code == 0, third.err + third.out);
      BOOST_TEST(!has(third.err, "waiting until"), third.err);
      const auto undone =
          undo(accounts, {"--last", "--dest", names.url(alias_first), "--ca-file", names.ca_file()},
               names.environment());
      BOOST_TEST(undone.code == 0, undone.err + undone.out);
      BOOST_TEST(accounts.count("us") == 0u);
    }
}

BOOST_AUTO_TEST_CASE(two_runs_under_two_names_of_one_host_do_not_write_at_once) {
  const Accounts accounts(many(3), {}, {"--fault", "POST#1:slow-apply=1500"});
  const TwoNames names(accounts);
  const auto first = accounts.in_background("first", names.migrate(false), names.environment());
  accounts.await_requests("begun:POST", 1);
  const auto second = accounts.run_with(names.environment(), names.migrate(true));
  BOOST_TEST(second.code == 1, second.err + second.out);
  BOOST_TEST(has(second.err, "another run on this machine is writing to"), second.err);
  BOOST_TEST(first->wait() == 0, slurp(accounts.folder().file("first.err")));
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(one_account_under_two_names_of_its_host_is_not_moved_into_itself) {
  const Accounts accounts(many(3), {});
  const TwoNames names(accounts);
  const auto same_key =
      names.environment({{"HOOKFERRY_SOURCE_KEY", "us-key"}, {"HOOKFERRY_DEST_KEY", "us-key"}});
  const auto two_keys =
      names.environment({{"HOOKFERRY_SOURCE_KEY", "us-key"}, {"HOOKFERRY_DEST_KEY", "us-other-key"}});
  BOOST_TEST(accounts.run_with(names.environment(), names.migrate(false)).code == 0);
  for (const auto& environment : {same_key, two_keys}) {
    const auto ran = accounts.run_with(environment, names.migrate(true, {"--on-conflict", "duplicate"}));
    BOOST_TEST(ran.code == 64, ran.err + ran.out);
    BOOST_TEST(has(ran.err, "one and the same account"), ran.err);
  }
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(a_run_and_an_undo_continue_under_a_new_key_though_the_account_was_empty) {
  for (const bool named : {false, true}) BOOST_TEST_CONTEXT("--ledger " << named) {
      const Accounts accounts(many(5), {}, {"--fault", "POST#3-:status=401"});
      std::vector<std::string> arguments = {"migrate",
                                            accounts.url(),
                                            accounts.url(),
                                            "--no-rewrite",
                                            "--yes",
                                            "--settle",
                                            "0.3",
                                            "--batch-size",
                                            "1",
                                            "--concurrency",
                                            "1"};
      if (named) arguments.insert(arguments.end(), {"--ledger", accounts.ledger()});
      const auto refused = accounts.run(arguments);
      BOOST_TEST(refused.code == 77, refused.err + refused.out);
      BOOST_TEST(accounts.count("us") == 2u);
      const Environment new_key = {{"HOOKFERRY_DEST_KEY", "us-other-key"}};
      if (!named) {
        const auto undone = undo(accounts, {"--last", "--dest", accounts.url(), "-n"}, new_key);
        BOOST_TEST(undone.code == 2, undone.err + undone.out);
      }
      const_cast<Accounts&>(accounts).restart({});
      const auto again = accounts.run_with(new_key, arguments);
      BOOST_TEST(again.code == 0, again.err + again.out);
      BOOST_TEST(accounts.count("us") == 5u);
      BOOST_TEST(!has(accounts.run_with(new_key, arguments).err, "waiting until"));
      const auto undone = undo(accounts, {"--last", "--dest", accounts.url()}, new_key);
      BOOST_TEST(undone.code == 0, undone.err + undone.out);
      BOOST_TEST(accounts.count("us") == 0u);
    }
}

/// The account was empty, the response was lost and the key was revoked: only its content shows whose it is.
BOOST_AUTO_TEST_CASE(what_a_run_left_in_doubt_is_settled_under_a_new_key_though_no_company_was_known) {
  Accounts accounts({slack("twin", "https://a.test/", 1), slack("twin", "https://b.test/", 2)}, {},
                    {"--fault", "POST#1:partial,count=1,status=0", "--fault", "POST#1:alter=url", "--fault",
                     "GET#3-:status=401"});
  const auto doubtful = move(accounts, "migrate");
  BOOST_TEST(doubtful.code == 77, doubtful.err + doubtful.out);
  BOOST_TEST(accounts.count("us") == 1u);
  accounts.restart({});
  const Environment new_key = {{"HOOKFERRY_DEST_KEY", "us-other-key"}};
  const std::vector<std::string> again = {"migrate",      accounts.url(),  accounts.url(),
                                          "--no-rewrite", "--yes",         "--settle",
                                          "0.3",          "--on-conflict", "duplicate"};
  for (int i = 0; i < 2; ++i) {
    const auto ran = accounts.run_with(new_key, again);
    BOOST_TEST((ran.code == 1 || ran.code == 2), ran.err + ran.out);
    BOOST_TEST(has(ran.err, "waiting until") == (i == 0), ran.err);
    BOOST_TEST(accounts.count("us") <= 2u);
  }
  BOOST_TEST(ledgers_of(accounts).size() == 1u);
}

/// Another account at the same server is not taken for the one that a killed run wrote to.
BOOST_AUTO_TEST_CASE(the_ledger_of_another_account_is_waited_for_once_and_left_alone) {
  const Accounts accounts(many(3), {}, {"--fault", "POST#1:close-before", "--fault", "GET#3:status=401"});
  BOOST_TEST(move(accounts, "migrate").code == 77);
  const auto ledger = ledgers_of(accounts).front();
  const auto open = slurp(ledger);
  for (int i = 0; i < 2; ++i) {
    spill(accounts.folder().file("hooks.json"),
          array_of({slack("more-" + std::to_string(i), "https://x.test/")}));
    const auto other = accounts.run_with(
        {{"HOOKFERRY_DEST_KEY", "eu-key"}},
        {"import", accounts.folder().file("hooks.json"), accounts.url(), "--yes", "--settle", "0.3"});
    BOOST_TEST(other.code == 0, other.err + other.out);
    BOOST_TEST(has(other.err, "waiting until") == (i == 0), other.err);
  }
  BOOST_TEST(slurp(ledger) == open);
  BOOST_TEST(move(accounts, "migrate").code == 0);
  BOOST_TEST(accounts.count("us") == 5u);
}

BOOST_AUTO_TEST_CASE(a_run_that_recorded_nothing_does_not_hide_the_unfinished_one) {
  const Accounts accounts(many(5), {}, {"--fault", "POST#3:slow-apply=200"});
  kill_in_the_middle(accounts);
  BOOST_REQUIRE(ledgers_of(accounts).size() == 1u);
  const auto ledger = ledgers_of(accounts).front();
  // The rerun settles what is open and writes its header, but not its first intent.
  const auto cut = accounts.run_with(
      {{"LD_PRELOAD", FULL_DISK}, {"FULL_DISK_AT", "4"}},
      {"migrate", accounts.url(), accounts.url(), "--no-rewrite", "--yes", "--settle", "0.3"});
  BOOST_TEST(cut.code == 73, cut.err + cut.out);
  const auto text = slurp(ledger);
  const auto second = text.rfind("{\"event\":\"run\"");
  BOOST_TEST((second > 0 && text.find("intent", second) == std::string::npos), text);
  BOOST_TEST(move(accounts, "migrate").code == 0);
  BOOST_TEST(accounts.count("us") == 5u);
  BOOST_TEST(ledgers_of(accounts).size() == 1u);
  const auto undone = undo(accounts, {"--last"});
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(accounts.count("us") == 0u);
}

/// The nth write to the ledger is cut in its middle because the disk is full, and a moment later there is
/// room.
BOOST_AUTO_TEST_CASE(a_disk_that_is_full_for_a_moment_leaves_a_ledger_that_the_next_run_continues) {
  std::size_t ended_early = 0;
  for (const std::string nth : {"1", "2", "3", "4", "5", "6", "7", "8"}) BOOST_TEST_CONTEXT("write " << nth) {
      const Accounts accounts(many(4), {slack("foreign", "https://foreign.test/", 900)});
      const Environment full = {{"LD_PRELOAD", FULL_DISK}, {"FULL_DISK_AT", nth}};
      const std::vector<std::string> one_by_one = {"--batch-size", "1", "--concurrency", "1"};
      const auto cut = accounts.run_with(full, accounts.migrate_arguments(one_by_one));
      BOOST_TEST((cut.code == 73 || cut.code == 0), cut.err + cut.out);
      if (cut.code == 73) ++ended_early;
      const auto why = "cannot write the ledger " + accounts.ledger() +
                       ": No space left on device - nothing is sent without it";
      if (cut.code == 73) BOOST_TEST(has(cut.err, why), cut.err);
      const auto again = accounts.migrate(one_by_one);
      BOOST_TEST(again.code == 0, again.err + again.out);
      BOOST_TEST(accounts.count("us") == 5u);
      const auto half = undo(accounts, {accounts.ledger()}, full);
      BOOST_TEST((half.code == 73 || half.code == 0), half.err + half.out);
      const auto undone = undo(accounts, {"--last"});
      BOOST_TEST(undone.code == 0, undone.err + undone.out);
      BOOST_TEST(accounts.aliases("us") == std::vector<std::string>{"foreign"},
                 boost::test_tools::per_element());
    }
  BOOST_TEST(ended_early >= 5u);
}

#endif

BOOST_AUTO_TEST_SUITE_END()
