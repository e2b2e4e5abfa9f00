#include "transform/transformer.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "json/build.hpp"
#include "support/rooms.hpp"
#include "unit/transform/region_rules.hpp"

namespace json = hookferry::json;
using hookferry::TransformRules;
using hookferry::test::eu1_to_us1;
using hookferry::test::regions;

namespace {

std::string webhook(int type, const std::string& fields, const std::string& more = {}) {
  return R"({"alias":"a","integration_type_id":)" + std::to_string(type) + R"(,"integration_type_fields":)" +
         json::encode(fields) + more + "}";
}

std::string with_url(const std::string& url) { return webhook(0, "[]", R"(,"url":)" + json::encode(url)); }

/// The fields of a sendlog or webhook that comply, with this payload.
std::string request_fields(const std::string& payload) {
  return R"([{"name":"uuid","value":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb"},{"name":"method","value":"post"},)"
         R"({"name":"headers","value":{}},{"name":"payload","value":)" +
         payload + "}]";
}

std::vector<std::vector<std::string>> all_warnings(const std::string& webhooks, const TransformRules& rules) {
  std::vector<std::vector<std::string>> out;
  for (const auto& transformed :
       hookferry::transform::transform(hookferry::read_webhooks(webhooks, "test"), rules))
    out.push_back(transformed.warnings);
  return out;
}

/// The warnings of one webhook, one a line.
std::string warnings(const std::string& text, const TransformRules& rules = eu1_to_us1()) {
  std::string out;
  const auto all = all_warnings("[" + text + "]", rules);
  for (const auto& warning : all.at(0)) out += warning + "\n";
  return out;
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const std::string key_payload = R"({"privateKey":"SECRET-KEY"})";

}  // namespace

BOOST_AUTO_TEST_SUITE(transform_warnings)

BOOST_AUTO_TEST_CASE(what_needs_no_eyes_gives_no_warning) {
  for (const auto& text : std::vector<std::string>{
           with_url("https://hooks.slack.com/services/T/B/x"),
           with_url("https://api.coralogix.com/other"),
           with_url(""),
           R"({"alias":"a","integration_type_id":0,"integration_type_fields":null})",
           webhook(0, "[]", R"(,"integration_type":{"id":0,"label":"Slack"})"),
           webhook(3, request_fields("{}"), R"(,"integration_type":{"id":3,"name":"Send Log"})"),
           webhook(2, R"([{"name":"serviceKey","value":"k"}])"),
           webhook(3, request_fields(R"({"privateKey":""})")),
       })
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(warnings(text) == ""); }
}

BOOST_AUTO_TEST_CASE(a_private_key_that_would_be_copied_is_reported_and_not_quoted) {
  const auto in_string = json::encode(R"({"a":[{"privateKey":"SECRET-KEY"}]})");
  for (const auto& text :
       {webhook(3, request_fields(key_payload)), webhook(3, request_fields(R"({"a":[)" + key_payload + "]}")),
        webhook(3, request_fields(in_string)), webhook(1, request_fields(key_payload))})
    BOOST_TEST_CONTEXT(text) {
      const auto told = warnings(text);
      BOOST_TEST(holds(told, "contains the source account's private key"));
      BOOST_TEST(!holds(told, "SECRET-KEY"));
      BOOST_TEST(holds(told, holds(text, "\"integration_type_id\":1") ? "--overlay sets another value"
                                                                      : "set sendlog-private-key-file in"),
                 told);
    }
}

BOOST_AUTO_TEST_CASE(a_private_key_is_reported_however_its_name_is_spelled) {
  const auto spelled = R"({"private\u004bey":"SECRET-KEY"})";
  for (const auto& payload : {std::string(spelled), json::encode(spelled)})
    BOOST_TEST(
        holds(warnings(webhook(1, request_fields(payload))), "contains the source account's private key"),
        payload);
  BOOST_TEST(!holds(warnings(webhook(1, request_fields(R"({"\u0041":"x"})"))), "private key"));
}

BOOST_AUTO_TEST_CASE(a_private_key_is_reported_only_if_it_is_not_replaced) {
  auto rules = eu1_to_us1();
  rules.sendlog_private_key = "NEW-KEY";
  BOOST_TEST(warnings(webhook(3, request_fields(key_payload)), rules) == "");
  BOOST_TEST(holds(warnings(webhook(1, request_fields(key_payload)), rules), "private key"));
}

BOOST_AUTO_TEST_CASE(unchanged_and_retired_hosts_are_reported_wherever_they_occur) {
  struct Case {
    std::string text, expected;
  };
  for (const auto& [text, expected] : std::vector<Case>{
           {"https://api.coralogix.com/api/v1/logs",
            "uses the retired ingestion endpoint api.coralogix.us; reconfigure it"},
           {"https://api.eu1.coralogix.com/logs/rest/singles",
            "uses the retired ingestion endpoint api.us1.coralogix.com; reconfigure it"},
           {"https://api.coralogix.us/logs/rest/bulk",
            "uses the retired ingestion endpoint api.coralogix.us; reconfigure it"},
           {"https://myteam.coralogix.com/#/alerts",
            "points to the source's team host myteam.coralogix.com, unchanged; to rewrite it: --rewrite-host "
            "myteam.coralogix.com=NEW-HOST"},
           {"https://api.private.eu1.coralogix.com/x",
            "points to the private link api.private.eu1.coralogix.com, unchanged; to rewrite it: "
            "--rewrite-host "
            "api.private.eu1.coralogix.com=NEW-HOST"},
           {"ask api.coralogix.com for help",
            "names the source's host api.coralogix.com in plain text, unchanged; --overlay sets another "
            "value"},
       }) {
    const auto in_payload = [](const std::string& value) {
      return webhook(1, request_fields(R"({"a":[)" + value + "," + value + "]}"));
    };
    BOOST_TEST(warnings(with_url(text)) == expected + "\n");
    BOOST_TEST(warnings(in_payload(json::encode(text))) == expected + "\n");
    BOOST_TEST(warnings(in_payload(json::encode("[" + json::encode(text) + "]"))) == expected + "\n");
  }
}

