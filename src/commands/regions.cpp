#include <boost/algorithm/string/join.hpp>
#include <boost/json/value_from.hpp>

#include "cli/help.hpp"
#include "commands/commands.hpp"
#include "core/files.hpp"
#include "core/layout.hpp"
#include "json/build.hpp"
#include "report/report.hpp"

namespace hookferry::commands {
namespace {

using boost::json::value_from;
using json::or_null;

boost::json::object region_json(const region::Region& region) {
  boost::json::array services;
  for (const auto& service : region.services)
    services.push_back({{"service", or_null(service.service)},
                        {"guide", or_null(service.guide)},
                        {"domain", or_null(service.domain)},
                        {"also", value_from(service.also)}});
  return {{"code", or_null(region.code)},          {"name", or_null(region.name)},
          {"cloud", or_null(region.cloud)},        {"domain", or_null(region.domain)},
          {"domains", value_from(region.domains)}, {"api_host", or_null(region.api_host())},
          {"services", std::move(services)},       {"team_suffixes", value_from(region.team_suffixes)}};
}

std::string json_of(const region::RegionTable& regions) {
  boost::json::array out;
  for (const auto& region : regions.regions()) out.push_back(region_json(region));
  return report::json_output(out);
}

/// The present domain of a region stands first, then the older ones.
std::string table_of(const region::RegionTable& regions) {
  std::string out = padded("CODE", 5) + padded("NAME", 10) + padded("API HOST", 25) + "DOMAINS\n";
  for (const auto& region : regions.regions())
    out += wrapped(boost::algorithm::join(region.domains, ", "),
                   padded(region.code, 5) + padded(region.name.empty() ? "-" : region.name, 10) +
                       padded(region.api_host(), 25),
                   40);
  return out;
}

}  // namespace

Exit run_regions(Context& context) {
  context.put(context.options.format == cli::Format::json ? json_of(context.regions)
                                                          : table_of(context.regions));
  return Exit::done;
}

}  // namespace hookferry::commands
