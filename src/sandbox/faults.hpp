// Which faults a request meets. Same rules, seed and order of requests: same faults.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/fault_rules.hpp"
#include "sandbox/stored_webhook.hpp"

namespace hookferry {

/// What rules may ask about a request.
struct FaultFacts {
  std::string_view method;
  bool bulk = false;
  std::vector<std::string> aliases;  ///< one for each element of a POST; empty where an element has none
};

struct FaultDecision {
  const FaultRule* settles = nullptr;  ///< the rule that settles what becomes of the request; nullptr: none
  // What modifiers say:
  std::chrono::milliseconds late{0}, slow{0};
  bool shuffle = false, chunked = false, ids_only = false, bare_ids = false;
  StoringFaults storing;
  std::string rules;  ///< all that took part, joined by '+'; "-" for none
};

class Faults {
 public:
  /// Failure(usage) for a rule that is none.
  Faults(const std::vector<std::string>& rules, std::uint64_t seed);

  /// Counts the request: to be called once for each, in the order of their coming.
  FaultDecision decide(const FaultFacts& facts);

  std::chrono::milliseconds longest_lateness() const;
  /// From 0 to below `bound`, which is not 0. (The library's distributions differ between implementations.)
  std::size_t random(std::size_t bound) { return static_cast<std::size_t>(generator_() % bound); }

 private:
  bool matches(const FaultRule& rule, const FaultFacts& facts);

  std::vector<FaultRule> rules_;
  std::map<std::string, std::uint64_t, std::less<>> seen_;  ///< requests by method, and all under "ANY"
  std::mt19937_64 generator_;
};

/// `*` any characters, `?` any one byte; the whole text is to match.
bool wildcard_matches(std::string_view pattern, std::string_view text);

}  // namespace hookferry
