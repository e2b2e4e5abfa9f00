// HTTP/1.1 over TCP or TLS: one request, or a stream of them over several kept connections. There is no
// policy here: what to send, what to make of a reply and whether to try again is the caller's decision.
#pragma once

#include <chrono>
#include <cstddef>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "core/process.hpp"
#include "core/text.hpp"
#include "net/endpoint.hpp"

namespace hookferry::net {

/// How much a server may send: every limit of the network, once. docs/network.md shows the
/// table to users; tests/unit/net/answer_test.cpp and net_client_test.cpp hold each at its edge.
namespace limits {

inline constexpr std::size_t kib = 1024;

/// Bytes of an answer that are held before they are understood.
inline constexpr std::size_t buffer = 128 * kib;
/// Status line and all fields of one answer; an informational answer has a limit of its own.
inline constexpr std::size_t header = 64 * kib;
/// The line of a chunk with its extensions, and the line of the last chunk with all trailers.
inline constexpr std::size_t chunk_framing = 64 * kib;
/// All framing of a body in chunks may take so much, and so many times the body beside it.
inline constexpr std::size_t framing = 1024 * kib;
inline constexpr std::size_t framing_factor = 16;
/// Informational answers (1xx) before the answer.
inline constexpr std::size_t informational = 16;
/// Body of an answer that is no 2xx: more of it is not read, and none of it shown.
inline constexpr std::size_t refusal_body = 1024 * kib;
/// Body of a proxy's answer that does not connect.
inline constexpr std::size_t proxy_body = 64 * kib;
/// Body of a 2xx where the user does not say otherwise (--max-response).
inline constexpr std::size_t body = 256 * kib * kib;
/// A whole answer may take this many times the timeout, however steadily its bytes drip.
inline constexpr int whole_answer_factor = 10;

}  // namespace limits

/// Takes the body of a 2xx as it comes, so that it is never in memory as a whole.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// An answer begins. The result of an earlier one does not count.
  virtual void begin() = 0;
  virtual void take(std::string_view piece) = 0;
};

struct Response {
  int status = 0;
  std::string body;           ///< empty where a sink has taken it
  std::size_t body_size = 0;  ///< in bytes; what a sink has taken counts
  std::string retry_after;    ///< header as sent, empty where there was none
  std::string location;
  std::string date;            ///< header as sent, empty where there was none
  std::string links = {};      ///< all Link headers, separated by commas
  bool content_range = false;  ///< the body is a part of something
  /// When the header was read. The response may wait long before it is looked at.
  std::chrono::steady_clock::time_point header_at = {};
};

/// Why there is no response.
enum class TransportFailure {
  dns_unknown,    ///< the name does not exist
  dns_temporary,  ///< the name servers did not answer
  refused,        ///< nothing listens there, or there is no route
  exhausted,      ///< this process may open no more files or start no more threads
  tls,            ///< handshake failed or the certificate was not accepted
  proxy_refused,  ///< the proxy does not connect, and will not
  proxy_failed,   ///< the proxy could not connect this time
  timed_out,
  closed,     ///< the connection ended before any answer
  cut,        ///< the connection ended inside the answer
  too_large,  ///< the answer exceeds the limit
  malformed,  ///< the response is not HTTP
  interrupted,
};

struct TransportError {
  TransportFailure kind = TransportFailure::closed;
  bool sent = false;  ///< false: not a byte of the request can have reached the server
  std::string text;   ///< "connection refused", for an error line
};

using Reply = std::variant<Response, TransportError>;

struct Request {
  std::string method;
  std::string target;  ///< path
  std::string body;    ///< JSON; empty for none
  Secret bearer;
  BodySink* sink = nullptr;  ///< outlives the exchange
};

/// How far a connection has come; where it failed, the step that failed.
enum class ConnectionStage {
  look_up,  ///< the host's name, or that of the proxy
  connect,  ///< to the server, or by the proxy
  tls,
  exchange,  ///< it is open
};

/// What a connection turned out to be, for `check` and `-v`.
struct ConnectionFacts {
  ConnectionStage stage = ConnectionStage::look_up;
  bool proxied = false;
  std::string address;      ///< "127.0.0.1:8443", or which proxy leads there
  std::string tls_version;  ///< "TLSv1.3"; empty without TLS
  std::string certificate_expiry;
};

