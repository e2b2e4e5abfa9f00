#include "delivery/run.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/failure.hpp"
#include "plan/plan.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using hookferry::Action;
using hookferry::Arrival;
using hookferry::Cause;
using hookferry::ConflictPolicy;
using hookferry::content_digest;
using hookferry::Delivery;
using hookferry::Evidence;
using hookferry::Executed;
using hookferry::NotTried;
using hookferry::Operation;
using hookferry::Outcome;
using hookferry::Plan;
using hookferry::TransformedWebhook;
using hookferry::Webhook;
using hookferry::WebhookOutcome;
using hookferry::work_of;
using hookferry::test::parse_webhook;
using hookferry::test::sample;

namespace {

Webhook a(const std::string& url, std::int64_t id = 0) { return sample("a", url, id); }

Plan planned(const std::vector<Webhook>& source, const std::vector<Webhook>& destination,
             ConflictPolicy policy = ConflictPolicy::update) {
  std::vector<TransformedWebhook> transformed;
  for (const auto& webhook : source) transformed.push_back({webhook, 100 + std::ssize(transformed), {}});
  return hookferry::make_plan(transformed, destination, policy);
}

/// One of each: created, updated 5, unchanged 7, invalid; and with a policy of skip also in conflict.
Plan one_of_each(ConflictPolicy policy) {
  return planned({a("1"), sample("b", "2"), sample("c", "3"), parse_webhook(R"({"alias":"d"})")},
                 {sample("b", "old", 5), sample("c", "3", 7), sample("extra", "4", 8)}, policy);
}

Delivery::Result arrived(std::int64_t id, const Webhook& stored, Evidence evidence = Evidence::id) {
  return {Delivery::Outcome::arrived, Arrival{id, digest_of(stored), evidence}, "", {}};
}

Delivery::Result ended(Delivery::Outcome ending, const std::string& reason = {},
                       std::vector<std::int64_t> candidates = {}) {
  return {ending, std::nullopt, reason, std::move(candidates)};
}

/// Of a plan that creates `source`, with what became of each and what was read back.
Outcome outcome(const std::vector<Webhook>& source, std::vector<Delivery::Result> results,
                std::vector<Webhook> server_changes = {}, bool interrupted = false) {
  const auto plan = planned(source, {});
  Executed executed;
  executed.results = std::move(results);
  executed.server_changes = std::move(server_changes);
  executed.interrupted = interrupted;
  return outcome_of(plan, work_of(plan), executed);
}

/// Beside what was planned for one webhook that was created as 50.
std::vector<std::string> told(const Plan& plan, const std::vector<Delivery::VerificationFinding>& findings) {
  const auto work = work_of(plan);
  Executed executed;
  for (std::size_t k = 0; k < work.tasks.size(); ++k)
    executed.results.push_back(arrived(50 + static_cast<std::int64_t>(k), *work.tasks[k].body));
  executed.findings = findings;
  return outcome_of(plan, work, executed).findings;
}

constexpr auto gone = Delivery::VerificationFinding::Kind::gone;
constexpr auto changed = Delivery::VerificationFinding::Kind::changed;
constexpr auto copy = Delivery::VerificationFinding::Kind::copy;

}  // namespace

BOOST_AUTO_TEST_SUITE(plan_work)

BOOST_AUTO_TEST_CASE(each_planned_webhook_has_its_entry_and_each_write_its_task) {
  const auto plan = one_of_each(ConflictPolicy::update);
  const auto work = work_of(plan);
  BOOST_REQUIRE(work.entries.size() == 4u);
  const std::vector<Action> actions = {Action::create, Action::update, Action::unchanged, Action::invalid};
  for (std::size_t n = 0; n < 4; ++n) {
    BOOST_TEST(work.entries[n].n == n);
    BOOST_TEST((work.entries[n].action == actions[n]));
    BOOST_TEST((work.entries[n].source_id == 100 + static_cast<std::int64_t>(n)));
    BOOST_TEST((work.entries[n].state == hookferry::LedgerEntry::State::planned));
  }
  BOOST_TEST((work.entries[0].destination_id == std::nullopt));
  BOOST_TEST(work.entries[0].content == content_digest(a("1")));
  BOOST_TEST(work.entries[0].before == "");
  BOOST_TEST((work.entries[1].destination_id == 5));
  BOOST_TEST(work.entries[1].before == sample("b", "old", 5).text.view());
  BOOST_TEST((work.entries[2].destination_id == 7));
  BOOST_TEST(work.entries[2].before == "");
  BOOST_TEST(work.entries[3].content == "");
  BOOST_REQUIRE(work.tasks.size() == 2u);
  BOOST_TEST(work.tasks[0].n == 0u);
  BOOST_TEST((work.tasks[0].operation.kind == Operation::Kind::create));
  BOOST_TEST((work.tasks[0].operation.id == std::nullopt));
  BOOST_TEST((work.tasks[0].operation.content == digest_of(a("1"))));
  BOOST_TEST((work.tasks[0].operation.identity == a("1").identity));
  BOOST_TEST(work.tasks[0].body == &plan.webhooks[0].webhook);
  BOOST_TEST(work.tasks[1].n == 1u);
  BOOST_TEST((work.tasks[1].operation.kind == Operation::Kind::update));
  BOOST_TEST((work.tasks[1].operation.id == 5));
  BOOST_TEST((work.tasks[1].operation.content == digest_of(sample("b", "2"))));
  BOOST_TEST((work.tasks[1].operation.before == digest_of(sample("b", "old", 5))));
}

