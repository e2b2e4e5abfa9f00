#include "cli/commands.hpp"
#include "core/files.hpp"
#include "core/help_text.hpp"
#include "json/text.hpp"

namespace hookferry {
namespace {

std::string strings_json(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const auto& value : values) out += (out.size() > 1 ? "," : "") + json::encode(value);
  return out + "]";
}

std::string region_json(const Region& region) {
  const auto text = [](const std::string& value) {
    return value.empty() ? std::string("null") : json::encode(value);
  };
  std::string out = "{\"code\":" + text(region.code) + ",\"name\":" + text(region.name) +
                    ",\"cloud\":" + text(region.cloud) + ",\"domain\":" + text(region.domain) +
                    ",\"domains\":" + strings_json(region.domains) +
                    ",\"api_host\":" + text(region.api_host()) + ",\"services\":[";
  for (const auto& service : region.services)
    out += (out.back() == '[' ? "" : ",") + ("{\"service\":" + text(service.service)) +
           ",\"guide\":" + text(service.guide) + ",\"domain\":" + text(service.domain) +
           ",\"also\":" + strings_json(service.also) + "}";
  return out + "],\"team_suffixes\":" + strings_json(region.team_suffixes) + "}";
}

std::string json_of(const RegionTable& regions) {
  std::string out = "[";
  for (const auto& region : regions.regions()) out += (out.size() > 1 ? "," : "") + region_json(region);
  const auto document = json::Document::parse(out + "]");
  return json::pretty(document.root()) + "\n";
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

/// The present one first, then the older ones.
std::string joined(const std::vector<std::string>& domains) {
  std::string out;
  for (const auto& domain : domains) out += (out.empty() ? "" : ", ") + domain;
  return out;
}

std::string table_of(const RegionTable& regions) {
  std::string out = padded("CODE", 5) + padded("NAME", 10) + padded("API HOST", 25) + "DOMAINS\n";
  for (const auto& region : regions.regions())
    out += wrapped(joined(region.domains),
                   padded(region.code, 5) + padded(region.name.empty() ? "-" : region.name, 10) +
                       padded(region.api_host(), 25),
                   40);
  return out;
}

}  // namespace

Exit run_regions(Context& context) {
  context.put(context.options.format == Format::json ? json_of(context.regions) : table_of(context.regions));
  return Exit::done;
}

}  // namespace hookferry
