// What delivery sees and does, as values: the words in which its state machines speak with whoever carries
// out what they ask for. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/failure_class.hpp"
#include "core/crypto.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::delivery {

/// Milliseconds on a clock that never goes back.
using Time = std::int64_t;

/// One webhook of a reading, as far as delivery has to know it.
struct SnapshotEntry {
  std::int64_t id = 0;
  webhook::Identity identity;
  Sha256 content{};  ///< digest
  bool modified_after_creation =
      false;  ///< `updated_at` is behind `created_at`: somebody changed it since it was made
  /// Digests of contents that were sent and of which it lacks something or has it otherwise: more than two
  /// digests that differ can tell.
  std::vector<Sha256> missing_content_of{};
};

/// What an account showed. Whole or not is worked out from what is known to be there.
struct Reading {
  Time began = 0;  ///< when it was asked for
  std::vector<SnapshotEntry> webhooks;
};

/// What tells that something sent has arrived.
enum class Evidence : std::uint8_t {
  id,       ///< the id that the server gave it, or that it was written over; with what is stored
  content,  ///< something new with just this content
  changed,  ///< its id, but somebody has changed it since: what is stored is not what was written
};
std::string_view name_of(Evidence evidence);

struct Arrival {
  std::int64_t id = 0;
  Sha256 content{};  ///< digest of what is stored
  Evidence evidence = Evidence::id;
};

/// One thing to be done to the account.
struct Operation {
  enum class Kind : std::uint8_t { create, update, remove };
  Kind kind = Kind::create;
  webhook::Identity identity;
  /// Digest of what is written, or of what may be deleted; nothing: whatever it is.
  std::optional<Sha256> content = {};
  std::optional<std::int64_t> id = {};  ///< update, remove: of which
  std::optional<Sha256> before = {};    ///< update: digest of what it is written over
};

// What a state machine asks for. Records are to be on disk before what follows them is done.
struct RecordIntent {
  std::vector<std::size_t> operations;
};
struct RecordAccepted {
  std::vector<std::size_t> operations;
  std::vector<std::optional<std::int64_t>> ids;
};
struct RecordNotApplied {
  std::vector<std::size_t> operations;
  std::string reason;
};
struct RecordArrived {
  std::size_t operation;
  Arrival arrival;
};
/// Known by count alone: one of these ids, or none of them.
struct RecordUnclear {
  std::size_t operation;
  std::vector<std::int64_t> ids;
};
struct RecordRemoved {
  std::size_t operation;
};
struct Send {  ///< creations and updates, in one request
  std::size_t ticket;
  std::vector<std::size_t> operations;
};
struct Remove {
  std::size_t ticket;
  std::size_t operation;
  std::int64_t id;
};
struct Read {};  ///< the whole account
struct Ask {     ///< one webhook
  std::int64_t id;
};
struct Pause {
  Time until;
};
using Instruction = std::variant<RecordIntent, RecordAccepted, RecordNotApplied, RecordArrived, RecordUnclear,
                                 RecordRemoved, Send, Remove, Read, Ask, Pause>;
using Instructions = std::vector<Instruction>;

// What happens to it.
struct Started {};
struct Sent {  ///< the answer to a Send or Remove, or why there is none
  std::size_t ticket;
  api::Verdict verdict;
  /// With a verdict of `none`: for each operation the id that the answer tells, where it does. Empty where
  /// the answer confirms nothing.
  std::vector<std::optional<std::int64_t>> ids;
};
struct WasRead {
  Reading reading;
};
struct Unreadable {};  ///< no reading can be had, whatever was tried
struct Asked {
  std::int64_t id;
  api::Presence presence;
};
struct Elapsed {};      ///< a Pause is over
struct Interrupted {};  ///< nothing new is to be sent
struct LedgerLost {};   ///< nothing can be written down any more
using Event = std::variant<Started, Sent, WasRead, Unreadable, Asked, Elapsed, Interrupted, LedgerLost>;

struct Moment {
  Time now = 0;
  double jitter = 1;  ///< from 0 to 1, drawn anew each time: how much of a pause is waited
};

}  // namespace hookferry::delivery
