#include "cli/commands.hpp"
#include "cli/deliver.hpp"
#include "cli/stages.hpp"

namespace hookferry {

Exit run_migrate(Context& context) {
  require_consent(context);
  const auto source = open_source(context, context.arguments[0]);
  auto destination = open_account(context, context.arguments[1], Side::destination);
  require_two_accounts(source, destination.identity);
  const auto webhooks = select(context, read_source(context, source));
  const auto rules = transform_rules(context, source.region, destination.place, webhooks);
  return deliver(context, transform(webhooks, rules), source, destination);
}

}  // namespace hookferry
