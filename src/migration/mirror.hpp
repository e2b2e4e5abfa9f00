// A destination that becomes what its source is: what is deleted there, and what forbids it. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "migration/earlier_runs.hpp"
#include "migration/plan.hpp"

namespace hookferry {

/// How much one run may delete: so many, or so many of a hundred that the destination holds.
struct DeleteLimit {
  std::size_t number = 30;
  bool percent = true;

  /// Of `held` webhooks; a percentage is rounded up.
  std::size_t of(std::size_t held) const;
  std::string text() const;  ///< "30%", as it is given
};
/// "25" or "30%", at most 100%; nothing where the text is neither.
std::optional<DeleteLimit> parse_delete_limit(std::string_view text);

/// Makes deletions of the plan's extras, as far as `selected` lets them through; the others are not counted.
/// Left as they are, each with its reason, are extras that may be something else than they seem: what an
/// earlier run may have sent, the counterpart of an invalid webhook of the source, and what the API could not
/// take again. The reasons are lines that are safe to print.
std::vector<std::string> plan_deletions(Plan& plan, const std::function<bool(const Webhook&)>& selected,
                                        const KnownOfAccount& known);

/// Whether a source that held `before` webhooks when it was last mirrored has lost so many that it is more
/// likely a wrong key or an outage: all of them, or more than half.
bool source_has_shrunk(std::size_t now, std::optional<std::size_t> before);

}  // namespace hookferry
