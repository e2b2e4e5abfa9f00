#include "json/build.hpp"
#include "json/document.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace json = hookferry::json;
using json::Document;
using namespace std::string_literals;

namespace {

std::string compact(std::string text) { return json::compact(Document::parse(std::move(text)).root()); }
std::string pretty(std::string text) { return json::pretty(Document::parse(std::move(text)).root()); }
std::string canonical(std::string text) { return json::canonical(Document::parse(std::move(text)).root()); }

/// Scalars in spellings that a parser with numbers and strings of its own would not give back.
const std::vector<std::string> scalars = {"null",
                                          "true",
                                          "false",
                                          "0",
                                          "-0",
                                          "1.0",
                                          "1e400",
                                          "1E+05",
                                          "-0.0E-5",
                                          "12345678901234567890123",
                                          R"("")",
                                          R"("\u0041\u00e9\/\b\ud83D\uDe00")",
                                          R"("\ud800")",
                                          "\"é\x7F😀\"",
                                          R"("  two  spaces  ")",
                                          R"(" , : [ ] { } \" \\")",
                                          R"("{\"a\": [ 1.0 ] }")",
                                          R"("\\\\\"")"};

/// A random document in two spellings at once: without spaces, and with some at every place for them.
class Documents {
 public:
  explicit Documents(unsigned seed) : random_(seed) { value(0); }
  std::string tight, loose;

 private:
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_()) % limit; }

  void put(std::string_view token) {
    tight += token;
    space();
    loose += token;
    space();
  }

  void space() {
    for (auto count = below(3); count > 0; --count) loose += " \t\r\n"[below(4)];
  }

  void value(int depth) {
    const auto form = below(depth > 4 ? 1 : 3);
    if (form == 0) return put(scalars[below(scalars.size())]);
    const bool object = form == 1;
    put(object ? "{" : "[");
    for (std::size_t i = 0, count = below(5); i < count; ++i) {
      if (i > 0) put(",");
      if (object) {
        put(names_[below(names_.size())]);
        put(":");
      }
      value(depth + 1);
    }
    put(object ? "}" : "]");
  }

  const std::vector<std::string> names_ = {R"("k")", R"("\u006b")", R"("")", R"(" : , ")", R"("\"")"};
  std::mt19937 random_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(json_text)

BOOST_AUTO_TEST_CASE(scalars_keep_their_text_to_the_byte_in_every_layout) {
  for (const auto& scalar : scalars) BOOST_TEST_CONTEXT(scalar) {
      BOOST_TEST(compact("\n " + scalar + " ") == scalar);
      BOOST_TEST(pretty("\n " + scalar + " ") == scalar);
      BOOST_TEST(compact("{ \"a\" : [ " + scalar + " ] }") == "{\"a\":[" + scalar + "]}");
      BOOST_TEST(pretty("{\"a\":[" + scalar + "]}") == "{\n  \"a\": [\n    " + scalar + "\n  ]\n}");
    }
}

BOOST_AUTO_TEST_CASE(pretty_indents_by_two_and_leaves_empty_ones_closed) {
  BOOST_TEST(pretty(R"([{"a":{},"a":[ ],"\u0062":{"c":1.0}},[],2])") ==
             "[\n"
             "  {\n"
             "    \"a\": {},\n"
             "    \"a\": [],\n"
             "    \"\\u0062\": {\n"
             "      \"c\": 1.0\n"
             "    }\n"
             "  },\n"
             "  [],\n"
             "  2\n"
             "]");
  BOOST_TEST(pretty(" [\n] ") == "[]");
  BOOST_TEST(pretty("{ }") == "{}");
}

BOOST_AUTO_TEST_CASE(only_the_value_itself_is_laid_out) {
  const auto document = Document::parse(R"({ "a" : [ 1 , 2 ] , "b" : 3 })");
  BOOST_TEST(json::compact(*document.root().find("a")) == "[1,2]");
  BOOST_TEST(json::pretty(*document.root().find("a")) == "[\n  1,\n  2\n]");
}

BOOST_AUTO_TEST_CASE(layouts_of_random_documents_lose_nothing) {
  for (unsigned seed = 7'000; seed < 8'000; ++seed) {
    const Documents text(seed);
    BOOST_TEST_CONTEXT("seed " << seed << ": " << text.loose) {
      BOOST_TEST(compact(text.loose) == text.tight);
      BOOST_TEST(compact(pretty(text.loose)) == text.tight);
      BOOST_TEST(pretty(pretty(text.loose)) == pretty(text.tight));
      BOOST_TEST(canonical(text.loose) == canonical(text.tight));
    }
  }
}

BOOST_AUTO_TEST_CASE(equal_values_have_one_canonical_text) {
  for (const auto& [one, other] : std::vector<std::pair<std::string, std::string>>{
           {"1.0", "1"},
           {"-0", "0"},
           {"0e99", "0.000"},
           {"100", "1E+2"},
           {"1.50e-3", "0.0015"},
           {"12345678901234567890123", "12345678901234567890123.0"},
           {"1e400", "10e399"},
           {"-25e-1", "-2.5"},
           {R"("\u0041\/\u00e9\ud83d\ude00\u000a")", R"("A/é😀\n")"},
           {R"("\uD800")", R"("\ud800")"},
           {R"({"a":1,"b":[2]})", R"({ "b" : [ 2.0 ], "\u0061" : 1 })"},
           {R"({"a":1,"b":0,"a":2})", R"({"b":0,"a":1,"a":2})"},
       })
    BOOST_TEST(canonical(one) == canonical(other), one + " and " + other);
}

