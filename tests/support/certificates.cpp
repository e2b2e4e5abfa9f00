#include "certificates.hpp"
#include "support/rooms.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>

namespace hookferry::test {
namespace {

void require(bool holds) {
  if (!holds) throw std::runtime_error("cannot make a certificate");
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &X509_EXTENSION_free);
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void add_name(X509_NAME* name, const std::string& common_name) {
  require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                                     0) == 1);
}

using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

}  // namespace

struct Certificate::Parts {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), &EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), &X509_free};
};

Certificate Certificate::make(const TempDir& folder, const std::string& name, const CertificateText& text,
                              const Certificate* issuer, bool authority) {
  static long serial = 1;
  Certificate out;
  out.parts_ = std::make_shared<Parts>();
  auto* certificate = out.parts_->certificate.get();
  auto* signer = issuer != nullptr ? issuer->parts_->certificate.get() : certificate;
  require(out.parts_->key != nullptr);
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), text.not_before);
  X509_gmtime_adj(X509_getm_notAfter(certificate), text.not_after);
  X509_set_pubkey(certificate, out.parts_->key.get());
  add_name(X509_get_subject_name(certificate), text.common_name);
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  add_extension(certificate, signer, NID_basic_constraints, authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!text.alternative_names.empty())
    add_extension(certificate, signer, NID_subject_alt_name, text.alternative_names);
  auto* key = issuer != nullptr ? issuer->parts_->key.get() : out.parts_->key.get();
  require(X509_sign(certificate, key, EVP_sha256()) > 0);

  out.file_ = folder.file(name + ".pem");
  out.key_file_ = folder.file(name + ".key");
  const File file(std::fopen(out.file_.c_str(), "w"), &std::fclose);
  require(file && PEM_write_X509(file.get(), certificate) == 1);
  const File key_file(std::fopen(out.key_file_.c_str(), "w"), &std::fclose);
  require(key_file && PEM_write_PrivateKey(key_file.get(), out.parts_->key.get(), nullptr, nullptr, 0,
                                           nullptr, nullptr) == 1);
  return out;
}

Certificate Certificate::authority(const TempDir& folder, const std::string& name) {
  CertificateText text;
  text.common_name = name;
  text.alternative_names.clear();
  return make(folder, name, text, nullptr, true);
}

Certificate Certificate::self_signed(const TempDir& folder, const CertificateText& text) {
  return make(folder, "self-signed", text, nullptr, false);
}

Certificate Certificate::sign(const TempDir& folder, const std::string& name,
                              const CertificateText& text) const {
  return make(folder, name, text, this, false);
}

}  // namespace hookferry::test
