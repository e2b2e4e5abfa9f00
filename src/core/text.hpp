// Text: what is safe to print, letter case, globs, near misses, the time of day, the version.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookferry {

// Text of others on its way to a terminal or into an error line.

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

// Letters, digits and letter case of ASCII alone, as in host names (RFC 4343), schemes and words of a
// protocol: no locale may have a say.

constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_letter(char c) { return is_lower(c) || is_upper(c); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

constexpr char lower_ascii(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower_ascii(c);
  return out;
}

[[nodiscard]] inline bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower_ascii(x) == lower_ascii(y); });
}

/// Whether `text` is one of the list.
template <class List>
[[nodiscard]] bool holds(const List& list, std::string_view text) {
  return std::ranges::find(list, text) != std::ranges::end(list);
}

/// Returns what `rest` begins with, up to the first of `signs`, and removes that part and the sign from
/// `rest`.
inline std::string_view next_part(std::string_view& rest, std::string_view signs) {
  const auto out = rest.substr(0, rest.find_first_of(signs));
  rest.remove_prefix(std::min(out.size() + 1, rest.size()));
  return out;
}

/// Shell patterns: `*` any characters, `?` one, `[a-z]` one of (fnmatch of POSIX).
[[nodiscard]] bool glob_matches(const std::string& pattern, const std::string& text);

/// The name that `word` was probably meant to be: the one with the smallest edit distance (Levenshtein), if
/// that is small for its length; else the shortest that begins with the word, or holds it. Letter case is
/// ignored, and for the latter '-' and '_' as well.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& names);

/// "; did you mean X?" or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& names);

// The time of day, and how it is written.

using Milliseconds = std::chrono::milliseconds;

/// Milliseconds since 1970.
std::int64_t now_ms();

/// In UTC, in that form of strftime(3).
std::string utc_text(std::time_t seconds, const char* form = "%Y-%m-%dT%H:%M:%SZ");

extern const std::string_view program_version;  ///< "0.1.0"

}  // namespace hookferry
