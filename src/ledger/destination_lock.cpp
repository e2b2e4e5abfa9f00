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
namespace {

std::filesystem::path lock_path(const std::string& destination) {
  return state_directory() / "locks" / (sha256_hex(destination).substr(0, 24) + ".lock");
}

}  // namespace

std::optional<std::filesystem::path> last_ledger(const std::string& destination) {
  const auto path = lock_path(destination);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  const auto remembered = read_file(path.string(), "the lock");
  if (remembered.empty() || !std::filesystem::exists(remembered, ignored)) return std::nullopt;
  return remembered;
}

DestinationLock::DestinationLock(const std::string& destination, const std::string& label) {
  path_ = lock_path(destination);
  make_directory(path_.parent_path());
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
