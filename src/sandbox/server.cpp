#include "sandbox/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <csignal>

#include "core/files.hpp"
#include "sandbox/connection.hpp"

namespace hookferry {
namespace {

using namespace serving;
using asio::ip::tcp;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;

asio::awaitable<void> serve_plain(World& world, tcp::socket socket) {
  const Place place(world);
  beast::tcp_stream stream(std::move(socket));
  co_await serve(world, stream);
}

asio::awaitable<void> serve_tls(World& world, tcp::socket socket, asio::ssl::context& tls) {
  const Place place(world);
  TlsStream stream(beast::tcp_stream(std::move(socket)), tls);
  error_code failed;
  beast::get_lowest_layer(stream).expires_after(world.limits.header);
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
    if (world.connections >= world.limits.connections) continue;  // which closes it
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
    throw Failure(Cause::usage, "--tls-cert and --tls-key go together", "give both or none");
  if (options.tls_cert.empty()) return nullptr;
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  error_code failed;
  tls->use_certificate_chain_file(options.tls_cert, failed);
  if (!failed) tls->use_private_key_file(options.tls_key, asio::ssl::context::pem, failed);
  if (failed)
    throw Failure(Cause::bad_data,
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
    throw Failure(Cause::unreachable,
                  "cannot listen on 127.0.0.1:" + std::to_string(port) + ": " + failed.message(),
                  "choose another --port, or leave it out");
}

}  // namespace

struct SandboxServer::Parts {
  explicit Parts(const SandboxOptions& options) : world(options), tls(make_tls(options)), acceptor(world.io) {
    listen(acceptor, options.port);
  }
  World world;
  std::unique_ptr<asio::ssl::context> tls;
  tcp::acceptor acceptor;
};

SandboxServer::SandboxServer(const SandboxOptions& options) : parts_(std::make_unique<Parts>(options)) {}

SandboxServer::~SandboxServer() = default;

std::string SandboxServer::url() const {
  return (parts_->tls ? "https://127.0.0.1:" : "http://127.0.0.1:") +
         std::to_string(parts_->acceptor.local_endpoint().port());
}

void SandboxServer::serve() {
  asio::co_spawn(parts_->world.io, accept_all(parts_->world, parts_->acceptor, parts_->tls.get()),
                 asio::detached);
  parts_->world.io.run();
}

void SandboxServer::serve_until_signal() {
  asio::signal_set signals(parts_->world.io, SIGINT, SIGTERM);
  signals.async_wait([this](const error_code&, int) { stop(); });
  serve();
}

void SandboxServer::stop() { parts_->world.io.stop(); }

void run_sandbox(const SandboxOptions& options) {
  SandboxServer server(options);
  write_stdout(server.url() + "\n");
  server.serve_until_signal();
}

}  // namespace hookferry
