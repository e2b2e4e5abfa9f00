// Delivers operations to an account exactly once: a state machine without I/O. It is told what happens and
// says what is to be done; clock, chance, sockets and files are outside.
//
// Requests run until all are answered or one has an unknown outcome (a batch that is refused holds nothing
// up: all refused ones are settled together); then nothing new is sent, what is under way is waited for, and
// with the account at rest its reading is held against all that was sent (attribution.hpp).
//
// The rules, each of which the model checker sees broken when it is left out:
//   whole readings  Only a reading that shows every webhook known to be there proves that one is not there,
//   and
//                   only if another one, the settle time earlier, agrees. On anything less nothing is sent
//                   again.
//   evidence        What is known by count alone is neither sent again nor booked as arrived.
//   waiting         A reading counts once the settle time has passed since the first one after the last
//   answer. intents         Nothing is sent before it is written down that it will be.
// See docs/reliability.md for the whole table.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/retry.hpp"
#include "migration/attribution.hpp"
#include "migration/batches.hpp"
#include "migration/outcome.hpp"
#include "migration/steps.hpp"

namespace hookferry {

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
    std::string reason;                                ///< why not, where something was tried
    std::vector<std::int64_t> perhaps;                 ///< unclear: what may be it
    std::optional<NotTried> not_tried = std::nullopt;  ///< of a deletion that was held back
  };
  /// What a reading at the end shows beside the plan.
  struct Surprise {
    enum class Kind : std::uint8_t { gone, changed, copy } kind = Kind::gone;
    std::int64_t id = 0;
    Identity identity;  ///< of a copy
  };
  /// Why the run ended before its time.
  struct Ending {
    enum class Why : std::uint8_t { server, unreadable, not_whole, ledger } why = Why::server;
    Verdict verdict;                      ///< of the server
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
  const std::vector<Surprise>& surprises() const { return surprises_; }
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
    std::vector<std::int64_t> perhaps;
    std::size_t attempt = 0;       ///< of a removal
    bool may_yet_be_gone = false;  ///< a removal that was sent with an unknown outcome
    bool altered = false;          ///< it arrived, and what is stored lacks something of what was sent
    std::string reason;
    std::optional<NotTried> held_back;  ///< a deletion that was not even begun
  };
  /// A batch whose outcome is open, and what is to be done with the part of it that did not arrive.
  struct OpenBatch {
    Batch batch;
    Verdict verdict;
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
  void send_what_may_be_sent();
  bool stopping() const { return interrupted_ || ending_.has_value(); }
  bool in_doubt() const;
  bool sent_any() const;
  void answered(Batch batch, const Sent& sent);
  void confirm(const Batch& batch, const Sent& sent);
  void not_applied(const std::vector<std::size_t>& items, const std::string& reason);
  void retry_later(Batch batch, const Verdict& verdict);
  void leave_open(Batch batch, const Verdict& verdict);
  void end_run(const Verdict& verdict, bool deleting);
  void pause_before_sending(std::size_t attempt, const Verdict& verdict);

  // delivery_settle.cpp: readings
  void look();
  std::vector<std::int64_t> not_shown(const std::set<std::int64_t>& shown) const;
  std::size_t unseen() const;
  void take_arrivals(const std::vector<Seen>& reading, bool final);
  bool awaits_more(const std::set<std::int64_t>& shown) const;
  bool awaits(const Item& item, const std::set<std::int64_t>& shown) const;
  void conclude_round(const std::vector<Seen>& reading, const std::set<std::int64_t>& shown);
  void settle(bool whole);
  void settle_missing(const OpenBatch& open);
  void send_missing_again(Batch batch, const Verdict& verdict);
  void call_unclear(std::size_t n);
  void withdraw_what_has_changed(const std::vector<Seen>& reading);
  void conclude_verification(const std::vector<Seen>& reading, const std::set<std::int64_t>& shown,
                             bool whole);
  void find_surprises(const std::vector<Seen>& reading, const std::set<std::int64_t>& shown);
  bool all_is_well() const;

  // delivery_remove.cpp: deletions
  void start_removing();
  void remove_what_may_be_removed();
  void removal_answered(std::size_t n, const Verdict& verdict);
  void try_removal_again(std::size_t n, const Verdict& verdict);
  void conclude_removals(const std::vector<Seen>& reading, const std::set<std::int64_t>& shown, bool whole);

  /// Where they are its own: items point there, and copies of a delivery share them.
  std::shared_ptr<const std::vector<Operation>> operations_;
  std::vector<Item> items_;
  AccountBefore before_;
  DeliveryOptions options_;
  DeliveryRules rules_;
  Phase phase_ = Phase::writing;
  BatchQueue queue_;
  std::vector<std::size_t> removals_;  ///< still to be tried
  std::map<std::size_t, Batch> in_flight_;
  std::vector<OpenBatch> open_;
  std::size_t next_ticket_ = 0;
  RetryBudget budget_;
  Time not_before_ = 0;
  Round round_;
  bool reading_ = false;         ///< one is asked for
  std::set<std::int64_t> seen_;  ///< shown by any reading so far
  std::optional<Ending> ending_;
  bool interrupted_ = false;
  std::vector<Surprise> surprises_;
  Moment moment_;
  Instructions instructions_;
};

/// Whether it can be noted as done. An update that somebody has changed since is none of ours, and one after
/// which the webhook is as it was before has done nothing, whatever the server said.
bool is_done(const Delivery::Result& result, const Operation& operation);

}  // namespace hookferry
