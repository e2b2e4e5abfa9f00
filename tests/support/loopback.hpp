// Bytes over a loopback connection: for what a client would tidy away.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace hookferry::test {

/// A socket that listens on loopback, at a port that was free.
class Listener {
 public:
  explicit Listener(bool ipv6 = false);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  int port() const { return port_; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
  int port_ = 0;
};

/// A connection to a port of 127.0.0.1; nothing where nobody listens.
std::optional<int> connect_to(int port);

class Loopback {
 public:
  /// `url`: http://127.0.0.1:PORT.
  explicit Loopback(const std::string& url);
  ~Loopback();
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  void send(const std::string& bytes) const;
  /// What comes up to and with `text`. Throws where the connection ends before, or nothing comes for half a
  /// minute.
  std::string receive_until(const std::string& text);
  /// All that comes until the other side closes; the same time limit.
  std::string receive_all();

 private:
  bool receive_more();
  int socket_ = -1;
  std::string received_;
};

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// One request over a connection of its own.
HttpAnswer http_request(const std::string& url, const std::string& method, const std::string& path,
                        const std::string& body, const std::map<std::string, std::string>& headers);

}  // namespace hookferry::test
