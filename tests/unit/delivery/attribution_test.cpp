#include "delivery/delivery.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "delivery/execution.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using hookferry::Attribution;
using hookferry::digest_of;
using hookferry::Evidence;
using hookferry::Operation;
using hookferry::SentWebhook;
using hookferry::Sha256;
using hookferry::SnapshotEntry;
using hookferry::Webhook;
using hookferry::test::parse_webhook;
using hookferry::test::sample;

namespace {

using Ids = std::set<std::int64_t>;

Webhook a(const std::string& url, std::int64_t id) { return sample("a", url, id); }

/// The same, changed by somebody since it was made.
Webhook modified_after_creation(const Webhook& webhook) {
  return parse_webhook(std::string(webhook.text.view().substr(0, webhook.text.view().rfind('}'))) +
                       R"(,"created_at":"2026-01-01","updated_at":"2026-01-02"})");
}

/// Keeps it until the tests end.
const Operation& held(Operation operation) {
  static std::deque<Operation> all;
  return all.emplace_back(std::move(operation));
}

/// A webhook that was sent to be created.
SentWebhook created(const Webhook& webhook, std::optional<std::int64_t> answered = std::nullopt) {
  Operation operation;
  operation.identity = webhook.identity;
  operation.content = digest_of(webhook);
  SentWebhook out;
  out.operation = &held(std::move(operation));
  out.answered_id = answered;
  out.confirmed = answered.has_value();
  return out;
}

SentWebhook a(const std::string& url) { return created(sample("a", url)); }
SentWebhook answered(const std::string& url, std::int64_t id) { return created(sample("a", url), id); }

/// Confirmed by an answer that did not tell its id.
SentWebhook confirmed(SentWebhook sent) {
  sent.confirmed = true;
  return sent;
}

SentWebhook update(std::int64_t id, const std::string& before, const std::string& url) {
  auto out = a(url);
  auto operation = *out.operation;
  operation.id = id;
  operation.before = digest_of(sample("a", before));
  out.operation = &held(std::move(operation));
  return out;
}

Attribution attributed(const std::vector<SentWebhook>& sent, const Ids& present,
                       const std::vector<Webhook>& reading) {
  return attribute(
      sent, [&](const SnapshotEntry& entry) { return !present.contains(entry.id); },
      hookferry::snapshot_of(reading, 0).webhooks);
}

/// For each sent the id that it has now: "7" as it was sent, by its id, "7=" by its content alone, "7~"
/// stored differently, "7!" changed by somebody since, "7<" of before it was sent; "-" where it is not there,
/// "?7,8" where one of these may be it.
std::string shown(const std::vector<SentWebhook>& sent, const Attribution& attribution) {
  const std::map<Evidence, std::string> marks = {
      {Evidence::id, ""}, {Evidence::content, "="}, {Evidence::changed, "!"}, {Evidence::existed, "<"}};
  std::string out;
  BOOST_REQUIRE(attribution.arrivals.size() == sent.size());
  BOOST_REQUIRE(attribution.candidates.size() == sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto& arrival = attribution.arrivals[i];
    const auto& candidates = attribution.candidates[i];
    out += out.empty() ? "" : " ";
    if (arrival) {
      const bool as_sent = arrival->content == sent[i].content();
      out += std::to_string(arrival->id) + marks.at(arrival->evidence);
      if (!as_sent && arrival->evidence != Evidence::changed) out += "~";
    } else if (candidates.empty()) {
      out += "-";
    }
    for (std::size_t k = 0; k < candidates.size(); ++k)
      out += (k == 0 ? "?" : ",") + std::to_string(candidates[k]);
  }
  return out;
}

struct Case {
  std::vector<SentWebhook> sent;
  Ids present;
  std::vector<Webhook> reading;
  std::string expected;
};

void check(const std::vector<Case>& cases) {
  for (std::size_t i = 0; i < cases.size(); ++i) BOOST_TEST_CONTEXT("row " << i) {
      const auto& [sent, present, webhooks, expected] = cases[i];
      BOOST_TEST(shown(sent, attributed(sent, present, webhooks)) == expected);
    }
}

/// Some of what was sent arrives; the reading shows it in any order, among what was there before.
void check_random_arrivals(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<SentWebhook> sent;
  std::vector<Webhook> reading;
  Ids present;
  std::map<Sha256, int> arrived, found;
  std::map<std::int64_t, Sha256> fresh;
  std::int64_t id = 1;
  for (auto left = random() % 6; left > 0; --left) {
    reading.push_back(a(std::to_string(random() % 3), id));
    present.insert(id++);
  }
  for (auto left = random() % 12; left > 0; --left) {
    const auto url = std::to_string(random() % 3);
    const bool arrives = random() % 2 == 0;
    const bool answers = arrives && random() % 3 == 0;
    sent.push_back(answers ? answered(url, id) : a(url));
    if (!arrives) continue;
    ++arrived[sent.back().content()];
    fresh[id] = sent.back().content();
    reading.push_back(a(url, id++));
  }
  std::shuffle(reading.begin(), reading.end(), random);
  const auto attribution = attributed(sent, present, reading);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    BOOST_TEST(attribution.candidates[i].empty());
    const auto& arrival = attribution.arrivals[i];
    if (sent[i].answered_id) BOOST_TEST((arrival && arrival->id == *sent[i].answered_id));
    if (!arrival) continue;
    ++found[sent[i].content()];
    BOOST_TEST((arrival->content == sent[i].content()));
    BOOST_TEST((arrival->evidence == (sent[i].answered_id ? Evidence::id : Evidence::content)));
    BOOST_TEST((fresh[arrival->id] == sent[i].content()));
    fresh.erase(arrival->id);  // none is found twice
  }
  BOOST_TEST((found == arrived));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attribution)

