#include "report/report.hpp"

#include <algorithm>
#include <numeric>

#include "core/text.hpp"

namespace hookferry::report {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t words = 2;  ///< columns of text, before those of numbers

std::size_t width_of(const std::vector<Column>& columns) {
  return std::accumulate(columns.begin(), columns.end(), gap * (columns.size() - 1),
                         [](std::size_t sum, const Column& column) { return sum + column.width; });
}

/// Columns are as wide as their widest cell, and numbers stand at the right. Where that is wider than a page,
/// columns of zeros are left out (but never the exit codes), then names are cut.
std::string laid_out(std::vector<Cells> rows, std::size_t page) {
  if (width_of(fitting_columns(rows)) > page)
    for (auto column = rows.front().size() - 1; column-- > words;) {
      const bool is_empty = std::all_of(rows.begin() + 1, rows.end(), [&](const Cells& row) {
        return row[column] == "0" || row[column] == "-";
      });
      if (!is_empty) continue;
      for (auto& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
    }
  constexpr std::size_t least = 16;
  for (const std::size_t column : {std::size_t{1}, std::size_t{0}}) {
    const auto columns = fitting_columns(rows);
    const auto wide = width_of(columns);
    if (wide <= page) continue;
    const auto width = std::max(least, columns[column].width - std::min(columns[column].width, wide - page));
    for (auto& row : rows) row[column] = cut_in_the_middle(row[column], width);
  }
  auto columns = fitting_columns(rows);
  for (std::size_t i = words; i < columns.size(); ++i) columns[i].right = true;
  return in_columns(rows, columns, gap);
}

}  // namespace

std::size_t PairResult::count(std::string_view action) const {
  return summary ? count_of(*summary, action) : 0;
}

Exit worst_exit(const std::vector<PairResult>& results) {
  for (const auto exit : {Exit::interrupted, Exit::cannot_write, Exit::key_refused, Exit::protocol,
                          Exit::unreachable, Exit::configuration, Exit::bad_data, Exit::no_input, Exit::usage,
                          Exit::incomplete, Exit::differences})
    if (std::ranges::find(results, exit, &PairResult::exit) != results.end()) return exit;
  return Exit::done;
}

std::string render_fleet(const std::vector<PairResult>& results, bool planned, std::size_t width) {
  const std::string d = planned ? "" : "D";
  std::vector<Cells> rows = {{"PAIR", "", "CREATE" + d, "UPDATE" + d, "DELETE" + d, "UNCHANGED", "CONFLICT",
                              "INVALID", "FAILED", "EXIT"}};
  for (const auto& result : results) {
    auto& row = rows.emplace_back(
        Cells{printable(result.name), printable(result.source) + " -> " + printable(result.dest)});
    for (const auto* action : {"create", "update", "delete", "unchanged", "conflict", "invalid", "failed"})
      row.push_back(result.summary ? std::to_string(result.count(action)) : "-");
    row.push_back(std::to_string(static_cast<int>(result.exit)));
  }
  std::string out = laid_out(std::move(rows), width);
  for (const auto& result : results)
    if (!result.error.empty()) out += "x " + printable(result.name) + ": " + result.error + "\n";
  return out;
}

std::string render_fleet_json(const std::vector<PairResult>& results) {
  boost::json::array out;
  for (const auto& result : results) {
    boost::json::object one{{"pair", result.name}, {"exit", static_cast<int>(result.exit)}};
    if (result.report)
      for (const auto& [key, value] : *result.report) one[key] = value;
    one["source"] = result.source;
    one["destination"] = result.dest;
    out.push_back(std::move(one));
  }
  return json_output(out);
}

}  // namespace hookferry::report
