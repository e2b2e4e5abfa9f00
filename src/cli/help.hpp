// Commands, topics and options as the user reads them: help pages, the manual, completion.
#pragma once

#include <algorithm>
#include <functional>

#include "cli/options.hpp"
#include "core/layout.hpp"

namespace hookferry::cli {

// The table of commands: names, arguments, options, help. Longer texts stand in help.txt.

struct CommandSpec {
  std::string_view name;
  std::string_view arguments;  ///< "SOURCE DEST"
  std::size_t least, most;     ///< how many arguments
  std::string_view summary;
  std::vector<const OptionSpec*> options;  ///< in the order of its help page

  /// "migrate SOURCE DEST"
  std::string usage() const {
    return std::string(name) + (arguments.empty() ? "" : " ") + std::string(arguments);
  }
  bool takes(std::string_view option) const {
    return std::ranges::find(options, option, &OptionSpec::name) != options.end();
  }
};

std::span<const CommandSpec> command_table();
const CommandSpec* find_command(std::string_view name);
/// Failure(usage) with a suggestion if there is no such command; `topics`: names that are known beside.
const CommandSpec& command_named(const std::string& name, const std::vector<std::string>& topics = {});
/// "-o, --output FILE", with the dashes.
std::string term_of(const OptionSpec& option);
/// The option's help, and whether it may be given more than once.
std::string help_of(const OptionSpec& option);
/// The options that a configuration may set: all but --config in [defaults], those of its mode in a [pair].
accounts::OptionNames configuration_names();

std::string help_overview(std::size_t width = 80);
std::string help_page(const CommandSpec& command, std::size_t width = 80);

// Topics concern several commands. Each is a page of `hookferry help` and a section of the manual.

struct Topic {
  std::string_view name;     ///< "exit-codes"
  std::string_view section;  ///< of the manual page: "EXIT STATUS"
  std::string_view summary;
};

std::span<const Topic> topic_table();
const Topic* find_topic(std::string_view name);
std::vector<HelpBlock> text_of(const Topic& topic);
std::string help_page(const Topic& topic, std::size_t width = 80);

// The manual page hookferry(1), made from the tables that the program itself works with.

/// Source of the page for man(1): groff's man macros, ASCII.
std::string manual_page();

/// Quotes text for these macros, so that man(1) shows it as it is.
std::string roff_text(std::string_view text);

// Completion in shells. The scripts know nothing of commands and options: they ask `hookferry complete
// WORD...` at every press of the key, so that they offer what this binary takes.

struct Candidate {
  std::string word;
  std::string about;  ///< one line for those shells that show it
};

/// Candidates that stand in no table of the program.
struct CompletionFacts {
  /// Sections of the configuration. `config` is the value of --config, empty if it was not given.
  std::function<std::vector<Candidate>(const std::string& config)> accounts;
  std::function<std::vector<Candidate>()> regions;
  std::function<std::vector<Candidate>()> ledgers;
};

struct Completion {
  std::vector<Candidate> words;
  enum class Paths { none, files, folders } paths = Paths::none;  ///< offered beside the words
  std::string ending;                                             ///< of the files; empty: any
};

/// `words` are those behind the program's name. The last one is completed. bash splits "--a=b".
Completion complete(const std::vector<std::string>& words, const CompletionFacts& facts);

/// The answer as the scripts read it: "word<TAB>WORD<TAB>ABOUT", "files<TAB>ENDING" or "folders", one a line.
std::string completion_answer(const Completion& completion);

}  // namespace hookferry::cli
