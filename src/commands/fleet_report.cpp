#include <algorithm>
#include <numeric>
#include <utility>

#include <boost/json/value.hpp>

#include "commands/fleet.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "report/report.hpp"

namespace hookferry::commands {
namespace {

using Row = std::vector<std::string>;

Row row_of(const PairResult& result) {
  Row out = {printable(result.name), printable(result.source) + " -> " + printable(result.dest)};
  for (const auto number : {result.create, result.update, result.remove, result.unchanged, result.conflict,
                            result.invalid, result.failed})
    out.push_back(result.planned ? std::to_string(number) : "-");
  out.push_back(std::to_string(static_cast<int>(result.exit)));
  return out;
}

constexpr std::size_t page = 80;
constexpr std::size_t words = 2;  ///< columns of text, before those of numbers

std::vector<std::size_t> widths_of(const std::vector<Row>& rows) {
  std::vector<std::size_t> out(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) out[i] = std::max(out[i], display_width(row[i]));
  return out;
}

std::size_t width_of(const std::vector<std::size_t>& widths, std::size_t gap) {
  return std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1));
}

/// Whether a column of numbers, the exit codes aside, has anything to say.
bool says_nothing(const std::vector<Row>& rows, std::size_t column) {
  return std::all_of(rows.begin() + 1, rows.end(),
                     [&](const Row& row) { return row[column] == "0" || row[column] == "-"; });
}

void drop_empty_columns(std::vector<Row>& rows) {
  for (auto column = rows.front().size() - 1; column-- > words;) {
    if (!says_nothing(rows, column)) continue;
    for (auto& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
  }
}

void shorten(std::vector<Row>& rows, std::size_t column, std::size_t width) {
  for (auto& row : rows) row[column] = report::cut_in_the_middle(row[column], width);
}

/// Columns as wide as their widest cell, numbers to the right. Where that is more than a page, columns
/// without a number are left out, then names are cut.
std::string laid_out(std::vector<Row> rows) {
  if (width_of(widths_of(rows), 2) > page) drop_empty_columns(rows);
  constexpr std::size_t least = 16;
  for (const std::size_t column : {1, 0}) {
    const auto widths = widths_of(rows);
    const auto wide = width_of(widths, 2);
    if (wide > page)
      shorten(rows, column, std::max(least, widths[column] - std::min(widths[column], wide - page)));
  }
  const auto widths = widths_of(rows);
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - display_width(row[i]), ' ');
      line += (i > 0 ? "  " : "") + (i < words ? row[i] + space : space + row[i]);
    }
    out += line + "\n";
  }
  return out;
}

boost::json::object json_of(const PairResult& result) {
  boost::json::object out{{"pair", result.name}, {"exit", static_cast<int>(result.exit)}};
  const auto document = json::Document::try_parse(result.output);
  if (document && document->root().is(json::Kind::object)) {
    for (const auto& [key, value] : document->root().members())
      out[key.string()] = json::raw_json(std::string(value.text()));
  } else {
    out["source"] = result.source;
    out["destination"] = result.dest;
  }
  if (!result.error.empty()) out["error"] = result.error;
  return out;
}

}  // namespace

std::string fleet_table(const std::vector<PairResult>& results, bool planned) {
  std::vector<Row> rows;
  if (planned)
    rows.push_back(
        {"PAIR", "", "CREATE", "UPDATE", "DELETE", "UNCHANGED", "CONFLICT", "INVALID", "FAILED", "EXIT"});
  else
    rows.push_back(
        {"PAIR", "", "CREATED", "UPDATED", "DELETED", "UNCHANGED", "CONFLICT", "INVALID", "FAILED", "EXIT"});
  for (const auto& result : results) rows.push_back(row_of(result));
  std::string out = laid_out(std::move(rows));
  for (const auto& result : results)
    if (!result.error.empty()) out += "x " + printable(result.name) + ": " + result.error + "\n";
  return out;
}

std::string fleet_json(const std::vector<PairResult>& results) {
  boost::json::array out;
  for (const auto& result : results) out.push_back(json_of(result));
  return report::json_output(out);
}

}  // namespace hookferry::commands
