// A run against one account: its locks, what earlier runs left there, a reading that a plan can be made from,
// and the plan carried out. All that writes goes through here.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "delivery/execution.hpp"
#include "delivery/reconciliation.hpp"
#include "ledger/destination.hpp"
#include "ledger/ledger.hpp"
#include "ledger/ledger_file.hpp"
#include "plan/plan.hpp"

namespace hookferry::delivery {

class Run {
 public:
  /// `ledgers` outlives it.
  Run(Target target, RunSettings settings, RunObserver observer, ledger::Ledgers& ledgers);

  /// Which webhooks a plan needs with their configuration; without it, all.
  void needs(api::AccountApi::Needed needed) { needed_ = std::move(needed); }

  /// For a dry run: reads the account once, without a lock or a wait. `allowed`: see refresh().
  void look(const std::function<void(const ledger::Account&)>& allowed);

  /// Locks the account, as far as it is known by its key, before anything is read. Failure(incomplete) where
  /// another run holds the lock.
  void lock();
  /// Asks for the first reading already, so that something else can be read at the same time.
  void start_reading();
  /// Reads the account until a plan can be made from what it shows, and closes with that what earlier runs
  /// left open: the last one of this account, and those of the ledgers `named`, where they exist. `allowed`
  /// gets to know which account it is before anything is believed, and may throw. Failure if there is no such
  /// reading; nothing is changed then.
  void refresh(const std::vector<std::filesystem::path>& named,
               const std::function<void(const ledger::Account&)>& allowed);
  /// Reads once more, after somebody was asked. Failure(incomplete) where what was read before does not hold
  /// any more and `same_plan` says that it makes a difference.
  void read_again(const std::function<bool(const std::vector<webhook::Webhook>&)>& same_plan);

  /// Failure(usage) where the ledger holds runs of another account than the one that was read.
  void require_own(const std::filesystem::path& ledger) const;

  const ledger::Account& account() const { return target_.account; }
  const std::vector<webhook::Webhook>& present() const { return present_; }
  ledger::KnownOfAccount known() const;
  /// Those of the ledger of the last run here, from the oldest on.
  const std::vector<ledger::LedgerRun>& last_runs() const { return *last_runs_; }
  /// The ledger of the last run of that command and source, if that run began to write and did not come to
  /// its end. What came after it and recorded nothing does not count.
  std::optional<std::filesystem::path> unfinished_ledger(const ledger::LedgerHeader& header) const;

  /// When a run of this machine last began to carry out the approved plan of that digest here (ms since
  /// 1970).
  std::optional<std::int64_t> began_plan(const std::string& digest) const;

  /// How many webhooks the source held when it was last mirrored here; `names`: any of those that it goes by.
  std::optional<std::size_t> last_count_of(const std::vector<std::string>& names) const;
  /// To be remembered with the next execute().
  void mirrors(const std::vector<std::string>& names, std::size_t count);

  /// Records the plan in the ledger and executes it. Failure(cannot_write) only where nothing was sent.
  /// `header`: its destination is set here.
  plan::Outcome execute(ledger::LedgerWriter& ledger, ledger::LedgerHeader header, const plan::Plan& plan);
  /// Records the end of the run, and what the next run needs to know. Never throws: a Failure is returned.
  [[nodiscard]] std::optional<Failure> end(ledger::LedgerWriter& ledger, const plan::Outcome& outcome);

 private:
  std::vector<webhook::Webhook> read();
  void lock(const std::string& name, ledger::FileLock::Kind kind, const std::string& label);
  bool lock_by_company(const std::vector<webhook::Webhook>& reading);
  void remember() const;
  void accept_copies();
  void report_copies(plan::Outcome& outcome) const;
  bool is_own(const ledger::Account& then) const;
  bool shows_what_was_sent(const ledger::LedgerRun& run, const std::vector<webhook::Webhook>& reading) const;
  bool shows_uuid_of(const std::vector<ledger::LedgerRun>& runs) const;
  void adopt_ledgers(const std::vector<webhook::Webhook>& reading);
  ExpectedState expected(const std::vector<std::filesystem::path>& ledgers);
  void forget_other_form(ExpectedState& expected, const std::vector<ledger::LedgerRun>& runs,
                         const std::filesystem::path& path) const;
  void drive(Reconciliation& machine, std::vector<webhook::Webhook> first, Time began);
  Failure failure_of_stop(const Reconciliation::Stop& stop) const;
  void close(const std::filesystem::path& path, const std::vector<ledger::LedgerRun>& runs) const;

  Target target_;
  RunSettings settings_;
  RunObserver observer_;
  std::vector<ledger::FileLock> locks_;
  ledger::DestinationState memory_;
  std::vector<std::filesystem::path> adopted_;  ///< ledgers of this account under another key or server name
  std::vector<std::filesystem::path> unknown_;  ///< ledgers that may be of this account
  ledger::Ledgers& ledgers_;
  ledger::Ledgers::Runs last_runs_ = std::make_shared<const std::vector<ledger::LedgerRun>>();
  std::set<std::int64_t> gone_;
  api::AccountApi::Needed needed_;
  std::set<std::string> shown_uuids_;  ///< of v5's webhooks, in any reading
  Time fresh_until_ = 0;               ///< a reading may until then lag behind what the last run wrote
  std::optional<Time> reading_began_;  ///< of one that was asked for before it is needed
  std::vector<webhook::Webhook> present_;
  Time present_began_ = 0;                     ///< when that was asked for
  std::string company_;                        ///< that the account showed after the plan was executed
  std::vector<ledger::KnownCopy> new_copies_;  ///< that came up while the plan was executed
};

/// Points into the plan, which must outlive it.
struct PlanWork {
  std::vector<ledger::LedgerEntry> entries;
  std::vector<Task> tasks;
  std::set<std::int64_t> relied_on;  ///< unchanged ones
};

PlanWork work_of(const plan::Plan& plan);
plan::Outcome outcome_of(const plan::Plan& plan, const PlanWork& work, const Executed& executed);
/// The outcome of an undo that was not begun: nothing was to be written, or a signal came first.
plan::Outcome outcome_of_none(const plan::Plan& plan);

}  // namespace hookferry::delivery
