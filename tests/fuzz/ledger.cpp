// The ledger reader: any bytes, and any beginning of them, since a crash may cut a ledger anywhere.
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/failure.hpp"
#include "fuzz/fuzz.hpp"
#include "ledger/ledger_file.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using fuzz::promise;

namespace {

/// How many runs were read; -1 where it is no ledger.
int runs_of(const std::string& text) {
  const int file = ::memfd_create("ledger", MFD_CLOEXEC);
  // One that others may write would be refused.
  promise(file >= 0 && ::fchmod(file, 0600) == 0 &&
              ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
          "a file");
  int out = -1;
  try {
    const auto runs = read_ledger("/proc/self/fd/" + std::to_string(file));
    out = static_cast<int>(runs.size());
    for (const auto& run : runs)
      for (std::size_t n = 0; n < run.entries.size(); ++n)
        promise(run.entries[n].n == n, "entries stand at their number");
  } catch (const Failure& failure) {
    promise(failure.cause == Cause::bad_data, "what is no ledger is bad data");
  }
  ::close(file);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The first two bytes say where the crash was.
  const auto text = fuzz::text_of(data, size).substr(std::min<std::size_t>(2, size));
  const std::size_t place = data[0] * 256U + (size > 1 ? data[1] : 0U);
  runs_of(text);
  runs_of(text.substr(0, place % (text.size() + 1)));
  return 0;
}
