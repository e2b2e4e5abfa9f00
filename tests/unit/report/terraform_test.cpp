// Webhooks as Terraform files: names, escapes, what becomes a variable, and what is warned of or left out.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "json/build.hpp"
#include "json/document.hpp"
#include "report/terraform.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"
#include "support/v5_webhooks.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// As a v5 account returns it; `members` begin with a comma.
Webhook v5(int number, const std::string& type, const std::string& name, const std::string& members) {
  return parse_webhook(R"({"id":"uuid-)" + std::to_string(number) + R"(","externalId":)" +
                       std::to_string(number) + R"(,"type":")" + type + R"(","name":)" + json::encode(name) +
                       members + "}");
}

Webhook opsgenie(int number, const std::string& name, const std::string& url = "https://api.opsgenie.com/") {
  return v5(number, "OPSGENIE", name, R"(,"url":)" + json::encode(url) + R"(,"opsgenie":{})");
}

TerraformFiles files_of(const std::vector<Webhook>& webhooks, bool inline_secrets = false) {
  return render_terraform(named_by_alias(webhooks), inline_secrets);
}

std::vector<std::string> names_of(const std::vector<Webhook>& webhooks) {
  std::vector<std::string> out;
  for (const auto& named : named_by_alias(webhooks)) out.push_back(named.resource);
  return out;
}

/// The only thing that is wrong with these members of a webhook.
std::string left_out(const std::string& type, const std::string& members) {
  const auto files = files_of({v5(1, type, "ops", members)});
  BOOST_TEST(files.webhooks == "");
  BOOST_TEST(files.resources == 0u);
  BOOST_REQUIRE(files.left_out.size() == 1u);
  return files.left_out.front().substr(files.left_out.front().find(": ") + 2);
}

std::string warning(const Webhook& webhook) {
  const auto files = files_of({webhook});
  BOOST_REQUIRE(files.warnings.size() == 1u);
  const auto text = files.warnings.front().substr(files.warnings.front().find(": ") + 2);
  BOOST_TEST(files.webhooks.starts_with("# Warning: " + text + ".\nresource "), files.webhooks);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(terraform_files)

BOOST_AUTO_TEST_CASE(a_name_is_the_alias_and_the_number_of_a_duplicate_follows_the_ids) {
  const auto names =
      names_of({opsgenie(5, "Ops Team"), opsgenie(3, "ops-team"), opsgenie(4, "ops_team_2"),
                opsgenie(9, "24/7"), opsgenie(8, "Störung 🚨"), opsgenie(7, "__"), opsgenie(2, "ops.team")});
  const std::vector<std::string> expected = {"ops_team", "ops_team_2", "ops_team_2_2", "ops_team_3",
                                             "__",       "st_rung__",  "w_24_7"};
  BOOST_TEST(names == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_name_does_not_depend_on_which_webhooks_are_written) {
  auto named = named_by_alias({opsgenie(1, "ops"), opsgenie(2, "ops"), opsgenie(3, "ops")});
  named.erase(named.begin(), named.begin() + 2);
  BOOST_TEST(holds(render_terraform(named, false).webhooks, "\"coralogix_webhook\" \"ops_3\""));
}

BOOST_AUTO_TEST_CASE(a_token_in_an_alias_is_in_no_file_but_that_of_the_secrets) {
  const auto files = files_of({opsgenie(1, "xoxb-2345678901-AbCdEfGhIj", "https://words.test/")});
  BOOST_TEST(holds(files.webhooks, "name = var.coralogix_webhook_"), files.webhooks);
  BOOST_TEST(!holds(files.webhooks, "2345678901"), files.webhooks);
  BOOST_TEST(holds(files.secrets, "\"xoxb-2345678901-AbCdEfGhIj\""), files.secrets);
}

BOOST_AUTO_TEST_CASE(a_resource_has_the_values_of_the_account) {
  const auto files =
      files_of({v5(7, "GENERIC", "Deploy",
                   R"(,"url":"https://ci.example.com/hook","genericWebhook":{"uuid":)"
                   R"("17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb","method":"PUT","payload":)"
                   R"("a \"quote\" ${A} $${B} %{C} $D 100%\\\r\n\t\u0001\u007f\u2028é\ud83d\ude00",)"
                   R"("headers":{"Content-Type":"text/plain","Accept":"text/html"}})")});
  BOOST_TEST(files.webhooks ==
             "resource \"coralogix_webhook\" \"deploy\" {\n"
             "  name = \"Deploy\"\n"
             "  custom = {\n"
             "    uuid    = \"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb\"\n"
             "    method  = \"put\"\n"
             "    url     = \"https://ci.example.com/hook\"\n"
             "    headers = { \"Accept\" = \"text/html\", \"Content-Type\" = \"text/plain\" }\n"
             "    payload = \"a \\\"quote\\\" $${A} $$${B} %%{C} $D "
             "100%\\\\\\r\\n\\t\\u0001\\u007f\\u2028é😀\"\n"
             "  }\n"
             "}\n");
  BOOST_TEST(files.imports == "import {\n  to = coralogix_webhook.deploy\n  id = \"uuid-7\"\n}\n");
  BOOST_TEST(files.variables == "");
  BOOST_TEST(files.secrets == "");
}

BOOST_AUTO_TEST_CASE(what_is_masked_anywhere_is_a_sensitive_variable) {
  const auto webhook = v5(1, "GENERIC", "hook",
                          R"(,"url":"https://ci.example.com/hook?token=x9f8e7d6c5b4a","genericWebhook":{)"
                          R"("method":"POST","uuid":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb","payload":"",)"
                          R"("headers":{"Authorization":"Bearer t0ken","Accept":"text\/html"}})");
  const auto files = files_of({webhook});
  BOOST_TEST(holds(files.webhooks, "    url     = var.coralogix_webhook_hook_url\n"), files.webhooks);
  BOOST_TEST(holds(files.webhooks, "    headers = var.coralogix_webhook_hook_headers\n"), files.webhooks);
  BOOST_TEST(holds(files.webhooks, "    payload = \"\"\n"), files.webhooks);
  BOOST_TEST(files.variables ==
             "variable \"coralogix_webhook_hook_url\" {\n  type      = string\n  sensitive = true\n}\n\n"
             "variable \"coralogix_webhook_hook_headers\" {\n  type      = map(string)\n  sensitive = "
             "true\n}\n");
  BOOST_TEST(files.secrets ==
             "{\n  \"coralogix_webhook_hook_url\": \"https://ci.example.com/hook?token=x9f8e7d6c5b4a\",\n"
             "  \"coralogix_webhook_hook_headers\": {\n    \"Authorization\": \"Bearer t0ken\",\n"
             "    \"Accept\": \"text\\/html\"\n  }\n}\n");
  BOOST_TEST(files.secret_values == 2u);
  BOOST_TEST(is_terraform_secrets(files.secrets));

  const auto inlined = files_of({webhook}, true);
  BOOST_TEST(holds(inlined.webhooks, "?token=x9f8e7d6c5b4a\"\n"), inlined.webhooks);
  BOOST_TEST(inlined.variables == "");
  BOOST_TEST(inlined.secrets == "");
}

