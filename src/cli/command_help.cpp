#include "cli/commands.hpp"
#include "core/files.hpp"
#include "core/version.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/server.hpp"

namespace hookferry {

Exit run_help(Context& context) {
  if (context.arguments.empty()) {
    write_stdout(help_overview());
    return Exit::done;
  }
  const auto& command = command_named(context.arguments[0]);
  write_stdout(help_page(command) + (command.name == "sandbox" ? "\n" + fault_help() : std::string()));
  return Exit::done;
}

Exit run_version(Context&) {
  write_stdout("hookferry " + std::string(version) + "\n");
  return Exit::done;
}

}  // namespace hookferry
