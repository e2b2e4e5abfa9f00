// Plans and outcomes for people. Pure: values in, text out; untrusted text is escaped, secrets are masked.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "migration/outcome.hpp"
#include "migration/plan.hpp"

namespace hookferry {

struct ReportStyle {
  bool color = false;
  bool show_secrets = false;
  /// Everything: unchanged webhooks, all of a long plan, what was not sent, whole aliases.
  bool list_unchanged = false;
  std::size_t width = 80;  ///< cells of a line; text that does not fit is broken, or cut where it is data
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
  /// What filters have left out and what the configuration has set: lines that are safe to print.
  std::vector<std::string> shaped_by = {};
  /// Which hosts become which, the most frequent first: lines that are safe to print.
  std::vector<std::string> rewritten_hosts = {};
};

/// "standby (region us1, api.coralogix.us, company 67890)": what is known of it. Safe to print.
std::string describe(const RouteEnd& end);

/// Where the webhooks come from, where they go to, and what shapes the plan: above a plan and a question.
std::vector<std::string> describe(const Route& route);

/// Webhook by webhook, field by field, with a summary line at the end.
std::string render_plan(const Plan& plan, const Route& route, ConflictPolicy policy,
                        const ReportStyle& style);

/// What was done, what was not and why, what to do now. `command` is what to run again.
std::string render_outcome(const Plan& plan, const Outcome& outcome, const std::string& destination,
                           const std::string& ledger, const ReportStyle& style);

}  // namespace hookferry
