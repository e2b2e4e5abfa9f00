#include "delivery/delivery.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_set>

#include "core/bulk.hpp"
#include "core/text.hpp"

namespace hookferry::delivery {
namespace {

class Matching {
 public:
  Matching(const std::vector<SentWebhook>& sent, const MayBeOurs& ours,
           const std::vector<SnapshotEntry>& snapshot, bool certain)
      : sent_(sent),
        snapshot_(snapshot),
        certain_(certain),
        taken_(snapshot.size(), false),
        by_id_(snapshot.size()),
        answered_(snapshot.size(), false) {
    std::iota(by_id_.begin(), by_id_.end(), std::size_t{0});
    std::ranges::stable_sort(by_id_, {}, [&](std::size_t c) { return snapshot_[c].id; });
    out_.arrivals.resize(sent.size());
    out_.candidates.resize(sent.size());
    for (std::size_t c = 0; c < snapshot.size(); ++c) taken_[c] = !ours(snapshot[c]);
    for (const auto& one : sent) {
      if (one.is_update() || !one.answered_id) continue;
      // If one id is shown several times, the first response that gives it marks all of them.
      for (auto [c, end] = entries_of(*one.answered_id); c != end && !answered_[*c]; ++c)
        answered_[*c] = true;
    }
  }

  Attribution match() {
    for (std::size_t i = 0; i < sent_.size(); ++i)
      if (sent_[i].is_update()) match_update(i);
    for_each_unmatched([&](std::size_t i) {
      if (const auto c = answered(i); c && snapshot_[*c].content == sent_[i].content())
        take(i, *c, Evidence::id);
    });
    match_swapped_ids();
    // Webhooks that the server confirmed are there, so of equal ones they come first. Those whose id was
    // given and is not shown wait until the snapshot is certain. Then they come first, because the id may be
    // hidden.
    for_each_unmatched([&](std::size_t i) {
      if (sent_[i].confirmed && !sent_[i].answered_id) match_content(i, false);
    });
    std::unordered_set<Sha256, HashOfSha256> claimed;
    for_each_unmatched([&](std::size_t i) {
      if (sent_[i].confirmed && !certain_) claimed.insert(sent_[i].content());
    });
    for_each_unmatched([&](std::size_t i) {
      if (!sent_[i].confirmed && !claimed.contains(sent_[i].content())) match_content(i, false);
    });
    match_altered();
    if (certain_) for_each_unmatched([&](std::size_t i) { match_content(i, true); });
    for_each_unmatched([&](std::size_t i) { match_existing(i); });
    find_candidates();
    return std::move(out_);
  }

 private:
  /// Creations only. None is matched twice.
  template <class Visit>
  void for_each_unmatched(Visit visit) {
    for (std::size_t i = 0; i < sent_.size(); ++i)
      if (!sent_[i].is_update() && !out_.arrivals[i]) visit(i);
  }

  void take(std::size_t i, std::size_t c, Evidence evidence) {
    taken_[c] = true;
    out_.arrivals[i] = Arrival{snapshot_[c].id, snapshot_[c].content, evidence, snapshot_[c].uuid};
  }

  using Entry = std::vector<std::size_t>::const_iterator;
  std::pair<Entry, Entry> entries_of(std::int64_t id) const {
    const auto id_of = [&](std::size_t c) { return snapshot_[c].id; };
    return {std::ranges::lower_bound(by_id_, id, {}, id_of), std::ranges::upper_bound(by_id_, id, {}, id_of)};
  }

  /// If an id is shown several times, the last entry counts.
  std::optional<std::size_t> shown(std::int64_t id) const {
    const auto [first, end] = entries_of(id);
    return first == end ? std::nullopt : std::optional(*std::prev(end));
  }

  std::optional<std::size_t> answered(std::size_t i) const {
    const auto c = sent_[i].answered_id ? shown(*sent_[i].answered_id) : std::nullopt;
    return c && !taken_[*c] && !predates(*c, i) ? c : std::nullopt;
  }

  bool predates(std::size_t c, std::size_t i) const {
    return was_created_before(snapshot_[c], sent_[i].sent_at);
  }

