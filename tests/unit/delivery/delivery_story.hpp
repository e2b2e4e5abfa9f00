// A delivery told step by step: what is said to it, and what it asks for, each as one line of text.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "delivery/delivery.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {

// Any digests will do for a delivery: that of "1" stands for one content, that of "x" for another.

inline constexpr Time story_begins = 1'000'000;

/// In a reading, of the alias "a" unless another is named.
inline SnapshotEntry seen(std::int64_t id, const std::string& content, const std::string& alias = "a") {
  return {id, {alias, 0}, sha256(content), false};
}

/// Changed by somebody since it was made.
inline SnapshotEntry modified_after_creation(SnapshotEntry one) {
  one.modified_after_creation = true;
  return one;
}

inline SnapshotEntry with_uuid(const std::string& uuid, SnapshotEntry one) {
  one.uuid = uuid;
  return one;
}

inline Operation create(const std::string& content, const std::string& alias = "a") {
  Operation out;
  out.identity = {alias, 0};
  out.content = sha256(content);
  return out;
}

inline SnapshotEntry created_at(ServerTime time, SnapshotEntry one) {
  one.created_at = time;
  return one;
}

/// Of "1", "2", … under one alias.
inline std::vector<Operation> creations(std::size_t count) {
  std::vector<Operation> out;
  for (std::size_t n = 1; n <= count; ++n) out.push_back(create(std::to_string(n)));
  return out;
}

inline AccountBefore with_present(const std::map<std::int64_t, std::string>& present) {
  AccountBefore out;
  out.began = story_begins;
  for (const auto& [id, content] : present) out.present[id] = sha256(content);
  return out;
}

inline Operation update(std::int64_t id, const std::string& before, const std::string& content) {
  auto out = create(content);
  out.kind = Operation::Kind::update;
  out.id = id;
  out.before = sha256(before);
  return out;
}

inline Operation removal(std::int64_t id) {
  auto out = create("");
  out.kind = Operation::Kind::remove;
  out.content = std::nullopt;
  out.id = id;
  return out;
}

inline std::string joined(const std::vector<std::size_t>& numbers) {
  std::string out;
  for (const auto n : numbers) out += " " + std::to_string(n);
  return out;
}

inline std::string joined(const std::vector<std::int64_t>& ids) {
  std::string out;
  for (const auto id : ids) out += (out.empty() ? "" : ",") + std::to_string(id);
  return out;
}

/// "7", "7=" known by content alone, "7!" changed by somebody, "7<" of before; '~' where it is not what was
/// sent.
inline std::string arrival_text(const Arrival& arrival, const std::optional<Sha256>& sent) {
  const std::map<Evidence, std::string> marks = {
      {Evidence::id, ""}, {Evidence::content, "="}, {Evidence::changed, "!"}, {Evidence::existed, "<"}};
  return std::to_string(arrival.id) + marks.at(arrival.evidence) + (arrival.content == sent ? "" : "~");
}

class Story {
 public:
  explicit Story(std::vector<Operation> operations, AccountBefore before = {}, DeliveryOptions options = {})
      : operations_(std::move(operations)), delivery_(pointers(), std::move(before), options) {}
  Story(Story&&) = default;  // Not to be copied: the delivery points to its operations.

  // What happens; each gives what is asked for then: "intent 0 1; send#0 0 1", "accepted 0:7 1:?",
  // "missing 0 1", "arrived 0:7", "unclear 0:7,8", "removed 0", "delete#0 9", "read", "pause 250" (from now),
  // and "end" where it is finished.

