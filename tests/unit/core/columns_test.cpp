#include "core/layout.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>

using namespace hookferry;

BOOST_AUTO_TEST_SUITE(columns)

BOOST_AUTO_TEST_CASE(a_text_takes_as_many_cells_as_a_terminal_gives_it) {
  const struct {
    std::string text;
    std::size_t cells;
  } cases[] = {{"", 0},
               {"plain", 5},
               {"caf\u00e9", 4},
               {"cafe\u0301", 4},
               {"漢字", 4},
               {"ﾃｽﾄ", 3},
               {"👍", 2},
               {"a\xff"
                "b",
                3},
               {"ключ", 4},
               {"Ａ", 2},
               {"…", 1},
               {"a\x01 b", 4}};
  for (const auto& [text, cells] : cases) BOOST_TEST(display_width(text) == cells, text);
}

BOOST_AUTO_TEST_CASE(a_padded_text_has_a_space_behind_it_in_any_case) {
  BOOST_TEST(padded("ab", 4) == "ab  ");
  BOOST_TEST(padded("漢", 4) == "漢  ");
  BOOST_TEST(padded("abcd", 4) == "abcd ");
  BOOST_TEST(padded("abcdef", 4) == "abcdef ");
}

BOOST_AUTO_TEST_CASE(a_cell_is_filled_up_or_cut_to_its_width) {
  const struct {
    std::string text;
    std::size_t cells;
    std::string expected;
  } cases[] = {
      {"ab", 4, "ab  "},     {"abcd", 4, "abcd"},    {"abcde", 4, "abc…"},       {"漢字", 5, "漢字 "},
      {"漢字漢", 4, "漢… "}, {"漢字漢", 5, "漢字…"}, {"cafe\u0301s", 4, "caf…"}, {"abc", 1, "…"},
      {"abc", 0, ""},        {"", 2, "  "},
  };
  for (const auto& [text, cells, expected] : cases) {
    BOOST_TEST(in_cells(text, cells) == expected, text);
    BOOST_TEST(display_width(in_cells(text, cells)) == cells, text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
