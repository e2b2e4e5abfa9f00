// A server that says what it is told to, byte by byte: for what the sandbox is too well-behaved to say.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "support/loopback.hpp"
#include "support/rooms.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace hookferry::test {

/// TLS at a server's end.
struct RawTls {
  std::string certificate, key;  ///< PEM files
  std::string client_ca;         ///< a client has to show a certificate by this authority; empty: none
  int version = 0;               ///< the only one spoken, such as TLS1_1_VERSION; 0: any
  std::string ciphers = {};      ///< of TLS 1.2, as OpenSSL writes them; empty: any
};

/// One connection that a script talks over. All calls end when the client leaves or the server is destroyed.
class RawConnection {
 public:
  RawConnection(int descriptor, ssl_st* tls, const std::atomic<bool>& stopping)
      : descriptor_(descriptor), tls_(tls), stopping_(stopping) {}
  /// A request's head and its body as long as Content-Length says; empty where the client left.
  std::string read_request();
  /// What comes within a moment, which may be nothing; nothing at all where the client left.
  std::optional<std::string> receive_some();
  /// False where the client left.
  bool send(const std::string& bytes);
  /// Over and over, until the client leaves.
  void repeat(const std::string& bytes);
  /// Until the client leaves; false where it says something instead.
  bool wait_until_closed();
  int descriptor() const { return descriptor_; }

 private:
  /// How many; 0 or less at the end.
  long receive(char* bytes, std::size_t size);
  bool wait_for(short events);
  int descriptor_;
  ssl_st* tls_;
  const std::atomic<bool>& stopping_;
  std::string received_;
};

class RawServer {
 public:
  using Script = std::function<void(RawConnection&)>;
  /// Each connection gets a thread that carries the script out; then it is closed.
  explicit RawServer(Script script, const RawTls* tls = nullptr, bool ipv6 = false);
  /// The same answer to the first request of each connection. `repeat`: sent over and over after it until the
  /// client leaves.
  explicit RawServer(const std::string& answer, const std::string& repeat = {});
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  std::string url() const;
  /// `127.0.0.1` or, without brackets, `::1`.
  std::string host() const { return ipv6_ ? "::1" : "127.0.0.1"; }
  int port() const { return listener_.port(); }
  std::size_t connections() const { return connections_; }

 private:
  void serve();
  void talk(int descriptor);
  Script script_;
  std::shared_ptr<ssl_ctx_st> tls_;
  bool ipv6_ = false;
  Listener listener_;
  std::atomic<std::size_t> connections_{0};
  std::atomic<bool> stopping_{false};
  std::list<std::thread> scripts_;
  std::thread thread_;
};

}  // namespace hookferry::test
