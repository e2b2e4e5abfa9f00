#include "api/detected.hpp"

#include <utility>

#include "api/session.hpp"

namespace hookferry::api {

AccountApi& DetectedApi::found(Purpose purpose, const Needed& needed) {
  if (found_ != nullptr) return *found_;
  listed_at_ = std::chrono::steady_clock::now();
  try {
    listed_ = first_->list(purpose, needed);
    found_ = first_.get();
  } catch (const OtherApi& failure) {
    try {
      listed_ = other_->list(purpose, needed);
      found_ = other_.get();
    } catch (const Failure& second) {
      if (second.cause == Cause::interrupted) throw;
      const Failure& worse = second.cause == Cause::key_refused ? second : failure;
      throw Failure(worse.cause, std::string(failure.what()) + "; nor by the newer API: " + second.what(),
                    worse.hint, worse.remedy);
    }
  } catch (const Failure& failure) {
    if (failure.cause != Cause::key_refused) throw;
    throw Failure(failure.cause, failure.what(),
                  failure.hint + "; if it is a key of the newer API, set api = v5", failure.remedy);
  }
  return *found_;
}

AccountApi& DetectedApi::known() {
  auto& out = found(Purpose::plan, [](const webhook::Webhook&) { return false; });
  if (&out == other_.get()) listed_.reset();  // it is without configurations
  return out;
}

void DetectedApi::start_list() {
  started_ = found_ == nullptr;
  (found_ != nullptr ? *found_ : *first_).start_list();
}

std::vector<webhook::Webhook> DetectedApi::list(Purpose purpose, const Needed& needed) {
  constexpr std::chrono::seconds at_once{1};
  const bool was_known = found_ != nullptr;
  auto& api = found(purpose, needed);
  auto listed = std::exchange(listed_, std::nullopt);
  const bool is_recent = !was_known || started_ || std::chrono::steady_clock::now() < listed_at_ + at_once;
  return listed && is_recent ? *std::move(listed) : api.list(purpose, needed);
}

}  // namespace hookferry::api