  std::string starts() { return happens(Started{}); }
  std::string succeeds(std::size_t ticket, std::vector<std::optional<std::int64_t>> ids = {}) {
    std::vector<hookferry::webhook::GivenId> given;
    for (const auto& id : ids) given.push_back({id});
    return happens(Sent{ticket, {}, std::move(given)});
  }
  /// The response to one creation names a uuid.
  std::string gives_uuid(std::size_t ticket, const std::string& uuid) {
    return happens(Sent{ticket, {}, {{{}, uuid}}});
  }
  std::string fails(std::size_t ticket, FailureClass failure,
                    std::optional<Milliseconds> retry_after = std::nullopt) {
    return happens(Sent{ticket, verdict(failure, retry_after), {}});
  }
  /// It does not know whether the request was carried out.
  std::string says_that_it_failed(std::size_t ticket) {
    auto failed = verdict(FailureClass::unknown, std::nullopt);
    failed.server_failed = true;
    return happens(Sent{ticket, failed, {}});
  }
  /// No other request will do, but this one may have been carried out.
  std::string is_redirected(std::size_t ticket) {
    auto redirect = verdict(FailureClass::not_this_api, std::nullopt);
    redirect.in_doubt = true;
    return happens(Sent{ticket, redirect, {}});
  }
  /// In a reading that was asked for just now.
  std::string shows(std::vector<SnapshotEntry> webhooks) { return shows_as_of(now_, std::move(webhooks)); }
  std::string shows_as_of(Time began, std::vector<SnapshotEntry> webhooks) {
    return happens(Snapshot{began, std::move(webhooks)});
  }
  /// As often as it is read to wait for something; all that is asked for meanwhile, and at the end.
  std::string shows_on_and_on(const std::vector<SnapshotEntry>& webhooks) {
    std::string records;
    auto out = shows(webhooks);
    for (int readings = 0; is_wait(out) && readings < 100; ++readings) {
      records += out.substr(0, out.rfind("pause"));
      BOOST_REQUIRE(elapses() == "read");
      out = shows(webhooks);
    }
    return records + out;
  }
  std::string cannot_be_read() { return happens(Unreadable{}); }
  std::string is_interrupted() { return happens(Interrupted{}); }
  std::string loses_its_ledger() { return happens(LedgerLost{}); }
  /// The pause that was asked for.
  std::string elapses() {
    BOOST_REQUIRE(pause_until_.has_value());
    now_ = *pause_until_;
    return happens(Elapsed{});
  }
  void time_passes(Time time) { now_ += time; }
  /// From now on its responses say what its clock shows: the time of the story.
  void server_tells_its_time() { server_ahead_ = 0; }

  /// "0 arrived 7; 1 failed; 2 unclear 8,9": what became of each.
  std::string results() const {
    BOOST_TEST(delivery_.finished());
    const std::map<Delivery::Outcome, std::string> names = {
        {Delivery::Outcome::not_tried, "not tried"}, {Delivery::Outcome::arrived, "arrived"},
        {Delivery::Outcome::removed, "removed"},     {Delivery::Outcome::refused, "refused"},
        {Delivery::Outcome::failed, "failed"},       {Delivery::Outcome::ambiguous, "unclear"},
        {Delivery::Outcome::in_doubt, "open"}};
    std::string out;
    for (std::size_t n = 0; n < operations_.size(); ++n) {
      const auto result = delivery_.result(n);
      out += (n == 0 ? "" : "; ") + std::to_string(n) + " " + names.at(result.outcome);
      if (result.outcome == Delivery::Outcome::arrived)
        out += " " + arrival_text(result.arrival.value(), operations_[n].content);
      if (result.outcome == Delivery::Outcome::ambiguous) out += " " + joined(result.candidates);
    }
    return out;
  }
  std::string reason(std::size_t operation) const {
    const auto result = delivery_.result(operation);
    return result.not_tried ? "not tried: " + std::string(reason_of(*result.not_tried)) : result.reason.str();
  }

  /// "gone 7; changed 8; copy 9".
  std::string findings() const {
    const std::map<Delivery::VerificationFinding::Kind, std::string> names = {
        {Delivery::VerificationFinding::Kind::gone, "gone"},
        {Delivery::VerificationFinding::Kind::changed, "changed"},
        {Delivery::VerificationFinding::Kind::copy, "copy"}};
    std::string out;
    for (const auto& surprise : delivery_.findings())
      out += (out.empty() ? "" : "; ") + names.at(surprise.kind) + " " + std::to_string(surprise.id);
    return out;
  }

  /// "", "server: HTTP 401", "server while deleting: …", "unreadable", "not whole: 5,6 not shown, 1 unseen",
  /// "ledger".
  std::string ending() const {
    const auto& ending = delivery_.ending();
    if (!ending) return "";
    switch (ending->why) {
      case Delivery::Ending::Why::server:
        return (ending->deleting ? "server while deleting: " : "server: ") + ending->verdict.reason;
      case Delivery::Ending::Why::unreadable:
        return "unreadable";
      case Delivery::Ending::Why::not_whole:
        return "not whole: " + joined(ending->not_shown) + " not shown, " + std::to_string(ending->unseen) +
               " unseen";
      case Delivery::Ending::Why::never_shown:
        return "never shown: " + std::to_string(ending->operation);
      case Delivery::Ending::Why::ledger:
        return "ledger";
    }
    return "?";
  }

