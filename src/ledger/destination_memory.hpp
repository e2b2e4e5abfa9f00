// What the runs of this machine know of a destination.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/account_identity.hpp"
#include "webhook/webhook.hpp"

namespace hookferry {

/// Kept in `$XDG_STATE_HOME/hookferry/destinations/`, a file of JSON for each name of the account
/// (account_identity.hpp):
///   {"at":1700000000000,"company":"67890","ledger":"/path","idle":null,
///    "alterations":[{"sent":"<sha256>","id":7,"stored":"<sha256>"}],
///    "unclear":[{"sent":"<sha256>","perhaps":[7,8]}],
///    "sources":[{"source":"<name>","webhooks":14}]}
struct DestinationMemory {
  std::int64_t at = 0;  ///< ms since 1970
  std::string company;
  /// Of the last run: what that left open is settled by the next one. Nothing where its file is gone.
  std::optional<std::filesystem::path> ledger;
  std::vector<KnownAlteration> alterations;
  std::vector<KnownUnclear> unclear;
  /// How many webhooks each source held when it was last mirrored here.
  std::map<std::string, std::size_t> sources{};
  /// Of a run right after that one, which wrote nothing and does not take its place; to be listed.
  std::optional<std::filesystem::path> idle = {};
};

/// The newest under any of the account's names; empty where there was no run yet. Failure(bad_data) where a
/// file is damaged.
DestinationMemory recall(const AccountIdentity& account);

/// Replaces what is kept under each of the account's names. Failure(cannot_write).
void remember(const AccountIdentity& account, DestinationMemory memory);

/// Under any of those names.
std::optional<std::size_t> last_count_of(const DestinationMemory& memory,
                                         const std::vector<std::string>& names);

/// Ledgers of the last runs at the same server whose account may be this one under another key, since the
/// company of one of the two is not known.
std::vector<std::filesystem::path> ledgers_of_perhaps_the_same(const AccountIdentity& account);

/// Of the last runs of every destination, where the file is still there; those of damaged memories are left
/// out.
std::vector<std::filesystem::path> remembered_ledgers();

/// Whether nothing is kept under any of the account's names.
bool never_seen(const AccountIdentity& account);

/// `$XDG_STATE_HOME/hookferry/destinations`
std::filesystem::path destinations_directory();

}  // namespace hookferry
