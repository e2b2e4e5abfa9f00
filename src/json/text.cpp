#include "json/text.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/utf8.hpp"
#include "json/plain_run.hpp"

namespace hookferry::json {
namespace {

std::uint32_t hex4(std::string_view digits) {
  std::uint32_t out = 0;
  std::from_chars(digits.data(), digits.data() + 4, out, 16);
  return out;
}

bool high_surrogate(std::uint32_t c) { return c >= 0xD800 && c <= 0xDBFF; }
bool low_surrogate(std::uint32_t c) { return c >= 0xDC00 && c <= 0xDFFF; }

/// Decodes the escape at `at`, appends it, gives the place behind it.
std::size_t decode_escape(std::string_view literal, std::size_t at, std::string& out) {
  switch (literal[at + 1]) {
    case 'b':
      out.push_back('\b');
      return at + 2;
    case 'f':
      out.push_back('\f');
      return at + 2;
    case 'n':
      out.push_back('\n');
      return at + 2;
    case 'r':
      out.push_back('\r');
      return at + 2;
    case 't':
      out.push_back('\t');
      return at + 2;
    case 'u':
      break;
    default:
      out.push_back(literal[at + 1]);
      return at + 2;
  }
  const auto unit = hex4(literal.substr(at + 2, 4));
  if (high_surrogate(unit) && literal.substr(at + 6, 2) == "\\u") {
    const auto second = hex4(literal.substr(at + 8, 4));
    if (low_surrogate(second)) {
      append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00));
      return at + 12;
    }
  }
  append_utf8(out, unit);
  return at + 6;
}

/// The three-byte form of a lone surrogate, as decode() leaves it.
bool wtf8_surrogate(std::string_view text) {
  return text.size() >= 3 && text[0] == '\xED' && static_cast<unsigned char>(text[1]) >= 0xA0 &&
         static_cast<unsigned char>(text[1]) <= 0xBF && (static_cast<unsigned char>(text[2]) & 0xC0) == 0x80;
}

void append_u_escape(std::string& out, unsigned unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(digits[(unit >> shift) & 0xF]);
}

void append_escaped_ascii(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) < 0x20) {
    append_u_escape(out, static_cast<unsigned char>(c));
  } else {
    out.push_back(c);
  }
}

/// A number reduced to sign, digits without zeros at either end, and a power of ten: exact for any length.
std::string canonical_number(std::string_view number) {
  std::string_view rest = number;
  const bool negative = rest.front() == '-';
  if (negative) rest.remove_prefix(1);
  std::int64_t exponent = 0;
  if (const auto e = rest.find_first_of("eE"); e != std::string_view::npos) {
    auto digits = rest.substr(e + 1);
    if (digits.front() == '+') digits.remove_prefix(1);
    if (digits.size() > 15) return std::string(number);  // no such number is anyone's; its spelling will do
    std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    rest = rest.substr(0, e);
  }
  std::string digits;
  const auto point = rest.find('.');
  if (point != std::string_view::npos) {
    digits = std::string(rest.substr(0, point)) + std::string(rest.substr(point + 1));
    exponent -= static_cast<std::int64_t>(rest.size() - point - 1);
  } else {
    digits = std::string(rest);
  }
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) return "0";
  const auto last = digits.find_last_not_of('0');
  exponent += static_cast<std::int64_t>(digits.size() - last - 1);
  digits.resize(last + 1);
  return (negative ? "-" : "") + digits + "e" + std::to_string(exponent);
}

/// Members sorted by name.
void append_canonical_object(std::string& out, const Value& value) {
  out += '{';
  for (const auto& [name, member] : SortedMembers(value)) {
    if (out.back() != '{') out += ',';
    append_encoded(out, name);
    out += ':';
    append_canonical(out, member);
  }
  out += '}';
}

}  // namespace

std::size_t Decoded::offset(std::size_t at) const {
  const auto behind =
      std::upper_bound(escapes.begin(), escapes.end(), at,
                       [](std::size_t place, const Escape& one) { return place < one.text_begin; });
  if (behind == escapes.begin()) return at + 1;  // the opening quote
  const auto& before = *std::prev(behind);
  return at < before.text_end ? before.literal_begin : before.literal_end + (at - before.text_end);
}

Decoded decode_with_offsets(std::string_view literal) {
  Decoded out;
  out.text.reserve(literal.size());
  const auto last = literal.size() - 1;
  for (std::size_t at = 1; at < last;) {
    const auto escape = std::min(literal.find('\\', at), last);
    out.text += literal.substr(at, escape - at);
    at = escape;
    if (at == last) break;
    const auto before = static_cast<std::uint32_t>(out.text.size());
    at = decode_escape(literal, at, out.text);
    out.escapes.push_back({before, static_cast<std::uint32_t>(out.text.size()),
                           static_cast<std::uint32_t>(escape), static_cast<std::uint32_t>(at)});
  }
  return out;
}

