#include "plan/approved_plan.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "core/crypto.hpp"
#include "core/failure.hpp"
#include "json/build.hpp"
#include "plan/plan.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using namespace hookferry;
using hookferry::test::sample;
using State = LedgerEntry::State;

namespace {

Webhook a(const std::string& url, std::int64_t id) { return sample("a", url, id); }

const std::string key = "the key of the plan";

ApprovedPlan example() {
  ApprovedPlan out;
  out.made_at = 1'700'000'000'000;
  out.number = "0123";
  out.command = "mirror";
  out.source = {"eu", "https://eu.test", "", {"", "0123", "1"}};
  out.destination = {"us", "https://us.test", "", {"", "4567", ""}};
  out.options = {{"only", "ops-*"}, {"only", "a\"b"}, {"no-rewrite", ""}};
  out.overlay = "89ab";
  out.salt = "salt";
  out.source_webhooks = items_of({a("1", 5), sample("no id", "2")}, key);
  out.destination_webhooks = items_of({a("3", 7)}, key);
  out.plan = "cdef";
  return out;
}

std::string changes(const std::vector<Webhook>& then, const std::vector<Webhook>& now) {
  std::string out;
  for (const auto& line : changes_since(items_of(then, "s"), items_of(now, "s"), "source"))
    out += (out.empty() ? "" : "; ") + line;
  return out;
}

int refused(const std::string& text) {
  try {
    read_approved_plan(text, "plan");
  } catch (const Failure& failure) {
    return static_cast<int>(failure.cause);
  }
  return 0;
}

LedgerEntry entry(Action action, State state, std::int64_t id, const std::string& stored,
                  const std::string& before = {}) {
  LedgerEntry out;
  out.action = action;
  out.state = state;
  out.identity = {"a", 0};
  out.destination_id = id;
  if (state == State::arrived) out.stored = content_digest(sample("a", stored));
  if (!before.empty()) out.before = a(before, id).text.str();
  return out;
}

/// "5:old 7:x"
std::string before_them(const std::vector<LedgerEntry>& entries, const std::vector<Webhook>& present,
                        const std::string& command = "apply") {
  LedgerRun run;
  run.header.command = command;
  run.entries = entries;
  std::string out;
  for (const auto& webhook : before_those_runs({run}, present)) {
    const auto document = json::Document::over(webhook.text.view());
    out +=
        (out.empty() ? "" : " ") + std::to_string(*webhook.id) + ":" + document.root().find("url")->string();
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(approved_plan)

BOOST_AUTO_TEST_CASE(a_plan_is_read_as_it_was_written) {
  const auto then = example();
  const auto text = write_approved_plan(then, key);
  auto now = read_approved_plan(text, "plan");
  BOOST_TEST(now.options.empty());
  BOOST_REQUIRE(unseal(now, key));
  BOOST_TEST(text.find("ops-*") == std::string::npos);
  BOOST_TEST(now.made_at == then.made_at);
  BOOST_TEST(now.number == then.number);
  BOOST_TEST(now.command == then.command);
  BOOST_TEST(now.source.name == then.source.name);
  BOOST_TEST(now.source.identity.company == then.source.identity.company);
  BOOST_TEST(now.destination.url == then.destination.url);
  BOOST_TEST(now.destination.identity.key == then.destination.identity.key);
  BOOST_TEST((now.options == then.options));
  BOOST_TEST(now.overlay == then.overlay);
  BOOST_TEST(now.plan == then.plan);
  BOOST_TEST(changes_since(then.source_webhooks, now.source_webhooks, "source").empty());
  BOOST_TEST(changes_since(then.destination_webhooks, now.destination_webhooks, "destination").empty());
}

BOOST_AUTO_TEST_CASE(layout_may_change_and_every_other_edit_is_refused) {
  const auto text = write_approved_plan(example(), key);
  const auto document = json::Document::parse(text);
  BOOST_TEST(refused(json::compact(document.root())) == 0);
  for (const std::string part :
       {"\"mirror\"", "\"eu\"", "https://us.test", "\"89ab\"", "\"cdef\"", "\"made_at\": 1700000000000",
        "\"number\": \"0123\"", "\"salt\": \"salt\"", "\"id\": 5", "\"alias\": \"a\""}) {
    BOOST_TEST_CONTEXT(part) {
      auto edited = text;
      const auto at = edited.find(part);
      BOOST_REQUIRE(at != std::string::npos);
      edited[at + part.size() - 2] = edited[at + part.size() - 2] == '7' ? '8' : '7';
      BOOST_TEST(refused(edited) == 65);
    }
  }
  for (const std::string other : {"", "[]", "{}", "hello", "{\"hookferry_plan\":1}", "{\"hookferry_plan\":3}",
                                  "{\"hookferry_plan\":4}"})
    BOOST_TEST(refused(other) == 65, other);
}

BOOST_AUTO_TEST_CASE(who_edits_a_plan_and_makes_its_checksum_right_cannot_make_its_seal) {
  auto then = read_approved_plan(write_approved_plan(example(), key), "plan");
  BOOST_TEST(unseal(then, key));
  BOOST_TEST(!unseal(then, "another"));
  auto edited = example();
  edited.options = {{"overlay", "/somebody/else"}};
  auto forged = read_approved_plan(write_approved_plan(edited, "what the forger has"), "plan");
  BOOST_TEST(!unseal(forged, key));
  forged.seal = then.seal;
  BOOST_TEST(!unseal(forged, key));
  // Options are taken from no other file of the same key either.
  auto other = then;
  other.encrypted_options = forged.encrypted_options;
  BOOST_TEST(!unseal(other, key));
}

BOOST_AUTO_TEST_CASE(digests_are_no_plain_ones_that_likely_contents_could_be_tried_on) {
  const auto webhook = a("1", 5);
  const auto digest = items_of({webhook}, key)[0].digest;
  for (const std::string& plain :
       {content(webhook), "salt\n" + content(webhook), "webhook\n" + content(webhook)})
    BOOST_TEST(digest != sha256_hex(plain));
  BOOST_TEST(digest == hmac_sha256_hex(key, "webhook\n" + content(webhook)));
}

BOOST_AUTO_TEST_CASE(digests_of_two_files_cannot_be_held_against_each_other) {
  BOOST_TEST(items_of({a("1", 5)}, "one")[0].digest != items_of({a("1", 5)}, "two")[0].digest);
}

BOOST_AUTO_TEST_CASE(what_has_changed_is_named_by_alias_and_id) {
  struct Case {
    std::vector<Webhook> then, now;
    std::string expected;
  };
  const std::vector<Case> cases = {
      {{a("1", 5)}, {a("1", 5)}, ""},
      {{a("1", 5)}, {a("2", 5)}, "the source's \"a\" (slack) with id 5 has changed"},
      {{a("1", 5)}, {}, "the source's \"a\" (slack) with id 5 is gone"},
      {{}, {a("1", 5)}, "the source's \"a\" (slack) with id 5 is new"},
      {{a("1", 5)},
       {a("1", 6)},
       "the source's \"a\" (slack) with id 5 is gone; the source's \"a\" (slack) with id 6 is new"},
      {{sample("x", "1"), sample("y", "2")}, {sample("y", "2"), sample("x", "1")}, ""},
      {{sample("x", "1")}, {sample("x", "2")}, "the source's \"x\" (slack) has changed"},
      {{sample("x", "1"), sample("x", "1")}, {sample("x", "1")}, "the source's \"x\" (slack) is gone"},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) BOOST_TEST_CONTEXT("row " << i)
  BOOST_TEST(changes(cases[i].then, cases[i].now) == cases[i].expected);
}

BOOST_AUTO_TEST_CASE(the_plans_digest_follows_what_it_does_and_not_what_stays) {
  const auto digest = [](const std::vector<Webhook>& source, const std::vector<Webhook>& destination,
                         ConflictPolicy policy = ConflictPolicy::skip) {
    return plan_digest(make_plan(transform::transform(source, {}), destination, policy), {}, "s");
  };
  const auto base = digest({a("1", 5)}, {a("2", 7)});
  BOOST_TEST(digest({a("1", 5)}, {a("2", 7)}) == base);
  BOOST_TEST(digest({a("1", 5)}, {a("2", 7), sample("extra", "3", 8)}) == base);
  BOOST_TEST(digest({a("1", 5)}, {a("2", 7)}, ConflictPolicy::update) != base);
  BOOST_TEST(digest({a("1", 6)}, {a("2", 7)}) != base);
  BOOST_TEST(digest({a("1", 5)}, {a("3", 7)}) != base);
  BOOST_TEST(digest({a("1", 5)}, {a("2", 8)}) != base);
}

BOOST_AUTO_TEST_CASE(the_plans_digest_follows_its_time_and_number) {
  const auto base = plan_digest({}, example(), "s");
  auto other = example();
  other.made_at += 1;
  BOOST_TEST(plan_digest({}, other, "s") != base);
  other = example();
  other.number = "0124";
  BOOST_TEST(plan_digest({}, other, "s") != base);
}

BOOST_AUTO_TEST_CASE(an_account_is_seen_as_it_was_before_runs_as_far_as_it_is_as_they_left_it) {
  BOOST_TEST(before_them({entry(Action::create, State::arrived, 7, "1")}, {a("0", 5), a("1", 7)}) == "5:0");
  BOOST_TEST(before_them({entry(Action::create, State::arrived, 7, "1")}, {a("2", 7)}) == "7:2");
  BOOST_TEST(before_them({entry(Action::update, State::arrived, 5, "1", "old")}, {a("1", 5)}) == "5:old");
  BOOST_TEST(before_them({entry(Action::update, State::arrived, 5, "1", "old")}, {a("2", 5)}) == "5:2");
  BOOST_TEST(before_them({entry(Action::remove, State::removed, 5, "", "old")}, {a("1", 7)}) == "5:old 7:1");
  BOOST_TEST(before_them({entry(Action::remove, State::planned, 5, "", "old")}, {}) == "");
  BOOST_TEST(before_them({entry(Action::unchanged, State::planned, 5, "")}, {a("1", 5)}) == "5:1");
  BOOST_TEST(before_them({entry(Action::remove, State::removed, 5, "")}, {a("1", 7)}) == "7:1");
  BOOST_TEST(before_them({entry(Action::update, State::arrived, 5, "1")}, {a("1", 5)}) == "5:1");
}

BOOST_AUTO_TEST_CASE(what_an_undo_did_is_not_taken_off_the_account_again) {
  BOOST_TEST(before_them({entry(Action::remove, State::removed, 7, "")}, {a("0", 5)}, "undo") == "5:0");
  BOOST_TEST(before_them({entry(Action::update, State::arrived, 5, "old", "1")}, {a("old", 5)}, "undo") ==
             "5:old");
  BOOST_TEST(before_them({entry(Action::create, State::arrived, 8, "old")}, {a("old", 8)}, "undo") ==
             "8:old");
}

BOOST_AUTO_TEST_SUITE_END()
