#include "webhook/webhook.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/failure.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

namespace json = hookferry::json;
using hookferry::Webhook;
using hookferry::test::write_webhooks;

namespace {

Webhook read(const std::string& text) {
  const auto document = json::Document::parse(text);
  return hookferry::read_webhook(document.root());
}

/// A webhook with these fields, given as what stands in the string.
Webhook with_fields(std::string_view fields) {
  return read(R"({"alias":"a","integration_type_id":1,"integration_type_fields":)" + json::encode(fields) +
              "}");
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
}

const std::string slack = R"({
  "id": 1050, "alias": "slack-webhook", "url": "https://hooks.example.test/x",
  "integration_type_fields": null, "integration_type_id": 0, "integrationTypeId": 0,
  "company_id": 12345, "companyId": 12345,
  "updated_at": "2022-08-22T07:32:09.348Z", "created_at": "2022-08-22T07:32:09.348Z",
  "integration_type": {"label": "Slack", "icon": "/assets/settings/slack-48.png", "id": 0} })";

const std::string slack_request =
    R"({"alias":"slack-webhook","integration_type":{"id":0,"name":"Slack","icon":"/assets/settings/slack-48.png"},)"
    R"("integration_type_fields":" [ ] ","url":"https:\/\/hooks.example.test\/x"})";

const std::string sendlog =
    R"({"id":1051,"alias":"sendlog-webhook","integration_type":{"icon":"/assets/invite.png","id":3,"name":"Send Log"},)"
    R"("integration_type_fields":"[{\"name\":\"uuid\",\"value\":\"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb\"},)"
    R"({\"name\":\"payload\",\"value\":{\"logEntries\":[{\"severity\":1.0}]}}]","url":""})";

}  // namespace

BOOST_AUTO_TEST_SUITE(webhooks)

BOOST_AUTO_TEST_CASE(payloads_of_the_api_are_read) {
  struct Case {
    std::string text;
    std::optional<std::int64_t> id;
    std::string alias;
    std::int64_t type;
  };
  for (const auto& [text, id, alias, type] : std::vector<Case>{
           {slack, 1050, "slack-webhook", 0},
           {slack_request, {}, "slack-webhook", 0},
           {sendlog, 1051, "sendlog-webhook", 3},
           {R"({"alias":"p","integration_type_id":2,"url":null,)"
            R"("integration_type_fields":"[{\"name\":\"serviceKey\",\"value\":\"K\"}]"})",
            {},
            "p",
            2},
           {R"({"alias":"w","integrationTypeId":1,"integration_type_fields":"[]","id":7})", 7, "w", 1},
           {R"({"alias":"\u00e9\"\n","integration_type_id":12})", {}, "é\"\n", 12},
           {R"({"alias":"n","integration_type_id":null,"integration_type":{"id":4},"id":null})", {}, "n", 4},
       })
    BOOST_TEST_CONTEXT(text) {
      const auto webhook = read(text);
      BOOST_TEST(webhook.defect == "");
      BOOST_TEST(webhook.text.view() == text);
      BOOST_TEST((webhook.id == id));
      BOOST_TEST(webhook.identity.alias == alias);
      BOOST_TEST(webhook.identity.type == type);
    }
}

BOOST_AUTO_TEST_CASE(what_no_api_could_take_says_why) {
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"1", "object"},
           {"null", "object"},
           {"\"alias\"", "object"},
           {R"([{"alias":"a"}])", "object"},
           {"{}", "alias"},
           {R"({"integration_type_id":0})", "alias"},
           {R"({"alias":"","integration_type_id":0})", "alias"},
           {R"({"alias":null,"integration_type_id":0})", "alias"},
           {R"({"alias":5,"integration_type_id":0})", "alias"},
           {R"({"alias":"a"})", "type"},
           {R"({"alias":"a","integration_type_id":null})", "type"},
           {R"({"alias":"a","integration_type_id":"x"})", "type"},
           {R"({"alias":"a","integration_type":{"label":"Slack"}})", "type"},
           {R"({"alias":"a","integration_type":0})", "type"},
       })
    BOOST_TEST_CONTEXT(text) {
      const auto webhook = read(text);
      BOOST_TEST(webhook.defect.str().find(why) != std::string::npos, webhook.defect);
      BOOST_TEST(webhook.text.view() == text);
    }
}

