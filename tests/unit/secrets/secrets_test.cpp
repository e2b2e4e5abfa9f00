#include "secrets/secrets.hpp"

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.hpp"
#include "json/document.hpp"
#include "support/rooms.hpp"
#include "support/sanitized.hpp"

namespace json = hookferry::json;

namespace {

const std::string secret = "Zq7-Xw9_Kp4vRt8yLm3Gh6";
const std::string other_secret = "Zq7-Xw9_Kp4vRt8yLm3Gh7";

/// '@' stands for where the secret goes, '^' for an '@'.
std::string filled(std::string_view pattern, std::string_view with) {
  std::string out;
  for (const char c : pattern) c == '@' ? out += with : out += c == '^' ? '@' : c;
  return out;
}

std::string masked_json(const std::string& text, std::string_view name = "") {
  const auto document = json::Document::parse(text);
  return hookferry::mask_json(document.root(), name);
}

/// Whether four characters in a row of the secret can be read.
bool leaks(std::string_view shown) {
  for (std::size_t i = 0; i + 4 <= secret.size(); ++i)
    if (shown.find(secret.substr(i, 4)) != std::string_view::npos) return true;
  return false;
}

template <class Mask>
void check_hidden(std::string_view pattern, Mask mask) {
  BOOST_TEST_CONTEXT(pattern) {
    const std::string shown = mask(filled(pattern, secret));
    BOOST_TEST(!leaks(shown), shown);
    BOOST_TEST(shown.find("***") != std::string::npos, shown);
    BOOST_TEST(shown == mask(filled(pattern, secret)));
    BOOST_TEST(shown != mask(filled(pattern, other_secret)));
  }
}

void check_texts(const std::vector<std::string_view>& patterns) {
  for (const auto pattern : patterns)
    check_hidden(pattern, [](const std::string& text) { return hookferry::mask_text(text); });
}

void check_values(const std::vector<std::string_view>& patterns) {
  for (const auto pattern : patterns) {
    check_hidden(pattern, [](const std::string& text) { return masked_json(text); });
    BOOST_TEST(json::Document::try_parse(masked_json(filled(pattern, secret))).has_value(), pattern);
  }
}

/// The texts once more where the secret is one that reads as a word: the place alone gives it away.
void check_words(const std::vector<std::string_view>& patterns) {
  for (const auto pattern : patterns) {
    const auto shown = hookferry::mask_text(filled(pattern, "sesame"));
    BOOST_TEST(shown.find("sesame") == std::string::npos, shown);
    BOOST_TEST(shown.find("***") != std::string::npos, shown);
  }
}

std::string mask(std::string_view text) { return hookferry::mask_secret(text); }

}  // namespace

BOOST_AUTO_TEST_SUITE(secrets)

BOOST_AUTO_TEST_CASE(a_mask_is_three_stars_and_six_digits_that_cannot_be_looked_up) {
  const auto shown = mask("abc");
  BOOST_TEST(shown.size() == 9u);
  BOOST_TEST(shown.starts_with("***"));
  BOOST_TEST(shown.find_first_not_of("0123456789abcdef", 3) == std::string::npos, shown);
  BOOST_TEST(shown == mask("abc"));
  BOOST_TEST(shown != mask("abd"));
  BOOST_TEST(shown != "***ba7816");  // SHA-256 of it
}

