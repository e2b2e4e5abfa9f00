#include "net/connection.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using hookferry::Secret;
using hookferry::net::redact;

BOOST_AUTO_TEST_SUITE(net_redact)

BOOST_AUTO_TEST_CASE(a_secret_is_masked_in_whatever_way_it_is_escaped) {
  const Secret key("ab/cd+\"e");
  for (const std::string echo :
       {"ab/cd+\"e", R"(ab\/cd+\"e)", R"(ab\u002fcd\u002B\u0022e)", R"(\u0061b/cd+\"e)", "ab%2Fcd%2B%22e",
        "ab%2fcd+%22e", R"(ab\\\/cd+\\\"e)", "ab%252Fcd%252B%2522e", R"(ab\u00252Fcd+\"e)",
        "ab&#x2F;cd&#43;&quot;e", "ab&#47;cd+&quot;e", R"(ab\x2fcd+\x22e)", R"(ab\\u002fcd+\\u0022e)",
        "%61%62%2F%63%64%2B%22%65"})
    BOOST_TEST_CONTEXT(echo) {
      BOOST_TEST(redact("the key " + echo + " and " + echo, key) == "the key **** and ****");
      BOOST_TEST(redact(echo, key) == "****");
    }
}

BOOST_AUTO_TEST_CASE(an_escape_at_the_end_of_a_text_is_read) {
  BOOST_TEST(redact(R"(the key ab\/)", Secret("ab/")) == "the key ****");
}

BOOST_AUTO_TEST_CASE(what_is_no_secret_stays_as_it_is) {
  const Secret key("ab/cd");
  for (const std::string text : {"", "ab", "ab/c", R"(ab\\cd \n \u00e9 \)", "%", "%2", "%zz", "&", "&amp",
                                 "&#;", "&#x;", R"(\u12)", R"(\x)", "ab%2", "ab%2Fc"})
    BOOST_TEST(redact(text, key) == text);
  BOOST_TEST(redact("text", Secret()) == "text");
  BOOST_TEST(redact("a &copy; b & c; d &x;", key) == "a &copy; b & c; d &x;");
}

BOOST_AUTO_TEST_CASE(a_secret_that_looks_escaped_itself_is_masked_too) {
  BOOST_TEST(redact(R"(x a%2Fb\n y)", Secret(R"(a%2Fb\n)")) == "x **** y");
  BOOST_TEST(redact(R"(x a%2Fb\\n y)", Secret(R"(a%2Fb\n)")) == "x **** y");
}

BOOST_AUTO_TEST_CASE(overlapping_and_neighbouring_echoes_leave_nothing_over) {
  BOOST_TEST(redact("aaa", Secret("aa")) == "****");
  BOOST_TEST(redact("abab", Secret("ab")) == "********");
  BOOST_TEST(redact("k\u00e9y", Secret("k\u00e9y")) == "****");
  BOOST_TEST(redact(R"(k\u00e9y)", Secret("k\u00e9y")) == "****");
}

BOOST_AUTO_TEST_SUITE_END()
