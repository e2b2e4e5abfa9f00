// UTF-8, as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hookferry {

/// Some editors begin files with it (section 6).
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
/// The text behind one.
inline std::string_view without_byte_order_mark(std::string_view text) {
  return text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text;
}

/// Bytes of the character that `text` starts with; 0 where it is none.
std::size_t utf8_length(std::string_view text);
/// The surrogate whose three-byte form, which is no UTF-8, `text` starts with.
std::optional<std::uint32_t> lone_surrogate(std::string_view text);
/// Appends a code point; a surrogate gets its three-byte form.
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace hookferry
