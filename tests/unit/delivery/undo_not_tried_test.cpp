// An undo of many accounts that is interrupted before the turn of one.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "delivery/run.hpp"
#include "report/report.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using hookferry::Action;
using hookferry::Plan;
using hookferry::PlannedWebhook;
using hookferry::test::sample;

namespace {

Plan one_of_each() {
  Plan out;
  out.is_undo = true;
  PlannedWebhook restored;
  restored.action = Action::update;
  restored.webhook = sample("restored", "before");
  restored.existing = std::make_shared<const hookferry::Webhook>(sample("restored", "after", 5));
  PlannedWebhook deleted;
  deleted.action = Action::create;
  deleted.webhook = sample("deleted", "before");
  deleted.source_id = 7;
  PlannedWebhook created;
  created.action = Action::remove;
  created.webhook = sample("created", "x", 9);
  created.existing = std::make_shared<const hookferry::Webhook>(created.webhook);
  out.webhooks = {restored, deleted, created};
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(undo_not_tried)

BOOST_AUTO_TEST_CASE(everything_that_was_to_be_undone_is_named_as_not_tried) {
  const auto plan = one_of_each();
  const auto outcome = hookferry::outcome_of_none(plan);
  std::vector<std::string> told;
  BOOST_REQUIRE(outcome.webhooks.size() == plan.webhooks.size());
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i) {
    BOOST_TEST((outcome.webhooks[i].not_tried == hookferry::NotTried::interrupted));
    BOOST_TEST((outcome.webhooks[i].state == hookferry::WebhookOutcome::State::not_sent));
    told.push_back(hookferry::describe_undo_failure(plan.webhooks[i], outcome.webhooks[i]));
  }
  const std::vector<std::string> expected = {
      "\"restored\" (slack) with id 5 is not restored: not tried: interrupted",
      "\"deleted\" (slack) is not recreated: not tried: interrupted",
      "\"created\" (slack) with id 9 is not deleted: not tried: interrupted"};
  BOOST_TEST(told == expected, boost::test_tools::per_element());
  BOOST_TEST(outcome.interrupted);
  BOOST_TEST((exit_of(outcome) == hookferry::Exit::interrupted));
}

BOOST_AUTO_TEST_CASE(a_recreated_webhook_keeps_its_old_id_in_the_report) {
  const auto plan = one_of_each();
  const auto outcome = hookferry::outcome_of_none(plan);
  const auto report = hookferry::undo_report_of(plan, &outcome, {}, "", false);
  std::vector<std::string> rows;
  for (const auto& row : report.webhooks)
    rows.push_back(row.alias + " " + row.action + " " + std::to_string(row.source_id.value_or(0)) + " " +
                   std::to_string(row.destination_id.value_or(0)));
  const std::vector<std::string> expected = {"created not_tried 0 9", "restored not_tried 0 5",
                                             "deleted not_tried 7 0"};
  BOOST_TEST(rows == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_report_counts_deletions_and_restorations_even_if_there_are_none) {
  const auto sentence = [](const Plan& plan, const hookferry::Outcome* outcome) {
    return sentence_of(hookferry::undo_report_of(plan, outcome, {}, "", false));
  };
  const auto plan = one_of_each();
  auto outcome = hookferry::outcome_of_none(plan);
  BOOST_TEST(sentence({}, nullptr) == "Plan: 0 to delete, 0 to restore.");
  BOOST_TEST(sentence(plan, nullptr) == "Plan: 1 to delete, 1 to restore, 1 to recreate.");
  BOOST_TEST(sentence(plan, &outcome) == "Outcome: 0 deleted, 0 restored, 3 not tried.");
  outcome.webhooks[1].state = hookferry::WebhookOutcome::State::created;
  BOOST_TEST(sentence(plan, &outcome) == "Outcome: 0 deleted, 0 restored, 1 recreated, 2 not tried.");
}

BOOST_AUTO_TEST_CASE(a_list_of_just_as_many_lines_as_fit_is_whole) {
  const auto plan = one_of_each();
  const auto lines = [&](std::size_t most) { return hookferry::report::render_undo_plan(plan, most); };
  BOOST_TEST(lines(3) == lines(hookferry::report::all_rows));
  BOOST_TEST(lines(2).find("… and 1 more (-v lists all)\n") != std::string::npos, lines(2));
}

BOOST_AUTO_TEST_CASE(an_undo_with_nothing_to_write_is_not_interrupted) {
  Plan plan;
  plan.is_undo = true;
  BOOST_TEST((exit_of(hookferry::outcome_of_none(plan)) == hookferry::Exit::done));
  plan.skipped = {{{"a", 0}, 7, "is gone; it is not recreated"}};
  BOOST_TEST(!hookferry::outcome_of_none(plan).interrupted);
  BOOST_TEST((exit_of(hookferry::outcome_of_none(plan)) == hookferry::Exit::incomplete));
}

BOOST_AUTO_TEST_SUITE_END()
