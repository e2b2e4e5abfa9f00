#include "secrets/secrets.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "json/document.hpp"
#include "support/rooms.hpp"
#include "webhook/kinds.hpp"
#include "webhook/webhook.hpp"

using hookferry::Redaction;

namespace {

bool is_kept(std::string_view name) { return hookferry::is_kept_when_redacted(name); }

}  // namespace

BOOST_AUTO_TEST_SUITE(redaction)

BOOST_AUTO_TEST_CASE(secrets_are_numbered_in_order_and_all_else_stays_to_the_byte) {
  Redaction redaction(is_kept);
  BOOST_TEST(
      redaction.redact(
          R"({ "id": 1.0, "url" : "https:\/\/hooks.slack.com\/services\/T0\/B0\/abc", "x":1e400,"x":"\u00e9",)"
          R"("integration_type_fields":"[ {\"name\":\"serviceKey\",\"value\":\"def\"} ]" })") ==
      R"({ "id": 1.0, "url" : "https:\/\/hooks.slack.com\/services\/«redacted:1»", "x":1e400,"x":"\u00e9",)"
      R"("integration_type_fields":"[ {\"name\":\"serviceKey\",\"value\":\"«redacted:2»\"} ]" })");
  BOOST_TEST(redaction.secrets() == 2u);
}

BOOST_AUTO_TEST_CASE(equal_secrets_have_equal_numbers_across_webhooks) {
  Redaction redaction(is_kept);
  BOOST_TEST(redaction.redact(R"({"a":{"token":"x","key":"y"},"b":{"password":"x"}})") ==
             R"({"a":{"token":"«redacted:1»","key":"«redacted:2»"},"b":{"password":"«redacted:1»"}})");
  BOOST_TEST(redaction.redact(R"({"jwt":"z","token":"y"})") ==
             R"({"jwt":"«redacted:3»","token":"«redacted:2»"})");
  BOOST_TEST(redaction.secrets() == 3u);
}

BOOST_AUTO_TEST_CASE(equal_secrets_are_equal_however_they_are_spelled) {
  Redaction redaction(is_kept);
  BOOST_TEST(
      redaction.redact(R"({"token":"a\/b","p":"{\"token\":\"a/b\"}","url":"https://x.test/?t=a/b"})") ==
      R"({"token":"«redacted:1»","p":"{\"token\":\"«redacted:1»\"}","url":"https://x.test/?t=«redacted:1»"})");
}

BOOST_AUTO_TEST_CASE(what_a_webhook_is_matched_by_stays) {
  Redaction redaction(is_kept);
  const std::string text =
      R"({"id":5,"alias":"https://x.test/?token=a","company_id":1,"integration_type":{"label":"token","id":3},)"
      R"("integration_type_id":3,"created_at":"2022-08-22T07:32:09.348Z","url":""})";
  BOOST_TEST(redaction.redact(text) == text);
  BOOST_TEST(redaction.secrets() == 0u);
}

BOOST_AUTO_TEST_CASE(an_export_shows_less_than_a_screen) {
  Redaction redaction(is_kept);
  BOOST_TEST(
      redaction.redact(
          R"({"alias":"by ghp_16C7e42F292c6912E7","issueKey":"OPS-123","auth":"none","url":"https://x.test/alerts/12345","n":"OPS"})") ==
      R"({"alias":"by «redacted:1»","issueKey":"«redacted:2»","auth":"«redacted:3»","url":"https://x.test/alerts/«redacted:4»","n":"OPS"})");
}

BOOST_AUTO_TEST_CASE(numbers_under_a_secret_name_become_a_mark_and_nothing_is_no_secret) {
  Redaction redaction(is_kept);
  BOOST_TEST(
      redaction.redact(R"({"pin":1234,"token":null,"password":"","secret":[true,{}],"code":[1234]})") ==
      R"({"pin":"«redacted:1»","token":null,"password":"","secret":[true,{}],"code":["«redacted:1»"]})");
}

BOOST_AUTO_TEST_CASE(fields_that_are_no_json_and_webhooks_that_are_none_are_redacted_as_a_whole) {
  Redaction redaction(is_kept);
  BOOST_TEST(redaction.redact(R"({"integration_type_fields":"[{\"name\":"})") ==
             R"({"integration_type_fields":"«redacted:1»"})");
  BOOST_TEST(redaction.redact("{") == "\"«redacted:2»\"");
  BOOST_TEST(redaction.redact(R"(["X-Api-Key","a"])") == R"(["X-Api-Key","«redacted:3»"])");
}

BOOST_AUTO_TEST_CASE(marks_of_an_earlier_redaction_are_numbered_anew) {
  Redaction redaction(is_kept);
  BOOST_TEST(
      redaction.redact(
          R"({"a":{"token":"new"},"b":{"token":"«redacted:1»"},"url":"https://x.test/«redacted:7»/?a=«redacted:1»",)"
          R"("text":"see «redacted:7»."})") ==
      R"({"a":{"token":"«redacted:1»"},"b":{"token":"«redacted:2»"},"url":"https://x.test/«redacted:3»/?a=«redacted:2»",)"
      R"("text":"see «redacted:3»."})");
}

BOOST_AUTO_TEST_CASE(a_webhook_that_still_holds_a_mark_is_reported) {
  for (const std::string text :
       {R"({"a":"«redacted:1»"})", R"({"a":["x",{"b":"https://x.test/«redacted:12»/y"}]})",
        R"({"a":"\u00abredacted:1\u00bb"})",
        R"({"f":"[{\"name\":\"x\",\"value\":\"\\u00abredacted:3\\u00bb\"}]"})",
        R"({"f":"[{\"name\":\"x\",\"value\":\"«redacted:3»\"}]"})", R"({"a":"««redacted:1»"})"})
    BOOST_TEST(hookferry::holds_redaction(text), text);
  for (const std::string text : {R"({"a":"redacted:1"})", R"({"a":"«redacted:»"})", R"({"a":"«redacted:x»"})",
                                 R"({"a":"«redacted:1"})", R"({"«redacted:1»":"x"})", "5", "[]"})
    BOOST_TEST(!hookferry::holds_redaction(text), text);
  BOOST_TEST(hookferry::holds_redaction(Redaction(is_kept).redact(R"({"token":"x"})")));
}

BOOST_AUTO_TEST_SUITE_END()
