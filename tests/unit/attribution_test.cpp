#include "migration/attribution.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "sample_webhooks.hpp"

using hookferry::Attribution;
using hookferry::content_digest;
using hookferry::Reading;
using hookferry::SentWebhook;
using hookferry::Webhook;
using hookferry::test::sample;

namespace {

using Ids = std::set<std::int64_t>;

Webhook a(const std::string& url, std::int64_t id) { return sample("a", url, id); }

/// A webhook that was sent to be created.
SentWebhook created(const Webhook& webhook, std::optional<std::int64_t> answered = std::nullopt) {
  SentWebhook out;
  out.identity = webhook.identity;
  out.content = content_digest(webhook);
  out.answered_id = answered;
  out.confirmed = answered.has_value();
  return out;
}

SentWebhook a(const std::string& url) { return created(sample("a", url)); }
SentWebhook answered(const std::string& url, std::int64_t id) { return created(sample("a", url), id); }

/// Confirmed by an answer that did not tell its id.
SentWebhook confirmed(const std::string& url) {
  auto out = a(url);
  out.confirmed = true;
  return out;
}

SentWebhook update(std::int64_t id, const std::string& before, const std::string& url) {
  auto out = a(url);
  out.update_of = id;
  out.content_before = content_digest(sample("a", before));
  return out;
}

/// For each sent the id that it has now, with '~' where it is stored differently; "-" where it is not there,
/// "?" where that cannot be told.
std::string shown(const Attribution& attribution) {
  std::string out;
  for (std::size_t i = 0; i < attribution.arrivals.size(); ++i) {
    const auto& arrival = attribution.arrivals[i];
    out += out.empty() ? "" : " ";
    if (arrival) out += std::to_string(arrival->id) + (arrival->as_sent ? "" : "~");
    if (attribution.ambiguous.at(i)) out += "?";
    if (!arrival && !attribution.ambiguous[i]) out += "-";
  }
  return out;
}

struct Case {
  std::vector<SentWebhook> sent;
  Ids present;
  std::vector<Webhook> reading;
  std::string expected;
};

void check(const std::vector<Case>& cases, std::initializer_list<Reading> readings) {
  for (std::size_t i = 0; i < cases.size(); ++i)
    for (const auto reading : readings)
      BOOST_TEST_CONTEXT("row " << i << (reading == Reading::final ? ", final" : ", early")) {
        const auto& [sent, present, webhooks, expected] = cases[i];
        BOOST_TEST(shown(attribute(sent, present, webhooks, reading)) == expected);
      }
}

/// Some of what was sent arrives; the reading shows it in any order, among what was there before.
void check_random_arrivals(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<SentWebhook> sent;
  std::vector<Webhook> reading;
  Ids present;
  std::map<std::string, int> arrived, found;
  std::map<std::int64_t, std::string> fresh;
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
    ++arrived[sent.back().content];
    fresh[id] = sent.back().content;
    reading.push_back(a(url, id++));
  }
  std::shuffle(reading.begin(), reading.end(), random);
  const auto attribution =
      attribute(sent, present, reading, random() % 2 == 0 ? Reading::early : Reading::final);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    BOOST_TEST(!attribution.ambiguous[i]);
    const auto& arrival = attribution.arrivals[i];
    if (sent[i].answered_id) BOOST_TEST((arrival && arrival->id == *sent[i].answered_id));
    if (!arrival) continue;
    ++found[sent[i].content];
    BOOST_TEST(arrival->as_sent);
    BOOST_TEST(fresh[arrival->id] == sent[i].content);
    fresh.erase(arrival->id);  // none is found twice
  }
  BOOST_TEST((found == arrived));
}

constexpr auto any_time = {Reading::early, Reading::final};

}  // namespace

BOOST_AUTO_TEST_SUITE(attribution)

BOOST_AUTO_TEST_CASE(what_was_there_before_is_taken_off_and_equal_ones_are_told_by_number) {
  check({{{}, {}, {a("1", 7)}, ""},
         {{a("1")}, {}, {}, "-"},
         {{a("1"), a("2")}, {}, {a("2", 7)}, "- 7"},
         {{a("1"), a("2")}, {}, {a("2", 7), a("1", 8)}, "8 7"},
         {{a("1")}, {7}, {a("1", 7)}, "-"},
         {{a("1")}, {7}, {a("1", 7), a("1", 8)}, "8"},
         {{a("1")}, {7}, {a("1", 8)}, "8"},
         {{a("1"), a("1"), a("1")}, {}, {a("1", 7), a("1", 8)}, "7 8 -"},
         {{a("1"), a("1"), a("1")}, {7}, {a("1", 7), a("1", 8)}, "8 - -"},
         {{a("1"), a("1")}, {7, 8}, {a("1", 7), a("1", 8), a("1", 9), a("1", 10)}, "9 10"},
         {{a("1")}, {}, {a("1", 7), a("1", 8)}, "7"},
         {{a("1")}, {}, {sample("b", "1", 7), sample("a", "1", 8, 1)}, "-"},
         {{a("1")}, {}, {sample("a", "1"), a("1", 8)}, "8"}},
        any_time);
}

