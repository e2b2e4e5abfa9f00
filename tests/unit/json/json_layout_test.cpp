// JSON laid out anew, token by token.
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <string>

#include "json/build.hpp"
#include "json/document.hpp"
#include "support/random_json.hpp"
#include "support/rooms.hpp"

namespace json = hookferry::json;
using hookferry::test::RandomJson;
using json::Document;

namespace {

std::string pretty(const std::string& text, std::size_t indent = 0) {
  std::string out;
  json::append_pretty(out, text, indent);
  return out;
}

std::string compact(const std::string& text) { return json::compact(Document::over(text).root()); }
std::string canonical(const std::string& text) { return json::canonical(Document::over(text).root()); }

/// Every line behind the first begins with so many spaces more.
std::string indented(const std::string& text, std::size_t indent) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out.append(indent, ' ');
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_layout)

BOOST_AUTO_TEST_CASE(a_layout_changes_nothing_but_the_space_between_tokens) {
  for (unsigned seed = 700'000; seed < 706'000; ++seed) {
    RandomJson random(seed);
    const auto text = random.document();
    const auto laid_out = pretty(text);
    const bool same = compact(laid_out) == compact(text) && canonical(laid_out) == canonical(text);
    if (!same || pretty(laid_out) != laid_out || pretty(compact(text)) != laid_out ||
        json::pretty(Document::over(text).root()) != laid_out)
      BOOST_ERROR("seed " << seed << ": " << text);
  }
}

BOOST_AUTO_TEST_CASE(every_line_but_the_first_is_indented) {
  for (unsigned seed = 710'000; seed < 711'000; ++seed) {
    RandomJson random(seed);
    const auto text = random.document();
    for (const std::size_t indent : {1u, 2u, 27u, 28u, 29u, 30u, 31u, 32u, 33u, 40u, 100u})
      if (pretty(text, indent) != indented(pretty(text), indent))
        BOOST_ERROR("seed " << seed << ", indent " << indent << ": " << text);
  }
}

BOOST_AUTO_TEST_CASE(nesting_deeper_than_any_indent_at_hand_is_laid_out_too) {
  const std::size_t depth = json::max_depth;
  std::string text;
  std::string expected;
  for (std::size_t i = 0; i < depth; ++i) {
    text += '[';
    expected += "[" + (i + 1 < depth ? "\n" + std::string(2 * (i + 1), ' ') : std::string());
  }
  for (std::size_t i = depth; i-- > 0;) {
    text += " ]";
    expected += (i + 1 < depth ? "\n" + std::string(2 * i, ' ') : std::string()) + "]";
  }
  BOOST_TEST(pretty(text) == expected);
}

BOOST_AUTO_TEST_CASE(empty_ones_stay_closed_whatever_space_is_in_them_and_around) {
  BOOST_TEST(pretty("\r\n\t [ \n\t ] \n") == "[]");
  BOOST_TEST(pretty(" {\r\n} ") == "{}");
  BOOST_TEST(pretty(R"({ "a" : [ ] , "b" : { } , "c" : [ { } , [ ] ] })") ==
             "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    {},\n    []\n  ]\n}");
}

BOOST_AUTO_TEST_CASE(what_looks_like_a_token_in_a_string_is_none) {
  for (const std::string literal :
       {R"("{}")", R"("[ ]")", R"("a , b : c")", R"("\"")", R"("\\")", R"("\\\"]")", R"("é\u005d ] ")",
        R"("a run of more than sixteen characters ] \" , { ")"})
    BOOST_TEST(pretty("[" + literal + " ," + literal + "\t]") ==
               "[\n  " + literal + ",\n  " + literal + "\n]");
}

BOOST_AUTO_TEST_CASE(a_layout_is_put_behind_what_is_there) {
  std::string out = "before ";
  json::append_pretty(out, "[1]", 2);
  BOOST_TEST(out == "before [\n    1\n  ]");
}

BOOST_AUTO_TEST_SUITE_END()
