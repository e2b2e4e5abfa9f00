#include "sandbox/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
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
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "sandbox/handler.hpp"

namespace hookferry {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;
using Parser = http::request_parser<http::string_body>;

constexpr std::uint64_t body_limit = 64 << 20;
constexpr std::size_t piece_size = 61;  // of a chunked answer: small, and no divisor of anything

std::string now_iso() {
  const auto now = std::time(nullptr);
  tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

/// State and log, shared by all connections of the one thread.
struct World {
  explicit World(const SandboxOptions& options) : state(options.state), faults(options.faults, options.seed) {
    if (options.log.empty()) return;
    log.open(options.log, std::ios::app);
    if (!log)
      throw Failure(Exit::cannot_write, "cannot write the log " + printable(options.log.string()),
                    "check its folder");
  }

  /// A request that is only begun has another word for its method, so that none is counted twice.
  void write_log(const SandboxRequest& request, const std::string& text, const char* begun = "") {
    if (log.is_open())
      log << now_iso() << ' ' << begun << printable_excerpt(request.method, 20) << ' '
          << printable_excerpt(request.path, 200) << ' ' << text << std::endl;
  }

  asio::io_context io{1};
  SandboxState state;
  FaultProgram faults;
  std::ofstream log;
};

SandboxRequest to_request(Parser& parser) {
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

std::string chunked_body(const std::string& body) {
  std::ostringstream out;
  for (std::size_t at = 0; at < body.size(); at += piece_size) {
    const auto piece = body.substr(at, piece_size);
    out << std::hex << piece.size() << "\r\n" << piece << "\r\n";
  }
  out << "0\r\n\r\n";
  return out.str();
}

std::string reason_of(int status) {
  return std::string(http::obsolete_reason(static_cast<http::status>(status)));
}

/// What comes behind an answer that is over; see the fault of that name.
std::string leftover_bytes(const std::string& leftover, const std::string& answer) {
  if (leftover.empty() || leftover == "answer") return leftover.empty() ? "" : answer;
  if (leftover.find_first_not_of("0123456789") != std::string::npos) return leftover;
  const auto status = std::atoi(leftover.c_str());
  return "HTTP/1.1 " + std::to_string(status) + " " + reason_of(status) +
         "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";
}

/// The answer as the bytes that go out, so that a fault can cut them wherever it likes.
std::string to_bytes(const SandboxAnswer& answer, bool keep_alive) {
  std::string out = "HTTP/1.1 " + std::to_string(answer.status) + " " + reason_of(answer.status) +
                    "\r\nContent-Type: " + answer.content_type + "\r\n";
  if (!answer.location.empty()) out += "Location: " + answer.location + "\r\n";
  if (!answer.retry_after.empty()) out += "Retry-After: " + answer.retry_after + "\r\n";
  if (!keep_alive) out += "Connection: close\r\n";
  const bool cut = answer.delivery == SandboxAnswer::Delivery::cut;
  if (answer.chunked && !cut) {
    out += "Transfer-Encoding: chunked\r\n\r\n" + chunked_body(answer.body);
  } else {
    out += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n";
    out += cut ? answer.body.substr(0, answer.body.size() / 2) : answer.body;
  }
  return cut ? out : out + leftover_bytes(answer.leftover, out);
}

void do_later(World& world, const SandboxAnswer& answer) {
  for (const auto& later : answer.later) {
    auto timer = std::make_shared<asio::steady_timer>(world.io, later.in);
    timer->async_wait([timer, what = later.what](const error_code& error) {
      if (!error) what();
    });
  }
}

asio::awaitable<void> pause(World& world, std::chrono::milliseconds time) {
  if (time.count() == 0) co_return;
  asio::steady_timer timer(world.io, time);
  error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

template <class Stream>
asio::awaitable<void> inform(Stream& stream, int status) {
  if (status == 0) co_return;
  const std::string bytes = "HTTP/1.1 " + std::to_string(status) + " " + reason_of(status) + "\r\n\r\n";
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
  const std::string bytes = to_bytes(answer, keep_alive);
  const auto to_send = asio::buffer(bytes);
  co_await asio::async_write(stream, to_send, asio::redirect_error(asio::use_awaitable, failed));
  const bool whole = answer.delivery == SandboxAnswer::Delivery::whole;
  co_return !failed && keep_alive && whole;
}

template <class Stream>
asio::awaitable<void> serve(World& world, Stream& stream) {
  beast::flat_buffer buffer;
  bool open = true;
  while (open) {
    Parser parser;
    parser.body_limit(body_limit);
    error_code failed;
    co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, failed));
    SandboxAnswer answer;
    bool keep_alive = false;
    if (failed == http::error::body_limit) {
      answer.status = 413;
      answer.body = "{\"error\":\"the body is too large\"}";
    } else if (failed.category() == http::make_error_code(http::error::bad_version).category() &&
               failed != http::error::end_of_stream && failed != http::error::partial_message) {
      answer.status = 400;
      answer.body = "{\"error\":\"no HTTP\"}";
    } else if (failed) {
      co_return;
    } else {
      keep_alive = parser.keep_alive();
      const SandboxRequest request = to_request(parser);
      answer = co_await answer_to(world, stream, request);
    }
    open = co_await deliver(world, stream, buffer, answer, keep_alive);
  }
}

asio::awaitable<void> serve_plain(World& world, tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  co_await serve(world, stream);
}

asio::awaitable<void> serve_tls(World& world, tcp::socket socket, asio::ssl::context& tls) {
  TlsStream stream(beast::tcp_stream(std::move(socket)), tls);
  error_code failed;
  co_await stream.async_handshake(asio::ssl::stream_base::server,
                                  asio::redirect_error(asio::use_awaitable, failed));
  if (failed) co_return;
  co_await serve(world, stream);
}

asio::awaitable<void> accept_all(World& world, tcp::acceptor& acceptor, asio::ssl::context* tls) {
  while (true) {
    error_code failed;
    tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failed));
    if (failed == asio::error::operation_aborted) co_return;
    if (failed) {  // out of descriptors, say: it passes
      co_await pause(world, std::chrono::milliseconds(50));
      continue;
    }
    socket.set_option(tcp::no_delay(true), failed);
    if (tls != nullptr) {
      asio::co_spawn(world.io, serve_tls(world, std::move(socket), *tls), asio::detached);
    } else {
      asio::co_spawn(world.io, serve_plain(world, std::move(socket)), asio::detached);
    }
  }
}

