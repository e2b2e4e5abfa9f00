// Histories over several runs: clocks that are set, ledgers that break, accounts under several names.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

/// Imports these webhooks into the destination, over what is there.
class Importer {
 public:
  explicit Importer(const Accounts& accounts) : accounts_(accounts) {}

  std::vector<std::string> arguments(const std::vector<std::string>& webhooks,
                                     const std::vector<std::string>& more = {}) const {
    const auto file = accounts_.folder().file("hooks.json");
    spill(file, array_of(webhooks));
    std::vector<std::string> out = {"import",   file,    accounts_.url(), "--no-rewrite", "--yes",
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

std::string url_of(const Accounts& accounts, const std::string& alias) {
  for (const auto& held : accounts.webhooks("us"))
    if (held.alias == alias) return held.url;
  return {};
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
