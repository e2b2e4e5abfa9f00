#include <algorithm>
#include <array>
#include <filesystem>

#include <boost/json/value.hpp>

#include "cli/help.hpp"
#include "commands/context.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "sandbox/faults.hpp"

namespace hookferry::commands {

// Made from src/cli/completions/ at build time.
std::string_view bash_completion();
std::string_view zsh_completion();
std::string_view fish_completion();

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

constexpr std::array<std::pair<std::string_view, std::string_view (*)()>, 3> scripts = {
    {{"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}}};

/// A file that cannot be read or understood has nothing to offer; the command itself will say why.
std::vector<cli::Candidate> sections(const std::string& config) {
  std::vector<cli::Candidate> out;
  try {
    for (const auto& [name, settings] : accounts::load_config(config, cli::configuration_names()).accounts) {
      const auto region = settings.find("region");
      const auto url = settings.find("url");
      out.push_back({name, region != settings.end() ? region->second.value
                           : url != settings.end()  ? url->second.value
                                                    : std::string()});
    }
  } catch (const Failure&) {
  }
  return out;
}

std::vector<cli::Candidate> region_codes() {
  std::vector<cli::Candidate> out;
  const auto table = region::RegionTable::builtin();
  for (const auto& region : table.regions())
    out.push_back({region.code, region.name.empty() ? region.cloud : region.name + ", " + region.cloud});
  return out;
}

/// Those of the state folder, the newest first: their names begin with a time.
std::vector<cli::Candidate> ledgers() {
  std::vector<cli::Candidate> out;
  try {
    std::error_code failed;
    for (const auto& file : std::filesystem::directory_iterator(ledger::state_directory(), failed))
      if (file.path().extension() == ".jsonl") out.push_back({file.path().string(), ""});
  } catch (const Failure&) {
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.word > b.word; });
  return out;
}

}  // namespace

Exit run_help(Context& context) {
  const auto width = std::min<std::size_t>(cli::page_width(), 120);
  const auto page_of = [&](const std::string& name) {
    if (const auto* topic = cli::find_topic(name)) return cli::help_page(*topic, width);
    std::vector<std::string> topics;
    for (const auto& topic : cli::topic_table()) topics.emplace_back(topic.name);
    return cli::help_page(cli::command_named(name, topics), width) +
           (name == "sandbox" ? "\n" + sandbox::fault_help() : std::string());
  };
  context.put(context.wants_json()        ? help_json(context.arguments)
              : context.arguments.empty() ? cli::help_overview(width)
                                          : page_of(context.arguments[0]));
  return Exit::done;
}

Exit run_version(Context& context) {
  const auto text = std::string(program_version);
  context.put(context.wants_json() ? "{\"version\": \"" + text + "\"}\n" : "hookferry " + text + "\n");
  return Exit::done;
}

std::string_view completion_script(std::string_view shell) {
  for (const auto& [name, script] : scripts)
    if (name == shell) return script();
  throw Failure(Cause::usage, "completion: there is no script for that shell",
                "usage: hookferry completion bash|zsh|fish");
}

std::string answer_completion(const std::vector<std::string>& words) {
  return cli::completion_answer(cli::complete(words, {sections, region_codes, ledgers}));
}

Exit run_completion(Context& context) {
  context.put(std::string(completion_script(context.arguments[0])));
  return Exit::done;
}

}  // namespace hookferry::commands
