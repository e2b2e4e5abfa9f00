// How fast requests may follow each other: so many a second to one host, at even distances, over all clients
// that share it, whatever their threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace hookferry {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Pace(std::size_t per_second) : distance_(std::chrono::nanoseconds(1'000'000'000) / per_second) {}

  /// Takes the next place in the row of that host; when its turn is.
  Clock::time_point reserve(const std::string& host, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    auto& next = next_[host];
    const auto turn = next > now ? next : now;
    next = turn + distance_;
    return turn;
  }

 private:
  const std::chrono::nanoseconds distance_;
  std::mutex mutex_;
  std::map<std::string, Clock::time_point> next_;
};

}  // namespace hookferry
