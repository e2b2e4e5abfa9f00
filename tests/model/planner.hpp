// Plans for the model's few webhooks, made by the core's own planners from what the ledger knows, as src/run
// does it.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "record.hpp"
#include "support/rooms.hpp"
#include "world.hpp"

namespace hookferry::model {

struct Source {
  int identity = 0;
  Content content = 'A';
};

struct PlanOptions {
  bool update = false;  ///< conflicts are written over
  bool mirror = false;  ///< and extras deleted
};

struct ModelPlan {
  std::vector<Operation> operations;       ///< contents as letters
  std::vector<int> slots;                  ///< of each operation; -1: none
  std::vector<std::vector<Place>> undoes;  ///< of each operation: what it takes back
  std::set<std::int64_t> relied_on;        ///< unchanged
  bool conflict = false;
  bool left = false;  ///< undo: changed by somebody since, or ambiguous
};

/// `ledger` with digests.
ModelPlan plan_migration(const std::vector<Source>& sources, PlanOptions options,
                         const std::vector<LedgerRun>& ledger, const Webhooks& reading);
ModelPlan plan_undo(const std::vector<LedgerRun>& ledger, const Webhooks& reading);

}  // namespace hookferry::model
