#include <algorithm>

#include "commands/transfer.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace hookferry::commands {

namespace {

/// An id in a body would write over whatever webhook has that id in the destination.
void warn_of_ids(const Context& context, const std::vector<webhook::Webhook>& webhooks) {
  const auto count = std::count_if(webhooks.begin(), webhooks.end(),
                                   [](const webhook::Webhook& webhook) { return webhook.id.has_value(); });
  if (count > 0)
    context.warn("webhooks of the file that carry the id of an account: " + std::to_string(count) +
                 "; it is removed, and hosts are not rewritten here (see hookferry help transform)");
}

}  // namespace

/// What a mirror deletes is part of the plan (see plan_transfer).
Exit run_migrate(Context& context) {
  require_consent(context);
  auto transfer = open_transfer(context, context.arguments[0], context.arguments[1]);
  return run_transfer(context, transfer, {.execute = !context.options.dry_run});
}

Exit run_import(Context& context) {
  require_consent(context);
  // The account is opened first, so that swapped arguments are told before a file is missed.
  Transfer transfer;
  auto& name = transfer.source.account.name;
  name = context.arguments[0];
  if (name == "-" && (context.options.key_file == "-" || context.options.dest_key_file == "-"))
    throw Failure(Cause::usage, "standard input cannot hold both the webhooks and a key",
                  "put the key into a file or the environment");
  transfer.destination = open_account(context, context.arguments[1], accounts::Side::destination);
  select_from(context, transfer, read_source(context, transfer.source, &transfer.destination));
  warn_of_ids(context, transfer.selected);
  transform::TransformRules rules;
  rules.form = transfer.destination.api->form();
  transfer.webhooks = transform::transform(transfer.selected, rules);
  return run_transfer(context, transfer, {.execute = !context.options.dry_run});
}

Exit run_diff(Context& context) {
  const auto& out = context.options.out;
  if (out == "-")
    throw Failure(Cause::usage, "--out: standard output is where the plan is shown", "name a file");
  auto transfer = open_transfer(context, context.arguments[0], context.arguments[1]);
  const auto write_plan = [&](const delivery::Run& run) {
    if (out.empty()) return;
    if (const auto failure = plan::check_delete_limit(*transfer.plan, context.options.max_delete))
      throw Failure(*failure);
    write_file(out, approved_plan_text(context, transfer, run.present()));
    context.note("Plan saved to " + printable(out) + ". To apply it: hookferry apply " +
                 report::shell_word(out));
  };
  return run_transfer(context, transfer, {.execute = false, .keep_plan = write_plan});
}

}  // namespace hookferry::commands
