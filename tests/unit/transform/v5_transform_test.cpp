#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <boost/test/unit_test.hpp>

#include "core/failure.hpp"
#include "json/build.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"
#include "support/v5_webhooks.hpp"
#include "transform/transformer.hpp"
#include "unit/transform/region_rules.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

TransformedWebhook transformed(const std::string& text, const TransformRules& rules = {}) {
  return transform::transform(read_webhooks("[" + text + "]", "it"), rules).at(0);
}

std::string text_after(const std::string& text, const TransformRules& rules = {}) {
  return transformed(text, rules).webhook.text.str();
}

std::string warnings_of(const std::string& text, const TransformRules& rules = {}) {
  return boost::algorithm::join(transformed(text, rules).warnings, "\n");
}

std::string sendlog_with(const std::string& payload) {
  return R"({"type":"SEND_LOG","name":"a","sendLog":{"uuid":"u","payload":)" + json::encode(payload) + "}}";
}

Overlay rules_of(const std::string& text) {
  return parse_overlay(text, "o.json", [](const OverlayReference&) { return std::string("5ecret"); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(v5_transform)

BOOST_AUTO_TEST_CASE(only_what_the_server_owns_is_removed) {
  for (const auto& webhook : v5_webhooks) {
    const auto after = transformed(as_returned(webhook.text, 2001));
    BOOST_TEST(after.webhook.text.view() == webhook.text);
    BOOST_TEST(after.source_id.value() == 2001);
    BOOST_TEST((!after.webhook.id && after.webhook.uuid.empty() && after.webhook.form == Form::v5));
  }
  const std::string odd =
      R"({"type":"GENERIC","name":"a","genericWebhook":{"id":"1","payload":"1e400 \u00e9","createdAt":1.0}})";
  BOOST_TEST(text_after(odd) == odd);
}

BOOST_AUTO_TEST_CASE(hosts_are_rewritten_in_the_url_and_in_every_string_of_the_configuration) {
  const std::string before =
      R"({"type":"GENERIC","name":"https://api.coralogix.com","url":"https://api.coralogix.com/a","genericWebhook":)"
      R"({"headers":{"X-Base":"https://api.coralogix.com"},"payload":"{\"u\": \"https:\\/\\/api.coralogix.com\\/x\"}"}})";
  auto expected = before;
  for (const auto* part : {"//api.coralogix.com/a", "//api.coralogix.com\"}", "api.coralogix.com\\\\/x"})
    boost::replace_first(expected, part, boost::replace_first_copy(std::string(part), ".com", ".us"));
  const auto after = transformed(before, eu1_to_us1());
  BOOST_TEST(after.webhook.text.view() == expected);
  BOOST_TEST(after.provenance.rewritten_hosts == 3u);
  BOOST_TEST(after.provenance.unrewritten.view() == before);
  const auto changes = host_changes({after});
  BOOST_REQUIRE_EQUAL(changes.size(), 1u);
  BOOST_TEST(changes[0].times == 3u);
}

BOOST_AUTO_TEST_CASE(a_fresh_uuid_is_in_both_places) {
  TransformRules rules;
  rules.fresh_uuids = true;
  rules.destination = "us1";
  const auto& sendlog = v5_webhooks[3].text;
  const auto after = text_after(std::string(sendlog), rules);
  const auto old_uuid = uuid_of(parse_webhook(std::string(sendlog)));
  const auto new_uuid = uuid_of(parse_webhook(after));
  BOOST_TEST(old_uuid == "7b7c8f52-2a53-4f6e-8a62-5f2b1f0f7f01");
  BOOST_TEST(new_uuid != old_uuid);
  BOOST_TEST(boost::replace_all_copy(after, new_uuid, old_uuid) == sendlog);
  // It is the same as in v1's form, so that a second run by the other API changes nothing.
  rules.form = Form::v1;
  BOOST_TEST(uuid_of(transformed(std::string(sendlog), rules).webhook) == new_uuid);
}

BOOST_AUTO_TEST_CASE(the_private_key_is_that_of_the_destination) {
  auto rules = eu1_to_us1();
  const auto before = sendlog_with(R"({"privateKey":"old", "n":1.0})");
  BOOST_TEST(warnings_of(before, rules)
                 .starts_with("contains the source account's private key; to replace it, set"));
  rules.sendlog_private_key = "ne\"w";
  BOOST_TEST(text_after(before, rules) == sendlog_with(R"({"privateKey":"ne\"w", "n":1.0})"));
  BOOST_TEST(warnings_of(before, rules) == "");
}

BOOST_AUTO_TEST_CASE(overlays_use_the_paths_of_the_destinations_form) {
  const auto sendlog = std::string(v5_webhooks[3].text);
  TransformRules rules;
  rules.overlay = rules_of(R"([{"type":"sendlog","set":{"/sendLog/payload/privateKey":{"env":"X"}}}])");
  const auto webhooks = read_webhooks("[" + sendlog + "]", "it");
  BOOST_CHECK_NO_THROW(require_places(rules.overlay, webhooks));
  BOOST_CHECK_THROW(require_places(rules.overlay, webhooks, Form::v1), Failure);
  const auto after = transformed(sendlog, rules);
  BOOST_TEST(after.webhook.text.view().find(R"(\"privateKey\":\"5ecret\")") != std::string_view::npos);
  BOOST_TEST(after.provenance.secrets.paths == std::vector<std::string>{"/sendLog/payload/privateKey"});

  rules.form = Form::v1;
  rules.overlay = rules_of(R"([{"set":{"/integration_type_fields/payload/privateKey":"new"}}])");
  BOOST_CHECK_NO_THROW(require_places(rules.overlay, webhooks, Form::v1));
  BOOST_TEST(text_after(sendlog, rules).find(R"(\"privateKey\":\"new\")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_a_user_must_know_is_a_warning) {
  const auto rules = eu1_to_us1();
  const struct {
    std::string text, warning;
  } cases[] = {
      {R"({"type":"PIGEON","name":"a","pigeon":{}})", "type \"PIGEON\" is not known; carried over as it is"},
      {R"({"type":"SLACK","name":"a"})", "has no configuration (slack)"},
      {R"({"type":"SLACK","name":"a","slack":{},"jira":{}})", "has several configurations: slack, jira"},
      {R"({"type":"GENERIC","name":"a","url":"https://team.coralogix.com/","genericWebhook":{}})",
       "points to the source's team host team.coralogix.com, unchanged"},
      {R"({"type":"GENERIC","name":"a","genericWebhook":{"payload":"{\"u\":\"https://api.coralogix.com/api/v1/logs\"}"}})",
       "uses the retired ingestion endpoint api.coralogix.us"},
  };
  for (const auto& [text, warning] : cases)
    BOOST_TEST(warnings_of(text, rules).starts_with(warning), warnings_of(text, rules));
  BOOST_TEST(warnings_of(std::string(v5_webhooks[0].text), rules) == "");
  const auto twice = std::string(v5_webhooks[1].text);
  BOOST_TEST(warnings_of(twice + "," + twice) == "2 webhooks of the source share this alias and type");
}

BOOST_AUTO_TEST_CASE(a_crossing_comes_before_everything_else) {
  auto rules = eu1_to_us1();
  rules.form = Form::v1;
  const auto after = transformed(
      R"({"type":"SLACK","name":"a","url":"https://api.coralogix.com/","slack":{"digests":[1]}})", rules);
  BOOST_TEST((after.webhook.form == Form::v1));
  BOOST_TEST(after.webhook.text.view().find("https://api.coralogix.us/") != std::string_view::npos);
  BOOST_REQUIRE(!after.warnings.empty());
  BOOST_TEST(after.warnings.front() == "not carried over: digests (v1 has no such fields for slack)");
  const auto refused = transformed(as_returned(v5_webhooks[9].text, 2010), rules);
  BOOST_TEST(refused.webhook.defect == "v1 has no type aws_event_bridge");
  BOOST_TEST(refused.source_id.value() == 2010);
}

BOOST_AUTO_TEST_SUITE_END()
