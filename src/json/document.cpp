#include "json/document.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/utf8.hpp"
#include "json/plain_run.hpp"
#include "json/text.hpp"

namespace hookferry::json {
namespace {

/// One pass over the text that checks the grammar and appends a node per value. Each step says whether it
/// went well; why not is in `failure`.
class Scanner {
 public:
  Scanner(std::string_view text, std::vector<Document::Node>& nodes, const ParseLimits& limits)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), nodes_(nodes), limits_(limits) {}

  bool scan_document() {
    if (end_ - begin_ >= std::numeric_limits<std::uint32_t>::max()) return too_long();
    skip_space();
    return scan_value(0) && scan_end();
  }

  /// Whether an array begins here, or something else.
  bool at_array() {
    skip_space();
    return peek() == '[';
  }

  /// Of an array that begins here, element by element.
  bool scan_elements(const std::function<void()>& scanned) {
    if (end_ - begin_ >= std::numeric_limits<std::uint32_t>::max()) return too_long();
    if (!open(Kind::array)) return false;  // it counts as in a document of the whole, and is not held
    before_ = 1;
    nodes_.clear();
    const auto let_go = [&] {
      before_ += nodes_.size();
      scanned();
      nodes_.clear();
    };
    return scan_array_with(0, let_go) && scan_end();
  }

  bool is_beyond_limits() const { return beyond_limits_; }

  [[noreturn]] void throw_failure() const {
    if (beyond_limits_) throw BeyondLimits(failure_, offset());
    throw SyntaxError(failure_, offset());
  }

 private:
  std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }

  bool too_long() {
    failure_ = "more than 4 GiB of JSON";
    return false;
  }

  [[gnu::cold]] bool fail(std::string_view expected) {
    const std::string_view before(begin_, offset());
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto line_start = before.rfind('\n');
    const auto column = line_start == std::string_view::npos ? offset() + 1 : offset() - line_start;
    failure_ = "not JSON: line " + std::to_string(line) + ", column " + std::to_string(column) +
               ": expected " + std::string(expected) + (at_ < end_ ? "" : ", but the text ends there");
    return false;
  }

  [[gnu::cold]] bool exceed(const std::string& what) {
    failure_ = "JSON that " + what;
    beyond_limits_ = true;
    return false;
  }

  char peek() const { return at_ < end_ ? *at_ : '\0'; }
  bool digit() const { return at_ < end_ && *at_ >= '0' && *at_ <= '9'; }

