// An account: where it is, and which account it is.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/configuration.hpp"
#include "core/crypto.hpp"
#include "ledger/destination.hpp"
#include "net/endpoint.hpp"
#include "region/table.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::accounts {

/// One name for all names of a server: those of a region's API, those of this machine.
std::string server_of(const net::Endpoint& endpoint, const region::RegionTable& regions);

/// Whether both addresses lead to one server: server_of() says so, or they have the port and an IP address in
/// common. All addresses of this machine count as one, and two regions as two servers.
bool is_one_server(const net::Endpoint& a, const net::Endpoint& b, const region::RegionTable& regions);

/// Whether both accounts show a webhook that can be in one account only: with one UUID or, by v1 beside v5,
/// with one number, name and time of creation.
bool show_one_webhook(const std::vector<webhook::Webhook>& some, const std::vector<webhook::Webhook>& others);

/// The name under which this machine keeps what it knows of a server: `named`, which is from server_of(), or
/// the name of a server with the same address that it has met before. The file `servers` of the state
/// directory holds these names, so that each is looked up once. Failure(cannot_write).
std::string kept_server(const std::string& named, const net::Endpoint& endpoint);

/// Whether an address that only a file names, a ledger or a plan, may get the key that the file proves was
/// used with that server. Of this machine's addresses that is 127.0.0.1 alone: behind another one, another
/// user may listen.
bool may_be_named_by_a_file(const net::Endpoint& endpoint);

// From what the user calls an account to where it is.

/// By which of the vendor's APIs an account is reached. `automatic`: v1, or v5 if v1 is not there.
enum class ApiChoice { automatic, v1, v5 };
inline constexpr auto api_choices = std::to_array<std::pair<std::string_view, ApiChoice>>(
    {{"auto", ApiChoice::automatic}, {"v1", ApiChoice::v1}, {"v5", ApiChoice::v5}});
/// By which one an account was reached that a ledger has with this URL.
ApiChoice api_of_record(const std::string& url);

struct AccountPlace {
  ledger::Account account;  ///< its key and company are not known yet
  net::Endpoint endpoint;
  net::Endpoint newer_endpoint;  ///< of v5, which has hosts of its own in some regions
  ApiChoice choice = ApiChoice::automatic;
  const region::Region* region = nullptr;  ///< where known
  const std::map<std::string, ConfigEntry>* section = nullptr;
};

/// A [section], else a region by any of its names, else a base URL. Failure(usage) for anything else, for
/// http:// to a host that is not loopback, and where `region_option` contradicts what the account says
/// itself; Failure(configuration) for a section that makes no sense.
AccountPlace find_account(const std::string& name, const std::string& region_option, const Config& config,
                          const region::RegionTable& regions);

/// "-", something that ends in .json, or a path that exists and is not an account's name.
bool is_file_source(const std::string& name, const Config& config, const region::RegionTable& regions);

/// Failure(cause) where there is no such region.
const region::Region& find_region(const std::string& name, const region::RegionTable& regions,
                                  const std::string& origin, Cause cause = Cause::usage);

}  // namespace hookferry::accounts