BOOST_AUTO_TEST_CASE(contents_are_equal_but_for_what_belongs_to_the_account_or_the_spelling) {
  BOOST_TEST(content(read(slack)) == content(read(slack_request)));
  const auto base = read(sendlog);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("id":1051,)", R"("id":2,"company_id":1,"companyId":"x","created_at":null,"updated_at":[],)"},
           {R"("id":1051,)", ""},
           {R"("alias":"sendlog-webhook",)", R"("url":"","\u0061lias":"sendlog\u002dwebhook",)"},
           {R"("name":"Send Log")", R"("label":"Send Log")"},
           {R"("name":"Send Log")", R"("label":"Send Log","name":"Send Log")"},
           {R"("id":1051,)", R"("integration_type_id":3,"integrationTypeId":3,)"},
           {R"(\"value\":{)", R"( \"value\" : { )"},
           {R"(\"severity\":1.0)", R"(\"severity\":1)"},
           {R"({\"name\":\"uuid\",\"value\":\"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb\"})",
            R"({\"value\":\"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ec\\u0062\",\"name\":\"uuid\"})"},
       })
    BOOST_TEST_CONTEXT(from << " to " << to) {
      auto text = sendlog;
      replace(text, from, to);
      if (to.starts_with("\"url\"")) replace(text, R"(,"url":""})", "}");
      BOOST_TEST(content(read(text)) == content(base));
      BOOST_TEST(hookferry::content_digest(read(text)) == hookferry::content_digest(base));
    }
}

/// Ledgers of earlier versions hold them.
BOOST_AUTO_TEST_CASE(a_content_keeps_its_digest) {
  const std::string v5 =
      R"({"id":"uuid","externalId":1,"type":"SLACK","name":"a","url":"https://a.test","slack":{"digests":[]}})";
  BOOST_TEST(hookferry::content_digest(read(slack)) ==
             "1af7562cfccc71482e769624af1270816e983921e5bc8cb1508b75ff0675254a");
  BOOST_TEST(hookferry::content_digest(hookferry::test::parse_webhook(v5)) ==
             "afcaf7cbccc397044f1b647bcf70eb6dafced89f3c08a03c3c44215c804b0331");
}