BOOST_AUTO_TEST_CASE(the_secret_part_of_urls_is_masked) {
  check_texts({
      "https://hooks.slack.com/services/T000/B000/@",
      "https://hooks.slack.com/services/@/B000/x",
      "HTTPS://Hooks.Slack.COM:443/services/T000/B000/@?a=b#c",
      "https://hooks.slack.com/workflows/T000/A000/1/@",
      "https://hooks.slack.com/triggers/T000/1/@",
      "https://acme.webhook.office.com/webhookb2/@/IncomingWebhook/1/2",
      "https://acme.webhook.office.com/webhookb2/1/IncomingWebhook/@/2",
      "https://outlook.office.com/webhook/1/IncomingWebhook/@/2",
      "https://prod-1.westus.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke?sv=1.0&sig=@",
      "https://api.opsgenie.com/v1/json/coralogix?apiKey=@",
      "https://api.opsgenie.com/v1/json/coralogix?a=b&apiKey=@&c=d",
      "https://x.test/?token=@",
      "https://x.test?access_token=@#top",
      "https://x.test/a?b;API_KEY=@;c",
      "post to <https://x.test/?token=@>, or \"https://x.test/\"",
      "https://x.test/ and https://y.test/?password=@",
  });
  const auto userinfo = [](const std::string& s) { return "https://user:" + s + "@x.test:8443/p"; };
  const auto user_only = [](const std::string& s) { return "https://" + s + "@x.test"; };
  for (const auto& url : {userinfo(secret), user_only(secret), "a " + userinfo(secret) + " b"}) {
    const auto shown = hookferry::mask_text(url);
    BOOST_TEST(!leaks(shown), shown);
    BOOST_TEST(shown.find("@x.test") != std::string::npos, shown);
  }
  BOOST_TEST(hookferry::mask_text(userinfo(secret)) != hookferry::mask_text(userinfo(other_secret)));
  // Up to the last '@' before the path it is the password, whatever stands behind the others; one that holds
  // a sign which ends the authority is one, too.
  for (const std::string url : {"https://user:pass@ferry@x.test/p", "see https://user:pass@ferry@x.test:8443",
                                "https://user@ferry@x.test", "https://user:pass/ferry@x.test/p",
                                "https://user:pass/a/ferry@x.test", "https://user:pass?ferry@x.test"}) {
    const auto shown = hookferry::mask_text(url);
    BOOST_TEST(shown.find("ferry") == std::string::npos, shown);
    BOOST_TEST(shown.find("@x.test") != std::string::npos, shown);
  }
}

BOOST_AUTO_TEST_CASE(services_on_no_list_are_masked_as_well) {
  check_texts({
      "https://mattermost.acme.test/hooks/@",
      "https://chat.acme.test/hooks/@/x",
      "https://make.acme.test/webhook/@",
      "https://x.test/@",
      "https://x.test/a/@/b",
      "https://x.test/a/b;jsessionid=@",
      "https://x.test/a/b=@/c",
      "https://acme.azurewebsites.test/api/alert?code=@",
      "https://bucket.test/a?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=@",
      "https://x.test/?anything=@",
      "https://x.test/?@",
      "https://x.test/#@",
      "https://x.test/%5A@",
      "https://x.test/?q=%5A@",
      "custom+scheme://x.test/@",
      "slack://@",
      "https://x.test:@/in",
      "https://[::1:@/in",
      "https://[@]/in",
      "https://x.test/a&b=@&c://y.test/",
      "https://a&b=@&c.test/in",
      "postgres://app:p/@^db.test/x",
      "amqp://@:x^queue.test",
      "wss://x.test/socket/@",
  });
}

BOOST_AUTO_TEST_CASE(addresses_that_are_secrets_are_masked_even_where_they_read_as_words) {
  check_words({
      "https://hooks.slack.com/services/@",
      "https://hooks.slack.com//services/@",
      "https://hooks.slack.com/./services//@",
      "https://hooks.slack.com/services/alerts/@",
      "https://hooks.slack.com./services/@",
      "hooks.slack.com/services/@",
      "//hooks.slack.com/services/@",
      "see hooks.slack.com:443/services/@ there",
      "https:\\\\hooks.slack.com\\services\\@",
      "https:\\/\\/hooks.slack.com\\/services\\/@",
      "https:/\\hooks.slack.com/\\services/@",
      "https://hooks.slack.com\\services\\@",
      "https://relay.test/hooks.slack.com/services/@",
      "https://relay.test/https://hooks.slack.com/services/@",
      "https://hooks%2Eslack.com/services/@",
      "https://hooks.slack.com/service%73/@",
      "https://hooks.slack-gov.com/services/@",
      "https://hooks.slack.com/workflows/@",
      "https://hooks.slack.com/triggers/@",
      "https://hooks.slack-gov.com/workflows/@",
      "https://hooks.slack-gov.com/triggers/@",
      "https://acme.webhook.office.com/webhookb2/@/IncomingWebhook",
      "https://outlook.office.com/webhook/@",
      "https://outlook.office365.com/webhook/@",
      "https://discord.com/api/webhooks/@",
      "https://discord.com/api/v10/webhooks/alerts/@",
      "https://ptb.discord.com/api/webhooks/@",
      "https://discordapp.com/api/webhooks/@/slack",
      "https://hooks.zapier.com/hooks/catch/@",
      "https://maker.ifttt.com/trigger/alert/with/key/@",
      "https://maker.ifttt.com/trigger/alert/json/with/key/@",
      "https://webexapis.com/v1/webhooks/incoming/@",
      "https://api.ciscospark.com/v1/webhooks/incoming/@",
      "https://open.feishu.cn/open-apis/bot/v2/hook/@",
      "https://open.larksuite.com/open-apis/bot/v2/hook/@",
      "https://api.flock.com/hooks/sendMessage/@",
      "https://hook.integromat.com/@",
      "https://hc-ping.com/@",
      "https://events.pagerduty.com/integration/@/enqueue",
      "https://alert.victorops.com/integrations/generic/alert/@",
      "https://hook.eu1.make.com/@",
      "https://ntfy.sh/@",
      "https://x.test/key/@",
      "https://x.test/v1/token/@/send",
      "https://x.test/?to=@",
      "https://x.test/#access_token=@",
      "https://@^x.test/",
      "https://@:x^x.test/",
  });
}

