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

void BatchQueue::in_parts(const Batch& batch) {
  constexpr std::size_t few = 9;
  const auto root = std::ceil(std::sqrt(static_cast<double>(batch.items.size())));
  auto parts = cut(batch, batch.items.size() <= few ? 1 : static_cast<std::size_t>(root));
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) queue_.push_front(std::move(*part));
}

}  // namespace hookferry
