#include "ledger/destination.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <optional>
#include <thread>
#include <vector>

#include "core/failure.hpp"
#include "support/files.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using hookferry::test::TempDir;

BOOST_AUTO_TEST_SUITE(locks)

BOOST_AUTO_TEST_CASE(one_thread_at_a_time_holds_a_name) {
  const Interrupts interrupts;
  InProcessLocks locks(interrupts);
  std::atomic<int> inside = 0, most = 0, done = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        for (int k = 0; k < 50; ++k) {
          const auto lock = locks.take("account", false);
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

BOOST_AUTO_TEST_CASE(other_names_and_sharers_do_not_wait) {
  const Interrupts interrupts;
  InProcessLocks locks(interrupts);
  const auto one = locks.take("one", false);
  const auto two = locks.take("two", false);
  const auto shared = locks.take("three", true);
  const auto also = locks.take("three", true);
  BOOST_TEST(!one.waited);
  BOOST_TEST(!two.waited);
  BOOST_TEST(!also.waited);
}

namespace {

/// Whether `take`, in a thread of its own, finds that it has to wait for what `hold` returns. A thread may
/// begin late: then it is tried again with more time.
template <class Take, class Hold>
bool has_to_wait(Take take, Hold hold) {
  for (std::chrono::milliseconds time(10); time < std::chrono::seconds(10); time *= 3) {
    std::atomic<bool> waited = false;
    std::jthread other;
    {
      const auto held = hold();
      other = std::jthread([&] { waited = take(); });
      std::this_thread::sleep_for(time);
    }
    other.join();
    if (waited) return true;
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_CASE(waiter_gets_a_released_lock_and_knows) {
  const Interrupts interrupts;
  InProcessLocks locks(interrupts);
  BOOST_TEST(has_to_wait([&] { return locks.take("account", false).waited; },
                         [&] { return locks.take("account", true); }));
}

BOOST_AUTO_TEST_CASE(signal_ends_the_wait) {
  Interrupts interrupts;
  InProcessLocks locks(interrupts);
  const auto mine = locks.take("account", false);
  interrupts.listen();
  std::raise(SIGINT);
  BOOST_CHECK_THROW(locks.take("account", false), Failure);
  BOOST_CHECK_NO_THROW(locks.take("another", false));
}

BOOST_AUTO_TEST_CASE(own_lock_is_awaited_and_another_refused) {
  const TempDir folder;
  const Interrupts interrupts;
  InProcessLocks locks(interrupts);
  const auto path = folder / "a.lock";
  BOOST_TEST(has_to_wait([&] { return FileLock(path, FileLock::Kind::exclusive, "busy", &locks).waited(); },
                         [&] { return FileLock(path, FileLock::Kind::exclusive, "busy", &locks); }));
  const FileLock stranger(path, FileLock::Kind::exclusive, "busy");
  BOOST_CHECK_THROW(FileLock(path, FileLock::Kind::exclusive, "busy", &locks), Failure);
}

BOOST_AUTO_TEST_SUITE_END()
