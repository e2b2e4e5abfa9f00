#include <algorithm>
#include <functional>
#include <map>

#include <boost/json/value.hpp>

#include "cli/help.hpp"
#include "commands/context.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "ledger/ledger_file.hpp"
#include "report/report.hpp"

namespace hookferry::commands {
namespace {

using State = ledger::LedgerEntry::State;

struct Counts {
  std::map<ledger::Action, std::size_t> done;
  std::size_t failed = 0;
  std::size_t not_sent = 0;
  std::size_t undone = 0;
};

struct Row {
  const ledger::LedgerRun* run;
  std::string ledger;
  std::size_t place;  ///< of its ledger, from 0
  bool running;
};

/// A write that was sent and is not known to have arrived counts as failed, as in the last lines of the run.
Counts counts_of(const ledger::LedgerRun& run) {
  using ledger::Action;
  Counts out;
  for (const auto& entry : run.entries) {
    const bool is_write =
        entry.action == Action::create || entry.action == Action::update || entry.action == Action::remove;
    const bool is_undone = is_write && entry.state == State::undone;
    const bool is_done =
        !is_write || is_undone || entry.state == State::arrived || entry.state == State::removed;
    const bool is_sent = entry.state != State::planned;
    ++(is_done ? out.done[entry.action] : is_sent ? out.failed : out.not_sent);
    if (is_undone) ++out.undone;
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
  std::ranges::stable_sort(out, std::greater(), [](const Row& row) { return row.run->order; });
  return out;
}

boost::json::object json_of(const Row& row) {
  using ledger::Action;
  auto counts = counts_of(*row.run);
  const auto& header = row.run->header;
  const std::optional<std::int64_t> exit = row.run->ended ? std::optional(row.run->exit) : std::nullopt;
  return {{"at", utc_text(row.run->began / 1000)},
          {"command", header.command},
          {"source", header.source},
          {"destination", header.destination.name},
          {"url", header.destination.url},
          {"created", counts.done[Action::create]},
          {"updated", counts.done[Action::update]},
          {"deleted", counts.done[Action::remove]},
          {"unchanged", counts.done[Action::unchanged]},
          {"conflict", counts.done[Action::conflict]},
          {"invalid", counts.done[Action::invalid]},
          {"failed", counts.failed},
          {"not_sent", counts.not_sent},
          {"undone", counts.undone},
          {"ended", how_it_ended(row)},
          {"exit", json::or_null(exit)},
          {"ledger", row.ledger},
          {"run", row.place}};
}

/// "+3 ~1 -2 =40 x1 (1 undone)"
std::string short_counts(Counts counts) {
  using ledger::Action;
  const std::pair<char, std::size_t> signs[] = {{'+', counts.done[Action::create]},
                                                {'~', counts.done[Action::update]},
                                                {'-', counts.done[Action::remove]},
                                                {'=', counts.done[Action::unchanged]},
                                                {'!', counts.done[Action::conflict]},
                                                {'x', counts.done[Action::invalid] + counts.failed},
                                                {'?', counts.not_sent}};
  std::string out;
  for (const auto& [sign, count] : signs)
    if (count > 0) out += (out.empty() ? "" : " ") + std::string(1, sign) + std::to_string(count);
  return counts.undone > 0 ? out + " (" + std::to_string(counts.undone) + " undone)" : out;
}

std::string table_of(const std::vector<Row>& rows) {
  if (rows.empty()) return "No runs are recorded on this machine.\n";
  std::vector<Cells> lines = {{"WHEN", "COMMAND", "FROM -> TO", "ENDED", "WEBHOOKS"}};
  for (const auto& row : rows) {
    const auto& header = row.run->header;
    lines.push_back({utc_text(row.run->began / 1000), printable(header.command),
                     printable(header.source) + " -> " + printable(header.destination.name),
                     how_it_ended(row), short_counts(counts_of(*row.run))});
    lines.push_back({"    " + printable(row.ledger)});
  }
  return in_columns(lines, {{21}, {8}, {29}, {14}, {}}, 1) +
         "+ created  ~ updated  - deleted  = unchanged  ! in conflict  x failed or invalid\n"
         "? not sent\n";
}

}  // namespace

Exit run_runs(Context& context) {
  const auto ledgers =
      ledger::recorded_ledgers(context.ledgers, [&](const std::string& damage) { context.warn(damage); });
  const auto rows = rows_of(ledgers);
  if (context.options.format == cli::Format::json) {
    boost::json::array out;
    for (const auto& row : rows) out.push_back(json_of(row));
    context.put(report::json_output(out));
  } else {
    context.put(table_of(rows));
  }
  return Exit::done;
}

}  // namespace hookferry::commands
