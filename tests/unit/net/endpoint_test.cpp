#include "net/endpoint.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/places.hpp"
#include "core/failure.hpp"
#include "support/rooms.hpp"

namespace {

using hookferry::net::Endpoint;

/// "https://host[:port] path", or "refused".
std::string parsed(std::string_view text) {
  std::string why;
  const auto url = hookferry::net::parse_url(text, why);
  if (!url) return why.empty() ? "refused without a reason" : "refused";
  return url->endpoint.url() + " " + url->path;
}

std::string why_not(std::string_view text) {
  std::string why;
  return hookferry::net::parse_url(text, why) ? "accepted" : why;
}

/// As an ACCOUNT on the command line: the endpoint's URL, or "usage" for a usage error.
std::string account(const std::string& url) {
  static const auto regions = hookferry::RegionTable::builtin();
  try {
    return hookferry::find_account(url, "", {}, regions).endpoint.url();
  } catch (const hookferry::Failure& failure) {
    return failure.cause == hookferry::Cause::usage ? "usage" : "another exit code";
  }
}

struct Case {
  std::string text, expected;
};

void check_parsed(const std::vector<Case>& cases) {
  for (const auto& [text, expected] : cases) BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(parsed(text) == expected);
    }
}

void check_accounts(const std::vector<Case>& cases) {
  for (const auto& [text, expected] : cases) BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(account(text) == expected);
    }
}

bool is_loopback(const std::string& host) { return Endpoint{false, host, 80}.loopback(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(endpoint)

BOOST_AUTO_TEST_CASE(a_url_is_taken_apart_into_endpoint_and_path) {
  check_parsed({
      {"https://a.test", "https://a.test "},
      {"https://a.test/", "https://a.test /"},
      {"https://a.test/x/%2F/y", "https://a.test /x/%2F/y"},
      {"http://a.test", "http://a.test "},
      {"HTTPS://A.Test/X", "https://a.test /X"},
      {"https://1.2.3.4:8443/", "https://1.2.3.4:8443 /"},
      {"https://[::1]/", "https://[::1] /"},
      {"http://[::1]:8080", "http://[::1]:8080 "},
      {"https://xn--grsse-tva.test/", "https://xn--grsse-tva.test /"},
      {"https://under_score.test", "https://under_score.test "},
  });
}

BOOST_AUTO_TEST_CASE(only_a_port_that_is_not_the_schemes_own_is_named) {
  check_parsed({
      {"https://a.test:443", "https://a.test "},
      {"http://a.test:80", "http://a.test "},
      {"https://a.test:80", "https://a.test:80 "},
      {"http://a.test:443", "http://a.test:443 "},
      {"https://a.test:", "https://a.test "},
      {"https://a.test:1", "https://a.test:1 "},
      {"https://a.test:65535", "https://a.test:65535 "},
      {"http://[::1]:80", "http://[::1] "},
  });
}

BOOST_AUTO_TEST_CASE(a_port_that_does_not_exist_is_refused) {
  for (const auto* port :
       {"0", "00", "65536", "65979", "99999", "4294967739", "18446744073709552059", "0x50", " 443"})
    BOOST_TEST(parsed("https://a.test:" + std::string(port)) == "refused", port);
  for (const auto* port : {"0", "65536", "99999"})
    BOOST_TEST(why_not("https://a.test:" + std::string(port)).find("port") != std::string::npos, port);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_no_number_is_refused) {
  for (const auto* port : {"-1", "+1", "8o", "o8", "443:443", "8%30"})
    BOOST_TEST(parsed("https://a.test:" + std::string(port)) == "refused", port);
  BOOST_TEST(parsed("https://[::1]x") == "refused");
}

BOOST_AUTO_TEST_CASE(what_is_no_absolute_http_url_is_refused) {
  for (const auto* text : {"",
                           " ",
                           "/",
                           "a.test",
                           "//a.test",
                           "a.test:443",
                           "https:",
                           "https:/",
                           "https://",
                           "https:///x",
                           "https://:443",
                           "https:a.test",
                           "ftp://a.test",
                           "ws://a.test",
                           "file:///etc/passwd",
                           "httpss://a.test",
                           "https//a.test",
                           "://a.test",
                           " https://a.test",
                           "https://a.test ",
                           "https://a.test\n",
                           "https://a.test/\r\nX: y",
                           "https://a b.test",
                           "https://a.test/%",
                           "https://a.test/%zz",
                           "https://[::1",
                           "https://::1/",
                           "https://[a.test]",
                           "https://[:::1]",
                           "javascript:alert(1)"})
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(parsed(text) == "refused"); }
  BOOST_TEST(parsed(std::string_view("https://a.test\0/", 16)) == "refused");
}

BOOST_AUTO_TEST_CASE(letters_beyond_ascii_are_refused_unless_they_are_encoded) {
  for (const auto* text : {"https://grüße.test", "https://a.test/ü", "https://аpi.coralogix.com",
                           "https://a。test", "https://\xff.test", "https://a\xe2\x80\x8b.test"})
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(parsed(text) == "refused"); }
}