BOOST_AUTO_TEST_CASE(what_is_left_as_it_is_is_relied_on_and_what_is_in_conflict_is_not) {
  BOOST_TEST((work_of(one_of_each(ConflictPolicy::update)).relied_on == std::set<std::int64_t>{7}));
  const auto work = work_of(one_of_each(ConflictPolicy::skip));
  BOOST_TEST((work.relied_on == std::set<std::int64_t>{7}));
  BOOST_TEST((work.entries[1].action == Action::conflict));
  BOOST_TEST(work.entries[1].before == "");
  BOOST_TEST(work.tasks.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_webhook_that_needed_no_request_is_reported_as_it_is) {
  const auto plan = one_of_each(ConflictPolicy::skip);
  Executed executed;
  executed.results = {arrived(50, a("1"))};
  const auto all = outcome_of(plan, work_of(plan), executed).webhooks;
  BOOST_REQUIRE(all.size() == 4u);
  BOOST_TEST((all[1].state == WebhookOutcome::State::conflict));
  BOOST_TEST((all[1].destination_id == 5));
  BOOST_TEST((all[2].state == WebhookOutcome::State::unchanged));
  BOOST_TEST((all[2].destination_id == 7));
  BOOST_TEST(!all[2].altered);
  BOOST_TEST((all[3].state == WebhookOutcome::State::invalid));
  BOOST_TEST((all[3].destination_id == std::nullopt));
  BOOST_TEST(all[3].error == "no type (integration_type_id)");
}

BOOST_AUTO_TEST_CASE(a_webhook_stored_with_the_content_of_another_is_reported_as_different) {
  // Both were sent under one alias, and the server holds the content of the second twice.
  const auto all = outcome({a("1"), a("2")}, {arrived(50, a("2")), arrived(51, a("2"))}).webhooks;
  BOOST_REQUIRE(all[0].server_changes.size() == 1u);
  BOOST_TEST(all[0].server_changes[0].path == "/url");
  BOOST_TEST(all[0].altered);
  BOOST_TEST(all[1].server_changes.empty());
}

BOOST_AUTO_TEST_CASE(what_arrived_is_created_or_updated) {
  const auto plan = one_of_each(ConflictPolicy::update);
  Executed executed;
  executed.results = {arrived(50, a("1"), Evidence::content), arrived(5, sample("b", "2"))};
  const auto all = outcome_of(plan, work_of(plan), executed);
  BOOST_TEST((all.webhooks[0].state == WebhookOutcome::State::created));
  BOOST_TEST((all.webhooks[0].destination_id == 50));
  BOOST_TEST((all.webhooks[1].state == WebhookOutcome::State::updated));
  BOOST_TEST((all.webhooks[1].destination_id == 5));
  for (const auto& webhook : all.webhooks) BOOST_TEST((webhook.server_changes.empty() && !webhook.altered));
  BOOST_TEST(all.findings.empty());
  BOOST_TEST((all.shortfall() == Cause::incomplete));  // one is invalid
}

BOOST_AUTO_TEST_CASE(what_was_tried_counts_as_failed_until_it_is_seen_and_what_was_not_as_not_sent) {
  for (const auto ending :
       {Delivery::Outcome::not_tried, Delivery::Outcome::refused, Delivery::Outcome::failed,
        Delivery::Outcome::ambiguous, Delivery::Outcome::in_doubt, Delivery::Outcome::removed}) {
    const auto all = outcome({a("1")}, {ended(ending, "why")});
    using State = WebhookOutcome::State;
    BOOST_TEST((all.webhooks[0].state ==
                (ending == Delivery::Outcome::not_tried ? State::not_sent : State::failed)));
    BOOST_TEST((all.webhooks[0].destination_id == std::nullopt));
    BOOST_TEST(all.webhooks[0].error.str().starts_with(ending == Delivery::Outcome::not_tried ? "not sent: "
                                                                                              : "why"));
    BOOST_TEST(all.webhooks[0].not_tried.has_value() == (ending == Delivery::Outcome::not_tried));
    BOOST_TEST((all.shortfall() == Cause::incomplete));
  }
}

BOOST_AUTO_TEST_CASE(what_the_server_only_added_to_is_a_note_and_what_it_changed_or_dropped_is_altered) {
  const auto sent = parse_webhook(R"({"alias":"a","url":"1","integration_type_id":0,"more":[1,2]})");
  struct Case {
    std::string stored;
    std::size_t differences;
    bool altered;
  };
  for (const auto& [stored, differences, altered] : std::vector<Case>{
           {R"({"id":50,"alias":"a","url":"1","integration_type_id":0,"more":[1,2]})", 0, false},
           {R"({"id":50,"alias":"a","url":"1","integration_type_id":0,"more":[1,2],"uuid":"u"})", 1, false},
           {R"({"id":50,"alias":"a","url":"2","integration_type_id":0,"more":[1,2]})", 1, true},
           {R"({"id":50,"alias":"a","integration_type_id":0,"more":[1,2]})", 1, true},
           {R"({"id":50,"alias":"a","url":null,"integration_type_id":0,"more":[1,2],"uuid":"u"})", 2, true},
       })
    BOOST_TEST_CONTEXT(stored) {
      const auto there = parse_webhook(stored);
      const auto all = outcome({sent}, {arrived(50, there)}, {there});
      BOOST_TEST((all.webhooks[0].state == WebhookOutcome::State::created));
      BOOST_TEST(all.webhooks[0].server_changes.size() == differences);
      BOOST_TEST(all.webhooks[0].altered == altered);
      BOOST_TEST(all.webhooks[0].error == "");
      BOOST_TEST(all.altered() == (altered ? 1u : 0u));
      BOOST_TEST((all.shortfall().has_value() == altered));
    }
}

BOOST_AUTO_TEST_CASE(an_interrupt_takes_precedence_over_a_failure_and_a_failure_over_a_shortfall) {
  Outcome all;
  BOOST_TEST(!all.shortfall().has_value());
  all.findings = {"something came up"};
  BOOST_TEST((all.shortfall() == Cause::incomplete));
  all.webhooks.emplace_back();  // that one failed is no less
  BOOST_TEST((all.shortfall() == Cause::incomplete));
  all.ended_by = hookferry::Failure(Cause::key_refused, "why", "");
  BOOST_TEST((all.shortfall() == Cause::key_refused));
  all.interrupted = true;
  BOOST_TEST((all.shortfall() == Cause::interrupted));
}

BOOST_AUTO_TEST_CASE(what_an_earlier_run_found_altered_is_counted_and_no_failure_any_more) {
  auto plan = planned({a("1")}, {a("1", 7)});
  plan.webhooks[0].altered = true;
  const auto all = outcome_of(plan, work_of(plan), {});
  BOOST_TEST((all.webhooks[0].state == WebhookOutcome::State::unchanged));
  BOOST_TEST(all.altered() == 1u);
  BOOST_TEST(!all.shortfall().has_value());
}

BOOST_AUTO_TEST_CASE(what_may_be_there_from_an_earlier_run_is_failed_and_no_mere_conflict) {
  std::vector<TransformedWebhook> source = {{a("1"), 5, {}}};
  const hookferry::KnownOfAccount known{{}, {{content_digest(a("1")), {7}}}};
  const auto plan = hookferry::make_plan(source, {a("x", 7)}, ConflictPolicy::duplicate, known);
  const auto work = work_of(plan);
  BOOST_TEST(work.tasks.empty());
  BOOST_TEST(work.relied_on.empty());
  const auto all = outcome_of(plan, work, {});
  BOOST_TEST((all.webhooks[0].state == WebhookOutcome::State::failed));
  BOOST_TEST(all.webhooks[0].error ==
             "an earlier run sent it, and it is unknown whether the webhook with id 7 is it; not sent again");
  BOOST_TEST((all.shortfall() == Cause::incomplete));
}

BOOST_AUTO_TEST_CASE(a_change_by_another_client_is_not_reported_as_an_alteration_by_the_server) {
  const auto all = outcome({a("1")}, {arrived(50, a("x"), Evidence::changed)}, {a("x", 50)});
  BOOST_TEST((all.webhooks[0].state == WebhookOutcome::State::created));
  BOOST_TEST(all.webhooks[0].server_changes.empty());
  BOOST_TEST(!all.webhooks[0].altered);
  BOOST_REQUIRE(all.findings.size() == 1u);
  BOOST_TEST(all.findings[0] == "\"a\" (slack) with id 50 was changed by someone right after it was written");
  BOOST_TEST((all.shortfall() == Cause::incomplete));
}

BOOST_AUTO_TEST_CASE(what_is_known_by_count_alone_names_what_may_be_it) {
  const auto all = outcome({a("1"), a("2")},
                           {ended(Delivery::Outcome::ambiguous, "not told", {7, 8}), arrived(9, a("2"))});
  BOOST_TEST(all.webhooks[0].error == "not told (id 7, 8)");
  BOOST_TEST((all.webhooks[0].destination_id == std::nullopt));
  BOOST_TEST((all.webhooks[1].state == WebhookOutcome::State::created));
}

BOOST_AUTO_TEST_CASE(what_was_not_tried_says_why) {
  const auto not_tried = [](std::optional<NotTried> why, bool interrupted) {
    auto result = ended(Delivery::Outcome::not_tried);
    result.not_tried = why;
    return outcome({a("1")}, {result}, {}, interrupted).webhooks[0].error;
  };
  BOOST_TEST(not_tried({}, true) == "not sent: interrupted");
  BOOST_TEST(not_tried({}, false) == "not sent: the run ended before its turn");
  BOOST_TEST(not_tried(NotTried::not_all_arrived, true) ==
             "not sent: not everything else arrived as planned");
}

BOOST_AUTO_TEST_CASE(an_interrupt_that_came_when_everything_was_there_interrupted_nothing) {
  BOOST_TEST(!outcome({a("1")}, {arrived(50, a("1"))}, {}, true).interrupted);
  const auto all =
      outcome({a("1"), a("2")}, {arrived(50, a("1")), ended(Delivery::Outcome::not_tried)}, {}, true);
  BOOST_TEST(all.interrupted);
  BOOST_TEST((all.shortfall() == Cause::interrupted));
  BOOST_TEST(!outcome({a("1")}, {ended(Delivery::Outcome::failed)}, {}, false).interrupted);
}

BOOST_AUTO_TEST_CASE(why_it_ended_and_whether_it_settled_is_passed_on) {
  const auto plan = planned({a("1")}, {});
  Executed executed;
  executed.results = {ended(Delivery::Outcome::in_doubt, "why")};
  executed.settled = false;
  executed.ended_by = hookferry::Failure(Cause::key_refused, "refused");
  const auto all = outcome_of(plan, work_of(plan), executed);
  BOOST_TEST(!all.settled);
  BOOST_TEST((all.shortfall() == Cause::key_refused));
}

BOOST_AUTO_TEST_CASE(surprises_are_named_as_they_are_known) {
  const auto plan = planned({a("1"), sample("b", "1")}, {sample("b", "1", 7)});
  const auto lines =
      told(plan, {{gone, 7, {}}, {changed, 7, {"renamed", 0}}, {changed, 50, {"a", 0}}, {copy, 8, {"a", 0}}});
  BOOST_REQUIRE(lines.size() == 4u);
  BOOST_TEST(lines[0] == "\"b\" (slack) with id 7 was there before the run and is gone");
  BOOST_TEST(lines[1] == "\"b\" (slack) with id 7 was changed by someone during the run");
  BOOST_TEST(lines[2] == "\"a\" (slack) with id 50 was changed by someone during the run");
  BOOST_TEST(lines[3] ==
             "\"a\" (slack) with id 8 is a copy that came up during the run and is not this run's; "
             "was a request applied twice?");
}

BOOST_AUTO_TEST_CASE(each_surprise_is_exit_1_and_safe_for_a_terminal) {
  const auto odd = [](std::int64_t id) { return sample(R"(a\u001b[31m)", "1", id); };
  const auto plan = planned({odd(0)}, {odd(7)});
  Executed executed;
  executed.findings = {{gone, 7, {}}, {copy, 9, {"b\x1b", 0}}};
  const auto all = outcome_of(plan, work_of(plan), executed);
  BOOST_TEST(all.findings.at(0) == R"("a\x1b[31m" (slack) with id 7 was there before the run and is gone)");
  BOOST_TEST(all.findings.at(1).starts_with(R"("b\x1b" (slack) with id 9)"));
  BOOST_TEST((all.shortfall() == Cause::incomplete));
}

/// Restores "b" (id 5) and then deletes these.
hookferry::Plan undo_plan(const std::vector<Webhook>& deleted) {
  auto out = planned({sample("b", "old")}, {sample("b", "2", 5)});
  out.is_undo = true;
  for (const auto& webhook : deleted) {
    auto& one = out.webhooks.emplace_back();
    one.action = Action::remove;
    one.webhook = webhook;
    one.existing = std::make_shared<const Webhook>(webhook);
  }
  for (auto& one : out.webhooks) one.takes_back = {{0, 0}};
  return out;
}

BOOST_AUTO_TEST_CASE(an_undo_restores_first_and_keeps_no_text_of_what_it_deletes) {
  const std::vector<Webhook> present = {a("1", 7), sample("c", "3", 8)};
  const auto plan = undo_plan(present);
  const auto work = work_of(plan);
  BOOST_REQUIRE(work.entries.size() == 3u);
  BOOST_REQUIRE(work.tasks.size() == 3u);
  BOOST_TEST((work.entries[0].action == Action::update));
  for (const std::size_t k : {1u, 2u}) {
    const auto& webhook = present[k - 1];
    BOOST_TEST(work.entries[k].n == k);
    BOOST_TEST((work.entries[k].action == Action::remove));
    BOOST_TEST((work.entries[k].destination_id == webhook.id));
    BOOST_TEST((work.entries[k].identity == webhook.identity));
    BOOST_TEST(work.entries[k].content == content_digest(webhook));
    BOOST_TEST(work.entries[k].before.empty());
    BOOST_TEST(work.tasks[k].n == k);
    BOOST_TEST((work.tasks[k].operation.kind == Operation::Kind::remove));
    BOOST_TEST((work.tasks[k].operation.id == webhook.id));
    BOOST_TEST((work.tasks[k].operation.content == digest_of(webhook)));
    BOOST_TEST(work.tasks[k].body == nullptr);
  }
}

BOOST_AUTO_TEST_CASE(a_restoration_after_which_the_webhook_is_as_before_is_not_done) {
  const auto plan = undo_plan({});
  const auto work = work_of(plan);
  struct Case {
    Delivery::Result result;
    bool restored;
    std::string reason;
  };
  using State = hookferry::WebhookOutcome::State;
  for (const auto& [result, restored, reason] : std::vector<Case>{
           {arrived(5, sample("b", "old")), true, ""},
           {arrived(5, sample("b", "OLD")), true, ""},
           {arrived(5, sample("b", "2")), false, "the server confirmed it, but it is as it was before"},
           {arrived(5, sample("b", "x"), Evidence::changed), false, "another client changed it right after"},
           {ended(Delivery::Outcome::refused, "no"), false, "no"}}) {
    Executed executed;
    executed.results = {result};
    const auto out = outcome_of(plan, work, executed);
    BOOST_TEST((out.webhooks.at(0).state == (restored ? State::updated : State::failed)));
    BOOST_TEST(out.webhooks.at(0).error == reason);
    BOOST_TEST((out.webhooks.at(0).destination_id == 5));
  }
}

// What the state machines see of a reading.

BOOST_AUTO_TEST_CASE(a_reading_shows_ids_and_contents_without_what_the_server_owns) {
  const auto later =
      parse_webhook(R"({"id":7,"updated_at":"later","alias":"a","url":"1","integration_type_id":0,)"
                    R"("integration_type_fields":null})");
  const auto reading = hookferry::snapshot_of({a("1"), later, sample("b", "2", -8)}, 123);
  BOOST_TEST(reading.began == 123);
  BOOST_REQUIRE(reading.webhooks.size() == 2u);  // one that has no id cannot be told again
  BOOST_TEST(reading.webhooks[0].id == 7);
  BOOST_TEST((reading.webhooks[0].content == digest_of(a("1"))));
  BOOST_TEST((reading.webhooks[0].identity == a("1").identity));
  BOOST_TEST(reading.webhooks[1].id == -8);
}

BOOST_AUTO_TEST_CASE(a_webhook_is_touched_where_its_stamps_say_that_it_was_changed_since_it_was_made) {
  for (const auto& [stamps, expected] : std::vector<std::pair<std::string, bool>>{
           {"", false},
           {R"(,"created_at":"2026-01-01T00:00:00Z")", false},
           {R"(,"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z")", false},
           {R"(,"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:01Z")", true},
           {R"(,"created_at":"2026-01-01T00:00:01Z","updated_at":"2026-01-01T00:00:00Z")", false},
           {R"(,"created_at":1,"updated_at":2)", false},
       }) {
    const auto webhook = parse_webhook(R"({"id":7,"alias":"a","integration_type_id":0)" + stamps + "}");
    BOOST_TEST(hookferry::snapshot_of({webhook}, 0).webhooks.at(0).modified_after_creation == expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()
