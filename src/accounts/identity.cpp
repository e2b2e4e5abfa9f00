#include "accounts/identity.hpp"

#include <algorithm>

namespace hookferry {

namespace {

/// The API's names, over a private link, too: it is one behind all of them.
const Region* region_of_api(const std::string& host, const RegionTable& regions) {
  const auto& all = regions.regions();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Region& region) {
    const auto* api = region.service("api");
    return region.private_host == host || (api != nullptr && api->has(host));
  });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::string server_of(const net::Endpoint& endpoint, const RegionTable& regions) {
  auto named = endpoint;
  while (named.host.ends_with('.'))
    named.host.pop_back();  // the root of all names, which need not be written
  if (named.loopback()) return "loopback:" + std::to_string(named.port);
  const auto* region = named.port == 443 ? region_of_api(named.host, regions) : nullptr;
  if (region != nullptr) return "region " + region->code;
  return named.host + ":" + std::to_string(named.port);
}

AccountIdentity identify(const net::Endpoint& endpoint, const Secret& key, const RegionTable& regions) {
  AccountIdentity out;
  out.server = server_of(endpoint, regions);
  out.key = key_digest(out.server, key.reveal());
  return out;
}

}  // namespace hookferry
