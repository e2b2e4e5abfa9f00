#include "ledger/destination_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "ledger/destination_memory.hpp"
#include "ledger/ledger.hpp"

namespace hookferry {

FileLock::FileLock(const std::filesystem::path& path, Kind kind, const std::string& busy, Turns* turns)
    : turn_(turns != nullptr ? turns->take(path.string(), kind == Kind::shared) : Turns::Turn()) {
  if (path.has_parent_path()) make_directory(path.parent_path(), check_the_state_folder);
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0) {
    throw Failure(Cause::cannot_write,
                  "cannot open the lock " + printable(path.string()) + ": " + std::strerror(errno),
                  what_to_try(errno, check_the_state_folder));
  }
  if (::flock(fd_, (kind == Kind::exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
    ::close(std::exchange(fd_, -1));
    throw Failure(Cause::incomplete, busy + "; nothing was changed",
                  "wait for it to end, then run the same command again");
  }
}

FileLock::FileLock(FileLock&& other) noexcept
    : turn_(std::move(other.turn_)), fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

std::filesystem::path lock_path(const std::string& name) {
  return destinations_directory() / (name + ".lock");
}

}  // namespace hookferry
