#include "plan/plan.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using namespace hookferry;
using hookferry::test::parse_webhook;
using hookferry::test::sample;

namespace {

std::vector<TransformedWebhook> source_of(const std::vector<Webhook>& webhooks) {
  return transform::transform(webhooks, {});
}

bool anything(const Webhook&) { return true; }

/// "delete 7 9; extra 8; left 1"
std::string mirrored(const std::vector<Webhook>& source, const std::vector<Webhook>& destination,
                     const std::function<bool(const Webhook&)>& selected = anything,
                     const KnownOfAccount& known = {}) {
  auto plan = make_plan(source_of(source), destination, ConflictPolicy::update, known);
  const auto left = plan_deletions(plan, selected, known);
  std::string out;
  for (const auto& planned : plan.webhooks)
    if (planned.action == Action::remove) out += " " + std::to_string(*planned.existing->id);
  out = "delete" + out + "; extra";
  for (const auto& extra : plan.extra) out += " " + std::to_string(*extra.id);
  return out + "; left " + std::to_string(left.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mirror)

BOOST_AUTO_TEST_CASE(what_only_the_destination_has_is_deleted_behind_all_else) {
  const std::vector<Webhook> source = {sample("a", "1", 1), sample("b", "2", 2)};
  const std::vector<Webhook> destination = {sample("x", "9", 7), sample("a", "1", 8), sample("y", "9", 9)};
  BOOST_TEST(mirrored(source, destination) == "delete 7 9; extra; left 0");
  auto plan = make_plan(source_of(source), destination, ConflictPolicy::update);
  plan_deletions(plan, anything, {});
  BOOST_TEST((plan.webhooks[2].action == Action::remove));
  BOOST_TEST((plan.webhooks[3].action == Action::remove));
  BOOST_TEST(plan.changes() == 3u);
}

BOOST_AUTO_TEST_CASE(what_the_filters_do_not_select_is_neither_deleted_nor_counted) {
  const auto only_x = [](const Webhook& webhook) { return webhook.identity.alias == "x"; };
  BOOST_TEST(mirrored({}, {sample("x", "9", 7), sample("y", "9", 9)}, only_x) == "delete 7; extra; left 0");
}

BOOST_AUTO_TEST_CASE(what_is_matched_is_no_extra_whatever_becomes_of_it) {
  BOOST_TEST(mirrored({sample("a", "new", 1)}, {sample("a", "old", 7)}) == "delete; extra; left 0");
}

BOOST_AUTO_TEST_CASE(of_equal_ones_the_surplus_is_deleted) {
  BOOST_TEST(mirrored({sample("a", "1", 1)}, {sample("a", "1", 7), sample("a", "1", 8)}) ==
             "delete 8; extra; left 0");
}

BOOST_AUTO_TEST_CASE(what_an_earlier_run_may_have_sent_is_left) {
  KnownOfAccount known;
  known.ambiguous.push_back({content_digest(sample("gone", "from the source")), {7}});
  BOOST_TEST(mirrored({}, {sample("a", "1", 7), sample("b", "1", 8)}, anything, known) ==
             "delete 8; extra 7; left 1");
}

BOOST_AUTO_TEST_CASE(the_counterpart_of_an_invalid_webhook_is_left) {
  const auto no_type = parse_webhook(R"({"alias":"a","url":"x"})");
  BOOST_TEST(mirrored({no_type}, {sample("a", "1", 7), sample("b", "1", 8)}) == "delete 8; extra 7; left 1");
}

BOOST_AUTO_TEST_CASE(what_could_not_be_made_again_is_left) {
  const auto no_alias = parse_webhook(R"({"id":7,"integration_type_id":0,"url":"x"})");
  BOOST_TEST(mirrored({}, {no_alias, sample("b", "1", 8)}) == "delete 8; extra 7; left 1");
}

BOOST_AUTO_TEST_CASE(a_limit_is_a_number_or_a_percentage_rounded_up) {
  struct Case {
    std::string text;
    std::size_t held, allowed;
  };
  for (const auto& [text, held, allowed] : std::vector<Case>{{"30%", 10, 3},
                                                             {"30%", 11, 4},
                                                             {"30%", 1, 1},
                                                             {"30%", 0, 0},
                                                             {"0%", 10, 0},
                                                             {"100%", 7, 7},
                                                             {"0", 10, 0},
                                                             {"5", 2, 5}}) {
    BOOST_TEST_CONTEXT(text << " of " << held) {
      const auto limit = parse_delete_limit(text);
      BOOST_REQUIRE(limit.has_value());
      BOOST_TEST(limit->of(held) == allowed);
      BOOST_TEST(limit->text() == text);
    }
  }
  for (const std::string text : {"", "%", "-1", "101%", "1.5%", "30 %", "ten", "5%%", "99999999999999999999"})
    BOOST_TEST(!parse_delete_limit(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(deletions_up_to_the_limit_are_allowed) {
  Plan plan;
  plan.webhooks.resize(3);
  for (auto& planned : plan.webhooks) planned.action = Action::remove;
  plan.webhooks.emplace_back().action = Action::create;
  BOOST_TEST(!check_delete_limit(plan, {3, false}).has_value());
  plan.in_scope = 10;
  BOOST_TEST(!check_delete_limit(plan, {30, true}).has_value());
  plan.in_scope = 9;
  const auto refused = check_delete_limit(plan, {2, false});
  BOOST_REQUIRE(refused.has_value());
  BOOST_CHECK(refused->cause == Cause::incomplete);
  BOOST_TEST(refused->what() ==
             std::string("this plan deletes 3 of 9 webhooks; the limit is 2 (--max-delete 2)"));
  BOOST_TEST(refused->hint == "if intended, rerun with --max-delete 3");
  plan.in_scope = 6;
  BOOST_TEST(check_delete_limit(plan, {30, true}).has_value());
}

BOOST_AUTO_TEST_CASE(a_source_has_shrunk_where_it_is_empty_or_lost_more_than_half) {
  const auto shrunk = [](std::size_t now, std::optional<std::size_t> before) {
    return check_source_not_shrunk("eu1", now, before).has_value();
  };
  BOOST_TEST(shrunk(0, std::nullopt));
  BOOST_TEST(shrunk(0, 0));
  BOOST_TEST(shrunk(4, 9));
  BOOST_TEST(!shrunk(5, 10));
  BOOST_TEST(!shrunk(1, std::nullopt));
  BOOST_TEST(!shrunk(20, 10));
  BOOST_TEST(check_source_not_shrunk("eu1", 1, 9)->what() ==
             std::string("eu1 lists only 1 webhook; it had 9 at the last mirror; nothing was changed"));
}

BOOST_AUTO_TEST_SUITE_END()