BOOST_AUTO_TEST_CASE(any_other_difference_is_one_of_content) {
  const auto base = read(sendlog);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("sendlog-webhook")", R"("Sendlog-webhook")"},
           {R"("url":"")", R"("url":null)"},
           {R"(,"url":"")", ""},
           {R"("Send Log")", R"("SendLog")"},
           {R"("/assets/invite.png")", R"("/assets/webhook.png")"},
           {R"("id":3)", R"("id":1)"},
           {R"("id":3)", R"("id":3,"\u0069d":1)"},
           {R"("id":1051,)", R"("Id":1,)"},
           {R"("id":1051,)", R"("unknown":null,)"},
           {R"("id":1051,)", R"("integration_type_id":1,)"},
           {R"("id":3,)", R"("id":3,"company_id":1,)"},
           {R"(\"severity\":1.0)", R"(\"severity\":1.01)"},
           {R"(\"severity\":1.0)", R"(\"severity\":\"1.0\")"},
           {R"(\"severity\":1.0)", R"(\"severity\":1,\"severity\":1)"},
           {R"(\"severity\":1.0)", R"(\"severity\":1.0,\"id\":1)"},
           {R"(\"logEntries\":[{\"severity\":1.0}])", R"(\"logEntries\":{\"severity\":1.0})"},
           {R"(\"17a3)", R"(\"17A3)"},
           {R"("[{\"name\":\"uuid\")", R"("[{\"name\":\"method\",\"value\":0},{\"name\":\"uuid\")"},
       })
    BOOST_TEST_CONTEXT(from << " to " << to) {
      auto text = sendlog;
      replace(text, from, to);
      BOOST_TEST(content(read(text)) != content(base));
      BOOST_TEST(hookferry::content_digest(read(text)) != hookferry::content_digest(base));
    }
}

BOOST_AUTO_TEST_CASE(fields_are_compared_as_json_and_where_they_are_none_as_text) {
  const auto equal = [](std::string_view one, std::string_view other) {
    return content(with_fields(one)) == content(with_fields(other));
  };
  BOOST_TEST(equal(R"([{"a":[1,{}]}])", " [ {\"\\u0061\" : [1.0, { }]}\n] "));
  BOOST_TEST(!equal("[1,2]", "[2,1]"));
  BOOST_TEST(!equal("[]", "{}"));
  BOOST_TEST(!equal("[]", "[null]"));
  BOOST_TEST(equal("[broken", "[broken"));
  BOOST_TEST(!equal("[broken", "[ broken"));
  BOOST_TEST(!equal("", "[]"));
  BOOST_TEST(!equal("abc", "\"abc\""));
  BOOST_TEST(content(with_fields("[]")) ==
             content(read(R"({"alias":"a","integration_type_id":1,"integration_type_fields":null})")));
}

BOOST_AUTO_TEST_CASE(identities_order_by_alias_then_type) {
  using hookferry::Identity;
  BOOST_TEST((Identity{"a", 1} == Identity{"a", 1}));
  BOOST_TEST((Identity{"a", 1} != Identity{"A", 1}));
  BOOST_TEST((Identity{"a", 1} < Identity{"a", 2}));
  BOOST_TEST((Identity{"a", 2} < Identity{"b", 1}));
}

BOOST_AUTO_TEST_CASE(an_array_is_read_whole_and_written_pretty_with_every_scalar_as_it_was) {
  const auto webhooks = hookferry::read_webhooks(
      "\xEF\xBB\xBF [ " + sendlog + R"( , 12345678901234567890123,{"a":1e400,"a":"\u0041"}])", "test");
  BOOST_REQUIRE(webhooks.size() == 3u);
  BOOST_TEST(webhooks[0].text.view() == sendlog);
  BOOST_TEST(webhooks[0].defect == "");
  BOOST_TEST(webhooks[1].defect != "");
  BOOST_TEST(webhooks[2].defect != "");
  BOOST_TEST(write_webhooks({webhooks[1], webhooks[2]}) ==
             "[\n  12345678901234567890123,\n  {\n    \"a\": 1e400,\n    \"a\": \"\\u0041\"\n  }\n]\n");
  BOOST_TEST(write_webhooks({}) == "[]\n");
  BOOST_TEST(content(hookferry::read_webhooks(write_webhooks(webhooks), "test")[0]) == content(webhooks[0]));
}

BOOST_AUTO_TEST_CASE(what_is_no_array_is_bad_data_and_the_error_names_where_it_came_from) {
  for (const std::string text : {"", "{}", "null", "\"SECRET\"", "[", "[SECRET]", "{\"message\":\"SECRET\"}"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_CHECK_EXCEPTION(hookferry::read_webhooks(text, "the\x1b[file"), hookferry::Failure,
                            [](const hookferry::Failure& failure) {
                              const std::string what = failure.what();
                              BOOST_TEST((failure.cause == hookferry::Cause::bad_data));
                              BOOST_TEST(what.find("[file") != std::string::npos, what);
                              BOOST_TEST(what.find_first_of("\x1b\n") == std::string::npos, what);
                              BOOST_TEST(what.find("SECRET") == std::string::npos, what);
                              return true;
                            });
    }
}

BOOST_AUTO_TEST_CASE(a_type_has_the_guides_name_or_its_number) {
  BOOST_TEST(hookferry::type_name(0) == "slack");
  BOOST_TEST(hookferry::type_name(8) == "demisto");
  BOOST_TEST(hookferry::type_name(12) == "12");
  BOOST_TEST(hookferry::type_name(-1) == "-1");
}

BOOST_AUTO_TEST_CASE(a_description_is_safe_for_a_terminal) {
  BOOST_TEST(hookferry::describe(read(slack)) == "\"slack-webhook\" (slack)");
  for (const std::string text : {R"({"alias":"a\u001b[2J\nb\u202e","integration_type_id":0})",
                                 R"({"alias":"a\u001b[2J\nb\u202e","id":5})"})
    BOOST_TEST_CONTEXT(text) {
      const auto shown = hookferry::describe(read(text));
      BOOST_TEST(shown.find_first_of("\x1b\n\xE2") == std::string::npos, shown);
      BOOST_TEST(shown.find("[2J") != std::string::npos, shown);
    }
}

BOOST_AUTO_TEST_CASE(json_inside_the_fields_of_others_is_held_to_the_limit_of_an_element) {
  const auto listing = [](const std::string& fields) {
    return R"([{"alias":"a","integration_type_id":1,"integration_type_fields":)" + json::encode(fields) +
           "}]";
  };
  json::ParseLimits limits;
  limits.nodes_of_element = 8;
  BOOST_TEST(hookferry::read_webhooks(listing("[1,2,3,4,5,6,7]"), "it", limits).size() == 1u);
  BOOST_TEST(hookferry::read_webhooks(listing("[1,2,3,4,5,6,7,8] no JSON"), "it").size() == 1u);
  BOOST_CHECK_EXCEPTION(hookferry::read_webhooks(listing("[1,2,3,4,5,6,7,8]"), "it", limits),
                        hookferry::Failure, [](const hookferry::Failure& failure) {
                          return std::string(failure.what()).find("more values") != std::string::npos;
                        });
}

BOOST_AUTO_TEST_CASE(duplicate_fields_both_count_towards_the_limit) {
  json::ParseLimits limits;
  limits.nodes_of_element = 20;
  const auto listing = [](const std::string& first) {
    return R"([{"alias":"a","integration_type_id":1,"integration_type_fields":)" + json::encode(first) +
           R"(,"integration_type_fields":"[]"}])";
  };
  BOOST_TEST(hookferry::read_webhooks(listing("[1,2,3]"), "it", limits).size() == 1u);
  BOOST_CHECK_THROW(
      hookferry::read_webhooks(listing("[1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5]"), "it", limits),
      hookferry::Failure);
}

BOOST_AUTO_TEST_CASE(webhooks_written_part_by_part_are_those_written_at_once) {
  std::vector<Webhook> webhooks;
  for (int i = 0; i < 2'500; ++i)  // on two threads, where there are two
    webhooks.push_back(
        read(R"({ "alias" : "a)" + std::to_string(i) + R"(","integration_type_id":0, "x":[ ]})"));
  const auto whole = write_webhooks(webhooks);
  std::string expected = "[";
  for (const auto& webhook : webhooks) {
    expected += expected.size() > 1 ? ",\n  " : "\n  ";
    json::append_pretty(expected, webhook.text.view(), 2);
  }
  BOOST_TEST((whole == expected + "\n]\n"));
  for (const std::size_t part : {1u, 7u, 1'000u, 2'499u}) BOOST_TEST_CONTEXT(part) {
      std::string out;
      hookferry::WebhooksWriter writer([&](std::string_view piece) { out += piece; });
      for (std::span<const Webhook> left(webhooks); !left.empty();
           left = left.subspan(std::min(part, left.size()))) {
        writer.add(left.first(std::min(part, left.size())));
        writer.add({});
      }
      writer.end();
      BOOST_TEST((out == whole));
    }
  BOOST_TEST(write_webhooks({}) == "[]\n");
}

BOOST_AUTO_TEST_CASE(webhooks_outlive_the_text_and_the_listing_that_they_came_in) {
  std::optional<Webhook> second;
  {
    auto webhooks = hookferry::read_webhooks(R"([{"alias":"a","integration_type_id":0}, {"alias":"b",)"
                                             R"("integration_type_id":0} ])",
                                             "it");
    second = webhooks.at(1);
  }
  BOOST_TEST(second->text.str() == R"({"alias":"b","integration_type_id":0})");
  BOOST_TEST(hookferry::content(*second) ==
             hookferry::content(read(R"({"integration_type_id":0,"alias":"b"})")));
}

BOOST_AUTO_TEST_SUITE_END()