BOOST_AUTO_TEST_CASE(urls_inside_urls_are_masked_too) {
  check_texts({"https://relay.test/?to=https://hooks.slack.com/services/T000/B000/@",
               "https://relay.test/https://hooks.slack.com/services/T000/B000/@",
               "https://a.test/,https://hooks.slack.com/services/T000/B000/@"});
}

BOOST_AUTO_TEST_CASE(header_lines_bearer_tokens_and_fragments_are_masked) {
  check_texts({"Authorization: Basic @", "x-api-key:@", "send Bearer @ along",
               "curl -H 'authorization: bearer @'", "https://x.test/#access_token=@&a=1",
               "https://hooks.slack.com./services/@", "https://outlook.office365.com/webhook/@",
               "https://x.test/?api%5Fkey=@",
               "https://relay.test/?to=https%3A%2F%2Fhooks.slack.com%2Fservices%2F@&a=1",
               "https://api.telegram.org/bot@/sendMessage", "https://hooks.slack-gov.com/services/@"});
  for (const std::string text :
       {"note: all is well", "Bearer", "bearer ", "the bearer", "Authorization:", "a:b"})
    BOOST_TEST(hookferry::mask_text(text) == text);
}

BOOST_AUTO_TEST_CASE(what_a_name_in_a_text_calls_secret_is_masked_whatever_it_looks_like) {
  check_words({
      "password=@",
      "password = @",
      "a=b&password=@&c=d",
      "user=x&client_secret=@",
      "api%5Fkey=@",
      "Server=db;Password=@;Timeout=3",
      "AccountKey=@==;EndpointSuffix=core",
      "X-Api-Key: @",
      "Content-Type: text/plain\r\nOcp-Apim-Subscription-Key: @\r\nAccept: */*",
      "Cookie: a=b; c=@",
      "curl -H 'X-Api-Key: @' https://x.test/",
      "curl -H \"X-Api-Key: @\" https://x.test/",
      "curl -H 'Authorization: Basic @' https://x.test/",
      "curl -u ops:@ https://x.test/",
      "curl --user '@' https://x.test/",
      "curl -d 'token=@&text=hello' https://x.test/",
      "tool --password @ --verbose",
      "tool --api-key=@",
      "tool --token '@ and more'",
      "the passphrase: correct @ battery",
      "invalid serviceKey '@'",
      "invalid serviceKey \\\"@\\\" given",
      "serviceKey @-1 is unknown",
      "{\"privateKey\": \"@",
      "{'privateKey': '@'",
      "{\"api key\":\"@\", cut",
      "{\\\"privateKey\\\":\\\"@\\\"} and so on",
      "{\"token\": [\"@\"], cut",
      "{\"name\":\"serviceKey\",\"value\":\"@\"}, cut",
      "{\\\"name\\\":\\\"serviceKey\\\",\\\"value\\\":\\\"@\\\"}, cut",
      "signingKey => '@'",
      "token: @\nurl: x",
      "<token>@</token>",
      "<ns:apiKey type=\"a\">@</ns:apiKey>",
      "<token><![CDATA[@]]></token>",
      "<credentials><user>@</user></credentials>",
      "<add key=\"password\" value=\"@\"/>",
      "<header name='X-Api-Key' value='@'/>",
      "<property name=\"password\">@</property>",
      "ops:@^db.test:5432",
      "ops:@^db.test/x",
      "-----BEGIN PRIVATE KEY-----\n@\n-----END PRIVATE KEY-----",
      "x -----BEGIN RSA PRIVATE KEY-----@",
      "The password is @.",
      "Das Kennwort lautet @, sagt er",
      "mysql -ubot -p@ -h db",
      "sshpass -p @ ssh host",
      "call api%5Fkey%3D@ then",
      "Token:\n@",
      "*Token*: `@`",
      "密码：@",
      "Bearer @",
  });
}

