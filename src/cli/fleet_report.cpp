#include "cli/fleet_report.hpp"

#include <algorithm>

#include "core/printable.hpp"
#include "json/text.hpp"

namespace hookferry {
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

/// Columns as wide as their widest cell, numbers to the right.
std::string laid_out(const std::vector<Row>& rows, std::size_t words) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  constexpr std::size_t page = 80;
  std::size_t wide = 2 * (widths.size() - 1);
  for (const auto width : widths) wide += width;
  const std::string gap = wide > page ? " " : "  ";
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - row[i].size(), ' ');
      line += (i > 0 ? gap : "") + (i < words ? row[i] + space : space + row[i]);
    }
    out += line + "\n";
  }
  return out;
}

std::string json_of(const PairResult& result) {
  std::string out =
      "{\"pair\":" + json::encode(result.name) + ",\"exit\":" + std::to_string(static_cast<int>(result.exit));
  const auto document = json::Document::try_parse(result.output);
  if (document && document->root().is(json::Kind::object)) {
    for (const auto& [key, value] : document->root().members())
      out += "," + std::string(key.text()) + ":" + std::string(value.text());
  } else {
    out += ",\"source\":" + json::encode(result.source) + ",\"destination\":" + json::encode(result.dest);
  }
  if (!result.error.empty()) out += ",\"error\":" + json::encode(result.error);
  return out + "}";
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
  std::string out = laid_out(rows, 2);
  for (const auto& result : results)
    if (!result.error.empty()) out += "x " + printable(result.name) + ": " + result.error + "\n";
  return out;
}

std::string fleet_json(const std::vector<PairResult>& results) {
  std::string out = "[";
  for (const auto& result : results) out += (out.size() > 1 ? "," : "") + json_of(result);
  const auto document = json::Document::parse(out + "]");
  return printable_json(json::pretty(document.root())) + "\n";
}

}  // namespace hookferry
