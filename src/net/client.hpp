// HTTP/1.1 over TCP or TLS: one request, or a stream of them over several kept connections. No policy: what
// to send, what to make of a reply and whether to try again is the caller's.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/secret.hpp"
#include "net/endpoint.hpp"
#include "net/executor.hpp"
#include "net/limits.hpp"
#include "net/pace.hpp"
#include "net/proxy_choice.hpp"
#include "net/shared_tls.hpp"

namespace hookferry {

/// Takes the body of a 2xx as it comes, so that nobody has to hold all of it.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// An answer begins; what came of another one does not count.
  virtual void begin() = 0;
  virtual void take(std::string_view piece) = 0;
};

struct Request {
  std::string method;
  std::string target;  ///< path
  std::string body;    ///< JSON; empty for none
  Secret bearer;
  BodySink* sink = nullptr;  ///< outlives the exchange
};

struct Response {
  int status = 0;
  std::string body;           ///< nothing of what a sink has taken
  std::size_t body_size = 0;  ///< bytes, of a sink's too
  std::string retry_after;    ///< header as sent, empty where there was none
  std::string location;
};

/// Why there is no response.
enum class TransportFailure {
  dns_unknown,    ///< the name does not exist
  dns_temporary,  ///< the name servers did not answer
  refused,        ///< nobody listens, or no route
  exhausted,      ///< this process may open no more files or start no more threads
  tls,            ///< handshake failed or the certificate was not accepted
  proxy_refused,  ///< the proxy does not connect, and will not
  proxy_failed,   ///< the proxy could not connect this time
  timed_out,
  closed,     ///< the connection ended before any answer
  cut,        ///< the connection ended inside the answer
  too_large,  ///< the answer exceeds the limit
  malformed,  ///< the answer is no HTTP
  interrupted,
};

struct TransportError {
  TransportFailure kind = TransportFailure::closed;
  bool sent = false;  ///< false: not a byte of the request can have reached the server
  std::string text;   ///< "connection refused", for an error line
};

using Reply = std::variant<Response, TransportError>;

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

struct ClientOptions {
  /// Connecting; sending with the wait for the first byte of the answer; each silence inside an answer. A
  /// whole answer may take ten times as long.
  Milliseconds timeout{30'000};
  std::string ca_file;  ///< PEM; empty: SSL_CERT_FILE's and the system's store
  /// The user's own certificate (PEM), to servers that ask for one; the key may stand in the same file.
  std::string client_cert, client_key;
  /// Every server is reached through it, by a tunnel: it sees the server's name and no more.
  std::optional<Proxy> proxy;
  std::size_t max_response = limits::body;  ///< bytes of body
  std::string user_agent;
  /// What may not be shown where a server sends it back, beside the key of each request.
  std::vector<Secret> secrets;
  std::shared_ptr<Pace> pace;             ///< that its requests keep to; nothing: as fast as may be
  std::shared_ptr<SharedTls> shared_tls;  ///< nothing: it reads its own certificates
  /// Told of each exchange; level 1 is a line a request, level 2 headers with the key masked.
  std::function<void(int level, const std::string& line)> trace;
};

/// A stream of requests for run(): asked whenever a connection is free.
class Workload {
 public:
  struct Job {
    std::size_t ticket;
    Request request;
  };
  struct Wait {
    Milliseconds time;
  };
  struct Nothing {};
  using Step = std::variant<Nothing, Wait, Job>;

  virtual ~Workload() = default;
  virtual Step next() = 0;
  virtual void replied(std::size_t ticket, Reply reply) = 0;
};

/// Blocking from outside, asynchronous inside: connections are kept and reused, one to each request under
/// way. Clients of one Executor make progress together, whichever of them is waited for.
class Client {
 public:
  /// `executor` must outlive the client. Failure(configuration) where the CA file cannot be used.
  Client(Executor& executor, ClientOptions options);
  /// What is under way is ended.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  enum class OnInterrupt { abandon, finish };
  Reply send(const Endpoint& endpoint, const Request& request, OnInterrupt on_interrupt);

  /// An answer that is on its way. Without finish() it is ended with its client.
  struct Pending;
  /// Begins to send; it goes on whenever something of the executor is waited for, so that two accounts are
  /// read at the same time: start both, then finish both.
  std::shared_ptr<Pending> start(const Endpoint& endpoint, const Request& request, OnInterrupt on_interrupt);
  /// Waits for the answer. Once for each start.
  Reply finish(const std::shared_ptr<Pending>& pending);

  /// Until the workload has nothing more to do and every reply is in. Never abandons a request that is under
  /// way.
  void run(const Endpoint& endpoint, Workload& workload, std::size_t connections);

  /// Those of the executor.
  bool wait(Milliseconds time);
  bool interrupted() const;
  void on_interrupt(std::function<void()> told);

  std::size_t max_response() const;

  /// Of the last connection that was opened.
  const ConnectionFacts& facts() const;

 private:
  struct Connections;
  std::shared_ptr<Connections> connections_;  // shared with what is under way
};

}  // namespace hookferry