BOOST_AUTO_TEST_CASE(tokens_in_text_are_masked_by_their_shape) {
  check_texts({"@", "see @ there", "(@)", "Basic @", "Token @", "use @.", "a/@", "@: a", "@Psk : a",
               "@=", "GenieKey @", "Digest @", "-H 'a (@) b: c'", "ops^/@/x.test;", "-H \"@: c\""});
  for (const std::string token :
       {"xoxb-12345678-abcdefgh", "ghp_16C7e42F292c6912E7", "eyJhbGciOi.eyJzdWIi.c2ln",
        "AKIA2OGYBAH6QK4Y5ZTX", "sk_live_4eC39HqLyj",
        "dXNlcjpwYXNzd29yZDEyMzQ1Njc4OTA=", "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb", "Zq7Xw9k", "482133",
        "p@ssw0rd", "qzvk xwpt mbrj hdlf", "https%3A%2F%2Fx.test%2F%3Fa%3Db", "4111 1111 1111 1111",
        "0123456789abcdef0123456789abcdef", "qzkxvbnmlkjhgfdsqwrt"}) {
    const auto shown = hookferry::mask_text("is " + token + " right?");
    BOOST_TEST(shown == "is " + mask(token) + " right?");
  }
}

BOOST_AUTO_TEST_CASE(urls_nested_without_end_are_masked_from_some_depth_on) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "ab://b/";
  const auto shown = hookferry::mask_text(text + secret);
  BOOST_TEST(!leaks(shown));
  BOOST_TEST(shown.starts_with("ab://b/ab://b/"));
}

