#include "loopback.hpp"
#include "support/rooms.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace hookferry::test {
namespace {

constexpr int stream = SOCK_STREAM | SOCK_CLOEXEC;

sockaddr_in loopback(int port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  out.sin_port = htons(static_cast<std::uint16_t>(port));
  return out;
}

}  // namespace

Listener::Listener(bool ipv6) : descriptor_(::socket(ipv6 ? AF_INET6 : AF_INET, stream, 0)) {
  auto address = loopback(0);
  sockaddr_in6 address6{};
  address6.sin6_family = AF_INET6;
  address6.sin6_addr = in6addr_loopback;
  auto* generic = ipv6 ? reinterpret_cast<sockaddr*>(&address6) : reinterpret_cast<sockaddr*>(&address);
  socklen_t size = ipv6 ? sizeof address6 : sizeof address;
  if (::bind(descriptor_, generic, size) != 0 || ::listen(descriptor_, 16) != 0 ||
      ::getsockname(descriptor_, generic, &size) != 0)
    throw std::runtime_error("cannot listen on loopback");
  port_ = ntohs(ipv6 ? address6.sin6_port : address.sin_port);
}

Listener::~Listener() { ::close(descriptor_); }

std::optional<int> connect_to(int port) {
  const int out = ::socket(AF_INET, stream, 0);
  const auto address = loopback(port);
  if (::connect(out, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return out;
  ::close(out);
  return std::nullopt;
}

Loopback::Loopback(const std::string& url) {
  const auto connection = connect_to(std::stoi(url.substr(url.rfind(':') + 1)));
  if (!connection) throw std::runtime_error("cannot connect to " + url);
  socket_ = *connection;
}

Loopback::~Loopback() { ::close(socket_); }

void Loopback::send(const std::string& bytes) const {
  if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("the connection takes no more");
}

bool Loopback::receive_more() {
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, 30'000) <= 0) throw std::runtime_error("nothing comes over the connection");
  std::array<char, 4096> bytes{};
  const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (count > 0) received_.append(bytes.data(), static_cast<std::size_t>(count));
  return count > 0;
}

std::string Loopback::receive_until(const std::string& text) {
  std::size_t found = 0;
  while ((found = received_.find(text)) == std::string::npos)
    if (!receive_more()) throw std::runtime_error("the connection ends with: " + received_);
  auto out = received_.substr(0, found + text.size());
  received_.erase(0, out.size());
  return out;
}

std::string Loopback::receive_all() {
  while (receive_more()) {
  }
  return std::exchange(received_, {});
}

HttpAnswer http_request(const std::string& url, const std::string& method, const std::string& path,
                        const std::string& body, const std::map<std::string, std::string>& headers) {
  Loopback connection(url);
  auto request = method + " " + path + " HTTP/1.1\r\nHost: " + url.substr(url.find("//") + 2) +
                 "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  for (const auto& [name, value] : headers) request.append(name).append(": ").append(value).append("\r\n");
  connection.send(request + "\r\n" + body);
  const auto answer = connection.receive_all();
  const auto end = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 ") || end == std::string::npos)
    throw std::runtime_error("no HTTP answer to " + method + " " + path);
  return {std::stoi(answer.substr(9, 3)), answer.substr(end + 4)};
}

}  // namespace hookferry::test
