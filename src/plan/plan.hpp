// The plan of a run, its outcome, and the planner that makes plans. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "ledger/ledger.hpp"
#include "transform/transformer.hpp"
#include "webhook/differences.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::plan {

// What a migration would do, as a value.

/// `newer` is `update` if the source's webhook was changed later, else `skip`. `ask`: decide_conflict().
enum class ConflictPolicy { skip, update, duplicate, fail, newer, ask };

/// When each side was last changed, as the servers say (`updated_at`, ms since 1970), where that is known.
struct LastChanges {
  std::optional<std::int64_t> source, destination;
};

/// A webhook of the destination, or nothing, as in most of a first plan: so it takes little room.
using Existing = std::shared_ptr<const webhook::Webhook>;

/// Where an earlier run did something: the run among those that are undone, and the entry in it.
struct LedgerPlace {
  std::size_t run;
  std::size_t n;
};

struct PlannedWebhook {
  webhook::Webhook webhook;  ///< as it is to be in the destination
  /// The webhook's id in the source; in an undo the id that it had before it was deleted.
  std::optional<std::int64_t> source_id;
  RareText source_uuid = {};  ///< v5's
  ledger::Action action = ledger::Action::create;
  /// The destination's webhook that it was matched with (unchanged, conflict, update), or that is deleted.
  Existing existing = nullptr;
  std::vector<std::string> warnings;
  /// In conflict with a webhook that may be this very one, sent by an earlier run.
  bool ambiguous = false;
  /// Unchanged, but an earlier run found that the server had changed or dropped something that was sent.
  bool altered = false;
  transform::Provenance provenance = {};
  /// Undo only: what this reverts. It is more than one entry where runs wrote over one webhook repeatedly.
  std::vector<LedgerPlace> takes_back = {};
};

LastChanges last_changes_of(const PlannedWebhook& planned);
/// Carries out what a person has decided about one conflict: update, duplicate, or anything else to leave it.
void decide_conflict(PlannedWebhook& planned, ConflictPolicy decision);

/// A webhook that an undo leaves unchanged, since it is not certain that it is still as the run left it.
struct SkippedUndo {
  webhook::Identity identity;
  std::int64_t id;
  std::string why;    ///< a phrase, "is gone; it is not recreated"
  bool gone = false;  ///< the webhook with that id is gone, and what may be the same webhook has another id
};
/// One safe line.
std::string describe(const SkippedUndo& skipped);

/// What a run would do: a migration, an import, a mirror, or the undo of earlier runs.
struct Plan {
  std::vector<PlannedWebhook> webhooks;  ///< in the order of the source, then deletions
  std::vector<webhook::Webhook> extra;   ///< only the destination has them, and they stay

  // Mirror only:
  std::vector<std::string> notes;  ///< what is not deleted, and why; safe lines
  std::size_t in_scope = 0;        ///< webhooks of the destination that the filters select

  // Undo only:
  bool is_undo = false;
  std::vector<SkippedUndo> skipped;
  std::size_t already_undone = 0;  ///< entries whose webhook is gone, restored or recreated already

  std::size_t count(ledger::Action action) const;
  std::size_t altered() const;
  /// How many will be written or deleted.
  std::size_t changes() const {
    return count(ledger::Action::create) + count(ledger::Action::update) + count(ledger::Action::remove);
  }
  bool writes() const { return changes() > 0; }
};

// The outcome of a plan, as a value.

/// Why a webhook of a plan was not tried.
enum class NotTried {
  interrupted,
  run_ended,       ///< before its turn
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
  RareText destination_uuid = {};                   ///< v5's
  RareText error;                                   ///< failed, not sent, invalid: why
  std::vector<webhook::Difference> server_changes;  ///< created, updated: read back other than sent
  bool altered = false;  ///< the server changed or dropped something, found now or by an earlier run
  std::optional<NotTried> not_tried = std::nullopt;  ///< not sent
};
std::string_view name_of(WebhookOutcome::State state);

struct Outcome {
  std::vector<WebhookOutcome> webhooks;  ///< one for each of the plan, in its order
  std::vector<std::string> findings;     ///< what the verification found beside the plan
  std::optional<Failure> ended_by;       ///< why the run ended before its time
  bool interrupted = false;
  bool settled = true;  ///< false: it could not be established what arrived
  /// Each request that was sent was refused. Otherwise the server may hold something that no snapshot shows.
  bool nothing_was_applied = false;
  std::size_t skipped = 0;  ///< undo: webhooks that the plan skips

  std::size_t count(WebhookOutcome::State state) const;
  std::size_t altered() const;
  /// Why the outcome is not as planned; nothing if it is, conflicts aside.
  std::optional<Cause> shortfall() const;
};
Exit exit_of(const Outcome& outcome);
Exit exit_of(const Plan& plan);

// The planner: source against destination. Pure.

