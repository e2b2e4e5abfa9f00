#include "ledger/destination_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "ledger/destination_memory.hpp"

namespace hookferry {

DestinationLock::DestinationLock(const std::string& destination, const std::string& label) {
  const std::filesystem::path path = destination_files(destination).string() + ".lock";
  make_directory(path.parent_path());
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) {
    throw Failure(Exit::cannot_write,
                  "cannot open the lock " + printable(path.string()) + ": " + std::strerror(errno),
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

}  // namespace hookferry
