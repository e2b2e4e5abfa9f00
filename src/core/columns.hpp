// Text in columns of a terminal, where some characters take two cells and some none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hookferry {

/// Cells that a UTF-8 text takes (wcwidth of POSIX); what is not printable, or no UTF-8, counts as one.
std::size_t display_width(std::string_view text);

/// Filled up with spaces to so many cells, with one at least.
std::string padded(std::string_view text, std::size_t cells);

/// In just so many cells: filled up with spaces, or cut with "…" at its end.
std::string in_cells(std::string_view text, std::size_t cells);

}  // namespace hookferry
