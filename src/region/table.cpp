#include "region/table.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/failure.hpp"
#include "core/text.hpp"
#include "json/document.hpp"
#include "json/reader.hpp"

namespace hookferry::region {

bool ServiceHosts::has(std::string_view host) const {
  const auto is_it = [&](const std::string& spelling) { return same_letters(spelling, host); };
  return !host.empty() && (is_it(guide) || is_it(domain) || std::ranges::any_of(also, is_it));
}

std::string Region::api_host() const {
  const auto* api = service("api");
  return api != nullptr ? api->preferred() : "api." + domain;
}

std::string Region::newer_api_host() const {
  const auto* api = service("api");
  return api != nullptr && !api->domain.empty() ? api->domain : "api." + domain;
}

const ServiceHosts* Region::service(std::string_view service_name) const {
  const auto found = std::ranges::find(services, service_name, &ServiceHosts::service);
  return found == services.end() ? nullptr : &*found;
}

bool Region::has_host(std::string_view host) const {
  return std::ranges::any_of(services, [&](const ServiceHosts& hosts) { return hosts.has(host); });
}

RegionTable RegionTable::builtin() { return parse(builtin_regions_json(), "the built-in region table"); }

const Region* RegionTable::find(std::string_view name) const {
  const auto is_name = [&](const std::string& one) { return !one.empty() && same_letters(one, name); };
  const auto found = std::ranges::find_if(regions_, [&](const Region& region) {
    return is_name(region.code) || is_name(region.name) || std::ranges::any_of(region.domains, is_name);
  });
  return found == regions_.end() ? find_by_host(name) : &*found;
}

const Region* RegionTable::find_by_host(std::string_view host) const {
  const auto found =
      std::ranges::find_if(regions_, [&](const Region& region) { return region.has_host(host); });
  return found == regions_.end() ? nullptr : &*found;
}

// RegionTable::parse: the table may be the user's own, so an error names the place of the mistake.

namespace {

std::string filled_text(const json::Reader& value) {
  auto out = value.text();
  if (out.empty()) value.fail("a string that is not empty is expected");
  return out;
}

/// A host that is compared with those of URLs: with a port, a scheme or a dot at its end none would match.
std::string host(const json::Reader& value) {
  auto out = lower_ascii(filled_text(value));
  const auto sound = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  };
  if (!std::ranges::all_of(out, sound) || out.front() == '.' || out.back() == '.' ||
      out.find("..") != std::string::npos)
    value.fail("a host name without scheme, port and path is expected, found \"" +
               printable_excerpt(out, 60) + "\"");
  return out;
}

/// What `read` makes of the member; empty if there is none.
std::string optional(const json::Reader& object, std::string_view member,
                     std::string (*read)(const json::Reader&)) {
  const auto found = object.find(member);
  return found ? read(*found) : std::string();
}

std::vector<std::string> optional_hosts(const json::Reader& object, std::string_view member) {
  std::vector<std::string> out;
  for (const auto& value : object.optional_elements(member)) out.push_back(host(value));
  return out;
}

Region read_region(const json::Reader& value) {
  value.allow_only(
      {"code", "name", "cloud", "domain", "older_domains", "services", "team_suffixes", "private_host"});
  Region region;
  region.code = filled_text(value.at("code"));
  region.name = optional(value, "name", filled_text);
  region.cloud = optional(value, "cloud", filled_text);
  region.domain = host(value.at("domain"));
  region.domains = {region.domain};
  for (auto& older : optional_hosts(value, "older_domains")) region.domains.push_back(std::move(older));
  const auto services = value.at("services");
  const auto members = services.members();
  services.at("api");
  for (const auto& [service, hosts] : members) {
    hosts.allow_only({"guide", "domain", "also"});
    region.services.push_back(
        {service, optional(hosts, "guide", host), host(hosts.at("domain")), optional_hosts(hosts, "also")});
  }
  region.team_suffixes = optional_hosts(value, "team_suffixes");
  region.private_host = optional(value, "private_host", host);
  return region;
}

}  // namespace

RegionTable RegionTable::parse(std::string_view json, const std::string& origin) {
  try {
    const auto document = json::Document::over(json);
    const json::Reader root(document.root());
    root.allow_only({"comment", "regions"});
    const auto regions = root.at("regions");
    RegionTable table;
    // Whatever a user may name a region by, and every host that is rewritten, must lead to one region only.
    std::set<std::string> codes;
    std::map<std::string, std::string> owners;
    for (const auto& value : regions.elements()) {
      const auto& region = table.regions_.emplace_back(read_region(value));
      const auto claim = [&](const std::string& name) {
        if (name.empty()) return;
        const auto owner = owners.emplace(lower_ascii(name), region.code).first->second;
        if (owner != region.code)
          value.fail("\"" + printable(name) + "\" belongs to region \"" + printable(owner) + "\" already");
      };
      if (const auto [first, fresh] = codes.insert(lower_ascii(region.code)); !fresh)
        value.fail("a second region with the code \"" + printable(*first) + "\"");
      claim(region.code);
      claim(region.name);
      std::ranges::for_each(region.domains, claim);
      for (const auto& hosts : region.services) {
        claim(hosts.guide);
        claim(hosts.domain);
        std::ranges::for_each(hosts.also, claim);
      }
    }
    if (table.regions_.empty()) regions.fail("at least one region is expected");
    return table;
  } catch (const json::SyntaxError& error) {
    throw Failure(Cause::configuration, origin + ": " + error.what());
  } catch (const json::FormError& error) {
    throw Failure(Cause::configuration, origin + ": " + error.what(),
                  "configs/regions.json shows the form of a region table");
  }
}

}  // namespace hookferry::region
