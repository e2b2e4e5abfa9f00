// A server may send a secret back: in an error text, in a header, in a name, escaped in whatever way.
#pragma once

#include <string>
#include <string_view>

#include "core/secret.hpp"

namespace hookferry {

/// `text` with "****" wherever the secret stands: as it is, or behind JSON escapes, percent-encoding, HTML
/// references and what these make of one another, up to three layers.
std::string without_echo(std::string_view text, const Secret& secret);

}  // namespace hookferry
