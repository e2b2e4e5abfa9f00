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
namespace {

bool has_name(const Region& region, std::string_view name) {
  if (same_letters(region.code, name)) return true;
  if (!region.name.empty() && same_letters(region.name, name)) return true;
  return std::ranges::any_of(region.domains,
                             [&](const std::string& domain) { return same_letters(domain, name); });
}

}  // namespace

const std::string& ServiceHosts::in_form(HostForm form) const {
  return form == HostForm::guide && !guide.empty() ? guide : domain;
}

bool ServiceHosts::has(std::string_view host) const {
  if (host.empty()) return false;
  if (same_letters(guide, host) || same_letters(domain, host)) return true;
  return std::ranges::any_of(also, [&](const std::string& other) { return same_letters(other, host); });
}

std::string Region::api_host() const {
  const auto* api = service("api");
  return api != nullptr ? api->in_form(HostForm::guide) : "api." + domain;
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
  const auto found =
      std::ranges::find_if(regions_, [&](const Region& region) { return has_name(region, name); });
  return found == regions_.end() ? find_by_host(name) : &*found;
}

const Region* RegionTable::find_by_host(std::string_view host) const {
  const auto found =
      std::ranges::find_if(regions_, [&](const Region& region) { return region.has_host(host); });
  return found == regions_.end() ? nullptr : &*found;
}

// RegionTable::parse: the table is replaceable by the user's own, so every mistake in it is told with its
// place.

namespace {

std::string filled_text(const json::Reader& value) {
  auto out = value.text();
  if (out.empty()) value.fail("a string that is not empty is expected");
  return out;
}

std::string optional_text(const json::Reader& object, std::string_view member) {
  const auto found = object.find(member);
  return found ? filled_text(*found) : std::string();
}

/// A host is compared with hosts cut out of URLs: with a port, a scheme or a dot at its end it would never
/// match, which is better said than found out.
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

std::string optional_host(const json::Reader& object, std::string_view member) {
  const auto found = object.find(member);
  return found ? host(*found) : std::string();
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
  region.name = optional_text(value, "name");
  region.cloud = optional_text(value, "cloud");
  region.domain = host(value.at("domain"));
  region.domains = {region.domain};
  for (auto& older : optional_hosts(value, "older_domains")) region.domains.push_back(std::move(older));
  const auto services = value.at("services");
  const auto members = services.members();
  services.at("api");
  for (const auto& [service, hosts] : members) {
    hosts.allow_only({"guide", "domain", "also"});
    region.services.push_back(
        {service, optional_host(hosts, "guide"), host(hosts.at("domain")), optional_hosts(hosts, "also")});
  }
  region.team_suffixes = optional_hosts(value, "team_suffixes");
  region.private_host = optional_host(value, "private_host");
  return region;
}

/// Who owns which name: whatever a user may name a region by, and every host that is rewritten, must lead to
/// one region only.
class Claims {
 public:
  void add_all(const Region& region, const json::Reader& place) {
    if (const auto [first, fresh] = codes_.insert(lower_ascii(region.code)); !fresh)
      place.fail("a second region with the code \"" + printable(*first) + "\"");
    add(region.code, region, place);
    if (!region.name.empty()) add(region.name, region, place);
    for (const auto& domain : region.domains) add(domain, region, place);
    for (const auto& hosts : region.services) {
      if (!hosts.guide.empty()) add(hosts.guide, region, place);
      add(hosts.domain, region, place);
      for (const auto& other : hosts.also) add(other, region, place);
    }
  }

 private:
  void add(const std::string& name, const Region& region, const json::Reader& place) {
    const auto owner = owners_.emplace(lower_ascii(name), region.code).first->second;
    if (owner != region.code)
      place.fail("\"" + printable(name) + "\" belongs to region \"" + printable(owner) + "\" already");
  }

  std::set<std::string> codes_;
  std::map<std::string, std::string> owners_;
};

}  // namespace

RegionTable RegionTable::parse(std::string_view json, const std::string& origin) {
  try {
    const auto document = json::Document::over(json);
    const json::Reader root(document.root());
    root.allow_only({"comment", "regions"});
    const auto regions = root.at("regions");
    RegionTable table;
    Claims claims;
    for (const auto& value : regions.elements()) {
      table.regions_.push_back(read_region(value));
      claims.add_all(table.regions_.back(), value);
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
