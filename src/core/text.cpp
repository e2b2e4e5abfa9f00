#include "core/text.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>

#include "core/utf8.hpp"

namespace hookferry {
namespace {

std::string hex(unsigned value, int digits) {
  constexpr std::string_view alphabet = "0123456789abcdef";
  std::string out;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out.push_back(alphabet[(value >> shift) & 0xF]);
  return out;
}

unsigned code_point(std::string_view character) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(character[i]));
  };
  switch (character.size()) {
    case 1:
      return byte(0);
    case 2:
      return ((byte(0) & 0x1F) << 6) | (byte(1) & 0x3F);
    case 3:
      return ((byte(0) & 0x0F) << 12) | ((byte(1) & 0x3F) << 6) | (byte(2) & 0x3F);
    default:
      return ((byte(0) & 0x07) << 18) | ((byte(1) & 0x3F) << 12) | ((byte(2) & 0x3F) << 6) | (byte(3) & 0x3F);
  }
}

/// C1 controls, zero-width and bidirectional controls, line separators, the byte order mark, annotations,
/// tags: Unicode's categories Cc, Cf, Zl and Zp, but for signs that belong to a script's text.
bool invisible(unsigned c) {
  return (c >= 0x80 && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x180E || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

std::string show_ascii(char c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  const auto value = static_cast<unsigned char>(c);
  return value < 0x20 || value == 0x7F ? "\\x" + hex(value, 2) : std::string(1, c);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) {
      out += "\\x" + hex(static_cast<unsigned char>(text[0]), 2);
      text.remove_prefix(1);
      continue;
    }
    const auto character = text.substr(0, length);
    if (length == 1) {
      out += show_ascii(character[0]);
    } else if (const auto c = code_point(character); invisible(c)) {
      out += c > 0xFFFF ? "\\U" + hex(c, 8) : "\\u" + hex(c, 4);
    } else {
      out += character;
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string without_userinfo(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos) return std::string(text);
  const auto scheme = text.substr(0, at).find("//");
  const auto start = scheme == std::string_view::npos ? 0 : scheme + 2;
  return std::string(text.substr(0, start)) + "***" + std::string(text.substr(at));
}

std::string printable_json(std::string_view json_text) {
  std::string out;
  out.reserve(json_text.size());
  while (!json_text.empty()) {
    const auto length = std::max<std::size_t>(utf8_length(json_text), 1);
    const auto c = code_point(json_text.substr(0, length));
    if (c == 0x7F || (length > 1 && invisible(c))) {
      const auto pair = c - 0x10000;
      out += c <= 0xFFFF ? "\\u" + hex(c, 4)
                         : "\\u" + hex(0xD800 + (pair >> 10), 4) + "\\u" + hex(0xDC00 + (pair & 0x3FF), 4);
    } else {
      out += json_text.substr(0, length);
    }
    json_text.remove_prefix(length);
  }
  return out;
}

std::string printable_excerpt(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return printable(text);
  auto cut = limit;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return printable(text.substr(0, cut)) + "...";
}

bool glob_matches(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

/// Lower case; without '-' and '_' too for `loose`.
std::string folded(std::string_view text, bool loose) {
  std::string out;
  for (const char c : text)
    if (!loose || (c != '-' && c != '_')) out.push_back(lower_ascii(c));
  return out;
}

/// The shortest name that begins with the word, else the shortest that holds it.
std::optional<std::string> completed(std::string_view word, const std::vector<std::string>& names) {
  constexpr std::size_t shortest_part = 3;  // two letters are in every other name
  const auto part = folded(word, true);
  if (part.size() < shortest_part) return std::nullopt;
  const std::string* beginning = nullptr;
  const std::string* holding = nullptr;
  const auto keep_shortest = [](const std::string*& best, const std::string& name) {
    if (best == nullptr || name.size() < best->size()) best = &name;
  };
  for (const auto& name : names) {
    const auto at = folded(name, true).find(part);
    if (at == 0) keep_shortest(beginning, name);
    if (at != std::string::npos) keep_shortest(holding, name);
  }
  const auto* best = beginning != nullptr ? beginning : holding;
  return best != nullptr ? std::optional(*best) : std::nullopt;
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& names) {
  constexpr std::size_t longest_word =
      100;  // longer than any name; the distance takes words' product of time
  if (word.empty() || word.size() > longest_word) return std::nullopt;
  const auto limit = std::max<std::size_t>(1, word.size() / 3);
  std::optional<std::string> best;
  auto best_distance = limit + 1;
  const auto meant = folded(word, false);
  for (const auto& name : names) {
    const auto d = distance(meant, folded(name, false));
    if (d >= best_distance) continue;
    best_distance = d;
    best = name;
  }
  return best ? best : completed(word, names);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& names) {
  const auto name = nearest(word, names);
  return name ? "; did you mean " + *name + "?" : std::string();
}

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string utc_text(std::time_t seconds, const char* form) {
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), form, &utc)};
}

const std::string_view program_version = HOOKFERRY_VERSION;

}  // namespace hookferry
