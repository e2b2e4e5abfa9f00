#include <cstdlib>

#include <boost/algorithm/string/join.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>

#include "commands/context.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
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

using boost::json::value_from;

boost::json::object region_json(const region::Region& region) {
  const auto service_json = [](const auto& service) -> boost::json::object {
    return {{"service", or_null(service.service)},
            {"guide", or_null(service.guide)},
            {"domain", or_null(service.domain)},
            {"also", value_from(service.also)}};
  };
  return {{"code", or_null(region.code)},
          {"name", or_null(region.name)},
          {"cloud", or_null(region.cloud)},
          {"domain", or_null(region.domain)},
          {"domains", value_from(region.domains)},
          {"api_host", or_null(region.api_host())},
          {"services", report::array_of(region.services, service_json)},
          {"team_suffixes", value_from(region.team_suffixes)}};
}

std::string table_of(const region::RegionTable& regions) {
  const auto line = [](const std::string& code, const std::string& name, const std::string& api_host) {
    return padded(printable(code), 5) + padded(printable(name), 10) + padded(printable(api_host), 25);
  };
  auto out = line("CODE", "NAME", "API HOST") + "DOMAINS\n";
  for (const auto& region : regions.regions())
    out += wrapped(printable(boost::algorithm::join(region.domains, ", ")),
                   line(region.code, region.name.empty() ? "-" : region.name, region.api_host()), 40,
                   cli::page_width());
  return out;
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
  if (context.wants_json()) {
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

Exit run_regions(Context& context) {
  context.put(context.wants_json()
                  ? report::json_output(report::array_of(context.regions.regions(), region_json))
                  : table_of(context.regions));
  return Exit::done;
}

}  // namespace hookferry::commands
