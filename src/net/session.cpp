#include "net/session.hpp"

#include <utility>
#include <vector>

#include "core/printable.hpp"
#include "net/echo.hpp"

namespace hookferry {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view authorization = "Authorization";

Fields fields_of(const Endpoint& endpoint, const Request& request, const std::string& user_agent) {
  Fields out = {{"Host", endpoint.authority()}, {"User-Agent", user_agent}, {"Accept", "application/json"}};
  // Without it any coding would do (RFC 9110, 12.5.3).
  out.emplace_back("Accept-Encoding", "identity");
  out.emplace_back("Content-Type", "application/json");  // the guide asks for it whatever the method
  if (!request.body.empty()) out.emplace_back("Content-Length", std::to_string(request.body.size()));
  return out;
}

/// All but the body, with the key in it.
Secret head_of(const Request& request, const Fields& fields) {
  std::string out = request.method + " " + request.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : fields) out += name + ": " + value + "\r\n";
  if (!request.bearer.empty()) {
    out += authorization;
    out += ": Bearer ";
    out += request.bearer.reveal();
    out += "\r\n";
  }
  return Secret(out + "\r\n");
}

/// Only what is data stays as it came.
Response to_response(AnswerReader& answer, const Secret& key, const std::vector<Secret>& more) {
  auto out = answer.response();
  const bool data = out.status >= 200 && out.status <= 299;
  const auto clean = [&](const Secret& secret) {
    out.location = without_echo(out.location, secret);
    if (!data) out.body = without_echo(out.body, secret);
  };
  clean(key);
  for (const auto& secret : more) clean(secret);
  return out;
}

}  // namespace

Session::Session(Executor::Context& executor, TlsContexts& tls, const ClientOptions& options,
                 ConnectionFacts& facts)
    : options_(options), connection_(executor, tls, options, facts) {}

void Session::trace(char direction, const std::string& line) const {
  if (options_.trace) options_.trace(2, std::string(1, direction) + " " + printable(line));
}

void Session::trace_answer(const AnswerReader& answer, const Secret& key) const {
  if (!options_.trace) return;
  trace('<', "HTTP " + std::to_string(answer.status()));
  for (const auto& [name, value] : answer.fields())
    trace('<', without_echo(name, key) + ": " + without_echo(value, key));
}

asio::awaitable<Reply> Session::talk(const Endpoint& endpoint, const Request& request) {
  const auto fields = fields_of(endpoint, request, options_.user_agent);
  trace('>', request.method + " " + request.target);
  for (const auto& [name, value] : fields) trace('>', name + ": " + value);
  if (!request.bearer.empty()) trace('>', std::string(authorization) + ": Bearer ****");

  const auto start = Clock::now();
  const Secret head = head_of(request, fields);
  std::vector<asio::const_buffer> bytes;
  bytes.emplace_back(head.reveal().data(), head.reveal().size());
  bytes.emplace_back(request.body.data(), request.body.size());
  const error_code write_failed = co_await connection_.write(std::move(bytes), start + options_.timeout);
  // A server that refuses early closes before it has read all: its answer may be there all the same.
  AnswerReader answer(options_.max_response, request.sink);
  std::optional<TransportError> error = co_await connection_.receive(
      answer, start + options_.timeout, start + limits::whole_answer_factor * options_.timeout);
  Reply reply;
  if (error) {
    if (write_failed && !answer.begun()) error = stream_error(write_failed, false);
    reply = *error;
  } else {
    trace_answer(answer, request.bearer);
    if (write_failed || !answer.keeps_connection()) connection_.give_up();
    reply = to_response(answer, request.bearer, options_.secrets);
  }
  co_return reply;
}

asio::awaitable<Reply> Session::exchange(const Endpoint& endpoint, const Request& request) {
  connection_.begin();
  Reply reply;
  if (!connection_.good_for(endpoint)) {
    connection_.close();
    const std::optional<TransportError> error = co_await connection_.open(endpoint);
    if (error) {
      reply = *error;
      co_return reply;
    }
  }
  reply = co_await talk(endpoint, request);
  if (auto* error = std::get_if<TransportError>(&reply)) {
    if (connection_.aborted()) *error = interrupted_error(true);
    connection_.close();
  }
  co_return reply;
}

}  // namespace hookferry
