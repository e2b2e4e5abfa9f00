// TLS: who is trusted, who is at the other end, and why not. Internal to net/: this header carries OpenSSL.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/verify_context.hpp>
#include <optional>
#include <string>

#include "net/client.hpp"

namespace hookferry::net {

/// TLS 1.2 or later, certificates always checked.
struct TlsContexts {
  /// Failure(configuration) where a file cannot be used.
  explicit TlsContexts(const ClientOptions& options);
  boost::asio::ssl::context server;
  /// Where the proxy itself is spoken to over TLS: it is never shown the user's own certificate.
  std::optional<boost::asio::ssl::context> proxy;
};

/// The certificate that a handshake did not accept.
struct CertificateTrouble {
  std::string reason, subject, issuer;
};

/// Asks for the host by name and has its certificate checked against it: against the names or addresses that
/// it lists, not against its subject.
void expect_host(SSL* ssl, const std::string& host);
/// What OpenSSL says of a certificate, which is returned and, where it is bad, noted.
bool note_trouble(bool accepted, boost::asio::ssl::verify_context& context, CertificateTrouble& trouble);

/// Why a handshake with `who` ("the server") failed; nothing was sent.
TransportError handshake_error(const boost::system::error_code& error, const CertificateTrouble& trouble,
                               const std::string& who);

/// "2026-12-31"
std::string certificate_expiry(SSL* ssl);

}  // namespace hookferry::net
