// A destination as earlier runs left it: their open ends are closed before anything new is planned.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/stages.hpp"

namespace hookferry {

/// What tells one destination from another for the lock and the memory: address and key.
std::string destination_identity(const OpenAccount& account);

/// Failure(usage) where source and destination are one account.
void require_two_accounts(const Source& source, const OpenAccount& destination);

struct SettledReading {
  std::vector<Webhook> webhooks;
  /// From then on (ms since 1970) no reading shows the account as it was before the last run's end.
  std::int64_t quiet_from = 0;
};

/// All webhooks of the destination, once everything that earlier runs may have left open must be to be seen;
/// their ledgers (the last run's, and `ledger` where that is there) are closed with what the reading says. To
/// be called under the destination's lock.
SettledReading read_settled(Context& context, OpenAccount& destination, const std::string& ledger);

/// To be called before the first write: readings that lag behind an earlier run must not be taken for what
/// became of this one's writes. Failure(interrupted) on a signal.
void wait_until_quiet(const Context& context, OpenAccount& destination, const SettledReading& reading);

/// What earlier runs found of webhooks that this destination stores otherwise than they were sent, as far as
/// `reading` still shows it.
std::vector<KnownAlteration> known_alterations(const OpenAccount& destination,
                                               const std::vector<Webhook>& reading);

/// How many webhooks the last run found or left in the account, where `reading` shows not one of them. Else
/// 0.
std::size_t missing_since_last_run(const OpenAccount& destination, const std::vector<Webhook>& reading);

/// For the next run: what this one knows.
void remember_run(const OpenAccount& destination, const std::filesystem::path& ledger,
                  const std::vector<KnownAlteration>& known);

}  // namespace hookferry