/// Each would take minutes if a word were looked at from its every place.
BOOST_AUTO_TEST_CASE(long_texts_without_pauses_are_read_in_one_go) {
  for (const std::string part :
       {"a:",      "token:",  "token: a, ",   "name: ",       "name=\"",      "a/",       "<token>",
        "a.bc/",   "a.bc/ ",  "http://a.b/ ", "https://a:b ", "-----BEGIN",   "a \\\"",   "key 'a",
        "a@b:",    "Bearer ", "x=y&",         "\\",           "https://",     "user:p@",  "«redacted:",
        "a%41 ",   "a%41",    "ab ",          "aaaa ",        "password is ", "mysql -p", "-H ",
        "a@b.cd ", "a!b",     "12:30 ",       "12:30:00.1",   "密码：",       "token:\n", "1"}) {
    std::string text;
    while (text.size() < hookferry::test::a_quarter_if_sanitized(400'000)) text += part;
    BOOST_TEST(!hookferry::mask_text(text).empty());
  }
}

BOOST_AUTO_TEST_CASE(only_the_secret_part_of_a_url_is_masked) {
  BOOST_TEST(hookferry::mask_text("see https://u@X.test:1/p?a=1&token=abc&token=#f.") ==
             "see https://" + mask("u") + "@X.test:1/p?a=" + mask("1") + "&token=" + mask("abc") +
                 "&token=#f.");
  BOOST_TEST(hookferry::mask_text("https://hooks.slack.com/services/abc?x=1") ==
             "https://hooks.slack.com/services/" + mask("abc") + "?x=" + mask("1"));
  BOOST_TEST(hookferry::mask_text("https://hooks.slack.com//services/T0/B0/abc") ==
             "https://hooks.slack.com//services/" + mask("T0/B0/abc"));
  BOOST_TEST(hookferry::mask_text("https://events.pagerduty.com/integration/abc/enqueue?") ==
             "https://events.pagerduty.com/integration/" + mask("abc") + "/enqueue?");
  BOOST_TEST(hookferry::mask_text("https://maker.ifttt.com/trigger/alert/with/key/abc") ==
             "https://maker.ifttt.com/trigger/alert/with/key/" + mask("abc"));
  BOOST_TEST(hookferry::mask_text("https://x.azurewebsites.net/api/alert?code=abc==") ==
             "https://x.azurewebsites.net/api/alert?code=" + mask("abc=="));
  BOOST_TEST(hookferry::mask_text("https://x.test/a/%b.make.com.\nc") ==
             "https://x.test/a/" + mask("%b.make.com") + ".\nc");
  BOOST_TEST(hookferry::mask_text("curl -H 'X-Api-Key: abc' https://x.test/") ==
             "curl -H 'X-Api-Key: " + mask("abc") + "' https://x.test/");
  BOOST_TEST(hookferry::mask_text("user=x&password=abc&c=d") == "user=x&password=" + mask("abc") + "&c=d");
  BOOST_TEST(hookferry::mask_text("<a><token>abc</token><b>c</b></a>") ==
             "<a><token>" + mask("abc") + "</token><b>c</b></a>");
}

BOOST_AUTO_TEST_CASE(what_is_shown_of_a_long_url_fits_a_line) {
  for (const auto& url : std::vector<std::string>{
           "https://hooks.slack.com/services/T024BE7LH/B024BE7LJ/" + secret,
           "https://discord.com/api/webhooks/1234567890123456789/" + secret + secret + secret,
           "https://hooks.zapier.com/hooks/catch/1234567/abcdef1/",
           "https://mattermost.example.test/hooks/8y3kq5hzbfyo7mxw1jc4t6nrpd",
           "https://webexapis.com/v1/webhooks/incoming/Y2lzY29zcGFyazovL3VzL1dFQkhPT0svZjEyMzQ1",
           "https://bucket.s3.amazonaws.com/reports/"
           "daily?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&"
           "X-Amz-Date=1&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=b",
           "https://acme.webhook.office.com/webhookb2/" + secret + "@" + secret + "/IncomingWebhook/" +
               secret}) {
    const auto shown = hookferry::mask_text(url);
    BOOST_TEST(shown.size() <= 70u, shown);
    BOOST_TEST(shown.find("***") == shown.rfind("***"), shown);
  }
}

BOOST_AUTO_TEST_CASE(text_without_secrets_is_left_alone) {
  for (const std::string text : {
           "",
           "://",
           "a://",
           "plain text, no URL",
           "user:pass@host",
           "https://x.test",
           "https://x.test/services/T/B/x",
           "https://x.test/?token=&b",
           "https://x.test/?token",
           "https://x.test/a@b",
           "https://hooks.slack.com/services/",
           "https://hooks.slack.com.evil.test/services/x",
           "é https://é.test/é \"q\"",
           // What the vendor's own services look like.
           "https://api.coralogix.us/api/v1/logs",
           "https://api.coralogix.com/logs/rest/singles",
           "https://ingress.coralogix.com/logs/v1/singles",
           "https://ingress.eu1.coralogix.com:443/logs/v1/singles",
           "ng-api-grpc.app.coralogix.in:443",
           "https://ng-api-http.coralogix.us/",
           "https://events.pagerduty.com/v2/enqueue?",
           "https://events.pagerduty.com/generic/2010-04-15/create_event.json",
           "https://api.opsgenie.com/v1/json/coralogix",
           "https://team.app.eu2.coralogix.com/#/settings/webhooks",
           "https://acme.atlassian.net/rest/api/2/issue",
           "https://ci.example.com/hooks/alerts/v2",
           "https://hooks.test/integrations-bulk/sendMessage.aspx",
           "https://127.0.0.1:8443/hooks/prod-eu-1",
           "https://[::1]:8443/hooks",
           "https://[fe80::1]/",
           "https://$HOST/hooks",
           "https://xsoar.acme.test/instance/execute/coralogix",
           "https://x.test/?severity=$EVENT_SEVERITY",
           "https://x.test/{id}/$ALERT_ID",
           // What else stands in webhooks and in what servers say.
           "/assets/settings/slack-48.png",
           "/assets/email-group.png",
           "application/json; charset=utf-8",
           "ops@example.com",
           "mailto:ops@example.com",
           "ops@example.com, on-call@example.com",
           "$ALERT_NAME",
           "alert $ALERT_NAME fired at $EVENT_TIMESTAMP_MS",
           "2022-08-22T07:32:09.348Z",
           "2022-08-22 07:32:09+02:00",
           "see OPS-12345",
           "5s, 512Mi, 256MiB, 95%, 1.24.3, 10.0.12.7",
           "status:500 AND env:prod on k8s in Europe/Berlin",
           "Content-Type: text/plain",
           "the password is required, invalid or expired",
           "https://x.test/browse/OPS-12345",
           "https://x.test/alerts/12345/details",
           "https://grafana.test/d/cIBgcSjkk/production-overview",
           "ssh -p 22 host and mkdir -p folder",
           "this plan will help them find what they need",
           "パスワード、токен",
           "100%, %s and $1",
           "severity: critical",
           "Content-Type: application/json",
           "token rotation is due",
           "the session has expired",
           "connection refused",
           "the key is not valid",
           "unauthorized: no such user",
           "no such alias: deploy-hook",
           "https://x.test/design/authors",
           "payments-critical-prod-eu-west-1-latency-alerts",
           "applicationName=checkout&subsystem=api",
           "<title>Not found</title>",
           "com.example.platform.alerting.WebhookReceiver",
           "1.2.3",
           "12:30:00",
           "C:\\Program Files\\agent\\agent.log",
           "HTTP 400: the alias is taken",
           "not JSON: line 1, column 2",
           "passed 3 of 5",
           "key 5 of 7",
           "\"quoted\" and 'single'",
           "a < b > c",
           "see the runbook, page 12",
       })
    BOOST_TEST(hookferry::mask_text(text) == text);
}

BOOST_AUTO_TEST_CASE(secret_members_are_masked_at_any_depth) {
  check_values({
      R"({"privateKey":"@"})",
      R"({"a":[{"b":{"serviceKey":"@"}}]})",
      R"({"headers":{"Content-Type":"x","Authorization":"Bearer @"}})",
      R"({"api\u0054oken":"\u005a@"})",
      R"({"password":["x",{"y":"@"}]})",
      R"({"token":{"value":"@"}})",
      R"([{"name":"apiToken","value":"@"}])",
      R"([{"value":"@","name":"Authorization"}])",
      R"([{"name":"headers","value":{"X-Api-Key":"@"}}])",
      R"([{"name":"payload","value":{"privateKey":"@","logEntries":[1.0]}}])",
      R"({"url":"https://hooks.slack.com/services/T/B/@"})",
      R"({"text":"see https:\/\/x.test\/?token=@ there"})",
      R"("https://hooks.slack.com/services/T/B/@")",
      R"({"signingKey":"@"})",
      R"({"connectionString":"@"})",
      R"({"passphrase":"@"})",
      R"({"jwt":"@"})",
      R"({"Ocp-Apim-Subscription-Key":"@"})",
      R"({"webhook_url":"hooks.slack.com/services/T/B/@"})",
  });
}

BOOST_AUTO_TEST_CASE(the_value_of_a_pair_is_masked_in_whatever_way_the_pair_is_spelled) {
  for (const std::string pattern :
       {R"([{"key":"X-Api-Key","value":"@"}])", R"([{"Name":"X-Api-Key","Value":"@"}])",
        R"([["X-Api-Key","@"]])", R"(["X-Api-Key","@"])", R"(["Accept","x","X-Api-Key","@"])",
        R"([{"header":"X-Api-Key","value":"@"}])", R"([{"field":"password","content":"@"}])",
        R"([{"k":"token","v":"@"}])", R"([{"n":"jwt","val":"@"}])", R"({"NAME":"sessionId","VALUE":["@"]})",
        R"({"value":"@","key":"signing-key"})", R"({"name":"apiToken","anything":"@"})",
        R"({"headerName":"Cookie","headerValue":"@"})", R"({"name":"code","value":12345,"text":"@"})",
        R"({"text":"[[\"X-Api-Key\",\"@\"]]"})", R"({"key":"@"})", R"({"signature":"@"})"}) {
    const auto shown = masked_json(filled(pattern, "sesame"));
    BOOST_TEST(shown.find("sesame") == std::string::npos, shown);
    BOOST_TEST(shown.find("***") != std::string::npos, shown);
  }
  BOOST_TEST(
      masked_json(R"([{"key":"X-Api-Key","value":"abc"},{"key":"Content-Type","value":"text/plain"}])") ==
      R"([{"key":"X-Api-Key","value":")" + mask("abc") +
          R"("},{"key":"Content-Type","value":"text/plain"}])");
}

