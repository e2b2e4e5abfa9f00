// The vendor's webhooks API, first version (integrations). Source: the vendor's webhooks guide, January 2023.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/account_api.hpp"
#include "api/verdict.hpp"
#include "json/document.hpp"
#include "net/client.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::api {

inline constexpr std::string_view webhooks_path = "/api/v1/external/integrations/";
inline constexpr std::string_view bulk_path = "/api/v1/external/integrations-bulk";

/// One account at the other end.
struct Account {
  std::string label;  ///< as the user calls it
  net::Endpoint endpoint;
  Secret key;
};

class WebhooksApi : public AccountApi {
 public:
  /// `tell` gets a line for each retry.
  WebhooksApi(net::Client& client, Account account, std::size_t retries,
              std::function<void(const std::string&)> tell);

  void start_list() override;
  std::vector<webhook::Webhook> list(Purpose purpose) override;
  void read_back(WebhookSink& sink) override;
  Presence find(std::int64_t id) override;
  void write(const NextWrite& next, const WriteAnswered& answered, std::size_t connections) override;

 private:
  net::Request request(std::string_view method, std::string_view target) const;
  /// Asks for the list until the answer is one that `understand` takes; its Failure is one of the answer.
  /// `settling`: as read_back() says.
  void read(bool settling, net::BodySink* sink,
            const std::function<void(net::Response& answer, const std::string& where)>& understand);

  net::Client& client_;
  Account account_;
  std::size_t retries_;
  std::function<void(const std::string&)> tell_;
  std::future<net::Reply> started_;
};

// What the API of the guide (v1) answers: limits, lists, and responses to bulk requests.

// What an answer of the API may hold for its size, so that no server can make a small answer fill the memory:
// beside the limits of net/client.hpp.

/// A webhook of the API has 370 bytes or more and a value or a member name in about 11.
inline constexpr std::size_t bytes_for_a_webhook = 256;
inline constexpr std::size_t bytes_for_a_node = 6;
/// Small answers may be as dense as they like.
inline constexpr std::size_t free_webhooks = 10'000;
inline constexpr std::size_t free_nodes = 100'000;
/// Limits one webhook, and the JSON in its fields.
inline constexpr std::size_t nodes_of_a_webhook = 500'000;

inline json::ParseLimits answer_limits(std::size_t bytes) {
  json::ParseLimits out;
  out.nodes = free_nodes + bytes / bytes_for_a_node;
  out.elements = free_webhooks + bytes / bytes_for_a_webhook;
  out.nodes_of_element = nodes_of_a_webhook;
  return out;
}

/// An account that shows something else than objects is not an account of this API.
inline json::ParseLimits listing_limits(std::size_t bytes) {
  auto out = answer_limits(bytes);
  out.objects_only = true;
  return out;
}

// The answer to a bulk POST: good for ids and for nothing else.
//
// Seen in public clients of this API: answers that lack fields, that hold an id only, that come in another
// order, whose content is not what was stored. What an account holds is therefore established by GET; this
// reads which ids an answer gives and, by content or by elimination, which webhooks they belong to.

/// One id a webhook sent, in the order they were sent; nothing where the answer does not tell which. No value
/// at all where the answer is no confirmation: no JSON array, too few or too many elements, one without an
/// id, an id twice.
[[nodiscard]] std::optional<std::vector<std::optional<std::int64_t>>> read_bulk_answer(
    const std::string& body, const std::vector<webhook::Webhook>& sent);

// The list of an account's webhooks, webhook by webhook.

/// Failure(protocol) where a webhook, number `place` from 0 on, has an id that this API could not have given.
void require_possible_id(const webhook::Webhook& webhook, std::size_t place, const std::string& where);

/// Turns the pieces of an answer into webhooks for a sink.
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

}  // namespace hookferry::api
