// Delivers operations to an account exactly once: a state machine without I/O. It is told what happens and
// says what is to be done; clock, chance, sockets and files are outside.
//
// Requests run until all are answered or one has an unknown outcome (a batch that is refused holds nothing
// up: all refused ones are settled together); then nothing new is sent, what is under way is waited for, and
// with the account at rest its reading is held against all that was sent (attribution.hpp).
//
// The rules, each of which the model checker sees broken when it is left out:
// - Whole readings: a webhook is taken to be missing only when a reading that shows every webhook known to be
//   there does not show it, and an earlier such reading, by at least the settle time, did not either. On
//   anything less nothing is sent again.
// - Evidence: what is known by count alone is neither sent again nor recorded as arrived.
// - Waiting: a reading decides only once the settle time has passed since the first reading after the last
//   answer.
// - Intents: a request is sent only after the ledger says that it will be.
// docs/reliability.md has the whole table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/failure_class.hpp"
#include "delivery/attribution.hpp"
#include "delivery/steps.hpp"
#include "plan/plan.hpp"

namespace hookferry::delivery {

// Which webhooks go into which request. Pure.

struct Batch {
  std::vector<std::size_t> items;
  std::size_t attempt = 0;  ///< how often these were tried already
};

class BatchQueue {
 public:
  BatchQueue(const std::vector<std::size_t>& items, std::size_t batch_size);

  bool empty() const { return queue_.empty(); }
  const std::deque<Batch>& waiting() const { return queue_; }
  std::size_t limit() const { return limit_; }
  /// The next one, no larger than the limit in force.
  std::optional<Batch> pop();
  /// Once more, as it is, ahead of what waits.
  void again(Batch batch);
  /// Smaller from now on: half of what was too large. False where it cannot get smaller.
  bool too_large(Batch batch);
  /// In parts, about as many as each is long, few items one by one: two rounds find the culprits of a batch
  /// of fifty, and each round may have to wait for readings to settle.
  void in_parts(const Batch& batch);

 private:
  std::deque<Batch> queue_;
  std::size_t limit_;
};

struct DeliveryOptions {
  std::size_t batch_size = 50;
  std::size_t concurrency = 4;
  std::size_t retries = 5;
  /// How late a reading may show what was written, and how long after its connection's end a request may
  /// still be carried out.
  Milliseconds settle{8'000};
  /// Deletions only where every other operation has arrived with all that was sent, and the reading that
  /// shows it holds no surprise.
  bool deletions_last_of_all = false;
};

/// What is known of the account before anything is sent.
struct AccountBefore {
  std::map<std::int64_t, Sha256> present;  ///< id → digest, of the reading that the plan was made from
  /// Deleted by an earlier run a moment ago: a reading may still show them.
  std::set<std::int64_t> gone;
  /// What the plan found as it should be, and leaves: told where it is gone or different at the end.
  std::set<std::int64_t> relied_on;
};

/// Rules that can be left out, to see that the model checker notices.
struct DeliveryRules {
  bool whole_readings = true, agreeing_readings = true, evidence = true;
};

class Delivery {
 public:
  enum class Fate : std::uint8_t {
    not_tried,
    arrived,  ///< seen in the account
    removed,  ///< not there any more
    refused,  ///< the server will not have it
    failed,   ///< it is known not to have been carried out, and is given up
    unclear,  ///< known by count alone
    open,     ///< sent, and it could not be established what became of it
  };
  struct Result {
    Fate fate = Fate::not_tried;
    std::optional<Arrival> arrival;
    std::string reason;                                      ///< why not, where something was tried
    std::vector<std::int64_t> candidates;                    ///< unclear: what may be it
    std::optional<plan::NotTried> not_tried = std::nullopt;  ///< of a deletion that was held back
  };
  /// What a reading at the end shows beside the plan.
  struct VerificationFinding {
    enum class Kind : std::uint8_t { gone, changed, copy } kind = Kind::gone;
    std::int64_t id = 0;
    webhook::Identity identity;  ///< of a copy
  };
  /// Why the run ended before its time.
  struct Ending {
    enum class Why : std::uint8_t { server, unreadable, not_whole, ledger } why = Why::server;
    api::Verdict verdict;                 ///< of the server
    bool deleting = false;                ///< it came in answer to a deletion
    std::vector<std::int64_t> not_shown;  ///< not whole: known to be there, and not in the readings
    std::size_t unseen = 0;               ///< not whole: confirmed by the server, and never to be seen
  };

  Delivery(std::vector<Operation> operations, AccountBefore before, DeliveryOptions options,
           DeliveryRules rules = {});
  /// Of operations that stay where they are and outlive it.
  Delivery(const std::vector<const Operation*>& operations, AccountBefore before, DeliveryOptions options,
           DeliveryRules rules = {});

  /// Instructions are to be carried out in their order. A Send or Remove is answered with Sent, a Read with
  /// WasRead or Unreadable, a Pause with Elapsed; Interrupted and LedgerLost may come at any time. Where the
  /// record before a Send could not be written, LedgerLost comes first, then Sent with `not_sent`.
  Instructions step(Moment moment, const Event& event);
  bool finished() const { return phase_ == Phase::finished; }
  bool was_there(std::int64_t id) const { return before_.present.contains(id); }

