#include "record.hpp"
#include "support/rooms.hpp"

#include <algorithm>

namespace hookferry::model {
namespace {

using State = LedgerEntry::State;

std::string listed(const std::vector<std::size_t>& places) {
  std::string out;
  for (const auto n : places) out += (out.empty() ? "" : ",") + std::to_string(n);
  return out;
}

std::string listed(const std::vector<std::int64_t>& ids) {
  std::string out;
  for (const auto id : ids) out += (out.empty() ? "" : ",") + std::to_string(id);
  return out;
}

std::string listed(const std::vector<webhook::GivenId>& ids) {
  std::string out;
  for (const auto& [number, uuid] : ids)
    out += (out.empty() ? "" : ",") + (number ? std::to_string(*number) : uuid.empty() ? "-" : uuid.str());
  return out;
}

const char* name_of_state(State state) {
  switch (state) {
    case State::planned:
      return "planned";
    case State::intended:
      return "intended";
    case State::accepted:
      return "accepted";
    case State::not_applied:
      return "not applied";
    case State::arrived:
      return "arrived";
    case State::ambiguous:
      return "unclear";
    case State::removed:
      return "removed";
    case State::undone:
      return "undone";
  }
  return "";
}

std::string digested(const LedgerEntry& entry, const std::string& symbol) {
  return symbol.empty() ? symbol
                        : hex_digits(digest_of(number_of(entry.identity), content_of_symbol(symbol)));
}

}  // namespace

bool is_record(const Instruction& action) {
  return std::holds_alternative<RecordIntent>(action) || std::holds_alternative<RecordAccepted>(action) ||
         std::holds_alternative<RecordNotApplied>(action) || std::holds_alternative<RecordArrived>(action) ||
         std::holds_alternative<RecordAmbiguous>(action) || std::holds_alternative<RecordRemoved>(action);
}

void write_down(LedgerRun& run, const Instruction& record, Time now) {
  if (const auto* intent = std::get_if<RecordIntent>(&record)) {
    for (const auto n : intent->operations) run.entries[n].state = State::intended;
    run.last_activity = now;
  } else if (const auto* accepted = std::get_if<RecordAccepted>(&record)) {
    for (std::size_t k = 0; k < accepted->operations.size(); ++k) {
      auto& entry = run.entries[accepted->operations[k]];
      entry.state = State::accepted;
      if (k >= accepted->ids.size()) continue;
      if (accepted->ids[k].number) entry.destination_id = accepted->ids[k].number;
      entry.destination_uuid = accepted->ids[k].uuid;
    }
    run.last_activity = now;
  } else if (const auto* not_applied = std::get_if<RecordNotApplied>(&record)) {
    for (const auto n : not_applied->operations) run.entries[n].state = State::not_applied;
    run.last_activity = now;
  } else if (const auto* arrived = std::get_if<RecordArrived>(&record)) {
    auto& entry = run.entries[arrived->operation];
    entry.state = State::arrived;
    entry.destination_id = arrived->arrival.id;
    entry.stored = symbol(arrived->arrival.content);
    entry.changed = arrived->arrival.evidence == Evidence::changed;
    if (arrived->arrival.evidence == Evidence::existed) entry.action = Action::unchanged;
  } else if (const auto* ambiguous = std::get_if<RecordAmbiguous>(&record)) {
    auto& entry = run.entries[ambiguous->operation];
    entry.state = State::ambiguous;
    for (const auto id : ambiguous->ids) entry.candidates.push_back(id);
  } else if (const auto* removed = std::get_if<RecordRemoved>(&record)) {
    run.entries[removed->operation].state = State::removed;
  }
}

std::vector<LedgerRun> with_digests(const Ledger& ledger) {
  std::vector<LedgerRun> out;
  for (std::size_t k = 0; k < ledger.size(); ++k) out.push_back(ledger[k]);
  for (auto& run : out) {
    for (auto& entry : run.entries) {
      entry.content = digested(entry, entry.content);
      entry.stored = digested(entry, entry.stored);
      if (!entry.before.empty())
        entry.before = webhook_of(number_of(entry.identity), content_of_symbol(entry.before)).text.str();
    }
  }
  return out;
}

Instruction with_symbols(Instruction record) {
  if (auto* arrived = std::get_if<RecordArrived>(&record))
    arrived->arrival.content = symbol_digest(content_of_digest(arrived->arrival.content));
  return record;
}

void canonical(std::string& out, const Ledger& ledger, Time now, Time settle, const Ranks& ranks) {
  const auto number = [&](std::int64_t value) {
    out += std::to_string(value);
    out += ',';
  };
  for (std::size_t k = 0; k < ledger.size(); ++k) {
    const auto& run = ledger[k];
    out += run.header.command.front();
    number(run.ended + 2 * run.settled);
    number(&run == &ledger.back() ? std::min(settle, now - run.last_activity.value_or(now)) : 0);
    for (const auto id : run.header.present) number(id);
    if (run.header.server_time) number(ranks.at(*run.header.server_time / server_ms));
    for (const auto& entry : run.entries) {
      out += name_of(entry.action).front();
      out += entry.identity.alias;
      number(entry.source_id.value_or(-1));
      number(entry.destination_id.value_or(-1));
      out += entry.destination_uuid;
      number(entry.recreated.value_or(-1));
      out += entry.content + "." + entry.before + "." + entry.stored;
      number(static_cast<int>(entry.state) + 16 * entry.changed);
      for (const auto id : entry.candidates) number(id);
      out += ';';
    }
    out += '/';
  }
  out += '|';
}

std::string shown(const Instruction& action) {
  if (const auto* intent = std::get_if<RecordIntent>(&action)) return "intent " + listed(intent->operations);
  if (const auto* accepted = std::get_if<RecordAccepted>(&action))
    return "accepted " + listed(accepted->operations) + " ids " + listed(accepted->ids);
  if (const auto* not_applied = std::get_if<RecordNotApplied>(&action))
    return "not applied " + listed(not_applied->operations);
  if (const auto* arrived = std::get_if<RecordArrived>(&action))
    return "arrived " + std::to_string(arrived->operation) + " as " + std::to_string(arrived->arrival.id) +
           ":" + symbol(arrived->arrival.content) + " by " + std::string(name_of(arrived->arrival.evidence));
  if (const auto* ambiguous = std::get_if<RecordAmbiguous>(&action))
    return "unclear " + std::to_string(ambiguous->operation) + ", perhaps " + listed(ambiguous->ids);
  if (const auto* removed = std::get_if<RecordRemoved>(&action))
    return "removed " + std::to_string(removed->operation);
  if (const auto* send = std::get_if<Send>(&action)) return "POST " + listed(send->operations);
  if (const auto* remove = std::get_if<Remove>(&action)) return "DELETE id " + std::to_string(remove->id);
  if (std::holds_alternative<Read>(action)) return "GET all";
  if (const auto* ask = std::get_if<Ask>(&action)) return "GET id " + std::to_string(ask->id);
  if (const auto* pause = std::get_if<Pause>(&action)) return "pause until " + std::to_string(pause->until);
  return "";
}

std::string shown(const LedgerRun& run) {
  std::string out = run.header.command + (run.ended ? run.settled ? ", settled" : ", ended open" : ", open");
  for (const auto& entry : run.entries) {
    out += "  [" + std::to_string(entry.n) + " " + std::string(name_of(entry.action)) + " " +
           entry.identity.alias + "/" + entry.content + " " + name_of_state(entry.state);
    if (entry.destination_id) out += " " + std::to_string(*entry.destination_id);
    if (!entry.stored.empty()) out += ":" + entry.stored;
    if (!entry.candidates.empty()) out += " perhaps " + listed(entry.candidates);
    out += "]";
  }
  return out;
}

}  // namespace hookferry::model
