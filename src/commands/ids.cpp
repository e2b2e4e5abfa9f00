#include <boost/json/value.hpp>

#include "cli/help.hpp"
#include "commands/commands.hpp"
#include "core/files.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
#include "ledger/ledger.hpp"
#include "plan/ids.hpp"
#include "report/report.hpp"

namespace hookferry::commands {
namespace {

using Rows = std::vector<plan::MappedId>;

std::string json_of(const Rows& rows) {
  boost::json::array out;
  for (const auto& row : rows)
    out.push_back({{"source_id", row.source_id},
                   {"destination_id", row.destination_id},
                   {"alias", row.identity.alias},
                   {"type", webhook::type_name(row.identity.type)}});
  return report::json_output(out);
}

/// Of 80 columns; json and tsv have aliases whole.
std::string table_of(const Rows& rows) {
  constexpr std::size_t room = 80 - 42;
  std::string out = padded("SOURCE", 12) + padded("DESTINATION", 14) + padded("TYPE", 16) + "ALIAS\n";
  for (const auto& row : rows)
    out += padded(std::to_string(row.source_id), 12) + padded(std::to_string(row.destination_id), 14) +
           padded(webhook::type_name(row.identity.type), 16) +
           report::cut_in_the_middle(printable(row.identity.alias), room) + "\n";
  return out;
}

std::string tsv_of(const Rows& rows) {
  std::string out = "source_id\tdestination_id\ttype\talias\n";
  for (const auto& row : rows)
    out += std::to_string(row.source_id) + "\t" + std::to_string(row.destination_id) + "\t" +
           webhook::type_name(row.identity.type) + "\t" + printable(row.identity.alias) + "\n";
  return out;
}

}  // namespace

Exit run_ids(Context& context) {
  const auto rows = plan::id_map(ledger::read_ledger(context.arguments[0]));
  switch (context.options.format) {
    case cli::Format::json:
      context.put(json_of(rows));
      break;
    case cli::Format::tsv:
      context.put(tsv_of(rows));
      break;
    case cli::Format::text:
      context.put(table_of(rows));
      break;
  }
  return Exit::done;
}

}  // namespace hookferry::commands
