// The last stages, shared by migrate and import: plan, confirm, import, verify.
#pragma once

#include <string>
#include <vector>

#include "cli/stages.hpp"

namespace hookferry {

/// Failure(usage) where the command would have to ask and there is nobody to ask.
void require_consent(const Context& context);

/// Asks, unless --yes: never before the plan was to be seen. Failure where the answer is not yes.
void confirm_or_throw(const Context& context, const std::string& plan, const std::string& question);

/// From here on a first signal settles what was sent, which may take a while: says so.
void announce_interrupts(const Context& context, OpenAccount& destination);

Exit deliver(Context& context, const std::vector<TransformedWebhook>& webhooks, const std::string& source,
             OpenAccount& destination);

}  // namespace hookferry
