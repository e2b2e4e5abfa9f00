// Strings decoded: places, and the memory of the one before.
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "json/document.hpp"
#include "support/random_json.hpp"
#include "support/rooms.hpp"

namespace json = hookferry::json;
using hookferry::test::RandomJson;

namespace {

/// The place in the literal of every byte of its text, and of the end: byte by byte.
std::vector<std::size_t> places_of(const std::string& literal) {
  std::vector<std::size_t> out;
  std::size_t at = 1;
  while (at + 1 < literal.size()) {
    std::size_t length = 1;
    if (literal[at] == '\\') length = literal[at + 1] == 'u' ? 6 : 2;
    const bool pair = length == 6 && (literal[at + 2] == 'd' || literal[at + 2] == 'D') &&
                      std::string("89abAB").find(literal[at + 3]) != std::string::npos &&
                      literal.compare(at + 6, 3, "\\ud") * literal.compare(at + 6, 3, "\\uD") == 0 &&
                      std::string("cdefCDEF").find(literal[at + 9]) != std::string::npos;
    if (pair) length = 12;
    const auto bytes = json::decode('"' + literal.substr(at, length) + '"').size();
    out.insert(out.end(), literal[at] == '\\' ? bytes : 1, at);
    at += length;
  }
  out.push_back(at);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_decoding)

BOOST_AUTO_TEST_CASE(every_byte_of_a_decoded_string_knows_its_place_in_the_literal) {
  for (unsigned seed = 600'000; seed < 606'000; ++seed) {
    RandomJson random(seed);
    auto literal = random.string();
    if (random.below(4) == 0) literal.insert(literal.size() - 1, "\\ud800\\n\\udc00");  // no pairs
    const auto decoded = json::decode_with_offsets(literal);
    std::vector<std::size_t> offsets;
    for (std::size_t at = 0; at <= decoded.text.size(); ++at) offsets.push_back(decoded.offset(at));
    if (decoded.text != json::decode(literal) || offsets != places_of(literal))
      BOOST_ERROR("seed " << seed << ": " << literal);
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_left_of_what_was_decoded_before) {
  std::string again;
  for (unsigned seed = 610'000; seed < 614'000; ++seed) {
    RandomJson random(seed);
    const auto literal = random.string();
    json::decode_into(again, literal);
    if (again != json::decode_with_offsets(literal).text) BOOST_ERROR("seed " << seed << ": " << literal);
  }
  json::decode_into(again, R"("a longer one than the next is")");
  json::decode_into(again, R"("")");
  BOOST_TEST(again.empty());
}

BOOST_AUTO_TEST_CASE(a_string_has_an_escape_only_at_a_backslash) {
  for (unsigned seed = 620'000; seed < 624'000; ++seed) {
    RandomJson random(seed);
    const auto literal = random.string();
    const auto document = json::Document::over(literal);
    const bool escaped = literal.find('\\') != std::string::npos;
    if (document.root().is_escaped() != escaped || document.root().string() != json::decode(literal))
      BOOST_ERROR("seed " << seed << ": " << literal);
  }
}

BOOST_AUTO_TEST_SUITE_END()
