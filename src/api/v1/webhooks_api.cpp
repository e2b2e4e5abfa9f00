#include "api/v1/webhooks_api.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <map>

#include "core/crypto.hpp"
#include "core/failure.hpp"
#include "core/text.hpp"

namespace hookferry::api {
namespace {

using net::TransportFailure;

/// Whether the reply is an error of one of these kinds.
bool failed_by(const net::Reply& reply, std::initializer_list<TransportFailure> kinds) {
  const auto* error = std::get_if<net::TransportError>(&reply);
  return error != nullptr && std::ranges::find(kinds, error->kind) != kinds.end();
}

}  // namespace

bool worth_another_try(const net::Reply& reply, const Verdict& verdict) {
  if (failed_by(reply, {TransportFailure::dns_unknown, TransportFailure::too_large,
                        TransportFailure::proxy_refused}))
    return false;
  return verdict.failure == FailureClass::not_sent || verdict.failure == FailureClass::unknown ||
         verdict.failure == FailureClass::slow_down;
}

namespace {

/// An answer that is no HTTP is no answer of this API, whatever the class says of sending. Neither is a list
/// that is refused.
Failure read_failure(const net::Reply& reply, Verdict verdict, const Account& account) {
  const bool too_large = failed_by(reply, {TransportFailure::too_large});
  if (too_large || failed_by(reply, {TransportFailure::malformed}) ||
      verdict.failure == FailureClass::refused || verdict.failure == FailureClass::too_large) {
    verdict.failure = FailureClass::not_this_api;
    verdict.hint = facts_of(verdict.failure).hint;
    verdict.remedy = Remedy::none;
  }
  auto failure = failure_of(verdict, "read the webhooks of " + printable(account.label),
                            "GET " + account.endpoint.url() + webhooks_path);
  if (too_large) failure = Failure(failure.cause, failure.what(), Remedy::longer_answers);
  if (verdict.failure == FailureClass::unknown)
    failure.hint = "the server or network may be having problems; try again later";
  return failure;
}

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

/// A server may show a list in parts, and a part of it proves nothing. Returns what marks the response as a
/// part, or nothing. Link headers: RFC 8288.
std::string mark_of_a_part(const net::Response& response) {
  if (response.status != 200) return "the status is HTTP " + std::to_string(response.status);
  if (response.content_range) return "the list has a Content-Range";
  std::string_view rest = response.links;
  while (!rest.empty()) {
    const auto parameter = trimmed(next_part(rest, ";,"));
    const auto equals = std::min(parameter.find('='), parameter.size());
    if (!same_letters(trimmed(parameter.substr(0, equals)), "rel")) continue;
    auto relations = parameter.substr(std::min(equals + 1, parameter.size()));
    while (!relations.empty())
      if (same_letters(next_part(relations, " \t\""), "next"))
        return "the list has a next page (Link header)";
  }
  return {};
}

/// Returns which of the sorted ids is there twice, or nothing.
std::string repeated_id(const std::vector<std::int64_t>& sorted) {
  const auto twice = std::ranges::adjacent_find(sorted);
  return twice == sorted.end() ? "" : "the list shows id " + std::to_string(*twice) + " twice";
}

/// Turns the pieces of an answer into webhooks for a sink.
class ListedWebhooks : public net::BodySink {
 public:
  /// `most`: bytes that an answer may have.
  ListedWebhooks(WebhookSink& sink, std::size_t most)
      : sink_(sink), elements_(listing_limits(most), [this](const json::Value& element) {
          auto webhook = webhook::read_webhook(element, limits_of_a_webhook, webhook::Digest::at_once,
                                               webhook::Form::v1);
          if (webhook.id)
            ids_.push_back(*webhook.id);
          else if (!impossible_id_ && has_other_id(webhook))
            impossible_id_ = count_;
          ++count_;
          sink_.take(std::move(webhook));
        }) {}
  void begin() override {
    count_ = 0;
    impossible_id_.reset();
    ids_.clear();
    elements_.begin();
    sink_.begin();
  }
  void take(std::string_view piece) override { elements_.take(piece); }
  /// The response is complete. Returns an id that it shows twice, see repeated_id(). Failure(bad_data) if it
  /// is not of this API; `where` names it.
  std::string end(const std::string& where) try {
    elements_.end();
    if (impossible_id_) refuse_id(*impossible_id_, where);
    std::ranges::sort(ids_);
    return repeated_id(ids_);
  } catch (const json::SyntaxError& error) {
    throw Failure(Cause::bad_data, printable(where) + " is " + error.what(),
                  "a JSON array of webhooks is expected");
  }

