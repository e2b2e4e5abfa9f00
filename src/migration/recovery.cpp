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

}  // namespace

std::optional<Milliseconds> time_until_settled(const std::vector<LedgerRun>& runs, Milliseconds settle,
                                               std::int64_t now) {
  std::optional<Milliseconds> out;
  for (const auto& run : runs) {
    if (run.settled || !run.begun()) continue;
    // A clock set back in between must not make anybody wait for hours.
    const auto left = std::clamp<std::int64_t>(run.last_activity + settle.count() - now, 0, settle.count());
    out = std::max(out.value_or(Milliseconds(0)), Milliseconds(left));
  }
  return out;
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
