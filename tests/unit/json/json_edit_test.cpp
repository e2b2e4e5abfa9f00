#include "json/build.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"
#include "support/rooms.hpp"

namespace json = hookferry::json;
using json::Edit;

namespace {

/// Edits of what a literal means, made in the literal itself.
std::string edited_inside(const std::string& literal, std::vector<Edit> edits) {
  const std::string before = "[ ";
  const auto decoded = json::decode_with_offsets(literal);
  return json::apply(before + literal + " ]", json::lift(std::move(edits), decoded, before.size()));
}

/// What comes out where no two overlap, byte by byte.
std::string spliced(const std::string& text, const std::vector<Edit>& edits) {
  std::string out;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    bool kept = at < text.size();
    for (const bool insertions : {true, false})
      for (const auto& edit : edits)
        if (edit.begin == at && (edit.end == at) == insertions) out += edit.replacement;
    for (const auto& edit : edits) kept = kept && (at < edit.begin || at >= edit.end);
    if (kept) out += text[at];
  }
  return out;
}

/// An insertion overlaps with what it stands inside of.
bool overlap(const Edit& one, const Edit& other) { return one.begin < other.end && other.begin < one.end; }

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

BOOST_AUTO_TEST_CASE(random_edits_are_either_all_made_or_refused_since_two_overlap) {
  std::size_t refused = 0;
  for (unsigned seed = 1'000; seed < 3'000; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
    std::string text;
    while (text.size() < 24) text += static_cast<char>('a' + text.size());
    std::vector<Edit> edits(1 + below(5));
    for (std::size_t i = 0; i < edits.size(); ++i) {
      const auto begin = below(text.size() + 1);
      const auto end = std::min(begin + below(5), text.size());
      edits[i] = {begin, end, std::string(below(3), static_cast<char>('A' + i))};
    }
    bool overlapping = false;
    for (std::size_t i = 0; i < edits.size(); ++i)
      for (std::size_t k = 0; k < i; ++k) overlapping = overlapping || overlap(edits[i], edits[k]);
    BOOST_TEST_CONTEXT("seed " << seed) {
      if (overlapping)
        BOOST_CHECK_THROW(json::apply(text, edits), std::logic_error);
      else
        BOOST_TEST(json::apply(text, edits) == spliced(text, edits));
    }
    refused += overlapping ? 1 : 0;
  }
  BOOST_TEST(refused > 500u);
  BOOST_TEST(refused < 1'500u);
}

BOOST_AUTO_TEST_CASE(an_edit_that_is_none_of_the_text_is_refused) {
  for (const auto& edit : std::vector<Edit>{{2, 1, ""}, {3, 4, ""}, {4, 4, ""}})
    BOOST_CHECK_THROW(json::apply("abc", {edit}), std::logic_error);
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
