#include "ledger/ledger.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace hookferry::ledger {
namespace {

using State = LedgerEntry::State;

/// Whether the destination's webhook of that id is what was written, and no other client had changed it.
bool arrived(const LedgerEntry& entry) {
  return entry.state == State::arrived && !entry.changed && entry.destination_id;
}

std::set<std::int64_t> arrived_in(const LedgerRun& run) {
  std::set<std::int64_t> out;
  for (const auto& entry : run.entries)
    if (arrived(entry)) out.insert(*entry.destination_id);
  return out;
}

/// Takes these ids off the candidates. A webhook without candidates is no longer unclear.
void rule_out(std::vector<KnownUnclear>& unclear, const std::set<std::int64_t>& ids) {
  for (auto& one : unclear) std::erase_if(one.candidates, [&](std::int64_t id) { return ids.contains(id); });
  std::erase_if(unclear, [](const KnownUnclear& one) { return one.candidates.empty(); });
}

}  // namespace

std::vector<KnownAlteration> known_alterations(const std::vector<LedgerRun>& runs) {
  std::vector<KnownAlteration> out;
  for (const auto& run : runs)
    for (const auto& entry : run.entries)
      if (arrived(entry) && entry.stored != entry.content)
        out.push_back({entry.content, *entry.destination_id, entry.stored});
  return out;
}

std::vector<KnownUnclear> known_unclear(const std::vector<LedgerRun>& runs) {
  std::vector<KnownUnclear> out;
  for (const auto& run : runs) {
    rule_out(out, arrived_in(run));
    for (const auto& entry : run.entries)
      if (entry.state == State::unclear) out.push_back({entry.content, entry.candidates});
  }
  return out;
}

KnownOfAccount known_after(const KnownOfAccount& remembered, const std::vector<LedgerRun>& runs,
                           const std::vector<webhook::Webhook>& reading) {
  KnownOfAccount out;
  auto alterations = remembered.alterations;
  std::ranges::copy(known_alterations(runs), std::back_inserter(alterations));
  out.alterations = still_true(alterations, reading);

  auto unclear = remembered.unclear;
  if (!runs.empty()) rule_out(unclear, arrived_in(runs.back()));
  // What the runs know again is the same webhook, and not one more.
  const auto newer = known_unclear(runs);
  for (const auto& one : newer)
    if (const auto same = std::ranges::find(unclear, one); same != unclear.end()) unclear.erase(same);
  std::ranges::copy(newer, std::back_inserter(unclear));
  std::set<std::int64_t> altered;
  for (const auto& known : out.alterations) altered.insert(known.id);
  rule_out(unclear, altered);
  out.unclear = still_true(unclear, reading);
  return out;
}

std::vector<KnownAlteration> still_true(const std::vector<KnownAlteration>& known,
                                        const std::vector<webhook::Webhook>& reading) {
  std::map<std::int64_t, KnownAlteration> by_id;
  for (const auto& alteration : known) by_id[alteration.id] = alteration;  // the newest is the last
  std::vector<KnownAlteration> out;
  for (const auto& webhook : reading) {
    if (!webhook.id) continue;
    const auto found = by_id.find(*webhook.id);
    if (found != by_id.end() && webhook::content_digest(webhook) == found->second.stored)
      out.push_back(found->second);
  }
  return out;
}

std::vector<KnownUnclear> still_true(const std::vector<KnownUnclear>& known,
                                     const std::vector<webhook::Webhook>& reading) {
  std::set<std::int64_t> shown;
  for (const auto& webhook : reading)
    if (webhook.id) shown.insert(*webhook.id);
  auto out = known;
  std::erase_if(out, [&](const KnownUnclear& unclear) {
    return std::ranges::none_of(unclear.candidates, [&](std::int64_t id) { return shown.contains(id); });
  });
  return out;
}

}  // namespace hookferry::ledger
