#include "json/document.hpp"
#include "support/rooms.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace json = hookferry::json;
using json::Document;
using json::Kind;
using namespace std::string_literals;

namespace {

bool accepts(std::string_view text) { return Document::try_parse(std::string(text)).has_value(); }

std::string repeat(std::string_view unit, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += unit;
  return out;
}

std::string nested(std::size_t arrays) { return repeat("[", arrays) + repeat("]", arrays); }

/// Boost.JSON's opinion of a text, from its parser alone: no value is built, no number converted.
struct Indifferent {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);
  using Code = boost::json::error_code;
  using View = boost::json::string_view;
  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return true; }
  bool on_object_end(std::size_t, Code&) { return true; }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(std::size_t, Code&) { return true; }
  bool on_key_part(View, std::size_t, Code&) { return true; }
  bool on_key(View, std::size_t, Code&) { return true; }
  bool on_string_part(View, std::size_t, Code&) { return true; }
  bool on_string(View, std::size_t, Code&) { return true; }
  bool on_number_part(View, Code&) { return true; }
  bool on_int64(std::int64_t, View, Code&) { return true; }
  bool on_uint64(std::uint64_t, View, Code&) { return true; }
  bool on_double(double, View, Code&) { return true; }
  bool on_bool(bool, Code&) { return true; }
  bool on_null(Code&) { return true; }
  bool on_comment_part(View, Code&) { return true; }
  bool on_comment(View, Code&) { return true; }
};

/// Lone surrogate escapes are the one deviation, so all surrogate escapes are shown as others.
bool boost_accepts(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\u", at)) != std::string::npos; at += 2)
    if (at + 2 < text.size() && (text[at + 2] == 'd' || text[at + 2] == 'D')) text[at + 2] = '0';
  boost::json::parse_options options;
  options.max_depth = json::max_depth;
  boost::json::basic_parser<Indifferent> parser(options);
  boost::json::error_code error;
  const auto read = parser.write_some(false, text.data(), text.size(), error);
  return !error && read == text.size();
}

std::string mutated(std::string text, std::mt19937& random) {
  static const std::vector<std::string> pieces = {
      "\"",      "\\",      "{",       "}",    "[",    "]",    ",",    ":",        "0",           "1",
      "-",       "+",       ".",       "e",    "E",    " ",    "\n",   "true",     "null",        "\\u",
      "\\n",     "/",       "\x01",    "\x7F", "x",    "\t",   "é",    "\xC3",     "\0"s,         "\xFF",
      "\\u00e9", "\\uD83d", "\\uDE00", "\xED", "\xA0", "\xF4", "\x8F", "\xE2\x82", "\xEF\xBB\xBF"};
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
  for (auto edits = 1 + below(3); edits > 0; --edits) {
    const auto at = below(text.size() + 1);
    const auto length = std::min(below(4), text.size() - at);
    switch (below(4)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(at, length));
        break;
      default:
        text.replace(at, below(2) == 0 ? length : 0, pieces[below(pieces.size())]);
    }
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_document)

BOOST_AUTO_TEST_CASE(every_form_of_a_value_is_accepted_and_known_by_its_kind) {
  struct Case {
    Kind kind;
    std::vector<std::string> texts;
  };
  for (const auto& [kind, texts] : std::vector<Case>{
           {Kind::null, {"null"}},
           {Kind::boolean, {"true", "false"}},
           {Kind::number, {"0", "-0", "10", "0.0", "1.50", "0e1", "1E+00", "-1.0e-400", "1e400"}},
           {Kind::string,
            {"\"\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u00Af\"", "\"\x7F\"", "\"é€😀\"",
             "\"\xF4\x8F\xBF\xBF\"", "\"\\u0000\""}},
           {Kind::array, {"[]", "[[],{}]", " \t\r\n[ \t\r\n1 , 2 ] \t\r\n"}},
           {Kind::object, {"{}", "{\"\":0}", "{ \"a\" : 1 , \"a\" : 2 }"}}})
    for (const auto& text : texts) BOOST_TEST_CONTEXT(text) {
        const auto document = Document::try_parse(text);
        BOOST_REQUIRE(document.has_value());
        BOOST_TEST((document->root().kind() == kind));
        BOOST_TEST(boost_accepts(text));
      }
}

BOOST_AUTO_TEST_CASE(a_text_ends_where_its_view_ends) {
  for (const std::string text : {"1", "-0", "\"a\"", "[1]", "true"})
    for (const std::string behind : {"1", ".5", "e1", " ", "]", "\""}) {
      const auto whole = text + behind;
      const auto document = Document::over(std::string_view(whole).substr(0, text.size()));
      BOOST_TEST(document.root().text() == text, whole);
    }
}

