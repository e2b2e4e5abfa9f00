#include "json/document.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/text.hpp"
#include "json/lexer.hpp"

namespace hookferry::json {
namespace {

/// Which limit element `number` (from 1 on) of the outermost array exceeds; `element` begins with its text.
std::optional<std::string> excess_of(const ParseLimits& limits, std::size_t number,
                                     std::string_view element) {
  if (number > limits.elements) return "has more elements than a text of its size should";
  if (limits.objects_only && !element.empty() && element.front() != '{')
    return "is not an array of objects: number " + std::to_string(number) + " is none";
  return std::nullopt;
}

/// One pass over the text that checks the grammar and appends a node per value. Each step returns whether the
/// text is right so far; if not, the error is in `failure_`.
class Scanner {
 public:
  /// If there is `scanned`, it is called after each element of the outermost array, whose nodes are gone
  /// after the call. The array keeps its own node.
  Scanner(std::string_view text, std::vector<Document::Node>& nodes, const ParseLimits& limits,
          const std::function<void()>& scanned)
      : begin_(text.data()), end_(begin_ + text.size()), nodes_(nodes), limits_(limits), scanned_(scanned) {}

  bool scan_document(Document::Throws throws) {
    if (end_ - begin_ >= std::numeric_limits<std::uint32_t>::max()) {
      failure_ = "more than 4 GiB of JSON";
    } else {
      skip_space();
      if (scan_value(0)) {
        skip_space();
        if (at_ == end_) return true;
        fail("the end of the text");
      }
    }
    if (beyond_limits_ && throws != Document::Throws::never) throw BeyondLimits(failure_, offset());
    if (throws == Document::Throws::always) throw SyntaxError(failure_, offset());
    return false;
  }

 private:
  std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }

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
  void skip_space() { at_ = json::skip_space(at_, end_); }

  [[gnu::always_inline]] bool has_room() {
    if (before_ + nodes_.size() < limits_.nodes) return true;
    return exceed("holds more values than a text of its size should");
  }

  [[gnu::always_inline]] bool open(Kind kind) {
    if (!has_room()) return false;
    const auto begin = static_cast<std::uint32_t>(offset());
    nodes_.push_back({begin, begin, 0, kind, false});
    return true;
  }

  /// Appends the node of a value without others in it, which ends here.
  [[gnu::always_inline]] bool add(Kind kind, const char* begin, bool escaped = false) {
    nodes_.push_back({static_cast<std::uint32_t>(begin - begin_), static_cast<std::uint32_t>(offset()),
                      static_cast<std::uint32_t>(nodes_.size() + 1), kind, escaped});
    return true;
  }

  [[gnu::always_inline]] bool close(std::size_t index) {
    nodes_[index].end = static_cast<std::uint32_t>(offset());
    nodes_[index].next = static_cast<std::uint32_t>(nodes_.size());
    return true;
  }

  /// `depth` is the number of arrays and objects around the value.
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
    const auto scan_member = [&] {
      if (peek() != '"') return fail("a member name in quotes");
      if (!scan_string()) return false;
      skip_space();
      if (peek() != ':') return fail("':' after a member name");
      ++at_;
      skip_space();
      return scan_value(depth + 1);
    };
    return open(Kind::object) && scan_list('}', scan_member) && close(index);
  }

  bool scan_array(std::size_t depth) {
    const auto index = nodes_.size();
    if (!open(Kind::array)) return false;
    std::size_t count = 0;
    const auto scan_one = [&] {
      return depth == 0 ? scan_outermost_element(++count) : scan_value(depth + 1);
    };
    return scan_list(']', scan_one) && close(index);
  }

  /// Scans what stands between two brackets, of which the second is `closing`.
  template <class ScanOne>
  [[gnu::always_inline]] bool scan_list(char closing, ScanOne scan_one) {
    ++at_;
    skip_space();
    if (peek() != closing) {
      while (true) {
        if (!scan_one()) return false;
        skip_space();
        if (peek() != ',') break;
        ++at_;
        skip_space();
      }
    }
    if (peek() != closing) return fail(std::string("',' or '") + closing + "'");
    ++at_;
    return true;
  }

