#include "secrets/secrets.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <random>
#include <string>

BOOST_AUTO_TEST_SUITE(words)

BOOST_AUTO_TEST_CASE(segments_of_paths_and_names_read_as_words) {
  for (const auto* text : {"",
                           "hooks",
                           "alerts",
                           "v2",
                           "api",
                           "logs",
                           "singles",
                           "enqueue",
                           "json",
                           "coralogix",
                           "sendMessage",
                           "IncomingWebhook",
                           "webhookb2",
                           "integrations-bulk",
                           "create_event.json",
                           "2010-04-15",
                           "slack-48.png",
                           "index.html",
                           "prod-eu-1",
                           "T",
                           "x",
                           "API",
                           "JSON",
                           "HTTPServer",
                           "oauth2",
                           "$ALERT_NAME",
                           "{id}",
                           "é",
                           "messages:send",
                           "graphql",
                           "notifications",
                           "eu-west-1",
                           "deploy-hook",
                           "on-call",
                           "1.0",
                           "2",
                           "42",
                           "rest",
                           "payments"})
    BOOST_TEST(hookferry::reads_as_words(text), text);
}

BOOST_AUTO_TEST_CASE(tokens_do_not) {
  for (const auto* text : {"T024BE7LH",
                           "x7Kp-Lm3",
                           "qzkxvbnm",
                           "EXAMPLETOKEN",
                           "B000",
                           "123456",
                           "a1b2c3",
                           "XXXXXXXXXXXXXXXXXXXXXXXX",
                           "Zq7-Xw9_Kp4vRt8yLm3Gh6",
                           "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb",
                           "aBcDeFgHiJ",
                           "a=b",
                           "a%20b",
                           "a/b",
                           "a-b-c-d",
                           "8y3kq5hzbfyo7mxw1jc4t6nrpd",
                           "bot123456:AAF",
                           "dXNlcjpwYXNz",
                           "a|b",
                           "a\"b",
                           "20131114"})
    BOOST_TEST(!hookferry::reads_as_words(text), text);
}

BOOST_AUTO_TEST_CASE(random_tokens_hardly_ever_read_as_words) {
  std::mt19937_64 random(20261124);
  const std::string letters = "abcdefghijklmnopqrstuvwxyz";
  const std::string base62 = letters + "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const auto read = [&](const std::string& alphabet, std::size_t length) {
    int out = 0;
    for (int i = 0; i < 100'000; ++i) {
      std::string token;
      for (std::size_t n = 0; n < length; ++n) token += alphabet[random() % alphabet.size()];
      if (hookferry::reads_as_words(token)) ++out;
    }
    return out;
  };
  BOOST_TEST(read(base62, 12) <= 20);
  BOOST_TEST(read(base62, 20) == 0);
  BOOST_TEST(read("0123456789abcdef", 16) == 0);
  BOOST_TEST(read(letters + "0123456789", 26) == 0);
  BOOST_TEST(read(letters, 16) <= 20);
}

BOOST_AUTO_TEST_CASE(a_time_has_at_most_nine_digits_behind_the_second_and_a_zone) {
  const std::string longest = "2022-08-22T07:32:09.348348348+02:00";
  BOOST_TEST(hookferry::secrets::time_length(longest) == longest.size());
  BOOST_TEST(hookferry::secrets::time_length(longest + " by") == longest.size());
  BOOST_TEST(hookferry::secrets::time_length(longest + "0") == 0u);
  BOOST_TEST(hookferry::secrets::time_length("2022-08-22" + std::string(40, '7')) == 0u);
}

BOOST_AUTO_TEST_CASE(a_uuid_is_recognised_by_its_form) {
  BOOST_TEST(hookferry::is_uuid("17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb"));
  BOOST_TEST(hookferry::is_uuid("17A3B9E3-B0BC-4BC0-9E06-98D2A4C54ECB"));
  for (const auto* text : {"", "17a3b9e3b0bc4bc09e0698d2a4c54ecb", "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecg",
                           "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb0"})
    BOOST_TEST(!hookferry::is_uuid(text), text);
}

BOOST_AUTO_TEST_CASE(a_placeholder_is_a_dollar_and_capital_words) {
  for (const auto* text :
       {"$ALERT_NAME", "$EVENT_SEVERITY", "$HIT_COUNT", "$EVENT_TIMESTAMP_MS", "$PRIVATE_KEY"})
    BOOST_TEST(hookferry::is_placeholder(text), text);
  for (const auto* text : {"", "$", "$a", "ALERT", "$ALERT1", "$QZKXVBNM", "$alert", "$ALERT NAME"})
    BOOST_TEST(!hookferry::is_placeholder(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
