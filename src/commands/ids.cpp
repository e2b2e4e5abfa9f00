#include <algorithm>

#include <boost/json/value.hpp>

#include "commands/context.hpp"
#include "core/files.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::commands {

namespace {

struct Input {
  std::string mark;  ///< some editors begin files with one; it stays
  json::Document document;
};

Input read_input(const std::string& name) {
  auto text = read_file(name, "the alerts of");
  const bool marked = text.starts_with(byte_order_mark);
  if (marked) text.erase(0, byte_order_mark.size());
  try {
    return {std::string(marked ? byte_order_mark : ""), json::Document::parse(std::move(text))};
  } catch (const json::SyntaxError& error) {
    throw Failure(Cause::bad_data,
                  (name == "-" ? "standard input" : printable(name)) + " is " + std::string(error.what()),
                  "exported alerts are expected");
  }
}

std::string json_of(const plan::Rewiring& rewiring) {
  boost::json::array unknown;
  for (const auto& [path, id, is_a_destinations, is_a_string] : rewiring.unknown)
    unknown.push_back({{"path", path}, {"id", json::raw_json(id)}});
  return printable_json(json::compact({{"rewired", rewiring.rewired}, {"unknown", std::move(unknown)}}));
}

void tell(const Context& context, const plan::Rewiring& rewiring) {
  for (const auto& [path, id, is_a_destinations, is_a_string] : rewiring.unknown) {
    const auto why = is_a_string         ? " is a string, and webhook ids are numbers"
                     : is_a_destinations ? " is already a destination id"
                                         : " is not in the ledger";
    context.tell_all("hookferry: error: " + printable(path) + ": the id " + printable_excerpt(id, 60) + why);
  }
  if (rewiring.in_strings > 0)
    context.warn("ids in JSON inside strings are left as they are: " + std::to_string(rewiring.in_strings));
  if (!rewiring.unknown.empty() && std::ranges::all_of(rewiring.unknown, &plan::UnknownId::is_a_destinations))
    context.note("All unknown ids are the destination's: was the file rewired before?");
  context.note("Rewired: " + std::to_string(rewiring.rewired) +
               "; unknown and left: " + std::to_string(rewiring.unknown.size()) + ".");
}

/// The second argument; Failure(usage) if it is the first one that is a ledger.
std::vector<ledger::LedgerRun> ledger_of(Context& context) {
  const auto& arguments = context.arguments;
  try {
    return one_ledger(context, arguments.size() > 1 ? arguments[1] : "");
  } catch (const Failure& failure) {
    if (!arguments[0].ends_with(".jsonl") || arguments.size() < 2 || arguments[1].ends_with(".jsonl")) throw;
    throw Failure(Cause::usage, printable(arguments[0]) + " is a ledger, and is given in place of the file",
                  "the file comes first: hookferry rewire FILE LEDGER");
  }
}

}  // namespace

Exit run_rewire(Context& context) {
  const auto ids = plan::id_map(ledger_of(context));
  const auto input = read_input(context.arguments[0]);
  auto rewiring = plan::rewire(input.document, ids);
  write_file(context.options.output,
             input.mark + json::apply(input.document.text(), std::move(rewiring.edits)));
  if (context.wants_json())
    context.tell_all(json_of(rewiring));
  else
    tell(context, rewiring);
  return rewiring.unknown.empty() ? Exit::done : Exit::incomplete;
}

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
  const auto format = context.options.format;
  auto cells = report::cells_of(rows, {"source_id", "destination_id", "type", "alias"});
  const auto tsv = tab_separated(cells);
  cells[0] = {"SOURCE", "DESTINATION", "TYPE", "ALIAS"};
  const auto room = cli::page_width() - 42;  // behind the other columns; JSON and TSV have aliases whole
  for (auto& row : cells) row.back() = report::cut_in_the_middle(row.back(), room);
  context.put(format == cli::Format::json  ? report::json_output(rows)
              : format == cli::Format::tsv ? tsv
                                           : in_columns(cells, {{11}, {13}, {15}, {}}, 1));
  return Exit::done;
}

}  // namespace hookferry::commands
