// Plans and outcomes for people. Pure: values in, text out; untrusted text is escaped, secrets are masked.
#pragma once

#include <string>

#include "migration/outcome.hpp"
#include "migration/plan.hpp"

namespace hookferry {

struct ReportStyle {
  bool color = false;
  bool show_secrets = false;
  bool list_unchanged = false;
};

/// Both ends as the user calls them.
struct Route {
  std::string source;
  std::string destination;
};

/// Webhook by webhook, field by field, with a summary line at the end.
std::string render_plan(const Plan& plan, const Route& route, ConflictPolicy policy,
                        const ReportStyle& style);

/// What was done, what was not and why, what to do now. `command` is what to run again.
std::string render_outcome(const Plan& plan, const Outcome& outcome, const std::string& destination,
                           const std::string& ledger, const ReportStyle& style);

}  // namespace hookferry
