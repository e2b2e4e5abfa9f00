// Arrays read element by element, members in the order of their names.
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/build.hpp"
#include "json/document.hpp"
#include "support/random_json.hpp"
#include "support/rooms.hpp"

namespace json = hookferry::json;
using hookferry::test::RandomJson;
using json::Document;
using json::ParseLimits;

namespace {

/// What one of both ways gives of a text, as text.
struct Reading {
  std::vector<std::string> elements;  ///< each with its place, canonical
  std::string end;                    ///< "array", "other", or what was thrown and where
  bool operator==(const Reading&) const = default;
};

std::string shown(const json::Value& element) {
  return std::to_string(element.begin()) + "-" + std::to_string(element.end()) + " " +
         json::canonical(element) + " " + std::string(element.text());
}

template <class Read>
Reading reading_of(Read read) {
  Reading out;
  const auto place = [](const json::SyntaxError& error) {
    return std::string(error.what()) + " at " + std::to_string(error.offset);
  };
  try {
    out.end = read(out.elements) ? "array" : "other";
  } catch (const json::BeyondLimits& error) {
    out.end = "beyond limits: " + place(error);
  } catch (const json::SyntaxError& error) {
    out.end = place(error);
  }
  return out;
}

Reading at_once(std::string_view text, const ParseLimits& limits) {
  return reading_of([&](std::vector<std::string>& elements) {
    const auto document = Document::over(text, limits);
    for (const auto& element : document.root().elements()) elements.push_back(shown(element));
    return document.root().is(json::Kind::array);
  });
}

Reading one_by_one(std::string_view text, const ParseLimits& limits) {
  return reading_of([&](std::vector<std::string>& elements) {
    return json::each_element_of(text, limits,
                                 [&](const json::Value& element) { elements.push_back(shown(element)); });
  });
}

/// One by one the elements before a defect are given; both end in one way.
bool same(const Reading& whole, const Reading& parts) {
  const bool sound = whole.end == "array" || whole.end == "other";
  return whole.end == parts.end && (!sound || whole.elements == parts.elements);
}

std::string order_of(const std::string& object) {
  const auto document = Document::parse(object);
  std::string out;
  for (const auto& [name, value] : json::SortedMembers(document.root()))
    out += std::string(name) + "=" + std::string(value.text()) + ";";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_elements)

BOOST_AUTO_TEST_CASE(elements_one_by_one_are_those_of_the_whole_with_their_places) {
  for (unsigned seed = 500'000; seed < 504'000; ++seed) {
    RandomJson random(seed);
    const auto text = random.below(8) == 0 ? random.document() : random.array_document();
    if (at_once(text, {}) != one_by_one(text, {})) BOOST_ERROR("seed " << seed << ": " << text);
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_text_fails_at_the_same_place_one_by_one) {
  std::size_t failed = 0;
  for (unsigned seed = 510'000; seed < 514'000; ++seed) {
    RandomJson random(seed);
    auto text = random.array_document();
    if (random.below(2) == 0)
      text.resize(random.below(text.size()));
    else
      text[random.below(text.size())] = "]},:\"x0\x01"[random.below(8)];
    const auto whole = at_once(text, {});
    failed += whole.end == "array" || whole.end == "other" ? 0 : 1;
    if (!same(whole, one_by_one(text, {}))) BOOST_ERROR("seed " << seed << ": " << text);
  }
  BOOST_TEST(failed > 1'000u);
}

BOOST_AUTO_TEST_CASE(elements_before_a_defect_are_given) {
  const auto reading = one_by_one(R"([ {"a":1}, 2, x])", {});
  BOOST_TEST(reading.elements.size() == 2u);
  BOOST_TEST(reading.end == "not JSON: line 1, column 15: expected a value at 14");
}

BOOST_AUTO_TEST_CASE(every_limit_holds_one_by_one_as_for_the_whole) {
  std::size_t beyond = 0;
  for (unsigned seed = 520'000; seed < 528'000; ++seed) {
    RandomJson random(seed);
    const auto text = random.below(8) == 0 ? random.document() : random.array_document();
    ParseLimits limits;
    if (random.below(2) == 0) limits.nodes = random.below(20);
    if (random.below(2) == 0) limits.elements = random.below(4);
    if (random.below(2) == 0) limits.nodes_of_element = random.below(8);
    limits.objects_only = random.below(8) == 0;
    const auto whole = at_once(text, limits);
    beyond += whole.end.starts_with("beyond") ? 1 : 0;
    if (!same(whole, one_by_one(text, limits))) BOOST_ERROR("seed " << seed << ": " << text);
  }
  BOOST_TEST(beyond > 2'000u);
  BOOST_TEST(beyond < 7'000u);
}

BOOST_AUTO_TEST_CASE(members_are_sorted_by_decoded_names_and_equal_ones_stay_in_order) {
  BOOST_TEST(order_of(R"({"b":1,"a":2,"c":3})") == "a=2;b=1;c=3;");
  BOOST_TEST(order_of(R"({"b":1,"\u0062":2,"a":3,"b":4,"\u0061":5})") == "a=3;a=5;b=1;b=2;b=4;");
  BOOST_TEST(order_of(R"({"\n":1,"":2,"a\"":3,"a":4,"é":5,"z":6})") == "=2;\n=1;a=4;a\"=3;z=6;é=5;");
  BOOST_TEST(order_of("{}").empty());
  BOOST_TEST(order_of("[1]").empty());
}

BOOST_AUTO_TEST_CASE(of_many_members_equal_names_stay_in_order) {
  std::string object = "{";
  for (int i = 0; i < 200; ++i)
    object +=
        (i > 0 ? "," : "") + std::string(i % 3 == 0 ? R"("k\u0065y":)" : R"("key":)") + std::to_string(i);
  std::string expected;
  for (int i = 0; i < 200; ++i) expected += "key=" + std::to_string(i) + ";";
  BOOST_TEST(order_of(object + "}") == expected);
}

BOOST_AUTO_TEST_SUITE_END()
