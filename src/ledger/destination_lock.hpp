// One run at a time for each destination, on one machine.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace hookferry {

/// The ledger of the last run to that destination, where there was one and its file is still there.
std::optional<std::filesystem::path> last_ledger(const std::string& destination);

/// Held as long as the object lives; released by the system when the process is gone, however it ends. The
/// lock file stands beside the ledgers and remembers the ledger of the last run, so that the next one can
/// settle what that left open.
class DestinationLock {
 public:
  /// `destination` tells accounts apart and is only kept as a digest. Failure(incomplete) where another run
  /// holds it.
  DestinationLock(const std::string& destination, const std::string& label);
  ~DestinationLock();
  DestinationLock(const DestinationLock&) = delete;
  DestinationLock& operator=(const DestinationLock&) = delete;

  void remember_ledger(const std::filesystem::path& path);

 private:
  std::filesystem::path path_;
  int fd_ = -1;
};

}  // namespace hookferry
