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

// Letter case where only ASCII letters have one, as in host names (RFC 4343), schemes and words of a
// protocol: no locale may have a say.

constexpr char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower_ascii(c);
  return out;
}

[[nodiscard]] inline bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower_ascii(x) == lower_ascii(y); });
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