BOOST_AUTO_TEST_CASE(no_encoding_brings_delimiters_or_control_bytes_into_a_host) {
  for (const auto* text : {"https://a.test%0d%0aX-More:%20y", "https://a%20b.test", "https://a.test%00",
                           "https://a.test%2f.evil.test", "https://a.test%3A444", "https://user%40a.test",
                           "https://a%1b.test", "https://a%0d%0aX-More%3ay"})
    BOOST_TEST_CONTEXT(text) {
      std::string why;
      const auto url = hookferry::net::parse_url(text, why);
      const auto host = url ? url->endpoint.host : std::string("refused");
      BOOST_TEST(host.find_first_of(std::string("\0\r\n\x1b /:@?#", 10)) == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(userinfo_query_and_fragment_are_refused) {
  for (const auto* text : {"https://user@a.test", "https://user:pass@a.test/", "https://@a.test",
                           "https://:@a.test", "https://a.test?x", "https://a.test/?key=EXAMPLE",
                           "https://a.test/?", "https://a.test#x", "https://a.test/#"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(parsed(text) == "refused");
      BOOST_TEST(account(text) == "usage");
    }
}

BOOST_AUTO_TEST_CASE(loopback_is_localhost_and_the_loopback_addresses) {
  for (const auto* host : {"localhost", "127.0.0.1", "127.0.0.2", "127.255.255.254", "::1"})
    BOOST_TEST(is_loopback(host), host);
  for (const auto* host : {"", "localhost.test", "xlocalhost", "my.localhost.evil.test", "128.0.0.1",
                           "12.7.0.1", "1127.0.0.1", "127.evil.test", "127.0.0.1.evil.test", "0.0.0.0",
                           "::", "::2", "::1.evil.test", "10.0.0.1", "a.test"})
    BOOST_TEST(!is_loopback(host), host);
}

BOOST_AUTO_TEST_CASE(a_key_is_sent_without_tls_to_loopback_only) {
  check_accounts({
      {"http://localhost", "http://localhost"},
      {"http://LOCALHOST:8080/", "http://localhost:8080"},
      {"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
      {"http://127.1.2.3", "http://127.1.2.3"},
      {"http://[::1]:8080/", "http://[::1]:8080"},
      {"http://api.coralogix.com", "usage"},
      {"http://127.evil.test", "usage"},
      {"http://127.0.0.1.evil.test", "usage"},
      {"http://127.0.0.1@evil.test", "usage"},
      {"http://localhost.evil.test", "usage"},
      {"http://0.0.0.0", "usage"},
      {"http://[::2]", "usage"},
      {"http://192.168.0.1", "usage"},
      {"https://192.168.0.1", "https://192.168.0.1"},
      {"https://127.0.0.1:8443", "https://127.0.0.1:8443"},
  });
}

BOOST_AUTO_TEST_CASE(a_base_url_may_hold_the_path_of_the_api_and_no_other) {
  const std::string base = "https://api.coralogix.com";
  for (const auto* path : {"", "/", "//", "/api/v1/external/integrations", "/api/v1/external/integrations/",
                           "/api/v1/external/integrations//", "/api/v1/external/integrations-bulk",
                           "/api/v1/external/integrations-bulk/"})
    BOOST_TEST(account(base + path) == base, path);
  for (const auto* path :
       {"/x", "/api", "/api/v1", "/api/v1/external/integrations/1050", "/api/v1/external/integrationsx",
        "/api/v1/external/integrations-bulk/1", "/api/v1/external/alerts", "/x/api/v1/external/integrations",
        "/../api/v1/external/integrations/.."})
    BOOST_TEST(account(base + path) == "usage", path);
}

BOOST_AUTO_TEST_CASE(a_refused_url_is_reported_with_the_reason_and_without_control_bytes) {
  static const auto regions = hookferry::RegionTable::builtin();
  try {
    hookferry::find_account("http://a.test/\x1b[2J", "", {}, regions);
    BOOST_ERROR("accepted");
  } catch (const hookferry::Failure& failure) {
    BOOST_TEST(std::string(failure.what()).find('\x1b') == std::string::npos);
    BOOST_TEST(std::string(failure.what()).find("http://a.test/") != std::string::npos);
    BOOST_TEST(!failure.hint.empty());
  }
  BOOST_CHECK_EXCEPTION(hookferry::find_account("http://a.test", "", {}, regions), hookferry::Failure,
                        [](const auto& failure) { return failure.hint.find("https") != std::string::npos; });
}

BOOST_AUTO_TEST_CASE(the_path_of_an_address_says_which_api_it_is) {
  using hookferry::accounts::ApiChoice;
  static const auto regions = hookferry::RegionTable::builtin();
  const auto choice = [](const std::string& url) {
    return hookferry::find_account(url, "", {}, regions).choice;
  };
  BOOST_TEST((choice("https://a.test") == ApiChoice::automatic));
  BOOST_TEST((choice("https://a.test/") == ApiChoice::automatic));
  BOOST_TEST((choice("https://a.test/api/v1/external") == ApiChoice::v1));
  BOOST_TEST((choice("https://a.test/api/v1/external/integrations/") == ApiChoice::v1));
  BOOST_TEST((choice("https://a.test/mgmt/openapi/5/") == ApiChoice::v5));
  BOOST_TEST(account("https://a.test/mgmt/openapi/4") == "usage");
}

BOOST_AUTO_TEST_CASE(a_region_has_a_host_for_each_api) {
  static const auto regions = hookferry::RegionTable::builtin();
  const auto us1 = hookferry::find_account("us1", "", {}, regions);
  BOOST_TEST(us1.endpoint.host == "api.coralogix.us");
  BOOST_TEST(us1.newer_endpoint.host == "api.us1.coralogix.com");
}

BOOST_AUTO_TEST_CASE(one_webhook_in_two_lists_shows_one_account) {
  const auto webhook = [](hookferry::webhook::Form form, const std::string& uuid, std::int64_t created) {
    hookferry::webhook::Webhook out;
    out.form = form;
    out.uuid = uuid;
    out.id = 7;
    out.identity = {"ops", 0};
    out.created_at = created;
    return std::vector{out};
  };
  using enum hookferry::webhook::Form;
  const auto one = webhook(v5, "u-1", 5);
  BOOST_TEST(hookferry::accounts::show_one_webhook(one, webhook(v5, "u-1", 6)));
  BOOST_TEST(!hookferry::accounts::show_one_webhook(one, webhook(v5, "u-2", 5)));
  BOOST_TEST(hookferry::accounts::show_one_webhook(one, webhook(v1, "", 5)));
  BOOST_TEST(!hookferry::accounts::show_one_webhook(one, webhook(v1, "", 6)));
  BOOST_TEST(!hookferry::accounts::show_one_webhook(webhook(v1, "", 5), webhook(v1, "", 5)));
}

BOOST_AUTO_TEST_SUITE_END()