void decode_into(std::string& out, std::string_view literal) {
  out.clear();
  out.reserve(literal.size());
  const auto* at = literal.data() + 1;
  const auto* const last = literal.data() + literal.size() - 1;
  while (at != last) {
    const auto* run = at;
    while (at != last && *at != '\\') at = is_plain(*at) ? skip_plain(at, last) : at + 1;
    out.append(run, at);
    if (at != last)
      at = literal.data() + decode_escape(literal, static_cast<std::size_t>(at - literal.data()), out);
  }
}

std::string decode(std::string_view literal) {
  std::string out;
  decode_into(out, literal);
  return out;
}

namespace {

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto plain =
        static_cast<std::size_t>(skip_plain(text.data(), text.data() + text.size()) - text.data());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    std::size_t length = utf8_length(text);
    if (length == 1) {
      append_escaped_ascii(out, text[0]);
    } else if (length > 1) {
      out += text.substr(0, length);
    } else if (wtf8_surrogate(text)) {
      length = 3;
      const auto unit = (0xDu << 12) | ((static_cast<unsigned>(text[1]) & 0x3Fu) << 6) |
                        (static_cast<unsigned>(text[2]) & 0x3Fu);
      append_u_escape(out, unit);
    } else {
      length = 1;
      out += "\xEF\xBF\xBD";
    }
    text.remove_prefix(length);
  }
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_escaped(out, text);
  return out;
}

void append_encoded(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

std::string encode(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_encoded(out, text);
  return out;
}

namespace {

/// Behind the literal that begins at `at`.
const char* skip_literal(const char* at, const char* end) {
  for (++at; *at != '"'; at += *at == '\\' ? 2 : 1) {
    at = skip_plain(at, end);
    if (*at == '"') break;
  }
  return at + 1;
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// Lays out JSON that is known to be sound, token by token.
class Layout {
 public:
  Layout(std::string& out, std::string_view text, std::size_t indent)
      : out_(out), at_(text.data()), end_(at_ + text.size()), indent_(indent) {}

  void run() {
    for (skip_space(); at_ != end_; skip_space()) {
      switch (*at_) {
        case '{':
        case '[':
          open();
          break;
        case '}':
        case ']':
          indent_ -= 2;
          line();
          out_ += *at_++;
          break;
        case ',':
          out_ += *at_++;
          line();
          break;
        case ':':
          out_ += ": ";
          ++at_;
          break;
        default:
          scalar();
      }
    }
  }

 private:
  void skip_space() {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }
  void line() {
    constexpr std::string_view spaces = "\n                                ";
    if (indent_ < spaces.size())
      out_ += spaces.substr(0, indent_ + 1);
    else
      out_.append("\n").append(indent_, ' ');
  }
  /// An empty one stays in one piece.
  void open() {
    out_ += *at_++;
    skip_space();
    if (*at_ == '}' || *at_ == ']') {
      out_ += *at_++;
      return;
    }
    indent_ += 2;
    line();
  }
  void scalar() {
    const auto* begin = at_;
    if (*at_ == '"')
      at_ = skip_literal(at_, end_);
    else
      while (at_ != end_ && !is_space(*at_) && *at_ != ',' && *at_ != ']' && *at_ != '}') ++at_;
    out_.append(begin, at_);
  }

  std::string& out_;
  const char* at_;
  const char* const end_;
  std::size_t indent_;
};

}  // namespace

void append_pretty(std::string& out, std::string_view json_text, std::size_t indent) {
  Layout(out, json_text, indent).run();
}

std::string pretty(const Value& value, std::size_t indent) {
  std::string out;
  append_pretty(out, value.text(), indent);
  return out;
}

std::string compact(const Value& value) {
  std::string out;
  bool in_string = false;
  const auto text = value.text();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      out.push_back(c);
      if (c == '\\') out.push_back(text[++i]);
      if (c == '"') in_string = false;
    } else if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
      out.push_back(c);
      in_string = c == '"';
    }
  }
  return out;
}

void append_canonical(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Kind::string:
      if (value.is_escaped()) return append_encoded(out, decode(value.text()));
      out += value.text();
      return;
    case Kind::number:
      out += canonical_number(value.text());
      return;
    case Kind::array: {
      out += '[';
      bool first = true;
      value.each_element([&](const Value& element) {
        if (!std::exchange(first, false)) out += ',';
        append_canonical(out, element);
      });
      out += ']';
      return;
    }
    case Kind::object:
      return append_canonical_object(out, value);
    default:
      out += value.text();
  }
}

std::string canonical(const Value& value) {
  std::string out;
  append_canonical(out, value);
  return out;
}

}  // namespace hookferry::json
