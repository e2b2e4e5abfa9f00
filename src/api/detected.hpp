// An account of which it is not known which of the vendor's APIs it has.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/account_api.hpp"

namespace hookferry::api {

/// Uses `first`, or `other` if the first one is not there. The first request to `first` finds that out.
class DetectedApi : public AccountApi {
 public:
  DetectedApi(std::unique_ptr<AccountApi> first, std::unique_ptr<AccountApi> other)
      : first_(std::move(first)), other_(std::move(other)) {}

  webhook::Form form() override { return known().form(); }
  bool is_bulk() override { return known().is_bulk(); }
  std::string address() override { return known().address(); }
  void start_list() override;
  std::optional<std::chrono::steady_clock::time_point> list_asked_at() const override {
    return listed_ ? std::optional(listed_at_) : std::nullopt;
  }
  std::vector<webhook::Webhook> list(Purpose purpose, const Needed& needed) override;
  void read_back(WebhookSink& sink) override { found_->read_back(sink); }
  void remember(const std::map<std::int64_t, std::string>& uuids) override { found_->remember(uuids); }
  Presence find(std::int64_t id) override { return found_->find(id); }
  void write(const NextWrite& next, const WriteAnswered& answered, std::size_t connections) override {
    found_->write(next, answered, connections);
  }
  std::optional<std::int64_t> server_now() const override { return found_->server_now(); }

 private:
  AccountApi& known();
  AccountApi& found(Purpose purpose, const Needed& needed);

  std::unique_ptr<AccountApi> first_, other_;
  AccountApi* found_ = nullptr;
  /// What the request that found the API has read, for the next list() if that comes at once.
  std::optional<std::vector<webhook::Webhook>> listed_;
  std::chrono::steady_clock::time_point listed_at_ = {};
  bool started_ = false;  ///< start_list() asked for it, so it may be as old as that
};

}  // namespace hookferry::api
