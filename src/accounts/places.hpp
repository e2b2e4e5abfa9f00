// From what the user calls an account to where it is.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "accounts/configuration.hpp"
#include "net/endpoint.hpp"
#include "region/region_table.hpp"

namespace hookferry {

struct AccountPlace {
  std::string label;  ///< as the user called it
  net::Endpoint endpoint;
  const Region* region = nullptr;  ///< where known
  const std::map<std::string, ConfigEntry>* section = nullptr;
};

/// A [section], else a region by any of its names, else a base URL. Failure(usage) for anything else, for
/// http:// to a host that is not loopback, and where `region_option` contradicts what the account says
/// itself; Failure(configuration) for a section that makes no sense.
AccountPlace find_account(const std::string& name, const std::string& region_option, const Config& config,
                          const RegionTable& regions);

/// "-", something that ends in .json, or a path that exists and is no account's name.
bool is_file_source(const std::string& name, const Config& config, const RegionTable& regions);

/// Failure(usage) where there is no such region.
const Region& find_region(const std::string& name, const RegionTable& regions, const std::string& origin);

}  // namespace hookferry
