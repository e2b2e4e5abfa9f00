#include "core/random_bytes.hpp"

#include <openssl/rand.h>

#include "core/failure.hpp"

namespace hookferry {

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1)
    throw Failure(Cause::incomplete, "the system gives no random numbers", "check /dev/urandom");
  return out;
}

}  // namespace hookferry
