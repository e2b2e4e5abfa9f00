// What one reading after something was sent leaves behind.
#include "delivery/execution.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "delivery/run.hpp"
#include "plan/plan.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using namespace hookferry;
using hookferry::test::parse_webhook;
using hookferry::test::sample;

namespace {

std::vector<const Operation*> operations_of(const PlanWork& work) {
  std::vector<const Operation*> out;
  for (const auto& task : work.tasks) out.push_back(&task.operation);
  return out;
}

AccountBefore before_of(const std::vector<Webhook>& present) {
  AccountBefore out;
  for (const auto& webhook : present) out.present[*webhook.id] = digest_of(webhook);
  return out;
}

/// Of a plan that creates "new" and writes "updated" over 5, in an account that also holds 6.
struct Scene {
  std::vector<TransformedWebhook> source = {{sample("new", "1"), 1, {}, {}},
                                            {sample("updated", "2"), 2, {}, {}}};
  std::vector<Webhook> present = {sample("updated", "old", 5), sample("other", "3", 6)};
  Plan plan = make_plan(source, present, ConflictPolicy::update);
  PlanWork work = work_of(plan);
  Delivery delivery{operations_of(work), before_of(present), {}};
};

void take(ReadBack& back, const Webhook& webhook) {
  auto passing = webhook;
  back.take(std::move(passing));
}

Webhook of_company(const std::string& company, std::int64_t id) {
  return parse_webhook(R"({"id":)" + std::to_string(id) + R"(,"company_id":)" + company +
                       R"(,"alias":"c","integration_type_id":0})");
}

std::vector<std::int64_t> ids_of(const std::vector<Webhook>& webhooks) {
  std::vector<std::int64_t> out;
  for (const auto& webhook : webhooks) out.push_back(webhook.id.value());
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(read_back)

BOOST_AUTO_TEST_CASE(what_is_new_or_written_over_and_not_as_anything_sent_is_kept_with_its_text) {
  const Scene scene;
  ReadBack back(scene.work.tasks, scene.delivery, false);
  back.begin();
  take(back, sample("new", "altered", 50));
  take(back, sample("updated", "2", 5));  // as it was sent
  take(back, sample("other", "changed by somebody", 6));
  take(back, sample("new", "1", 51));
  take(back, sample("updated", "old", 5));  // a list may show one id twice
  const auto kept = back.server_changes();
  BOOST_TEST(ids_of(kept) == (std::vector<std::int64_t>{50, 5}), boost::test_tools::per_element());
  BOOST_TEST(kept[0].text.view() == sample("new", "altered", 50).text.view());
}

BOOST_AUTO_TEST_CASE(a_reading_is_in_the_order_of_ids_and_what_is_shown_twice_in_that_of_the_list) {
  const Scene scene;
  ReadBack back(scene.work.tasks, scene.delivery, false);
  back.begin();
  for (const auto& webhook : {sample("b", "1", 7), sample("a", "2", 5), sample("a", "3", 7)})
    take(back, webhook);
  const auto reading = back.snapshot(123);
  BOOST_TEST(reading.began == 123);
  BOOST_REQUIRE(reading.webhooks.size() == 3u);
  BOOST_TEST(reading.webhooks[0].id == 5);
  BOOST_TEST(reading.webhooks[1].identity.alias == "b");
  BOOST_TEST((reading.webhooks[2].content == digest_of(sample("a", "3"))));
}

BOOST_AUTO_TEST_CASE(a_reading_that_begins_anew_forgets_what_came_before) {
  const Scene scene;
  ReadBack back(scene.work.tasks, scene.delivery, true);
  back.begin();
  take(back, sample("new", "altered", 50));
  take(back, of_company("1", 2));
  take(back, sample("without an id", "1"));
  BOOST_TEST(back.without_id() == 1u);
  BOOST_TEST(back.company() == "1");
  back.begin();
  BOOST_TEST(back.without_id() == 0u);
  BOOST_TEST(back.company() == "");
  BOOST_TEST(back.server_changes().empty());
  BOOST_TEST(back.snapshot(0).webhooks.empty());
}

BOOST_AUTO_TEST_CASE(the_company_is_that_of_the_lowest_id_that_says_one) {
  const Scene scene;
  ReadBack back(scene.work.tasks, scene.delivery, false);
  back.begin();
  for (const auto& webhook :
       {of_company("9", 9), of_company("null", 2), of_company("4", 4), of_company("5", 5)})
    take(back, webhook);
  BOOST_TEST(back.company() == "4");
}

BOOST_AUTO_TEST_CASE(what_the_server_lost_of_a_webhook_is_noted_where_deletions_wait_for_it) {
  const Scene scene;
  for (const bool wanted : {true, false}) {
    ReadBack back(scene.work.tasks, scene.delivery, wanted);
    back.begin();
    take(back, sample("new", "altered", 50));
    take(back, sample("new", "1", 51));
    const auto reading = back.snapshot(0);
    BOOST_TEST(reading.webhooks[0].missing_content_of.size() == (wanted ? 1u : 0u));
    if (wanted) BOOST_TEST((reading.webhooks[0].missing_content_of[0] == digest_of(sample("new", "1"))));
    BOOST_TEST(reading.webhooks[1].missing_content_of.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(not_whole)

BOOST_AUTO_TEST_CASE(text_names_what_is_not_shown_and_counts_what_was_never_seen) {
  using hookferry::not_whole_text;
  const std::string begin = "eu cannot be read as a whole: ";
  BOOST_TEST(not_whole_text("eu", {5}, 0) == begin + "1 webhook that was there is not shown (id 5)");
  BOOST_TEST(not_whole_text("eu", {5, 6}, 0) == begin + "2 webhooks that were there are not shown (id 5, 6)");
  BOOST_TEST(not_whole_text("eu", {}, 2) == begin + "2 that the server confirmed are not shown");
  BOOST_TEST(not_whole_text("eu", {5}, 2) == begin +
                                                 "1 webhook that was there is not shown (id 5), and 2 that "
                                                 "the server confirmed are not shown");
}

BOOST_AUTO_TEST_SUITE_END()
