// UUIDs that two webhooks of the destination would share. Pure.
#pragma once

#include <vector>

#include "migration/plan.hpp"

namespace hookferry {

/// A warning on each webhook that is to be created with the UUID of one that is there already.
void warn_of_shared_uuids(Plan& plan, const std::vector<Webhook>& present);

}  // namespace hookferry
