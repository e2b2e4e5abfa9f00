#include "region/table.hpp"

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

#include "core/failure.hpp"
#include "support/rooms.hpp"

using hookferry::RegionTable;

namespace {

/// A table of one sound region, with `more` behind its members and `regions` behind the region.
std::string table(const std::string& more = "", const std::string& regions = "") {
  return R"({"regions":[{"code":"aa1","name":"Aland","cloud":"X","domain":"aa1.test","older_domains":["old.test"],)"
         R"("services":{"api":{"guide":"api.old.test","domain":"api.aa1.test"}})" +
         more + "}" + regions + "]}";
}

std::string second(const std::string& code, const std::string& domain, const std::string& api) {
  return R"(,{"code":")" + code + R"(","domain":")" + domain + R"(","services":{"api":{"domain":")" + api +
         R"("}}})";
}

std::string failure_of(const std::string& json) {
  try {
    RegionTable::parse(json, "my.json");
  } catch (const hookferry::Failure& failure) {
    BOOST_TEST((failure.cause == hookferry::Cause::configuration));
    return failure.what();
  }
  return "no failure";
}

std::string code_of(const hookferry::Region* region) { return region == nullptr ? "-" : region->code; }

}  // namespace

BOOST_AUTO_TEST_SUITE(region_table)

BOOST_AUTO_TEST_CASE(the_built_in_table_has_the_nine_regions) {
  struct Expected {
    std::string code, name, cloud, domain, api_host, team_suffix;
  };
  const std::vector<Expected> expected = {
      {"eu1", "Europe", "AWS eu-west-1", "eu1.coralogix.com", "api.coralogix.com", "coralogix.com"},
      {"eu2", "Sweden", "AWS eu-north-1", "eu2.coralogix.com", "api.eu2.coralogix.com",
       "app.eu2.coralogix.com"},
      {"us1", "US", "AWS us-east-2", "us1.coralogix.com", "api.coralogix.us", "app.coralogix.us"},
      {"us2", "", "AWS us-west-2", "us2.coralogix.com", "api.us2.coralogix.com", "app.cx498.coralogix.com"},
      {"us3", "", "GCP us-central1", "us3.coralogix.com", "api.us3.coralogix.com", "app.us3.coralogix.com"},
      {"ap1", "India", "AWS ap-south-1", "ap1.coralogix.com", "api.app.coralogix.in", "app.coralogix.in"},
      {"ap2", "Singapore", "AWS ap-southeast-1", "ap2.coralogix.com", "api.coralogixsg.com",
       "app.coralogixsg.com"},
      {"ap3", "", "AWS ap-southeast-3", "ap3.coralogix.com", "api.ap3.coralogix.com",
       "app.ap3.coralogix.com"},
      {"gov1", "", "AWS us-gov-west-1", "gov1.coralogixgov.us", "api.gov1.coralogixgov.us",
       "app.gov1.coralogixgov.us"},
  };
  const auto builtin = RegionTable::builtin();
  BOOST_TEST_REQUIRE(builtin.regions().size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& region = builtin.regions()[i];
    BOOST_TEST(region.code == expected[i].code);
    BOOST_TEST(region.name == expected[i].name);
    BOOST_TEST(region.cloud == expected[i].cloud);
    BOOST_TEST(region.domain == expected[i].domain);
    BOOST_TEST(region.domains.at(0) == expected[i].domain);
    BOOST_TEST(region.api_host() == expected[i].api_host);
    BOOST_TEST(region.newer_api_host() == "api." + region.domain);
    BOOST_TEST(region.team_suffixes.at(0) == expected[i].team_suffix);
    BOOST_TEST(region.private_host == "api.private." + expected[i].domain);
    BOOST_TEST(region.services.size() == 4u);
  }
}

BOOST_AUTO_TEST_CASE(a_region_is_found_by_code_name_domain_and_host_in_any_letter_case) {
  const auto builtin = RegionTable::builtin();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"eu1", "eu1"},
      {"EU2", "eu2"},
      {"sweden", "eu2"},
      {"Singapore", "ap2"},
      {"us", "us1"},
      {"eu2.coralogix.com", "eu2"},
      {"coralogix.com", "eu1"},
      {"Coralogix.US", "us1"},
      {"coralogix.in", "ap1"},
      {"app.coralogix.in", "ap1"},
      {"cx498.coralogix.com", "us2"},
      {"gov1.coralogixgov.us", "gov1"},
      {"api.coralogix.us", "us1"},
      {"API.us1.coralogix.com", "us1"},
      {"api.cx498.coralogix.com", "us2"},
      {"api.app.eu2.coralogix.com", "eu2"},
      {"api.app.coralogixsg.com", "ap2"},
      {"ingress.app.coralogix.in", "ap1"},
      {"", "-"},
      {"eu", "-"},
      {"eu11", "-"},
      {"api.coralogix.com.", "-"},
      {"https://api.coralogix.com", "-"},
      {"api.private.eu1.coralogix.com", "-"},
      {"team.coralogix.com", "-"},
  };
  for (const auto& [name, code] : cases) BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(code_of(builtin.find(name)) == code);
    }
}

