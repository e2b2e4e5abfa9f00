// The state of the core's machines as text, times as distances from `now`: equal states go on equally.
#pragma once

#include <set>
#include <string>

#include "delivery/delivery.hpp"
#include "delivery/reconciliation.hpp"
#include "support/rooms.hpp"
#include "world.hpp"

namespace hookferry::delivery {

struct StateReader {
  static std::string text_of(const Delivery& delivery, Time now, const model::Ranks& ranks);
  static std::string text_of(const Reconciliation& reconciliation, Time now);
  /// When it has sent something, by the account's clock.
  static void add_times(const Delivery& delivery, std::set<Time>& out);
  /// As if one webhook that was sent again had shown.
  static void send_all_again(Delivery& delivery) { delivery.resends_show_ = true; }
};

}  // namespace hookferry::delivery
