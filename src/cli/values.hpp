// Option values from text. Each gives nothing where the text is not of the form.
#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/glob.hpp"

namespace hookferry {

/// Digits only: no sign, no space, no fraction.
template <class Number>
std::optional<Number> parse_number(std::string_view text, Number least, Number most) {
  Number out{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = result.ec == std::errc() && result.ptr == text.data() + text.size();
  return whole && out >= least && out <= most ? std::optional(out) : std::nullopt;
}

/// Seconds, with a fraction if need be: "30", "0.5".
std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text, double least, double most);

/// Bytes with an optional unit: "1048576", "512KiB", "256MiB", "1GiB".
std::optional<std::size_t> parse_size(std::string_view text);

}  // namespace hookferry
