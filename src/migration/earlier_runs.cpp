#include "migration/earlier_runs.hpp"

#include <algorithm>
#include <map>

namespace hookferry {
namespace {

using State = LedgerEntry::State;

bool is_open(const LedgerEntry& entry) {
  return entry.state == State::intended || entry.state == State::accepted;
}

/// What the ledger calls a digest and is none is no content's (see damaged_open_entry()).
Sha256 digest_in_ledger(const std::string& text) { return sha256_of_hex(text).value_or(Sha256{}); }

SentWebhook sent_webhook(const LedgerEntry& entry) {
  SentWebhook out;
  out.identity = entry.identity;
  out.content = digest_in_ledger(entry.content);
  out.confirmed = entry.state == State::accepted;
  if (entry.action == Action::update) {
    // Any time may have passed: what is neither what was there nor what was sent may be anybody's.
    out.confirmed = false;
    out.update_of = entry.destination_id;
    const auto before = json::Document::parse(entry.before);
    out.content_before = digest_of(read_webhook(before.root()));
  } else {
    out.answered_id = entry.destination_id;
  }
  return out;
}

/// A deletion that is open says nothing of whether its webhook is there.
void add_left(Expectations& out, const LedgerRun& last) {
  for (const auto id : last.header.present) out.left.emplace(id, std::nullopt);
  for (const auto& entry : last.entries) {
    // Whosever it is, it was seen there.
    for (const auto id : entry.perhaps)
      if (entry.state == State::unclear) out.left.emplace(id, std::nullopt);
    if (!entry.destination_id) continue;
    if (entry.state == State::arrived)
      out.left[*entry.destination_id] = entry.changed ? std::nullopt : sha256_of_hex(entry.stored);
    const bool deletion = entry.action == Action::remove;
    if (deletion && (entry.state == State::removed || is_open(entry))) out.left.erase(*entry.destination_id);
    if (deletion && entry.state == State::removed) out.gone.insert(*entry.destination_id);
  }
}

/// Ledgers of version 1 note deletions only where they took something back.
void add_taken_back(Expectations& out, const std::vector<LedgerRun>& runs) {
  for (const auto& run : runs) {
    for (const auto& entry : run.entries) {
      if (entry.state != State::undone || entry.action != Action::create || !entry.destination_id) continue;
      out.left.erase(*entry.destination_id);
      if (runs.back().is_undo()) out.gone.insert(*entry.destination_id);
    }
  }
}

/// For how long a reading may still lag behind what it wrote.
std::int64_t fresh_for(const LedgerRun& run, std::int64_t settle, std::int64_t now) {
  return run.begun() ? std::clamp<std::int64_t>(run.last_activity + settle - now, 0, settle) : 0;
}

/// The last one; or, while a reading may lag behind one that wrote, that one: those after it wrote nothing,
/// and do not say what it left.
const LedgerRun& last_that_counts(const std::vector<LedgerRun>& runs, std::int64_t settle, std::int64_t now) {
  const auto wrote =
      std::find_if(runs.rbegin(), runs.rend(), [](const LedgerRun& run) { return run.begun(); });
  return wrote != runs.rend() && fresh_for(*wrote, settle, now) > 0 ? *wrote : runs.back();
}

}  // namespace

Expectations expectations(const std::vector<LedgerRun>& runs, Milliseconds settle, std::int64_t now) {
  Expectations out;
  out.settle = settle;
  if (runs.empty()) return out;
  for (const auto& run : runs)
    if (run.begun() && !run.settled) out.open.push_back(run);
  auto longest = out.settle;
  for (const auto& run : runs) longest = std::max(longest, Milliseconds(run.header.settle));
  const auto& last = last_that_counts(runs, longest.count(), now);
  if (last.begun() || !out.open.empty()) out.settle = longest;
  add_left(out, last);
  add_taken_back(out, runs);
  out.fresh = Milliseconds(fresh_for(last, out.settle.count(), now));
  return out;
}

const LedgerEntry* damaged_open_entry(const std::vector<LedgerRun>& open) {
  for (const auto& run : open) {
    for (const auto& entry : run.entries) {
      const bool sent = entry.action == Action::remove || sha256_of_hex(entry.content);
      const bool written_over = entry.action != Action::update || !entry.before.empty();
      if (is_open(entry) && !(sent && written_over)) return &entry;
    }
  }
  return nullptr;
}

Recovery recover(const LedgerRun& run, const std::vector<Seen>& reading) {
  Recovery out;
  std::set<std::int64_t> not_ours(run.header.present.begin(), run.header.present.end());
  std::set<std::int64_t> shown;
  for (const auto& seen : reading) shown.insert(seen.id);
  std::vector<std::size_t> places, missing;
  std::vector<SentWebhook> sent;
  for (const auto& entry : run.entries) {
    if (entry.state == State::arrived && entry.destination_id) not_ours.insert(*entry.destination_id);
    if (!is_open(entry)) continue;
    if (entry.action == Action::remove) {
      if (shown.contains(entry.destination_id.value_or(0)))
        missing.push_back(entry.n);
      else
        out.records.push_back(RecordRemoved{entry.n});
      continue;
    }
    places.push_back(entry.n);
    sent.push_back(sent_webhook(entry));
  }
  const auto ours = [&](std::int64_t id) { return !not_ours.contains(id); };
  const auto attribution = attribute(sent, ours, reading, true);
  for (std::size_t k = 0; k < places.size(); ++k) {
    if (attribution.arrivals[k]) {
      out.records.push_back(RecordArrived{places[k], *attribution.arrivals[k]});
    } else if (!attribution.perhaps[k].empty()) {
      out.records.push_back(RecordUnclear{places[k], attribution.perhaps[k]});
    } else {
      missing.push_back(places[k]);
      if (sent[k].confirmed) ++out.unseen;
    }
  }
  if (!missing.empty())
    out.records.push_back(RecordNotApplied{missing, "not there when a later run read the account"});
  return out;
}

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
  for (auto& one : unclear) std::erase_if(one.perhaps, [&](std::int64_t id) { return ids.contains(id); });
  std::erase_if(unclear, [](const KnownUnclear& one) { return one.perhaps.empty(); });
}

/// Those of both; what both hold is one.
std::vector<KnownUnclear> united(std::vector<KnownUnclear> older, const std::vector<KnownUnclear>& newer) {
  for (const auto& one : newer) {
    const auto same = std::find_if(older.begin(), older.end(), [&](const KnownUnclear& other) {
      return other.sent == one.sent && other.perhaps == one.perhaps;
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
      if (entry.state == State::unclear) out.push_back({entry.content, entry.perhaps});
  }
  return out;
}

KnownOfAccount known_after(const KnownOfAccount& remembered, const std::vector<LedgerRun>& runs,
                           const std::vector<Webhook>& reading) {
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

std::vector<KnownUnclear> still_true(const std::vector<KnownUnclear>& known,
                                     const std::vector<Webhook>& reading) {
  std::set<std::int64_t> shown;
  for (const auto& webhook : reading)
    if (webhook.id) shown.insert(*webhook.id);
  std::vector<KnownUnclear> out;
  for (const auto& unclear : known)
    if (std::any_of(unclear.perhaps.begin(), unclear.perhaps.end(),
                    [&](std::int64_t id) { return shown.contains(id); }))
      out.push_back(unclear);
  return out;
}

}  // namespace hookferry
