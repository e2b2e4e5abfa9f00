// The runs that are recorded on this machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"

namespace hookferry {

struct RecordedLedger {
  std::filesystem::path path;
  Ledgers::Runs runs;
};

/// The ledgers of the state directory, and those elsewhere that were the last of their destination, ordered
/// by path. Left out are those that were not touched since `since` (milliseconds since 1970). `damaged` is
/// told of each that cannot be read, in a line that is safe to print.
std::vector<RecordedLedger> recorded_ledgers(Ledgers& ledgers,
                                             const std::function<void(const std::string&)>& damaged,
                                             std::int64_t since = 0);

/// Whether a run of migrate, import, mirror or apply wrote or deleted anything, or may have.
bool wrote_anything(const LedgerRun& run);

/// The ledger with the newest run that wrote anything; nothing where there is none.
std::optional<std::filesystem::path> last_ledger_written(const std::vector<RecordedLedger>& ledgers);

/// Whether a process writes to it now.
bool is_written_to(const std::filesystem::path& ledger);

}  // namespace hookferry
