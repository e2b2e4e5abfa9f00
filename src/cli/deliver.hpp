// The last stages, shared by migrate and import: plan, confirm, import, verify.
#pragma once

#include <string>
#include <vector>

#include "cli/stages.hpp"
#include "ledger/destination_lock.hpp"

namespace hookferry {

/// Failure(usage) where the command would have to ask and there is nobody to ask: before anything is read.
void require_consent(const Context& context);

/// What tells one destination from another for the lock: address and key.
std::string destination_identity(const OpenAccount& account);

/// All webhooks of the destination, once everything that an earlier run may have left open must be to be
/// seen; that run's ledger is closed with what the reading says. To be called under the destination's lock.
std::vector<Webhook> read_destination(Context& context, OpenAccount& destination);

/// What the last run found of webhooks that this destination stores otherwise than they were sent.
std::vector<KnownAlteration> known_alterations_of(const Context& context, const OpenAccount& destination);

Exit deliver(Context& context, const std::vector<TransformedWebhook>& webhooks, const std::string& source,
             OpenAccount& destination);

}  // namespace hookferry
