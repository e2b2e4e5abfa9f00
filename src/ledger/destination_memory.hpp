// What the runs of this machine know of a destination.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "webhook/webhook.hpp"

namespace hookferry {

/// Kept in `$XDG_STATE_HOME/hookferry/destinations/`, a file of JSON for each destination:
///   {"ledger":"/path","alterations":[{"sent":"<sha256>","id":7,"stored":"<sha256>"}]}
struct DestinationMemory {
  /// Of the last run: what that left open is settled by the next one. Nothing where its file is gone.
  std::optional<std::filesystem::path> ledger;
  std::vector<KnownAlteration> alterations;
};

/// Tells accounts apart and gives nothing of the key away.
std::string account_digest(const std::string& destination);

/// Where the files about a destination are, without their endings. `destination` tells accounts apart and is
/// only kept as a digest.
std::filesystem::path destination_files(const std::string& destination);

/// Empty where there was no run yet. Failure(bad_data) where the file is damaged.
DestinationMemory recall(const std::string& destination);

/// Replaces the file. Failure(cannot_write).
void remember(const std::string& destination, const DestinationMemory& memory);

}  // namespace hookferry
