// Certificates made on the fly, sound and unsound, as PEM files.
#pragma once

#include <memory>
#include <string>

#include "process.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {

/// What a certificate says. Times in seconds from now.
struct CertificateText {
  std::string common_name = "test";
  std::string alternative_names = "IP:127.0.0.1,IP:::1,DNS:localhost";  ///< OpenSSL's spelling; empty: none
  long not_before = -3600;
  long not_after = 86400;
};

/// A certificate and its key; it may sign others.
class Certificate {
 public:
  /// Signed by itself, as an authority is.
  static Certificate authority(const TempDir& folder, const std::string& name);
  static Certificate self_signed(const TempDir& folder, const CertificateText& text);
  Certificate sign(const TempDir& folder, const std::string& name, const CertificateText& text) const;

  const std::string& file() const { return file_; }
  const std::string& key_file() const { return key_file_; }

 private:
  struct Parts;
  static Certificate make(const TempDir& folder, const std::string& name, const CertificateText& text,
                          const Certificate* issuer, bool authority);
  std::shared_ptr<Parts> parts_;
  std::string file_, key_file_;
};

}  // namespace hookferry::test
