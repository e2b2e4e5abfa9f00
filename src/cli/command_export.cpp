#include "cli/commands.hpp"
#include "cli/stages.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"

namespace hookferry {

Exit run_export(Context& context) {
  const auto account = open_account(context, context.arguments[0], Side::only);
  auto webhooks = account.api->list(AccountApi::Purpose::plan);
  if (webhooks.empty())
    context.warn(
        printable(account.place.label) +
        " has no webhooks at all; more often than an empty account that is a wrong key or an outage");
  write_file(context.options.output, write_webhooks(select(context, webhooks)));
  return Exit::done;
}

}  // namespace hookferry
