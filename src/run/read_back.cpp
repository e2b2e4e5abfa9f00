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
  to_compare_.clear();
  stored_differently_.clear();
  company_.clear();
  company_from_.reset();
  without_id_ = 0;
}

void ReadBack::take(Webhook&& webhook) {
  if (!webhook.id) {
    ++without_id_;
    return;
  }
  note_company(webhook);
  seen_.push_back(seen_of(webhook));
  if (delivery_.was_there(*webhook.id) && !written_over_.contains(*webhook.id)) return;
  const bool as_sent = sent_.contains(digest_of(webhook));
  const bool may_lack = differs_from_a_namesake(webhook);
  if (as_sent && !may_lack) return;
  if (may_lack) to_compare_.emplace_back(seen_.size() - 1, webhook);
  if (!as_sent) stored_differently_.push_back(std::move(webhook));
}

/// Of that with the lowest id, in whatever order they come.
void ReadBack::note_company(const Webhook& webhook) {
  if (company_from_ && *webhook.id >= *company_from_) return;
  auto company = company_of(webhook);
  if (company.empty()) return;
  company_ = std::move(company);
  company_from_ = webhook.id;
}

bool ReadBack::differs_from_a_namesake(const Webhook& webhook) const {
  const auto [first, last] = namesakes_.equal_range(webhook.identity);
  return std::any_of(first, last,
                     [&](const auto& one) { return one.second->operation.content != digest_of(webhook); });
}

void ReadBack::note_what_is_lost(Seen& seen, const Webhook& webhook) const {
  const auto [first, last] = namesakes_.equal_range(seen.identity);
  for (auto it = first; it != last; ++it) {
    const auto& [operation, body, n] = *it->second;
    if (operation.content != seen.content && something_is_lost(differences(body, webhook)))
      seen.lacks_of.push_back(*operation.content);
  }
}

Reading ReadBack::reading(Time began) {
  for (const auto& [place, webhook] : to_compare_) note_what_is_lost(seen_[place], webhook);
  std::stable_sort(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) { return a.id < b.id; });
  return {began, std::move(seen_)};
}

}  // namespace hookferry
