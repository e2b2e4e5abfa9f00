// When to try again, as values: no clock, no socket.
#pragma once

#include <cstddef>
#include <optional>

#include "api/verdict.hpp"

namespace hookferry {

inline constexpr Milliseconds backoff_base{250};
inline constexpr Milliseconds longest_backoff{30'000};

/// How long to wait before try number `attempt` + 1, counted from 0: exponential backoff with full jitter,
/// that is anything between nothing (`chance` 0) and the doubled base (`chance` 1), so that clients which
/// failed together do not come back together. What the server asked for goes first. Source: Brooker,
/// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
Milliseconds retry_delay(std::size_t attempt, const std::optional<Milliseconds>& retry_after, double chance);

/// How often a whole run may try again: every retry takes one, every success gives one back, up to where it
/// started. It ends a run against a server that never recovers, long before each of its requests has used up
/// its own retries.
class RetryBudget {
 public:
  explicit RetryBudget(std::size_t retries) : most_(retries * 20), left_(most_) {}
  bool spend() { return left_ > 0 && left_-- > 0; }
  void refund() { left_ += left_ < most_ ? 1 : 0; }
  std::size_t left() const { return left_; }

 private:
  std::size_t most_;
  std::size_t left_;
};

}  // namespace hookferry
