// What ends a run: one exception type, the cause with it.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace hookferry {

/// What the program ends with. From 64 on the codes are those of sysexits.h.
enum class Exit : int {
  done = 0,
  incomplete = 1,   ///< something was not migrated, restored or verified
  differences = 2,  ///< diff: there are changes; migrate, import: conflicts left as they were
  stale_plan = 3,   ///< apply: the plan no longer holds
  usage = 64,
  bad_data = 65,
  no_input = 66,
  unreachable = 69,
  cannot_write = 73,
  protocol = 76,  ///< not the API that was expected, or TLS
  key_refused = 77,
  configuration = 78,
  interrupted = 130,
};

/// What ends a run, by the code that it ends with: any but `done` and `differences`.
using Cause = Exit;

/// What can be tried with an option. commands/run.cpp, which knows the options, has the texts.
enum class Remedy : std::uint8_t {
  none,
  trust_or_certificate,  ///< trust another certificate authority, or show a certificate
  trust_file,            ///< of certificates to trust: another one
  certificate_of_key,    ///< to show, to the key that was named
  other_proxy,
  longer_answers,
  fewer_at_once,
  another_ledger,
  accept_what_is_gone,
  plan_anew,
};

/// Thrown where the facts are known, caught in main. One line each: `what` says what failed, where and why;
/// `hint` says what to try and may be empty, `remedy` what beside it. Neither holds a key; text of a server
/// goes through printable() first.
class Failure : public std::runtime_error {
 public:
  Failure(Cause why, const std::string& reason, std::string what_to_try = {}, Remedy and_try = Remedy::none)
      : std::runtime_error(reason), cause(why), hint(std::move(what_to_try)), remedy(and_try) {}
  Failure(Cause why, const std::string& reason, Remedy and_try) : Failure(why, reason, {}, and_try) {}
  Cause cause;
  std::string hint;
  Remedy remedy;
};

}  // namespace hookferry
