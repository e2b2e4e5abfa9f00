// Mirrors through random faults and kills, and what they deleted made again: repeatable as storms are.
#pragma once

#include <cstdint>

#include "storm.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {

/// Runs under faults, some of them killed, then without until done, then undoes them. After every step
/// nothing is there twice, and nothing was deleted before all of the source was there.
StormResult mirror_storm(std::uint64_t seed, Apis apis);

}  // namespace hookferry::test
