#include "json/build.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"
#include "support/rooms.hpp"

namespace json = hookferry::json;
using json::Value;

namespace {

/// Every member of that name becomes `replacement`.
std::string replaced(std::string_view text, std::string_view name, std::string_view replacement) {
  return json::apply(text, json::edit_members(text, [&](std::string_view member, const Value&) {
                       return member == name ? std::optional(std::string(replacement)) : std::nullopt;
                     }));
}

/// The names and values that are asked for, as "name=value".
std::vector<std::string> asked(std::string_view text, std::string_view taken = "none") {
  std::vector<std::string> out;
  json::edit_members(text, [&](std::string_view name, const Value& value) {
    out.push_back(std::string(name) + "=" + std::string(value.text()));
    return name == taken ? std::optional<std::string>("0") : std::nullopt;
  });
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_members)

BOOST_AUTO_TEST_CASE(only_the_value_of_the_member_changes) {
  struct Case {
    std::string_view text, expected;
  };
  for (const auto& [text, expected] : std::vector<Case>{
           {R"({"k":1})", R"({"k":"N"})"},
           {" { \"a\" : 1.0 ,\n\"k\"\t: [ 1e400 ] , \"k\":null}\r\n",
            " { \"a\" : 1.0 ,\n\"k\"\t: \"N\" , \"k\":\"N\"}\r\n"},
           {R"([{"k":{"k":1}},[[{"x":{"\u006b":"\u00e9"}}]]])", R"([{"k":"N"},[[{"x":{"\u006b":"N"}}]]])"},
           {R"({"K":1,"kk":2,"":3,"a":"k"})", R"({"K":1,"kk":2,"":3,"a":"k"})"},
           {R"(["k",{"name":"k","value":1}])", R"(["k",{"name":"k","value":1}])"},
           {R"({"a":12345678901234567890123,"a":-0.0E+5,"k":true,"\ud800":"\/"})",
            R"({"a":12345678901234567890123,"a":-0.0E+5,"k":"N","\ud800":"\/"})"},
       })
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(replaced(text, "k", "\"N\"") == expected); }
}

BOOST_AUTO_TEST_CASE(members_of_json_inside_strings_change_in_place) {
  struct Case {
    std::string_view text, expected;
  };
  for (const auto& [text, expected] : std::vector<Case>{
           {R"({"f":"[{\"k\":\"old\",\"n\":1.0}]"})", R"({"f":"[{\"k\":\"N\",\"n\":1.0}]"})"},
           {R"(["  {\u0022\u006b\": 1e400 , \"u\":\"\\u00e9\\\/\"}"])",
            R"(["  {\u0022\u006b\": \"N\" , \"u\":\"\\u00e9\\\/\"}"])"},
           {R"(["[\"{\\\"k\\\":1}\"]"])", R"(["[\"{\\\"k\\\":\\\"N\\\"}\"]"])"},
       })
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(replaced(text, "k", "\"N\"") == expected); }
}

BOOST_AUTO_TEST_CASE(json_inside_a_string_may_begin_with_escaped_characters) {
  BOOST_TEST(replaced(R"(["\n{ \"k\":1 }\n"])", "k", "2") == R"(["\n{ \"k\":2 }\n"])");
  BOOST_TEST(replaced(R"(["\t[{\"k\":1}]"])", "k", "2") == R"(["\t[{\"k\":2}]"])");
  BOOST_TEST(replaced(R"(["\u007b\"k\":1}"])", "k", "2") == R"(["\u007b\"k\":2}"])");
}

BOOST_AUTO_TEST_CASE(json_inside_json_is_edited_at_any_level) {
  std::string text = R"({ "k":1.0,"n":1e400})";
  std::string expected = R"({ "k":"\"\n","n":1e400})";
  for (int level = 1; level <= 4; ++level) {
    text = "[ " + json::encode(text) + " , 1.0]";
    expected = "[ " + json::encode(expected) + " , 1.0]";
    BOOST_TEST_CONTEXT("level " << level) { BOOST_TEST(replaced(text, "k", R"("\"\n")") == expected); }
  }
}

BOOST_AUTO_TEST_CASE(text_that_is_no_json_stays_outside_and_inside_strings) {
  for (const std::string_view text :
       {"", "{\"k\":1", "\"k\":1", R"(["{\"k\":1"])", R"(["see {\"k\":1}"])", R"(["{\"k\":1} x"])", R"("")",
        R"("   ")", "\"{\"", "\"[\"", "\"k\"", "null", "{\"k\":1} x"})
    BOOST_TEST(replaced(text, "k", "2") == text);
}

BOOST_AUTO_TEST_CASE(every_member_is_asked_for_once_and_with_its_value) {
  const std::vector<std::string> all = {R"(a={"b":[{"é":1.0}]})", R"(b=[{"é":1.0}])", "é=1.0",
                                        R"(c="{\"d\":null}")", "d=null"};
  const std::vector<std::string> a_taken = {all[0], all[3], all[4]};
  const std::string_view text = R"({"a":{"b":[{"é":1.0}]},"c":"{\"d\":null}"})";
  BOOST_TEST(asked(text) == all, boost::test_tools::per_element());
  BOOST_TEST(asked(text, "a") == a_taken, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
