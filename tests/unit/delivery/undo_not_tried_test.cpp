// An undo of many accounts that is interrupted before the turn of one.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "delivery/plan_work.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using hookferry::not_tried;
using hookferry::PlannedWebhook;
using hookferry::UndoPlan;
using hookferry::test::sample;

namespace {

UndoPlan one_of_each() {
  UndoPlan out;
  PlannedWebhook restored;
  restored.webhook = sample("restored", "before");
  restored.existing = std::make_shared<const hookferry::Webhook>(sample("restored", "after", 5));
  PlannedWebhook deleted;
  deleted.webhook = sample("deleted", "before");
  deleted.source_id = 7;
  out.restores.webhooks = {restored, deleted};
  out.removals = {{{0, 0}, 9, {"created", 0}}};
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(undo_not_tried)

BOOST_AUTO_TEST_CASE(whatever_was_to_be_taken_back_is_named_as_not_tried) {
  const auto outcome = not_tried(one_of_each());
  std::vector<std::string> told;
  for (const auto& failure : outcome.failed) {
    BOOST_TEST((failure.not_tried == hookferry::NotTried::interrupted));
    told.push_back(describe(failure));
  }
  const std::vector<std::string> expected = {
      "\"restored\" (slack) with id 5 is not restored: not tried: interrupted",
      "\"deleted\" (slack) is not made again: not tried: interrupted",
      "\"created\" (slack) with id 9 is not deleted: not tried: interrupted"};
  BOOST_TEST(told == expected, boost::test_tools::per_element());
  BOOST_TEST(outcome.interrupted);
  BOOST_TEST(outcome.done.empty());
}

BOOST_AUTO_TEST_CASE(what_was_to_be_made_again_keeps_the_id_that_it_had) {
  const auto outcome = not_tried(one_of_each());
  BOOST_TEST((outcome.failed.at(1).old_id == 7));
  BOOST_TEST(!outcome.failed.at(0).old_id.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
