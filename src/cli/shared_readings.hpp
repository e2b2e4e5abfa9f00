#pragma once

#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "webhook/webhook.hpp"

namespace hookferry {

/// Sources that several runs share: each is read by the first that wants it, the others wait for that.
class SharedReadings {
 public:
  using Read = std::function<std::vector<Webhook>()>;
  /// What `read` gives, or throws, for all that ask for that name. From any thread.
  std::vector<Webhook> get(const std::string& name, const Read& read);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_future<std::vector<Webhook>>> readings_;
};

}  // namespace hookferry
