// Reconciles an account with what earlier runs left open there, before a plan is made. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "delivery/attribution.hpp"
#include "delivery/steps.hpp"
#include "ledger/ledger.hpp"

namespace hookferry::delivery {

// What earlier runs left in an account, worked out from their ledgers. Pure.

/// What the next reading is to show, if it can be believed.
struct ExpectedState {
  /// Left there by the last run: id → digest, nothing where only its presence is known.
  std::map<std::int64_t, std::optional<Sha256>> left;
  /// Deleted by the last run: a reading that lags may still show them.
  std::set<std::int64_t> gone;
  /// For how long from now a reading may still show the account as it was before the last run's writes.
  Milliseconds fresh{0};
  /// The longest that the option or a ledger says.
  Milliseconds settle{0};
  /// Runs with outcomes open: killed, or ended before everything was established.
  std::vector<ledger::LedgerRun> open;
  /// A run whose account may be this one under another key has outcomes open.
  bool wait_for_others = false;
};

/// Of the runs of one ledger, the last of which was the last to write to the account. `now`: milliseconds
/// since 1970; a clock set back in between makes nobody wait for hours.
ExpectedState expectations(const std::vector<ledger::LedgerRun>& runs, Milliseconds settle, std::int64_t now);

/// What is said of a run's open entries by a reading that was made late enough.
struct Recovery {
  Instructions records;    ///< that close them; operations are the entries' places
  std::size_t unseen = 0;  ///< entries that the server confirmed, and that the reading does not show
};
Recovery recover(const ledger::LedgerRun& run, const std::vector<SnapshotEntry>& reading);

/// An open entry of one of the runs of which the ledger does not hold what was sent, or what it was written
/// over: no reading says what became of it. nullptr where there is none.
const ledger::LedgerEntry* damaged_open_entry(const std::vector<ledger::LedgerRun>& open);

// Comes to a reading of an account that a plan can be made from: one that shows what earlier runs left there,
// made late enough where they left something open. A state machine without I/O, like delivery.hpp.

class Reconciliation {
 public:
  /// `accept_shrunk`: somebody says that what is not shown is not there.
  Reconciliation(ExpectedState expected, bool accept_shrunk);

  struct Stop {
    enum class Why : std::uint8_t {
      unreadable,
      shrunk,     ///< none, or less than half, of what the last run left is shown
      short_of,   ///< something that is there when asked for by its id is not shown
      unsure,     ///< less than all is shown, and it cannot be told whether the rest is there
      not_whole,  ///< outcomes are open, and something known to be there is not shown
    } why = Why::unreadable;
    std::vector<std::int64_t> not_shown;
    std::size_t expected = 0;  ///< how many were to be there
    std::size_t unseen = 0;    ///< confirmed by the server, and not to be seen
  };

  Instructions step(Moment moment, const Event& event);
  bool finished() const { return finished_; }

  // When finished:
  /// Nothing: the last reading can be believed.
  const std::optional<Stop>& stop() const { return stop_; }
  /// Left by the last run and deleted by somebody since.
  const std::vector<std::int64_t>& deleted() const { return deleted_; }
  /// While it pauses: for what.
  enum class Waiting : std::uint8_t { nothing, open_outcomes, stale_reading };
  Waiting waiting() const { return waiting_; }
  Time waits_until() const { return not_before_; }
  std::string fingerprint(Time now) const;

 private:
  void look();
  void happened(const Reading& reading);
  void judge_open(const Reading& reading);
  void judge_settled(const Reading& reading);
  void note_lacked(Time began);
  void wait_until(Time certain_from);
  bool as_left(const Reading& reading) const;
  std::vector<std::int64_t> missing_of(const Reading& reading) const;
  std::vector<std::int64_t> left_of(std::vector<std::int64_t> ids) const;
  void ask_on();
  void answered(api::Presence presence);
  void end(std::optional<Stop::Why> why);

  ExpectedState expected_;
  bool accept_shrunk_;
  bool finished_ = false;
  std::optional<Stop> stop_;
  std::vector<std::int64_t> deleted_;
  Waiting waiting_ = Waiting::nothing;
  Time started_ = 0;
  std::optional<Time> first_;  ///< when the first reading began that did not show everything
  /// For each that the last reading lacked: when the first one began that lacked it, and since which none has
  /// shown it.
  std::map<std::int64_t, Time> lacked_since_;
  Time not_before_ = 0;
  Milliseconds pause_{100};
  bool reading_ = false;
  std::vector<std::int64_t> missing_;
  std::set<std::int64_t> seen_;  ///< shown by any reading so far
  std::size_t unseen_ = 0;
  std::size_t asked_ = 0;  ///< of the missing ones
  Moment moment_;
  Instructions instructions_;
};

}  // namespace hookferry::delivery
