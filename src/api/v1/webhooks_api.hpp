// The vendor's webhooks API, first version (integrations). Source: the vendor's webhooks guide, January 2023.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/account_api.hpp"
#include "api/session.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::api {

inline const std::string webhooks_path = "/api/v1/external/integrations/";
inline const std::string bulk_path = "/api/v1/external/integrations-bulk";

class WebhooksApi : public AccountApi {
 public:
  explicit WebhooksApi(Session session) : session_(std::move(session)) {}

  webhook::Form form() override { return webhook::Form::v1; }
  bool is_bulk() override { return true; }
  std::string address() override { return session_.account().endpoint.url(); }
  void start_list() override { session_.start(webhooks_path); }
  std::vector<webhook::Webhook> list(Purpose purpose, const Needed& needed) override;
  void read_back(WebhookSink& sink) override;
  void remember(const std::map<std::int64_t, std::string>&) override {}
  Presence find(std::int64_t id) override;
  void write(const NextWrite& next, const WriteAnswered& answered, std::size_t connections) override;
  std::optional<std::int64_t> server_now() const override { return session_.server_now(); }

 private:
  Session session_;
};

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

struct BulkAnswer {
  /// One for each webhook that was sent, in their order; nothing where the answer does not tell which.
  std::vector<std::optional<std::int64_t>> ids;
  std::string company;  ///< that the elements name; empty if they do not
};
/// Nothing where the answer is no confirmation: no JSON array, too few or too many elements, one without an
/// id, an id twice.
[[nodiscard]] std::optional<BulkAnswer> read_bulk_answer(const std::string& body,
                                                         const std::vector<Write::Element>& sent);

}  // namespace hookferry::api
