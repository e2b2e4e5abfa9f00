// What a reply means for the request that it answers.
#pragma once

#include <ctime>
#include <optional>
#include <string_view>

#include "api/failure_class.hpp"
#include "net/client.hpp"

namespace hookferry::api {

/// `now` is for a Retry-After that is a date. Secrets of the JSON that was `sent` are masked by value in what
/// the server says.
Verdict judge(const net::Reply& reply, std::time_t now, std::string_view sent = {});

/// Seconds or an HTTP date (RFC 9110, 10.2.3), never more than max_retry_after, never negative. Nothing for
/// other text.
inline constexpr Milliseconds max_retry_after{30'000};
std::optional<Milliseconds> parse_retry_after(std::string_view header, std::time_t now);

}  // namespace hookferry::api
