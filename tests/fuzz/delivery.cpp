// Delivery and refresh under any history: answers, readings, interrupts and lost ledgers in whatever order
// the bytes say. When they have come to an end the server answers, and so must the machine.
#include "delivery/delivery.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "delivery/reconciliation.hpp"
#include "fuzz/bytes.hpp"
#include "fuzz/fuzz.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using fuzz::Bytes;
using fuzz::promise;

namespace {

constexpr std::array<FailureClass, 9> classes = {
    FailureClass::none,        FailureClass::not_sent,     FailureClass::unknown,
    FailureClass::refused,     FailureClass::too_large,    FailureClass::slow_down,
    FailureClass::key_refused, FailureClass::not_this_api, FailureClass::interrupted};

Identity identity_of(std::size_t number) { return {std::string(1, static_cast<char>('a' + number)), 0}; }

Sha256 digest_of(std::size_t number) { return {static_cast<unsigned char>(number + 1)}; }

/// On a clock whose times are around those of the machine.
ServerTime server_time_of(Bytes& bytes) { return 990'000 + static_cast<ServerTime>(bytes.below(20)) * 1'000; }

SnapshotEntry seen_of(Bytes& bytes) {
  SnapshotEntry out;
  out.id = static_cast<std::int64_t>(bytes.below(24));
  out.identity = identity_of(bytes.below(3));
  out.content = digest_of(bytes.below(6));
  out.modified_after_creation = bytes.below(8) == 7;
  if (bytes.below(8) == 7) out.missing_content_of.push_back(digest_of(bytes.below(6)));
  if (bytes.flag()) out.created_at = server_time_of(bytes);
  if (bytes.flag()) out.updated_at = server_time_of(bytes);
  return out;
}

/// A snapshot that shows an id twice is not one; its form is checked before.
Snapshot snapshot_of(Bytes& bytes, Time now) {
  Snapshot out;
  out.began = now;
  std::set<std::int64_t> ids;
  for (auto count = bytes.below(16); count > 0; --count)
    if (auto seen = seen_of(bytes); ids.insert(seen.id).second) out.webhooks.push_back(std::move(seen));
  return out;
}

std::vector<Operation> operations_of(Bytes& bytes) {
  std::vector<Operation> out;
  std::set<std::int64_t> ids;  // no webhook is written over or deleted twice
  for (auto count = bytes.below(8); count > 0; --count) {
    Operation one;
    one.identity = identity_of(bytes.below(3));
    one.content = digest_of(bytes.below(6));
    one.kind = static_cast<Operation::Kind>(bytes.below(3));
    if (one.kind != Operation::Kind::create) {
      one.id = static_cast<std::int64_t>(bytes.below(8));
      one.before = digest_of(bytes.below(6));
      if (bytes.flag()) one.updated_at = server_time_of(bytes);
      if (!ids.insert(*one.id).second) continue;
    }
    out.push_back(one);
  }
  return out;
}

AccountBefore before_of(Bytes& bytes, const std::vector<Operation>& operations) {
  AccountBefore out;
  for (const auto& operation : operations)
    if (operation.before) out.present.emplace(*operation.id, *operation.before);
  for (auto count = bytes.below(6); count > 0; --count)
    out.present.emplace(bytes.below(12), digest_of(bytes.below(6)));
  for (auto count = bytes.below(3); count > 0; --count)
    out.gone.insert(static_cast<std::int64_t>(12 + bytes.below(4)));
  for (const auto& [id, content] : out.present)
    if (bytes.below(4) == 3) out.relied_on.insert(id);
  return out;
}

/// What is known of each operation from outside: by what was sent, answered and recorded.
class Witness {
 public:
  Witness(const std::vector<Operation>& operations, Time began, Milliseconds max_age)
      : operations_(operations), states_(operations.size()), young_until_(began + max_age.count()) {}

  /// A snapshot that was requested then is on its way to the machine.
  void is_shown(Time began, Milliseconds max_age) { young_until_ = began + max_age.count(); }

