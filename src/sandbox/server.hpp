// An API server over files, for trying things and for tests: what the vendor's guide describes, on loopback
// only.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hookferry {

/// What keeps connections that nobody serves from piling up.
struct SandboxLimits {
  std::chrono::milliseconds header{10'000};  ///< for a request's header; also for a TLS handshake
  std::chrono::milliseconds body{60'000};    ///< for its body
  std::chrono::milliseconds idle{60'000};    ///< for the next request on a kept connection to begin
  std::chrono::milliseconds unread{60'000};  ///< for an answer to be taken
  std::size_t connections = 1000;            ///< at a time; a further one is closed at once
};

struct SandboxOptions {
  std::filesystem::path state;    ///< a folder with one NAME.json an account, see accounts.hpp
  std::uint16_t port = 0;         ///< 0: any that is free
  std::string tls_cert, tls_key;  ///< PEM files; both or none
  std::vector<std::string> faults;
  std::uint64_t seed = 1;     ///< of everything that is random in the faults
  std::filesystem::path log;  ///< a line for each request; empty: none
  SandboxLimits limits;
};

/// A server that listens from its construction on. Throws Failure for a state folder, certificate, fault rule
/// or log that cannot be used and for a port in use. Answers only who names it by a loopback name.
class SandboxServer {
 public:
  explicit SandboxServer(const SandboxOptions& options);
  ~SandboxServer();
  SandboxServer(const SandboxServer&) = delete;
  SandboxServer& operator=(const SandboxServer&) = delete;

  std::string url() const;  ///< http://127.0.0.1:PORT, https with TLS
  /// In the calling thread, until stop(), which any thread may call.
  void serve();
  void stop();
  /// The same until SIGINT or SIGTERM.
  void serve_until_signal();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Prints the URL on standard output and serves until SIGINT or SIGTERM. Throws as SandboxServer does.
void run_sandbox(const SandboxOptions& options);

}  // namespace hookferry
