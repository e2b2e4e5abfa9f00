#include "delivery/execution.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <utility>

#include "core/crypto.hpp"
#include "core/text.hpp"
#include "ledger/ledger_file.hpp"
#include "webhook/differences.hpp"

namespace hookferry::delivery {

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
  server_changes_.clear();
  company_.clear();
  company_from_.reset();
  without_id_ = 0;
}

void ReadBack::take(webhook::Webhook&& webhook) {
  if (!webhook.id) {
    ++without_id_;
    return;
  }
  note_company(webhook);
  seen_.push_back(seen_of(webhook));
  if (delivery_.was_there(*webhook.id) && !written_over_.contains(*webhook.id)) return;
  const bool as_sent = sent_.contains(webhook::digest_of(webhook));
  const bool may_lack = differs_from_a_namesake(webhook);
  if (as_sent && !may_lack) return;
  if (may_lack) to_compare_.emplace_back(seen_.size() - 1, webhook);
  if (!as_sent) server_changes_.push_back(std::move(webhook));
}

/// Of that with the lowest id, in whatever order they come.
void ReadBack::note_company(const webhook::Webhook& webhook) {
  if (company_from_ && *webhook.id >= *company_from_) return;
  auto company = ledger::company_of(webhook);
  if (company.empty()) return;
  company_ = std::move(company);
  company_from_ = webhook.id;
}

bool ReadBack::differs_from_a_namesake(const webhook::Webhook& webhook) const {
  const auto [first, last] = namesakes_.equal_range(webhook.identity);
  return std::any_of(first, last, [&](const auto& one) {
    return one.second->operation.content != webhook::digest_of(webhook);
  });
}

void ReadBack::note_what_is_lost(SnapshotEntry& seen, const webhook::Webhook& webhook) const {
  const auto [first, last] = namesakes_.equal_range(seen.identity);
  for (auto it = first; it != last; ++it) {
    const auto& [operation, body, n] = *it->second;
    if (operation.content != seen.content && webhook::something_is_lost(webhook::differences(body, webhook)))
      seen.missing_content_of.push_back(*operation.content);
  }
}

Reading ReadBack::reading(Time began) {
  for (const auto& [place, webhook] : to_compare_) note_what_is_lost(seen_[place], webhook);
  std::stable_sort(seen_.begin(), seen_.end(),
                   [](const SnapshotEntry& a, const SnapshotEntry& b) { return a.id < b.id; });
  return {began, std::move(seen_)};
}

namespace {

std::string ids_text(const std::vector<std::int64_t>& ids) {
  constexpr std::size_t most = 5;
  std::string out;
  for (std::size_t i = 0; i < std::min(most, ids.size()); ++i)
    out += (i > 0 ? ", " : "") + std::to_string(ids[i]);
  return out + (ids.size() > most ? ", ..." : "");
}

bool is_record(const Instruction& instruction) {
  return !std::holds_alternative<Send>(instruction) && !std::holds_alternative<Remove>(instruction) &&
         !std::holds_alternative<Read>(instruction) && !std::holds_alternative<Ask>(instruction) &&
         !std::holds_alternative<Pause>(instruction);
}

DeliveryOptions delivery_options(const RunSettings& settings, bool deletions_last_of_all) {
  DeliveryOptions out;
  out.batch_size = settings.batch_size;
  out.concurrency = settings.concurrency;
  out.retries = settings.retries;
  out.settle = settings.settle;
  out.deletions_last_of_all = deletions_last_of_all;
  return out;
}

std::vector<const Operation*> operations_of(const std::vector<Task>& tasks) {
  std::vector<const Operation*> out;
  out.reserve(tasks.size());
  for (const auto& task : tasks) out.push_back(&task.operation);
  return out;
}

class Execution : private api::WriteQueue {
 public:
  Execution(const Target& target, const RunSettings& settings, const RunObserver& observer,
            ledger::LedgerWriter& ledger, const std::vector<Task>& tasks, AccountBefore before,
            bool deletions_last_of_all)
      : target_(target),
        settings_(settings),
        observer_(observer),
        ledger_(ledger),
        tasks_(tasks),
        deletions_last_of_all_(deletions_last_of_all),
        delivery_(operations_of(tasks), std::move(before),
                  delivery_options(settings, deletions_last_of_all)) {
    for (const auto& task : tasks) entries_.push_back(task.n);
  }

  Executed run() {
    happened(Started{});
    while (!delivery_.finished()) {
      if (target_.executor.interrupted()) notice_interrupt();
      if (!to_send_.empty()) {
        target_.api.write(*this, settings_.concurrency);
      } else if (read_wanted_) {
        read();
      } else {
        pause();
      }
    }
    return result();
  }

