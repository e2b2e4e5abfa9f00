#include "cli/deliver.hpp"

#include "cli/reports.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "report/json_report.hpp"
#include "run/plan_work.hpp"

namespace hookferry {
namespace {

std::filesystem::path ledger_path(const Context& context, const Run& run, const std::string& source,
                                  const std::string& destination) {
  if (!context.options.ledger.empty()) return context.options.ledger;
  if (auto unfinished = run.unfinished_ledger(context.command, source)) return *unfinished;
  return new_ledger_path(source, destination);
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

void stop_at_conflicts(const Context& context, const Plan& plan, const Route& route) {
  if (context.options.on_conflict != ConflictPolicy::fail || plan.count(Action::conflict) == 0) return;
  write_report(context, report_of(plan, nullptr, route, "", context.options.show_secrets));
  throw Failure(
      Exit::incomplete,
      "webhooks in conflict: " + std::to_string(plan.count(Action::conflict)) + "; nothing was changed",
      "choose another --on-conflict, or set them right by hand");
}

/// What a plan would do, without what stays as it is.
std::string writes_of(const Plan& plan) {
  std::string out;
  for (const auto& planned : plan.webhooks) {
    if (planned.action == Action::unchanged) continue;
    out += std::string(name_of(planned.action)) + " " + content_digest(planned.webhook);
    if (planned.existing)
      out += " " + std::to_string(planned.existing->id.value_or(0)) + content_digest(*planned.existing);
    out += "\n";
  }
  return out;
}

/// Whoever read standard output may be gone; what was done must be told all the same.
void tell_outcome(const Context& context, const Plan& plan, const Outcome& outcome, const Route& route,
                  const std::string& ledger) {
  try {
    show_outcome(context, plan, outcome, route, ledger);
  } catch (const Failure&) {
    write_stderr(render_outcome(plan, outcome, route.destination, ledger, ReportStyle()));
    throw;
  }
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

bool confirm_or_throw(const Context& context, const std::string& plan, const std::string& question) {
  require_consent(context);
  if (context.options.yes) return false;
  if (context.options.quiet || context.options.format == Format::json) write_stderr(plan);
  if (!confirm(context.interrupts, question))
    throw Failure(Exit::incomplete, "not confirmed; nothing was changed", "");
  return true;
}

Run open_run(Context& context, OpenAccount& destination) {
  const auto& options = context.options;
  RunSettings settings;
  settings.batch_size = options.batch_size;
  settings.concurrency = options.concurrency;
  settings.retries = options.retries;
  settings.settle = options.settle;
  settings.accept_shrunk = options.accept_shrunk;
  RunObserver observer;
  observer.note = [&context](const std::string& line) { context.note(line); };
  observer.warn = [&context](const std::string& line) { context.warn(line); };
  observer.tell = [&context](const std::string& line) { context.tell(1, line); };
  if (!options.quiet) observer.progress = show_progress;
  return {{destination.place.label, destination.place.endpoint.url(), destination.identity, *destination.api,
           *context.executor},
          settings,
          observer};
}

void announce_interrupts(Context& context) {
  context.executor->on_interrupt([&context] {
    context.note("hookferry: interrupted - settling what was sent; Ctrl-C again leaves at once");
  });
}

Exit deliver(Context& context, const std::vector<TransformedWebhook>& webhooks, const Source& source,
             OpenAccount& destination) {
  require_report_folder(context);
  const auto& options = context.options;
  auto run = open_run(context, destination);
  run.refresh(options.ledger, [&](const AccountIdentity& identity) {
    require_two_accounts(source, identity);
    require_ledger_of(options.ledger, identity, destination.place.endpoint.url());
  });
  const auto plan_for = [&](const std::vector<Webhook>& present) {
    return make_plan(webhooks, present, options.on_conflict, run.known());
  };
  auto plan = plan_for(run.present());
  destination.identity = run.identity();
  const auto route = route_of(source, destination);
  const auto text = render_plan(plan, route, options.on_conflict, report_style(context));
  show_plan(context, plan, route, text);
  stop_at_conflicts(context, plan, route);
  if (plan.writes() && confirm_or_throw(context, text, question_for(plan, route))) {
    run.read_again([&](const auto& now) { return writes_of(plan_for(now)) == writes_of(plan); });
    plan = plan_for(run.present());
  }

  LedgerWriter ledger(ledger_path(context, run, source.name, route.destination));
  announce_interrupts(context);
  const auto work = work_of(plan);
  LedgerHeader header;
  header.command = context.command;
  header.source = source.name;
  const auto executed = run.execute(ledger, header, work.entries, work.tasks, work.relied_on, false);
  const auto outcome = outcome_of(plan, work, executed);
  const auto not_ended = run.end(ledger, executed, static_cast<int>(outcome.exit()));
  tell_outcome(context, plan, outcome, route, ledger.path().string());
  const auto unwritten =
      write_report(context, report_of(plan, &outcome, route, ledger.path().string(), options.show_secrets));
  if (outcome.ended_by) throw Failure(*outcome.ended_by);
  if (not_ended) throw Failure(*not_ended);
  if (unwritten) throw Failure(*unwritten);
  return outcome.exit();
}

}  // namespace hookferry
