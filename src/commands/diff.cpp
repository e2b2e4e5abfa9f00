#include "cli/help.hpp"
#include "commands/context.hpp"
#include "commands/transfer.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace hookferry::commands {

Exit run_diff(Context& context) {
  const auto& out = context.options.out;
  if (out == "-")
    throw Failure(Cause::usage, "--out: standard output is where the plan is shown", "name a file");
  auto transfer = open_transfer(context, context.arguments[0], context.arguments[1]);
  const auto write_plan = [&](const delivery::Run& run) {
    if (out.empty()) return;
    if (const auto failure = plan::check_delete_limit(*transfer.plan, context.options.max_delete))
      throw Failure(*failure);
    const auto key = new_plan_key();
    write_file(out,
               plan::write_approved_plan(approved_plan(context, transfer, run.present(), key), key.reveal()));
    context.note("Plan saved to " + printable(out) + ". To apply it: hookferry apply " +
                 report::shell_word(out));
  };
  return run_transfer(context, transfer, {.execute = false, .keep_plan = write_plan});
}

}  // namespace hookferry::commands
