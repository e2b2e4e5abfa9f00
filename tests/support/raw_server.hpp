// A server that answers everything with the same bytes: for what the sandbox is too well-behaved to say.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace hookferry::test {

class RawServer {
 public:
  /// `repeat`: the last part of the answer is sent over and over until the client leaves.
  explicit RawServer(std::string answer, std::string repeat = {});
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  std::string url() const;
  std::size_t connections() const { return connections_; }

 private:
  void serve();
  void answer(int connection) const;
  std::string answer_, repeat_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<std::size_t> connections_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace hookferry::test
