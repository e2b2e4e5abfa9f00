#include "cli/commands.hpp"
#include "cli/deliver.hpp"

namespace hookferry {
namespace {

Exit read_and_deliver(Context& context) {
  require_consent(context);
  auto transfer = open_transfer(context, context.arguments[0], context.arguments[1]);
  read_source(context, transfer);
  return context.options.dry_run ? preview(context, transfer) : deliver(context, transfer);
}

}  // namespace

Exit run_migrate(Context& context) { return read_and_deliver(context); }

/// What is deleted is part of the plan (see plan_transfer).
Exit run_mirror(Context& context) { return read_and_deliver(context); }

}  // namespace hookferry