BOOST_AUTO_TEST_CASE(equal_webhooks_that_were_there_before_are_subtracted_by_count) {
  check({{{}, {}, {a("1", 7)}, ""},
         {{a("1")}, {}, {}, "-"},
         {{a("1"), a("2")}, {}, {a("2", 7)}, "- 7="},
         {{a("1"), a("2")}, {}, {a("2", 7), a("1", 8)}, "8= 7="},
         {{a("1")}, {7}, {a("1", 7)}, "-"},
         {{a("1")}, {7}, {a("1", 7), a("1", 8)}, "8="},
         {{a("1")}, {7}, {a("1", 8)}, "8="},
         {{a("1"), a("1"), a("1")}, {}, {a("1", 7), a("1", 8)}, "7= 8= -"},
         {{a("1"), a("1"), a("1")}, {7}, {a("1", 7), a("1", 8)}, "8= - -"},
         {{a("1"), a("1")}, {7, 8}, {a("1", 7), a("1", 8), a("1", 9), a("1", 10)}, "9= 10="},
         {{a("1")}, {}, {a("1", 7), a("1", 8)}, "7="},
         {{a("1")}, {}, {sample("b", "1", 7), sample("a", "1", 8, 1)}, "-"},
         {{a("1")}, {}, {sample("a", "1"), a("1", 8)}, "8="}});
}

BOOST_AUTO_TEST_CASE(an_id_from_a_response_belongs_to_one_webhook) {
  check({{{answered("1", 7)}, {}, {a("1", 7)}, "7"},
         {{a("1"), answered("1", 7)}, {}, {a("1", 7)}, "- 7"},
         {{answered("1", 7), a("1")}, {}, {a("1", 7)}, "7 -"},
         {{a("1"), answered("1", 7)}, {}, {a("1", 7), a("1", 8)}, "8= 7"},
         {{answered("1", 9), answered("1", 8), answered("1", 7)},
          {},
          {a("1", 7), a("1", 8), a("1", 9)},
          "9 8 7"},
         {{a("1"), answered("2", 7)}, {}, {a("1", 7)}, "- 7~"},
         {{answered("2", 7), a("1")}, {}, {a("x", 7), a("1", 8)}, "7~ 8="},
         // Nor may it be somebody else's, where what stands there is not what was sent.
         {{a("2"), answered("1", 7)}, {}, {sample("renamed", "1", 7)}, "- ?7"}});
}

/// The id may be hidden, or may not exist: until a reading is certain nothing is said of the equal ones.
BOOST_AUTO_TEST_CASE(beside_a_confirmed_id_that_is_not_to_be_seen_an_equal_one_waits_for_certainty) {
  const std::vector<SentWebhook> sent = {a("1"), answered("1", 99)};
  const auto reading = hookferry::snapshot_of({a("1", 7)}, 0);
  const auto ours = [](const SnapshotEntry&) { return true; };
  for (const bool certain : {false, true}) {
    const auto out = hookferry::attribute(sent, ours, reading.webhooks, certain);
    BOOST_TEST(out.arrivals[0].has_value() == certain);
    BOOST_TEST(!out.arrivals[1]);
  }
}

