// An account of which it is not known which of the vendor's APIs it has.
#include <utility>

#include "api/session.hpp"

namespace hookferry::api {
namespace {

class DetectedApi : public AccountApi {
 public:
  DetectedApi(std::unique_ptr<AccountApi> first, std::unique_ptr<AccountApi> other)
      : first_(std::move(first)), other_(std::move(other)) {}

  webhook::Form form() override { return known().form(); }
  bool is_bulk() override { return known().is_bulk(); }
  std::string address() override { return known().address(); }
  void start_list() override;
  std::optional<std::chrono::steady_clock::time_point> list_asked_at() const override {
    return listed_ ? std::optional(listed_at_) : std::nullopt;
  }
  std::vector<webhook::Webhook> list(Purpose purpose, const Needed& needed) override;
  void read_back(WebhookSink& sink) override { found_->read_back(sink); }
  void remember(const std::map<std::int64_t, std::string>& uuids) override { found_->remember(uuids); }
  Presence find(std::int64_t id) override { return found_->find(id); }
  void write(const NextWrite& next, const WriteAnswered& answered, std::size_t connections) override {
    found_->write(next, answered, connections);
  }
  std::optional<std::int64_t> server_now() const override { return found_->server_now(); }

 private:
  AccountApi& known();
  AccountApi& found(Purpose purpose, const Needed& needed);

  std::unique_ptr<AccountApi> first_, other_;
  AccountApi* found_ = nullptr;
  /// What the request that found the API has read, for the next list() if that comes at once.
  std::optional<std::vector<webhook::Webhook>> listed_;
  std::chrono::steady_clock::time_point listed_at_ = {};
  bool started_ = false;  ///< start_list() asked for it, so it may be as old as that
};

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

}  // namespace

std::unique_ptr<AccountApi> detected(std::unique_ptr<AccountApi> first, std::unique_ptr<AccountApi> other) {
  return std::make_unique<DetectedApi>(std::move(first), std::move(other));
}

}  // namespace hookferry::api
