// One kept connection. Internal to net/: this header carries Asio.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "net/client.hpp"

namespace hookferry {

namespace asio = boost::asio;

class Session {
 public:
  /// All of them must outlive the session.
  Session(asio::io_context& io, asio::ssl::context& tls, const ClientOptions& options,
          ConnectionFacts& facts);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Sends over the kept connection where it is still good, else over a new one. Never sends twice.
  asio::awaitable<Reply> exchange(const Endpoint& endpoint, const Request& request);
  /// Ends what is under way, as `interrupted`.
  void abort();
  /// A name look-up cannot be taken back: its thread may still be busy when everything else has ended.
  bool resolving() const;

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace hookferry
