#include "ledger/locks.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "ledger/destination.hpp"
#include "ledger/ledger_file.hpp"

namespace hookferry::ledger {

InProcessLocks::InProcessLock::InProcessLock(InProcessLock&& other) noexcept
    : turns_(std::exchange(other.turns_, nullptr)),
      name_(std::move(other.name_)),
      shared_(other.shared_),
      waited_(other.waited_) {}

InProcessLocks::InProcessLock::~InProcessLock() {
  if (turns_ == nullptr) return;
  {
    const std::lock_guard lock(turns_->mutex_);
    auto& holders = turns_->held_[name_];
    if (shared_)
      --holders.shared;
    else
      holders.exclusive = false;
  }
  turns_->released_.notify_all();
}

bool InProcessLocks::is_free(const std::string& name, bool shared) const {
  const auto found = held_.find(name);
  if (found == held_.end()) return true;
  return !found->second.exclusive && (shared || found->second.shared == 0);
}

InProcessLocks::InProcessLock InProcessLocks::take(const std::string& name, bool shared) {
  std::unique_lock lock(mutex_);
  const bool waits = !is_free(name, shared);
  // In slices, since a signal does not notify.
  while (!is_free(name, shared)) {
    if (interrupts_.requested()) throw Failure(Cause::interrupted, "interrupted; nothing was changed", "");
    released_.wait_for(lock, std::chrono::milliseconds(100));
  }
  auto& holders = held_[name];
  if (shared)
    ++holders.shared;
  else
    holders.exclusive = true;
  return {this, name, shared, waits};
}

namespace {

/// Who holds it, for those who are refused. Not being able to say so is no reason to fail.
void sign(int fd) {
  const auto text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, text.data(), text.size(), 0) < 0) return;
}

/// " (pid 4711: hookferry migrate eu1 us1)", as far as it can be told; of a command line no more than its
/// beginning.
std::string holder_of(int fd) {
  char text[32] = {};
  if (::pread(fd, text, sizeof text - 1, 0) <= 0) return {};
  const auto pid = std::atol(text);
  if (pid <= 0) return {};
  std::string command;
  try {
    command = read_file("/proc/" + std::to_string(pid) + "/cmdline", "the command line of");
  } catch (const Failure&) {
    return " (pid " + std::to_string(pid) + ")";
  }
  while (command.ends_with('\0')) command.pop_back();
  std::replace(command.begin(), command.end(), '\0', ' ');
  if (const auto folder = command.substr(0, command.find(' ')).rfind('/'); folder != std::string::npos)
    command.erase(0, folder + 1);
  return " (pid " + std::to_string(pid) + ": " + printable_excerpt(without_userinfo(command), 80) + ")";
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& path, Kind kind, const std::string& busy,
                   InProcessLocks* turns)
    : turn_(turns != nullptr ? turns->take(path.string(), kind == Kind::shared)
                             : InProcessLocks::InProcessLock()) {
  if (path.has_parent_path()) make_directory(path.parent_path(), check_the_state_folder);
  file_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file_.get() < 0) {
    throw Failure(Cause::cannot_write,
                  "cannot open the lock " + printable(path.string()) + ": " + std::strerror(errno),
                  what_to_try(errno, check_the_state_folder));
  }
  if (::flock(file_.get(), (kind == Kind::exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    const auto holder = holder_of(file_.get());
    throw Failure(Cause::incomplete, busy + holder + "; nothing was changed",
                  "wait for it to end, then run the same command again");
  }
  if (kind == Kind::exclusive) sign(file_.get());
}

std::filesystem::path lock_path(const std::string& name) {
  return destinations_directory() / (name + ".lock");
}

}  // namespace hookferry::ledger
