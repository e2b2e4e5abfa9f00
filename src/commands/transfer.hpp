// The workflow of diff, migrate, import, mirror, apply and each pair of a fleet: open, read, plan, ask,
// execute, report. The steps that undo shares with it are here, too.
#pragma once

#include <map>

#include "commands/source.hpp"
#include "delivery/run.hpp"
#include "plan/approved_plan.hpp"

namespace hookferry::commands {

// Test messages, which the vendor sends through a webhook to its receiver. Only v5 has them, whatever API an
// account is used with.

class WebhookTests {
 public:
  /// Failure(protocol) if the account has no v5.
  WebhookTests(Context& context, const OpenAccount& account);

  /// As v5's list shows them, without their configurations.
  const std::vector<webhook::Webhook>& webhooks() const { return webhooks_; }
  /// Sends a message through a webhook of the list, and shows the result. Returns why the test failed; empty
  /// if it did not.
  std::string test(const webhook::Webhook& listed);
  /// Tests each webhook that the plan creates. What fails is not created.
  void drop_failing(plan::Plan& plan);
  /// Tests what was created or updated. The outcome gets a finding for each test that failed.
  void test_written(const plan::Plan& plan, plan::Outcome& outcome);

 private:
  void read();
  std::string show(const webhook::Webhook& webhook, const api::Verdict& verdict) const;

  Context* context_;
  std::string name_;
  std::unique_ptr<api::OutgoingWebhooks> api_;
  std::vector<webhook::Webhook> webhooks_;
};

/// Lines that say how many of these webhooks have which receiver: "2 test messages to hooks.slack.com".
std::vector<std::string> receivers_of(const std::vector<const webhook::Webhook*>& webhooks);

/// Webhooks on their way from a source to a destination, with the plan for them and its outcome.
struct Transfer {
  Source source;
  OpenAccount destination;
  bool is_read = false;                                 ///< the source
  std::chrono::steady_clock::time_point read_at = {};   ///< when it was, at the latest
  std::size_t source_count = 0;                         ///< webhooks of the source, before any filter
  std::vector<webhook::Webhook> selected;               ///< of the source, as it has them
  std::vector<transform::TransformedWebhook> webhooks;  ///< the same, as they are to be in the destination
  transform::TransformRules rules;                      ///< that made them
  report::Scope scope;                                  ///< see scope_of()
  std::vector<std::string> unmatched_filters;           ///< of a mirror, by the source
  std::string approved;  ///< digest of the approved plan that is carried out; empty where there is none
  /// --on-conflict ask: what the user has decided, by the webhook's place in the plan.
  std::map<std::size_t, plan::ConflictPolicy> decisions;
  std::optional<plan::Plan> plan;  ///< set once it is made, also where the run ends before it is executed
  std::optional<plan::Outcome> outcome;  ///< set once the plan was executed
  std::unique_ptr<WebhookTests> tests;   ///< of the destination, with --test or --test-first
  std::vector<std::string> findings;     ///< what a mirror's second snapshot of the source showed

  report::Route route() const;  ///< with everything that is known of both accounts by now
};

/// Resolves both accounts and reads their keys; Failure(usage) where they are the same account.
Transfer open_transfer(Context& context, const std::string& source, const std::string& destination);
void read_source(Context& context, Transfer& transfer);
/// Selects from these webhooks of the source, and notes what that leaves out.
void select_from(Context& context, Transfer& transfer, std::vector<webhook::Webhook> all);

struct TransferSteps {
  bool execute = false;  ///< else it is a dry run: the plan is shown and nothing is written
  /// Called before the plan is shown; throws if it is not the approved one. It replaces the question.
  std::function<void(const delivery::Run& run)> require_approved{};
  /// Called at the end of a dry run that nothing stops.
  std::function<void(const delivery::Run& run)> keep_plan{};
};
/// The workflow. The exit code is that of the outcome, or of `diff` for a dry run.
Exit run_transfer(Context& context, Transfer& transfer, const TransferSteps& steps);
plan::Plan plan_transfer(const Context& context, const Transfer& transfer,
                         const std::vector<webhook::Webhook>& present, const ledger::KnownOfAccount& known);

/// Why a mirror must not be executed: much of its source seems to be missing. Nothing for other commands.
[[nodiscard]] std::optional<Failure> shrunk_source(const Context& context, const Transfer& transfer,
                                                   const delivery::Run& run);

// Steps that undo shares.

/// A run against that account, with the options in force. The account must outlive it.
delivery::Run open_run(Context& context, OpenAccount& destination);

/// Asks on the terminal about each conflict; by place in the plan. Throws Declined if the terminal is closed.
std::map<std::size_t, plan::ConflictPolicy> ask_about_conflicts(const Context& context,
                                                                const plan::Plan& plan);

/// Says after the first signal that the run settles what was sent, which may take a while.
void announce_interrupts(Context& context);

/// Failure(cannot_write) if the folder of a --report or of --metrics does not exist.
void require_report_folders(const Context& context);

/// Writes every --report. The last Failure is returned, since the outcome must be reported first.
[[nodiscard]] std::optional<Failure> write_reports(const Context& context,
                                                   const std::function<report::Report()>& make);

/// The file that `diff --out` writes, under a key of its own: what the transfer's plan was made from and
/// does.
std::string approved_plan_text(const Context& context, const Transfer& transfer,
                               const std::vector<webhook::Webhook>& present);

}  // namespace hookferry::commands
