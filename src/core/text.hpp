// Text: UTF-8, letters, lists, what is safe to print, globs, near misses, the time of day, the version.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookferry {

// UTF-8, as RFC 3629 defines it: no overlong forms, no surrogates, nothing past U+10FFFF.

/// Some editors begin files with it (RFC 3629, section 6).
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
std::string_view without_byte_order_mark(std::string_view text);

struct Character {
  std::uint32_t code_point = 0;
  std::size_t length = 0;  ///< in bytes; 0 if the bytes are no UTF-8
};
Character first_character(std::string_view text);
/// The surrogate whose three-byte form, which is no UTF-8, `text` begins with.
std::optional<std::uint32_t> lone_surrogate(std::string_view text);
/// Appends a code point. A surrogate gets its three-byte form.
void append_utf8(std::string& out, std::uint32_t code_point);

// Letters and digits of ASCII, as in host names (RFC 4343), schemes and protocols, whatever the locale is.

constexpr char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_letter(char c) { return is_lower(c) || is_upper(c); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex_digit(char c) {
  return is_digit(c) || (lower_ascii(c) >= 'a' && lower_ascii(c) <= 'f');
}

constexpr bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

std::string lower_ascii(std::string_view text);
[[nodiscard]] bool same_letters(std::string_view a, std::string_view b);

// Lists in text.

/// The parts between separators. A separator at the end has no part behind it.
std::vector<std::string_view> split(std::string_view text, char separator);
constexpr bool is_one_of(std::string_view signs, char c) {
  for (const char sign : signs)
    if (sign == c) return true;
  return false;
}
/// What find_first_of() returns. That one calls memchr() for every character.
constexpr std::size_t find_one_of(std::string_view signs, std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at)
    if (is_one_of(signs, text[at])) return at;
  return std::string_view::npos;
}
/// Returns the beginning of `rest` up to the first of `signs`, and removes it and the sign from `rest`.
inline std::string_view next_part(std::string_view& rest, std::string_view signs) {
  const auto out = rest.substr(0, find_one_of(signs, rest));
  rest.remove_prefix(std::min(out.size() + 1, rest.size()));
  return out;
}
/// Whether `text` is one of the list.
template <class List>
[[nodiscard]] bool holds(const List& list, std::string_view text) {
  return std::ranges::find(list, text) != std::ranges::end(list);
}
/// Without spaces, tabs and carriage returns at both ends.
std::string_view trimmed(std::string_view text);
/// The number that all of the text is, in a base or form of std::from_chars(); nothing if it is none.
template <class Number, class... BaseOrForm>
[[nodiscard]] std::optional<Number> number_in(std::string_view text, BaseOrForm... form) {
  Number out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, form...);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}
/// "1 webhook", "2 webhooks"
std::string plural(std::size_t count, std::string_view noun, std::string_view ending = "s");

// Text of others on its way to a terminal or into an error line.

/// Control bytes, bidirectional and other invisible controls and bytes that are no UTF-8 become escapes
/// (`\n`, `\x1b`, `\u202e`), so that the text stays one line and does not control the terminal.
std::string printable(std::string_view text);

/// The first `limit` bytes at most, cut between characters, with "..." if something was left out.
std::string printable_excerpt(std::string_view text, std::size_t limit);

/// JSON of an equal value that is safe for a terminal: the same characters are escaped in its strings.
std::string printable_json(std::string_view json_text);

/// Shell patterns: `*` any characters, `?` one, `[a-z]` one of (fnmatch of POSIX).
[[nodiscard]] bool glob_matches(const std::string& pattern, const std::string& text);

/// The name that `word` was probably meant to be: the one with the smallest edit distance (Levenshtein), if
/// that is small for the word's length. Otherwise it is the shortest name that begins with the word, or holds
/// it. Letter case is ignored, and '-' and '_' are in the second case, too.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& names);
std::string did_you_mean(std::string_view word, const std::vector<std::string>& names);

// The time of day, and how it is written.

using Milliseconds = std::chrono::milliseconds;

/// Milliseconds since 1970.
std::int64_t now_ms();

/// A time in UTC, in a form of strftime(3).
std::string utc_text(std::time_t seconds, const char* form = "%Y-%m-%dT%H:%M:%SZ");
/// Milliseconds since 1970 of a time like "2023-01-31T09:30:00.25Z" or "2023-01-31T10:30:00+01:00". Nothing
/// without a zone: it could be any hour.
std::optional<std::int64_t> parse_time(std::string_view text);
/// The time of an HTTP date, in its usual form and the two obsolete ones (RFC 9110, 5.6.7).
std::optional<std::time_t> parse_http_date(const std::string& text);

extern const std::string_view program_version;  ///< "0.1.0"

}  // namespace hookferry
