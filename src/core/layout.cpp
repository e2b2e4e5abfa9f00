#include "core/layout.hpp"

#include <locale.h>
#include <wchar.h>

#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/trim.hpp>
#include "core/text.hpp"

namespace hookferry {
namespace {

std::size_t cells_of(const Character& character) {
  // A locale that knows UTF-8, whatever the user's is.
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const locale_t before = ::uselocale(utf8);
  const int cells = ::wcwidth(static_cast<wchar_t>(character.code_point));
  ::uselocale(before);
  return character.code_point == 0 || cells < 0 ? 1 : static_cast<std::size_t>(cells);
}

}  // namespace

std::size_t display_width(std::string_view text) {
  if (std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; })) return text.size();
  std::size_t out = 0;
  while (!text.empty()) {
    const auto character = first_character(text);
    out += cells_of(character);
    text.remove_prefix(std::max<std::size_t>(character.length, 1));
  }
  return out;
}

std::string padded(std::string_view text, std::size_t cells) {
  const auto width = display_width(text);
  return std::string(text) + std::string(width < cells ? cells - width : 1, ' ');
}

std::string in_cells(std::string_view text, std::size_t cells) {
  const auto width = display_width(text);
  if (width <= cells) return std::string(text) + std::string(cells - width, ' ');
  if (cells == 0) return {};
  std::size_t taken = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto next = first_character(text.substr(at));
    if (taken + cells_of(next) > cells - 1) break;
    taken += cells_of(next);
    at += std::max<std::size_t>(next.length, 1);
  }
  return std::string(text.substr(0, at)) + "…" + std::string(cells - 1 - taken, ' ');
}

std::vector<Column> fitting_columns(const std::vector<Cells>& rows) {
  std::vector<Column> out;
  for (const auto& row : rows) {
    out.resize(std::max(out.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) out[i].width = std::max(out[i].width, display_width(row[i]));
  }
  return out;
}

std::string in_columns(const std::vector<Cells>& rows, const std::vector<Column>& columns, std::size_t gap) {
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      const auto width = display_width(row[i]);
      const std::string space(columns[i].width > width ? columns[i].width - width : 0, ' ');
      out += columns[i].right ? space + row[i] : row[i] + (last ? "" : space);
      out += last ? "\n" : std::string(gap, ' ');
    }
  }
  return out;
}

std::string in_fitting_columns(std::vector<Cells> rows, std::size_t width, std::size_t gap,
                               std::size_t whole) {
  constexpr std::size_t narrowest = 8;
  auto columns = fitting_columns(rows);
  auto excess = gap * (columns.empty() ? 0 : columns.size() - 1);
  for (auto& column : columns) excess += column.width = std::min(column.width, std::max(width, narrowest));
  for (; excess > width; --excess) {
    const auto first = columns.begin() + static_cast<std::ptrdiff_t>(whole);
    const auto widest = std::ranges::max_element(first, columns.end(), {}, &Column::width);
    if (widest->width <= narrowest) break;
    --widest->width;
  }
  for (auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      if (display_width(row[i]) > columns[i].width)
        row[i] = boost::trim_right_copy(in_cells(row[i], columns[i].width));
  return in_columns(rows, columns, gap);
}

std::string tab_separated(const std::vector<Cells>& rows) {
  std::string out;
  for (auto row : rows) {
    // A spreadsheet would take such a cell for a formula and run it.
    for (auto& cell : row)
      if (!cell.empty() && std::string_view("=+-@").find(cell[0]) != std::string_view::npos)
        cell.insert(0, "'");
    out += boost::algorithm::join(row, "\t") + "\n";
  }
  return out;
}

std::vector<HelpBlock> blocks_of(std::string_view text) {
  std::vector<HelpBlock> out;
  bool open = false;  // the last block may go on
  for (const auto line : split(text, '\n')) {
    const auto kind = line.starts_with(' ') ? HelpBlock::Kind::lines : HelpBlock::Kind::paragraph;
    if (!line.empty() && open && out.back().kind == kind)
      out.back().text += (kind == HelpBlock::Kind::lines ? "\n" : " ") + std::string(line);
    else if (!line.empty())
      out.push_back({kind, std::string(line), {}});
    open = !line.empty();
  }
  return out;
}

std::string wrapped(std::string_view text, std::string first, std::size_t column, std::size_t width) {
  std::string out;
  std::string line = std::move(first);
  bool begun = false;  // this line holds a word
  for (const auto word : split(text, ' ')) {
    if (word.empty()) continue;
    if (begun && display_width(line) + 1 + display_width(word) > width) {
      out += line + "\n";
      line.assign(column, ' ');
      begun = false;
    }
    line += (begun ? " " : "") + std::string(word);
    begun = true;
  }
  if (!begun) line.erase(line.find_last_not_of(' ') + 1);
  return out + line + "\n";
}

std::string laid_out(const std::vector<HelpBlock>& blocks, const HelpLayout& layout) {
  using Kind = HelpBlock::Kind;
  std::string out;
  auto above = Kind::heading;  // nothing stands between a heading and what is below it
  for (const auto& [kind, text, term] : blocks) {
    if (above != Kind::heading && (above != kind || kind == Kind::paragraph)) out += "\n";
    above = kind;
    std::string first = std::string(layout.indent, ' ') + term;
    if (kind == Kind::lines) {
      for (const auto line : split(text, '\n')) out += (line.empty() ? "" : first) + std::string(line) + "\n";
    } else if (kind == Kind::entry) {
      if (display_width(first) + 2 > layout.column) out += std::exchange(first, {}) + "\n";
      first.append(layout.column - display_width(first), ' ');
      out += wrapped(text, first, layout.column, layout.width);
    } else {
      out += wrapped(text, first, layout.indent, layout.width);
    }
  }
  return out;
}

}  // namespace hookferry
