// Whatever the server does to a run: nothing twice, nothing lost, the end tells the truth, and running again
// finishes.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/wait.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool has_each_once(const Accounts& accounts, std::size_t count) {
  const auto names = accounts.aliases("us");
  return names.size() == count && std::set<std::string>(names.begin(), names.end()).size() == count;
}

bool has_none_twice(const Accounts& accounts) {
  const auto names = accounts.aliases("us");
  return std::set<std::string>(names.begin(), names.end()).size() == names.size();
}

std::unique_ptr<Process> migrate_up_to_its_first_post(const Accounts& accounts,
                                                      const std::vector<std::string>& more = {}) {
  auto process = accounts.start_migrate(more);
  for (int i = 0; i < 2000 && accounts.requests("POST") == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return process;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exactly_once)

BOOST_AUTO_TEST_CASE(one_run_recovers_from_every_fault_of_one_post) {
  const std::vector<std::string> faults = {"POST#1:close-before",
                                           "POST#1:close-after",
                                           "POST#1:partial,count=3,status=500",
                                           "POST#1:partial,count=3,status=0",
                                           "POST#1:subset,status=502",
                                           "POST#1:truncate",
                                           "POST#1:garbage",
                                           "POST#1:stall,applied=yes",
                                           "POST#1:stall,applied=no",
                                           "POST#1:missing-element",
                                           "POST#1:status=429,retry-after=0",
                                           "POST#1:status=503,retry-after=0",
                                           "POST#1:status=503,applied=yes",
                                           "POST#1:status=504",
                                           "POST#1-2:status=500",
                                           "POST#1:apply-late,after=100",
                                           "POST#1:status=408,applied=yes"};
  for (const auto& fault : faults) {
    BOOST_TEST_CONTEXT(fault) {
      const Accounts accounts(many(10), {}, {"--fault", fault});
      const auto ran = accounts.migrate({"--timeout", "0.4"});
      BOOST_TEST(ran.code == 0, ran.err + ran.out);
      BOOST_TEST(has_each_once(accounts, 10));
    }
  }
}

BOOST_AUTO_TEST_CASE(readings_that_lag_are_waited_for) {
  for (const std::string fault :
       {"POST#1:close-after", "POST#1:partial,count=5,status=500", "POST#1:truncate"}) {
    BOOST_TEST_CONTEXT(fault) {
      const Accounts accounts(many(10), {}, {"--fault", fault, "--fault", "GET:late=250"});
      const auto ran = accounts.migrate({"--settle", "0.6"});
      BOOST_TEST(ran.code == 0, ran.err + ran.out);
      BOOST_TEST(has_each_once(accounts, 10));
    }
  }
}

BOOST_AUTO_TEST_CASE(several_batches_in_flight_with_equal_webhooks_are_not_mistaken_for_each_other) {
  std::vector<std::string> source;
  for (int i = 0; i < 24; ++i)
    source.push_back(slack("same", "https://same.test/" + std::to_string(i % 3), i + 1));
  const Accounts accounts(
      source, {}, {"--fault", "POST%40:subset,status=500", "--fault", "POST%30:close-after", "--seed", "7"});
  const auto ran = accounts.migrate({"--batch-size", "4", "--concurrency", "4", "--retries", "30"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(accounts.count("us") == 24u);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_refused_midway_stops_the_run_at_once_and_says_what_is_there) {
  const Accounts accounts(many(12), {}, {"--fault", "POST#2-:status=401"});
  const auto ran = accounts.migrate({"--batch-size", "3", "--concurrency", "1"});
  BOOST_TEST(ran.code == 77, ran.err);
  BOOST_TEST(accounts.requests("POST") == 2u);
  BOOST_TEST(accounts.count("us") == 3u);
  BOOST_TEST(ran.out.find("3 created") != std::string::npos, ran.out);
  BOOST_TEST(ran.out.find("3 failed") != std::string::npos, ran.out);
  BOOST_TEST(ran.out.find("6 not sent") != std::string::npos, ran.out);
}

BOOST_AUTO_TEST_CASE(a_server_that_never_recovers_ends_the_run_and_the_next_run_finishes) {
  Accounts accounts(many(12), {}, {"--fault", "POST#2-:status=500"});
  const auto ran = accounts.migrate({"--batch-size", "4", "--retries", "1"});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has_none_twice(accounts));
  accounts.restart({});
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(has_each_once(accounts, 12));
}

BOOST_AUTO_TEST_CASE(a_webhook_that_the_server_stumbles_over_does_not_hold_back_the_others) {
  const Accounts accounts(many(20), {}, {"--fault", "POST:status=500,alias=hook-7"});
  const auto ran = accounts.migrate({"--retries", "6", "--settle", "0.1"});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(accounts.count("us") == 19u);
}

BOOST_AUTO_TEST_CASE(a_refused_batch_that_was_applied_in_part_is_not_sent_again_as_a_whole) {
  const Accounts accounts(many(20), {}, {"--fault", "POST:status=400,alias=hook-11,applied=prefix"});
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(accounts.count("us") == 19u);
  BOOST_TEST(has_none_twice(accounts));
}

BOOST_AUTO_TEST_CASE(culprits_in_many_batches_are_found_in_as_few_rounds_as_in_one) {
  const Accounts accounts(many(100), {}, {"--fault", "POST:status=422,alias=hook-?7"});
  const auto ran = accounts.migrate({"--batch-size", "25", "--concurrency", "1"});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(accounts.count("us") == 91u);
  BOOST_TEST(has_none_twice(accounts));
  // Settled as a whole after the batches of 25, then once for the one webhook that is sent again alone, after
  // the parts of 5, and verified after the single ones.
  BOOST_TEST(accounts.readings_after_posts("us") == 4u);
}

BOOST_AUTO_TEST_CASE(a_ledger_left_open_is_closed_by_the_run_that_continues_it_wherever_its_state_is) {
  Accounts accounts(many(10), {}, {"--fault", "POST:stall,applied=yes"});
  const auto process = migrate_up_to_its_first_post(accounts);
  process->signal(SIGKILL);
  process->wait();
  accounts.restart({});
  std::filesystem::remove_all(accounts.folder().file("xdg"));
  const auto again = accounts.migrate();
  BOOST_TEST(again.code == 0, again.err);
  BOOST_TEST(again.err.find("earlier run") != std::string::npos, again.err);
  BOOST_TEST(has_each_once(accounts, 10));
  BOOST_TEST(accounts.run({"undo", accounts.ledger(), "--yes"}).code == 0);
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(a_ledger_cut_inside_its_last_line_is_closed_and_stays_readable) {
  Accounts accounts(many(4), {}, {"--fault", "POST:stall,applied=yes"});
  const auto process = migrate_up_to_its_first_post(accounts);
  process->signal(SIGKILL);
  process->wait();
  accounts.restart({});
  spill(accounts.ledger(), slurp(accounts.ledger()) + "{\"event\":\"acce");
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(has_each_once(accounts, 4));
  const auto undone = accounts.run({"undo", accounts.ledger(), "--yes"});
  BOOST_TEST(undone.code == 0, undone.err);
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(a_ledger_cut_inside_its_first_line_is_begun_anew) {
  const Accounts accounts(many(2), {});
  for (const std::string begun : {"", "{", "{\"event\":\"run\",\"led"}) {
    spill(accounts.ledger(), begun);
    const auto ran = accounts.migrate();
    BOOST_TEST(ran.code == 0, ran.err);
    BOOST_TEST(accounts.run({"ids", accounts.ledger()}).code == 0);
  }
  spill(accounts.ledger(), "{\"mine\":1}");
  BOOST_TEST(accounts.migrate().code == 65);
  BOOST_TEST(slurp(accounts.ledger()) == "{\"mine\":1}");
}

BOOST_AUTO_TEST_CASE(an_interrupt_settles_what_is_open_and_the_next_run_finishes) {
  Accounts accounts(many(20), {}, {"--fault", "POST:slow=300"});
  const auto process = migrate_up_to_its_first_post(accounts, {"--batch-size", "2", "--concurrency", "2"});
  process->signal(SIGINT);
  BOOST_TEST(process->wait() == 130);
  const auto arrived = accounts.count("us");
  BOOST_TEST(arrived < 20u);
  BOOST_TEST(slurp(accounts.folder().file("migrate.err")).find("Ctrl-C again leaves at once") !=
             std::string::npos);
  BOOST_TEST(slurp(accounts.folder().file("migrate.out"))
                     .find("Interrupted: " + std::to_string(arrived) + " created") != std::string::npos,
             slurp(accounts.folder().file("migrate.out")));
  accounts.restart({});
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(has_each_once(accounts, 20));
}

BOOST_AUTO_TEST_CASE(a_second_interrupt_leaves_at_once_and_the_next_run_finishes) {
  Accounts accounts(many(10), {}, {"--fault", "POST:stall,applied=yes"});
  const auto process = migrate_up_to_its_first_post(accounts);
  process->signal(SIGTERM);
  wait_for_text(accounts.folder().file("migrate.err"), "settling what was sent");
  BOOST_TEST(process->running());
  process->signal(SIGTERM);
  BOOST_TEST(process->wait(20) == 130);  // else it would wait for a response for half a minute
  BOOST_TEST(slurp(accounts.folder().file("migrate.err")).find("interrupted") != std::string::npos);
  accounts.restart({});
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(has_each_once(accounts, 10));
}

BOOST_AUTO_TEST_CASE(a_killed_run_whose_webhooks_show_late_is_not_repeated_by_the_next) {
  Accounts accounts(many(10), {}, {"--fault", "POST:stall,applied=yes"});
  const auto process = migrate_up_to_its_first_post(accounts);
  process->signal(SIGKILL);
  BOOST_TEST(process->wait() == 128 + SIGKILL);
  accounts.restart({});
  const auto again = accounts.migrate();
  BOOST_TEST(again.code == 0, again.err);
  BOOST_TEST(has_each_once(accounts, 10));
  BOOST_TEST(again.err.find("earlier run") != std::string::npos, again.err);
}

BOOST_AUTO_TEST_CASE(a_reading_whose_answer_is_late_counts_from_when_it_was_asked_for) {
  // The first readings after the POST are earlier than what it does; the answer of the second takes longer
  // than the settle time, and shows the account as it was when it was asked for.
  const Accounts accounts(
      many(3), {},
      {"--fault", "POST#1:apply-late,after=600", "--fault", "GET#4:slow=1500", "--fault", "GET#4:late=1500"});
  const auto ran = accounts.migrate({"--settle", "1"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(has_each_once(accounts, 3));
  BOOST_TEST(accounts.requests("POST") == 1u);
}

/// Each run reads the source and the destination, and after writing the destination again: three GETs.
BOOST_AUTO_TEST_CASE(a_run_right_after_another_is_not_misled_by_a_reading_that_lags) {
  const auto slow = std::vector<std::string>{"--settle", "2"};
  const Accounts accounts(many(10), {slack("foreign", "https://foreign.test/", 900)},
                          {"--fault", "GET#4-5:late=1500"});
  BOOST_TEST(accounts.migrate(slow).code == 0);
  const auto again = accounts.migrate(slow);
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(again.out.find("10 unchanged") != std::string::npos, again.out);
  BOOST_TEST(again.err.find("rereading") != std::string::npos, again.err);
  BOOST_TEST(accounts.requests("POST") == 1u);
  BOOST_TEST(accounts.count("us") == 11u);
}

BOOST_AUTO_TEST_CASE(an_undo_right_after_a_run_deletes_what_a_snapshot_does_not_show_yet) {
  const Accounts accounts(
      {slack("new", "https://new.test/", 1), slack("ops", "https://now.test/", 2)},
      {slack("ops", "https://old.test/", 7), slack("foreign", "https://foreign.test/", 8)},
      {"--fault", "GET#4:late=1500"});
  const auto before = accounts.aliases("us");
  BOOST_TEST(accounts.migrate({"--settle", "2", "--on-conflict", "update"}).code == 0);
  const auto undo = accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "2"});
  BOOST_TEST(undo.code == 0, undo.err + undo.out);
  BOOST_TEST(undo.out.find("1 deleted, 1 restored") != std::string::npos, undo.out);
  BOOST_TEST(accounts.aliases("us") == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_run_that_writes_nothing_does_not_hide_what_the_one_before_it_wrote) {
  for (const std::string second_ledger : {"ledger.jsonl", "second.jsonl"}) {
    // Three readings of the first run, two of the second; that of the undo shows what was there before both.
    const Accounts accounts(
        {slack("ops", "https://now.test/", 2)},
        {slack("ops", "https://old.test/", 7), slack("foreign", "https://foreign.test/", 8)},
        {"--fault", "GET#6:late=1500"});
    const auto before = accounts.aliases("us");
    const std::vector<std::string> updating = {"--settle", "2", "--on-conflict", "update"};
    BOOST_TEST(accounts.migrate(updating).code == 0);
    auto again = updating;
    again.insert(again.end(), {"--ledger", accounts.folder().file(second_ledger)});
    const auto second = accounts.migrate(again);
    BOOST_TEST(second.code == 0, second.err + second.out);
    BOOST_TEST(second.out.find("1 unchanged") != std::string::npos, second.out);
    BOOST_TEST(accounts.requests("GET") == 5u);
    const auto undo = accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "2"});
    BOOST_TEST(undo.code == 0, undo.err + undo.out);
    BOOST_TEST(undo.out.find("1 restored") != std::string::npos, undo.out);
    BOOST_TEST(accounts.aliases("us") == before, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_run_right_after_an_undo_delivers_what_a_reading_still_shows) {
  const Accounts accounts(many(10), {slack("foreign", "https://foreign.test/", 900)},
                          {"--fault", "GET#6-7:late=700"});
  BOOST_TEST(accounts.migrate({"--settle", "2"}).code == 0);
  std::this_thread::sleep_for(
      std::chrono::seconds(1));  // what was there 700 ms ago is to be with the webhooks
  BOOST_TEST(accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "2"}).code == 0);
  BOOST_TEST(accounts.requests("GET") == 5u);
  BOOST_TEST(accounts.count("us") == 1u);
  const auto again = accounts.migrate({"--settle", "2"});
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(again.out.find("10 created") != std::string::npos, again.out);
  BOOST_TEST(accounts.count("us") == 11u);
}

/// What the undo has deleted must not be taken for what the lost POST had to bring.
BOOST_AUTO_TEST_CASE(a_lost_post_right_after_an_undo_is_not_settled_by_what_was_there_before_it) {
  const Accounts accounts(many(10), {slack("foreign", "https://foreign.test/", 900)},
                          {"--fault", "POST#2:close-before", "--fault", "GET#8:late=700"});
  BOOST_TEST(accounts.migrate({"--settle", "2"}).code == 0);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  BOOST_TEST(accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "2"}).code == 0);
  const auto again = accounts.migrate({"--settle", "2"});
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(accounts.count("us") == 11u);
}

BOOST_AUTO_TEST_CASE(a_run_right_after_another_that_has_nothing_to_do_does_not_wait) {
  const Accounts accounts(many(10), {slack("foreign", "https://foreign.test/", 900)});
  for (int i = 0; i < 3; ++i) {
    const auto ran = accounts.migrate({"--settle", "600"});
    BOOST_TEST(ran.code == 0, ran.err + ran.out);
    BOOST_TEST(ran.err.find("moment") == std::string::npos, ran.err);
  }
  BOOST_TEST(accounts.requests("GET") == 7u);
}

BOOST_AUTO_TEST_CASE(two_runs_against_one_destination_at_once_are_refused) {
  Accounts accounts(many(10), {}, {"--fault", "POST:stall"});
  const auto process = migrate_up_to_its_first_post(accounts);
  const auto second = accounts.migrate();
  BOOST_TEST(second.code == 1);
  BOOST_TEST(second.err.find("another run") != std::string::npos, second.err);
  process->signal(SIGKILL);
  process->wait();
  accounts.restart({});
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(has_each_once(accounts, 10));
}

BOOST_AUTO_TEST_SUITE_END()