BOOST_AUTO_TEST_CASE(what_the_grammar_does_not_know_is_refused_where_it_goes_wrong) {
  struct Case {
    std::size_t offset;
    std::vector<std::string> texts;
  };
  for (const auto& [offset, texts] :
       std::vector<Case>{{0,
                          {"", "\xEF\xBB\xBF[]", ".5", "+1", "NaN", "Infinity", "tru", "True", "nul",
                           "undefined", "'a'", "\xFF", "]", "/**/1",
                           "\xC2\xA0"
                           "1"}},
                         {1,
                          {"01",
                           "-",
                           "-x",
                           "0x1",
                           "-Infinity",
                           "\"",
                           "\"\x1F\"",
                           "\"\0\""s,
                           "\"\x80\"",
                           "\"\xC0\xAF\"",
                           "\"\xE0\x9F\xBF\"",
                           "\"\xED\xA0\x80\"",
                           "\"\xF0\x8F\xBF\xBF\"",
                           "\"\xF4\x90\x80\x80\"",
                           "\"\xE2\x82\"",
                           "\"\xFF\"",
                           "[,1]",
                           "{",
                           "{,}",
                           "{a:1}",
                           "{1:1}",
                           "[\v1]",
                           "1\0"s}},
                         {2,
                          {" \n", "1 2", "-01", "1.", "1.e1", "1e", "\"a", "\"a\nb\"", "\"\\x\"", "\"\\",
                           "\"\\'\"", "\"\\U0041\"", "[1", "[1}"}},
                         {3, {"[] x", "1e+", "1.5.2", "[1,", "[1,]", "[1 2]", "[1]\f"}},
                         {4, {"nulll", "{\"a\"", "[1] // x"}},
                         {5, {"\"\\u12\"", "\"\\u12g4\"", "{\"a\":", "{\"a\":}", "{\"a\" 1}"}},
                         {6, {"{\"a\":1", "{\"a\":1]"}},
                         {7, {"{\"a\":1,", "{\"a\":1,}", "{\"a\":1 \"b\":2}"}}})
    for (const auto& text : texts) BOOST_TEST_CONTEXT(text) {
        BOOST_TEST(!boost_accepts(text));
        BOOST_CHECK_EXCEPTION(Document::parse(text), json::SyntaxError,
                              [wanted = offset](const json::SyntaxError& error) {
                                BOOST_TEST(error.offset == wanted);
                                return true;
                              });
        BOOST_TEST(!accepts(text));
      }
}

BOOST_AUTO_TEST_CASE(an_error_names_line_and_column_and_quotes_nothing) {
  struct Case {
    std::string_view text, where;
  };
  for (const auto& [text, where] :
       {Case{"SECRET", "line 1, column 1:"}, Case{"[1,\n  SECRET]", "line 2, column 3:"},
        Case{"[\r\n\r\n\"SECRET\",]", "line 3, column 10:"}, Case{"[\n", "line 2, column 1:"}})
    BOOST_TEST_CONTEXT(text) {
      BOOST_CHECK_EXCEPTION(Document::parse(std::string(text)), json::SyntaxError,
                            [&](const json::SyntaxError& error) {
                              const std::string what = error.what();
                              BOOST_TEST(what.find(where) != std::string::npos, what);
                              BOOST_TEST(what.find("SECRET") == std::string::npos, what);
                              return true;
                            });
    }
}

