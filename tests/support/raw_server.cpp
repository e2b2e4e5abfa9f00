#include "raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace hookferry::test {

RawServer::RawServer(std::string answer, std::string repeat)
    : answer_(std::move(answer)), repeat_(std::move(repeat)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

RawServer::~RawServer() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
}

std::string RawServer::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

void RawServer::serve() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) continue;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    ++connections_;
    answer(connection);
    ::close(connection);
  }
}

void RawServer::answer(int connection) const {
  char request[4096];
  if (::recv(connection, request, sizeof request, 0) <= 0) return;
  auto sent = ::send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL);
  while (!repeat_.empty() && sent > 0 && !stopping_)
    sent = ::send(connection, repeat_.data(), repeat_.size(), MSG_NOSIGNAL);
  ::shutdown(connection, SHUT_WR);
  while (sent > 0 && ::recv(connection, request, sizeof request, MSG_DONTWAIT) > 0) {
  }
}

}  // namespace hookferry::test
