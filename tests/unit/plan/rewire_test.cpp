#include "plan/plan.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>

using namespace hookferry;

namespace {

MappedId mapped(std::int64_t source, std::int64_t destination) { return {source, destination, {}, {}, {}}; }

const std::vector<MappedId> known = {mapped(5, 70), mapped(6, 5), mapped(1050, 9007199254740993)};

struct Result {
  std::string text;
  std::string unknown;  ///< "path=id " each
  std::size_t rewired = 0;
  std::size_t in_strings = 0;
};

Result rewired(const std::string& text) {
  const auto document = json::Document::parse(text);
  auto out = rewire(document, known);
  std::string unknown;
  for (const auto& id : out.unknown)
    unknown += id.path + "=" + id.id + (id.is_a_destinations ? "!" : "") + " ";
  return {json::apply(text, std::move(out.edits)), unknown, out.rewired, out.in_strings};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rewiring)

BOOST_AUTO_TEST_CASE(ids_become_the_destinations_at_any_depth_and_nothing_else_changes) {
  const struct {
    std::string before, after;
  } cases[] = {
      {R"({"integrationId":5})", R"({"integrationId":70})"},
      {R"({"integration_id":5})", R"({"integration_id":70})"},
      {R"( [ {"a" : [ {"integrationId" :	5 } ] }, {"integrationId":6} ]
)",
       R"( [ {"a" : [ {"integrationId" :	70 } ] }, {"integrationId":5} ]
)"},
      {R"({"integration\u0049d":5})", R"({"integration\u0049d":70})"},
      {R"({"integrationId":5,"integrationId":6,"x":1.0,"x":1e400})",
       R"({"integrationId":70,"integrationId":5,"x":1.0,"x":1e400})"},
      {R"({"integrationId":1050})", R"({"integrationId":9007199254740993})"},
      {R"({"integrationId":5.0})", R"({"integrationId":70})"},
      {R"({"integrationId":1.05e3})", R"({"integrationId":9007199254740993})"},
      {R"({"integrationId":{"integrationId":5}})", R"({"integrationId":{"integrationId":70}})"},
  };
  for (const auto& [before, after] : cases) {
    const auto result = rewired(before);
    BOOST_TEST(result.text == after);
    BOOST_TEST(result.unknown == "", before);
  }
}

BOOST_AUTO_TEST_CASE(an_id_in_quotes_stays_and_is_unknown) {
  const auto result = rewired(R"({"a":{"integrationId":"5"},"integration_id":5})");
  BOOST_TEST(result.text == R"({"a":{"integrationId":"5"},"integration_id":70})");
  BOOST_TEST(result.unknown == R"(/a/integrationId="5" )");
}

BOOST_AUTO_TEST_CASE(what_is_no_number_of_such_a_member_stays) {
  for (const std::string text :
       {R"({"integrationId":"five"})", R"({"integrationId":null})", R"({"integrationId":[5]})",
        R"({"integrationid":5,"integrationID":5,"id":5,"xintegrationId":5})", R"([5])", "5", "{}",
        R"({"s":"\"integrationId\":5"})", R"({"integrationId":true})"}) {
    const auto result = rewired(text);
    BOOST_TEST(result.text == text);
    BOOST_TEST(result.rewired + result.in_strings == 0u, text);
    BOOST_TEST(result.unknown == "");
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_id_is_left_and_named_with_its_path) {
  const struct {
    std::string text, unknown;
  } cases[] = {
      {R"([{"a":{"integrationId":99}}])", "/0/a/integrationId=99 "},
      {R"({"integrationId":70})", "/integrationId=70! "},
      {R"({"integrationId":-5})", "/integrationId=-5 "},
      {R"({"integrationId":5.5})", "/integrationId=5.5 "},
      {R"({"integrationId":12345678901234567890123})", "/integrationId=12345678901234567890123 "},
      {R"({"integrationId":1e400})", "/integrationId=1e400 "},
      {R"([[],[{"x":[{"integration_id":7}]},{"integration_id":8}]])",
       "/1/0/x/0/integration_id=7 /1/1/integration_id=8 "},
  };
  for (const auto& [text, unknown] : cases) {
    const auto result = rewired(text);
    BOOST_TEST(result.text == text);
    BOOST_TEST(result.unknown == unknown);
  }
}

BOOST_AUTO_TEST_CASE(an_id_is_replaced_once_also_where_the_new_one_is_another_webhooks_old_one) {
  BOOST_TEST(rewired(R"([{"integrationId":6},{"integrationId":5}])").text ==
             R"([{"integrationId":5},{"integrationId":70}])");
}

BOOST_AUTO_TEST_CASE(ids_in_json_inside_strings_are_left_and_counted) {
  const std::string text =
      R"({"alert":"{\"integrationId\":5,\"x\":[{\"integration_id\":6}]}","integrationId":5})";
  const auto result = rewired(text);
  BOOST_TEST(result.text ==
             R"({"alert":"{\"integrationId\":5,\"x\":[{\"integration_id\":6}]}","integrationId":70})");
  BOOST_TEST(result.in_strings == 2u);
  BOOST_TEST(result.rewired == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
