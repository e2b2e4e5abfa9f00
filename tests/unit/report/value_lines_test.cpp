#include "report/report.hpp"

#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/layout.hpp"
#include "support/rooms.hpp"

using hookferry::cut_in_the_middle;
using hookferry::display_width;
using hookferry::value_lines;

namespace {

const std::string same_beginning(90, 'a');
const std::string same_end(90, 'z');

std::string only(const std::vector<std::string>& lines) {
  BOOST_REQUIRE(lines.size() == 1u);
  return lines.front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(values_below_each_other)

BOOST_AUTO_TEST_CASE(short_values_are_not_changed) {
  const auto lines = value_lines("\"a\"", "\"b\"", 72);
  BOOST_TEST(only(lines.before) == "\"a\"");
  BOOST_TEST(only(lines.after) == "\"b\"");
  BOOST_TEST(lines.marks == "");
}

BOOST_AUTO_TEST_CASE(of_long_values_the_part_that_differs_is_shown_and_marked) {
  const auto lines =
      value_lines(same_beginning + "one" + same_end, same_beginning + "fourteen" + same_end, 72);
  BOOST_TEST(only(lines.before) == "…aaaaaaaaaaaaaaaaonezzzzzzzzzzzzzzzz…");
  BOOST_TEST(only(lines.after) == "…aaaaaaaaaaaaaaaafourteenzzzzzzzzzzzzzzzz…");
  BOOST_TEST(lines.marks == "                 ^^^^^^^^");
}

BOOST_AUTO_TEST_CASE(what_is_only_added_is_marked_too) {
  const auto lines = value_lines(same_beginning, same_beginning + "!", 40);
  BOOST_TEST(only(lines.before) == "…aaaaaaaaaaaaaaaa");
  BOOST_TEST(only(lines.after) == "…aaaaaaaaaaaaaaaa!");
  // Where one of the two needs several lines, marks below them would be of no line.
  BOOST_TEST(value_lines(same_beginning, same_beginning + same_end, 40).marks == "");
  BOOST_TEST(value_lines(same_beginning + same_end, same_beginning, 40).marks == "");
}

BOOST_AUTO_TEST_CASE(long_lines_are_cut_and_the_cut_is_marked) {
  const std::string wide = "\xe6\xbc\xa2";  // two cells
  std::string many;
  for (int i = 0; i < 300; ++i) many += wide;
  for (const std::size_t room : {12u, 40u, 72u}) {
    const auto lines = value_lines(many, same_beginning + same_end, room);
    for (const auto& line : lines.before) BOOST_TEST(display_width(line) <= room, line);
    for (const auto& line : lines.after) BOOST_TEST(display_width(line) <= room, line);
    BOOST_TEST(lines.before.size() <= 3u);
    BOOST_TEST(lines.before.back().ends_with("…"));
  }
}

BOOST_AUTO_TEST_CASE(characters_are_not_cut_in_two) {
  // Both begin with the same byte of two different characters.
  const auto lines =
      value_lines(same_beginning + "\xc3\xa4" + same_end, same_beginning + "\xc3\xb6" + same_end, 72);
  BOOST_TEST(only(lines.before) == "…aaaaaaaaaaaaaaaa\xc3\xa4zzzzzzzzzzzzzzzz…");
  BOOST_TEST(only(lines.after) == "…aaaaaaaaaaaaaaaa\xc3\xb6zzzzzzzzzzzzzzzz…");
}

/// Which of its digits are equal by chance is another thing in each process.
BOOST_AUTO_TEST_CASE(a_masked_secret_differs_as_a_whole) {
  const std::string url = "https://hooks.example.test/services/path/***";
  for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
           {"123456", "abcdef"}, {"123456", "1bcdef"}, {"123456", "abcde6"}, {"123456", "12c456"}}) {
    const auto lines = value_lines(url + before + "/end", url + after + "/end", 72);
    BOOST_TEST(lines.marks == "(the secret differs)");
  }
  const auto more = value_lines(url + "123456/one", url + "abcdef/two", 72);
  BOOST_TEST(more.marks == std::string(url.size(), ' ') + "^^^^^^^^^^");
  const auto beside = value_lines(url + "123456/one", url + "123456/two", 72);
  BOOST_TEST(beside.marks == std::string(url.size() + 7, ' ') + "^^^");
}

BOOST_AUTO_TEST_CASE(names_are_cut_in_their_middle) {
  BOOST_TEST(cut_in_the_middle("short", 10) == "short");
  BOOST_TEST(cut_in_the_middle("beginning-of-a-name-and-its-end", 16) == "beginning-…s-end");
  BOOST_TEST(display_width(cut_in_the_middle(same_beginning, 1)) == 1u);
}

BOOST_AUTO_TEST_CASE(rows_of_json_become_safe_cells) {
  const boost::json::array rows = {{{"id", 7}, {"alias", "a\tb\x1b"}, {"host", nullptr}, {"more", "x"}}};
  const auto cells = hookferry::report::cells_of(rows, {"host", "id", "alias"});
  BOOST_TEST_REQUIRE(cells.size() == 2u);
  BOOST_TEST(cells[0] == (std::vector<std::string>{"host", "id", "alias"}), boost::test_tools::per_element());
  BOOST_TEST(cells[1] == (std::vector<std::string>{"", "7", "a\\tb\\x1b"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
