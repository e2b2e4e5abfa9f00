#include "core/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <boost/algorithm/hex.hpp>
#include <cstring>
#include <memory>
#include <new>

namespace hookferry {
namespace {

struct Free {
  void operator()(EVP_MD* method) const { ::EVP_MD_free(method); }
  void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
};

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
  if (digits.size() != 2 * out.size()) return std::nullopt;
  try {
    boost::algorithm::unhex(digits.begin(), digits.end(), out.begin());
  } catch (const boost::algorithm::hex_decode_error&) {
    return std::nullopt;
  }
  return out;
}

std::size_t HashOfSha256::operator()(const Sha256& digest) const {
  std::size_t out = 0;
  std::memcpy(&out, digest.data(), sizeof out);
  return out;
}

std::string sha256_base64(std::string_view bytes) {
  const auto digest = sha256(bytes);
  std::array<unsigned char, 4 * ((32 + 2) / 3) + 1> text{};
  const auto length = ::EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
  return {text.begin(), text.begin() + length};
}

std::string hex_digits(std::span<const unsigned char> bytes) {
  constexpr std::string_view alphabet = "0123456789abcdef";
  std::string out(2 * bytes.size(), '0');
  auto digit = out.begin();
  for (const auto byte : bytes) {
    *digit++ = alphabet[byte >> 4];
    *digit++ = alphabet[byte & 0xF];
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) { return hex_digits(sha256(bytes)); }

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(), &size);
  return hex_digits({digest.data(), size});
}

}  // namespace hookferry
