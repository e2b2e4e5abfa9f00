#include "api/v1/webhooks_api.hpp"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <map>

#include "api/v1/answers.hpp"
#include "core/crypto.hpp"
#include "core/text.hpp"

namespace hookferry::api {
namespace {

bool worth_another_try(const net::Reply& reply, const Verdict& verdict) {
  if (const auto* error = std::get_if<net::TransportError>(&reply)) {
    if (error->kind == net::TransportFailure::dns_unknown ||
        error->kind == net::TransportFailure::too_large ||
        error->kind == net::TransportFailure::proxy_refused)
      return false;
  }
  return verdict.failure == FailureClass::not_sent || verdict.failure == FailureClass::unknown ||
         verdict.failure == FailureClass::slow_down;
}

void reclassify(Verdict& verdict) {
  verdict.failure = FailureClass::not_this_api;
  verdict.hint = facts_of(verdict.failure).hint;
  verdict.remedy = Remedy::none;
}

/// An answer that is no HTTP, or is cut again and again, is no answer of this API, whatever the class says of
/// sending.
Failure read_failure(const net::Reply& reply, Verdict verdict, const Account& account) {
  const auto* error = std::get_if<net::TransportError>(&reply);
  const bool too_large = error != nullptr && error->kind == net::TransportFailure::too_large;
  const bool cut = error != nullptr && error->kind == net::TransportFailure::cut;
  if (error != nullptr) {
    if (too_large || cut || error->kind == net::TransportFailure::malformed) reclassify(verdict);
  } else if (verdict.failure == FailureClass::refused || verdict.failure == FailureClass::too_large) {
    reclassify(verdict);
  }
  auto failure = failure_of(verdict, "read the webhooks of " + printable(account.label),
                            "GET " + account.endpoint.url() + std::string(webhooks_path));
  if (cut) failure.hint = "the server or something in between cuts the answer off; try again in a while";
  if (too_large) failure = Failure(failure.cause, failure.what(), Remedy::longer_answers);
  if (verdict.failure == FailureClass::unknown)
    failure.hint = "the server or the network is unwell; try again in a while";
  return failure;
}

void sort_by_id(std::vector<webhook::Webhook>& webhooks) {
  std::stable_sort(webhooks.begin(), webhooks.end(),
                   [](const webhook::Webhook& a, const webhook::Webhook& b) {
                     return a.id.value_or(INT64_MAX) < b.id.value_or(INT64_MAX);
                   });
}

/// The body of an update: the webhook with the id that it is to be written over.
std::string body_of(const WriteQueue::Element& element) {
  const auto text = element.webhook->text.view();
  if (!element.update_of) return std::string(text);
  const auto members = text.substr(text.find('{') + 1);
  const bool empty = members.find_first_not_of(" \t\r\n") == members.rfind('}');
  return "{\"id\":" + std::to_string(*element.update_of) + (empty ? "" : ",") + std::string(members);
}

/// A queue of writes as a stream of HTTP requests, and their answers as what they mean.
class HttpWrites : public net::Workload {
 public:
  HttpWrites(const WebhooksApi& api, WriteQueue& queue) : api_(api), queue_(queue) {}

  Step next() override {
    auto step = queue_.next();
    if (const auto* wait = std::get_if<WriteQueue::Wait>(&step)) return Wait{wait->time};
    if (const auto* removal = std::get_if<WriteQueue::Removal>(&step))
      return Job{removal->ticket, api_.remove_request(removal->id)};
    auto* batch = std::get_if<WriteQueue::Batch>(&step);
    if (batch == nullptr) return Nothing{};
    Job job{batch->ticket, api_.bulk_request(batch->elements)};
    sent_.emplace(batch->ticket, std::move(batch->elements));
    return job;
  }

  void replied(std::size_t ticket, net::Reply reply) override {
    auto verdict = judge(reply, std::time(nullptr));
    const auto batch = sent_.find(ticket);
    if (batch == sent_.end()) {
      if (already_gone(reply)) verdict = {};
      return queue_.answered(ticket, verdict, {});
    }
    std::vector<std::optional<std::int64_t>> ids;
    if (verdict.failure == FailureClass::none) {
      if (auto told = read_bulk_answer(std::get<net::Response>(reply).body, webhooks_of(batch->second))) {
        ids = std::move(*told);
      } else {
        verdict.failure = FailureClass::unknown;
        verdict.reason = "the answer does not confirm what was sent";
      }
    }
    sent_.erase(batch);
    queue_.answered(ticket, verdict, std::move(ids));
  }

 private:
  static bool already_gone(const net::Reply& reply) {
    const auto* response = std::get_if<net::Response>(&reply);
    return response != nullptr && (response->status == 404 || response->status == 410);
  }
  static std::vector<webhook::Webhook> webhooks_of(const std::vector<WriteQueue::Element>& elements) {
    std::vector<webhook::Webhook> out;
    for (const auto& element : elements) {
      out.push_back(*element.webhook);
      out.back().id = element.update_of;
    }
    return out;
  }

