// One plan carried out against one account: turns the instructions of Delivery into records and requests, and
// their results into its events. Policy is in Delivery; this is the clock, the chance, the ledger and
// the API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "api/account_api.hpp"
#include "core/failure.hpp"
#include "delivery/delivery.hpp"
#include "ledger/destination.hpp"
#include "ledger/ledger_file.hpp"
#include "net/client.hpp"

namespace hookferry::delivery {

/// The account that is written to. What it refers to must outlive the run.
struct Target {
  ledger::Account account;
  api::AccountApi& api;
  net::Executor& executor;
};

struct RunSettings : DeliveryOptions {
  /// What the account does not show is not there: the user says so.
  bool accept_shrunk = false;
  /// Whether that account, of a ledger, is at the same server and was written to with the same key.
  std::function<bool(const ledger::Account&)> has_same_key = [](const ledger::Account&) { return false; };
  /// Ids of copies that the user accepts.
  std::set<std::int64_t> accepted{};
  /// Among the runs of this process, which wait for each other; nothing: there is but one.
  ledger::InProcessLocks* turns = nullptr;
};

/// What a run says while it goes on; each is a line, safe to print.
struct RunObserver {
  std::function<void(const std::string&)> note = [](const std::string&) {};
  std::function<void(const std::string&)> warn = [](const std::string&) {};
  std::function<void(const std::string&)> tell = [](const std::string&) {};
  std::function<void(std::size_t done, std::size_t all)> progress = [](std::size_t, std::size_t) {};
  /// What is under way; the same stage goes on.
  std::function<void(const std::string&)> stage = [](const std::string&) {};
  /// Why nothing moves; empty: it moves again.
  std::function<void(const std::string&)> reason = [](const std::string&) {};
};

struct Task {
  Operation operation;
  const webhook::Webhook* body = nullptr;  ///< of creations and updates
  std::size_t n = 0;                       ///< its entry in the ledger's run
};

struct Executed {
  std::vector<Delivery::Result> results;  ///< one for each task
  std::vector<Delivery::VerificationFinding> findings;
  std::optional<Failure> ended_by;  ///< why it ended before its time
  bool interrupted = false;
  bool settled = true;  ///< nothing that was sent can still come as a surprise
  bool nothing_was_applied = true;
  /// Of the last reading what is new or was written over, and holds something else than anything that was
  /// sent.
  std::vector<webhook::Webhook> server_changes;
  std::string company;  ///< that the account says it is of; empty where it says nothing
};

/// Never throws for what network, server or disk do: that is in the result. The run's header and entries are
/// in the ledger already.
Executed execute(const Target& target, const RunSettings& settings, const RunObserver& observer,
                 ledger::LedgerWriter& ledger, const std::vector<Task>& tasks, AccountBefore before);

/// The reason of a wait for the settle time.
std::string settling_text(const RunSettings& settings);

/// Writes a record of a state machine whose operations are these entries. False for what is no record.
bool write_record(ledger::LedgerWriter& ledger, const Instruction& instruction,
                  const std::vector<std::size_t>& entries);

/// What a stop says of an account whose snapshots do not show all that is known to be there.
std::string not_whole_text(const std::string& label, const std::vector<std::int64_t>& not_shown,
                           std::size_t unseen);

/// One that has an id, as state machines see it.
SnapshotEntry seen_of(const webhook::Webhook& webhook);
/// The snapshot as state machines see it.
Snapshot snapshot_of(const std::vector<webhook::Webhook>& webhooks, Time began);

/// On the clock of the state machines.
Moment present_moment();

// One reading of an account that something was sent to.

/// Takes what delivery has to know of each webhook, and keeps those that the outcome may need later.
class ReadBack : public api::WebhookSink {
 public:
  /// `notes_what_is_lost`: deletions wait for that, see Seen. All must outlive it.
  ReadBack(const std::vector<Task>& tasks, const Delivery& delivery, bool notes_what_is_lost);

  void begin() override;
  const Sha256* known_digest(std::string_view own_text) const override;
  void take(webhook::Webhook&& webhook) override;

  // Of the last reading:
  /// In the order of ids. It is let go of here. Comparing is left until now: while an answer comes it would
  /// keep the server waiting.
  Snapshot snapshot(Time began);
  /// What is new or was written over, and holds something else than anything that was sent.
  std::vector<webhook::Webhook> server_changes() { return std::move(server_changes_); }
  const std::string& company() const { return company_; }
  std::size_t without_id() const { return without_id_; }

 private:
  const Delivery& delivery_;
  /// What was sent, by the hash of its text.
  std::vector<std::pair<std::size_t, const Task*>> by_text_;
  std::vector<const Sha256*> sent_;  ///< sorted by what they point to
  std::unordered_set<std::int64_t> written_over_;
  std::multimap<webhook::Identity, const Task*>
      namesakes_;  ///< where what the server made of them decides over deletions
  std::vector<SnapshotEntry> seen_;
  std::vector<webhook::Webhook> server_changes_;
  std::vector<std::pair<std::size_t, webhook::Webhook>> to_compare_;  ///< with its place in seen_
  std::string company_;
  std::optional<std::int64_t> company_from_;  ///< the webhook that says it
  std::size_t without_id_ = 0;
};

}  // namespace hookferry::delivery
