#include "transform/transformer.hpp"

#include <boost/test/unit_test.hpp>

#include "core/failure.hpp"
#include "plan/plan.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

std::string secret_of(const OverlayReference& reference) {
  if (reference.name == "NONE") throw Failure(Cause::configuration, reference.origin + ": not set");
  return (reference.kind == OverlayReference::Kind::env ? "env " : "file ") + reference.name;
}

Overlay parsed(const std::string& text) { return parse_overlay(text, "o.json", secret_of); }

Overlaid overlaid(const std::string& rules, const Webhook& webhook) {
  return apply_overlay(parsed(rules), webhook.identity, webhook.text.str());
}

/// Exit code and message; 0 where nothing is thrown.
template <class Act>
std::pair<int, std::string> failure_of(Act act) {
  try {
    act();
  } catch (const Failure& failure) {
    return {static_cast<int>(failure.cause), failure.what() + std::string(" - ") + failure.hint};
  }
  return {0, ""};
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(overlays)

BOOST_AUTO_TEST_CASE(rules_select_by_alias_and_type_and_the_last_one_counts) {
  const auto webhook = sample("ops-1", "https://a.test/");
  const struct {
    std::string rules, url;
  } cases[] = {
      {R"([{"set":{"/url":"1"}}])", "1"},
      {R"([{"alias":"ops-*","set":{"/url":"1"}}])", "1"},
      {R"([{"alias":"ops","set":{"/url":"1"}}])", "https://a.test/"},
      {R"([{"type":"slack","set":{"/url":"1"}}])", "1"},
      {R"([{"type":0,"set":{"/url":"1"}}])", "1"},
      {R"([{"type":"Send Log","set":{"/url":"1"}}])", "https://a.test/"},
      {R"([{"alias":"ops-*","type":"sendlog","set":{"/url":"1"}}])", "https://a.test/"},
      {R"([{"set":{"/url":"1"}},{"alias":"ops-1","set":{"/url":"2"}}])", "2"},
      {R"([{"set":{"/url":"1","/none":"2"}}])", "1"},
      {R"([])", "https://a.test/"},
  };
  for (const auto& [rules, url] : cases) {
    const auto text = overlaid(rules, webhook).text;
    BOOST_TEST(json::Document::parse(text).root().find("url")->string() == url, rules);
  }
}

BOOST_AUTO_TEST_CASE(a_secret_becomes_a_string_and_is_known_as_one) {
  const auto out = overlaid(R"([{"set":{"/url":{"env":"U"},"/alias":"x"}}])", sample("a", "https://a.test/"));
  BOOST_TEST(holds(out.text, R"("url":"env U")"), out.text);
  BOOST_TEST(out.secrets.paths == std::vector<std::string>{"/url"}, boost::test_tools::per_element());
  BOOST_TEST(out.secrets.values == std::vector<std::string>{"env U"}, boost::test_tools::per_element());
  BOOST_TEST(out.strings == (std::vector<std::string>{"env U", "x"}), boost::test_tools::per_element());
  const auto from_file = overlaid(R"([{"set":{"/url":{"file":"f"}}}])", sample("a", "https://a.test/"));
  BOOST_TEST(holds(from_file.text, R"("url":"file f")"), from_file.text);
}

BOOST_AUTO_TEST_CASE(short_texts_are_not_among_the_secrets_of_an_overlay) {
  const auto secrets = [](const std::string& secret) {
    return secrets_of(parse_overlay(R"([{"set":{"/url":{"env":"A"},"/x":"plain text","/y":5}}])", "o",
                                    [&](const OverlayReference&) { return secret; }));
  };
  BOOST_TEST(secrets("four \"words").at(0) == "four \"words");
  BOOST_TEST(secrets("on").empty());
}

BOOST_AUTO_TEST_CASE(any_other_object_is_a_value) {
  const auto webhook = parse_webhook(R"({"alias":"a","integration_type_id":0,"x":1})");
  for (const std::string value :
       {R"({"env":"A","file":"B"})", R"({"env":1})", R"({"url":"A"})", "{}", "[1.0,null]"})
    BOOST_TEST(holds(overlaid(R"([{"set":{"/x": )" + value + "}}]", webhook).text, R"("x":)" + value), value);
}

BOOST_AUTO_TEST_CASE(an_invalid_overlay_is_reported_with_the_place_and_without_values) {
  const struct {
    std::string text, part;
  } cases[] = {
      {"", "o.json is not JSON"},
      {"{}", "no JSON array"},
      {"[1]", "o.json: rule 1: it is not a JSON object"},
      {R"([{"set":{"/url":"s3cret"}},{"set":{}}])", "o.json: rule 2: it sets nothing"},
      {R"([{"alias":"a"}])", "rule 1: it sets nothing"},
      {R"([{"set":["s3cret"]}])", "set is not a JSON object"},
      {R"([{"alias":1,"set":{"/url":"s3cret"}}])", "alias is not a string"},
      {R"([{"type":"slak","set":{"/url":"s3cret"}}])", "did you mean slack?"},
      {R"([{"type":true,"set":{"/url":"s3cret"}}])", "there is no type"},
      {R"([{"sets":{"/url":"s3cret"}}])", "unknown name \"sets\"; did you mean set?"},
      {R"([{"set":{"url":"s3cret"}}])", "is not a path"},
  };
  for (const auto& [text, part] : cases) {
    const auto [code, message] = failure_of([&] { parsed(text); });
    BOOST_TEST(code == 65, text);
    BOOST_TEST(holds(message, part), message);
    BOOST_TEST(!holds(message, "s3cret"), message);
  }
}

BOOST_AUTO_TEST_CASE(a_missing_secret_is_reported_with_its_rule_and_path) {
  const auto [code, message] = failure_of([] { parsed(R"([{"set":{"/url":{"env":"NONE"}}}])"); });
  BOOST_TEST(code == 78);
  BOOST_TEST(holds(message, "o.json: rule 1: /url"), message);
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_no_utf8_is_refused_not_altered) {
  const auto act = [] {
    parse_overlay(R"([{"set":{"/url":{"env":"A"}}}])", "o.json",
                  [](const OverlayReference&) { return std::string("\xFF"); });
  };
  BOOST_TEST(failure_of(act).first == 65);
}

BOOST_AUTO_TEST_CASE(a_rule_must_select_something_and_each_of_its_paths_must_be_somewhere) {
  const std::vector<Webhook> webhooks = {
      sample("a", "https://a.test/"),
      parse_webhook(
          R"({"alias":"b","integration_type_id":3,"integration_type_fields":"[{\"name\":\"x\",\"value\":1}]"})"),
      parse_webhook(R"({"alias":"broken"})")};
  const struct {
    std::string rules, part;
  } cases[] = {
      {R"([{"set":{"/url":"1","/integration_type_fields/x":1}}])", ""},
      {R"([{"alias":"c","set":{"/url":"1"}}])", "o.json: rule 1 selects none"},
      {R"([{"alias":"broken","set":{"/alias":"1"}}])", "selects none"},
      {R"([{"alias":"b","set":{"/integration_type_fields/x":1,"/url":"1"}}])",
       "rule 1: no webhook that it selects has /url"},
      {R"([{"set":{"/url":"1"}},{"type":"jira","set":{"/url":"1"}}])", "rule 2 selects none"},
      {R"([{"set":{"/id":1}}])", "has /id"},
  };
  for (const auto& [rules, part] : cases) {
    const auto [code, message] = failure_of([&] { require_places(parsed(rules), webhooks); });
    BOOST_TEST(code == (part.empty() ? 0 : 64), rules << message);
    BOOST_TEST(holds(message, part), message);
  }
}

BOOST_AUTO_TEST_CASE(the_digest_follows_rules_values_secrets_and_key_and_nothing_else) {
  const std::string rules = R"([{"alias":"a","type":3,"set":{"/url":"1","/x":{"env":"A"}}}])";
  const auto digest = overlay_digest(parsed(rules), "key");
  BOOST_TEST(digest.size() == 64u);
  BOOST_TEST(digest ==
             overlay_digest(
                 parsed(R"([ {"type":"sendlog", "set":{"/url":"1","/x":{"env":"A"}},"alias":"a"}])"), "key"));
  BOOST_TEST(digest != overlay_digest(parsed(rules), "other"));
  for (const std::string other :
       {R"([{"alias":"b","type":3,"set":{"/url":"1","/x":{"env":"A"}}}])",
        R"([{"type":3,"set":{"/url":"1","/x":{"env":"A"}}}])",
        R"([{"alias":"a","set":{"/url":"1","/x":{"env":"A"}}}])",
        R"([{"alias":"a","type":3,"set":{"/url":"2","/x":{"env":"A"}}}])",
        R"([{"alias":"a","type":3,"set":{"/x":{"env":"A"},"/url":"1"}}])",
        R"([{"alias":"a","type":3,"set":{"/url":"1","/x":{"env":"B"}}}])",
        R"([{"alias":"a","type":3,"set":{"/url":"1","/x":"env A"}}])",
        R"([{"alias":"a","type":3,"set":{"/url":"1"}},{"alias":"a","type":3,"set":{"/x":{"env":"A"}}}])",
        "[]"})
    BOOST_TEST(digest != overlay_digest(parsed(other), "key"), other);
}

BOOST_AUTO_TEST_SUITE_END()
