#include "core/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstring>
#include <iterator>
#include <new>
#include <vector>

#include <boost/algorithm/hex.hpp>

#include "core/failure.hpp"

namespace hookferry {

Secret::Secret(std::string_view value) {
  if (value.empty()) return;
  bytes_ = std::shared_ptr<const std::string>(new std::string(value), [](std::string* bytes) {
    wipe(*bytes);
    delete bytes;
  });
}

void wipe(std::string& text) {
  // A short string lives inside the object: its capacity counts those bytes, too.
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

void forbid_dumps() {
  // Whether it works or not, the run goes on: these are second lines of defence.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

namespace {

struct Free {
  void operator()(EVP_MD* method) const { ::EVP_MD_free(method); }
  void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { ::EVP_CIPHER_CTX_free(context); }
};

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  Sha256 out{};
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(), nullptr);
  return out;
}

/// Puts the bytes where `out` points. False where the text is something else than pairs of hex digits.
template <class Out>
bool unhex(std::string_view digits, Out out) {
  try {
    boost::algorithm::unhex(digits.begin(), digits.end(), out);
    return true;
  } catch (const boost::algorithm::hex_decode_error&) {
    return false;
  }
}

using Bytes = std::vector<unsigned char>;

// An encrypted text is a nonce, the text and a tag.
constexpr std::size_t nonce_size = 12, tag_size = 16;

std::unique_ptr<EVP_CIPHER_CTX, Free> gcm(std::string_view key, std::string_view purpose,
                                          const unsigned char* nonce, bool encrypt) {
  std::unique_ptr<EVP_CIPHER_CTX, Free> out(EVP_CIPHER_CTX_new());
  if (out == nullptr) throw std::bad_alloc();
  auto own = hmac_sha256(key, purpose);
  const bool done =
      EVP_CipherInit_ex2(out.get(), EVP_aes_256_gcm(), own.data(), nonce, encrypt ? 1 : 0, nullptr) == 1;
  OPENSSL_cleanse(own.data(), own.size());
  if (!done) throw std::bad_alloc();
  return out;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  // Looking the method up takes longer than a webhook's digest.
  static const std::unique_ptr<EVP_MD, Free> method(::EVP_MD_fetch(nullptr, "SHA256", nullptr));
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(::EVP_MD_CTX_new());
  Sha256 digest{};
  if (::EVP_DigestInit_ex2(context.get(), method.get(), nullptr) != 1 ||
      ::EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      ::EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1)
    throw std::bad_alloc();  // the one thing that can be amiss with a method that every library has
  return digest;
}

std::optional<Sha256> sha256_of_hex(std::string_view digits) {
  Sha256 out{};
  if (digits.size() != 2 * out.size() || !unhex(digits, out.begin())) return std::nullopt;
  return out;
}

std::size_t HashOfSha256::operator()(const Sha256& digest) const {
  std::size_t out = 0;
  std::memcpy(&out, digest.data(), sizeof out);
  return out;
}

std::string base64(std::span<const unsigned char> bytes) {
  std::vector<unsigned char> text(4 * ((bytes.size() + 2) / 3) + 1);
  const auto length = ::EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
  return {text.begin(), text.begin() + length};
}

std::string hex_digits(std::span<const unsigned char> bytes) {
  std::string out(2 * bytes.size(), '0');
  boost::algorithm::hex_lower(bytes.begin(), bytes.end(), out.begin());
  return out;
}

std::string sha256_hex(std::string_view bytes) { return hex_digits(sha256(bytes)); }

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
  return hex_digits(hmac_sha256(key, bytes));
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1)
    throw Failure(Cause::incomplete, "the system gives no random numbers", "check /dev/urandom");
  return out;
}

std::string random_digits(std::size_t bytes) {
  const auto number = random_bytes(bytes);
  return hex_digits({reinterpret_cast<const unsigned char*>(number.data()), number.size()});
}

double random_fraction() {
  std::uint32_t out = 0;
  const auto bytes = random_bytes(sizeof out);
  std::memcpy(&out, bytes.data(), sizeof out);
  return out / 4294967296.0;
}

std::string encrypted(std::string_view text, std::string_view key, std::string_view purpose) {
  const auto nonce = random_bytes(nonce_size);
  Bytes out(nonce.begin(), nonce.end());
  out.resize(nonce_size + text.size() + tag_size);
  auto* body = out.data() + nonce_size;
  const auto context = gcm(key, purpose, out.data(), true);
  int written = 0, rest = 0;
  if (EVP_CipherUpdate(context.get(), body, &written, reinterpret_cast<const unsigned char*>(text.data()),
                       static_cast<int>(text.size())) != 1 ||
      EVP_CipherFinal_ex(context.get(), body + written, &rest) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, body + text.size()) != 1)
    throw std::bad_alloc();
  return hex_digits(out);
}

std::optional<std::string> decrypted(std::string_view digits, std::string_view key,
                                     std::string_view purpose) {
  Bytes bytes;
  if (!unhex(digits, std::back_inserter(bytes)) || bytes.size() < nonce_size + tag_size) return std::nullopt;
  std::string out(bytes.size() - nonce_size - tag_size, '\0');
  auto* plain = reinterpret_cast<unsigned char*>(out.data());
  auto* body = bytes.data() + nonce_size;
  const auto context = gcm(key, purpose, bytes.data(), false);
  int written = 0, rest = 0;
  if (EVP_CipherUpdate(context.get(), plain, &written, body, static_cast<int>(out.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, body + out.size()) != 1 ||
      EVP_CipherFinal_ex(context.get(), plain + written, &rest) != 1)
    return std::nullopt;
  return out;
}

std::optional<Secret> unwrapped(std::string_view text, std::string_view secret, std::string_view salt) {
  auto plain = decrypted(text, secret, salt);
  if (!plain || plain->size() != wrapped_key_length) return std::nullopt;
  const Secret out(*plain);
  wipe(*plain);
  return out;
}

}  // namespace hookferry
