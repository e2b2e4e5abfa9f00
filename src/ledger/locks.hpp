// Locks on accounts, within one process and between processes.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "core/files.hpp"
#include "core/interrupts.hpp"

namespace hookferry::ledger {

// Whose turn it is among the threads of one process. The system's locks would refuse the second of them as
// they refuse another process; here it waits.

class InProcessLocks {
 public:
  explicit InProcessLocks(const Interrupts& interrupts) : interrupts_(interrupts) {}

  /// Held as long as the object lives. InProcessLocks must outlive it.
  class InProcessLock {
   public:
    InProcessLock() = default;
    InProcessLock(InProcessLock&& other) noexcept;
    InProcessLock& operator=(InProcessLock&&) = delete;
    ~InProcessLock();
    /// Somebody else had it first.
    bool waited() const { return waited_; }

   private:
    friend class InProcessLocks;
    InProcessLock(InProcessLocks* turns, std::string name, bool shared, bool waited)
        : turns_(turns), name_(std::move(name)), shared_(shared), waited_(waited) {}
    InProcessLocks* turns_ = nullptr;
    std::string name_;
    bool shared_ = false;
    bool waited_ = false;
  };

  /// Waits until nobody holds that name, or none but others that share it. Whoever takes several takes them
  /// in one order, or they wait for each other for ever. Failure(interrupted) where a signal comes first.
  InProcessLock take(const std::string& name, bool shared);

 private:
  struct Holders {
    bool exclusive = false;
    std::size_t shared = 0;
  };
  bool is_free(const std::string& name, bool shared) const;

  const Interrupts& interrupts_;
  std::mutex mutex_;
  std::condition_variable released_;
  std::map<std::string, Holders> held_;
};

// One run at a time: for each destination, and for each ledger, on one machine.

/// Held as long as the object lives; released by the system when the process is gone, however it ends.
class FileLock {
 public:
  enum class Kind { exclusive, shared };
  /// Makes the file where it is not there. Waits where another run of this process holds it, if there are
  /// `turns`; Failure(incomplete) with `busy` and who it is where one of another process does,
  /// Failure(cannot_write) where the file cannot be opened.
  FileLock(const std::filesystem::path& path, Kind kind, const std::string& busy,
           InProcessLocks* turns = nullptr);
  bool waited() const { return turn_.waited(); }

 private:
  InProcessLocks::InProcessLock turn_;
  Descriptor file_{-1};
};

/// The lock of a name of an account, see file_names() in destination.hpp.
std::filesystem::path lock_path(const std::string& name);

}  // namespace hookferry::ledger
