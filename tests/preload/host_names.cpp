// Preloaded into the binary under test: alias.test is another name of 127.0.0.1, and the name servers never
// answer for busy.test.
#include <dlfcn.h>
#include <netdb.h>

#include <cstring>

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** out) {
  static const auto call = reinterpret_cast<decltype(&::getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (node != nullptr && std::strcmp(node, "busy.test") == 0) return EAI_AGAIN;
  const bool is_alias = node != nullptr && std::strcmp(node, "alias.test") == 0;
  return call(is_alias ? "127.0.0.1" : node, service, hints, out);
}
