// What the adapters of all APIs share: requests to one account, reads that are repeated until they are
// understood, and the server's clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/account_api.hpp"
#include "api/verdict.hpp"
#include "json/document.hpp"
#include "net/client.hpp"

namespace hookferry::api {

/// One account at the other end.
struct Account {
  std::string label;  ///< as the user calls it
  net::Endpoint endpoint;
  Secret key;
};

/// Whether the same GET may be answered better the next time.
[[nodiscard]] bool worth_another_try(const net::Reply& reply, const Verdict& verdict);

/// Returns which of the sorted ids is there twice, or nothing.
std::string repeated_id(const std::vector<std::int64_t>& sorted);

/// How a read ends that is not the API's.
class OtherApi : public Failure {
 public:
  using Failure::Failure;
};

class Session {
 public:
  /// `tell` gets a line for each retry.
  Session(net::Client& client, Account account, std::size_t retries,
          std::function<void(const std::string&)> tell);

  /// Begins the GET already, so that two accounts are read at the same time; the next read() takes the reply.
  void start(const std::string& path);

  /// Returns why the response is not whole, or nothing. Its Failure is one of the response, which `where`
  /// names.
  using Understand = std::function<std::string(net::Response& response, const std::string& where)>;
  struct Read {
    std::string path;
    Understand understand;
    /// It is not given up on a signal, and a response that makes no sense is asked for again.
    bool settling = false;
    net::BodySink* sink = nullptr;
    /// An error response that says what the caller wants to know ends the read, too.
    std::function<bool(const net::Response&)> accepts_error = {};
    std::string_view what = "the whole list";
  };
  /// Asks until the response is a whole one that is understood.
  void read(const Read& read);
  /// The same for each, so many at a time.
  void read_each(const std::vector<Read>& reads, std::size_t at_a_time);
  /// Waits before a retry. Failure(interrupted) at a signal, unless it settles.
  void pause(Milliseconds delay, bool settling) const;

  /// One try.
  net::Reply send(const std::string& path);
  net::Request request(const std::string& method, const std::string& path, std::string body = {}) const {
    return {method, path, std::move(body), account_.key};
  }
  /// Every reply is shown to it.
  void note_clock(const net::Reply& reply);
  std::optional<std::int64_t> server_now() const;

  net::Client& client() const { return client_; }
  const Account& account() const { return account_; }
  std::size_t retries() const { return retries_; }

 private:
  std::future<net::Reply> begin(const Read& read);
  std::optional<Milliseconds> take(net::Reply reply, const Read& read, std::size_t attempt);

  net::Client& client_;
  Account account_;
  std::size_t retries_;
  std::function<void(const std::string&)> tell_;
  std::future<net::Reply> started_;
  /// How far the server's clock is ahead of the steady one, at least: a header Date has whole seconds.
  std::optional<Milliseconds> clock_ahead_;
};

// What an answer of the API may hold for its size, so that no server can make a small answer fill the memory:
// beside the limits of net/client.hpp.

/// Limits one webhook, and the JSON in its fields.
inline constexpr json::ParseLimits limits_of_a_webhook{.nodes = 500'000};

/// A webhook of the API has 370 bytes or more and a value or a member name in about 11. Small answers may be
/// as dense as they like.
inline json::ParseLimits answer_limits(std::size_t bytes) {
  return {.nodes = 100'000 + bytes / 6,
          .elements = 10'000 + bytes / 256,
          .nodes_of_element = limits_of_a_webhook.nodes};
}

}  // namespace hookferry::api
