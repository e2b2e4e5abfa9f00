// The workflow that diff, migrate, import, mirror, apply and fleet share: read, plan, ask, execute, report.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "commands/prompt.hpp"
#include "commands/source.hpp"
#include "core/failure.hpp"
#include "delivery/reconciliation.hpp"
#include "delivery/run.hpp"
#include "ledger/destination.hpp"
#include "ledger/known.hpp"
#include "plan/plan.hpp"
#include "report/report.hpp"

namespace hookferry::commands {

// What is to be moved from where to where: common to diff, migrate, import, mirror, apply and a fleet's
// pairs.

struct Transfer {
  Source source;
  OpenAccount destination;
  std::size_t source_count = 0;                         ///< what the source holds, whatever the filters say
  std::vector<webhook::Webhook> selected;               ///< of the source, as it holds them
  std::vector<transform::TransformedWebhook> webhooks;  ///< the same, as they are to be
  std::vector<std::string> scope_notes;                 ///< see scope_notes_of()
  std::string approved;  ///< digest of the approved plan that is carried out; empty where there is none
  /// Told of the plan, and of what became of it once it was carried out.
  std::function<void(const plan::Plan&, const plan::Outcome*)> watch = [](const plan::Plan&,
                                                                          const plan::Outcome*) {};

  report::Route route() const;  ///< with all that is known of both ends by now
};

/// Resolves both ends and reads their keys; Failure(usage) where they are one account.
Transfer open_transfer(Context& context, const std::string& source, const std::string& destination);
/// The source, selected and transformed.
void read_source(Context& context, Transfer& transfer);

struct TransferPlan {
  plan::Plan plan;
  std::vector<std::string> notes;  ///< what is not deleted, and why
  std::size_t held = 0;            ///< of what the filters select, in the destination
};
/// Of the destination as `present` shows it.
TransferPlan plan_transfer(const Context& context, const Transfer& transfer,
                           const std::vector<webhook::Webhook>& present, const ledger::KnownOfAccount& known);

/// Why a mirror is not to be made, if so: it would delete too much.
[[nodiscard]] std::optional<Failure> objection(const Context& context, const TransferPlan& planned);
/// The same of its source: it reads as if it were not all there. `before`: what it held at the last mirror.
[[nodiscard]] std::optional<Failure> objection(const Context& context, const Transfer& transfer,
                                               std::optional<std::size_t> before);

/// The same by what is remembered of the destination.
[[nodiscard]] std::optional<Failure> source_objection(const Context& context, const Transfer& transfer);

/// Warnings on webhooks that the plan would write, each with the webhook that it is of.
std::vector<std::string> warnings_of(const plan::Plan& plan);

/// The plan, or what became of it, for every format; secrets are masked unless --show-secrets.
report::Report report_of(const Context& context, const TransferPlan& planned, const plan::Outcome* outcome,
                         const report::Route& route, const std::string& ledger = {});

/// What a plan would do, without what stays as it is: equal where somebody who saw one has seen the other.
std::string described_writes(const plan::Plan& plan);

/// Names under which a destination remembers a source.
std::vector<std::string> names_of(const Source& source);

/// A dry run: reads the destination, shows the plan and writes nothing; the exit code of `diff`.
/// `planned`: told of the plan and of what it was made from.
Exit preview(Context& context, Transfer& transfer,
             const std::function<void(const TransferPlan&, const std::vector<webhook::Webhook>& present)>&
                 planned = {});

// --report: the page or the Markdown of what was planned or done.

/// Both ends with all that is known of them by now.
report::Route route_of(const Source& source, const OpenAccount& destination);
report::RouteEnd route_end_of(const OpenAccount& account);

/// Failure(cannot_write) before anything is done, where --report could not be written for want of its folder.
void require_report_folder(const Context& context);

/// Writes --report, where it is given. What was done must be told first, so that a Failure is returned.
std::optional<Failure> write_report(const Context& context, const std::function<report::Report()>& make);

// The last stages, shared by the commands that write: plan, confirm, carry out, tell.

/// A run against that account, with the options in force. The account must outlive it.
delivery::Run open_run(Context& context, OpenAccount& destination);

/// From here on a first signal settles what was sent, which may take a while: says so.
void announce_interrupts(Context& context);

/// Instead of the question: throws where this is not the plan that somebody has said yes to. It is told what
/// the plan was made from.
using Approval = std::function<void(const TransferPlan& planned, const delivery::Run& run)>;

/// Plans, asks (or holds the plan against what was approved), carries out and tells.
Exit deliver(Context& context, Transfer& transfer, const Approval& approval = {});
/// The same where the source is still to be read, which is done at the same time as the destination is.
Exit read_and_deliver(Context& context, Transfer& transfer);

}  // namespace hookferry::commands