  void match_update(std::size_t i) {
    const auto& operation = *sent_[i].operation;
    const auto c = shown(*operation.id);
    if (!c) return;
    const auto& entry = snapshot_[*c];
    if (entry.content == sent_[i].content()) return take(i, *c, Evidence::id);
    if (!sent_[i].confirmed) {
      // Another client may have changed it, and even back.
      const auto& time_before = operation.updated_at;
      const bool same_time = !time_before || !entry.updated_at || *time_before == *entry.updated_at;
      if (entry.content != operation.before || !same_time) out_.candidates[i] = {entry.id};
    } else if (certain_) {
      // The server altered what was sent, even if the content is as before: a certain snapshot shows nothing
      // older than the update.
      take(i, *c, entry.identity == sent_[i].identity() ? Evidence::id : Evidence::changed);
    }
  }

  /// The response gave the right ids in the wrong order. The stored contents show which id is whose.
  void match_swapped_ids() {
    std::vector<std::size_t> items;
    std::map<Sha256, std::vector<std::size_t>> unmatched;
    for_each_unmatched([&](std::size_t i) {
      const auto c = answered(i);
      if (!c) return;
      items.push_back(i);
      unmatched[snapshot_[*c].content].push_back(*c);
    });
    for (const auto i : items) {
      const auto found = unmatched.find(sent_[i].content());
      if (found == unmatched.end() || found->second.empty()) continue;
      take(i, found->second.back(), Evidence::id);
      found->second.pop_back();
    }
  }

  void match_content(std::size_t i, bool answered_too) {
    if (!by_content_)
      by_content_.emplace(snapshot_, [&](const SnapshotEntry& entry) {
        const auto c = static_cast<std::size_t>(&entry - snapshot_.data());
        return taken_[c] ? std::nullopt : std::optional(entry.content);
      });
    const auto c = by_content_->find(sent_[i].content(), [&](std::size_t at) {
      return !taken_[at] && (answered_too || !answered_[at]) && !predates(at, i);
    });
    if (c) take(i, *c, Evidence::content);
  }

  /// What was there before it was sent, and holds the same. Such a webhook was in no earlier snapshot, or the
  /// server has answered with its id. As long as the sent one may still arrive beside it, that comes first.
  void match_existing(std::size_t i) {
    if (!by_content_ || (!certain_ && sent_[i].under_way)) return;
    const auto fits = [&](std::size_t c) { return !taken_[c] && predates(c, i); };
    if (const auto c = by_content_->find(sent_[i].content(), fits)) take(i, *c, Evidence::existed);
  }

  /// The server altered what was sent. A webhook of another alias or type is not accepted as that, nor one
  /// whose content was sent for another id: the response has mixed up their ids.
  void match_altered() {
    std::unordered_set<Sha256, HashOfSha256> answered_contents;  // filled when it is first needed
    for_each_unmatched([&](std::size_t i) {
      const auto c = answered(i);
      if (!c || snapshot_[*c].identity != sent_[i].identity()) return;
      if (answered_contents.empty())
        for (const auto& one : sent_)
          if (!one.is_update() && one.answered_id) answered_contents.insert(one.content());
      if (answered_contents.contains(snapshot_[*c].content)) return;
      take(i, *c, snapshot_[*c].modified_after_creation ? Evidence::changed : Evidence::id);
    });
  }

  /// A webhook that the server confirmed has no candidates if the snapshot does not show it: neither its id
  /// nor, without an id, enough namesakes.
  void find_candidates() {
    // By their addresses, because an alias may be as long as a response.
    const auto less = [](const webhook::Identity* a, const webhook::Identity* b) { return *a < *b; };
    std::map<const webhook::Identity*, std::vector<std::int64_t>, decltype(less)> left(less);
    std::map<webhook::Identity, std::size_t> confirmed;
    std::optional<ServerTime> first_sent;
    for (const auto& one : sent_)
      if (one.sent_at) first_sent = std::min(first_sent.value_or(*one.sent_at), *one.sent_at);
    for (std::size_t c = 0; c < snapshot_.size(); ++c)
      if (!taken_[c] && !was_created_before(snapshot_[c], first_sent))
        left[&snapshot_[c].identity].push_back(snapshot_[c].id);
    for_each_unmatched([&](std::size_t i) {
      if (sent_[i].confirmed && !sent_[i].answered_id) ++confirmed[sent_[i].identity()];
    });
    for_each_unmatched([&](std::size_t i) {
      const auto& sent = sent_[i];
      const auto& namesakes = left[&sent.identity()];
      const bool not_shown = sent.answered_id
                                 ? !shown(*sent.answered_id)
                                 : sent.confirmed && namesakes.size() < confirmed[sent.identity()];
      if (!not_shown) out_.candidates[i] = namesakes;
      // The response gave it the id of a webhook of another alias or type, or of an older one.
      const auto c = sent.answered_id ? shown(*sent.answered_id) : std::nullopt;
      if (c && !taken_[*c] && (snapshot_[*c].identity != sent.identity() || predates(*c, i)))
        out_.candidates[i].push_back(snapshot_[*c].id);
    });
  }

