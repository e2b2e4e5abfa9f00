#include "support/traced.hpp"

#include "support/process.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {

std::vector<std::string> traced(const std::string& file, const std::string& calls, std::size_t most,
                                const std::vector<std::string>& arguments) {
  std::vector<std::string> out = {"strace",
                                  "-f",
                                  "-yy",
                                  "-s",
                                  std::to_string(most),
                                  "-o",
                                  file,
                                  "-e",
                                  "trace=" + calls,
                                  "-E",
                                  std::string("LD_PRELOAD=") + TRACEABLE};
  // Leaks cannot be looked for in a traced process, and what is preloaded comes before the sanitizer.
  out.insert(out.end(), {"-E", "ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0", hookferry_binary()});
  out.insert(out.end(), arguments.begin(), arguments.end());
  return out;
}

}  // namespace hookferry::test
