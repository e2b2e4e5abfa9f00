// Inside an Executor. Internal to net/: this header carries Asio.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <set>

#include "net/executor.hpp"

namespace hookferry {

namespace asio = boost::asio;

class Session;

struct Executor::Context {
  explicit Context(const Interrupts& signals);

  const Interrupts& interrupts;
  bool noticed = false;  ///< that the first signal came
  std::function<void()> on_interrupt;
  /// Sessions whose exchange the first signal ends.
  std::set<Session*> abandoned_on_interrupt;
  /// Name look-ups that have not come back. They cannot be taken back, not even by the end of the context.
  std::size_t lookups = 0;

  /// Behind what coroutines use that end with it.
  asio::io_context io{1};
  /// Without it the context would stop whenever nothing is under way.
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  asio::posix::stream_descriptor wake;
  asio::steady_timer pause{io};

  /// Does what is to be done at the first signal, once.
  void notice();
  bool interrupted();
  void run_until_done(const std::size_t& open);
};

}  // namespace hookferry
