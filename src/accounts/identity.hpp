// Who an account is, from where it is and the key that opens it.
#pragma once

#include <string>

#include "core/secret.hpp"
#include "ledger/account_identity.hpp"
#include "net/endpoint.hpp"
#include "region/region_table.hpp"

namespace hookferry {

/// One name for all names of a server: those of a region's API, those of this machine.
std::string server_of(const net::Endpoint& endpoint, const RegionTable& regions);

/// The company is not known before the account was read.
AccountIdentity identify(const net::Endpoint& endpoint, const Secret& key, const RegionTable& regions);

}  // namespace hookferry
