#include "webhook/differences.hpp"

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/build.hpp"
#include "json/document.hpp"
#include "secrets/secrets.hpp"
#include "support/rooms.hpp"

namespace json = hookferry::json;
using hookferry::Difference;
using hookferry::Webhook;

namespace {

Webhook read(const std::string& text) {
  const auto document = json::Document::parse(text);
  return hookferry::read_webhook(document.root());
}

/// A webhook of the type `webhook` with more members, and with fields given as what stands in the string.
Webhook webhook(std::string_view fields, std::string_view more = "") {
  return read(R"({"alias":"a","integration_type_id":1)" + std::string(more) +
              R"(,"integration_type_fields":)" + json::encode(fields) + "}");
}

/// "path: old -> new" a line; '-' where there is none.
std::string shown(const std::vector<Difference>& differences) {
  std::string out;
  for (const auto& difference : differences)
    out += (out.empty() ? "" : "\n") + difference.path + ": " + difference.before.value_or("-") + " -> " +
           difference.after.value_or("-");
  return out;
}

std::string between(const Webhook& before, const Webhook& after) {
  return shown(hookferry::differences(&before, after));
}

struct Case {
  std::string_view before, after, expected;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(webhook_differences)

BOOST_AUTO_TEST_CASE(equal_contents_have_no_difference) {
  const auto one = read(R"({"id":1,"company_id":2,"alias":"a","integration_type_id":0,"url":"u",)"
                        R"("integration_type":{"id":0,"label":"Slack"},"integration_type_fields":null})");
  const auto other =
      read(R"({"integration_type":{"name":"Slack","id":0},"url":"\u0075","integrationTypeId":0,)"
           R"("integration_type_fields":" [ ]","alias":"a","updated_at":"now"})");
  BOOST_TEST(between(one, one) == "");
  BOOST_TEST(between(one, other) == "");
  BOOST_TEST(between(other, one) == "");
}

BOOST_AUTO_TEST_CASE(members_are_shown_by_path_with_old_and_new) {
  for (const auto& [before, after, expected] : std::vector<Case>{
           {R"(,"url":"x")", R"(,"url":"y")", R"(/url: "x" -> "y")"},
           {R"(,"url":"x")", R"(,"url":null)", R"(/url: "x" -> null)"},
           {R"(,"url":"x")", "", R"(/url: "x" -> -)"},
           {"", R"(,"n":1.0)", "/n: - -> 1.0"},
           {R"(,"n":12345678901234567890123)", R"(,"n":12345678901234567890124)",
            "/n: 12345678901234567890123 -> 12345678901234567890124"},
           {R"(,"b":1,"a":2)", R"(,"c":5,"a":3,"b":4)", "/b: 1 -> 4\n/a: 2 -> 3\n/c: - -> 5"},
           {R"(,"o":{"x":{"y":1},"z":2})", R"(,"o":{"z":2,"x":{"y":[]}})", "/o/x/y: 1 -> []"},
           {R"(,"o":{"x":1})", R"(,"o":[1])", R"(/o: {"x":1} -> [1])"},
           {R"(,"integration_type":{"id":1,"name":"WebHook"})", R"(,"integration_type":{"label":"Webhook"})",
            R"(/integration_type/label: "WebHook" -> "Webhook")"},
           {R"(,"integration_type":{"id":1})", R"(,"integration_type":{"id":2})",
            "/integration_type/id: - -> 2"},
           {R"(,"id":1)", R"(,"id":2,"n":1)", "/n: - -> 1"},
       })
    BOOST_TEST_CONTEXT(before << " to " << after) {
      BOOST_TEST(between(webhook("[]", before), webhook("[]", after)) == expected);
    }
}

BOOST_AUTO_TEST_CASE(fields_are_shown_by_their_name_and_the_path_inside) {
  for (const auto& [before, after, expected] : std::vector<Case>{
           {R"([{"name":"method","value":"get"},{"name":"uuid","value":"1"}])",
            R"([{"value":"post","name":"method"},{"name":"uuid","value":"1"}])",
            R"(/integration_type_fields/method: "get" -> "post")"},
           {R"([{"name":"payload","value":{"a":{"b":[1,{"c":1.0}]}}}])",
            R"([{"name":"payload","value":{"a":{"b":[1,{"c":2.0}]}}}])",
            "/integration_type_fields/payload/a/b/1/c: 1.0 -> 2.0"},
           {R"([{"name":"payload","value":{"a":1,"b":2}}])", R"([{"name":"payload","value":{"b":2,"c":3}}])",
            "/integration_type_fields/payload/a: 1 -> -\n/integration_type_fields/payload/c: - -> 3"},
           {"[]", R"([{"name":"uuid","value":"1"}])", R"(/integration_type_fields/uuid: - -> "1")"},
           {R"([{"name":"uuid","value":"1"},{"name":"n","value":null}])", R"([{"name":"n","value":null}])",
            R"(/integration_type_fields/uuid: "1" -> -)"},
           {R"([{"name":"p","value":["a","b"]}])", R"([{"name":"p","value":["a","c","d"]}])",
            "/integration_type_fields/p/1: \"b\" -> \"c\"\n/integration_type_fields/p/2: - -> \"d\""},
           {R"([{"name":"p","value":[1,2]}])", R"([{"name":"p","value":[1]}])",
            "/integration_type_fields/p/1: 2 -> -"},
           {R"([{"name":"a","value":1},{"name":"a","value":2}])",
            R"([{"name":"a","value":1},{"name":"a","value":3}])", "/integration_type_fields/1/value: 2 -> 3"},
           {R"({"a":1})", R"({"a":2})", "/integration_type_fields/a: 1 -> 2"},
           {"[broken", "[broken too", R"(/integration_type_fields: "[broken" -> "[broken too")"},
           {"[]", "[broken", R"(/integration_type_fields: "[]" -> "[broken")"},
       })
    BOOST_TEST_CONTEXT(before << " to " << after) {
      BOOST_TEST(between(webhook(before), webhook(after)) == expected);
    }
}

BOOST_AUTO_TEST_CASE(differences_without_a_path_of_their_own_are_shown_as_well) {
  const std::vector<std::pair<Webhook, Webhook>> cases = {
      {webhook(R"([{"name":"a","value":1},{"name":"b","value":2}])"),
       webhook(R"([{"name":"b","value":2},{"name":"a","value":1}])")},
      {webhook(R"([{"name":"a","value":{"x":1,"x":2}}])"),
       webhook(R"([{"name":"a","value":{"x":3,"x":2}}])")},
      {webhook("[]", R"(,"o":{"x":1,"x":2})"), webhook("[]", R"(,"o":{"x":3,"x":2})")},
      {webhook("[]", R"(,"n":1,"n":2)"), webhook("[]", R"(,"n":2)")},
  };
  for (const auto& [before, after] : cases)
    BOOST_TEST_CONTEXT(before.text.view() << " to " << after.text.view()) {
      const auto found = hookferry::differences(&before, after);
      BOOST_REQUIRE(found.size() == 1u);
      BOOST_TEST((found.front().before != found.front().after));
    }
}

BOOST_AUTO_TEST_CASE(another_order_of_fields_is_shown_at_the_fields) {
  BOOST_TEST(between(webhook(R"([{"name":"a","value":1},{"name":"b","value":2}])"),
                     webhook(R"([{"name":"b","value":2},{"name":"a","value":1}])")) ==
             R"(/integration_type_fields: [{"name":"a","value":1},{"name":"b","value":2}] -> )"
             R"([{"name":"b","value":2},{"name":"a","value":1}])");
}

BOOST_AUTO_TEST_CASE(everything_is_shown_if_there_was_nothing_before) {
  const auto after = webhook(R"([{"name":"method","value":"get"}])", R"(,"url":"u","id":5)");
  BOOST_TEST(shown(hookferry::differences(nullptr, after)) ==
             "/alias: - -> \"a\"\n/url: - -> \"u\"\n/integration_type_fields/method: - -> \"get\"");
}

BOOST_AUTO_TEST_CASE(secrets_are_masked_and_others_stay) {
  const auto before = webhook(
      R"([{"name":"serviceKey","value":"abc"},{"name":"payload","value":{"privateKey":"abc","n":1.0}}])",
      R"(,"url":"https://u.test/?token=abc")");
  const auto after = webhook(
      R"([{"name":"serviceKey","value":"abd"},{"name":"payload","value":{"privateKey":"abd","n":2.0}}])",
      R"(,"url":"https://u.test/?token=abd")");
  const auto other = hookferry::mask_secret("abd");
  std::vector<Difference> masked;
  for (const auto& difference : hookferry::differences(&before, after))
    masked.push_back(hookferry::masked(difference));
  const auto one = hookferry::mask_secret("abc");
  BOOST_TEST(one != other);
  BOOST_TEST(shown(masked) == R"(/url: "https://u.test/?token=)" + one + R"(" -> "https://u.test/?token=)" +
                                  other + "\"\n/integration_type_fields/serviceKey: \"" + one + "\" -> \"" +
                                  other + "\"\n/integration_type_fields/payload/privateKey: \"" + one +
                                  "\" -> \"" + other + "\"\n/integration_type_fields/payload/n: 1.0 -> 2.0");
}

BOOST_AUTO_TEST_CASE(what_is_below_a_secret_member_is_masked) {
  for (const auto& [before, after] : std::vector<std::pair<std::string_view, std::string_view>>{
           {R"([{"name":"apiToken","value":["KEEP","OLD-ONE"]}])",
            R"([{"name":"apiToken","value":["KEEP","NEW-ONE"]}])"},
           {R"([{"name":"apiToken","value":{"value":"OLD-ONE"}}])",
            R"([{"name":"apiToken","value":{"value":"NEW-ONE"}}])"},
           {R"([{"name":"headers","value":[{"name":"Authorization","value":"OLD-ONE","on":true}]}])",
            R"([{"name":"headers","value":[{"name":"Authorization","value":"NEW-ONE","on":true}]}])"},
           {R"([{"name":"apiToken","value":"OLD-ONE"},{"name":"apiToken","value":"x"}])",
            R"([{"name":"apiToken","value":"NEW-ONE"},{"name":"apiToken","value":"x"}])"},
           {R"([{"name":"headers","value":[{"key":"X-Api-Key","value":"OLD-ONE"}]}])",
            R"([{"name":"headers","value":[{"key":"X-Api-Key","value":"NEW-ONE"}]}])"},
           {R"([{"name":"headers","value":[["X-Api-Key","OLD-ONE"]]}])",
            R"([{"name":"headers","value":[["X-Api-Key","NEW-ONE"]]}])"},
           {R"([{"name":"payload","value":"X-Api-Key: OLD-ONE"}])",
            R"([{"name":"payload","value":"X-Api-Key: NEW-ONE"}])"},
       })
    BOOST_TEST_CONTEXT(before) {
      const auto one = webhook(before);
      const auto found = hookferry::differences(&one, webhook(after));
      BOOST_REQUIRE(found.size() == 1u);
      const auto text = shown({hookferry::masked(found.front())});
      BOOST_TEST(text.find("OLD-ONE") == std::string::npos, text);
      BOOST_TEST(text.find("NEW-ONE") == std::string::npos, text);
    }
}

BOOST_AUTO_TEST_CASE(fields_that_are_no_json_are_masked_as_a_whole) {
  const auto one = webhook(R"({"privateKey":"OLD-ONE)");
  const auto found = hookferry::differences(&one, webhook("[]"));
  BOOST_REQUIRE(found.size() == 1u);
  const auto text = shown({hookferry::masked(found.front())});
  BOOST_TEST(text.find("OLD-ONE") == std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(tens_of_thousands_of_fields_are_compared_one_by_one) {
  constexpr std::size_t count = 40'000;
  const auto fields = [](const std::string& value) {
    std::string out = "[";
    for (std::size_t i = 0; i < count; ++i)
      out += (i == 0 ? "" : ",") + std::string(R"({"name":"f)") + std::to_string(i) + R"(","value":")" +
             value + "\"}";
    return out + "]";
  };
  const auto before = webhook(fields("old"));
  const auto found = hookferry::differences(&before, webhook(fields("new")));
  constexpr auto most = hookferry::webhook::most_of_a_webhook;
  BOOST_REQUIRE(found.size() == most + 1);
  BOOST_TEST(found.back().more == count - most);
  BOOST_TEST(shown({found.front(), found[most - 1]}) ==
             "/integration_type_fields/f0: \"old\" -> \"new\"\n"
             "/integration_type_fields/f999: \"old\" -> \"new\"");
}

namespace {

/// Fields with so many numbers, each `by` more than its place.
Webhook numbers(std::size_t count, int by) {
  std::string out = "[";
  for (std::size_t i = 0; i < count; ++i)
    out += (i == 0 ? "" : ",") + std::to_string(static_cast<int>(i) + by);
  return webhook(out + "]");
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_list_of_differences_is_limited_and_its_last_entry_counts_the_rest) {
  const auto most = hookferry::webhook::most_of_a_webhook;
  const auto before = numbers(most + 500, 0), after = numbers(most + 500, 1);
  const auto found = hookferry::differences(&before, after);
  BOOST_REQUIRE(found.size() == most + 1);
  BOOST_TEST(found[most - 1].path == "/integration_type_fields/" + std::to_string(most - 1));
  BOOST_TEST(found.back().more == 500u);
  BOOST_TEST(found.back().path == "");
  BOOST_TEST(note_of(found.back()) == "and 500 more");
  const auto just = numbers(most, 0), just_other = numbers(most, 1);
  BOOST_TEST(hookferry::differences(&just, just_other).back().more == 0u);
}

BOOST_AUTO_TEST_CASE(a_member_of_a_v5_webhook_is_masked_by_its_name) {
  const auto v5 = [](const std::string& token) {
    return read(R"({"id":"u","externalId":1,"type":"SLACK","name":"a","apiToken":")" + token + "\"}");
  };
  const auto before = v5("plain old words");
  const auto found = hookferry::differences(&before, v5("plain new words"));
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found.front().path == "/apiToken");
  BOOST_TEST(shown({hookferry::masked(found.front())}).find("words") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_loss_among_the_rest_is_a_loss) {
  const auto most = hookferry::webhook::most_of_a_webhook;
  std::string more;
  for (std::size_t i = 0; i < most + 5; ++i) more += (i == 0 ? "\"n" : ",\"n") + std::to_string(i) + "\":1";
  const auto with_less = webhook("{" + more + "}");
  const auto with_more = webhook("{" + more + ",\"last\":1}");
  BOOST_TEST(something_is_lost(hookferry::differences(&with_more, with_less)));
  BOOST_TEST(!something_is_lost(hookferry::differences(&with_less, with_more)));
  std::string changed = more;
  for (auto at = changed.find(":1"); at != std::string::npos; at = changed.find(":1"))
    changed.replace(at, 2, ":2");
  const auto empty = webhook("{}");
  const auto gained = hookferry::differences(&empty, webhook("{" + changed + "}"));
  BOOST_TEST(gained.back().more == 5u);
  BOOST_TEST(!something_is_lost(gained));
  const auto lost = hookferry::differences(&with_more, webhook("{" + changed + "}"));
  BOOST_TEST(lost.back().before.value_or("") == "null");
  std::vector<Difference> rest_alone = {lost.back()};
  BOOST_TEST(something_is_lost(rest_alone));
}

BOOST_AUTO_TEST_CASE(a_plan_has_room_for_so_many_and_for_the_first_few_of_each_webhook) {
  using namespace hookferry::webhook;
  DifferenceRoom room;
  const auto take = [&](std::size_t count) {
    std::vector<Difference> all(count, Difference{"/a", "1", "2", false, "a"});
    room.limit(all);
    return all;
  };
  for (std::size_t taken = 0; taken < most_of_a_plan; taken += 500) BOOST_TEST(take(500).size() == 500u);
  BOOST_TEST(take(always_listed).size() == always_listed);
  const auto shortened = take(500);
  BOOST_REQUIRE(shortened.size() == always_listed + 1);
  BOOST_TEST(shortened.back().more == 500 - always_listed);
  // A rest that was there already is counted.
  auto with_rest = std::vector<Difference>(always_listed + 5, Difference{"/a", {}, "2", false, "a", "hosts"});
  with_rest.push_back({"", {}, {}, false, "", "hosts", 100});
  room.limit(with_rest);
  BOOST_TEST(with_rest.back().more == 105u);
  BOOST_TEST(note_of(with_rest.back()) == "and 105 more: hosts");
}

BOOST_AUTO_TEST_SUITE_END()
