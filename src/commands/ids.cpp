#include <boost/json/value.hpp>

#include "cli/help.hpp"
#include "commands/context.hpp"
#include "core/layout.hpp"
#include "ledger/ledger_file.hpp"
#include "plan/plan.hpp"
#include "report/report.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::commands {

Exit run_ids(Context& context) {
  boost::json::array rows;
  for (const auto& id :
       plan::id_map(one_ledger(context, context.arguments.empty() ? "" : context.arguments[0]))) {
    boost::json::object row({{"source_id", id.source_id},
                             {"destination_id", id.destination_id},
                             {"alias", secrets::mask_alias(id.identity.alias)},
                             {"type", webhook::type_name(id.identity.type)}});
    if (!id.source_uuid.empty()) row["source_uuid"] = id.source_uuid;
    if (!id.destination_uuid.empty()) row["destination_uuid"] = id.destination_uuid;
    rows.push_back(std::move(row));
  }
  if (context.options.format == cli::Format::json) {
    context.put(report::json_output(rows));
    return Exit::done;
  }
  auto cells = report::cells_of(rows, {"source_id", "destination_id", "type", "alias"});
  if (context.options.format == cli::Format::tsv) {
    context.put(tab_separated(cells));
    return Exit::done;
  }
  cells[0] = {"SOURCE", "DESTINATION", "TYPE", "ALIAS"};
  const auto room = cli::page_width() - 42;  // behind the other columns; JSON and TSV have aliases whole
  for (auto& row : cells) row.back() = report::cut_in_the_middle(row.back(), room);
  context.put(in_columns(cells, {{11}, {13}, {15}, {}}, 1));
  return Exit::done;
}

}  // namespace hookferry::commands
