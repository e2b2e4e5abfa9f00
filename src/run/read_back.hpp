// One reading of an account that something was sent to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "run/execution.hpp"

namespace hookferry {

/// Takes of each webhook what delivery has to know, and keeps those that somebody may ask for later.
class ReadBack : public WebhookSink {
 public:
  /// `notes_what_is_lost`: deletions wait for that, see Seen. All must outlive it.
  ReadBack(const std::vector<Task>& tasks, const Delivery& delivery, bool notes_what_is_lost);

  void begin() override;
  void take(Webhook&& webhook) override;

  // Of the last reading:
  /// In the order of ids. It is let go of here. Comparing is left until now: while an answer comes it would
  /// keep the server waiting.
  Reading reading(Time began);
  /// What is new or was written over, and holds something else than anything that was sent.
  std::vector<Webhook> stored_differently() { return std::move(stored_differently_); }
  const std::string& company() const { return company_; }
  std::size_t without_id() const { return without_id_; }

 private:
  void note_what_is_lost(Seen& seen, const Webhook& webhook) const;
  void note_company(const Webhook& webhook);
  bool differs_from_a_namesake(const Webhook& webhook) const;

  const Delivery& delivery_;
  std::unordered_set<Sha256, HashOfSha256> sent_;
  std::unordered_set<std::int64_t> written_over_;
  std::multimap<Identity, const Task*>
      namesakes_;  ///< where what the server made of them decides over deletions
  std::vector<Seen> seen_;
  std::vector<Webhook> stored_differently_;
  std::vector<std::pair<std::size_t, Webhook>> to_compare_;  ///< with its place in seen_
  std::string company_;
  std::optional<std::int64_t> company_from_;  ///< the webhook that says it
  std::size_t without_id_ = 0;
};

}  // namespace hookferry
