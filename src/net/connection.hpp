// A way to a server that requests can be sent over, through a proxy where there is one. Internal to net/:
// this header carries Asio.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/answer.hpp"
#include "net/client.hpp"
#include "net/stream.hpp"

namespace hookferry {

class Connection {
 public:
  using Time = Stream::Time;

  /// All of them must outlive the connection.
  Connection(Executor::Context& executor, TlsContexts& tls, const ClientOptions& options,
             ConnectionFacts& facts)
      : executor_(executor), tls_(tls), options_(options), facts_(facts) {}

  /// A new one, ready for requests. An error's text says at which step; nothing was sent then.
  asio::awaitable<std::optional<TransportError>> open(const Endpoint& server);
  /// Open to that server, not given up, and silent: a server may have closed it meanwhile, and bytes that
  /// nobody asked for belong to something else than the next answer.
  bool good_for(const Endpoint& server) { return stream_ && server_ == server && stream_->silent(); }
  /// It answers nothing after this exchange.
  void give_up() { server_.reset(); }
  void close();
  /// Ends what is under way; what begins after this fails, too.
  void abort();
  bool aborted() const { return aborted_; }
  /// Before whatever may be aborted next.
  void begin() { aborted_ = false; }

  /// Writes until `latest`.
  asio::awaitable<Stream::Error> write(std::vector<asio::const_buffer> bytes, Time latest);
  /// Reads until the answer is done. Its first byte has to come before `first_byte`, each further one within
  /// the timeout, and all of them before `whole`.
  asio::awaitable<std::optional<TransportError>> receive(AnswerReader& answer, Time first_byte, Time whole);

 private:
  struct Lookup;

  asio::awaitable<std::optional<TransportError>> resolve(std::string host, std::string service);
  asio::awaitable<std::optional<TransportError>> connect(const Endpoint& to);
  asio::awaitable<std::optional<TransportError>> connect_to_proxy(const Proxy& proxy);
  asio::awaitable<std::optional<TransportError>> tunnel(const Proxy& proxy, const Endpoint& server);
  asio::awaitable<std::optional<TransportError>> start_tls(const Endpoint& server);
  asio::awaitable<std::optional<TransportError>> reach(const Endpoint& server);
  void trace(const std::string& line) const;

  Executor::Context& executor_;
  TlsContexts& tls_;
  const ClientOptions& options_;
  ConnectionFacts& facts_;
  std::optional<Stream> stream_;
  std::shared_ptr<Lookup> lookup_;
  std::optional<Endpoint> server_;  ///< whose requests it takes
  bool aborted_ = false;
};

/// Of a request that may have reached the server.
TransportError stream_error(const Stream::Error& error, bool begun);
TransportError interrupted_error(bool sent);

}  // namespace hookferry
