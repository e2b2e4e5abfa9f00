#include "api/v1/webhooks_api.hpp"

#include <algorithm>
#include <cstdint>
#include <ctime>

#include "core/failure.hpp"
#include "core/text.hpp"

namespace hookferry::api {
namespace {

bool is_gone(const net::Response& response) { return response.status == 404 || response.status == 410; }

/// An id that is no integer of 64 bits is another API's, of the same vendor or not.
bool has_other_id(const webhook::Webhook& webhook) {
  const auto document = json::Document::over(webhook.text.view());
  const auto id = document.root().find("id");
  return id && !id->is(json::Kind::null);
}

/// `where` names the answer, `place` the webhook, counted from 0.
[[noreturn]] void refuse_id(std::size_t place, const std::string& where) {
  throw Failure(Cause::protocol,
                where + " is not that of this API: element " + std::to_string(place + 1) +
                    " has an id that is not a 64-bit integer",
                std::string(facts_of(FailureClass::not_this_api).hint));
}

/// Turns the pieces of an answer into webhooks for a sink.
class ListedWebhooks : public net::BodySink {
 public:
  /// `most`: bytes that an answer may have.
  ListedWebhooks(WebhookSink& sink, std::size_t most)
      : sink_(sink), elements_(listing_limits(most), [this](const json::Value& element) {
          own_text_.clear();
          webhook::append_own_text(own_text_, element, webhook::Form::v1);
          const auto* known = sink_.known_digest(own_text_);
          auto webhook = webhook::read_webhook(
              element, limits_of_a_webhook,
              known != nullptr ? webhook::Digest::when_needed : webhook::Digest::at_once, webhook::Form::v1);
          if (known != nullptr) webhook.digest = *known;
          if (webhook.id)
            seen_.ids.push_back(*webhook.id);
          else if (!seen_.impossible_id && has_other_id(webhook))
            seen_.impossible_id = seen_.count;
          ++seen_.count;
          sink_.take(std::move(webhook));
        }) {}
  void begin() override {
    seen_ = {};
    elements_.begin();
    sink_.begin();
  }
  void take(std::string_view piece) override { elements_.take(piece); }
  /// The response is complete. Returns an id that it shows twice, see repeated_id(). Failure(bad_data) if it
  /// is not of this API; `where` names it.
  std::string end(const std::string& where) try {
    elements_.end();
    if (seen_.impossible_id) refuse_id(*seen_.impossible_id, where);
    std::ranges::sort(seen_.ids);
    return repeated_id(seen_.ids);
  } catch (const json::SyntaxError& error) {
    throw Failure(Cause::bad_data, printable(where) + " is " + error.what(),
                  "a JSON array of webhooks is expected");
  }

 private:
  WebhookSink& sink_;
  struct Seen {
    std::size_t count = 0;
    std::optional<std::size_t> impossible_id{};  ///< where the first such one stands
    std::vector<std::int64_t> ids{};
  };
  Seen seen_;
  std::string own_text_;
  json::ElementStream elements_;
};

/// The elements as a body for integrations-bulk. An update is the webhook with the id that it is to be
/// written over.
std::string bulk_body(const std::vector<Write::Element>& elements) {
  std::string body = "[";
  for (const auto& [webhook, update_of] : elements) {
    if (body.size() > 1) body += ",";
    auto text = webhook->text.view();
    if (update_of) {
      text.remove_prefix(text.find('{') + 1);
      const bool empty = text.find_first_not_of(" \t\r\n") == text.rfind('}');
      body += "{\"id\":" + std::to_string(*update_of) + (empty ? "" : ",");
    }
    body += text;
  }
  return body + "]";
}

}  // namespace

std::vector<webhook::Webhook> WebhooksApi::list(Purpose purpose, const Needed& /*needed*/) {
  std::vector<webhook::Webhook> out;
  const auto understand = [&](net::Response& answer, const std::string& where) {
    const auto limits = listing_limits(answer.body.size());
    out = webhook::read_webhooks(
        std::move(answer.body), where, limits,
        purpose == Purpose::take ? webhook::Digest::when_needed : webhook::Digest::at_once,
        webhook::Form::v1);
    const auto other =
        std::ranges::find_if(out, [](const auto& webhook) { return !webhook.id && has_other_id(webhook); });
    if (other != out.end()) refuse_id(static_cast<std::size_t>(other - out.begin()), where);
    const auto id_of = [](const webhook::Webhook& webhook) { return webhook.id.value_or(INT64_MAX); };
    if (!std::ranges::is_sorted(out, {}, id_of)) std::ranges::stable_sort(out, {}, id_of);
    std::vector<std::int64_t> ids;
    for (const auto& webhook : out)
      if (webhook.id) ids.push_back(*webhook.id);
    return repeated_id(ids);
  };
  session_.read({webhooks_path, understand});
  return out;
}

void WebhooksApi::read_back(WebhookSink& sink) {
  ListedWebhooks listed(sink, session_.client().options().max_response);
  const auto understand = [&](net::Response&, const std::string& where) { return listed.end(where); };
  session_.read({webhooks_path, understand, true, &listed});
}

Presence WebhooksApi::find(std::int64_t id) {
  const auto reply = session_.send(webhooks_path + std::to_string(id));
  const auto* response = std::get_if<net::Response>(&reply);
  if (response == nullptr) return Presence::unknown;
  if (is_gone(*response)) return Presence::gone;
  if (response->status != 200) return Presence::unknown;
  const auto document = json::Document::try_parse(response->body, answer_limits(response->body.size()));
  const auto told = document ? document->root().find("id") : std::nullopt;
  return told && told->integer() == id ? Presence::there : Presence::unknown;
}

void WebhooksApi::write(const NextWrite& next, const WriteAnswered& answered, std::size_t connections) {
  std::string company;
  const auto next_request = [&]() -> net::Next<net::Job> {
    auto step = next();
    if (const auto* wait = std::get_if<Milliseconds>(&step)) return *wait;
    auto* write = std::get_if<Write>(&step);
    if (write == nullptr) return net::End{};
    net::Job out;
    if (write->removal) {
      out.request = session_.request("DELETE", webhooks_path + std::to_string(*write->removal));
    } else {
      out.request = session_.request("POST", bulk_path, bulk_body(write->elements));
    }
    out.answered = [this, &answered, &company, write = std::move(*write)](const net::Reply& reply) {
      session_.note_clock(reply);
      const auto* response = std::get_if<net::Response>(&reply);
      // A server may quote what it refuses.
      const bool may_quote = response != nullptr && response->status >= 400 && !write.removal;
      auto verdict = judge(reply, std::time(nullptr), may_quote ? bulk_body(write.elements) : "");
      std::vector<GivenId> ids;
      if (write.removal) {
        if (response != nullptr && is_gone(*response)) verdict = {};
      } else if (verdict.failure == FailureClass::none) {
        const auto confirmed = read_bulk_answer(response->body, write.elements);
        if (confirmed) {
          for (const auto& id : confirmed->ids) ids.push_back({id});
          if (company.empty()) company = confirmed->company;
          verdict.company = company;
        } else {
          verdict.failure = FailureClass::unknown;
          verdict.reason = "the answer does not confirm what was sent";
        }
      }
      answered(write, verdict, std::move(ids));
    };
    return out;
  };
  session_.client().run(session_.account().endpoint, next_request, connections);
}

}  // namespace hookferry::api
