// Reconciles an account with what earlier runs left open there, before a plan is made. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "delivery/delivery.hpp"
#include "delivery/steps.hpp"
#include "ledger/ledger.hpp"

namespace hookferry::delivery {

/// What the ledgers of earlier runs say of an account, and what the next snapshot must show.
struct ExpectedState {
  /// Left there by the last run: id → digest. Without a digest, only its presence is known.
  std::map<std::int64_t, std::optional<Sha256>> left;
  /// Deleted by the last run. A snapshot that lags may still show them.
  std::set<std::int64_t> gone;
  /// How long from now a snapshot may still show the account as it was before the last run's writes.
  Milliseconds fresh{0};
  /// The longest settle time of the option and the ledgers.
  Milliseconds settle{0};
  /// Runs with open outcomes: they were killed, or ended before everything was established.
  std::vector<ledger::LedgerRun> open;
  /// A run with open outcomes may have written to this account under another key.
  bool wait_for_others = false;
};

/// `runs`: those of one ledger, whose last run was the last to write to the account. `now`: milliseconds
/// since the machine started, as LedgerRun::last_activity. Where that is unknown, a full settle time is left.
ExpectedState expectations(const std::vector<ledger::LedgerRun>& runs, Milliseconds settle, std::int64_t now);

/// What a snapshot that was requested late enough says of a run's open entries.
struct Recovery {
  Instructions records;    ///< they close the entries; operations are the entries' places
  std::size_t unseen = 0;  ///< entries that the server confirmed and the snapshot does not show
};
Recovery recover(const ledger::LedgerRun& run, const std::vector<SnapshotEntry>& snapshot);

/// An open entry for which the ledger does not hold what was sent or what was written over, so that no
/// snapshot can establish its outcome. nullptr if there is none.
const ledger::LedgerEntry* damaged_open_entry(const std::vector<ledger::LedgerRun>& open);

/// Takes snapshots of an account until a plan can be made from one: it shows what earlier runs left there,
/// and was requested late enough to settle what they left open. A state machine without I/O, like Delivery.
class Reconciliation {
 public:
  /// `accept_shrunk`: the user says that webhooks which are not shown are deleted.
  Reconciliation(ExpectedState expected, bool accept_shrunk);

  struct Stop {
    enum class Why : std::uint8_t {
      unreadable,
      shrunk,     ///< none, or less than half, of what the last run left is shown
      short_of,   ///< a webhook that is not shown is there when it is requested by its id
      unsure,     ///< not all is shown, and it cannot be established whether the rest is there
      not_whole,  ///< outcomes are open, and a webhook known to be there is not shown
    } why = Why::unreadable;
    std::vector<std::int64_t> not_shown;
    std::size_t expected = 0;  ///< how many the last run left
    std::size_t unseen = 0;    ///< confirmed by the server and not shown
  };

  Instructions step(Moment moment, const Event& event);
  bool finished() const { return finished_; }

  // When finished:
  /// Nothing if a plan can be made from the last snapshot.
  const std::optional<Stop>& stop() const { return stop_; }
  /// Left by the last run and deleted since.
  const std::vector<std::int64_t>& deleted() const { return deleted_; }
  /// What it waits for while it pauses.
  enum class Waiting : std::uint8_t { nothing, open_outcomes, stale_reading };
  Waiting waiting() const { return waiting_; }

 private:
  friend struct StateReader;  // The model checker tells equal states by it.

  void handle(api::Presence presence);
  void judge_open(const Snapshot& snapshot);
  void judge_settled(const Snapshot& snapshot);
  std::vector<std::int64_t> left_of(std::vector<std::int64_t> ids) const;
  void end(std::optional<Stop::Why> why);

  ExpectedState expected_;
  bool accept_shrunk_;
  std::set<std::int64_t> may_vanish_;  ///< deleted already, or by a deletion with an open outcome
  bool finished_ = false;
  std::optional<Stop> stop_;
  std::vector<std::int64_t> deleted_;
  Waiting waiting_ = Waiting::nothing;
  Time started_ = 0;
  std::optional<Time> first_;  ///< when the first snapshot was requested that did not show everything
  /// For each webhook missing in the last snapshot: the time of the first of the snapshots in a row that do
  /// not show it.
  std::map<std::int64_t, Time> absent_since_;
  SettleWindow window_;
  bool reading_ = false;               ///< a snapshot is requested
  std::vector<std::int64_t> missing_;  ///< known to be there, and not in the last snapshot
  std::set<std::int64_t> seen_;        ///< in any snapshot so far
  std::size_t unseen_ = 0;
  std::size_t asked_ = 0;  ///< how many of the missing ones were requested by their ids
  Moment moment_;
  Instructions instructions_;
};

}  // namespace hookferry::delivery
