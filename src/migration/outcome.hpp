// What became of a plan, as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.hpp"
#include "migration/plan.hpp"
#include "webhook/differences.hpp"

namespace hookferry {

/// Why the turn of something in a plan never came.
enum class NotTried {
  interrupted,
  run_ended,       ///< before its time
  not_all_arrived  ///< deletions only: something that was to be written first is not there as it was sent
};
/// The end of a sentence: "the run ended before its turn".
std::string_view reason_of(NotTried why);

struct WebhookOutcome {
  enum class State {
    created,
    updated,
    unchanged,
    conflict,
    invalid,
    deleted,
    failed,   ///< it was tried
    not_sent  ///< it was not: the run ended before its turn
  };
  State state = State::failed;
  std::optional<std::int64_t> destination_id;
  std::string error;                           ///< failed, not sent, invalid: why
  std::vector<Difference> stored_differently;  ///< created, updated: read back other than sent
  bool altered = false;  ///< of what was sent something is changed or gone, newly found or known already
  std::optional<NotTried> not_tried = std::nullopt;  ///< not sent
};
std::string_view name_of(WebhookOutcome::State state);

struct Outcome {
  std::vector<WebhookOutcome> webhooks;  ///< one for each of the plan, in its order
  std::vector<std::string> surprises;    ///< what the verification found beside the plan
  std::optional<Failure> ended_by;       ///< why the run ended before its time
  bool interrupted = false;
  bool settled = true;  ///< false: it could not be established what arrived

  std::size_t count(WebhookOutcome::State state) const;
  std::size_t altered() const;
  /// What this run wrote or found newly altered: told in its exit code, which later runs do not repeat.
  bool newly_altered() const;
  /// Why it is not as it was planned; nothing where it is, conflicts aside.
  std::optional<Cause> shortfall() const;
};

}  // namespace hookferry
