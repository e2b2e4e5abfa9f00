// The values that the state machines of delivery exchange with their caller: snapshots, operations,
// instructions and events. Pure.
#pragma once

#include <algorithm>
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
/// Milliseconds since 1970 on the clock of the server.
using ServerTime = std::int64_t;

/// One webhook of a snapshot, as far as delivery has to know it.
struct SnapshotEntry {
  std::int64_t id = 0;
  webhook::Identity identity;
  Sha256 content{};                      ///< digest
  bool modified_after_creation = false;  ///< `updated_at` is later than `created_at`
  /// Digests of sent contents of which the server changed or dropped something here. Two digests that differ
  /// do not show that, so it is found out by comparing the webhooks.
  std::vector<Sha256> missing_content_of{};
  std::optional<ServerTime> created_at{}, updated_at{};  ///< nothing if they cannot be read
  RareText uuid{};                                       ///< of an API that has them
};

/// A snapshot of an account. Whether it is whole follows from what is known to be there.
struct Snapshot {
  Time began = 0;  ///< when it was requested
  std::vector<SnapshotEntry> webhooks;
};

/// The time in which snapshots may lag behind writes: when to read again, and when absence is proved.
struct SettleWindow {
  Time certain_from = 0;  ///< a snapshot that is requested from then on shows every write
  Time next_look = 0;
  Milliseconds pause{100};  ///< before the next look; it doubles each time, up to a second

  bool proves_absence(const Snapshot& snapshot) const { return snapshot.began >= certain_from; }
  /// The last look falls on the end of the window, so that no time is lost.
  void look_again(Time now) {
    next_look = std::min(now + pause.count(), certain_from);
    pause = std::min(2 * pause, Milliseconds(1'000));
  }
};

/// How it is known that something sent has arrived.
enum class Evidence : std::uint8_t {
  id,       ///< by the id that the server gave it or that it was written over, and the stored content
  content,  ///< by content alone: a new webhook has exactly this content
  changed,  ///< by its id, but another client has changed it since it was written
  existed,  ///< it was there before it was sent, so it is not the run's
};
std::string_view name_of(Evidence evidence);

struct Arrival {
  std::int64_t id = 0;
  Sha256 content{};  ///< digest of what is stored
  Evidence evidence = Evidence::id;
  RareText uuid{};  ///< of an API that has them
};

/// One webhook to create, update or delete.
struct Operation {
  enum class Kind : std::uint8_t { create, update, remove };
  Kind kind = Kind::create;
  webhook::Identity identity;
  /// Digest of what is written, or of what may be deleted. Without it, any content may be deleted.
  std::optional<Sha256> content = {};
  std::optional<std::int64_t> id = {};        ///< update, remove: the webhook that it is about
  std::optional<Sha256> before = {};          ///< update: digest of the content that is written over
  std::optional<ServerTime> updated_at = {};  ///< update, remove: of that webhook, when the plan was made
};

// Instructions of a state machine. A record must be on disk before the instructions after it are carried out.
struct RecordIntent {
  std::vector<std::size_t> operations;
};
struct RecordAccepted {
  std::vector<std::size_t> operations;
  std::vector<webhook::GivenId> ids;
};
struct RecordNotApplied {
  std::vector<std::size_t> operations;
  std::string reason;
};
struct RecordArrived {
  std::size_t operation;
  Arrival arrival;
};
/// It is ambiguous whether the operation arrived as one of these ids.
struct RecordAmbiguous {
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
using Instruction = std::variant<RecordIntent, RecordAccepted, RecordNotApplied, RecordArrived,
                                 RecordAmbiguous, RecordRemoved, Send, Remove, Read, Ask, Pause>;
using Instructions = std::vector<Instruction>;

// Events that a state machine handles; a Snapshot is one, too.
struct Started {};
struct Sent {  ///< the response to a Send or Remove, or why there is none
  std::size_t ticket;
  api::Verdict verdict;
  /// With a verdict of `none`: the id that the response gives for each operation. It is empty if the response
  /// confirms nothing.
  std::vector<webhook::GivenId> ids;
};
struct Unreadable {};  ///< all attempts to read the account failed
struct Asked {
  std::int64_t id;
  api::Presence presence;
};
struct Elapsed {};      ///< a Pause is over
struct Interrupted {};  ///< nothing new may be sent
struct LedgerLost {};   ///< the ledger cannot be written any more
using Event = std::variant<Started, Sent, Snapshot, Unreadable, Asked, Elapsed, Interrupted, LedgerLost>;

struct Moment {
  Time now = 0;
  double jitter = 1;  ///< from 0 to 1, a new random number each time: the part of a pause that is waited
  std::optional<ServerTime> server_now{};  ///< at least; nothing if the server does not say
};

}  // namespace hookferry::delivery
