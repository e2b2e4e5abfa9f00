#include "sandbox/store.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "json/build.hpp"
#include "json/document.hpp"
#include "support/rooms.hpp"

namespace {

namespace json = hookferry::json;

std::string objection(const std::string& webhook) {
  const auto document = json::Document::parse(webhook);
  return hookferry::sandbox::guide_objection(document.root()).value_or("none");
}

const std::string slack = R"({"alias":"a","url":"https://a.test","integration_type_fields":"[]",)"
                          R"("integration_type_id":0,"integration_type":)"
                          R"({"id":0,"name":"Slack","icon":"/assets/settings/slack-48.png"}})";

struct Change {
  std::string from, to;
};

/// The slack webhook, changed in one place.
std::string changed(const Change& change) {
  auto out = slack;
  BOOST_REQUIRE(out.find(change.from) != std::string::npos);
  return out.replace(out.find(change.from), change.from.size(), change.to);
}

/// A request of that type, with Table A's block for it.
std::string typed(int type, const std::string& label, const std::string& fields) {
  const auto id = std::to_string(type);
  return R"({"alias":"x","url":"https://a.test","integration_type_id":)" + id +
         R"(,"integration_type":{"id":)" + id + R"(,"label":")" + label +
         R"(","icon":"/assets/x.png"},"integration_type_fields":)" + json::encode(fields) + "}";
}

const std::string http_fields = R"([{"name":"uuid","value":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb"},)"
                                R"({"name":"method","value":"post"},{"name":"headers","value":{}},)"
                                R"({"name":"payload","value":{}}])";

}  // namespace

BOOST_AUTO_TEST_SUITE(guide_rules)

BOOST_AUTO_TEST_CASE(every_type_of_table_a_is_taken_with_the_fields_of_table_b) {
  struct Case {
    int type;
    std::string label, fields;
    std::vector<std::string> required;  ///< names of Table B
  };
  const std::vector<std::string> http = {"uuid", "method", "headers", "payload"};
  for (
      const auto& [type, label, fields, required] : std::vector<Case>{
          {0, "Slack", "[]", {}},
          {1, "WebHook", http_fields, http},
          {2, "PagerDuty", R"([{"name":"serviceKey","value":"E"}])", {"serviceKey"}},
          {3, "SendLog", http_fields, http},
          {3, "Send Log", http_fields, http},
          {4, "Email Group", R"([{"name":"payload","value":["a@example.com"]}])", {"payload"}},
          {5, "Microsoft Teams", "[]", {}},
          {6,
           "Jira",
           R"([{"name":"apiToken","value":"E"},{"name":"email","value":"e"},{"name":"projectKey","value":"P"}])",
           {"apiToken", "email", "projectKey"}},
          {7, "Opsgenie", "[]", {}},
          {8, "Demisto", http_fields, http}})
    BOOST_TEST_CONTEXT(label) {
      BOOST_TEST(objection(typed(type, label, fields)) == "none");
      BOOST_TEST(objection(typed(type, "Nothing", fields)) != "none");
      BOOST_TEST(objection(typed(type, label, "no json")) != "none");
      BOOST_TEST(objection(typed(type, label, "{}")) != "none");
      for (const auto& name : required) {
        auto without = fields;
        without.replace(without.find("\"" + name + "\""), name.size() + 2, "\"other\"");
        BOOST_TEST(objection(typed(type, label, without)).find(name) != std::string::npos, name);
      }
    }
}

BOOST_AUTO_TEST_CASE(values_comply_with_table_b) {
  for (const auto& [from, to] : std::vector<Change>{{R"("post")", R"("delete")"},
                                                    {R"("post")", "1"},
                                                    {R"("17a3b9e3-)", R"("17a3b9e3)"},
                                                    {R"("headers","value":{})", R"("headers","value":"{}")"},
                                                    {R"("payload","value":{})", R"("payload","value":[])"}})
    BOOST_TEST_CONTEXT(from << " becomes " << to) {
      auto fields = http_fields;
      BOOST_REQUIRE(fields.find(from) != std::string::npos);
      fields.replace(fields.find(from), from.size(), to);
      for (const int type : {1, 3, 8})
        BOOST_TEST(objection(typed(type,
                                   type == 1   ? "webhook"
                                   : type == 3 ? "sendlog"
                                               : "demisto",
                                   fields)) != "none");
    }
  for (const auto* list : {R"("a@example.com")", "[1]", "{}", "null"})
    BOOST_TEST(objection(typed(4, "Email Group",
                               R"([{"name":"payload","value":)" + std::string(list) + "}]")) != "none",
               list);
}

BOOST_AUTO_TEST_CASE(the_type_is_one_of_table_a_and_the_same_in_both_places) {
  BOOST_TEST(objection(slack) == "none");
  BOOST_TEST(objection(typed(9, "Slack", "[]")) != "none");
  BOOST_TEST(objection(typed(-1, "Slack", "[]")) != "none");
  BOOST_TEST(objection(typed(0, "Jira", "[]")) == "integration_type has no label of that type");
  for (const auto& change : std::vector<Change>{
           {R"("integration_type_id":0,)", ""},
           {R"("integration_type_id":0)", R"("integration_type_id":"0")"},
           {R"("integration_type_id":0)", R"("integration_type_id":5)"},
           {R"({"id":0,"name")", R"({"id":5,"name")"},
           {R"({"id":0,"name")", R"({"name")"},
           {R"("name":"Slack",)", ""},
           {R"("name":"Slack")", R"("name":0)"},
           {R"(,"integration_type":{"id":0,"name":"Slack","icon":"/assets/settings/slack-48.png"})", ""}})
    BOOST_TEST(objection(changed(change)) != "none", change.from << " becomes " << change.to);
}

BOOST_AUTO_TEST_CASE(members_are_what_the_guide_says_they_are) {
  for (const auto& change :
       std::vector<Change>{{R"("alias":"a",)", ""},
                           {R"("alias":"a")", R"("alias":"")"},
                           {R"("alias":"a")", R"("alias":1)"},
                           {R"("url":"https://a.test",)", ""},
                           {R"("url":"https://a.test")", R"("url":null)"},
                           {R"("integration_type_fields":"[]")", R"("integration_type_fields":[])"},
                           {R"("integration_type_fields":"[]")", R"("integration_type_fields":"")"}})
    BOOST_TEST(objection(changed(change)) != "none", change.from << " becomes " << change.to);
  for (const auto* text : {"null", "1", "\"x\"", "[]", "{}", "true"})
    BOOST_TEST(objection(text) != "none", text);
}

BOOST_AUTO_TEST_CASE(an_id_is_taken_and_nothing_else_that_belongs_to_the_server) {
  const auto with = [](const std::string& more) { return changed({R"("alias")", more + R"(,"alias")"}); };
  BOOST_TEST(objection(with(R"("id":40)")) == "none");
  BOOST_TEST(objection(with(R"("unknown":[1])")) == "none");
  for (const auto* id : {"\"40\"", "null", "1.5", "[]"})
    BOOST_TEST(objection(with(R"("id":)" + std::string(id))) != "none", id);
  for (const std::string name : {"company_id", "companyId", "created_at", "updated_at"})
    BOOST_TEST(objection(with("\"" + name + "\":1")).find(name) != std::string::npos, name);
}

BOOST_AUTO_TEST_SUITE_END()
