#include "cli/help.hpp"
#include "commands/context.hpp"
#include "commands/source.hpp"
#include "core/files.hpp"
#include "secrets/secrets.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::commands {
namespace {

void redact(const Context& context, std::vector<webhook::Webhook>& webhooks) {
  auto form = webhook::Form::v1;
  secrets::Redaction redaction(
      [&](std::string_view name) { return webhook::is_kept_when_redacted(name, form); });
  for (auto& webhook : webhooks) {
    form = webhook.form;
    webhook.text = SharedText(redaction.redact(webhook.text.view()));
  }
  context.note("Different secrets redacted: " + std::to_string(redaction.secrets()) + ".");
}

}  // namespace

Exit run_export(Context& context) {
  const auto account = open_account(context, context.arguments[0], accounts::Side::only);
  auto webhooks = select(context, list_account(context, account));
  if (context.options.redact) redact(context, webhooks);
  write_file(context.options.output, [&](const Write& write) {
    webhook::WebhooksWriter writer(write);
    writer.add(webhooks);
    writer.end();
  });
  return Exit::done;
}

}  // namespace hookferry::commands
