#include "commands/context.hpp"
#include "commands/transfer.hpp"

namespace hookferry::commands {

/// What a mirror deletes is part of the plan (see plan_transfer).
Exit run_migrate(Context& context) {
  require_consent(context);
  auto transfer = open_transfer(context, context.arguments[0], context.arguments[1]);
  return run_transfer(context, transfer, {.execute = !context.options.dry_run});
}

}  // namespace hookferry::commands
