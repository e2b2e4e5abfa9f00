#include "delivery/attribution.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <unordered_set>

#include "core/multi_index.hpp"

namespace hookferry::delivery {
namespace {

using Places = std::vector<std::size_t>;

class Matching {
 public:
  Matching(const std::vector<SentWebhook>& sent, const std::function<bool(std::int64_t)>& ours,
           const std::vector<SnapshotEntry>& reading)
      : sent_(sent),
        reading_(reading),
        taken_(reading.size(), false),
        by_id_(reading.size()),
        answered_(reading.size(), false) {
    std::iota(by_id_.begin(), by_id_.end(), std::size_t{0});
    std::stable_sort(by_id_.begin(), by_id_.end(),
                     [&](std::size_t a, std::size_t b) { return reading_[a].id < reading_[b].id; });
    out_.arrivals.resize(sent.size());
    out_.candidates.resize(sent.size());
    for (std::size_t c = 0; c < reading.size(); ++c) taken_[c] = !ours(reading[c].id);
    for (const auto& one : sent) {
      if (one.update_of || !one.answered_id) continue;
      // Where one id is shown several times, all of them at the first answer that tells it.
      for (auto [at, end] = places_of(*one.answered_id); at != end && !answered_[*at]; ++at)
        answered_[*at] = true;
    }
  }

  Attribution match(bool certain) {
    for_each_update([&](std::size_t i) { match_update(i, certain); });
    // Nothing is matched twice.
    for_each_creation([&](std::size_t i) {
      if (const auto c = answered(i); c && reading_[*c].content == sent_[i].content)
        take(i, *c, Evidence::id);
    });
    match_answers_out_of_order();
    // What the server confirmed is there for certain, so of equal ones it comes first. Where it told an id
    // that is not to be seen, the others wait until that is certain; then they come first, for the id may be
    // hidden.
    for_each_creation([&](std::size_t i) {
      if (sent_[i].confirmed && !sent_[i].answered_id) match_content(i, false);
    });
    std::unordered_set<Sha256, HashOfSha256> still_theirs;
    for_each_creation([&](std::size_t i) {
      if (sent_[i].confirmed && !certain) still_theirs.insert(sent_[i].content);
    });
    for_each_creation([&](std::size_t i) {
      if (!sent_[i].confirmed && !still_theirs.contains(sent_[i].content)) match_content(i, false);
    });
    for_each_creation([&](std::size_t i) { match_stored_differently(i); });
    if (certain) for_each_creation([&](std::size_t i) { match_content(i, true); });
    find_namesakes();
    return std::move(out_);
  }

 private:
  template <class Visit>
  void for_each_update(Visit visit) {
    for (std::size_t i = 0; i < sent_.size(); ++i)
      if (sent_[i].update_of) visit(i);
  }
  template <class Visit>
  void for_each_creation(Visit visit) {
    for (std::size_t i = 0; i < sent_.size(); ++i)
      if (!sent_[i].update_of && !out_.arrivals[i]) visit(i);
  }

  void take(std::size_t i, std::size_t candidate, Evidence evidence) {
    taken_[candidate] = true;
    out_.arrivals[i] = Arrival{reading_[candidate].id, reading_[candidate].content, evidence};
  }

  void match_update(std::size_t i, bool certain) {
    const auto found = shown(*sent_[i].update_of);
    if (!found) return;
    const auto& now = reading_[*found];
    const auto take_as = [&](Evidence evidence) {
      out_.arrivals[i] = Arrival{now.id, now.content, evidence};
    };
    if (now.content == sent_[i].content) return take_as(Evidence::id);
    // Confirmed, it is this update that the server stores differently, even if that is as it was before: in
    // time the reading would show it, and nothing older. Else it may be anybody's.
    if (sent_[i].confirmed) {
      if (certain) take_as(now.identity == sent_[i].identity ? Evidence::id : Evidence::changed);
    } else if (now.content != sent_[i].content_before) {
      out_.candidates[i] = {now.id};
    }
  }

  /// Of several with one id the last.
  std::optional<std::size_t> shown(std::int64_t id) const {
    const auto [first, end] = places_of(id);
    return first == end ? std::nullopt : std::optional(*std::prev(end));
  }

