#include <boost/algorithm/string/join.hpp>
#include <boost/test/unit_test.hpp>
#include <random>

#include "json/build.hpp"
#include "support/random_json.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"
#include "support/v5_webhooks.hpp"
#include "transform/transformer.hpp"
#include "webhook/kinds.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

const std::string uuid = "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb";

std::string v1(std::int64_t type, const std::string& fields, const std::string& url = "",
               const std::string& more = "") {
  const auto& kind = *find_kind(type);
  return R"({"alias":"a","url":)" + json::encode(url) + R"(,"integration_type_fields":)" +
         json::encode(fields) + R"(,"integration_type_id":)" + std::to_string(type) +
         R"(,"integration_type":{"label":)" + json::encode(kind.label) + R"(,"icon":)" +
         json::encode(kind.icon) + R"(,"id":)" + std::to_string(type) + "}" + more + "}";
}

std::string v5(std::string_view type, const std::string& configuration, const std::string& more = "") {
  return R"({"type":")" + std::string(type) + R"(","name":"a")" + more + "," + configuration + "}";
}

std::string field(const std::string& name, const std::string& value) {
  return R"({"name":")" + name + R"(","value":)" + value + "}";
}

Form other(Form form) { return form == Form::v1 ? Form::v5 : Form::v1; }

Crossed crossed(const std::string& text) {
  const auto webhook = parse_webhook(text);
  BOOST_REQUIRE_MESSAGE(webhook.defect.empty(), text);
  return cross(webhook, other(webhook.form));
}

std::string lost_by(const std::string& text) { return boost::algorithm::join(crossed(text).warnings, "\n"); }
std::string defect_of(const std::string& text) { return crossed(text).webhook.defect; }

}  // namespace

BOOST_AUTO_TEST_SUITE(crossing)

