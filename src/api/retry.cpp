#include "api/retry.hpp"

#include <algorithm>

namespace hookferry {

Milliseconds Backoff::delay(std::size_t attempt, const std::optional<Milliseconds>& retry_after) {
  // A zero, or a date that is past, asks for nothing; all clients coming back at once help nobody.
  if (retry_after && retry_after->count() > 0) return *retry_after;
  const auto doublings = std::min<std::size_t>(attempt, 16);
  const auto ceiling = std::min<std::int64_t>(base.count() << doublings, longest.count());
  return Milliseconds(std::uniform_int_distribution<std::int64_t>(0, ceiling)(random_));
}

}  // namespace hookferry
