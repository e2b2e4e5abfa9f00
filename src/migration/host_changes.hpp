// Which hosts became which on the way. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "migration/transformer.hpp"

namespace hookferry {

struct HostChange {
  std::string before, after;  ///< in lower case
  std::size_t times = 0;
};
/// The most frequent first.
std::vector<HostChange> host_changes(const std::vector<TransformedWebhook>& webhooks);

}  // namespace hookferry
