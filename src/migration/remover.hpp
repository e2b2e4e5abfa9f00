// Deletes webhooks, each tried again until it is gone: a DELETE may safely be repeated.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/v1/webhooks_api.hpp"
#include "migration/undo_plan.hpp"

namespace hookferry {

struct FailedRemoval {
  Removal removal;
  std::string reason;
  bool open;  ///< sent, and it may yet be carried out
};

struct RemovalOutcome {
  std::vector<FailedRemoval> failed;
  std::optional<Failure> ended_by;
};

class Remover : private Workload {
 public:
  Remover(WebhooksApi& api, const std::vector<Removal>& removals);
  void report_to(std::function<void(std::size_t done, std::size_t all)> progress);
  RemovalOutcome remove(std::size_t connections);

 private:
  struct Try {
    Removal removal;
    std::size_t attempt;
  };
  Step next() override;
  void replied(std::size_t ticket, Reply reply) override;
  void report_progress() const;
  void try_again(Try failed, const Verdict& verdict);

  WebhooksApi& api_;
  std::deque<Try> queue_;
  std::map<std::size_t, Try> in_flight_;
  std::size_t next_ticket_ = 0;
  Backoff backoff_;
  RetryBudget budget_;
  std::chrono::steady_clock::time_point not_before_{};
  RemovalOutcome outcome_;
  std::size_t all_;
  std::function<void(std::size_t, std::size_t)> progress_;
};

}  // namespace hookferry
