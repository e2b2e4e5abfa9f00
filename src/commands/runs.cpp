#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include <boost/json/value.hpp>

#include "commands/context.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
#include "json/build.hpp"

namespace hookferry::commands {
namespace {

using State = ledger::LedgerEntry::State;

/// How many webhooks of a run had which outcome, by its name in JSON.
using Counts = std::map<std::string_view, std::size_t>;

struct Row {
  const ledger::LedgerRun* run;
  std::filesystem::path ledger;
  std::size_t place;  ///< of its ledger, from 0
  bool running;
};

std::optional<std::int64_t> number_of(const ledger::LedgerRun& run) {
  return run.number > 0 ? std::optional(run.number) : std::nullopt;
}

/// A write that was sent and is not known to have arrived counts as failed, as in the last lines of the run.
Counts counts_of(const ledger::LedgerRun& run) {
  using ledger::Action;
  // In the order of Action.
  constexpr std::array done = {"created", "updated", "unchanged", "conflict", "invalid", "deleted"};
  Counts out;
  for (const auto& entry : run.entries) {
    const bool is_write =
        entry.action == Action::create || entry.action == Action::update || entry.action == Action::remove;
    const bool is_undone = is_write && entry.state == State::undone;
    const bool is_done =
        !is_write || is_undone || entry.state == State::arrived || entry.state == State::removed;
    const bool is_sent = entry.state != State::planned;
    ++out[is_done ? done.at(static_cast<std::size_t>(entry.action)) : is_sent ? "failed" : "not_sent"];
    if (is_undone) ++out["undone"];
  }
  return out;
}

std::string how_it_ended(const Row& row) {
  if (row.running) return "running";
  if (!row.run->ended) return "killed";
  if (!row.run->settled) return "unverified";
  const auto exit = static_cast<Exit>(row.run->exit);
  return exit == Exit::done          ? "done"
         : exit == Exit::differences ? "conflicts left"
         : exit == Exit::interrupted ? "interrupted"
                                     : "incomplete";
}

/// A run, or all pairs of a fleet.
struct Entry {
  std::vector<Row> rows;  ///< the newest first
  const ledger::LedgerRun& newest() const { return *rows.front().run; }
  bool is_fleet() const { return !newest().header.fleet.empty(); }
};

/// The newest first.
std::vector<Entry> entries_of(const std::vector<ledger::RecordedLedger>& ledgers) {
  std::vector<Row> rows;
  for (const auto& ledger : ledgers) {
    const auto& runs = *ledger.runs;
    const bool open = !runs.back().ended;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const bool last = i + 1 == runs.size();
      rows.push_back({&runs[i], ledger.path, i, last && open && ledger::is_written_to(ledger.path)});
    }
  }
  std::ranges::stable_sort(rows, std::greater(), [](const Row& row) { return row.run->order; });
  std::vector<Entry> out;
  std::map<std::string, std::size_t> fleets;
  for (auto& row : rows) {
    const auto& fleet = row.run->header.fleet;
    const auto known = fleets.find(fleet);
    if (!fleet.empty() && known != fleets.end()) {
      out[known->second].rows.push_back(std::move(row));
      continue;
    }
    if (!fleet.empty()) fleets[fleet] = out.size();
    out.emplace_back().rows.push_back(std::move(row));
  }
  return out;
}

boost::json::object json_of(const Row& row) {
  const auto& header = row.run->header;
  boost::json::object out{{"number", json::or_null(number_of(*row.run))},
                          {"at", utc_text(row.run->began / 1000)},
                          {"command", header.command},
                          {"source", header.source},
                          {"destination", header.destination.name},
                          {"url", header.destination.url}};
  auto counts = counts_of(*row.run);
  for (const auto* name :
       {"created", "updated", "deleted", "unchanged", "conflict", "invalid", "failed", "not_sent", "undone"})
    out[name] = counts[name];
  out["ended"] = how_it_ended(row);
  out["exit"] = row.run->ended ? boost::json::value(row.run->exit) : boost::json::value();
  out["ledger"] = row.ledger.string();
  out["run"] = row.place;
  return out;
}

boost::json::object json_of(const Entry& entry) {
  if (!entry.is_fleet()) return json_of(entry.rows.front());
  return {{"number", json::or_null(number_of(entry.newest()))},
          {"at", utc_text(entry.rows.back().run->began / 1000)},
          {"command", "fleet"},
          {"pairs", report::array_of(entry.rows, [](const Row& row) { return json_of(row); })}};
}

/// "+3 ~1 -2 =40 x1 (1 undone)"
std::string short_counts(const Entry& entry) {
  Counts counts;
  for (const auto& row : entry.rows)
    for (const auto& [name, count] : counts_of(*row.run))
      counts[name == "invalid" ? "failed" : name] += count;
  constexpr std::pair<char, std::string_view> signs[] = {
      {'+', "created"},  {'~', "updated"}, {'-', "deleted"}, {'=', "unchanged"},
      {'!', "conflict"}, {'x', "failed"},  {'?', "not_sent"}};
  std::string out;
  for (const auto& [sign, name] : signs)
    if (const auto count = counts[name]; count > 0)
      out += (out.empty() ? "" : " ") + std::string(1, sign) + std::to_string(count);
  const auto undone = counts["undone"];
  return undone > 0 ? out + " (" + std::to_string(undone) + " undone)" : out;
}

/// Of a fleet, that of the pair that is worth reading first.
std::string how_it_ended(const Entry& entry) {
  std::string out = how_it_ended(entry.rows.front());
  for (const auto& row : entry.rows)
    if (out == "done" || out == "conflicts left") out = how_it_ended(row);
  return out;
}

std::string table_of(const std::vector<Entry>& entries) {
  if (entries.empty()) return "No runs are recorded on this machine.\n";
  std::vector<Cells> cells = {{"NUMBER", "WHEN", "COMMAND", "FROM -> TO", "ENDED", "WEBHOOKS"}};
  for (const auto& entry : entries) {
    const auto& header = entry.newest().header;
    const auto number = number_of(entry.newest());
    cells.push_back({number ? std::to_string(*number) : "-", utc_text(entry.rows.back().run->began / 1000),
                     entry.is_fleet() ? "fleet" : printable(header.command),
                     entry.is_fleet()
                         ? plural(entry.rows.size(), "pair")
                         : printable(header.source) + " -> " + printable(header.destination.name),
                     how_it_ended(entry), short_counts(entry)});
  }
  const auto table = in_fitting_columns(std::move(cells), cli::page_width(), 1, 3);
  const auto lines = split(table, '\n');
  std::string out = std::string(lines[0]) + "\n";
  for (std::size_t i = 0; i < entries.size(); ++i) {
    out += std::string(lines[i + 1]) + "\n";
    for (const auto& row : entries[i].rows) out += "    " + printable(row.ledger.string()) + "\n";
  }
  return out +
         "+ created  ~ updated  - deleted  = unchanged  ! in conflict  x failed or invalid\n"
         "? not sent\n";
}

/// The ledgers of the state folder that have none of the `keep` newest entries, doubts, or last runs.
std::vector<std::filesystem::path> prunable(const std::vector<ledger::RecordedLedger>& ledgers,
                                            const std::vector<Entry>& entries, std::size_t keep) {
  std::set<std::filesystem::path> kept;
  std::set<std::string> accounts;
  for (std::size_t i = 0; i < entries.size(); ++i)
    for (const auto& row : entries[i].rows) {
      const auto& destination = row.run->header.destination;
      const bool is_last = accounts.insert(destination.url + " " + destination.identity.key).second;
      const bool in_doubt =
          !row.run->ended || !row.run->settled || std::ranges::any_of(row.run->entries, [](const auto& one) {
            return one.state == State::intended || one.state == State::accepted ||
                   one.state == State::ambiguous;
          });
      if (i < keep || is_last || in_doubt) kept.insert(row.ledger);
    }
  std::vector<std::filesystem::path> out;
  const auto folder = ledger::state_directory();
  for (const auto& ledger : ledgers)
    if (!kept.contains(ledger.path) && ledger.path.parent_path() == folder &&
        !ledger::is_written_to(ledger.path))
      out.push_back(ledger.path);
  return out;
}

Exit prune(Context& context, const std::vector<ledger::RecordedLedger>& ledgers,
           const std::vector<Entry>& entries) {
  if (!context.options.keep)
    throw Failure(Cause::usage, "prune needs --keep N, the number of runs that stay",
                  "hookferry runs prune --keep 100");
  require_consent(context, "add --yes");
  const auto old = prunable(ledgers, entries, *context.options.keep);
  if (old.empty()) {
    context.show("Nothing to delete.\n");
    return Exit::done;
  }
  std::string list;
  for (const auto& path : old) list += printable(path.string()) + "\n";
  context.show(list);
  if (context.options.dry_run) return Exit::done;
  Question question;
  question.text = "Delete " + plural(old.size(), "ledger") + "? Their runs cannot be undone then.";
  question.changes = old.size();
  question.unasked_hint = "add --yes";
  confirm_or_throw(context, list, question);
  for (const auto& path : old) {
    std::error_code failed;
    std::filesystem::remove(path, failed);
    if (failed)
      throw Failure(Cause::cannot_write,
                    "cannot delete " + printable(path.string()) + ": " + failed.message(),
                    std::string(ledger::check_the_state_folder));
  }
  context.show("Deleted " + plural(old.size(), "ledger") + ".\n");
  return Exit::done;
}

std::vector<ledger::RecordedLedger> recorded(Context& context) {
  return ledger::recorded_ledgers(context.ledgers, [&](const std::string& damage) { context.warn(damage); });
}

std::vector<std::filesystem::path> ledgers_in(const Entry& entry) {
  std::vector<std::filesystem::path> out;
  for (const auto& row : entry.rows)
    if (std::ranges::find(out, row.ledger) == out.end()) out.push_back(row.ledger);
  return out;
}

}  // namespace

