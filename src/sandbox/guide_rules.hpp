// What the vendor's guide forbids in a request. Pure.
#pragma once

#include <optional>
#include <string>

#include "json/document.hpp"

namespace hookferry {

/// Why the API would refuse to create or update this webhook; nothing where it would not. Source: the
/// vendor's webhooks guide, January 2023, Tables A and B.
std::optional<std::string> guide_objection(const json::Value& webhook);

}  // namespace hookferry
