// An answer of any bytes through the real client over a loopback socket: a value within its limits or a
// failure, and never anything of it as the answer to the next request.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <ctime>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "api/v1/webhooks_api.hpp"
#include "api/verdict.hpp"
#include "core/failure.hpp"
#include "fuzz/fuzz.hpp"
#include "net/client.hpp"
#include "support/rooms.hpp"
#include "webhook/webhook.hpp"

using namespace hookferry;
using fuzz::promise;

namespace {

constexpr std::size_t most = 2'000;
constexpr std::string_view second_answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond";

/// The first connection of a round gets the fuzzer's bytes, the others an answer that is known.
class Server {
 public:
  Server() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    promise(::bind(listener_, generic, size) == 0 && ::listen(listener_, 64) == 0 &&
                ::getsockname(listener_, generic, &size) == 0,
            "a server");
    port_ = ntohs(address.sin_port);
    std::thread([this] { serve(); }).detach();  // as long as the process
  }

  std::uint16_t port() const { return port_; }

  void next_round(std::string answer, std::size_t piece) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
    piece_ = piece;
    first_ = true;
  }

 private:
  void serve() {
    while (true) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      talk(connection);
      ::close(connection);
    }
  }

  void talk(int connection) {
    std::string answer(second_answer);
    std::size_t piece = answer.size();
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(first_, false)) {
        answer = answer_;
        piece = piece_;
      }
    }
    if (!read_request(connection)) return;
    for (std::size_t at = 0; at < answer.size(); at += piece) {
      const auto part = std::string_view(answer).substr(at, piece);
      if (::send(connection, part.data(), part.size(), MSG_NOSIGNAL) < 0) return;
    }
    ::shutdown(connection, SHUT_WR);
    char ignored[512];
    while (::recv(connection, ignored, sizeof ignored, 0) > 0) {
    }
  }

  static bool read_request(int connection) {
    std::string head;
    char part[2048];
    while (head.find("\r\n\r\n") == std::string::npos) {
      const auto count = ::recv(connection, part, sizeof part, 0);
      if (count <= 0) return false;
      head.append(part, static_cast<std::size_t>(count));
    }
    return true;
  }

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::string answer_;
  std::size_t piece_ = 1;
  bool first_ = false;
};

void check_line(const std::string& text) {
  for (const char c : text) promise(static_cast<unsigned char>(c) >= 0x20, "what is told is one line");
}

void check(const net::Reply& reply) {
  const auto verdict = judge(reply, std::time(nullptr));
  check_line(verdict.text());
  const auto* response = std::get_if<net::Response>(&reply);
  if (response == nullptr) return promise(verdict.failure != FailureClass::none, "an error is no success");
  promise(response->status >= 0 && response->status <= 999, "a status has three digits");
  if (response->status < 200 || response->status > 299)
    promise(verdict.failure != FailureClass::none, "only a 2xx is a success");
  promise(response->body.size() <= most || response->status / 100 != 2, "no body is larger than its limit");
  try {
    read_webhooks(response->body, "it", listing_limits(response->body.size()));
  } catch (const Failure& failure) {
    check_line(failure.what());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Server server;
  static Interrupts interrupts;
  static const auto certificates =
      std::make_shared<net::SharedTls>();  // reading them takes longer than the rest
  if (size == 0) return 0;
  // The first byte says in how large pieces it comes, and to what request.
  server.next_round(fuzz::text_of(data + 1, size - 1), 1 + (data[0] & 0x7FU) * 16U);
  net::Executor executor(interrupts);
  net::ClientOptions options;
  options.timeout = Milliseconds(5'000);
  options.max_response = most;
  options.user_agent = "fuzz";
  options.shared_tls = certificates;
  options.secrets.emplace_back("EXAMPLE");
  options.trace = [](int, const std::string& line) { check_line(line); };
  net::Client client(executor, std::move(options));
  net::Endpoint endpoint;
  endpoint.host = "127.0.0.1";
  endpoint.port = server.port();
  endpoint.tls = false;
  net::Request request;
  request.method = data[0] < 128 ? "GET" : "POST";
  request.target = "/x";
  request.body = data[0] < 128 ? "" : "[]";
  request.bearer = Secret("EXAMPLE");
  check(client.send(endpoint, request, net::Client::OnInterrupt::abandon));
  const auto second = client.send(endpoint, request, net::Client::OnInterrupt::abandon);
  if (const auto* response = std::get_if<net::Response>(&second))
    promise(response->status == 200 && response->body == "second", "an answer belongs to its request");
  return 0;
}
