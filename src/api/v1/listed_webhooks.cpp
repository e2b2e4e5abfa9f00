#include "api/v1/listed_webhooks.hpp"

#include "api/v1/answer_limits.hpp"
#include "core/failure.hpp"
#include "core/printable.hpp"

namespace hookferry {
namespace {

/// An id that is no integer of 64 bits is another API's, of the same vendor or not.
bool has_other_id(const Webhook& webhook) {
  const auto document = json::Document::over(webhook.text.view());
  const auto id = document.root().find("id");
  return id && !id->is(json::Kind::null);
}

[[noreturn]] void refuse_id(std::size_t place, const std::string& where) {
  throw Failure(Cause::protocol,
                where + " is not that of this API: element " + std::to_string(place + 1) +
                    " has an id that is no integer of 64 bits",
                std::string(facts_of(FailureClass::not_this_api).hint));
}

}  // namespace

void require_possible_id(const Webhook& webhook, std::size_t place, const std::string& where) {
  if (!webhook.id && has_other_id(webhook)) refuse_id(place, where);
}

ListedWebhooks::ListedWebhooks(WebhookSink& sink, std::size_t most)
    : sink_(sink),
      elements_(listing_limits(most), [this](const json::Value& element) { take_element(element); }) {}

void ListedWebhooks::begin() {
  count_ = 0;
  impossible_id_.reset();
  elements_.begin();
  sink_.begin();
}

void ListedWebhooks::take_element(const json::Value& element) {
  json::ParseLimits nested;
  nested.nodes = nodes_of_a_webhook;
  auto webhook = read_webhook(element, nested, Digest::at_once);
  if (!impossible_id_ && !webhook.id && has_other_id(webhook)) impossible_id_ = count_;
  ++count_;
  sink_.take(std::move(webhook));
}

void ListedWebhooks::end(const std::string& where) try {
  elements_.end();
  if (impossible_id_) refuse_id(*impossible_id_, where);
} catch (const json::SyntaxError& error) {
  throw Failure(Cause::bad_data, printable(where) + " is " + error.what(),
                "a JSON array of webhooks is expected");
}

}  // namespace hookferry
