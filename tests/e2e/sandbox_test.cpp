// The sandbox as a process of its own, over raw sockets: what no well-behaved client would show.
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "json/build.hpp"
#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/loopback.hpp"
#include "support/rooms.hpp"
#include "support/v5_webhooks.hpp"
#include "support/wait.hpp"
#include "webhook/webhook.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

const std::string all_path = "/api/v1/external/integrations";

std::string request(const std::string& method, const std::string& path, const std::string& body = {}) {
  return method + " " + path +
         " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer us-key\r\nContent-Type: application/json\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string v5_path = "/mgmt/openapi/5/integrations/";
const std::string v5_all = v5_path + "webhooks/v1";

/// What the account "us" answers.
HttpAnswer ask(const Accounts& accounts, const std::string& method, const std::string& path,
               const std::string& body = {}, const std::string& key = "us-key") {
  return http_request(accounts.url(), method, path, body,
                      {{"Authorization", "Bearer " + key}, {"Content-Type", "application/json"}});
}

/// The request as the last of its connection.
std::string closing(std::string text) {
  return text.replace(text.find("\r\n"), 2, "\r\nConnection: close\r\n");
}

std::string body_of(std::string_view data, const std::string& uuid = {}) {
  return (uuid.empty() ? "{" : "{\"id\":\"" + uuid + "\",") + "\"data\":" + std::string(data) + "}";
}

/// The JSON text of a member; a path leads through objects and arrays: "deployed/0/id".
std::string part(const HttpAnswer& answer, const std::string& path) {
  const auto document = json::Document::parse(answer.body);
  std::optional<json::Value> value = document.root();
  std::istringstream names(path);
  for (std::string name; value && std::getline(names, name, '/');) {
    const auto elements = value->elements();
    value =
        value->is(json::Kind::array)
            ? std::stoul(name) < elements.size() ? std::optional(elements[std::stoul(name)]) : std::nullopt
            : value->find(name);
  }
  return value ? std::string(value->text()) : "absent";
}

std::string text_at(const HttpAnswer& answer, const std::string& path) {
  const auto text = part(answer, path);
  return text.starts_with('"') ? json::decode(text) : text;
}

std::string content_of(const std::string& text) {
  const auto document = json::Document::parse(text);
  return webhook::content(webhook::read_webhook(document.root()));
}

std::string created(const Accounts& accounts, std::string_view data) {
  const auto answer = ask(accounts, "POST", v5_all, body_of(data));
  BOOST_TEST(answer.status == 200, answer.body);
  return text_at(answer, "id");
}

constexpr auto pager = R"({"type":"PAGERDUTY","name":"on-call","pagerDuty":{"serviceKey":"0123"}})";

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox)

