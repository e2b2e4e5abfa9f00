// The program and its commands.
#pragma once

#include <string>
#include <vector>

#include "commands/context.hpp"

namespace hookferry::commands {

/// The whole program behind main(): arguments without the program's name in, exit code out.
int run(const std::vector<std::string>& arguments);

// One function a command; each stands in the file of its name.
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

/// The script of "bash", "zsh" or "fish".
std::string_view completion_script(std::string_view shell);

/// The hidden command behind the scripts. Never fails: what cannot be found out is not offered.
std::string answer_completion(const std::vector<std::string>& words);

}  // namespace hookferry::commands
