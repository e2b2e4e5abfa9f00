#include "json/build.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "region/rewrites.hpp"
#include "support/rooms.hpp"

namespace json = hookferry::json;

namespace {

std::string rewritten(std::string_view json_text) {
  static const auto table = hookferry::RegionTable::builtin();
  static const auto hosts = hookferry::HostRewrites::between(*table.find("eu1"), *table.find("us1"));
  auto edits = json::edit_strings(
      json_text, [](std::string_view text) { return hookferry::rewrite_hosts(text, hosts); });
  return json::apply(json_text, std::move(edits));
}

std::vector<std::string> strings_seen(std::string_view json_text) {
  std::vector<std::string> out;
  json::edit_strings(json_text, [&](std::string_view text) {
    out.emplace_back(text);
    return std::vector<json::Edit>();
  });
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_strings)

BOOST_AUTO_TEST_CASE(values_are_edited_and_member_names_are_not) {
  BOOST_TEST(
      rewritten(
          R"({"https://api.coralogix.com":["https://api.coralogix.com",{"a":"x https://api.coralogix.com"}]})") ==
      R"({"https://api.coralogix.com":["https://api.coralogix.us",{"a":"x https://api.coralogix.us"}]})");
}

BOOST_AUTO_TEST_CASE(every_string_is_seen_decoded_and_once) {
  const std::vector<std::string> expected = {"a\n", "", "é", "7", "b", "c"};
  BOOST_TEST(strings_seen(R"(["a\n","","\u00e9","7",{"k":"[\"b\",{\"k\":\"\\\"c\\\"\"}]"},1,true,null])") ==
                 expected,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nothing_but_the_host_changes_to_the_byte) {
  const std::string text =
      " [ {\"name\" "
      ":\"payload\",\t\"value\":{\"a\":1.0,\"b\":1e400,\"a\":12345678901234567890123,\"c\":-0.0E+5,\n"
      "\"u\":\"\\u0041\\/ \\uD83D\\ude00 \\ud800 é https://api.coralogix.com\\/x?\\u0061=\\\"\" , \"dup\":[ "
      "],\"dup\":{ }}}\r\n]  ";
  std::string expected = text;
  replace_all(expected, "api.coralogix.com", "api.coralogix.us");
  BOOST_TEST(rewritten(text) == expected);
  BOOST_TEST(rewritten(expected) == expected);
}

BOOST_AUTO_TEST_CASE(escapes_are_seen_through_and_only_those_of_the_host_go) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"(["https:\/\/api.coralogix.com\/x"])", R"(["https:\/\/api.coralogix.us\/x"])"},
      {R"(["https:\u002f\u002fapi.coralogix.com\u002fx"])",
       R"(["https:\u002f\u002fapi.coralogix.us\u002fx"])"},
      {R"(["\u0068ttps\u003a//\u0061pi.coralogi\u0078.co\u006d/\u0078"])",
       R"(["\u0068ttps\u003a//api.coralogix.us/\u0078"])"},
      {R"(["https://api.coralogix.com\u002eevil.test"])", R"(["https://api.coralogix.com\u002eevil.test"])"},
      {R"(["a\"https://api.coralogix.com\"b\\"])", R"(["a\"https://api.coralogix.us\"b\\"])"},
  };
  for (const auto& [text, expected] : cases) BOOST_TEST(rewritten(text) == expected);
}

BOOST_AUTO_TEST_CASE(json_inside_json_is_edited_at_any_level) {
  const std::string inmost = R"({ "n":1.0,"u":"\u0068ttps:\/\/api.coralogix.com/\u00e9","n":1e400})";
  const std::string inmost_expected = R"({ "n":1.0,"u":"\u0068ttps:\/\/api.coralogix.us/\u00e9","n":1e400})";
  std::string text = inmost;
  std::string expected = inmost_expected;
  for (int level = 1; level <= 4; ++level) {
    text = "[ " + json::encode(text) + ", \"https://api.coralogix.com\"]";
    expected = "[ " + json::encode(expected) + ", \"https://api.coralogix.us\"]";
    BOOST_TEST_CONTEXT("level " << level) { BOOST_TEST(rewritten(text) == expected); }
  }
  // A string in a string, without an array or object between them.
  BOOST_TEST(rewritten(json::encode(json::encode(json::encode("//api.coralogix.com")))) ==
             json::encode(json::encode(json::encode("//api.coralogix.us"))));
}

BOOST_AUTO_TEST_CASE(broken_json_inside_json_is_edited_as_text) {
  BOOST_TEST(rewritten(R"(["{\"u\":\"https:\\/\\/api.coralogix.com\\/\",$X}"])") ==
             R"(["{\"u\":\"https:\\/\\/api.coralogix.us\\/\",$X}"])");
}

BOOST_AUTO_TEST_CASE(text_that_is_no_json_is_edited_as_text) {
  BOOST_TEST(rewritten("https://api.coralogix.com/x") == "https://api.coralogix.us/x");
  BOOST_TEST(rewritten("[\"https://api.coralogix.com\"") == "[\"https://api.coralogix.us\"");
  BOOST_TEST(rewritten("") == "");
  BOOST_TEST(rewritten("null") == "null");
  BOOST_TEST(rewritten("[\"\xFFhttps://api.coralogix.com\xFF/\"") ==
             "[\"\xFFhttps://api.coralogix.com\xFF/\"");
}

BOOST_AUTO_TEST_CASE(replacements_are_escaped_for_every_level_they_go_through) {
  const std::string text = R"(["[\"x\"]"])";
  const auto edits = json::edit_strings(text, [](std::string_view) {
    return std::vector<json::Edit>{{0, 1, "\"\n"}};
  });
  BOOST_TEST(json::apply(text, edits) == R"(["[\"\\\"\\n\"]"])");
}

BOOST_AUTO_TEST_SUITE_END()
