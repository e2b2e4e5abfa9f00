#include "cli/commands.hpp"
#include "cli/stages.hpp"
#include "core/files.hpp"
#include "webhook/redaction.hpp"

namespace hookferry {
namespace {

void redact(const Context& context, std::vector<Webhook>& webhooks) {
  Redaction redaction;
  for (auto& webhook : webhooks) webhook.text = SharedText(redaction.redact(webhook.text.view()));
  context.note("Different secrets redacted: " + std::to_string(redaction.secrets()) + ".");
}

}  // namespace

Exit run_export(Context& context) {
  const auto account = open_account(context, context.arguments[0], Side::only);
  auto webhooks = select(context, list_account(context, account));
  if (context.options.redact) redact(context, webhooks);
  write_file(context.options.output, [&](const Write& write) {
    WebhooksWriter writer(write);
    writer.add(webhooks);
    writer.end();
  });
  return Exit::done;
}

}  // namespace hookferry
