// Real processes for tests: the binary under test, started as a user would.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {

using Environment = std::map<std::string, std::string>;

/// A started process; ended (SIGKILL) and waited for with its owner. Its output goes to files.
class Process {
 public:
  /// `environment` is all there is, beside PATH.
  Process(const std::vector<std::string>& command, const Environment& environment,
          const std::string& out_file, const std::string& err_file, const std::string& in_file = "/dev/null");
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const;
  /// Its exit code; 128 + N where signal N ended it. Fails the test by throwing after `seconds`.
  int wait(double seconds = 120);
  bool running();
  /// The most memory that it held, once it has ended.
  long peak_kib() const { return peak_kib_; }

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  void look_at_memory();
  long peak_kib_ = 0;
};

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

/// A command to its end; `environment` as of a process.
Ran run_command(const std::vector<std::string>& command, const Environment& environment,
                const std::string& input = {});
/// The binary under test with these arguments, to its end.
Ran run_hookferry(const std::vector<std::string>& arguments, const Environment& environment,
                  const std::string& input = {});
std::string hookferry_binary();

}  // namespace hookferry::test
