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
#include <utility>
#include <vector>

#include "core/help_text.hpp"

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
  redirect,
  missing_element
};
enum class Applied { no, yes, prefix };
/// What stands for the ids in an answer.
enum class AnswerIds { right, wrong, swapped, text, none };
/// What becomes of a URL that is stored.
enum class Normalise { no, injective, collapse };

/// What somebody else does in the account while a request is under way.
struct PersonsAct {
  enum class Kind { add, edit, remove };
  Kind kind = Kind::add;
  std::string alias;             ///< add: of the new webhook; else a GLOB of those that it is done to
  std::string to;                ///< edit: the alias that it gets; empty: keeps its own
  std::string url;               ///< add, edit: empty for one that no other act gives
  std::size_t count = SIZE_MAX;  ///< edit, remove: of those that match, the newest so many
  std::optional<std::chrono::milliseconds> after;  ///< the request was handled; nothing: before it is
};

/// What is to be done with one request: one action at most, and modifiers.
struct Fault {
  std::string rules;  ///< those that took part, for the log; "-" for none
  FaultAction action = FaultAction::none;
  int status = 500;  ///< 0: close instead of answering
  std::string retry_after, location;
  Applied applied = Applied::no;
  std::size_t count = 0;               ///< partial: how many elements
  std::string alias;                   ///< status with prefix: up to the first element that matches
  std::chrono::milliseconds after{0};  ///< apply_late
  std::chrono::milliseconds works{0};  ///< before anything of the request is carried out
  std::chrono::milliseconds slow{0};   ///< between that and the answer

  std::chrono::milliseconds late{0};  ///< a GET of all shows what was there that long ago,
  std::vector<std::string> hidden;    ///< without the aliases that match,
  bool half = false;                  ///< of these every other one,
  std::size_t most_shown = SIZE_MAX;  ///< of these the first so many

  bool shuffle = false, chunked = false, ids_only = false, bare_ids = false;
  AnswerIds ids = AnswerIds::right;
  int informational = 0;  ///< status of an answer before the answer; 0: none
  std::string leftover;   ///< bytes behind the answer: a status of a further one, "answer": the same again

  bool twice = false, reserialize = false;
  std::string alter, drop;  ///< a top-level string member to be stored otherwise
  Normalise normalise = Normalise::no;
  std::vector<PersonsAct> acts;
};

/// What rules may ask of a request.
struct FaultFacts {
  std::string method;                ///< "GETONE" for the GET of one webhook
  std::vector<std::string> aliases;  ///< of the body's elements, or of the webhook that the path names
  std::string account = {};
  std::chrono::steady_clock::time_point at = {};  ///< when it came
};

struct FaultSpec;

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
    std::string account;  ///< empty: any
    std::string method;
    std::size_t first = 1, last = SIZE_MAX;  ///< which request of the method, from 1
    std::optional<unsigned> percent;
    std::mt19937_64 random;
    const FaultSpec* action = nullptr;
    std::map<std::string, std::string> values;
    /// rate=N: how many more may come at once, and since when that is so; a bucket that fills at that rate.
    std::optional<double> allowance;
    std::chrono::steady_clock::time_point filled;

    void read_when(std::string when);
    void read_action(std::string rest);
    /// Takes one out of the bucket; false where there is none.
    bool is_allowed(double a_second, std::chrono::steady_clock::time_point now);
  };
  static Rule parse(const std::string& text);
  bool matches(Rule& rule, const FaultFacts& facts);

  std::vector<Rule> rules_;
  /// By account (empty: all together) and method ("ANY": all together).
  std::map<std::pair<std::string, std::string>, std::size_t> counts_;
  std::mt19937_64 random_;
};

/// For help and manual, from the table that the rules are read with.
std::vector<HelpBlock> fault_manual();
std::string fault_help();

}  // namespace hookferry
