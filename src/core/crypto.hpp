// Secrets in memory, digests, random bytes, and keys wrapped by other keys.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hookferry {

// An API key: it cannot be printed by accident and does not stay in memory behind its owner.

/// Copies share one piece of memory, which is overwritten when the last of them is gone.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view value);

  bool empty() const { return bytes_ == nullptr; }
  /// For the one place that puts it on the wire.
  std::string_view reveal() const { return bytes_ == nullptr ? std::string_view() : *bytes_; }

 private:
  std::shared_ptr<const std::string> bytes_;
};

/// Overwrites all that the string has memory for, and empties it.
void wipe(std::string& text);

/// A string that is overwritten at its end. What is put into it must fit `reserved` bytes, or copies stay.
class WipedBuffer {
 public:
  explicit WipedBuffer(std::size_t reserved) { text.reserve(reserved); }
  ~WipedBuffer() { wipe(text); }
  WipedBuffer(const WipedBuffer&) = delete;
  WipedBuffer& operator=(const WipedBuffer&) = delete;

  std::string text;
};

/// Keeps the memory of this process out of core files, and other processes of the user from reading it.
void forbid_dumps();

/// Two lower-case digits for each byte.
std::string hex_digits(std::span<const unsigned char> bytes);
using Sha256 = std::array<unsigned char, 32>;
Sha256 sha256(std::string_view bytes);
/// Reads the 64 hex digits of a digest. Nothing if the text is something else.
[[nodiscard]] std::optional<Sha256> sha256_of_hex(std::string_view digits);
/// Any part of a digest is as good a hash as another.
struct HashOfSha256 {
  std::size_t operator()(const Sha256& digest) const;
};
/// The digest as 64 hex digits.
std::string sha256_hex(std::string_view bytes);
std::string base64(std::span<const unsigned char> bytes);

/// HMAC-SHA256 (RFC 2104) as 64 hex digits.
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);

/// Unpredictable bytes, from the system. Failure(incomplete) if it gives none.
std::string random_bytes(std::size_t count);
/// A random number of that many bytes, as hex digits.
std::string random_digits(std::size_t bytes);
/// A number from 0 to 1, without 1, made of such bytes.
double random_fraction();

// A text or a key that stands in a file, of use only to those who have a certain secret.

/// The text as hex digits that give nothing of it away but its length: AES-256-GCM (NIST SP 800-38D) under
/// HMAC-SHA256 of `purpose` by the key.
std::string encrypted(std::string_view text, std::string_view key, std::string_view purpose);

/// Nothing if it was encrypted with another key or for another purpose, or if it was changed since.
[[nodiscard]] std::optional<std::string> decrypted(std::string_view digits, std::string_view key,
                                                   std::string_view purpose);

inline constexpr std::size_t wrapped_key_length = 32;  ///< bytes of a key that can be wrapped

/// The key, encrypted under a secret, which must be too long to be found by trying, and a salt.
inline std::string wrapped(const Secret& key, std::string_view secret, std::string_view salt) {
  return encrypted(key.reveal(), secret, salt);
}
/// Nothing if the key was wrapped with another secret or salt, or if the text was changed.
[[nodiscard]] std::optional<Secret> unwrapped(std::string_view text, std::string_view secret,
                                              std::string_view salt);

}  // namespace hookferry
