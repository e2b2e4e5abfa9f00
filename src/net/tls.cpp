#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>
#include <cstdlib>
#include <ctime>
#include <memory>

#include "core/failure.hpp"
#include "core/printable.hpp"

namespace hookferry::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

Failure cannot_use(const std::string& what, const std::string& path, const std::string& why,
                   const std::string& hint) {
  return {Cause::configuration, "cannot use " + what + " " + printable(path) + ": " + why, hint};
}

/// Without this callback OpenSSL would ask for the passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

void trust(asio::ssl::context& tls, const std::string& ca_file) {
  constexpr auto hint = "a file of PEM certificates is expected";
  error_code failed;
  if (!ca_file.empty()) {
    tls.load_verify_file(ca_file, failed);
    if (failed) throw cannot_use("the CA file", ca_file, failed.message(), hint);
    return;
  }
  // OpenSSL itself would pass over a file that is not there.
  const auto* named = std::getenv("SSL_CERT_FILE");
  if (named != nullptr && *named != '\0') tls.load_verify_file(named, failed);
  if (failed) throw cannot_use("the CA file of SSL_CERT_FILE", named, failed.message(), hint);
  tls.set_default_verify_paths(failed);
  if (failed)
    throw Failure(Cause::configuration, "cannot use the system's CA certificates: " + failed.message(),
                  Remedy::trust_file);
}

void present(asio::ssl::context& tls, const std::string& certificate, const std::string& key) {
  error_code failed;
  tls.use_certificate_chain_file(certificate, failed);
  if (failed)
    throw cannot_use("the client certificate", certificate, failed.message(),
                     "a PEM file is expected, the certificate first");
  const auto& key_file = key.empty() ? certificate : key;
  tls.use_private_key_file(key_file, asio::ssl::context::pem, failed);
  if (failed)
    throw cannot_use("the key of the client certificate", key_file, failed.message(),
                     "a PEM file with the certificate's key, without a passphrase, is expected");
}

std::string name_of(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  if (!memory || name == nullptr) return {};
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB & ~XN_FLAG_SPC_EQ);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &text);
  if (size <= 0) return "(empty)";
  return printable_excerpt(std::string_view(text, static_cast<std::size_t>(size)), 120);
}

asio::ssl::context make_context(const std::string& ca_file) {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(tls.native_handle(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_default_passwd_cb(tls.native_handle(), &no_passphrase);
  tls.set_verify_mode(asio::ssl::verify_peer);
  trust(tls, ca_file);
  return tls;
}

}  // namespace

TlsContexts::TlsContexts(const ClientOptions& options) : server(make_context(options.ca_file)) {
  if (options.client_cert.empty() && !options.client_key.empty())
    throw Failure(Cause::configuration, "a client key without its certificate", Remedy::certificate_of_key);
  if (!options.client_cert.empty()) present(server, options.client_cert, options.client_key);
  if (options.proxy && options.proxy->endpoint.tls) proxy.emplace(make_context(options.ca_file));
}

std::shared_ptr<TlsContexts> SharedTls::get(const ClientOptions& options) {
  const bool tls_to_proxy = options.proxy && options.proxy->endpoint.tls;
  const auto name = options.ca_file + "\n" + options.client_cert + "\n" + options.client_key + "\n" +
                    (tls_to_proxy ? "proxy" : "");
  const std::lock_guard lock(mutex_);
  auto& held = contexts_[name];
  if (!held) held = std::make_shared<TlsContexts>(options);
  return held;
}

void expect_host(SSL* ssl, const std::string& host) {
  auto* checks = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(checks,
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (not_an_address) {
    SSL_set_tlsext_host_name(ssl, host.c_str());
    SSL_set1_host(ssl, host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str());
  }
}

bool note_trouble(bool accepted, asio::ssl::verify_context& context, CertificateTrouble& trouble) {
  if (accepted) return true;
  auto* store = context.native_handle();
  trouble.reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
  if (const auto* certificate = X509_STORE_CTX_get_current_cert(store)) {
    trouble.subject = name_of(X509_get_subject_name(certificate));
    trouble.issuer = name_of(X509_get_issuer_name(certificate));
  }
  return false;
}

TransportError handshake_error(const error_code& error, const CertificateTrouble& trouble,
                               const std::string& who) {
  if (error == boost::beast::error::timeout)
    return {TransportFailure::timed_out, false, "the TLS handshake timed out"};
  if (!trouble.reason.empty())
    return {TransportFailure::tls, false,
            who + "'s certificate is not accepted: " + trouble.reason + " (subject " + trouble.subject +
                "; issuer " + trouble.issuer + ")"};
  if (error.category() == asio::error::get_ssl_category())
    return {TransportFailure::tls, false, "TLS handshake failed: " + error.message()};
  return {TransportFailure::closed, false, "the connection ended inside the TLS handshake"};
}

std::string certificate_expiry(SSL* ssl) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl), &X509_free);
  if (!certificate) return {};
  tm when{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &when) != 1) return {};
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &when)};
}

}  // namespace hookferry::net