BOOST_AUTO_TEST_CASE(many_members_of_one_name_keep_their_order) {
  std::string first = "{";
  std::string second = "{";
  for (int i = 0; i < 100; ++i) {
    const auto members = [i](const std::string& a, const std::string& b) {
      return std::string(i > 0 ? "," : "") + R"(")" + a + R"(":)" + std::to_string(i) + R"(,")" + b +
             R"(":)" + std::to_string(i);
    };
    first += members("a", "b");
    second += members("b", "a");
  }
  const auto text = canonical(first + "}");
  BOOST_TEST(text == canonical(second + "}"));
  std::size_t at = 0;
  for (int i = 0; i < 100; ++i) {
    const auto member = "\"a\":" + canonical(std::to_string(i)) + ",";
    at = text.find(member, at);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, member);
  }
}

BOOST_AUTO_TEST_CASE(values_that_differ_have_canonical_texts_that_differ) {
  const std::vector<std::string> values = {"null",
                                           "true",
                                           "false",
                                           "0",
                                           "1",
                                           "-1",
                                           "10",
                                           "0.1",
                                           "1e400",
                                           "1e401",
                                           "12345678901234567890123",
                                           "12345678901234567890124",
                                           "0.1000000000000000000001",
                                           "\"1\"",
                                           "\"\"",
                                           "\"a\"",
                                           "\"A\"",
                                           R"("\ud800")",
                                           R"("\udc00")",
                                           "\"\xEF\xBF\xBD\"",
                                           R"("\u0000")",
                                           "\"null\"",
                                           "[]",
                                           "{}",
                                           "[[]]",
                                           "[null]",
                                           "[1,2]",
                                           "[2,1]",
                                           "[\"1,2\"]",
                                           R"({"a":1})",
                                           R"({"a":2})",
                                           R"({"A":1})",
                                           R"({"a":1,"a":1})",
                                           R"({"a":1,"a":2})",
                                           R"({"a":2,"a":1})",
                                           R"({"a":[]})"};
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      BOOST_TEST(canonical(values[i]) != canonical(values[j]), values[i] + " and " + values[j]);
}

BOOST_AUTO_TEST_CASE(a_string_is_decoded_with_the_way_back) {
  const auto decoded = json::decode_with_offsets(R"("a\n\u00e9\ud83d\ude00é\"")");
  BOOST_TEST(decoded.text == "a\né😀é\"");
  // a, newline, two bytes of one escape, four of a pair, two bytes of a plain character, a quote, the end
  const std::vector<std::size_t> expected = {1, 2, 4, 4, 10, 10, 10, 10, 22, 23, 24, 26};
  std::vector<std::size_t> offsets;
  for (std::size_t at = 0; at <= decoded.text.size(); ++at) offsets.push_back(decoded.offset(at));
  BOOST_TEST(offsets == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(decoding_knows_every_escape) {
  for (const auto& [literal, text] : std::vector<std::pair<std::string, std::string>>{
           {R"("")", ""},
           {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
           {R"("\u0000")", "\0"s},
           {R"("\u007f\u0080\u07FF\u0800\uffff")", "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF"},
           {R"("\uD800\uDC00\udbff\udfff")", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"},
           {R"("\ud800x")", "\xED\xA0\x80x"},
           {R"("\udfff\ud800")", "\xED\xBF\xBF\xED\xA0\x80"},
           {R"("\ud800\ud83d\ude00")", "\xED\xA0\x80😀"},
           {R"("\ud800\n")", "\xED\xA0\x80\n"},
           {R"("\\u0041")", "\\u0041"},
       })
    BOOST_TEST_CONTEXT(literal) {
      BOOST_TEST(json::decode(literal) == text);
      BOOST_TEST(json::decode_with_offsets(literal).text == text);
    }
}

BOOST_AUTO_TEST_CASE(what_is_encoded_is_json_and_decodes_to_the_same) {
  for (const auto& [text, literal] : std::vector<std::pair<std::string, std::string>>{
           {"", R"("")"},
           {"a/\"\\\b\f\n\r\t", R"("a/\"\\\b\f\n\r\t")"},
           {"\0\x01\x1f\x7f"s, "\"\\u0000\\u0001\\u001f\x7f\""},
           {"é€😀", "\"é€😀\""},
           {"\xED\xA0\x80", R"("\ud800")"},
           {"\xED\xBF\xBF", R"("\udfff")"},
       })
    BOOST_TEST_CONTEXT(literal) {
      BOOST_TEST(json::encode(text) == literal);
      BOOST_TEST(Document::parse(literal).root().string() == text);
    }
  BOOST_TEST(json::encode("a\xFF\xC3") == "\"a\uFFFD\uFFFD\"");
}

BOOST_AUTO_TEST_SUITE_END()
