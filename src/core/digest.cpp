#include "core/digest.hpp"

#include <openssl/sha.h>

#include <array>

namespace hookferry {

std::string hex_digits(std::span<const unsigned char> bytes) {
  constexpr std::string_view alphabet = "0123456789abcdef";
  std::string out;
  for (const auto byte : bytes) {
    out.push_back(alphabet[byte >> 4]);
    out.push_back(alphabet[byte & 0xF]);
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return hex_digits(digest);
}

}  // namespace hookferry
