// What a request can end in, as values: one table of failure classes for the whole program, and when to try
// again.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/failure.hpp"
#include "core/text.hpp"

namespace hookferry::api {

enum class FailureClass {
  none,          ///< a 2xx; what it says is to be looked at
  not_sent,      ///< the request cannot have reached the server
  unknown,       ///< it may or may not have been carried out
  refused,       ///< the server will not have this content
  too_large,     ///< the server wants smaller requests
  slow_down,     ///< the server wants fewer requests
  key_refused,   ///< no request with this key will do
  not_this_api,  ///< something else answers there
  interrupted,
};

/// One row a class: the name for `-v`, the cause of a run that it ends, and what to try.
struct FailureClassFacts {
  FailureClass failure;
  std::string_view name;
  Cause cause;
  std::string_view hint;
  Remedy remedy = Remedy::none;
};
const FailureClassFacts& facts_of(FailureClass failure);

/// Whether one webhook is there, as asked for by its id.
enum class Presence { there, gone, unknown };

struct Verdict {
  FailureClass failure = FailureClass::none;
  std::string reason;       ///< ours: "HTTP 422", "connection refused"
  std::string server_text;  ///< the server's, safe to print, cut short; it may hold data, so it stands apart
  std::optional<Milliseconds> retry_after;
  /// A request that writes may have been carried out all the same: only a read can show it. This does not
  /// follow from the class: a redirect ends the run, and what answered it may have passed the request on.
  bool in_doubt = false;
  bool server_failed = false;  ///< it responded, and says that it failed (408, 5xx)
  std::string_view hint;       ///< what to try: the class's, or what suits the reason better
  Remedy remedy = Remedy::none;
  /// The account's company, if the response to a write names it. An empty account does not show it otherwise.
  std::string company = {};

  /// Takes the class, with its hint and remedy.
  void classify(FailureClass found);
  /// reason and server text in one line.
  std::string text() const;
};

// When to try again, as values: no clock, no socket.

/// How long to wait before try number `attempt` + 1, counted from 0: exponential backoff with full jitter,
/// that is anything between nothing (`chance` 0) and the doubled base (`chance` 1), so that clients which
/// failed together do not come back together. What the server asked for goes first. Source: Brooker,
/// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
Milliseconds retry_delay(std::size_t attempt, const std::optional<Milliseconds>& retry_after, double jitter);

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

}  // namespace hookferry::api
