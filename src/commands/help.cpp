#include <boost/json/value.hpp>

#include "cli/help.hpp"
#include "commands/context.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "report/report.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/server.hpp"

namespace hookferry::commands {
namespace {

using json::or_null;

boost::json::object command_json(const cli::CommandSpec& command) {
  boost::json::array options;
  for (const auto* option : command.options)
    options.push_back({{"name", option->name},
                       {"letter", or_null(option->letter != '\0' ? std::string(1, option->letter) : "")},
                       {"argument", or_null(std::string(option->argument))},
                       {"help", option->help},
                       {"allowed", option->allowed},
                       {"repeatable", option->repeatable}});
  return {{"name", command.name},
          {"arguments", command.arguments},
          {"summary", command.summary},
          {"options", std::move(options)}};
}

/// All commands, or the one that is named. Topics are for people.
std::string help_json(const std::vector<std::string>& arguments) {
  boost::json::array commands;
  for (const auto& command : cli::command_table())
    if (arguments.empty() || command.name == arguments[0]) commands.push_back(command_json(command));
  if (commands.empty()) cli::command_named(arguments[0]);  // says what is wrong
  return report::json_output({{"commands", std::move(commands)}});
}

}  // namespace

Exit run_help(Context& context) {
  if (context.options.format == cli::Format::json) {
    context.put(help_json(context.arguments));
    return Exit::done;
  }
  const auto width = std::min<std::size_t>(cli::page_width(), 120);
  if (context.arguments.empty()) {
    context.put(cli::help_overview(width));
    return Exit::done;
  }
  const auto& name = context.arguments[0];
  if (const auto* topic = cli::find_topic(name)) {
    context.put(cli::help_page(*topic, width));
    return Exit::done;
  }
  std::vector<std::string> topics;
  for (const auto& topic : cli::topic_table()) topics.emplace_back(topic.name);
  const auto& command = cli::command_named(name, topics);
  context.put(cli::help_page(command, width) +
              (name == "sandbox" ? "\n" + sandbox::fault_help() : std::string()));
  return Exit::done;
}

Exit run_version(Context& context) {
  const auto text = std::string(program_version);
  context.put(context.options.format == cli::Format::json ? "{\"version\": \"" + text + "\"}\n"
                                                          : "hookferry " + text + "\n");
  return Exit::done;
}

}  // namespace hookferry::commands
