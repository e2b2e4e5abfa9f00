#include "plan/plan.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"
#include "transform/transformer.hpp"

using namespace hookferry;
using hookferry::test::parse_webhook;

namespace {

Webhook with_uuid(const std::string& alias, const std::string& uuid, int id = 0) {
  return parse_webhook(
      "{" + (id > 0 ? "\"id\":" + std::to_string(id) + "," : std::string()) + "\"alias\":\"" + alias +
      "\",\"integration_type_id\":1,\"integration_type_fields\":\"[{\\\"name\\\":\\\"uuid\\\","
      "\\\"value\\\":\\\"" +
      uuid + "\\\"}]\"}");
}

std::string warnings(const Webhook& planned, const std::vector<Webhook>& present) {
  auto plan = make_plan(transform::transform({planned}, {}), present, ConflictPolicy::skip, {});
  warn_of_shared_uuids(plan, present);
  std::string out;
  for (const auto& warning : plan.webhooks.at(0).warnings)
    if (warning.find("has the UUID") != std::string::npos) out += warning;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shared_uuids)

BOOST_AUTO_TEST_CASE(a_uuid_that_another_webhook_has_is_reported_with_what_to_do) {
  BOOST_TEST(warnings(with_uuid("new", "ABC-1"), {with_uuid("old", "abc-1", 7)}) ==
             "has the UUID of \"old\" (webhook) with id 7 there; for one of its own: --fresh-uuids");
  BOOST_TEST(warnings(with_uuid("new", "abc-2"), {with_uuid("old", "abc-1", 7)}) == "");
  BOOST_TEST(warnings(with_uuid("new", ""), {with_uuid("old", "", 7)}) == "");
}

BOOST_AUTO_TEST_CASE(an_unchanged_webhook_causes_no_warning_of_a_shared_uuid) {
  BOOST_TEST(warnings(with_uuid("same", "abc-1"), {with_uuid("same", "abc-1", 7)}) == "");
}

BOOST_AUTO_TEST_CASE(hosts_are_counted_by_what_they_become) {
  TransformRules rules;
  rules.hosts.add("one.test", "two.test");
  rules.hosts.add("b.test", "c.test");
  const auto webhook = parse_webhook(
      R"({"alias":"a","integration_type_id":0,"url":"https://ONE.test/x https://b.test https://one.test/y"})");
  const auto changes = host_changes(transform::transform({webhook}, rules));
  BOOST_REQUIRE(changes.size() == 2u);
  BOOST_TEST((changes[0].before == "one.test" && changes[0].after == "two.test" && changes[0].times == 2u));
  BOOST_TEST((changes[1].before == "b.test" && changes[1].times == 1u));
}

BOOST_AUTO_TEST_SUITE_END()
