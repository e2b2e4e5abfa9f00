// Preloaded into the binary under test: the disk is full for a moment. Of the writes to ledgers (*.jsonl),
// the one whose number FULL_DISK_AT gives is cut in its middle, and the rest of it fails; later ones find
// room again.
#include <dlfcn.h>
#include <limits.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

bool is_ledger(int fd) {
  char name[32], path[PATH_MAX] = {};
  std::snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  const auto size = ::readlink(name, path, sizeof path - 1);
  return size > 6 && std::strcmp(path + size - 6, ".jsonl") == 0;
}

}  // namespace

extern "C" ssize_t write(int fd, const void* bytes, size_t size) {
  static const auto call =
      reinterpret_cast<ssize_t (*)(int, const void*, size_t)>(::dlsym(RTLD_NEXT, "write"));
  static const auto* wanted = std::getenv("FULL_DISK_AT");
  static const int at = wanted != nullptr ? std::atoi(wanted) : 0;
  static std::atomic<int> writes = 0;
  if (at == 0 || !is_ledger(fd)) return call(fd, bytes, size);
  const int number = ++writes;
  if (number == at) return call(fd, bytes, size / 2);
  if (number != at + 1) return call(fd, bytes, size);
  errno = ENOSPC;
  return -1;
}
