// A stream of bytes to a server: TCP, TLS over it. Internal to net/: this header carries Asio.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "net/client.hpp"
#include "net/executor_context.hpp"
#include "net/tls.hpp"

namespace hookferry {

class Connection {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// All of them must outlive the connection.
  Connection(Executor::Context& executor, asio::ssl::context& tls, const ClientOptions& options,
             ConnectionFacts& facts);

  /// A new one, ready for requests. An error's text says at which step.
  asio::awaitable<std::optional<TransportError>> open(const Endpoint& endpoint);
  /// Open to that server, not given up, and silent: a server may have closed it meanwhile, and bytes that
  /// nobody asked for belong to something else than the next answer.
  bool good_for(const Endpoint& endpoint);
  /// It answers nothing after this exchange.
  void give_up() { peer_.reset(); }
  void close();
  /// Ends what is under way; what begins after this fails, too.
  void abort();
  bool aborted() const { return aborted_; }
  /// Before whatever may be aborted next.
  void begin() { aborted_ = false; }

  /// For all that is begun after it.
  void deadline(Time time);
  asio::awaitable<boost::system::error_code> write(std::vector<asio::const_buffer> bytes);
  /// How many came; `failed` where none did.
  asio::awaitable<std::size_t> read(asio::mutable_buffer room, boost::system::error_code& failed);

 private:
  struct Lookup;
  using Tls = asio::ssl::stream<boost::beast::tcp_stream&>;

  asio::awaitable<std::optional<TransportError>> resolve(std::string host, std::string service);
  asio::awaitable<std::optional<TransportError>> connect(const Endpoint& endpoint);
  asio::awaitable<std::optional<TransportError>> handshake(const Endpoint& endpoint);
  bool silent();

  Executor::Context& executor_;
  asio::ssl::context& tls_settings_;
  const ClientOptions& options_;
  ConnectionFacts& facts_;
  std::optional<boost::beast::tcp_stream> tcp_;
  std::optional<Tls> tls_;
  CertificateTrouble trouble_;  ///< of the last handshake
  std::shared_ptr<Lookup> lookup_;
  std::optional<Endpoint> peer_;
  bool aborted_ = false;
};

/// As it stands in an error line.
TransportError interrupted_error(bool sent);

}  // namespace hookferry
