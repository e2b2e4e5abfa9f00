// Delivers operations to an account exactly once. This is a state machine without I/O: it handles events and
// returns instructions; the clock, random numbers, sockets and files are its caller's.
//
// Batches are sent until one has an unknown outcome. Then nothing new is sent, the responses under way are
// awaited, and a snapshot of the account at rest is compared with everything that was sent.
// A refused batch does not stop the others: all refused batches are settled together.
//
// These are the rules. The model checker finds a violation if one of them is left out.
// - Whole snapshots: a webhook is missing only if a snapshot that shows every webhook known to be there does
//   not show it. Without such a snapshot, nothing is sent again.
// - Agreeing snapshots: a snapshot proves absence only if it was requested at least the settle time after the
//   first snapshot since the last response, which did not show the webhook either.
// - Evidence: an ambiguous webhook is neither sent again nor recorded as arrived.
// - Origin: a webhook that the server created before it was sent is not the run's.
// - Newcomers: a webhook that is new and not accounted for may be one of those in doubt, stored under another
//   alias or type. As many of those in doubt are ambiguous.
// - One alone: what was absent is sent again one webhook first, and the rest once a snapshot shows that one.
// - Age: an update or a deletion is sent only if a young snapshot shows its target as the plan knows it.
// - Intents: a request is sent only after the ledger has recorded that it will be.
// docs/reliability.md has the whole table, with the rules for what earlier runs left open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/failure_class.hpp"
#include "delivery/steps.hpp"
#include "plan/plan.hpp"

namespace hookferry::delivery {

struct Batch {
  std::vector<std::size_t> items;
  std::size_t attempt = 0;  ///< how many times these items were tried before
};

/// Decides which webhooks go into which request.
class BatchQueue {
 public:
  BatchQueue(const std::vector<std::size_t>& items, std::size_t batch_size);

  bool empty() const { return queue_.empty(); }
  /// The next batch, cut to the limit in force.
  std::optional<Batch> pop();
  /// The batch goes again as it is, before all others.
  void put_back(Batch batch) { queue_.push_front(std::move(batch)); }
  /// The batch was too large: from now on, no batch is larger than half of it. False for a single item.
  bool halve(const Batch& batch);
  /// The batch goes again in about as many parts as each is long, and a small one item by item. Two rounds
  /// find the culprits in a batch of fifty; more would cost time, because each may have to wait for
  /// snapshots.
  void split(const Batch& batch);

 private:
  friend struct StateReader;  // The model checker tells equal states by it.

