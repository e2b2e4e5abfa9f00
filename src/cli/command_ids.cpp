#include <algorithm>

#include "cli/commands.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "json/text.hpp"
#include "ledger/ledger.hpp"

namespace hookferry {
namespace {

struct Row {
  std::int64_t source_id;
  std::int64_t destination_id;
  Identity identity;
};

/// Where runs of one ledger speak of the same source webhook, the last word counts.
std::vector<Row> rows_of(const std::vector<LedgerRun>& runs) {
  using State = LedgerEntry::State;
  std::vector<Row> out;
  for (const auto& run : runs) {
    if (run.header.command == "undo") continue;
    for (const auto& entry : run.entries) {
      // An update that was taken back leaves the webhook where it was.
      const bool written = entry.state == State::arrived || entry.state == State::accepted ||
                           (entry.state == State::undone && entry.action == "update");
      const bool found =
          entry.state == State::planned && (entry.action == "unchanged" || entry.action == "conflict");
      if (!entry.source_id || !entry.destination_id || !(written || found)) continue;
      std::erase_if(out, [&](const Row& row) { return row.source_id == *entry.source_id; });
      out.push_back({*entry.source_id, *entry.destination_id, entry.identity});
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Row& a, const Row& b) { return a.source_id < b.source_id; });
  return out;
}

std::string json_of(const std::vector<Row>& rows) {
  std::string out = "[";
  for (const auto& row : rows)
    out += (out.size() > 1 ? "," : "") + ("{\"source_id\":" + std::to_string(row.source_id)) +
           ",\"destination_id\":" + std::to_string(row.destination_id) +
           ",\"alias\":" + json::encode(row.identity.alias) +
           ",\"type\":" + json::encode(type_name(row.identity.type)) + "}";
  const auto document = json::Document::parse(out + "]");
  return printable_json(json::pretty(document.root())) + "\n";
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string table_of(const std::vector<Row>& rows) {
  std::string out = padded("SOURCE", 12) + padded("DESTINATION", 14) + padded("TYPE", 16) + "ALIAS\n";
  for (const auto& row : rows)
    out += padded(std::to_string(row.source_id), 11) + " " + padded(std::to_string(row.destination_id), 13) +
           " " + padded(type_name(row.identity.type), 15) + " " + printable(row.identity.alias) + "\n";
  return out;
}

std::string tsv_of(const std::vector<Row>& rows) {
  std::string out = "source_id\tdestination_id\ttype\talias\n";
  for (const auto& row : rows)
    out += std::to_string(row.source_id) + "\t" + std::to_string(row.destination_id) + "\t" +
           type_name(row.identity.type) + "\t" + printable(row.identity.alias) + "\n";
  return out;
}

}  // namespace

Exit run_ids(Context& context) {
  const auto rows = rows_of(read_ledger(context.arguments[0]));
  switch (context.options.format) {
    case Format::json:
      write_stdout(json_of(rows));
      break;
    case Format::tsv:
      write_stdout(tsv_of(rows));
      break;
    case Format::text:
      write_stdout(table_of(rows));
      break;
  }
  return Exit::done;
}

}  // namespace hookferry
