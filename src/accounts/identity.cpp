#include "accounts/identity.hpp"

namespace hookferry {

std::string server_of(const Endpoint& endpoint, const RegionTable& regions) {
  if (endpoint.loopback()) return "loopback:" + std::to_string(endpoint.port);
  auto host = endpoint.host;
  while (host.ends_with('.')) host.pop_back();  // the root of all names, which need not be written
  const auto* region = endpoint.port == 443 ? regions.find_by_host(host) : nullptr;
  const auto* api = region != nullptr ? region->service("api") : nullptr;
  if (api != nullptr && api->has(host)) return "region " + region->code;
  return host + ":" + std::to_string(endpoint.port);
}

AccountIdentity identify(const Endpoint& endpoint, const Secret& key, const RegionTable& regions) {
  AccountIdentity out;
  out.server = server_of(endpoint, regions);
  out.key = key_digest(out.server, key.reveal());
  return out;
}

}  // namespace hookferry
