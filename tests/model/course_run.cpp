// The tool in the model: a run is Reconciliation, the closing of earlier runs, a plan, Delivery, and the
// record of it all.
#include <algorithm>

#include "state_text.hpp"
#include "step.hpp"
#include "support/rooms.hpp"

namespace hookferry::model {
namespace {

using Kind = Operation::Kind;
using State = LedgerEntry::State;

const char* name_of(Run::Command command) {
  switch (command) {
    case Run::Command::migrate:
      return "migrate";
    case Run::Command::undo:
      return "undo";
    case Run::Command::undo_elsewhere:
      return "undo with another account's key";
  }
  return "";
}

/// What the ledger says is or was there: its webhooks may be missed.
std::set<Id> known_to(const Ledger& ledger) {
  std::set<Id> out;
  if (ledger.empty()) return out;
  const auto& last = ledger.back();
  out.insert(last.header.present.begin(), last.header.present.end());
  for (const auto& entry : last.entries) {
    if (!entry.destination_id) continue;
    if (entry.state == State::arrived || (entry.state == State::accepted && entry.action != Action::remove))
      out.insert(*entry.destination_id);
    if (entry.action == Action::remove && entry.state != State::planned && entry.state != State::not_applied)
      out.erase(*entry.destination_id);
  }
  return out;
}

Action action_of(const Operation& operation) {
  switch (operation.kind) {
    case Kind::create:
      return Action::create;
    case Kind::update:
      return Action::update;
    case Kind::remove:
      return Action::remove;
  }
  return Action::create;
}

LedgerRun record_of(const Run& run, Time settle, Time now) {
  LedgerRun out;
  out.header.command = run.command == Run::Command::migrate ? "migrate" : "undo";
  out.header.settle = settle;
  out.began = now;
  out.last_activity = now;
  for (const auto& one : *run.basis) out.header.present.push_back(one.id);
  for (std::size_t n = 0; n < run.plan->operations.size(); ++n) {
    const auto& operation = run.plan->operations[n];
    LedgerEntry entry;
    entry.n = n;
    if (run.plan->slots[n] >= 0) entry.source_id = run.plan->slots[n];
    entry.identity = operation.identity;
    entry.action = action_of(operation);
    entry.content = symbol(operation.content);
    entry.destination_id = operation.id;
    if (operation.kind == Kind::update) entry.before = symbol(operation.before);
    if (operation.kind == Kind::remove && run.command == Run::Command::migrate)
      entry.before = symbol(operation.content);
    out.entries.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

void Step::start_run() {
  std::vector<Run::Command> commands = {Run::Command::migrate};
  if (space_.undo && history_.runs > 0) commands.push_back(Run::Command::undo);
  const bool last = history_.runs + 1 == space_.runs.size();
  if (space_.other_key && history_.runs > 0 && !last) commands.push_back(Run::Command::undo_elsewhere);
  const auto command = commands[choices_.choose(commands.size())];
  if (history_.runs > 0 && choices_.choose(2) == 1) pass_until(history_.now + space_.settle);
  start(command);
}

void Step::start(Run::Command command) {
  Run made;
  made.command = command;
  made.may = space_.runs[history_.runs];
  made.quiet = made.may.faults == 0 && made.may.crashes == 0;
  made.known = known_to(history_.ledger);
  made.knows = !made.known.empty();
  ++history_.runs;
  history_.run = made;
  if (logging())
    say("--- run " + std::to_string(history_.runs) + ": " + name_of(command) +
        (made.quiet ? ", no faults" : ""));
  auto expected = expectations(with_digests(history_.ledger), Milliseconds(space_.settle), history_.now);
  if (space_.mutation == Mutation::waiting && !expected.open.empty()) expected.settle = Milliseconds(0);
  if (space_.mutation == Mutation::confirmed)
    for (auto& open : expected.open)
      for (auto& entry : open.entries)
        if (entry.state == State::accepted) entry.state = State::intended;
  run().gone = expected.gone;
  run().reconciliation = std::make_shared<Reconciliation>(std::move(expected), false);
  feed(Started{});
}

void Step::feed(const Event& event) {
  if (run().reconciliation) return feed_reconciliation(event);
  auto delivery = std::make_shared<Delivery>(*run().delivery);
  Moment moment;
  moment.now = history_.now;
  moment.jitter = 0;
  if (space_.clock && space_.mutation != Mutation::origin) moment.server_now = history_.now * server_ms;
  auto actions = delivery->step(moment, event);
  run().delivery = delivery;
  perform(std::move(actions));
  if (history_.run && run().delivery == delivery && delivery->finished()) finish_run(false);
}

void Step::feed_reconciliation(const Event& event) {
  auto reconciliation = std::make_shared<Reconciliation>(*run().reconciliation);
  Moment moment;
  moment.now = history_.now;
  moment.jitter = 0;
  auto actions = reconciliation->step(moment, event);
  run().reconciliation = reconciliation;
  perform(std::move(actions));
  if (!reconciliation->finished()) return;
  if (!reconciliation->stop()) return plan_and_deliver();
  say("    it stops: the reading cannot be believed");
  finish_run(true);
}

/// False: it crashed on the way.
bool Step::close_earlier_runs(const Webhooks& reading) {
  std::vector<SnapshotEntry> seen;
  for (const auto& one : reading)
    if (!ignores(one))
      seen.push_back({one.id,
                      identity_of(one.identity),
                      digest_of(one.identity, one.content),
                      one.modified_after_creation,
                      {},
                      one.created_at * server_ms,
                      one.updated_at * server_ms,
                      space_.uuids ? uuid_of(one.id) : ""});
  const auto digested = with_digests(history_.ledger);
  const bool open = std::any_of(digested.begin(), digested.end(),
                                [](const LedgerRun& one) { return one.begun() && !one.settled; });
  for (std::size_t k = open ? digested.size() - 1 : digested.size(); k < digested.size(); ++k) {
    for (const auto& record : recover(digested[k], seen).records) {
      if (crashes_here()) return crash(), false;
      const auto with_letters = with_symbols(record);
      if (const auto* arrived = std::get_if<RecordArrived>(&with_letters))
        check_arrival(history_.ledger[k].entries[arrived->operation], *arrived, reading);
      write(k, with_letters);
    }
    if (crashes_here()) return crash(), false;
    auto& closed = history_.ledger.change(k);
    closed.ended = true;
    closed.settled = true;
    closed.last_activity = history_.now;
  }
  return true;
}

void Step::plan_and_deliver() {
  const auto reading = run().last_reading;
  AccountBefore before;
  before.gone = run().gone;
  run().reconciliation.reset();
  if (run().command == Run::Command::undo_elsewhere) {
    // Where nothing was known, only the account's own number could tell.
    if (run().knows) broken("a reading of another account is believed");
    return leave_run();
  }
  if (!close_earlier_runs(reading)) return;
  run().basis = std::make_shared<Webhooks>(run().last_reading);
  for (const auto& one : *run().basis)  // what a plan finds edited is the stranger's
    if (auto* there = history_.account.find(one.id); there != nullptr && one.edited) there->slot = -1;
  run().plan = std::make_shared<ModelPlan>(
      run().command == Run::Command::migrate
          ? plan_migration(space_.sources, space_.plan, with_digests(history_.ledger), reading)
          : plan_undo(with_digests(history_.ledger), reading));
  for (const auto& one : reading) before.present[one.id] = symbol_digest(one.content);
  before.began = run().last_began;
  for (auto& one : history_.account.webhooks) {
    if (one.made || by_id(reading, one.id) != nullptr) continue;
    one.hidden = true;
    history_.ever_doubled = true;  // The plan cannot know of it.
  }
  before.relied_on = run().plan->relied_on;
  if (run().plan->operations.empty()) {
    return finish_run(false);
  }
  auto record = record_of(run(), space_.settle, history_.now);
  if (space_.clock && space_.mutation != Mutation::origin)
    record.header.server_time = history_.now * server_ms;
  history_.ledger.push_back(std::move(record));
  DeliveryOptions options;
  options.batch_size = space_.batch;
  options.concurrency = space_.concurrency;
  options.retries = space_.retries;
  options.max_age = Milliseconds(space_.mutation == Mutation::age ? not_touched : space_.settle);
  options.settle = Milliseconds(space_.mutation == Mutation::agreeing_readings ? 0 : space_.settle);
  options.deletions_last_of_all = run().command == Run::Command::migrate;
  std::vector<const Operation*> operations;
  for (const auto& operation : run().plan->operations) operations.push_back(&operation);
  const auto delivery = std::make_shared<Delivery>(operations, before, options);
  if (space_.mutation == Mutation::one_alone) StateReader::send_all_again(*delivery);
  run().delivery = delivery;
  feed(Started{});
}

void Step::perform(Instructions actions) {
  if (space_.mutation == Mutation::evidence)
    for (auto& action : actions)
      if (const auto* ambiguous = std::get_if<RecordAmbiguous>(&action))
        action = RecordArrived{ambiguous->operation,
                               {ambiguous->ids.front(), *run().plan->operations[ambiguous->operation].content,
                                Evidence::content}};
  if (space_.mutation == Mutation::intents)
    for (std::size_t k = 0; k + 1 < actions.size(); ++k)
      if (std::holds_alternative<RecordIntent>(actions[k])) std::swap(actions[k], actions[k + 1]), ++k;
  const bool had_room = !run().disk_full;
  bool unwritten = false;  ///< the intent of what comes next
  std::vector<Event> events;
  for (const auto& action : actions) {
    const bool counts =
        is_record(action) || std::holds_alternative<Send>(action) || std::holds_alternative<Remove>(action);
    if (counts && crashes_here()) return crash();
    const bool sending = std::holds_alternative<Send>(action) || std::holds_alternative<Remove>(action);
    if (sending && unwritten) {
      Sent not_sent{};
      not_sent.ticket = std::holds_alternative<Send>(action) ? std::get<Send>(action).ticket
                                                             : std::get<Remove>(action).ticket;
      not_sent.verdict.failure = FailureClass::not_sent;
      events.push_back(not_sent);
      unwritten = false;
      continue;
    }
    carry_out(action, unwritten);
  }
  if (had_room && run().disk_full) events.insert(events.begin(), LedgerLost{});
  for (const auto& event : events)
    if (history_.run && run().delivery && !run().delivery->finished()) feed(event);
}

void Step::carry_out(const Instruction& action, bool& unwritten) {
  if (logging()) say("    " + shown(action));
  if (is_record(action)) {
    if (history_.full_disks > 0 && !run().quiet && !run().disk_full && choices_.choose(2) == 1) {
      --history_.full_disks;
      run().disk_full = true;
      say("    the disk is full");
    }
    unwritten = run().disk_full && std::holds_alternative<RecordIntent>(action);
    if (run().disk_full) return;
    if (const auto* arrived = std::get_if<RecordArrived>(&action))
      check_arrival(history_.ledger.back().entries[arrived->operation], *arrived, run().last_reading);
    return write(history_.ledger.size() - 1, action);
  }
  if (const auto* send = std::get_if<Send>(&action)) {
    for (const auto n : send->operations) check_write(run().plan->operations[n]);
    run().in_flight.push_back({send->ticket, send->operations, false});
  } else if (const auto* remove = std::get_if<Remove>(&action)) {
    check_write(run().plan->operations[remove->operation]);
    run().in_flight.push_back({remove->ticket, {remove->operation}, true});
  } else if (std::holds_alternative<Read>(action)) {
    run().reading = true;
  } else if (const auto* ask = std::get_if<Ask>(&action)) {
    run().asking = ask->id;
  } else if (const auto* pause = std::get_if<Pause>(&action)) {
    run().pause = pause->until;
  }
}

void Step::write(std::size_t which, const Instruction& record) {
  write_down(history_.ledger.change(which), record, history_.now);
}

/// What an undo took back is noted at the runs that did it, too. False: it crashed on the way.
bool Step::note_undone() {
  const auto& plan = *run().plan;
  for (std::size_t n = 0; n < plan.operations.size(); ++n) {
    const auto result = run().delivery->result(n);
    if (!is_done(result, plan.operations[n])) continue;
    for (const auto& place : plan.undoes[n]) {
      if (crashes_here()) return crash(), false;
      auto& entry = history_.ledger.change(place.run).entries[place.n];
      entry.state = State::undone;
      if (entry.action == Action::remove) entry.recreated = result.arrival->id;
      history_.ledger.change(history_.ledger.size() - 1).last_activity = history_.now;
    }
  }
  return true;
}

bool Step::crashes_here() { return run().may.crashes > 0 && choices_.choose(2) == 1; }

void Step::crash() {
  --run().may.crashes;
  say("KILLED");
  const auto in_flight = run().in_flight;
  for (const auto& request : in_flight) cut_off(request);
  leave_run();
}

void Step::leave_run() {
  history_.run.reset();
  history_.over = history_.runs == space_.runs.size();
}

bool Step::exit_is_zero(bool stopped) const {
  if (stopped) return false;
  const auto& plan = *run().plan;
  if (plan.conflict || plan.left) return false;
  if (!run().delivery) return true;
  const auto& delivery = *run().delivery;
  if (delivery.ending() || delivery.interrupted() || !delivery.findings().empty()) return false;
  for (std::size_t n = 0; n < plan.operations.size(); ++n) {
    const auto result = delivery.result(n);
    if (result.outcome == Delivery::Outcome::removed) continue;
    if (result.outcome != Delivery::Outcome::arrived || result.arrival->evidence == Evidence::changed)
      return false;
    if (result.arrival->content != plan.operations[n].content) return false;  // altered: told
  }
  return true;
}

void Step::finish_run(bool stopped) {
  const bool zero = exit_is_zero(stopped);
  if (run().delivery && !run().disk_full) {
    if (run().command == Run::Command::undo && !note_undone()) return;
    if (crashes_here()) return crash();
    auto& record = history_.ledger.change(history_.ledger.size() - 1);
    record.ended = true;
    record.settled = run().delivery->settled();
    record.exit = zero ? 0 : 1;
    record.last_activity = history_.now;
  }
  if (logging()) say(std::string("    the run ends") + (zero ? " with 0" : ", not with 0"));
  check_end(stopped, zero);
  if (run().quiet) check_quiet_end(stopped, zero);
  leave_run();
}

}  // namespace hookferry::model
