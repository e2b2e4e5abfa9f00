// A key that is made by chance, and lives and dies with the process.
#pragma once

#include <string>
#include <string_view>

namespace hookferry {

/// HMAC-SHA256 (RFC 2104) of `bytes` as 64 hex digits, under 32 random bytes that are drawn at the first call
/// and never leave the process: equal texts give equal digits within one output, and nobody can look up what
/// they stand for, not even by trying likely texts.
std::string process_digest(std::string_view bytes);

}  // namespace hookferry
