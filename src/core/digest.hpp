#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hookferry {

/// Two lower-case digits a byte.
std::string hex_digits(std::span<const unsigned char> bytes);

/// SHA-256 (FIPS 180-4).
using Sha256 = std::array<unsigned char, 32>;
Sha256 sha256(std::string_view bytes);
/// Of its 64 hex digits; nothing where these are none.
[[nodiscard]] std::optional<Sha256> sha256_of_hex(std::string_view digits);
/// Any part of a digest is as good a hash as another.
struct HashOfSha256 {
  std::size_t operator()(const Sha256& digest) const;
};
/// The same as 64 hex digits.
std::string sha256_hex(std::string_view bytes);
/// The same as base64 (RFC 4648), as a content security policy names a script.
std::string sha256_base64(std::string_view bytes);

/// HMAC-SHA256 (RFC 2104) as 64 hex digits.
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);

}  // namespace hookferry
