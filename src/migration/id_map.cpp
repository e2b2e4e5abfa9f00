#include "migration/id_map.hpp"

#include <map>
#include <set>

namespace hookferry {
namespace {

using State = LedgerEntry::State;

/// Whether the destination has the webhook: written, or found there.
bool is_there(const LedgerEntry& entry) {
  if (entry.state == State::planned)
    return entry.action == Action::unchanged || entry.action == Action::conflict;
  // An update that was taken back leaves the webhook where it was.
  if (entry.state == State::undone) return entry.action == Action::update;
  return entry.state == State::arrived || entry.state == State::accepted;
}

}  // namespace

std::vector<MappedId> id_map(const std::vector<LedgerRun>& runs) {
  std::map<std::int64_t, MappedId> by_source;
  std::set<std::int64_t> removed;
  for (const auto& run : runs) {
    if (run.is_undo()) continue;
    for (const auto& entry : run.entries) {
      if (!entry.destination_id) continue;
      if (entry.state == State::removed) removed.insert(*entry.destination_id);
      if (!entry.source_id || !is_there(entry)) continue;
      removed.erase(*entry.destination_id);
      by_source.insert_or_assign(*entry.source_id,
                                 MappedId{*entry.source_id, *entry.destination_id, entry.identity});
    }
  }
  std::vector<MappedId> out;
  for (auto& [source_id, mapped] : by_source)
    if (!removed.contains(mapped.destination_id)) out.push_back(std::move(mapped));
  return out;
}

}  // namespace hookferry
