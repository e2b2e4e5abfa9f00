// The state of the core's machines as text, times as distances from `now`: equal states go on equally.
#pragma once

#include <string>

#include "delivery/delivery.hpp"
#include "delivery/reconciliation.hpp"
#include "support/rooms.hpp"

namespace hookferry::delivery {

struct StateReader {
  static std::string text_of(const Delivery& delivery, Time now);
  static std::string text_of(const Reconciliation& reconciliation, Time now);
};

}  // namespace hookferry::delivery
