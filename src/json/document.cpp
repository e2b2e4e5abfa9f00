#include "json/document.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "json/text.hpp"
#include "json/utf8.hpp"

namespace hookferry::json {
namespace {

/// One pass over the text that checks the grammar and appends a node per value.
class Scanner {
 public:
  Scanner(std::string_view text, std::vector<Document::Node>& nodes, const ParseLimits& limits)
      : text_(text), nodes_(nodes), limits_(limits) {}

  void scan_document() {
    skip_space();
    scan_value(0);
    skip_space();
    if (at_ < text_.size()) fail("the end of the text");
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    const auto before = text_.substr(0, at_);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto line_start = before.rfind('\n');
    const auto column = line_start == std::string_view::npos ? at_ + 1 : at_ - line_start;
    const std::string where = "line " + std::to_string(line) + ", column " + std::to_string(column);
    const std::string found = at_ < text_.size() ? "" : ", but the text ends there";
    throw SyntaxError("not JSON: " + where + ": expected " + expected + found, at_);
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool digit() const { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }

  void require_within(bool holds, const std::string& what) const {
    if (!holds) throw BeyondLimits("JSON that " + what, at_);
  }

  std::size_t open(Kind kind) {
    require_within(nodes_.size() < limits_.nodes, "holds more values than a text of its size should");
    const auto begin = static_cast<std::uint32_t>(at_);
    nodes_.push_back({begin, begin, 0, kind});
    return nodes_.size() - 1;
  }

  void close(std::size_t index) {
    nodes_[index].end = static_cast<std::uint32_t>(at_);
    nodes_[index].next = static_cast<std::uint32_t>(nodes_.size());
  }

  /// `depth`: how many arrays and objects it is inside of.
  void scan_value(std::size_t depth) {
    const bool one_deeper = peek() == '{' || peek() == '[';
    if (one_deeper && depth >= max_depth) fail("at most " + std::to_string(max_depth) + " levels of nesting");
    switch (peek()) {
      case '{':
        return scan_object(depth);
      case '[':
        return scan_array(depth);
      case '"':
        return scan_string();
      case 't':
        return scan_word("true", Kind::boolean);
      case 'f':
        return scan_word("false", Kind::boolean);
      case 'n':
        return scan_word("null", Kind::null);
      default:
        return scan_number();
    }
  }

  void scan_object(std::size_t depth) {
    const auto index = open(Kind::object);
    ++at_;
    skip_space();
    if (peek() != '}') {
      while (true) {
        if (peek() != '"') fail("a member name in quotes");
        scan_string();
        skip_space();
        if (peek() != ':') fail("':' after a member name");
        ++at_;
        skip_space();
        scan_value(depth + 1);
        skip_space();
        if (peek() != ',') break;
        ++at_;
        skip_space();
      }
    }
    if (peek() != '}') fail("',' or '}'");
    ++at_;
    close(index);
  }

  void scan_array(std::size_t depth) {
    const auto index = open(Kind::array);
    ++at_;
    skip_space();
    if (peek() != ']') {
      for (std::size_t count = 1;; ++count) {
        if (depth == 0) require_element(count);
        const auto before = nodes_.size();
        scan_value(depth + 1);
        if (depth == 0)
          require_within(nodes_.size() - before <= limits_.nodes_of_element,
                         "holds more values in its element " + std::to_string(count) + " than one should");
        skip_space();
        if (peek() != ',') break;
        ++at_;
        skip_space();
      }
    }
    if (peek() != ']') fail("',' or ']'");
    ++at_;
    close(index);
  }

  void require_element(std::size_t number) const {
    require_within(number <= limits_.elements, "has more elements than a text of its size should");
    require_within(!limits_.objects_only || peek() == '{' || at_ >= text_.size(),
                   "is no array of objects: number " + std::to_string(number) + " is none");
  }

  void scan_word(std::string_view word, Kind kind) {
    if (text_.substr(at_, word.size()) != word) fail("a value");
    const auto index = open(kind);
    at_ += word.size();
    close(index);
  }

  void scan_number() {
    if (peek() != '-' && !digit()) fail("a value");
    const auto index = open(Kind::number);
    if (peek() == '-') ++at_;
    if (!digit()) fail("a digit");
    if (peek() == '0') {
      ++at_;
    } else {
      skip_digits();
    }
    if (peek() == '.') {
      ++at_;
      if (!digit()) fail("a digit after the point");
      skip_digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digit()) fail("a digit in the exponent");
      skip_digits();
    }
    close(index);
  }

  void skip_digits() {
    while (digit()) ++at_;
  }

  void scan_string() {
    const auto index = open(Kind::string);
    ++at_;
    while (true) {
      if (at_ >= text_.size()) fail("the end of a string");
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') break;
      if (c < 0x20) fail("no bare control character in a string");
      if (c == '\\') {
        scan_escape();
      } else if (c < 0x80) {
        ++at_;
      } else {
        const auto length = utf8_length(text_.substr(at_));
        if (length == 0) fail("UTF-8");
        at_ += length;
      }
    }
    ++at_;
    close(index);
  }

  void scan_escape() {
    ++at_;
    const char c = peek();
    if (c == 'u') {
      for (int i = 0; i < 4; ++i) {
        ++at_;
        if (std::string_view("0123456789abcdefABCDEF").find(peek()) == std::string_view::npos ||
            at_ >= text_.size())
          fail("four hex digits after \\u");
      }
    } else if (at_ >= text_.size() || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) {
      fail("a JSON escape after the backslash");
    }
    ++at_;
  }

  std::string_view text_;
  std::vector<Document::Node>& nodes_;
  const ParseLimits& limits_;
  std::size_t at_ = 0;
};

}  // namespace

Document Document::parse(std::string text, const ParseLimits& limits) {
  if (text.size() >= std::numeric_limits<std::uint32_t>::max())
    throw SyntaxError("more than 4 GiB of JSON", 0);
  Document document;
  document.text_ = std::move(text);
  // Room for as many as there may be, which costs nothing until it is used: growing would copy.
  if (limits.nodes != SIZE_MAX) document.nodes_.reserve(std::min(limits.nodes, document.text_.size()));
  Scanner(document.text_, document.nodes_, limits).scan_document();
  return document;
}

std::optional<Document> Document::try_parse(std::string text, const ParseLimits& limits) {
  try {
    return parse(std::move(text), limits);
  } catch (const SyntaxError&) {
    return std::nullopt;
  }
}

Value Document::root() const { return {*this, 0}; }

const Document::Node& Value::node() const { return document_->nodes_[index_]; }

std::string_view Value::text() const {
  return std::string_view(document_->text_).substr(begin(), end() - begin());
}

std::vector<Value> Value::elements() const {
  std::vector<Value> out;
  each_element([&](const Value& element) { out.push_back(element); });
  return out;
}

std::vector<Member> Value::members() const {
  std::vector<Member> out;
  each_member([&](const Value& name, const Value& value) { out.push_back({name, value}); });
  return out;
}

std::optional<Value> Value::find(std::string_view key) const {
  std::optional<Value> found;
  each_member([&](const Value& name, const Value& value) {
    if (name.string() == key) found = value;
  });
  return found;
}

std::string Value::string() const { return is(Kind::string) ? decode(text()) : std::string(); }

std::optional<std::int64_t> Value::integer() const {
  if (!is(Kind::number)) return std::nullopt;
  const auto digits = text();
  std::int64_t out = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (result.ec != std::errc() || result.ptr != digits.data() + digits.size()) return std::nullopt;
  return out;
}

}  // namespace hookferry::json