BOOST_AUTO_TEST_CASE(each_host_is_reported_once) {
  const auto told = warnings(webhook(0,
                                     R"([{"name":"x","value":"https://one.coralogix.com/1"},)"
                                     R"({"name":"y","value":"https://one.coralogix.com/2"},)"
                                     R"({"name":"z","value":"https://two.coralogix.com"}])",
                                     R"(,"url":"https://one.coralogix.com/3")"));
  BOOST_TEST(told ==
             "points to the source's team host one.coralogix.com, unchanged; to rewrite it: --rewrite-host "
             "one.coralogix.com=NEW-HOST\n"
             "points to the source's team host two.coralogix.com, unchanged; to rewrite it: --rewrite-host "
             "two.coralogix.com=NEW-HOST\n");
}

BOOST_AUTO_TEST_CASE(a_type_outside_the_guide_is_carried_over_with_a_warning) {
  for (const int type : {-1, 9, 12}) {
    const auto told = warnings(webhook(type, "[]"));
    BOOST_TEST(told == "type id " + std::to_string(type) + " is not in the guide; carried over as it is\n");
  }
}

BOOST_AUTO_TEST_CASE(a_type_block_of_another_type_is_reported) {
  for (const std::string member : {"integration_type_id", "integrationTypeId"})
    BOOST_TEST(holds(warnings(R"({"alias":"a","integration_type_id":0,"integrationTypeId":0,")" + member +
                              R"(":"0","integration_type":{"id":0}})"),
                     member + " differs from the type id 0"));
  const auto block = [](const std::string& members) {
    return warnings(webhook(0, "[]", R"(,"integration_type":{)" + members + "}"));
  };
  BOOST_TEST(holds(block(R"("id":1,"label":"Slack")"), "integration_type.id differs from the type id 0"));
  for (const std::string member : {"label", "name"}) {
    const auto told = block(R"("id":0,")" + member + R"(":"Jira")");
    BOOST_TEST(holds(told, "integration_type." + member + " \"Jira\" is not that of type 0 (Slack)"), told);
    BOOST_TEST(block(R"("id":0,")" + member + R"(":"slack")") == "");
  }
  BOOST_TEST(!holds(block(R"("id":0,"label":"\u001b[31mJira")"), "\x1b"));
}

BOOST_AUTO_TEST_CASE(fields_that_violate_table_b_are_reported_by_name) {
  BOOST_TEST(warnings(webhook(2, "[]")) == "integration_type_fields: serviceKey is missing\n");
  BOOST_TEST(warnings(R"({"alias":"a","integration_type_id":2,"integration_type_fields":null})") ==
             "integration_type_fields: serviceKey is missing\n");
  BOOST_TEST(warnings(R"({"alias":"a","integration_type_id":2})") ==
             "integration_type_fields: serviceKey is missing\n");
  BOOST_TEST(holds(warnings(webhook(6, "[]")), "integration_type_fields: projectKey is missing\n"));
  BOOST_TEST(warnings(webhook(1, request_fields(R"("text")"))) != warnings(webhook(1, request_fields("{}"))));
  BOOST_TEST(warnings(webhook(0, "no JSON")) == "integration_type_fields: no JSON array\n");
  BOOST_TEST(warnings(R"({"alias":"a","integration_type_id":0,"integration_type_fields":[]})") ==
             "integration_type_fields is not a string\n");
}

BOOST_AUTO_TEST_CASE(duplicate_aliases_of_one_type_are_reported_with_each) {
  const auto told = all_warnings("[" + webhook(0, "[]") + "," + webhook(0, "[]", R"(,"url":"u")") + "," +
                                     webhook(7, "[]") + R"(,5,{"alias":"a"},)" + webhook(0, "[]") + "]",
                                 eu1_to_us1());
  const std::vector<std::string> thrice = {"3 webhooks of the source share this alias and type"};
  for (const std::size_t i : {0u, 1u, 5u}) BOOST_TEST(told[i] == thrice, boost::test_tools::per_element());
  for (const std::size_t i : {2u, 3u, 4u}) BOOST_TEST(told[i].empty());
}

BOOST_AUTO_TEST_CASE(only_retired_hosts_are_reported_without_a_source_region) {
  TransformRules rules;
  rules.regions = &regions();
  BOOST_TEST(warnings(with_url("https://myteam.coralogix.com/"), rules) == "");
  BOOST_TEST(holds(warnings(with_url("https://api.coralogix.com/api/v1/logs"), rules), "retired"));
  BOOST_TEST(holds(warnings(with_url("https://api.private.eu1.coralogix.com/"), rules), "private link"));
}

BOOST_AUTO_TEST_SUITE_END()