std::unique_ptr<asio::ssl::context> make_tls(const SandboxOptions& options) {
  if (options.tls_cert.empty() != options.tls_key.empty())
    throw Failure(Exit::usage, "--tls-cert and --tls-key go together", "give both or none");
  if (options.tls_cert.empty()) return nullptr;
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  error_code failed;
  tls->use_certificate_chain_file(options.tls_cert, failed);
  if (!failed) tls->use_private_key_file(options.tls_key, asio::ssl::context::pem, failed);
  if (failed)
    throw Failure(Exit::bad_data,
                  "cannot use " + printable(options.tls_cert) + " with " + printable(options.tls_key) + ": " +
                      failed.message(),
                  "PEM files of a certificate and its key are expected");
  return tls;
}

void listen(tcp::acceptor& acceptor, std::uint16_t port) {
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  error_code failed;
  acceptor.open(endpoint.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor.bind(endpoint, failed);
  if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed)
    throw Failure(Exit::unreachable,
                  "cannot listen on 127.0.0.1:" + std::to_string(port) + ": " + failed.message(),
                  "choose another --port, or leave it out");
}

}  // namespace

void run_sandbox(const SandboxOptions& options) {
  World world(options);
  const auto tls = make_tls(options);
  tcp::acceptor acceptor(world.io);
  listen(acceptor, options.port);
  asio::signal_set signals(world.io, SIGINT, SIGTERM);
  signals.async_wait([&](const error_code&, int) { world.io.stop(); });
  asio::co_spawn(world.io, accept_all(world, acceptor, tls.get()), asio::detached);
  write_stdout((tls ? "https://127.0.0.1:" : "http://127.0.0.1:") +
               std::to_string(acceptor.local_endpoint().port()) + "\n");
  world.io.run();
}

}  // namespace hookferry