  const WebhooksApi& api_;
  WriteQueue& queue_;
  std::map<std::size_t, std::vector<WriteQueue::Element>> sent_;
};

}  // namespace

Failure failure_of(const Verdict& verdict, const std::string& what, const std::string& where) {
  return {facts_of(verdict.failure).cause, "cannot " + what + " (" + where + "): " + verdict.text(),
          std::string(verdict.hint), verdict.remedy};
}

void require_ids(const std::vector<webhook::Webhook>& webhooks, const std::string& label) {
  const auto count = std::count_if(webhooks.begin(), webhooks.end(),
                                   [](const webhook::Webhook& webhook) { return !webhook.id; });
  require_ids(static_cast<std::size_t>(count), label);
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

void WebhooksApi::start_list() {
  started_ = client_.start(account_.endpoint, list_request(), net::Client::OnInterrupt::abandon);
}

void WebhooksApi::read(
    bool settling, const std::function<net::Reply()>& ask,
    const std::function<void(net::Response& answer, const std::string& where)>& understand) {
  const auto where = "the answer of " + account_.endpoint.url() + std::string(webhooks_path);
  for (std::size_t attempt = 0;; ++attempt) {
    auto reply = ask();
    auto verdict = judge(reply, std::time(nullptr));
    // Ctrl-C may have ended the other end of the connection as well, and first.
    if (!settling && verdict.failure != FailureClass::none && client_.interrupted())
      throw Failure(Cause::interrupted, "interrupted; nothing was changed", "");
    if (verdict.failure == FailureClass::none) {
      try {
        return understand(std::get<net::Response>(reply), where);
      } catch (const Failure& failure) {
        if (!settling || attempt >= retries_)
          throw Failure(Cause::protocol, failure.what(),
                        std::string(facts_of(FailureClass::not_this_api).hint));
        verdict.reason = failure.what();
      }
    } else if (!worth_another_try(reply, verdict) || attempt >= retries_) {
      throw read_failure(reply, verdict, account_);
    }
    const auto delay = retry_delay(attempt, verdict.retry_after, random_fraction());
    tell_("GET " + account_.endpoint.url() + ": " + verdict.reason + "; retry " +
          std::to_string(attempt + 1) + " of " + std::to_string(retries_) + " in " +
          std::to_string(delay.count()) + " ms");
    if (!client_.wait(delay) && !settling) throw Failure(Cause::interrupted, "interrupted", "");
  }
}

std::vector<webhook::Webhook> WebhooksApi::list(Purpose purpose) {
  const auto ask = [&] {
    if (started_) return client_.finish(std::exchange(started_, nullptr));
    return client_.send(account_.endpoint, list_request(), net::Client::OnInterrupt::abandon);
  };
  std::vector<webhook::Webhook> out;
  read(false, ask, [&](net::Response& answer, const std::string& where) {
    const auto limits = listing_limits(answer.body.size());
    out = webhook::read_webhooks(
        std::move(answer.body), where, limits,
        purpose == Purpose::take ? webhook::Digest::when_needed : webhook::Digest::at_once);
    for (std::size_t i = 0; i < out.size(); ++i) require_possible_id(out[i], i, where);
  });
  sort_by_id(out);
  return out;
}

void WebhooksApi::read_back(WebhookSink& sink) {
  ListedWebhooks listed(sink, client_.max_response());
  auto request = list_request();
  request.sink = &listed;
  const auto ask = [&] { return client_.send(account_.endpoint, request, net::Client::OnInterrupt::finish); };
  read(true, ask, [&](net::Response&, const std::string& where) { listed.end(where); });
}

Presence WebhooksApi::find(std::int64_t id) {
  auto request = list_request();
  request.target += std::to_string(id);
  const auto reply = client_.send(account_.endpoint, request, net::Client::OnInterrupt::abandon);
  const auto* response = std::get_if<net::Response>(&reply);
  if (response == nullptr) return Presence::unknown;
  if (response->status == 404 || response->status == 410) return Presence::gone;
  if (response->status < 200 || response->status > 299) return Presence::unknown;
  const auto document = json::Document::try_parse(response->body, answer_limits(response->body.size()));
  const auto told = document ? document->root().find("id") : std::nullopt;
  return told && told->integer() == id ? Presence::there : Presence::unknown;
}

void WebhooksApi::write(WriteQueue& queue, std::size_t connections) {
  HttpWrites writes(*this, queue);
  client_.run(account_.endpoint, writes, connections);
}

net::Request WebhooksApi::list_request() const {
  net::Request out;
  out.method = "GET";
  out.target = webhooks_path;
  out.bearer = account_.key;
  return out;
}

net::Request WebhooksApi::bulk_request(const std::vector<WriteQueue::Element>& elements) const {
  net::Request out;
  out.method = "POST";
  out.target = bulk_path;
  out.bearer = account_.key;
  out.body = "[";
  for (const auto& element : elements) out.body += (out.body.size() > 1 ? "," : "") + body_of(element);
  out.body += "]";
  return out;
}

net::Request WebhooksApi::remove_request(std::int64_t id) const {
  net::Request out;
  out.method = "DELETE";
  out.target = std::string(webhooks_path) + std::to_string(id);
  out.bearer = account_.key;
  return out;
}

}  // namespace hookferry::api