BOOST_AUTO_TEST_CASE(slow_work_is_done_though_the_client_has_left) {
  const Accounts accounts({}, {slack("old", "https://a.test/", 7)},
                          {"--fault", "POST:slow-apply=300", "--fault", "DELETE:slow-apply=300"});
  {
    const Loopback leaving(accounts.url());
    leaving.send(request("POST", all_path, slack("new", "https://b.test/")));
    accounts.await_requests("begun:POST", 1);
  }
  accounts.await_requests("POST", 1);
  BOOST_TEST(accounts.count("us") == 2u);
  {
    const Loopback leaving(accounts.url());
    leaving.send(request("DELETE", all_path + "/7"));
    accounts.await_requests("begun:DELETE", 1);
  }
  accounts.await_requests("DELETE", 1);
  BOOST_TEST(accounts.aliases("us") == std::vector<std::string>{"new"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(slow_work_is_answered_to_the_client_that_waits) {
  const Accounts accounts({}, {}, {"--fault", "POST:slow-apply=50", "--fault", "POST:informational=100"});
  Loopback connection(accounts.url());
  connection.send(request("POST", all_path, slack("new", "https://b.test/")));
  BOOST_TEST(connection.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  BOOST_TEST(connection.receive_until("\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  connection.receive_until("\"companyId\":2}");
}

BOOST_AUTO_TEST_CASE(bytes_are_left_over_behind_an_answer_of_a_kept_connection) {
  const Accounts accounts({}, {},
                          {"--fault", "POST#1:leftover=503", "--fault", "POST#2:leftover=answer", "--fault",
                           "POST#3:leftover=stray"});
  Loopback connection(accounts.url());
  const auto post = request("POST", all_path + "-bulk", array_of({slack("new", "https://b.test/")}));
  const auto answer_of = [&] {
    connection.send(post);
    return connection.receive_until("\"companyId\":2}]");
  };
  BOOST_TEST(answer_of().starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(connection.receive_until("\r\n\r\n[]").starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  const auto second = answer_of();
  BOOST_TEST(connection.receive_until("\"companyId\":2}]") == second);
  answer_of();
  BOOST_TEST(connection.receive_until("stray") == "stray");
  connection.send(request("GET", all_path));
  BOOST_TEST(connection.receive_until("\r\n\r\n[{").starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(an_informational_answer_comes_also_where_no_other_does) {
  const Accounts accounts({}, {}, {"--fault", "POST:informational=103", "--fault", "POST:close-after"});
  Loopback connection(accounts.url());
  connection.send(request("POST", all_path, slack("new", "https://b.test/")));
  BOOST_TEST(connection.receive_all() == "HTTP/1.1 103 Early Hints\r\n\r\n");
  BOOST_TEST(accounts.count("us") == 1u);
}

BOOST_AUTO_TEST_CASE(requests_of_another_client_are_not_counted) {
  const Accounts accounts({}, {}, {"--fault", "POST#1:status=500"});
  const auto id = accounts.somebody_adds("us", slack("theirs", "https://a.test/"));
  const auto added = accounts.webhooks("us").at(0);
  BOOST_TEST(added.id == id);
  BOOST_TEST(added.created_at == added.updated_at);
  accounts.somebody_edits("us", id, slack("renamed", "https://b.test/"));
  const auto edited = accounts.webhooks("us").at(0);
  BOOST_TEST(edited.alias == "renamed");
  BOOST_TEST(edited.created_at == added.created_at);
  BOOST_TEST(edited.updated_at > added.updated_at);
  accounts.somebody_deletes("us", id);
  BOOST_TEST(accounts.count("us") == 0u);
  BOOST_CHECK_THROW(accounts.somebody_deletes("us", id), std::runtime_error);
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") == 0u);
  Loopback counted(accounts.url());
  counted.send(request("POST", all_path, slack("ours", "https://a.test/")));
  BOOST_TEST(counted.receive_until("\r\n").starts_with("HTTP/1.1 500 "));
}

BOOST_AUTO_TEST_CASE(an_account_opens_to_all_its_keys_and_keeps_them) {
  Accounts accounts({}, {});
  for (int round = 0; round < 2; ++round) {
    for (const auto* key : {"us-key", "us-other-key"})
      BOOST_TEST(http_request(
                     accounts.url(), "POST", all_path, slack("new", "https://b.test/"),
                     {{"Authorization", "Bearer " + std::string(key)}, {"Content-Type", "application/json"}})
                     .status == 200);
    accounts.restart({});
  }
  BOOST_TEST(accounts.count("us") == 4u);
  BOOST_TEST(accounts.count("eu") == 0u);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_sandbox_well) {
  for (const int number : {SIGINT, SIGTERM}) {
    const TempDir folder;
    spill(folder.file("us.json"), R"({"api_key":"us-key","company_id":2,"webhooks":[]})");
    Process process({hookferry_binary(), "sandbox", "--state", folder.path()}, {}, folder.file("out"),
                    folder.file("err"));
    wait_for_text(folder.file("out"), "\n");
    const auto told = slurp(folder.file("out"));
    const auto url = told.substr(0, told.find('\n'));
    BOOST_TEST(http_request(url, "POST", all_path, slack("new", "https://b.test/"),
                            {{"Authorization", "Bearer us-key"}, {"Content-Type", "application/json"}})
                   .status == 200);
    process.signal(number);
    BOOST_TEST(process.wait() == 0, slurp(folder.file("err")));
    BOOST_TEST(slurp(folder.file("us.json")).find("\"new\"") != std::string::npos);
  }
  const auto nowhere = run_hookferry({"sandbox"}, {});
  BOOST_TEST(nowhere.code == 64);
  BOOST_TEST(nowhere.err.find("the sandbox needs --demo or --state DIR") != std::string::npos, nowhere.err);
}

BOOST_AUTO_TEST_CASE(v5_creates_shows_updates_and_deletes_webhooks_of_each_type) {
  const Accounts accounts({}, {});
  for (const auto& webhook : v5_webhooks) {
    BOOST_TEST_CONTEXT(webhook.type) {
      const auto uuid = created(accounts, webhook.text);
      const auto shown = ask(accounts, "GET", v5_all + "/" + uuid);
      BOOST_TEST(shown.status == 200);
      BOOST_TEST(content_of(part(shown, "webhook")) == content_of(std::string(webhook.text)));
      BOOST_TEST(text_at(shown, "webhook/id") == uuid);
      const auto number = part(shown, "webhook/externalId");
      BOOST_TEST(std::stoi(number) > 0);
      BOOST_TEST(part(shown, "webhook/createdAt") == part(shown, "webhook/updatedAt"));

      std::string renamed(webhook.text);
      renamed.replace(renamed.find(webhook.name), webhook.name.size(), "renamed");
      BOOST_TEST(ask(accounts, "PUT", v5_all, body_of(renamed, uuid)).body == "{}");
      const auto updated = ask(accounts, "GET", v5_all + "/" + uuid);
      BOOST_TEST(content_of(part(updated, "webhook")) == content_of(renamed));
      for (const auto* member : {"webhook/id", "webhook/externalId", "webhook/createdAt"})
        BOOST_TEST(part(updated, member) == part(shown, member));
      BOOST_TEST(text_at(updated, "webhook/updatedAt") > text_at(shown, "webhook/updatedAt"));

      BOOST_TEST(ask(accounts, "DELETE", v5_all + "/" + uuid).body == "{}");
      for (const auto* method : {"GET", "DELETE"})
        BOOST_TEST(ask(accounts, method, v5_all + "/" + uuid).body ==
                   R"({"code":404,"message":"Not Found: webhook not found"})");
      BOOST_TEST(ask(accounts, "PUT", v5_all, body_of(renamed, uuid)).status == 404);
    }
  }
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(the_lists_of_v5_hold_no_configuration) {
  const Accounts accounts({}, {});
  for (const auto& webhook : v5_webhooks) created(accounts, webhook.text);
  const auto names_at = [&](const std::string& path, const std::string& place) {
    const auto answer = ask(accounts, "GET", path);
    const auto row = json::Document::try_parse(part(answer, place));
    if (!row) return std::string("absent");
    std::string out;
    for (const auto& [key, value] : row->root().members()) out += (out.empty() ? "" : " ") + key.string();
    return out;
  };
  BOOST_TEST(names_at(v5_all, "deployed/1") == "id name type url createdAt updatedAt externalId");
  BOOST_TEST(names_at(v5_all, "deployed/2") == "id name type createdAt updatedAt externalId");
  BOOST_TEST(names_at(v5_all + "/list/by-types?type=SLACK", "deployed/0") ==
             "id name url createdAt updatedAt externalId");
  BOOST_TEST(names_at(v5_all + "/list/by-types?type=SLACK", "deployed/1") == "absent");
  BOOST_TEST(names_at(v5_all + "/list/summaries", "outboundWebhookSummaries/11") ==
             "id name type createdAt updatedAt externalId");
  for (const auto* query : {"?type=Slack", "?type=", ""})
    BOOST_TEST(ask(accounts, "GET", v5_all + "/list/by-types" + query).status == 400, query);
  const auto types = ask(accounts, "GET", v5_path + "webhook-types/v1");
  BOOST_TEST(part(types, "webhooks/0") == R"({"type":"SLACK","label":"Slack","count":1})");
  BOOST_TEST(part(types, "webhooks/11/type") == R"("MS_TEAMS_WORKFLOW")");
  BOOST_TEST(ask(accounts, "GET", v5_path + "webhook-types/v1/JIRA").body ==
             R"({"details":{"type":"JIRA","label":"Jira"}})");
  BOOST_TEST(ask(accounts, "GET", v5_path + "webhook-types/v1/jira").status == 400);
}

BOOST_AUTO_TEST_CASE(v5_refuses_what_its_schema_does_not_type) {
  struct Case {
    std::string data, why;
  };
  const std::vector<Case> cases = {
      {R"({"type":"SEND_LOG","name":"x","url":"https://a.test/","sendLog":{}})",
       "url is not supported for SendLog webhooks"},
      {R"({"type":"JIRA","name":"x","jira":{},"opsgenie":{}})", "has several configurations"},
      {R"({"type":"JIRA","name":"x","opsgenie":{}})", "its type takes jira"},
      {R"({"type":"jira","name":"x","jira":{}})", "invalid value for enum field type: \"jira\""},
      {R"({"type":7,"name":"x","jira":{}})", "invalid value for enum field type: 7"},
      {R"({"name":"x","jira":{}})", "invalid value for enum field type"},
      {R"({"type":"JIRA","jira":{}})", "name is missing"},
      {R"({"type":"JIRA","name":1,"jira":{}})", "name is missing"},
      {R"({"type":"JIRA","name":"x","url":1,"jira":{}})", "invalid value for string field url"},
      {R"({"type":"JIRA","name":"x","jira":{"email":1}})", "invalid value for string field email"},
      {R"({"type":"JIRA","name":"x","jira":[]})", "invalid value for message field jira"},
      {R"({"type":"JIRA","name":"x","jira":{"token":"1"}})", "unknown field \"token\""},
      {R"({"type":"OPSGENIE","name":"x","opsgenie":{"email":"a"}})", "unknown field \"email\""},
      {R"({"type":"JIRA","name":"x","externalId":5,"jira":{}})", "unknown field \"externalId\""},
      {R"({"type":"GENERIC","name":"x","genericWebhook":{"method":"PATCH"}})",
       "enum field method: \"PATCH\""},
      {R"({"type":"GENERIC","name":"x","genericWebhook":{"method":"post"}})", "enum field method: \"post\""},
      {R"({"type":"GENERIC","name":"x","genericWebhook":{"headers":[]}})", "field headers"},
      {R"({"type":"GENERIC","name":"x","genericWebhook":{"headers":{"A":1}}})", "string field headers"},
      {R"({"type":"GENERIC","name":"x","genericWebhook":{"payload":{}}})", "string field payload"},
      {R"({"type":"EMAIL_GROUP","name":"x","emailGroup":{"emailAddresses":[1]}})", "field emailAddresses"},
      {R"({"type":"SLACK","name":"x","slack":{"digests":[{"type":"ALL","isActive":true}]}})",
       "enum field digests: \"ALL\""},
      {R"({"type":"SLACK","name":"x","slack":{"attachments":[{"type":"LOGS","isActive":1}]}})",
       "bool field isActive"},
  };
  const Accounts accounts({}, {});
  const auto uuid = created(accounts, pager);
  for (const auto& [data, why] : cases)
    for (const auto& answer :
         {ask(accounts, "POST", v5_all, body_of(data)), ask(accounts, "PUT", v5_all, body_of(data, uuid)),
          ask(accounts, "POST", v5_path + "webhooks-test/v1", body_of(data))}) {
      BOOST_TEST(answer.status == 400, data);
      BOOST_TEST(part(answer, "code") == "400");
      BOOST_TEST(text_at(answer, "message").starts_with("Bad Request: "));
      BOOST_TEST(text_at(answer, "message").find(why) != std::string::npos, answer.body);
    }
  for (const auto* body : {"", "{", "[]", "{}", R"({"data":[]})", pager})
    BOOST_TEST(ask(accounts, "POST", v5_all, body).status == 400, body);
  BOOST_TEST(accounts.aliases("us") == std::vector<std::string>{"on-call"}, boost::test_tools::per_element());
  BOOST_TEST(created(accounts, R"({"type":"JIRA","name":"x","url":null,"jira":{"email":null}})") != "");
  BOOST_TEST(ask(accounts, "GET", v5_all).body.find("null") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(v5_has_three_responses_to_what_is_not_there) {
  const Accounts accounts({}, {}, {"--fault", "GETONE:status=404", "--fault", "GETONE:plain-errors"});
  const auto body_at = [&](const std::string& path) { return ask(accounts, "GET", path).body; };
  BOOST_TEST(body_at(v5_path + "alerts/v1") == R"({"code":404,"message":"Not Found: Not Found"})");
  BOOST_TEST(body_at("/mgmt/openapi/3/integrations/webhooks/v1") == R"({"code":5,"message":"Not Found"})");
  BOOST_TEST(ask(accounts, "DELETE", v5_all + "/7").body ==
             R"({"code":404,"message":"Not Found: webhook not found"})");
  BOOST_TEST(body_at(v5_all + "/7") == "Not Found: a fault that was asked for");
  BOOST_TEST(ask(accounts, "PATCH", v5_all).status == 405);
  const auto refused = ask(accounts, "GET", v5_all, "", "other-key");
  BOOST_TEST(refused.status == 401);
  BOOST_TEST(refused.body == R"({"code":401,"message":"Unauthorized: the key is not known"})");
}

BOOST_AUTO_TEST_CASE(both_apis_show_one_account) {
  Accounts accounts({}, {slack("old", "https://a.test/", 7), sendlog("logs", "https://b.test/", 8)});
  const auto list = ask(accounts, "GET", v5_all);
  BOOST_TEST(part(list, "deployed/0/externalId") == "7");
  BOOST_TEST(text_at(list, "deployed/0/type") == "SLACK");
  BOOST_TEST(text_at(list, "deployed/0/createdAt") == "2022-08-22T07:32:09.348Z");
  const auto uuid = text_at(list, "deployed/0/id");
  BOOST_TEST(uuid.size() == 36u);
  BOOST_TEST(part(ask(accounts, "GET", v5_all + "/" + uuid), "webhook/slack") == "{}");

  // A webhook that v5 creates is the same one in v1.
  const auto pager_uuid = created(accounts, pager);
  const auto in_v1 = ask(accounts, "GET", all_path);
  BOOST_TEST(part(in_v1, "2/id") == "9");
  BOOST_TEST(text_at(in_v1, "2/alias") == "on-call");
  BOOST_TEST(part(in_v1, "2/integration_type_id") == "2");
  BOOST_TEST(part(in_v1, "2/company_id") == "2");
  BOOST_TEST(text_at(in_v1, "2/integration_type_fields") == R"([{"name":"serviceKey","value":"0123"}])");
  BOOST_TEST(text_at(in_v1, "2/created_at") ==
             text_at(ask(accounts, "GET", v5_all + "/" + pager_uuid), "webhook/createdAt"));

  // What only v5 holds survives a restart and is not shown by v1.
  created(accounts, v5_webhooks[1].text);
  created(accounts, v5_webhooks[9].text);
  accounts.restart({});
  BOOST_TEST(text_at(ask(accounts, "GET", v5_all), "deployed/0/id") == uuid);
  BOOST_TEST(text_at(ask(accounts, "GET", v5_all), "deployed/2/id") == pager_uuid);
  const auto rich = text_at(ask(accounts, "GET", v5_all), "deployed/3/id");
  BOOST_TEST(content_of(part(ask(accounts, "GET", v5_all + "/" + rich), "webhook")) ==
             content_of(std::string(v5_webhooks[1].text)));
  BOOST_TEST(text_at(ask(accounts, "GET", all_path), "3/integration_type_fields") == "[]");
  BOOST_TEST(part(ask(accounts, "GET", all_path), "4/integration_type_id") == "10");

  // An update by one API replaces what the other wrote.
  const auto update = R"({"type":"SLACK","name":"new","url":"https://c.test/","slack":{}})";
  BOOST_TEST(ask(accounts, "PUT", v5_all, body_of(update, uuid)).status == 200);
  BOOST_TEST(text_at(ask(accounts, "GET", all_path + "/7"), "alias") == "new");
  BOOST_TEST(text_at(ask(accounts, "GET", all_path + "/7"), "created_at") == "2022-08-22T07:32:09.348Z");
  accounts.somebody_edits("us", 10, slack("plain", "https://d.test/"));
  BOOST_TEST(part(ask(accounts, "GET", v5_all + "/" + rich), "webhook/slack") == "{}");
  accounts.somebody_deletes("us", 9);
  BOOST_TEST(ask(accounts, "GET", v5_all + "/" + pager_uuid).status == 404);
}

BOOST_AUTO_TEST_CASE(v5_shows_what_it_cannot_hold_as_an_unknown_type) {
  std::string other = slack("odd", "https://a.test/", 7);
  other.replace(other.find("\"integration_type_id\":0"), 23, "\"integration_type_id\":77");
  const Accounts accounts({}, {other});
  const auto shown = ask(accounts, "GET", v5_all);
  BOOST_TEST(text_at(shown, "deployed/0/type") == "UNKNOWN");
  BOOST_TEST(text_at(shown, "deployed/0/name") == "odd");
  BOOST_TEST(part(shown, "deployed/0/externalId") == "7");
}

BOOST_AUTO_TEST_CASE(faults_meet_requests_of_v5_too) {
  struct Case {
    std::string rules, method, path, body;
    int status;  // 0: the connection is dropped
    std::string expected;
    std::size_t count;  // webhooks that are there then
  };
  const Accounts ids({}, {slack("old", "https://a.test/", 7)});
  const auto uuid = text_at(ask(ids, "GET", v5_all), "deployed/0/id");
  const auto old = v5_all + "/" + uuid;
  const auto post = body_of(pager);
  const auto put = body_of(pager, uuid);
  const std::string summaries = v5_all + "/list/summaries";
  const std::vector<Case> cases = {
      {"POST#1:close-after", "POST", v5_all, post, 0, "", 2},
      {"POST#1:close-before", "POST", v5_all, post, 0, "", 1},
      {"us/POST:status=503", "POST", v5_all, post, 503, "\"Service Unavailable: ", 1},
      {"eu/POST:status=503", "POST", v5_all, post, 200, "\"id\":", 2},
      {"POST:missing-element", "POST", v5_all, post, 200, "{}", 2},
      {"POST:no-ids", "POST", v5_all, post, 200, "{}", 2},
      {"POST:twice", "POST", v5_all, post, 200, "\"id\":", 3},
      {"PUT:status=500", "PUT", v5_all, put, 500, "", 1},
      {"POST:status=500", "PUT", v5_all, put, 200, "{}", 1},
      {"PUT:update-creates", "PUT", v5_all, put, 200, "{}", 2},
      {"DELETE:close-after", "DELETE", old, "", 0, "", 0},
      {"DELETE:apply-late,after=60000,status=200", "DELETE", old, "", 200, "{}", 1},
      {"GET:status=403", "GET", v5_all, "", 403, "\"Forbidden: ", 1},
      {"GET:status=403", "GET", summaries, "", 200, "\"old\"", 1},
      {"GET:status=403", "GET", old, "", 200, "\"old\"", 1},
      {"NAMES:status=403", "GET", summaries, "", 403, "", 1},
      {"GETONE%100:status=503,alias=o*", "GET", old, "", 503, "", 1},
      {"GETONE:status=503,alias=new", "GET", old, "", 200, "\"old\"", 1},
      {"GET:empty", "GET", v5_all, "", 200, "{\"deployed\":[]}", 1},
      {"GET:hide=old", "GET", v5_all, "", 200, "{\"deployed\":[]}", 1},
      {"GET:late=60000 GET:foreign=x", "GET", v5_all, "", 200, "\"old\"", 2},
      {"GET:foreign=x", "GET", v5_all, "", 200, "\"x\"", 2},
      {"GET:touch=old", "GET", v5_all, "", 200, "https://touched.test/", 1},
      {"GET:string-ids", "GET", v5_all, "", 200, "\"externalId\":\"abc-7\"", 1},
      {"GET:garbage", "GET", v5_all, "", 200, "<html>", 1},
      {"TEST:status=500", "GET", old + "/test", "", 500, "", 1},
      {"GET:status=500", "GET", old + "/test", "", 200, "success", 1},
      {"ANY:status=429,retry-after=3", "POST", v5_path + "webhooks-test/v1", post, 429, "", 1},
  };
  for (const auto& [rules, method, path, body, status, expected, count] : cases) {
    BOOST_TEST_CONTEXT(rules << " " << method << " " << path) {
      std::vector<std::string> options;
      std::istringstream words(rules);
      for (std::string rule; words >> rule;) options.insert(options.end(), {"--fault", rule});
      const Accounts accounts({}, {slack("old", "https://a.test/", 7)}, options);
      Loopback connection(accounts.url());
      connection.send(closing(request(method, path, body)));
      const auto answer = connection.receive_all();
      BOOST_TEST(answer.starts_with(status == 0 ? "" : "HTTP/1.1 " + std::to_string(status)), answer);
      BOOST_TEST(answer.find(expected) != std::string::npos, answer);
      BOOST_TEST((status != 0 || answer.empty()));
      BOOST_TEST(accounts.count("us") == count);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_v5_stores_can_differ_from_what_was_sent) {
  const auto stored_with = [](const std::string& fault, std::string_view data) {
    const Accounts accounts({}, {}, {"--fault", "POST:" + fault});
    const auto uuid = created(accounts, data);
    return ask(accounts, "GET", v5_all + "/" + uuid);
  };
  const auto& generic = v5_webhooks[0].text;
  BOOST_TEST(text_at(stored_with("drop=url", generic), "webhook/url").empty());
  BOOST_TEST(
      text_at(stored_with("alter=payload", generic), "webhook/genericWebhook/payload").ends_with("#altered"));
  BOOST_TEST(
      text_at(stored_with("reserialize", generic), "webhook/genericWebhook/payload").starts_with("{\n"));
  BOOST_TEST(text_at(stored_with("normalise=injective", generic), "webhook/url").ends_with("#n"));
  BOOST_TEST(text_at(stored_with("normalise=cut", v5_webhooks[4].text), "webhook/name") == "duty-mail");
  BOOST_TEST(text_at(stored_with("normalise=type", generic), "webhook/type") == "DEMISTO");
  BOOST_TEST(text_at(stored_with("add-snapshot", R"({"type":"SLACK","name":"x","slack":{}})"),
                     "webhook/slack/attachments/0/type") == "METRIC_SNAPSHOT");
}

BOOST_AUTO_TEST_CASE(test_messages_are_recorded_and_fail_as_the_account_says) {
  Accounts accounts({}, {slack("old", "https://a.test/", 7)});
  spill(
      accounts.file_of("us"),
      R"({"api_key":"us-key","company_id":2,"tests":{"on-call":{"failure":{"statusCode":403}}},"webhooks":[)" +
          slack("old", "https://a.test/", 7) + "]}");
  accounts.restart({});
  const auto uuid = text_at(ask(accounts, "GET", v5_all), "deployed/0/id");
  BOOST_TEST(ask(accounts, "GET", v5_all + "/" + uuid + "/test").body == R"({"success":{}})");
  BOOST_TEST(ask(accounts, "POST", v5_path + "webhooks-test/v1", body_of(pager)).body ==
             R"({"failure":{"statusCode":403}})");
  BOOST_TEST(ask(accounts, "GET", v5_all + "/x/test").status == 404);
  accounts.restart({});
  created(accounts, pager);
  const auto file = json::Document::parse(slurp(accounts.file_of("us")));
  const auto tested = file.root().find("tested")->elements();
  BOOST_REQUIRE(tested.size() == 2u);
  BOOST_TEST(tested[0].find("name")->string() == "old");
  BOOST_TEST(tested[1].find("name")->string() == "on-call");
  BOOST_TEST(tested[0].find("at")->string().ends_with("Z"));
  BOOST_TEST(file.root().find("tests")->find("on-call").has_value());
  BOOST_TEST(accounts.requests("TEST") == 3u);
}

BOOST_AUTO_TEST_CASE(an_account_can_be_served_by_one_api_alone) {
  Accounts accounts({}, {});
  const auto serve = [&](const std::string& api) {
    spill(accounts.file_of("us"),
          R"({"api_key":"us-key","company_id":2,"webhooks":[],"api":")" + api + "\"}");
    accounts.restart({});
  };
  serve("v5");
  BOOST_TEST(ask(accounts, "GET", all_path).status == 404);
  created(accounts, pager);
  accounts.restart({});
  BOOST_TEST(ask(accounts, "GET", all_path).status == 404);
  BOOST_TEST(ask(accounts, "GET", v5_all).status == 200);
  serve("v1");
  BOOST_TEST(ask(accounts, "GET", v5_all).body == R"({"code":5,"message":"Not Found"})");
  BOOST_TEST(ask(accounts, "GET", all_path).status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
