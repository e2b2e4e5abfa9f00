#include "raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace hookferry::test {
namespace {

std::size_t body_length(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::strtoull(head.c_str() + at + 16, nullptr, 10);
}

/// What the client still sends is taken, so that closing does not reset what it has yet to read.
void close_gently(int descriptor) {
  ::shutdown(descriptor, SHUT_WR);
  char ignored[4096];
  while (::recv(descriptor, ignored, sizeof ignored, MSG_DONTWAIT) > 0) {
  }
  ::close(descriptor);
}

}  // namespace

bool RawConnection::readable() {
  while (!stopping_) {
    pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) > 0) return true;
  }
  return false;
}

std::string RawConnection::read_request() {
  while (true) {
    const auto end = received_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const auto size = end + 4 + body_length(received_.substr(0, end));
      if (received_.size() >= size) {
        const auto out = received_.substr(0, size);
        received_.erase(0, size);
        return out;
      }
    }
    char piece[65536];
    const auto count = readable() ? ::recv(descriptor_, piece, sizeof piece, 0) : 0;
    if (count <= 0) return {};
    received_.append(piece, static_cast<std::size_t>(count));
  }
}

bool RawConnection::send(const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    if (stopping_) return false;
    const auto count =
        ::send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    pollfd waiting{descriptor_, POLLOUT, 0};
    if (::poll(&waiting, 1, 20) > 0 && (waiting.revents & (POLLERR | POLLHUP)) != 0) return false;
  }
  return true;
}

void RawConnection::repeat(const std::string& bytes) {
  while (send(bytes)) {
  }
}

bool RawConnection::wait_until_closed() {
  char byte = 0;
  return received_.empty() && (!readable() || ::recv(descriptor_, &byte, 1, 0) <= 0);
}

RawServer::RawServer(Script script) : script_(std::move(script)) {
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

RawServer::RawServer(const std::string& answer, const std::string& repeat)
    : RawServer([answer, repeat](RawConnection& connection) {
        if (connection.read_request().empty()) return;
        if (connection.send(answer) && !repeat.empty()) connection.repeat(repeat);
      }) {}

RawServer::~RawServer() {
  stopping_ = true;
  thread_.join();
  for (auto& script : scripts_) script.join();
  ::close(listener_);
}

std::string RawServer::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

void RawServer::serve() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) continue;
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    ++connections_;
    scripts_.emplace_back([this, descriptor] {
      RawConnection connection(descriptor, stopping_);
      script_(connection);
      close_gently(descriptor);
    });
  }
}

}  // namespace hookferry::test
