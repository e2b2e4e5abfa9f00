#include "ledger/known.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace hookferry::ledger {
namespace {

using State = LedgerEntry::State;

}  // namespace

std::vector<KnownAlteration> known_alterations(const std::vector<LedgerRun>& runs) {
  std::vector<KnownAlteration> out;
  for (const auto& run : runs) {
    for (const auto& entry : run.entries) {
      if (entry.state == State::arrived && !entry.changed && entry.destination_id &&
          entry.stored != entry.content)
        out.push_back({entry.content, *entry.destination_id, entry.stored});
    }
  }
  return out;
}

namespace {

std::set<std::int64_t> arrived_in(const LedgerRun& run) {
  std::set<std::int64_t> out;
  for (const auto& entry : run.entries)
    if (entry.state == State::arrived && !entry.changed && entry.destination_id)
      out.insert(*entry.destination_id);
  return out;
}

/// What is one of these is not the one in question.
void rule_out(std::vector<KnownUnclear>& unclear, const std::set<std::int64_t>& ids) {
  for (auto& one : unclear) std::erase_if(one.candidates, [&](std::int64_t id) { return ids.contains(id); });
  std::erase_if(unclear, [](const KnownUnclear& one) { return one.candidates.empty(); });
}

/// Those of both; what both hold is one.
std::vector<KnownUnclear> united(std::vector<KnownUnclear> older, const std::vector<KnownUnclear>& newer) {
  for (const auto& one : newer) {
    const auto same = std::find_if(older.begin(), older.end(), [&](const KnownUnclear& other) {
      return other.sent == one.sent && other.candidates == one.candidates;
    });
    if (same != older.end()) older.erase(same);
  }
  older.insert(older.end(), newer.begin(), newer.end());
  return older;
}

}  // namespace

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
  auto alterations = remembered.alterations;
  const auto newer = known_alterations(runs);
  alterations.insert(alterations.end(), newer.begin(), newer.end());
  KnownOfAccount out{still_true(alterations, reading), {}};
  auto unclear = remembered.unclear;
  if (!runs.empty()) rule_out(unclear, arrived_in(runs.back()));
  unclear = united(std::move(unclear), known_unclear(runs));
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
  std::vector<KnownUnclear> out;
  for (const auto& unclear : known)
    if (std::any_of(unclear.candidates.begin(), unclear.candidates.end(),
                    [&](std::int64_t id) { return shown.contains(id); }))
      out.push_back(unclear);
  return out;
}

}  // namespace hookferry::ledger
