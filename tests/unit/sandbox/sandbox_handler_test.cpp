#include "sandbox/api.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/rooms.hpp"
#include "unit/sandbox/sandbox_accounts.hpp"

namespace {

using namespace hookferry::test_sandbox;
using Server = Accounts;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sandbox_handler, Server)

BOOST_AUTO_TEST_CASE(a_key_is_taken_as_a_bearer_token_in_any_case_of_the_word) {
  for (const auto* header : {"Bearer eu-key", "bearer eu-key", "BEARER eu-key"})
    BOOST_TEST(send("GET", all, "", header).status == 200, header);
  for (const auto* header : {"", "eu-key", "Bearer", "Bearer ", "Basic eu-key", "Bearereu-key",
                             "Bearer EU-KEY", "Bearer eu-key2", "Bearer eu-ke", "Token eu-key"})
    for (const auto* method : {"GET", "POST"})
      BOOST_TEST(send(method, all, slack("new"), header).status == 401, method << " " << header);
  BOOST_TEST(webhooks() == "40:old");
}

BOOST_AUTO_TEST_CASE(a_key_opens_its_own_account_only) {
  BOOST_TEST(send("POST", all, slack("new"), "Bearer us-key").status == 200);
  BOOST_TEST(webhooks("eu-key") == "40:old");
  BOOST_TEST(webhooks("us-key") == "41:new");
  BOOST_TEST(send("GET", all + "40", "", "Bearer us-key").status == 404);
  BOOST_TEST(send("DELETE", all + "40", "", "Bearer us-key").status == 404);
  BOOST_TEST(send("POST", bulk, "[" + slack("x", R"("id":40,)") + "]", "Bearer us-key").status == 404);
}

BOOST_AUTO_TEST_CASE(only_the_paths_and_methods_of_the_guide_exist) {
  struct Case {
    std::string method, path;
    int expected;
  };
  for (const auto& [method, path, expected] : std::vector<Case>{
           {"GET", "/api/v1/external/integrations", 200},
           {"GET", all, 200},
           {"GET", all + "40", 200},
           {"GET", all + "40/", 200},
           {"GET", all + "41", 404},
           {"GET", all + "x", 404},
           {"GET", all + "40x", 404},
           {"GET", all + "40/x", 404},
           {"GET", "/", 404},
           {"GET", "", 404},
           {"GET", "/api/v1/external/alerts/", 404},
           {"GET", "/api/v2/external/integrations/", 404},
           {"GET", "/API/v1/external/integrations/", 404},
           {"GET", bulk, 405},
           {"POST", all + "40", 405},
           {"PUT", all + "40", 405},
           {"PATCH", all, 405},
           {"DELETE", all, 405},
           {"DELETE", bulk, 405},
           {"HEAD", all, 405},
       })
    BOOST_TEST(status(method, path, slack("new")) == expected, method << " " << path);
  BOOST_TEST(webhooks() == "40:old");
}

