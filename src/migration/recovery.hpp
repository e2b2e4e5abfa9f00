// What an earlier run left open, closed by a later reading.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "ledger/ledger.hpp"
#include "migration/attribution.hpp"
#include "net/client.hpp"

namespace hookferry {

/// How long from `now` (ms since 1970) until a reading of the destination shows everything that the ledger's
/// runs sent; nothing where none of them has an outcome open.
std::optional<Milliseconds> time_until_settled(const std::vector<LedgerRun>& runs, Milliseconds settle,
                                               std::int64_t now);

/// How long from `now` (ms since 1970) until a reading is certain to show everything that the ledger's last
/// run did, though all of its outcomes are known.
Milliseconds time_until_shown(const std::vector<LedgerRun>& runs, Milliseconds settle, std::int64_t now);

/// Whether a reading shows the account as the ledger's last run left it: these ids, and what it wrote or
/// found right as it was then. One that does not has come too early, or others have changed something since.
bool as_left(const std::vector<LedgerRun>& runs, const std::vector<KnownAlteration>& known,
             const std::vector<Webhook>& reading);

/// What a reading says of the entries whose outcome is open, run by run: pure.
struct RecoveredEntry {
  std::size_t n = 0;
  std::optional<Arrival> arrival;  ///< nothing: it did not arrive
};
std::vector<RecoveredEntry> recover(const LedgerRun& run, const std::vector<Webhook>& reading);

/// What the ledger's runs found of webhooks that the server stores otherwise than they were sent.
std::vector<KnownAlteration> known_alterations(const std::vector<LedgerRun>& runs);

/// Those of them that still hold, one for each webhook.
std::vector<KnownAlteration> still_true(const std::vector<KnownAlteration>& known,
                                        const std::vector<Webhook>& reading);

/// Writes into the ledger what `reading`, made late enough, says of its last run's open entries.
void close_ledger(const std::filesystem::path& path, const std::vector<Webhook>& reading);

}  // namespace hookferry