  const std::vector<SentWebhook>& sent_;
  const std::vector<SnapshotEntry>& snapshot_;
  bool certain_;
  std::vector<bool> taken_;         ///< entries that are matched, or cannot be ours
  std::vector<std::size_t> by_id_;  ///< entries in the order of ids
  std::vector<bool> answered_;      ///< entries whose id a response has given
  /// Made when it is first needed: never, if all responses gave the right ids.
  std::optional<MultiIndex<Sha256, HashOfSha256>> by_content_;
  Attribution out_;
};

}  // namespace

Attribution attribute(const std::vector<SentWebhook>& sent, const MayBeOurs& ours,
                      const std::vector<SnapshotEntry>& snapshot, bool certain) {
  return Matching(sent, ours, snapshot, certain).match();
}

Numbers numbers_in(const std::vector<SnapshotEntry>& snapshot) {
  Numbers out;
  for (const auto& entry : snapshot)
    if (!entry.uuid.empty()) out.emplace(entry.uuid, entry.id);
  return out;
}

std::optional<std::int64_t> answered_id(const webhook::GivenId& given, const Numbers& numbers) {
  if (given.number || given.uuid.empty()) return given.number;
  const auto found = numbers.find(given.uuid);
  return found != numbers.end() ? found->second : std::numeric_limits<std::int64_t>::min();
}

bool was_created_before(const SnapshotEntry& entry, const std::optional<ServerTime>& time) {
  constexpr ServerTime differ_by = 1'000;
  return entry.created_at && time && *entry.created_at + differ_by < *time;
}

bool was_created_since(const SnapshotEntry& entry, const std::optional<ServerTime>& time) {
  return entry.created_at && time && !was_created_before(entry, time);
}

std::vector<std::optional<std::int64_t>> match_newcomers(const std::vector<webhook::Identity>& missing,
                                                         const std::vector<const SnapshotEntry*>& newcomers) {
  using Aliases = std::set<std::pair<std::string, std::size_t>>;
  std::map<std::int64_t, Aliases> of_type;
  std::multimap<std::string, std::size_t> of_alias;
  const auto plain = [](const std::string& alias) {
    std::string out;
    for (const char c : alias)
      if (c != ' ') out.push_back(lower_ascii(c));
    return out;
  };
  for (std::size_t k = 0; k < missing.size(); ++k) {
    of_type[missing[k].type].emplace(plain(missing[k].alias), k);
    of_alias.emplace(plain(missing[k].alias), k);
  }
  std::vector<std::optional<std::int64_t>> out(missing.size());
  const auto same = [&](const SnapshotEntry& entry, bool same_type) -> std::optional<std::size_t> {
    const auto [first, last] = of_alias.equal_range(plain(entry.identity.alias));
    for (auto it = first; it != last; ++it)
      if (!out[it->second] && (!same_type || missing[it->second].type == entry.identity.type))
        return it->second;
    return std::nullopt;
  };
  const auto most_alike = [&](const SnapshotEntry& entry) -> std::optional<std::size_t> {
    const auto& aliases = of_type[entry.identity.type];
    if (aliases.empty()) return std::nullopt;
    const auto alias = plain(entry.identity.alias);
    const auto in_common = [&](Aliases::iterator it) {
      return std::ranges::mismatch(it->first, alias).in1 - it->first.begin();
    };
    auto next = aliases.lower_bound({alias, 0});
    if (next == aliases.end() || (next != aliases.begin() && in_common(std::prev(next)) > in_common(next)))
      --next;
    return next->second;
  };
  std::size_t first_open = 0;
  const auto any = [&]() -> std::optional<std::size_t> {
    while (first_open < out.size() && out[first_open]) ++first_open;
    return first_open < out.size() ? std::optional(first_open) : std::nullopt;
  };
  auto left = newcomers;
  for (const int pass : {0, 1, 2, 3})
    std::erase_if(left, [&](const SnapshotEntry* entry) {
      const auto k = pass == 0   ? same(*entry, true)
                     : pass == 1 ? most_alike(*entry)
                     : pass == 2 ? same(*entry, false)
                                 : any();
      if (!k) return false;
      out[*k] = entry->id;
      of_type[missing[*k].type].erase({plain(missing[*k].alias), *k});
      return true;
    });
  // Of several with one alias and type it can be any.
  std::map<webhook::Identity, std::int64_t> matched;
  for (std::size_t k = 0; k < missing.size(); ++k)
    if (out[k]) matched.emplace(missing[k], *out[k]);
  for (std::size_t k = 0; k < missing.size(); ++k)
    if (const auto found = matched.find(missing[k]); !out[k] && found != matched.end())
      out[k] = found->second;
  return out;
}

// What a snapshot shows of the items of a delivery.

/// Attributes webhooks of the snapshot to the items that were sent and are not known to have arrived.
void Delivery::record_arrivals(const std::vector<SnapshotEntry>& webhooks, bool certain) {
  std::vector<std::size_t> places;
  std::vector<SentWebhook> sent;
  Ids taken;
  const auto numbers = numbers_in(webhooks);
  places.reserve(items_.size());
  sent.reserve(items_.size());
  for (std::size_t n = 0; n < items_.size(); ++n) {
    const auto& item = items_[n];
    if (item.arrival) taken.insert(item.arrival->id);
    if (!item.ever_sent || item.arrival || item.is_removal()) continue;
    places.push_back(n);
    const bool under_way = item.state == State::in_doubt || item.state == State::accepted;
    sent.push_back(
        {item.operation, answered_id(item.answered, numbers), item.sent_at, item.confirmed, under_way});
  }
  const auto ours = [&](const SnapshotEntry& entry) {
    // A snapshot that lags may still show a deleted webhook. In a certain one, its id has been used again. So
    // has the id of a webhook of before, if the server created what has that id since.
    const auto before = before_.present.find(entry.id);
    const bool is_new = before == before_.present.end() ||
                        (before->second != entry.content && was_created_since(entry, first_sent_));
    return is_new && !taken.contains(entry.id) && (certain || !before_.gone.contains(entry.id));
  };
  // Whatever a response says, a webhook of before is not one of those that were sent.
  Ids used_again;
  for (const auto& entry : webhooks)
    if (before_.present.contains(entry.id) && ours(entry)) used_again.insert(entry.id);
  for (auto& one : sent)
    if (one.answered_id && before_.present.contains(*one.answered_id) &&
        !used_again.contains(*one.answered_id))
      one.answered_id.reset();
  const auto attribution = attribute(sent, ours, webhooks, certain);
  // Of many, the memory of `sent` is needed for what follows, which must not grow by copying.
  sent = std::vector<SentWebhook>();
  instructions_.reserve(instructions_.size() + places.size());
  std::set<std::pair<std::int64_t, Sha256>> altered;  // the id, and the content that was sent
  for (const auto& entry : webhooks)
    for (const auto& content : entry.missing_content_of) altered.emplace(entry.id, content);
  for (std::size_t k = 0; k < places.size(); ++k) {
    auto& item = items_[places[k]];
    if (item.state != State::ambiguous) item.candidates = attribution.candidates[k];
    item.arrival = attribution.arrivals[k];
    if (!item.arrival) continue;
    item.state = State::arrived;
    item.altered = altered.contains({item.arrival->id, *item.operation->content});
    item.reason.clear();
    instructions_.emplace_back(RecordArrived{places[k], *item.arrival});
  }
}

/// Targets of updates and deletions that another client has changed since the plan are left as they are. So
/// are those that are to be written now and are not shown: nothing is known of them.
void Delivery::check_targets(const Snapshot& snapshot) {
  if (std::ranges::none_of(items_, &Item::is_queued_target)) return;
  const bool late = moment_.now - snapshot.began >= options_.max_age.count();
  if (looking_) late_looks_ = late ? late_looks_ + 1 : 0;
  constexpr std::size_t most_late_looks = 3;
  std::map<std::int64_t, const SnapshotEntry*> shown;
  for (const auto& entry : snapshot.webhooks) shown[entry.id] = &entry;
  for (std::size_t n = 0; n < items_.size(); ++n) {
    auto& item = items_[n];
    if (!item.is_queued_target()) continue;
    const auto& operation = *item.operation;
    const auto found = shown.find(*operation.id);
    if (found == shown.end()) {
      if (!looking_ || item.is_removal() != (phase_ == Phase::removing)) continue;
      item.reason = "it was not shown before it was to be written; left unchanged";
      item.state = item.is_removal() ? State::in_doubt : State::failed;
      item.may_be_removed = item.ever_sent =
          item.is_removal();  // Snapshots at the end show whether it is gone.
      continue;
    }
    const auto& [content, updated_at] = std::tie(found->second->content, found->second->updated_at);
    const auto& expected = operation.kind == Operation::Kind::update ? operation.before : operation.content;
    const bool same_time = !operation.updated_at || !updated_at || *operation.updated_at == *updated_at;
    item.checked = snapshot.began;
    if ((!expected || content == *expected) && same_time) {
      if (late_looks_ < most_late_looks) continue;
      item.reason = "reading the account takes longer than --max-age allows; left unchanged";
    } else {
      item.reason = "another client has changed it since the plan was made; left unchanged";
    }
    item.state = State::failed;
    item.may_be_removed = false;
    if (item.is_removal() && item.ever_sent) instructions_.emplace_back(RecordNotApplied{{n}, item.reason});
  }
  std::erase_if(removals_, [&](std::size_t n) { return items_[n].state != State::waiting; });
}

/// Whether a later snapshot may show something that this one does not.
bool Delivery::awaits_more(const Ids& shown) const {
  const auto any = [&](const auto& is_awaited) { return std::ranges::any_of(items_, is_awaited); };
  if (phase_ == Phase::writing)
    return probe_is_open() || any([](const Item& item) { return item.state == State::in_doubt; });
  if (phase_ == Phase::verifying)
    return !std::includes(shown.begin(), shown.end(), before_.relied_on.begin(), before_.relied_on.end()) ||
           any([&](const Item& item) {
             if (item.is_removal()) return false;
             return item.state == State::accepted || item.state == State::in_doubt ||
                    (item.state == State::arrived && !shown.contains(item.arrival->id));
           });
  return !not_shown(shown).empty() || any([&](const Item& item) {
    if (!item.is_removal() || !item.ever_sent) return false;
    const bool is_shown = shown.contains(*item.operation->id);
    // It takes a second snapshot to prove a deletion that the server did not confirm.
    return item.state == State::accepted ? is_shown : item.may_be_removed || !is_shown;
  });
}

/// Webhooks that are known to be there: from the plan, or from any snapshot since, no matter which client
/// created them.
std::vector<std::int64_t> Delivery::not_shown(const Ids& shown) const {
  auto known = seen_;
  for (const auto id : before_.gone) known.erase(id);
  for (const auto& [id, content] : before_.present) known.insert(id);
  for (const auto& item : items_) {
    if (item.is_removal() && item.ever_sent) known.erase(*item.operation->id);
    if (item.arrival) known.insert(item.arrival->id);
  }
  std::vector<std::int64_t> out;
  std::set_difference(known.begin(), known.end(), shown.begin(), shown.end(), std::back_inserter(out));
  return out;
}

/// The snapshot that verifies the writes and the one that verifies the deletions can both have findings.
void Delivery::collect_findings(const std::vector<SnapshotEntry>& webhooks, const Ids& shown) {
  std::map<std::int64_t, Sha256> expected;
  std::unordered_set<Sha256, HashOfSha256> contents;
  std::set<std::pair<VerificationFinding::Kind, std::int64_t>> known;
  for (const auto& one : findings_) known.emplace(one.kind, one.id);
  const auto add = [&](VerificationFinding::Kind kind, std::int64_t id, const webhook::Identity& identity) {
    if (known.emplace(kind, id).second) findings_.push_back({kind, id, identity});
  };
  for (const auto& item : items_) {
    if (item.is_removal() || !item.ever_sent) continue;
    if (item.state == State::ambiguous)  // What may be it is named there.
      for (const auto id : item.candidates) known.emplace(VerificationFinding::Kind::copy, id);
    contents.insert(*item.operation->content);
    if (!item.arrival) continue;
    contents.insert(item.arrival->content);
    expected[item.arrival->id] = item.arrival->content;
  }
  for (const auto id : before_.relied_on) {
    const bool id_is_used_again = !expected.try_emplace(id, before_.present[id]).second;
    if (!shown.contains(id) || id_is_used_again) add(VerificationFinding::Kind::gone, id, {});
  }
  for (const auto& entry : webhooks) {
    if (const auto found = expected.find(entry.id); found != expected.end()) {
      if (found->second != entry.content) add(VerificationFinding::Kind::changed, entry.id, entry.identity);
    } else if (!before_.present.contains(entry.id) && contents.contains(entry.content)) {
      add(VerificationFinding::Kind::copy, entry.id, entry.identity);
    }
  }
}

}  // namespace hookferry::delivery
