#include "transform/transformer.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/build.hpp"
#include "json/document.hpp"
#include "support/rooms.hpp"

namespace json = hookferry::json;
using hookferry::TransformedWebhook;
using hookferry::TransformRules;

namespace {

const hookferry::RegionTable& regions() {
  static const auto table = hookferry::RegionTable::builtin();
  return table;
}

TransformRules between(std::string_view from, std::string_view to) {
  TransformRules out;
  out.hosts = hookferry::HostRewrites::between(*regions().find(from), *regions().find(to));
  out.regions = &regions();
  out.source = regions().find(from);
  out.destination = to;
  return out;
}

TransformRules fresh_uuids(const std::string& destination) {
  TransformRules out;
  out.fresh_uuids = true;
  out.destination = destination;
  return out;
}

TransformedWebhook transformed(const std::string& webhook, const TransformRules& rules = {}) {
  return hookferry::transform::transform(hookferry::read_webhooks("[" + webhook + "]", "test"), rules).at(0);
}

/// The text of the webhook after it, without spaces outside strings.
std::string text_after(const std::string& webhook, const TransformRules& rules = {}) {
  const auto document = json::Document::parse(transformed(webhook, rules).webhook.text.str());
  return json::compact(document.root());
}

/// What becomes of one member of a webhook, as JSON text.
std::string member_after(const std::string& name, const std::string& value, const TransformRules& rules,
                         int type = 1) {
  const auto after = transformed(
      R"({"alias":"a","integration_type_id":)" + std::to_string(type) + ",\"" + name + "\":" + value + "}",
      rules);
  const auto document = json::Document::over(after.webhook.text.view());
  return std::string(document.root().find(name)->text());
}

/// The same of `integration_type_fields`, given and shown as what stands in the string.
std::string fields_after(const std::string& fields, const TransformRules& rules, int type = 1) {
  return json::decode(member_after("integration_type_fields", json::encode(fields), rules, type));
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// The fields of a sendlog; an empty UUID leaves it out.
std::string sendlog_fields(const std::string& uuid, const std::string& payload_uuid,
                           const std::string& key = R"("OLD-KEY")") {
  const auto field = uuid.empty() ? "" : R"({"name": "uuid", "value": ")" + uuid + R"("}, )";
  const auto member = payload_uuid.empty() ? "" : R"("uuid" : ")" + payload_uuid + R"(", )";
  return "[" + field + R"({"name":"method","value":"post"}, {"name":"payload","value":{)" + member +
         R"("privateKey": )" + key + R"(,"n":1.0,"n":1e400}}])";
}

/// Texts of `integration_type_fields` between quotes, each with what a round trip through a tree would lose.
const std::vector<std::string> peculiar = {
    R"(" [ ] ")",
    R"("[{\"value\":1.0,\"name\":\"n\"} , {\"name\":\"m\",\"value\":1e400}]")",
    R"("[{\"name\":\"n\",\"value\":12345678901234567890123}]")",
    R"("[{\"name\":\"d\",\"value\":{\"a\":1,\"a\":2,\"\":-0}}]")",
    R"("[{\"name\":\"e\",\"value\":\"\\u0041\\\/\\u00e4\\ud83d\\ude00\\ud800\"}]")",
    R"("\u005b{\u0022name\u0022:\"e\",\"value\":\"a\/b\"}]")",
    R"("[\r\n\t{\"name\":\"s\",\"value\":\"{ \\\"a\\\" : [1.0 , \\\"\\\\u0041\\\"] }\"}]")",
    R"("no JSON \/ \u0041")",
    R"("")",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(transformer)

BOOST_AUTO_TEST_CASE(each_member_that_the_server_owns_is_removed) {
  const std::string rest = R"("alias":"a","integration_type_id":0)";
  for (const std::string name : {"id", "company_id", "companyId", "created_at", "updated_at", R"(\u0069d)"})
    for (const std::string value : {"7", "null", R"("2022-08-22T07:32:09.348Z")", R"({"id":1})"})
      BOOST_TEST_CONTEXT(name << " " << value) {
        const auto member = "\"" + name + "\":" + value;
        BOOST_TEST(text_after("{" + member + "," + rest + "}") == "{" + rest + "}");
        BOOST_TEST(text_after("{" + member + "," + rest + "," + member + "}") == "{" + rest + "}");
      }
}

BOOST_AUTO_TEST_CASE(all_else_is_kept_in_its_order) {
  for (const std::string member : {
           R"("integration_type":{"id":0,"label":"Slack","created_at":"x"})",
           R"("integrationTypeId":0)",
           R"("more":{"id":1,"company_id":2,"companyId":3,"created_at":4,"updated_at":[{"id":5}]})",
           R"("ID":1,"Id":2,"company-id":3,"companyID":4,"createdAt":5,"updatedAt":6,"id ":7,"":8)",
           R"("n":1.0,"m":1e400,"l":12345678901234567890123,"z":-0,"e":1E+2)",
           R"("unknown":[null,true,false,{}],"\u0061":"\u0041\/\u00e4")",
           R"("d":1,"d":2)",
           R"("integration_type_fields":"[]","url":"https:\/\/x.test")",
           R"("url":null)",
       }) {
    const auto webhook = R"({"z":1,"alias":"a",)" + member + R"(,"integration_type_id":0,"b":2})";
    BOOST_TEST(text_after(webhook) == webhook);
    BOOST_TEST(text_after(webhook, between("eu1", "us1")) == webhook);
  }
}

BOOST_AUTO_TEST_CASE(fields_of_null_become_an_empty_list) {
  BOOST_TEST(member_after("integration_type_fields", "null", {}) == R"("[]")");
  BOOST_TEST(text_after(R"({"alias":"a","integration_type_id":0})") ==
             R"({"alias":"a","integration_type_id":0})");
}

BOOST_AUTO_TEST_CASE(the_source_id_is_kept_beside_the_webhook) {
  const auto after = transformed(R"({"id":1050,"alias":"a","integration_type_id":0})");
  BOOST_TEST((after.source_id == 1050));
  BOOST_TEST((after.webhook.id == std::nullopt));
}

BOOST_AUTO_TEST_CASE(what_the_api_cannot_take_stays_as_it_came) {
  for (const std::string text : {"5", "null", "[1]", R"({"id": 3,"integration_type_id":0})",
                                 R"({"id":3,"alias":"a","created_at":"x"})"}) {
    const auto after = transformed(text, between("eu1", "us1"));
    BOOST_TEST(after.webhook.text.view() == text);
    BOOST_TEST(after.webhook.defect != "");
  }
}

BOOST_AUTO_TEST_CASE(fields_that_need_no_change_stay_to_the_byte) {
  auto all = between("eu1", "us1");
  all.fresh_uuids = true;
  all.sendlog_private_key = "NEW-KEY";
  for (const auto& literal : peculiar) {
    BOOST_TEST(member_after("integration_type_fields", literal, {}, 3) == literal);
    BOOST_TEST(member_after("integration_type_fields", literal, all, 3) == literal);
  }
}

BOOST_AUTO_TEST_CASE(a_rewritten_url_differs_only_at_the_host) {
  for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
           {R"("https://api.coralogix.com/a?b#c")", R"("https://api.coralogix.us/a?b#c")"},
           {R"("https:\/\/u:p@API.Coralogix.com:8443\/\u0041")",
            R"("https:\/\/u:p@api.coralogix.us:8443\/\u0041")"},
           {R"("https://api.eu1.coralogix.com/")", R"("https://api.us1.coralogix.com/")"},
           {R"("https://ingress.coralogix.com/")", R"("https://ingress.coralogix.us/")"},
           {R"("https://api.coralogix.com.evil.test/")", R"("https://api.coralogix.com.evil.test/")"},
           {R"("")", R"("")"},
           {"5", "5"},
       })
    BOOST_TEST(member_after("url", before, between("eu1", "us1")) == after);
}

BOOST_AUTO_TEST_CASE(hosts_outside_url_and_fields_stay) {
  for (const std::string name : {"URL", "note", "integration_type", "integrationTypeFields"})
    BOOST_TEST(member_after(name, R"("https://api.coralogix.com/x")", between("eu1", "us1")) ==
               R"("https://api.coralogix.com/x")");
  const std::string alias = "https://api.coralogix.com/x";
  const auto after =
      transformed(R"({"alias":")" + alias + R"(","integration_type_id":0})", between("eu1", "us1"));
  BOOST_TEST(after.webhook.identity.alias == alias);
}

BOOST_AUTO_TEST_CASE(hosts_in_the_fields_are_rewritten_at_any_depth) {
  const std::string url = "https://api.coralogix.com/x";
  const auto field = [](const std::string& value) {
    return R"([{"value": )" + value + R"(, "name":"p"} , 1.0])";
  };
  const auto quoted = json::encode(url);
  const auto object = R"({ "a" : 1e400 , "a":)" + quoted + "}";
  const auto inside = json::encode(object);
  for (const auto& fields : {
           field(quoted),
           field(R"({"a":[{"b":)" + quoted + R"(},"\u0041"]})"),
           field(json::encode("see " + url + ", then " + url + ".")),
           field(R"("https:\/\/api.coralogix.com\/x")"),
           field(inside),
           field(json::encode("[" + inside + ",\"\\u0041\"]")),
           field(json::encode(R"({"d":)" + json::encode("[" + inside + "]") + "}")),
           "no JSON at all: " + url,
       })
    BOOST_TEST_CONTEXT(fields) {
      const auto expected = replaced(fields, "api.coralogix.com", "api.coralogix.us");
      BOOST_TEST(fields_after(fields, between("eu1", "us1")) == expected);
      BOOST_TEST(fields_after(fields, {}) == fields);
    }
}

BOOST_AUTO_TEST_CASE(around_a_rewritten_host_in_the_fields_every_byte_stays) {
  for (const auto& literal : peculiar) {
    const auto at = literal.rfind(']') == std::string::npos ? literal.size() - 1 : literal.rfind(']');
    const auto before = literal.substr(0, at) + std::string(literal.find('{') < at ? "," : "") +
                        R"(\"https:\\/\\/api.coralogix.com\\/\\u0041\")" + literal.substr(at);
    BOOST_TEST(member_after("integration_type_fields", before, between("eu1", "us1")) ==
               replaced(before, "api.coralogix.com", "api.coralogix.us"));
  }
}

BOOST_AUTO_TEST_CASE(a_fresh_uuid_is_the_same_in_both_places_and_changes_nothing_else) {
  const std::string one = "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb",
                    other = "00000000-0000-4000-8000-000000000001";
  const auto after = fields_after(sendlog_fields(one, one), fresh_uuids("us1"), 3);
  const auto start = after.find(R"("value": ")") + 10;
  const auto fresh = after.substr(start, 36);
  BOOST_TEST(fresh != one);
  BOOST_TEST(after == sendlog_fields(fresh, fresh));
  BOOST_TEST(fields_after(sendlog_fields(one, one), fresh_uuids("us1"), 3) == after);
  BOOST_TEST(fields_after(sendlog_fields(one, one), fresh_uuids("us2"), 3) != after);
  BOOST_TEST(fields_after(sendlog_fields(other, other), fresh_uuids("us1"), 3) != after);
  BOOST_TEST(fields_after(sendlog_fields(one, ""), fresh_uuids("us1"), 3) == sendlog_fields(fresh, ""));
  BOOST_TEST(fields_after(sendlog_fields("", one), fresh_uuids("us1"), 3) == sendlog_fields("", fresh));
  BOOST_TEST(fields_after(sendlog_fields("", ""), fresh_uuids("us1"), 3) == sendlog_fields("", ""));
  BOOST_TEST(fields_after(sendlog_fields(one, one), {}, 3) == sendlog_fields(one, one));
}

BOOST_AUTO_TEST_CASE(the_private_key_of_sendlog_payloads_becomes_the_destinations) {
  TransformRules rules;
  rules.sendlog_private_key = R"(NEW"\KEY)";
  const std::string fresh = R"("NEW\"\\KEY")";
  BOOST_TEST(fields_after(sendlog_fields("", ""), rules, 3) == sendlog_fields("", "", fresh));
  BOOST_TEST(fields_after(sendlog_fields("", "", R"("\u0041")"), rules, 3) == sendlog_fields("", "", fresh));
  BOOST_TEST(fields_after(sendlog_fields("", ""), {}, 3) == sendlog_fields("", ""));
  BOOST_TEST(fields_after(sendlog_fields("", ""), rules, 1) == sendlog_fields("", ""));
  const auto as_string = [](const std::string& key) {
    return R"([{"name":"payload","value":)" + json::encode(R"({"privateKey" : )" + key + "}") + "}]";
  };
  BOOST_TEST(fields_after(as_string(R"("OLD")"), rules, 3) == as_string(fresh));
}

BOOST_AUTO_TEST_CASE(all_rules_together_do_not_disturb_one_another) {
  auto rules = between("eu1", "us1");
  rules.fresh_uuids = true;
  rules.sendlog_private_key = "https://api.coralogix.com/";  // what it holds is not looked into
  const std::string uuid = "https://ingress.coralogix.com/";
  const auto after = fields_after(sendlog_fields(uuid, uuid), rules, 3);
  const auto fresh = after.substr(after.find(R"("value": ")") + 10, 36);
  BOOST_TEST(after == sendlog_fields(fresh, fresh, R"("https://api.coralogix.com/")"));
}

BOOST_AUTO_TEST_CASE(transforming_again_changes_nothing_and_the_way_back_restores) {
  for (const auto& literal : peculiar) {
    const auto webhook = R"({"alias":"a","integration_type_id":3,"n":1.0,"integration_type_fields":)" +
                         literal + R"(,"url":"https://api.coralogix.com/x","more":{"id":1}})";
    const auto once = text_after(webhook, between("eu1", "us1"));
    BOOST_TEST(once != webhook);
    BOOST_TEST(text_after(once) == once);
    BOOST_TEST(text_after(once, between("eu1", "us1")) == once);
    BOOST_TEST(text_after(once, between("us1", "eu1")) == webhook);
  }
}

BOOST_AUTO_TEST_CASE(namesakes_are_counted_however_many_webhooks_there_are) {
  // So many that marks collide; every alias of a kind with its own number of namesakes.
  std::vector<hookferry::Webhook> webhooks;
  for (int i = 0; i < 3'000; ++i)
    for (int times = 0; times < 1 + i % 3; ++times)
      webhooks.push_back(transformed(R"({"alias":"a)" + std::to_string(i) + R"(","integration_type_id":)" +
                                     std::to_string(i % 2) + "}")
                             .webhook);
  webhooks.push_back(transformed(R"({"alias":"a0"})").webhook);  // no type: nobody's namesake
  const hookferry::Namesakes namesakes(webhooks);
  for (int i = 0; i < 3'000; ++i) {
    const auto count = namesakes.count({"a" + std::to_string(i), i % 2});
    if (count != static_cast<std::size_t>(1 + i % 3)) BOOST_ERROR("a" << i << ": " << count);
    if (namesakes.count({"a" + std::to_string(i), 1 - i % 2}) > 1)
      BOOST_ERROR("a" << i << " of another type");
    if (namesakes.count({"b" + std::to_string(i), i % 2}) > 1) BOOST_ERROR("b" << i << " is nowhere");
  }
  BOOST_TEST(hookferry::Namesakes({}).count({"a", 0}) == 1u);
}

BOOST_AUTO_TEST_CASE(a_part_of_the_webhooks_is_transformed_and_warned_of_as_all_of_them_are) {
  std::string text = "[";
  for (int i = 0; i < 2'200; ++i)  // on two threads, where there are two
    text += (i > 0 ? "," : "") + std::string(R"({"id":)") + std::to_string(i) + R"(,"alias":"a)" +
            std::to_string(i % 1'500) + R"(","integration_type_id":0,"url":"https://)" +
            (i % 5 == 0   ? "api.coralogix.com"
             : i % 7 == 0 ? "acme.coralogix.com"
                          : "hooks.test") +
            R"(/x"})";
  const auto webhooks = hookferry::read_webhooks(text + "]", "test");
  const auto rules = between("eu1", "us1");
  const auto all = hookferry::transform::transform(webhooks, rules);
  const hookferry::Namesakes namesakes(webhooks);
  const std::span<const hookferry::Webhook> whole(webhooks);
  BOOST_REQUIRE(all.size() == webhooks.size());
  for (std::size_t part : {1u, 100u, 2'199u})
    for (std::size_t i = 0; i < webhooks.size(); i += part) {
      const auto some = hookferry::transform::transform(whole.subspan(i, std::min(part, webhooks.size() - i)),
                                                        rules, namesakes);
      for (std::size_t n = 0; n < some.size(); ++n)
        if (some[n].webhook.text.view() != all[i + n].webhook.text.view() ||
            some[n].warnings != all[i + n].warnings || some[n].source_id != all[i + n].source_id)
          BOOST_ERROR("webhook " << i + n << " in parts of " << part);
    }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool shared = i < 700 || i >= 1'500;
    const bool warned = !all[i].warnings.empty() &&
                        all[i].warnings.back() == "2 webhooks of the source share this alias and type";
    if (warned != shared) BOOST_ERROR("webhook " << i);
  }
}

BOOST_AUTO_TEST_CASE(what_was_known_of_a_webhook_before_is_not_believed_of_it_transformed) {
  auto webhooks = hookferry::read_webhooks(
      R"([{"id":5,"alias":"a","integration_type_id":0,"url":"https://api.coralogix.com/x"}])", "test");
  const auto before = hookferry::content_digest(webhooks.at(0));  // made, and kept with it
  const auto after = hookferry::transform::transform(webhooks, between("eu1", "us1")).at(0).webhook;
  BOOST_TEST(hookferry::content_digest(after) != before);
  BOOST_TEST(hookferry::content_digest(after) ==
             hookferry::content_digest(hookferry::read_webhooks("[" + after.text.str() + "]", "test").at(0)));
  BOOST_TEST(hookferry::content_digest(webhooks[0]) == before);
}

BOOST_AUTO_TEST_CASE(a_webhook_transformed_is_untouched_and_has_no_id) {
  const auto after =
      transformed(R"({"id":5,"alias":"a","integration_type_id":0,"created_at":"2022","updated_at":"2023"})");
  BOOST_TEST(!after.webhook.modified_after_creation);
  BOOST_TEST(!after.webhook.id.has_value());
  BOOST_TEST((after.source_id == std::optional<std::int64_t>(5)));
}

BOOST_AUTO_TEST_SUITE_END()
