#include "json/build.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <iterator>

#include "core/text.hpp"
#include "json/lexer.hpp"

namespace hookferry::json {
namespace {

/// The name of the only member of an object that stands for a raw text. No other object has such a member.
constexpr const char* raw_text = "\x1f raw";

/// Joins tokens, in lines or without any space.
class Writer {
 public:
  enum class Layout { in_lines, compact };

  /// `indent` is that of the line in which the text begins.
  Writer(std::string& out, Layout layout, std::size_t indent = 0)
      : out_(out), in_lines_(layout == Layout::in_lines), indent_(indent) {}
  void add(std::string_view json_text) {
    const auto* const end = json_text.data() + json_text.size();
    for (const auto* at = skip_space(json_text.data(), end); at != end; at = skip_space(at, end)) {
      const char sign = *at;
      if (sign == '{' || sign == '[') {
        at = skip_space(at + 1, end);
        if (at != end && (*at == '}' || *at == ']'))
          (out_ += sign) += *at++;  // an empty one stays in one piece
        else
          open(sign);
      } else if (sign == '}' || sign == ']') {
        close(*at++);
      } else if (sign == ',' || sign == ':') {
        sign == ',' ? comma() : colon();
        ++at;
      } else {
        bool escaped = false;
        const auto ends_scalar = [](char c) { return is_space(c) || c == ',' || c == ']' || c == '}'; };
        const auto* behind =
            sign == '"' ? skip_string(at + 1, end, escaped) : std::find_if(at, end, ends_scalar);
        if (behind == nullptr) behind = end;
        out_.append(at, static_cast<std::size_t>(behind - at));
        at = behind;
      }
    }
  }

  void add(const boost::json::value& value) {
    if (const auto* object = value.if_object()) {
      const auto* raw = object->size() == 1 ? object->if_contains(raw_text) : nullptr;
      if (raw != nullptr && raw->is_string()) return add(std::string_view(raw->get_string()));
      add_all('{', *object, '}', [&](const auto& member) {
        append_encoded(out_, member.key());
        colon();
        add(member.value());
      });
    } else if (const auto* array = value.if_array()) {
      add_all('[', *array, ']', [&](const auto& element) { add(element); });
    } else if (const auto* string = value.if_string()) {
      append_encoded(out_, *string);
    } else if (const auto* number = value.if_int64()) {
      out_ += std::to_string(*number);
    } else {
      out_ += boost::json::serialize(value);
    }
  }

 private:
  template <class Elements, class Add>
  void add_all(char opening, const Elements& elements, char closing, Add add_one) {
    if (elements.empty()) {
      (out_ += opening) += closing;
      return;
    }
    open(opening);
    bool first = true;
    for (const auto& element : elements) {
      if (!std::exchange(first, false)) comma();
      add_one(element);
    }
    close(closing);
  }

  void open(char bracket) {
    out_ += bracket;
    indent_ += 2;
    begin_line();
  }
  void close(char bracket) {
    indent_ -= 2;
    begin_line();
    out_ += bracket;
  }
  void comma() {
    out_ += ',';
    begin_line();
  }
  void colon() { out_ += in_lines_ ? ": " : ":"; }
  void begin_line() {
    constexpr std::string_view usual = "\n                    ";
    if (!in_lines_) return;
    if (indent_ < usual.size())
      out_.append(usual, 0, 1 + indent_);
    else
      out_.append("\n").append(indent_, ' ');
  }

  std::string& out_;
  const bool in_lines_;
  std::size_t indent_;
};

/// A number reduced to sign, digits without zeros at either end, and a power of ten: exact for any length.
std::string canonical_number(std::string_view number) {
  std::string_view rest = number;
  const bool negative = rest.front() == '-';
  if (negative) rest.remove_prefix(1);
  std::int64_t exponent = 0;
  if (const auto e = rest.find_first_of("eE"); e != std::string_view::npos) {
    auto digits = rest.substr(e + 1);
    if (digits.front() == '+') digits.remove_prefix(1);
    if (digits.size() > 15) return std::string(number);  // beyond any use: comparing the spelling will do
    std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    rest = rest.substr(0, e);
  }
  std::string digits(rest);
  if (const auto point = rest.find('.'); point != std::string_view::npos) {
    digits.erase(point, 1);
    exponent -= static_cast<std::int64_t>(digits.size() - point);
  }
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) return "0";
  const auto last = digits.find_last_not_of('0');
  exponent += static_cast<std::int64_t>(digits.size() - last - 1);
  digits.resize(last + 1);
  return (negative ? "-" : "") + digits + "e" + std::to_string(exponent);
}

template <class Json>
std::string written(const Json& json, Writer::Layout layout) {
  std::string out;
  Writer(out, layout).add(json);
  return out;
}

}  // namespace

std::string encode(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_encoded(out, text);
  return out;
}

void append_encoded(std::string& out, std::string_view text) {
  const auto append_unit = [&](std::uint32_t unit) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit);
  };
  out += '"';
  while (true) {
    const auto* const plain_end = skip_plain(text.data(), text.data() + text.size());
    const auto plain = static_cast<std::size_t>(plain_end - text.data());
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    constexpr std::string_view characters = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
    auto length = first_character(text).length;
    if (const auto n = characters.find(text.front()); n != std::string_view::npos) {
      out.append("\\").push_back(letters[n]);
    } else if (static_cast<unsigned char>(text.front()) < 0x20) {
      append_unit(static_cast<unsigned char>(text.front()));
    } else if (length > 0) {
      out += text.substr(0, length);
    } else if (const auto surrogate = lone_surrogate(text)) {  // as decode() leaves it
      length = 3;
      append_unit(*surrogate);
    } else {
      length = 1;
      out += "\xEF\xBF\xBD";
    }
    text.remove_prefix(length);
  }
  out += '"';
}

