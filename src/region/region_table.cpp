#include "region/region_table.hpp"

#include <algorithm>

#include "core/letter_case.hpp"

namespace hookferry {
namespace {

bool has_name(const Region& region, std::string_view name) {
  if (same_letters(region.code, name)) return true;
  if (!region.name.empty() && same_letters(region.name, name)) return true;
  return std::any_of(region.domains.begin(), region.domains.end(),
                     [&](const std::string& domain) { return same_letters(domain, name); });
}

bool has_host(const Region& region, std::string_view host) {
  return std::any_of(region.services.begin(), region.services.end(),
                     [&](const ServiceHosts& hosts) { return hosts.has(host); });
}

}  // namespace

const std::string& ServiceHosts::in_form(HostForm form) const {
  return form == HostForm::guide && !guide.empty() ? guide : domain;
}

bool ServiceHosts::has(std::string_view host) const {
  if (host.empty()) return false;
  if (same_letters(guide, host) || same_letters(domain, host)) return true;
  return std::any_of(also.begin(), also.end(),
                     [&](const std::string& other) { return same_letters(other, host); });
}

std::string Region::api_host() const {
  const auto* api = service("api");
  return api != nullptr ? api->in_form(HostForm::guide) : "api." + domain;
}

const ServiceHosts* Region::service(std::string_view service_name) const {
  const auto found = std::find_if(services.begin(), services.end(),
                                  [&](const ServiceHosts& hosts) { return hosts.service == service_name; });
  return found == services.end() ? nullptr : &*found;
}

RegionTable RegionTable::builtin() { return parse(builtin_regions_json(), "the built-in region table"); }

const Region* RegionTable::find(std::string_view name) const {
  const auto found = std::find_if(regions_.begin(), regions_.end(),
                                  [&](const Region& region) { return has_name(region, name); });
  return found == regions_.end() ? find_by_host(name) : &*found;
}

const Region* RegionTable::find_by_host(std::string_view host) const {
  const auto found = std::find_if(regions_.begin(), regions_.end(),
                                  [&](const Region& region) { return has_host(region, host); });
  return found == regions_.end() ? nullptr : &*found;
}

}  // namespace hookferry
