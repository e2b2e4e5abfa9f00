#include "support/rooms.hpp"
#include "webhook/differences.hpp"

#include <boost/test/unit_test.hpp>

using namespace hookferry;

namespace {

const std::string sendlog =
    R"({"id":7,"alias":"logs","url":"https://a.test/","a/b":{"c":1},"list":[{"x":1},{"x":2}],)"
    R"("integration_type_fields":"[{\"name\":\"uuid\",\"value\":\"u\"}, {\"name\":\"payload\",\"value\":{\"privateKey\":\"k\\u00e9\",\"n\":1.0,\"n\":2.0,\"l\":[5,{\"name\":\"z\"}]}}]",)"
    R"("integration_type_id":3,"integration_type":{"id":3,"name":"SendLog","icon":"i"}})";

std::string at(const std::string& webhook, const std::string& path) {
  const auto document = json::Document::parse(webhook);
  return value_at(document.root(), path).value_or("(none)");
}

std::string with(const std::string& webhook, const std::string& path, const std::string& value) {
  const auto document = json::Document::parse(webhook);
  auto edits = set_at(document.root(), path, value);
  return edits ? json::apply(webhook, *std::move(edits)) : "(none)";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(places)

BOOST_AUTO_TEST_CASE(a_path_leads_to_what_a_difference_would_show) {
  const struct {
    std::string path, value;
  } cases[] = {
      {"/url", R"("https://a.test/")"},
      {"/alias", R"("logs")"},
      {"/a/b/c", "1"},
      {"/a/b", R"({"c":1})"},
      {"/list/1/x", "2"},
      {"/integration_type/label", R"("SendLog")"},
      {"/integration_type/name", R"("SendLog")"},
      {"/integration_type_fields/uuid", R"("u")"},
      {"/integration_type_fields/payload/privateKey", R"("k\u00e9")"},
      {"/integration_type_fields/payload/n", "2.0"},
      {"/integration_type_fields/payload/l/0", "5"},
      {"/integration_type_fields/payload/l/1/name", R"("z")"},
      {"/integration_type_fields/1/value/n", "2.0"},
      {"/id", "(none)"},
      {"/integration_type_id", "(none)"},
      {"/integration_type/id", "(none)"},
      {"/integration_type", "(none)"},
      {"/none", "(none)"},
      {"/url/x", "(none)"},
      {"/integration_type_fields/none", "(none)"},
      {"/integration_type_fieldsx", "(none)"},
      {"url", "(none)"},
      {"", "(none)"},
      {"/", "(none)"},
  };
  for (const auto& [path, value] : cases)
    BOOST_TEST(at(sendlog, path) == value, path << ": " << at(sendlog, path));
}

BOOST_AUTO_TEST_CASE(fields_with_one_name_twice_go_by_their_numbers) {
  const std::string webhook =
      R"({"alias":"a","integration_type_fields":"[{\"name\":\"x\",\"value\":1},{\"name\":\"x\",\"value\":2}]"})";
  BOOST_TEST(at(webhook, "/integration_type_fields/x") == "(none)");
  BOOST_TEST(at(webhook, "/integration_type_fields/1/value") == "2");
}

BOOST_AUTO_TEST_CASE(only_the_place_itself_is_set_to_the_byte_elsewhere) {
  const struct {
    std::string path, value, before, after;
  } cases[] = {
      {"/url", R"("https://b.test/")", R"("url":"https://a.test/")", R"("url":"https://b.test/")"},
      {"/integration_type_fields/payload/privateKey", R"("n\"ew")", R"(\"privateKey\":\"k\\u00e9\")",
       R"(\"privateKey\":\"n\\\"ew\")"},
      {"/integration_type_fields/payload/l", "{}", R"(\"l\":[5,{\"name\":\"z\"}])", R"(\"l\":{})"},
      {"/integration_type_fields/payload/n", "1e400", R"(\"n\":2.0)", R"(\"n\":1e400)"},
      {"/integration_type/label", R"("X")", R"("name":"SendLog")", R"("name":"X")"},
      {"/list/0/x", "null", R"([{"x":1})", R"([{"x":null})"},
  };
  for (const auto& [path, value, before, after] : cases) {
    auto expected = sendlog;
    const auto place = expected.find(before);
    BOOST_REQUIRE_MESSAGE(place != std::string::npos, before);
    expected.replace(place, before.size(), after);
    BOOST_TEST(with(sendlog, path, value) == expected);
  }
  BOOST_TEST(with(sendlog, "/none", "1") == "(none)");
  BOOST_TEST(with(sendlog, "/integration_type_fields/none", "1") == "(none)");
}

BOOST_AUTO_TEST_CASE(all_of_the_fields_may_be_set_as_json_or_as_the_string_that_holds_it) {
  const std::string webhook = R"({"alias":"a","integration_type_fields":null})";
  const std::string set = R"({"alias":"a","integration_type_fields":"[{\"name\":\"x\",\"value\":1}]"})";
  BOOST_TEST(with(webhook, "/integration_type_fields", R"([{"name":"x","value":1}])") == set);
  BOOST_TEST(with(webhook, "/integration_type_fields", R"("[{\"name\":\"x\",\"value\":1}]")") == set);
  BOOST_TEST(at(webhook, "/integration_type_fields") == "[]");
  BOOST_TEST(at(R"({"integration_type_fields":"no json"})", "/integration_type_fields") == R"("no json")");
  BOOST_TEST(with(R"({"integration_type_fields":"no json"})", "/integration_type_fields/x", "1") == "(none)");
}

BOOST_AUTO_TEST_SUITE_END()