  void sees(const Instructions& instructions, Time now) {
    std::vector<std::size_t> intended;
    for (const auto& instruction : instructions) {
      if (const auto* intent = std::get_if<RecordIntent>(&instruction)) intended = intent->operations;
      if (const auto* send = std::get_if<Send>(&instruction)) {
        promise(!send->operations.empty() && send->operations == intended,
                "an intent stands before it is sent");
        promise(tickets_.emplace(send->ticket, send->operations).second, "a ticket is given once");
        for (const auto n : send->operations) {
          promise(!operations_[n].id || now < young_until_, "a young snapshot shows what is updated");
          begin(n);
        }
      }
      if (const auto* remove = std::get_if<Remove>(&instruction)) {
        promise(intended == std::vector<std::size_t>{remove->operation},
                "an intent stands before a deletion");
        promise(tickets_.emplace(remove->ticket, intended).second, "a ticket is given once");
        promise(now < young_until_, "a young snapshot shows what is deleted");
        begin_again(remove->operation);
      }
      if (const auto* missing = std::get_if<RecordNotApplied>(&instruction))
        for (const auto n : missing->operations) {
          promise(states_.at(n) != State::in_flight, "what is under way is not called missing");
          states_.at(n) = State::may_be_sent;
        }
      if (const auto* arrived = std::get_if<RecordArrived>(&instruction))
        states_.at(arrived->operation) = State::done;
      if (const auto* removed = std::get_if<RecordRemoved>(&instruction))
        states_.at(removed->operation) = State::done;
      if (const auto* ambiguous = std::get_if<RecordAmbiguous>(&instruction))
        states_.at(ambiguous->operation) = State::done;
    }
  }

  /// The answer is on its way to the machine.
  std::vector<std::size_t> answered(std::size_t ticket) {
    const auto found = tickets_.find(ticket);
    promise(found != tickets_.end(), "what is answered was sent");
    auto out = found->second;
    tickets_.erase(found);
    for (const auto n : out) states_.at(n) = State::open;
    return out;
  }

  /// In the order in which they were sent.
  std::vector<std::size_t> under_way() const {
    std::vector<std::size_t> out;
    for (const auto& [ticket, operations] : tickets_) out.push_back(ticket);
    return out;
  }

 private:
  enum class State : std::uint8_t { may_be_sent, in_flight, open, done };

  void begin(std::size_t n) {
    promise(states_.at(n) == State::may_be_sent, "nothing is sent while what became of it is open");
    states_.at(n) = State::in_flight;
  }

  /// A deletion names its webhook: a second one finds nothing, or what the first has left.
  void begin_again(std::size_t n) {
    promise(states_.at(n) != State::in_flight && states_.at(n) != State::done,
            "a deletion is sent one at a time");
    states_.at(n) = State::in_flight;
  }

  const std::vector<Operation>& operations_;
  std::vector<State> states_;
  Time young_until_;
  std::map<std::size_t, std::vector<std::size_t>> tickets_;
};

/// Carries out what a machine asks for, one thing at a time.
struct Wishes {
  bool read = false;
  std::optional<Time> pause;
  std::optional<std::int64_t> ask;

