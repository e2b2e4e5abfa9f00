#include "ledger/recorded_runs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "core/failure.hpp"
#include "core/files.hpp"
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

std::vector<RecordedLedger> recorded_ledgers(const std::function<void(const std::string&)>& damaged,
                                             std::int64_t since) {
  constexpr std::int64_t coarse = 2'000;  // some file systems keep times in steps of two seconds
  std::vector<RecordedLedger> out;
  for (const auto& path : ledger_paths()) {
    if (since > 0 && last_touched(path) + coarse < since) continue;
    try {
      if (!holds_no_run(path)) out.push_back({path, read_ledger(path)});
    } catch (const Failure& failure) {
      damaged(failure.what());
    }
  }
  return out;
}

bool wrote_anything(const LedgerRun& run) {
  using State = LedgerEntry::State;
  return !run.is_undo() && std::any_of(run.entries.begin(), run.entries.end(), [](const LedgerEntry& entry) {
    return entry.state != State::planned && entry.state != State::not_applied;
  });
}

std::optional<fs::path> last_ledger_written(const std::vector<RecordedLedger>& ledgers) {
  std::optional<fs::path> out;
  std::int64_t newest = 0;
  for (const auto& ledger : ledgers) {
    for (const auto& run : ledger.runs) {
      if (!wrote_anything(run) || run.began < newest) continue;
      newest = run.began;
      out = ledger.path;
    }
  }
  return out;
}

namespace {

/// Of the file system that an open file is on, as the kernel's lists of locks and mounts give it. Where a
/// file system is made of several (btrfs, overlayfs), stat(2) may tell another one.
dev_t device_of(int fd, dev_t told_by_stat) {
  std::ifstream facts("/proc/self/fdinfo/" + std::to_string(fd));
  std::string mount_of_file;
  for (std::string name; facts >> name;)
    if (name == "mnt_id:") facts >> mount_of_file;
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string mount, parent;
    unsigned major = 0, minor = 0;
    char colon = 0;
    if (words >> mount >> parent >> major >> colon >> minor && mount == mount_of_file)
      return ::makedev(major, minor);
  }
  return told_by_stat;
}

}  // namespace

/// Asking for the lock would keep it from a run that begins just then.
bool is_written_to(const fs::path& ledger) {
  const Descriptor file(::open(ledger.c_str(), O_PATH | O_CLOEXEC));
  struct stat facts {};
  if (file.get() < 0 || ::fstat(file.get(), &facts) != 0) return false;
  const auto device = device_of(file.get(), facts.st_dev);
  // "1: FLOCK  ADVISORY  WRITE 20356 fe:00:10952945 0 EOF": the device in hexadecimal digits, the inode not.
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, mode, access, process;
    unsigned major = 0, minor = 0;
    std::uint64_t inode = 0;
    char colon = 0;
    words >> number >> kind >> mode >> access >> process;
    words >> std::hex >> major >> colon >> minor >> colon >> std::dec >> inode;
    if (words && kind == "FLOCK" && ::makedev(major, minor) == device && inode == facts.st_ino) return true;
  }
  return false;
}

}  // namespace hookferry
