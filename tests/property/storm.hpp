// A storm: random accounts, random faults, random batch sizes; the real binary and the real sandbox.
// Everything follows from one seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hookferry::test {

struct StormResult {
  std::uint64_t seed = 0;
  std::size_t runs = 0;   ///< of the binary
  std::size_t kills = 0;  ///< of them ended by SIGKILL
  std::string broken;     ///< the promise that did not hold; empty for none
};

/// Runs under faults, then without until done, then takes it back. Holds the promises of docs/reliability.md
/// against the accounts' files after every step.
StormResult storm(std::uint64_t seed);

/// The same with the process killed at random moments, again and again, until a run comes to its end.
StormResult kill_storm(std::uint64_t seed);

}  // namespace hookferry::test
