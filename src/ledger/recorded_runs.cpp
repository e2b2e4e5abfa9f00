#include "ledger/recorded_runs.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "core/failure.hpp"
#include "ledger/destination_memory.hpp"

namespace hookferry {
namespace {

namespace fs = std::filesystem;

std::int64_t last_touched(const fs::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return 0;
  return static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1000 + facts.st_mtim.tv_nsec / 1'000'000;
}

std::set<fs::path> ledger_paths() {
  std::set<fs::path> out;
  if (!has_state_directory()) return out;
  std::error_code failed;
  fs::path folder;
  try {
    folder = state_directory();
  } catch (const Failure&) {
    return out;  // where nothing can be kept, nothing was
  }
  for (const auto& entry : fs::directory_iterator(folder, failed))
    if (entry.path().extension() == ".jsonl") out.insert(fs::weakly_canonical(entry.path(), failed));
  for (const auto& path : remembered_ledgers()) out.insert(fs::weakly_canonical(path, failed));
  return out;
}

}  // namespace

std::vector<RecordedLedger> recorded_ledgers(Ledgers& ledgers,
                                             const std::function<void(const std::string&)>& damaged,
                                             std::int64_t since) {
  constexpr std::int64_t coarse = 2'000;  // some file systems keep times in steps of two seconds
  std::vector<RecordedLedger> out;
  for (const auto& path : ledger_paths()) {
    if (since > 0 && last_touched(path) + coarse < since) continue;
    try {
      if (auto runs = ledgers.find(path)) out.push_back({path, std::move(runs)});
    } catch (const Failure& failure) {
      damaged(failure.what());
    }
  }
  return out;
}

bool wrote_anything(const LedgerRun& run) {
  using State = LedgerEntry::State;
  return run.header.command != "undo" &&
         std::any_of(run.entries.begin(), run.entries.end(), [](const LedgerEntry& entry) {
           return entry.state != State::planned && entry.state != State::not_applied;
         });
}

std::optional<fs::path> last_ledger_written(const std::vector<RecordedLedger>& ledgers) {
  std::optional<fs::path> out;
  std::int64_t newest = 0;
  for (const auto& ledger : ledgers) {
    for (const auto& run : *ledger.runs) {
      if (!wrote_anything(run) || run.began < newest) continue;
      newest = run.began;
      out = ledger.path;
    }
  }
  return out;
}

/// Asking for the lock would keep it from a run that begins just then.
bool is_written_to(const fs::path& ledger) {
  struct stat facts {};
  if (::stat(ledger.c_str(), &facts) != 0) return false;
  const auto inode = ":" + std::to_string(facts.st_ino) + " ";
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);)
    if (line.find(" FLOCK ") != std::string::npos && line.find(inode) != std::string::npos) return true;
  return false;
}

}  // namespace hookferry
