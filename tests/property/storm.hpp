// A storm: random accounts, random faults, random batch sizes; the real binary and the real sandbox.
//
// All that is drawn follows from the seed: accounts, options of every run, the server's rules and which of
// its requests a percentage takes, the moments of kills. Not repeatable is what two processes and a clock
// decide:
//  - in which order concurrent batches reach the server, and so what a rule for the Nth POST meets;
//  - how far a run has come when SIGKILL ends it, and so how many kills an account sees;
//  - the pauses between retries, which the binary draws for itself;
//  - on a busy machine, which requests meet a time limit, and which readings lag behind which write.
// A storm that broke a promise by one of these may have to be repeated a few times before it does so again.
#pragma once

#include <cstdint>
#include <string>

#include "support/rooms.hpp"
#include "weather.hpp"

namespace hookferry::test {

struct StormResult {
  std::uint64_t seed = 0;
  std::size_t runs = 0;   ///< of the binary
  std::size_t kills = 0;  ///< of them ended by SIGKILL
  std::string broken;     ///< the promise that did not hold; empty for none
  std::string faults;     ///< options of the storm's sandbox
};

/// Runs under faults, then without until done, then takes it back. Holds the promises of docs/reliability.md
/// against the accounts' files after every step.
StormResult storm(std::uint64_t seed, Weather weather, Apis apis);

/// The same with the process killed at random moments, again and again, until a run comes to its end.
StormResult kill_storm(std::uint64_t seed, Weather weather, Apis apis);

}  // namespace hookferry::test
