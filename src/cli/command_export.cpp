#include "cli/commands.hpp"
#include "cli/keys.hpp"
#include "cli/stages.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"

namespace hookferry {
namespace {

/// The one account of a command that is the first stage of migrate: its key may be named as there, too.
OpenAccount open_exported(Context& context, const std::string& name) {
  const auto& options = context.options;
  OpenAccount out;
  out.place = find_account(name, "", context.config, context.regions);
  const KeySources sources = {{{"key-file", options.key_file}, {"source-key-file", options.source_key_file}},
                              out.place.section,
                              {"HOOKFERRY_KEY", "HOOKFERRY_SOURCE_KEY"}};
  out.key = read_key(sources, "the account (" + printable(name) + ")",
                     [&](const std::string& text) { context.warn(text); });
  out.client = context.make_client(out.place);
  out.api = std::make_unique<WebhooksApi>(*out.client, Account{out.place.label, out.place.endpoint, out.key},
                                          options.retries,
                                          [&context](const std::string& line) { context.tell(1, line); });
  return out;
}

/// Ctrl-C may have ended the other end of the connection as well, and first.
std::vector<Webhook> read_all(const OpenAccount& account) {
  try {
    return account.api->list(WebhooksApi::Purpose::plan);
  } catch (const Failure&) {
    if (account.client->interrupted())
      throw Failure(Exit::interrupted, "interrupted; nothing was written", "");
    throw;
  }
}

}  // namespace

Exit run_export(Context& context) {
  const auto account = open_exported(context, context.arguments[0]);
  auto webhooks = read_all(account);
  if (webhooks.empty())
    context.warn(
        printable(account.place.label) +
        " has no webhooks at all; more often than an empty account that is a wrong key or an outage");
  sort_by_id(webhooks);
  write_file(context.options.output, write_webhooks(select(context, webhooks)));
  return Exit::done;
}

}  // namespace hookferry
