// The list of an account's webhooks, webhook by webhook.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "api/account_api.hpp"
#include "json/element_stream.hpp"
#include "net/client.hpp"

namespace hookferry {

/// Failure(protocol) where a webhook, number `place` from 0 on, has an id that this API could not have given.
void require_possible_id(const Webhook& webhook, std::size_t place, const std::string& where);

/// Between the pieces of an answer and whoever takes its webhooks.
class ListedWebhooks : public net::BodySink {
 public:
  /// `most`: bytes that an answer may have.
  ListedWebhooks(WebhookSink& sink, std::size_t most);
  ListedWebhooks(const ListedWebhooks&) = delete;
  ListedWebhooks& operator=(const ListedWebhooks&) = delete;
  void begin() override;
  void take(std::string_view piece) override { elements_.take(piece); }
  /// The answer is whole. Failure(bad_data) where it is none of this API; `where` names it.
  void end(const std::string& where);

 private:
  void take_element(const json::Value& element);

  WebhookSink& sink_;
  std::size_t count_ = 0;
  std::optional<std::size_t> impossible_id_;  ///< where the first such one stands
  json::ElementStream elements_;
};

}  // namespace hookferry