BOOST_AUTO_TEST_CASE(secrets_of_json_inside_strings_are_masked) {
  check_values({
      R"({"integration_type_fields":"[{\"name\":\"serviceKey\",\"value\":\"@\"}]"})",
      R"({"payload":"\n {\"a\":[\"{\\\"privateKey\\\":\\\"@\\\"}\"]}"})",
      R"({"payload":"{\"url\":\"https:\\/\\/hooks.slack.com\\/services\\/T\\/B\\/@\"}"})",
  });
  check_values({R"({"payload":"\"{\\\"privateKey\\\":\\\"@\\\"}\""})"});
  check_values(
      {R"({"payload":"{\"a\":1}\n{\"privateKey\":\"@\"}"})", R"({"payload":"curl -H 'X-Api-Key: @' x"})"});
}

BOOST_AUTO_TEST_CASE(a_value_is_secret_by_the_name_of_its_member) {
  for (const auto& text : {"\"" + secret + "\"", "[\"" + secret + "\"]", "{\"a\":\"" + secret + "\"}"})
    BOOST_TEST(!leaks(masked_json(text, "apiToken")), text);
  BOOST_TEST(masked_json("123456789", "privateKey") == "\"" + mask("123456789") + "\"");
  BOOST_TEST(masked_json("\"abc\"", "privateKey") == "\"" + mask("abc") + "\"");
  BOOST_TEST(masked_json("\"abc\"", "alias") == "\"abc\"");
  const std::string uuid = "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb";
  BOOST_TEST(masked_json("\"" + uuid + "\"", "ref") == "\"" + mask(uuid) + "\"");
  for (const std::string empty : {"\"\"", "null", "false", "[]", "{}", "\"$PRIVATE_KEY\""})
    BOOST_TEST(masked_json(empty, "privateKey") == empty);
}

