// Two webhooks field by field.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/webhook.hpp"

namespace hookferry {

struct Difference {
  std::string path;  ///< "/url", "/integration_type_fields/payload/privateKey": fields of {name, value} go by
                     ///< their name
  std::optional<std::string> before;  ///< JSON text; nothing where the field is not there
  std::optional<std::string> after;
  bool order_only = false;  ///< the same fields, in another order
  std::string name;         ///< of the member, or of the secret one that it is below: for masking
  std::string note = {};    ///< a phrase on where it comes from
};

/// The note of a difference that is none but for hosts of the source's region.
inline constexpr std::string_view only_rewritten_hosts_differ = "only rewritten hosts differ";

/// What makes `after` differ in content from `before`, in the order of `before`, then what only `after` has.
/// Empty just when their contents are equal. Where `before` is nothing, all of `after`.
///
/// `unrewritten`: the text of `after` as it would be had no host been rewritten, where any was. Notes then
/// say where a value differs by its rewritten hosts.
std::vector<Difference> differences(const Webhook* before, const Webhook& after,
                                    std::string_view unrewritten = {});

/// Whether `after` lacks something that `before` has, or has it otherwise. Not where it only has more.
bool something_is_lost(const std::vector<Difference>& differences);

/// What is secret in a webhook beyond what its names and forms tell.
struct SecretPlaces {
  std::vector<std::string> paths;   ///< see places.hpp; whatever stands there, before and after
  std::vector<std::string> values;  ///< texts, wherever they stand
};

/// The same with all secrets masked.
Difference masked(Difference difference, const SecretPlaces& secrets = {});

}  // namespace hookferry
