#include "course.hpp"

#include <algorithm>
#include <set>

#include "state_text.hpp"
#include "step.hpp"
#include "support/rooms.hpp"

namespace hookferry::model {

History beginning(const Space& space) {
  History out;
  out.strangers = space.strangers;
  out.interrupts = space.interrupts;
  out.full_disks = space.full_disks;
  out.account.has_clock = space.clock;
  out.account.uses_ids_again = space.uses_ids_again;
  if (space.initially == Initially::foreign) out.account.add(stranger, foreign_content, 0);
  if (space.initially == Initially::namesake)
    out.account.add(space.sources.front().identity, namesake_content, 0);
  if (space.initially == Initially::equal)
    out.account.add(space.sources.front().identity, space.sources.front().content, 0);
  out.account.at(out.now);
  out.last_initial = out.account.webhooks.empty() ? 0 : out.account.webhooks.back().id;
  for (const auto& one : out.account.webhooks) ++out.foreign[{one.identity, one.content}];
  return out;
}

bool happen(const Space& space, History& history, Choices& choices, Log* log) {
  return Step(space, history, choices, log).happen();
}

bool Step::happen() {
  const auto all = possible();
  if (all.empty()) return false;
  all[choices_.choose(all.size())]();
  check_account();
  if (logging()) {
    say("      account: " + shown(history_.account.webhooks));
    if (!history_.ledger.empty()) say("      ledger: " + shown(history_.ledger.back()));
  }
  return true;
}

std::vector<Step::Happening> Step::possible() {
  std::vector<Happening> out;
  if (history_.over) return out;
  add_events(out);
  for (std::size_t k = 0; k < history_.account.late.size(); ++k)
    out.push_back([this, k] {
      if (logging()) say("the server carries out late: " + shown(history_.account.late[k].writes.front()));
      history_.account.apply_late(k);
    });
  add_strangers(out);
  return out;
}

void Step::add_events(std::vector<Happening>& out) {
  if (!history_.run) return out.push_back([this] { start_run(); });
  for (std::size_t k = 0; k < run().in_flight.size(); ++k) out.push_back([this, k] { answer(k); });
  if (run().reading) out.push_back([this] { serve_reading(); });
  if (run().asking) out.push_back([this] { answer_question(); });
  if (run().pause)
    out.push_back([this] {
      const auto until = *run().pause;
      run().pause.reset();
      pass_until(until);
      feed(Elapsed{});
    });
  if (!run().delivery) return;
  if (run().may.crashes > 0) out.push_back([this] { crash(); });
  if (history_.interrupts > 0 && !run().quiet)
    out.push_back([this] {
      --history_.interrupts;
      say("Ctrl-C");
      feed(Interrupted{});
    });
}

void Step::pass_until(Time when) {
  history_.now = std::max(history_.now, when);
  history_.account.at(history_.now);
  if (logging()) say("it is " + std::to_string(history_.now));
}

void Step::add_strangers(std::vector<Happening>& out) {
  if (history_.strangers == 0 || (history_.run && run().quiet)) return;
  const auto act = [this](const std::string& what, const std::function<void(Time)>& does) {
    --history_.strangers;
    history_.touched_by_strangers = true;
    say("somebody " + what);
    does(history_.now + space_.settle);
  };
  std::set<int> identities;
  for (const auto& source : space_.sources) identities.insert(source.identity);
  for (const auto identity : identities)
    out.push_back([this, act, identity] {
      act("adds a namesake " + identity_of(identity).alias + "/" + added_content, [&](Time due) {
        history_.account.add(identity, added_content, due);
        ++history_.foreign[{identity, added_content}];
      });
    });
  for (const auto& one : history_.account.webhooks) {
    const auto id = one.id;
    out.push_back([this, act, id] {
      act("edits " + std::to_string(id), [&](Time due) {
        history_.account.edit(id, due);
        const auto& now = *history_.account.find(id);
        ++history_.foreign[{now.identity, now.content}];
      });
    });
    out.push_back([this, act, id] {
      act("deletes " + std::to_string(id), [&](Time due) { history_.account.remove(id, due); });
    });
  }
}

namespace {

Ranks ranks_of(const Space& space, const History& history) {
  if (!space.clock) return {};
  std::set<Time> times = {0, history.now};
  history.account.add_times(times);
  for (std::size_t k = 0; k < history.ledger.size(); ++k)
    if (const auto& time = history.ledger[k].header.server_time) times.insert(*time / server_ms);
  if (history.run && history.run->delivery) {
    StateReader::add_times(*history.run->delivery, times);
    for (const auto& operation : history.run->plan->operations)
      if (operation.updated_at) times.insert(*operation.updated_at / server_ms);
  }
  Ranks out;
  for (const auto time : times) out.emplace(time, static_cast<std::int64_t>(out.size()));
  return out;
}

}  // namespace

std::string canonical(const Space& space, const History& history) {
  std::string out;
  out.reserve(1024);
  const auto number = [&](std::int64_t value) {
    out += std::to_string(value);
    out += ',';
  };
  number(static_cast<std::int64_t>(history.runs));
  number(history.over + 2 * history.touched_by_strangers + 4 * history.server_lied +
         8 * history.ever_doubled + 16 * history.deletion_lied);
  number(history.strangers);
  number(history.interrupts);
  number(history.full_disks);
  if (space.strangers > 0)
    for (const auto& [which, count] : history.foreign)
      number(which.first * 1000 + which.second + count * 100'000);
  const auto ranks = ranks_of(space, history);
  history.account.canonical(out, history.now, ranks);
  canonical(out, history.ledger, history.now, space.settle, ranks);
  if (!history.run) return out;
  const auto& run = *history.run;
  number(static_cast<std::int64_t>(run.command));
  number(run.may.faults);
  number(run.may.crashes);
  number(run.reading + 2 * run.disk_full + 4 * run.doubled_by_server + 8 * run.quiet + 16 * run.knows);
  number(run.asking.value_or(-1));
  number(run.pause ? std::max<Time>(0, *run.pause - history.now) : -1);
  number(run.quiet ? run.readings : 0);
  for (const auto id : run.known) number(id);
  out += '/';
  for (const auto id : run.seen_edits) number(id);
  out += '/';
  for (const auto& request : run.in_flight) {
    for (const auto n : request.operations) number(static_cast<std::int64_t>(n));
    out += request.removal ? 'd' : ';';
  }
  if (run.reconciliation) out += StateReader::text_of(*run.reconciliation, history.now);
  if (!run.delivery) return out;
  out += StateReader::text_of(*run.delivery, history.now, ranks);
  // What its operations are; entries of the ledger tell the rest.
  for (std::size_t n = 0; n < run.plan->operations.size(); ++n) {
    const auto& operation = run.plan->operations[n];
    number(static_cast<int>(operation.kind) + 4 * (run.plan->slots[n] + 1));
    number(operation.id.value_or(-1));
    if (space.clock && operation.updated_at) number(ranks.at(*operation.updated_at / server_ms));
    out += symbol(operation.content) + "<" + symbol(operation.before);
  }
  for (const auto id : run.plan->relied_on) number(id);
  number(run.plan->conflict + 2 * run.plan->left);
  for (const auto& one : *run.basis) {
    number(one.id);
    out += one.content;
  }
  return out;
}

}  // namespace hookferry::model
