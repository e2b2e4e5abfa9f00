#include "region/rewrites.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/build.hpp"
#include "support/rooms.hpp"

using hookferry::HostRewrites;

namespace {

const hookferry::RegionTable& regions() {
  static const auto table = hookferry::RegionTable::builtin();
  return table;
}

HostRewrites rewrites(std::string_view from, std::string_view to) {
  return HostRewrites::between(*regions().find(from), *regions().find(to));
}

std::string rewritten(std::string_view text, const HostRewrites& hosts) {
  return hookferry::json::apply(text, hookferry::rewrite_hosts(text, hosts));
}

std::string eu1_to_us1(std::string_view text) { return rewritten(text, rewrites("eu1", "us1")); }

/// Every host of every service, written out here once more by hand: what follows the service's name in it.
struct Row {
  std::string region;
  std::vector<std::string> services;
  std::string for_guide;                             // what a host in the guide's form gets in this region
  std::string for_domain;                            // what one in the domain form gets
  std::vector<std::string> guide_like, domain_like;  // what is read as the one form or the other
};

const std::vector<std::string> all = {"api", "ingress", "ng-api-http", "ng-api-grpc"};
const std::vector<std::string> all_but_api = {"ingress", "ng-api-http", "ng-api-grpc"};
const std::vector<std::string> all_but_ingress = {"api", "ng-api-http", "ng-api-grpc"};

// clang-format off
const std::vector<Row> rows = {
    {"eu1", all, "coralogix.com", "eu1.coralogix.com", {"coralogix.com"}, {"eu1.coralogix.com"}},
    {"eu2", {"api"}, "eu2.coralogix.com", "eu2.coralogix.com", {"eu2.coralogix.com", "app.eu2.coralogix.com"}, {}},
    {"eu2", all_but_api, "eu2.coralogix.com", "eu2.coralogix.com", {"eu2.coralogix.com"}, {}},
    {"us1", all, "coralogix.us", "us1.coralogix.com", {"coralogix.us"}, {"us1.coralogix.com"}},
    {"us2", all, "us2.coralogix.com", "us2.coralogix.com", {"cx498.coralogix.com"}, {"us2.coralogix.com"}},
    {"us3", all, "us3.coralogix.com", "us3.coralogix.com", {}, {"us3.coralogix.com"}},
    {"ap1", all_but_ingress, "app.coralogix.in", "ap1.coralogix.com", {"app.coralogix.in", "coralogix.in"}, {"ap1.coralogix.com"}},
    {"ap1", {"ingress"}, "coralogix.in", "ap1.coralogix.com", {"coralogix.in", "app.coralogix.in"}, {"ap1.coralogix.com"}},
    {"ap2", {"api"}, "coralogixsg.com", "ap2.coralogix.com", {"coralogixsg.com", "app.coralogixsg.com"}, {"ap2.coralogix.com"}},
    {"ap2", all_but_api, "coralogixsg.com", "ap2.coralogix.com", {"coralogixsg.com"}, {"ap2.coralogix.com"}},
    {"ap3", all, "ap3.coralogix.com", "ap3.coralogix.com", {}, {"ap3.coralogix.com"}},
    {"gov1", all, "gov1.coralogixgov.us", "gov1.coralogixgov.us", {}, {"gov1.coralogixgov.us"}},
};
// clang-format on

void check_pair(const Row& from, const Row& to, const std::string& service) {
  const auto hosts = rewrites(from.region, to.region);
  const bool same = from.region == to.region;
  const auto check = [&](const std::string& old_rest, const std::string& new_rest) {
    const auto url = [&](const std::string& rest) { return "https://" + service + "." + rest + "/p"; };
    BOOST_TEST(rewritten(url(old_rest), hosts) == url(same ? old_rest : new_rest));
  };
  for (const auto& rest : from.guide_like) check(rest, to.for_guide);
  for (const auto& rest : from.domain_like) check(rest, to.for_domain);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(host_rewrites)

BOOST_AUTO_TEST_CASE(every_host_becomes_the_same_service_of_every_other_region_in_its_form) {
  int pairs = 0;
  for (const auto& from : rows) {
    for (const auto& to : rows) {
      for (const auto& service : from.services) {
        if (std::find(to.services.begin(), to.services.end(), service) == to.services.end()) continue;
        ++pairs;
        BOOST_TEST_CONTEXT(from.region << " to " << to.region << ", " << service) {
          check_pair(from, to, service);
        }
      }
    }
  }
  BOOST_TEST(pairs == 9 * 9 * 4);
}

BOOST_AUTO_TEST_CASE(hosts_of_other_regions_stay) {
  for (const auto& row : rows) {
    if (row.region == "eu1") continue;
    for (const auto& service : row.services) {
      for (const auto& rest : row.guide_like)
        BOOST_TEST(eu1_to_us1("https://" + service + "." + rest) == "https://" + service + "." + rest);
      for (const auto& rest : row.domain_like)
        BOOST_TEST(eu1_to_us1("https://" + service + "." + rest) == "https://" + service + "." + rest);
    }
  }
}

BOOST_AUTO_TEST_CASE(within_one_region_nothing_is_rewritten) { BOOST_TEST(rewrites("eu1", "eu1").empty()); }

BOOST_AUTO_TEST_CASE(only_the_host_of_a_url_changes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"https://api.coralogix.com", "https://api.coralogix.us"},
      {"HTTPS://API.Coralogix.COM/Path", "HTTPS://api.coralogix.us/Path"},
      {"https://api.coralogix.com.", "https://api.coralogix.us."},
      {"https://api.coralogix.com.:443/x", "https://api.coralogix.us.:443/x"},
      {"http://u:p@api.coralogix.com:8443/a?b=c#d", "http://u:p@api.coralogix.us:8443/a?b=c#d"},
      {"https://x.test/?u=https://api.coralogix.com/&v", "https://x.test/?u=https://api.coralogix.us/&v"},
      {"Call https://api.coralogix.com/x, then (https://ingress.eu1.coralogix.com).",
       "Call https://api.coralogix.us/x, then (https://ingress.us1.coralogix.com)."},
      {"wss://ng-api-http.coralogix.com", "wss://ng-api-http.coralogix.us"},
      {R"(https:\/\/api.coralogix.com\/x)", R"(https:\/\/api.coralogix.us\/x)"},
      {"//api.coralogix.com/x", "//api.coralogix.us/x"},
      {"api.coralogix.com", "api.coralogix.us"},
      {"api.coralogix.com:443/x", "api.coralogix.us:443/x"},
      {"ü→https://api.coralogix.com/ü", "ü→https://api.coralogix.us/ü"},
  };
  for (const auto& [text, expected] : cases) BOOST_TEST(eu1_to_us1(text) == expected);
}

