// The vendor's webhooks API, first version (integrations). Source: the vendor's webhooks guide, January 2023.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "api/account_api.hpp"
#include "api/verdict.hpp"
#include "json/document.hpp"
#include "net/client.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::api {

inline const std::string webhooks_path = "/api/v1/external/integrations/";
inline const std::string bulk_path = "/api/v1/external/integrations-bulk";

/// One account at the other end.
struct Account {
  std::string label;  ///< as the user calls it
  net::Endpoint endpoint;
  Secret key;
};

/// Whether the same GET may be answered better the next time.
[[nodiscard]] bool worth_another_try(const net::Reply& reply, const Verdict& verdict);

class WebhooksApi : public AccountApi {
 public:
  /// `tell` gets a line for each retry.
  WebhooksApi(net::Client& client, Account account, std::size_t retries,
              std::function<void(const std::string&)> tell);

  void start_list() override;
  std::vector<webhook::Webhook> list(Purpose purpose) override;
  void read_back(WebhookSink& sink) override;
  void remember(const std::map<std::int64_t, std::string>&) override {}
  Presence find(std::int64_t id) override;
  void write(const NextWrite& next, const WriteAnswered& answered, std::size_t connections) override;
  std::optional<std::int64_t> server_now() const override;

 private:
  void note_clock(const net::Reply& reply);
  /// Asks for the list until the response is a whole one that `understand` takes, which returns why it is not
  /// whole, or nothing; its Failure is one of the response. `settling`: as read_back() says.
  void read(bool settling, net::BodySink* sink,
            const std::function<std::string(net::Response& answer, const std::string& where)>& understand);

  net::Client& client_;
  Account account_;
  std::size_t retries_;
  std::function<void(const std::string&)> tell_;
  std::future<net::Reply> started_;
  /// How far the server's clock is ahead of the steady one, at least: a header Date has whole seconds.
  std::optional<Milliseconds> clock_ahead_;
};

// What an answer of the API may hold for its size, so that no server can make a small answer fill the memory:
// beside the limits of net/client.hpp.

/// Limits one webhook, and the JSON in its fields.
inline constexpr json::ParseLimits limits_of_a_webhook{.nodes = 500'000};

/// A webhook of the API has 370 bytes or more and a value or a member name in about 11. Small answers may be
/// as dense as they like.
inline json::ParseLimits answer_limits(std::size_t bytes) {
  return {.nodes = 100'000 + bytes / 6,
          .elements = 10'000 + bytes / 256,
          .nodes_of_element = limits_of_a_webhook.nodes};
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

}  // namespace hookferry::api
