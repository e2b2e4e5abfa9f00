// An account's API that says what it is doing, for the progress line. Decides nothing.
#pragma once

#include <cstddef>
#include <string>

#include "api/account_api.hpp"
#include "cli/progress.hpp"

namespace hookferry {

class WatchedApi : public AccountApi {
 public:
  /// `label` is safe to print. `progress` may be nullptr: then nothing is said.
  WatchedApi(AccountApi& api, Progress* progress, std::string label, Milliseconds settle)
      : api_(api), progress_(progress), label_(std::move(label)), settle_(settle) {}

  void start_list() override { api_.start_list(); }
  std::vector<Webhook> list(Purpose purpose) override;
  void read_back(WebhookSink& sink) override;
  Presence find(std::int64_t id) override { return api_.find(id); }
  void write(WriteQueue& queue, std::size_t connections) override;

 private:
  void stage(const std::string& what) const;
  void reason(const std::string& why) const;

  AccountApi& api_;
  Progress* progress_;
  std::string label_;
  Milliseconds settle_;
};

}  // namespace hookferry
