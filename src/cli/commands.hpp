// Every command, once: names, arguments, options, help.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/context.hpp"
#include "cli/exit.hpp"

namespace hookferry {

struct CommandSpec {
  std::string_view name;
  std::string_view arguments;  ///< "SOURCE DEST"
  std::size_t least, most;     ///< how many arguments
  std::string_view summary;
  std::string_view details;  ///< for its help page; flows (see blocks_of)
  std::vector<std::string_view> options;
  Exit (*run)(Context&);
};

std::span<const CommandSpec> command_table();
const CommandSpec* find_command(std::string_view name);
/// Failure(usage) where there is none, with what may be meant; `topics`: what else there is help on.
const CommandSpec& command_named(const std::string& name, const std::vector<std::string>& topics = {});

/// What an ACCOUNT is.
std::string_view account_help();
/// "-o, --output FILE", with the dashes.
std::string term_of(const OptionSpec& option);
/// The option's help, and whether it may be given more than once.
std::string help_of(const OptionSpec& option);
/// What a configuration may name: options, and those of the commands that a pair may be of.
OptionNames configuration_names();

std::string help_overview();
std::string help_page(const CommandSpec& command);

Exit run_list(Context& context);
Exit run_export(Context& context);
Exit run_transform(Context& context);
Exit run_diff(Context& context);
Exit run_migrate(Context& context);
Exit run_import(Context& context);
Exit run_mirror(Context& context);
Exit run_apply(Context& context);
Exit run_fleet(Context& context);
Exit run_undo(Context& context);
Exit run_runs(Context& context);
Exit run_ids(Context& context);
Exit run_rewire(Context& context);
Exit run_check(Context& context);
Exit run_regions(Context& context);
Exit run_sandbox_command(Context& context);
Exit run_completion(Context& context);
Exit run_help(Context& context);
Exit run_version(Context& context);

}  // namespace hookferry