std::vector<std::filesystem::path> last_ledgers(Context& context) {
  const auto ledgers = recorded(context);
  const auto last = ledger::last_ledger_written(ledgers);
  if (!last)
    throw Failure(Cause::no_input, "no run that wrote anything is recorded on this machine",
                  "see hookferry runs, or name a ledger");
  context.note("The last run that wrote anything: " + printable(last->string()));
  for (const auto& entry : entries_of(ledgers))
    if (entry.is_fleet() && std::ranges::find(entry.rows, *last, &Row::ledger) != entry.rows.end())
      return ledgers_in(entry);
  return {*last};
}

std::vector<std::filesystem::path> ledgers_named(Context& context, const std::string& name) {
  const auto number = cli::parse_number<std::int64_t>(name, 1, INT64_MAX);
  if (!number || is_there(name)) return {name};
  for (const auto& entry : entries_of(recorded(context)))
    if (std::ranges::any_of(entry.rows, [&](const Row& row) { return row.run->number == *number; }))
      return ledgers_in(entry);
  throw Failure(Cause::no_input, "no run has the number " + name, "see hookferry runs");
}

std::vector<ledger::LedgerRun> one_ledger(Context& context, const std::string& name) {
  if (context.options.last == !name.empty())
    throw Failure(Cause::usage, context.command + " needs a ledger, the number of a run, or --last",
                  "hookferry help " + context.command);
  const auto ledgers = name.empty() ? last_ledgers(context) : ledgers_named(context, name);
  if (ledgers.size() > 1)
    throw Failure(
        Cause::usage,
        "that run is a fleet of " + std::to_string(ledgers.size()) + " pairs, each with ids of its own",
        "name the ledger of one of them (see hookferry runs)");
  return ledger::read_ledger(ledgers.front());
}

Exit run_runs(Context& context) {
  const bool prunes = !context.arguments.empty();
  if (prunes && context.arguments[0] != "prune")
    throw Failure(Cause::usage,
                  "runs: unknown argument \"" + printable_excerpt(context.arguments[0], 60) + "\"",
                  "hookferry runs, or hookferry runs prune --keep N");
  for (const std::string option : {"keep", "yes", "dry-run"})
    if (!prunes && context.is_given(option))
      throw Failure(Cause::usage, "--" + option + " has no effect without prune",
                    "hookferry runs prune --keep N");
  const auto ledgers = recorded(context);
  auto entries = entries_of(ledgers);
  if (prunes) return prune(context, ledgers, entries);
  if (const auto limit = context.options.limit; limit > 0 && entries.size() > limit)
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(limit), entries.end());
  const auto document_of = [](const Entry& entry) { return json_of(entry); };
  context.put(context.wants_json() ? report::json_output(report::array_of(entries, document_of))
                                   : table_of(entries));
  return Exit::done;
}

}  // namespace hookferry::commands
