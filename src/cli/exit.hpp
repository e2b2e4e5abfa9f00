// Exit codes, and what ends in which.
#pragma once

#include "core/failure.hpp"
#include "migration/outcome.hpp"

namespace hookferry {

/// From 64 on they are those of sysexits.h.
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

Exit exit_of(Cause cause);
Exit exit_of(const Outcome& outcome);

}  // namespace hookferry
