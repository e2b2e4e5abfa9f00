// What can be tried after a failure, in the words of the command line.
#pragma once

#include <string>

#include "core/failure.hpp"

namespace hookferry {

/// The failure's hint and its remedy; empty where it has neither.
std::string what_to_try(const Failure& failure);
/// The failure in one line, with what to try.
std::string line_of(const Failure& failure);

}  // namespace hookferry
