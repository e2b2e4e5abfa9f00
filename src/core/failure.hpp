// What ends a run: one exception type, the exit code of the contract with it.
#pragma once

#include <stdexcept>
#include <string>

namespace hookferry {

/// Exit codes. From 64 on they are those of sysexits.h.
enum class Exit : int {
  done = 0,
  incomplete = 1,   ///< something was not migrated, restored or verified
  differences = 2,  ///< diff: there are changes; migrate, import: conflicts left as they were
  usage = 64,
  bad_data = 65,
  no_input = 66,
  unreachable = 69,
  cannot_write = 73,
  protocol = 76,  ///< not the API that was expected, or TLS
  key_refused = 77,
  configuration = 78,
  interrupted = 130,
};

/// Thrown where the facts are known, caught in main. One line each: `what` says what failed, where and why;
/// `hint` says what to try and may be empty. Neither holds a key; text of a server goes through printable()
/// first.
class Failure : public std::runtime_error {
 public:
  Failure(Exit exit_code, const std::string& reason, std::string what_to_try = {})
      : std::runtime_error(reason), code(exit_code), hint(std::move(what_to_try)) {}
  Exit code;
  std::string hint;
};

}  // namespace hookferry
