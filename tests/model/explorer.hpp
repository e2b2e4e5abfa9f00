// Looks at every history of a space, the shortest first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "course.hpp"
#include "support/rooms.hpp"

namespace hookferry::model {

struct Explored {
  std::uint64_t states = 0;
  std::uint64_t steps = 0;
  std::size_t depth = 0;
  double seconds = 0;
  bool whole = true;      ///< false: it was cut off at the limit
  std::string violation;  ///< of the shortest history that breaks something; empty: none does
  Log history;            ///< that one, in words
};

struct Limits {
  std::uint64_t states = 50'000'000;
};

Explored explore(const Space& space, Limits limits);

}  // namespace hookferry::model
