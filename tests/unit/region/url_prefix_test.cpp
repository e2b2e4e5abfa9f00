#include "region/rewrites.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <vector>

using namespace hookferry;

namespace {

std::string rewritten(const std::string& text, const std::string& from, const std::string& to) {
  HostRewrites rewrites;
  rewrites.add_prefix(UrlPrefix::parse(from).value(), UrlPrefix::parse(to).value());
  return json::apply(text, rewrite_hosts(text, rewrites));
}

std::size_t rewritten_urls(const std::string& text, const HostRewrites& rewrites) {
  std::size_t out = 0;
  rewrite_hosts(text, rewrites, &out);
  return out;
}

const std::string from = "https://old.test/logs/v1";
const std::string to = "https://new.test/ingest";

}  // namespace

BOOST_AUTO_TEST_SUITE(url_prefixes)

BOOST_AUTO_TEST_CASE(a_prefix_is_a_scheme_a_host_and_segments_of_a_path) {
  const auto parsed = UrlPrefix::parse("HTTPS://Old.Test.:8443/A/b//").value();
  BOOST_TEST(parsed.scheme == "https");
  BOOST_TEST(parsed.host == "old.test");
  BOOST_TEST(parsed.port == "8443");
  BOOST_TEST(parsed.path == "/A/b");
  BOOST_TEST(UrlPrefix::parse("https://old.test:443").value().port == "");
  BOOST_TEST(UrlPrefix::parse("http://old.test:443").value().port == "443");
  BOOST_TEST(UrlPrefix::parse("https://old.test/").value().path == "");
  for (const std::string text :
       {"", "old.test/path", "//old.test/path", "https://", "https:///path", "://old.test",
        "1https://old.test", "https://user@old.test/", "https://old.test/?q", "https://old.test/#f",
        "https://[::1]/", "https://a b/", "https://old.test/\"", "https://old.test:x/",
        "https://old.test:123456/", "https://old.test/a\\b"})
    BOOST_TEST(!UrlPrefix::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_url_that_begins_with_it_begins_with_the_new_one) {
  const struct {
    std::string before, after;
  } cases[] = {
      {"https://old.test/logs/v1", "https://new.test/ingest"},
      {"https://old.test/logs/v1/", "https://new.test/ingest/"},
      {"https://old.test/logs/v1/singles?a=b#c", "https://new.test/ingest/singles?a=b#c"},
      {"https://old.test/logs/v1?x", "https://new.test/ingest?x"},
      {"https://old.test/logs/v1#x", "https://new.test/ingest#x"},
      {"HTTPS://OLD.Test/logs/v1/x", "HTTPS://new.test/ingest/x"},
      {"https://user:pw@old.test/logs/v1/x", "https://user:pw@new.test/ingest/x"},
      {"https://old.test:443/logs/v1", "https://new.test/ingest"},
      {"https://old.test./logs/v1", "https://new.test/ingest"},
      {"see https://old.test/logs/v1, or (https://old.test/logs/v1).",
       "see https://new.test/ingest, or (https://new.test/ingest)."},
      {"<https://old.test/logs/v1>", "<https://new.test/ingest>"},
      {R"({"a":"https:\/\/old.test\/logs\/v1\/x"})", R"({"a":"https:\/\/new.test\/ingest\/x"})"},
      {R"(\"https:\\/\\/old.test\\/logs\\/v1\")", R"(\"https:\\/\\/new.test\\/ingest\")"},
      {"https://relay.test/?to=https://old.test/logs/v1/x",
       "https://relay.test/?to=https://new.test/ingest/x"},
      {"x https://old.test/logs/v1 y https://old.test/logs/v1/2",
       "x https://new.test/ingest y https://new.test/ingest/2"},
  };
  for (const auto& [before, after] : cases) BOOST_TEST(rewritten(before, from, to) == after);
}

BOOST_AUTO_TEST_CASE(a_url_that_only_looks_like_it_stays) {
  for (const std::string text :
       {"https://old.test/logs/v10", "https://old.test/logs/v1.html", "https://old.test/logs",
        "https://old.test/", "https://old.test/x/logs/v1", "http://old.test/logs/v1",
        "xhttps://old.test/logs/v1", "https://old.test.evil.test/logs/v1", "https://xold.test/logs/v1",
        "https://old.test:8443/logs/v1", "https://old.test/Logs/v1", "https://old.test/logs/v1%2Fx",
        "old.test/logs/v1", "//old.test/logs/v1", "https://evil.test/https/old.test/logs/v1",
        "https://old.test@evil.test/logs/v1"})
    BOOST_TEST(rewritten(text, from, to) == text);
}

BOOST_AUTO_TEST_CASE(scheme_port_and_path_become_the_new_ones_wherever_they_differ) {
  const struct {
    std::string from, to, before, after;
  } cases[] = {
      {"https://a.test", "https://b.test", "https://a.test/x", "https://b.test/x"},
      {"https://a.test", "https://b.test/base", "https://a.test/x", "https://b.test/base/x"},
      {"https://a.test/base", "https://b.test", "https://a.test/base/x", "https://b.test/x"},
      {"https://a.test/base", "https://b.test", "https://a.test/base", "https://b.test"},
      {"http://a.test:8080", "https://b.test:8443/c", "http://u@a.test:8080/x", "https://u@b.test:8443/c/x"},
      {"http://a.test:8080/x", "http://a.test/x", "http://A.test:8080/x", "http://a.test/x"},
      {"https://a.test/x", "https://a.test/y", "https://A.TEST/x/1", "https://A.TEST/y/1"},
      {"https://a.test/x/", "https://b.test/y/", "https://a.test/x/1", "https://b.test/y/1"},
  };
  for (const auto& [old_prefix, new_prefix, before, after] : cases)
    BOOST_TEST(rewritten(before, old_prefix, new_prefix) == after);
}

BOOST_AUTO_TEST_CASE(the_longest_prefix_counts_and_goes_before_hosts) {
  HostRewrites rewrites;
  rewrites.add("a.test", "host.test");
  rewrites.add_prefix(*UrlPrefix::parse("https://a.test/x"), *UrlPrefix::parse("https://short.test"));
  rewrites.add_prefix(*UrlPrefix::parse("https://a.test/x/y"), *UrlPrefix::parse("https://long.test"));
  const std::string text = "https://a.test/x/y/1 https://a.test/x/2 https://a.test/3 https://b.test/x";
  BOOST_TEST(json::apply(text, rewrite_hosts(text, rewrites)) ==
             "https://long.test/1 https://short.test/2 https://host.test/3 https://b.test/x");
  BOOST_TEST(rewritten_urls(text, rewrites) == 3u);
}

BOOST_AUTO_TEST_CASE(a_prefix_that_becomes_itself_keeps_its_host_from_being_rewritten) {
  HostRewrites rewrites;
  rewrites.add("a.test", "host.test");
  rewrites.add_prefix(*UrlPrefix::parse("https://a.test/keep"), *UrlPrefix::parse("https://a.test/keep"));
  const std::string text = "https://a.test/keep/1 https://a.test/2";
  BOOST_TEST(json::apply(text, rewrite_hosts(text, rewrites)) == "https://a.test/keep/1 https://host.test/2");
  BOOST_TEST(rewritten_urls(text, rewrites) == 1u);
  BOOST_TEST(rewrites.leads_to("Host.test"));
  BOOST_TEST(!rewrites.leads_to("b.test"));
}

BOOST_AUTO_TEST_CASE(a_url_inside_a_replaced_prefix_becomes_what_the_prefix_becomes) {
  const struct {
    std::string from, to, before, after;
    std::size_t count;
  } cases[] = {
      {"https://relay.test/fwd/https://a.test", "https://relay2.test/fwd/https://b.test",
       "https://relay.test/fwd/https://a.test/x", "https://relay2.test/fwd/https://b.test/x", 1},
      {"https://relay.test/https://a.test/https://a.test", "https://b.test",
       "https://relay.test/https://a.test/https://a.test/https://a.test", "https://b.test/https://host.test",
       2},
      // As it is to be though it does not change.
      {"https://relay.test/https://a.test", "https://relay2.test/https://a.test",
       "https://relay.test/https://a.test https://a.test",
       "https://relay2.test/https://a.test https://host.test", 2},
      {"https://relay.test/https://a.test", "https://relay.test/https://a.test",
       "https://relay.test/https://a.test", "https://relay.test/https://a.test", 0},
      // Its host stands behind the prefix, its scheme does not.
      {"https://relay.test/https:", "https://b.test/http:", "https://relay.test/https://c.test/x",
       "https://b.test/http://c.test/x", 1},
      {"https://relay.test/https:", "https://b.test/http:", "https://relay.test/https://a.test/x",
       "https://b.test/http://host.test/x", 2},
      {"https://relay.test/x", "https://b.test/y", "https://relay.test/x/https://a.test",
       "https://b.test/y/https://host.test", 2},
  };
  for (const auto& [old_prefix, new_prefix, before, after, count] : cases) {
    HostRewrites rewrites;
    rewrites.add("a.test", "host.test");
    rewrites.add_prefix(*UrlPrefix::parse("https://c.test"), *UrlPrefix::parse("http://d.test"));
    rewrites.add_prefix(*UrlPrefix::parse(old_prefix), *UrlPrefix::parse(new_prefix));
    BOOST_TEST(json::apply(before, rewrite_hosts(before, rewrites)) == after);
    BOOST_TEST(rewritten_urls(before, rewrites) == count, before);
  }
}

BOOST_AUTO_TEST_CASE(edits_of_random_urls_never_overlap) {
  const std::vector<std::string> pieces = {
      "https://", "http://", "https:\\/\\/", "a.test", "b.test", "/x", "/", ":8080", ":", "@", " ", ".",
      "?",        "a"};
  std::size_t rewritten_twice = 0;
  for (unsigned seed = 1; seed < 4'000; ++seed) {
    std::mt19937 random(seed);
    const auto some = [&](std::size_t least, std::size_t most) {
      std::string out;
      for (auto count = least + random() % (most - least + 1); count > 0; --count)
        out += pieces[random() % pieces.size()];
      return out;
    };
    HostRewrites rewrites;
    rewrites.add("a.test", "host.test");
    for (int i = 0; i < 8; ++i) {
      const auto old_prefix = UrlPrefix::parse("https://a.test/" + some(0, 3));
      const auto new_prefix = UrlPrefix::parse("http://b.test" + some(0, 2));
      if (old_prefix && new_prefix) rewrites.add_prefix(*old_prefix, *new_prefix);
    }
    const auto text = some(1, 4) + "https://a.test/" + some(4, 12);
    const auto edits = rewrite_hosts(text, rewrites);
    if (edits.size() > 1) ++rewritten_twice;
    BOOST_TEST_CONTEXT("seed " << seed << ": " << text) { BOOST_CHECK_NO_THROW(json::apply(text, edits)); }
  }
  BOOST_TEST(rewritten_twice > 1'000u);
}

BOOST_AUTO_TEST_SUITE_END()
