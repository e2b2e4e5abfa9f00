// Trusted certificates take long to read: what several clients trust is read once.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace hookferry {

struct ClientOptions;
struct TlsContexts;

/// From any thread.
class SharedTls {
 public:
  /// Those of options like these. Failure(configuration) where a file cannot be used.
  std::shared_ptr<TlsContexts> of(const ClientOptions& options);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<TlsContexts>> contexts_;
};

}  // namespace hookferry