  // When finished:
  Result result(std::size_t operation) const;
  const std::vector<VerificationFinding>& findings() const { return findings_; }
  const std::optional<Ending>& ending() const { return ending_; }
  bool interrupted() const { return interrupted_; }
  /// Nothing that was sent can still come as a surprise.
  bool settled() const;
  /// How many have come to an end, for a progress line.
  std::size_t done() const;
  /// The whole state as text, times as distances from `now`: equal states go on equally.
  std::string fingerprint(Time now) const;

 private:
  enum class Phase : std::uint8_t { writing, verifying, removing, verifying_removals, finished };
  enum class State : std::uint8_t {
    waiting,
    in_flight,
    accepted,
    open,
    arrived,
    removed,
    refused,
    failed,
    unclear
  };
  struct Item {
    const Operation* operation = nullptr;
    State state = State::waiting;
    bool ever_sent = false;
    bool confirmed = false;
    std::optional<std::int64_t> answered_id;
    std::optional<Arrival> arrival;
    std::vector<std::int64_t> candidates;
    std::size_t attempt = 0;      ///< of a removal
    bool may_be_removed = false;  ///< a removal that was sent with an unknown outcome
    bool altered = false;         ///< it arrived, and what is stored lacks something of what was sent
    std::string reason;
    std::optional<plan::NotTried> held_back;  ///< a deletion that was not even begun
  };
  /// A batch whose outcome is open, and what is to be done with the part of it that did not arrive.
  struct OpenBatch {
    Batch batch;
    api::Verdict verdict;
  };
  /// Readings until one shows what is looked for, or until it is certain that it is not there.
  struct Round {
    std::optional<Time> first;  ///< when the first reading began
    Milliseconds pause{0};
    Time not_before = 0;
  };

  // delivery.cpp: sending
  void happened(const Sent& sent);
  void happened(const WasRead& read);
  void go_on();
  bool rests() const;
  void send_ready_batches();
  bool stopping() const { return interrupted_ || ending_.has_value(); }
  bool in_doubt() const;
  bool sent_any() const;
  void answered(Batch batch, const Sent& sent);
  void confirm(const Batch& batch, const Sent& sent);
  void not_applied(const std::vector<std::size_t>& items, const std::string& reason);
  void retry_later(Batch batch, const api::Verdict& verdict);
  void leave_open(Batch batch, const api::Verdict& verdict);
  void end_run(const api::Verdict& verdict, bool deleting);
  void pause_before_sending(std::size_t attempt, const api::Verdict& verdict);

  // delivery_settle.cpp: readings
  void look();
  std::vector<std::int64_t> not_shown(const std::set<std::int64_t>& shown) const;
  std::size_t unseen() const;
  void take_arrivals(const std::vector<SnapshotEntry>& reading, bool final);
  bool awaits_more_arrivals(const std::set<std::int64_t>& shown) const;
  bool awaits(const Item& item, const std::set<std::int64_t>& shown) const;
  void conclude_round(const std::vector<SnapshotEntry>& reading, const std::set<std::int64_t>& shown);
  void settle(bool whole);
  void settle_missing(const OpenBatch& open);
  void send_missing_again(Batch batch, const api::Verdict& verdict);
  void mark_ambiguous(std::size_t n);
  void skip_changed_targets(const std::vector<SnapshotEntry>& reading);
  void conclude_verification(const std::vector<SnapshotEntry>& reading, const std::set<std::int64_t>& shown,
                             bool whole);
  void collect_findings(const std::vector<SnapshotEntry>& reading, const std::set<std::int64_t>& shown);
  bool all_is_well() const;

  // delivery_remove.cpp: deletions
  void start_removing();
  void send_ready_deletions();
  void removal_answered(std::size_t n, const api::Verdict& verdict);
  void try_removal_again(std::size_t n, const api::Verdict& verdict);
  void conclude_removals(const std::vector<SnapshotEntry>& reading, const std::set<std::int64_t>& shown,
                         bool whole);

  /// Where they are its own: items point there, and copies of a delivery share them.
  std::shared_ptr<const std::vector<Operation>> operations_;
  std::vector<Item> items_;
  AccountBefore before_;
  DeliveryOptions options_;
  DeliveryRules rules_;
  Phase phase_ = Phase::writing;
  BatchQueue queue_;
  std::list<std::size_t> removals_;  ///< still to be tried
  std::map<std::size_t, Batch> in_flight_;
  std::vector<OpenBatch> open_;
  std::size_t next_ticket_ = 0;
  api::RetryBudget budget_;
  Time not_before_ = 0;
  Round round_;
  bool reading_ = false;         ///< one is asked for
  std::set<std::int64_t> seen_;  ///< shown by any reading so far
  std::optional<Ending> ending_;
  bool interrupted_ = false;
  std::vector<VerificationFinding> findings_;
  Moment moment_;
  Instructions instructions_;
};

/// Whether it can be noted as done. An update that somebody has changed since is none of ours, and one after
/// which the webhook is as it was before has done nothing, whatever the server said.
bool is_done(const Delivery::Result& result, const Operation& operation);

}  // namespace hookferry::delivery
