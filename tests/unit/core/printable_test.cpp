#include "core/text.hpp"

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/rooms.hpp"

using hookferry::printable;
using hookferry::printable_excerpt;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(printable_text)

BOOST_AUTO_TEST_CASE(what_a_terminal_shows_as_it_is_stays) {
  for (const std::string text : {"", "plain text", "~ !\"#'()[]{}", "é€😀 你好 עברית", "e\u0301", "\u00A0"})
    BOOST_TEST(printable(text) == text);
}

BOOST_AUTO_TEST_CASE(controls_become_visible_escapes) {
  for (const auto& [text, shown] : std::vector<std::pair<std::string, std::string>>{
           {"a\nb\r\tc", "a\\nb\\r\\tc"},
           {"\0\x01\x7F"s, "\\x00\\x01\\x7f"},
           {"\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"},
           {"\xC2\x9B"
            "31m",
            "\\u009b31m"},
           {"\u202Egnp.exe\u202C", "\\u202egnp.exe\\u202c"},
           {"a\u200Bb\u2066c\u2069", "a\\u200bb\\u2066c\\u2069"},
           {"a\u2028b\u2029", "a\\u2028b\\u2029"},
           {"\uFEFFa\u00ADb\u061C", "\\ufeffa\\u00adb\\u061c"},
           {"a\u3164b\uFFA0c\u115Fd\u2800", "a\\u3164b\\uffa0c\\u115fd\\u2800"},
           {"\u034F\u17B4\u180B\uFE01", "\\u034f\\u17b4\\u180b\\ufe01"},
           {"\U0001D173\U000E0100", "\\U0001d173\\U000e0100"},
           {"\u26A0\uFE0F alerts", "\u26A0\uFE0F alerts"},
       })
    BOOST_TEST(printable(text) == shown);
}

BOOST_AUTO_TEST_CASE(no_control_of_the_lower_planes_comes_through) {
  const auto hidden = [](unsigned c) {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  };
  for (unsigned c = 0; c < 0x3000; ++c) {
    if (!hidden(c)) continue;
    std::string character;
    hookferry::append_utf8(character, c);
    const auto shown = printable(character);
    BOOST_TEST(shown.starts_with("\\"), c);
    BOOST_TEST(shown.find(character) == std::string::npos, c);
  }
}

BOOST_AUTO_TEST_CASE(other_format_controls_become_visible_too) {
  for (const unsigned c : {0x180Eu, 0xFFF9u, 0xFFFBu, 0xE0001u, 0xE0041u, 0xE007Fu}) {
    std::string character;
    hookferry::append_utf8(character, c);
    BOOST_TEST(printable("a" + character).find(character) == std::string::npos, c);
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf_8_become_visible) {
  for (const auto& [text, shown] : std::vector<std::pair<std::string, std::string>>{
           {"\xFF", "\\xff"},
           {"\x9B"
            "31m",
            "\\x9b31m"},
           {"a\xC3", "a\\xc3"},
           {"\xC3(", "\\xc3("},
           {"\xC0\x8A", "\\xc0\\x8a"},
           {"\xED\xA0\x80", "\\xed\\xa0\\x80"},
           {"\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
           {"\xE2\x82é", "\\xe2\\x82é"},
       })
    BOOST_TEST(printable(text) == shown);
}

BOOST_AUTO_TEST_CASE(an_excerpt_is_cut_between_characters_and_says_so) {
  struct Case {
    std::string text;
    std::size_t limit;
    std::string expected;
  };
  for (const auto& [text, limit, expected] : std::vector<Case>{{"abc", 3, "abc"},
                                                               {"abcd", 3, "abc..."},
                                                               {"", 0, ""},
                                                               {"a", 0, "..."},
                                                               {"aé", 3, "aé"},
                                                               {"aéb", 2, "a..."},
                                                               {"aéb", 3, "aé..."},
                                                               {"😀😀", 7, "😀..."},
                                                               {"\n\nx", 2, "\\n\\n..."}})
    BOOST_TEST_CONTEXT(text << " to " << limit) { BOOST_TEST(printable_excerpt(text, limit) == expected); }
}

BOOST_AUTO_TEST_CASE(json_gets_the_same_value_in_printable_characters) {
  using hookferry::printable_json;
  for (const auto& [text, shown] : std::vector<std::pair<std::string, std::string>>{
           {R"({"a":"b\n","n":1.0})", R"({"a":"b\n","n":1.0})"},
           {"\"gr\u00fc\u00df\"", "\"gr\u00fc\u00df\""},
           {"\"\x7f\"", R"("\u007f")"},
           {"\"\u009b31m\"", R"("\u009b31m")"},
           {"\"\u202e\u2066\u200b\"", R"("\u202e\u2066\u200b")"},
           {"\"\U000e0041\"", R"("\udb40\udc41")"},
       })
    BOOST_TEST(printable_json(text) == shown);
}

BOOST_AUTO_TEST_SUITE_END()
