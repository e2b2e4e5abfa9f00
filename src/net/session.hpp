// One kept connection. Internal to net/: this header carries Asio.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "net/answer.hpp"
#include "net/connection.hpp"

namespace hookferry {

class Session {
 public:
  /// All of them must outlive the session.
  Session(Executor::Context& executor, TlsContexts& tls, const ClientOptions& options,
          ConnectionFacts& facts);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Sends over the kept connection where it is still good, else over a new one. Never sends twice.
  asio::awaitable<Reply> exchange(const Endpoint& endpoint, const Request& request);
  /// Ends what is under way, as `interrupted`.
  void abort() { connection_.abort(); }

  bool busy = false;  ///< an exchange is under way

 private:
  asio::awaitable<Reply> talk(const Endpoint& endpoint, const Request& request);
  void trace(char direction, const std::string& line) const;
  void trace_answer(const AnswerReader& answer, const Secret& key) const;

  const ClientOptions& options_;
  Connection connection_;
};

}  // namespace hookferry
