#include "cli/commands.hpp"
#include "cli/transfer.hpp"

namespace hookferry {

Exit run_diff(Context& context) {
  auto transfer = open_transfer(context, context.arguments[0], context.arguments[1]);
  read_source(context, transfer);
  return preview(context, transfer);
}

}  // namespace hookferry
