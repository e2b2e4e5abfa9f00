#include <boost/algorithm/string/join.hpp>
#include <boost/json/value_from.hpp>

#include "cli/help.hpp"
#include "commands/context.hpp"
#include "core/files.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
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

Exit run_regions(Context& context) {
  if (context.options.format == cli::Format::json) {
    boost::json::array out;
    for (const auto& region : context.regions.regions()) out.push_back(region_json(region));
    context.put(report::json_output(out));
  } else {
    context.put(table_of(context.regions));
  }
  return Exit::done;
}

}  // namespace hookferry::commands