  bool scan_outermost_element(std::size_t number) {
    const auto excess = excess_of(limits_, number, {at_, static_cast<std::size_t>(end_ - at_)});
    if (excess) return exceed(*excess);
    const auto before = nodes_.size();
    if (!scan_value(1)) return false;
    const auto count = nodes_.size() - before;
    if (count > limits_.nodes_of_element)
      return exceed("holds more values in its element " + std::to_string(number) + " than one should");
    if (!scanned_) return true;
    scanned_();
    before_ += count;
    nodes_.resize(before);
    return true;
  }

  bool scan_word(std::string_view word, Kind kind) {
    const auto* const begin = at_;
    if (!std::string_view(at_, end_).starts_with(word)) return fail("a value");
    if (!has_room()) return false;
    at_ += word.size();
    return add(kind, begin);
  }

  bool scan_number() {
    if (peek() != '-' && !is_digit(peek())) return fail("a value");
    const auto* const begin = at_;
    if (!has_room()) return false;
    if (peek() == '-') ++at_;
    if (peek() == '0')
      ++at_;
    else if (!scan_digits("a digit"))
      return false;
    if (peek() == '.') {
      ++at_;
      if (!scan_digits("a digit after the point")) return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!scan_digits("a digit in the exponent")) return false;
    }
    return add(Kind::number, begin);
  }

  bool scan_digits(std::string_view expected) {
    if (!is_digit(peek())) return fail(expected);
    while (is_digit(peek())) ++at_;
    return true;
  }

  bool scan_string() {
    const auto* const begin = at_;
    if (!has_room()) return false;
    bool escaped = false;
    ++at_;
    while (true) {
      at_ = skip_plain(at_, end_);
      if (at_ == end_) return fail("the end of a string");
      if (*at_ == '"') break;
      if (*at_ == '\\') {
        escaped = true;
        // JSON that a string holds has hardly any other escapes.
        if (end_ - at_ > 1 && (at_[1] == '"' || at_[1] == '\\'))
          at_ += 2;
        else if (!scan_escape())
          return false;
      } else {
        if (static_cast<unsigned char>(*at_) < 0x20) return fail("no bare control character in a string");
        const auto length = first_character({at_, end_}).length;
        if (length == 0) return fail("UTF-8");
        at_ += length;
      }
    }
    ++at_;
    return add(Kind::string, begin, escaped);
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
          if (at_ >= end_ || !is_hex_digit(*at_)) return fail("four hex digits after \\u");
        }
        break;
      default:
        return fail("a JSON escape after the backslash");
    }
    ++at_;
    return true;
  }

  const char* const begin_;
  const char* const end_;
  const char* at_ = begin_;
  std::vector<Document::Node>& nodes_;
  const ParseLimits& limits_;
  const std::function<void()>& scanned_;
  std::size_t before_ = 0;  ///< nodes that are not in `nodes_` any more
  std::string failure_;
  bool beyond_limits_ = false;
};

/// Decodes the escape at `at`, writes it to `to`, which it moves, and returns the place behind the escape.
std::size_t decode_escape(std::string_view literal, std::size_t at, char*& to) {
  if (const char letter = literal[at + 1]; letter != 'u') {
    *to++ = letter == 'n'   ? '\n'
            : letter == 't' ? '\t'
            : letter == 'r' ? '\r'
            : letter == 'b' ? '\b'
            : letter == 'f' ? '\f'
                            : letter;
    return at + 2;
  }
  const auto unit_at = [&](std::size_t place) {
    std::uint32_t value = 0;
    std::from_chars(literal.data() + place, literal.data() + place + 4, value, 16);
    return value;
  };
  auto code_point = unit_at(at + 2);
  auto behind = at + 6;
  if (code_point >= 0xD800 && code_point <= 0xDBFF && literal.substr(behind, 2) == "\\u") {
    const auto second = unit_at(at + 8);
    if (second >= 0xDC00 && second <= 0xDFFF) {
      code_point = 0x10000 + ((code_point - 0xD800) << 10) + (second - 0xDC00);
      behind = at + 12;
    }
  }
  std::string character;
  append_utf8(character, code_point);
  to = std::ranges::copy(character, to).out;
  return behind;
}

