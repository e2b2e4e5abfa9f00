// A key that stands in a file, of use only to those who have a certain secret.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/secret.hpp"

namespace hookferry {

inline constexpr std::size_t wrapped_key_length = 32;  ///< bytes of a key that can be wrapped

/// The key (of wrapped_key_length bytes) as hex digits that give nothing of it away: AES-256 key wrap (RFC
/// 3394) under HMAC-SHA256 of the salt by the secret. The secret must be one that nobody can find by trying.
std::string wrapped(const Secret& key, std::string_view secret, std::string_view salt);

/// Nothing where it was wrapped with another secret or salt, or is not as it was.
[[nodiscard]] std::optional<Secret> unwrapped(std::string_view text, std::string_view secret,
                                              std::string_view salt);

}  // namespace hookferry
