// Delivers a plan to the destination exactly once: bulk POSTs over several connections, settling what went
// wrong by reading.
//
// Requests run until all are answered or one has an unknown outcome (a batch that is refused holds nothing
// up: all refused ones are settled together); then nothing new is sent, what is under way is waited for, and
// with the destination at rest its reading is held against all that was sent (attribution.hpp). Only what is
// known to be missing is sent again. See docs/reliability.md for the whole table.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/retry.hpp"
#include "api/v1/webhooks_api.hpp"
#include "ledger/ledger.hpp"
#include "migration/attribution.hpp"
#include "migration/batches.hpp"
#include "migration/outcome.hpp"
#include "migration/plan.hpp"

namespace hookferry {

struct ImportOptions {
  std::size_t batch_size = 50;
  std::size_t concurrency = 4;
  /// How late a reading may show what was written. What a reading does not show that long after the request,
  /// did not arrive.
  Milliseconds settle{8'000};
  std::function<void(std::size_t done, std::size_t all)> progress;
};

class Importer : private Workload {
 public:
  /// `present`: the ids that the destination held when the plan was made. All references must outlive the
  /// importer.
  Importer(WebhooksApi& api, LedgerWriter& ledger, const Plan& plan, std::set<std::int64_t> present,
           ImportOptions options);

  /// Never throws for what the network or the server does: that is in the outcome. Failure(cannot_write)
  /// where the ledger cannot be written.
  Outcome deliver();

 private:
  using Clock = std::chrono::steady_clock;
  enum class State { waiting, in_flight, accepted, open, arrived, failed };
  struct Item {
    std::size_t n = 0;  ///< place in the plan
    Webhook body;       ///< as it is sent
    SentWebhook sent;
    State state = State::waiting;
    bool ever_sent = false;
    std::optional<Arrival> arrival;
    bool ambiguous = false;  ///< something new may be this one or another
    std::string error;
  };
  /// A batch whose outcome is open, and what is to be done with the part of it that did not arrive.
  struct OpenBatch {
    Batch batch;
    Verdict verdict;
  };

  Step next() override;
  void replied(std::size_t ticket, Reply reply) override;

  void prepare();
  /// Something that is not a plain refusal is open: the server or the way to it is in trouble.
  bool in_doubt() const;
  bool stopping() const { return outcome_.ended_by.has_value() || api_.client().interrupted(); }
  void confirm(const Batch& batch, const std::string& body);
  void not_applied(const Batch& batch, const Verdict& verdict);
  void retry_later(Batch batch, const Verdict& verdict);
  void leave_open(Batch batch, Verdict verdict);
  void settle();
  void settle_missing(const OpenBatch& open);
  void send_missing_again(Batch batch, const Verdict& verdict);
  bool read_back(const std::function<bool(const Item&)>& awaited);
  void take_arrivals(const std::vector<std::size_t>& items, const Attribution& attribution);
  void verify();
  void conclude();
  void fail(const std::vector<std::size_t>& items, const std::string& error);
  void end_run(const Verdict& verdict);
  std::vector<std::size_t> places(const std::vector<std::size_t>& items) const;
  void report_progress() const;

  WebhooksApi& api_;
  LedgerWriter& ledger_;
  const Plan& plan_;
  const std::set<std::int64_t> present_;
  const ImportOptions options_;
  std::vector<Item> items_;
  BatchQueue queue_;
  std::map<std::size_t, Batch> in_flight_;
  std::vector<OpenBatch> open_;
  std::size_t next_ticket_ = 0;
  Backoff backoff_;
  RetryBudget budget_;
  Clock::time_point not_before_{};
  Clock::time_point last_reply_{};
  std::vector<Webhook> last_reading_;
  Outcome outcome_;
};

/// The body of an update: the webhook with the id that it is to be written over.
Webhook with_id(const Webhook& webhook, std::int64_t id);

}  // namespace hookferry
