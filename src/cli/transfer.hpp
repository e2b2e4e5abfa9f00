// What is to be moved from where to where: common to diff, migrate, import, mirror, apply and a fleet's
// pairs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/exit.hpp"
#include "cli/stages.hpp"
#include "core/failure.hpp"
#include "ledger/account_identity.hpp"
#include "migration/earlier_runs.hpp"
#include "migration/outcome.hpp"
#include "migration/plan.hpp"
#include "report/report.hpp"

namespace hookferry {

struct Transfer {
  Source source;
  OpenAccount destination;
  std::size_t source_count = 0;              ///< what the source holds, whatever the filters say
  std::vector<Webhook> selected;             ///< of the source, as it holds them
  std::vector<TransformedWebhook> webhooks;  ///< the same, as they are to be
  std::vector<std::string> shaped_by;        ///< see what_shapes()
  std::string approved;  ///< digest of the approved plan that is carried out; empty where there is none
  /// Told of the plan, and of what became of it once it was carried out.
  std::function<void(const Plan&, const Outcome*)> watch = [](const Plan&, const Outcome*) {};

  Route route() const;  ///< with all that is known of both ends by now
};

/// Resolves both ends and reads their keys; Failure(usage) where they are one account.
Transfer open_transfer(Context& context, const std::string& source, const std::string& destination);
/// The source, selected and transformed.
void read_source(Context& context, Transfer& transfer);

struct TransferPlan {
  Plan plan;
  std::vector<std::string> notes;  ///< what is not deleted, and why
  std::size_t held = 0;            ///< of what the filters select, in the destination
};
/// Of the destination as `present` shows it.
TransferPlan plan_transfer(const Context& context, const Transfer& transfer,
                           const std::vector<Webhook>& present, const KnownOfAccount& known);

/// Why a mirror is not to be made, if so: it would delete too much.
[[nodiscard]] std::optional<Failure> objection(const Context& context, const TransferPlan& planned);
/// The same of its source: it reads as if it were not all there. `before`: what it held at the last mirror.
[[nodiscard]] std::optional<Failure> objection(const Context& context, const Transfer& transfer,
                                               std::optional<std::size_t> before);

/// The same by what is remembered of the destination.
[[nodiscard]] std::optional<Failure> source_objection(const Context& context, const Transfer& transfer);

/// Warnings on webhooks that the plan would write, each with the webhook that it is of.
std::vector<std::string> warnings_of(const Plan& plan);

/// The plan, or what became of it, for every format; secrets are masked unless --show-secrets.
Report report_of(const Context& context, const TransferPlan& planned, const Outcome* outcome,
                 const Route& route, const std::string& ledger = {});

/// What a plan would do, without what stays as it is: equal where somebody who saw one has seen the other.
std::string writes_of(const Plan& plan);

/// Names under which a destination remembers a source.
std::vector<std::string> names_of(const Source& source);

/// A dry run: reads the destination, shows the plan and writes nothing; the exit code of `diff`.
/// `planned`: told of the plan and of what it was made from.
Exit preview(
    Context& context, Transfer& transfer,
    const std::function<void(const TransferPlan&, const std::vector<Webhook>& present)>& planned = {});

}  // namespace hookferry
