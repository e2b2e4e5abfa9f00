// What a user must know about a webhook that goes over: told, never silently done or left.
#pragma once

#include <string>
#include <vector>

#include "region/rewrites.hpp"
#include "transform/transformer.hpp"

namespace hookferry::transform {

/// Of all hosts that rewriting and warnings look for.
region::HostFilter host_filter_of(const TransformRules& rules);

/// Of a webhook already transformed by `rules`, with what an overlay has set in it. Each is a phrase without
/// the alias, safe to print, quoting no secret. `filter` is that of the rules; nullptr where it is known that
/// no host can be named.
std::vector<std::string> transform_warnings(const json::Value& webhook, std::int64_t type,
                                            const TransformRules& rules, const region::HostFilter* filter,
                                            const Overlaid& overlaid = {});

/// Hosts of any region's services in URLs of the webhook that `rewrites` would leave, in lower case, each
/// once: what a migration between regions has to rewrite.
std::vector<std::string> service_hosts(const webhook::Webhook& webhook, const region::RegionTable& regions,
                                       const region::HostRewrites& rewrites = {});

}  // namespace hookferry::transform