BOOST_AUTO_TEST_CASE(each_type_has_the_same_content_in_both_forms) {
  const auto payload = json::encode(R"({"a": 1.0,"b":"${ALERT_ID}"})");
  const struct {
    std::string of_v1, of_v5;
  } cases[] = {
      {v1(0, "[]", "https://hooks.slack.com/services/x"),
       v5("SLACK", R"("slack":{})", R"(,"url":"https://hooks.slack.com/services/x")")},
      {v1(1,
          "[" + field("uuid", '"' + uuid + '"') + "," + field("method", "\"post\"") + "," +
              field("headers", R"({"B":"2","A":"1"})") + "," +
              field("payload", R"({"a": 1.0,"b":"${ALERT_ID}"})") + "]",
          "https://ci.example.com/"),
       v5("GENERIC",
          R"("genericWebhook":{"uuid":")" + uuid +
              R"(","method":"POST","headers":{"B":"2","A":"1"},"payload":)" + payload + "}",
          R"(,"url":"https://ci.example.com/")")},
      {v1(1, "[" + field("payload", R"("Hello $ALERT_NAME\n\ud800")") + "]"),
       v5("GENERIC", R"("genericWebhook":{"payload":"Hello $ALERT_NAME\n\ud800"})")},
      {v1(2, "[" + field("serviceKey", "\"0123\"") + "]"),
       v5("PAGERDUTY", R"("pagerDuty":{"serviceKey":"0123"})")},
      {v1(3, "[" + field("uuid", '"' + uuid + '"') + "," +
                 field("payload", R"({"a": 1.0,"b":"${ALERT_ID}"})") + "]"),
       v5("SEND_LOG", R"("sendLog":{"uuid":")" + uuid + R"(","payload":)" + payload + "}")},
      {v1(4, "[" + field("payload", R"(["a@example.com", "b@example.com"])") + "]"),
       v5("EMAIL_GROUP", R"("emailGroup":{"emailAddresses":["a@example.com", "b@example.com"]})")},
      {v1(5, "[]", "https://x.webhook.office.com/"),
       v5("MICROSOFT_TEAMS", R"("microsoftTeams":{})", R"(,"url":"https://x.webhook.office.com/")")},
      {v1(6,
          "[" + field("apiToken", "\"t\"") + "," + field("email", "\"e\"") + "," +
              field("projectKey", "\"P\"") + "]",
          "https://x.atlassian.net/"),
       v5("JIRA", R"("jira":{"apiToken":"t","email":"e","projectKey":"P"})",
          R"(,"url":"https://x.atlassian.net/")")},
      {v1(7, "[]", "https://api.opsgenie.com/"),
       v5("OPSGENIE", R"("opsgenie":{})", R"(,"url":"https://api.opsgenie.com/")")},
      {v1(8, "[" + field("payload", "{}") + "]", "https://soar.example.com/"),
       v5("DEMISTO", R"("demisto":{"payload":"{}"})", R"(,"url":"https://soar.example.com/")")},
  };
  for (const auto& [of_v1, of_v5] : cases) {
    for (const auto& [from, to] : {std::pair(of_v1, of_v5), std::pair(of_v5, of_v1)}) {
      const auto out = crossed(from);
      BOOST_TEST(out.webhook.text.view() == to);
      BOOST_TEST(out.webhook.defect == "");
      BOOST_TEST(out.warnings.empty());
      BOOST_TEST((out.webhook.identity == parse_webhook(to).identity));
      BOOST_TEST(content(out.webhook) == content(parse_webhook(to)));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_the_server_owns_is_left_out_and_the_numbers_are_kept) {
  const auto to_v1 = cross(parse_webhook(as_returned(v5_webhooks[2].text, 2003)), Form::v1).webhook;
  BOOST_TEST(to_v1.id.value() == 2003);
  BOOST_TEST(to_v1.updated_at.has_value());
  BOOST_TEST(to_v1.uuid == "3f0d6f8a-0d0e-4f0b-9a0c-6a1f6f1b2003");
  BOOST_TEST(to_v1.text.view().find("2003") == std::string_view::npos);
  const auto sent =
      v1(7, "[]", "https://a.test/", R"(,"id":7,"company_id":1,"companyId":1,"created_at":"x")");
  const auto to_v5 = cross(parse_webhook(sent), Form::v5);
  BOOST_TEST(to_v5.webhook.id.value() == 7);
  BOOST_TEST(to_v5.warnings.empty());
  BOOST_TEST(to_v5.webhook.text.str() ==
             R"({"type":"OPSGENIE","name":"a","url":"https://a.test/","opsgenie":{}})");
}

BOOST_AUTO_TEST_CASE(a_webhook_of_the_form_stays_as_it_is) {
  const auto webhook = parse_webhook(as_returned(v5_webhooks[0].text, 2001));
  BOOST_TEST(cross(webhook, Form::v5).webhook.text.view() == webhook.text.view());
}

BOOST_AUTO_TEST_CASE(fields_without_a_place_in_v5_are_named) {
  const auto request = "[" + field("uuid", "\"u\"") + "," + field("method", "\"post\"") + "," +
                       field("headers", R"({"A":"1"})") + "," + field("payload", "{}") + "]";
  const struct {
    std::string text, lost;
  } cases[] = {
      {v1(3, request), "method, headers (v5 has no such fields for sendlog)"},
      {v1(3, request, "https://ingress.coralogix.com/"),
       "method, headers, url (v5 has no such fields for sendlog)"},
      {v1(8, request, "https://a.test/"), "method, headers (v5 has no such fields for demisto)"},
      {v1(1, request), ""},
      {v1(8, "[" + field("method", "null") + "," + field("headers", "{}") + "]"), ""},
      {v1(1, "[" + field("headers", R"({"A":"1","N":2,"A":"3","E":null})") + "]"),
       "headers/N, headers/A (v5 has no such fields for webhook)"},
      {v1(4, "[" + field("payload", R"(["a@example.com",1])") + "]"),
       "payload/1 (v5 has no such fields for email_group)"},
      {v1(1, "[" + field("payload", "[1]") + "," + field("uuid", "1") + "]"),
       "payload, uuid (v5 has no such fields for webhook)"},
      {v1(2, "[" + field("serviceKey", "\"a\"") + "," + field("serviceKey", "\"b\"") + "," + field("x", "1") +
                 "]"),
       "serviceKey, x (v5 has no such fields for pager_duty)"},
      {v1(0, "no JSON"), "integration_type_fields (v5 has no such fields for slack)"},
      {v1(0, "[1]"), "integration_type_fields (v5 has no such fields for slack)"},
      {v1(7, "[]", "", R"(,"extra":1,"none":null,"\u001b[31m":2)"),
       "extra, \\x1b[31m (v5 has no such fields for opsgenie)"},
  };
  for (const auto& [text, lost] : cases)
    BOOST_TEST(lost_by(text) == (lost.empty() ? "" : "not carried over: " + lost));
  BOOST_TEST(crossed(cases[5].text).webhook.text.view().find(R"("headers":{"A":"1"})") !=
             std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(fields_without_a_place_in_v1_are_named) {
  const struct {
    std::string text, lost;
  } cases[] = {
      {std::string(v5_webhooks[1].text), "digests, attachments (v1 has no such fields for slack)"},
      {v5("SLACK", R"("slack":{"digests":[],"attachments":null})"), ""},
      {v5("OPSGENIE", R"("opsgenie":{},"jira":{"email":"e"},"extra":1)"),
       "jira, extra (v1 has no such fields for opsgenie)"},
      {v5("JIRA", R"("jira":"text")", R"(,"url":1)"), "jira, url (v1 has no such fields for jira)"},
      {v5("DEMISTO", R"("demisto":{"method":"POST","uuid":7})"),
       "method, uuid (v1 has no such fields for demisto)"},
      {v5("EMAIL_GROUP", R"("emailGroup":{"emailAddresses":"a@example.com"})"),
       "emailAddresses (v1 has no such fields for email_group)"},
  };
  for (const auto& [text, lost] : cases)
    BOOST_TEST(lost_by(text) == (lost.empty() ? "" : "not carried over: " + lost));
}

BOOST_AUTO_TEST_CASE(a_type_or_method_that_the_other_form_does_not_have_is_a_defect) {
  for (std::size_t i = 9; i < v5_webhooks.size(); ++i)
    BOOST_TEST(defect_of(std::string(v5_webhooks[i].text)) ==
               "v1 has no type " + std::string(v5_webhooks[i].type));
  BOOST_TEST(defect_of(R"({"type":"PIGEON\u001b","name":"a"})") == "v1 has no type \"PIGEON\\x1b\"");
  BOOST_TEST(defect_of(R"({"alias":"a","integration_type_id":12})") == "v5 has no type 12");
  BOOST_TEST(defect_of(R"({"alias":"a","integration_type_id":-10})") != "");
  BOOST_TEST(defect_of(v1(1, "[" + field("method", "\"patch\"") + "]")) == "v5 has no method \"patch\"");
  BOOST_TEST(defect_of(v1(1, "[" + field("method", "7") + "]")) == "v5 has no method 7");
  BOOST_TEST(defect_of(v5("GENERIC", R"("genericWebhook":{"method":"PATCH"})")) ==
             "v1 has no method \"PATCH\"");
  BOOST_TEST(defect_of(v5("GENERIC", R"("genericWebhook":{"method":"UNKNOWN"})")) == "");
  BOOST_TEST(defect_of(v1(8, "[" + field("method", "\"patch\"") + "]")) == "");
  BOOST_TEST(defect_of(v1(1, "[" + field("method", "\"x7Kp-Lm3qq\"") + "]")).find("x7Kp") ==
             std::string::npos);
  BOOST_TEST(defect_of(R"({"type":"x7Kp-Lm3qq","name":"a"})").find("x7Kp") == std::string::npos);
  const auto out = crossed(v1(1, "[" + field("method", "\"patch\"") + "]"));
  BOOST_TEST((out.webhook.form == Form::v1));
  BOOST_TEST(out.warnings.empty());
}

BOOST_AUTO_TEST_CASE(a_payload_of_v5_is_an_object_only_if_it_is_one) {
  const auto payload_in_v1 = [](const std::string& payload) {
    const auto out = crossed(v5("GENERIC", R"("genericWebhook":{"payload":)" + json::encode(payload) + "}"));
    const auto document = json::Document::parse(out.webhook.text.str());
    return value_at(document.root(), "/integration_type_fields/payload").value_or("");
  };
  BOOST_TEST(payload_in_v1(R"({"a": 1e400,"a":2})") == R"({"a": 1e400,"a":2})");
  for (const std::string text : {"[1]", "7", "null", "", "{", "{} {}", "Hello", "\"{}\""})
    BOOST_TEST(payload_in_v1(text) == json::encode(text));
}

namespace {

/// Webhooks with what is the same in both forms.
class RandomWebhooks {
 public:
  explicit RandomWebhooks(unsigned seed) : json_(seed) {}

  std::string of_v1(std::int64_t type) {
    std::vector<std::string> fields;
    const auto add = [&](const std::string& name, const std::string& value) {
      if (json_.below(4) > 0) fields.push_back(field(name, value));
    };
    if (type == 1 || type == 3 || type == 8) add("uuid", text());
    if (type == 1) add("method", R"("post")");
    if (type == 1) add("headers", R"({"A":)" + text() + R"(,"B":)" + text() + "}");
    if (type == 1 || type == 3 || type == 8) add("payload", payload_of_v1());
    if (type == 2) add("serviceKey", text());
    if (type == 4) add("payload", "[" + text() + "," + text() + "]");
    if (type == 6)
      for (const auto* name : {"apiToken", "email", "projectKey"}) add(name, text());
    return v1(type, "[" + boost::algorithm::join(fields, ",") + "]", type == 3 ? "" : json::decode(text()));
  }

  std::string of_v5(std::int64_t type) {
    std::vector<std::string> members;
    const auto add = [&](const std::string& name, const std::string& value) {
      if (json_.below(4) > 0) members.push_back(json::encode(name) + ":" + value);
    };
    if (type == 1 || type == 3 || type == 8) add("uuid", text());
    if (type == 1) add("method", R"("PUT")");
    if (type == 1) add("headers", R"({"A":)" + text() + R"(,"B":)" + text() + "}");
    if (type == 1 || type == 3 || type == 8)
      add("payload", json_.below(2) == 0 ? json::encode(object()) : text());
    if (type == 2) add("serviceKey", text());
    if (type == 4) add("emailAddresses", "[" + text() + "," + text() + "]");
    if (type == 6)
      for (const auto* name : {"apiToken", "email", "projectKey"}) add(name, text());
    const auto& kind = *find_kind(type);
    const auto url = text();
    return v5(kind.v5_type,
              json::encode(kind.configuration) + ":{" + boost::algorithm::join(members, ",") + "}",
              type == 3 || url == "\"\"" ? "" : ",\"url\":" + url);
  }

 private:
  std::string text() { return json_.string(); }
  std::string object() { return R"({"o":)" + json_.value() + "}"; }
  /// v5 does not distinguish an object from a string that holds its JSON.
  std::string payload_of_v1() {
    auto out = json_.below(2) == 0 ? object() : text();
    return out.front() == '"' && json::decode(out).starts_with("{") ? "\"x\"" : out;
  }

  RandomJson json_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_the_same_in_both_forms_comes_back_to_the_byte) {
  const auto seed = std::random_device()();
  BOOST_TEST_MESSAGE("seed " << seed);
  RandomWebhooks random(seed);
  for (int round = 0; round < 200; ++round)
    for (std::int64_t type = 0; type < 9; ++type)
      for (const auto& text : {random.of_v1(type), random.of_v5(type)}) {
        const auto webhook = parse_webhook(text);
        const auto there = cross(webhook, other(webhook.form));
        const auto back = cross(there.webhook, webhook.form);
        BOOST_REQUIRE_MESSAGE(back.webhook.text.view() == text,
                              "seed " << seed << ": " << text << " becomes " << back.webhook.text.view());
        BOOST_REQUIRE_MESSAGE(there.warnings.empty() && back.warnings.empty(),
                              "seed " << seed << ": " << text);
        BOOST_REQUIRE_MESSAGE(content(back.webhook) == content(webhook), "seed " << seed << ": " << text);
      }
}

BOOST_AUTO_TEST_SUITE_END()
