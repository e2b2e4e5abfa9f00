// JSON written: strings encoded, texts laid out, values of the program's own making (built with Boost.JSON).
//
// Boost's own writer and reader will not do for texts that hold what accounts hold: it lets bytes through
// that are no UTF-8, reads numbers into doubles, and (1.81) refuses a lone surrogate, which an alias may be.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/document.hpp"

namespace hookferry::json {

/// A JSON string: the escaped characters in quotes. Bytes that are no UTF-8 become U+FFFD.
std::string encode(std::string_view text);
/// Appends what encode() returns.
void append_encoded(std::string& out, std::string_view text);

/// The value in lines, with two spaces a level. Every number, string and key stays to the byte.
std::string pretty(const Value& value);
/// Appends what pretty() returns for a JSON text. `indent` is that of the lines after the first.
void append_pretty(std::string& out, std::string_view json_text, std::size_t indent);
/// The value without any space between tokens.
std::string compact(const Value& value);

/// One text for all spellings of a value: members sorted by name (equal names in the order they stand),
/// numbers reduced exactly (never through a double), strings in one spelling. Two values are equal as JSON
/// when their canonical texts are.
std::string canonical(const Value& value);
void append_canonical(std::string& out, const Value& value);

/// A JSON text that keeps its spelling, as a value in what is made.
boost::json::value raw_json(std::string json_text);
boost::json::value or_null(const std::optional<std::int64_t>& number);
boost::json::value or_null(const std::string& text);  ///< null for an empty one

/// These write values of the program's own making.
std::string pretty(const boost::json::value& made);
std::string compact(const boost::json::value& made);

}  // namespace hookferry::json