BOOST_AUTO_TEST_CASE(an_id_that_an_answer_gave_is_nobody_elses) {
  check({{{answered("1", 7)}, {}, {a("1", 7)}, "7"},
         {{a("1"), answered("1", 7)}, {}, {a("1", 7)}, "- 7"},
         {{answered("1", 7), a("1")}, {}, {a("1", 7)}, "7 -"},
         {{a("1"), answered("1", 7)}, {}, {a("1", 7), a("1", 8)}, "8 7"},
         {{answered("1", 9), answered("1", 8), answered("1", 7)},
          {},
          {a("1", 7), a("1", 8), a("1", 9)},
          "9 8 7"},
         {{a("1"), answered("2", 7)}, {}, {a("1", 7)}, "- 7~"},
         {{answered("2", 7), a("1")}, {}, {a("x", 7), a("1", 8)}, "7~ 8"}},
        any_time);
}

BOOST_AUTO_TEST_CASE(an_id_that_does_not_exist_does_not_hide_what_arrived) {
  check({{{answered("1", 99)}, {}, {a("1", 7)}, "7"},
         {{answered("1", 99)}, {}, {}, "-"},
         {{answered("1", 99)}, {7}, {a("1", 7)}, "-"},
         {{answered("1", 98), answered("1", 99)}, {}, {a("1", 7)}, "7 -"}},
        any_time);
}

BOOST_AUTO_TEST_CASE(what_is_stored_differently_is_known_by_its_id_or_as_the_only_one_of_its_alias_and_type) {
  check({{{answered("1", 7)}, {}, {a("x", 7)}, "7~"},
         {{answered("1", 7), answered("1", 8)}, {}, {a("x", 8), a("y", 7)}, "7~ 8~"},
         {{answered("1", 7)}, {}, {sample("renamed", "1", 7)}, "7~"},
         {{a("1")}, {}, {a("x", 7)}, "7~"},
         {{a("1")}, {7}, {a("x", 7)}, "-"},
         {{a("1")}, {7}, {a("x", 7), a("y", 8)}, "8~"},
         {{a("1"), a("2")}, {}, {a("2", 7), a("x", 8)}, "8~ 7"},
         {{a("1")}, {}, {sample("b", "x", 7), sample("a", "x", 8, 1)}, "-"},
         {{a("1"), created(sample("b", "1"))}, {}, {sample("b", "x", 7), a("x", 8)}, "8~ 7~"}},
        any_time);
}

BOOST_AUTO_TEST_CASE(where_more_namesakes_are_new_than_were_sent_none_is_taken) {
  check({{{a("1")}, {}, {a("x", 7), a("y", 8)}, "?"},
         {{a("1"), a("2")}, {}, {a("x", 7), a("y", 8), a("z", 9)}, "? ?"},
         {{a("1"), a("2")}, {}, {a("2", 6), a("x", 7), a("y", 8)}, "? 6"},
         {{confirmed("1")}, {}, {a("x", 7), a("y", 8)}, "?"}},
        any_time);
}

BOOST_AUTO_TEST_CASE(where_fewer_namesakes_are_new_they_are_counted_once_nothing_more_can_come) {
  const std::vector<Webhook> one = {a("x", 7)};
  check({{{a("1"), a("2")}, {}, one, "? ?"}, {{confirmed("1"), a("2")}, {}, one, "? ?"}}, {Reading::early});
  check({{{a("1"), a("2")}, {}, one, "7~ ?"},
         {{a("1"), a("2"), a("3")}, {}, {a("x", 7), a("y", 8)}, "7~ 8~ ?"},
         // The one that the server confirmed is the one that is there, so the other is not.
         {{a("1"), confirmed("2")}, {}, one, "- 7~"},
         {{confirmed("1"), a("2")}, {}, one, "7~ -"},
         {{a("1"), confirmed("2"), a("3")}, {}, {a("x", 7), a("y", 8)}, "8~ 7~ ?"}},
        {Reading::final});
}

BOOST_AUTO_TEST_CASE(an_update_is_looked_for_under_its_own_id_only) {
  check({{{update(5, "old", "1")}, {5}, {a("old", 5)}, "-"},
         {{update(5, "old", "1")}, {5}, {a("1", 5)}, "5"},
         {{update(5, "old", "1")}, {5}, {a("x", 5)}, "5~"},
         {{update(5, "old", "1")}, {5}, {}, "-"},
         {{update(5, "old", "1")}, {5}, {a("old", 5), a("1", 6)}, "-"},
         {{update(5, "old", "1"), a("1")}, {5}, {a("old", 5), a("1", 6)}, "- 6"},
         {{a("1"), update(5, "old", "1")}, {5}, {a("1", 5)}, "- 5"},
         {{update(5, "old", "1"), update(6, "old", "1")}, {5, 6}, {a("1", 6), a("old", 5)}, "- 6"}},
        any_time);
}

BOOST_AUTO_TEST_CASE(an_arrival_says_what_is_stored) {
  const auto attribution = attribute({answered("1", 7), a("2")}, {}, {a("x", 7), a("2", 8)}, Reading::final);
  BOOST_REQUIRE((attribution.arrivals[0] && attribution.arrivals[1]));
  BOOST_TEST(attribution.arrivals[0]->content == content_digest(sample("a", "x")));
  BOOST_TEST(attribution.arrivals[1]->content == content_digest(sample("a", "2")));
}

BOOST_AUTO_TEST_CASE(whatever_subset_arrives_it_is_counted_exactly) {
  for (unsigned seed = 1; seed <= 500; ++seed) BOOST_TEST_CONTEXT("seed " << seed) {
      check_random_arrivals(seed);
    }
}

BOOST_AUTO_TEST_SUITE_END()
