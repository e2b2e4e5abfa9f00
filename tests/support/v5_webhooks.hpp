// Webhooks of v5's form, one of each type.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace hookferry::test {

struct V5Webhook {
  std::string_view type;  ///< as the program shows it
  std::string_view name;
  std::string_view text;
};

inline constexpr std::array<V5Webhook, 12> v5_webhooks = {{
    {"webhook", "deploy-hook",
     R"({"type":"GENERIC","name":"deploy-hook","url":"https://ci.example.com/hooks/alerts","genericWebhook":{)"
     R"("uuid":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb","method":"POST","headers":{"Content-Type":)"
     R"("application/json","Authorization":"Bearer t0ken"},"payload":"{\"alert\":\"$ALERT_NAME\",)"
     R"(\"key\":\"coralogix/alert:${ALERT_ID}\"}"}})"},
    {"slack", "ops-slack",
     R"({"type":"SLACK","name":"ops-slack","url":"https://hooks.slack.com/services/T000/B000/xxxx","slack":{)"
     R"("digests":[{"type":"ERROR_AND_CRITICAL_LOGS","isActive":true},{"type":"DATA_USAGE","isActive":true}],)"
     R"("attachments":[{"type":"METRIC_SNAPSHOT","isActive":true},{"type":"LOGS","isActive":false}]}})"},
    {"pager_duty", "on-call",
     R"({"type":"PAGERDUTY","name":"on-call","pagerDuty":{"serviceKey":"0123456789abcdef0123456789abcdef"}})"},
    {"sendlog", "alerts-as-logs",
     R"({"type":"SEND_LOG","name":"alerts-as-logs","sendLog":{"uuid":"7b7c8f52-2a53-4f6e-8a62-5f2b1f0f7f01",)"
     R"("payload":"{\"privateKey\":\"00000000-0000-4000-8000-000000000000\",\"applicationName\":)"
     R"(\"$APPLICATION_NAME\",\"subsystemName\":\"$SUBSYSTEM_NAME\",\"logEntries\":[{\"severity\":3,)"
     R"(\"timestamp\":\"$EVENT_TIMESTAMP_MS\",\"text\":{\"alert_name\":\"$ALERT_NAME\"}}],)"
     R"(\"uuid\":\"7b7c8f52-2a53-4f6e-8a62-5f2b1f0f7f01\"}"}})"},
    {"email_group", "duty-mail",
     R"({"type":"EMAIL_GROUP","name":"duty-mail","emailGroup":{"emailAddresses":["duty@example.com",)"
     R"("lead@example.com"]}})"},
    {"microsoft_teams", "teams-legacy",
     R"({"type":"MICROSOFT_TEAMS","name":"teams-legacy","url":"https://example.webhook.office.com/)"
     R"(webhookb2/abc","microsoftTeams":{}})"},
    {"jira", "tickets",
     R"({"type":"JIRA","name":"tickets","url":"https://example.atlassian.net/jira/software/projects/OPS",)"
     R"("jira":{"apiToken":"jira-token","email":"bot@example.com","projectKey":"OPS"}})"},
    {"opsgenie", "genie",
     R"({"type":"OPSGENIE","name":"genie","url":"https://api.opsgenie.com/v1/json/coralogix","opsgenie":{}})"},
    {"demisto", "soar",
     R"({"type":"DEMISTO","name":"soar","url":"https://soar.example.com/instance/execute/coralogix",)"
     R"("demisto":{"uuid":"5f1c6f8a-2b2b-4d6c-9d1e-0c8a1f6f2b02","payload":"{\"alert\":\"$ALERT_NAME\"}"}})"},
    {"aws_event_bridge", "bus",
     R"({"type":"AWS_EVENT_BRIDGE","name":"bus","awsEventBridge":{"eventBusArn":)"
     R"("arn:aws:events:eu-west-1:123456789012:event-bus/alerts","detail":"{\"alert\":\"$ALERT_NAME\"}",)"
     R"("detailType":"coralogix-alert","source":"coralogix","roleName":"coralogix-events"}})"},
    {"ibm_event_notifications", "ibm-en",
     R"({"type":"IBM_EVENT_NOTIFICATIONS","name":"ibm-en","ibmEventNotifications":{)"
     R"("eventNotificationsInstanceId":"5a8b249b-3915-49e7-ad43-030f585d84c5","regionId":"eu-gb",)"
     R"("sourceId":"src-1","sourceName":"coralogix","endpointType":"ENDPOINT_TYPE_PRIVATE"}})"},
    {"ms_teams_workflow", "teams-flow",
     R"({"type":"MS_TEAMS_WORKFLOW","name":"teams-flow","url":"https://prod-01.westeurope.logic.azure.com:443/)"
     R"(workflows/abc/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0)"
     R"(&sig=xyz","msTeamsWorkflow":{}})"},
}};

/// The webhook as the API returns it, with the server's own members.
inline std::string as_returned(std::string_view text, int number) {
  return R"({"id":"3f0d6f8a-0d0e-4f0b-9a0c-6a1f6f1b)" + std::to_string(number) + R"(","externalId":)" +
         std::to_string(number) + R"(,"createdAt":"2026-11-20T08:00:01.690012Z",)" +
         R"("updatedAt":"2026-11-20T08:00:01.690012Z",)" + std::string(text.substr(1));
}

/// An export of an account with a webhook of each type. They have the numbers from 2001 on.
inline std::string v5_export() {
  std::string out;
  for (int number = 2001; const auto& webhook : v5_webhooks)
    (out += out.empty() ? "[" : ",") += as_returned(webhook.text, number++);
  return out + "]";
}

}  // namespace hookferry::test