  std::deque<Batch> queue_;
  std::size_t limit_;
};

struct DeliveryOptions {
  std::size_t batch_size = 50;
  std::size_t concurrency = 4;
  std::size_t retries = 5;
  /// How late a snapshot may show a write, and how long after the end of its connection a request may still
  /// be carried out.
  Milliseconds settle{8'000};
  /// An update or a deletion is sent only while the snapshot that shows its target is not older than this.
  Milliseconds max_age{5'000};
  /// Delete only if every other operation arrived unaltered, and the snapshot that shows this has no
  /// findings.
  bool deletions_last_of_all = false;
};

/// What is known of the account before anything is sent.
struct AccountBefore {
  std::map<std::int64_t, Sha256> present;  ///< id → digest, in the snapshot that the plan was made from
  Time began = 0;                          ///< when that snapshot was requested
  /// Deleted by an earlier run so recently that a snapshot may still show them.
  std::set<std::int64_t> gone;
  /// Unchanged in the plan. It is a finding if one of them is gone or different at the end.
  std::set<std::int64_t> relied_on;
};

class Delivery {
 public:
  enum class Outcome : std::uint8_t {
    not_tried,
    arrived,  ///< a snapshot shows it
    removed,  ///< a snapshot proves that it is gone
    refused,  ///< the server does not accept it
    failed,   ///< it was not carried out, and is not tried again
    ambiguous,
    in_doubt,  ///< sent, and its outcome could not be established
  };
  struct Result {
    Outcome outcome = Outcome::not_tried;
    std::optional<Arrival> arrival;
    RareText reason;                                         ///< why it was tried and did not arrive
    std::vector<std::int64_t> candidates;                    ///< of an ambiguous one
    std::optional<plan::NotTried> not_tried = std::nullopt;  ///< why a deletion was held back
  };
  /// A difference from the plan that a snapshot at the end shows.
  struct VerificationFinding {
    enum class Kind : std::uint8_t { gone, changed, copy } kind = Kind::gone;
    std::int64_t id = 0;
    webhook::Identity identity;  ///< of a copy
  };
  /// Why the run ended early.
  struct Ending {
    enum class Why : std::uint8_t { server, unreadable, not_whole, never_shown, ledger } why = Why::server;
    api::Verdict verdict = {};                 ///< of the server
    bool deleting = false;                     ///< the verdict is about a deletion
    std::vector<std::int64_t> not_shown = {};  ///< not whole: known to be there, and not in the snapshot
    std::size_t unseen = 0;                    ///< not whole: confirmed by the server, and never seen
    std::size_t operation = 0;                 ///< never shown: sent again alone, and in no snapshot
  };

  /// The operations must outlive the delivery and its copies.
  Delivery(const std::vector<const Operation*>& operations, AccountBefore before, DeliveryOptions options);

  /// The instructions are to be carried out in their order. Send and Remove are answered with Sent, Read with
  /// a Snapshot or Unreadable, Pause with Elapsed. Interrupted and LedgerLost may come at any time. If the
  /// record before a Send could not be written, LedgerLost comes first, then Sent with `not_sent`.
  Instructions step(Moment moment, const Event& event);
  bool finished() const { return phase_ == Phase::finished; }
  bool was_there(std::int64_t id) const { return before_.present.contains(id); }

  // When finished:
  Result result(std::size_t operation) const;
  const std::vector<VerificationFinding>& findings() const { return findings_; }
  const std::optional<Ending>& ending() const { return ending_; }
  bool interrupted() const { return interrupted_; }
  /// No request is left whose outcome could still change.
  bool settled() const;
  /// No request was carried out: each was refused or did not reach the server.
  bool nothing_was_applied() const { return !may_be_applied_; }
  /// How many operations have ended, for a progress line.
  std::size_t done() const;

 private:
  friend struct StateReader;  // The model checker tells equal states by it.

  enum class Phase : std::uint8_t { writing, verifying, verified, removing, verifying_removals, finished };
  enum class State : std::uint8_t {
    waiting,
    in_flight,
    accepted,
    in_doubt,
    arrived,
    removed,
    refused,
    failed,
    ambiguous
  };
  struct Item {
    const Operation* operation = nullptr;
    State state = State::waiting;
    bool ever_sent = false;
    bool confirmed = false;
    bool was_absent = false;  ///< from the snapshots after it was sent
    bool may_have_been_carried_out = false;
    /// With the first request that may have been carried out; the server's clock showed this at least.
    std::optional<ServerTime> sent_at;
    webhook::GivenId answered;
    std::optional<Arrival> arrival;
    std::vector<std::int64_t> candidates;
    /// When the last snapshot was requested that shows the target as planned. Nothing after a pause.
    std::optional<Time> checked;
    std::size_t attempt = 0;      ///< of a deletion
    bool may_be_removed = false;  ///< a deletion in doubt
    bool altered = false;         ///< it arrived, and the server changed or dropped something of it
    RareText reason;
    std::optional<plan::NotTried> held_back;  ///< why a deletion was not begun

    bool is_removal() const { return operation->kind == Operation::Kind::remove; }
    bool is_queued_target() const { return state == State::waiting && operation->id; }
  };
  struct BatchInDoubt {
    Batch batch;
    api::Verdict verdict;
  };
  using Ids = std::set<std::int64_t>;

  void proceed();
  bool stopping() const { return interrupted_ || ending_.has_value(); }
  void end_run(Ending ending);
  void send_ready_batches();
  void handle(const Sent& sent);
  void not_applied(const std::vector<std::size_t>& items, const std::string& reason);
  bool spend_retry(std::size_t& attempt, const api::Verdict& verdict);

  bool is_young(std::size_t n) const;
  void look_at_targets();
  void request_snapshot();
  void handle(const Snapshot& snapshot);
  void record_arrivals(const std::vector<SnapshotEntry>& webhooks, bool certain);
  void check_targets(const Snapshot& snapshot);
  bool awaits_more(const Ids& shown) const;
  std::vector<std::int64_t> not_shown(const Ids& shown) const;
  void settle(const Snapshot& snapshot, bool whole);
  void suspect_newcomers(const Snapshot& snapshot);
  void mark_ambiguous(std::size_t n);
  Batch one_alone(Batch& batch) const;
  bool probe_is_open() const;
  void judge_probe();
  void conclude_writes(const Ids& shown, bool whole);
  void collect_findings(const std::vector<SnapshotEntry>& webhooks, const Ids& shown);

  void send_ready_removals();
  void handle_removal(std::size_t n, const api::Verdict& verdict);
  void conclude_removals(const Ids& shown, bool whole);

  std::vector<Item> items_;
  AccountBefore before_;
  DeliveryOptions options_;
  Phase phase_ = Phase::writing;
  BatchQueue queue_;
  std::list<std::size_t> removals_;  ///< deletions still to be tried
  std::map<std::size_t, Batch> in_flight_;
  std::vector<BatchInDoubt> in_doubt_;
  std::size_t next_ticket_ = 0;
  api::RetryBudget budget_;
  Time not_before_ = 0;                   ///< nothing is sent until then
  std::optional<SettleWindow> window_;    ///< from the first snapshot after the last response
  bool reading_ = false;                  ///< a snapshot is requested
  bool looking_ = false;                  ///< it is requested because targets are to be written
  std::size_t late_looks_ = 0;            ///< in a row: they were too old when they arrived
  std::optional<ServerTime> first_sent_;  ///< the server's clock showed this at least
  std::optional<std::size_t> probe_;      ///< sent again alone; a snapshot has to show it
  bool resends_show_ = false;             ///< one has shown what was sent again
  bool may_be_applied_ = false;           ///< any request, as far as its response says
  Ids seen_;                              ///< in any snapshot so far
  std::optional<Ending> ending_;
  bool interrupted_ = false;
  std::vector<VerificationFinding> findings_;
  Moment moment_;
  Instructions instructions_;
};

/// Whether the operation counts as carried out. An update that another client has changed since does not, nor
/// does one after which the webhook is as it was before, whatever the server said.
bool is_done(const Delivery::Result& result, const Operation& operation);

// Attributes webhooks of a snapshot to those that were sent: the heart of exactly-once. Pure.
//
// A response may be lost, wrong or late, so arrivals are established from a snapshot of the destination. What
// was there before does not count; the rest is matched with what was sent, the surest evidence first, and
// equal ones by number.

struct SentWebhook {
  const Operation* operation = nullptr;     ///< a creation or an update, with its content
  std::optional<std::int64_t> answered_id;  ///< the id that the response gave, see answered_id()
  std::optional<ServerTime> sent_at;        ///< by the server's clock, at the earliest
  bool confirmed = false;                   ///< the response said that it was applied
  bool under_way = false;                   ///< it may still arrive

  bool is_update() const { return operation->id.has_value(); }
  const webhook::Identity& identity() const { return operation->identity; }
  const Sha256& content() const { return *operation->content; }
};

using MayBeOurs = std::function<bool(const SnapshotEntry&)>;

struct Attribution {
  /// One for each sent webhook; nothing if the snapshot does not establish that it arrived.
  std::vector<std::optional<Arrival>> arrivals;
  /// For each without an arrival: new webhooks with its alias and type, or the changed one in its place.
  /// Sending it again could double it. Empty if the server confirmed it and the snapshot does not show it.
  std::vector<std::vector<std::int64_t>> candidates;
};

/// The numbers that a snapshot shows for uuids.
using Numbers = std::map<std::string, std::int64_t>;
Numbers numbers_in(const std::vector<SnapshotEntry>& snapshot);
/// The id that a response gave. Of a uuid that is not shown yet it is one that no webhook has.
std::optional<std::int64_t> answered_id(const webhook::GivenId& given, const Numbers& numbers);

/// `ours`: whether a webhook may be one of those sent, because it was not there before.
/// `certain`: the snapshot was requested so late that it shows every write. An id that a response gave and
/// that it does not show is given up, and a webhook of equal content is looked for instead.
Attribution attribute(const std::vector<SentWebhook>& sent, const MayBeOurs& ours,
                      const std::vector<SnapshotEntry>& snapshot, bool certain = true);

/// Whether the server created the webhook before that time, or since then. Neither is known without a time.
/// The clocks of a server may differ by a second.
bool was_created_before(const SnapshotEntry& entry, const std::optional<ServerTime>& time);
bool was_created_since(const SnapshotEntry& entry, const std::optional<ServerTime>& time);

/// For each of the missing webhooks the newcomer that it may be: of its type, and of these one with its alias
/// first, or one whose alias is most like it. Each newcomer stands for one, or for all that have one alias
/// and type.
std::vector<std::optional<std::int64_t>> match_newcomers(const std::vector<webhook::Identity>& missing,
                                                         const std::vector<const SnapshotEntry*>& newcomers);

}  // namespace hookferry::delivery
