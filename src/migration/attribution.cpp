#include "migration/attribution.hpp"

#include <algorithm>
#include <functional>
#include <map>

namespace hookferry {
namespace {

struct Candidate {
  std::int64_t id;
  Identity identity;
  std::string content;
  bool taken = false;
};

class Matching {
 public:
  Matching(const std::vector<SentWebhook>& sent, const std::set<std::int64_t>& present,
           const std::vector<Webhook>& webhooks)
      : sent_(sent) {
    out_.arrivals.resize(sent.size());
    out_.ambiguous.resize(sent.size());
    for (const auto& webhook : webhooks) {
      if (!webhook.id) continue;
      by_id_[*webhook.id] = all_.size();
      all_.push_back({*webhook.id, webhook.identity, content_digest(webhook), present.contains(*webhook.id)});
    }
    for (std::size_t c = 0; c < all_.size(); ++c)
      if (!all_[c].taken) by_content_[all_[c].content].push_back(c);
  }

  Attribution match(Reading reading) {
    // From the surest sign to the weakest; nothing is matched twice.
    for_each_open([&](std::size_t i) {
      if (sent_[i].update_of) match_update(i);
    });
    for_each_created([&](std::size_t i) {
      if (auto* candidate = answered(i); candidate != nullptr && candidate->content == sent_[i].content)
        take(i, *candidate);
    });
    reserve_answered_ids();
    for_each_created([&](std::size_t i) {
      if (!sent_[i].answered_id) match_content(i, true);
    });
    for_each_created([&](std::size_t i) {
      if (auto* candidate = answered(i); candidate != nullptr) take(i, *candidate);
    });
    for_each_created(
        [&](std::size_t i) { match_content(i, false); });  // the answer gave ids that do not exist
    match_by_identity(reading);
    return std::move(out_);
  }

 private:
  void for_each_open(const std::function<void(std::size_t)>& visit) {
    for (std::size_t i = 0; i < sent_.size(); ++i)
      if (!out_.arrivals[i]) visit(i);
  }
  void for_each_created(const std::function<void(std::size_t)>& visit) {
    for_each_open([&](std::size_t i) {
      if (!sent_[i].update_of) visit(i);
    });
  }

  void take(std::size_t i, Candidate& candidate) {
    candidate.taken = true;
    out_.arrivals[i] = Arrival{candidate.id, candidate.content == sent_[i].content, candidate.content};
  }

  void match_update(std::size_t i) {
    const auto found = by_id_.find(*sent_[i].update_of);
    if (found == by_id_.end()) return;
    const auto& now = all_[found->second];
    if (now.content == sent_[i].content || now.content != sent_[i].content_before)
      out_.arrivals[i] = Arrival{now.id, now.content == sent_[i].content, now.content};
  }

  Candidate* answered(std::size_t i) {
    if (!sent_[i].answered_id) return nullptr;
    const auto found = by_id_.find(*sent_[i].answered_id);
    return found == by_id_.end() || all_[found->second].taken ? nullptr : &all_[found->second];
  }

  void reserve_answered_ids() {
    for (const auto& sent : sent_)
      if (sent.answered_id) reserved_.insert(*sent.answered_id);
  }

  void match_content(std::size_t i, bool respect_reserved) {
    const auto found = by_content_.find(sent_[i].content);
    if (found == by_content_.end()) return;
    for (const auto c : found->second) {
      if (all_[c].taken || (respect_reserved && reserved_.contains(all_[c].id))) continue;
      return take(i, all_[c]);
    }
  }

  /// What is left may have been stored differently.
  void match_by_identity(Reading reading) {
    std::map<Identity, std::vector<std::size_t>> open;
    for_each_created([&](std::size_t i) {
      if (!sent_[i].answered_id) open[sent_[i].identity].push_back(i);
    });
    std::map<Identity, std::vector<std::size_t>> left;
    for (std::size_t c = 0; c < all_.size(); ++c)
      if (!all_[c].taken) left[all_[c].identity].push_back(c);
    for (auto& [identity, items] : open) {
      const auto found = left.find(identity);
      if (found != left.end()) match_namesakes(items, found->second, reading);
    }
  }

  void match_namesakes(std::vector<std::size_t>& items, const std::vector<std::size_t>& candidates,
                       Reading reading) {
    const bool someone_elses = candidates.size() > items.size();
    const bool more_to_come = candidates.size() < items.size() && reading == Reading::early;
    if (someone_elses || more_to_come) {
      for (const auto i : items) out_.ambiguous[i] = true;
      return;
    }
    // What the server confirmed is there for certain; of the others it is not known which, only how many.
    const auto unconfirmed =
        std::stable_partition(items.begin(), items.end(), [&](std::size_t i) { return sent_[i].confirmed; });
    const auto confirmed = static_cast<std::size_t>(unconfirmed - items.begin());
    for (std::size_t k = 0; k < items.size(); ++k) {
      if (k < candidates.size()) take(items[k], all_[candidates[k]]);
      out_.ambiguous[items[k]] = k >= candidates.size() && candidates.size() > confirmed;
    }
  }

  const std::vector<SentWebhook>& sent_;
  std::vector<Candidate> all_;
  std::map<std::int64_t, std::size_t> by_id_;
  std::map<std::string, std::vector<std::size_t>> by_content_;
  std::set<std::int64_t> reserved_;
  Attribution out_;
};

}  // namespace

Attribution attribute(const std::vector<SentWebhook>& sent, const std::set<std::int64_t>& present,
                      const std::vector<Webhook>& webhooks, Reading reading) {
  return Matching(sent, present, webhooks).match(reading);
}

}  // namespace hookferry
