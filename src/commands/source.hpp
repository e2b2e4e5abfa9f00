// Opening accounts and files, and reading the webhooks that a command is about.
#pragma once

#include "api/account_api.hpp"
#include "api/v5/outgoing_webhooks.hpp"
#include "commands/context.hpp"

namespace hookferry::commands {

// Which webhooks the filters let through, and what is told of those that they leave out.

/// By --only, --except and --type, which hold for both ends.
bool selected_by_name(const cli::Options& options, const webhook::Webhook& webhook);

/// Whether all filters let it through.
bool selected(const cli::Options& options, const webhook::Webhook& webhook);

/// Those that --only, --except, --type and --id let through. Warns where a rule matches none of the webhooks,
/// except for a mirror, whose destination counts, too.
std::vector<webhook::Webhook> select(const Context& context, std::vector<webhook::Webhook> webhooks);

/// The host of the URL as it may be shown; empty where there is none.
std::string host_of(const webhook::Webhook& webhook);

/// What is said about filters that match none of these webhooks. `is_source`: --id speaks of them, too.
std::vector<std::string> unmatched_filters(const Context& context,
                                           const std::vector<webhook::Webhook>& webhooks, bool is_source);

/// Warns of each --rewrite-host and --rewrite-prefix that matches nothing in these webhooks of the source.
void warn_of_unmatched_rewrites(const Context& context, const std::vector<webhook::Webhook>& webhooks);

/// What the command line and the configuration say of the command, its webhooks aside.
report::Scope scope_of(const Context& context);

/// The same with what the filters leave out of these webhooks of the source. Its notes say what a reader of
/// the plan cannot see in it: "12 of 14 webhooks selected; 2 left out by except = s*, hookferry.ini:2", and
/// what is in force that was not said on the command line.
report::Scope scope_of(const Context& context, const std::vector<webhook::Webhook>& webhooks);

// The files of --overlay, with the secrets that they name.

/// All rules of the files, in their order. A secret's file is taken whole but for a line end at its end, and
/// is to be as private as a key file; warns where others may read it. Failure(no_input) for a file
/// that is not there, a secret's too; (configuration) for a variable that is not set or a secret's file that
/// others may write; (bad_data) for what is no overlay.
transform::Overlay read_overlays(const Context& context);

// The stages as the commands put them together.

/// An account with all that is needed to talk to it.
struct OpenAccount : accounts::AccountPlace {
  Secret key;
  std::unique_ptr<net::Client> client;
  std::unique_ptr<api::AccountApi> api;
};

/// Whether that is a section of the configuration or a region.
bool is_named(const Context& context, const std::string& name);
/// Reads the account's keys, for an open_account() in another thread; which reports problems with them.
void preload_keys(Context& context, const std::string& name, accounts::Side side);
/// Resolves the account and reads its key; connects to nothing yet.
/// `recorded`: the API that a ledger says.
OpenAccount open_account(Context& context, const std::string& name, accounts::Side side,
                         accounts::ApiChoice recorded = accounts::ApiChoice::automatic);

/// The account of a ledger, as its destination. A key goes only where its owner means it to go: to the
/// account that --dest names, to the section or region that the ledger names, or to the ledger's address
/// where the ledger itself proves that this key was used there. An address that only a file names gets no
/// key.
OpenAccount open_ledgers_account(Context& context, const ledger::Account& recorded);
/// The account by v5, whatever API it is used with.
std::unique_ptr<api::OutgoingWebhooks> newer_api(Context& context, const OpenAccount& account);

/// Where webhooks come from: a file or an account.
struct Source {
  ledger::Account account;                 ///< of a file its name, and its region where the user says it
  const region::Region* region = nullptr;  ///< where known
  std::unique_ptr<OpenAccount> opened;     ///< nothing for a file
  /// What the account showed, without contents: it may be the destination by another API.
  std::vector<webhook::Webhook> shown;
};
Source open_source(Context& context, const std::string& name);
/// Finds the regions again, for accounts that were opened before the options that name them were known.
void find_regions(const Context& context, Source& source, OpenAccount& destination);
/// All webhooks of an account, in one stable order; warns where there are none.
std::vector<webhook::Webhook> list_account(const Context& context, const OpenAccount& account,
                                           const api::AccountApi::Needed& needed = {});
/// The exporter. Failure(usage) where a rule of an overlay has nothing to set in any of the webhooks.
/// `destination`: nullptr for a file.
std::vector<webhook::Webhook> read_source(Context& context, Source& source, const OpenAccount* destination);
/// Failure(usage) where source and destination show one and the same webhook.
void require_other_webhooks(const Source& source, const std::vector<webhook::Webhook>& destination);

/// Failure(usage) where source and destination are one account, as far as the `identity` is known.
void require_two_accounts(const Context& context, const Source& source, const OpenAccount& destination,
                          const ledger::AccountIdentity& identity);

/// Which account it is, as far as its address and key say.
std::string account_digest(Context& context, const std::string& name, accounts::Side side);

/// Whether that account, of a ledger, is at the same server and was used with the same key.
bool has_key_of(const Context& context, const OpenAccount& account, const ledger::Account& then);

/// Failure(usage) if a region is not known that the webhooks need for the rewriting of hosts.
transform::TransformRules transform_rules(Context& context, const region::Region* source,
                                          const accounts::AccountPlace& destination,
                                          const std::vector<webhook::Webhook>& webhooks);

/// Why --strict forbids to go on: there were warnings, or there are `more` on webhooks that would be written.
[[nodiscard]] std::optional<Failure> strict_failure(const Context& context,
                                                    const std::vector<std::string>& more);

report::ReportStyle report_style(const Context& context);

}  // namespace hookferry::commands
