#include "cli/deliver.hpp"

#include <set>

#include "cli/earlier_runs.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "ledger/destination_lock.hpp"
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
void require_same_destination(const std::filesystem::path& path, const std::string& url) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored) || std::filesystem::file_size(path, ignored) == 0) return;
  const auto its_url = read_ledger(path).front().header.url;
  if (its_url == url) return;
  throw Failure(
      Exit::usage,
      "the ledger " + printable(path.string()) + " is of another destination, " + printable(its_url),
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

std::vector<std::int64_t> ids_of(const std::vector<Webhook>& webhooks) {
  std::vector<std::int64_t> out;
  for (const auto& webhook : webhooks)
    if (webhook.id) out.push_back(*webhook.id);
  return out;
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

/// True where the plan may be carried out.
bool show_and_confirm(Context& context, const Plan& plan, const Route& route) {
  const bool json = context.options.format == Format::json;
  const auto text = render_plan(plan, route, context.options.on_conflict, report_style(context));
  if (!json) context.show(text + "\n");
  if (!plan.writes() || context.options.yes) return true;
  if (json) write_stderr(text);
  const auto count = plan.count(Action::create) + plan.count(Action::update);
  return confirm("Write " + std::to_string(count) + (count == 1 ? " webhook" : " webhooks") + " to " +
                 printable(route.destination) + "?");
}

}  // namespace

void require_consent(const Context& context) {
  if (context.options.yes || stdin_is_terminal()) return;
  throw Failure(
      Exit::usage,
      context.command + " asks before it writes, and standard input is no terminal; nothing was changed",
      "look at the plan with hookferry diff, then add --yes");
}

Exit deliver(Context& context, const std::vector<TransformedWebhook>& webhooks, const std::string& source,
             OpenAccount& destination) {
  const Route route{source, destination.place.label};
  DestinationLock lock(destination_identity(destination), route.destination);
  require_same_destination(context.options.ledger, destination.place.endpoint.url());
  const auto present = read_settled(context, destination, context.options.ledger);
  const auto known = known_alterations(context, destination, present);
  const auto plan = make_plan(webhooks, present, context.options.on_conflict, known);
  const bool agreed = show_and_confirm(context, plan, route);
  if (context.options.on_conflict == ConflictPolicy::fail && plan.count(Action::conflict) > 0)
    throw Failure(
        Exit::incomplete,
        std::to_string(plan.count(Action::conflict)) + " webhooks are in conflict; nothing was changed",
        "choose another --on-conflict, or set them right by hand");
  if (!agreed) throw Failure(Exit::incomplete, "not confirmed; nothing was changed", "");

  const auto path = ledger_path(context, source, route.destination);
  LedgerWriter ledger(path);
  const auto ids = ids_of(present);
  record_plan(ledger, {context.command, source, route.destination, destination.place.endpoint.url(), ids},
              plan);
  remember_run(destination, path, known);

  Importer importer(*destination.api, ledger, plan, {ids.begin(), ids.end()}, import_options(context));
  const auto outcome = importer.deliver();
  ledger.end(outcome.settled, static_cast<int>(outcome.exit()));
  show_outcome(context, plan, outcome, route, path.string());
  if (outcome.ended_by) throw *outcome.ended_by;
  return outcome.exit();
}

}  // namespace hookferry
