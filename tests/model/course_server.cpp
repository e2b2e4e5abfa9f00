// What the account answers in the model, and what it does: right, late, in part, twice, not at all.
#include <algorithm>
#include <map>

#include "step.hpp"
#include "support/rooms.hpp"

namespace hookferry::model {
namespace {

using Kind = Operation::Kind;

enum class Answer {
  right,
  no_ids,         ///< an id for none of them
  confirms_none,  ///< a 2xx that is no confirmation
  wrong_ids,      ///< ids that exist nowhere
  swapped_ids,
  lost,  ///< or 5xx
  refused,
  key_refused,
  redirected,
  too_large,
  not_sent,
};

const char* name_of(Answer answer) {
  switch (answer) {
    case Answer::right:
      return "confirmed";
    case Answer::no_ids:
      return "confirmed without ids";
    case Answer::confirms_none:
      return "2xx that confirms nothing";
    case Answer::wrong_ids:
      return "confirmed with ids that do not exist";
    case Answer::swapped_ids:
      return "confirmed with each other's ids";
    case Answer::lost:
      return "no answer, or 5xx";
    case Answer::refused:
      return "refused";
    case Answer::key_refused:
      return "key refused";
    case Answer::redirected:
      return "redirected";
    case Answer::too_large:
      return "too large";
    case Answer::not_sent:
      return "not sent";
  }
  return "";
}

/// One way in which a POST of some webhooks can go.
struct Way {
  Answer answer = Answer::right;
  unsigned applied = 0;  ///< bit for bit which of the webhooks
  bool late = false;
  bool twice = false;
  int cost = 0;
};

bool confirms(Answer answer) {
  return answer == Answer::right || answer == Answer::no_ids || answer == Answer::wrong_ids ||
         answer == Answer::swapped_ids;
}

/// What is out of the ordinary costs one fault each: the answer, and what is done.
void add_ways(std::vector<Way>& out, Answer answer, unsigned all, int budget) {
  const auto add = [&](Way way) {
    if (way.cost <= budget) out.push_back(way);
  };
  if (answer == Answer::key_refused || answer == Answer::not_sent || answer == Answer::too_large)
    return add({answer, 0, false, false, 1});
  const bool open = !confirms(answer);  // done or not, both are to be expected
  const int base = answer == Answer::right ? 0 : 1;
  const bool may_be_late = answer != Answer::refused;
  const int late_cost = answer == Answer::lost ? 0 : 1;
  add({answer, all, false, false, base});
  add({answer, 0, false, false, base + (open ? 0 : 1)});
  if (may_be_late) add({answer, all, true, false, base + late_cost});
  add({answer, all, false, true, base + 1});
  for (unsigned part = 1; part < all; ++part) {
    add({answer, part, false, false, base + (answer == Answer::refused ? 0 : 1)});
    if (may_be_late) add({answer, part, true, false, base + 1 + late_cost});
  }
}

std::vector<Way> ways_of(std::size_t webhooks, std::size_t creations, Storing storing, int budget) {
  std::vector<Way> out;
  const auto all = (1U << webhooks) - 1;
  for (const auto answer : {Answer::right, Answer::no_ids, Answer::confirms_none, Answer::wrong_ids,
                            Answer::swapped_ids, Answer::lost, Answer::refused, Answer::key_refused,
                            Answer::too_large, Answer::redirected, Answer::not_sent}) {
    // Where the server stores them differently, too, nothing is left to tell them apart by: not promised.
    if (answer == Answer::swapped_ids && (creations < 2 || storing != Storing::as_sent)) continue;
    add_ways(out, answer, all, budget);
  }
  // A refusal of one webhook that was carried out all the same is a lie; of several, it may speak of another.
  if (webhooks == 1)
    std::erase_if(out, [](const Way& way) { return way.answer == Answer::refused && way.applied != 0; });
  if (creations == 0) std::erase_if(out, [](const Way& way) { return way.twice; });
  return out;
}

Verdict verdict_of(Answer answer) {
  Verdict out;
  out.in_doubt = answer == Answer::lost || answer == Answer::redirected || answer == Answer::confirms_none;
  switch (answer) {
    case Answer::lost:
      out.failure = FailureClass::unknown;
      break;
    case Answer::refused:
      out.failure = FailureClass::refused;
      break;
    case Answer::key_refused:
      out.failure = FailureClass::key_refused;
      break;
    case Answer::redirected:
      out.failure = FailureClass::not_this_api;
      break;
    case Answer::too_large:
      out.failure = FailureClass::too_large;
      break;
    case Answer::not_sent:
      out.failure = FailureClass::not_sent;
      break;
    default:
      out.in_doubt = false;
      break;
  }
  return out;
}

/// Each told of the next one's id.
void swap_ids(std::vector<std::optional<Id>>& ids, const Writes& writes) {
  std::vector<std::size_t> created;
  for (std::size_t k = 0; k < writes.size(); ++k)
    if (writes[k].kind == Kind::create) created.push_back(k);
  for (std::size_t k = 0; k + 1 < created.size(); ++k) std::swap(ids[created[k]], ids[created[k + 1]]);
}

std::string shown(const Way& way, const Writes& writes) {
  std::string out = "POST: " + std::string(name_of(way.answer)) + "; ";
  if (way.applied == 0) return out + "nothing is done";
  out += way.late ? "later: " : way.twice ? "twice: " : "done: ";
  for (std::size_t k = 0; k < writes.size(); ++k)
    if ((way.applied >> k & 1U) != 0) out += shown(writes[k]) + " ";
  return out;
}

}  // namespace

void Step::answer(std::size_t which) {
  const auto request = run().in_flight[which];
  run().in_flight.erase(run().in_flight.begin() + static_cast<std::ptrdiff_t>(which));
  if (space_.slow && run().may.faults > 0 && choices_.choose(2) == 1) {
    --run().may.faults;
    pass_until(history_.now + 2 * space_.settle);
  }
  request.removal ? answer_removal(request) : answer_post(request);
}

/// What a request is to do, with an id for each creation.
Writes Step::described_writes(const InFlight& request, std::vector<std::optional<Id>>& ids) {
  Writes out;
  for (const auto n : request.operations) {
    const auto& operation = run().plan->operations[n];
    Write write;
    write.kind = operation.kind;
    const auto sent = content_of_symbol(symbol(operation.content));
    write.identity = number_of(operation.identity);
    if (operation.kind == Kind::create)
      write.identity = stored_identity(space_.storing, write.identity, sent);
    write.content = stored_form(space_.storing, sent);
    write.slot = run().plan->slots[n];
    write.id = operation.id ? *operation.id : new_id(write.identity, out.size());
    ids.push_back(write.id);
    out.push_back(write);
  }
  return out;
}

/// For the webhook number `place` of a request.
Id Step::new_id(int identity, std::size_t place) {
  auto& account = history_.account;
  if (space_.gets_or_creates)
    for (const auto& one : account.webhooks)
      if (one.identity == identity) return one.id;
  return account.take_id() + (account.uses_ids_again ? static_cast<Id>(place) : 0);
}

void Step::answer_post(const InFlight& request) {
  std::vector<std::optional<Id>> ids;
  const auto writes = described_writes(request, ids);
  const auto creations = static_cast<std::size_t>(
      std::count_if(writes.begin(), writes.end(), [](const Write& one) { return one.kind == Kind::create; }));
  auto ways = ways_of(writes.size(), creations, space_.storing, run().may.faults);
  // A server that confirms a creation with an id, and gives that id to a stranger's, is not promised.
  if (space_.uses_ids_again)
    std::erase_if(ways, [&](const Way& way) {
      return confirms(way.answer) && (way.late || way.applied + 1 != 1U << writes.size());
    });
  const auto way = ways[choices_.choose(ways.size())];
  if (logging()) say(shown(way, writes));
  run().may.faults -= way.cost;
  Writes applied;
  for (std::size_t k = 0; k < writes.size(); ++k)
    if ((way.applied >> k & 1U) != 0) applied.push_back(writes[k]);
  const bool may_be_new = space_.updates_as_new && way.answer == Answer::lost && run().may.faults > 0;
  if (may_be_new && choices_.choose(2) == 1) {
    --run().may.faults;
    for (auto& write : applied) {
      if (write.kind != Kind::update) continue;
      write.kind = Kind::create;
      write.id = history_.account.take_id();
    }
  }
  const bool whole = applied.size() == writes.size();
  if ((confirms(way.answer) && !whole) || way.answer == Answer::wrong_ids) history_.server_lied = true;
  const auto due = history_.now + space_.settle;
  if (way.twice) {
    run().doubled_by_server = true;
    history_.ever_doubled = true;
    for (auto copy : writes) {
      if (copy.kind != Kind::create) continue;
      copy.id = new_id(copy.identity, writes.size() + applied.size());
      copy.copy = true;
      applied.push_back(copy);
    }
  }
  if (way.late)
    history_.account.late.push_back({applied, due});
  else
    history_.account.apply(applied, due);

  Sent sent{};
  sent.ticket = request.ticket;
  sent.verdict = verdict_of(way.answer);
  if (way.answer == Answer::swapped_ids) swap_ids(ids, writes);
  for (std::size_t k = 0; k < writes.size(); ++k) {
    if (way.answer == Answer::no_ids) ids[k].reset();
    if (way.answer == Answer::wrong_ids)
      ids[k] = writes[k].kind == Kind::create ? std::optional(*ids[k] + 900) : std::nullopt;
  }
  if (confirms(way.answer))
    for (std::size_t k = 0; k < ids.size(); ++k) {
      const bool names_uuid = space_.uuids && writes[k].kind == Kind::create && ids[k];
      sent.ids.push_back(names_uuid ? webhook::GivenId{{}, uuid_of(*ids[k])} : webhook::GivenId{ids[k]});
    }
  feed(sent);
}

void Step::answer_removal(const InFlight& request) {
  enum class Done { now, never, late };
  struct Ending {
    Answer answer;
    Done done;
    int cost;
  };
  std::vector<Ending> all = {{Answer::right, Done::now, 0},      {Answer::right, Done::never, 1},
                             {Answer::right, Done::late, 1},     {Answer::lost, Done::now, 1},
                             {Answer::lost, Done::never, 1},     {Answer::lost, Done::late, 1},
                             {Answer::refused, Done::never, 1},  {Answer::key_refused, Done::never, 1},
                             {Answer::redirected, Done::now, 1}, {Answer::redirected, Done::never, 1}};
  std::erase_if(all, [&](const Ending& one) { return one.cost > run().may.faults; });
  const auto ending = all[choices_.choose(all.size())];
  run().may.faults -= ending.cost;
  std::vector<std::optional<Id>> ids;
  const auto writes = described_writes(request, ids);
  if (logging())
    say("DELETE " + std::to_string(writes.front().id) + ": " + name_of(ending.answer) +
        (ending.done == Done::now    ? "; done"
         : ending.done == Done::late ? "; later"
                                     : "; not done"));
  const auto due = history_.now + space_.settle;
  if (ending.done == Done::now) history_.account.apply(writes, due);
  if (ending.done == Done::late) history_.account.late.push_back({writes, due});
  if (ending.answer == Answer::right && ending.done == Done::never)
    history_.server_lied = history_.deletion_lied = true;
  Sent sent{};
  sent.ticket = request.ticket;
  sent.verdict = verdict_of(ending.answer);
  feed(sent);
}

/// Its connection ends with the run.
void Step::cut_off(const InFlight& request) {
  std::vector<std::optional<Id>> ids;
  const auto writes = described_writes(request, ids);
  const auto all = (1U << writes.size()) - 1;
  std::vector<Way> ways = {{Answer::lost, 0, false, false, 0},
                           {Answer::lost, all, false, false, 0},
                           {Answer::lost, all, true, false, 0}};
  if (run().may.faults > 0)
    for (unsigned part = 1; part < all; ++part) {
      ways.push_back({Answer::lost, part, false, false, 1});
      ways.push_back({Answer::lost, part, true, false, 1});
    }
  const auto way = ways[choices_.choose(ways.size())];
  if (logging()) say(shown(way, writes));
  Writes applied;
  for (std::size_t k = 0; k < writes.size(); ++k)
    if ((way.applied >> k & 1U) != 0) applied.push_back(writes[k]);
  const auto due = history_.now + space_.settle;
  if (way.late)
    history_.account.late.push_back({applied, due});
  else
    history_.account.apply(applied, due);
}

namespace {

std::vector<Webhooks> parts_of(const Webhooks& whole) {
  constexpr std::size_t few = 3;
  std::vector<Webhooks> out;
  const auto all = (1U << whole.size()) - 1;
  for (unsigned part = 0; part < all; ++part) {
    Webhooks shown;
    for (std::size_t k = 0; k < whole.size(); ++k)
      if ((part >> k & 1U) != 0) shown.push_back(whole[k]);
    const bool extreme = shown.size() < 2 || shown.size() + 1 == whole.size();
    if (whole.size() <= few || extreme) out.push_back(std::move(shown));
  }
  return out;
}

bool holds(const Webhooks& webhooks, Id id) {
  return std::any_of(webhooks.begin(), webhooks.end(), [&](const Stored& one) { return one.id == id; });
}

}  // namespace

/// Nobody can tell it from a true reading: nothing that is known to be there is left out, but something that
/// was written, and has been there for the settle time, is. Or just what was to be deleted.
bool Step::undetectable(const Webhooks& shown) const {
  if (space_.hides_new) return false;
  bool matters = false;
  for (const auto& one : history_.account.webhooks) {
    if (holds(shown, one.id)) continue;
    if (space_.hides_first && !one.made && !run().known.contains(one.id)) continue;
    const bool deleting = is_being_deleted(one.id);
    if (run().known.contains(one.id) && !deleting) return false;
    const bool planned = deleting || one.slot >= 0 ||
                         std::any_of(space_.sources.begin(), space_.sources.end(),
                                     [&](const Source& source) { return source.content == one.content; });
    matters = matters || (planned && one.due <= history_.now);
  }
  return matters && !confirmed_by_number(shown);
}

/// Requests of this or an open run may be deleting it.
bool Step::is_being_deleted(Id id) const {
  if (history_.ledger.empty()) return false;
  const auto& entries = history_.ledger.back().entries;
  return std::any_of(entries.begin(), entries.end(), [&](const LedgerEntry& entry) {
    return entry.action == Action::remove && entry.destination_id == id &&
           entry.state != LedgerEntry::State::planned;
  });
}

/// The server has confirmed more of them than are shown: of a content, or, where it stores another, of an
/// alias.
bool Step::confirmed_by_number(const Webhooks& shown) const {
  using State = LedgerEntry::State;
  const auto kind_of = [&](int identity, Content sent) {
    return std::pair(identity, stored_form(space_.storing, sent) == sent ? sent : '*');
  };
  std::map<std::pair<int, Content>, std::ptrdiff_t> surplus;
  std::set<Id> booked;
  for (std::size_t k = 0; k < history_.ledger.size(); ++k)
    for (const auto& entry : history_.ledger[k].entries) {
      if (entry.state == State::arrived || entry.state == State::undone) booked.insert(*entry.destination_id);
      if (entry.state == State::accepted && entry.action == Action::create)
        --surplus[kind_of(number_of(entry.identity), content_of_symbol(entry.content))];
    }
  for (const auto& one : shown)
    if (one.made && !booked.contains(one.id) && one.slot >= 0)
      ++surplus[kind_of(one.identity, space_.sources[static_cast<std::size_t>(one.slot)].content)];
  return std::any_of(surplus.begin(), surplus.end(), [](const auto& one) { return one.second < 0; });
}

/// The honest ones first.
std::vector<Webhooks> Step::readings(std::size_t& honest) const {
  const auto& account = history_.account;
  auto whole = account.webhooks;
  if (space_.shows_at_most > 0 && whole.size() > space_.shows_at_most) whole.resize(space_.shows_at_most);
  if (space_.hides_new)
    std::erase_if(whole, [&](const Stored& one) { return one.id > history_.last_initial; });
  std::vector<Webhooks> out;
  if (!undetectable(whole)) out.push_back(whole);
  honest = out.size();
  if (run().may.faults == 0 || space_.hides_new) return out;
  const auto add = [&](const Webhooks& one) {
    if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(one);
  };
  for (const auto& one : account.earlier)
    if (one.due > history_.now) add(one.webhooks);
  for (const auto& one : parts_of(account.webhooks))
    if (!undetectable(one)) add(one);
  return out;
}

void Step::serve_reading() {
  run().reading = false;
  if (run().command == Run::Command::undo_elsewhere) {
    Stored other;
    other.id = 500;
    other.content = foreign_content;
    return give_reading({other});
  }
  std::size_t honest = 0;
  const auto all = readings(honest);
  if (all.empty()) return leave_run(), void(history_.over = true);  // outside what is promised
  const bool may_fail = run().may.faults > 0;
  const auto which = choices_.choose(all.size() + (may_fail ? 1 : 0));
  if (which >= honest) --run().may.faults;
  if (which == all.size()) {
    say("GET: no answer, whatever is tried");
    return feed(Unreadable{});
  }
  for (const auto& one : history_.account.webhooks)  // a namesake that nobody knew of
    if (!holds(all[which], one.id) && !run().known.contains(one.id) && one.due <= history_.now)
      history_.server_lied = true;
  give_reading(all[which]);
}

void Step::give_reading(const Webhooks& shown) {
  if (logging()) say("GET at " + std::to_string(history_.now) + ": " + model::shown(shown));
  ++run().readings;
  run().last_reading = shown;
  run().last_began = history_.now;
  Snapshot event;
  event.began = history_.now;
  const bool digests = run().reconciliation != nullptr;
  for (const auto& one : shown) {
    if (!ignores(one))
      event.webhooks.push_back({one.id,
                                identity_of(one.identity),
                                digests ? digest_of(one.identity, one.content) : symbol_digest(one.content),
                                one.modified_after_creation,
                                {},
                                one.created_at * server_ms,
                                one.updated_at * server_ms,
                                space_.uuids ? uuid_of(one.id) : ""});
    run().known.insert(one.id);
    if (!one.edited || !run().delivery) continue;
    const auto& basis = *run().basis;
    const auto planned =
        std::find_if(basis.begin(), basis.end(), [&](const Stored& it) { return it.id == one.id; });
    if (planned == basis.end() || planned->content != one.content) run().seen_edits.insert(one.id);
  }
  if (space_.mutation == Mutation::whole_readings && run().delivery)
    for (const auto& one : *run().basis)
      if (!holds(shown, one.id))
        event.webhooks.push_back({one.id, identity_of(one.identity), symbol_digest(one.content), false});
  feed(event);
}

void Step::answer_question() {
  const auto id = *run().asking;
  run().asking.reset();
  const bool elsewhere = run().command == Run::Command::undo_elsewhere;
  const bool there = !elsewhere && history_.account.find(id) != nullptr;
  Asked asked{};
  asked.id = id;
  asked.presence = there ? Presence::there : Presence::gone;
  if (run().may.faults > 0 && choices_.choose(2) == 1) {
    --run().may.faults;
    asked.presence = Presence::unknown;
  }
  if (logging())
    say("GET id " + std::to_string(id) + ": " +
        (asked.presence == Presence::there  ? "there"
         : asked.presence == Presence::gone ? "gone"
                                            : "unknown"));
  feed(asked);
}

}  // namespace hookferry::model
