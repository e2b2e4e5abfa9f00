#include "ledger/turns.hpp"

#include <chrono>
#include <utility>

#include "core/failure.hpp"

namespace hookferry {

Turns::Turn::Turn(Turn&& other) noexcept
    : turns_(std::exchange(other.turns_, nullptr)),
      name_(std::move(other.name_)),
      shared_(other.shared_),
      waited_(other.waited_) {}

Turns::Turn::~Turn() {
  if (turns_ == nullptr) return;
  {
    const std::lock_guard lock(turns_->mutex_);
    auto& holders = turns_->held_[name_];
    if (shared_)
      --holders.shared;
    else
      holders.exclusive = false;
  }
  turns_->released_.notify_all();
}

bool Turns::is_free(const std::string& name, bool shared) const {
  const auto found = held_.find(name);
  if (found == held_.end()) return true;
  return !found->second.exclusive && (shared || found->second.shared == 0);
}

Turns::Turn Turns::take(const std::string& name, bool shared) {
  std::unique_lock lock(mutex_);
  const bool waits = !is_free(name, shared);
  // In slices, since a signal does not notify.
  while (!is_free(name, shared)) {
    if (interrupts_.requested()) throw Failure(Cause::interrupted, "interrupted; nothing was changed", "");
    released_.wait_for(lock, std::chrono::milliseconds(100));
  }
  auto& holders = held_[name];
  if (shared)
    ++holders.shared;
  else
    holders.exclusive = true;
  return {this, name, shared, waits};
}

}  // namespace hookferry
