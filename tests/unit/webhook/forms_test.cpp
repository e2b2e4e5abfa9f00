#include <boost/test/unit_test.hpp>

#include "core/failure.hpp"
#include "json/build.hpp"
#include "secrets/secrets.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"
#include "support/v5_webhooks.hpp"
#include "webhook/differences.hpp"
#include "webhook/kinds.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

std::string generic(const std::string& configuration) {
  return R"({"type":"GENERIC","name":"a","url":"https://a.test/","genericWebhook":)" + configuration + "}";
}

std::string with_payload(const std::string& payload) {
  return generic(R"({"payload":)" + json::encode(payload) + "}");
}

bool equal(const std::string& one, const std::string& other) {
  return content(parse_webhook(one)) == content(parse_webhook(other));
}

/// "path: old -> new" a line; '-' where there is none.
std::string differing(const std::string& before, const std::string& after, bool masks = false) {
  std::string out;
  const auto old_webhook = parse_webhook(before);
  for (auto difference : differences(&old_webhook, parse_webhook(after))) {
    if (masks) difference = masked(difference);
    out += difference.path + ": " + difference.before.value_or("-") + " -> " +
           difference.after.value_or("-") + "\n";
  }
  return out;
}

std::string error_of(const std::string& text) {
  try {
    read_webhooks(text, "the file");
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(forms)

BOOST_AUTO_TEST_CASE(every_type_of_v5_is_recognised) {
  for (const auto& [type, name, text] : v5_webhooks) {
    const auto sent = parse_webhook(std::string(text));
    BOOST_TEST((sent.form == Form::v5), text);
    BOOST_TEST(sent.defect == "");
    BOOST_TEST(sent.identity.alias == name);
    BOOST_TEST(type_name(sent.identity.type) == type);
    BOOST_TEST((!sent.id && sent.uuid.empty()));
    BOOST_TEST((find_kind_by_name(type) == find_kind(sent.identity.type)));

    const auto returned = parse_webhook(as_returned(text, 2001));
    BOOST_TEST(returned.id.value() == 2001);
    BOOST_TEST(returned.uuid == "3f0d6f8a-0d0e-4f0b-9a0c-6a1f6f1b2001");
    BOOST_TEST(!returned.modified_after_creation);
    BOOST_TEST((returned.identity == sent.identity));
    BOOST_TEST(content(returned) == content(sent));
    BOOST_TEST((digest_of(returned) == digest_of(sent)));
  }
}

BOOST_AUTO_TEST_CASE(a_member_of_v1_makes_it_v1) {
  for (const auto* text : {R"({"alias":"a","type":"SLACK"})", R"({"integration_type_id":0,"slack":{}})",
                           R"({"integration_type_fields":"[]","type":"SLACK"})", R"({"name":"a"})",
                           R"({"type":3})", R"({"id":1,"url":"https://a.test/"})", "{}", "1", "[]"})
    BOOST_TEST((parse_webhook(text).form == Form::v1), text);
}

BOOST_AUTO_TEST_CASE(a_form_that_is_stated_is_not_recognised_anew) {
  const auto document = json::Document::parse(R"({"id":7,"type":"SLACK","name":"a"})");
  const auto webhook = read_webhook(document.root(), {}, Digest::when_needed, Form::v1);
  BOOST_TEST((webhook.form == Form::v1));
  BOOST_TEST(webhook.id.value() == 7);
  BOOST_TEST(webhook.defect == "no alias");
}

BOOST_AUTO_TEST_CASE(a_webhook_without_name_or_type_has_a_defect) {
  BOOST_TEST(parse_webhook(R"({"type":"SLACK","slack":{}})").defect == "no name");
  BOOST_TEST(parse_webhook(R"({"type":"SLACK","name":""})").defect == "no name");
  BOOST_TEST(parse_webhook(R"({"name":"a","slack":{}})").defect == "no type (type)");
  BOOST_TEST(parse_webhook(R"({"name":"a","type":2,"slack":{}})").defect == "no type (type)");
}

BOOST_AUTO_TEST_CASE(unknown_types_are_matched_by_their_names) {
  const auto type_of_name = [](const std::string& type) {
    return parse_webhook(R"({"name":"a","type":")" + type + R"("})").identity.type;
  };
  BOOST_TEST(type_of_name("CARRIER_PIGEON") == type_of_name("CARRIER_PIGEON"));
  BOOST_TEST(type_of_name("CARRIER_PIGEON") != type_of_name("SEMAPHORE"));
  BOOST_TEST(type_of_name("CARRIER_PIGEON") == -1000 - 3849511942);  // ledgers keep it
  BOOST_TEST(type_name(type_of_name("CARRIER_PIGEON")) == "unknown");
  BOOST_TEST(type_of_name("slack") < -1000);
}

BOOST_AUTO_TEST_CASE(spelling_does_not_count_and_the_payload_counts_to_the_byte) {
  BOOST_TEST(equal(generic(R"({"method":"POST","headers":{"A":"1","B":"2"}})"),
                   generic(R"({ "headers" : {"B":"2","\u0041":"1"}, "method":"POST","payload":null})")));
  BOOST_TEST(equal(R"({"type":"SLACK","name":"a","slack":{}})",
                   R"({"name":"a","url":null,"slack":{},"type":"SLACK"})"));
  BOOST_TEST(!equal(R"({"type":"SLACK","name":"a","slack":{}})", R"({"type":"SLACK","name":"a"})"));
  BOOST_TEST(!equal(with_payload(R"({"a":1})"), with_payload(R"({"a": 1})")));
  BOOST_TEST(!equal(generic(R"({"id":"1"})"), generic(R"({"id":"2"})")));
}

BOOST_AUTO_TEST_CASE(a_change_after_creation_shows) {
  const auto changed = [](const std::string& created, const std::string& updated) {
    return parse_webhook(R"({"type":"SLACK","name":"a","createdAt":")" + created + R"(","updatedAt":")" +
                         updated + "\"}")
        .modified_after_creation;
  };
  BOOST_TEST(changed("2026-11-20T08:00:01.690012Z", "2026-11-20T08:00:01.690013Z"));
  BOOST_TEST(!changed("2026-11-20T08:00:01.690012Z", "2026-11-20T08:00:01.690012Z"));
  BOOST_TEST(!changed("2026-11-20T08:00:01Z", "2026-11-20T08:00:01Z"));
}

BOOST_AUTO_TEST_CASE(one_array_holds_one_form) {
  const std::string v1 = R"({"alias":"a","integration_type_id":0})";
  const std::string v5 = R"({"name":"a","type":"SLACK","slack":{}})";
  BOOST_TEST(error_of("[" + v1 + "," + v1 + "," + v5 + "," + v1 + "]") ==
             "the file holds webhooks of two forms: number 3 of the array is the first of v5's form");
  BOOST_TEST(error_of("[1,{}," + v5 + "," + v1 + "]") ==
             "the file holds webhooks of two forms: number 4 of the array is the first of v1's form");
  BOOST_TEST(error_of("[" + v5 + R"(,1,{},{"name":"b"}])") == "");
}

BOOST_AUTO_TEST_CASE(an_element_that_does_not_show_its_form_has_that_of_the_file) {
  const auto webhooks = read_webhooks(R"([{"name":"a","type":"SLACK"},{"externalId":9,"name":"b"}])", "it");
  BOOST_TEST((webhooks[1].form == Form::v5));
  BOOST_TEST(webhooks[1].id.value() == 9);
  BOOST_TEST(webhooks[1].defect.str().starts_with("no type (type)"));
}

BOOST_AUTO_TEST_CASE(differences_have_paths_into_the_json_of_a_payload) {
  BOOST_TEST(differing(with_payload(R"({"privateKey":"x","n":[1,2],"s":"{\"t\":1}"})"),
                       with_payload(R"({"privateKey":"y","n":[1,3],"s":"{\"t\":2}"})")) ==
             "/genericWebhook/payload/privateKey: \"x\" -> \"y\"\n"
             "/genericWebhook/payload/n/1: 2 -> 3\n"
             "/genericWebhook/payload/s/t: 1 -> 2\n");
  BOOST_TEST(differing(with_payload("Hello $ALERT_NAME"), with_payload("{}")) ==
             "/genericWebhook/payload: \"Hello $ALERT_NAME\" -> \"{}\"\n");
  BOOST_TEST(differing(with_payload(R"({"a":1})"), with_payload(R"({"a": 1})")) ==
             R"(/genericWebhook/payload: "{\"a\":1}" -> "{\"a\": 1}")"
             "\n");
  BOOST_TEST(differing(generic(R"({"headers":{"A":"1"},"method":null})"), generic(R"({"uuid":"u"})")) ==
             "/genericWebhook/headers: {\"A\":\"1\"} -> -\n/genericWebhook/uuid: - -> \"u\"\n");
  BOOST_TEST(differing(R"({"id":"1","externalId":1,"type":"SLACK","name":"a","slack":{}})",
                       R"({"id":"2","externalId":2,"type":"SLACK","name":"a","url":"u","slack":{}})") ==
             "/url: - -> \"u\"\n");
}

BOOST_AUTO_TEST_CASE(secrets_of_v5_are_masked) {
  const std::string secrets =
      generic(R"({"headers":{"Authorization":"Bearer 5ecret-a"},"payload":"{\"privateKey\":\"5ecret-b\"}"})");
  const auto text = differing(secrets, generic("{}"), true) +
                    differing(with_payload(R"({"privateKey":"5ecret-c"})"),
                              with_payload(R"({"privateKey":"5ecret-d"})"), true) +
                    differing(R"({"type":"JIRA","name":"a","jira":{"apiToken":"5ecret-e"}})",
                              R"({"type":"JIRA","name":"a","jira":{"apiToken":"5ecret-f"}})", true) +
                    differing(R"({"type":"X","name":"a","pagerDuty":{"serviceKey":"5ecret-g"}})",
                              R"({"type":"X","name":"a","pagerDuty":"5ecret-h"})", true);
  BOOST_TEST(text.find("5ecret") == std::string::npos, text);
  BOOST_TEST(text.find("***") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_secret_place_below_a_value_is_masked_in_it) {
  const auto webhook = parse_webhook(with_payload(R"({"word":"plain","other":"stays"})"));
  const auto found = differences(nullptr, webhook);
  SecretPlaces places;
  places.paths = {"/genericWebhook/payload/word"};
  std::string text;
  for (const auto& difference : found) text += masked(difference, places).after.value_or("");
  BOOST_TEST(text.find("plain") == std::string::npos, text);
  BOOST_TEST(text.find("stays") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(a_path_leads_into_the_json_of_a_payload) {
  const auto text = R"({"id":"u","externalId":5,"type":"SEND_LOG","name":"a","sendLog":{"payload":)" +
                    json::encode(R"({"privateKey":"x", "l":[1,2]})") + "}}";
  const auto document = json::Document::parse(text);
  const auto at = [&](std::string_view path) { return value_at(document.root(), path).value_or("(none)"); };
  BOOST_TEST(at("/name") == "\"a\"");
  BOOST_TEST(at("/sendLog/payload/privateKey") == "\"x\"");
  BOOST_TEST(at("/sendLog/payload/l/1") == "2");
  for (const auto* path : {"/id", "/externalId", "/type", "/sendLog/payload/none", "/name/x", "/none"})
    BOOST_TEST(at(path) == "(none)", path);

  const auto edits = set_at(document.root(), "/sendLog/payload/privateKey", R"("n\"ew")");
  BOOST_REQUIRE(edits.has_value());
  BOOST_TEST(json::apply(text, *edits) ==
             R"({"id":"u","externalId":5,"type":"SEND_LOG","name":"a","sendLog":{"payload":)" +
                 json::encode(R"({"privateKey":"n\"ew", "l":[1,2]})") + "}}");
  BOOST_TEST(!set_at(document.root(), "/type", "1"));
}

BOOST_AUTO_TEST_CASE(a_webhook_has_one_configuration_that_of_its_type) {
  const auto breaches = [](const std::string& text) {
    const auto document = json::Document::parse(text);
    const auto found = configuration_breaches(parse_webhook(text).identity.type, document.root());
    return found.empty() ? "" : found.front();
  };
  for (const auto& webhook : v5_webhooks) BOOST_TEST(breaches(std::string(webhook.text)) == "");
  BOOST_TEST(breaches(R"({"name":"a","type":"SLACK"})") == "has no configuration (slack)");
  BOOST_TEST(breaches(R"({"name":"a","type":"SLACK","slack":null})") == "has no configuration (slack)");
  BOOST_TEST(breaches(R"({"name":"a","type":"SLACK","slack":{},"jira":{}})") ==
             "has several configurations: slack, jira");
  BOOST_TEST(breaches(R"({"name":"a","type":"SLACK","jira":{}})") ==
             "has the configuration jira, and its type takes slack");
  BOOST_TEST(breaches(R"({"name":"a","type":"CARRIER_PIGEON","pigeon":{}})") == "");
}

BOOST_AUTO_TEST_CASE(a_redacted_webhook_keeps_what_it_is_matched_by) {
  Redaction redaction([](std::string_view name) { return is_kept_when_redacted(name, Form::v5); });
  const auto before = as_returned(v5_webhooks[2].text, 2003);
  const auto after = redaction.redact(before);
  BOOST_TEST(redaction.secrets() == 1u);
  BOOST_TEST(after.find("0123456789abcdef") == std::string::npos);
  BOOST_TEST((parse_webhook(after).identity == parse_webhook(before).identity));
  BOOST_TEST(parse_webhook(after).uuid == parse_webhook(before).uuid);
  BOOST_TEST(holds_redaction(after));
}

BOOST_AUTO_TEST_SUITE_END()
