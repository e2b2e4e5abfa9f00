#include <algorithm>
#include <map>
#include <set>

#include "cli/commands.hpp"
#include "cli/deliver.hpp"
#include "cli/earlier_runs.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "json/text.hpp"
#include "ledger/destination_lock.hpp"
#include "migration/importer.hpp"
#include "migration/remover.hpp"
#include "migration/undo_plan.hpp"

namespace hookferry {
namespace {

struct UndoOutcome {
  std::size_t removed = 0;
  std::size_t restored = 0;
  std::vector<std::string> failed;
  std::optional<Failure> ended_by;
  bool settled = true;  ///< what became of everything sent is known
  bool interrupted = false;
};

/// The account that the ledger names: by its section where there still is one of that address, else by the
/// address.
OpenAccount open_destination(Context& context, const LedgerHeader& header) {
  const auto section = context.config.accounts.find(header.destination);
  const bool named =
      section != context.config.accounts.end() &&
      find_account(header.destination, "", context.config, context.regions).endpoint.url() == header.url;
  auto out = open_account(context, named ? header.destination : header.url, Side::destination);
  out.place.label = header.destination;
  return out;
}

std::string what_is_planned(const UndoPlan& plan) {
  std::string out;
  for (const auto& removal : plan.removals)
    out += "- delete    " + describe(removal.identity) + "  id " + std::to_string(removal.id) + "\n";
  for (const auto& restore : plan.restores.webhooks)
    out +=
        "~ restore   " + describe(restore.webhook) + "  id " + std::to_string(*restore.existing->id) + "\n";
  for (const auto& left : plan.left) out += "! " + left + "\n";
  return out + "Undo: " + std::to_string(plan.removals.size()) + " to delete, " +
         std::to_string(plan.restores.webhooks.size()) + " to restore, " + std::to_string(plan.left.size()) +
         " left as they are, " + std::to_string(plan.already) + " taken back already.\n";
}

void restore(Context& context, OpenAccount& destination, LedgerWriter& ledger, const UndoPlan& plan,
             const std::vector<Webhook>& present, UndoOutcome& outcome) {
  const auto ids = ids_of(present);
  ImportOptions options;
  options.batch_size = context.options.batch_size;
  options.concurrency = context.options.concurrency;
  options.settle = context.options.settle;
  if (!context.options.quiet) options.progress = show_progress;
  Importer importer(*destination.api, ledger, plan.restores, {ids.begin(), ids.end()}, options);
  const auto done = importer.deliver();
  for (std::size_t i = 0; i < done.webhooks.size(); ++i) {
    const auto& restored = plan.restores.webhooks[i];
    if (done.webhooks[i].state == WebhookOutcome::State::updated) {
      for (const auto& place : plan.restore_places[i])
        ledger.undone(place.run, place.n, *restored.existing->id);
      ++outcome.restored;
    } else {
      outcome.failed.push_back(describe(restored.webhook) + " with id " +
                               std::to_string(*restored.existing->id) +
                               " is not restored: " + done.webhooks[i].error);
    }
  }
  outcome.ended_by = done.ended_by;
  outcome.settled = done.settled;
}

/// Deletes, and lets a reading say what is gone: an answer to a DELETE may be lost or wrong. A reading that
/// lags is waited for, and so is a DELETE that may yet be carried out.
void remove(Context& context, OpenAccount& destination, LedgerWriter& ledger, const UndoPlan& plan,
            UndoOutcome& outcome) {
  Remover remover(*destination.api, plan.removals);
  if (!context.options.quiet) remover.report_to(show_progress);
  const auto done = remover.remove(context.options.concurrency);
  if (!outcome.ended_by) outcome.ended_by = done.ended_by;
  std::map<std::int64_t, FailedRemoval> failed;
  for (const auto& failure : done.failed) failed.emplace(failure.removal.id, failure);
  std::set<std::int64_t> seen;
  const auto awaited = [&](const Removal& removal) {
    const auto failure = failed.find(removal.id);
    return failure != failed.end() ? failure->second.open : seen.contains(removal.id);
  };
  const auto deadline = now_ms() + context.options.settle.count();
  try {
    while (true) {
      const auto began = now_ms();
      seen.clear();
      for (const auto& webhook : destination.api->list(WebhooksApi::Purpose::settle))
        if (webhook.id) seen.insert(*webhook.id);
      if (began >= deadline || std::none_of(plan.removals.begin(), plan.removals.end(), awaited)) break;
      destination.client->wait(Milliseconds(200));
    }
  } catch (const Failure& failure) {
    if (!outcome.ended_by) outcome.ended_by = failure;
    outcome.settled = false;
    outcome.failed.push_back("it could not be read back which of " + std::to_string(plan.removals.size()) +
                             " deletions were carried out");
    return;
  }
  for (const auto& removal : plan.removals) {
    if (!seen.contains(removal.id)) {
      ledger.undone(removal.place.run, removal.place.n, removal.id);
      ++outcome.removed;
      continue;
    }
    const auto failure = failed.find(removal.id);
    outcome.failed.push_back(
        describe(removal.identity) + " with id " + std::to_string(removal.id) + " is not deleted: " +
        (failure != failed.end() ? failure->second.reason
                                 : "the server confirmed it, but it is still to be seen"));
  }
}

std::string outcome_json(const UndoPlan& plan, const UndoOutcome& outcome) {
  const auto list = [](const std::vector<std::string>& values) {
    std::string out = "[";
    for (const auto& value : values) out += (out.size() > 1 ? "," : "") + json::encode(value);
    return out + "]";
  };
  const auto document = json::Document::parse(
      "{\"deleted\":" + std::to_string(outcome.removed) +
      ",\"restored\":" + std::to_string(outcome.restored) + ",\"already\":" + std::to_string(plan.already) +
      ",\"left\":" + list(plan.left) + ",\"failed\":" + list(outcome.failed) + "}");
  return printable_json(json::pretty(document.root())) + "\n";
}

std::string outcome_text(const UndoPlan& plan, const UndoOutcome& outcome) {
  std::string out;
  for (const auto& failed : outcome.failed) out += "x " + failed + "\n";
  out += (outcome.interrupted ? "Interrupted: " : "Done: ") + std::to_string(outcome.removed) + " deleted, " +
         std::to_string(outcome.restored) + " restored, " + std::to_string(plan.left.size()) +
         " left as they are, " + std::to_string(outcome.failed.size()) + " failed.\n";
  if (!outcome.failed.empty()) out += "Run the same command again to finish.\n";
  return out;
}

Exit exit_of(const UndoPlan& plan, const UndoOutcome& outcome) {
  if (outcome.interrupted) return Exit::interrupted;
  return outcome.failed.empty() && plan.left.empty() ? Exit::done : Exit::incomplete;
}

void show_outcome(const Context& context, const UndoPlan& plan, const UndoOutcome& outcome, bool wrote) {
  if (context.options.format == Format::json) return write_stdout(outcome_json(plan, outcome));
  if (wrote) context.show(outcome_text(plan, outcome));
  if (!context.options.quiet) return;
  for (const auto& left : plan.left) write_stderr("! " + left);  // -q still tells what is not taken back
  for (const auto& failed : outcome.failed) write_stderr("x " + failed);
}

void record_restores(LedgerWriter& ledger, LedgerHeader header, const UndoPlan& plan,
                     const std::vector<Webhook>& present) {
  header.command = "undo";
  header.present = ids_of(present);
  ledger.run(header);
  for (std::size_t n = 0; n < plan.restores.webhooks.size(); ++n) {
    const auto& planned = plan.restores.webhooks[n];
    LedgerEntry entry;
    entry.n = n;
    entry.identity = planned.webhook.identity;
    entry.action = "update";
    entry.destination_id = planned.existing->id;
    entry.content = content_digest(planned.webhook);
    entry.before = planned.existing->text;
    ledger.webhook(entry);
  }
  ledger.sync();
}

}  // namespace

Exit run_undo(Context& context) {
  const auto& path = context.arguments[0];
  const auto header = read_ledger(path).front().header;
  auto destination = open_destination(context, header);
  DestinationLock lock(destination_identity(destination), header.destination);
  const auto reading = read_settled(context, destination, path);
  const auto& present = reading.webhooks;
  const auto known = known_alterations(destination, present);
  const auto runs = read_ledger(path);
  if (const auto missing = all_are_missing(runs, present); missing > 0)
    throw Failure(Exit::incomplete,
                  printable(header.destination) + " shows none of the " + std::to_string(missing) +
                      " webhooks that the ledger speaks of; nothing was changed",
                  "check the key and the address; if all of them were deleted, there is nothing to undo");
  const auto plan = make_undo_plan(runs, present);
  const bool json = context.options.format == Format::json;
  const auto writes = plan.removals.size() + plan.restores.webhooks.size();
  if (!json) context.show(what_is_planned(plan));
  if (writes > 0) {
    confirm_or_throw(context, what_is_planned(plan),
                     "Take back " + std::to_string(writes) + " in " + printable(header.destination) + "?");
    wait_until_quiet(context, destination, reading);
  }

  UndoOutcome outcome;
  if (writes > 0) {
    LedgerWriter ledger(path);
    announce_interrupts(context, destination);
    record_restores(ledger, header, plan, present);
    remember_run(destination, path, known);
    restore(context, destination, ledger, plan, present, outcome);
    if (!outcome.ended_by && !plan.removals.empty()) remove(context, destination, ledger, plan, outcome);
    outcome.interrupted = destination.client->interrupted() && !outcome.failed.empty();
    ledger.end(outcome.settled, static_cast<int>(exit_of(plan, outcome)));
    clear_progress();
  }
  show_outcome(context, plan, outcome, writes > 0);
  if (outcome.interrupted) return Exit::interrupted;
  if (outcome.ended_by) throw *outcome.ended_by;
  return exit_of(plan, outcome);
}

}  // namespace hookferry
