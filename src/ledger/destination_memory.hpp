// What the runs of this machine know of a destination.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ledger/account_identity.hpp"
#include "webhook/webhook.hpp"

namespace hookferry {

/// Kept in `$XDG_STATE_HOME/hookferry/destinations/`, a file of JSON for each name of the account
/// (account_identity.hpp):
///   {"at":1700000000000,"company":"67890","ledger":"/path",
///    "alterations":[{"sent":"<sha256>","id":7,"stored":"<sha256>"}],
///    "unclear":[{"sent":"<sha256>","perhaps":[7,8]}]}
struct DestinationMemory {
  std::int64_t at = 0;  ///< ms since 1970
  std::string company;
  /// Of the last run: what that left open is settled by the next one. Nothing where its file is gone.
  std::optional<std::filesystem::path> ledger;
  std::vector<KnownAlteration> alterations;
  std::vector<KnownUnclear> unclear;
};

/// The newest under any of the account's names; empty where there was no run yet. Failure(bad_data) where a
/// file is damaged.
DestinationMemory recall(const AccountIdentity& account);

/// Replaces what is kept under each of the account's names. Failure(cannot_write).
void remember(const AccountIdentity& account, DestinationMemory memory);

/// Ledgers of the last runs at the same server whose account may be this one under another key, since the
/// company of one of the two is not known.
std::vector<std::filesystem::path> ledgers_of_perhaps_the_same(const AccountIdentity& account);

/// Whether nothing is kept under any of the account's names.
bool never_seen(const AccountIdentity& account);

/// `$XDG_STATE_HOME/hookferry/destinations`
std::filesystem::path destinations_directory();

}  // namespace hookferry
