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

BOOST_AUTO_TEST_CASE(a_table_fits_its_widest_cells) {
  const std::vector<Cells> rows = {{"NAME", "COUNT", "ALSO"}, {"漢字 a", "7", ""}, {"b", "12345678", "x"}};
  auto columns = fitting_columns(rows);
  columns[1].right = true;
  BOOST_TEST(in_columns(rows, columns) ==
             "NAME       COUNT  ALSO\n"
             "漢字 a         7  \n"
             "b       12345678  x\n");
}

BOOST_AUTO_TEST_CASE(no_column_becomes_narrower_than_can_be_read) {
  BOOST_TEST(hookferry::in_fitting_columns({{"abcdefghijkl", "abcdefghijkl"}}, 4) == "abcdefg…  abcdefg…\n");
}

BOOST_AUTO_TEST_CASE(a_wide_cell_pushes_the_rest_of_its_row_on) {
  const std::vector<Cells> rows = {{"ab", "c", "d"}, {"abcdef", "c", "d"}, {"a line of its own"}};
  BOOST_TEST(in_columns(rows, {{4}, {1}, {}}, 1) == "ab   c d\nabcdef c d\na line of its own\n");
}

BOOST_AUTO_TEST_CASE(tab_separated_cells_keep_their_spaces) {
  BOOST_TEST(tab_separated({{"id", "alias"}, {"", "a b"}}) == "id\talias\n\ta b\n");
}

BOOST_AUTO_TEST_CASE(no_cell_of_a_table_for_spreadsheets_is_a_formula) {
  BOOST_TEST(tab_separated({{"=cmd|' /C calc'!A0", "+1", "-1", "@x", "a=b", ""}}) ==
             "'=cmd|' /C calc'!A0\t'+1\t'-1\t'@x\ta=b\t\n");
}

BOOST_AUTO_TEST_SUITE_END()
