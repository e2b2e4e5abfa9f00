// A plan and what became of it, as every format of a report shows them: values, secrets masked already. Each
// command that plans or writes makes one; each format is a function from it to text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "migration/outcome.hpp"
#include "migration/plan.hpp"
#include "migration/provenance.hpp"
#include "report/text_report.hpp"
#include "webhook/differences.hpp"

namespace hookferry {

struct ReportWebhook {
  std::string alias;
  std::string type;    ///< "slack"; empty where it is not known
  std::string action;  ///< what is to be done ("create") or was ("created")
  std::optional<std::int64_t> source_id, destination_id;
  std::vector<Difference> changes;  ///< for a creation all that is new
  std::vector<std::string> warnings;
  std::string error;  ///< why not
};

/// What a reader is to do now, or may do.
struct Advice {
  std::string text;       ///< a sentence; may hold untrusted names, as they are
  bool is_offer = false;  ///< nothing is wrong, and nothing has to be done
};

struct Report {
  std::string command;
  bool is_undo = false;
  RouteEnd source;  ///< no name: there is none, as with undo
  RouteEnd destination;
  /// "create" 12, …: how often each thing is to be done or was done; also those that are not.
  std::vector<std::pair<std::string, std::size_t>> summary;
  RewriteCount rewritten;
  std::vector<ReportWebhook> webhooks;
  /// What is to be known of the plan as a whole: what a mirror does not delete, what will stop it. Safe
  /// lines.
  std::vector<std::string> notes;

  bool carried_out = false;  ///< else it is a plan
  std::vector<std::string> not_as_planned;
  std::string ledger;    ///< empty: none
  std::string ended_by;  ///< why the run ended before its time; empty: it did not
  bool interrupted = false;
  bool secrets_shown = false;

  // For a page; set by who knows the time and the version.
  std::string made_at, made_by;

  std::size_t count(std::string_view action) const;  ///< of the summary; 0 for what is not in it
};

/// `outcome`: nothing for a plan.
Report report_of(const Plan& plan, const Outcome* outcome, const Route& route, const std::string& ledger,
                 bool show_secrets);

std::vector<Advice> what_to_do(const Report& report);

/// Source and destination ids side by side, of the webhooks that have both.
std::vector<const ReportWebhook*> id_map(const Report& report);

}  // namespace hookferry
