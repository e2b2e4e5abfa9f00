#include "api/retry.hpp"

#include <algorithm>

namespace hookferry {

Milliseconds retry_delay(std::size_t attempt, const std::optional<Milliseconds>& retry_after, double chance) {
  // A zero, or a date that is past, asks for nothing; all clients coming back at once help nobody.
  if (retry_after && retry_after->count() > 0) return *retry_after;
  const auto doublings = std::min<std::size_t>(attempt, 16);
  const auto ceiling = std::min(backoff_base * (std::int64_t{1} << doublings), longest_backoff);
  return Milliseconds(static_cast<std::int64_t>(chance * static_cast<double>(ceiling.count())));
}

}  // namespace hookferry