BOOST_AUTO_TEST_CASE(by_host_only_service_hosts_are_found) {
  const auto builtin = RegionTable::builtin();
  BOOST_TEST(code_of(builtin.find_by_host("Ingress.coralogix.us")) == "us1");
  BOOST_TEST(code_of(builtin.find_by_host("ng-api-grpc.cx498.coralogix.com")) == "us2");
  for (const auto* host :
       {"us1", "sweden", "coralogix.com", "eu2.coralogix.com", "xapi.coralogix.com", "www.coralogix.com", ""})
    BOOST_TEST_CONTEXT(host) { BOOST_TEST(code_of(builtin.find_by_host(host)) == "-"); }
}

BOOST_AUTO_TEST_CASE(a_table_of_ones_own_may_leave_out_what_a_region_has_not) {
  const auto own = RegionTable::parse(table("", second("bb2", "bb2.test", "API.bb2.test")), "my.json");
  const auto odd = RegionTable::parse(table(R"(,"private_host":"0a-9z_b.Zz.test")"), "my.json");
  BOOST_TEST(odd.regions().at(0).private_host == "0a-9z_b.zz.test");
  BOOST_TEST(own.regions().at(1).name == "");
  BOOST_TEST(own.regions().at(1).api_host() == "api.bb2.test");
  BOOST_TEST(own.regions().at(1).private_host == "");
  BOOST_TEST(code_of(own.find("old.test")) == "aa1");
}

BOOST_AUTO_TEST_CASE(a_mistake_in_a_table_is_reported_with_its_place) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "my.json: not JSON: line 1"},
      {"[]", "my.json: an object is expected"},
      {"{}", "my.json: \"regions\" is missing"},
      {R"({"regions":{}})", "my.json: regions: an array is expected"},
      {R"({"regions":[]})", "my.json: regions: at least one"},
      {R"({"regions":[],"region":[]})", "my.json: region: no such member"},
      {R"({"regions":[7]})", "my.json: regions[0]: an object is expected"},
      {R"({"regions":[{"code":1}]})", "my.json: regions[0].code: a string is expected"},
      {R"({"regions":[{"code":""}]})", "my.json: regions[0].code: a string that is not empty"},
      {R"({"regions":[{"code":"x"}]})", "my.json: regions[0]: \"domain\" is missing"},
      {R"({"regions":[{"code":"x","domain":"x.test","services":{}}]})",
       "regions[0].services: \"api\" is missing"},
      {R"({"regions":[{"code":"x","domain":"x.test","services":{"api":{}}}]})",
       "regions[0].services.api: \"domain\" is missing"},
      {R"({"regions":[{"code":"x","domain":"x.test","services":{"api":{"domain":"a.test","guid":"b"}}}]})",
       "regions[0].services.api.guid: no such member"},
      {table(R"(,"code":"zz9")"), "regions[0].code: stands there twice"},
      {table(R"(,"team_suffixes":["ok.test","https://x.test"])"), "regions[0].team_suffixes[1]: a host name"},
      {table(R"(,"private_host":"x.test:80")"), "regions[0].private_host: a host name"},
      {table(R"(,"private_host":"x.test.")"), "regions[0].private_host: a host name"},
      {table(R"(,"private_host":"x..test")"), "regions[0].private_host: a host name"},
      {table(R"(,"private_host":"x\u001b[2J")"), "\\x1b[2j"},
      {table("", second("AA1", "bb2.test", "api.bb2.test")),
       "regions[1]: a second region with the code \"aa1\""},
      {table("", second("bb2", "OLD.test", "api.bb2.test")),
       "regions[1]: \"old.test\" belongs to region \"aa1\""},
      {table("", second("bb2", "bb2.test", "api.old.test")), "\"api.old.test\" belongs to region \"aa1\""},
      {table("", second("aland", "bb2.test", "api.bb2.test")), "\"aland\" belongs to region \"aa1\""},
  };
  for (const auto& [json, expected] : cases) {
    const auto found = failure_of(json);
    BOOST_TEST(found.find(expected) != std::string::npos,
               json << "\n gives: " << found << "\n expected: " << expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()
