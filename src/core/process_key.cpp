#include "core/process_key.hpp"

#include "core/digest.hpp"
#include "core/random_bytes.hpp"

namespace hookferry {

std::string process_digest(std::string_view bytes) {
  // Never changed once it is made; the only such value, so that masks agree wherever they are made.
  static const std::string key = random_bytes(32);
  return hmac_sha256_hex(key, bytes);
}

}  // namespace hookferry
