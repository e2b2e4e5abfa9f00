#include "net/endpoint.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

#include "core/failure.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::net;

namespace {

Endpoint server(const std::string& host, std::uint16_t port = 443) {
  Endpoint out;
  out.host = host;
  out.port = port;
  return out;
}

using Variables = std::map<std::string, std::string>;

std::string chosen(const Endpoint& endpoint, const std::string& named, const Variables& variables) {
  const auto proxy = choose_proxy(endpoint, named, "--proxy", [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
  return proxy ? proxy->endpoint.url() : "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_choice)

BOOST_AUTO_TEST_CASE(a_proxy_is_a_url_with_or_without_scheme_and_credentials) {
  struct Case {
    std::string text, url, credentials;
  };
  for (const auto& c : std::vector<Case>{
           {"http://proxy.test:3128", "http://proxy.test:3128", ""},
           {"proxy.test:3128", "http://proxy.test:3128", ""},
           {"proxy.test", "http://proxy.test", ""},
           {"HTTPS://Proxy.Test/", "https://proxy.test", ""},
           {"http://u:p@proxy.test:3128/", "http://proxy.test:3128", "u:p"},
           {"u:p@proxy.test:3128", "http://proxy.test:3128", "u:p"},
           {"http://u@proxy.test", "http://proxy.test", "u:"},
           {"http://u:a%40b%3A%2F@proxy.test", "http://proxy.test", "u:a@b:/"},
           {"http://u:p@ss@proxy.test", "http://proxy.test", "u:p@ss"},
           {"http://u:a:b@proxy.test", "http://proxy.test", "u:a:b"},
           {"http://[::1]:3128", "http://[::1]:3128", ""},
       })
    BOOST_TEST_CONTEXT(c.text) {
      std::string error;
      const auto proxy = parse_proxy(c.text, error);
      BOOST_REQUIRE_MESSAGE(proxy, error);
      BOOST_TEST(proxy->endpoint.url() == c.url);
      BOOST_TEST(proxy->credentials.reveal() == c.credentials);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_proxy_is_refused_without_being_shown) {
  for (const std::string text :
       {"", "socks5://EXAMPLE:EXAMPLE@proxy.test", "http://", "http://EXAMPLE:EXAMPLE@",
        "http://proxy.test:0", "http://proxy.test:99999", "http://EXAMPLE:EXAMPLE@proxy.test/EXAMPLE",
        "http://EXAMPLE:%zz@proxy.test", "http://EXAMPLE:%4@proxy.test", "http://:EXAMPLE@proxy.test",
        "http://a%3Ab:EXAMPLE@proxy.test", "http://u:%0d%0aEXAMPLE@proxy.test", "http://proxy.test?EXAMPLE",
        "http://proxy test"})
    BOOST_TEST_CONTEXT(text) {
      std::string error;
      BOOST_TEST(!parse_proxy(text, error).has_value());
      BOOST_TEST(error != "");
      BOOST_TEST(error.find("EXAMPLE") == std::string::npos, error);
      BOOST_CHECK_EXCEPTION(
          chosen(server("a.test"), "", {{"HTTPS_PROXY", text.empty() ? "socks://x" : text}}), Failure,
          [](const Failure& failure) {
            const std::string told = failure.what() + failure.hint;
            return failure.cause == Cause::configuration && told.starts_with("HTTPS_PROXY: ") &&
                   told.find("EXAMPLE") == std::string::npos;
          });
    }
}

BOOST_AUTO_TEST_CASE(no_proxy_exempts_hosts_suffixes_ports_addresses_and_networks) {
  struct Case {
    std::string no_proxy, host;
    std::uint16_t port;
    bool exempt;
  };
  for (const auto& c : std::vector<Case>{
           {"", "a.test", 443, false},
           {"*", "a.test", 443, true},
           {"b.test, *", "a.test", 443, true},
           {"*.test", "a.test", 443, true},
           {"a.test", "a.test", 443, true},
           {"a.test", "x.a.test", 443, true},
           {"a.test", "xa.test", 443, false},
           {"a.test", "a.test.evil", 443, false},
           {".a.test", "x.a.test", 443, true},
           {".a.test", "a.test", 443, true},
           {".a.test", "xa.test", 443, false},
           {"*.a.test", "x.y.a.test", 443, true},
           {"A.TEST", "a.test", 443, true},
           {"a.test.", "a.test", 443, true},
           {"a.test", "a.test.", 443, true},
           {"test", "a.test", 443, true},
           {"b.test,a.test", "a.test", 443, true},
           {"b.test a.test", "a.test", 443, true},
           {" , ,a.test,", "a.test", 443, true},
           {",", "a.test", 443, false},
           {".", "a.test", 443, false},
           {"*.", "a.test", 443, false},
           {"a.test:443", "a.test", 443, true},
           {"a.test:8443", "a.test", 443, false},
           {".a.test:8443", "x.a.test", 8443, true},
           {"10.0.0.1", "10.0.0.1", 443, true},
           {"10.0.0.1", "10.0.0.10", 443, false},
           {"0.0.1", "10.0.0.1", 443, false},
           {"10.0.0.1:8443", "10.0.0.1", 443, false},
           {"10.0.0.0/8", "10.255.0.1", 443, true},
           {"10.0.0.0/8", "11.0.0.1", 443, false},
           {"10.1.2.3/8", "10.255.0.1", 443, true},
           {"192.168.1.0/25", "192.168.1.127", 443, true},
           {"192.168.1.0/25", "192.168.1.128", 443, false},
           {"0.0.0.0/0", "1.2.3.4", 443, true},
           {"10.0.0.0/33", "10.0.0.1", 443, false},
           {"10.0.0.0/8", "10.a.test", 443, false},
           {"10.0.0.0/8", "fd00::1", 443, false},
           {"fd00::/8", "fd12::1", 443, true},
           {"fd00::/8", "fe80::1", 443, false},
           {"fd00::1", "fd00:0::1", 443, true},
           {"[fd00::1]", "fd00::1", 443, true},
           {"[fd00::1]:8443", "fd00::1", 8443, true},
           {"[fd00::1]:8443", "fd00::1", 443, false},
           {"FD00::1", "fd00::1", 443, true},
           {"[", "fd00::1", 443, false},
       })
    BOOST_TEST_CONTEXT(c.no_proxy + " and " + c.host + ":" + std::to_string(c.port))
  BOOST_TEST(chosen(server(c.host, c.port), "", {{"no_proxy", c.no_proxy}, {"https_proxy", "p.test"}}) ==
             (c.exempt ? "none" : "http://p.test"));
}

BOOST_AUTO_TEST_CASE(what_is_named_goes_before_the_environment_and_the_environment_has_an_order) {
  const Variables all = {{"https_proxy", "l.test"},    {"HTTPS_PROXY", "u.test"},
                         {"all_proxy", "la.test"},     {"ALL_PROXY", "ua.test"},
                         {"http_proxy", "never.test"}, {"HTTP_PROXY", "never.test"}};
  const auto without = [&](const std::vector<std::string>& names, bool empty = false) {
    auto out = all;
    for (const auto& name : names) empty ? void(out[name] = "") : void(out.erase(name));
    return out;
  };
  const auto a = server("a.test");
  BOOST_TEST(chosen(a, "n.test", all) == "http://n.test");
  BOOST_TEST(chosen(a, "direct", all) == "none");
  BOOST_TEST(chosen(a, "", all) == "http://l.test");
  BOOST_TEST(chosen(a, "", without({"https_proxy"}, true)) == "http://u.test");
  BOOST_TEST(chosen(a, "", without({"https_proxy", "HTTPS_PROXY"})) == "http://la.test");
  BOOST_TEST(chosen(a, "", without({"https_proxy", "HTTPS_PROXY", "all_proxy"})) == "http://ua.test");
  BOOST_TEST(chosen(a, "", without({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})) == "none");
  for (const std::string name : {"no_proxy", "NO_PROXY"}) {
    auto exempt = all;
    exempt[name] = "a.test";
    BOOST_TEST(chosen(a, "", exempt) == "none");
    BOOST_TEST(chosen(server("b.test"), "", exempt) == "http://l.test");
    BOOST_TEST(chosen(a, "n.test", exempt) == "http://n.test");
  }
}

BOOST_AUTO_TEST_CASE(loopback_goes_through_no_proxy_unless_one_is_named) {
  const Variables variables = {{"HTTPS_PROXY", "u.test"}};
  for (const std::string host : {"127.0.0.1", "127.9.9.9", "localhost", "::1"}) {
    BOOST_TEST(chosen(server(host), "", variables) == "none");
    BOOST_TEST(chosen(server(host), "n.test", variables) == "http://n.test");
  }
  BOOST_TEST(chosen(server("127.0.0.1.evil.test"), "", variables) == "http://u.test");
}

BOOST_AUTO_TEST_SUITE_END()
