// The last stages, shared by migrate and import: plan, confirm, import, verify.
#pragma once

#include <string>
#include <vector>

#include "cli/stages.hpp"

namespace hookferry {

/// Failure(usage) where the command would have to ask and there is nobody to ask: before anything is read.
void require_consent(const Context& context);

Exit deliver(Context& context, const std::vector<TransformedWebhook>& webhooks, const std::string& source,
             OpenAccount& destination);

}  // namespace hookferry
