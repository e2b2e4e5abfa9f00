// What taking back runs means for the destination as it is now. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/known.hpp"
#include "ledger/ledger.hpp"
#include "plan/plan.hpp"

namespace hookferry::plan {

/// Where a thing was done: run of those that are taken back, and place in it.
struct LedgerPlace {
  std::size_t run;
  std::size_t n;
};

struct Removal {
  LedgerPlace place;
  std::int64_t id;
  webhook::Identity identity;
};

/// Not this run's any more, or never known to be: left alone.
struct SkippedUndo {
  webhook::Identity identity;
  std::int64_t id;
  std::string why;    ///< a phrase, "is gone; it is not made again"
  bool gone = false;  ///< what had that id is gone, and what may be it has another
};
/// One safe line.
std::string describe(const SkippedUndo& left);

struct UndoPlan {
  std::vector<Removal> removals;
  /// Updates back to what was there before, one for each webhook, and creations of what was deleted.
  Plan restores;
  /// For each of restores.webhooks what it takes back: several, where runs wrote over one webhook after the
  /// other.
  std::vector<std::vector<LedgerPlace>> restore_places;
  std::vector<SkippedUndo> left;
  std::size_t already = 0;  ///< gone, restored or made again before
  bool writes() const { return !removals.empty() || restores.writes(); }
};

/// A run that is not taken back, of the same account.
struct OtherRun {
  std::string ledger;  ///< as somebody can name it
  ledger::LedgerRun run;
};

/// `runs`: from the oldest to the newest; taken back from the newest on. A webhook is taken back only where
/// the destination still holds what the run wrote, and what was deleted is made again only where it is not
/// there: nothing that came up since has its content, or may be it by what is known of earlier runs.
/// `others`: where one of them wrote over a webhook later, it is told that it has to be taken back first;
/// what one of them deleted and was made again is followed to its new id.
UndoPlan make_undo_plan(const std::vector<ledger::LedgerRun>& runs,
                        const std::vector<webhook::Webhook>& reading,
                        const ledger::KnownOfAccount& known = {}, const std::vector<OtherRun>& others = {});

}  // namespace hookferry::plan
