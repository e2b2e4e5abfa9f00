// What taking back a ledger's runs means for the destination as it is now. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "migration/plan.hpp"

namespace hookferry {

/// Where in the ledger a thing was done.
struct LedgerPlace {
  std::size_t run;
  std::size_t n;
};

struct Removal {
  LedgerPlace place;
  std::int64_t id;
  Identity identity;
};

/// Not this run's any more, or never known to be: left alone.
struct LeftAlone {
  Identity identity;
  std::int64_t id;
  std::string why;  ///< a phrase, "is gone; it is not made again"
};
/// One safe line.
std::string describe(const LeftAlone& left);

struct UndoPlan {
  std::vector<Removal> removals;
  Plan restores;  ///< updates back to what was there before, one for each webhook
  /// For each of restores.webhooks what it takes back: several, where runs wrote over one webhook after the
  /// other.
  std::vector<std::vector<LedgerPlace>> restore_places;
  std::vector<LeftAlone> left;  ///< changed by others since
  std::size_t already = 0;      ///< gone or restored before
  bool writes() const { return !removals.empty() || restores.writes(); }
};

/// The newest run first. A webhook is taken back only where the destination still holds what the run wrote.
UndoPlan make_undo_plan(const std::vector<LedgerRun>& runs, const std::vector<Webhook>& reading);

}  // namespace hookferry
