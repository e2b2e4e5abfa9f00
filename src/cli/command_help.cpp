#include "cli/commands.hpp"
#include "cli/topics.hpp"
#include "core/files.hpp"
#include "core/version.hpp"
#include "json/document.hpp"
#include "json/text.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/server.hpp"

namespace hookferry {
namespace {

std::string member(std::string_view name, std::string_view text) {
  return json::encode(name) + ":" + json::encode(text);
}

std::string option_json(const OptionSpec& option) {
  return "{" + member("name", option.name) +
         ",\"letter\":" + (option.letter != '\0' ? json::encode(std::string(1, option.letter)) : "null") +
         ",\"argument\":" + (option.argument.empty() ? "null" : json::encode(option.argument)) + "," +
         member("help", option.help) + "," + member("allowed", option.allowed) +
         ",\"repeatable\":" + (option.repeatable ? "true" : "false") + "}";
}

std::string command_json(const CommandSpec& command) {
  std::string options;
  for (const auto name : command.options)
    options += (options.empty() ? "" : ",") + option_json(*find_option(name));
  return "{" + member("name", command.name) + "," + member("arguments", command.arguments) + "," +
         member("summary", command.summary) + ",\"options\":[" + options + "]}";
}

/// All commands, or the one that is named. Topics are for people.
std::string help_json(const std::vector<std::string>& arguments) {
  std::string commands;
  for (const auto& command : command_table())
    if (arguments.empty() || command.name == arguments[0])
      commands += (commands.empty() ? "" : ",") + command_json(command);
  if (commands.empty()) command_named(arguments[0]);  // says what is wrong
  const auto document = json::Document::parse("{\"commands\":[" + commands + "]}");
  return json::pretty(document.root()) + "\n";
}

}  // namespace

Exit run_help(Context& context) {
  if (context.options.format == Format::json) {
    context.put(help_json(context.arguments));
    return Exit::done;
  }
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
  const auto text = std::string(version);
  context.put(context.options.format == Format::json ? "{\"version\": " + json::encode(text) + "}\n"
                                                     : "hookferry " + text + "\n");
  return Exit::done;
}

}  // namespace hookferry
