#include "net/endpoint.hpp"

#include <algorithm>
#include <boost/url/ipv4_address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "core/letter_case.hpp"

namespace hookferry {
namespace {

/// Boost.URL 1.81 ends a host after what looks like an IPv4 address (`10.0.0.1.nip.io` would be the host
/// `10.0.0.1` with the path `.nip.io`), so authority and path are told apart here.
struct Parts {
  std::string_view host, port, path;
  bool userinfo = false;
};

/// `url`: one that Boost.URL took, without query and fragment.
Parts split(std::string_view url) {
  Parts out;
  const auto start = url.find("//");
  if (start == std::string_view::npos) return out;
  const auto rest = url.substr(start + 2);
  const auto authority = rest.substr(0, rest.find('/'));
  out.path = rest.substr(authority.size());
  out.userinfo = authority.find('@') != std::string_view::npos;
  const auto end = authority.starts_with('[') ? authority.find(']') : 0;
  const auto colon = authority.find(':', std::min(end, authority.size()));
  out.host = authority.substr(0, colon);
  if (colon != std::string_view::npos) out.port = authority.substr(colon + 1);
  if (out.host.starts_with('[') && out.host.ends_with(']'))
    out.host = out.host.substr(1, out.host.size() - 2);
  return out;
}

/// Of names and addresses, and nothing else: no percent sign, whose decoding could hide another name.
bool host_characters_only(std::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == ':';
  });
}

/// An address of this machine, without asking any name server. No leading zeros: resolvers read them as
/// octal, and 0127.0.0.1 is somewhere else.
bool loopback_ipv4(std::string_view host) {
  const auto address = boost::urls::parse_ipv4_address(host);
  return address && address->is_loopback();
}

}  // namespace

std::string Endpoint::authority() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  const auto name = ipv6 ? "[" + host + "]" : host;
  return port == (tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

std::string Endpoint::url() const { return (tls ? "https://" : "http://") + authority(); }

bool Endpoint::loopback() const { return host == "localhost" || host == "::1" || loopback_ipv4(host); }

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
  const auto parts = split(text);
  if (parts.userinfo) return refuse("a URL with user name or password is not taken");
  if (parts.host.empty()) return refuse("the URL has no host");
  if (!host_characters_only(parts.host)) return refuse("the host holds a character that no host name has");
  ParsedUrl out;
  out.endpoint.tls = scheme == "https";
  out.endpoint.host = lower_ascii(parts.host);
  out.endpoint.port = out.endpoint.tls ? 443 : 80;
  if (!parts.port.empty()) {
    unsigned number = 0;
    const auto* end = parts.port.data() + parts.port.size();
    const auto result = std::from_chars(parts.port.data(), end, number);
    if (result.ec != std::errc() || result.ptr != end || number == 0 || number > 65535)
      return refuse("the port is not between 1 and 65535");
    out.endpoint.port = static_cast<std::uint16_t>(number);
  }
  out.path = std::string(parts.path);
  return out;
}

}  // namespace hookferry