/// Webhooks match by alias and type; of several with the same, those equal in content first, then in their
/// order. A webhook that an earlier run left ambiguous is in conflict with its candidates, whatever the
/// policy; only the policy `update` may write it over a candidate. Each webhook is matched at most once, so
/// duplicates are matched by number.
Plan make_plan(const std::vector<transform::TransformedWebhook>& source,
               const std::vector<webhook::Webhook>& destination, ConflictPolicy policy,
               const ledger::KnownOfAccount& known = {});

// A destination that becomes what its source is: what is deleted there, and what forbids it. Pure.

/// How many webhooks one run may delete: a number, or a percentage of those that the destination has.
struct DeleteLimit {
  std::size_t number = 30;
  bool percent = true;

  /// The limit if `present` webhooks are there; a percentage is rounded up.
  std::size_t of(std::size_t present) const;
  std::string text() const;  ///< "30%", as it is given
};
/// "25" or "30%", at most 100%; nothing where the text is neither.
std::optional<DeleteLimit> parse_delete_limit(std::string_view text);

/// Makes deletions of the plan's extras that `selected` lets through; the others are no longer part of the
/// plan. Some extras stay, because they may be something else than they seem: what an earlier run may have
/// sent, the counterpart of an invalid webhook of the source, and what the API could not take again. Returns
/// a line with the reason for each of these, safe to print.
std::vector<std::string> plan_deletions(Plan& plan,
                                        const std::function<bool(const webhook::Webhook&)>& selected,
                                        const ledger::KnownOfAccount& known);

// The limits of a mirror. Each check returns why the plan must not be carried out, or nothing.

/// A limit in percent counts from the webhooks of the destination that the filters let through.
std::optional<Failure> check_delete_limit(const Plan& plan, const DeleteLimit& limit);

/// A source that lists no webhooks, or less than half of those that it had `before`, when it was last
/// mirrored, has more likely a wrong key or an outage. `source` is its name.
std::optional<Failure> check_source_not_shrunk(const std::string& source, std::size_t now,
                                               std::optional<std::size_t> before);

// UUIDs that two webhooks of the destination would share. Pure.

/// A warning on each webhook that is to be created with the UUID of one that is there already.
void warn_of_shared_uuids(Plan& plan, const std::vector<webhook::Webhook>& present);

// The undo of runs, for the destination as it is now.

/// A run of the same account that is not undone.
struct OtherRun {
  std::string ledger;  ///< as the user can name it
  ledger::LedgerRun run;
};

/// `runs`: from the oldest to the newest; they are undone from the newest on. The plan first restores what
/// they updated and recreates what they deleted, then deletes what they created. A webhook is reverted only
/// where the destination still holds what the run wrote, and a deleted one is recreated only where it is
/// absent: no webhook that appeared since has its content or may be the same by what earlier runs left in
/// doubt. `others`: where one of them wrote over a webhook later, the plan says that it has to be undone
/// first; webhooks that one of them deleted and an undo recreated are followed to their new ids.
Plan make_undo_plan(const std::vector<ledger::LedgerRun>& runs, const std::vector<webhook::Webhook>& reading,
                    const ledger::KnownOfAccount& known = {}, const std::vector<OtherRun>& others = {});

// Which webhook of the source became which of the destination, as a ledger has it. Pure.

struct MappedId {
  std::int64_t source_id;
  std::int64_t destination_id;
  webhook::Identity identity;
  std::string source_uuid, destination_uuid;
};

/// In the order of the source's ids, each once: where runs of one ledger speak of the same source webhook,
/// the last word counts. What was undone, deleted or never seen to arrive is left out.
std::vector<MappedId> id_map(const std::vector<ledger::LedgerRun>& runs);

// Destination ids over source ids in what refers to webhooks: exported alerts. Pure.
//
// Alerts of the vendor's API refer to a webhook as `notificationGroup.webhooks[].integration.integrationId`,
// those of its infrastructure tools as `integration_id`: the number that the webhooks API calls `id`.

struct UnknownId {
  std::string path;          ///< "/0/notificationGroup/webhooks/1/integration/integrationId"
  std::string id;            ///< as it stands there
  bool is_a_destinations;    ///< no source id, but a destination's: perhaps rewired before
  bool is_a_string = false;  ///< an id in quotes, which this API does not have
};

struct Rewiring {
  std::vector<json::Edit> edits;  ///< places in the document's text
  std::vector<UnknownId> unknown;
  std::size_t rewired = 0;
  /// Ids in JSON inside strings: texts, not members, so they stay as they are.
  std::size_t in_strings = 0;
};

/// Every number that is the value of a member `integrationId` or `integration_id`, at any depth, and a source
/// id becomes the destination's id, written plainly; a number counts by its value (`5.0` is 5).
Rewiring rewire(const json::Document& document, const std::vector<MappedId>& ids);

}  // namespace hookferry::plan
