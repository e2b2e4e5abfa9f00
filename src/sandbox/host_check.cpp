#include "sandbox/host_check.hpp"

#include <boost/url/ipv4_address.hpp>

#include "core/letter_case.hpp"

namespace hookferry {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// No leading zeros: "010" is eight to some readers.
bool is_loopback_address(std::string_view name) {
  const auto address = boost::urls::parse_ipv4_address(name);
  return address && address->is_loopback();
}

}  // namespace

bool names_loopback(std::string_view host) {
  const auto bracket = host.find(']');
  const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    if (!is_digits(host.substr(colon + 1)) || host.size() - colon > 6) return false;
    host = host.substr(0, colon);
  }
  return same_letters(host, "localhost") || is_loopback_address(host) || host == "[::1]";
}

}  // namespace hookferry
