// What all connections of a sandbox share. Of server.cpp only, which is why Asio may be in it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>

#include "core/clock.hpp"
#include "core/failure.hpp"
#include "core/printable.hpp"
#include "sandbox/handler.hpp"
#include "sandbox/server.hpp"

namespace hookferry::serving {

namespace asio = boost::asio;
using boost::system::error_code;

/// State and log, shared by all connections of the one thread.
struct World {
  explicit World(const SandboxOptions& options)
      : state(options.state), faults(options.faults, options.seed), limits(options.limits) {
    if (options.log.empty()) return;
    log.open(options.log, std::ios::app);
    if (!log)
      throw Failure(Cause::cannot_write, "cannot write the log " + printable(options.log.string()),
                    "check its folder");
  }

  /// A request that is only begun has another word for its method, so that none is counted twice.
  void write_log(const SandboxRequest& request, const std::string& text, const char* begun = "") {
    if (log.is_open())
      log << utc_text(std::time(nullptr)) << ' ' << begun << printable_excerpt(request.method, 20) << ' '
          << printable_excerpt(request.path, 200) << ' ' << text << std::endl;
  }

  asio::io_context io{1};
  SandboxState state;
  FaultProgram faults;
  std::ofstream log;
  const SandboxLimits limits;
  std::size_t connections = 0;
};

/// A connection that is open, for as long as it is.
class Place {
 public:
  explicit Place(World& world) : world_(world) { ++world_.connections; }
  ~Place() { --world_.connections; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  World& world_;
};

inline void do_later(World& world, const SandboxAnswer& answer) {
  for (const auto& later : answer.later) {
    auto timer = std::make_shared<asio::steady_timer>(world.io, later.in);
    timer->async_wait([timer, what = later.what](const error_code& error) {
      if (!error) what();
    });
  }
}

inline asio::awaitable<void> pause(World& world, std::chrono::milliseconds time) {
  if (time.count() == 0) co_return;
  asio::steady_timer timer(world.io, time);
  error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace hookferry::serving
