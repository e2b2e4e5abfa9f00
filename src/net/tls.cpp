// TLS: who is trusted, who is at the other end, and why not.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/process.hpp"
#include "net/connection.hpp"

namespace hookferry::net {
namespace {

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
    constexpr ReadLimit ca_limit{std::size_t{16} << 20, Cause::configuration};
    std::string text;
    try {
      text = read_private(ca_file, "the CA file", ca_limit, Cause::configuration);
    } catch (const Failure& failure) {
      throw Failure(Cause::configuration, failure.what(), failure.hint);
    }
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
    std::size_t count = 0;
    ERR_clear_error();
    while (auto* certificate = PEM_read_bio_X509(memory.get(), nullptr, &no_passphrase, nullptr)) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(tls.native_handle()), certificate);
      X509_free(certificate);
      ++count;
    }
    const auto reason = ERR_GET_REASON(ERR_peek_last_error());
    ERR_clear_error();
    if (count == 0) throw cannot_use("the CA file", ca_file, "it holds no certificate", hint);
    if (reason != PEM_R_NO_START_LINE)
      throw cannot_use("the CA file", ca_file, "certificate " + std::to_string(count + 1) + " is damaged",
                       hint);
    return;
  }
  // OpenSSL itself would pass over a file that is not there.
  const auto named = environment("SSL_CERT_FILE");
  if (!named.empty()) tls.load_verify_file(named, failed);
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

/// Why a certificate is not accepted, with its subject and its issuer.
std::string trouble_of(X509_STORE_CTX* store) {
  const auto* certificate = X509_STORE_CTX_get_current_cert(store);
  const auto named = [&](auto* name) { return certificate != nullptr ? name_of(name(certificate)) : ""; };
  return std::string(X509_verify_cert_error_string(X509_STORE_CTX_get_error(store))) + " (subject " +
         named(X509_get_subject_name) + "; issuer " + named(X509_get_issuer_name) + ")";
}

asio::ssl::context make_context(const std::string& ca_file) try {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(tls.native_handle(), SSL_OP_NO_RENEGOTIATION);
  // Of TLS 1.2 what has forward secrecy; TLS 1.3 has nothing else.
  SSL_CTX_set_cipher_list(tls.native_handle(), "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:DHE+AESGCM:!aNULL");
  SSL_CTX_set_default_passwd_cb(tls.native_handle(), &no_passphrase);
  tls.set_verify_mode(asio::ssl::verify_peer);
  trust(tls, ca_file);
  return tls;
} catch (const boost::system::system_error&) {
  throw std::bad_alloc();  // OpenSSL fails to make a context only if it gets no memory
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

asio::awaitable<void> Connection::start_tls(asio::ssl::context& settings, const std::string& host,
                                            const char* who) {
  tcp_->expires_after(options_.timeout);
  if (tls_stream_) {
    tls_in_tls_.emplace(*tls_stream_, settings);
  } else {
    tls_stream_.emplace(*tcp_, settings);
  }

  // The certificate must list the host among its names or addresses. Its subject does not count.
  auto* ssl = innermost_tls();
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

  certificate_trouble_.clear();
  error_code failed;
  const auto handshake_of = [this, &failed](auto& layer) {
    layer.set_verify_callback([this](bool accepted, asio::ssl::verify_context& context) {
      if (!accepted) certificate_trouble_ = trouble_of(context.native_handle());
      return accepted;
    });
    return layer.async_handshake(asio::ssl::stream_base::client,
                                 asio::redirect_error(asio::use_awaitable, failed));
  };
  asio::awaitable<void> handshake = tls_in_tls_ ? handshake_of(*tls_in_tls_) : handshake_of(*tls_stream_);
  co_await std::move(handshake);
  if (!failed) co_return;
  if (failed == boost::beast::error::timeout)
    throw TransportError{TransportFailure::timed_out, false, "the TLS handshake timed out"};
  if (!certificate_trouble_.empty())
    throw TransportError{TransportFailure::tls, false,
                         std::string(who) + "'s certificate is not accepted: " + certificate_trouble_};
  if (failed.category() == asio::error::get_ssl_category())
    throw TransportError{TransportFailure::tls, false, "TLS handshake failed: " + failed.message()};
  throw TransportError{TransportFailure::closed, false, "the connection ended inside the TLS handshake"};
}

}  // namespace hookferry::net
