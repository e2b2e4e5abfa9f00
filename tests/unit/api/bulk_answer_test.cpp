#include "api/v1/webhooks_api.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "json/build.hpp"
#include "json/document.hpp"
#include "support/random_json.hpp"
#include "support/rooms.hpp"

namespace json = hookferry::json;
using hookferry::test::RandomJson;

namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// A slack webhook as it is sent; what is in `more` stands before the rest ("\"id\":5,").
std::string slack(const std::string& alias, const std::string& url, const std::string& more = {}) {
  return "{" + more + R"("alias":")" + alias + R"(","url":")" + url +
         R"(","integration_type_fields":"[]","integration_type_id":0,)"
         R"("integration_type":{"id":0,"name":"Slack","icon":"/assets/settings/slack-48.png"}})";
}

/// What the guide shows as the answer for it.
std::string answered(int id, const std::string& alias, const std::string& url,
                     const std::string& fields = R"("[]")", int type = 0) {
  const auto number = std::to_string(type);
  return R"({"id":)" + std::to_string(id) + R"(,"alias":")" + alias + R"(","url":")" + url +
         R"(","integration_type_fields":)" + fields + R"(,"integration_type_id":)" + number +
         R"(,"integrationTypeId":)" + number +
         R"(,"company_id":12345,"updated_at":"2022-08-22T07:32:09.348Z",)"
         R"("created_at":"2022-08-22T07:32:09.348Z","companyId":12345})";
}

std::string array_of(const std::vector<std::string>& elements) {
  std::string out;
  for (const auto& element : elements) out += (out.empty() ? "[" : ",") + element;
  return out.empty() ? "[]" : out + "]";
}

/// The ids in the order of what was sent, "?" where it cannot be told; "none" where the answer confirms
/// nothing.
std::string ids(const std::string& body, const std::vector<std::string>& sent) {
  const auto webhooks = hookferry::read_webhooks(array_of(sent), "a test");
  std::vector<hookferry::api::Write::Element> elements;
  for (const auto& webhook : webhooks) elements.push_back({&webhook, webhook.id});
  const auto found = hookferry::read_bulk_answer(body, elements);
  if (!found) return "none";
  std::string out;
  for (const auto& id : found->ids) out += (out.empty() ? "" : " ") + (id ? std::to_string(*id) : "?");
  return out;
}

const std::vector<std::string> a_b_c = {slack("a", "https://a.test"), slack("b", "https://b.test"),
                                        slack("c", "https://c.test")};
const std::string answer_a = answered(10, "a", "https://a.test");
const std::string answer_b = answered(11, "b", "https://b.test");
const std::string answer_c = answered(12, "c", "https://c.test");

}  // namespace

BOOST_AUTO_TEST_SUITE(bulk_answer)

BOOST_AUTO_TEST_CASE(elements_are_distinguished_by_content_in_any_order) {
  BOOST_TEST(ids(array_of({answer_a, answer_b, answer_c}), a_b_c) == "10 11 12");
  BOOST_TEST(ids(array_of({answer_c, answer_b, answer_a}), a_b_c) == "10 11 12");
  BOOST_TEST(ids(array_of({answer_b, answer_c, answer_a}), a_b_c) == "10 11 12");
}

