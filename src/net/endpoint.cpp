#include "net/endpoint.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace hookferry {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  return text;
}

}  // namespace

std::string Endpoint::authority() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  const auto name = ipv6 ? "[" + host + "]" : host;
  return port == (tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

std::string Endpoint::url() const { return (tls ? "https://" : "http://") + authority(); }

bool Endpoint::loopback() const {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

std::optional<ParsedUrl> parse_url(std::string_view text, std::string& error) {
  const auto refuse = [&error](const char* why) {
    error = why;
    return std::nullopt;
  };
  const auto parsed = boost::urls::parse_absolute_uri(text);
  if (!parsed) return refuse("not an absolute URL");
  const boost::urls::url_view url = *parsed;
  const auto scheme = lower(std::string(url.scheme()));
  if (scheme != "http" && scheme != "https")
    return refuse("only https:// (and http:// for loopback) is spoken");
  if (url.has_userinfo()) return refuse("a URL with user name or password is not taken");
  if (url.has_query()) return refuse("a URL with a query is not taken");
  if (!url.has_authority() || url.encoded_host().empty()) return refuse("the URL has no host");
  ParsedUrl out;
  out.endpoint.tls = scheme == "https";
  out.endpoint.host = lower(std::string(url.host_address()));
  out.endpoint.port = out.endpoint.tls ? 443 : 80;
  if (const std::string port(url.port()); !port.empty()) {
    unsigned number = 0;  // by hand: Boost.URL 1.81 wraps ports over 65535
    const auto result = std::from_chars(port.data(), port.data() + port.size(), number);
    if (result.ec != std::errc() || number == 0 || number > 65535)
      return refuse("the port is not between 1 and 65535");
    out.endpoint.port = static_cast<std::uint16_t>(number);
  }
  out.path = std::string(url.encoded_path());
  return out;
}

}  // namespace hookferry