  std::pair<Places::const_iterator, Places::const_iterator> places_of(std::int64_t id) const {
    const auto first = std::partition_point(by_id_.begin(), by_id_.end(),
                                            [&](std::size_t c) { return reading_[c].id < id; });
    const auto end =
        std::partition_point(first, by_id_.end(), [&](std::size_t c) { return reading_[c].id == id; });
    return {first, end};
  }

  std::optional<std::size_t> answered(std::size_t i) const {
    if (!sent_[i].answered_id) return std::nullopt;
    const auto found = shown(*sent_[i].answered_id);
    return found && !taken_[*found] ? found : std::nullopt;
  }

  /// Right ids, each told of another element: what is stored decides whose they are.
  void match_answers_out_of_order() {
    std::vector<std::size_t> items;
    std::map<Sha256, std::vector<std::size_t>> unmatched;
    for_each_creation([&](std::size_t i) {
      const auto c = answered(i);
      if (!c) return;
      items.push_back(i);
      unmatched[reading_[*c].content].push_back(*c);
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
      by_content_.emplace(reading_, [&](const SnapshotEntry& seen) {
        const auto c = static_cast<std::size_t>(&seen - reading_.data());
        return taken_[c] ? std::nullopt : std::optional(seen.content);
      });
    const auto found = by_content_->find(
        sent_[i].content, [&](std::size_t c) { return !taken_[c] && (answered_too || !answered_[c]); });
    if (found) take(i, *found, Evidence::content);
  }

  /// What has another alias or type is not ours, whatever the answer said of its id. What is just as another
  /// one was sent is that one: the answer has mixed up their ids.
  void match_stored_differently(std::size_t i) {
    const auto c = answered(i);
    if (!c || reading_[*c].identity != sent_[i].identity || is_of_another_answer(reading_[*c].content))
      return;
    take(i, *c, reading_[*c].modified_after_creation ? Evidence::changed : Evidence::id);
  }

  bool is_of_another_answer(const Sha256& content) {
    if (!answered_contents_) {
      answered_contents_.emplace();
      for (const auto& one : sent_)
        if (!one.update_of && one.answered_id) answered_contents_->insert(one.content);
    }
    return answered_contents_->contains(content);
  }

  /// Not for what the server confirmed and the reading does not show: by its id, or by number. An id that was
  /// told of another one, and is not that one's, may be of any: the answer has mixed them up.
  void find_namesakes() {
    std::map<webhook::Identity, std::vector<std::int64_t>> left;
    std::map<webhook::Identity, std::size_t> confirmed;
    for (std::size_t c = 0; c < reading_.size(); ++c)
      if (!taken_[c]) left[reading_[c].identity].push_back(reading_[c].id);
    for_each_creation([&](std::size_t i) {
      if (sent_[i].confirmed && !sent_[i].answered_id) ++confirmed[sent_[i].identity];
    });
    for_each_creation([&](std::size_t i) {
      const auto& sent = sent_[i];
      // The server gave it this id, and something of another alias or type stands there.
      if (const auto c = answered(i); c && reading_[*c].identity != sent.identity)
        out_.candidates[i].push_back(reading_[*c].id);
      const auto& namesakes = left[sent.identity];
      const bool not_shown = sent.answered_id ? !shown(*sent.answered_id)
                                              : sent.confirmed && namesakes.size() < confirmed[sent.identity];
      if (!not_shown)
        out_.candidates[i].insert(out_.candidates[i].begin(), namesakes.begin(), namesakes.end());
    });
  }

  const std::vector<SentWebhook>& sent_;
  const std::vector<SnapshotEntry>& reading_;
  std::vector<bool> taken_;     ///< of the reading: matched, or never a candidate
  Places by_id_;                ///< in the reading, in the order of ids
  std::vector<bool> answered_;  ///< of the reading: an answer has told its id
  // Made when they are first asked for: where every answer told the right ids, they never are.
  std::optional<MultiIndex<Sha256, HashOfSha256>> by_content_;
  std::optional<std::unordered_set<Sha256, HashOfSha256>> answered_contents_;
  Attribution out_;
};

}  // namespace

Attribution attribute(const std::vector<SentWebhook>& sent, const std::function<bool(std::int64_t)>& ours,
                      const std::vector<SnapshotEntry>& reading, bool certain) {
  return Matching(sent, ours, reading).match(certain);
}

}  // namespace hookferry::delivery