 private:
  void happened(const Event& event) {
    const auto moment = present_moment();
    perform(delivery_.step(moment, event));
    tell_progress(moment.now);
  }

  /// Not at every step: counting takes its time where there are many.
  void tell_progress(Time now) {
    constexpr Time often_enough = 200;
    if (!delivery_.finished() && told_ && now < *told_ + often_enough) return;
    told_ = now;
    observer_.progress(delivery_.done(), tasks_.size());
  }

  /// All records first, and on disk, then what they speak of.
  void perform(const Instructions& instructions) {
    const bool lost_before = ledger_failure_.has_value();
    record(instructions);
    std::vector<std::size_t> not_to_be_sent;
    for (const auto& instruction : instructions) {
      const auto* send = std::get_if<Send>(&instruction);
      const auto* remove = std::get_if<Remove>(&instruction);
      if (send == nullptr && remove == nullptr) continue;
      if (ledger_failure_) not_to_be_sent.push_back(send != nullptr ? send->ticket : remove->ticket);
      if (!ledger_failure_) to_send_.push_back(instruction);
    }
    for (const auto& instruction : instructions) {
      if (std::holds_alternative<Read>(instruction)) read_wanted_ = true;
      if (const auto* pause = std::get_if<Pause>(&instruction)) pause_until_ = pause->until;
    }
    if (ledger_failure_ && !lost_before) happened(LedgerLost{});
    for (const auto ticket : not_to_be_sent) {
      api::Verdict verdict;
      verdict.failure = api::FailureClass::not_sent;
      verdict.reason = "the ledger cannot be written";
      happened(Sent{ticket, verdict, {}});
    }
  }

  void record(const Instructions& instructions) {
    if (ledger_failure_) return;
    try {
      bool any = false;
      for (const auto& instruction : instructions) {
        if (!is_record(instruction)) continue;
        write_record(ledger_, instruction, entries_);
        any = true;
      }
      if (any) ledger_.sync();
    } catch (const Failure& failure) {
      ledger_failure_ = failure;
    }
  }

  Step next() override {
    if (target_.executor.interrupted()) notice_interrupt();
    if (to_send_.empty() && pause_until_) {
      const auto now = present_moment().now;
      if (now < *pause_until_) return Wait{Milliseconds(*pause_until_ - now)};
      pause_until_.reset();
      happened(Elapsed{});
    }
    if (to_send_.empty()) return Nothing{};
    const auto instruction = to_send_.front();
    to_send_.pop_front();
    if (const auto* remove = std::get_if<Remove>(&instruction)) return Removal{remove->ticket, remove->id};
    const auto& send = std::get<Send>(instruction);
    Batch batch{send.ticket, {}};
    for (const auto n : send.operations) {
      const auto& operation = tasks_[n].operation;
      const bool update = operation.kind == Operation::Kind::update;
      batch.elements.push_back({tasks_[n].body, update ? operation.id : std::nullopt});
    }
    return batch;
  }

  void answered(std::size_t ticket, const api::Verdict& verdict,
                std::vector<std::optional<std::int64_t>> ids) override {
    // First: else the answer would have the next batch sent.
    if (target_.executor.interrupted()) notice_interrupt();
    if (verdict.failure != api::FailureClass::none)
      observer_.tell("request " + std::to_string(ticket + 1) + " to " + printable(target_.label) + ": " +
                     verdict.text());
    happened(Sent{ticket, verdict, std::move(ids)});
  }

  void notice_interrupt() {
    if (interrupt_noticed_) return;
    interrupt_noticed_ = true;
    happened(Interrupted{});
  }

  void read() {
    read_wanted_ = false;
    std::optional<Event> read;
    try {
      read = read_back();
    } catch (const Failure& failure) {
      unreadable_ = failure;
      read = Unreadable{};
    }
    happened(*read);
  }

  WasRead read_back() {
    // What an earlier reading has shown is neither held beside this one nor told in its place.
    server_changes_ = std::vector<webhook::Webhook>();
    company_.clear();
    const auto began = present_moment().now;
    ReadBack back(tasks_, delivery_, deletions_last_of_all_);
    target_.api.read_back(back);
    api::require_ids(back.without_id(), target_.label);
    server_changes_ = back.server_changes();
    company_ = back.company();
    return {back.reading(began)};
  }

  void pause() {
    const auto until = pause_until_.value_or(0);
    pause_until_.reset();
    const auto now = present_moment().now;
    if (now < until && !target_.executor.wait(Milliseconds(until - now))) return notice_interrupt();
    happened(Elapsed{});
  }

