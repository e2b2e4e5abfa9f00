#include <algorithm>

#include "cli/commands.hpp"
#include "cli/deliver.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "json/text.hpp"
#include "migration/undo_plan.hpp"
#include "run/plan_work.hpp"

namespace hookferry {
namespace {

using Fate = Delivery::Fate;

struct UndoOutcome {
  std::size_t removed = 0;
  std::size_t restored = 0;
  std::vector<std::string> failed;
  std::optional<Failure> ended_by;
  bool interrupted = false;
};

std::optional<Endpoint> ledgers_endpoint(const LedgerHeader& header) {
  std::string ignored;
  const auto parsed = parse_url(header.url, ignored);
  return parsed ? std::optional(parsed->endpoint) : std::nullopt;
}

bool is_named(const Context& context, const std::string& name) {
  return context.config.accounts.contains(name) || context.regions.find(name) != nullptr;
}

/// A key goes only where its owner means it to go: to the account that --dest names, to the section or region
/// that the ledger names, or to the ledger's address where the ledger itself proves that this key was used
/// there. An address that only a file names gets no key.
OpenAccount open_ledgers_account(Context& context, const LedgerHeader& header) {
  const auto& dest = context.options.dest;
  const auto address = ledgers_endpoint(header);
  const bool named = is_named(context, header.destination);
  auto out = open_account(context,
                          !dest.empty() ? dest
                          : named       ? header.destination
                                        : header.url,
                          Side::destination);
  out.place.label = dest.empty() ? header.destination : dest;
  const bool known = !dest.empty() || named;
  const auto there = address ? server_of(*address, context.regions) : std::string();
  const bool key_fits = key_digest(there, out.key.reveal()) == header.account;
  const bool same_server = out.identity.server == there;
  if (key_fits || (known && same_server)) return out;
  if (known)
    throw Failure(Exit::usage,
                  "the ledger is of " + printable(header.destination) + " at " + printable(header.url) +
                      ", and " + printable(out.place.label) + " is " + out.place.endpoint.url() +
                      "; nothing was changed",
                  "name the account as it is now with --dest, if it is the same");
  throw Failure(Exit::usage,
                "the ledger names the address " + printable(header.url) +
                    ", and this key is not known to belong there; it was not sent",
                "name the account with --dest, or use the key that the run was made with");
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

/// What was taken back, in the ledger and in the outcome.
UndoOutcome outcome_of(const UndoPlan& plan, const PlanWork& work, const Executed& executed,
                       LedgerWriter& ledger) {
  UndoOutcome out;
  out.ended_by = executed.ended_by;
  const auto restores = plan.restores.webhooks.size();
  for (std::size_t k = 0; k < work.tasks.size(); ++k) {
    const auto& result = executed.results[k];
    const auto& operation = work.tasks[k].operation;
    const bool removal = operation.kind == Operation::Kind::remove;
    const bool done = removal ? result.fate == Fate::removed
                              : result.fate == Fate::arrived && result.arrival->evidence != Evidence::changed;
    if (done) {
      const auto places = removal ? std::vector{plan.removals[k - restores].place} : plan.restore_places[k];
      if (!executed.ended_by || executed.ended_by->code != Exit::cannot_write)
        for (const auto& place : places) ledger.undone(place.run, place.n, *operation.id);
      ++(removal ? out.removed : out.restored);
      continue;
    }
    const auto reason = !result.reason.empty() ? result.reason
                        : executed.interrupted ? std::string("not tried: interrupted")
                                               : std::string("not tried: the run ended before its turn");
    out.failed.push_back(describe(operation.identity) + " with id " + std::to_string(*operation.id) +
                         " is not " + (removal ? "deleted: " : "restored: ") + reason);
  }
  out.interrupted = executed.interrupted && !out.failed.empty();
  return out;
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

void show_outcome(const Context& context, const UndoPlan& plan, const UndoOutcome& outcome) {
  clear_progress();
  if (context.options.format == Format::json) return write_stdout(outcome_json(plan, outcome));
  if (plan.writes()) context.show(outcome_text(plan, outcome));
  if (!context.options.quiet) return;
  for (const auto& left : plan.left) write_stderr("! " + left);  // -q still tells what is not taken back
  for (const auto& failed : outcome.failed) write_stderr("x " + failed);
}

UndoOutcome carry_out(Context& context, Run& run, const UndoPlan& plan, const std::filesystem::path& path,
                      LedgerHeader header) {
  LedgerWriter ledger(path);
  announce_interrupts(context);
  const auto work = work_of(plan, run.present());
  header.command = "undo";
  header.present.clear();
  const auto executed = run.execute(ledger, header, work.entries, work.tasks, {}, false);
  auto out = outcome_of(plan, work, executed, ledger);
  const auto not_ended = run.end(ledger, executed, static_cast<int>(exit_of(plan, out)));
  if (not_ended && !out.ended_by) out.ended_by = not_ended;
  return out;
}

}  // namespace

Exit run_undo(Context& context) {
  const std::filesystem::path path = context.arguments[0];
  const auto header = read_ledger(path).front().header;
  auto destination = open_ledgers_account(context, header);
  auto run = open_run(context, destination);
  run.refresh(path, [&](const AccountIdentity& identity) {
    require_ledger_of(path, identity, destination.place.endpoint.url());
  });
  const auto plan_for = [&](const std::vector<Webhook>& present) {
    return make_undo_plan(read_ledger(path), present);
  };
  auto plan = plan_for(run.present());
  const auto text = what_is_planned(plan);
  if (context.options.format != Format::json) context.show(text);
  const auto writes = plan.removals.size() + plan.restores.webhooks.size();
  if (plan.writes() && confirm_or_throw(context, text,
                                        "Take back " + std::to_string(writes) + " in " +
                                            printable(destination.place.label) + "?")) {
    run.read_again([&](const auto& now) { return what_is_planned(plan_for(now)) == text; });
    plan = plan_for(run.present());
  }
  const auto outcome = plan.writes() ? carry_out(context, run, plan, path, header) : UndoOutcome();
  show_outcome(context, plan, outcome);
  if (outcome.interrupted) return Exit::interrupted;
  if (outcome.ended_by) throw Failure(*outcome.ended_by);
  return exit_of(plan, outcome);
}

}  // namespace hookferry