  void take(const Instructions& instructions) {
    for (const auto& instruction : instructions) {
      if (std::holds_alternative<Read>(instruction)) read = true;
      if (const auto* until = std::get_if<Pause>(&instruction)) pause = until->until;
      if (const auto* one = std::get_if<Ask>(&instruction)) ask = one->id;
    }
  }
};

Sent answer_of(Bytes& bytes, std::size_t ticket, const std::vector<std::size_t>& operations) {
  Sent out{ticket, {}, {}};
  out.verdict.failure = classes.at(bytes.below(classes.size()));
  out.verdict.reason = "it";
  out.verdict.in_doubt = out.verdict.failure == FailureClass::unknown || bytes.below(8) == 7;
  if (bytes.below(4) == 3) out.verdict.retry_after = Milliseconds(bytes.byte() * 20);
  if (out.verdict.failure != FailureClass::none) return out;
  out.verdict.in_doubt = false;
  if (bytes.below(4) == 3) return out;  // it confirms nothing
  std::set<std::int64_t> ids;
  for (std::size_t k = 0; k < operations.size(); ++k) {
    const auto id = static_cast<std::int64_t>(bytes.below(24));
    out.ids.push_back(bytes.below(4) != 3 && ids.insert(id).second ? hookferry::webhook::GivenId{id}
                                                                   : hookferry::webhook::GivenId{});
  }
  return out;
}

constexpr int most_steps = 20'000;

void check_delivery(Bytes& bytes) {
  const auto operations = operations_of(bytes);
  DeliveryOptions options;
  options.batch_size = 1 + bytes.below(4);
  options.concurrency = 1 + bytes.below(3);
  options.retries = bytes.below(4);
  options.settle = Milliseconds(bytes.below(8) * 250);
  options.deletions_last_of_all = bytes.flag();
  options.max_age = Milliseconds(1 + bytes.below(8) * 100);
  std::vector<const Operation*> pointers;
  for (const auto& operation : operations) pointers.push_back(&operation);
  Time now = 1'000'000;
  auto before = before_of(bytes, operations);
  before.began = now - static_cast<Time>(bytes.below(8)) * 100;
  Witness witness(operations, before.began, options.max_age);
  Delivery machine(pointers, std::move(before), options);
  Wishes wishes;
  const bool has_clock = bytes.flag();
  const auto happens = [&](const Event& event) {
    const auto instructions = machine.step({now, 0.5, has_clock ? std::optional(now) : std::nullopt}, event);
    witness.sees(instructions, now);
    wishes.take(instructions);
  };
  happens(Started{});
  for (int steps = 0; !machine.finished(); ++steps) {
    promise(steps < most_steps, "a delivery comes to its end");
    const auto under_way = witness.under_way();
    if (const auto jitter = bytes.byte(); jitter >= 250) {
      if (jitter >= 253)
        happens(Interrupted{});
      else
        happens(LedgerLost{});
    } else if (!under_way.empty()) {
      const auto ticket = under_way[bytes.below(under_way.size())];
      const auto its = witness.answered(ticket);
      happens(answer_of(bytes, ticket, its));
    } else if (wishes.read) {
      wishes.read = false;
      if (bytes.below(32) == 31)
        happens(Unreadable{});
      else {
        const auto snapshot = snapshot_of(bytes, now);
        now += bytes.below(16) == 15 ? options.max_age.count() : 0;
        witness.is_shown(snapshot.began, options.max_age);
        happens(snapshot);
      }
    } else {
      promise(wishes.pause.has_value(), "something is asked for until the end");
      now = std::max(now + 1, *wishes.pause);
      wishes.pause.reset();
      happens(Elapsed{});
    }
    now += bytes.below(100);
  }
  promise(witness.under_way().empty(), "nothing is under way at the end");
  for (std::size_t n = 0; n < operations.size(); ++n) static_cast<void>(machine.result(n));
  static_cast<void>(machine.settled());
}

void check_refresh(Bytes& bytes) {
  ExpectedState expected;
  for (auto count = bytes.below(8); count > 0; --count)
    expected.left.emplace(bytes.below(24),
                          bytes.flag() ? std::optional(digest_of(bytes.below(6))) : std::nullopt);
  for (auto count = bytes.below(3); count > 0; --count)
    expected.gone.insert(static_cast<std::int64_t>(bytes.below(24)));
  expected.settle = Milliseconds(bytes.below(8) * 250);
  expected.fresh = Milliseconds(std::min<std::int64_t>(bytes.byte() * 10, expected.settle.count()));
  expected.wait_for_others = bytes.flag();
  Reconciliation machine(expected, bytes.flag());
  Wishes wishes;
  Time now = 1'000'000;
  const auto happens = [&](const Event& event) {
    const auto instructions = machine.step({now, 0.5}, event);
    for (const auto& instruction : instructions)
      promise(std::holds_alternative<Read>(instruction) || std::holds_alternative<Ask>(instruction) ||
                  std::holds_alternative<Pause>(instruction),
              "nothing is written before a plan is made");
    wishes.take(instructions);
  };
  happens(Started{});
  for (int steps = 0; !machine.finished(); ++steps) {
    promise(steps < most_steps, "a refresh comes to its end");
    now += bytes.below(100);
    if (wishes.ask) {
      const auto id = *wishes.ask;
      wishes.ask.reset();
      happens(Asked{id, static_cast<Presence>(bytes.below(3))});
    } else if (wishes.read) {
      wishes.read = false;
      if (bytes.below(32) == 31)
        happens(Unreadable{});
      else
        happens(snapshot_of(bytes, now));
    } else {
      promise(wishes.pause.has_value(), "something is asked for until the end");
      now = std::max(now + 1, *wishes.pause);
      wishes.pause.reset();
      happens(Elapsed{});
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  if (bytes.below(4) == 3)
    check_refresh(bytes);
  else
    check_delivery(bytes);
  return 0;
}
