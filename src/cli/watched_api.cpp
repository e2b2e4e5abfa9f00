#include "cli/watched_api.hpp"

#include "core/printable.hpp"

namespace hookferry {
namespace {

std::string seconds_text(Milliseconds time) { return std::to_string((time.count() + 999) / 1000) + " s"; }

/// The same queue, of which a reader learns why it waits.
class WatchedQueue : public WriteQueue {
 public:
  WatchedQueue(WriteQueue& queue, Progress& progress) : queue_(queue), progress_(progress) {}

  Step next() override {
    auto step = queue_.next();
    if (const auto* wait = std::get_if<Wait>(&step))
      progress_.reason("waiting " + seconds_text(wait->time) + (last_.empty() ? "" : " after " + last_));
    else if (!std::holds_alternative<Nothing>(step))
      progress_.reason(refused_ > 0 ? refused_text() : std::string());
    return step;
  }

  void answered(std::size_t ticket, const Verdict& verdict,
                std::vector<std::optional<std::int64_t>> ids) override {
    if (verdict.failure == FailureClass::refused || verdict.failure == FailureClass::too_large) ++refused_;
    if (verdict.failure != FailureClass::none) last_ = printable_excerpt(verdict.reason, 60);
    if (refused_ > 0) progress_.reason(refused_text());
    queue_.answered(ticket, verdict, std::move(ids));
  }

 private:
  std::string refused_text() const {
    return std::to_string(refused_) + (refused_ == 1 ? " batch" : " batches") + " refused, splitting";
  }

  WriteQueue& queue_;
  Progress& progress_;
  std::size_t refused_ = 0;
  std::string last_;
};

}  // namespace

void WatchedApi::stage(const std::string& what) const {
  if (progress_ != nullptr) progress_->stage(what);
}

void WatchedApi::reason(const std::string& why) const {
  if (progress_ != nullptr) progress_->reason(why);
}

std::vector<Webhook> WatchedApi::list(Purpose purpose) {
  stage("reading " + label_);
  reason("");
  auto out = api_.list(purpose);
  stage("waiting for " + label_);
  reason("waiting up to " + seconds_text(settle_) + " for what was sent to show");
  return out;
}

void WatchedApi::read_back(WebhookSink& sink) {
  reason("reading it back");
  api_.read_back(sink);
  reason("waiting up to " + seconds_text(settle_) + " for what was sent to show");
}

void WatchedApi::write(WriteQueue& queue, std::size_t connections) {
  if (progress_ == nullptr) return api_.write(queue, connections);
  reason("");
  WatchedQueue watched(queue, *progress_);
  api_.write(watched, connections);
  reason("waiting up to " + seconds_text(settle_) + " for what was sent to show");
}

}  // namespace hookferry
