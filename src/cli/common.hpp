// What is there once in a process, however many accounts it moves webhooks between.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "accounts/configuration.hpp"
#include "accounts/keys.hpp"
#include "cli/console.hpp"
#include "cli/progress.hpp"
#include "core/failure.hpp"
#include "core/interrupts.hpp"
#include "core/secret.hpp"
#include "ledger/turns.hpp"
#include "net/client.hpp"
#include "region/region_table.hpp"

namespace hookferry {

/// Keys that were read beforehand: key commands and questions on the terminal are no business of threads.
struct HeldKey {
  Secret key;
  /// What reading it has warned of. It was told once, but counts for every run that uses the key (--strict).
  std::vector<std::string> warnings;
};
class HeldKeys {
 public:
  /// Keeps what `read` gives, or the Failure that it ends with, unless it is there already. One thread.
  void hold(const std::string& name, const std::function<HeldKey()>& read);
  /// Nothing where it was not read beforehand; throws what reading ended with. From any thread, once nobody
  /// calls hold() any more.
  const HeldKey* find(const std::string& name) const;

 private:
  std::map<std::string, std::variant<HeldKey, Failure>> held_;
};

class SharedReadings;

struct Common {
  Common(Interrupts& signals, Console& streams)
      : interrupts(signals), console(streams), progress(streams), turns(signals) {}

  Interrupts& interrupts;
  Console& console;
  Progress progress;
  Config config;
  RegionTable regions;
  StandardInputKey standard_input_key;
  std::shared_ptr<net::RateLimiter> rate_limiter;  ///< nothing: as fast as may be
  std::shared_ptr<net::SharedTls> tls = std::make_shared<net::SharedTls>();
  Turns turns;
  HeldKeys keys;
  std::shared_ptr<SharedReadings> sources;  ///< nothing: every run reads its own
};

}  // namespace hookferry
