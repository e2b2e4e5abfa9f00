#include "migration/batches.hpp"

#include <algorithm>
#include <cmath>

namespace hookferry {
namespace {

/// Cut into pieces of `size`, at most; the order stays.
std::vector<Batch> cut(const Batch& batch, std::size_t size) {
  std::vector<Batch> out;
  for (std::size_t at = 0; at < batch.items.size(); at += size) {
    const auto end = std::min(at + size, batch.items.size());
    Batch part;
    part.attempt = batch.attempt;
    for (std::size_t i = at; i < end; ++i) part.items.push_back(batch.items[i]);
    out.push_back(std::move(part));
  }
  return out;
}

}  // namespace

BatchQueue::BatchQueue(const std::vector<std::size_t>& items, std::size_t batch_size) : limit_(batch_size) {
  for (auto& batch : cut({items, 0}, limit_)) queue_.push_back(std::move(batch));
}

std::optional<Batch> BatchQueue::pop() {
  if (queue_.empty()) return std::nullopt;
  auto batch = std::move(queue_.front());
  queue_.pop_front();
  auto parts = cut(batch, limit_);
  for (auto part = parts.rbegin(); part + 1 != parts.rend(); ++part) queue_.push_front(std::move(*part));
  return std::move(parts.front());
}

void BatchQueue::again(Batch batch) { queue_.push_front(std::move(batch)); }

bool BatchQueue::too_large(Batch batch) {
  if (batch.items.size() < 2) return false;
  limit_ = std::min(limit_, (batch.items.size() + 1) / 2);
  queue_.push_front(std::move(batch));
  return true;
}

void BatchQueue::in_parts(Batch batch) {
  const auto root = std::ceil(std::sqrt(static_cast<double>(batch.items.size())));
  auto size = static_cast<std::size_t>(root);
  if (size == batch.items.size()) size = (size + 1) / 2;
  auto parts = cut(batch, std::max<std::size_t>(size, 1));
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) queue_.push_front(std::move(*part));
}

std::vector<std::size_t> BatchQueue::drain() {
  std::vector<std::size_t> out;
  for (const auto& batch : queue_) out.insert(out.end(), batch.items.begin(), batch.items.end());
  queue_.clear();
  return out;
}

}  // namespace hookferry
