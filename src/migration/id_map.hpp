// Which webhook of the source became which of the destination, as a ledger has it. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/ledger.hpp"
#include "webhook/webhook.hpp"

namespace hookferry {

struct MappedId {
  std::int64_t source_id;
  std::int64_t destination_id;
  Identity identity;
};

/// In the order of the source's ids, each once: where runs of one ledger speak of the same source webhook,
/// the last word counts. What was taken back, deleted or never seen to arrive is left out.
std::vector<MappedId> id_map(const std::vector<LedgerRun>& runs);

}  // namespace hookferry
