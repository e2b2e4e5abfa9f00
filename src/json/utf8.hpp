// UTF-8, as RFC 3629 has it: no overlong forms, no surrogates, nothing past U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hookferry::json {

/// Bytes of the character that `text` starts with; 0 where it is none.
std::size_t utf8_length(std::string_view text);
/// Appends a code point; a surrogate gets its three-byte form.
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace hookferry::json
