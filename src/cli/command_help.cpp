#include "cli/commands.hpp"
#include "core/files.hpp"
#include "core/nearest.hpp"
#include "core/printable.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/server.hpp"
#include "webhook/secrets.hpp"

namespace hookferry {

Exit run_help(Context& context) {
  if (context.arguments.empty()) {
    write_stdout(help_overview());
    return Exit::done;
  }
  const auto& name = context.arguments[0];
  const auto* command = find_command(name);
  if (command == nullptr) {
    std::vector<std::string> known;
    for (const auto& row : command_table()) known.emplace_back(row.name);
    throw Failure(
        Exit::usage,
        "there is no command " + printable_excerpt(mask_argument(name), 60) + did_you_mean(name, known),
        "see hookferry help");
  }
  write_stdout(help_page(*command) + (name == "sandbox" ? "\n" + fault_help() : std::string()));
  return Exit::done;
}

}  // namespace hookferry
