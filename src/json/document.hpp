// JSON held as text: one validating pass notes where every value stands, nothing is converted.
//
// A parse-and-print round trip through doubles and trees loses `1.0`, `1e400`, long integers, duplicate keys
// and the spelling of escapes; a webhook must reach the other account without any of that happening. So a
// Document keeps the bytes and a flat list of nodes over them; callers read values or edit the text.
//
// Grammar: RFC 8259. Lone surrogate escapes ("\ud800") are accepted, since JavaScript servers emit them.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <forward_list>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookferry::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

/// Deeper nesting is refused: no real webhook comes near it, and a hostile one could exhaust the stack.
inline constexpr std::size_t max_depth = 200;

/// Text that is not JSON. what() names line, column and what was expected; it never quotes the text.
struct SyntaxError : std::runtime_error {
  SyntaxError(const std::string& reason, std::size_t at) : std::runtime_error(reason), offset(at) {}
  std::size_t offset;  ///< bytes from the start of the text
};

/// A text that holds more than its limits allow, and is JSON up to there.
struct BeyondLimits : SyntaxError {
  using SyntaxError::SyntaxError;
};

/// What a text from a server may hold. Texts of the program and of its user need no limits.
struct ParseLimits {
  std::size_t nodes = SIZE_MAX;             ///< values and member names, 16 bytes each in a Document
  std::size_t elements = SIZE_MAX;          ///< of the outermost array
  std::size_t nodes_of_element = SIZE_MAX;  ///< values and member names in one such element
  /// An element of the outermost array that is no object ends the pass.
  bool objects_only = false;
};

/// A string literal decoded, with the way back.
struct Decoded {
  struct Escape {
    std::uint32_t text_begin, text_end;        ///< its bytes in `text`
    std::uint32_t literal_begin, literal_end;  ///< from its backslash on
  };
  std::string text;
  std::vector<Escape> escapes;

  /// Where in the literal the byte `at` of `text` came from. Of an escape this is the backslash.
  [[nodiscard]] std::size_t offset(std::size_t at) const;
};

/// `literal` with its quotes, as Value::text() gives it. A lone surrogate becomes three bytes (WTF-8).
std::string decode(std::string_view literal);
Decoded decode_with_offsets(std::string_view literal);
/// Decodes into a string that can be used again. The places of escapes go to `escapes`.
void decode_into(std::string& out, std::string_view literal, std::vector<Decoded::Escape>* escapes = nullptr);

class Value;
struct Member;

/// A JSON text with the places of its values. Values point into it: it must outlive them and stay.
class Document {
 public:
  Document() = default;  ///< without a root until reparse()
  /// Throws SyntaxError, or BeyondLimits if the text exceeds the limits. A text has at most 4 GiB.
  static Document parse(std::string text, const ParseLimits& limits = {});
  /// Does not copy the text, which must outlive the document.
  static Document over(std::string_view text, const ParseLimits& limits = {});
  /// These return nothing if the text is not JSON.
  [[nodiscard]] static std::optional<Document> try_parse(std::string text, const ParseLimits& limits = {});
  [[nodiscard]] static std::optional<Document> try_over(std::string_view text,
                                                        const ParseLimits& limits = {});

  /// Like over() of another text, but with the memory of the text before. After an error there is no root.
  void reparse(std::string_view text, const ParseLimits& limits = {});
  /// Returns whether the text is JSON. Throws BeyondLimits.
  [[nodiscard]] bool try_reparse(std::string_view text, const ParseLimits& limits = {});

  Value root() const;
  std::string_view text() const { return borrowed_.data() != nullptr ? borrowed_ : std::string_view(owned_); }

  struct Node {
    std::uint32_t begin;  ///< byte offset of the first character
    std::uint32_t end;    ///< one past the last
    std::uint32_t next;   ///< index of the node behind this one and all that is in it
    Kind kind;
    bool escaped = false;  ///< a string with a backslash in it
  };
  enum class Throws { never, beyond_limits, always };

 private:
  /// Notes the places of the values. Returns whether the text is JSON. `scanned` is called after each element
  /// of the outermost array, whose values are gone after the call.
  bool scan(const ParseLimits& limits, Throws throws, const std::function<void()>& scanned = nullptr);

  friend class Value;
  friend bool each_element_of(std::string_view, const ParseLimits&, const std::function<void(const Value&)>&);
  std::string owned_;
  std::string_view borrowed_;
  std::vector<Node> nodes_;  // an object's members are key node, value node, key node, …
};

/// A place in a Document. Cheap to copy.
class Value {
 public:
  Value(const Document& document, std::size_t index) : document_(&document), index_(index) {}