  const Delivery& delivery() const { return delivery_; }
  Time now() const { return now_; }

 private:
  static Verdict verdict(FailureClass failure, std::optional<Milliseconds> retry_after) {
    Verdict out;
    out.failure = failure;
    out.reason = facts_of(failure).name;
    out.retry_after = retry_after;
    return out;
  }

  /// For a reading; one before sending again comes with what is missing.
  static bool is_wait(const std::string& text) {
    const auto last = text.rfind("; ");
    return text.substr(last == std::string::npos ? 0 : last + 2).starts_with("pause") &&
           text.find("missing") == std::string::npos;
  }

  std::string happens(const Event& event) {
    BOOST_REQUIRE(!delivery_.finished());
    Moment moment{now_, 1};
    if (server_ahead_) moment.server_now = now_ + *server_ahead_;
    const auto instructions = delivery_.step(moment, event);
    check_that_intents_come_first(instructions);
    std::string out;
    for (const auto& instruction : instructions) {
      out += (out.empty() ? "" : "; ") + text_of(instruction);
      if (const auto* pause = std::get_if<Pause>(&instruction)) pause_until_ = pause->until;
    }
    if (delivery_.finished()) out += out.empty() ? "end" : "; end";
    return out;
  }

  /// Nothing is ever sent that was not written down just before.
  static void check_that_intents_come_first(const Instructions& instructions) {
    std::vector<std::size_t> written;
    for (const auto& instruction : instructions) {
      if (const auto* intent = std::get_if<RecordIntent>(&instruction)) written = intent->operations;
      if (const auto* send = std::get_if<Send>(&instruction)) {
        BOOST_TEST(send->operations == written, boost::test_tools::per_element());
        BOOST_TEST(!send->operations.empty());
      }
      if (const auto* remove = std::get_if<Remove>(&instruction))
        BOOST_TEST((written == std::vector<std::size_t>{remove->operation}));
    }
  }

  std::string text_of(const Instruction& instruction) const {
    if (const auto* intent = std::get_if<RecordIntent>(&instruction))
      return "intent" + joined(intent->operations);
    if (const auto* accepted = std::get_if<RecordAccepted>(&instruction)) return accepted_text(*accepted);
    if (const auto* missing = std::get_if<RecordNotApplied>(&instruction))
      return "missing" + joined(missing->operations);
    if (const auto* arrived = std::get_if<RecordArrived>(&instruction))
      return "arrived " + std::to_string(arrived->operation) + ":" +
             arrival_text(arrived->arrival, operations_.at(arrived->operation).content);
    if (const auto* ambiguous = std::get_if<RecordAmbiguous>(&instruction))
      return "unclear " + std::to_string(ambiguous->operation) + ":" + joined(ambiguous->ids);
    if (const auto* removed = std::get_if<RecordRemoved>(&instruction))
      return "removed " + std::to_string(removed->operation);
    if (const auto* send = std::get_if<Send>(&instruction))
      return "send#" + std::to_string(send->ticket) + joined(send->operations);
    if (const auto* remove = std::get_if<Remove>(&instruction))
      return "delete#" + std::to_string(remove->ticket) + " " + std::to_string(remove->id);
    if (std::holds_alternative<Read>(instruction)) return "read";
    if (const auto* ask = std::get_if<Ask>(&instruction)) return "ask " + std::to_string(ask->id);
    return "pause " + std::to_string(std::get<Pause>(instruction).until - now_);
  }

  static std::string accepted_text(const RecordAccepted& accepted) {
    std::string out = "accepted";
    for (std::size_t k = 0; k < accepted.operations.size(); ++k)
      out += " " + std::to_string(accepted.operations[k]) + ":" +
             (accepted.ids.at(k).number ? std::to_string(*accepted.ids[k].number) : "?");
    return out;
  }

  std::vector<const Operation*> pointers() const {
    std::vector<const Operation*> out;
    for (const auto& operation : operations_) out.push_back(&operation);
    return out;
  }

  std::vector<Operation> operations_;
  Delivery delivery_;
  Time now_ = story_begins;
  std::optional<ServerTime> server_ahead_;
  std::optional<Time> pause_until_;
};

}  // namespace hookferry::test
