// An account as this machine knows it: its identity, and the state that earlier runs left.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/known.hpp"
#include "ledger/ledger_file.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::ledger {

// Which account it is, however it is spelled.

/// The digest of a key at that server.
std::string key_digest(std::string_view server, std::string_view key);

/// What the account's webhooks say; empty where none says it.
std::string company_of(const std::vector<webhook::Webhook>& webhooks);
std::string company_of(const webhook::Webhook& webhook);

bool same_account(const AccountIdentity& a, const AccountIdentity& b);

/// Names for files about the account, without their endings: of the server and the key, and of the server and
/// the company where that is known. All names of one server begin with server_prefix().
std::vector<std::string> file_names(const AccountIdentity& account);
/// Of the server and the key.
std::string file_name_by_key(const AccountIdentity& account);
/// Of the server and the company, which is to be known.
std::string file_name_by_company(const AccountIdentity& account);
std::string server_prefix(const AccountIdentity& account);

// What the runs of this machine know of a destination.

/// Kept in `$XDG_STATE_HOME/hookferry/destinations/`, a file of JSON for each name of the account
/// (see file_names() above):
///   {"at":1700000000000,"company":"67890","ledger":"/path","idle":null,
///    "alterations":[{"sent":"<sha256>","id":7,"stored":"<sha256>"}],
///    "unclear":[{"sent":"<sha256>","perhaps":[7,8]}],
///    "sources":[{"source":"<name>","webhooks":14}]}
struct DestinationState {
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
DestinationState load_destination_state(const AccountIdentity& account);

/// Replaces what is kept under each of the account's names. Failure(cannot_write).
void save_destination_state(const AccountIdentity& account, DestinationState memory);

/// Under any of those names.
std::optional<std::size_t> last_count_of(const DestinationState& memory,
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

}  // namespace hookferry::ledger
