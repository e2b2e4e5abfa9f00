#include <algorithm>

#include "cli/commands.hpp"
#include "cli/deliver.hpp"
#include "cli/reports.hpp"
#include "cli/undo_report.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "migration/undo_plan.hpp"
#include "report/json_report.hpp"
#include "run/plan_work.hpp"

namespace hookferry {
namespace {

using Fate = Delivery::Fate;

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
    out.failed.push_back({operation.identity, *operation.id, removal, reason});
  }
  out.interrupted = executed.interrupted && !out.failed.empty();
  return out;
}

Exit exit_of(const UndoPlan& plan, const UndoOutcome& outcome) {
  if (outcome.interrupted) return Exit::interrupted;
  return outcome.failed.empty() && plan.left.empty() ? Exit::done : Exit::incomplete;
}

void show_outcome(const Context& context, const UndoPlan& plan, const UndoOutcome& outcome,
                  const Report& report) {
  clear_progress();
  if (context.options.format == Format::json) return write_stdout(render_undo_json(report));
  if (plan.writes()) context.show(undo_outcome_text(plan, outcome));
  if (!context.options.quiet) return;
  for (const auto& left : plan.left)
    write_stderr("! " + describe(left));  // -q still tells what is not taken back
  for (const auto& failed : outcome.failed) write_stderr("x " + describe(failed));
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
  require_report_folder(context);
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
  const auto text = undo_plan_text(plan);
  if (context.options.format != Format::json) context.show(text);
  const auto writes = plan.removals.size() + plan.restores.webhooks.size();
  if (plan.writes() && confirm_or_throw(context, text,
                                        "Take back " + std::to_string(writes) + " in " +
                                            printable(destination.place.label) + "?")) {
    run.read_again([&](const auto& now) { return undo_plan_text(plan_for(now)) == text; });
    plan = plan_for(run.present());
  }
  const auto outcome = plan.writes() ? carry_out(context, run, plan, path, header) : UndoOutcome();
  destination.identity = run.identity();
  const auto report =
      undo_report(plan, &outcome, route_end_of(destination), path.string(), context.options.show_secrets);
  show_outcome(context, plan, outcome, report);
  const auto unwritten = write_report(context, report);
  if (outcome.interrupted) return Exit::interrupted;
  if (outcome.ended_by) throw Failure(*outcome.ended_by);
  if (unwritten) throw Failure(*unwritten);
  return exit_of(plan, outcome);
}

}  // namespace hookferry
