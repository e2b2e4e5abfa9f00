#include "core/secret.hpp"

#include <openssl/crypto.h>
#include <sys/prctl.h>
#include <sys/resource.h>

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

}  // namespace hookferry
