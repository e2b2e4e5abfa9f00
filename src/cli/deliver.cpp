#include "cli/deliver.hpp"

#include <set>

#include "cli/earlier_runs.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "ledger/destination_lock.hpp"
#include "ledger/destination_memory.hpp"
#include "ledger/ledger.hpp"
#include "migration/importer.hpp"
#include "report/json_report.hpp"

namespace hookferry {
namespace {

std::filesystem::path ledger_path(const Context& context, const std::string& source,
                                  const std::string& destination) {
  return context.options.ledger.empty() ? new_ledger_path(source, destination)
                                        : std::filesystem::path(context.options.ledger);
}

/// A ledger speaks of one destination: undo could not tell ids of two apart.
void require_same_destination(const std::filesystem::path& path, const OpenAccount& destination) {
  if (holds_no_run(path)) return;
  const auto its = read_ledger(path).back().header;
  const bool same_url = its.url == destination.place.endpoint.url();
  const bool same_account =
      its.account.empty() || its.account == account_digest(destination_identity(destination));
  if (same_url && same_account) return;
  throw Failure(Exit::usage,
                "the ledger " + printable(path.string()) + " is of another destination, " +
                    printable(its.url) + (same_url ? " with another key" : ""),
                "name another file with --ledger");
}

void record_plan(LedgerWriter& ledger, const LedgerHeader& header, const Plan& plan) {
  ledger.run(header);
  for (std::size_t n = 0; n < plan.webhooks.size(); ++n) {
    const auto& planned = plan.webhooks[n];
    LedgerEntry entry;
    entry.n = n;
    entry.source_id = planned.source_id;
    entry.identity = planned.webhook.identity;
    entry.action = name_of(planned.action);
    if (planned.existing) entry.destination_id = planned.existing->id;
    if (planned.webhook.defect.empty()) entry.content = content_digest(planned.webhook);
    if (planned.action == Action::update) entry.before = planned.existing->text;
    ledger.webhook(entry);
  }
  ledger.sync();
}

ImportOptions import_options(const Context& context) {
  ImportOptions out;
  out.batch_size = context.options.batch_size;
  out.concurrency = context.options.concurrency;
  out.settle = context.options.settle;
  if (!context.options.quiet) out.progress = show_progress;
  return out;
}

void show_outcome(const Context& context, const Plan& plan, const Outcome& outcome, const Route& route,
                  const std::string& ledger) {
  clear_progress();
  if (context.options.format == Format::json)
    return write_stdout(plan_json(plan, &outcome, route, ledger, context.options.show_secrets));
  const auto text = render_outcome(plan, outcome, route.destination, ledger, report_style(context));
  const bool incomplete = outcome.exit() != Exit::done && outcome.exit() != Exit::differences;
  if (context.options.quiet && incomplete)
    write_stderr(text.substr(0, text.size() - 1));  // -q still tells what failed
  context.show(text);
}

void show_plan(const Context& context, const Plan& plan, const Route& route, const std::string& text) {
  try {
    if (context.options.format != Format::json) return context.show(text + "\n");
    // The one case in which a plan is all that there will be.
    if (plan.count(Action::conflict) > 0 && context.options.on_conflict == ConflictPolicy::fail)
      write_stdout(plan_json(plan, nullptr, route, "", context.options.show_secrets));
  } catch (const Failure& failure) {
    throw Failure(failure.code, failure.what() + std::string("; nothing was changed"), failure.hint);
  }
}

std::string question_for(const Plan& plan, const Route& route) {
  const auto count = plan.count(Action::create) + plan.count(Action::update);
  return "Write " + std::to_string(count) + (count == 1 ? " webhook" : " webhooks") + " to " +
         printable(route.destination) + "?";
}

/// An account that shows nothing of what the last run left there is more often an outage than an empty one;
/// a run that believes it makes everything twice.
void warn_if_all_are_missing(const Context& context, const OpenAccount& destination,
                             const std::vector<Webhook>& present) {
  const auto missing = missing_since_last_run(destination, present);
  if (missing > 0)
    context.warn(printable(destination.place.label) + " shows none of the " + std::to_string(missing) +
                 " webhooks that it held after the last run");
}

}  // namespace

void require_consent(const Context& context) {
  if (context.options.yes || stdin_is_terminal()) return;
  throw Failure(
      Exit::usage,
      context.command + " asks before it writes, and standard input is no terminal; nothing was changed",
      context.command == "undo" ? "add --yes to carry out what is shown"
                                : "look at the plan with hookferry diff, then add --yes");
}

void confirm_or_throw(const Context& context, const std::string& plan, const std::string& question) {
  require_consent(context);
  if (context.options.yes) return;
  if (context.options.quiet || context.options.format == Format::json) write_stderr(plan);
  if (!confirm(context.interrupts, question))
    throw Failure(Exit::incomplete, "not confirmed; nothing was changed", "");
}

void announce_interrupts(const Context& context, OpenAccount& destination) {
  destination.client->on_interrupt([&context] {
    context.note("hookferry: interrupted - settling what was sent; Ctrl-C again leaves at once");
  });
}

Exit deliver(Context& context, const std::vector<TransformedWebhook>& webhooks, const std::string& source,
             OpenAccount& destination) {
  const Route route{source, destination.place.label};
  DestinationLock lock(destination_identity(destination), route.destination);
  require_same_destination(context.options.ledger, destination);
  const auto reading = read_settled(context, destination, context.options.ledger);
  const auto& present = reading.webhooks;
  const auto known = known_alterations(destination, present);
  const auto plan = make_plan(webhooks, present, context.options.on_conflict, known);
  warn_if_all_are_missing(context, destination, present);
  const auto text = render_plan(plan, route, context.options.on_conflict, report_style(context));
  show_plan(context, plan, route, text);
  if (context.options.on_conflict == ConflictPolicy::fail && plan.count(Action::conflict) > 0)
    throw Failure(
        Exit::incomplete,
        "webhooks in conflict: " + std::to_string(plan.count(Action::conflict)) + "; nothing was changed",
        "choose another --on-conflict, or set them right by hand");
  if (plan.writes()) {
    confirm_or_throw(context, text, question_for(plan, route));
    wait_until_quiet(context, destination, reading);
  }

  const auto path = ledger_path(context, source, route.destination);
  LedgerWriter ledger(path);
  const auto ids = ids_of(present);
  record_plan(ledger,
              {context.command, source, route.destination, destination.place.endpoint.url(),
               account_digest(destination_identity(destination)), ids},
              plan);
  remember_run(destination, path, known);

  announce_interrupts(context, destination);
  Importer importer(*destination.api, ledger, plan, {ids.begin(), ids.end()}, import_options(context));
  const auto outcome = importer.deliver();
  ledger.end(outcome.settled, static_cast<int>(outcome.exit()));
  try {
    show_outcome(context, plan, outcome, route, path.string());
  } catch (const Failure&) {  // whoever read standard output is gone; what was done must be told all the same
    write_stderr(render_outcome(plan, outcome, route.destination, path.string(), ReportStyle()));
    throw;
  }
  if (outcome.ended_by) throw *outcome.ended_by;
  return outcome.exit();
}

}  // namespace hookferry
