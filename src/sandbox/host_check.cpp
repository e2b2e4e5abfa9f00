#include "sandbox/host_check.hpp"

#include <algorithm>
#include <string>

namespace hookferry {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// An octet without leading zeros: "010" is eight to some readers.
bool is_octet(std::string_view text) {
  return is_digits(text) && text.size() <= 3 && (text.size() == 1 || text[0] != '0') &&
         std::stoi(std::string(text)) <= 255;
}

bool is_loopback_address(std::string_view name) {
  if (!name.starts_with("127.")) return false;
  int octets = 0;
  while (true) {
    const auto dot = std::min(name.find('.'), name.size());
    if (!is_octet(name.substr(0, dot))) return false;
    ++octets;
    if (dot == name.size()) return octets == 4;
    name.remove_prefix(dot + 1);
  }
}

bool is_localhost(std::string_view name) {
  constexpr std::string_view localhost = "localhost";
  return std::equal(name.begin(), name.end(), localhost.begin(), localhost.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

}  // namespace

bool names_loopback(std::string_view host) {
  const auto bracket = host.find(']');
  const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    if (!is_digits(host.substr(colon + 1)) || host.size() - colon > 6) return false;
    host = host.substr(0, colon);
  }
  return is_localhost(host) || is_loopback_address(host) || host == "[::1]";
}

}  // namespace hookferry
