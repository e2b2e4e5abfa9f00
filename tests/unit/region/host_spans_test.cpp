#include "region/rewrites.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/rooms.hpp"
#include "support/sanitized.hpp"

namespace {

/// The hosts found, joined by spaces.
std::string hosts(std::string_view text) {
  std::string out;
  for (const auto& span : hookferry::find_hosts(text)) {
    if (!out.empty()) out += ' ';
    out += text.substr(span.begin, span.end - span.begin);
  }
  return out;
}

struct Case {
  std::string_view text;
  std::string_view expected;
};

void check(const std::vector<Case>& cases) {
  for (const auto& [text, expected] : cases) BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(hosts(text) == expected);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(host_spans)

BOOST_AUTO_TEST_CASE(the_host_of_a_url_is_found_anywhere_in_a_text) {
  check({
      {"https://a.test", "a.test"},
      {"https://a.test/", "a.test"},
      {"HTTPS://A.Test:8443/x?y#z", "A.Test"},
      {"https://a.test?x", "a.test"},
      {"https://a.test#x", "a.test"},
      {"see https://a.test, (http://b.test) or <ftp://c.test>.", "a.test b.test c.test"},
      {"a \"https://a.test\" b 'https://b.test' {https://c.test} `https://d.test`",
       "a.test b.test c.test d.test"},
      {"https://a.test|https://b.test^https://c.test", "a.test b.test c.test"},
      {"https://a.test/?next=https://b.test/&also=http://c.test", "a.test b.test c.test"},
      {"xhttps://a.test 9http://b.test coap+tcp://c.test", "a.test b.test c.test"},
      {"grüße→https://a.test/ü und https://b.test", "a.test b.test"},
      {"https://a.test\nhttps://b.test\x7F", "a.test b.test"},
      {"localhost http://localhost:80/", "localhost"},
  });
}

BOOST_AUTO_TEST_CASE(slashes_may_be_escaped_any_number_of_times) {
  check({
      {R"(https:\/\/a.test\/x)", "a.test"},
      {R"(https:\\\/\\\/a.test\\\/x)", "a.test"},
      {R"(https:/\/a.test)", "a.test"},
      {R"({"u":"https:\/\/a.test"})", "a.test"},
      {R"({\"u\":\"https:\\\/\\\/a.test\"})", "a.test"},
      {R"(\/\/a.test\/x)", "a.test"},
      {R"(https:\\a.test)", ""},
  });
}

BOOST_AUTO_TEST_CASE(userinfo_and_port_are_no_part_of_the_host) {
  check({
      {"https://user:pass@a.test:1/", "a.test"},
      {"https://a.test@evil.test/", "evil.test"},
      {"https://a.test:443@evil.test", "evil.test"},
      {"https://x@a.test@evil.test", "evil.test"},
      {R"(https://evil.test\@a.test)", "evil.test"},
      {"https://evil.test/@a.test", "evil.test"},
      {"https://evil.test?@a.test", "evil.test"},
      {"https://evil.test#@a.test", "evil.test"},
      {"https://@a.test", "a.test"},
      {"https://a.test@", ""},
      {"https://a.test:port", "a.test"},
  });
}

BOOST_AUTO_TEST_CASE(a_host_is_taken_whole) {
  check({
      {"https://a.test.evil.test", "a.test.evil.test"},
      {"https://xa.test_y-z.b", "xa.test_y-z.b"},
      {"https://a%2Etest/", "a%2Etest"},
      {"https://a.testé/", "a.testé"},
      {"https://a.test。evil/", "a.test。evil"},
      {"https://a.test.", "a.test"},
      {"https://a.test.:80/", "a.test"},
      {"https://a.test./x", "a.test"},
      {"Look at https://a.test...", "a.test"},
      {"https://a.test,b https://b.test;c https://c.test!d https://d.test*", "a.test b.test c.test d.test"},
      {"https://a.test)b https://b.test$c https://c.test&d https://d.test=(", "a.test b.test c.test d.test"},
  });
}

BOOST_AUTO_TEST_CASE(a_text_that_is_a_url_without_scheme_counts_as_a_whole_only) {
  check({
      {"//a.test/x", "a.test"},
      {"//user@a.test", "a.test"},
      {"a.test", "a.test"},
      {"a.test.", "a.test"},
      {"a.test.:80", "a.test"},
      {"a.test:443", "a.test"},
      {"a.test/x y", "a.test"},
      {R"(a.test\/x)", "a.test"},
      {"a.test:443/x?u=https://b.test", "a.test b.test"},
      {"a.test?x", "a.test"},
      {"a.test#x", "a.test"},
      {"a.test is down", ""},
      {"a.test, b.test", ""},
      {" a.test", ""},
      {"see //a.test", ""},
      {"// a.test", ""},
      {"/a.test", ""},
      {"word", ""},
      {"word/x", ""},
      {"word.", ""},
      {".a.test", ""},
      {"a.test:", ""},
      {"a.test:x", ""},
      {"a.test:443 is the port", ""},
      {"a.test:443@b.test", ""},
      {"me@a.test", ""},
  });
}

BOOST_AUTO_TEST_CASE(what_is_no_host_is_left_out) {
  check({
      {"", ""},
      {"://", ""},
      {"://a.test", ""},
      {"9://a.test", ""},
      {"https://", ""},
      {"https:///a.test", ""},
      {"https:// a.test", ""},
      {"https:/a.test", ""},
      {"https:a.test", ""},
      {"https : //a.test", ""},
      {"https://[2001:db8::1]:80/", ""},
      {"https://...", ""},
      {"\\", ""},
      {"https:\\", ""},
      {std::string_view("https://\0a.test", 15), ""},
  });
}

BOOST_AUTO_TEST_CASE(spans_are_byte_places_in_order) {
  const std::vector<hookferry::HostSpan> expected = {{9, 15}, {27, 33}};
  BOOST_TEST((hookferry::find_hosts("//u@b.com:8/ https://x@a.test").at(1) == hookferry::HostSpan{23, 29}));
  BOOST_TEST((hookferry::find_hosts("\xC3\xBChttp://a.test:80 https://b.test") == expected));
}

// A quadratic pass over one of these takes an hour or more, so that this suite would not end.
BOOST_AUTO_TEST_CASE(hostile_texts_of_megabytes_come_to_an_end) {
  for (const std::string unit : {"a", ":", "@", "://", "a://", "\\", ":\\", ":\\/\\/", "1", "1:", "a@",
                                 "https://a.test@", ".", "a.", "/", "//", "%", "\xC3\xBC", "a://b:"}) {
    std::string text = "https://";
    while (text.size() < hookferry::test::a_quarter_if_sanitized(2'000'000)) text += unit;
    for (const auto whole : {std::string_view(text), std::string_view(text).substr(8)}) {
      std::size_t behind_last = 0;
      for (const auto& span : hookferry::find_hosts(whole)) {
        if (span.begin < behind_last || span.end <= span.begin || span.end > whole.size())
          BOOST_TEST_REQUIRE(false, unit);
        behind_last = span.end;
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
