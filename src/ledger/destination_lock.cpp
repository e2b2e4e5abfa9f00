#include "ledger/destination_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "ledger/destination_memory.hpp"
#include "ledger/ledger.hpp"

namespace hookferry {
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

FileLock::FileLock(const std::filesystem::path& path, Kind kind, const std::string& busy, Turns* turns)
    : turn_(turns != nullptr ? turns->take(path.string(), kind == Kind::shared) : Turns::Turn()) {
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

}  // namespace hookferry
