// Where a server is, and which proxy it is reached through. All of it is pure: the environment is handed in.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/crypto.hpp"

namespace hookferry::net {

struct Endpoint {
  bool tls = true;
  std::string host;  ///< lower case, without brackets around an IPv6 address
  std::uint16_t port = 443;

  /// `host:port`, with brackets for IPv6.
  std::string host_and_port() const;
  /// The Host header: like host_and_port(), but without the port where it is the scheme's own.
  std::string authority() const;
  /// `https://host[:port]`
  std::string url() const;
  bool loopback() const;

  bool operator==(const Endpoint&) const = default;
};

struct ParsedUrl {
  Endpoint endpoint;
  std::string path;  ///< as written, with nothing decoded: empty or beginning with '/'
};

/// Takes an absolute http or https URL without userinfo, query and fragment. For anything else it returns
/// nothing, and `error` says why.
std::optional<ParsedUrl> parse_url(std::string_view text, std::string& error);

struct Proxy {
  Endpoint endpoint;   ///< the proxy itself is spoken to over TLS where `tls`
  Secret credentials;  ///< "USER:PASSWORD"; empty for none
};

/// Takes `[http://|https://][USER[:PASSWORD]@]HOST[:PORT]`, user and password percent-encoded where need be.
/// For anything else it returns nothing, and `error` says why without quoting the text.
std::optional<Proxy> parse_proxy(std::string_view text, std::string& error);

/// This word in the place of a proxy's URL asks for no proxy at all, whatever the environment says.
inline constexpr std::string_view no_proxy_at_all = "direct";

/// `named`, a URL or "direct", decides for every server. Where it is empty the environment is asked:
/// https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, the first that is not empty, but never for a loopback
/// server nor for one that no_proxy or NO_PROXY exempts. Their entries stand between commas or spaces. An
/// entry is `*` for all servers, a name for that host and all below it (`.name` and `*.name` mean the same),
/// an address, or a network (10.0.0.0/8, fd00::/8); with `:port` behind it, it holds for that port only.
/// Names are not resolved. Failure(configuration) for what is no proxy; `origin` says where `named` is from.
std::optional<Proxy> choose_proxy(const Endpoint& server, const std::string& named, const std::string& origin,
                                  const std::function<std::string(const char*)>& variable);

}  // namespace hookferry::net
