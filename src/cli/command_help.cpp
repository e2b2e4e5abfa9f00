#include "cli/commands.hpp"
#include "cli/topics.hpp"
#include "core/files.hpp"
#include "core/nearest.hpp"
#include "core/printable.hpp"
#include "sandbox/faults.hpp"
#include "webhook/secrets.hpp"

namespace hookferry {

Exit run_help(Context& context) {
  if (context.arguments.empty()) {
    context.put(help_overview());
    return Exit::done;
  }
  const auto& name = context.arguments[0];
  if (const auto* topic = find_topic(name)) {
    context.put(help_page(*topic));
    return Exit::done;
  }
  const auto* command = find_command(name);
  if (command == nullptr) {
    std::vector<std::string> known;
    for (const auto& row : command_table()) known.emplace_back(row.name);
    for (const auto& topic : topic_table()) known.emplace_back(topic.name);
    throw Failure(Exit::usage,
                  "there is no command and no topic " + printable_excerpt(mask_argument(name), 60) +
                      did_you_mean(name, known),
                  "see hookferry help");
  }
  context.put(help_page(*command) + (name == "sandbox" ? "\n" + fault_help() : std::string()));
  return Exit::done;
}

}  // namespace hookferry
