// Questions on the terminal, and the pager.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "commands/context.hpp"
#include "core/failure.hpp"

namespace hookferry::commands {

// Asking before anything is written, on the terminal, whatever standard output and standard error are.

/// The answer was not yes. This is no error and is reported as a plain line.
class Declined : public Failure {
 public:
  explicit Declined(const std::string& what) : Failure(Cause::incomplete, what) {}
};

/// What to do where a question cannot be asked.
inline constexpr std::string_view look_with_diff = "look at the plan with hookferry diff, then add --yes";

struct Question {
  std::vector<std::string> facts;  ///< lines above it: where it writes to, what is left out; safe to print
  std::string text;                ///< "Write 4 webhooks to standby?"
  std::size_t changes = 0;
  bool deletes = false;  ///< extras are deleted, as a mirror does
  std::string name;      ///< of the destination, as it was called; empty where there are several
  std::string_view unasked_hint = look_with_diff;
};

/// For more changes than these, and for deletions, a habitual yes is no consent: the destination is typed.
inline constexpr std::size_t most_agreed_to_with_yes = 100;

/// Failure(usage) with that hint if the command would have to ask and there is no terminal to ask on.
void require_consent(const Context& context, std::string_view hint = look_with_diff);

/// Asks, unless --yes, and never before the terminal has shown `plan`. Throws Declined if the answer is not
/// yes, and Failure(interrupted) if a signal comes instead. Returns whether it asked.
bool confirm_or_throw(const Context& context, const std::string& plan, const Question& question);

// What is longer than the screen goes through a pager, as git does it.

/// To standard output. Through $PAGER (less, where it is not set) where that is a terminal and the text does
/// not fit on it; not with --no-pager, --yes, on a dumb terminal, or where the pager is "cat" or empty. Never
/// fails for want of a pager.
void show_paged(const Context& context, const std::string& text);

}  // namespace hookferry::commands
