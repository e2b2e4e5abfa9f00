// The stages as the commands put them together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "accounts/identity.hpp"
#include "api/v1/webhooks_api.hpp"
#include "cli/context.hpp"
#include "cli/selection.hpp"
#include "cli/watched_api.hpp"
#include "migration/planner.hpp"
#include "migration/transformer.hpp"
#include "report/text_report.hpp"

namespace hookferry {

/// An account with all that is needed to talk to it.
struct OpenAccount {
  AccountPlace place;
  Secret key;
  AccountIdentity identity;  ///< its company is not known before it is read
  std::unique_ptr<net::Client> client;
  std::unique_ptr<WebhooksApi> plain_api;
  std::unique_ptr<WatchedApi> api;  ///< the same, telling what it does
};

/// Reads the account's keys, for an open_account() in another thread; what is wrong with them is told then.
/// Failure where there is no such account.
void hold_keys(Context& context, const std::string& name, Side side);
/// Resolves the account and reads its key; connects to nothing yet.
OpenAccount open_account(Context& context, const std::string& name, Side side);

/// Where webhooks come from: a file or an account.
struct Source {
  std::string name;
  const Region* region = nullptr;        ///< where known
  std::unique_ptr<OpenAccount> account;  ///< nothing for a file
};
Source open_source(Context& context, const std::string& name);
/// All webhooks of an account, in one stable order; warns where there are none.
std::vector<Webhook> list_account(const Context& context, const OpenAccount& account);
/// The exporter. Failure(usage) where a rule of an overlay has nothing to set in them, whatever filters will
/// leave.
std::vector<Webhook> read_source(Context& context, const Source& source);

/// Failure(usage) where source and destination are one account, as far as is known before they are read.
void require_two_accounts(const Source& source, const AccountIdentity& destination);

/// Failure(usage) where a region that the webhooks make necessary is not known: a host that stays behind
/// would still be the source's.
TransformRules transform_rules(Context& context, const Region* source, const AccountPlace& destination,
                               const std::vector<Webhook>& webhooks);

/// Failure(incomplete) with --strict where there are warnings: those told so far, and `more` of webhooks that
/// would be written.
void require_no_warnings(const Context& context, const std::vector<std::string>& more);

ReportStyle report_style(const Context& context);

}  // namespace hookferry
