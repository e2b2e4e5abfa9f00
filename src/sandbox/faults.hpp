// How the sandbox misbehaves when it is told to: rules, read from text and decided request by request. Pure
// but for the seeded generator.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace hookferry {

enum class FaultAction {
  none,
  close_before,
  close_after,
  partial,
  subset,
  truncate,
  garbage,
  stall,
  apply_late,
  status,
  missing_element
};
enum class Applied { no, yes, prefix };

/// What is to be done with one request: one action at most, and modifiers.
struct Fault {
  std::string rules;  ///< those that took part, for the log; "-" for none
  FaultAction action = FaultAction::none;
  int status = 500;  ///< 0: close instead of answering
  std::string retry_after;
  Applied applied = Applied::no;
  std::size_t count = 0;               ///< partial: how many elements
  std::string alias;                   ///< status with prefix: up to the first element that matches
  std::chrono::milliseconds after{0};  ///< apply_late
  std::chrono::milliseconds late{0};   ///< a GET shows what was there that long ago
  std::chrono::milliseconds slow{0};
  bool shuffle = false, chunked = false, ids_only = false, bare_ids = false, reserialize = false;
  std::string alter, drop;  ///< a top-level string member to be stored otherwise
};

/// What rules may ask of a request.
struct FaultFacts {
  std::string method;
  std::vector<std::string> aliases;  ///< of the body's elements
};

class FaultProgram {
 public:
  /// Failure(usage) that names the rule, what is wrong with it and what is allowed.
  FaultProgram(const std::vector<std::string>& rules, std::uint64_t seed);

  /// Counts the request, so that each is to be asked about once.
  Fault decide(const FaultFacts& facts);
  std::mt19937_64& random() { return random_; }

 private:
  struct Rule {
    std::string text;
    std::string method;
    std::size_t first = 1, last = SIZE_MAX;  ///< which request of the method, from 1
    std::optional<unsigned> percent;
    std::string action;
    std::map<std::string, std::string> values;
  };
  static Rule parse(const std::string& text);
  bool matches(const Rule& rule, const FaultFacts& facts);

  std::vector<Rule> rules_;
  std::map<std::string, std::size_t> counts_;
  std::mt19937_64 random_;
};

/// For the help page, from the table that the rules are read with.
std::string fault_help();

}  // namespace hookferry
