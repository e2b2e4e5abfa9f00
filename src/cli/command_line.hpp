// The order of words on a command line: options and their values, the command, its arguments; suggestions for
// words that are unknown.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"

namespace hookferry::cli {

// Suggestions for the words of other tools.

/// "; here that is diff" for a word such as `plan`. Only names of `ours` are suggested; nothing if none fits.
std::string suggested_command(std::string_view word, const std::vector<std::string>& ours);

/// "; here that is --only" for the name of an option, without its dashes, such as `include`.
std::string suggested_option(std::string_view word, const std::vector<std::string>& ours);

// The order of the command line: [OPTION...] COMMAND [ARGUMENT or OPTION...].

/// An option as it stands on the line.
struct NamedOption {
  std::string written{};               ///< "--retries", "--no-yes", "-q"
  const OptionSpec* option = nullptr;  ///< nothing: there is none of that name, or it is --help
  bool is_help = false;
  bool is_negated = false;             ///< a flag that is taken back
  std::optional<std::string> value{};  ///< what stands in the same word

  bool wants_value() const { return option != nullptr && !option->argument.empty(); }
};

/// The options that a word names which begins with a dash: one as "--name" or "--name=value", or several as
/// letters, the last of which may have its value behind it: "-qofile".
std::vector<NamedOption> options_in(const std::string& word);

/// Which of the arguments is the command: the first that is neither an option nor an option's value; how many
/// there are where none is. Failure(usage) for an option before it that no command takes.
std::size_t command_place(const std::vector<std::string>& arguments);

struct ParsedArguments {
  std::vector<std::string> positionals;
  Settings given;  ///< a flag that is taken back has the value "false"
  bool help = false;
};

/// `allowed` are the names that the command takes. Failure(usage) for any other, with the nearest of them.
ParsedArguments parse_arguments(const std::vector<std::string>& arguments,
                                const std::vector<std::string_view>& allowed, const std::string& command);

/// Words of a list with a space between them.
std::vector<std::string_view> words_of(std::string_view list);

}  // namespace hookferry::cli
