// Two values below each other, so that what differs is what one sees. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hookferry {

struct ValueLines {
  std::vector<std::string> before, after;  ///< one line each where they fit, else a few
  std::string marks;  ///< carets below the part that differs; empty where the lines say it themselves
};

/// Of what differs in a line that is cut, at most this many lines are shown.
inline constexpr std::size_t most_value_lines = 3;

/// `before` and `after` are safe to print. No line is wider than `room` cells: what both have in common at
/// their beginnings and ends gives way to "…" first. Equal parts are cut at the same places, so that the
/// differing ones stand below each other.
ValueLines value_lines(std::string_view before, std::string_view after, std::size_t room);

/// One value, broken into lines of at most `room` cells, "…" where even these are too few.
std::vector<std::string> value_lines(std::string_view value, std::size_t room);

/// At most `room` cells of it, with "…" in its middle where something is left out: beginnings are often the
/// same, and ends too.
std::string cut_in_the_middle(std::string_view text, std::size_t room);

}  // namespace hookferry
