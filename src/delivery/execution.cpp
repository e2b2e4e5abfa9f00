#include "delivery/execution.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "core/crypto.hpp"
#include "core/text.hpp"
#include "ledger/ledger_file.hpp"
#include "webhook/differences.hpp"

namespace hookferry::delivery {
namespace {

constexpr std::hash<std::string_view> hash_of;
const Sha256& value_of(const Sha256* digest) { return *digest; }

}  // namespace

ReadBack::ReadBack(const std::vector<Task>& tasks, const Delivery& delivery, bool notes_what_is_lost)
    : delivery_(delivery) {
  seen_.reserve(tasks.size());
  for (const auto& task : tasks) {
    if (task.body == nullptr) continue;
    by_text_.emplace_back(hash_of(task.body->text.view()), &task);
    sent_.push_back(&*task.operation.content);
    if (task.operation.id) written_over_.insert(*task.operation.id);
    if (notes_what_is_lost) namesakes_.emplace(task.operation.identity, &task);
  }
  std::ranges::sort(by_text_, {}, &std::pair<std::size_t, const Task*>::first);
  std::ranges::sort(sent_, {}, value_of);
}

void ReadBack::begin() {
  seen_.clear();
  to_compare_.clear();
  server_changes_.clear();
  company_.clear();
  company_from_.reset();
  without_id_ = 0;
}

const Sha256* ReadBack::known_digest(std::string_view own_text) const {
  const auto hash = hash_of(own_text);
  auto found = std::ranges::lower_bound(by_text_, hash, {}, &std::pair<std::size_t, const Task*>::first);
  for (; found != by_text_.end() && found->first == hash; ++found)
    if (found->second->body->text.view() == own_text) return &*found->second->operation.content;
  return nullptr;
}

void ReadBack::take(webhook::Webhook&& webhook) {
  if (!webhook.id) {
    ++without_id_;
    return;
  }
  seen_.push_back(seen_of(webhook));

  // The company is taken from the webhook with the lowest id, so that the result does not depend on the order
  // of the list.
  if (!company_from_ || *webhook.id < *company_from_) {
    if (auto company = ledger::company_of(webhook); !company.empty()) {
      company_ = std::move(company);
      company_from_ = webhook.id;
    }
  }

  // What was in the account before and is no target of an update needs no comparison.
  if (delivery_.was_there(*webhook.id) && !written_over_.contains(*webhook.id)) return;
  const auto content = webhook::digest_of(webhook);
  const auto [first, last] = namesakes_.equal_range(webhook.identity);
  const bool may_lack = std::any_of(
      first, last, [&](const auto& namesake) { return namesake.second->operation.content != content; });
  if (may_lack) to_compare_.emplace_back(seen_.size() - 1, webhook);
  if (!std::ranges::binary_search(sent_, content, {}, value_of))
    server_changes_.push_back(std::move(webhook));
}

Snapshot ReadBack::snapshot(Time began) {
  for (const auto& [place, webhook] : to_compare_) {
    auto& seen = seen_[place];
    const auto [first, last] = namesakes_.equal_range(seen.identity);
    for (auto it = first; it != last; ++it) {
      const auto& [operation, body, n] = *it->second;
      if (operation.content != seen.content &&
          webhook::something_is_lost(webhook::differences(body, webhook)))
        seen.missing_content_of.push_back(*operation.content);
    }
  }
  if (!std::ranges::is_sorted(seen_, {}, &SnapshotEntry::id))
    std::ranges::stable_sort(seen_, {}, &SnapshotEntry::id);
  return {began, std::move(seen_)};
}

namespace {

std::string seconds_text(Milliseconds time) { return std::to_string((time.count() + 999) / 1000) + " s"; }

struct Execution {
  const Target& target;
  const RunSettings& settings;
  const RunObserver& observer;
  ledger::LedgerWriter& ledger;
  const std::vector<Task>& tasks;
  Delivery delivery;

  std::vector<std::size_t> entries;  ///< of the tasks, in the ledger
  std::deque<api::Write> to_send = {};
  bool read_wanted = false;
  std::optional<Time> pause_until = {};
  std::optional<Time> progress_shown = {};  ///< when
  bool interrupt_noticed = false;
  std::vector<webhook::Webhook> server_changes = {};
  std::string company = {};
  std::string new_company = {};  ///< that a response names and the ledger does not hold yet
  std::optional<Failure> ledger_failure = {}, unreadable = {};