BOOST_AUTO_TEST_CASE(nesting_has_a_limit_and_the_stack_survives_any_depth) {
  BOOST_TEST(accepts(nested(json::max_depth)));
  BOOST_TEST(!accepts(nested(json::max_depth + 2)));
  BOOST_TEST(!accepts(nested(json::max_depth + 1)));
  for (const auto* open : {"[", "{\"a\":", "[{\"a\":"}) BOOST_TEST(!accepts(repeat(open, 200'000)), open);
  BOOST_TEST(!accepts(nested(200'000)));
  BOOST_TEST(accepts("[" + repeat("[],", 200'000) + "[]]"));
}

BOOST_AUTO_TEST_CASE(numbers_keep_their_text_and_are_integers_only_where_they_fit) {
  struct Case {
    std::string text;
    std::optional<std::int64_t> integer;
  };
  for (const auto& [text, integer] : std::vector<Case>{{"7", 7},
                                                       {"-0", 0},
                                                       {"-12", -12},
                                                       {"9223372036854775807", INT64_MAX},
                                                       {"-9223372036854775808", INT64_MIN},
                                                       {"9223372036854775808", {}},
                                                       {"12345678901234567890123", {}},
                                                       {"1.0", {}},
                                                       {"1e400", {}},
                                                       {"-0.0E+5", {}}})
    BOOST_TEST_CONTEXT(text) {
      const auto document = Document::parse(" [" + text + " ]");
      const auto elements = document.root().elements();
      BOOST_REQUIRE(elements.size() == 1u);
      BOOST_TEST(elements[0].text() == text);
      BOOST_TEST((elements[0].integer() == integer));
    }
}

BOOST_AUTO_TEST_CASE(duplicate_members_are_kept_in_order_and_the_last_is_found) {
  const auto document = Document::parse(R"({"a":1,"b":{"a":9},"\u0061":"\u00e9\n","c":[2]})");
  std::string seen;
  for (const auto& [key, value] : document.root().members())
    seen += std::string(key.text()) + "=" + std::string(value.text()) + ";";
  BOOST_TEST(seen == R"("a"=1;"b"={"a":9};"\u0061"="\u00e9\n";"c"=[2];)");
  BOOST_REQUIRE(document.root().find("a").has_value());
  BOOST_TEST(document.root().find("a")->string() == "é\n");
  BOOST_TEST(!document.root().find("A").has_value());
  BOOST_TEST(!document.root().find("").has_value());
}

BOOST_AUTO_TEST_CASE(a_value_of_another_kind_has_no_elements_members_string_or_integer) {
  const auto document = Document::parse(R"([[1],{"a":1},"5",5])");
  const auto values = document.root().elements();
  BOOST_REQUIRE(values.size() == 4u);
  for (std::size_t i = 0; i < values.size(); ++i) BOOST_TEST_CONTEXT(values[i].text()) {
      BOOST_TEST(values[i].elements().size() == (i == 0 ? 1u : 0u));
      BOOST_TEST(values[i].members().size() == (i == 1 ? 1u : 0u));
      BOOST_TEST(values[i].find("a").has_value() == (i == 1));
      BOOST_TEST(values[i].string() == (i == 2 ? "5" : ""));
      BOOST_TEST(values[i].integer().has_value() == (i == 3));
    }
}

BOOST_AUTO_TEST_CASE(lone_surrogate_escapes_are_accepted_and_found_again_in_the_text) {
  for (const std::string text : {R"("\ud800")", R"("\uDFFF")", R"("\ud800\ud800")", R"("\ud800x\udc00")"})
    BOOST_TEST(accepts(text), text);
}

BOOST_AUTO_TEST_CASE(another_parser_agrees_on_mutated_texts) {
  // No long numbers: the other parser has a limit for exponents.
  const std::vector<std::string> seeds = {
      R"([{"id":1,"alias":"a","integration_type":{"id":0},"f":"[{\"name\":\"x\"}]","n":null}])",
      R"({"a":[1.0,-0.5e+10,1E5,true,false,null,""],"é":"\u00e9\\\/\n\"","o":{"p":{}}})",
      "[\"é€😀\",-0, [ ] ,{ } , 123456 ]", "-12.5e3", "\"a\""};
  const unsigned first = 20240501;
  std::size_t valid = 0;
  for (unsigned seed = first; seed < first + 40'000; ++seed) {
    std::mt19937 random(seed);
    const auto text = mutated(seeds[seed % seeds.size()], random);
    const bool accepted = accepts(text);
    valid += accepted ? 1 : 0;
    if (accepted != boost_accepts(text)) BOOST_TEST_CONTEXT("seed " << seed << ": " << text) {
        BOOST_TEST(accepted == boost_accepts(text));
      }
  }
  BOOST_TEST(valid > 2'000u);  // else the mutations prove nothing
  BOOST_TEST(valid < 38'000u);
}

BOOST_AUTO_TEST_CASE(a_text_beyond_the_limits_that_are_set_for_it_is_refused_at_once) {
  using hookferry::json::Document;
  using hookferry::json::ParseLimits;
  ParseLimits nodes;
  nodes.nodes = 6;
  BOOST_TEST(Document::try_parse(R"([{"a":1,"b":2}])", nodes).has_value());
  BOOST_TEST(!Document::try_parse(R"([{"a":1,"b":[]},0])", nodes).has_value());
  ParseLimits elements;
  elements.elements = 2;
  BOOST_TEST(Document::try_parse("[[1,2,3],{\"a\":[1,2,3]}]", elements).has_value());
  BOOST_TEST(!Document::try_parse("[1,2,3]", elements).has_value());
  ParseLimits nodes_of_element;
  nodes_of_element.nodes_of_element = 3;
  BOOST_TEST(Document::try_parse(R"([{"a":1},[2,3],4,5,6,7])", nodes_of_element).has_value());
  BOOST_TEST(Document::try_parse(R"({"a":1,"b":2,"c":3})", nodes_of_element).has_value());
  BOOST_CHECK_THROW(Document::parse("[1,[2,3,4]]", nodes_of_element), hookferry::json::BeyondLimits);
  ParseLimits objects;
  objects.objects_only = true;
  for (const std::string text : {"[]", "[{}, {}]", R"([ {"a":[1]} ])", "1", R"({"a":[1]})"})
    BOOST_TEST(Document::try_parse(text, objects).has_value(), text);
  for (const std::string text : {"[1]", "[{},1]", "[[]]", "[{},", "[null,{}]"})
    BOOST_TEST(!Document::try_parse(text, objects).has_value(), text);
  try {
    Document::parse("[{},[", objects);
    BOOST_ERROR("taken");
  } catch (const hookferry::json::SyntaxError& error) {
    BOOST_TEST(std::string(error.what()) == "JSON that is not an array of objects: number 2 is none");
    BOOST_TEST(error.offset == 4u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