BOOST_AUTO_TEST_CASE(what_only_resembles_a_service_host_stays) {
  for (const std::string text : {"https://api.coralogix.com.evil.test/",
                                 "https://xapi.coralogix.com/",
                                 "https://x.api.coralogix.com/",
                                 "https://api-coralogix.com/",
                                 "https://api.coralogix.com_/",
                                 "https://api.coralogix.community/",
                                 "https://api.coralogix.comé/",
                                 "https://api%2Ecoralogix.com/",
                                 "https://evil.test/api.coralogix.com/",
                                 "https://evil.test/?host=api.coralogix.com",
                                 "https://evil.test/#api.coralogix.com",
                                 "https://evil.test?//api.coralogix.com",
                                 "https://api.coralogix.com@evil.test/",
                                 "https://api.coralogix.com:443@evil.test/",
                                 "https://evil.test\\@api.coralogix.com",
                                 "api.coralogix.com is down",
                                 "mail ops@api.coralogix.com",
                                 "https://coralogix.com/",
                                 "https://www.coralogix.com/",
                                 "https://docs.coralogix.com/",
                                 "https://myteam.coralogix.com/#/alerts",
                                 "https://api.private.eu1.coralogix.com/",
                                 "https:/api.coralogix.com",
                                 "https://[api.coralogix.com]/",
                                 "https:///api.coralogix.com",
                                 ""})
    BOOST_TEST(eu1_to_us1(text) == text);
}

BOOST_AUTO_TEST_CASE(a_rewrite_of_ones_own_overrides_the_regions) {
  auto hosts = rewrites("eu1", "us1");
  hosts.add("API.coralogix.com", "proxy.test");
  hosts.add("hooks.mine.test.", "hooks.other.test");
  hosts.add("ingress.coralogix.com", "ingress.coralogix.com");
  BOOST_TEST(rewritten("https://api.coralogix.com/x", hosts) == "https://proxy.test/x");
  BOOST_TEST(rewritten("https://HOOKS.mine.test/x", hosts) == "https://hooks.other.test/x");
  BOOST_TEST(rewritten("https://Ingress.coralogix.com/x", hosts) == "https://Ingress.coralogix.com/x");
  BOOST_TEST(rewritten("https://api.eu1.coralogix.com/x", hosts) == "https://api.us1.coralogix.com/x");
  BOOST_TEST((hosts.find("Api.Coralogix.Com") != nullptr));
  BOOST_TEST((hosts.find("coralogix.com") == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()
