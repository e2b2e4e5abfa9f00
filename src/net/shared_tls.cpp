#include "net/shared_tls.hpp"

#include "net/client.hpp"
#include "net/tls.hpp"

namespace hookferry {

std::shared_ptr<TlsContexts> SharedTls::of(const ClientOptions& options) {
  const bool tls_to_proxy = options.proxy && options.proxy->endpoint.tls;
  const auto name = options.ca_file + "\n" + options.client_cert + "\n" + options.client_key + "\n" +
                    (tls_to_proxy ? "proxy" : "");
  const std::lock_guard lock(mutex_);
  auto& held = contexts_[name];
  if (!held) held = std::make_shared<TlsContexts>(options);
  return held;
}

}  // namespace hookferry
