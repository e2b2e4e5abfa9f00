#include "state_text.hpp"

#include <algorithm>

namespace hookferry::delivery {
namespace {

class StateText {
 public:
  StateText& number(std::int64_t value) {
    text += std::to_string(value) + ",";
    return *this;
  }
  void add(const Batch& batch) {
    number(static_cast<std::int64_t>(batch.attempt));
    for (const auto n : batch.items) number(static_cast<std::int64_t>(n));
    text += ";";
  }
  void add(const Sha256& digest) { text.append(digest.begin(), digest.end()); }

  std::string text;
};

}  // namespace

void StateReader::add_times(const Delivery& delivery, std::set<Time>& out) {
  for (const auto& item : delivery.items_)
    if (item.sent_at) out.insert(*item.sent_at / model::server_ms);
}

std::string StateReader::text_of(const Delivery& delivery, Time now, const model::Ranks& ranks) {
  StateText out;
  out.number(static_cast<std::int64_t>(delivery.phase_)).number(delivery.reading_);
  out.number(delivery.interrupted_ + 2 * delivery.looking_ + 4 * delivery.resends_show_);
  out.number(static_cast<std::int64_t>(delivery.late_looks_));
  out.number(delivery.probe_ ? static_cast<std::int64_t>(*delivery.probe_) : -1);
  out.number(delivery.ending_ ? static_cast<std::int64_t>(delivery.ending_->why) : -1);
  out.number(std::max<Time>(0, delivery.not_before_ - now));
  if (const auto& window = delivery.window_)
    out.number(window->certain_from - now)
        .number(window->pause.count())
        .number(std::max<Time>(0, window->next_look - now));
  for (const auto& item : delivery.items_) {
    out.number(static_cast<std::int64_t>(item.state));
    out.number(item.ever_sent + 2 * item.confirmed + 4 * item.may_be_removed + 8 * item.altered +
               16 * item.was_absent + 32 * item.may_have_been_carried_out);
    out.number(item.sent_at ? ranks.at(*item.sent_at / model::server_ms) : -1);
    if (item.is_queued_target())
      out.number(item.checked ? std::min(now - *item.checked, Time{delivery.options_.max_age.count()}) : -1);
    out.text += item.answered.uuid;
    out.number(item.answered.number.value_or(-1)).number(static_cast<std::int64_t>(item.attempt));
    out.number(item.arrival ? item.arrival->id : -1);
    if (item.arrival) {
      out.add(item.arrival->content);
      out.text += name_of(item.arrival->evidence);
    }
    for (const auto id : item.candidates) out.number(id);
    out.text += ";";
  }
  for (const auto& [ticket, batch] : delivery.in_flight_) out.add(batch);
  out.text += "|";
  for (const auto& open : delivery.in_doubt_) {
    out.number(static_cast<std::int64_t>(open.verdict.failure));
    out.add(open.batch);
  }
  out.text += "|";
  for (const auto& batch : delivery.queue_.queue_) out.add(batch);
  out.number(static_cast<std::int64_t>(delivery.queue_.limit_));
  out.text += "|";
  for (const auto n : delivery.removals_) out.number(static_cast<std::int64_t>(n));
  out.text += "|";
  for (const auto id : delivery.seen_) out.number(id);
  out.text += "|";
  for (const auto& [id, content] : delivery.before_.present) out.number(id).add(content);
  for (const auto& finding : delivery.findings_) out.number(finding.id);
  out.number(static_cast<std::int64_t>(delivery.budget_.left()));
  return out.text;
}

std::string StateReader::text_of(const Reconciliation& reconciliation, Time now) {
  StateText out;
  out.number(reconciliation.finished_ + 2 * reconciliation.looked_).number(reconciliation.reading_);
  out.number(now - reconciliation.started_);
  out.number(reconciliation.first_ ? now - *reconciliation.first_ : -1);
  out.number(std::max<Time>(0, reconciliation.window_.next_look - now));
  out.number(reconciliation.window_.pause.count());
  out.number(static_cast<std::int64_t>(reconciliation.asked_));
  out.number(reconciliation.stop_ ? static_cast<std::int64_t>(reconciliation.stop_->why) : -1);
  for (const auto id : reconciliation.missing_) out.number(id);
  out.text += "|";
  for (const auto& [id, since] : reconciliation.absent_since_) out.number(now - since);
  out.text += "|";
  for (const auto id : reconciliation.seen_) out.number(id);
  return out.text;
}

}  // namespace hookferry::delivery
