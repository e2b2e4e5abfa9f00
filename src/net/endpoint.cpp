#include "net/endpoint.hpp"

#include <algorithm>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/url/ipv4_address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/url_view.hpp>
#include <vector>

#include "core/failure.hpp"
#include "core/text.hpp"

namespace hookferry::net {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

/// Names and addresses consist of these. A percent sign could hide another name.
constexpr std::string_view host_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:";

/// `USER[:PASSWORD]` as Basic authentication takes it; nothing where it cannot.
std::optional<Secret> parse_credentials(std::string_view userinfo) {
  const auto colon = std::min(userinfo.find(':'), userinfo.size());
  const auto user = boost::urls::make_pct_string_view(userinfo.substr(0, colon));
  const auto password =
      boost::urls::make_pct_string_view(userinfo.substr(std::min(colon + 1, userinfo.size())));
  if (!user || !password) return std::nullopt;  // a percent sign is no escape
  auto both = user->decode();
  if (both.empty() || both.find(':') != std::string::npos) return std::nullopt;
  both += ":" + password->decode();
  const bool control = std::ranges::any_of(both, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (control) return std::nullopt;
  return Secret(std::move(both));
}

bool in_network(const ip::address& address, const std::string& network) {
  error_code failed;
  if (address.is_v4()) {
    const auto range = ip::make_network_v4(network, failed);
    return !failed && ip::network_v4(address.to_v4(), range.prefix_length()).canonical() == range.canonical();
  }
  const auto range = ip::make_network_v6(network, failed);
  return !failed && ip::network_v6(address.to_v6(), range.prefix_length()).canonical() == range.canonical();
}

/// Whether `name` is that host or a domain above it.
bool is_domain_of(std::string_view name, std::string_view host) {
  if (name.starts_with("*.")) name.remove_prefix(1);
  if (name.starts_with('.')) name.remove_prefix(1);
  while (name.ends_with('.')) name.remove_suffix(1);
  while (host.ends_with('.')) host.remove_suffix(1);
  if (name.empty() || !host.ends_with(name)) return false;
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

/// Whether an entry of NO_PROXY exempts the server: `*`, `HOST`, `HOST:PORT`, `ADDRESS` or `[ADDRESS]:PORT`.
bool exempts(std::string_view text, const Endpoint& server) {
  if (text == "*") return true;
  std::string_view host = text, port;
  if (text.starts_with('[')) {
    const auto end = std::min(text.find(']'), text.size());
    host = text.substr(1, end - 1);
    if (text.substr(end).starts_with("]:")) port = text.substr(end + 2);
  } else if (std::ranges::count(text, ':') == 1) {
    host = text.substr(0, text.find(':'));
    port = text.substr(host.size() + 1);
  }
  if (!port.empty() && port != std::to_string(server.port)) return false;
  const auto named = lower_ascii(host);
  error_code no_address;
  const auto address = ip::make_address(server.host, no_address);
  if (no_address) return is_domain_of(named, server.host);
  if (named.find('/') != std::string::npos) return in_network(address, named);
  const auto exempted = ip::make_address(named, no_address);
  return !no_address && exempted == address;
}

}  // namespace

std::string Endpoint::host_and_port() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Endpoint::authority() const {
  const auto both = host_and_port();
  return port == (tls ? 443 : 80) ? both.substr(0, both.rfind(':')) : both;
}

std::string Endpoint::url() const { return (tls ? "https://" : "http://") + authority(); }

/// No name server is asked. 0127.0.0.1 is octal, and another machine.
bool Endpoint::loopback() const {
  const auto address = boost::urls::parse_ipv4_address(host);
  return host == "localhost" || host == "::1" || (address && address->is_loopback());
}

std::optional<ParsedUrl> parse_url(std::string_view text, std::string& error) {
  const auto refuse = [&error](const char* why) {
    error = why;
    return std::nullopt;
  };
  const auto parsed = boost::urls::parse_absolute_uri(text);
  if (!parsed) return refuse("not an absolute URL");
  const boost::urls::url_view url = *parsed;
  const auto scheme = lower_ascii(url.scheme());
  if (scheme != "http" && scheme != "https")
    return refuse("only https:// (and http:// for loopback) is spoken");
  if (url.has_query()) return refuse("a URL with a query is not taken");

  // Boost.URL 1.81 ends a host after what looks like an IPv4 address (`10.0.0.1.nip.io` would be the host
  // `10.0.0.1` with the path `.nip.io`), so authority and path are separated here.
  const auto rest = text.substr(std::min(text.find("//"), text.size() - 2) + 2);
  const auto authority = rest.substr(0, rest.find('/'));
  if (authority.find('@') != std::string_view::npos)
    return refuse("a URL with user name or password is not taken");
  const auto bracket = authority.starts_with('[') ? authority.find(']') : 0;
  auto host = authority.substr(0, authority.find(':', std::min(bracket, authority.size())));
  const auto port = authority.substr(std::min(host.size() + 1, authority.size()));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return refuse("the URL has no host");
  if (host.find_first_not_of(host_characters) != std::string_view::npos)
    return refuse("the host holds a character that no host name has");

  ParsedUrl out;
  out.endpoint.tls = scheme == "https";
  out.endpoint.host = lower_ascii(host);
  out.endpoint.port = out.endpoint.tls ? 443 : 80;
  if (!port.empty()) {
    const auto number = number_in<std::uint16_t>(port);
    if (number.value_or(0) == 0) return refuse("the port is not between 1 and 65535");
    out.endpoint.port = *number;
  }
  out.path = rest.substr(authority.size());
  return out;
}

std::optional<Proxy> parse_proxy(std::string_view text, std::string& error) {
  const auto refuse = [&error](const char* why) {
    error = why;
    return std::nullopt;
  };
  const auto scheme_end = text.find("://");
  const auto scheme = scheme_end == std::string_view::npos ? "http" : lower_ascii(text.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return refuse("only http:// and https:// proxies are spoken to");
  auto rest = scheme_end == std::string_view::npos ? text : text.substr(scheme_end + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  Proxy out;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    auto credentials = parse_credentials(rest.substr(0, at));
    if (!credentials) return refuse("the user name or the password is not percent-encoded as it should be");
    out.credentials = std::move(*credentials);
    rest = rest.substr(at + 1);
  }
  const auto parsed = parse_url(scheme + "://" + std::string(rest), error);
  if (!parsed) return std::nullopt;
  if (!parsed->path.empty()) return refuse("the URL of a proxy has no path");
  out.endpoint = parsed->endpoint;
  return out;
}

std::optional<Proxy> choose_proxy(const Endpoint& server, const std::string& named, const std::string& origin,
                                  const std::function<std::string(const char*)>& variable) {
  if (named == no_proxy_at_all) return std::nullopt;
  const auto parsed = [](const std::string& text, const std::string& where) {
    std::string error;
    auto out = parse_proxy(text, error);
    if (!out)
      throw Failure(Cause::configuration, where + ": " + error,
                    "a proxy looks like http://HOST:PORT or http://USER:PASSWORD@HOST:PORT");
    return out;
  };
  if (!named.empty()) return parsed(named, origin);
  if (server.loopback()) return std::nullopt;
  for (const auto* name : {"no_proxy", "NO_PROXY"}) {
    std::vector<std::string> entries;
    boost::split(entries, variable(name), boost::is_any_of(", \t"));
    for (const auto& entry : entries)
      if (!entry.empty() && exempts(entry, server)) return std::nullopt;
  }
  for (const auto* name : {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
    if (const auto text = variable(name); !text.empty()) return parsed(text, name);
  return std::nullopt;
}

}  // namespace hookferry::net
