#include "json/build.hpp"

#include <boost/json/value_from.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "json/document.hpp"

namespace json = hookferry::json;

namespace {

const boost::json::value made{{"name", "a \"b\"\n"},
                              {"none", nullptr},
                              {"yes", true},
                              {"number", -7},
                              {"ids", {1, 2}},
                              {"empty", boost::json::array()},
                              {"inner", boost::json::object{{"nothing", boost::json::object()}}}};

}  // namespace

BOOST_AUTO_TEST_SUITE(json_build)

BOOST_AUTO_TEST_CASE(built_json_is_one_line_in_the_order_of_its_members) {
  BOOST_TEST(
      json::compact(made) ==
      R"({"name":"a \"b\"\n","none":null,"yes":true,"number":-7,"ids":[1,2],"empty":[],"inner":{"nothing":{}}})");
}

BOOST_AUTO_TEST_CASE(what_is_made_has_the_layout_that_texts_have) {
  const auto read = json::Document::parse(json::compact(made));
  BOOST_TEST(json::pretty(made) == json::pretty(read.root()));
}

BOOST_AUTO_TEST_CASE(a_raw_text_keeps_its_spelling_and_takes_the_layout) {
  const boost::json::value out{
      {"a", boost::json::array{json::raw_json("{\"n\": 1.0,\n \"s\": \"\\u0041\"}")}},
      {"b", json::raw_json("1e400")}};
  BOOST_TEST(json::compact(out) == R"({"a":[{"n":1.0,"s":"\u0041"}],"b":1e400})");
  BOOST_TEST(
      json::pretty(out) ==
      "{\n  \"a\": [\n    {\n      \"n\": 1.0,\n      \"s\": \"\\u0041\"\n    }\n  ],\n  \"b\": 1e400\n}");
}

BOOST_AUTO_TEST_CASE(a_string_that_looks_like_json_is_a_string) {
  for (const std::string text : {"{\"a\":1}", "null", "\x1f raw"})
    BOOST_TEST(json::compact(boost::json::value{{"alias", text}}) ==
               "{\"alias\":" + json::encode(text) + "}");
}

BOOST_AUTO_TEST_CASE(strings_are_spelled_as_encode_spells_them) {
  const std::string half = "\xED\xA0\x80", none = "\xFF";
  BOOST_TEST(json::compact(boost::json::value(half)) == R"("\ud800")");
  BOOST_TEST(json::compact(boost::json::value(none)) == "\"\xEF\xBF\xBD\"");
}

BOOST_AUTO_TEST_CASE(what_there_is_none_of_is_null) {
  BOOST_TEST(json::compact(json::or_null(std::string())) == "null");
  BOOST_TEST(json::compact(json::or_null(std::string("a"))) == "\"a\"");
  BOOST_TEST(json::compact(json::or_null(std::nullopt)) == "null");
  BOOST_TEST(json::compact(json::or_null(std::int64_t{7})) == "7");
}

BOOST_AUTO_TEST_SUITE_END()