  Kind kind() const { return node().kind; }
  [[nodiscard]] bool is(Kind kind) const { return node().kind == kind; }
  std::size_t begin() const { return node().begin; }
  std::size_t end() const { return node().end; }
  /// The value's own characters, quotes and brackets included.
  std::string_view text() const { return document_->text().substr(begin(), end() - begin()); }

  std::vector<Value> elements() const;  ///< of an array; empty for other kinds
  std::vector<Member> members() const;  ///< of an object, in the order of the text, duplicates included
  /// These call with one after the other, without a list.
  template <class Call>
  void each_element(Call call) const {
    if (!is(Kind::array)) return;
    for (auto i = index_ + 1; i < node().next; i = document_->nodes_[i].next) call(Value(*document_, i));
  }
  template <class Call>
  void each_member(Call call) const {  // with key and value
    if (!is(Kind::object)) return;
    for (auto i = index_ + 1; i < node().next;) {
      const Value key(*document_, i);
      const Value value(*document_, key.node().next);
      call(key, value);
      i = value.node().next;
    }
  }
  /// The member of that name. Of several the last one counts, as JavaScript and most servers read it.
  [[nodiscard]] std::optional<Value> find(std::string_view key) const;

  /// A string's characters. They are in the document, or in `decoded` if the string has escapes.
  std::string_view unescape(std::string& decoded) const;
  std::string string() const;  ///< a string's characters as UTF-8; empty for other kinds
  /// Whether it is a string with an escape in it: without one its characters stand between its quotes.
  [[nodiscard]] bool is_escaped() const { return node().escaped; }
  /// Whether it is a string of just these characters.
  [[nodiscard]] bool is_string(std::string_view characters) const {
    if (!is(Kind::string)) return false;
    const auto literal = text();
    if (!is_escaped()) return literal.substr(1, literal.size() - 2) == characters;
    return decode(literal) == characters;
  }
  /// A number written as an integer that fits; nothing otherwise.
  [[nodiscard]] std::optional<std::int64_t> integer() const;

 private:
  const Document::Node& node() const { return document_->nodes_[index_]; }
  const Document* document_;
  std::size_t index_;
};

inline Value Document::root() const { return {*this, 0}; }

/// Calls with one element of an array after the other, and holds the places of one element at a time. begin()
/// and end() of an element are places in the whole text. Returns whether the text is an array. Throws what
/// Document::over() throws, after the calls for all elements before the error.
[[nodiscard]] bool each_element_of(std::string_view text, const ParseLimits& limits,
                                   const std::function<void(const Value&)>& call);

/// Calls with one element after the other of an array whose text comes in pieces. It holds no more of the
/// text than the last piece and an element that is not whole yet.
class ElementStream {
 public:
  /// The element is valid during the call.
  using Call = std::function<void(const Value& element)>;
  /// Only the limits for elements apply.
  ElementStream(const ParseLimits& limits, Call call) : limits_(limits), call_(std::move(call)) {}

  /// Begins a new text, and forgets the one before.
  void begin();
  void take(std::string_view piece);
  /// Ends the text. Throws what a call has thrown, or what Document::over() throws; which names the element.
  void end();

 private:
  enum class Place { before, in_array, behind };

  std::size_t offset(std::size_t at) const { return bytes_ - text_.size() + at; }
  void scan();
  void end_element(std::size_t at, bool last);

  ParseLimits limits_;
  Call call_;
  Place place_ = Place::before;
  std::string text_;
  std::size_t scanned_ = 0;  ///< bytes of text_
  std::size_t begin_ = 0;    ///< where in text_ the element begins
  std::size_t bytes_ = 0;    ///< of all pieces so far
  std::size_t count_ = 0;    ///< elements so far
  std::size_t depth_ = 0;    ///< inside the element
  bool in_string_ = false, escaped_ = false;
  Document document_;
  std::exception_ptr failure_;
};

struct Member {
  Value key;
  Value value;
};

struct NamedValue {
  std::string_view name;  ///< decoded
  Value value;
};
/// An object's members sorted by name, equal names in the order of the text. The document must outlive it.
class SortedMembers {
 public:
  explicit SortedMembers(const Value& object);
  SortedMembers(const SortedMembers&) = delete;
  SortedMembers& operator=(const SortedMembers&) = delete;
  auto begin() const { return members_.begin(); }
  auto end() const { return members_.end(); }

 private:
  static constexpr std::size_t usual_count = 16;
  std::forward_list<std::string> decoded_;  ///< names that have escapes
  boost::container::small_vector<NamedValue, usual_count> members_;
};

}  // namespace hookferry::json
