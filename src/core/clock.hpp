// The time of day, and how it is written.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>

namespace hookferry {

/// Milliseconds since 1970.
std::int64_t now_ms();

/// In UTC, in that form of strftime(3).
std::string utc_text(std::time_t seconds, const char* form = "%Y-%m-%dT%H:%M:%SZ");

}  // namespace hookferry