BOOST_AUTO_TEST_CASE(fields_that_the_answer_calls_null_are_those_without_any) {
  const auto fields = R"("[{\"name\":\"a\"}]")";
  const auto with_fields = replaced(slack("a", "https://a.test"), R"("[]")", fields);
  const auto none = answered(10, "a", "https://a.test", "null");
  const auto some = answered(11, "a", "https://a.test", fields);
  BOOST_TEST(ids(array_of({none, some}), {with_fields, slack("a", "https://a.test")}) == "11 10");
  // Both have lost their alias, so that only the rest tells them apart.
  const auto renamed = [](const std::string& answer) {
    return replaced(answer, R"("alias":"a")", R"("alias":"z")");
  };
  BOOST_TEST(ids(array_of({renamed(none), renamed(some)}), {with_fields, slack("a", "https://a.test")}) ==
             "11 10");
  BOOST_TEST(ids(array_of({none, answered(12, "a", "https://a.test", R"("[1]")")}),
                 {slack("a", "https://a.test"), slack("a", "https://b.test")}) == "10 12");
}

BOOST_AUTO_TEST_CASE(one_alias_is_distinguished_by_url_by_type_and_by_fields) {
  const auto fields = R"("[{\"name\":\"serviceKey\",\"value\":\"EXAMPLE\"}]")";
  const std::string pager = R"({"alias":"a","url":"https://a.test","integration_type_id":2,)"
                            R"("integration_type_fields":)" +
                            std::string(fields) + "}";
  const std::string bare_pager = R"({"alias":"a","url":"https://a.test","integration_type_id":2})";
  BOOST_TEST(ids(array_of({answered(4, "a", "https://a.test", R"("[]")", 2),
                           answered(3, "a", "https://a.test", fields, 2), answered(2, "a", "https://b.test"),
                           answered(1, "a", "https://a.test")}),
                 {slack("a", "https://a.test"), slack("a", "https://b.test"), pager, bare_pager}) ==
             "1 2 3 4");
}

BOOST_AUTO_TEST_CASE(spelling_does_not_make_a_difference) {
  const std::string sent = R"({"alias":"gr\u00fc\u00dfe","url":"https:\/\/a.test","integration_type_id":2,)"
                           R"("integration_type_fields":"[{\"name\":\"serviceKey\",\"value\":\"E\"}]"})";
  struct Case {
    std::string_view name, fields;
  };
  for (const auto& [name, fields] : std::vector<Case>{
           {"the same", R"("[{\"name\":\"serviceKey\",\"value\":\"E\"}]")"},
           {"other key order", R"("[{\"value\":\"E\",\"name\":\"serviceKey\"}]")"},
           {"spaces", R"("[ {\"name\": \"serviceKey\",\n \"value\": \"E\"} ]")"},
           {"escapes", R"("[{\"name\":\"service\\u004bey\",\"value\":\"\\u0045\"}]")"},
       })
    BOOST_TEST_CONTEXT(name) {
      const auto body = array_of({answered(7, "grüße", "https://a.test", std::string(fields), 2)});
      BOOST_TEST(ids(body, {sent}) == "7");
    }
}

BOOST_AUTO_TEST_CASE(elements_in_any_spelling_are_distinguished_as_in_one_spelling) {
  for (unsigned seed = 800'000; seed < 801'000; ++seed) {
    RandomJson random(seed);
    // Contents of few kinds, so that some are equal and many nearly so.
    std::vector<std::string> contents;
    for (int i = 0; i < 3; ++i) contents.push_back(random.value());
    std::vector<std::string> sent, plain, respelled;
    for (int i = 0; i < 4; ++i) {
      const auto url = json::encode("https://" + std::to_string(random.below(2)) + ".test/");
      const auto& fields = contents[random.below(3)];
      const auto element = [&, id = 10 + i](const std::string& its_url, const std::string& its_fields) {
        return R"({"id":)" + std::to_string(id) + R"(,"alias":"a","url":)" + its_url +
               R"(,"integration_type_fields":)" + json::encode(its_fields) + R"(,"integration_type_id":0})";
      };
      sent.push_back(R"({"alias":"a","url":)" + url + R"(,"integration_type_fields":)" +
                     json::encode(fields) + R"(,"integration_type_id":0})");
      plain.push_back(element(url, fields));
      respelled.push_back(
          element(replaced(url, "/", "\\/"), json::pretty(json::Document::over(fields).root())));
    }
    const auto expected = ids(array_of(plain), sent);
    if (expected.find('?') != std::string::npos || ids(array_of(respelled), sent) != expected)
      BOOST_ERROR("seed " << seed << ": " << expected << " and " << ids(array_of(respelled), sent));
  }
}

BOOST_AUTO_TEST_CASE(fields_to_the_byte_are_not_enough_where_the_url_differs_nor_the_other_way_round) {
  const auto fields = R"("[{\"name\":\"n\"}]")";
  const auto with = [](const std::string& url, const std::string& its) {
    return R"({"alias":"a","url":")" + url + R"(","integration_type_fields":)" + its +
           R"(,"integration_type_id":0})";
  };
  BOOST_TEST(ids(array_of({answered(1, "a", "https://b.test", fields), answered(2, "a", "https://a.test"),
                           answered(3, "a", "https://a.test", fields)}),
                 {with("https://a.test", fields), with("https://b.test", fields),
                  with("https://a.test", "\"[]\"")}) == "3 1 2");
}

BOOST_AUTO_TEST_CASE(no_fields_null_and_an_empty_array_are_one) {
  const std::string head = R"({"alias":"a","url":"u","integration_type_id":0)";
  const std::vector<std::string> forms = {head + "}", head + R"(,"integration_type_fields":null})",
                                          head + R"(,"integration_type_fields":"[]"})"};
  for (const auto& sent : forms)
    for (const auto& answer : forms) BOOST_TEST_CONTEXT(sent << " " << answer) {
        BOOST_TEST(ids(R"([{"id":9,)" + answer.substr(1) + "]", {sent}) == "9");
      }
}

BOOST_AUTO_TEST_CASE(equal_webhooks_get_an_id_each) {
  const auto twin = slack("a", "https://a.test");
  const auto found =
      ids(array_of({answered(20, "a", "https://a.test"), answered(21, "a", "https://a.test")}), {twin, twin});
  BOOST_TEST((found == "20 21" || found == "21 20"), found);
}

BOOST_AUTO_TEST_CASE(an_update_is_known_by_its_id_whatever_else_the_answer_says) {
  const auto update = slack("a", "https://a.test", R"("id":5,)");
  for (const auto& answer : {std::string("5"), std::string(R"({"id":5})"), answered(5, "z", "https://z.test"),
                             answered(5, "a", "https://a.test")})
    BOOST_TEST_CONTEXT(answer) { BOOST_TEST(ids(array_of({answer}), {update}) == "5"); }
  // The same content is created and written over another: the id decides.
  BOOST_TEST(ids(array_of({answered(5, "a", "https://a.test"), answered(6, "a", "https://a.test")}),
                 {slack("a", "https://a.test"), update}) == "6 5");
  BOOST_TEST(ids(array_of({answered(6, "a", "https://a.test"), "5"}),
                 {update, slack("a", "https://a.test")}) == "5 6");
  BOOST_TEST(ids(array_of({answered(6, "a", "https://a.test")}), {update}) == "?");
}

BOOST_AUTO_TEST_CASE(ids_without_content_confirm_and_are_not_attributed) {
  for (const auto& body : {std::string("[10,11,12]"), std::string(R"([{"id":10},{"id":11},{"id":12}])"),
                           std::string(R"([10,{"id":11},12])")})
    BOOST_TEST_CONTEXT(body) { BOOST_TEST(ids(body, a_b_c) == "? ? ?"); }
}

BOOST_AUTO_TEST_CASE(bare_ids_among_elements_do_not_disturb_these) {
  const auto found = ids(array_of({"11", answer_c, R"({"id":10})"}), a_b_c);
  BOOST_TEST(found == "? ? 12");
}

BOOST_AUTO_TEST_CASE(what_the_server_changed_is_known_by_what_it_left_or_by_what_is_left) {
  const auto a_changed = answered(10, "a", "https://a.test/changed");
  BOOST_TEST(ids(array_of({answer_b, a_changed}), {a_b_c[0], a_b_c[1]}) == "10 11");
  BOOST_TEST(ids(array_of({answered(10, "b", "https://a.test")}), {a_b_c[0]}) == "10");
  BOOST_TEST(ids(array_of({answered(10, "a", "https://a.test", R"("[]")", 1)}), {a_b_c[0]}) == "10");
  BOOST_TEST(ids(R"([{"id":10}])", {a_b_c[0]}) == "10");
  // Other aliases, in another order.
  BOOST_TEST(ids(array_of({answered(12, "c#", "https://c.test"), answered(10, "a#", "https://a.test"),
                           answered(11, "b#", "https://b.test")}),
                 a_b_c) == "10 11 12");
}

BOOST_AUTO_TEST_CASE(an_alias_and_type_that_only_one_is_left_of_tell_it_apart_whatever_else_was_changed) {
  const auto a_changed = answered(10, "a", "https://x.test"), b_changed = answered(11, "b", "https://y.test");
  BOOST_TEST(ids(array_of({a_changed, b_changed, answer_c}), a_b_c) == "10 11 12");
  BOOST_TEST(ids(array_of({answer_c, b_changed, a_changed}), a_b_c) == "10 11 12");
  BOOST_TEST(
      ids(array_of({a_changed, answered(12, "c#", "https://z.test"), answered(11, "b#", "https://y.test")}),
          a_b_c) == "10 ? ?");
  // Two that are changed in all that tells them apart.
  const std::vector<std::string> namesakes = {slack("a", "https://a.test"), slack("a", "https://b.test"),
                                              a_b_c[2]};
  BOOST_TEST(ids(array_of({a_changed, answered(11, "a", "https://y.test"), answer_c}), namesakes) ==
             "? ? 12");
  BOOST_TEST(ids(array_of({answered(10, "a", "https://x.test", R"("[]")", 1),
                           answered(11, "b", "https://y.test", R"("[]")", 1), answer_c}),
                 a_b_c) == "? ? 12");
}

BOOST_AUTO_TEST_CASE(an_answer_with_another_number_of_elements_confirms_nothing) {
  BOOST_TEST(ids(array_of({answer_a, answer_b}), a_b_c) == "none");
  BOOST_TEST(ids(array_of({answer_a, answer_b, answer_c, answered(13, "d", "https://d.test")}), a_b_c) ==
             "none");
  BOOST_TEST(ids("[]", a_b_c) == "none");
}

BOOST_AUTO_TEST_CASE(an_id_that_repeats_confirms_nothing) {
  const std::vector<std::string> two = {a_b_c[0], a_b_c[1]};
  for (const auto& body :
       {array_of({answer_a, answered(10, "b", "https://b.test")}), array_of({answer_a, answer_a}),
        std::string("[10,10]"), array_of({answer_a, "10"}), std::string(R"([{"id":10},{"id":10}])")})
    BOOST_TEST_CONTEXT(body) { BOOST_TEST(ids(body, two) == "none"); }
}

BOOST_AUTO_TEST_CASE(an_element_without_a_whole_number_as_its_id_confirms_nothing) {
  for (const auto* element :
       {R"({"alias":"a","url":"https://a.test","integration_type_fields":"[]","integration_type_id":0})",
        R"({"id":null})", R"({"id":"10"})", R"({"id":1.5})", R"({"id":true})", R"({"id":[10]})",
        R"({"id":99999999999999999999})", R"({"integration_type":{"id":0}})", "null", "\"10\"", "true", "1.5",
        "[10]", "{}"})
    BOOST_TEST_CONTEXT(element) {
      BOOST_TEST(ids(array_of({element}), {a_b_c[0]}) == "none");
      BOOST_TEST(ids(array_of({answer_b, element}), {a_b_c[0], a_b_c[1]}) == "none");
    }
}

BOOST_AUTO_TEST_CASE(an_error_in_place_of_an_array_or_of_an_element_confirms_nothing) {
  for (const auto& body :
       {std::string(R"({"error":"quota"})"), std::string(R"({"statusCode":500,"message":"x"})"),
        std::string(R"([{"error":"quota"}])"), std::string(R"({"data":[)") + answer_a + "]}", answer_a})
    BOOST_TEST_CONTEXT(body) { BOOST_TEST(ids(body, {a_b_c[0]}) == "none"); }
  BOOST_TEST(ids(array_of({answer_a, R"({"error":"quota"})", answer_c}), a_b_c) == "none");
}

BOOST_AUTO_TEST_CASE(what_is_no_json_array_confirms_nothing) {
  for (const auto& body :
       {std::string(), std::string(" "), std::string("null"), std::string("10"), std::string("\"[10]\""),
        std::string("<!DOCTYPE html><html></html>"), std::string("[10"), std::string("[10,]"),
        std::string("[10]]"), std::string("[10] x"), std::string("[10]\0", 5),
        array_of({answer_a}).substr(0, 60), std::string(100'000, '[')})
    BOOST_TEST_CONTEXT(body.substr(0, 60)) { BOOST_TEST(ids(body, {a_b_c[0]}) == "none"); }
}

BOOST_AUTO_TEST_SUITE_END()
