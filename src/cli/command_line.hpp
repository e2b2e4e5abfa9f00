// Words of a command line before options are read: the command, and suggestions for unknown words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hookferry::cli {

// What other tools call what this one has under another name.

/// "; here that is diff" for a command such as `plan`; nothing for a word that is nobody's, or where none of
/// `ours`, the names that there are, is meant.
std::string command_meant(std::string_view word, const std::vector<std::string>& ours);

/// The same for the name of an option, without its dashes.
std::string option_meant(std::string_view word, const std::vector<std::string>& ours);

// The order of the command line: [OPTION...] COMMAND [ARGUMENT or OPTION...].

/// Which of the arguments is the command: the first that is neither an option nor an option's value; how many
/// there are where none is. Failure(usage) for an option before it that no command takes.
std::size_t command_place(const std::vector<std::string>& arguments);

}  // namespace hookferry::cli
