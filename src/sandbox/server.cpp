#include "sandbox/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <optional>

#include "core/failure.hpp"
#include "core/text.hpp"
#include "sandbox/api.hpp"

namespace hookferry::sandbox {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

constexpr std::uint64_t body_limit = 64 << 20;

Request to_request(Parser& parser) {
  auto& message = parser.get();
  Request out;
  out.method = std::string(message.method_string());
  out.path = std::string(message.target());
  if (const auto mark = out.path.find('?'); mark != std::string::npos) {
    out.query = out.path.substr(mark + 1);
    out.path.erase(mark);
  }
  out.authorization = std::string(message[http::field::authorization]);
  out.content_type = std::string(message[http::field::content_type]);
  out.fault_exempt = message["X-Sandbox-Faults"] == "off";
  out.body = std::move(message.body());
  return out;
}

/// The response to what is no acceptable HTTP, before anybody looks at what the request asks for.
std::optional<Response> object_to_message(const error_code& failed, const Parser& parser) {
  if (failed == http::error::body_limit) return error_response(413, "the body is too large");
  if (failed) return error_response(400, "no HTTP");
  const auto& message = parser.get();
  if (message.count(http::field::host) != 1) return error_response(400, "no Host, or several");
  if (!names_loopback(message[http::field::host])) return error_response(421, "the Host is not this machine");
  return std::nullopt;
}

}  // namespace

std::string response_bytes(const Response& response, bool keep_alive) {
  const bool cut = response.delivery == Response::Delivery::cut;
  std::string out = fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\n", response.status,
                                reason_of(response.status), response.content_type);
  if (response.date)
    out += fmt::format("Date: {}\r\n", utc_text(std::time(nullptr), "%a, %d %b %Y %H:%M:%S GMT"));
  if (!response.header.empty()) out += response.header + "\r\n";
  if (!response.location.empty()) out += fmt::format("Location: {}\r\n", response.location);
  if (!response.retry_after.empty()) out += fmt::format("Retry-After: {}\r\n", response.retry_after);
  if (!keep_alive) out += "Connection: close\r\n";
  if (response.chunked && !cut) {
    constexpr std::size_t piece_size = 61;  // small, and a divisor of no usual size
    out += "Transfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < response.body.size(); at += piece_size) {
      const auto piece = response.body.substr(at, piece_size);
      out += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    }
    out += "0\r\n\r\n";
  } else {
    out += fmt::format("Content-Length: {}\r\n\r\n", response.body.size());
    out += cut ? response.body.substr(0, response.body.size() / 2) : response.body;
  }
  if (cut || response.leftover.empty()) return out;

  if (response.leftover == "answer") return out + out;
  if (!std::ranges::all_of(response.leftover, is_digit)) return out + response.leftover;
  const auto status = std::atoi(response.leftover.c_str());
  return out + fmt::format("HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
                           status, reason_of(status));
}

bool names_loopback(std::string_view host) {
  const auto parsed = boost::urls::parse_authority(host);
  if (!parsed || parsed->has_userinfo()) return false;
  if (parsed->has_port() && (parsed->port().empty() || parsed->port().size() > 5)) return false;
  // An address with leading zeros is read as a name: some programs read "010" as eight.
  if (parsed->host_type() == boost::urls::host_type::ipv4) return parsed->host_ipv4_address().is_loopback();
  return same_letters(parsed->encoded_host(), "localhost") || parsed->encoded_host() == "[::1]";
}

