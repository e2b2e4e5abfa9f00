// What other tools call what this one has under another name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hookferry {

/// "; here that is diff" for a command such as `plan`; nothing for a word that is nobody's, or where none of
/// `ours`, the names that there are, is meant.
std::string command_meant(std::string_view word, const std::vector<std::string>& ours);

/// The same for the name of an option, without its dashes.
std::string option_meant(std::string_view word, const std::vector<std::string>& ours);

}  // namespace hookferry
