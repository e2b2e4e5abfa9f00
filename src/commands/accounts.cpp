#include <cstdlib>

#include <boost/json/value.hpp>

#include "cli/help.hpp"
#include "commands/context.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "report/report.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::commands {
namespace {

using json::or_null;

/// Where the key of a section comes from. A command may hold a secret, so only its place is shown.
boost::json::object key_json(const Context& context,
                             const std::map<std::string, accounts::ConfigEntry>& section) {
  for (const std::string from : {"file", "env", "command"}) {
    const auto found = section.find("api-key-" + from);
    if (found == section.end()) continue;
    const auto& [value, origin] = found->second;
    return {{"from", from == "env" ? "variable" : from},
            {"name", or_null(from == "file"  ? context.common.console.without_keys(value)
                             : from == "env" ? secrets::mask_argument(value)
                                             : std::string())},
            {"at", origin}};
  }
  return {{"from", nullptr}, {"name", nullptr}, {"at", nullptr}};
}

std::string text_of(const boost::json::object& key) {
  if (key.at("from").is_null()) return "not in the configuration";
  const auto from = std::string(key.at("from").as_string());
  const auto place = std::string(key.at("at").as_string());
  const auto name = key.at("name").is_null() ? "at " + place.substr(place.rfind('/') + 1)
                                             : std::string(key.at("name").as_string());
  return printable(from + " " + name);
}

}  // namespace

Exit run_accounts(Context& context) {
  const auto& config = context.config;
  auto exit = Exit::done;
  boost::json::array accounts, pairs;
  std::vector<Cells> rows = {{"ACCOUNT", "REGION", "API", "URL", "KEY"}},
                     pair_rows = {{"PAIR", "MODE", "SOURCE", "DEST"}};
  for (const auto& [name, section] : config.accounts) {
    std::string region, url, api;
    try {
      const auto place = accounts::find_account(name, "", config, context.regions);
      region = place.account.region;
      url = place.account.url;
      api = accounts::api_choices.at(static_cast<std::size_t>(place.choice)).first;
    } catch (const Failure& failure) {
      context.common.console.error(line_of(failure));
      exit = failure.cause;
    }
    auto key = key_json(context, section);
    rows.push_back({printable(name), region.empty() ? "-" : printable(region), api.empty() ? "-" : api,
                    url.empty() ? "-" : printable(url), text_of(key)});
    accounts.push_back({{"name", name},
                        {"region", or_null(region)},
                        {"api", or_null(api)},
                        {"url", or_null(url)},
                        {"key", std::move(key)}});
  }
  for (const auto& pair : config.pairs) {
    boost::json::object options;
    for (const auto& [name, entry] : pair.options) options[name] = secrets::mask_argument(entry.value);
    const auto source = secrets::mask_argument(pair.source), dest = secrets::mask_argument(pair.dest);
    pair_rows.push_back({printable(pair.name), pair.mode, printable(source), printable(dest)});
    pairs.push_back({{"name", pair.name},
                     {"mode", pair.mode},
                     {"source", source},
                     {"dest", dest},
                     {"options", std::move(options)}});
  }
  if (context.options.format == cli::Format::json) {
    context.put(report::json_output(
        {{"file", or_null(config.file)}, {"accounts", std::move(accounts)}, {"pairs", std::move(pairs)}}));
    return exit;
  }
  if (config.file.empty()) {
    context.put("There is no configuration file. hookferry help configuration shows how to write one.\n");
    return exit;
  }
  auto out = "Configuration: " + printable(config.file) + "\n";
  for (auto* table : {&rows, &pair_rows})
    if (table->size() > 1) out += "\n" + in_fitting_columns(std::move(*table), cli::page_width());
  context.put(out);
  return exit;
}

}  // namespace hookferry::commands
