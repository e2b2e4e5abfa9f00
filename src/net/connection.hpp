// One kept connection to a server, through a proxy where there is one. Internal to net/: this header carries
// Asio.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/client.hpp"
#include "net/tls.hpp"

namespace hookferry::net {

namespace asio = boost::asio;

class Connection;

struct Executor::Loop {
  explicit Loop(const Interrupts& signals);
  /// Does once what is to be done at the first signal.
  void notice();

  const Interrupts& interrupts;
  bool noticed = false;  ///< that the first signal came
  std::function<void()> on_interrupt;
  /// The first signal ends the exchanges of these.
  std::set<Connection*> abandoned_on_interrupt;
  /// Name look-ups that have not come back. Nothing can end them, not even the end of the loop.
  std::size_t lookups = 0;

  /// It stands behind the members above because coroutines use them until they end with it.
  asio::io_context io{1};
  /// Without it the loop would stop whenever nothing is under way.
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  asio::posix::stream_descriptor wake;
  asio::steady_timer pause{io};
};

class Connection {
 public:
  /// All of them must outlive the connection.
  Connection(Executor::Loop& loop, TlsContexts& tls, const ClientOptions& options, ConnectionFacts& facts)
      : loop_(loop), tls_(tls), options_(options), facts_(facts) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends over the kept connection where it is still good, else over a new one. It never sends twice.
  asio::awaitable<Reply> exchange(const Endpoint& server, const Request& request);
  /// Ends the exchange under way as `interrupted`.
  void abort();

  bool busy = false;  ///< an exchange is under way

 private:
  using Error = boost::system::error_code;
  using Time = std::chrono::steady_clock::time_point;
  using Tcp = boost::beast::tcp_stream;
  using Tls = asio::ssl::stream<Tcp&>;
  using TlsInTls = asio::ssl::stream<Tls&>;
  struct Lookup;

  /// Open to that server, and nothing has come that was not read, in no layer: a server may have closed it
  /// meanwhile, and bytes that nobody asked for belong to something else than the next answer.
  bool good_for(const Endpoint& server);
  void close();
  void trace(char direction, const std::string& line) const;

  // Each of these throws TransportError. An error of the first five says that nothing was sent.
  asio::awaitable<void> open(const Endpoint& server);
  asio::awaitable<asio::ip::tcp::resolver::results_type> resolve(const Endpoint& to);
  asio::awaitable<void> connect(const Endpoint& to);
  /// Adds a TLS layer, at most two; `who` names the other end in the error.
  asio::awaitable<void> start_tls(asio::ssl::context& settings, const std::string& host, const char* who);
  asio::awaitable<void> open_tunnel(const Proxy& proxy, const Endpoint& server);
  asio::awaitable<Response> send(const Endpoint& server, const Request& request);
  /// Writes until `first_byte`, then reads until the answer is done. Its first byte has to come before
  /// `first_byte`, each further one within the timeout, and all of them before `whole`. False where not all
  /// was written, which an early answer makes no error.
  asio::awaitable<bool> converse(std::vector<asio::const_buffer> bytes, AnswerReader& answer, Time first_byte,
                                 Time whole);

  /// Calls `use` with the innermost layer, to which the requests are written.
  template <class Use>
  auto with_innermost(const Use& use) {
    if (tls_in_tls_) return use(*tls_in_tls_);
    if (tls_stream_) return use(*tls_stream_);
    return use(*tcp_);
  }
  SSL* innermost_tls();

  Executor::Loop& loop_;
  TlsContexts& tls_;
  const ClientOptions& options_;
  ConnectionFacts& facts_;

  std::optional<Tcp> tcp_;
  std::optional<Tls> tls_stream_;
  std::optional<TlsInTls> tls_in_tls_;  ///< to a server through a proxy that is itself spoken to over TLS
  CertificateTrouble trouble_;          ///< of the last handshake
  std::shared_ptr<Lookup> lookup_;
  std::optional<Endpoint> server_;  ///< whose requests it takes; empty where it may take none
  bool aborted_ = false;
};

}  // namespace hookferry::net
