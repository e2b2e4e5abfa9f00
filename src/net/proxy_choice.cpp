#include "net/proxy_choice.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/url/pct_string_view.hpp>
#include <charconv>

#include "core/failure.hpp"
#include "core/letter_case.hpp"

namespace hookferry {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

constexpr auto hint = "a proxy looks like http://HOST:PORT or http://USER:PASSWORD@HOST:PORT";

/// Nothing where a percent sign is no escape.
std::optional<std::string> percent_decoded(std::string_view text) {
  const auto encoded = boost::urls::make_pct_string_view(text);
  return encoded ? std::optional(encoded->decode()) : std::nullopt;
}

/// `USER[:PASSWORD]` as Basic authentication takes it; nothing where it cannot.
std::optional<Secret> credentials_of(std::string_view userinfo) {
  const auto colon = std::min(userinfo.find(':'), userinfo.size());
  const auto user = percent_decoded(userinfo.substr(0, colon));
  const auto password =
      percent_decoded(colon < userinfo.size() ? userinfo.substr(colon + 1) : std::string_view());
  if (!user || !password || user->empty() || user->find(':') != std::string::npos) return std::nullopt;
  auto both = *user + ":" + *password;
  const bool control =
      std::any_of(both.begin(), both.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (control) return std::nullopt;
  return Secret(std::move(both));
}

/// `HOST`, `HOST:PORT`, `ADDRESS`, `[ADDRESS]:PORT`
struct Entry {
  std::string host;
  std::string port;  ///< empty: any
};

Entry entry_of(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = std::min(text.find(']'), text.size());
    const auto rest = text.substr(std::min(end + 1, text.size()));
    return {lower_ascii(text.substr(1, end - 1)), std::string(rest.starts_with(':') ? rest.substr(1) : "")};
  }
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
    return {lower_ascii(text), {}};
  return {lower_ascii(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

bool in_network(const ip::address& address, const std::string& network) {
  error_code failed;
  if (address.is_v4()) {
    const auto net = ip::make_network_v4(network, failed);
    return !failed && ip::network_v4(address.to_v4(), net.prefix_length()).canonical() == net.canonical();
  }
  const auto net = ip::make_network_v6(network, failed);
  return !failed && ip::network_v6(address.to_v6(), net.prefix_length()).canonical() == net.canonical();
}

bool names(std::string_view entry, std::string_view host) {
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  while (entry.ends_with('.')) entry.remove_suffix(1);
  while (host.ends_with('.')) host.remove_suffix(1);
  if (entry.empty() || !host.ends_with(entry)) return false;
  return host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.';
}

bool exempts(std::string_view text, const Endpoint& server) {
  if (text == "*") return true;
  const auto entry = entry_of(text);
  if (!entry.port.empty() && entry.port != std::to_string(server.port)) return false;
  error_code no_address;
  const auto address = ip::make_address(server.host, no_address);
  if (no_address) return names(entry.host, server.host);
  if (entry.host.find('/') != std::string::npos) return in_network(address, entry.host);
  error_code no_entry;
  const auto named = ip::make_address(entry.host, no_entry);
  return !no_entry && named == address;
}

}  // namespace

std::optional<Proxy> parse_proxy(std::string_view text, std::string& error) {
  const auto scheme_end = text.find("://");
  const auto scheme = scheme_end == std::string_view::npos ? "http" : lower_ascii(text.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") {
    error = "only http:// and https:// proxies are spoken to";
    return std::nullopt;
  }
  auto rest = scheme_end == std::string_view::npos ? text : text.substr(scheme_end + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const auto at = rest.rfind('@');
  Proxy out;
  if (at != std::string_view::npos) {
    auto credentials = credentials_of(rest.substr(0, at));
    if (!credentials) {
      error = "the user name or the password is not percent-encoded as it should be";
      return std::nullopt;
    }
    out.credentials = std::move(*credentials);
    rest = rest.substr(at + 1);
  }
  const auto parsed = parse_url(scheme + "://" + std::string(rest), error);
  if (!parsed) return std::nullopt;
  if (!parsed->path.empty()) {
    error = "the URL of a proxy has no path";
    return std::nullopt;
  }
  out.endpoint = parsed->endpoint;
  return out;
}

bool exempt_from_proxy(const Endpoint& server, std::string_view no_proxy) {
  constexpr std::string_view between = ", \t";
  for (std::size_t at = 0; at < no_proxy.size();) {
    at = no_proxy.find_first_not_of(between, at);
    if (at == std::string_view::npos) break;
    const auto end = std::min(no_proxy.find_first_of(between, at), no_proxy.size());
    if (exempts(no_proxy.substr(at, end - at), server)) return true;
    at = end;
  }
  return false;
}

std::optional<Proxy> choose_proxy(const Endpoint& server, const std::string& named, const std::string& origin,
                                  const std::function<std::string(const char*)>& variable) {
  if (named == no_proxy_at_all) return std::nullopt;
  const auto parsed = [](const std::string& text, const std::string& where) {
    std::string error;
    auto out = parse_proxy(text, error);
    if (!out) throw Failure(Cause::configuration, where + ": " + error, hint);
    return out;
  };
  if (!named.empty()) return parsed(named, origin);
  if (server.loopback()) return std::nullopt;
  for (const auto* name : {"no_proxy", "NO_PROXY"})
    if (exempt_from_proxy(server, variable(name))) return std::nullopt;
  for (const auto* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
    if (const auto text = variable(name); !text.empty()) return parsed(text, name);
  return std::nullopt;
}

}  // namespace hookferry
