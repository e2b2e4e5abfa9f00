// Text in columns, for help and tables.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookferry {

// Text in columns of a terminal, where some characters take two cells and some none.

/// Cells that a UTF-8 text takes (wcwidth of POSIX); what is not printable, or no UTF-8, counts as one.
std::size_t display_width(std::string_view text);

/// Filled up with spaces to so many cells, with one at least.
std::string padded(std::string_view text, std::size_t cells);

/// In just so many cells: filled up with spaces, or cut with "…" at its end.
std::string in_cells(std::string_view text, std::size_t cells);

// Tables: rows of cells. The first row may hold the titles.

using Cells = std::vector<std::string>;

struct Column {
  std::size_t width = 0;  ///< of its cells; a cell that is wider pushes the rest of its row on
  bool right = false;     ///< cells stand at its right end, as numbers do
};

/// For each column the width of its widest cell.
std::vector<Column> fitting_columns(const std::vector<Cells>& rows);

/// A line for each row, with `gap` spaces between columns and none at the end. A row may have fewer cells.
std::string in_columns(const std::vector<Cells>& rows, const std::vector<Column>& columns,
                       std::size_t gap = 2);

/// The same in at most `width` cells, if possible: the widest columns are cut at their ends, but not the
/// first `whole` columns.
std::string in_fitting_columns(std::vector<Cells> rows, std::size_t width, std::size_t gap = 2,
                               std::size_t whole = 0);

/// TSV. The cells hold neither tabs nor line ends (see printable()).
std::string tab_separated(const std::vector<Cells>& rows);

// Help as blocks of text that a screen, the manual page or a test can each lay out in its own way.

struct HelpBlock {
  enum class Kind {
    paragraph,  ///< `text` flows
    heading,    ///< `text` above what follows
    entry,      ///< `term` and, in a column of its own, `text`
    lines,      ///< `text` stays as it is: examples, tables
  };
  Kind kind = Kind::paragraph;
  std::string text;
  std::string term;
};

inline HelpBlock paragraph(std::string text) { return {HelpBlock::Kind::paragraph, std::move(text), {}}; }
inline HelpBlock heading(std::string text) { return {HelpBlock::Kind::heading, std::move(text), {}}; }
inline HelpBlock lines(std::string text) { return {HelpBlock::Kind::lines, std::move(text), {}}; }
inline HelpBlock entry(std::string term, std::string text) {
  return {HelpBlock::Kind::entry, std::move(text), std::move(term)};
}

/// Running text: an empty line ends a paragraph, a line end is a space, lines that begin with a space stay.
std::vector<HelpBlock> blocks_of(std::string_view text);

struct HelpLayout {
  std::size_t column = 24;  ///< where the text of entries stands, below a term that reaches into it
  std::size_t indent = 0;   ///< of paragraphs and of terms
  std::size_t width = 80;
};

/// `text` broken at spaces, so that no line is wider where a word is not; the first line stands behind
/// `first`, the others behind `column` spaces. Ends with a line end.
std::string wrapped(std::string_view text, std::string first, std::size_t column, std::size_t width = 80);

/// For a screen. Paragraphs have an empty line between them, entries have none.
std::string laid_out(const std::vector<HelpBlock>& blocks, const HelpLayout& layout);

}  // namespace hookferry
