// The elements of a JSON array (RFC 8259) whose text comes in pieces.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <string_view>

#include "json/document.hpp"

namespace hookferry::json {

/// Gives one element after the other, as each_element_of() does for a text that is there as a whole. No more
/// of the text is held than the piece that has come and an element that is not whole yet.
class ElementStream {
 public:
  /// The element is there for the time of the call.
  using Call = std::function<void(const Value& element)>;
  /// Of the limits those of elements hold.
  ElementStream(const ParseLimits& limits, Call call) : limits_(limits), call_(std::move(call)) {}

  /// A text begins; what came of another one is forgotten.
  void begin();
  void take(std::string_view piece);
  /// The text is whole. Throws what the call has thrown, and where it is no array or holds more than it may
  /// what Document::over() throws; a place is said of the element then. What was given before was sound.
  void end();

 private:
  enum class Place { before, in_array, behind };

  std::size_t offset(std::size_t at) const { return bytes_ - text_.size() + at; }
  void scan();
  const char* scan_string(const char* at, const char* end);
  void scan_structure(char sign, std::size_t at);
  void end_element(std::size_t at, bool last);

  ParseLimits limits_;
  Call call_;
  Place place_ = Place::before;
  std::string text_;
  std::size_t scanned_ = 0;  ///< of text_
  std::size_t begin_ = 0;    ///< of the element, in text_
  std::size_t bytes_ = 0;    ///< that have come
  std::size_t count_ = 0;    ///< of elements
  std::size_t depth_ = 0;    ///< inside of the element
  bool in_string_ = false, escaped_ = false;
  Document document_;
  std::exception_ptr failure_;
};

}  // namespace hookferry::json
