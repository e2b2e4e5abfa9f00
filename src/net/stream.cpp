#include "net/stream.hpp"

#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

namespace hookferry {

using asio::ip::tcp;

namespace {

/// Nothing decrypted that was not read, and nothing received that was not decrypted.
bool nothing_pending(SSL* ssl) { return SSL_pending(ssl) == 0 && BIO_pending(SSL_get_rbio(ssl)) == 0; }

}  // namespace

/// Asio tells a socket that could not be opened as one that somebody has closed.
Stream::Error Stream::reason_of_abort(Error told) {
  Error failed;
  tcp::socket another(tcp_.get_executor());
  another.open(tcp::v4(), failed);
  return failed ? failed : told;
}

asio::awaitable<tcp::endpoint> Stream::connect(tcp::resolver::results_type addresses, Error& failed) {
  const tcp::endpoint out =
      co_await tcp_.async_connect(addresses, asio::redirect_error(asio::use_awaitable, failed));
  if (failed == asio::error::operation_aborted) failed = reason_of_abort(failed);
  Error ignored;
  if (!failed) tcp_.socket().set_option(tcp::no_delay(true), ignored);
  co_return out;
}

asio::awaitable<std::optional<TransportError>> Stream::start_tls(asio::ssl::context& settings,
                                                                 std::string host, std::string who) {
  if (outer_) {
    inner_.emplace(*outer_, settings);
  } else {
    outer_.emplace(tcp_, settings);
  }
  expect_host(innermost_tls(), host);
  trouble_ = CertificateTrouble();
  const auto note = [this](bool accepted, asio::ssl::verify_context& context) {
    return note_trouble(accepted, context, trouble_);
  };
  Error failed;
  if (inner_) {
    inner_->set_verify_callback(note);
    co_await inner_->async_handshake(asio::ssl::stream_base::client,
                                     asio::redirect_error(asio::use_awaitable, failed));
  } else {
    outer_->set_verify_callback(note);
    co_await outer_->async_handshake(asio::ssl::stream_base::client,
                                     asio::redirect_error(asio::use_awaitable, failed));
  }
  std::optional<TransportError> error;
  if (failed) error = handshake_error(failed, trouble_, who);
  co_return error;
}

asio::awaitable<Stream::Error> Stream::write(std::vector<asio::const_buffer> bytes) {
  Error failed;
  if (inner_) {
    co_await asio::async_write(*inner_, bytes, asio::redirect_error(asio::use_awaitable, failed));
  } else if (outer_) {
    co_await asio::async_write(*outer_, bytes, asio::redirect_error(asio::use_awaitable, failed));
  } else {
    co_await asio::async_write(tcp_, bytes, asio::redirect_error(asio::use_awaitable, failed));
  }
  co_return failed;
}

asio::awaitable<std::size_t> Stream::read(asio::mutable_buffer room, Error& failed) {
  std::size_t count = 0;
  if (inner_) {
    count = co_await inner_->async_read_some(room, asio::redirect_error(asio::use_awaitable, failed));
  } else if (outer_) {
    count = co_await outer_->async_read_some(room, asio::redirect_error(asio::use_awaitable, failed));
  } else {
    count = co_await tcp_.async_read_some(room, asio::redirect_error(asio::use_awaitable, failed));
  }
  co_return count;
}

bool Stream::silent() {
  if (inner_ && !nothing_pending(inner_->native_handle())) return false;
  if (outer_ && !nothing_pending(outer_->native_handle())) return false;
  char byte = 0;
  const auto got = ::recv(tcp_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

SSL* Stream::innermost_tls() {
  if (inner_) return inner_->native_handle();
  return outer_ ? outer_->native_handle() : nullptr;
}

}  // namespace hookferry
