#include "core/text.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <array>
#include <boost/locale/utf.hpp>
#include <iterator>
#include <numeric>
#include <utility>

namespace hookferry {

using Utf8 = boost::locale::utf::utf_traits<char>;

std::string_view without_byte_order_mark(std::string_view text) {
  return text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text;
}

Character first_character(std::string_view text) {
  const auto* end = text.data();
  const auto code_point = Utf8::decode(end, text.data() + text.size());
  if (!boost::locale::utf::is_valid_codepoint(code_point)) return {};
  return {code_point, static_cast<std::size_t>(end - text.data())};
}

std::optional<std::uint32_t> lone_surrogate(std::string_view text) {
  if (text.size() < 3 || text[0] != '\xED') return std::nullopt;
  const auto* end = text.data();
  const auto code_point = Utf8::decode_valid(end);
  std::string form;
  append_utf8(form, code_point);
  return code_point >= 0xD800 && text.starts_with(form) ? std::optional(code_point) : std::nullopt;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  Utf8::encode(code_point, std::back_inserter(out));
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower_ascii(c);
  return out;
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower_ascii(x) == lower_ascii(y); });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (!text.empty()) out.push_back(next_part(text, {&separator, 1}));
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view spaces = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
  return text.substr(0, text.find_last_not_of(spaces) + 1);
}

std::string plural(std::size_t count, std::string_view noun, std::string_view ending) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : ending);
}

namespace {

/// C1 controls, zero-width and bidirectional controls, line separators, the byte order mark, annotations,
/// tags: Unicode's categories Cc, Cf, Zl and Zp, but for signs that belong to a script's text, and what looks
/// like a space or like nothing (fillers, variation selectors but for those of emoji).
bool invisible(unsigned c) {
  constexpr std::pair<unsigned, unsigned> ranges[] = {
      {0x80, 0x9F},     {0xAD, 0xAD},       {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160},
      {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},
      {0x2800, 0x2800}, {0x3164, 0x3164},   {0xFE00, 0xFE0D},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
      {0xFFF9, 0xFFFB}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};
  return std::ranges::any_of(ranges,
                             [c](const auto& range) { return c >= range.first && c <= range.second; });
}

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

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (true) {
    const auto plain = std::ranges::find_if_not(text, [](char c) { return c >= 0x20 && c < 0x7F; });
    out.append(text.begin(), plain);
    text.remove_prefix(static_cast<std::size_t>(plain - text.begin()));
    if (text.empty()) return out;
    const auto [c, length] = first_character(text);
    constexpr std::string_view named = "\n\r\t", names = "nrt";
    if (length > 0 && c >= 0x20 && c != 0x7F && !invisible(c))
      out += text.substr(0, length);
    else if (const auto n = named.find(text[0]); n != std::string_view::npos)
      out += {'\\', names[n]};
    else if (length <= 1)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    else
      out += c > 0xFFFF ? fmt::format("\\U{:08x}", c) : fmt::format("\\u{:04x}", c);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

std::string printable_json(std::string_view json_text) {
  std::string out;
  out.reserve(json_text.size());
  while (!json_text.empty()) {
    const auto [c, bytes] = first_character(json_text);
    const auto length = std::max<std::size_t>(bytes, 1);
    const auto pair = c - 0x10000;
    if (c != 0x7F && !invisible(c))
      out += json_text.substr(0, length);
    else if (c <= 0xFFFF)
      out += fmt::format("\\u{:04x}", c);
    else
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (pair >> 10), 0xDC00 + (pair & 0x3FF));
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

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& names) {
  constexpr std::size_t longest_word = 100;  // no name is that long, and the distance takes quadratic time
  if (word.empty() || word.size() > longest_word) return std::nullopt;
  std::optional<std::string> best;
  auto best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  const auto meant = lower_ascii(word);
  for (const auto& name : names) {
    const auto d = distance(meant, lower_ascii(name));
    if (d >= best_distance) continue;
    best_distance = d;
    best = name;
  }
  if (best) return best;

  // The shortest name that begins with the word, else the shortest that holds it.
  constexpr std::size_t shortest_part = 3;  // two letters are in every other name
  const auto folded = [](std::string_view text) {
    auto out = lower_ascii(text);
    std::erase_if(out, [](char c) { return c == '-' || c == '_'; });
    return out;
  };
  const auto part = folded(word);
  if (part.size() < shortest_part) return std::nullopt;
  auto best_rank = std::pair(true, SIZE_MAX);
  for (const auto& name : names) {
    const auto at = folded(name).find(part);
    const auto rank = std::pair(at != 0, name.size());
    if (at == std::string::npos || rank >= best_rank) continue;
    best = name;
    best_rank = rank;
  }
  return best;
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

namespace {

/// A time in the form of all responses, in UTC: strptime(3) takes longer than the rest of a webhook.
std::optional<std::int64_t> parse_usual_time(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00";
  const auto has_form = [](char c, char of_form) { return of_form == '0' ? is_digit(c) : c == of_form; };
  if (text.size() <= form.size() || text.back() != 'Z' ||
      !std::ranges::equal(text.substr(0, form.size()), form, has_form))
    return std::nullopt;
  const auto number = [&](std::size_t begin, std::size_t end) {
    int out = 0;
    for (; begin < end; ++begin) out = 10 * out + (text[begin] - '0');
    return out;
  };
  const auto month = number(5, 7), day = number(8, 10);
  const auto hour = number(11, 13), minute = number(14, 16), second = number(17, 19);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  auto fraction = text.substr(form.size(), text.size() - form.size() - 1);
  Milliseconds out(0);
  if (!fraction.empty()) {
    if (fraction.front() != '.') return std::nullopt;
    fraction.remove_prefix(1);
    if (!std::ranges::all_of(fraction, is_digit)) return std::nullopt;
    int worth = 100;
    for (const char digit : fraction.substr(0, 3))
      out += Milliseconds(std::exchange(worth, worth / 10) * (digit - '0'));
  }
  const std::chrono::sys_days date = std::chrono::year(number(0, 4)) / month / day;
  out += date.time_since_epoch() + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
  return out.count();
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text) {
  if (const auto usual = parse_usual_time(text)) return usual;
  tm when{}, zone{};
  const std::string terminated(text);
  const char* rest = ::strptime(terminated.c_str(), "%Y-%m-%dT%H:%M:%S", &when);
  std::int64_t fraction = 0;
  if (rest != nullptr && *rest == '.')
    for (std::int64_t worth = 100; is_digit(*++rest); worth /= 10) fraction += worth * (*rest - '0');
  if (rest != nullptr) rest = ::strptime(rest, "%z", &zone);
  if (rest == nullptr || *rest != '\0') return std::nullopt;
  return (::timegm(&when) - zone.tm_gmtoff) * 1000 + fraction;
}

std::optional<std::time_t> parse_http_date(const std::string& text) {
  for (const auto* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    tm when{};
    const char* rest = ::strptime(text.c_str(), form, &when);
    if (rest != nullptr && *rest == '\0') return ::timegm(&when);
  }
  return std::nullopt;
}

}  // namespace hookferry
