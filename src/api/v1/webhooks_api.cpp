#include "api/v1/webhooks_api.hpp"

#include <ctime>

#include "api/v1/answer_limits.hpp"
#include "core/printable.hpp"

namespace hookferry {
namespace {

bool worth_another_try(const Reply& reply, const Verdict& verdict) {
  if (const auto* error = std::get_if<TransportError>(&reply)) {
    if (error->kind == TransportFailure::dns_unknown || error->kind == TransportFailure::too_large ||
        error->kind == TransportFailure::proxy_refused)
      return false;
  }
  return verdict.failure == FailureClass::not_sent || verdict.failure == FailureClass::unknown ||
         verdict.failure == FailureClass::slow_down;
}

void reclassify(Verdict& verdict) {
  verdict.failure = FailureClass::not_this_api;
  verdict.hint = facts_of(verdict.failure).hint;
}

/// An answer that is no HTTP, or is cut again and again, is no answer of this API, whatever the class says of
/// sending.
Failure read_failure(const Reply& reply, Verdict verdict, const Account& account) {
  const auto* error = std::get_if<TransportError>(&reply);
  const bool too_large = error != nullptr && error->kind == TransportFailure::too_large;
  const bool cut = error != nullptr && error->kind == TransportFailure::cut;
  if (error != nullptr) {
    if (too_large || cut || error->kind == TransportFailure::malformed) reclassify(verdict);
  } else if (verdict.failure == FailureClass::refused || verdict.failure == FailureClass::too_large) {
    reclassify(verdict);
  }
  auto failure = failure_of(verdict, "read the webhooks of " + printable(account.label),
                            "GET " + account.endpoint.url() + std::string(webhooks_path));
  if (cut) failure.hint = "the server or something in between cuts the answer off; try again in a while";
  if (too_large) failure.hint = "raise --max-response if the account really holds that much";
  if (verdict.failure == FailureClass::unknown)
    failure.hint = "the server or the network is unwell; try again in a while";
  return failure;
}

}  // namespace

Failure failure_of(const Verdict& verdict, const std::string& what, const std::string& where) {
  return {facts_of(verdict.failure).exit, "cannot " + what + " (" + where + "): " + verdict.text(),
          std::string(verdict.hint)};
}

WebhooksApi::WebhooksApi(Client& client, Account account, std::size_t retries,
                         std::function<void(const std::string&)> tell)
    : client_(client),
      account_(std::move(account)),
      retries_(retries),
      tell_(std::move(tell)),
      backoff_(std::random_device{}()) {}

std::vector<Webhook> WebhooksApi::list(Purpose purpose) {
  const bool settling = purpose == Purpose::settle;
  Request request;
  request.method = "GET";
  request.target = webhooks_path;
  request.bearer = account_.key;
  const auto where = "the answer of " + account_.endpoint.url() + std::string(webhooks_path);
  for (std::size_t attempt = 0;; ++attempt) {
    auto reply = client_.send(account_.endpoint, request,
                              settling ? Client::OnInterrupt::finish : Client::OnInterrupt::abandon);
    auto verdict = judge(reply, std::time(nullptr));
    // Ctrl-C may have ended the other end of the connection as well, and first.
    if (!settling && verdict.failure != FailureClass::none && client_.interrupted())
      throw Failure(Exit::interrupted, "interrupted; nothing was changed", "");
    if (verdict.failure == FailureClass::none) {
      try {
        auto& body = std::get<Response>(reply).body;
        const auto limits = listing_limits(body.size());
        return read_webhooks(std::move(body), where, limits);
      } catch (const Failure& failure) {
        if (!settling || attempt >= retries_)
          throw Failure(Exit::protocol, failure.what(),
                        std::string(facts_of(FailureClass::not_this_api).hint));
        verdict.reason = failure.what();
      }
    } else if (!worth_another_try(reply, verdict) || attempt >= retries_) {
      throw read_failure(reply, verdict, account_);
    }
    const auto delay = backoff_.delay(attempt, verdict.retry_after);
    tell_("GET " + account_.endpoint.url() + ": " + verdict.reason + "; retry " +
          std::to_string(attempt + 1) + " of " + std::to_string(retries_) + " in " +
          std::to_string(delay.count()) + " ms");
    if (!client_.wait(delay) && !settling) throw Failure(Exit::interrupted, "interrupted", "");
  }
}

Request WebhooksApi::bulk_request(const std::vector<Webhook>& webhooks) const {
  Request out;
  out.method = "POST";
  out.target = bulk_path;
  out.bearer = account_.key;
  out.body = "[";
  for (const auto& webhook : webhooks) out.body += (out.body.size() > 1 ? "," : "") + webhook.text;
  out.body += "]";
  return out;
}

Request WebhooksApi::remove_request(std::int64_t id) const {
  Request out;
  out.method = "DELETE";
  out.target = std::string(webhooks_path) + std::to_string(id);
  out.bearer = account_.key;
  return out;
}

}  // namespace hookferry
