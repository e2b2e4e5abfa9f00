#include "core/process_key.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>

#include "core/digest.hpp"
#include "core/failure.hpp"

namespace hookferry {
namespace {

using Key = std::array<unsigned char, 32>;

Key random_key() {
  Key out{};
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1)
    throw Failure(Cause::incomplete, "the system gives no random numbers", "check /dev/urandom");
  return out;
}

}  // namespace

std::string process_digest(std::string_view bytes) {
  // Never changed once it is made; the only such value, so that masks agree wherever they are made.
  static const Key key = random_key();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(), &size);
  return hex_digits({digest.data(), size});
}

}  // namespace hookferry
