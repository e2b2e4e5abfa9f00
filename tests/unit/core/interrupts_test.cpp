#include "core/process.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <functional>
#include <string>

#include "net/client.hpp"
#include "support/rooms.hpp"

using namespace hookferry;

namespace {

bool readable(int descriptor) {
  pollfd waiting{descriptor, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

struct Ended {
  int code = -1;  ///< 128 + N where signal N ended it
  std::string err;
};

/// In a process of its own, for it may end.
Ended in_child(const std::function<void()>& what) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_DFL);
    ::alarm(60);
    what();
    ::_exit(0);
  }
  ::close(ends[1]);
  Ended out;
  char piece[256];
  for (auto count = ::read(ends[0], piece, sizeof piece); count > 0;
       count = ::read(ends[0], piece, sizeof piece))
    out.err.append(piece, static_cast<std::size_t>(count));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  out.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return out;
}

void expect(bool holds) {
  if (!holds) ::_exit(99);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(interrupts)

BOOST_AUTO_TEST_CASE(a_signal_is_a_flag_and_a_descriptor_that_stays_readable) {
  Interrupts interrupts;
  BOOST_TEST(!interrupts.requested());
  BOOST_TEST(!readable(interrupts.wake_fd()));
  interrupts.listen();
  ::raise(SIGTERM);
  BOOST_TEST(interrupts.requested());
  BOOST_TEST(readable(interrupts.wake_fd()));
  BOOST_TEST(readable(interrupts.wake_fd()));
}

BOOST_AUTO_TEST_CASE(each_of_the_signals_asks_for_an_end_the_first_time) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const auto ended = in_child([&] {
      Interrupts interrupts;
      interrupts.listen();
      interrupts.listen();
      ::raise(number);
      expect(interrupts.requested() && readable(interrupts.wake_fd()));
    });
    BOOST_TEST(ended.code == 0);
    BOOST_TEST(ended.err == "");
  }
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_a_process_that_is_busy_with_something_else) {
  const auto ended = in_child([] {
    Interrupts interrupts;
    interrupts.listen();
    ::raise(SIGINT);
    const auto self = ::getpid();
    const auto sender = ::fork();
    if (sender == 0) {
      ::kill(self, SIGTERM);
      ::_exit(0);
    }
    for (std::atomic<unsigned> work = 0;; ++work) {
    }
  });
  BOOST_TEST(ended.code == 130);
  BOOST_TEST(ended.err.starts_with("\nhookferry: stopped without waiting;"), ended.err);
  BOOST_TEST(ended.err.ends_with("\n"));
}

BOOST_AUTO_TEST_CASE(without_listening_and_afterwards_signals_do_what_they_did_before) {
  BOOST_TEST(in_child([] {
               const Interrupts interrupts;
               ::raise(SIGTERM);
             }).code == 128 + SIGTERM);
  BOOST_TEST(in_child([] {
               {
                 Interrupts interrupts;
                 interrupts.listen();
               }
               ::raise(SIGINT);
             }).code == 128 + SIGINT);
}

BOOST_AUTO_TEST_CASE(an_ignored_hangup_stays_ignored) {
  const auto ended = in_child([] {
    std::signal(SIGHUP, SIG_IGN);
    Interrupts interrupts;
    interrupts.listen();
    ::raise(SIGHUP);
    expect(!interrupts.requested());
  });
  BOOST_TEST(ended.code == 0);
}

BOOST_AUTO_TEST_CASE(every_executor_notices_and_tells_once) {
  Interrupts interrupts;
  net::Executor first(interrupts);
  net::Executor second(interrupts);
  int told = 0;
  first.on_interrupt([&] { ++told; });
  BOOST_TEST(first.wait(Milliseconds(1)));
  BOOST_TEST(!first.interrupted());
  interrupts.listen();
  ::raise(SIGINT);
  BOOST_TEST(!first.wait(std::chrono::hours(1)));
  BOOST_TEST(!second.wait(std::chrono::hours(1)));
  BOOST_TEST(first.interrupted());
  BOOST_TEST(second.interrupted());
  BOOST_TEST(told == 1);
}

BOOST_AUTO_TEST_CASE(after_a_signal_that_was_noticed_waiting_goes_on_in_full) {
  Interrupts interrupts;
  net::Executor executor(interrupts);
  interrupts.listen();
  ::raise(SIGINT);
  BOOST_TEST(executor.interrupted());
  BOOST_TEST(executor.wait(Milliseconds(1)));
}

BOOST_AUTO_TEST_SUITE_END()