 private:
  WebhookSink& sink_;
  std::size_t count_ = 0;
  std::optional<std::size_t> impossible_id_;  ///< where the first such one stands
  std::vector<std::int64_t> ids_;
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

/// The company that the elements of a response name.
std::string company_in(const std::string& body) {
  const auto document = json::Document::try_parse(body, answer_limits(body.size()));
  if (!document || !document->root().is(json::Kind::array)) return {};
  for (const auto& element : document->root().elements())
    if (element.is(json::Kind::object))
      if (auto company = webhook::company_of(element); !company.empty()) return company;
  return {};
}

}  // namespace

Failure failure_of(const Verdict& verdict, const std::string& what, const std::string& where) {
  return {facts_of(verdict.failure).cause, "cannot " + what + " (" + where + "): " + verdict.text(),
          std::string(verdict.hint), verdict.remedy};
}

void require_ids(std::size_t without_id, const std::string& label) {
  if (without_id == 0) return;
  throw Failure(Cause::protocol,
                printable(label) + " shows webhooks without an id (" + std::to_string(without_id) +
                    "), which this API always gives",
                std::string(facts_of(FailureClass::not_this_api).hint));
}

WebhooksApi::WebhooksApi(net::Client& client, Account account, std::size_t retries,
                         std::function<void(const std::string&)> tell)
    : client_(client), account_(std::move(account)), retries_(retries), tell_(std::move(tell)) {}

namespace {

Milliseconds since_epoch(std::chrono::steady_clock::time_point time) {
  return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch());
}

}  // namespace

void WebhooksApi::note_clock(const net::Reply& reply) {
  const auto* response = std::get_if<net::Response>(&reply);
  const auto date = response != nullptr ? parse_http_date(response->date) : std::nullopt;
  if (date) clock_ahead_ = std::chrono::seconds(*date) - since_epoch(response->header_at);
}

std::optional<std::int64_t> WebhooksApi::server_now() const {
  if (!clock_ahead_) return std::nullopt;
  return (*clock_ahead_ + since_epoch(std::chrono::steady_clock::now())).count();
}

void WebhooksApi::start_list() {
  started_ = client_.start(account_.endpoint, {"GET", webhooks_path, {}, account_.key},
                           net::Client::OnInterrupt::abandon);
}

void WebhooksApi::read(
    bool settling, net::BodySink* sink,
    const std::function<std::string(net::Response& answer, const std::string& where)>& understand) {
  const net::Request get{"GET", webhooks_path, {}, account_.key, sink};
  const auto on_interrupt = settling ? net::Client::OnInterrupt::finish : net::Client::OnInterrupt::abandon;
  const auto where = "the response from " + account_.endpoint.url() + webhooks_path;
  for (std::size_t attempt = 0;; ++attempt) {
    if (settling || !started_.valid()) started_ = client_.start(account_.endpoint, get, on_interrupt);
    auto reply = client_.finish(std::move(started_));
    note_clock(reply);
    auto verdict = judge(reply, std::time(nullptr));
    // Ctrl-C may have ended the other end of the connection as well, and first.
    if (!settling && verdict.failure != FailureClass::none && client_.executor().interrupted())
      throw Failure(Cause::interrupted, "interrupted; nothing was changed", "");
    if (verdict.failure == FailureClass::none) {
      auto& response = std::get<net::Response>(reply);
      std::optional<Failure> failed;
      try {
        verdict.reason = mark_of_a_part(response);
        if (verdict.reason.empty()) verdict.reason = understand(response, where);
        if (verdict.reason.empty()) return;
        failed = Failure(
            Cause::protocol, where + " is not the whole list: " + verdict.reason,
            "a part of a list proves nothing; check what answers at that address, or try again later");
      } catch (const Failure& failure) {
        failed =
            Failure(Cause::protocol, failure.what(), std::string(facts_of(FailureClass::not_this_api).hint));
        if (!settling) throw *failed;
        verdict.reason = failure.what();
      }
      if (attempt >= retries_) throw *failed;
    } else if (!worth_another_try(reply, verdict) || attempt >= retries_) {
      throw read_failure(reply, verdict, account_);
    }
    const auto delay = retry_delay(attempt, verdict.retry_after, random_fraction());
    tell_("GET " + account_.endpoint.url() + ": " + verdict.reason + "; retry " +
          std::to_string(attempt + 1) + " of " + std::to_string(retries_) + " in " +
          std::to_string(delay.count()) + " ms");
    if (!client_.executor().wait(delay) && !settling) throw Failure(Cause::interrupted, "interrupted", "");
  }
}

std::vector<webhook::Webhook> WebhooksApi::list(Purpose purpose) {
  std::vector<webhook::Webhook> out;
  read(false, nullptr, [&](net::Response& answer, const std::string& where) {
    const auto limits = listing_limits(answer.body.size());
    out = webhook::read_webhooks(
        std::move(answer.body), where, limits,
        purpose == Purpose::take ? webhook::Digest::when_needed : webhook::Digest::at_once,
        webhook::Form::v1);
    const auto other =
        std::ranges::find_if(out, [](const auto& webhook) { return !webhook.id && has_other_id(webhook); });
    if (other != out.end()) refuse_id(static_cast<std::size_t>(other - out.begin()), where);
    std::ranges::stable_sort(out, {},
                             [](const webhook::Webhook& webhook) { return webhook.id.value_or(INT64_MAX); });
    std::vector<std::int64_t> ids;
    for (const auto& webhook : out)
      if (webhook.id) ids.push_back(*webhook.id);
    return repeated_id(ids);
  });
  return out;
}

void WebhooksApi::read_back(WebhookSink& sink) {
  ListedWebhooks listed(sink, client_.options().max_response);
  read(true, &listed, [&](net::Response&, const std::string& where) { return listed.end(where); });
}

Presence WebhooksApi::find(std::int64_t id) {
  const auto reply =
      client_.send(account_.endpoint, {"GET", webhooks_path + std::to_string(id), {}, account_.key},
                   net::Client::OnInterrupt::abandon);
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
      out.request = {"DELETE", webhooks_path + std::to_string(*write->removal), {}, account_.key};
    } else {
      out.request = {"POST", bulk_path, bulk_body(write->elements), account_.key};
    }
    out.answered = [this, &answered, &company, write = std::move(*write)](const net::Reply& reply) {
      note_clock(reply);
      const auto* response = std::get_if<net::Response>(&reply);
      // A server may quote what it refuses.
      const bool may_quote = response != nullptr && response->status >= 400 && !write.removal;
      auto verdict = judge(reply, std::time(nullptr), may_quote ? bulk_body(write.elements) : "");
      std::vector<GivenId> ids;
      if (write.removal) {
        if (response != nullptr && is_gone(*response)) verdict = {};
      } else if (verdict.failure == FailureClass::none) {
        std::vector<webhook::Webhook> sent;
        for (const auto& [webhook, update_of] : write.elements) sent.emplace_back(*webhook).id = update_of;
        auto confirmed = read_bulk_answer(response->body, sent);
        if (confirmed) {
          for (const auto& id : *confirmed) ids.push_back({id});
          if (company.empty()) company = company_in(response->body);
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
  client_.run(account_.endpoint, next_request, connections);
}

}  // namespace hookferry::api
