#pragma once

#include <string>
#include <vector>

namespace hookferry {

/// The whole program behind main(): arguments without the program's name in, exit code out.
int run(const std::vector<std::string>& arguments);

}  // namespace hookferry
