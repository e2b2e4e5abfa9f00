#include "json/reader.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>

using namespace hookferry;
using json::Reader;

namespace {

constexpr const char* sample = R"({"a":[{"b":"text","n":7},{"b":1}],"none":null,"twice":{"x":1,"x":2}})";

/// What reading `sample` ends with: "PLACE: PROBLEM (MEMBER)", or "" where it goes well.
std::string error_of(const std::function<void(const Reader&)>& read) {
  const auto document = json::Document::over(sample);
  try {
    read(Reader(document.root()));
  } catch (const json::FormError& error) {
    return error.what() + std::string(" (") + error.member + ")";
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_reader)

BOOST_AUTO_TEST_CASE(values_of_the_expected_form_are_read) {
  const auto document = json::Document::over(sample);
  const Reader root(document.root());
  const auto elements = root.at("a").elements();
  BOOST_REQUIRE(elements.size() == 2u);
  BOOST_TEST(elements[0].at("b").text() == "text");
  BOOST_TEST(elements[0].optional_integer("n").value() == 7);
  BOOST_TEST(!elements[1].optional_integer("n"));
  BOOST_TEST(root.members().size() == 3u);
  BOOST_TEST(root.optional_text("none").empty());
  BOOST_TEST(root.optional_text("missing").empty());
  BOOST_TEST(!root.optional_integer("none"));
  BOOST_TEST(root.optional_elements("missing").empty());
  BOOST_TEST(!root.find("missing"));
  BOOST_TEST(error_of([](const Reader& all) { all.allow_only({"a", "none", "twice"}); }).empty());
}

BOOST_AUTO_TEST_CASE(an_error_names_the_place_and_the_member) {
  const std::vector<std::pair<std::function<void(const Reader&)>, std::string>> cases = {
      {[](const Reader& root) { root.at("missing"); }, "\"missing\" is missing (missing)"},
      {[](const Reader& root) { root.at("a").elements().at(1).at("c"); }, "a[1]: \"c\" is missing (c)"},
      {[](const Reader& root) { root.at("a").elements().at(1).at("b").text(); },
       "a[1].b: a string is expected (b)"},
      {[](const Reader& root) { root.at("a").integer(); }, "a: an integer is expected (a)"},
      {[](const Reader& root) { root.optional_elements("none"); }, "none: an array is expected (none)"},
      {[](const Reader& root) { root.optional_text("a"); }, "a: a string is expected (a)"},
      {[](const Reader& root) { root.at("a").members(); }, "a: an object is expected (a)"},
      {[](const Reader& root) { root.at("twice").members(); }, "twice.x: stands there twice (x)"},
      {[](const Reader& root) {
         root.allow_only({"a", "twice"});
       },
       "none: no such member is known (none)"},
  };
  for (const auto& [read, expected] : cases) BOOST_TEST(error_of(read) == expected);
}

BOOST_AUTO_TEST_SUITE_END()