  void skip_space() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }

  bool scan_end() {
    skip_space();
    return at_ == end_ || fail("the end of the text");
  }

  [[gnu::always_inline]] bool open(Kind kind) {
    if (before_ + nodes_.size() >= limits_.nodes) [[unlikely]]
      return exceed("holds more values than a text of its size should");
    const auto begin = static_cast<std::uint32_t>(offset());
    nodes_.push_back({begin, begin, 0, kind, false});
    return true;
  }

  [[gnu::always_inline]] bool close(std::size_t index) {
    nodes_[index].end = static_cast<std::uint32_t>(offset());
    nodes_[index].next = static_cast<std::uint32_t>(nodes_.size());
    return true;
  }

  /// `depth`: how many arrays and objects it is inside of.
  bool scan_value(std::size_t depth) {
    switch (peek()) {
      case '"':
        return scan_string();
      case '{':
        return depth < max_depth ? scan_object(depth) : too_deep();
      case '[':
        return depth < max_depth ? scan_array(depth) : too_deep();
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

  bool too_deep() { return fail("at most " + std::to_string(max_depth) + " levels of nesting"); }

  bool scan_object(std::size_t depth) {
    const auto index = nodes_.size();
    if (!open(Kind::object)) return false;
    ++at_;
    skip_space();
    if (peek() != '}') {
      while (true) {
        if (!scan_member(depth)) return false;
        skip_space();
        if (peek() != ',') break;
        ++at_;
        skip_space();
      }
    }
    if (peek() != '}') return fail("',' or '}'");
    ++at_;
    return close(index);
  }

  bool scan_member(std::size_t depth) {
    if (peek() != '"') return fail("a member name in quotes");
    if (!scan_string()) return false;
    skip_space();
    if (peek() != ':') return fail("':' after a member name");
    ++at_;
    skip_space();
    return scan_value(depth + 1);
  }

  bool scan_array(std::size_t depth) {
    const auto index = nodes_.size();
    return open(Kind::array) && scan_array_with(depth, [] {}) && close(index);
  }

  template <class Scanned>
  bool scan_array_with(std::size_t depth, Scanned scanned) {
    ++at_;
    skip_space();
    if (peek() != ']') {
      for (std::size_t count = 1;; ++count) {
        if (!(depth == 0 ? scan_outermost_element(count) : scan_value(depth + 1))) return false;
        scanned();
        skip_space();
        if (peek() != ',') break;
        ++at_;
        skip_space();
      }
    }
    if (peek() != ']') return fail("',' or ']'");
    ++at_;
    return true;
  }

  bool scan_outermost_element(std::size_t number) {
    const auto excess = excess_of(limits_, number, {at_, static_cast<std::size_t>(end_ - at_)});
    if (excess) return exceed(*excess);
    const auto before = nodes_.size();
    if (!scan_value(1)) return false;
    return nodes_.size() - before <= limits_.nodes_of_element ||
           exceed("holds more values in its element " + std::to_string(number) + " than one should");
  }

  bool scan_word(std::string_view word, Kind kind) {
    const auto index = nodes_.size();
    if (static_cast<std::size_t>(end_ - at_) < word.size() || std::string_view(at_, word.size()) != word)
      return fail("a value");
    if (!open(kind)) return false;
    at_ += word.size();
    return close(index);
  }

  bool scan_number() {
    if (peek() != '-' && !digit()) return fail("a value");
    const auto index = nodes_.size();
    if (!open(Kind::number)) return false;
    if (peek() == '-') ++at_;
    if (!digit()) return fail("a digit");
    if (peek() == '0') {
      ++at_;
    } else {
      skip_digits();
    }
    if (peek() == '.') {
      ++at_;
      if (!digit()) return fail("a digit after the point");
      skip_digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digit()) return fail("a digit in the exponent");
      skip_digits();
    }
    return close(index);
  }

  void skip_digits() {
    while (digit()) ++at_;
  }

  bool scan_string() {
    const auto index = nodes_.size();
    if (!open(Kind::string)) return false;
    ++at_;
    while (true) {
      at_ = skip_plain(at_, end_);
      if (at_ == end_) return fail("the end of a string");
      if (*at_ == '"') break;
      if (*at_ != '\\') {
        if (!scan_other_character()) return false;
        continue;
      }
      nodes_[index].escaped = true;
      if (!scan_escape()) return false;
    }
    ++at_;
    return close(index);
  }

  bool scan_other_character() {
    if (static_cast<unsigned char>(*at_) < 0x20) return fail("no bare control character in a string");
    const auto length = utf8_length(std::string_view(at_, end_));
    if (length == 0) return fail("UTF-8");
    at_ += length;
    return true;
  }

  bool scan_escape() {
    ++at_;
    switch (peek()) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        break;
      case 'u':
        for (int i = 0; i < 4; ++i) {
          ++at_;
          if (at_ >= end_ || std::string_view("0123456789abcdefABCDEF").find(*at_) == std::string_view::npos)
            return fail("four hex digits after \\u");
        }
        break;
      default:
        return fail("a JSON escape after the backslash");
    }
    ++at_;
    return true;
  }

  const char* const begin_;
  const char* at_;
  const char* const end_;
  std::vector<Document::Node>& nodes_;
  const ParseLimits& limits_;
  std::size_t before_ = 0;  ///< nodes of elements that are gone
  std::string failure_;
  bool beyond_limits_ = false;
};

/// Room for as many as there may be, which costs nothing until it is used: growing would copy.
void make_room(std::vector<Document::Node>& nodes, std::size_t size, const ParseLimits& limits) {
  if (limits.nodes != SIZE_MAX) nodes.reserve(std::min(limits.nodes, size));
}

}  // namespace

