#include "cli/commands.hpp"
#include "cli/reports.hpp"
#include "cli/stages.hpp"
#include "core/files.hpp"
#include "report/json_report.hpp"
#include "run/run.hpp"

namespace hookferry {
namespace {

Exit exit_of(const Plan& plan) {
  if (plan.writes() || plan.count(Action::conflict) > 0) return Exit::differences;
  return plan.count(Action::invalid) > 0 ? Exit::incomplete : Exit::done;
}

}  // namespace

Exit run_diff(Context& context) {
  require_report_folder(context);
  const auto source = open_source(context, context.arguments[0]);
  auto destination = open_account(context, context.arguments[1], Side::destination);
  require_two_accounts(source, destination.identity);
  const auto webhooks = select(context, read_source(context, source));
  const auto rules = transform_rules(context, source.region, destination.place, webhooks);
  const auto transformed = transform(webhooks, rules);
  const auto present = destination.api->list(AccountApi::Purpose::plan);
  require_ids(present, destination.place.label);
  destination.identity.company = company_of(present);
  require_two_accounts(source, destination.identity);
  const auto plan = make_plan(transformed, present, context.options.on_conflict,
                              known_of_account(destination.identity, present));
  const auto route = route_of(source, destination);
  if (context.options.format == Format::json) {
    write_stdout(plan_json(plan, nullptr, route, "", context.options.show_secrets));
  } else {
    context.show(render_plan(plan, route, context.options.on_conflict, report_style(context)));
  }
  if (const auto unwritten =
          write_report(context, report_of(plan, nullptr, route, "", context.options.show_secrets)))
    throw Failure(*unwritten);
  return exit_of(plan);
}

}  // namespace hookferry
