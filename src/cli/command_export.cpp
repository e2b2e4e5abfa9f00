#include "cli/commands.hpp"
#include "cli/stages.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"

namespace hookferry {

Exit run_export(Context& context) {
  const auto account = open_account(context, context.arguments[0], Side::only);
  const auto webhooks = list_account(context, account);
  write_file(context.options.output, write_webhooks(select(context, webhooks)));
  return Exit::done;
}

}  // namespace hookferry
