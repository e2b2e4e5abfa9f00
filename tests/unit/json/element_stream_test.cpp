// Arrays whose text comes in pieces, held against the same text as a whole.
#include "json/document.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/random_json.hpp"
#include "support/rooms.hpp"

namespace json = hookferry::json;
using hookferry::test::RandomJson;
using json::ElementStream;
using json::ParseLimits;

namespace {

/// What a text gives: its elements to the byte, and how it ends: "array", "no JSON" or "beyond limits".
struct Given {
  std::vector<std::string> elements;
  std::string end = "array";
};

template <class Read>
Given given(Read read) {
  Given out;
  try {
    if (!read(out.elements)) out.end = "no JSON";  // or none that is an array
  } catch (const json::BeyondLimits&) {
    out.end = "beyond limits";
  } catch (const json::SyntaxError&) {
    out.end = "no JSON";
  }
  return out;
}

Given whole(std::string_view text, const ParseLimits& limits) {
  return given([&](std::vector<std::string>& elements) {
    return json::each_element_of(text, limits,
                                 [&](const json::Value& element) { elements.emplace_back(element.text()); });
  });
}

/// `next_size`: of the piece that is taken next, as far as the text goes.
template <class NextSize>
Given in_pieces(std::string_view text, const ParseLimits& limits, NextSize next_size) {
  return given([&](std::vector<std::string>& elements) {
    ElementStream stream(limits, [&](const json::Value& element) { elements.emplace_back(element.text()); });
    for (auto left = text; !left.empty();) {
      const auto size = std::min<std::size_t>(next_size(), left.size());
      stream.take(left.substr(0, size));
      left.remove_prefix(size);
    }
    stream.end();
    return true;
  });
}

Given in_pieces_of(std::size_t size, std::string_view text, const ParseLimits& limits = {}) {
  return in_pieces(text, limits, [&] { return size; });
}

/// Of an unsound text the elements before the defect may be fewer or more: where it is found differs.
bool same(const Given& one, const Given& other) {
  return one.end == other.end && (one.end != "array" || one.elements == other.elements);
}

void check(RandomJson& random, std::string_view text, const ParseLimits& limits, unsigned seed) {
  const auto expected = whole(text, limits);
  const auto sizes = std::vector<std::size_t>{1, 2, 16, 1 + random.below(40), text.size() + 1};
  for (const auto size : sizes)
    if (!same(expected, in_pieces_of(size, text, limits)))
      BOOST_ERROR("seed " << seed << ", pieces of " << size << " (" << expected.end << "): " << text);
  if (!same(expected, in_pieces(text, limits, [&] { return random.below(9); })))
    BOOST_ERROR("seed " << seed << ", pieces of any size: " << text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(element_stream)

BOOST_AUTO_TEST_CASE(however_a_text_is_cut_its_elements_are_those_of_the_whole) {
  for (unsigned seed = 530'000; seed < 532'000; ++seed) {
    RandomJson random(seed);
    check(random, random.below(8) == 0 ? random.document() : random.array_document(), {}, seed);
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_text_is_no_array_however_it_is_cut) {
  std::size_t damaged = 0;
  for (unsigned seed = 540'000; seed < 544'000; ++seed) {
    RandomJson random(seed);
    auto text = random.array_document();
    if (random.below(2) == 0)
      text.resize(random.below(text.size()));
    else
      text[random.below(text.size())] = "]},:\"x0\x01[{\\"[random.below(11)];
    damaged += whole(text, {}).end == "array" ? 0 : 1;
    check(random, text, {}, seed);
  }
  BOOST_TEST(damaged > 1'000u);
}

BOOST_AUTO_TEST_CASE(limits_hold_however_a_text_is_cut) {
  std::size_t beyond = 0;
  for (unsigned seed = 550'000; seed < 553'000; ++seed) {
    RandomJson random(seed);
    const auto text = random.array_document();
    ParseLimits limits;
    if (random.below(2) == 0) limits.elements = random.below(4);
    if (random.below(2) == 0) limits.nodes_of_element = random.below(8);
    limits.objects_only = random.below(8) == 0;
    beyond += whole(text, limits).end == "beyond limits" ? 1 : 0;
    check(random, text, limits, seed);
  }
  BOOST_TEST(beyond > 800u);
}

BOOST_AUTO_TEST_CASE(brackets_commas_and_quotes_inside_of_strings_are_no_structure) {
  const std::string text = R"([{"a":"],[}\"{,"},"\\",["\\\"]"],"é,"])";
  const std::vector<std::string> expected = {R"({"a":"],[}\"{,"})", R"("\\")", R"(["\\\"]"])", R"("é,")"};
  for (std::size_t size = 1; size < text.size(); ++size)
    BOOST_TEST(in_pieces_of(size, text).elements == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_before_the_array_is_passed_over) {
  const std::string mark = "\xEF\xBB\xBF";
  for (std::size_t size = 1; size < 6; ++size) {
    BOOST_TEST(in_pieces_of(size, mark + "[1]").elements.size() == 1u);
    BOOST_TEST(in_pieces_of(size, mark + mark + "[1]").end == "no JSON");
    BOOST_TEST(in_pieces_of(size, mark).end == "no JSON");
    BOOST_TEST(in_pieces_of(size, "[" + mark + "1]").end == "no JSON");
    BOOST_TEST(in_pieces_of(size, "\n" + mark + "[1]").end == "no JSON");
  }
}

