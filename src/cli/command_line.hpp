// The order of the command line: [OPTION...] COMMAND [ARGUMENT or OPTION...].
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hookferry {

/// Which of the arguments is the command: the first that is neither an option nor an option's value; how many
/// there are where none is. Failure(usage) for an option before it that no command takes.
std::size_t command_place(const std::vector<std::string>& arguments);

}  // namespace hookferry
