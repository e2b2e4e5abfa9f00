#include "migration/recovery.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/failure.hpp"

namespace hookferry {
namespace {

using State = LedgerEntry::State;

bool is_open(const LedgerEntry& entry) {
  return entry.state == State::intended || entry.state == State::accepted;
}

SentWebhook sent_webhook(const LedgerEntry& entry) {
  SentWebhook out;
  out.identity = entry.identity;
  out.content = entry.content;
  out.confirmed = entry.state == State::accepted;
  if (entry.action == "update") {
    out.update_of = entry.destination_id;
    const auto before = json::Document::parse(entry.before);
    out.content_before = content_digest(read_webhook(before.root()));
  } else {
    out.answered_id = entry.destination_id;
  }
  return out;
}

/// A clock set back in between must not make anybody wait for hours.
Milliseconds time_left(std::int64_t since, Milliseconds settle, std::int64_t now) {
  return Milliseconds(std::clamp<std::int64_t>(since + settle.count() - now, 0, settle.count()));
}

std::set<std::int64_t> ids_left(const std::vector<LedgerRun>& runs) {
  const auto& last = runs.back();
  std::set<std::int64_t> out(last.header.present.begin(), last.header.present.end());
  for (const auto& entry : last.entries)
    if (entry.state == State::arrived) out.insert(*entry.destination_id);
  for (const auto& run : runs)
    for (const auto& entry : run.entries)
      if (entry.state == State::undone && entry.action == "create")
        out.erase(entry.destination_id.value_or(0));
  return out;
}

bool is_altered(const LedgerEntry& entry, const std::string& digest,
                const std::vector<KnownAlteration>& known) {
  return std::any_of(known.begin(), known.end(), [&](const KnownAlteration& alteration) {
    return alteration.id == entry.destination_id && alteration.sent == entry.content &&
           alteration.stored == digest;
  });
}

}  // namespace

std::optional<Milliseconds> time_until_settled(const std::vector<LedgerRun>& runs, Milliseconds settle,
                                               std::int64_t now) {
  std::optional<Milliseconds> out;
  for (const auto& run : runs) {
    if (run.settled || !run.begun()) continue;
    // One that was killed has not written down when its last request came to an end.
    const auto left = run.ended ? time_left(run.last_activity, settle, now) : settle;
    out = std::max(out.value_or(Milliseconds(0)), left);
  }
  return out;
}

Milliseconds time_until_shown(const std::vector<LedgerRun>& runs, Milliseconds settle, std::int64_t now) {
  return runs.empty() ? Milliseconds(0) : time_left(runs.back().last_activity, settle, now);
}

bool as_left(const std::vector<LedgerRun>& runs, const std::vector<KnownAlteration>& known,
             const std::vector<Webhook>& reading) {
  std::set<std::int64_t> ids;
  std::map<std::int64_t, const Webhook*> by_id;
  for (const auto& webhook : reading) {
    if (!webhook.id) continue;
    ids.insert(*webhook.id);
    by_id[*webhook.id] = &webhook;
  }
  if (ids != ids_left(runs)) return false;
  return std::all_of(runs.back().entries.begin(), runs.back().entries.end(), [&](const LedgerEntry& entry) {
    const bool written = entry.state == State::arrived;
    if (!written && entry.action != "unchanged") return true;
    const auto found = by_id.find(entry.destination_id.value_or(0));
    if (found == by_id.end()) return false;
    const auto digest = content_digest(*found->second);
    return digest == (written ? entry.stored : entry.content) || is_altered(entry, digest, known);
  });
}

std::vector<RecoveredEntry> recover(const LedgerRun& run, const std::vector<Webhook>& reading) {
  std::vector<RecoveredEntry> out;
  std::vector<SentWebhook> sent;
  std::set<std::int64_t> not_candidates(run.header.present.begin(), run.header.present.end());
  for (const auto& entry : run.entries) {
    if (entry.state == State::arrived && entry.destination_id) not_candidates.insert(*entry.destination_id);
    if (!is_open(entry)) continue;
    out.push_back({entry.n, std::nullopt});
    sent.push_back(sent_webhook(entry));
  }
  const auto attribution = attribute(sent, not_candidates, reading, Reading::final);
  for (std::size_t i = 0; i < out.size(); ++i) out[i].arrival = attribution.arrivals[i];
  return out;
}

std::vector<KnownAlteration> known_alterations(const std::vector<LedgerRun>& runs) {
  std::vector<KnownAlteration> out;
  for (const auto& run : runs) {
    for (const auto& entry : run.entries) {
      if (entry.state == State::arrived && entry.destination_id && entry.stored != entry.content)
        out.push_back({entry.content, *entry.destination_id, entry.stored});
    }
  }
  return out;
}

std::vector<KnownAlteration> still_true(const std::vector<KnownAlteration>& known,
                                        const std::vector<Webhook>& reading) {
  std::map<std::int64_t, KnownAlteration> by_id;
  for (const auto& alteration : known) by_id[alteration.id] = alteration;  // the newest is the last
  std::vector<KnownAlteration> out;
  for (const auto& webhook : reading) {
    if (!webhook.id) continue;
    const auto found = by_id.find(*webhook.id);
    if (found != by_id.end() && content_digest(webhook) == found->second.stored) out.push_back(found->second);
  }
  return out;
}

void close_ledger(const std::filesystem::path& path, const std::vector<Webhook>& reading) {
  const auto runs = read_ledger(path);
  const auto& last = runs.back();
  if (last.settled) return;
  LedgerWriter ledger(path);
  std::vector<std::size_t> missing;
  for (const auto& entry : recover(last, reading)) {
    if (entry.arrival) ledger.arrived(entry.n, entry.arrival->id, entry.arrival->content);
    if (!entry.arrival) missing.push_back(entry.n);
  }
  if (!missing.empty()) ledger.not_applied(missing, "not there when a later run read the destination");
  ledger.end(true, static_cast<int>(Exit::incomplete));
}

}  // namespace hookferry
