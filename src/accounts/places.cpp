#include "accounts/places.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <vector>

#include <boost/algorithm/string/join.hpp>

#include "api/v1/webhooks_api.hpp"
#include "api/v5/outgoing_webhooks.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "ledger/ledger_file.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::accounts {
namespace {

/// The API's names, over a private link, too: it is one behind all of them.
const region::Region* region_of_api(const std::string& host, const region::RegionTable& regions) {
  const auto& all = regions.regions();
  const auto found = std::find_if(all.begin(), all.end(), [&](const region::Region& region) {
    const auto* api = region.service("api");
    return region.private_host == host || (api != nullptr && api->has(host));
  });
  return found == all.end() ? nullptr : &*found;
}

std::string text_of(const sockaddr& address) {
  char out[INET6_ADDRSTRLEN] = {};
  const bool v4 = address.sa_family == AF_INET, v6 = address.sa_family == AF_INET6;
  if (v4) ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, out, sizeof out);
  if (v6) ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, out, sizeof out);
  return out;
}

constexpr const char* this_machine = "this machine";

std::set<std::string> own_addresses() {
  std::set<std::string> out;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return out;
  for (const auto* one = all; one != nullptr; one = one->ifa_next)
    if (one->ifa_addr != nullptr) out.insert(text_of(*one->ifa_addr));
  ::freeifaddrs(all);
  return out;
}

std::set<std::string> addresses_of(const net::Endpoint& endpoint) {
  if (endpoint.loopback()) return {this_machine};
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  std::set<std::string> out;
  if (::getaddrinfo(endpoint.host.c_str(), nullptr, &hints, &found) != 0) return out;
  const auto own = own_addresses();
  for (const auto* one = found; one != nullptr; one = one->ai_next) {
    const auto address = text_of(*one->ai_addr);
    const bool is_own = own.contains(address) || address == "::1" || address.starts_with("127.");
    if (!address.empty()) out.insert(is_own ? this_machine : address);
  }
  ::freeaddrinfo(found);
  return out;
}

bool have_common_address(const net::Endpoint& a, const net::Endpoint& b) {
  if (a.port != b.port) return false;
  const auto some = addresses_of(a), others = addresses_of(b);
  return std::ranges::any_of(some, [&](const std::string& address) { return others.contains(address); });
}

bool is_region(std::string_view server) { return server.starts_with("region "); }

std::vector<std::string> region_names(const region::RegionTable& regions) {
  std::vector<std::string> out;
  for (const auto& region : regions.regions()) out.push_back(region.code);
  return out;
}

std::string allowed_regions(const region::RegionTable& regions) {
  return "allowed are " + printable(boost::algorithm::join(region_names(regions), ", ")) +
         " and their other names (see hookferry regions)";
}

/// Nothing where the path is another service's. A URL without a path says nothing of the API.
std::optional<ApiChoice> api_of_path(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  if (path.empty()) return ApiChoice::automatic;
  const std::string api(api::webhooks_path.substr(0, api::webhooks_path.size() - 1));
  if (path == api || path == api::bulk_path || path == "/api/v1/external") return ApiChoice::v1;
  return path == api::newer_api_path ? std::optional(ApiChoice::v5) : std::nullopt;
}

void set_url(AccountPlace& place, const std::string& url, const std::string& origin, Cause cause) {
  std::string why;
  const auto parsed = net::parse_url(url, why);
  const auto refuse = [&](const std::string& reason, const std::string& hint) -> Failure {
    return {cause, origin + ": " + printable_excerpt(secrets::mask_argument(url), 120) + ": " + reason, hint};
  };
  if (!parsed) throw refuse(why, "a base URL looks like https://api.coralogix.com");
  const auto api = api_of_path(parsed->path);
  if (!api) throw refuse("the path is not that of the webhooks API", "give the URL without a path");
  if (!parsed->endpoint.tls && !parsed->endpoint.loopback())
    throw refuse("http:// would send the key in the clear", "use https://");
  place.endpoint = place.newer_endpoint = parsed->endpoint;
  place.choice = *api;
}

