// An API server over files, for trials and for tests. It behaves as the vendor's guide describes and listens
// on loopback only.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hookferry::sandbox {

/// These keep abandoned connections from piling up.
struct Limits {
  std::chrono::milliseconds header{10'000};  ///< for a request's header; also for a TLS handshake
  std::chrono::milliseconds body{60'000};    ///< for its body
  std::chrono::milliseconds idle{60'000};    ///< for the next request on a kept connection to begin
  std::chrono::milliseconds unread{60'000};  ///< for a client to take a response
  std::size_t connections = 1000;            ///< at a time; a further one is closed at once
};

struct Options {
  std::filesystem::path state;    ///< a folder with one NAME.json an account: see store.hpp
  std::uint16_t port = 0;         ///< 0 for any that is free
  std::string tls_cert, tls_key;  ///< PEM files: both or none
  std::vector<std::string> faults;
  std::uint64_t seed = 1;     ///< of everything that is random in the faults
  std::filesystem::path log;  ///< gets a line for each request; empty for no log
  std::function<void(const std::string& line)> trace = nullptr;  ///< gets the same lines
  Limits limits;
};

/// A server that listens from its construction on. It answers only clients that name it by a loopback name.
/// An exception that ends a connection or a delayed change is reported on standard error and in the log.
class Server {
 public:
  /// Throws Failure for a state folder, certificate, fault rule or log that cannot be used, and for a port
  /// that is in use.
  explicit Server(const Options& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url() const;  ///< http://127.0.0.1:PORT, or https with TLS
  /// Serves in the calling thread until stop(), which any thread may call.
  void serve();
  void stop();
  /// Serves until SIGINT or SIGTERM.
  void serve_until_signal();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What follows is here for the tests.

struct Response;

/// The response as HTTP/1.1: cut, or with bytes behind it, where the response says so. A `leftover` that is a
/// number stands for a further response of that status, "answer" for the same response once more.
std::string response_bytes(const Response& response, bool keep_alive);

/// Whether a Host header names this machine: localhost, 127.0.0.0/8 or [::1], with or without a port. A web
/// page whose name was made to resolve to loopback (DNS rebinding) sends its own name, which gives it away.
bool names_loopback(std::string_view host);

}  // namespace hookferry::sandbox
