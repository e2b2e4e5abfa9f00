#include "commands/transfer.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <set>

#include "core/files.hpp"
#include "core/text.hpp"

namespace hookferry::commands {
namespace {

namespace fs = std::filesystem;

/// Names under which the stored state of a destination keeps a source.
std::vector<std::string> names_of(const Source& source) {
  if (source.opened) return ledger::file_names(source.opened->account.identity);
  if (source.account.name == "-") return {"standard input"};
  return {"file " + fs::absolute(source.account.name).lexically_normal().string()};
}

/// A ledger that must exist afterwards is a regular file, and a typing mistake creates no folder.
void require_ledger_place(const fs::path& path) {
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

/// Warnings on webhooks that the plan would write, each with the name of its webhook.
std::vector<std::string> warnings_of(const plan::Plan& plan) {
  std::vector<std::string> out;
  for (const auto& planned : plan.webhooks) {
    if (planned.action != ledger::Action::create && planned.action != ledger::Action::update) continue;
    for (const auto& warning : planned.warnings)
      out.push_back(webhook::describe(planned.webhook) + ": " + warning);
  }
  return out;
}

/// Why a plan that was shown goes no further.
std::optional<Failure> reason_to_stop(const Context& context, const plan::Plan& plan, bool execute) {
  const auto conflicts = plan.count(ledger::Action::conflict);
  if (execute && conflicts > 0 && context.options.on_conflict == plan::ConflictPolicy::fail)
    return Failure(Cause::incomplete,
                   "webhooks in conflict: " + std::to_string(conflicts) + "; nothing was changed",
                   "choose another --on-conflict, or fix them manually");
  if (execute)
    if (auto failure = plan::check_delete_limit(plan, context.options.max_delete)) return failure;
  return plan.writes() ? strict_failure(context, warnings_of(plan)) : std::nullopt;
}

void put_json(const Context& context, const report::Report& report) {
  if (context.captured != nullptr)
    context.captured->report = report::json_of(report);
  else
    context.put(report::render_json(report));
}

Question question_for(const cli::Options& options, const plan::Plan& plan, const report::Route& route) {
  const auto deletions = plan.count(ledger::Action::remove);
  const auto writes = plan.changes() - deletions;
  const auto& name = route.destination.name;
  std::string text = writes > 0 ? "Write " + plural(writes, "webhook") + " to " + printable(name) : "";
  if (deletions > 0)
    text += writes > 0 ? " and delete " + std::to_string(deletions) + " there"
                       : "Delete " + plural(deletions, "webhook") + " in " + printable(name);
  auto facts = report::describe(route);
  if (const auto warnings = warnings_of(plan).size(); warnings > 0)
    facts.push_back(plural(warnings, "warning") + " on webhooks to write");
  std::vector<const webhook::Webhook*> tested;
  for (const auto& planned : plan.webhooks) {
    const bool creates = planned.action == ledger::Action::create;
    if (options.test_first && creates) tested.push_back(&planned.webhook);
    if (options.test && (creates || planned.action == ledger::Action::update))
      tested.push_back(&planned.webhook);
  }
  std::ranges::move(receivers_of(tested), std::back_inserter(facts));
  return {std::move(facts), text + "?", plan.changes(), deletions > 0, name};
}

/// The outcome is reported even where the reader of standard output is gone.
void show_outcome(const Context& context, const Transfer& transfer, const report::Route& route,
                  const std::string& ledger, const std::function<report::Report()>& make_report) {
  const auto& plan = *transfer.plan;
  const auto& outcome = *transfer.outcome;
  const auto text = [&](const report::ReportStyle& style) {
    const auto undone = context.captured == nullptr ? "--last" : report::shell_word(ledger);
    return report::render_outcome(plan, outcome, route.destination.name, ledger, "hookferry undo " + undone,
                                  style);
  };
  try {
    if (context.wants_json()) return put_json(context, make_report());
    const auto shown = text(report_style(context));
    // With -q, what failed is still reported.
    if (context.options.quiet && outcome.shortfall()) context.tell_all(shown.substr(0, shown.size() - 1));
    context.show(shown);
  } catch (const Failure&) {
    context.tell_all(text({}));
    throw;
  }
}

/// A mirror deletes only what is missing from two snapshots of the source, a settle time apart. Takes the
/// second one, and removes from the plan what is in it.
void confirm_deletions(Context& context, Transfer& transfer, const delivery::Run& run) {
  auto& plan = *transfer.plan;
  const auto deletions = plan.count(ledger::Action::remove);
  if (!context.options.mirror || deletions == 0 || !transfer.source.opened) return;
  const auto name = printable(transfer.source.account.name);
  const auto left = std::chrono::ceil<Milliseconds>(transfer.read_at + context.options.settle -
                                                    std::chrono::steady_clock::now());
  const bool waits = left.count() > 0;
  context.note(fmt::format("mirror deletes {}: reading {} again{} to be sure {} gone there",
                           plural(deletions, "webhook"), name,
                           waits ? fmt::format(" in {} s", (left.count() + 999) / 1000) : "",
                           deletions == 1 ? "it is" : "they are"));
  if (waits && !context.executor->wait(left))
    throw Failure(Cause::interrupted, "interrupted; nothing was changed", "");
  auto again = list_account(context, *transfer.source.opened, [&](const webhook::Webhook& listed) {
    return selected_by_name(context.options, listed);
  });
  if (2 * again.size() < transfer.source_count && !context.options.accept_shrunk)
    throw Failure(Cause::incomplete,
                  fmt::format("{} showed {} and now shows {}; nothing was changed", name,
                              plural(transfer.source_count, "webhook"), again.size()),
                  "check the account, then run the same command again");
  std::erase_if(again, [&](const auto& webhook) { return !selected_by_name(context.options, webhook); });
  transfer.webhooks = transform::transform(again, transfer.rules);
  std::set<std::int64_t> confirmed;
  for (const auto& planned : plan_transfer(context, transfer, run.present(), run.known()).webhooks)
    if (planned.action == ledger::Action::remove) confirmed.insert(planned.existing->id.value_or(0));
  std::erase_if(plan.webhooks, [&](const auto& planned) {
    if (planned.action != ledger::Action::remove) return false;
    const auto id = planned.existing->id.value_or(0);
    if (confirmed.contains(id)) return false;
    transfer.findings.push_back(fmt::format("{} with id {} was not deleted: {} has it again",
                                            webhook::describe(planned.webhook), id, name));
    plan.extra.push_back(planned.webhook);
    return true;
  });
}

Exit execute_plan(Context& context, Transfer& transfer, delivery::Run& run, const report::Route& route) {
  const auto& plan = *transfer.plan;
  ledger::LedgerHeader header;
  header.command = context.command;
  header.source = route.source.name;
  header.source_names = names_of(transfer.source);
  header.plan = transfer.approved;
  fs::path place = context.options.ledger;
  if (place.empty())
    place = run.unfinished_ledger(header).value_or(
        ledger::new_ledger_path(route.source.name, route.destination.name));
  ledger::LedgerWriter ledger(place, &context.ledgers);
  announce_interrupts(context);
  transfer.webhooks =
      std::vector<transform::TransformedWebhook>();  // the plan has what is written; = {} would keep memory
  if (context.captured != nullptr) header.fleet = context.common.fleet;
  if (plan.writes()) context.progress().stage("writing to " + printable(route.destination.name));
  auto& outcome = transfer.outcome.emplace(run.execute(ledger, header, plan));
  outcome.findings.insert(outcome.findings.begin(), transfer.findings.begin(), transfer.findings.end());
  context.progress().stop();
  context.results[0].summary = report::summary_of(plan, &outcome);
  const auto not_ended = run.end(ledger, outcome);
  const auto path = ledger.path().string();
  auto failure = outcome.ended_by ? outcome.ended_by : not_ended;
  if (context.options.test && !failure && !outcome.interrupted) try {
      transfer.tests->test_written(plan, outcome);
    } catch (const Failure& ended) {  // what was written is reported first
      failure = ended;
    }
  const auto make_report = [&] {
    auto report = report::report_of(plan, &outcome, route, path, context.options.show_secrets);
    report.warnings = context.warnings;
    if (failure) report.ended_by = context.common.error_text(*failure);
    return report;
  };
  // A document says whether the reports could be written; a person reads the outcome first.
  const bool is_document = context.wants_json();
  if (!is_document) show_outcome(context, transfer, route, path, make_report);
  const auto unwritten = write_reports(context, make_report);
  if (!failure) failure = unwritten;
  if (is_document) show_outcome(context, transfer, route, path, make_report);
  if (failure) throw Failure(*failure);
  return plan::exit_of(outcome);
}

/// "user@host" of this process; a part is empty where it is not known.
std::string user_and_host() {
  passwd entry{};
  passwd* user = nullptr;
  std::array<char, 4096> names{};
  if (::getpwuid_r(::geteuid(), &entry, names.data(), names.size(), &user) != 0) user = nullptr;
  utsname system{};
  const bool known = ::uname(&system) == 0;
  return std::string(user != nullptr ? user->pw_name : "") + "@" + (known ? system.nodename : "");
}

}  // namespace

report::Route Transfer::route() const {
  report::Route out{source.opened ? source.opened->account : source.account, destination.account, scope};
  for (const auto& [before, after, times] : transform::host_changes(webhooks))
    out.rewritten_hosts.push_back(printable(before) + " -> " + printable(after) + "  (" +
                                  std::to_string(times) + ")");
  return out;
}

Transfer open_transfer(Context& context, const std::string& source, const std::string& destination) {
  Transfer out;
  out.source = open_source(context, source);
  out.destination = open_account(context, destination, accounts::Side::destination);
  require_two_accounts(context, out.source, out.destination, out.destination.account.identity);
  return out;
}

void select_from(Context& context, Transfer& transfer, std::vector<webhook::Webhook> all) {
  transfer.is_read = true;
  transfer.read_at = std::chrono::steady_clock::now();
  transfer.source_count = all.size();
  transfer.scope = scope_of(context, all);
  if (context.options.mirror) transfer.unmatched_filters = unmatched_filters(context, all, true);
  transfer.selected = select(context, std::move(all));
}

void read_source(Context& context, Transfer& transfer) {
  select_from(context, transfer, read_source(context, transfer.source, &transfer.destination));
  warn_of_unmatched_rewrites(context, transfer.selected);
  transfer.rules = transform_rules(context, transfer.source.region, transfer.destination, transfer.selected);
  transfer.rules.form = transfer.destination.api->form();
  transfer.rules.digest = webhook::Digest::at_once;  // the plan compares them
  transfer.webhooks = transform::transform(transfer.selected, transfer.rules);
}

Exit run_transfer(Context& context, Transfer& transfer, const TransferSteps& steps) {
  const auto& options = context.options;
  require_report_folders(context);
  if (options.on_conflict == plan::ConflictPolicy::ask && transfer.approved.empty())
    require_terminal(context);
  if (steps.execute && !options.ledger.empty()) require_ledger_place(options.ledger);
  auto run = open_run(context, transfer.destination);
  if (steps.execute) run.lock();
  if (steps.execute && !transfer.is_read) run.start_reading();  // both accounts are read at the same time
  if (!transfer.is_read) read_source(context, transfer);
  if (steps.execute && !steps.require_approved)
    transfer.selected = std::vector<webhook::Webhook>();  // frees the text of the source, as = {} would not

  if (transfer.destination.api->form() == webhook::Form::v5) {  // v1's list shows everything
    std::set<webhook::Identity> matched;
    for (const auto& transformed : transfer.webhooks) matched.insert(transformed.webhook.identity);
    run.needs([&options, matched = std::move(matched)](const webhook::Webhook& listed) {
      return matched.contains(listed.identity) || (options.mirror && selected_by_name(options, listed));
    });
  }
  const auto allowed = [&](const ledger::Account& account) {
    require_two_accounts(context, transfer.source, transfer.destination, account.identity);
    if (steps.execute) run.require_own(options.ledger);
  };
  if (steps.execute)
    run.refresh({options.ledger}, allowed);
  else
    run.look(allowed);
  require_other_webhooks(transfer.source, run.present());
  transfer.source.shown = std::vector<webhook::Webhook>();
  if (steps.execute && context.is_given("batch-size") && !transfer.destination.api->is_bulk())
    context.warn("--batch-size has no effect: " + printable(transfer.destination.account.name) +
                 " takes one webhook in a request (API v5)");
  context.progress().stop();
  // A mirror's filter may be there for what only the destination has.
  if (!transfer.unmatched_filters.empty()) {
    const auto not_there = unmatched_filters(context, run.present(), false);
    for (const auto& warning : transfer.unmatched_filters)
      if (holds(not_there, warning) || warning.starts_with("no webhook of the source"))
        context.warn_always(warning);
  }
  transfer.destination.account = run.account();
  if (options.test || options.test_first)
    transfer.tests = std::make_unique<WebhookTests>(context, transfer.destination);
  const auto route = transfer.route();
  const auto shrunk = shrunk_source(context, transfer, run);
  if (steps.execute && shrunk) throw Failure(*shrunk);

  const auto plan_for = [&](const std::vector<webhook::Webhook>& present) {
    return plan_transfer(context, transfer, present, run.known());
  };
  auto& plan = transfer.plan.emplace(plan_for(run.present()));
  if (options.on_conflict == plan::ConflictPolicy::ask && transfer.approved.empty()) {
    context.progress().stop();
    transfer.decisions = ask_about_conflicts(context, plan);
    auto decided = plan_for(run.present());
    plan = std::move(decided);
  }
  const auto drift_of = [](const plan::Plan& made) {
    return made.changes() + made.count(ledger::Action::conflict);
  };
  context.results[0].drift = drift_of(plan);
  if (!steps.execute) context.results[0].summary = report::summary_of(plan, nullptr);
  if (!steps.execute)  // a dry run notes what would stop the run
    for (const auto& failure : {shrunk, plan::check_delete_limit(plan, options.max_delete)})
      if (failure) plan.notes.push_back(line_of(*failure));
  for (const auto& note : plan.notes) context.warn(note);
  context.set_known(report::json_summary_of(report::outline_of(plan, nullptr, route, "", false)));
  if (steps.require_approved) steps.require_approved(run);
  std::optional<Failure> unwritten;
  const auto stop = reason_to_stop(context, plan, steps.execute);
  const auto make_report = [&] {
    auto report = report::report_of(plan, nullptr, route, "", options.show_secrets);
    report.warnings = context.warnings;
    if (options.mirror) report.delete_limit = options.max_delete.of(plan.in_scope);
    if (stop || unwritten) report.ended_by = context.common.error_text(stop ? *stop : *unwritten);
    return report;
  };
  // The text may take much more memory than the webhooks: it is only made where it is shown.
  const bool asks = steps.execute && !steps.require_approved && !options.yes;
  const bool is_document = options.format == cli::Format::json;
  const bool shows = !options.quiet && !is_document;
  auto text = asks || shows ? report::render_plan(plan, route, options.on_conflict, report_style(context))
                            : std::string();
  try {
    if (!is_document && show_paged(context, steps.execute ? text + "\n" : text))
      context.show(text.substr(text.rfind("\nPlan: ") + 1));  // it may be gone from the screen
    if (stop || !steps.execute) unwritten = write_reports(context, make_report);
    if (stop && unwritten) context.warn(line_of(*unwritten));
    try {
      if (!stop && steps.keep_plan) steps.keep_plan(run);
    } catch (const Failure& failure) {
      unwritten = failure;
    }
    if (is_document && (stop || !steps.execute)) put_json(context, make_report());
  } catch (const Failure& failure) {
    if (!steps.execute) throw;
    throw Failure(failure.cause, failure.what() + std::string("; nothing was changed"), failure.hint,
                  failure.remedy);
  }
  if (stop) throw Failure(*stop);

  if (steps.execute && !steps.require_approved && plan.writes() &&
      confirm_or_throw(context, text, question_for(options, plan, route))) {
    run.read_again([&](const auto& now) {
      return plan::actions_text(plan_for(now), true) == plan::actions_text(plan, true);
    });
    context.progress().stop();
    plan = plan_for(run.present());
    context.results[0].drift = drift_of(plan);
  }
  std::string().swap(text);  // it is not needed while the plan is carried out
  if (unwritten) throw Failure(*unwritten);
  if (!steps.execute) return plan::exit_of(plan);
  if (options.test_first) transfer.tests->drop_failing(plan);
  confirm_deletions(context, transfer, run);
  if (options.mirror) run.mirrors(names_of(transfer.source), transfer.source_count);
  return execute_plan(context, transfer, run, route);
}

plan::Plan plan_transfer(const Context& context, const Transfer& transfer,
                         const std::vector<webhook::Webhook>& present, const ledger::KnownOfAccount& known) {
  const auto& options = context.options;
  auto out = plan::make_plan(transfer.webhooks, present, options.on_conflict, known);
  for (const auto& [place, decision] : transfer.decisions) {
    if (place >= out.webhooks.size()) break;  // the source has fewer webhooks than when it was decided
    auto& planned = out.webhooks[place];
    if (planned.action == ledger::Action::conflict && !planned.ambiguous)
      plan::decide_conflict(planned, decision);
  }
  if (!options.fresh_uuids) plan::warn_of_shared_uuids(out, present);
  // --id names webhooks of the source, and says nothing about those that only the destination has.
  const auto selected = [&](const webhook::Webhook& webhook) {
    return options.ids.empty() && selected_by_name(options, webhook);
  };
  std::erase_if(out.extra, [&](const auto& extra) { return !selected(extra); });
  if (!options.mirror) return out;
  out.in_scope = static_cast<std::size_t>(std::ranges::count_if(present, selected));
  out.notes = plan::plan_deletions(out, selected, known);
  return out;
}

std::optional<Failure> shrunk_source(const Context& context, const Transfer& transfer,
                                     const delivery::Run& run) {
  if (!context.options.mirror || context.options.accept_shrunk) return std::nullopt;
  return plan::check_source_not_shrunk(transfer.source.account.name, transfer.source_count,
                                       run.last_count_of(names_of(transfer.source)));
}

delivery::Run open_run(Context& context, OpenAccount& destination) {
  const auto& options = context.options;
  delivery::RunSettings settings;
  settings.batch_size = options.batch_size;
  settings.concurrency = options.concurrency;
  settings.retries = options.retries;
  settings.settle = options.settle;
  settings.max_age = options.max_age;
  settings.accept_shrunk = options.accept_shrunk;
  settings.accepted = options.accepted;
  settings.has_same_key = [&context, &destination](const ledger::Account& then) {
    return has_key_of(context, destination, then);
  };
  settings.turns = &context.common.turns;
  delivery::RunObserver observer;
  observer.note = [&context](const std::string& line) { context.note(line); };
  observer.warn = [&context](const std::string& line) { context.warn(line); };
  observer.tell = [&context](const std::string& line) { context.tell(1, line); };
  observer.progress = [&context](std::size_t done, std::size_t all) {
    context.progress().count(done, all, "webhooks");
  };
  observer.stage = [&context](const std::string& what) { context.progress().stage(what); };
  observer.reason = [&context](const std::string& why) { context.progress().reason(why); };
  return {{destination.account, *destination.api, *context.executor}, settings, observer, context.ledgers};
}

void announce_interrupts(Context& context) {
  if (!context.label.empty()) return;  // a fleet says it once for all its pairs
  context.executor->on_interrupt([&context] {
    context.note("hookferry: interrupted - settling what was sent; Ctrl-C again leaves at once");
  });
}

void require_report_folders(const Context& context) {
  const auto require = [](std::string_view option, const fs::path& file) {
    const auto folder = file.parent_path();
    std::error_code failed;
    if (folder.empty() || fs::is_directory(folder, failed)) return;
    throw Failure(
        Cause::cannot_write,
        std::string(option) + ": there is no folder " + printable(folder.string()) + "; nothing was changed",
        "create it, or name another file");
  };
  for (const auto& report : context.options.reports) require("--report", report);
  require("--metrics", context.options.metrics);
}

std::optional<Failure> write_reports(const Context& context, const std::function<report::Report()>& make) {
  const auto& paths = context.options.reports;
  if (paths.empty()) return std::nullopt;
  auto report = make();
  report.made_at = utc_text(std::time(nullptr), "%Y-%m-%d %H:%M UTC");
  report.made_by = "hookferry " + std::string(program_version);
  report.run_by = printable(user_and_host());
  report.command_line = context.common.console.without_keys(context.common.command_line);
  std::optional<Failure> out;
  for (const auto& path : paths) {
    const auto text = path.ends_with(".html") ? report::render_html(report) : report::render_markdown(report);
    try {
      if (path == "-") {
        context.put(text);
      } else {
        write_file(path, text);
        context.note("Report: " + printable(path));
      }
    } catch (const Failure& failure) {
      out = failure;
    }
  }
  return out;
}

}  // namespace hookferry::commands
