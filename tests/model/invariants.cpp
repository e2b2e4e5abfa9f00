// What must hold, whatever happens.
//
// Not promised, and so not looked for:
//   - what a stranger did less than the age and the settle time before a write: the reading that the write
//     goes by may have been asked for before that, or lag behind it
//   - a deletion that was confirmed, not done, and not shown by the reading after it
//   - a reading that lacks what the tool wrote, for longer than the settle time, and nothing that is known to
//   be
//     there: it cannot be told from a true one (Step::undetectable leaves these out). Of a list that never
//     shows what is new (hides_new), no more than one webhook is doubled in a run.
#include <algorithm>

#include "step.hpp"
#include "support/rooms.hpp"

namespace hookferry::model {
namespace {

using Kind = Operation::Kind;

bool contains(const Webhooks& webhooks, Id id) {
  return std::any_of(webhooks.begin(), webhooks.end(), [&](const Stored& one) { return one.id == id; });
}

}  // namespace

const Stored* Step::by_id(const Webhooks& webhooks, Id id) {
  for (const auto& one : webhooks)
    if (one.id == id) return &one;
  return nullptr;
}

void Step::broken(const std::string& what) {
  if (history_.violation.empty()) history_.violation = what;
}

/// No more of a planned webhook than planned. A list that hides what is new costs one in a run. What the
/// server made of one request twice is not the tool's.
void Step::check_account() {
  std::ptrdiff_t allowed = space_.hides_new ? 1 : 0;
  for (std::size_t slot = 0; slot < space_.sources.size(); ++slot) {
    const auto& source = space_.sources[slot];
    const auto equal = [&](const Source& one) {
      return one.content == source.content && one.identity == source.identity;
    };
    if (std::any_of(space_.sources.begin(), space_.sources.begin() + static_cast<std::ptrdiff_t>(slot),
                    equal))
      continue;
    const auto planned = planned_of(source);
    const auto there = std::count_if(
        history_.account.webhooks.begin(), history_.account.webhooks.end(), [&](const Stored& one) {
          if (one.copy || one.hidden) return false;
          if (one.slot < 0)
            return !one.made && one.content == source.content && one.identity == source.identity;
          const auto& its = space_.sources[static_cast<std::size_t>(one.slot)];
          return its.content == source.content && its.identity == source.identity;
        });
    allowed -= std::max<std::ptrdiff_t>(0, there - planned);
    if (allowed < 0)
      return broken("there are " + std::to_string(there) + " of " + identity_of(source.identity).alias + "/" +
                    source.content + ", planned are " + std::to_string(planned));
  }
  check_foreign(history_.account.webhooks, false);
}

/// What strangers made, and a mirror deletes, is not made again more often than it was there. `exactly`: nor
/// less often.
void Step::check_foreign(const Webhooks& webhooks, bool exactly) {
  for (const auto& [which, made] : history_.foreign) {
    const auto& [identity, content] = which;
    if (planned_of({identity, content}) > 0) continue;
    const auto there = std::count_if(webhooks.begin(), webhooks.end(), [&](const Stored& one) {
      return !one.copy && one.identity == identity && one.content == content;
    });
    if (there > made || (exactly && there < made))
      broken("there are " + std::to_string(there) + " of a stranger's " + identity_of(identity).alias + "/" +
             content + ", and there were " + std::to_string(made));
  }
}

/// Nothing is written over or deleted that a reading has shown to be a stranger's.
void Step::check_write(const Operation& operation) {
  if (!operation.id) return;
  const auto id = *operation.id;
  const auto* there = history_.account.find(id);
  if (run().seen_edits.contains(id) && there != nullptr && there->edited)
    broken("it writes over or deletes " + std::to_string(id) + ", though it has seen a stranger's edit");
  const auto* in_plan = by_id(*run().basis, id);
  const bool is_strangers = there != nullptr && (there->edited || (!there->made && there->slot < 0));
  if (is_strangers && in_plan != nullptr && in_plan->content != there->content &&
      there->touched_at + 2 * space_.settle <= history_.now)
    broken("it writes over or deletes " + std::to_string(id) + ", which a stranger changed long before");
  if (there == nullptr || run().command == Run::Command::migrate) return;
  const bool ours = there->made || operation.kind == Kind::update;
  if (!ours) broken("undo deletes a stranger's webhook " + std::to_string(id));
  const auto* basis = by_id(*run().basis, id);
  if (basis != nullptr && basis->edited) broken("undo takes back what a stranger has written");
}

/// What the ledger says has arrived is what was sent.
void Step::check_arrival(const LedgerEntry& entry, const RecordArrived& record, const Webhooks& reading) {
  if (record.arrival.evidence == Evidence::changed || !entry.source_id) return;
  const auto* shown = by_id(reading, record.arrival.id);
  if (shown == nullptr) return broken("something is booked as arrived that the reading does not show");
  if (record.arrival.evidence == Evidence::existed) {
    if (shown->made) broken("the tool's webhook " + std::to_string(shown->id) + " counts as one of before");
    return;
  }
  if (entry.action == Action::create && !shown->made)
    return broken("a stranger's webhook " + std::to_string(shown->id) + " is booked as ours");
  if (shown->edited) {
    // After an update that was confirmed it looks like the server's own doing, and is told as that.
    if (entry.action != Action::update || entry.state != LedgerEntry::State::accepted)
      return broken("a stranger's edit is booked as ours");
    return take_as_altered(shown->id, *entry.source_id);
  }
  const auto& sources = space_.sources;
  const auto& its = sources[static_cast<std::size_t>(*entry.source_id)];
  if (shown->content == its.content) return;
  // An update that was confirmed and not done looks like one that the server stores as what was there.
  if (entry.action == Action::update && entry.state == LedgerEntry::State::accepted &&
      entry.before == symbol(shown->content))
    return take_as_altered(shown->id, *entry.source_id);
  if (shown->slot < 0) return broken("what nobody wrote is booked as ours");
  const auto& is = sources[static_cast<std::size_t>(shown->slot)];
  if (is.content != its.content || is.identity != its.identity)
    broken("planned " + std::to_string(*entry.source_id) + " is booked as the webhook of planned " +
           std::to_string(shown->slot));
}

void Step::take_as_altered(Id id, std::int64_t slot) {
  auto* there = history_.account.find(id);
  if (there == nullptr) return;
  there->edited = false;
  there->slot = static_cast<int>(slot);
  there->altered = true;
  for (auto& one : run().last_reading)
    if (one.id == id) one = *there;
}

std::ptrdiff_t Step::planned_of(const Source& source) const {
  return std::count_if(space_.sources.begin(), space_.sources.end(), [&](const Source& one) {
    return one.content == source.content && one.identity == source.identity;
  });
}

/// Copies included.
std::ptrdiff_t Step::count_of(const Webhooks& webhooks, const Source& source) const {
  return std::count_if(webhooks.begin(), webhooks.end(), [&](const Stored& one) {
    if (one.slot < 0 || one.content == source.content)
      return one.content == source.content && one.identity == source.identity;
    const auto& its = space_.sources[static_cast<std::size_t>(one.slot)];
    return its.content == source.content && its.identity == source.identity && !one.edited &&
           (one.altered || one.content == stored_form(space_.storing, source.content));
  });
}

bool Step::holds_plan(const Webhooks& webhooks) const {
  return std::all_of(space_.sources.begin(), space_.sources.end(), [&](const Source& source) {
    const auto there = count_of(webhooks, source);
    return there == planned_of(source) || (there > planned_of(source) && history_.ever_doubled);
  });
}

/// A run that ends with 0 has done all of it: at its last reading, or at most the settle time before.
void Step::check_end(bool stopped, bool zero) {
  if (!zero || stopped) return;
  auto moments = history_.account.earlier;
  moments.push_back({history_.account.webhooks, 0});
  if (run().doubled_by_server) {
    for (const auto& source : space_.sources)
      if (count_of(run().last_reading, source) > planned_of(source))
        broken("the server has applied a request twice, the reading shows it, and the run ends with 0");
    return;
  }
  if (run().command == Run::Command::migrate) {
    const bool held = std::any_of(moments.begin(), moments.end(),
                                  [&](const Earlier& one) { return holds_plan(one.webhooks); });
    if (!held) broken("the run ends with 0, but the account does not hold the plan");
  }
  auto still = history_.account;  // what was confirmed and will be deleted in time is on its way
  while (!still.late.empty()) still.apply_late(0);
  for (std::size_t n = 0; n < run().plan->operations.size(); ++n) {
    const auto& operation = run().plan->operations[n];
    if (operation.kind == Kind::remove && !history_.deletion_lied && contains(still.webhooks, *operation.id))
      broken("the run ends with 0, but " + std::to_string(*operation.id) + " is still there");
  }
  if (run().command != Run::Command::undo || history_.ever_doubled || history_.deletion_lied) return;
  for (const auto& one : still.webhooks)
    if (one.made && !one.copy && one.slot >= 0)
      broken("undo ends with 0, but " + std::to_string(one.id) + " is left");
  if (!history_.touched_by_strangers) check_foreign(still.webhooks, true);
}

/// Without faults a run finishes, or names what only a person can decide.
void Step::check_quiet_end(bool stopped, bool zero) {
  if (space_.storing == Storing::renames || space_.hides_new) return;  // That is for a person to decide.
  const bool excused = history_.touched_by_strangers || history_.server_lied || history_.ever_doubled;
  if (zero || excused || space_.shows_at_most > 0) return;
  if (stopped) return broken("a run without faults stops at its reading");
  const bool told = run().plan->conflict || run().plan->left;
  if (told && space_.storing == Storing::as_sent && space_.initially != Initially::namesake)
    return broken("a run without faults tells of a conflict that nobody made");
  if (!run().delivery) return;
  const auto& delivery = *run().delivery;
  if (delivery.ending()) return broken("a run without faults ends before its time");
  for (std::size_t n = 0; n < run().plan->operations.size(); ++n) {
    const auto outcome = delivery.result(n).outcome;
    if (outcome != Delivery::Outcome::arrived && outcome != Delivery::Outcome::removed)
      return broken("a run without faults does not finish planned " + std::to_string(n));
  }
  if (!delivery.findings().empty()) broken("a run without faults finds a surprise");
}

}  // namespace hookferry::model
