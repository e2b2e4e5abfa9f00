// The stages as the commands put them together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/v1/webhooks_api.hpp"
#include "cli/context.hpp"
#include "migration/planner.hpp"
#include "migration/transformer.hpp"
#include "report/text_report.hpp"

namespace hookferry {

/// An account with all that is needed to talk to it.
struct OpenAccount {
  AccountPlace place;
  Secret key;
  std::unique_ptr<Client> client;
  std::unique_ptr<WebhooksApi> api;
};

/// Resolves the account and reads its key; connects to nothing yet.
OpenAccount open_account(Context& context, const std::string& name, Side side);

/// Where webhooks come from: a file or an account.
struct Source {
  std::string name;
  const Region* region = nullptr;        ///< where known
  std::unique_ptr<OpenAccount> account;  ///< nothing for a file
};
Source open_source(Context& context, const std::string& name);
/// The exporter: all webhooks, in one stable order.
std::vector<Webhook> read_source(Context& context, const Source& source);

/// Those that --only, --except, --type and --id let through; warns where that is none, or an id is not there.
std::vector<Webhook> select(const Context& context, const std::vector<Webhook>& webhooks);

TransformRules transform_rules(Context& context, const Region* source, const AccountPlace& destination);

ReportStyle report_style(const Context& context);

/// By id, then what has none in the order it came: an API may answer in another order every time.
void sort_by_id(std::vector<Webhook>& webhooks);

/// Those that have one.
std::vector<std::int64_t> ids_of(const std::vector<Webhook>& webhooks);

}  // namespace hookferry
