// One kept connection to a server, through a proxy where there is one: TLS, requests, and how a response is
// read. Internal to net/: this header carries Asio, Beast and OpenSSL.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <set>

#include "net/client.hpp"

namespace hookferry::net {

namespace asio = boost::asio;

/// A server may send a secret back: in an error text, in a header, in a name, escaped in some way. The
/// result is `text` with "****" wherever the secret stands: as it is, or behind JSON escapes,
/// percent-encoding, HTML references and what these make of one another, up to three layers.
std::string redact(std::string_view text, const Secret& secret);

/// Reads one HTTP answer. Informational answers (1xx, but for 101, which ends the talk) are passed over. It
/// never reads what follows the answer: that is left over, and the connection is out of step.
class AnswerReader {
 public:
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  /// `max_body` limits the body of a 2xx, and `limits` everything else. The sink must outlive the reader.
  explicit AnswerReader(std::size_t max_body, BodySink* sink = nullptr) : max_body_(max_body), sink_(sink) {}
  /// Reads the answer to a CONNECT: a 2xx is whole with its header.
  AnswerReader() : connect_(true) {}

  /// Where the next bytes may be put: never of size 0 while neither done nor failed.
  asio::mutable_buffer room();
  /// `count` bytes were put there.
  void received(std::size_t count);
  /// The stream came to its proper end, which ends an answer without a length.
  void ended();

  bool done() const { return done_; }
  /// What is wrong with the answer, as an error of a request that was sent.
  const std::optional<TransportError>& error() const { return error_; }
  /// A byte of the answer has come, informational ones aside.
  bool begun() const { return parser_->got_some(); }
  /// The connection may carry another request: the answer is whole, allows it, and nothing follows it.
  bool keeps_connection() const;

  // The answer itself, once it is done.
  const Parser::value_type& message() const { return parser_->get(); }
  int status() const { return static_cast<int>(message().result_int()); }
  bool success() const { return status() / 100 == 2; }
  /// Takes the body out.
  Response response();

 private:
  std::size_t body_limit() const {
    return success() ? max_body_ : connect_ ? limits::proxy_body : limits::refusal_body;
  }
  // What the parser made of the bytes of the header or of the body that came last.
  void read_header(const boost::system::error_code& failed);
  void read_body(const boost::system::error_code& failed);
  void body_too_large();
  void malformed(std::string text) { error_ = {TransportFailure::malformed, true, std::move(text)}; }

  std::size_t max_body_ = 0;
  BodySink* sink_ = nullptr;
  bool connect_ = false;
  boost::beast::flat_buffer buffer_{limits::buffer};
  std::optional<Parser> parser_{std::in_place};
  std::size_t header_bytes_ = 0;  ///< of this answer, as far as it is understood
  std::size_t body_bytes_ = 0;    ///< as they came, framing included
  std::size_t body_size_ = 0;
  std::size_t informational_ = 0;
  std::chrono::steady_clock::time_point header_at_;
  bool done_ = false;
  bool cut_short_ = false;  ///< done, but what is left of the body was not read
  std::optional<TransportError> error_;
};

/// TLS 1.2 or later, certificates always checked.
struct TlsContexts {
  /// Failure(configuration) where a file cannot be used.
  explicit TlsContexts(const ClientOptions& options);
  asio::ssl::context server;
  /// Where the proxy itself is spoken to over TLS: it is never shown the user's own certificate.
  std::optional<asio::ssl::context> proxy;
};

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
  /// meanwhile, and unexpected bytes do not belong to the next answer.
  bool good_for(const Endpoint& server);
  void close();
  void trace(char direction, const std::string& line) const;

  // Each of these throws TransportError. An error of the first four says that nothing was sent.
  asio::awaitable<void> open(const Endpoint& server);
  asio::awaitable<void> connect(const Endpoint& to);
  /// Adds a TLS layer, at most two; `who` names the other end in the error. Defined in tls.cpp.
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
  std::string certificate_trouble_;     ///< why the last handshake did not accept a certificate
  std::shared_ptr<Lookup> lookup_;
  std::optional<Endpoint> server_;  ///< whose requests it takes; empty where it may take none
  bool aborted_ = false;
};

}  // namespace hookferry::net
