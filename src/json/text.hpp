// JSON strings and whole values as text: decoding with places, encoding, layout, canonical form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"

namespace hookferry::json {

/// A string literal decoded, with the way back.
struct Decoded {
  struct Escape {
    std::uint32_t text_begin, text_end;        ///< its bytes in `text`
    std::uint32_t literal_begin, literal_end;  ///< from its backslash on
  };
  std::string text;
  std::vector<Escape> escapes;

  /// Where in the literal the byte `at` of `text` came from: for each byte of an escape its backslash, for
  /// text.size() the closing quote.
  std::size_t offset(std::size_t at) const;
};

/// `literal` with its quotes, as Value::text() gives it. A lone surrogate becomes its three-byte form
/// (WTF-8), which encode() turns back into the escape.
Decoded decode_with_offsets(std::string_view literal);
std::string decode(std::string_view literal);
/// The same into a string that is used again and again.
void decode_into(std::string& out, std::string_view literal);

/// The characters as they stand between the quotes of a JSON string.
std::string escape(std::string_view text);
/// The same with the quotes. Bytes that are no UTF-8 become U+FFFD.
std::string encode(std::string_view text);

/// Laid out anew with two spaces an indent; every number, string and key as it was, to the byte.
/// `indent`: of the lines after the first.
std::string pretty(const Value& value, std::size_t indent = 0);
/// The same of a text that is JSON.
void append_pretty(std::string& out, std::string_view json_text, std::size_t indent);
/// Without any space between tokens.
std::string compact(const Value& value);

/// One text for all spellings of a value: members sorted by name (equal names in the order they stand),
/// numbers reduced exactly (never through a double), strings in one spelling. Two values are equal as JSON
/// when their canonical texts are.
std::string canonical(const Value& value);
void append_canonical(std::string& out, const Value& value);
/// encode() at the end of a string.
void append_encoded(std::string& out, std::string_view text);

}  // namespace hookferry::json
