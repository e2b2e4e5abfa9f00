#include "transform/transformer.hpp"

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/build.hpp"
#include "support/rooms.hpp"

namespace json = hookferry::json;

namespace {

constexpr const char* one = "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb";
constexpr const char* other = "27a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb";

std::string renewed(const std::string& fields, const std::string& destination = "us1") {
  return json::apply(fields, hookferry::fresh_uuid_edits(fields, destination));
}

std::string uuid_field(const std::string& literal) { return R"({"name":"uuid","value":)" + literal + "}"; }
std::string quoted(const std::string& text) { return "\"" + text + "\""; }

/// The fields of a request with these two UUIDs.
std::string fields(const std::string& field, const std::string& in_payload) {
  return "[" + uuid_field(quoted(field)) + R"( , {"value":{"a":1.0,"uuid":)" + quoted(in_payload) +
         R"(},"name":"payload"}])";
}

/// What the old UUID becomes.
std::string fresh(const std::string& old_uuid, const std::string& destination = "us1") {
  const auto edits = hookferry::fresh_uuid_edits("[" + uuid_field(quoted(old_uuid)) + "]", destination);
  return edits.size() == 1 ? json::decode(edits[0].replacement) : "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(uuids)

// Worked out with another implementation of RFC 4122. These must hold for every version of the program: a
// second run after an upgrade has to give the same.
BOOST_AUTO_TEST_CASE(a_fresh_uuid_is_version_5_on_destination_and_old_uuid) {
  struct Case {
    std::string old_uuid, destination, expected;
  };
  for (const auto& [old_uuid, destination, expected] :
       std::vector<Case>{{one, "us1", "6cec4085-623a-513d-a134-b5224e2f10ad"},
                         {one, "https://api.coralogix.us", "09c54147-2726-57cc-8da9-0728a41d08aa"},
                         {"no uuid ü", "us1", "ae0c29cd-54dd-5de2-9e4e-de2b72e339f1"}})
    BOOST_TEST(fresh(old_uuid, destination) == expected);
}

BOOST_AUTO_TEST_CASE(each_pair_of_destination_and_old_uuid_has_its_own) {
  std::set<std::string> seen = {one, other};
  for (const auto* old_uuid : {one, other, "17A3B9E3-B0BC-4BC0-9E06-98D2A4C54ECB"})
    for (const auto* destination : {"us1", "us2", "eu1", ""})
      BOOST_TEST(seen.insert(fresh(old_uuid, destination)).second);
}

BOOST_AUTO_TEST_CASE(both_places_get_the_same_and_nothing_around_them_changes) {
  const auto expected = fields(fresh(one), fresh(one));
  BOOST_TEST(renewed(fields(one, one)) == expected);
  BOOST_TEST(renewed(fields(one, other)) == expected);
  BOOST_TEST(renewed(fields("", one)) == fields("", fresh(one)));
  BOOST_TEST(renewed(fields(one, "")) == fields(fresh(one), ""));
}

BOOST_AUTO_TEST_CASE(the_order_of_fields_does_not_matter) {
  const auto payload = [](const std::string& uuid) {
    return R"({"name":"payload","value":{"uuid":)" + quoted(uuid) + "}}";
  };
  BOOST_TEST(renewed("[" + payload(other) + "," + uuid_field(quoted(one)) + "]") ==
             "[" + payload(fresh(one)) + "," + uuid_field(quoted(fresh(one))) + "]");
  BOOST_TEST(renewed("[" + payload(one) + "]") == "[" + payload(fresh(one)) + "]");
}

BOOST_AUTO_TEST_CASE(the_spelling_of_the_old_one_does_not_matter) {
  const auto escaped = R"("\u00317a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb")";
  BOOST_TEST(renewed("[" + uuid_field(escaped) + "]") == "[" + uuid_field(quoted(fresh(one))) + "]");
  BOOST_TEST(renewed(R"([{"name":"\u0075uid","value":)" + quoted(one) + "}]") ==
             R"([{"name":"\u0075uid","value":)" + quoted(fresh(one)) + "}]");
}

BOOST_AUTO_TEST_CASE(a_payload_in_a_string_and_every_payload_is_renewed) {
  const auto payload = [](const std::string& value) { return R"({"name":"payload","value":)" + value + "}"; };
  const auto in_string = [](const std::string& uuid) {
    return R"("{ \"n\":1.0,\"uuid\":\")" + uuid + R"(\" }")";
  };
  const auto in_object = [](const std::string& uuid) { return R"({"uuid":")" + uuid + "\"}"; };
  BOOST_TEST(renewed("[" + uuid_field(quoted(one)) + "," + payload(in_string(one)) + "," +
                     payload(in_object(other)) + "]") == "[" + uuid_field(quoted(fresh(one))) + "," +
                                                             payload(in_string(fresh(one))) + "," +
                                                             payload(in_object(fresh(one))) + "]");
}

BOOST_AUTO_TEST_CASE(no_uuid_is_added_and_none_elsewhere_is_touched) {
  for (const auto& text : std::vector<std::string>{
           "[]",
           "",
           "no JSON",
           "null",
           quoted(one),
           R"({"uuid":)" + quoted(one) + "}",
           R"([)" + quoted(one) + "]",
           R"([{"uuid":)" + quoted(one) + "}]",
           R"([{"name":"uuid"},{"value":)" + quoted(one) + "}]",
           "[" + uuid_field("null") + "]",
           "[" + uuid_field("5") + "]",
           "[" + uuid_field(R"("")") + "]",
           "[" + uuid_field("{\"uuid\":" + quoted(one) + "}") + "]",
           R"([{"name":"headers","value":{"uuid":)" + quoted(one) + "}}]",
           R"([{"name":"UUID","value":)" + quoted(one) + "}]",
           R"([{"name":"payload","value":{"deep":{"uuid":)" + quoted(one) + "}}}]",
           R"([{"name":"payload","value":)" + quoted(one) + "}]",
           R"([{"name":"payload","value":{"uuid":7}}])",
       })
    BOOST_TEST(renewed(text) == text);
}

BOOST_AUTO_TEST_SUITE_END()