BOOST_AUTO_TEST_CASE(swapped_ids_in_a_response_are_matched_by_content) {
  check({{{answered("1", 8), answered("2", 7)}, {}, {a("1", 7), a("2", 8)}, "7 8"},
         {{answered("1", 8), answered("2", 9), answered("3", 7)},
          {},
          {a("1", 7), a("2", 8), a("3", 9)},
          "7 8 9"},
         {{answered("1", 8), created(sample("b", "1"), 7)}, {}, {a("1", 7), sample("b", "1", 8)}, "7 8"}});
}

/// The other id stands for the other one, then, as the server stores it; nothing else tells that.
BOOST_AUTO_TEST_CASE(an_altered_webhook_among_swapped_ids_may_have_arrived) {
  check({{{answered("1", 7), answered("2", 8)}, {}, {a("2", 7), a("x", 8)}, "?8 7"},
         {{answered("1", 7), answered("2", 8)}, {}, {a("x", 7), a("1", 8)}, "8 ?7"},
         {{answered("1", 7), created(sample("b", "1"), 8)}, {}, {sample("b", "1", 7), a("x", 8)}, "?8 7"},
         {{answered("1", 7), answered("2", 8)}, {}, {a("2", 7)}, "- 7="}});
}

BOOST_AUTO_TEST_CASE(an_id_that_does_not_exist_does_not_hide_what_arrived) {
  check({{{answered("1", 99)}, {}, {a("1", 7)}, "7="},
         {{answered("1", 99)}, {}, {}, "-"},
         {{answered("1", 99)}, {7}, {a("1", 7)}, "-"},
         {{answered("1", 7)}, {7}, {a("1", 7)}, "-"},
         {{answered("1", 7)}, {7}, {a("1", 7), a("1", 8)}, "8="},
         // It may exist and not be shown: something else beside it tells nothing.
         {{answered("1", 99)}, {}, {a("x", 7)}, "-"},
         {{answered("1", 98), answered("1", 99)}, {}, {a("1", 7)}, "7= -"}});
}

BOOST_AUTO_TEST_CASE(of_equal_ones_those_that_the_server_confirmed_are_there) {
  check({{{a("1"), confirmed(a("1"))}, {}, {a("1", 7)}, "- 7="},
         {{confirmed(a("1")), a("1")}, {}, {a("1", 7)}, "7= -"},
         {{a("1"), confirmed(a("1")), answered("1", 8)}, {}, {a("1", 7), a("1", 8)}, "- 7= 8"}});
}

BOOST_AUTO_TEST_CASE(what_is_stored_differently_is_known_by_its_id_alone) {
  check({{{answered("1", 7)}, {}, {a("x", 7)}, "7~"},
         {{answered("1", 7), answered("1", 8)}, {}, {a("x", 8), a("y", 7)}, "7~ 8~"},
         {{a("1")}, {}, {a("x", 7)}, "?7"},
         {{a("1")}, {7}, {a("x", 7)}, "-"},
         {{a("1")}, {7}, {a("x", 7), a("y", 8)}, "?8"},
         {{a("1"), a("2")}, {}, {a("2", 7), a("x", 8)}, "?8 7="},
         {{a("1")}, {}, {sample("b", "x", 7), sample("a", "x", 8, 1)}, "-"},
         {{a("1"), created(sample("b", "1"))}, {}, {sample("b", "x", 7), a("x", 8)}, "?8 ?7"}});
}

BOOST_AUTO_TEST_CASE(an_id_with_another_alias_or_type_may_be_ours_or_another_clients) {
  check({{{answered("1", 7)}, {}, {sample("renamed", "1", 7)}, "?7"},
         {{answered("1", 7)}, {}, {sample("a", "1", 7, 1)}, "?7"},
         {{answered("1", 7)}, {}, {sample("renamed", "1", 7), a("x", 8)}, "?8,7"},
         {{answered("1", 7)}, {}, {sample("renamed", "1", 7), a("1", 8)}, "8="},
         {{answered("1", 7)}, {7}, {sample("renamed", "1", 7)}, "-"}});
}