/// What all connections share. Everything here runs in one thread.
struct Server::Impl {
  explicit Impl(const Options& options)
      : store(options.state),
        faults(options.faults, options.seed),
        trace(options.trace),
        limits(options.limits),
        acceptor(io) {
    if (!options.log.empty()) {
      log.open(options.log, std::ios::app);
      if (!log)
        throw Failure(Cause::cannot_write, "cannot write the log " + printable(options.log.string()),
                      "check its folder");
    }

    error_code failed;
    if (options.tls_cert.empty() != options.tls_key.empty())
      throw Failure(Cause::usage, "--tls-cert and --tls-key go together", "give both or none");
    if (!options.tls_cert.empty()) {
      tls.emplace(asio::ssl::context::tls_server);
      SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
      tls->use_certificate_chain_file(options.tls_cert, failed);
      if (!failed) tls->use_private_key_file(options.tls_key, asio::ssl::context::pem, failed);
      if (failed)
        throw Failure(Cause::bad_data,
                      fmt::format("cannot use {} with {}: {}", printable(options.tls_cert),
                                  printable(options.tls_key), failed.message()),
                      "PEM files of a certificate and its key are expected");
    }

    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), options.port);
    acceptor.open(endpoint.protocol(), failed);
    if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) acceptor.bind(endpoint, failed);
    if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
    if (failed)
      throw Failure(Cause::unreachable,
                    fmt::format("cannot listen on 127.0.0.1:{}: {}", options.port, failed.message()),
                    "choose another --port, or leave it out");
  }

  /// `begun` marks the method of a request that has only begun, so that no request is counted twice.
  void write_log(const Request& request, const std::string& text, std::string_view begun = {}) {
    write_log(fmt::format("{}{} {} {}", begun, printable_excerpt(request.method, 20),
                          printable_excerpt(request.path, 200), text));
  }

  void write_log(const std::string& text) {
    if (log.is_open()) log << utc_text(std::time(nullptr)) << ' ' << text << std::endl;
    if (trace) trace(text);
  }

  /// Reports what has ended a coroutine or a delayed change, such as a file that cannot be written. The
  /// server goes on; null means that nothing went wrong.
  void report(const std::exception_ptr& exception) {
    if (!exception) return;
    std::string reason;
    try {
      std::rethrow_exception(exception);
    } catch (const Failure& failure) {
      reason = failure.what() + (failure.hint.empty() ? std::string() : " - " + failure.hint);
    } catch (const std::exception& error) {
      reason = "internal error: " + printable_excerpt(error.what(), 300);
    }
    std::cerr << fmt::format("hookferry: error: {}\n", reason) << std::flush;
    write_log("failed: " + reason);
  }

  /// Runs a coroutine of its own, whose exceptions are reported.
  void spawn(asio::awaitable<void> coroutine) {
    asio::co_spawn(io, std::move(coroutine),
                   [this](const std::exception_ptr& exception) { report(exception); });
  }

  asio::awaitable<void> pause(std::chrono::milliseconds time) {
    if (time.count() == 0) co_return;
    asio::steady_timer timer(io, time);
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  asio::awaitable<void> accept_all() {
    while (true) {
      error_code failed;
      tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failed));
      if (failed == asio::error::operation_aborted) co_return;
      if (failed) {  // such as a lack of descriptors, which passes
        co_await pause(std::chrono::milliseconds(50));
        continue;
      }
      if (connections >= limits.connections) continue;  // which closes the socket
      socket.set_option(tcp::no_delay(true), failed);
      spawn(serve_connection(std::move(socket)));
    }
  }

  asio::awaitable<void> serve_connection(tcp::socket socket) {
    ++connections;
    const std::shared_ptr<void> slot(nullptr, [this](void*) { --connections; });
    beast::tcp_stream plain(std::move(socket));
    if (!tls) {
      co_await serve_requests(plain);
      co_return;
    }
    TlsStream stream(std::move(plain), *tls);
    error_code failed;
    beast::get_lowest_layer(stream).expires_after(limits.header);
    co_await stream.async_handshake(asio::ssl::stream_base::server,
                                    asio::redirect_error(asio::use_awaitable, failed));
    if (!failed) co_await serve_requests(stream);
  }

  template <class Stream>
  asio::awaitable<void> serve_requests(Stream& stream) {
    beast::flat_buffer buffer;
    bool first = true;
    bool open = true;
    while (open) {
      Parser parser;
      parser.body_limit(body_limit);
      const error_code failed = co_await receive(stream, buffer, parser, first);
      const bool is_http = failed.category() == http::make_error_code(http::error::bad_version).category();
      // The connection has ended, so that no response can reach the client any more.
      if (failed &&
          (!is_http || failed == http::error::end_of_stream || failed == http::error::partial_message))
        co_return;
      first = false;
      std::optional<Response> response = object_to_message(failed, parser);
      const bool keep_alive = !response && parser.keep_alive();
      const Request request = to_request(parser);
      if (!response) response = co_await respond(stream, request);
      write_log(request, response->log);
      open = co_await deliver(stream, buffer, *response, keep_alive);
    }
  }

  /// Reads a request, which may turn out not to be whole. Each limit holds for a part of it: a client that
  /// says nothing may keep its connection for a while, one that begins and does not go on may not.
  template <class Stream>
  asio::awaitable<error_code> receive(Stream& stream, beast::flat_buffer& buffer, Parser& parser,
                                      bool first) {
    error_code failed;
    auto& transport = beast::get_lowest_layer(stream);
    if (!first && buffer.size() == 0) {
      transport.expires_after(limits.idle);
      const auto room = buffer.prepare(4096);
      const auto count =
          co_await stream.async_read_some(room, asio::redirect_error(asio::use_awaitable, failed));
      buffer.commit(count);
    }
    transport.expires_after(limits.header);
    if (!failed)
      co_await http::async_read_header(stream, buffer, parser,
                                       asio::redirect_error(asio::use_awaitable, failed));
    transport.expires_after(limits.body);
    if (!failed && !parser.is_done())
      co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, failed));
    transport.expires_never();
    co_return failed;
  }

  /// The response of the API. A client that leaves in the meantime is not noticed, and so changes nothing.
  template <class Stream>
  asio::awaitable<Response> respond(Stream& stream, const Request& request) {
    RequestHandler handler(store, faults, request, schedule);
    const auto delay = handler.fault().processing_delay;
    if (delay.count() > 0) write_log(request, handler.log_line("works"), "begun:");
    if (const int status = handler.fault().informational; status != 0) {
      const std::string bytes = fmt::format("HTTP/1.1 {} {}\r\n\r\n", status, reason_of(status));
      const auto to_send = asio::buffer(bytes);
      error_code ignored;  // if the client has left, the next write will show it
      co_await asio::async_write(stream, to_send, asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_await pause(delay);
    co_return handler.handle();
  }

  /// Returns whether the connection goes on.
  template <class Stream>
  asio::awaitable<bool> deliver(Stream& stream, beast::flat_buffer& buffer, const Response& response,
                                bool keep_alive) {
    error_code failed;
    if (response.delivery == Response::Delivery::close) co_return false;
    if (response.delivery == Response::Delivery::never) {
      // This lasts until the client ends the connection.
      Parser nothing;
      co_await http::async_read_header(stream, buffer, nothing,
                                       asio::redirect_error(asio::use_awaitable, failed));
      co_return false;
    }
    co_await pause(response.slow);
    const std::string bytes = response_bytes(response, keep_alive);
    const auto to_send = asio::buffer(bytes);
    beast::get_lowest_layer(stream).expires_after(limits.unread);
    co_await asio::async_write(stream, to_send, asio::redirect_error(asio::use_awaitable, failed));
    const bool whole = response.delivery == Response::Delivery::whole;
    co_return !failed && keep_alive && whole;
  }

  asio::io_context io{1};
  Store store;
  FaultProgram faults;
  std::ofstream log;
  const std::function<void(const std::string& line)> trace;
  const Limits limits;
  std::optional<asio::ssl::context> tls;
  std::size_t connections = 0;  ///< that are open
  tcp::acceptor acceptor;
  const Schedule schedule = [this](std::chrono::milliseconds delay, const std::function<void()>& what) {
    auto timer = std::make_shared<asio::steady_timer>(io, delay);
    timer->async_wait([this, timer, what](const error_code& error) {
      if (error) return;
      try {
        what();
      } catch (...) {
        report(std::current_exception());
      }
    });
  };
};

Server::Server(const Options& options) : impl_(std::make_unique<Impl>(options)) {}

Server::~Server() = default;

std::string Server::url() const {
  return fmt::format("{}://127.0.0.1:{}", impl_->tls ? "https" : "http",
                     impl_->acceptor.local_endpoint().port());
}

void Server::serve() {
  impl_->spawn(impl_->accept_all());
  impl_->io.run();
}

void Server::serve_until_signal() {
  asio::signal_set signals(impl_->io, SIGINT, SIGTERM, SIGHUP);
  signals.async_wait([this](const error_code&, int) { stop(); });
  serve();
}

void Server::stop() { impl_->io.stop(); }

}  // namespace hookferry::sandbox
