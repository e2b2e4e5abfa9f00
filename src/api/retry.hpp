// When to try again, as values: no clock, no socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>

#include "api/verdict.hpp"

namespace hookferry {

/// Exponential backoff with full jitter: anything between nothing and the doubled base, so that clients which
/// failed together do not come back together. Source: Brooker, "Exponential Backoff And Jitter", AWS
/// Architecture Blog, 2015.
class Backoff {
 public:
  static constexpr Milliseconds base{250};
  static constexpr Milliseconds longest{30'000};

  explicit Backoff(std::uint64_t seed) : random_(seed) {}
  /// Before try number `attempt` + 1, counted from 0; what the server asked for goes first.
  Milliseconds delay(std::size_t attempt, const std::optional<Milliseconds>& retry_after);

 private:
  std::mt19937_64 random_;
};

/// How often a whole run may try again: every retry takes one, every success gives one back, up to where it
/// started. It ends a run against a server that never recovers, long before each of its requests has used up
/// its own retries.
class RetryBudget {
 public:
  explicit RetryBudget(std::size_t retries) : most_(retries * 20), left_(most_) {}
  bool spend() { return left_ > 0 && left_-- > 0; }
  void refund() { left_ += left_ < most_ ? 1 : 0; }

 private:
  std::size_t most_;
  std::size_t left_;
};

}  // namespace hookferry
