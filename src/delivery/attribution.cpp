#include "delivery/delivery.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <unordered_set>

#include "core/multi_index.hpp"

namespace hookferry::delivery {
namespace {

class Matching {
 public:
  Matching(const std::vector<SentWebhook>& sent, const std::function<bool(std::int64_t)>& ours,
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
    for (std::size_t c = 0; c < snapshot.size(); ++c) taken_[c] = !ours(snapshot[c].id);
    for (const auto& one : sent) {
      if (one.update_of || !one.answered_id) continue;
      // If one id is shown several times, the first response that gives it marks all of them.
      for (auto [c, end] = entries_of(*one.answered_id); c != end && !answered_[*c]; ++c)
        answered_[*c] = true;
    }
  }

  Attribution match() {
    for (std::size_t i = 0; i < sent_.size(); ++i)
      if (sent_[i].update_of) match_update(i);
    for_each_unmatched([&](std::size_t i) {
      if (const auto c = answered(i); c && snapshot_[*c].content == sent_[i].content)
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
      if (sent_[i].confirmed && !certain_) claimed.insert(sent_[i].content);
    });
    for_each_unmatched([&](std::size_t i) {
      if (!sent_[i].confirmed && !claimed.contains(sent_[i].content)) match_content(i, false);
    });
    match_altered();
    if (certain_) for_each_unmatched([&](std::size_t i) { match_content(i, true); });
    find_candidates();
    return std::move(out_);
  }

 private:
  /// Creations only. None is matched twice.
  template <class Visit>
  void for_each_unmatched(Visit visit) {
    for (std::size_t i = 0; i < sent_.size(); ++i)
      if (!sent_[i].update_of && !out_.arrivals[i]) visit(i);
  }

  void take(std::size_t i, std::size_t c, Evidence evidence) {
    taken_[c] = true;
    out_.arrivals[i] = Arrival{snapshot_[c].id, snapshot_[c].content, evidence};
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
    return c && !taken_[*c] ? c : std::nullopt;
  }

  void match_update(std::size_t i) {
    const auto c = shown(*sent_[i].update_of);
    if (!c) return;
    const auto& entry = snapshot_[*c];
    if (entry.content == sent_[i].content) return take(i, *c, Evidence::id);
    if (!sent_[i].confirmed) {
      // Another client may have changed it.
      if (entry.content != sent_[i].content_before) out_.candidates[i] = {entry.id};
    } else if (certain_) {
      // The server altered what was sent, even if the content is as before: a certain snapshot shows nothing
      // older than the update.
      take(i, *c, entry.identity == sent_[i].identity ? Evidence::id : Evidence::changed);
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
      const auto found = unmatched.find(sent_[i].content);
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
    const auto c = by_content_->find(
        sent_[i].content, [&](std::size_t at) { return !taken_[at] && (answered_too || !answered_[at]); });
    if (c) take(i, *c, Evidence::content);
  }

  /// The server altered what was sent. A webhook of another alias or type is not accepted as that, nor one
  /// whose content was sent for another id: the response has mixed up their ids.
  void match_altered() {
    std::unordered_set<Sha256, HashOfSha256> answered_contents;  // filled when it is first needed
    for_each_unmatched([&](std::size_t i) {
      const auto c = answered(i);
      if (!c || snapshot_[*c].identity != sent_[i].identity) return;
      if (answered_contents.empty())
        for (const auto& one : sent_)
          if (!one.update_of && one.answered_id) answered_contents.insert(one.content);
      if (answered_contents.contains(snapshot_[*c].content)) return;
      take(i, *c, snapshot_[*c].modified_after_creation ? Evidence::changed : Evidence::id);
    });
  }

  /// A webhook that the server confirmed has no candidates if the snapshot does not show it: neither its id
  /// nor, without an id, enough namesakes.
  void find_candidates() {
    std::map<webhook::Identity, std::vector<std::int64_t>> left;
    std::map<webhook::Identity, std::size_t> confirmed;
    for (std::size_t c = 0; c < snapshot_.size(); ++c)
      if (!taken_[c]) left[snapshot_[c].identity].push_back(snapshot_[c].id);
    for_each_unmatched([&](std::size_t i) {
      if (sent_[i].confirmed && !sent_[i].answered_id) ++confirmed[sent_[i].identity];
    });
    for_each_unmatched([&](std::size_t i) {
      const auto& sent = sent_[i];
      const auto& namesakes = left[sent.identity];
      const bool not_shown = sent.answered_id ? !shown(*sent.answered_id)
                                              : sent.confirmed && namesakes.size() < confirmed[sent.identity];
      if (!not_shown) out_.candidates[i] = namesakes;
      // The response gave it the id of a webhook of another alias or type.
      if (const auto c = answered(i); c && snapshot_[*c].identity != sent.identity)
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

Attribution attribute(const std::vector<SentWebhook>& sent, const std::function<bool(std::int64_t)>& ours,
                      const std::vector<SnapshotEntry>& snapshot, bool certain) {
  return Matching(sent, ours, snapshot, certain).match();
}

}  // namespace hookferry::delivery
