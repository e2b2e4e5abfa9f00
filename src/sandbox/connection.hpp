// One connection, plain or TLS: requests in, answers out, until it ends. Of server.cpp only.
#pragma once

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>

#include "sandbox/answer_bytes.hpp"
#include "sandbox/exchange.hpp"
#include "sandbox/host_check.hpp"
#include "sandbox/world.hpp"

namespace hookferry::serving {

namespace beast = boost::beast;
namespace http = beast::http;
using Parser = http::request_parser<http::string_body>;

constexpr std::uint64_t body_limit = 64 << 20;

inline SandboxRequest to_request(Parser& parser) {
  auto& message = parser.get();
  SandboxRequest out;
  out.method = std::string(message.method_string());
  out.path = std::string(message.target());
  out.path = out.path.substr(0, out.path.find('?'));
  out.authorization = std::string(message[http::field::authorization]);
  out.content_type = std::string(message[http::field::content_type]);
  out.spared = message["X-Sandbox-Faults"] == "off";
  out.body = std::move(message.body());
  return out;
}

template <class Stream>
asio::awaitable<void> inform(Stream& stream, int status) {
  if (status == 0) co_return;
  const std::string bytes = informational_bytes(status);
  const auto to_send = asio::buffer(bytes);
  error_code ignored;  // the client has left: the next write will see that
  co_await asio::async_write(stream, to_send, asio::redirect_error(asio::use_awaitable, ignored));
}

/// The answer of the API, with all that happens before it goes out. A client that leaves meanwhile is not
/// noticed, and so changes nothing.
template <class Stream>
asio::awaitable<SandboxAnswer> answer_to(World& world, Stream& stream, const SandboxRequest& request) {
  SandboxAnswer answer = handle(world.state, world.faults, request);
  if (answer.finish) {
    world.write_log(request, answer.log, "begun:");
    co_await inform(stream, answer.informational);
    co_await pause(world, answer.works);
    const auto finish = std::move(answer.finish);
    answer = finish();
  }
  world.write_log(request, answer.log);
  do_later(world, answer);
  co_await inform(stream, answer.informational);
  co_return answer;
}

/// True where the connection goes on.
template <class Stream>
asio::awaitable<bool> deliver(World& world, Stream& stream, beast::flat_buffer& buffer,
                              const SandboxAnswer& answer, bool keep_alive) {
  error_code failed;
  if (answer.delivery == SandboxAnswer::Delivery::close) co_return false;
  if (answer.delivery == SandboxAnswer::Delivery::never) {
    // Until the client has had enough.
    Parser nothing;
    co_await http::async_read_header(stream, buffer, nothing,
                                     asio::redirect_error(asio::use_awaitable, failed));
    co_return false;
  }
  co_await pause(world, answer.slow);
  const std::string bytes = answer_bytes(answer, keep_alive);
  const auto to_send = asio::buffer(bytes);
  beast::get_lowest_layer(stream).expires_after(world.limits.unread);
  co_await asio::async_write(stream, to_send, asio::redirect_error(asio::use_awaitable, failed));
  const bool whole = answer.delivery == SandboxAnswer::Delivery::whole;
  co_return !failed && keep_alive && whole;
}

/// A request to come, whole or not. The limits hold each for its part of it: a client that says nothing may
/// keep its connection for a while, one that begins and does not go on may not.
template <class Stream>
asio::awaitable<error_code> receive(World& world, Stream& stream, beast::flat_buffer& buffer, Parser& parser,
                                    bool first) {
  error_code failed;
  auto& transport = beast::get_lowest_layer(stream);
  if (!first && buffer.size() == 0) {
    transport.expires_after(world.limits.idle);
    const auto room = buffer.prepare(4096);
    const auto count =
        co_await stream.async_read_some(room, asio::redirect_error(asio::use_awaitable, failed));
    buffer.commit(count);
  }
  transport.expires_after(world.limits.header);
  if (!failed)
    co_await http::async_read_header(stream, buffer, parser,
                                     asio::redirect_error(asio::use_awaitable, failed));
  transport.expires_after(world.limits.body);
  if (!failed && !parser.is_done())
    co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, failed));
  transport.expires_never();
  co_return failed;
}

inline SandboxAnswer refusal_of_bytes(int status, const std::string& error) {
  auto out = refusal(status, error);
  out.log = log_line(status_text(out), nullptr, 0, 0, "-");
  return out;
}

/// What is wrong with a request before anybody looks at what it wants; nothing where it may go on.
inline std::optional<SandboxAnswer> object_to_message(const error_code& failed, const Parser& parser) {
  if (failed == http::error::body_limit) return refusal_of_bytes(413, "the body is too large");
  if (failed) return refusal_of_bytes(400, "no HTTP");
  const auto& message = parser.get();
  if (message.count(http::field::host) != 1) return refusal_of_bytes(400, "no Host, or several");
  if (!names_loopback(message[http::field::host]))
    return refusal_of_bytes(421, "the Host is not this machine");
  return std::nullopt;
}

/// Nobody is there any more who could be answered.
inline bool is_over(const error_code& failed) {
  return failed && (failed.category() != http::make_error_code(http::error::bad_version).category() ||
                    failed == http::error::end_of_stream || failed == http::error::partial_message);
}

template <class Stream>
asio::awaitable<void> serve(World& world, Stream& stream) {
  beast::flat_buffer buffer;
  bool first = true;
  bool open = true;
  while (open) {
    Parser parser;
    parser.body_limit(body_limit);
    const error_code failed = co_await receive(world, stream, buffer, parser, first);
    if (is_over(failed)) co_return;
    first = false;
    std::optional<SandboxAnswer> answer = object_to_message(failed, parser);
    const bool keep_alive = !answer && parser.keep_alive();
    const SandboxRequest request = to_request(parser);
    if (answer) {
      world.write_log(request, answer->log);
    } else {
      answer = co_await answer_to(world, stream, request);
    }
    open = co_await deliver(world, stream, buffer, *answer, keep_alive);
  }
}

}  // namespace hookferry::serving