  /// Carries out what the delivery wants next. All records are on disk before anything that they announce.
  void happened(const Event& event) {
    auto moment = present_moment();
    moment.server_now = target.api.server_now();
    const auto instructions = delivery.step(moment, event);
    const bool lost_before = ledger_failure.has_value();
    try {
      bool any = false;
      if (!new_company.empty() && !lost_before) ledger.company(std::exchange(new_company, {}));
      for (const auto& instruction : instructions)
        if (!lost_before && write_record(ledger, instruction, entries)) any = true;
      if (any) ledger.sync();
    } catch (const Failure& failure) {
      ledger_failure = failure;
    }

    std::vector<api::Write> writes;
    for (const auto& instruction : instructions) {
      if (const auto* send = std::get_if<Send>(&instruction)) {
        writes.push_back({send->ticket, {}, std::nullopt});
        for (const auto n : send->operations)
          writes.back().elements.push_back({tasks[n].body, tasks[n].operation.id});
      }
      if (const auto* remove = std::get_if<Remove>(&instruction))
        writes.push_back({remove->ticket, {}, remove->id});
      if (std::holds_alternative<Read>(instruction)) read_wanted = true;
      if (const auto* until = std::get_if<Pause>(&instruction)) pause_until = until->until;
    }
    if (!ledger_failure) {
      std::ranges::move(writes, std::back_inserter(to_send));
    } else {
      if (!lost_before) happened(LedgerLost{});
      api::Verdict verdict;
      verdict.failure = api::FailureClass::not_sent;
      verdict.reason = "the ledger cannot be written";
      for (const auto& write : writes) happened(Sent{write.ticket, verdict, {}});
    }

    // Counting takes its time where there are many, so not every step is shown.
    constexpr Time often_enough = 200;
    if (!delivery.finished() && progress_shown && moment.now < *progress_shown + often_enough) return;
    progress_shown = moment.now;
    observer.progress(delivery.done(), tasks.size());
  }

  void notice_interrupt() {
    if (interrupt_noticed) return;
    interrupt_noticed = true;
    happened(Interrupted{});
  }

  void write() {
    using api::FailureClass;
    std::size_t refused = 0;
    std::string last_failure;
    const auto show_refused = [&] {
      observer.reason(refused == 0 ? "" : plural(refused, "batch", "es") + " refused, splitting");
    };
    const auto next = [&]() -> net::Next<api::Write> {
      if (target.executor.interrupted()) notice_interrupt();
      if (to_send.empty() && pause_until) {
        const Milliseconds left(*pause_until - present_moment().now);
        if (left.count() > 0) {
          observer.reason("waiting " + seconds_text(left) +
                          (last_failure.empty() ? "" : " after " + last_failure));
          return left;
        }
        pause_until.reset();
        happened(Elapsed{});
      }
      if (to_send.empty()) return net::End{};
      show_refused();
      auto out = std::move(to_send.front());
      to_send.pop_front();
      return out;
    };
    const auto answered = [&](const api::Write& write, const api::Verdict& verdict, auto ids) {
      if (verdict.failure == FailureClass::refused || verdict.failure == FailureClass::too_large) ++refused;
      if (verdict.failure != FailureClass::none) last_failure = printable_excerpt(verdict.reason, 60);
      if (refused > 0) show_refused();
      // An interrupt comes first, or the answer would have the next batch sent.
      if (target.executor.interrupted()) notice_interrupt();
      if (verdict.failure != FailureClass::none)
        observer.tell(fmt::format("request {} to {}: {}", write.ticket + 1, printable(target.account.name),
                                  verdict.text()));
      if (target.account.identity.company.empty() && company.empty()) company = new_company = verdict.company;
      happened(Sent{write.ticket, verdict, std::move(ids)});
    };
    observer.reason("");
    target.api.write(next, answered, settings.concurrency);
    observer.reason(settling_text(settings));
  }

  void read() {
    read_wanted = false;
    // What an earlier reading has shown is not kept beside this one, and must not be reported in its place.
    server_changes = std::vector<webhook::Webhook>();
    observer.reason("reading it back");
    std::optional<Event> event;
    try {
      const auto began = present_moment().now;
      ReadBack back(tasks, delivery, settings.deletions_last_of_all);
      target.api.read_back(back);
      observer.reason(settling_text(settings));
      api::require_ids(back.without_id(), target.account.name);
      server_changes = back.server_changes();
      if (!back.company().empty()) company = back.company();
      event = back.snapshot(began);
    } catch (const Failure& failure) {
      unreadable = failure;
      event = Unreadable{};
    }
    happened(*event);
  }

