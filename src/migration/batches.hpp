// Which webhooks go into which request. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace hookferry {

struct Batch {
  std::vector<std::size_t> items;
  std::size_t attempt = 0;  ///< how often these were tried already
};

class BatchQueue {
 public:
  BatchQueue(const std::vector<std::size_t>& items, std::size_t batch_size);

  bool empty() const { return queue_.empty(); }
  const std::deque<Batch>& waiting() const { return queue_; }
  std::size_t limit() const { return limit_; }
  /// The next one, no larger than the limit in force.
  std::optional<Batch> pop();
  /// Once more, as it is, ahead of what waits.
  void again(Batch batch);
  /// Smaller from now on: half of what was too large. False where it cannot get smaller.
  bool too_large(Batch batch);
  /// In parts, about as many as each is long, few items one by one: two rounds find the culprits of a batch
  /// of fifty, and each round may have to wait for readings to settle.
  void in_parts(const Batch& batch);

 private:
  std::deque<Batch> queue_;
  std::size_t limit_;
};

}  // namespace hookferry
