#include "region/table.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/failure.hpp"
#include "core/text.hpp"
#include "json/document.hpp"

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

/// A value and where it stands: "regions[2].services.api".
struct Place {
  json::Value value;
  std::string path;
};

class Reader {
 public:
  explicit Reader(const std::string& origin) : origin_(origin) {}

  std::vector<Region> read(const json::Document& document) {
    const auto root = members({document.root(), ""}, {"comment", "regions"});
    std::vector<Region> regions;
    for (const auto& place : elements(required(root, "", "regions"))) {
      regions.push_back(read_region(place));
      claim_all(regions.back(), place.path);
    }
    if (regions.empty()) fail("regions", "at least one region is expected");
    return regions;
  }

 private:
  using Members = std::map<std::string, Place>;

  [[noreturn]] void fail(const std::string& path, const std::string& problem) const {
    throw Failure(Cause::configuration, origin_ + ": " + (path.empty() ? "" : path + ": ") + problem,
                  "configs/regions.json shows the form of a region table");
  }

  Members members(const Place& place, const std::set<std::string>& known) const {
    if (!place.value.is(json::Kind::object)) fail(place.path, "an object is expected");
    Members out;
    for (const auto& member : place.value.members()) {
      const auto key = member.key.string();
      const auto path = place.path.empty() ? printable(key) : place.path + "." + printable(key);
      if (!known.empty() && !known.contains(key)) fail(path, "no such member is known");
      if (!out.emplace(key, Place{member.value, path}).second) fail(path, "stands there twice");
    }
    return out;
  }

  const Place& required(const Members& members, const std::string& path, const std::string& key) const {
    const auto found = members.find(key);
    if (found == members.end()) fail(path, "\"" + key + "\" is missing");
    return found->second;
  }

  std::vector<Place> elements(const Place& place) const {
    if (!place.value.is(json::Kind::array)) fail(place.path, "an array is expected");
    std::vector<Place> out;
    for (const auto& element : place.value.elements())
      out.push_back({element, place.path + "[" + std::to_string(out.size()) + "]"});
    return out;
  }

  std::string text(const Place& place) const {
    if (!place.value.is(json::Kind::string)) fail(place.path, "a string is expected");
    auto out = place.value.string();
    if (out.empty()) fail(place.path, "a string that is not empty is expected");
    return out;
  }

  /// Absent and null are the same: the region has none.
  std::string optional_text(const Members& members, const std::string& key) const {
    const auto found = members.find(key);
    if (found == members.end() || found->second.value.is(json::Kind::null)) return {};
    return text(found->second);
  }

  /// A host is compared with hosts cut out of URLs: with a port, a scheme or a dot at its end it would never
  /// match, which is better said than found out.
  std::string host(const Place& place) const {
    auto out = lower_ascii(text(place));
    const auto sound = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    };
    if (!std::all_of(out.begin(), out.end(), sound) || out.front() == '.' || out.back() == '.' ||
        out.find("..") != std::string::npos)
      fail(place.path, "a host name without scheme, port and path is expected, found \"" +
                           printable_excerpt(out, 60) + "\"");
    return out;
  }

  std::string optional_host(const Members& members, const std::string& key) const {
    const auto found = members.find(key);
    if (found == members.end() || found->second.value.is(json::Kind::null)) return {};
    return host(found->second);
  }

  std::vector<std::string> optional_hosts(const Members& members, const std::string& key) const {
    std::vector<std::string> out;
    const auto found = members.find(key);
    if (found == members.end()) return out;
    for (const auto& place : elements(found->second)) out.push_back(host(place));
    return out;
  }

  ServiceHosts read_service(const std::string& service, const Place& place) const {
    const auto fields = members(place, {"guide", "domain", "also"});
    return {service, optional_host(fields, "guide"), host(required(fields, place.path, "domain")),
            optional_hosts(fields, "also")};
  }

  Region read_region(const Place& place) const {
    const auto fields = members(place, {"code", "name", "cloud", "domain", "older_domains", "services",
                                        "team_suffixes", "private_host"});
    Region region;
    region.code = text(required(fields, place.path, "code"));
    region.name = optional_text(fields, "name");
    region.cloud = optional_text(fields, "cloud");
    region.domain = host(required(fields, place.path, "domain"));
    region.domains = {region.domain};
    for (auto& older : optional_hosts(fields, "older_domains")) region.domains.push_back(std::move(older));
    const auto& services = required(fields, place.path, "services");
    const auto service_places = members(services, {});
    required(service_places, services.path, "api");
    for (const auto& member : services.value.members()) {  // in the order of the text, unlike the map
      const auto service = member.key.string();
      region.services.push_back(read_service(service, service_places.at(service)));
    }
    region.team_suffixes = optional_hosts(fields, "team_suffixes");
    region.private_host = optional_host(fields, "private_host");
    return region;
  }

  /// Whatever a user may name a region by, and every host that is rewritten, must lead to one region only.
  void claim_all(const Region& region, const std::string& path) {
    if (const auto [first, fresh] = codes_.insert(lower_ascii(region.code)); !fresh)
      fail(path, "a second region with the code \"" + printable(*first) + "\"");
    claim(region.code, region, path);
    if (!region.name.empty()) claim(region.name, region, path);
    for (const auto& domain : region.domains) claim(domain, region, path);
    for (const auto& hosts : region.services) {
      if (!hosts.guide.empty()) claim(hosts.guide, region, path);
      claim(hosts.domain, region, path);
      for (const auto& other : hosts.also) claim(other, region, path);
    }
  }

  void claim(const std::string& name, const Region& region, const std::string& path) {
    const auto owner = owners_.emplace(lower_ascii(name), region.code).first->second;
    if (owner != region.code)
      fail(path, "\"" + printable(name) + "\" belongs to region \"" + printable(owner) + "\" already");
  }

  const std::string& origin_;
  std::set<std::string> codes_;
  std::map<std::string, std::string> owners_;
};

}  // namespace

RegionTable RegionTable::parse(std::string_view json, const std::string& origin) {
  try {
    const auto document = json::Document::parse(std::string(json));
    RegionTable table;
    table.regions_ = Reader(origin).read(document);
    return table;
  } catch (const json::SyntaxError& error) {
    throw Failure(Cause::configuration, origin + ": " + error.what());
  }
}

}  // namespace hookferry::region
