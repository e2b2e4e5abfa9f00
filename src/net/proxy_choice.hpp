// Which proxy a server is reached through: pure, the environment is handed in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/secret.hpp"
#include "net/endpoint.hpp"

namespace hookferry {

struct Proxy {
  Endpoint endpoint;   ///< itself spoken to over TLS where `tls`
  Secret credentials;  ///< "USER:PASSWORD"; empty for none

  /// Without the credentials: for messages.
  std::string url() const { return endpoint.url(); }
};

/// `[http://|https://][USER[:PASSWORD]@]HOST[:PORT]`, user and password percent-encoded where need be.
/// Nothing for anything else, with the reason in `error`, which holds no part of the text.
std::optional<Proxy> parse_proxy(std::string_view text, std::string& error);

/// In the place of a proxy's URL: none at all, whatever the environment says.
inline constexpr std::string_view no_proxy_at_all = "direct";

/// Whether NO_PROXY exempts the server. Its entries are separated by commas or spaces:
/// - `*` exempts every server.
/// - A name exempts that host and all hosts below it; `.name` and `*.name` mean the same.
/// - An address or a network (10.0.0.0/8, fd00::/8) exempts servers whose URL holds such an address.
///
/// An entry that ends in `:port` exempts that port only. Names are not resolved.
bool exempt_from_proxy(const Endpoint& server, std::string_view no_proxy);

/// `named`, a URL or "direct", says it for every server. Where it is empty the environment is asked:
/// https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, the first that is not empty, but never for a loopback
/// server nor for one that no_proxy or NO_PROXY exempts. Failure(configuration) for what is no proxy;
/// `origin` is where `named` stands.
std::optional<Proxy> choose_proxy(const Endpoint& server, const std::string& named, const std::string& origin,
                                  const std::function<std::string(const char*)>& variable);

}  // namespace hookferry
