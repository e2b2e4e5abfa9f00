#include "cli/commands.hpp"
#include "cli/topics.hpp"
#include "core/files.hpp"
#include "core/version.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/server.hpp"

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
  std::vector<std::string> topics;
  for (const auto& topic : topic_table()) topics.emplace_back(topic.name);
  const auto& command = command_named(name, topics);
  context.put(help_page(command) + (name == "sandbox" ? "\n" + fault_help() : std::string()));
  return Exit::done;
}

Exit run_version(Context& context) {
  context.put("hookferry " + std::string(version) + "\n");
  return Exit::done;
}

}  // namespace hookferry