BOOST_AUTO_TEST_CASE(every_type_has_its_block_and_ibm_is_left_out) {
  const auto files = files_of(read_webhooks(v5_export(), "test"));
  for (const std::string block :
       {"custom", "slack", "pager_duty", "sendlog", "email_group", "microsoft_teams", "jira", "opsgenie",
        "demisto", "event_bridge", "microsoft_teams_workflow"})
    BOOST_TEST(holds(files.webhooks, "\n  " + block + " = {\n"), block);
  BOOST_TEST(files.resources == 11u);
  BOOST_TEST(files.import_blocks == 11u);
  const std::vector<std::string> expected = {
      "\"ibm-en\" (ibm_event_notifications): the provider has no type ibm_event_notifications"};
  BOOST_TEST(files.left_out == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_the_provider_cannot_hold_is_left_out) {
  const std::string url = R"(,"url":"https://x.test/")";
  BOOST_TEST(left_out("GENERIC", url + R"(,"genericWebhook":{"method":"GET"})") == "it has no payload");
  BOOST_TEST(left_out("GENERIC", url + R"(,"genericWebhook":{"payload":""})") == "it has no method");
  BOOST_TEST(left_out("GENERIC", R"(,"genericWebhook":{"payload":"","method":"UNKNOWN"})") ==
             "the provider cannot hold its method");
  BOOST_TEST(left_out("SEND_LOG", R"(,"sendLog":{"payload":null})") == "it has no payload");
  BOOST_TEST(left_out("JIRA", R"(,"jira":{})") == "it has no url");
  BOOST_TEST(left_out("PAGERDUTY", R"(,"pagerDuty":{"serviceKey":1})") ==
             "the provider cannot hold its service_key");
  BOOST_TEST(left_out("PAGERDUTY", R"(,"pagerDuty":{"serviceKey":"\ud800"})") ==
             "its service_key is not valid Unicode");
  BOOST_TEST(left_out("EMAIL_GROUP", R"(,"emailGroup":{"emailAddresses":["a@example.com",1]})") ==
             "the provider cannot hold its emails");
  BOOST_TEST(left_out("SLACK", url + R"(,"slack":{"digests":[{"type":"UNKNOWN","isActive":true}]})") ==
             "the provider cannot hold its notify_on");
  BOOST_TEST(left_out("SLACK", url) == "it has no configuration (slack)");
  BOOST_TEST(left_out("SLACK", url + R"(,"slack":"text")") == "it has no configuration");
  BOOST_TEST(left_out("OPSGENIE", R"(,"url":"https://x.test/«redacted:1»","opsgenie":{})") ==
             "its secrets are redacted");
  BOOST_TEST(left_out("NEWER", R"(,"newer":{})") == "the provider has no type unknown");
  const auto files = files_of({parse_webhook(R"({"name":"","type":"SLACK"})")});
  BOOST_TEST(files.left_out.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_would_drift_is_warned_of_beside_the_resource) {
  const std::string digests = R"(,"url":"https://x.test/","slack":{"digests":[{"type":"DATA_USAGE"}]})";
  const auto slack_webhook = v5(1, "SLACK", "ops", digests);
  BOOST_TEST(warning(slack_webhook) ==
             "the digest data_usage is inactive; the provider activates it with the next change");
  BOOST_TEST(holds(files_of({slack_webhook}).webhooks,
                   "    notify_on   = [\"data_usage\"]\n    attachments = null\n"));
  const auto teams = v5(1, "MICROSOFT_TEAMS", "teams", R"(,"url":"https://x.test/","microsoftTeams":{})");
  BOOST_TEST(warning(teams) == "the provider can read legacy Teams webhooks, but not create or change them");
  BOOST_TEST(holds(files_of({teams}).webhooks, "  }\n  lifecycle {\n    ignore_changes = all\n  }\n}\n"));
  for (const std::string text : {"e\u0301", "\u212b", "\u1100\u1161", "\u09c7\u09be", "\u0644\u0651\u064e",
                                 "\u05e9\u05c2\u05b0", "\u0644\u0652\u064b"})
    BOOST_TEST(warning(opsgenie(1, "ops", "https://x.test/words/" + text)) ==
               "url may not be in Unicode's normal form NFC; Terraform converts it");
  BOOST_TEST(warning(v5(1, "SEND_LOG", "logs", R"(,"sendLog":{"payload":""})")) ==
             "it has no uuid; Terraform sets one with the next change");
  BOOST_TEST(warning(v5(1, "PAGERDUTY", "pager", R"(,"url":"https://x.test/","pagerDuty":{})")) ==
             "the provider does not know its url and removes it with the next change");
  for (const std::string text : {"\u00e9", "\u0939\u093f\u0902\u0926\u0940",
                                 "\u0e44\u0e17\u0e22\u0e17\u0e35\u0e48", "\u05e9\u05b0\u05c2a\u05c3\u05b0"})
    BOOST_TEST(files_of({opsgenie(1, "ops", "https://x.test/" + text)}).warnings.empty());
}

BOOST_AUTO_TEST_CASE(webhooks_of_v1_are_converted_and_have_no_import_block) {
  const auto files = files_of({sample("ops", "https://x.test/words", 5)});
  BOOST_TEST(files.resources == 1u);
  BOOST_TEST(files.imports == "");
  BOOST_REQUIRE(files.warnings.size() == 1u);
  BOOST_TEST(holds(files.warnings[0], "v1 shows neither digests nor attachments"), files.warnings[0]);
}

BOOST_AUTO_TEST_CASE(the_first_line_shows_whether_a_file_was_edited) {
  const auto file = with_terraform_digest("a = 1\n");
  BOOST_TEST(file.starts_with("# Written by hookferry."));
  BOOST_TEST(file.ends_with("\na = 1\n"));
  BOOST_TEST(has_terraform_digest(file));
  BOOST_TEST(has_terraform_digest(with_terraform_digest("")));
  for (const auto& edited : {file + " ", file.substr(1), "\n" + file, std::string("a = 1\n"), std::string()})
    BOOST_TEST(!has_terraform_digest(edited), edited);
  for (const std::string foreign : {"", "[]", R"({"other":1})", R"({"coralogix_webhook_a":1,"other":1})"})
    BOOST_TEST(!is_terraform_secrets(foreign), foreign);
  BOOST_TEST(is_terraform_secrets("{}"));
}

BOOST_AUTO_TEST_CASE(the_provider_names_the_region_if_it_is_known) {
  const auto regions = RegionTable::builtin();
  BOOST_TEST(holds(terraform_provider(regions.find("us2")), "\n  env = \"US2\"\n"));
  BOOST_TEST(holds(terraform_provider(regions.find("gov1")), "\n  domain = \"gov1.coralogixgov.us\"\n"));
  BOOST_TEST(holds(terraform_provider(nullptr), "CORALOGIX_ENV or CORALOGIX_DOMAIN"));
}

BOOST_AUTO_TEST_SUITE_END()