BOOST_AUTO_TEST_CASE(a_post_says_that_it_is_json) {
  for (const auto* type : {"application/json", "application/json; charset=utf-8", "application/json;x=y"})
    BOOST_TEST(send("POST", all, slack("new"), "Bearer eu-key", type).status == 200, type);
  const auto before = webhooks();
  for (const auto* type :
       {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"})
    BOOST_TEST(send("POST", all, slack("new"), "Bearer eu-key", type).status == 415, type);
  BOOST_TEST(webhooks() == before);
}

BOOST_AUTO_TEST_CASE(a_body_of_another_form_changes_nothing) {
  for (const auto& body : {std::string(), std::string("{"), std::string("<html>"), std::string("null"),
                           std::string("1"), std::string("\"x\""), "[" + slack("a") + ",]",
                           slack("a") + slack("b"), "[[" + slack("a") + "]]", "[" + slack("a") + ",null]"})
    for (const auto& path : {all, bulk}) BOOST_TEST(status("POST", path, body) == 400, path << " " << body);
  BOOST_TEST(status("POST", bulk, slack("a")) == 400);
  BOOST_TEST(status("POST", all, "[" + slack("a") + "]") == 400);
  BOOST_TEST(webhooks() == "40:old");
}

BOOST_AUTO_TEST_CASE(the_answer_to_a_post_is_the_guides) {
  const auto answer = send("POST", all, slack("new"));
  BOOST_TEST(answer.content_type == "application/json");
  BOOST_TEST(member_of(answer, "id") == "41");
  BOOST_TEST(member_of(answer, "alias") == "\"new\"");
  BOOST_TEST(member_of(answer, "url") == "\"https://a.test/new\"");
  BOOST_TEST(member_of(answer, "integration_type_fields") == "\"[]\"");
  for (const auto* name : {"integration_type_id", "integrationTypeId"})
    BOOST_TEST(member_of(answer, name) == "0");
  for (const auto* name : {"company_id", "companyId"}) BOOST_TEST(member_of(answer, name) == "1");
  for (const auto* name : {"created_at", "updated_at"}) BOOST_TEST(member_of(answer, name).ends_with("Z\""));
  const auto stored = send("GET", all + "41");
  BOOST_TEST(member_of(stored, "integration_type").find(R"("label":"Slack")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bulk_creates_without_ids_and_updates_with_them) {
  const auto answer =
      send("POST", bulk, "[" + slack("a") + "," + slack("changed", R"("id":40,)") + "," + slack("b") + "]");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(ids_of(answer) == (std::vector<std::int64_t>{41, 40, 42}), boost::test_tools::per_element());
  BOOST_TEST(webhooks() == "40:changed 41:a 42:b");
  BOOST_TEST(member_of(send("GET", all + "40"), "created_at") == "\"then\"");
  BOOST_TEST(status("POST", all, slack("again", R"("id":41,)")) == 200);
  BOOST_TEST(webhooks() == "40:changed 41:again 42:b");
  BOOST_TEST(send("POST", bulk, "[]").body == "[]");
}

BOOST_AUTO_TEST_CASE(what_the_guide_forbids_is_refused_with_a_reason) {
  const std::string no_fields =
      R"({"alias":"x","url":"","integration_type_id":2,"integration_type_fields":"[]",)"
      R"("integration_type":{"id":2,"label":"PagerDuty"}})";
  for (const auto& webhook : {no_fields, slack("x", R"("company_id":1,)"), std::string("{}")}) {
    for (const auto& [path, body] : {std::pair(all, webhook), std::pair(bulk, "[" + webhook + "]")}) {
      const auto answer = send("POST", path, body);
      BOOST_TEST(answer.status == 400, body);
      BOOST_TEST(member_of(answer, "error").size() > 2);
    }
  }
  BOOST_TEST(webhooks() == "40:old");
}

BOOST_AUTO_TEST_CASE(one_bad_element_and_none_is_applied) {
  BOOST_TEST(status("POST", bulk, "[" + slack("a") + R"(,{"alias":"b"}])") == 400);
  BOOST_TEST(status("POST", bulk, "[" + slack("a") + "," + slack("b", R"("id":99,)") + "]") == 404);
  BOOST_TEST(status("POST", all, slack("b", R"("id":99,)")) == 404);
  BOOST_TEST(webhooks() == "40:old");
}

BOOST_AUTO_TEST_CASE(what_is_deleted_is_gone_and_its_id_does_not_come_back) {
  send("POST", all, slack("a"));
  BOOST_TEST(status("DELETE", all + "41") == 200);
  BOOST_TEST(status("DELETE", all + "41") == 404);
  BOOST_TEST(status("DELETE", all + "99") == 404);
  BOOST_TEST(status("GET", all + "41") == 404);
  send("POST", all, slack("b"));
  BOOST_TEST(webhooks() == "40:old 42:b");
}

BOOST_AUTO_TEST_CASE(changes_are_in_the_file_for_the_next_start) {
  send("POST", bulk, "[" + slack("a", "") + "," + slack("b") + "]");
  send("DELETE", all + "40");
  state = std::make_unique<hookferry::sandbox::Store>(folder.path());
  BOOST_TEST(webhooks() == "41:a 42:b");
}

BOOST_AUTO_TEST_CASE(an_id_does_not_come_back_after_the_next_start_either) {
  send("POST", all, slack("a"));
  send("DELETE", all + "41");
  state = std::make_unique<hookferry::sandbox::Store>(folder.path());
  send("POST", all, slack("b"));
  BOOST_TEST(webhooks() == "40:old 42:b");
}

BOOST_AUTO_TEST_CASE(a_fault_decides_what_is_applied_and_what_is_delivered) {
  using Delivery = Response::Delivery;
  struct Case {
    std::string rule;
    Delivery delivery;
    int status;
    std::string stored;
  };
  const std::string none = "40:old";
  for (const auto& [rule, delivery, expected, stored] :
       std::vector<Case>{{"close-before", Delivery::close, 0, none},
                         {"close-after", Delivery::close, 0, "40:old 41:a 42:b"},
                         {"truncate", Delivery::cut, 200, "40:old 41:a 42:b"},
                         {"stall", Delivery::never, 0, none},
                         {"stall,applied=yes", Delivery::never, 0, "40:old 41:a 42:b"},
                         {"partial,count=1", Delivery::whole, 500, "40:old 41:a"},
                         {"partial,count=1,status=0", Delivery::close, 0, "40:old 41:a"},
                         {"subset,status=503", Delivery::whole, 503, ""},  // one of the two, as chance has it
                         {"garbage,applied=no", Delivery::whole, 200, none},
                         {"status=429", Delivery::whole, 429, none},
                         {"status=500,applied=yes", Delivery::whole, 500, "40:old 41:a 42:b"},
                         {"status=422,applied=prefix,alias=b", Delivery::whole, 422, "40:old 41:a"},
                         {"status=413,above=2", Delivery::whole, 200, "40:old 41:a 42:b"}})
    BOOST_TEST_CONTEXT(rule) {
      Server server;
      server.faults = hookferry::sandbox::FaultProgram({"POST:" + rule}, 1);
      const auto answer = server.send("POST", bulk, "[" + slack("a") + "," + slack("b") + "]");
      BOOST_TEST((answer.delivery == delivery));
      if (expected != 0) BOOST_TEST(answer.status == expected);
      const auto found = server.webhooks();
      BOOST_TEST((stored.empty() ? found == "40:old 41:a" || found == "40:old 41:b" : found == stored),
                 found);
    }
}

BOOST_AUTO_TEST_CASE(what_is_applied_late_is_not_there_before) {
  faults = hookferry::sandbox::FaultProgram({"POST:apply-late,after=250"}, 1);
  send("POST", bulk, "[" + slack("a") + "]");
  BOOST_TEST(webhooks() == "40:old");
  BOOST_REQUIRE(scheduled.size() == 1u);
  BOOST_TEST(scheduled[0].delay.count() == 250);
  scheduled[0].what();
  BOOST_TEST(webhooks() == "40:old 41:a");
}

BOOST_AUTO_TEST_SUITE_END()
