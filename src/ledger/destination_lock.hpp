// One run at a time: for each destination, and for each ledger, on one machine.
#pragma once

#include <filesystem>
#include <string>

#include "core/files.hpp"
#include "ledger/turns.hpp"

namespace hookferry {

/// Held as long as the object lives; released by the system when the process is gone, however it ends.
class FileLock {
 public:
  enum class Kind { exclusive, shared };
  /// Makes the file where it is not there. Waits where another run of this process holds it, if there are
  /// `turns`; Failure(incomplete) with `busy` and who it is where one of another process does,
  /// Failure(cannot_write) where the file cannot be opened.
  FileLock(const std::filesystem::path& path, Kind kind, const std::string& busy, Turns* turns = nullptr);
  bool waited() const { return turn_.waited(); }

 private:
  Turns::Turn turn_;
  Descriptor file_{-1};
};

/// The lock of a name of an account, see account_identity.hpp.
std::filesystem::path lock_path(const std::string& name);

}  // namespace hookferry
