// Which webhooks the filters let through, and what is told of those that they leave out.
#pragma once

#include <string>
#include <vector>

#include "cli/context.hpp"
#include "webhook/webhook.hpp"

namespace hookferry {

/// By --only, --except and --type, which hold for both ends.
bool selected_by_name(const Options& options, const Webhook& webhook);

/// Those that --only, --except, --type and --id let through; warns where that is none, or an id is not there.
std::vector<Webhook> select(const Context& context, std::vector<Webhook> webhooks);

/// What a reader of the plan cannot see in it: "12 of 14 webhooks selected; 2 left out by except = s*,
/// hookferry.ini:2", and what is in force that was not said on the command line. Lines that are safe to
/// print.
std::vector<std::string> what_shapes(const Context& context, const std::vector<Webhook>& webhooks);

}  // namespace hookferry
