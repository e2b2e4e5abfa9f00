#include "plan/plan.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using hookferry::Action;
using hookferry::ConflictPolicy;
using hookferry::content_digest;
using hookferry::KnownAlteration;
using hookferry::KnownAmbiguous;
using hookferry::KnownOfAccount;
using hookferry::Plan;
using hookferry::TransformedWebhook;
using hookferry::Webhook;
using hookferry::test::parse_webhook;
using hookferry::test::sample;
using hookferry::test::stored;

namespace {

using Webhooks = std::vector<Webhook>;

Plan planned(const Webhooks& source, const Webhooks& destination,
             ConflictPolicy policy = ConflictPolicy::skip, const KnownOfAccount& known = {}) {
  std::vector<TransformedWebhook> transformed;
  for (const auto& webhook : source) transformed.push_back({webhook, 100 + std::ssize(transformed), {}});
  return hookferry::make_plan(transformed, destination, policy, known);
}

/// "create conflict:7 | 8": what becomes of each webhook, with the id that it was matched with, and the ids
/// of the extra ones.
std::string shown(const Plan& plan) {
  std::string out;
  for (const auto& webhook : plan.webhooks)
    out += std::string(name_of(webhook.action)) +
           (webhook.existing ? ":" + std::to_string(webhook.existing->id.value_or(-1)) : "") + " ";
  out += "|";
  for (const auto& extra : plan.extra) out += " " + std::to_string(extra.id.value_or(-1));
  return out;
}

struct Case {
  Webhooks source, destination;
  std::string expected;
};

Webhook a(const std::string& url, std::int64_t id = 0) { return sample("a", url, id); }

/// The destination after the plan was carried out, as if by the API.
Webhooks applied(const Plan& plan, Webhooks destination) {
  std::int64_t next_id = 1000;
  for (const auto& webhook : plan.webhooks) {
    if (webhook.action == Action::create) destination.push_back(stored(webhook.webhook, next_id++));
    if (webhook.action != Action::update) continue;
    for (auto& there : destination)
      if (there.id == webhook.existing->id) there = stored(webhook.webhook, *there.id);
  }
  return destination;
}

Webhooks random_webhooks(std::mt19937& random, std::int64_t first_id) {
  Webhooks out;
  for (auto left = random() % 12; left > 0; --left) {
    const auto alias = std::string(1, static_cast<char>('a' + random() % 3));
    const auto url = std::to_string(random() % 3);
    const auto id = first_id == 0 ? 0 : first_id++;
    if (random() % 10 == 0) {
      out.push_back(parse_webhook(R"({"alias":")" + alias + R"(","id":)" + std::to_string(id) + "}"));
    } else {
      out.push_back(sample(alias, url, id, static_cast<int>(random() % 2)));
    }
  }
  return out;
}

std::multiset<std::string> contents(const Webhooks& webhooks) {
  std::multiset<std::string> out;
  for (const auto& webhook : webhooks) out.insert(content(webhook));
  return out;
}

bool covers(const Webhooks& large, const Webhooks& small) {
  const auto has = contents(large), needs = contents(small);
  return std::includes(has.begin(), has.end(), needs.begin(), needs.end());
}

/// What holds for each plan by itself: nothing is matched twice, nothing of the destination goes uncounted.
void check_matching(const Plan& plan, const Webhooks& destination, ConflictPolicy policy) {
  std::set<std::int64_t> matched;
  std::size_t beside = 0;  // second ones; what they stand beside is not noted
  for (const auto& webhook : plan.webhooks) {
    if (webhook.existing) BOOST_TEST(matched.insert(webhook.existing->id.value()).second);
    if (webhook.action == Action::create && !webhook.warnings.empty()) ++beside;
  }
  BOOST_TEST((policy == ConflictPolicy::duplicate || beside == 0));
  for (const auto& extra : plan.extra) BOOST_TEST(matched.insert(extra.id.value()).second);
  BOOST_TEST(matched.size() + beside == destination.size());
}

void check_random_accounts(unsigned seed, ConflictPolicy policy) {
  std::mt19937 random(seed);
  const auto source = random_webhooks(random, 0);
  const auto before = random_webhooks(random, 1);
  const auto plan = planned(source, before, policy);
  check_matching(plan, before, policy);
  const auto after = applied(plan, before);
  const auto again = planned(source, after, policy);
  BOOST_TEST(again.count(Action::create) == 0u);
  BOOST_TEST(again.count(Action::update) == 0u);
  BOOST_TEST(again.count(Action::conflict) == plan.count(Action::conflict));
  BOOST_TEST(again.count(Action::invalid) == plan.count(Action::invalid));
  Webhooks to_be_there;
  for (const auto& webhook : plan.webhooks)
    if (webhook.action != Action::invalid && webhook.action != Action::conflict)
      to_be_there.push_back(webhook.webhook);
  BOOST_TEST(covers(after, to_be_there));
  BOOST_TEST(covers(after, policy == ConflictPolicy::update ? plan.extra : before));
  BOOST_TEST(after.size() == before.size() + plan.count(Action::create));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(planner)

BOOST_AUTO_TEST_CASE(a_webhook_that_is_there_but_different_is_treated_as_the_policy_says) {
  const std::map<ConflictPolicy, std::string> expected = {
      {ConflictPolicy::skip, "create unchanged:7 conflict:8 | 9"},
      {ConflictPolicy::fail, "create unchanged:7 conflict:8 | 9"},
      {ConflictPolicy::update, "create unchanged:7 update:8 | 9"},
      {ConflictPolicy::duplicate, "create unchanged:7 create | 9"},
  };
  const Webhooks source = {sample("new", "1"), sample("same", "1"), sample("other", "1")};
  const Webhooks destination = {sample("same", "1", 7), sample("other", "2", 8), sample("extra", "1", 9)};
  for (const auto& [policy, result] : expected)
    BOOST_TEST(shown(planned(source, destination, policy)) == result);
}

BOOST_AUTO_TEST_CASE(webhooks_match_by_alias_and_type_equal_ones_first_and_by_number) {
  const auto other_type = sample("a", "1", 7, 1);
  for (const auto& [source, destination, expected] : std::vector<Case>{
           {{}, {}, "|"},
           {{}, {a("1", 7)}, "| 7"},
           {{a("1")}, {}, "create |"},
           {{a("1")}, {other_type}, "create | 7"},
           {{a("1")}, {sample("A", "1", 7)}, "create | 7"},
           {{a("1")}, {sample("a ", "1", 7)}, "create | 7"},
           {{a("1"), a("2")}, {a("2", 8)}, "create unchanged:8 |"},
           {{a("1"), a("2")}, {a("3", 9), a("2", 8)}, "conflict:9 unchanged:8 |"},
           {{a("1"), a("2")}, {a("3", 9), a("4", 8)}, "conflict:9 conflict:8 |"},
           {{a("1"), a("2")}, {a("3", 9), a("4", 8), a("5", 7)}, "conflict:9 conflict:8 | 7"},
           {{a("1"), a("2"), a("3")}, {a("4", 9)}, "conflict:9 create create |"},
           {{a("1"), a("1"), a("1")}, {a("1", 8)}, "unchanged:8 create create |"},
           {{a("1")}, {a("1", 8), a("1", 9), a("1", 7)}, "unchanged:8 | 9 7"},
           {{a("1"), a("1")}, {a("2", 8), a("1", 9)}, "unchanged:9 conflict:8 |"},
           {{a("1"), other_type}, {other_type, a("1", 8)}, "unchanged:8 unchanged:7 |"},
       })
    BOOST_TEST(shown(planned(source, destination)) == expected);
}

BOOST_AUTO_TEST_CASE(a_webhook_without_a_type_matches_no_other) {
  // Of what has no type the type reads as the first of the table.
  const auto without_type = parse_webhook(R"({"alias":"a","url":"old","id":7})");
  for (const auto policy :
       {ConflictPolicy::update, ConflictPolicy::skip, ConflictPolicy::fail, ConflictPolicy::duplicate})
    BOOST_TEST(shown(planned({a("1")}, {without_type}, policy)) == "create | 7");
}

BOOST_AUTO_TEST_CASE(spelling_is_no_difference) {
  const auto sent = parse_webhook(
      R"({"alias":"a","integration_type_id":0,"url":"u","integration_type":{"id":0,"name":"Slack"},)"
      R"("integration_type_fields":"[]"})");
  const auto there = parse_webhook(
      R"({"created_at":"x","updated_at":"y","id":7,"company_id":3,"companyId":3,"url":"\u0075","alias":"a",)"
      R"("integration_type":{"label":"Slack","id":0},"integration_type_fields":null,"integration_type_id":0})");
  BOOST_TEST(shown(planned({sent}, {there})) == "unchanged:7 |");
  const auto with_fields = [](const std::string& fields, const std::string& more = {}) {
    return parse_webhook(R"({"alias":"a","integration_type_id":0,"integration_type_fields":")" + fields +
                         "\"" + more + "}");
  };
  const auto one = with_fields(R"([{\"name\":\"n\",\"value\":1.0}])");
  BOOST_TEST(shown(planned({one}, {with_fields(R"( [ {\"value\": 1.0, \"name\":\"n\"} ] )",
                                               R"(,"id":7)")})) == "unchanged:7 |");
  BOOST_TEST(shown(planned({one}, {with_fields(R"([{\"value\":2.0,\"name\":\"n\"}])", R"(,"id":7)")})) ==
             "conflict:7 |");
}

BOOST_AUTO_TEST_CASE(what_the_api_cannot_take_is_invalid_and_the_rest_goes_on) {
  for (const std::string text : {"5", "[]", R"({"alias":"a"})", R"({"alias":"","integration_type_id":0})",
                                 R"({"integration_type_id":0})"})
    for (const auto policy : {ConflictPolicy::skip, ConflictPolicy::update, ConflictPolicy::duplicate}) {
      const auto broken = parse_webhook(text);
      BOOST_TEST(shown(planned({broken, a("1")}, {}, policy)) == "invalid create |");
      BOOST_TEST(shown(planned({broken, a("1")}, {broken, a("1", 7)}, policy)) == "invalid unchanged:7 | -1");
    }
}

BOOST_AUTO_TEST_CASE(a_webhook_keeps_its_place_its_source_id_and_its_warnings) {
  const auto plan = hookferry::make_plan({{a("1"), 5, {"one"}}, {a("2"), std::nullopt, {"two"}}}, {a("3", 7)},
                                         ConflictPolicy::duplicate);
  BOOST_REQUIRE(plan.webhooks.size() == 2u);
  BOOST_TEST((plan.webhooks[0].source_id == 5));
  BOOST_TEST((plan.webhooks[1].source_id == std::nullopt));
  BOOST_REQUIRE(plan.webhooks[0].warnings.size() == 2u);
  BOOST_TEST(plan.webhooks[0].warnings[0] == "one");
  BOOST_TEST(plan.webhooks[0].warnings[1].find("webhook 7") != std::string::npos);
  BOOST_TEST(plan.webhooks[1].warnings == std::vector<std::string>{"two"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(counting_tells_whether_anything_is_written) {
  BOOST_TEST(!planned({a("1"), a("2"), parse_webhook("5")}, {a("1", 7), a("3", 8)}).writes());
  BOOST_TEST(planned({a("1")}, {a("2", 8)}, ConflictPolicy::update).writes());
  const auto plan = planned({a("1"), a("2")}, {});
  BOOST_TEST(plan.writes());
  BOOST_TEST(plan.count(Action::create) == 2u);
  BOOST_TEST(plan.count(Action::unchanged) == 0u);
}

BOOST_AUTO_TEST_CASE(what_the_server_stores_differently_counts_as_there_while_it_stays_so) {
  struct Known {
    Webhooks source, destination;
    std::vector<KnownAlteration> known;
    std::string expected;
  };
  const auto known = [](const std::string& sent, std::int64_t id, const std::string& as) {
    return KnownAlteration{content_digest(a(sent)), id, content_digest(a(as))};
  };
  for (const auto& [source, destination, alterations, expected] : std::vector<Known>{
           {{a("1")}, {a("x", 7)}, {known("1", 7, "x")}, "unchanged:7 |"},
           {{a("1")}, {a("x", 7)}, {known("2", 7, "x")}, "conflict:7 |"},
           {{a("1")}, {a("y", 7)}, {known("1", 7, "x")}, "conflict:7 |"},
           {{a("1")}, {a("x", 8)}, {known("1", 7, "x")}, "conflict:8 |"},
           {{a("1")}, {}, {known("1", 7, "x")}, "create |"},
           {{a("1")}, {a("x", 7), a("1", 8)}, {known("1", 7, "x")}, "unchanged:8 | 7"},
           {{a("2"), a("1")}, {a("x", 7)}, {known("1", 7, "x")}, "create unchanged:7 |"},
           {{a("1"), a("1")}, {a("x", 7)}, {known("1", 7, "x")}, "unchanged:7 create |"},
           {{a("1"), a("1")},
            {a("x", 7), a("x", 8)},
            {known("1", 7, "x"), known("1", 8, "x")},
            "unchanged:7 unchanged:8 |"},
           {{a("1")}, {a("x", 8)}, {known("1", 7, "x"), known("1", 8, "x")}, "unchanged:8 |"},
       }) {
    const auto plan = planned(source, destination, ConflictPolicy::skip, {alterations, {}});
    BOOST_TEST(shown(plan) == expected);
    for (const auto& webhook : plan.webhooks)
      if (webhook.action == Action::unchanged)
        BOOST_TEST(webhook.warnings.empty() == (content(*webhook.existing) == content(webhook.webhook)));
  }
}

BOOST_AUTO_TEST_CASE(alterations_are_distinguished_from_additions_by_the_server) {
  const auto more = parse_webhook(
      R"({"alias":"a","url":"1","integration_type_id":0,"integration_type_fields":"[]","uuid":"u","id":7})");
  for (const auto& [there, altered] :
       std::vector<std::pair<Webhook, bool>>{{more, false}, {a("x", 7), true}}) {
    const KnownAlteration known{content_digest(a("1")), 7, content_digest(there)};
    const auto plan = planned({a("1")}, {there}, ConflictPolicy::skip, {{known}, {}});
    BOOST_TEST(shown(plan) == "unchanged:7 |");
    BOOST_TEST(plan.webhooks[0].altered == altered);
    BOOST_TEST(plan.altered() == (altered ? 1u : 0u));
    BOOST_TEST(plan.webhooks[0].warnings.at(0) ==
               (altered ? "the server has altered it, as an earlier run has found"
                        : "the server has added to it, as an earlier run has found"));
  }
  BOOST_TEST(planned({a("1")}, {a("1", 7)}).altered() == 0u);
}

/// An earlier run sent "1", and 7 or 8 may be it, stored differently.
BOOST_AUTO_TEST_CASE(what_may_be_there_already_is_never_created_a_second_time) {
  const auto ambiguous = [](const std::string& sent, std::vector<std::int64_t> candidates) {
    return KnownAmbiguous{content_digest(a(sent)), std::move(candidates)};
  };
  struct Known {
    Webhooks source, destination;
    std::vector<KnownAmbiguous> ambiguous;
    std::string skip, update, duplicate;
  };
  const auto one = ambiguous("1", {7});
  const auto b = [](const std::string& url, std::int64_t id) { return sample("b", url, id); };
  const std::vector<Known> cases = {
      {{a("1")}, {a("x", 7)}, {one}, "conflict:7 |", "update:7 |", "conflict:7 |"},
      // One of another alias may be another client's, so it is not written over. It is matched with its own.
      {{a("1")}, {b("x", 7)}, {one}, "conflict:7 |", "conflict:7 |", "conflict:7 |"},
      {{a("1"), b("3", 0)},
       {b("x", 7)},
       {one},
       "conflict:7 conflict:7 |",
       "conflict:7 update:7 |",
       "conflict:7 create |"},
      // Nothing that may be it is there any more.
      {{a("1")}, {}, {one}, "create |", "create |", "create |"},
      {{a("1")}, {b("x", 8)}, {one}, "create | 8", "create | 8", "create | 8"},
      // What was sent is another webhook by now.
      {{a("2")}, {b("x", 7)}, {one}, "create | 7", "create | 7", "create | 7"},
      // It is there after all, and what may have been it is somebody's.
      {{a("1")}, {a("1", 8), a("x", 7)}, {one}, "unchanged:8 | 7", "unchanged:8 | 7", "unchanged:8 | 7"},
      // What may have been it is the equal of another one, so it is not it.
      {{a("1"), a("2")},
       {a("2", 7)},
       {one},
       "create unchanged:7 |",
       "create unchanged:7 |",
       "create unchanged:7 |"},
      {{a("1"), a("2")},
       {a("2", 7), b("x", 8)},
       {ambiguous("1", {7, 8})},
       "conflict:8 unchanged:7 |",
       "conflict:8 unchanged:7 |",
       "conflict:8 unchanged:7 |"},
      // Two that may be one: it is held for both, and written over once.
      {{a("1"), a("2")},
       {a("x", 7)},
       {one, ambiguous("2", {7})},
       "conflict:7 conflict:7 |",
       "update:7 conflict:7 |",
       "conflict:7 conflict:7 |"},
      {{a("1"), a("1")},
       {b("x", 7)},
       {one},
       "conflict:7 create |",
       "conflict:7 create |",
       "conflict:7 create |"},
      {{a("1"), a("1")},
       {b("x", 7)},
       {one, one},
       "conflict:7 conflict:7 |",
       "conflict:7 conflict:7 |",
       "conflict:7 conflict:7 |"},
      // What is held is no namesake for another.
      {{a("2"), a("1")},
       {a("x", 7), a("y", 8)},
       {one},
       "conflict:8 conflict:7 |",
       "update:8 update:7 |",
       "create conflict:7 |"},
      {{a("2"), a("1")},
       {a("x", 7)},
       {one},
       "create conflict:7 |",
       "create update:7 |",
       "create conflict:7 |"},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) BOOST_TEST_CONTEXT("row " << i) {
      const auto& [source, destination, known, skip, update, duplicate] = cases[i];
      const auto with = [&](ConflictPolicy policy) {
        return shown(planned(source, destination, policy, {{}, known}));
      };
      BOOST_TEST(with(ConflictPolicy::skip) == skip);
      BOOST_TEST(with(ConflictPolicy::fail) == skip);
      BOOST_TEST(with(ConflictPolicy::update) == update);
      BOOST_TEST(with(ConflictPolicy::duplicate) == duplicate);
    }
}

BOOST_AUTO_TEST_CASE(of_several_that_are_alike_the_first_one_there_is_matched_first) {
  // Equal in content, of one alias and type, and with ids in no order.
  BOOST_TEST(shown(planned({a("1"), a("1")}, {a("1", 9), a("1", 4), a("1", 7)})) ==
             "unchanged:9 unchanged:4 | 7");
  BOOST_TEST(shown(planned({a("1"), a("2"), a("3")}, {a("x", 9), a("y", 4), a("2", 5), a("z", 7)},
                           ConflictPolicy::update)) == "update:9 unchanged:5 update:4 | 7");
  const KnownAlteration one{content_digest(a("1")), 7, content_digest(a("y"))};
  // Two that show one id: what is meant is the one that is stored so, first or not.
  BOOST_TEST(shown(planned({a("1")}, {a("x", 7), a("y", 7)}, ConflictPolicy::skip, {{one}, {}})) ==
             "unchanged:7 | 7");
  const auto plan = planned({a("1")}, {a("x", 7), a("y", 7)}, ConflictPolicy::skip, {{one}, {}});
  BOOST_TEST(content_digest(plan.extra.at(0)) == content_digest(a("x")));
}

BOOST_AUTO_TEST_CASE(many_namesakes_are_matched_in_their_order_and_once_each) {
  Webhooks source;
  Webhooks destination;
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    source.push_back(a("source-" + std::to_string(i)));
    destination.push_back(a("there-" + std::to_string(i), 10'000 - i));
    expected += "update:" + std::to_string(10'000 - i) + " ";
  }
  destination.push_back(a("one more", 5));
  BOOST_TEST(shown(planned(source, destination, ConflictPolicy::update)) == expected + "| 5");
}

BOOST_AUTO_TEST_CASE(what_may_be_there_already_is_held_and_says_so) {
  const KnownOfAccount known{{}, {{content_digest(a("1")), {7}}}};
  for (const auto policy :
       {ConflictPolicy::skip, ConflictPolicy::fail, ConflictPolicy::update, ConflictPolicy::duplicate}) {
    const auto plan = planned({a("1"), a("2")}, {a("x", 7), a("y", 8)}, policy, known);
    BOOST_TEST(plan.webhooks.at(0).warnings.at(0) ==
               "an earlier run sent it and could not tell whether this is it, stored differently");
    // Written over, it is this one whoever made it; all other conflicts are no doubts.
    BOOST_TEST(plan.webhooks[0].ambiguous == (policy != ConflictPolicy::update));
    BOOST_TEST(!plan.webhooks.at(1).ambiguous);
  }
  BOOST_TEST(!planned({a("1")}, {a("x", 7)}, ConflictPolicy::duplicate, known).writes());
}

BOOST_AUTO_TEST_CASE(what_may_be_one_of_two_of_different_aliases_is_not_written_over) {
  const auto b = sample("b", "2");
  const KnownOfAccount known{{}, {{content_digest(a("1")), {7}}, {content_digest(b), {7}}}};
  BOOST_TEST(shown(planned({a("1"), b}, {sample("c", "x", 7)}, ConflictPolicy::update, known)) ==
             "conflict:7 conflict:7 |");
}

BOOST_AUTO_TEST_CASE(what_is_known_to_be_stored_differently_is_not_what_is_unclear) {
  const KnownAlteration altered{content_digest(a("2")), 7, content_digest(a("x"))};
  const KnownAmbiguous ambiguous{content_digest(a("1")), {7}};
  BOOST_TEST(shown(planned({a("1"), a("2")}, {a("x", 7)}, ConflictPolicy::skip, {{altered}, {ambiguous}})) ==
             "create unchanged:7 |");
}

BOOST_AUTO_TEST_CASE(a_plan_that_was_carried_out_leaves_nothing_to_do_and_loses_nothing) {
  for (unsigned seed = 1; seed <= 300; ++seed)
    for (const auto policy :
         {ConflictPolicy::skip, ConflictPolicy::fail, ConflictPolicy::update, ConflictPolicy::duplicate})
      BOOST_TEST_CONTEXT("seed " << seed << ", policy " << static_cast<int>(policy)) {
        check_random_accounts(seed, policy);
      }
}

BOOST_AUTO_TEST_SUITE_END()
