#include <algorithm>
#include <array>
#include <filesystem>

#include "accounts/configuration.hpp"
#include "cli/help.hpp"
#include "commands/context.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"
#include "ledger/ledger_file.hpp"
#include "region/table.hpp"

namespace hookferry::commands {

// Made from src/cli/completions/ at build time.
std::string_view bash_completion();
std::string_view zsh_completion();
std::string_view fish_completion();

namespace {

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