void set_region(AccountPlace& place, const region::Region& region) {
  place.region = &region;
  place.endpoint.host = region.api_host();
  place.newer_endpoint.host = region.newer_api_host();
}

AccountPlace place_of_section(const std::string& name, const std::map<std::string, ConfigEntry>& section,
                              const region::RegionTable& regions) {
  AccountPlace out;
  out.account.name = name;
  out.section = &section;
  const auto region = section.find("region");
  const auto url = section.find("url");
  if (region != section.end()) {
    out.region =
        &find_region(region->second.value, regions, printable(region->second.origin), Cause::configuration);
    if (const auto* called = regions.find(name); called != nullptr && called != out.region)
      throw Failure(Cause::configuration,
                    printable(region->second.origin) + ": the section [" + printable(name) +
                        "] has the name of a region but is in region " + printable(out.region->code),
                    "give the section another name");
    set_region(out, *out.region);
  }
  if (url != section.end()) {
    set_url(out, url->second.value, printable(url->second.origin), Cause::configuration);
    if (out.region == nullptr) out.region = regions.find_by_host(out.endpoint.host);
  }
  if (region == section.end() && url == section.end())
    throw Failure(Cause::configuration, "the section [" + printable(name) + "] has neither region nor url",
                  "add one of them");
  if (const auto api = section.find("api"); api != section.end()) {
    const auto* found =
        std::ranges::find(api_choices, api->second.value, [](const auto& one) { return one.first; });
    if (found == api_choices.end())
      throw Failure(Cause::configuration,
                    printable(api->second.origin) + ": invalid value \"" +
                        printable_excerpt(secrets::mask_argument(api->second.value), 60) + "\" for api",
                    "expected auto, v1 or v5");
    out.choice = found->second;
  }
  return out;
}

/// The address that a team's people know from their browser is no API host: its key would be sent to a web
/// page.
void refuse_team_host(std::string_view written, const region::RegionTable& regions) {
  const auto host = lower_ascii(written);
  if (regions.find_by_host(host) != nullptr || regions.find(host) != nullptr) return;
  for (const auto& region : regions.regions())
    for (const auto& suffix : region.team_suffixes) {
      // One label before the suffix.
      if (!host.ends_with("." + suffix) || host.find('.') + suffix.size() + 1 != host.size() ||
          host[0] == '.')
        continue;
      throw Failure(Cause::usage,
                    printable_excerpt(written, 80) + " is the address of a team's web pages, not of an API",
                    "the account is in region " + printable(region.code) + ": write " +
                        printable(region.code) + ", with a key of that team");
    }
}

}  // namespace

std::string server_of(const net::Endpoint& endpoint, const region::RegionTable& regions) {
  auto named = endpoint;
  while (named.host.ends_with('.'))
    named.host.pop_back();  // the root of all names, which need not be written
  if (named.loopback()) return "loopback:" + std::to_string(named.port);
  const auto* region = named.port == 443 ? region_of_api(named.host, regions) : nullptr;
  if (region != nullptr) return "region " + region->code;
  return named.host + ":" + std::to_string(named.port);
}

bool is_one_server(const net::Endpoint& a, const net::Endpoint& b, const region::RegionTable& regions) {
  const auto some = server_of(a, regions), other = server_of(b, regions);
  return some == other || (!(is_region(some) && is_region(other)) && have_common_address(a, b));
}

bool show_one_webhook(const std::vector<webhook::Webhook>& some,
                      const std::vector<webhook::Webhook>& others) {
  std::map<std::int64_t, const webhook::Webhook*> by_number;
  std::set<std::string> uuids;
  for (const auto& webhook : some) {
    if (webhook.id) by_number[*webhook.id] = &webhook;
    if (!webhook.uuid.empty()) uuids.insert(webhook.uuid);
  }
  return std::ranges::any_of(others, [&](const webhook::Webhook& webhook) {
    if (uuids.contains(webhook.uuid)) return true;
    const auto same = by_number.find(webhook.id.value_or(0));
    return same != by_number.end() && same->second->form != webhook.form && webhook.created_at &&
           same->second->identity.alias == webhook.identity.alias &&
           same->second->created_at == webhook.created_at;
  });
}

