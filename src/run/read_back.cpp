#include "run/read_back.hpp"

#include <algorithm>
#include <utility>

#include "webhook/differences.hpp"

namespace hookferry {

ReadBack::ReadBack(const std::vector<Task>& tasks, const Delivery& delivery, bool notes_what_is_lost)
    : delivery_(delivery) {
  seen_.reserve(tasks.size());
  for (const auto& task : tasks) {
    if (task.body == nullptr) continue;
    sent_.insert(*task.operation.content);
    if (task.operation.id) written_over_.insert(*task.operation.id);
    if (notes_what_is_lost) namesakes_.emplace(task.operation.identity, &task);
  }
}

void ReadBack::begin() {
  seen_.clear();
  stored_differently_.clear();
  company_.clear();
  without_id_ = 0;
}

void ReadBack::take(const Webhook& webhook) {
  if (company_.empty()) company_ = company_of(webhook);
  if (!webhook.id) {
    ++without_id_;
    return;
  }
  auto& seen = seen_.emplace_back(seen_of(webhook));
  note_what_is_lost(seen, webhook);
  if (!may_be_asked_for(webhook)) return;
  stored_differently_.push_back(webhook);
  stored_differently_.back().text = webhook.text.str();
}

void ReadBack::note_what_is_lost(Seen& seen, const Webhook& webhook) const {
  const auto [first, last] = namesakes_.equal_range(seen.identity);
  for (auto it = first; it != last; ++it) {
    const auto& [operation, body, n] = *it->second;
    if (operation.content != seen.content && something_is_lost(differences(body, webhook)))
      seen.lacks_of.push_back(*operation.content);
  }
}

bool ReadBack::may_be_asked_for(const Webhook& webhook) const {
  const bool ours = !delivery_.was_there(*webhook.id) || written_over_.contains(*webhook.id);
  return ours && !sent_.contains(digest_of(webhook));
}

Reading ReadBack::reading(Time began) {
  std::stable_sort(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) { return a.id < b.id; });
  return {began, std::move(seen_)};
}

}  // namespace hookferry
