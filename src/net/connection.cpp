#include "net/connection.hpp"

#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

namespace hookferry {

namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

struct Connection::Lookup {
  explicit Lookup(asio::io_context& io) : resolver(io), deadline(io) {}
  tcp::resolver resolver;
  asio::steady_timer deadline;
  tcp::resolver::results_type results;
  error_code error;
  bool done = false;
};

namespace {

TransportError dns_error(const error_code& error, bool done) {
  TransportError out;
  if (!done) {
    out.kind = TransportFailure::timed_out;
    out.text = "the name look-up timed out";
  } else if (error == asio::error::host_not_found_try_again) {
    out.kind = TransportFailure::dns_temporary;
    out.text = "the name servers did not answer";
  } else {
    out.kind = TransportFailure::dns_unknown;
    out.text = "the host name does not resolve";
  }
  return out;
}

TransportError connect_error(const error_code& error) {
  TransportError out;
  if (error == beast::error::timeout || error == asio::error::timed_out) {
    out.kind = TransportFailure::timed_out;
    out.text = "connecting timed out";
  } else {
    out.kind = TransportFailure::refused;
    out.text = error == asio::error::connection_refused ? "connection refused"
                                                        : "cannot connect: " + error.message();
  }
  return out;
}

std::string address_text(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

/// Nothing decrypted that was not read, and nothing received that was not decrypted.
bool nothing_pending(SSL* ssl) { return SSL_pending(ssl) == 0 && BIO_pending(SSL_get_rbio(ssl)) == 0; }

}  // namespace

TransportError interrupted_error(bool sent) {
  TransportError out;
  out.kind = TransportFailure::interrupted;
  out.sent = sent;
  out.text = "interrupted";
  return out;
}

Connection::Connection(Executor::Context& executor, asio::ssl::context& tls, const ClientOptions& options,
                       ConnectionFacts& facts)
    : executor_(executor), tls_settings_(tls), options_(options), facts_(facts) {}

void Connection::close() {
  tls_.reset();
  if (tcp_) tcp_->close();
  tcp_.reset();
  peer_.reset();
}

void Connection::abort() {
  aborted_ = true;
  if (lookup_) lookup_->deadline.cancel();
  if (tcp_) tcp_->close();
}

bool Connection::silent() {
  if (tls_ && !nothing_pending(tls_->native_handle())) return false;
  char byte = 0;
  const auto got = ::recv(tcp_->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool Connection::good_for(const Endpoint& endpoint) { return tcp_ && peer_ == endpoint && silent(); }

void Connection::deadline(Time time) { tcp_->expires_at(time); }

asio::awaitable<error_code> Connection::write(std::vector<asio::const_buffer> bytes) {
  error_code failed;
  if (tls_) {
    co_await asio::async_write(*tls_, bytes, asio::redirect_error(asio::use_awaitable, failed));
  } else {
    co_await asio::async_write(*tcp_, bytes, asio::redirect_error(asio::use_awaitable, failed));
  }
  co_return failed;
}

asio::awaitable<std::size_t> Connection::read(asio::mutable_buffer room, error_code& failed) {
  std::size_t count = 0;
  if (tls_) {
    count = co_await tls_->async_read_some(room, asio::redirect_error(asio::use_awaitable, failed));
  } else {
    count = co_await tcp_->async_read_some(room, asio::redirect_error(asio::use_awaitable, failed));
  }
  co_return count;
}

/// The resolver cannot be stopped while the system looks a name up, so the deadline is what is waited for;
/// the look-up's state is shared with its handler, which may come after everybody has left.
asio::awaitable<std::optional<TransportError>> Connection::resolve(std::string host, std::string service) {
  auto state = std::make_shared<Lookup>(executor_.io);
  lookup_ = state;
  state->deadline.expires_after(options_.timeout);
  ++executor_.lookups;
  auto& open_lookups = executor_.lookups;
  auto on_resolved = [state, &open_lookups](const error_code& error,
                                            const tcp::resolver::results_type& results) {
    --open_lookups;
    state->error = error;
    state->results = results;
    state->done = true;
    state->deadline.cancel();
  };
  state->resolver.async_resolve(host, service, std::move(on_resolved));
  error_code waited;
  co_await state->deadline.async_wait(asio::redirect_error(asio::use_awaitable, waited));
  std::optional<TransportError> error;
  if (aborted_) {
    error = interrupted_error(false);
  } else if (!state->done || state->error) {
    error = dns_error(state->error, state->done);
  }
  co_return error;
}

asio::awaitable<std::optional<TransportError>> Connection::connect(const Endpoint& endpoint) {
  std::optional<TransportError> error = co_await resolve(endpoint.host, std::to_string(endpoint.port));
  if (error) co_return error;
  tcp_->expires_after(options_.timeout);
  error_code failed;
  const auto address =
      co_await tcp_->async_connect(lookup_->results, asio::redirect_error(asio::use_awaitable, failed));
  if (failed) {
    error = connect_error(failed);
  } else {
    error_code ignored;
    tcp_->socket().set_option(tcp::no_delay(true), ignored);
    facts_.address = address_text(address);
  }
  co_return error;
}

asio::awaitable<std::optional<TransportError>> Connection::handshake(const Endpoint& endpoint) {
  tls_.emplace(*tcp_, tls_settings_);
  expect_host(tls_->native_handle(), endpoint.host);
  trouble_ = CertificateTrouble();
  tls_->set_verify_callback([this](bool accepted, asio::ssl::verify_context& context) {
    return note_trouble(accepted, context, trouble_);
  });
  tcp_->expires_after(options_.timeout);
  error_code failed;
  co_await tls_->async_handshake(asio::ssl::stream_base::client,
                                 asio::redirect_error(asio::use_awaitable, failed));
  std::optional<TransportError> error;
  if (failed) {
    error = handshake_error(failed, trouble_);
  } else {
    facts_.tls_version = SSL_get_version(tls_->native_handle());
    facts_.certificate_expiry = certificate_expiry(tls_->native_handle());
  }
  co_return error;
}

asio::awaitable<std::optional<TransportError>> Connection::open(const Endpoint& endpoint) {
  facts_ = ConnectionFacts();
  tcp_.emplace(asio::any_io_executor(executor_.io.get_executor()));
  std::optional<TransportError> error = co_await connect(endpoint);
  if (!error && endpoint.tls) error = co_await handshake(endpoint);
  if (error) {
    if (aborted_) error = interrupted_error(false);
    close();
  } else {
    peer_ = endpoint;
  }
  co_return error;
}

}  // namespace hookferry