  Executed result() {
    Executed out;
    for (std::size_t n = 0; n < tasks_.size(); ++n) out.results.push_back(delivery_.result(n));
    out.findings = delivery_.findings();
    out.interrupted = delivery_.interrupted();
    out.settled = delivery_.settled();
    out.ended_by = failure();
    out.server_changes = std::move(server_changes_);
    out.company = company_;
    return out;
  }

  std::optional<Failure> failure() const {
    const auto& ending = delivery_.ending();
    if (ledger_failure_) return ledger_failure_;
    if (!ending) return std::nullopt;
    switch (ending->why) {
      case Delivery::Ending::Why::server:
        return api::failure_of(ending->verdict,
                               (ending->deleting ? "delete at " : "write to ") + printable(target_.label),
                               target_.url);
      case Delivery::Ending::Why::unreadable:
        return unreadable_;
      case Delivery::Ending::Why::not_whole:
        return not_whole(*ending);
      case Delivery::Ending::Why::ledger:
        break;
    }
    return ledger_failure_;
  }

  Failure not_whole(const Delivery::Ending& ending) const {
    std::string what = printable(target_.label) + " cannot be read as a whole: ";
    if (!ending.not_shown.empty())
      what += std::to_string(ending.not_shown.size()) + " webhooks that were there are not shown (id " +
              ids_text(ending.not_shown) + ")";
    if (ending.unseen > 0)
      what += std::string(ending.not_shown.empty() ? "" : ", and ") + std::to_string(ending.unseen) +
              " that the server confirmed are not to be seen";
    return {Cause::incomplete, what + "; it is not known what else arrived, so nothing is sent again",
            "run the same command again in a while", Remedy::accept_what_is_gone};
  }

  const Target& target_;
  const RunSettings& settings_;
  const RunObserver& observer_;
  ledger::LedgerWriter& ledger_;
  const std::vector<Task>& tasks_;
  bool deletions_last_of_all_;
  Delivery delivery_;
  std::vector<std::size_t> entries_;
  std::deque<Instruction> to_send_;
  bool read_wanted_ = false;
  std::optional<Time> pause_until_;
  std::optional<Time> told_;  ///< when progress was told last
  bool interrupt_noticed_ = false;
  std::vector<webhook::Webhook> server_changes_;
  std::string company_;
  std::optional<Failure> ledger_failure_, unreadable_;
};

}  // namespace

Executed execute(const Target& target, const RunSettings& settings, const RunObserver& observer,
                 ledger::LedgerWriter& ledger, const std::vector<Task>& tasks, AccountBefore before,
                 bool deletions_last_of_all) {
  return Execution(target, settings, observer, ledger, tasks, std::move(before), deletions_last_of_all).run();
}

void write_record(ledger::LedgerWriter& ledger, const Instruction& instruction,
                  const std::vector<std::size_t>& entries) {
  const auto places = [&](const std::vector<std::size_t>& operations) {
    std::vector<std::size_t> out;
    for (const auto n : operations) out.push_back(entries.at(n));
    return out;
  };
  if (const auto* intent = std::get_if<RecordIntent>(&instruction)) ledger.intent(places(intent->operations));
  if (const auto* accepted = std::get_if<RecordAccepted>(&instruction))
    ledger.accepted(places(accepted->operations), accepted->ids);
  if (const auto* missing = std::get_if<RecordNotApplied>(&instruction))
    ledger.not_applied(places(missing->operations), missing->reason);
  if (const auto* arrived = std::get_if<RecordArrived>(&instruction))
    ledger.arrived(entries.at(arrived->operation), arrived->arrival.id, hex_digits(arrived->arrival.content),
                   name_of(arrived->arrival.evidence));
  if (const auto* unclear = std::get_if<RecordUnclear>(&instruction))
    ledger.unclear(entries.at(unclear->operation), unclear->ids);
  if (const auto* removed = std::get_if<RecordRemoved>(&instruction))
    ledger.removed(entries.at(removed->operation));
}

Reading reading_of(const std::vector<webhook::Webhook>& webhooks, Time began) {
  Reading out;
  out.began = began;
  out.webhooks.reserve(webhooks.size());
  for (const auto& webhook : webhooks)
    if (webhook.id) out.webhooks.push_back(seen_of(webhook));
  return out;
}

SnapshotEntry seen_of(const webhook::Webhook& webhook) {
  return {*webhook.id, webhook.identity, webhook::digest_of(webhook), webhook.modified_after_creation};
}

Moment present_moment() {
  static_assert(std::chrono::steady_clock::is_steady);
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<Milliseconds>(since).count(), random_fraction()};
}

}  // namespace hookferry::delivery