std::optional<std::string> excess_of(const ParseLimits& limits, std::size_t number,
                                     std::string_view element) {
  if (number > limits.elements) return "has more elements than a text of its size should";
  if (limits.objects_only && !element.empty() && element.front() != '{')
    return "is no array of objects: number " + std::to_string(number) + " is none";
  return std::nullopt;
}

Document Document::parse(std::string text, const ParseLimits& limits) {
  Document document;
  document.owned_ = std::move(text);
  make_room(document.nodes_, document.owned_.size(), limits);
  Scanner scanner(document.owned_, document.nodes_, limits);
  if (!scanner.scan_document()) scanner.throw_failure();
  return document;
}

Document Document::over(std::string_view text, const ParseLimits& limits) {
  Document document;
  document.borrowed_ = text;
  make_room(document.nodes_, text.size(), limits);
  Scanner scanner(text, document.nodes_, limits);
  if (!scanner.scan_document()) scanner.throw_failure();
  return document;
}

std::optional<Document> Document::try_parse(std::string text, const ParseLimits& limits) {
  Document document;
  document.owned_ = std::move(text);
  make_room(document.nodes_, document.owned_.size(), limits);
  if (!Scanner(document.owned_, document.nodes_, limits).scan_document()) return std::nullopt;
  return document;
}

std::optional<Document> Document::try_over(std::string_view text, const ParseLimits& limits) {
  Document document;
  document.borrowed_ = text;
  make_room(document.nodes_, text.size(), limits);
  if (!Scanner(text, document.nodes_, limits).scan_document()) return std::nullopt;
  return document;
}

void Document::reparse(std::string_view text, const ParseLimits& limits) {
  if (!try_reparse(text, limits)) over(text, limits);  // which says why
}

bool Document::try_reparse(std::string_view text, const ParseLimits& limits) {
  owned_.clear();
  borrowed_ = text;
  nodes_.clear();
  Scanner scanner(text, nodes_, limits);
  const bool sound = scanner.scan_document();
  if (scanner.is_beyond_limits()) scanner.throw_failure();
  return sound;
}

bool each_element_of(std::string_view text, const ParseLimits& limits,
                     const std::function<void(const Value&)>& call) {
  Document element;
  element.borrowed_ = text;
  Scanner scanner(text, element.nodes_, limits);
  if (!scanner.at_array()) {
    Document::over(text, limits);
    return false;
  }
  if (!scanner.scan_elements([&] { call(Value(element, 0)); })) scanner.throw_failure();
  return true;
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

SortedMembers::SortedMembers(const Value& object) {
  object.each_member([&](const Value& key, const Value& value) {
    std::string decoded;
    auto name = key.characters(decoded);
    if (key.is_escaped()) name = decoded_.emplace_front(std::move(decoded));
    members_.push_back({name, value});
  });
  std::sort(members_.begin(), members_.end(), [](const NamedValue& one, const NamedValue& other) {
    const auto order = one.name.compare(other.name);
    return order < 0 || (order == 0 && one.value.begin() < other.value.begin());
  });
}

std::string_view Value::characters(std::string& decoded) const {
  const auto literal = text();
  if (node().escaped) return decoded = decode(literal);
  return literal.substr(1, literal.size() - 2);
}

std::optional<Value> Value::find(std::string_view key) const {
  std::optional<Value> found;
  each_member([&](const Value& name, const Value& value) {
    if (name.is_string(key)) found = value;
  });
  return found;
}

bool Value::decodes_to(std::string_view characters) const {
  const auto literal = text();
  return literal.size() - 2 > characters.size() && decode(literal) == characters;
}

std::string Value::string() const {
  if (!is(Kind::string)) return {};
  const auto literal = text();
  return node().escaped ? decode(literal) : std::string(literal.substr(1, literal.size() - 2));
}

std::optional<std::int64_t> Value::integer() const {
  if (!is(Kind::number)) return std::nullopt;
  const auto digits = text();
  std::int64_t out = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (result.ec != std::errc() || result.ptr != digits.data() + digits.size()) return std::nullopt;
  return out;
}

}  // namespace hookferry::json
