#include <algorithm>

#include <boost/json/value.hpp>

#include "cli/help.hpp"
#include "commands/commands.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "ledger/ledger_file.hpp"
#include "report/report.hpp"

namespace hookferry::commands {
namespace {

using State = ledger::LedgerEntry::State;

struct Counts {
  std::size_t created = 0, updated = 0, deleted = 0, unchanged = 0, conflict = 0, invalid = 0, failed = 0;
  std::size_t undone = 0;
};

struct Row {
  const ledger::LedgerRun* run;
  std::string ledger;
  std::size_t place;  ///< of its ledger, from 0
  bool running;
};

/// What was to be written and is not known to be there counts as failed, as in the run's own last lines.
void count_write(Counts& counts, const ledger::LedgerEntry& entry, std::size_t& done) {
  switch (entry.state) {
    case State::undone:
      ++counts.undone;
      ++done;
      break;
    case State::arrived:
    case State::removed:
      ++done;
      break;
    case State::planned:
    case State::intended:
    case State::accepted:
    case State::not_applied:
    case State::unclear:
      ++counts.failed;
      break;
  }
}

Counts counts_of(const ledger::LedgerRun& run) {
  Counts out;
  for (const auto& entry : run.entries) {
    switch (entry.action) {
      case ledger::Action::create:
        count_write(out, entry, out.created);
        break;
      case ledger::Action::update:
        count_write(out, entry, out.updated);
        break;
      case ledger::Action::remove:
        count_write(out, entry, out.deleted);
        break;
      case ledger::Action::unchanged:
        ++out.unchanged;
        break;
      case ledger::Action::conflict:
        ++out.conflict;
        break;
      case ledger::Action::invalid:
        ++out.invalid;
        break;
    }
  }
  return out;
}

std::string how_it_ended(const Row& row) {
  if (row.running) return "running";
  if (!row.run->ended) return "killed";
  if (!row.run->settled) return "open";
  switch (static_cast<Exit>(row.run->exit)) {
    case Exit::done:
      return "done";
    case Exit::differences:
      return "conflicts left";
    case Exit::interrupted:
      return "interrupted";
    default:
      return "incomplete";
  }
}

/// The newest first.
std::vector<Row> rows_of(const std::vector<ledger::RecordedLedger>& ledgers) {
  std::vector<Row> out;
  for (const auto& ledger : ledgers) {
    const auto& runs = *ledger.runs;
    const bool open = !runs.back().ended;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const bool last = i + 1 == runs.size();
      out.push_back({&runs[i], ledger.path.string(), i, last && open && ledger::is_written_to(ledger.path)});
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Row& a, const Row& b) { return a.run->began > b.run->began; });
  return out;
}

boost::json::object json_of(const Row& row) {
  const auto counts = counts_of(*row.run);
  const auto& header = row.run->header;
  const std::optional<std::int64_t> exit = row.run->ended ? std::optional(row.run->exit) : std::nullopt;
  return {{"at", utc_text(row.run->began / 1000)},
          {"command", header.command},
          {"source", header.source},
          {"destination", header.destination.name},
          {"url", header.destination.url},
          {"created", counts.created},
          {"updated", counts.updated},
          {"deleted", counts.deleted},
          {"unchanged", counts.unchanged},
          {"conflict", counts.conflict},
          {"invalid", counts.invalid},
          {"failed", counts.failed},
          {"undone", counts.undone},
          {"ended", how_it_ended(row)},
          {"exit", json::or_null(exit)},
          {"ledger", row.ledger},
          {"run", row.place}};
}

std::string json_of(const std::vector<Row>& rows) {
  boost::json::array out;
  for (const auto& row : rows) out.push_back(json_of(row));
  return report::json_output(out);
}

/// "+3 ~1 -2 =40 x1", and what of it was taken back.
std::string short_counts(const Counts& counts) {
  std::string out;
  const auto add = [&](char sign, std::size_t count) {
    if (count > 0) out += (out.empty() ? "" : " ") + std::string(1, sign) + std::to_string(count);
  };
  add('+', counts.created);
  add('~', counts.updated);
  add('-', counts.deleted);
  add('=', counts.unchanged);
  add('!', counts.conflict);
  add('x', counts.invalid + counts.failed);
  if (counts.undone > 0) out += " (" + std::to_string(counts.undone) + " taken back)";
  return out;
}

std::string table_of(const std::vector<Row>& rows) {
  if (rows.empty()) return "No runs are recorded on this machine.\n";
  std::string out = padded("WHEN", 22) + padded("COMMAND", 9) + padded("FROM -> TO", 30) +
                    padded("ENDED", 15) + "WEBHOOKS\n";
  for (const auto& row : rows) {
    const auto& header = row.run->header;
    out += padded(utc_text(row.run->began / 1000), 22) + padded(printable(header.command), 9) +
           padded(printable(header.source) + " -> " + printable(header.destination.name), 30) +
           padded(how_it_ended(row), 15) + short_counts(counts_of(*row.run)) + "\n    " +
           printable(row.ledger) + "\n";
  }
  return out + "+ created  ~ updated  - deleted  = unchanged  ! in conflict  x failed or invalid\n";
}

}  // namespace

Exit run_runs(Context& context) {
  const auto ledgers =
      ledger::recorded_ledgers(context.ledgers, [&](const std::string& damage) { context.warn(damage); });
  const auto rows = rows_of(ledgers);
  context.put(context.options.format == cli::Format::json ? json_of(rows) : table_of(rows));
  return Exit::done;
}

}  // namespace hookferry::commands
