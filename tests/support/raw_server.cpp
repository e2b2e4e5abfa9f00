#include "raw_server.hpp"
#include "support/rooms.hpp"

#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace hookferry::test {
namespace {

std::size_t body_length(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::strtoull(head.c_str() + at + 16, nullptr, 10);
}

/// What the client still sends is taken until it leaves, for closing at once could reset what it has yet to
/// read; but not for ever.
void close_gently(int descriptor, const std::atomic<bool>& stopping) {
  ::shutdown(descriptor, SHUT_WR);
  char ignored[4096];
  for (int tries = 0; tries < 100 && !stopping; ++tries) {
    pollfd waiting{descriptor, POLLIN, 0};
    if (::poll(&waiting, 1, 20) > 0 && ::recv(descriptor, ignored, sizeof ignored, MSG_DONTWAIT) <= 0) break;
  }
  ::close(descriptor);
}

std::shared_ptr<SSL_CTX> server_tls(const RawTls& tls) {
  std::shared_ptr<SSL_CTX> out(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_set_security_level(out.get(), 0);  // old versions are refused by the client or not at all
  if (tls.version != 0) {
    SSL_CTX_set_min_proto_version(out.get(), tls.version);
    SSL_CTX_set_max_proto_version(out.get(), tls.version);
  }
  if (!tls.ciphers.empty() && SSL_CTX_set_cipher_list(out.get(), tls.ciphers.c_str()) != 1)
    throw std::runtime_error("the server knows no such ciphers");
  bool sound = SSL_CTX_use_certificate_chain_file(out.get(), tls.certificate.c_str()) == 1 &&
               SSL_CTX_use_PrivateKey_file(out.get(), tls.key.c_str(), SSL_FILETYPE_PEM) == 1;
  if (!tls.client_ca.empty()) {
    sound = sound && SSL_CTX_load_verify_locations(out.get(), tls.client_ca.c_str(), nullptr) == 1;
    SSL_CTX_set_verify(out.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (!sound) throw std::runtime_error("the server cannot use its certificate");
  return out;
}

}  // namespace

bool RawConnection::wait_for(short events) {
  while (!stopping_) {
    pollfd waiting{descriptor_, events, 0};
    if (::poll(&waiting, 1, 20) > 0) return true;
  }
  return false;
}

long RawConnection::receive(char* bytes, std::size_t size) {
  if (tls_ != nullptr && SSL_pending(tls_) > 0) return SSL_read(tls_, bytes, static_cast<int>(size));
  if (!wait_for(POLLIN)) return 0;
  return tls_ != nullptr ? SSL_read(tls_, bytes, static_cast<int>(size))
                         : ::recv(descriptor_, bytes, size, 0);
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
    const auto count = receive(piece, sizeof piece);
    if (count <= 0) return {};
    received_.append(piece, static_cast<std::size_t>(count));
  }
}

std::optional<std::string> RawConnection::receive_some() {
  if (stopping_) return std::nullopt;
  auto out = std::move(received_);
  received_.clear();
  pollfd waiting{descriptor_, POLLIN, 0};
  const bool pending = tls_ != nullptr && SSL_pending(tls_) > 0;
  if (!out.empty() || (!pending && ::poll(&waiting, 1, 2) <= 0)) return out;
  char piece[65536];
  const auto count = receive(piece, sizeof piece);
  if (count <= 0) return std::nullopt;
  return std::string(piece, static_cast<std::size_t>(count));
}

bool RawConnection::send(const std::string& bytes) {
  if (tls_ != nullptr)  // blocking: for what fits into the socket's buffers
    return bytes.empty() || SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) > 0;
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
  return received_.empty() && receive(&byte, 1) <= 0;
}

RawServer::RawServer(Script script, const RawTls* tls, bool ipv6)
    : script_(std::move(script)),
      tls_(tls != nullptr ? server_tls(*tls) : nullptr),
      ipv6_(ipv6),
      listener_(ipv6) {
  std::signal(SIGPIPE, SIG_IGN);  // TLS writes with write()
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
}

std::string RawServer::url() const {
  return std::string(tls_ ? "https://" : "http://") + (ipv6_ ? "[::1]" : "127.0.0.1") + ":" +
         std::to_string(port());
}

void RawServer::serve() {
  while (!stopping_) {
    pollfd waiting{listener_.descriptor(), POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) continue;
    const int descriptor = ::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    ++connections_;
    scripts_.emplace_back([this, descriptor] { talk(descriptor); });
  }
}

void RawServer::talk(int descriptor) {
  std::unique_ptr<SSL, decltype(&SSL_free)> tls(tls_ ? SSL_new(tls_.get()) : nullptr, &SSL_free);
  const timeval patience{60, 0};  // a client that neither speaks nor leaves
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (tls) SSL_set_fd(tls.get(), descriptor);
  if (!tls || SSL_accept(tls.get()) == 1) {
    RawConnection connection(descriptor, tls.get(), stopping_);
    script_(connection);
  }
  if (tls) SSL_shutdown(tls.get());
  close_gently(descriptor, stopping_);
}

}  // namespace hookferry::test