void append_pretty(std::string& out, std::string_view json_text, std::size_t indent) {
  Writer(out, Writer::Layout::in_lines, indent).add(json_text);
}

std::string pretty(const Value& value) { return written(value.text(), Writer::Layout::in_lines); }
std::string compact(const Value& value) { return written(value.text(), Writer::Layout::compact); }
std::string pretty(const boost::json::value& made) { return written(made, Writer::Layout::in_lines); }
std::string compact(const boost::json::value& made) { return written(made, Writer::Layout::compact); }

void append_canonical(std::string& out, const Value& value) {
  bool first = true;
  const auto separate = [&] {
    if (!std::exchange(first, false)) out += ',';
  };
  switch (value.kind()) {
    case Kind::string:
      if (value.is_escaped()) return append_encoded(out, decode(value.text()));
      out += value.text();
      return;
    case Kind::number:
      out += canonical_number(value.text());
      return;
    case Kind::array:
      out += '[';
      value.each_element([&](const Value& element) {
        separate();
        append_canonical(out, element);
      });
      out += ']';
      return;
    case Kind::object:
      out += '{';
      for (const auto& [name, member] : SortedMembers(value)) {
        separate();
        append_encoded(out, name);
        out += ':';
        append_canonical(out, member);
      }
      out += '}';
      return;
    default:
      out += value.text();
  }
}

std::string canonical(const Value& value) {
  std::string out;
  append_canonical(out, value);
  return out;
}

boost::json::value raw_json(std::string json_text) { return {{raw_text, std::move(json_text)}}; }

boost::json::value or_null(const std::optional<std::int64_t>& number) {
  return number ? boost::json::value(*number) : boost::json::value();
}

boost::json::value or_null(const std::string& text) {
  return text.empty() ? boost::json::value() : boost::json::value(text);
}

std::string apply(std::string_view text, std::vector<Edit> edits) {
  std::ranges::stable_sort(edits, {}, [](const Edit& edit) { return std::pair(edit.begin, edit.end); });
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  for (const auto& edit : edits) {
    if (edit.begin < at || edit.end < edit.begin || edit.end > text.size())
      throw std::logic_error("edits of a text overlap or reach beyond it");
    out += text.substr(at, edit.begin - at);
    out += edit.replacement;
    at = edit.end;
  }
  out += text.substr(at);
  return out;
}

std::vector<Edit> lift(std::vector<Edit> edits, const Decoded& decoded, std::size_t shift) {
  for (auto& edit : edits) {
    edit.begin = decoded.offset(edit.begin) + shift;
    edit.end = decoded.offset(edit.end) + shift;
    const auto literal = encode(edit.replacement);
    edit.replacement = literal.substr(1, literal.size() - 2);
  }
  return edits;
}

namespace {

// The recursion is bounded: by max_depth in one text, and by the backslashes that each level doubles.
void add_string_edits(const Value& value, const EditString& edit_string, const StringFilter& filter,
                      std::vector<Edit>& out) {
  const auto add = [&](const Value& inner) { add_string_edits(inner, edit_string, filter, out); };
  value.each_element(add);
  value.each_member([&](const Value&, const Value& member) { add(member); });
  if (!value.is(Kind::string) || (filter && !filter(value.text()))) return;
  const auto decoded = decode_with_offsets(value.text());
  std::ranges::move(lift(edit_strings(decoded.text, edit_string, filter), decoded, value.begin()),
                    std::back_inserter(out));
}

void add_member_edits(const Value& value, const EditMember& edit_member, std::vector<Edit>& out) {
  value.each_element([&](const Value& element) { add_member_edits(element, edit_member, out); });
  value.each_member([&](const Value& key, const Value& member) {
    if (auto text = edit_member(key.string(), member))
      out.push_back({member.begin(), member.end(), std::move(*text)});
    else
      add_member_edits(member, edit_member, out);
  });
  if (!value.is(Kind::string)) return;
  // Only a string that begins like an object or array, or with an escape, is worth parsing.
  const auto literal = value.text();
  const auto start = literal.find_first_not_of(" \t\r\n", 1);
  if (literal[start] != '{' && literal[start] != '[' && literal[start] != '\\') return;
  const auto decoded = decode_with_offsets(literal);
  std::ranges::move(lift(edit_members(decoded.text, edit_member), decoded, value.begin()),
                    std::back_inserter(out));
}

}  // namespace

std::vector<Edit> edit_strings(std::string_view json_text, const EditString& edit_string,
                               const StringFilter& filter) {
  // Numbers and words are JSON, too, but hold no strings: as a text they are edited like any other.
  const auto first = json_text.find_first_not_of(" \t\r\n");
  const bool may_hold_strings = first != std::string_view::npos &&
                                std::string_view("{[\"").find(json_text[first]) != std::string_view::npos;
  const auto document = may_hold_strings ? Document::try_over(json_text) : std::nullopt;
  if (!document) return edit_string(json_text);
  std::vector<Edit> out;
  add_string_edits(document->root(), edit_string, filter, out);
  return out;
}

std::vector<Edit> edit_members(std::string_view json_text, const EditMember& edit_member) {
  std::vector<Edit> out;
  if (const auto document = Document::try_over(json_text))
    add_member_edits(document->root(), edit_member, out);
  return out;
}

}  // namespace hookferry::json