BOOST_AUTO_TEST_CASE(an_element_is_given_as_soon_as_it_is_whole) {
  std::size_t count = 0;
  ElementStream stream(ParseLimits(), [&](const json::Value&) { ++count; });
  stream.take("[1,2");
  BOOST_TEST(count == 1u);
  stream.take(",");
  BOOST_TEST(count == 2u);
  stream.take("[3,4],{");
  BOOST_TEST(count == 3u);
}

BOOST_AUTO_TEST_CASE(a_second_text_begins_anew_after_whatever_became_of_the_first) {
  for (const std::string first : {"", "[", R"([{"a":")", R"(["\)", "[1,2", "x", "[1] [", "\xEF"}) {
    std::vector<std::string> elements;
    ElementStream stream(ParseLimits(),
                         [&](const json::Value& element) { elements.emplace_back(element.text()); });
    stream.begin();
    stream.take(first);
    stream.begin();
    elements.clear();
    stream.take("[5,6]");
    BOOST_CHECK_NO_THROW(stream.end());
    BOOST_TEST(elements.size() == 2u, first);
  }
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_callback_is_rethrown_at_the_end_and_stops_the_elements) {
  std::size_t count = 0;
  ElementStream stream(ParseLimits(), [&](const json::Value&) {
    if (++count == 2) throw std::runtime_error("enough");
  });
  stream.take("[1,2,3,");
  stream.take("4]");
  BOOST_CHECK_EXCEPTION(stream.end(), std::runtime_error,
                        [](const auto& error) { return error.what() == std::string("enough"); });
  BOOST_TEST(count == 2u);
}

BOOST_AUTO_TEST_CASE(an_error_says_where_without_a_word_of_the_text) {
  const auto told = [](const std::string& text) -> std::string {
    ElementStream stream(ParseLimits(), [](const json::Value&) {});
    stream.take(text);
    try {
      stream.end();
    } catch (const json::SyntaxError& error) {
      return error.what();
    }
    return "nothing";
  };
  BOOST_TEST(told(" <html>") == "no JSON array: byte 2: expected '['");
  BOOST_TEST(told("[1,{secret}]") ==
             "not JSON: line 1, column 2: expected a member name in quotes, in its element 2");
  BOOST_TEST(told("[1] secret") == "not JSON: byte 5: expected the end of the text");
  BOOST_TEST(told("[1,") == "not JSON: byte 4: expected ',' or ']', but the text ends there");
  BOOST_TEST(told("[1}") == "not JSON: byte 3: expected ',' or ']'");
  BOOST_TEST(told("") == "no JSON array: byte 1: expected '[', but the text ends there");
}

BOOST_AUTO_TEST_SUITE_END()
