#include "webhook/secrets.hpp"

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "json/text.hpp"

namespace json = hookferry::json;

namespace {

const std::string secret = "Zq7-Xw9_Kp4vRt8yLm3Gh6";
const std::string other_secret = "Zq7-Xw9_Kp4vRt8yLm3Gh7";

/// '@' stands for where the secret goes.
std::string filled(std::string_view pattern, std::string_view with) {
  std::string out;
  for (const char c : pattern) c == '@' ? out += with : out += c;
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

}  // namespace

BOOST_AUTO_TEST_SUITE(secrets)

BOOST_AUTO_TEST_CASE(a_mask_is_three_stars_and_six_digits_of_the_sha_256) {
  BOOST_TEST(hookferry::mask_secret("abc") == "***ba7816");  // FIPS 180-4's example
  BOOST_TEST(hookferry::mask_secret("") == "***e3b0c4");
}

BOOST_AUTO_TEST_CASE(names_of_keys_tokens_and_headers_of_authorization_are_secret) {
  for (const auto* name :
       {"privateKey", "private_key", "PRIVATE-KEY", "serviceKey", "apiToken", "api_token", "Authorization",
        "authorization", "Proxy-Authorization", "X-Authorization", "X-Api-Key", "apikey", "X-Auth-Token",
        "password", "client_secret", "Cookie", "Set-Cookie", "access_token", "routing_key"})
    BOOST_TEST(hookferry::is_secret_name(name), name);
}

BOOST_AUTO_TEST_CASE(other_headers_that_authorize_are_secret) {
  for (const auto* name : {"Authentication", "X-Auth", "X-Auth-Key", "X-Access-Key"})
    BOOST_TEST(hookferry::is_secret_name(name), name);
}

BOOST_AUTO_TEST_CASE(other_names_are_not_secret) {
  for (const auto* name :
       {"", "alias", "url", "uuid", "email", "projectKey", "method", "headers", "payload", "Content-Type",
        "author", "keyboard", "severity", "name", "value", "label", "icon"})
    BOOST_TEST(!hookferry::is_secret_name(name), name);
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

BOOST_AUTO_TEST_CASE(urls_nested_without_end_are_masked_from_some_depth_on) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "a://b/";
  const auto shown = hookferry::mask_text(text + secret);
  BOOST_TEST(!leaks(shown));
  BOOST_TEST(shown.starts_with("a://b/a://b/"));
}

BOOST_AUTO_TEST_CASE(only_the_secret_part_of_a_url_is_masked) {
  BOOST_TEST(hookferry::mask_text("see https://u@X.test:1/p?a=1&token=abc&token=&b=2#f.") ==
             "see https://" + hookferry::mask_secret("u") + "@X.test:1/p?a=1&token=***ba7816&token=&b=2#f.");
  BOOST_TEST(hookferry::mask_text("https://x.test/?a=1;token=abc;b=2") ==
             "https://x.test/?a=1;token=***ba7816;b=2");
  BOOST_TEST(hookferry::mask_text("https://hooks.slack.com/services/abc?x=1") ==
             "https://hooks.slack.com/services/***ba7816?x=1");
}

BOOST_AUTO_TEST_CASE(text_without_secrets_is_left_alone) {
  for (const std::string text : {"", "://", "a://", "plain text, no URL", "token=abc", "user:pass@host",
                                 "https://x.test", "https://x.test/services/T/B/x?a=b&tok=1;c#token",
                                 "https://x.test/?token=&b", "https://x.test/?token", "https://x.test/a@b",
                                 "https://x.test/?a=b@c", "https://hooks.slack.com/services/",
                                 "https://hooks.slack.com.evil.test/services/x", "é https://é.test/é \"q\""})
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
  });
}

BOOST_AUTO_TEST_CASE(secrets_of_json_inside_strings_are_masked) {
  check_values({
      R"({"integration_type_fields":"[{\"name\":\"serviceKey\",\"value\":\"@\"}]"})",
      R"({"payload":"\n {\"a\":[\"{\\\"privateKey\\\":\\\"@\\\"}\"]}"})",
      R"({"payload":"{\"url\":\"https:\\/\\/hooks.slack.com\\/services\\/T\\/B\\/@\"}"})",
  });
  check_values({R"({"payload":"\"{\\\"privateKey\\\":\\\"@\\\"}\""})"});
}

BOOST_AUTO_TEST_CASE(a_value_is_secret_by_the_name_of_its_member) {
  for (const auto& text : {"\"" + secret + "\"", "[\"" + secret + "\"]", "{\"a\":\"" + secret + "\"}"})
    BOOST_TEST(!leaks(masked_json(text, "apiToken")), text);
  BOOST_TEST(masked_json("123456789", "privateKey") == "\"" + hookferry::mask_secret("123456789") + "\"");
  BOOST_TEST(masked_json("\"abc\"", "privateKey") == "\"***ba7816\"");
  BOOST_TEST(masked_json("\"abc\"", "alias") == "\"abc\"");
  for (const std::string empty : {"\"\"", "null", "false", "[]", "{}"})
    BOOST_TEST(masked_json(empty, "privateKey") == empty);
}

BOOST_AUTO_TEST_CASE(json_without_secrets_is_left_alone) {
  for (const std::string text :
       {"1.0", "1e400", "12345678901234567890123", "null", "[true,[],{}]", R"("plain")", R"(" { not JSON")",
        R"({"a":1,"a":2,"":"é","\u0062":"\n\"\\"})", R"([{"name":"email","value":"a@example.test"}])",
        R"([{"name":"projectKey","value":"OPS"},{"name":5,"value":"x"}])", R"({"p":"{\"a\":[1.0]}"})"})
    BOOST_TEST(masked_json(text) == text);
}

BOOST_AUTO_TEST_CASE(what_stands_beside_a_secret_is_left_alone) {
  BOOST_TEST(masked_json(R"({"a":1.0,"privateKey":"abc","b":["x"]})") ==
             R"({"a":1.0,"privateKey":"***ba7816","b":["x"]})");
  BOOST_TEST(masked_json(R"([{"name":"token","value":"abc"},{"name":"n","value":"v"}])") ==
             R"([{"name":"token","value":"***ba7816"},{"name":"n","value":"v"}])");
  BOOST_TEST(masked_json(R"([{"name":"token","value":"abc","note":"kept"}])") ==
             R"([{"name":"token","value":"***ba7816","note":"kept"}])");
}

BOOST_AUTO_TEST_SUITE_END()
