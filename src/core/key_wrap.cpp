#include "core/key_wrap.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <vector>

#include "core/digest.hpp"

namespace hookferry {
namespace {

using Bytes = std::vector<unsigned char>;
constexpr std::size_t block = 8;  // what RFC 3394 adds

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

/// The key that wraps; wiped with its owner.
class WrappingKey {
 public:
  WrappingKey(std::string_view secret, std::string_view salt) {
    unsigned int size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), bytes_.data(), &size);
  }
  ~WrappingKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
  WrappingKey(const WrappingKey&) = delete;
  WrappingKey& operator=(const WrappingKey&) = delete;

  const unsigned char* data() const { return bytes_.data(); }

 private:
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes_{};
};

/// Nothing where OpenSSL refuses, which unwrapping with another key makes it do.
std::optional<Bytes> aes_wrap(const WrappingKey& key, const Bytes& in, bool wrap) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeCipher> context(EVP_CIPHER_CTX_new());
  if (context == nullptr) throw std::bad_alloc();
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  Bytes out(in.size() + 2 * block);
  int written = 0, rest = 0;
  if (EVP_CipherInit_ex(context.get(), EVP_aes_256_wrap(), nullptr, key.data(), nullptr, wrap ? 1 : 0) != 1 ||
      EVP_CipherUpdate(context.get(), out.data(), &written, in.data(), static_cast<int>(in.size())) != 1 ||
      EVP_CipherFinal_ex(context.get(), out.data() + written, &rest) != 1)
    return std::nullopt;
  out.resize(static_cast<std::size_t>(written + rest));
  return out;
}

std::optional<Bytes> bytes_of(std::string_view digits) {
  Bytes out(digits.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto* begin = digits.data() + 2 * i;
    if (std::from_chars(begin, begin + 2, out[i], 16).ptr != begin + 2) return std::nullopt;
  }
  return digits.size() % 2 == 0 ? std::optional(out) : std::nullopt;
}

}  // namespace

std::string wrapped(const Secret& key, std::string_view secret, std::string_view salt) {
  const auto bytes = key.reveal();
  Bytes plain(bytes.begin(), bytes.end());
  const auto out = aes_wrap(WrappingKey(secret, salt), plain, true);
  OPENSSL_cleanse(plain.data(), plain.size());
  if (!out || bytes.size() != wrapped_key_length) throw std::logic_error("no key that can be wrapped");
  return hex_digits(*out);
}

std::optional<Secret> unwrapped(std::string_view text, std::string_view secret, std::string_view salt) {
  const auto bytes = bytes_of(text);
  if (!bytes || bytes->size() != wrapped_key_length + block) return std::nullopt;
  auto plain = aes_wrap(WrappingKey(secret, salt), *bytes, false);
  if (!plain) return std::nullopt;
  Secret out(std::string_view(reinterpret_cast<const char*>(plain->data()), plain->size()));
  OPENSSL_cleanse(plain->data(), plain->size());
  return out;
}

}  // namespace hookferry
