// One kept connection. Internal to net/: this header carries Asio.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "net/client.hpp"
#include "net/executor_context.hpp"

namespace hookferry {

class Session {
 public:
  /// All of them must outlive the session.
  Session(Executor::Context& executor, asio::ssl::context& tls, const ClientOptions& options,
          ConnectionFacts& facts);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Sends over the kept connection where it is still good, else over a new one. Never sends twice.
  asio::awaitable<Reply> exchange(const Endpoint& endpoint, const Request& request);
  /// Ends what is under way, as `interrupted`.
  void abort();

  bool busy = false;  ///< an exchange is under way

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

}  // namespace hookferry
