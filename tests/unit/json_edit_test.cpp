#include "json/edit.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"

namespace json = hookferry::json;
using json::Edit;

namespace {

/// Edits of what a literal means, made in the literal itself.
std::string edited_inside(const std::string& literal, std::vector<Edit> edits) {
  const std::string before = "[ ";
  const auto decoded = json::decode_with_offsets(literal);
  return json::apply(before + literal + " ]", json::lift(std::move(edits), decoded, before.size()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_edit)

BOOST_AUTO_TEST_CASE(only_the_named_bytes_change) {
  struct Case {
    std::string_view text;
    std::vector<Edit> edits;
    std::string_view expected;
  };
  for (const auto& [text, edits, expected] : std::vector<Case>{
           {"abcdef", {}, "abcdef"},
           {"", {}, ""},
           {"", {{0, 0, "x"}}, "x"},
           {"abcdef", {{0, 6, ""}}, ""},
           {"abcdef", {{2, 4, "XYZ"}}, "abXYZef"},
           {"abcdef", {{0, 1, ""}, {5, 6, "!"}}, "bcde!"},
           {"abcdef", {{5, 6, "!"}, {0, 1, "?"}, {2, 3, ""}}, "?bde!"},
           {"abcdef", {{0, 3, "1"}, {3, 6, "2"}}, "12"},
           {"abcdef", {{3, 3, "-"}, {6, 6, "."}, {0, 0, "+"}}, "+abc-def."},
       })
    BOOST_TEST_CONTEXT(text << " to " << expected) { BOOST_TEST(json::apply(text, edits) == expected); }
}

BOOST_AUTO_TEST_CASE(random_edits_in_any_order_leave_the_bytes_between_them) {
  for (unsigned seed = 500; seed < 800; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
    std::string text;
    std::string expected;
    std::vector<Edit> edits;
    for (auto pieces = below(20); pieces > 0; --pieces) {
      const std::string kept(1 + below(5), static_cast<char>('a' + below(26)));
      const std::string old(below(4), 'O');
      const std::string replacement(below(4), 'N');
      edits.push_back({text.size() + kept.size(), text.size() + kept.size() + old.size(), replacement});
      text += kept + old;
      expected += kept + replacement;
    }
    std::shuffle(edits.begin(), edits.end(), random);
    BOOST_TEST_CONTEXT("seed " << seed << ": " << text) { BOOST_TEST(json::apply(text, edits) == expected); }
  }
}

BOOST_AUTO_TEST_CASE(edits_of_a_decoded_string_land_in_its_literal) {
  struct Case {
    std::string literal;  // means: ab"é😀c
    std::size_t begin, end;
    std::string expected;
  };
  const std::string escaped = R"("\u0061b\"\u00e9\ud83d\ude00c")";
  const std::string plain = R"("ab\"é😀c")";
  for (const auto& [literal, begin, end, expected] : std::vector<Case>{
           {escaped, 0, 1, R"("Xb\"\u00e9\ud83d\ude00c")"},
           {escaped, 1, 2, R"("\u0061X\"\u00e9\ud83d\ude00c")"},
           {escaped, 2, 3, R"("\u0061bX\u00e9\ud83d\ude00c")"},
           {escaped, 3, 5, R"("\u0061b\"X\ud83d\ude00c")"},
           {escaped, 5, 9, R"("\u0061b\"\u00e9Xc")"},
           {escaped, 9, 10, R"("\u0061b\"\u00e9\ud83d\ude00X")"},
           {escaped, 0, 0, R"("X\u0061b\"\u00e9\ud83d\ude00c")"},
           {escaped, 10, 10, R"("\u0061b\"\u00e9\ud83d\ude00cX")"},
           {escaped, 0, 10, R"("X")"},
           {plain, 2, 3, R"("abXé😀c")"},
           {plain, 3, 9, R"("ab\"Xc")"},
           {R"("")", 0, 0, R"("X")"},
       })
    BOOST_TEST_CONTEXT(literal << " from " << begin << " to " << end) {
      BOOST_TEST(edited_inside(literal, {{begin, end, "X"}}) == "[ " + expected + " ]");
    }
}

BOOST_AUTO_TEST_CASE(a_replacement_is_escaped_for_the_literal_that_it_goes_into) {
  BOOST_TEST(edited_inside(R"("a-b")", {{1, 2, "\"\\\n\x01é"}}) == "[ \"a\\\"\\\\\\n\\u0001éb\" ]");
  const std::vector<Edit> two = {{2, 3, "\t"}, {0, 1, "\""}};
  BOOST_TEST(edited_inside(R"("\/-\/")", two) == R"([ "\"-\t" ])");
}

BOOST_AUTO_TEST_SUITE_END()
