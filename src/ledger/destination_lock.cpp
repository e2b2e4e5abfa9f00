#include "ledger/destination_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/digest.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "ledger/ledger.hpp"

namespace hookferry {

DestinationLock::DestinationLock(const std::string& destination, const std::string& label) {
  const auto directory = state_directory() / "locks";
  make_directory(directory);
  path_ = directory / (sha256_hex(destination).substr(0, 24) + ".lock");
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) {
    throw Failure(Exit::cannot_write, "cannot open the lock " + path_.string() + ": " + std::strerror(errno),
                  "check the folder, or set XDG_STATE_HOME to one that can be written");
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd_);
    throw Failure(Exit::incomplete,
                  "another run on this machine is writing to " + printable(label) + "; nothing was changed",
                  "wait for it to end, then run the same command again");
  }
}

DestinationLock::~DestinationLock() { ::close(fd_); }

std::optional<std::filesystem::path> DestinationLock::last_ledger() const {
  const auto remembered = read_file(path_.string(), "the lock");
  std::error_code ignored;
  if (remembered.empty() || !std::filesystem::exists(remembered, ignored)) return std::nullopt;
  return remembered;
}

void DestinationLock::remember_ledger(const std::filesystem::path& path) {
  const auto text = std::filesystem::absolute(path).string();
  const bool written = ::ftruncate(fd_, 0) == 0 &&
                       ::pwrite(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(fd_) == 0;
  if (!written)
    throw Failure(Exit::cannot_write,
                  "cannot write the lock " + path_.string() + ": " + std::strerror(errno));
}

}  // namespace hookferry
