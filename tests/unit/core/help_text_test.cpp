#include "core/layout.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using hookferry::HelpBlock;

BOOST_AUTO_TEST_SUITE(help_text)

BOOST_AUTO_TEST_CASE(text_is_broken_at_spaces_and_goes_on_in_its_column) {
  BOOST_TEST(hookferry::wrapped("one two three four", "  a  ", 5, 14) ==
             "  a  one two\n     three\n     four\n");
  BOOST_TEST(hookferry::wrapped("exactly ten", "", 0, 11) == "exactly ten\n");
  BOOST_TEST(hookferry::wrapped("exactly ten", "", 0, 10) == "exactly\nten\n");
  BOOST_TEST(hookferry::wrapped("  two   spaces ", "", 0, 80) == "two spaces\n");
  BOOST_TEST(hookferry::wrapped("", "  --flag   ", 10, 80) == "  --flag\n");
}

BOOST_AUTO_TEST_CASE(a_word_wider_than_the_line_is_not_broken) {
  BOOST_TEST(hookferry::wrapped("a https://hooks.example.com/ b", "", 2, 10) ==
             "a\n  https://hooks.example.com/\n  b\n");
}

BOOST_AUTO_TEST_CASE(characters_count_not_bytes) {
  BOOST_TEST(hookferry::wrapped("äöü äöü", "", 0, 7) == "äöü äöü\n");
  BOOST_TEST(hookferry::wrapped("äöü äöü", "", 0, 6) == "äöü\näöü\n");
}

BOOST_AUTO_TEST_CASE(single_line_ends_flow_empty_lines_divide_and_indented_lines_stay) {
  const auto blocks = hookferry::blocks_of("one\ntwo\n\nthree\n\n  $ a  b\n  $ c\n");
  BOOST_REQUIRE_EQUAL(blocks.size(), 3u);
  BOOST_TEST(blocks[0].text == "one two");
  BOOST_TEST(blocks[1].text == "three");
  BOOST_TEST((blocks[2].kind == HelpBlock::Kind::lines));
  BOOST_TEST(blocks[2].text == "  $ a  b\n  $ c");
  BOOST_TEST(hookferry::laid_out(blocks, {}) == "one two\n\nthree\n\n  $ a  b\n  $ c\n");
}

BOOST_AUTO_TEST_CASE(entries_form_a_column_and_a_long_term_is_above_its_text) {
  const auto text =
      hookferry::laid_out({hookferry::entry("-a", "first"), hookferry::entry("--long-one", "second")},
                          {.column = 8, .indent = 2});
  BOOST_TEST(text == "  -a    first\n  --long-one\n        second\n");
}

BOOST_AUTO_TEST_SUITE_END()
