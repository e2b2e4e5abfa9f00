#include "ledger/locks.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "core/failure.hpp"
#include "support/files.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using hookferry::test::TempDir;

BOOST_AUTO_TEST_SUITE(turns)

BOOST_AUTO_TEST_CASE(one_thread_after_the_other_has_a_name) {
  const Interrupts interrupts;
  InProcessLocks turns(interrupts);
  std::atomic<int> inside = 0, most = 0, done = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        for (int k = 0; k < 50; ++k) {
          const auto turn = turns.take("account", false);
          const int now = ++inside;
          if (now > most) most = now;
          std::this_thread::yield();
          --inside;
          ++done;
        }
      });
  }
  BOOST_TEST(most == 1);
  BOOST_TEST(done == 400);
}

BOOST_AUTO_TEST_CASE(names_do_not_hinder_each_other_and_sharers_go_together) {
  const Interrupts interrupts;
  InProcessLocks turns(interrupts);
  const auto one = turns.take("one", false);
  const auto two = turns.take("two", false);
  const auto shared = turns.take("three", true);
  const auto also = turns.take("three", true);
  BOOST_TEST(!one.waited());
  BOOST_TEST(!two.waited());
  BOOST_TEST(!also.waited());
}

BOOST_AUTO_TEST_CASE(who_had_to_wait_is_told_so_and_gets_it_when_it_is_given_back) {
  const Interrupts interrupts;
  InProcessLocks turns(interrupts);
  std::atomic<bool> waited = false, began = false;
  std::jthread other;
  {
    const auto mine = turns.take("account", true);
    other = std::jthread([&] {
      began = true;
      waited = turns.take("account", false).waited();
    });
    while (!began) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  other.join();
  BOOST_TEST(waited);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_waiting) {
  Interrupts interrupts;
  InProcessLocks turns(interrupts);
  const auto mine = turns.take("account", false);
  interrupts.request();
  BOOST_CHECK_THROW(turns.take("account", false), Failure);
  BOOST_CHECK_NO_THROW(turns.take("another", false));
}

BOOST_AUTO_TEST_CASE(a_lock_of_this_process_is_waited_for_and_one_of_another_holder_is_refused) {
  const TempDir folder;
  const Interrupts interrupts;
  InProcessLocks turns(interrupts);
  const auto path = folder / "a.lock";
  {
    std::optional<FileLock> mine(std::in_place, path, FileLock::Kind::exclusive, "busy", &turns);
    std::atomic<bool> waited = false;
    std::jthread other([&] { waited = FileLock(path, FileLock::Kind::exclusive, "busy", &turns).waited(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    mine.reset();
    other.join();
  }
  const FileLock stranger(path, FileLock::Kind::exclusive, "busy");
  BOOST_CHECK_THROW(FileLock(path, FileLock::Kind::exclusive, "busy", &turns), Failure);
}

BOOST_AUTO_TEST_SUITE_END()
