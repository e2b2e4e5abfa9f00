// How the sandbox misbehaves on request. Rules are read from text and decided request by request;
// nothing here touches an account or a connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/layout.hpp"

namespace hookferry::sandbox {

enum class FaultAction {
  none,
  close,
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
/// What a response shows in place of the ids.
enum class ResponseIds { right, wrong, swapped, text, none };
/// How a URL, an alias or a type is changed when it is stored.
enum class Normalise { no, injective, collapse, trim, lower, nfc, cut, type };

/// A change that another client makes in the account while a request is under way.
struct ConcurrentEdit {
  enum class Kind { add, edit, remove };
  Kind kind = Kind::add;
  std::string alias;             ///< add: the alias of the new webhook; else a GLOB that selects webhooks
  std::string to;                ///< edit: the new alias; an empty one keeps the old
  std::string url;               ///< add, edit: an empty one stands for a URL that is used nowhere else
  std::size_t count = SIZE_MAX;  ///< edit, remove: at most this many of the selected webhooks, the newest
  /// The time between the request and the edit. Without it the edit comes before the request.
  std::optional<std::chrono::milliseconds> after;
};

/// What is to be done with one request: one action at most, and any number of modifiers.
struct Fault {
  std::string rules;  ///< the rules that took part, for the log; "-" for none
  FaultAction action = FaultAction::none;
  int status = 500;  ///< 0 closes the connection instead of answering
  std::string retry_after, location;
  Applied applied = Applied::no;
  std::size_t count = 0;               ///< partial: how many elements are applied
  std::string alias;                   ///< Applied::prefix ends before the first element that matches
  std::chrono::milliseconds after{0};  ///< apply_late: the time between the response and the change

  std::chrono::milliseconds processing_delay{0};  ///< before anything of the request is carried out
  std::chrono::milliseconds slow{0};              ///< between that and the response

  // What a GET of all webhooks shows: the account as it was `late` ago, without `hidden` aliases, then every
  // other webhook where `half` is set, then the first `most_shown` of these, then `repeated` aliases again.
  std::chrono::milliseconds late{0};
  std::vector<std::string> hidden;
  bool half = false;
  std::size_t most_shown = SIZE_MAX;
  std::vector<std::string> repeated;

  bool shuffle = false, chunked = false, ids_only = false, bare_ids = false, plain_errors = false;
  ResponseIds ids = ResponseIds::right;
  int success = 200;      ///< the status of a response to a request that was carried out
  std::string header;     ///< a further header line
  bool date = true;       ///< the response has a Date
  int informational = 0;  ///< the status of a response before the response; 0 for none
  std::string leftover;   ///< bytes behind the response: see response_bytes()

  bool twice = false, reserialize = false;
  bool reuse_ids = false;       ///< the next id is one above the highest in the account
  bool get_or_create = false;   ///< an alias that the account holds is not created again
  bool update_creates = false;  ///< an update is stored as a new webhook
  bool add_snapshot = false;    ///< v5's slack webhooks without attachments get one
  std::string alter, drop;      ///< names of top-level string members that are stored with other content
  Normalise normalise = Normalise::no;
  std::vector<ConcurrentEdit> edits;
};

/// What rules can ask about a request.
struct FaultFacts {
  std::string method;                ///< or another word of the help, such as "GETONE"
  std::vector<std::string> aliases;  ///< of the body's elements, or of the webhook that the path names
  std::string account = {};
  std::chrono::steady_clock::time_point at = {};  ///< when the request came
};

/// The values that a rule gives as name=value. The value of the fault's own name, such as 503 in status=503,
/// stands under the empty name, too.
using FaultValues = std::map<std::string, std::string, std::less<>>;

struct FaultSpec;

/// `names` are separated by spaces.
[[nodiscard]] bool is_one_of(std::string_view name, std::string_view names);

struct FaultRule {
  std::string text;
  std::string account;  ///< empty for any account
  std::string method;
  std::size_t first = 1, last = SIZE_MAX;  ///< which requests of the method, counted from 1
  std::optional<unsigned> percent;
  std::mt19937_64 random;
  const FaultSpec* fault = nullptr;
  FaultValues values;
  /// rate=N is a token bucket: the tokens that are left, and when that was computed.
  std::optional<double> tokens;
  std::chrono::steady_clock::time_point filled;
};

class FaultProgram {
 public:
  /// Throws Failure(usage), which names the rule, what is wrong with it and what is allowed.
  FaultProgram(const std::vector<std::string>& rules, std::uint64_t seed);

  /// Counts the request, so that it must be called once for each.
  Fault decide(const FaultFacts& facts);
  std::mt19937_64& random() { return random_; }

 private:
  bool matches(FaultRule& rule, const FaultFacts& facts);

  std::vector<FaultRule> rules_;
  /// Requests by account (empty: all accounts together) and method ("ANY": all methods together).
  std::map<std::pair<std::string, std::string>, std::size_t> counts_;
  std::mt19937_64 random_;
};

/// The faults section of the manual, made from the table that the rules are read with.
std::vector<HelpBlock> fault_manual();
/// The same text laid out for the help page of the sandbox.
std::string fault_help();

}  // namespace hookferry::sandbox