BOOST_AUTO_TEST_CASE(json_without_secrets_is_left_alone) {
  for (
      const std::string text :
      {"1.0",
       "1e400",
       "12345678901234567890123",
       "null",
       "[true,[],{}]",
       R"("plain")",
       R"(" { not JSON")",
       R"({"a":1,"a":2,"":"é","\u0062":"\n\"\\"})",
       R"([{"name":"email","value":"a@example.test"}])",
       R"([{"name":"projectKey","value":"OPS"},{"name":5,"value":"x"}])",
       R"({"p":"{\"a\":[1.0]}"})",
       R"({"uuid":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb"})",
       R"({"country_code":"US","issueKey":"OPS-12345","authentication":"disabled","session_timeout":30})",
       R"({"project":{"key":"OPS"},"monkey":"banana","source_code_url":"https://x.test/app/blob/main/a.yaml"})",
       R"([{"name":"headers","value":["Accept: text/plain",{"name":"Host","value":"x"}]}])",
       R"([{"name":"uuid","value":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb"},{"name":"method","value":"post"}])",
       R"([{"name":"headers","value":{"Content-Type":"application/json","User-Agent":"agent/1.0"}}])",
       R"({"applicationName":"$APPLICATION_NAME","computerName":"$COMPUTER_NAME","severity":3})",
       R"({"integration_type":{"label":"Email Group","icon":"/assets/email-group.png","id":4}})",
       R"([{"name":"payload","value":["platform@example.com","on-call@example.com"]}])",
       R"({"timestamp":"$EVENT_TIMESTAMP_MS","text":{"alert_severity":"$EVENT_SEVERITY","hits":"$HIT_COUNT"}})",
       R"({"key":"Content-Type","value":"text/plain"})",
       R"({"dedup_key":"$ALERT_ID"})",
       R"({ "spaced" : [ 1 , 2 ] })",
       R"({"url":"https://api.coralogix.us/api/v1/logs"})"})
    BOOST_TEST(masked_json(text) == text);
}

BOOST_AUTO_TEST_CASE(text_beside_a_secret_is_not_changed) {
  BOOST_TEST(masked_json(R"({"a":1.0,"privateKey":"abc","b":["x"]})") ==
             R"({"a":1.0,"privateKey":")" + mask("abc") + R"(","b":["x"]})");
  BOOST_TEST(masked_json(R"([{"name":"token","value":"abc"},{"name":"n","value":"v"}])") ==
             R"([{"name":"token","value":")" + mask("abc") + R"("},{"name":"n","value":"v"}])");
  BOOST_TEST(masked_json(R"([{"name":"token","value":"abc","note":"kept"}])") ==
             R"([{"name":"token","value":")" + mask("abc") + R"(","note":"kept"}])");
}

