// What a reply means for the request that it answers: one table of failure classes for the whole program.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "core/failure.hpp"
#include "net/client.hpp"

namespace hookferry {

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

/// One row a class: the name for `-v`, what becomes of the run where it cannot be got over, and what to try.
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
  /// A request that writes may have been carried out all the same: to be found out by reading, whatever the
  /// class says of the run. Of a redirect, say, which ends the run, nobody knows what stands before it.
  bool outcome_open = false;
  std::string_view hint;  ///< what to try: the class's, or what suits the reason better
  Remedy remedy = Remedy::none;

  /// reason and server text in one line.
  std::string text() const;
};

/// `now` is for a Retry-After that is a date.
Verdict judge(const net::Reply& reply, std::time_t now);

/// Seconds or an HTTP date (RFC 9110, 10.2.3), never more than max_retry_after, never negative. Nothing for
/// other text.
inline constexpr Milliseconds max_retry_after{30'000};
std::optional<Milliseconds> parse_retry_after(std::string_view header, std::time_t now);

}  // namespace hookferry