BOOST_AUTO_TEST_CASE(a_later_change_by_another_client_is_not_an_alteration_by_the_server) {
  check({{{answered("1", 7)}, {}, {modified_after_creation(a("x", 7))}, "7!"},
         {{answered("1", 7)}, {}, {modified_after_creation(a("1", 7))}, "7"},
         {{a("1")}, {}, {modified_after_creation(a("x", 7))}, "?7"},
         {{a("1")}, {}, {modified_after_creation(a("1", 7))}, "7="},
         // An update is a change itself.
         {{confirmed(update(5, "old", "1"))}, {5}, {modified_after_creation(a("x", 5))}, "5~"}});
}

BOOST_AUTO_TEST_CASE(new_namesakes_with_other_content_are_no_arrivals_however_many_there_are) {
  const std::vector<Webhook> one = {a("x", 7)};
  const auto sure = confirmed(a("1"));
  check({{{a("1")}, {}, {a("x", 7), a("y", 8)}, "?7,8"},
         {{a("1"), a("2")}, {}, {a("x", 7), a("y", 8), a("z", 9)}, "?7,8,9 ?7,8,9"},
         {{a("1"), a("2")}, {}, {a("2", 6), a("x", 7), a("y", 8)}, "?7,8 6="},
         {{sure}, {}, {a("x", 7), a("y", 8)}, "?7,8"},
         // As many as were sent, or fewer: they may be somebody else's all the same.
         {{sure}, {}, one, "?7"},
         {{a("1"), a("2")}, {}, one, "?7 ?7"},
         {{a("1"), a("2"), a("3")}, {}, {a("x", 7), a("y", 8)}, "?7,8 ?7,8 ?7,8"},
         {{a("2"), sure}, {}, one, "?7 ?7"},
         {{sure, a("2")}, {}, one, "?7 ?7"},
         {{a("2"), sure, a("3")}, {}, {a("x", 7), a("y", 8)}, "?7,8 ?7,8 ?7,8"}});
}

BOOST_AUTO_TEST_CASE(an_update_is_looked_for_under_its_own_id_only) {
  const auto one = update(5, "old", "1");
  check({{{one}, {5}, {a("old", 5)}, "-"},
         {{one}, {5}, {a("1", 5)}, "5"},
         {{one}, {5}, {}, "-"},
         {{one}, {5}, {a("old", 5), a("1", 6)}, "-"},
         {{one, a("1")}, {5}, {a("old", 5), a("1", 6)}, "- 6="},
         {{a("1"), one}, {5}, {a("1", 5)}, "- 5"},
         {{one, update(6, "old", "1")}, {5, 6}, {a("1", 6), a("old", 5)}, "- 6"}});
}

BOOST_AUTO_TEST_CASE(a_webhook_changed_in_the_place_of_an_update_is_that_update_only_where_it_was_confirmed) {
  const auto one = update(5, "old", "1");
  check({{{one}, {5}, {a("x", 5)}, "?5"},
         {{confirmed(one)}, {5}, {a("x", 5)}, "5~"},
         {{confirmed(one)}, {5}, {a("old", 5)}, "5~"},  // the server stores it as it was
         {{one}, {5}, {sample("renamed", "1", 5)}, "?5"},
         {{confirmed(one)}, {5}, {sample("renamed", "1", 5)}, "5!"},
         {{confirmed(one)}, {5}, {sample("a", "1", 5, 1)}, "5!"}});
}

BOOST_AUTO_TEST_CASE(an_arrival_says_what_is_stored) {
  const auto attribution = attributed({answered("1", 7), a("2")}, {}, {a("x", 7), a("2", 8)});
  BOOST_REQUIRE((attribution.arrivals[0] && attribution.arrivals[1]));
  BOOST_TEST((attribution.arrivals[0]->content == digest_of(sample("a", "x"))));
  BOOST_TEST((attribution.arrivals[1]->content == digest_of(sample("a", "2"))));
}

BOOST_AUTO_TEST_CASE(whatever_subset_arrives_it_is_counted_exactly) {
  for (unsigned seed = 1; seed <= 500; ++seed) BOOST_TEST_CONTEXT("seed " << seed) {
      check_random_arrivals(seed);
    }
}

BOOST_AUTO_TEST_SUITE_END()