  std::optional<Failure> failure() const {
    const auto& ending = delivery.ending();
    if (ledger_failure || !ending) return ledger_failure;
    switch (ending->why) {
      case Delivery::Ending::Why::server:
        return api::failure_of(
            ending->verdict, (ending->deleting ? "delete at " : "write to ") + printable(target.account.name),
            target.account.url);
      case Delivery::Ending::Why::unreadable:
        return unreadable;
      case Delivery::Ending::Why::not_whole:
        return Failure(Cause::incomplete,
                       not_whole_text(target.account.name, ending->not_shown, ending->unseen) +
                           "; it is not known what else arrived, so nothing is sent again",
                       "run the same command again later", Remedy::accept_what_is_gone);
      case Delivery::Ending::Why::never_shown:
        return Failure(
            Cause::incomplete,
            fmt::format("{} was sent again alone, and {} does not show it; so nothing else is sent again",
                        webhook::describe(tasks[ending->operation].operation.identity),
                        printable(target.account.name)),
            "check what the account holds, then run the same command again");
      case Delivery::Ending::Why::ledger:
        break;  // It was handled above.
    }
    return std::nullopt;
  }
};

}  // namespace

Executed execute(const Target& target, const RunSettings& settings, const RunObserver& observer,
                 ledger::LedgerWriter& ledger, const std::vector<Task>& tasks, AccountBefore before) {
  std::vector<const Operation*> operations;
  std::vector<std::size_t> entries;
  for (const auto& task : tasks) {
    operations.push_back(&task.operation);
    entries.push_back(task.n);
  }
  Execution execution{target,
                      settings,
                      observer,
                      ledger,
                      tasks,
                      {operations, std::move(before), settings},
                      std::move(entries)};
  const auto& delivery = execution.delivery;
  execution.happened(Started{});
  while (!delivery.finished()) {
    if (target.executor.interrupted()) execution.notice_interrupt();
    if (!execution.to_send.empty()) {
      execution.write();
    } else if (execution.read_wanted) {
      execution.read();
    } else {
      const auto until = std::exchange(execution.pause_until, {}).value_or(0);
      const auto now = present_moment().now;
      if (now < until && !target.executor.wait(Milliseconds(until - now)))
        execution.notice_interrupt();
      else
        execution.happened(Elapsed{});
    }
  }
  Executed out;
  for (std::size_t n = 0; n < tasks.size(); ++n) out.results.push_back(delivery.result(n));
  out.findings = delivery.findings();
  out.interrupted = delivery.interrupted();
  out.settled = delivery.settled();
  out.nothing_was_applied = delivery.nothing_was_applied();
  out.ended_by = execution.failure();
  out.server_changes = std::move(execution.server_changes);
  out.company = execution.company;
  return out;
}

std::string settling_text(const RunSettings& settings) {
  return "waiting up to " + seconds_text(settings.settle) + " for what was sent to show";
}

std::string not_whole_text(const std::string& label, const std::vector<std::int64_t>& not_shown,
                           std::size_t unseen) {
  constexpr std::size_t most = 5;
  const auto count = not_shown.size();
  const auto listed = not_shown.begin() + static_cast<std::ptrdiff_t>(std::min(most, count));
  std::vector<std::string> parts;
  if (count > 0)
    parts.push_back(fmt::format(
        "{} not shown (id {}{})",
        count == 1 ? "1 webhook that was there is" : fmt::format("{} webhooks that were there are", count),
        fmt::join(not_shown.begin(), listed, ", "), count > most ? ", ..." : ""));
  if (unseen > 0) parts.push_back(fmt::format("{} that the server confirmed are not shown", unseen));
  return fmt::format("{} cannot be read as a whole: {}", printable(label), fmt::join(parts, ", and "));
}

bool write_record(ledger::LedgerWriter& ledger, const Instruction& instruction,
                  const std::vector<std::size_t>& entries) {
  const auto places = [&](const std::vector<std::size_t>& operations) {
    std::vector<std::size_t> out;
    for (const auto n : operations) out.push_back(entries.at(n));
    return out;
  };
  if (const auto* intent = std::get_if<RecordIntent>(&instruction)) {
    ledger.intent(places(intent->operations));
  } else if (const auto* accepted = std::get_if<RecordAccepted>(&instruction)) {
    ledger.accepted(places(accepted->operations), accepted->ids);
  } else if (const auto* missing = std::get_if<RecordNotApplied>(&instruction)) {
    ledger.not_applied(places(missing->operations), missing->reason);
  } else if (const auto* arrived = std::get_if<RecordArrived>(&instruction)) {
    const auto& [id, content, evidence, uuid] = arrived->arrival;
    ledger.arrived(entries.at(arrived->operation), {id, uuid}, hex_digits(content), name_of(evidence));
  } else if (const auto* ambiguous = std::get_if<RecordAmbiguous>(&instruction)) {
    ledger.ambiguous(entries.at(ambiguous->operation), ambiguous->ids);
  } else if (const auto* removed = std::get_if<RecordRemoved>(&instruction)) {
    ledger.removed(entries.at(removed->operation));
  } else {
    return false;
  }
  return true;
}

Snapshot snapshot_of(const std::vector<webhook::Webhook>& webhooks, Time began) {
  Snapshot out;
  out.began = began;
  out.webhooks.reserve(webhooks.size());
  for (const auto& webhook : webhooks)
    if (webhook.id) out.webhooks.push_back(seen_of(webhook));
  return out;
}

SnapshotEntry seen_of(const webhook::Webhook& webhook) {
  return {*webhook.id, webhook.identity,   webhook::digest_of(webhook), webhook.modified_after_creation,
          {},          webhook.created_at, webhook.updated_at,          webhook.uuid};
}

Moment present_moment() {
  static_assert(std::chrono::steady_clock::is_steady);
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<Milliseconds>(since).count(), random_fraction()};
}

}  // namespace hookferry::delivery
