// Bytes both ways: TCP, TLS over it, or TLS inside the TLS of a proxy. Internal to net/: this header carries
// Asio.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <optional>
#include <string>
#include <vector>

#include "net/executor_context.hpp"
#include "net/tls.hpp"

namespace hookferry {

class Stream {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Error = boost::system::error_code;

  explicit Stream(asio::io_context& io) : tcp_(asio::any_io_executor(io.get_executor())) {}

  /// For all that is begun after it.
  void deadline(Time time) { tcp_.expires_at(time); }
  /// To the first address that answers; it is where the stream then leads.
  asio::awaitable<asio::ip::tcp::endpoint> connect(asio::ip::tcp::resolver::results_type addresses,
                                                   Error& failed);
  /// One TLS layer more, at most two; `who` names the other end in the error.
  asio::awaitable<std::optional<TransportError>> start_tls(asio::ssl::context& settings, std::string host,
                                                           std::string who);
  asio::awaitable<Error> write(std::vector<asio::const_buffer> bytes);
  /// How many came; `failed` where none did.
  asio::awaitable<std::size_t> read(asio::mutable_buffer room, Error& failed);

  /// Open, and nothing has come that was not read, in no layer.
  bool silent();
  /// What is under way fails, and so does what is begun after this.
  void close() { tcp_.close(); }
  SSL* innermost_tls();

 private:
  using Outer = asio::ssl::stream<boost::beast::tcp_stream&>;
  using Inner = asio::ssl::stream<Outer&>;

  Error reason_of_abort(Error told);

  boost::beast::tcp_stream tcp_;
  std::optional<Outer> outer_;
  std::optional<Inner> inner_;
  CertificateTrouble trouble_;  ///< of the last handshake
};

}  // namespace hookferry
