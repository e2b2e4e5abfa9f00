#include "core/text.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/rooms.hpp"

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(each_character_is_decoded_and_encoded_alike) {
  for (const std::uint32_t code_point :
       {0u, 0x41u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u, 0xFFFFu, 0x10000u, 0x1F600u, 0x10FFFFu}) {
    std::string text;
    hookferry::append_utf8(text, code_point);
    const auto character = hookferry::first_character(text + "b");
    BOOST_TEST(character.code_point == code_point);
    BOOST_TEST(character.length == text.size());
    BOOST_TEST(!hookferry::lone_surrogate(text).has_value());
  }
}

BOOST_AUTO_TEST_CASE(other_bytes_are_no_character) {
  for (const std::string_view text :
       {"", "\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x9F\xBF", "\xE2\x82",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x9F\x98", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF"})
    BOOST_TEST(hookferry::first_character(text).length == 0u, text);
}

BOOST_AUTO_TEST_CASE(a_lone_surrogate_is_known_by_its_three_bytes) {
  for (const std::uint32_t surrogate : {0xD800u, 0xDBFFu, 0xDC00u, 0xDFFFu}) {
    std::string text;
    hookferry::append_utf8(text, surrogate);
    BOOST_TEST(text.size() == 3u);
    BOOST_TEST(hookferry::lone_surrogate(text + "b").value() == surrogate);
  }
  for (const std::string_view text :
       {"", "\xED", "\xED\xA0", "\xED\xA0(", "\xED\xA0\xC0", "\xED\x9F\xBF", "\xEE\x80\x80"})
    BOOST_TEST(!hookferry::lone_surrogate(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_list_is_split_at_its_separators) {
  struct Case {
    std::string text;
    std::vector<std::string_view> parts;
  };
  for (const auto& [text, parts] : std::vector<Case>{{"", {}},
                                                     {"a", {"a"}},
                                                     {"a,b", {"a", "b"}},
                                                     {"a,b,", {"a", "b"}},
                                                     {",a,,b", {"", "a", "", "b"}},
                                                     {",", {""}}})
    BOOST_TEST(hookferry::split(text, ',') == parts, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(spaces_are_trimmed_at_both_ends) {
  for (const std::string_view text : {"a b", " a b", "a b \r", "\t a b\t"})
    BOOST_TEST(hookferry::trimmed(text) == "a b");
  for (const std::string_view text : {"", " ", " \t\r"}) BOOST_TEST(hookferry::trimmed(text) == "");
}

BOOST_AUTO_TEST_CASE(one_is_no_plural) {
  BOOST_TEST(hookferry::plural(0, "webhook") == "0 webhooks");
  BOOST_TEST(hookferry::plural(1, "webhook") == "1 webhook");
  BOOST_TEST(hookferry::plural(2, "batch", "es") == "2 batches");
}

BOOST_AUTO_TEST_SUITE_END()
