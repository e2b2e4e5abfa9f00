#include "migration/verifier.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "migration/planner.hpp"
#include "sample_webhooks.hpp"

using hookferry::Action;
using hookferry::ConflictPolicy;
using hookferry::Plan;
using hookferry::TransformedWebhook;
using hookferry::Webhook;
using hookferry::test::parse_webhook;
using hookferry::test::sample;
using State = hookferry::WebhookOutcome::State;

namespace {

using Ids = std::set<std::int64_t>;

Webhook a(const std::string& url, std::int64_t id = 0) { return sample("a", url, id); }

Plan planned(const std::vector<Webhook>& source, const std::vector<Webhook>& destination) {
  std::vector<TransformedWebhook> transformed;
  for (const auto& webhook : source) transformed.push_back({webhook, std::nullopt, {}});
  return hookferry::make_plan(transformed, destination, ConflictPolicy::update);
}

std::string found(const Plan& plan, const Ids& present, const Ids& ours,
                  const std::vector<Webhook>& reading) {
  std::string out;
  for (const auto& line : verify_reading(plan, present, ours, reading)) out += line + "\n";
  return out;
}

const std::string gone = " was there before the run and is gone\n";
const std::string changed = " was changed by someone during the run\n";
const std::string copy = " is a copy that came up during the run and is not this run's\n";

struct Case {
  Ids ours;
  std::vector<Webhook> reading;
  std::string expected;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(verifier)

BOOST_AUTO_TEST_CASE(what_nothing_was_sent_for_is_told_as_it_is) {
  hookferry::PlannedWebhook webhook;
  webhook.webhook = a("1");
  webhook.existing = a("2", 7);
  webhook.action = Action::unchanged;
  BOOST_TEST((untouched_outcome(webhook).state == State::unchanged));
  BOOST_TEST((untouched_outcome(webhook).destination_id == 7));
  webhook.action = Action::conflict;
  BOOST_TEST((untouched_outcome(webhook).state == State::conflict));
  BOOST_TEST((untouched_outcome(webhook).destination_id == 7));
  webhook.webhook = parse_webhook(R"({"integration_type_id":0})");
  webhook.existing.reset();
  webhook.action = Action::invalid;
  const auto outcome = untouched_outcome(webhook);
  BOOST_TEST((outcome.state == State::invalid));
  BOOST_TEST((outcome.destination_id == std::nullopt));
  BOOST_TEST(outcome.error == "no alias");
}

BOOST_AUTO_TEST_CASE(what_was_to_be_sent_counts_as_failed_until_it_is_seen) {
  hookferry::PlannedWebhook webhook;
  webhook.webhook = a("1");
  for (const auto action : {Action::create, Action::update}) {
    webhook.action = action;
    BOOST_TEST((untouched_outcome(webhook).state == State::failed));
  }
}

BOOST_AUTO_TEST_CASE(unchanged_webhooks_must_still_be_there_as_they_were) {
  const auto b = [](const std::string& url) { return sample("b", url, 8); };
  const auto plan = planned({a("1"), sample("b", "1")}, {a("1", 7), b("1")});
  BOOST_REQUIRE(plan.count(Action::unchanged) == 2u);
  const std::string name_a = "\"a\" (slack) with id 7", name_b = "\"b\" (slack) with id 8";
  for (const auto& [ours, reading, expected] : std::vector<Case>{
           {{}, {b("1"), a("1", 7)}, ""},
           {{}, {b("1")}, name_a + gone},
           {{}, {b("1"), a("1", 9)}, name_a + gone},
           {{}, {b("1"), a("x", 7)}, name_a + changed},
           {{}, {b("1"), sample("renamed", "1", 7)}, name_a + changed},
           {{}, {b("x")}, name_a + gone + name_b + changed},
           {{}, {}, name_a + gone + name_b + gone},
       })
    BOOST_TEST(found(plan, {7, 8}, ours, reading) == expected);
}

BOOST_AUTO_TEST_CASE(what_the_server_owns_may_change) {
  const auto later = parse_webhook(
      R"({"id":7,"updated_at":"later","alias":"a","url":"1","integration_type_id":0,"integration_type_fields":null})");
  BOOST_TEST(found(planned({a("1")}, {a("1", 7)}), {7}, {}, {later}) == "");
}

BOOST_AUTO_TEST_CASE(a_copy_that_is_not_ours_is_told) {
  const auto plan = planned({a("1")}, {});
  const std::string name = "\"a\" (slack) with id ";
  for (const auto& [ours, reading, expected] : std::vector<Case>{
           {{7}, {a("1", 7)}, ""},
           {{7}, {a("1", 7), a("1", 5)}, ""},  // 5 was there before
           {{7}, {a("1", 7), a("2", 8)}, ""},
           {{7}, {a("1", 7), sample("b", "1", 8)}, ""},
           {{7}, {a("1", 7), a("1", 8)}, name + "8" + copy},
           {{}, {a("1", 9), a("1", 8)}, name + "8" + copy + name + "9" + copy},
           {{7}, {}, ""},
       })
    BOOST_TEST(found(plan, {5}, ours, reading) == expected);
}

BOOST_AUTO_TEST_CASE(a_copy_of_a_webhook_that_was_updated_is_told_as_well) {
  const auto plan = planned({a("1")}, {a("old", 5)});
  BOOST_REQUIRE(plan.count(Action::update) == 1u);
  BOOST_TEST(found(plan, {5}, {5}, {a("1", 5)}) == "");
  BOOST_TEST(found(plan, {5}, {5}, {a("1", 5), a("1", 8)}) == "\"a\" (slack) with id 8" + copy);
}

BOOST_AUTO_TEST_CASE(what_others_do_beside_the_plan_is_their_affair) {
  const auto plan = planned({a("1"), parse_webhook("5")}, {a("1", 7), sample("extra", "1", 8)});
  BOOST_TEST(found(plan, {7, 8}, {}, {a("1", 7), sample("new", "1", 9)}) == "");
}

BOOST_AUTO_TEST_CASE(each_line_is_safe_for_a_terminal) {
  const auto odd = [](std::int64_t id) { return sample(R"(a\u001b[31m)", "1", id); };
  BOOST_TEST(found(planned({odd(0)}, {odd(7)}), {7}, {}, {}) == R"("a\x1b[31m" (slack) with id 7)" + gone);
}

BOOST_AUTO_TEST_SUITE_END()
