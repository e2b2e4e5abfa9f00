// Text of others on its way to a terminal or into an error line.
#pragma once

#include <string>
#include <string_view>

namespace hookferry {

/// Control bytes, escape sequences, bidirectional and other invisible controls and bytes that are no UTF-8
/// become visible escapes (`\n`, `\x1b`, `\u202e`), so that one line stays one line and a terminal obeys
/// nobody but us.
std::string printable(std::string_view text);

/// At most `limit` characters' worth of bytes of it, with "..." where something was left out.
std::string printable_excerpt(std::string_view text, std::size_t limit);

/// What may be a URL with user and password: "***" stands for all between its scheme and the last @.
std::string without_userinfo(std::string_view text);

/// JSON with the same characters escaped inside its strings, where alone they can stand: an equal value that
/// is safe for a terminal.
std::string printable_json(std::string_view json_text);

}  // namespace hookferry