BOOST_AUTO_TEST_CASE(headers_are_masked_but_for_those_on_a_list) {
  for (const std::string pattern :
       {R"({"headers":{"Gate":"@"}})", R"({"headers":["Gate: @"]})", R"({"headers":["Gate","@"]})",
        R"({"headers":[["Accept","a"],["Gate","@"]]})", R"({"headers":[{"name":"Gate","value":"@"}]})",
        R"({"headers":"Accept: a\r\nGate: @"})", R"({"headers":"{\"Gate\":\"@\"}"})",
        R"([{"name":"headers","value":{"Gate":["@"]}}])", R"({"customHeaders":{"Gate":"@"}})",
        R"({"X-Gate":"@"})", R"({"a":"curl -H 'Gate: @' x"})", R"({"a":"curl --header Gate:@ x"})"}) {
    const auto shown = masked_json(filled(pattern, "sesame"));
    BOOST_TEST(shown.find("sesame") == std::string::npos, shown);
  }
  BOOST_TEST(masked_json(R"({"headers":{"Gate":"none","Accept":"Zq7Xw9k"}})") ==
             R"({"headers":{"Gate":")" + mask("none") + R"(","Accept":")" + mask("Zq7Xw9k") + R"("}})");
  BOOST_TEST(hookferry::mask_header("Set-Cookie: a=b") == "Set-Cookie: " + mask("a=b"));
  BOOST_TEST(hookferry::mask_header("Content-Type: text/plain") == "Content-Type: text/plain");
}

BOOST_AUTO_TEST_CASE(only_tokens_and_addresses_of_known_services_are_masked_in_an_alias) {
  BOOST_TEST(hookferry::mask_alias("deploy ghp_16C7e42F292c6912E7 (prod)") ==
             "deploy " + mask("ghp_16C7e42F292c6912E7") + " (prod)");
  BOOST_TEST(hookferry::mask_alias("to https://hooks.slack.com/services/T0/B0/abc now") ==
             "to https://hooks.slack.com/services/" + mask("T0/B0/abc") + " now");
  for (const std::string alias : {"token: rotate, password=hard", "https://x.test/?token=a", "OPS-12345 x7Kp",
                                  "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb", "ghp_words", "ghp_4eC39Hq"})
    BOOST_TEST(hookferry::mask_alias(alias) == alias);
  BOOST_TEST(hookferry::mask_alias("ghp_4eC39HqL") == mask("ghp_4eC39HqL"));  // no token is shorter
}

BOOST_AUTO_TEST_CASE(what_was_sent_is_masked_by_value_in_what_a_server_says) {
  const auto known = hookferry::KnownSecrets::of_json(
      R"({"url":"https://ops:sesame@x.test/in","headers":{"Gate":"marigold","Authorization":"Bearer tulips"},"a":"plain"})");
  BOOST_TEST(hookferry::mask_text("plain: not sesame, marigold or Bearer-tulips", known) ==
             "plain: not " + mask("sesame") + ", " + mask("marigold") + " or Bearer-" + mask("tulips"));
  BOOST_TEST(known.mask_json(R"({"a":["not marigold"]})") == R"({"a":["not )" + mask("marigold") + R"("]})");
  BOOST_TEST(hookferry::mask_text("abc", hookferry::KnownSecrets({"ab", "bc"})) == "abc");
  BOOST_TEST(hookferry::mask_text("maritime", hookferry::KnownSecrets({"mari", "maritime", "maritim"})) ==
             mask("maritime"));
  BOOST_TEST(hookferry::mask_text("a Zq7Xw9k", hookferry::KnownSecrets({"a Zq7"})) == mask("a Zq7Xw9k"));
}

/// AddressSanitizer notices a byte that is read behind the end.
BOOST_AUTO_TEST_CASE(nothing_behind_the_end_of_a_text_is_read) {
  for (const std::string text :
       {"<token>abc", "<token>a!", "password=", "a:", "https://", "Bearer ", "name=\""}) {
    const std::vector<char> exact(text.begin(), text.end());
    BOOST_TEST(hookferry::mask_text({exact.data(), exact.size()}) == hookferry::mask_text(text));
  }
}

BOOST_AUTO_TEST_CASE(arguments_that_could_be_keys_are_masked_whole) {
  for (const auto& argument : {secret, std::string("17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb")})
    BOOST_TEST(hookferry::mask_argument(argument) == mask(argument));
  BOOST_TEST(hookferry::mask_argument("https://user:pw@api.coralogix.com") ==
             "https://" + mask("user:pw") + "@api.coralogix.com");
  for (const std::string argument :
       {"eu1", "production", "eu2.coralogix.com", "https://api.coralogix.com/api/v1", "webhooks.json",
        "ops-*", "/home/ops/exports/webhooks-2026-01-31.json", "a.test=b.test", "https://a.test=b.test",
        "https://old.test/hooks=https://new.test/in", "migrate", "12", "256MiB", "18446744073709551616",
        "--no-such-option-at-all"})
    BOOST_TEST(hookferry::mask_argument(argument) == argument);
}

BOOST_AUTO_TEST_SUITE_END()
