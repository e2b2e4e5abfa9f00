#include "cli/common.hpp"

#include "cli/shared_readings.hpp"

namespace hookferry {

void HeldKeys::hold(const std::string& name, const std::function<HeldKey()>& read) {
  if (held_.contains(name)) return;
  try {
    held_.emplace(name, read());
  } catch (const Failure& failure) {
    if (failure.cause == Cause::interrupted) throw;
    held_.emplace(name, failure);
  }
}

const HeldKey* HeldKeys::find(const std::string& name) const {
  const auto found = held_.find(name);
  if (found == held_.end()) return nullptr;
  if (const auto* failure = std::get_if<Failure>(&found->second)) throw Failure(*failure);
  return &std::get<HeldKey>(found->second);
}

std::vector<Webhook> SharedReadings::get(const std::string& name, const Read& read) {
  std::promise<std::vector<Webhook>> mine;
  std::unique_lock lock(mutex_);
  const auto [place, is_first] = readings_.emplace(name, mine.get_future().share());
  const auto reading = place->second;
  lock.unlock();
  if (is_first) {
    try {
      mine.set_value(read());
    } catch (...) {
      mine.set_exception(std::current_exception());
    }
  }
  return reading.get();
}

}  // namespace hookferry