[[noreturn]] void refuse(const std::string& what, std::size_t at, const std::string& expected) {
  throw SyntaxError(what + ": byte " + std::to_string(at + 1) + ": expected " + expected, at);
}

}  // namespace

bool Document::scan(const ParseLimits& limits, Throws throws, const std::function<void()>& scanned) {
  nodes_.clear();
  // If there is a limit there is room for as many values as there may be, because growing would copy. Memory
  // that is not used costs nothing. One element after the other needs little room.
  const std::size_t usual_bytes_of_node = limits.nodes != SIZE_MAX ? 1 : 8;
  if (!scanned) nodes_.reserve(std::min(limits.nodes, text().size() / usual_bytes_of_node));
  return Scanner(text(), nodes_, limits, scanned).scan_document(throws);
}

Document Document::parse(std::string text, const ParseLimits& limits) {
  Document out;
  out.owned_ = std::move(text);
  out.scan(limits, Throws::always);
  return out;
}

Document Document::over(std::string_view text, const ParseLimits& limits) {
  Document out;
  out.reparse(text, limits);
  return out;
}

std::optional<Document> Document::try_parse(std::string text, const ParseLimits& limits) {
  Document out;
  out.owned_ = std::move(text);
  return out.scan(limits, Throws::never) ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<Document> Document::try_over(std::string_view text, const ParseLimits& limits) {
  Document out;
  out.borrowed_ = text;
  return out.scan(limits, Throws::never) ? std::optional(std::move(out)) : std::nullopt;
}

void Document::reparse(std::string_view text, const ParseLimits& limits) {
  borrowed_ = text;
  scan(limits, Throws::always);
}

bool Document::try_reparse(std::string_view text, const ParseLimits& limits) {
  borrowed_ = text;
  return scan(limits, Throws::beyond_limits);
}

bool each_element_of(std::string_view text, const ParseLimits& limits,
                     const std::function<void(const Value&)>& call) {
  Document document;
  document.borrowed_ = text;
  document.scan(limits, Document::Throws::always, [&] { call(Value(document, 1)); });
  return document.root().is(Kind::array);
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
    auto name = key.unescape(decoded);
    if (key.is_escaped()) name = decoded_.emplace_front(std::move(decoded));
    members_.push_back({name, value});
  });
  std::ranges::sort(members_, {},
                    [](const NamedValue& one) { return std::pair(one.name, one.value.begin()); });
}

std::string_view Value::unescape(std::string& decoded) const {
  const auto literal = text();
  if (!node().escaped) return literal.substr(1, literal.size() - 2);
  decode_into(decoded, literal);
  return decoded;
}

std::optional<Value> Value::find(std::string_view key) const {
  std::optional<Value> found;
  each_member([&](const Value& name, const Value& value) {
    if (name.is_string(key)) found = value;
  });
  return found;
}

std::string Value::string() const {
  if (!is(Kind::string)) return {};
  const auto literal = text();
  return node().escaped ? decode(literal) : std::string(literal.substr(1, literal.size() - 2));
}

std::optional<std::int64_t> Value::integer() const {
  return is(Kind::number) ? number_in<std::int64_t>(text()) : std::nullopt;
}

void ElementStream::begin() { *this = ElementStream(limits_, std::move(call_)); }

void ElementStream::take(std::string_view piece) {
  if (failure_) return;
  try {
    bytes_ += piece.size();
    text_ += piece;
    scan();
  } catch (...) {
    failure_ = std::current_exception();  // thrown at the end, because the caller of take() cannot handle it
    text_ = std::string();
  }
}

void ElementStream::end() {
  if (failure_) std::rethrow_exception(failure_);
  if (place_ == Place::before) refuse("no JSON array", bytes_, "'[', but the text ends there");
  if (place_ == Place::in_array) refuse("not JSON", bytes_, "',' or ']', but the text ends there");
}