/// Lets so many requests a second through to one host, evenly, over all clients and threads that share it.
class RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RateLimiter(std::size_t per_second)
      : distance_(std::chrono::nanoseconds(1'000'000'000) / per_second) {}

  /// Takes the next place in the queue of that host and returns when its turn is.
  Clock::time_point acquire(const std::string& host, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    auto& next = next_[host];
    const auto turn = next > now ? next : now;
    next = turn + distance_;
    return turn;
  }

 private:
  const std::chrono::nanoseconds distance_;
  std::mutex mutex_;
  std::map<std::string, Clock::time_point> next_;
};

struct ClientOptions;
struct TlsContexts;

/// Trusted certificates take long to read, so what several clients trust is read once. Any thread may use it.
class SharedTls {
 public:
  /// The contexts of options like these. Failure(configuration) where a file cannot be used.
  std::shared_ptr<TlsContexts> get(const ClientOptions& options);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<TlsContexts>> contexts_;
};

struct ClientOptions {
  /// It limits connecting, then sending with the wait for the first byte of the answer, then each silence
  /// inside the answer. A whole answer may take ten times as long.
  Milliseconds timeout{30'000};
  std::string ca_file;  ///< PEM; empty: SSL_CERT_FILE's and the system's store
  /// The user's own certificate (PEM), to servers that ask for one; the key may stand in the same file.
  std::string client_cert, client_key;
  /// Every server is reached through it, by a tunnel: it sees the server's name and no more.
  std::optional<Proxy> proxy;
  std::size_t max_response = limits::body;  ///< bytes of body
  std::string user_agent;
  /// They are masked where a server sends them back, as the key of each request is.
  std::vector<Secret> secrets;
  std::shared_ptr<RateLimiter> rate_limiter;  ///< empty: requests are sent as fast as possible
  std::shared_ptr<SharedTls> shared_tls;      ///< empty: the client reads certificates of its own
  /// Is called for each exchange; level 1 is a line a request, level 2 headers with the key masked.
  std::function<void(int level, const std::string& line)> trace;
};

/// What a stream yields when it is asked for the next request: its end, a time to wait, or the request.
struct End {};
template <class Request>
using Next = std::variant<End, Milliseconds, Request>;

/// A request of a stream, and who hears of its reply.
struct Job {
  Request request;
  std::function<void(Reply)> answered;
};

/// Carries the waiting of one thread: sockets, timers, and the first signal. It is blocking from outside and
/// asynchronous inside. Clients of one run share one executor; a process may have several, each used by one
/// thread. It must outlive its clients, and `interrupts` must outlive it.
class Executor {
 public:
  explicit Executor(const Interrupts& interrupts);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Whatever is under way goes on meanwhile. False where the first signal came before the time was over; one
  /// that was noticed before does not shorten it, since settling has to wait after a signal, too.
  bool wait(Milliseconds time);
  bool interrupted() const;
  /// Is called once, at the first signal, unless that abandons a request, whose caller reports the interrupt.
  void on_interrupt(std::function<void()> callback);

  struct Loop;  ///< defined in connection.hpp, since it needs Asio; internal to net/
  Loop& loop() { return *loop_; }

 private:
  std::unique_ptr<Loop> loop_;
};

/// Blocking from outside, asynchronous inside: connections are kept and reused, one to each request under
/// way. Clients of one executor make progress together, whichever of them is waited for.
class Client {
 public:
  /// `executor` must outlive the client. Failure(configuration) where the CA file cannot be used.
  Client(Executor& executor, ClientOptions options);
  /// Ends what is under way.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  enum class OnInterrupt { abandon, finish };
  /// Begins to send. It goes on whenever something of the executor is waited for, so two accounts are read at
  /// once if both are started before either is finished. It ends with its client.
  std::future<Reply> start(const Endpoint& endpoint, const Request& request, OnInterrupt on_interrupt);
  /// Waits for a reply of start().
  Reply finish(std::future<Reply> reply);
  Reply send(const Endpoint& endpoint, const Request& request, OnInterrupt on_interrupt) {
    return finish(start(endpoint, request, on_interrupt));
  }

  /// Sends a stream of requests: `next` is asked whenever a connection is free, until it yields the end and
  /// every reply is in. A request that is under way is never abandoned. The first exception of `next` or of
  /// an answered() ends the sending over all connections; it is thrown once what is under way is finished.
  void run(const Endpoint& endpoint, const std::function<Next<Job>()>& next, std::size_t connections);

  Executor& executor() const;
  const ClientOptions& options() const;
  /// What the last connection that was opened turned out to be.
  const ConnectionFacts& facts() const;

 private:
  struct Pool;
  std::shared_ptr<Pool> pool_;  // shared with what is under way
};

}  // namespace hookferry::net