std::string kept_server(const std::string& named, const net::Endpoint& endpoint) {
  const auto path = ledger::state_directory() / "servers";
  make_directory(path.parent_path(), ledger::check_the_state_folder);
  const ledger::FileLock lock(path.string() + ".lock", ledger::FileLock::Kind::brief, "");
  auto text = is_there(path)
                  ? read_private(path.string(), "the list of servers", data_limit, Cause::cannot_write)
                  : std::string();
  std::optional<std::string> same;
  for (const auto line : split(text, '\n')) {
    const auto words = split(line, '\t');
    if (words.size() != 3) continue;  // name, kept name, URL
    if (words[0] == named) return std::string(words[1]);
    if (is_region(words[0]) && is_region(named)) continue;
    std::string unused;
    const auto other = net::parse_url(words[2], unused);
    if (!same && other && have_common_address(other->endpoint, endpoint)) same = words[1];
  }
  const auto out = same.value_or(named);
  write_file(path.string(), text + named + "\t" + out + "\t" + endpoint.url() + "\n");
  return out;
}

bool may_be_named_by_a_file(const net::Endpoint& endpoint) {
  return !endpoint.loopback() || endpoint.host == "127.0.0.1";
}

ApiChoice api_of_record(const std::string& url) {
  return url.ends_with(api::newer_api_path) ? ApiChoice::v5 : ApiChoice::v1;
}

const region::Region& find_region(const std::string& name, const region::RegionTable& regions,
                                  const std::string& origin, Cause cause) {
  const auto* region = regions.find(name);
  if (region == nullptr)
    throw Failure(cause,
                  origin + ": there is no region \"" + printable_excerpt(secrets::mask_argument(name), 60) +
                      "\"" + did_you_mean(name, region_names(regions)),
                  allowed_regions(regions));
  return *region;
}

AccountPlace find_account(const std::string& name, const std::string& region_option, const Config& config,
                          const region::RegionTable& regions) {
  AccountPlace out;
  out.account.name = name;
  if (const auto section = config.accounts.find(name); section != config.accounts.end()) {
    out = place_of_section(name, section->second, regions);
  } else if (const auto* region = regions.find(name)) {
    set_region(out, *region);
  } else if (name.find("://") == std::string::npos) {
    refuse_team_host(std::string_view(name).substr(0, name.find('/')), regions);
    std::vector<std::string> known;
    for (const auto& [name_of_section, settings] : config.accounts) known.push_back(name_of_section);
    for (auto& code : region_names(regions)) known.push_back(std::move(code));
    if (std::error_code ignored; std::filesystem::is_regular_file(name, ignored))
      throw Failure(Cause::usage,
                    printable_excerpt(name, 80) + " is a file, and this command needs an account",
                    "to see what is in the file: hookferry list " + printable_excerpt(name, 80));
    throw Failure(Cause::usage,
                  "\"" + printable_excerpt(secrets::mask_argument(name), 80) +
                      "\" is not an account: not a section of the configuration, a region, a URL or a file" +
                      did_you_mean(name, known),
                  "see hookferry accounts and hookferry regions");
  } else {
    set_url(out, name, "account", Cause::usage);
    refuse_team_host(out.endpoint.host, regions);
    out.region = regions.find_by_host(out.endpoint.host);
  }
  if (!region_option.empty()) {
    const auto& region = find_region(region_option, regions, "the region option");
    if (out.region != nullptr && out.region->code != region.code)
      throw Failure(Cause::usage,
                    printable(name) + " is in region " + out.region->code + ", not " + region.code,
                    "leave the region option out");
    out.region = &region;
  }
  out.account.url = out.endpoint.url();
  if (out.region != nullptr) out.account.region = out.region->code;
  return out;
}

bool is_file_source(const std::string& name, const Config& config, const region::RegionTable& regions) {
  if (name == "-" || name.ends_with(".json")) return true;
  if (config.accounts.contains(name) || regions.find(name) != nullptr ||
      name.find("://") != std::string::npos)
    return false;
  return is_there(name);
}

}  // namespace hookferry::accounts