// What stands between the brackets and commas of the array is checked in end_element().
void ElementStream::scan() {
  const bool at_begin = scanned_ == 0 && bytes_ == text_.size();
  if (at_begin && byte_order_mark.starts_with(text_)) return;  // the rest of the mark may follow
  if (at_begin && text_.starts_with(byte_order_mark)) scanned_ = byte_order_mark.size();
  const auto* const first = text_.data();
  const auto* const end = first + text_.size();
  const auto* at = first + scanned_;
  while (at != end) {
    const auto place = static_cast<std::size_t>(at - first);
    const char sign = *at;
    const bool closes = sign == '}' || sign == ']';
    if (in_string_) {
      const auto* const behind = skip_string(at, end, escaped_);
      in_string_ = behind == nullptr;
      at = in_string_ ? end : behind;
      continue;
    }
    ++at;
    if (place_ != Place::in_array) {
      if (is_space(sign)) continue;
      if (place_ == Place::behind) refuse("not JSON", offset(place), "the end of the text");
      if (sign != '[') refuse("no JSON array", offset(place), "'['");
      place_ = Place::in_array;
      begin_ = place + 1;
    } else if (sign == '"') {
      in_string_ = true;
    } else if (sign == '{' || sign == '[') {
      ++depth_;
    } else if (closes && depth_ > 0) {
      --depth_;
    } else if (closes || (sign == ',' && depth_ == 0)) {
      end_element(place, closes);
    }
  }
  const auto kept = place_ == Place::in_array ? begin_ : text_.size();
  text_.erase(0, kept);
  begin_ = 0;
  scanned_ = text_.size();
}

void ElementStream::end_element(std::size_t at, bool last) {
  const auto* const first = skip_space(text_.data() + begin_, text_.data() + at);
  std::string_view element(first, text_.data() + at);
  while (!element.empty() && is_space(element.back())) element.remove_suffix(1);
  begin_ = at + 1;
  if (last) place_ = Place::behind;
  if (last && text_[at] == '}') refuse("not JSON", offset(at), "',' or ']'");
  if (element.empty() && last && count_ == 0) return;
  ++count_;
  if (const auto excess = excess_of(limits_, count_, element))
    throw BeyondLimits("JSON that " + *excess, offset(at));
  const auto where = [&] { return ", in its element " + std::to_string(count_); };
  try {
    document_.reparse(element, {.nodes = limits_.nodes_of_element});
  } catch (const BeyondLimits& error) {
    throw BeyondLimits(error.what() + where(), offset(at));
  } catch (const SyntaxError& error) {
    throw SyntaxError(error.what() + where(), offset(at));
  }
  call_(document_.root());
}

std::size_t Decoded::offset(std::size_t at) const {
  const auto behind = std::ranges::upper_bound(escapes, at, {}, &Escape::text_begin);
  if (behind == escapes.begin()) return at + 1;  // the opening quote
  const auto& before = *std::prev(behind);
  return at < before.text_end ? before.literal_begin : before.literal_end + (at - before.text_end);
}

void decode_into(std::string& out, std::string_view literal, std::vector<Decoded::Escape>* escapes) {
  out.resize(literal.size());  // nothing decoded is longer than its escape
  auto* to = out.data();
  const auto* at = literal.data() + 1;
  const auto* const last = literal.data() + literal.size() - 1;
  while (at != last) {
    const auto* run = at;
    while (at != last && *at != '\\') at = is_plain(*at) ? skip_plain(at, last) : at + 1;
    to = std::copy(run, at, to);
    if (at == last) break;
    const auto before = static_cast<std::size_t>(to - out.data());
    const auto escape = static_cast<std::size_t>(at - literal.data());
    const auto behind = decode_escape(literal, escape, to);
    const auto narrow = [](std::size_t place) { return static_cast<std::uint32_t>(place); };
    if (escapes != nullptr)
      escapes->push_back({narrow(before), narrow(static_cast<std::size_t>(to - out.data())), narrow(escape),
                          narrow(behind)});
    at = literal.data() + behind;
  }
  out.erase(static_cast<std::size_t>(to - out.data()));
}

Decoded decode_with_offsets(std::string_view literal) {
  Decoded out;
  decode_into(out.text, literal, &out.escapes);
  return out;
}

std::string decode(std::string_view literal) {
  std::string out;
  decode_into(out, literal);
  return out;
}

}  // namespace hookferry::json
