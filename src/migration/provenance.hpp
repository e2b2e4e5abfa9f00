// Where parts of a transformed webhook come from. Values only.
#pragma once

#include <cstddef>
#include <string>

#include "core/shared_text.hpp"
#include "webhook/differences.hpp"

namespace hookferry {

struct Provenance {
  std::size_t rewritten_hosts = 0;
  /// The webhook's text as it would be with no host rewritten; empty where none is.
  SharedText unrewritten;
  SecretPlaces secrets;  ///< what an overlay took from the environment or a file
};

struct RewriteCount {
  std::size_t hosts = 0;
  std::size_t webhooks = 0;
};

/// Over anything whose elements have a `provenance`.
template <class Webhooks>
RewriteCount count_rewrites(const Webhooks& webhooks) {
  RewriteCount out;
  for (const auto& webhook : webhooks) {
    out.hosts += webhook.provenance.rewritten_hosts;
    out.webhooks += webhook.provenance.rewritten_hosts > 0 ? 1 : 0;
  }
  return out;
}

/// "5 hosts rewritten in 4 webhooks"
inline std::string describe(const RewriteCount& count) {
  const auto number = [](std::size_t n, const std::string& noun) {
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
  };
  return number(count.hosts, "host") + " rewritten in " + number(count.webhooks, "webhook");
}

}  // namespace hookferry
