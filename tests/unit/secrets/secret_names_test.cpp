#include "secrets/secrets.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace json = hookferry::json;

namespace {

/// Joined by spaces, "-" for none.
std::string names_of(const std::string& text, const std::string& name = "") {
  const auto document = json::Document::parse(text);
  std::string out;
  for (const auto& found : hookferry::masking_names(document.root(), name))
    out += (out.empty() ? "" : " ") + (found.empty() ? "-" : found);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(secret_names)

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

BOOST_AUTO_TEST_CASE(whatever_ends_in_key_or_holds_the_word_of_a_secret_is_secret) {
  for (const auto* name : {"key",
                           "Key",
                           "keys",
                           "apiKeys",
                           "api.key",
                           "key1",
                           "signingKey",
                           "Ocp-Apim-Subscription-Key",
                           "hotkey",
                           "passphrase",
                           "pass",
                           "db_pass",
                           "passwd",
                           "sign",
                           "signature",
                           "X-Amz-Signature",
                           "X-Hub-Signature-256",
                           "X-Amz-Credential",
                           "X-Amz-Security-Token",
                           "session",
                           "sessionId",
                           "JSESSIONID",
                           "oauth",
                           "oAuth2",
                           "secret",
                           "SECRET_VALUE",
                           "credentials",
                           "code",
                           "authCode",
                           "otp-code",
                           "jwt",
                           "JwtAssertion",
                           "connectionString",
                           "connection_string",
                           "sig",
                           "pwd",
                           "PSK",
                           "X-Shopify-Hmac-Sha256",
                           "sas",
                           "pin",
                           "SIGNature",
                           "TOKENvalue",
                           "authorToken",
                           "assigned-secret",
                           "sentryDsn",
                           "bearer",
                           "cookieJar"})
    BOOST_TEST(hookferry::is_secret_name(name), name);
}

BOOST_AUTO_TEST_CASE(names_are_read_in_any_spelling_and_in_common_languages) {
  for (const auto* name : {"Kennwort",         "contraseña", "CONTRASEÑA", "senha",      "clave",
                           "mot_de_passe",     "Schlüssel",  "wachtwoord", "hasło",      "пароль",
                           "ПАРОЛЬ",           "κωδικός",    "密码",       "パスワード", "비밀번호",
                           "ｐａｓｓｗｏｒｄ", "ＴＯＫＥＮ", "pаsswоrd",   "tοken",      "gаte",
                           "pass\u200Bword",   "creds",      "db_cred",    "X-Gate",     "x-anything",
                           "PĀSSWORD",         "TŌĶĒN",      "ĶĒY",        "ŚIĞNATURE",  "PÀSSWÖRD"})
    BOOST_TEST(hookferry::is_secret_name(name), name);
  for (const auto* name : {"имя", "größe", "naïve", "名前", "名前name", "ñandú", "таблица"})
    BOOST_TEST(!hookferry::is_secret_name(name), name);
}

BOOST_AUTO_TEST_CASE(the_value_decides_where_a_name_only_looks_like_a_secrets) {
  using hookferry::Strictness;
  for (const auto* name : {"country_code", "currencyCode", "monkey", "issueKey", "issue_key2", "dedup_key",
                           "source_code_url", "session_timeout", "tokenType", "password_policy"}) {
    BOOST_TEST(!hookferry::is_secret_name(name), name);
    BOOST_TEST(hookferry::is_secret_name(name, Strictness::strict), name);
  }
  for (const auto* name : {"secretIssueKey", "passcode", "code", "authCode", "key_id_token", "session_id"})
    BOOST_TEST(hookferry::is_secret_name(name), name);
  for (const auto* value : {"disabled", "None", "oauth2", "12", "OPS", "OPS-77"}) {
    BOOST_TEST(hookferry::is_no_secret(value, "key", Strictness::lenient), value);
    BOOST_TEST(!hookferry::is_no_secret(value, "key", Strictness::strict), value);
    BOOST_TEST(!hookferry::is_no_secret(value, hookferry::always_secret, Strictness::lenient), value);
  }
  for (const auto* value : {"1234", "sesame", "OPSES-X"})
    BOOST_TEST(!hookferry::is_no_secret(value, "key", Strictness::lenient), value);
  BOOST_TEST(!hookferry::is_no_secret("OPS", "password", Strictness::lenient));
}

BOOST_AUTO_TEST_CASE(other_names_are_not_secret) {
  for (const auto* name :
       {"", "alias", "url", "uuid", "email", "projectKey", "method", "headers", "payload", "Content-Type",
        "author", "keyboard", "severity", "name", "value", "label", "icon"})
    BOOST_TEST(!hookferry::is_secret_name(name), name);
}

BOOST_AUTO_TEST_CASE(names_that_only_look_like_a_secrets_are_not) {
  for (const auto* name : {"assignee",
                           "assignedTo",
                           "design_doc",
                           "signal",
                           "signalName",
                           "authors",
                           "passed",
                           "compass",
                           "encoding",
                           "codec",
                           "project_key",
                           "statusCode",
                           "error_code",
                           "7",
                           "-",
                           "applicationName",
                           "Accept",
                           "User-Agent",
                           "integration_type_fields",
                           "alert_id"})
    BOOST_TEST(!hookferry::is_secret_name(name), name);
}

BOOST_AUTO_TEST_CASE(members_go_by_their_own_name_or_by_that_of_the_secret_above_them) {
  BOOST_TEST(names_of(R"({"a":1,"token":2})") == "a token");
  BOOST_TEST(names_of(R"({"a":1,"b":2})", "apiToken") == "apiToken apiToken");
  BOOST_TEST(names_of(R"([1,2])", "apiToken") == "apiToken apiToken");
  BOOST_TEST(names_of(R"([1,2])", "list") == "- -");
  BOOST_TEST(names_of("5", "token") == "");
}

BOOST_AUTO_TEST_CASE(what_a_pair_holds_goes_by_the_name_in_it) {
  BOOST_TEST(names_of(R"({"name":"apiToken","value":1})") == "- apiToken");
  BOOST_TEST(names_of(R"({"Value":1,"Key":"X-Api-Key"})") == "X-Api-Key -");
  BOOST_TEST(names_of(R"({"name":"token","value":1,"note":2,"enabled":true})") == "- token note enabled");
  BOOST_TEST(names_of(R"({"name":"token","whatever":1})") == "- token");
  BOOST_TEST(names_of(R"({"name":"method","value":1})") == "- value");
  BOOST_TEST(names_of(R"({"key":"Content-Type","value":1})") == "- value");
  BOOST_TEST(names_of(R"({"key":"x7Kp-Lm3-Qz9","value":1})") == "key value");
  BOOST_TEST(names_of(R"({"key":"hello"})") == "key");
  BOOST_TEST(names_of(R"({"key":5,"value":1})") == "key value");
  BOOST_TEST(names_of(R"(["X-Api-Key",1,"Accept",2])") == "- X-Api-Key - -");
  BOOST_TEST(names_of(R"(["token@example.com","ops@example.com"])") == "- -");
  BOOST_TEST(names_of(R"({"name":"headers","value":1})") == "- headers");
  BOOST_TEST(names_of(R"({"name":"uuid","value":1})") == "- uuid");
  BOOST_TEST(names_of(R"({"Accept":1,"Gate":2})", "headers") == "- secret");
  BOOST_TEST(names_of(R"([{"Gate":1},["Gate",2]])", "headers") == "headers headers");
}

BOOST_AUTO_TEST_SUITE_END()
