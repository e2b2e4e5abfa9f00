#include "json/lexer.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <random>
#include <string>

namespace json = hookferry::json;

namespace {

/// More than four registers, and every rest behind the last one.
constexpr std::size_t longest = 70;

std::size_t skipped(const std::string& text, std::size_t from, std::size_t to) {
  return static_cast<std::size_t>(json::skip_plain(text.data() + from, text.data() + to) - text.data());
}

std::size_t skipped_one_by_one(const std::string& text, std::size_t from, std::size_t to) {
  while (from != to && json::is_plain(text[from])) ++from;
  return from;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plain_runs)

BOOST_AUTO_TEST_CASE(plain_is_printable_ascii_without_quote_and_backslash) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool expected = byte >= ' ' && byte <= 0x7F && byte != '"' && byte != '\\';
    BOOST_TEST(json::is_plain(static_cast<char>(byte)) == expected, byte);
  }
}

BOOST_AUTO_TEST_CASE(every_byte_is_seen_at_every_place_of_every_length) {
  std::size_t wrong = 0;
  for (std::size_t length = 1; length <= longest; ++length)
    for (std::size_t place = 0; place < length; ++place)
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(length, 'x');
        text[place] = static_cast<char>(byte);
        const auto expected = json::is_plain(text[place]) ? length : place;
        if (skipped(text, 0, length) != expected) ++wrong;
      }
  BOOST_TEST(wrong == 0u);
}

BOOST_AUTO_TEST_CASE(it_ends_where_looking_one_by_one_ends_from_any_place_on) {
  const unsigned first = 41;
  for (unsigned seed = first; seed < first + 20'000; ++seed) {
    std::mt19937 random(seed);
    std::string text(random() % (longest + 1), 'x');
    for (auto edits = random() % 4; edits > 0 && !text.empty(); --edits)
      text[random() % text.size()] = static_cast<char>(random() % 256);
    const auto from = random() % (text.size() + 1);
    const auto to = from + random() % (text.size() - from + 1);
    if (skipped(text, from, to) != skipped_one_by_one(text, from, to)) BOOST_ERROR("seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(bytes_after_the_end_are_ignored) {
  for (std::size_t length = 0; length <= longest; ++length) {
    const auto text = std::string(length, 'x') + std::string(32, '"');
    BOOST_TEST(skipped(text, 0, length) == length);
  }
}

BOOST_AUTO_TEST_SUITE_END()
