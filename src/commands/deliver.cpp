#include "commands/prompt.hpp"
#include "commands/transfer.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "delivery/plan_work.hpp"
#include "ledger/ledger_file.hpp"
#include "report/report.hpp"

namespace hookferry::commands {
namespace {

/// A record that must be there afterwards is neither a device nor a pipe, and no folder is made for a typing
/// mistake.
void require_ledger_place(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const auto refuse = [&](const std::string& why) {
    throw Failure(Cause::cannot_write,
                  "--ledger " + printable(path.string()) + ": " + why + "; nothing was changed",
                  "name a file in a folder that is there");
  };
  if (path.has_parent_path() && !fs::is_directory(path.parent_path(), failed))
    refuse("there is no folder " + printable(path.parent_path().string()));
  const auto status = fs::status(path, failed);
  if (fs::exists(status) && !fs::is_regular_file(status)) refuse("it is no regular file");
}

std::filesystem::path ledger_path(const Context& context, const delivery::Run& run, const std::string& source,
                                  const std::string& destination) {
  if (!context.options.ledger.empty()) return context.options.ledger;
  if (auto unfinished = run.unfinished_ledger(context.command, source)) return *unfinished;
  return ledger::new_ledger_path(source, destination);
}

void end_progress(const Context& context) {
  if (auto* progress = context.progress()) progress->stop();
}

void show_outcome(const Context& context, const TransferPlan& planned, const plan::Outcome& outcome,
                  const report::Route& route, const std::string& ledger) {
  if (context.options.format == cli::Format::json)
    return context.put(report::render_json(report_of(context, planned, &outcome, route, ledger)));
  const auto text =
      report::render_outcome(planned.plan, outcome, route.destination, ledger, report_style(context));
  const bool incomplete = outcome.shortfall().has_value();
  if (context.options.quiet && incomplete)
    context.tell_all(text.substr(0, text.size() - 1));  // -q still tells what failed
  context.show(text);
}

void show_plan(const Context& context, const TransferPlan& planned, const report::Route& route,
               const std::string& text) {
  try {
    if (context.options.format != cli::Format::json) return show_paged(context, text + "\n");
    // The cases in which a plan is all that there will be.
    const auto& plan = planned.plan;
    const bool fails =
        plan.count(ledger::Action::conflict) > 0 && context.options.on_conflict == plan::ConflictPolicy::fail;
    const bool strict = context.options.strict && !(context.warnings.empty() && warnings_of(plan).empty());
    if (fails || (strict && plan.writes()))
      context.put(report::render_json(report_of(context, planned, nullptr, route)));
  } catch (const Failure& failure) {
    throw Failure(failure.cause, failure.what() + std::string("; nothing was changed"), failure.hint,
                  failure.remedy);
  }
}

Question question_for(const plan::Plan& plan, const report::Route& route) {
  const auto deletions = plan.count(ledger::Action::remove);
  const auto writes = plan.changes() - deletions;
  const auto count = [](std::size_t number) { return plural(number, "webhook"); };
  std::string out = writes > 0 ? "Write " + count(writes) + " to " + printable(route.destination) : "";
  if (deletions > 0)
    out += (writes > 0 ? " and delete " + std::to_string(deletions) + " there"
                       : "Delete " + count(deletions) + " in " + printable(route.destination));
  return {report::describe(route), out + "?", plan.changes(), deletions > 0, route.destination};
}

void stop_at_conflicts(const Context& context, const TransferPlan& planned, const report::Route& route) {
  const auto conflicts = planned.plan.count(ledger::Action::conflict);
  if (context.options.on_conflict != plan::ConflictPolicy::fail || conflicts == 0) return;
  write_report(context, [&] { return report_of(context, planned, nullptr, route); });
  throw Failure(Cause::incomplete,
                "webhooks in conflict: " + std::to_string(conflicts) + "; nothing was changed",
                "choose another --on-conflict, or set them right by hand");
}

/// Whoever read standard output may be gone; what was done must be told all the same.
void tell_outcome(const Context& context, const TransferPlan& planned, const plan::Outcome& outcome,
                  const report::Route& route, const std::string& ledger) {
  try {
    show_outcome(context, planned, outcome, route, ledger);
  } catch (const Failure&) {
    context.tell_all(
        report::render_outcome(planned.plan, outcome, route.destination, ledger, report::ReportStyle()));
    throw;
  }
}

Exit carry_out(Context& context, delivery::Run& run, const TransferPlan& planned, Transfer& transfer) {
  const auto& plan = planned.plan;
  const auto route = transfer.route();
  ledger::LedgerWriter ledger(ledger_path(context, run, route.source, route.destination), &context.ledgers);
  announce_interrupts(context);
  auto work = delivery::work_of(plan);
  transfer.webhooks = std::vector<transform::TransformedWebhook>();  // the plan has what is to be written
  ledger::LedgerHeader header;
  header.command = context.command;
  header.source = route.source;
  header.plan = transfer.approved;
  const bool deletions = plan.count(ledger::Action::remove) > 0;
  if (auto* progress = context.progress(); progress != nullptr && !work.tasks.empty())
    progress->stage("writing to " + printable(route.destination));
  const auto executed =
      run.execute(ledger, header, std::move(work.entries), work.tasks, work.relied_on, deletions);
  end_progress(context);
  const auto outcome = delivery::outcome_of(plan, work, executed);
  const auto not_ended = run.end(ledger, executed, static_cast<int>(plan::exit_of(outcome)));
  transfer.watch(plan, &outcome);
  tell_outcome(context, planned, outcome, route, ledger.path().string());
  const auto unwritten = write_report(
      context, [&] { return report_of(context, planned, &outcome, route, ledger.path().string()); });
  if (outcome.ended_by) throw Failure(*outcome.ended_by);
  if (not_ended) throw Failure(*not_ended);
  if (unwritten) throw Failure(*unwritten);
  return plan::exit_of(outcome);
}

}  // namespace

delivery::Run open_run(Context& context, OpenAccount& destination) {
  const auto& options = context.options;
  delivery::RunSettings settings;
  settings.batch_size = options.batch_size;
  settings.concurrency = options.concurrency;
  settings.retries = options.retries;
  settings.settle = options.settle;
  settings.accept_shrunk = options.accept_shrunk;
  settings.turns = &context.common.turns;
  delivery::RunObserver observer;
  observer.note = [&context](const std::string& line) { context.note(line); };
  observer.warn = [&context](const std::string& line) { context.warn(line); };
  observer.tell = [&context](const std::string& line) { context.tell(1, line); };
  observer.progress = [&context](std::size_t done, std::size_t all) {
    if (auto* progress = context.progress()) progress->count(done, all, "webhooks");
  };
  return {{destination.place.label, destination.place.endpoint.url(), destination.identity, *destination.api,
           *context.executor},
          settings,
          observer,
          context.ledgers};
}

void announce_interrupts(Context& context) {
  if (!context.label.empty()) return;  // whoever started several says it once
  context.executor->on_interrupt([&context] {
    context.note("hookferry: interrupted - settling what was sent; Ctrl-C again leaves at once");
  });
}

namespace {

void require_no_objection(const std::optional<Failure>& objection) {
  if (objection) throw Failure(*objection);
}

void stop_at_deletions(const Context& context, const TransferPlan& planned, const report::Route& route) {
  const auto too_many = objection(context, planned);
  if (!too_many) return;
  write_report(context, [&] {
    auto report = report_of(context, planned, nullptr, route);
    report.ended_by = too_many->what();
    return report;
  });
  throw Failure(*too_many);
}

void stop_at_warnings(const Context& context, const plan::Plan& plan, const report::Route& route) {
  if (!plan.writes()) return;
  try {
    require_no_warnings(context, warnings_of(plan));
  } catch (const Failure&) {
    write_report(context,
                 [&] { return report::report_of(plan, nullptr, route, "", context.options.show_secrets); });
    throw;
  }
}

/// Whether somebody was asked: then the destination is read again.
bool is_wanted(const Context& context, const TransferPlan& planned, const delivery::Run& run,
               const std::string& text, const report::Route& route, const Approval& approval) {
  if (approval) approval(planned, run);
  return !approval && planned.plan.writes() &&
         confirm_or_throw(context, text, question_for(planned.plan, route));
}

delivery::Run open_run_for(Context& context, Transfer& transfer) {
  require_report_folder(context);
  const auto& ledger = context.options.ledger;
  if (!ledger.empty()) require_ledger_place(ledger);
  return open_run(context, transfer.destination);
}

Exit deliver(Context& context, Transfer& transfer, delivery::Run& run, const Approval& approval) {
  const auto& options = context.options;
  const auto& destination = transfer.destination;
  run.refresh({options.ledger}, [&](const ledger::AccountIdentity& identity) {
    require_two_accounts(transfer.source, identity);
    delivery::require_ledger_of(context.ledgers, options.ledger, identity, destination.place.endpoint.url());
  });
  end_progress(context);
  transfer.destination.identity = run.identity();
  const auto route = transfer.route();
  const auto source_names = names_of(transfer.source);
  require_no_objection(objection(context, transfer, run.last_count_of(source_names)));
  const auto plan_for = [&](const std::vector<webhook::Webhook>& present) {
    return plan_transfer(context, transfer, present, run.known());
  };
  auto planned = plan_for(run.present());
  transfer.watch(planned.plan, nullptr);
  const auto text = report::render_plan(planned.plan, route, options.on_conflict, report_style(context));
  for (const auto& note : planned.notes) context.warn(note);
  show_plan(context, planned, route, text);
  stop_at_conflicts(context, planned, route);
  stop_at_deletions(context, planned, route);
  stop_at_warnings(context, planned.plan, route);
  if (is_wanted(context, planned, run, text, route, approval)) {
    run.read_again([&](const auto& now) {
      return described_writes(plan_for(now).plan) == described_writes(planned.plan);
    });
    end_progress(context);
    planned = plan_for(run.present());
  }
  if (options.mirror) run.mirrors(source_names, transfer.source_count);
  return carry_out(context, run, planned, transfer);
}

}  // namespace

Exit deliver(Context& context, Transfer& transfer, const Approval& approval) {
  auto run = open_run_for(context, transfer);
  return deliver(context, transfer, run, approval);
}

Exit read_and_deliver(Context& context, Transfer& transfer) {
  auto run = open_run_for(context, transfer);
  run.start_reading();
  read_source(context, transfer);
  transfer.selected = std::vector<webhook::Webhook>();  // nobody asks for it any more, and it holds all that
                                                        // came from the source
  return deliver(context, transfer, run, {});
}

}  // namespace hookferry::commands
