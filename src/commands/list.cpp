#include <algorithm>

#include <boost/json/value.hpp>

#include "cli/help.hpp"
#include "commands/commands.hpp"
#include "commands/source.hpp"
#include "core/files.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "region/hosts.hpp"
#include "report/report.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::commands {
namespace {

struct Row {
  std::optional<std::int64_t> id;
  std::string type;   ///< empty where there is none
  std::string alias;  ///< as it came
  std::string host;   ///< empty where there is none
  std::string defect;
};
using Rows = std::vector<Row>;

constexpr std::size_t page_width = 80;
constexpr std::size_t gap = 2;

std::vector<webhook::Webhook> webhooks_of(Context& context, const std::string& name) {
  if (!accounts::is_file_source(name, context.config, context.regions))
    return list_account(context, open_account(context, name, accounts::Side::only));
  return webhook::read_webhooks(read_file(name, "the webhooks of"), name == "-" ? "standard input" : name);
}

/// Of the URL as it may be shown.
std::string host_of(const webhook::Webhook& webhook) {
  const auto document = json::Document::over(webhook.text.view());
  const auto url = document.root().find("url");
  const auto text = secrets::mask_text(url ? url->string() : std::string());
  const auto hosts = region::find_hosts(text);
  return hosts.empty() ? std::string() : text.substr(hosts[0].begin, hosts[0].end - hosts[0].begin);
}

Row row_of(const webhook::Webhook& webhook) {
  Row out{webhook.id, "", webhook.identity.alias, host_of(webhook), webhook.defect};
  if (webhook.defect.empty()) out.type = webhook::type_name(webhook.identity.type);
  return out;
}

std::string json_of(const Rows& rows) {
  boost::json::array out;
  for (const auto& row : rows) {
    boost::json::object one{{"id", json::or_null(row.id)},
                            {"type", json::or_null(row.type)},
                            {"alias", json::or_null(row.alias)},
                            {"host", json::or_null(row.host)}};
    if (!row.defect.empty()) one["defect"] = row.defect;
    out.push_back(std::move(one));
  }
  return report::json_output(out);
}

using Cells = std::vector<std::string>;

Cells cells_of(const Row& row) {
  return {row.id ? std::to_string(*row.id) : "", row.type, printable(row.alias), printable(row.host)};
}

std::string tsv_of(const Rows& rows) {
  std::string out = "id\ttype\talias\thost\n";
  for (const auto& row : rows) {
    const auto cells = cells_of(row);
    out += cells[0] + "\t" + cells[1] + "\t" + cells[2] + "\t" + cells[3] + "\n";
  }
  return out;
}

/// As wide as what is in them; where that is too much for a page, alias and host share what is left.
std::vector<std::size_t> widths_of(const std::vector<Cells>& lines) {
  std::vector<std::size_t> out(4);
  for (const auto& line : lines)
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::max(out[i], display_width(line[i]));
  const auto taken = out[0] + out[1] + 3 * gap;
  const auto room = page_width - std::min(taken, page_width - 20);
  auto& alias = out[2];
  auto& host = out[3];
  if (alias + host <= room) return out;
  host = std::min(host, std::max(room / 2, room - std::min(alias, room)));
  alias = room - host;
  return out;
}

std::string table_of(const Rows& rows, bool color) {
  std::vector<Cells> lines = {{"ID", "TYPE", "ALIAS", "HOST"}};
  for (const auto& row : rows) {
    lines.push_back(cells_of(row));
    for (auto& cell : lines.back())
      if (cell.empty()) cell = "-";
  }
  const auto widths = widths_of(lines);
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i)
      text += (i > 0 ? std::string(gap, ' ') : "") + in_cells(line[i], widths[i]);
    text.erase(text.find_last_not_of(' ') + 1);
    out += (color && out.empty() ? "\x1b[1m" + text + "\x1b[0m" : text) + "\n";
  }
  return out;
}

}  // namespace

Exit run_list(Context& context) {
  Rows rows;
  for (const auto& webhook : select(context, webhooks_of(context, context.arguments[0])))
    rows.push_back(row_of(webhook));
  switch (context.options.format) {
    case cli::Format::json:
      context.put(json_of(rows));
      break;
    case cli::Format::tsv:
      context.put(tsv_of(rows));
      break;
    case cli::Format::text:
      context.put(table_of(rows, context.color()));
      break;
  }
  return Exit::done;
}

}  // namespace hookferry::commands
