#include "api/session.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <deque>

#include "core/crypto.hpp"
#include "core/text.hpp"

namespace hookferry::api {
namespace {

using net::TransportFailure;

/// Whether the reply is an error of one of these kinds.
bool failed_by(const net::Reply& reply, std::initializer_list<TransportFailure> kinds) {
  const auto* error = std::get_if<net::TransportError>(&reply);
  return error != nullptr && std::ranges::find(kinds, error->kind) != kinds.end();
}

/// Whether what answers there has no such path: another API of the same account may be there.
bool is_other_api(const net::Reply& reply) {
  const auto* response = std::get_if<net::Response>(&reply);
  if (response == nullptr) return false;
  const auto status = response->status;
  return status == 404 || status == 405 || status == 410 || (status >= 300 && status < 400);
}

/// An answer that is no HTTP is no answer of this API, whatever the class says of sending. Neither is a list
/// that is refused.
[[noreturn]] void throw_read_failure(const net::Reply& reply, Verdict verdict, const Account& account,
                                     const std::string& path) {
  const bool too_large = failed_by(reply, {TransportFailure::too_large});
  if (too_large || failed_by(reply, {TransportFailure::malformed}) ||
      verdict.failure == FailureClass::refused || verdict.failure == FailureClass::too_large)
    verdict.classify(FailureClass::not_this_api);
  auto failure = failure_of(verdict, "read the webhooks of " + printable(account.label),
                            "GET " + account.endpoint.url() + path);
  if (too_large) failure = Failure(failure.cause, failure.what(), Remedy::longer_answers);
  if (verdict.failure == FailureClass::unknown)
    failure.hint = "the server or network may be having problems; try again later";
  if (is_other_api(reply)) throw OtherApi(failure.cause, failure.what(), failure.hint, failure.remedy);
  throw Failure(failure);
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

Milliseconds since_epoch(std::chrono::steady_clock::time_point time) {
  return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch());
}

}  // namespace

bool worth_another_try(const net::Reply& reply, const Verdict& verdict) {
  if (failed_by(reply, {TransportFailure::dns_unknown, TransportFailure::too_large,
                        TransportFailure::proxy_refused}))
    return false;
  return verdict.failure == FailureClass::not_sent || verdict.failure == FailureClass::unknown ||
         verdict.failure == FailureClass::slow_down;
}

std::string repeated_id(const std::vector<std::int64_t>& sorted) {
  const auto twice = std::ranges::adjacent_find(sorted);
  return twice == sorted.end() ? "" : "the list shows id " + std::to_string(*twice) + " twice";
}

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

Session::Session(net::Client& client, Account account, std::size_t retries,
                 std::function<void(const std::string&)> tell)
    : client_(client), account_(std::move(account)), retries_(retries), tell_(std::move(tell)) {}

void Session::note_clock(const net::Reply& reply) {
  const auto* response = std::get_if<net::Response>(&reply);
  const auto date = response != nullptr ? parse_http_date(response->date) : std::nullopt;
  if (date) clock_ahead_ = std::chrono::seconds(*date) - since_epoch(response->header_at);
}

std::optional<std::int64_t> Session::server_now() const {
  if (!clock_ahead_) return std::nullopt;
  return (*clock_ahead_ + since_epoch(std::chrono::steady_clock::now())).count();
}

void Session::start(const std::string& path) { started_ = begin({path, {}}); }

net::Reply Session::send(const std::string& path) {
  auto reply = client_.finish(begin({path, {}}));
  note_clock(reply);
  return reply;
}

std::future<net::Reply> Session::begin(const Read& read) {
  auto get = request("GET", read.path);
  get.sink = read.sink;
  return client_.start(account_.endpoint, get,
                       read.settling ? net::Client::OnInterrupt::finish : net::Client::OnInterrupt::abandon);
}

/// Returns nothing if the reply is understood, or else how long to wait before the next try.
std::optional<Milliseconds> Session::take(net::Reply reply, const Read& read, std::size_t attempt) {
  note_clock(reply);
  auto verdict = judge(reply, std::time(nullptr));
  auto* response = std::get_if<net::Response>(&reply);
  // Ctrl-C may have ended the other end of the connection as well, and first.
  if (!read.settling && verdict.failure != FailureClass::none && client_.executor().interrupted())
    throw Failure(Cause::interrupted, "interrupted; nothing was changed", "");
  if (verdict.failure == FailureClass::none) {
    const auto where = "the response from " + account_.endpoint.url() + read.path;
    const bool is_json = response->body.find_first_of("[{") == response->body.find_first_not_of(" \t\r\n");
    std::optional<Failure> failed;
    try {
      verdict.reason = mark_of_a_part(*response);
      if (verdict.reason.empty()) verdict.reason = read.understand(*response, where);
      if (verdict.reason.empty()) return std::nullopt;
      failed =
          Failure(Cause::protocol, where + " is not " + std::string(read.what) + ": " + verdict.reason,
                  "a part of a list proves nothing; check what answers at that address, or try again later");
    } catch (const Failure& failure) {
      failed =
          Failure(Cause::protocol, failure.what(), std::string(facts_of(FailureClass::not_this_api).hint));
      if (!is_json && !read.settling) throw OtherApi(failed->cause, failed->what(), failed->hint);
      if (!read.settling) throw *failed;
      verdict.reason = failure.what();
    }
    if (attempt >= retries_) throw *failed;
  } else if (response != nullptr && read.accepts_error && read.accepts_error(*response)) {
    return std::nullopt;
  } else if (!worth_another_try(reply, verdict) || attempt >= retries_) {
    throw_read_failure(reply, verdict, account_, read.path);
  }
  const auto delay = retry_delay(attempt, verdict.retry_after, random_fraction());
  tell_("GET " + account_.endpoint.url() + ": " + verdict.reason + "; retry " + std::to_string(attempt + 1) +
        " of " + std::to_string(retries_) + " in " + std::to_string(delay.count()) + " ms");
  return delay;
}

void Session::pause(Milliseconds delay, bool settling) const {
  if (!client_.executor().wait(delay) && !settling) throw Failure(Cause::interrupted, "interrupted", "");
}

void Session::read(const Read& read) {
  for (std::size_t attempt = 0;; ++attempt) {
    if (read.settling || !started_.valid()) started_ = begin(read);
    const auto delay = take(client_.finish(std::move(started_)), read, attempt);
    if (!delay) return;
    pause(*delay, read.settling);
  }
}

void Session::read_each(const std::vector<Read>& reads, std::size_t at_a_time) {
  struct UnderWay {
    const Read* read;
    std::size_t attempt;
    std::future<net::Reply> reply;
  };
  std::deque<UnderWay> under_way;
  std::size_t next = 0;
  while (next < reads.size() || !under_way.empty()) {
    for (; next < reads.size() && under_way.size() < at_a_time; ++next)
      under_way.push_back({&reads[next], 0, begin(reads[next])});
    auto [read, attempt, reply] = std::move(under_way.front());
    under_way.pop_front();
    const auto delay = take(client_.finish(std::move(reply)), *read, attempt);
    if (!delay) continue;
    pause(*delay, read->settling);
    under_way.push_back({read, attempt + 1, begin(*read)});
  }
}

}  // namespace hookferry::api
