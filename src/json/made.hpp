// JSON of the program's own making: built as values of Boost.JSON, written with the layout and the spelling
// that text.hpp has.
//
// Boost's own writer and reader will not do for texts that hold what accounts hold: it lets bytes through
// that are no UTF-8, reads numbers into doubles, and (1.81) refuses a lone surrogate, which an alias may be.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace hookferry::json {

/// A JSON text that keeps its spelling, as a value in what is made.
boost::json::value carried(std::string json_text);

boost::json::value or_null(const std::optional<std::int64_t>& number);
boost::json::value or_null(const std::string& text);  ///< null for an empty one

/// With two spaces an indent.
std::string pretty(const boost::json::value& made);
/// Without any space between tokens.
std::string compact(const boost::json::value& made);

}  // namespace hookferry::json
