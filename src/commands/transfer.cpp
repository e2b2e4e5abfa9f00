#include "commands/transfer.hpp"

#include <algorithm>
#include <ctime>
#include <filesystem>

#include "commands/context.hpp"
#include "commands/prompt.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "delivery/run.hpp"
#include "ledger/destination.hpp"
#include "plan/plan.hpp"
#include "report/report.hpp"
#include "transform/transformer.hpp"

namespace hookferry::commands {
namespace {

Exit exit_of(const plan::Plan& plan) {
  if (plan.writes() || plan.count(ledger::Action::conflict) > 0) return Exit::differences;
  return plan.count(ledger::Action::invalid) > 0 ? Exit::incomplete : Exit::done;
}

/// What would stop the run is told, but the plan is what was asked for.
void note(std::vector<std::string>& notes, const std::optional<Failure>& objection) {
  if (objection) notes.push_back(line_of(*objection));
}

}  // namespace

report::Route Transfer::route() const {
  auto out = route_of(source, destination);
  out.scope_notes = scope_notes;
  for (const auto& [before, after, times] : transform::host_changes(webhooks))
    out.rewritten_hosts.push_back(printable(before) + " -> " + printable(after) + "  (" +
                                  std::to_string(times) + ")");
  return out;
}

Transfer open_transfer(Context& context, const std::string& source, const std::string& destination) {
  Transfer out;
  out.source = open_source(context, source);
  out.destination = open_account(context, destination, accounts::Side::destination);
  require_two_accounts(out.source, out.destination.identity);
  return out;
}

void read_source(Context& context, Transfer& transfer) {
  auto all = read_source(context, transfer.source);
  transfer.source_count = all.size();
  transfer.scope_notes = scope_notes_of(context, all);
  transfer.selected = select(context, std::move(all));
  const auto rules =
      transform_rules(context, transfer.source.region, transfer.destination.place, transfer.selected);
  transfer.webhooks = transform::transform(transfer.selected, rules);
}

TransferPlan plan_transfer(const Context& context, const Transfer& transfer,
                           const std::vector<webhook::Webhook>& present,
                           const ledger::KnownOfAccount& known) {
  const auto& options = context.options;
  TransferPlan out;
  out.plan = plan::make_plan(transfer.webhooks, present, options.on_conflict, known);
  if (!options.fresh_uuids) plan::warn_of_shared_uuids(out.plan, present);
  if (!options.mirror) return out;
  // --id names webhooks of the source, and says nothing of those that only the destination has.
  const auto selected = [&](const webhook::Webhook& webhook) {
    return options.ids.empty() && selected_by_name(options, webhook);
  };
  out.held = static_cast<std::size_t>(std::count_if(present.begin(), present.end(), selected));
  out.notes = plan::plan_deletions(out.plan, selected, known);
  return out;
}

std::optional<Failure> objection(const Context& context, const TransferPlan& planned) {
  if (!context.options.mirror) return std::nullopt;
  const auto& limit = context.options.max_delete;
  const auto deletions = planned.plan.count(ledger::Action::remove);
  const auto allowed = limit.of(planned.held);
  if (deletions <= allowed) return std::nullopt;
  return Failure(
      Cause::incomplete,
      plural(deletions, "webhook") + " would be deleted, and of the " + std::to_string(planned.held) +
          " there --max-delete " + limit.text() + " allows " + std::to_string(allowed) +
          "; nothing was changed",
      "look at the plan; if it is right, --max-delete " + std::to_string(deletions) + " or 100% goes on");
}

std::optional<Failure> objection(const Context& context, const Transfer& transfer,
                                 std::optional<std::size_t> before) {
  const auto& options = context.options;
  if (!options.mirror || options.accept_shrunk || !plan::source_has_shrunk(transfer.source_count, before))
    return std::nullopt;
  const auto now = transfer.source_count;
  return Failure(Cause::incomplete,
                 printable(transfer.source.name) + " shows " +
                     (now == 0 ? std::string("no webhooks at all") : "only " + plural(now, "webhook")) +
                     (before ? ", and held " + std::to_string(*before) + " when it was last mirrored here"
                             : std::string()) +
                     "; nothing was changed",
                 "check its key and the account; if that is really all that it holds: --accept-shrunk");
}

std::vector<std::string> warnings_of(const plan::Plan& plan) {
  std::vector<std::string> out;
  for (const auto& planned : plan.webhooks) {
    if (planned.action != ledger::Action::create && planned.action != ledger::Action::update) continue;
    for (const auto& warning : planned.warnings)
      out.push_back(webhook::describe(planned.webhook) + ": " + warning);
  }
  return out;
}

report::Report report_of(const Context& context, const TransferPlan& planned, const plan::Outcome* outcome,
                         const report::Route& route, const std::string& ledger) {
  auto out = report::report_of(planned.plan, outcome, route, ledger, context.options.show_secrets);
  out.notes = planned.notes;
  return out;
}

std::string described_writes(const plan::Plan& plan) {
  std::string out;
  for (const auto& planned : plan.webhooks) {
    if (planned.action == ledger::Action::unchanged) continue;
    out += std::string(ledger::name_of(planned.action)) + " " + webhook::content_digest(planned.webhook);
    if (planned.existing)
      out +=
          " " + std::to_string(planned.existing->id.value_or(0)) + webhook::content_digest(*planned.existing);
    out += "\n";
  }
  return out;
}

std::vector<std::string> names_of(const Source& source) {
  if (source.account) return ledger::file_names(source.account->identity);
  if (source.name == "-") return {"standard input"};
  return {"file " + std::filesystem::absolute(source.name).lexically_normal().string()};
}

std::optional<Failure> source_objection(const Context& context, const Transfer& transfer) {
  if (!context.options.mirror) return std::nullopt;
  const auto memory = ledger::load_destination_state(transfer.destination.identity);
  return objection(context, transfer, ledger::last_count_of(memory, names_of(transfer.source)));
}

Exit preview(Context& context, Transfer& transfer,
             const std::function<void(const TransferPlan&, const std::vector<webhook::Webhook>&)>& planned) {
  require_report_folder(context);
  auto& destination = transfer.destination;
  const auto present = destination.api->list(api::AccountApi::Purpose::plan);
  if (auto* progress = context.progress()) progress->stop();
  api::require_ids(present, destination.place.label);
  destination.identity.company = ledger::company_of(present);
  require_two_accounts(transfer.source, destination.identity);
  const auto known = delivery::known_of_account(context.ledgers, destination.identity, present);
  auto plan = plan_transfer(context, transfer, present, known);
  note(plan.notes, source_objection(context, transfer));
  note(plan.notes, objection(context, plan));
  transfer.watch(plan.plan, nullptr);
  for (const auto& note : plan.notes) context.warn(note);
  const auto route = transfer.route();
  const auto report = report_of(context, plan, nullptr, route);
  if (context.options.format == cli::Format::json)
    context.put(report::render_json(report));
  else
    show_paged(context,
               report::render_plan(plan.plan, route, context.options.on_conflict, report_style(context)));
  const auto unwritten = write_report(context, [&] { return report; });
  if (plan.plan.writes()) require_no_warnings(context, warnings_of(plan.plan));
  if (planned) planned(plan, present);
  if (unwritten) throw Failure(*unwritten);
  return exit_of(plan.plan);
}

report::RouteEnd route_end_of(const OpenAccount& account) {
  report::RouteEnd out;
  out.name = account.place.label;
  if (account.place.region != nullptr) out.region = account.place.region->code;
  out.url = account.place.endpoint.url();
  out.company = account.identity.company;
  return out;
}

report::Route route_of(const Source& source, const OpenAccount& destination) {
  report::Route out{source.name, destination.place.label, {}, route_end_of(destination)};
  if (source.account) {
    out.source_account = route_end_of(*source.account);
    return out;
  }
  out.source_account.name = source.name;
  if (source.region != nullptr) out.source_account.region = source.region->code;
  return out;
}

void require_report_folder(const Context& context) {
  const std::filesystem::path path = context.options.report;
  const auto folder = path.parent_path();
  std::error_code failed;
  if (path.empty() || folder.empty() || std::filesystem::is_directory(folder, failed)) return;
  throw Failure(Cause::cannot_write,
                "--report: there is no folder " + printable(folder.string()) + "; nothing was changed",
                "make it, or name another file");
}

std::optional<Failure> write_report(const Context& context, const std::function<report::Report()>& make) {
  const auto& path = context.options.report;
  if (path.empty()) return std::nullopt;
  auto report = make();
  report.command = context.command;
  report.made_at = utc_text(std::time(nullptr), "%Y-%m-%d %H:%M UTC");
  report.made_by = "hookferry " + std::string(program_version);
  try {
    write_file(path, path.ends_with(".md") ? report::render_markdown(report) : report::render_html(report));
    context.note("Report: " + printable(path));
  } catch (const Failure& failure) {
    return failure;
  }
  return std::nullopt;
}

}  // namespace hookferry::commands
