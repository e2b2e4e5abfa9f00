// Where a server is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hookferry {

struct Endpoint {
  bool tls = true;
  std::string host;  ///< lower case, without brackets around an IPv6 address
  std::uint16_t port = 443;

  /// `host`, with brackets for IPv6 and the port where it is not the scheme's own: the Host header.
  std::string authority() const;
  /// `https://host[:port]`
  std::string url() const;
  bool loopback() const;

  bool operator==(const Endpoint&) const = default;
};

struct ParsedUrl {
  Endpoint endpoint;
  std::string path;  ///< decoded nothing: as written, "" or starting with '/'
};

/// An absolute http or https URL without userinfo, query and fragment. Nothing, with the reason in `error`,
/// for anything else.
std::optional<ParsedUrl> parse_url(std::string_view text, std::string& error);

}  // namespace hookferry
