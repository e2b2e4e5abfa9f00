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

/// An end of the way, as far as it is known; what is not is empty.
struct RouteEnd {
  std::string name;  ///< as the user calls it
  std::string region;
  std::string url;
  std::string company;  ///< JSON text of `company_id`
};

/// Both ends as the user calls them.
struct Route {
  std::string source;
  std::string destination;
  RouteEnd source_account = {};
  RouteEnd destination_account = {};
};

/// Webhook by webhook, field by field, with a summary line at the end.
std::string render_plan(const Plan& plan, const Route& route, ConflictPolicy policy,
                        const ReportStyle& style);

/// What was done, what was not and why, what to do now. `command` is what to run again.
std::string render_outcome(const Plan& plan, const Outcome& outcome, const std::string& destination,
                           const std::string& ledger, const ReportStyle& style);

}  // namespace hookferry
