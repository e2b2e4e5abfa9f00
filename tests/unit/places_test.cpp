#include "accounts/places.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.hpp"

namespace {

using hookferry::Config;
using hookferry::Exit;

const hookferry::RegionTable& regions() {
  static const auto table = hookferry::RegionTable::builtin();
  return table;
}

const Config& no_config() {
  static const Config config;
  return config;
}

Config configured(const std::string& text) { return hookferry::parse_config(text, "my.ini", {}); }

/// "URL region", with "-" for a region that is not known.
std::string place(const std::string& name, const Config& config = no_config(),
                  const std::string& region = {}) {
  const auto found = hookferry::find_account(name, region, config, regions());
  return found.endpoint.url() + " " + (found.region != nullptr ? found.region->code : "-");
}

struct Case {
  std::string name, expected;
};

void check_places(const std::vector<Case>& cases, const Config& config = no_config()) {
  for (const auto& [name, expected] : cases) BOOST_TEST_CONTEXT(name) {
      BOOST_TEST(place(name, config) == expected);
    }
}

void check_refused(const std::string& name, const Config& config, const std::string& region, Exit code,
                   const std::vector<std::string_view>& parts) {
  BOOST_TEST_CONTEXT(name) {
    try {
      place(name, config, region);
      BOOST_ERROR("accepted");
    } catch (const hookferry::Failure& failure) {
      const std::string what = failure.what();
      BOOST_TEST(static_cast<int>(failure.code) == static_cast<int>(code));
      BOOST_TEST(what.find_first_of("\n\x1b") == std::string::npos);
      BOOST_TEST(!failure.hint.empty());
      for (const auto part : parts) BOOST_TEST(what.find(part) != std::string::npos, what << " / " << part);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(accounts)

BOOST_AUTO_TEST_CASE(a_region_is_called_at_the_guides_host_where_the_guide_lists_it) {
  check_places({{"eu1", "https://api.coralogix.com eu1"},
                {"eu2", "https://api.eu2.coralogix.com eu2"},
                {"us1", "https://api.coralogix.us us1"},
                {"ap1", "https://api.app.coralogix.in ap1"},
                {"ap2", "https://api.coralogixsg.com ap2"}});
}

BOOST_AUTO_TEST_CASE(another_region_is_called_at_its_domain) {
  check_places({{"us2", "https://api.us2.coralogix.com us2"},
                {"us3", "https://api.us3.coralogix.com us3"},
                {"ap3", "https://api.ap3.coralogix.com ap3"},
                {"gov1", "https://api.gov1.coralogixgov.us gov1"}});
}

BOOST_AUTO_TEST_CASE(a_region_is_known_by_the_guides_name_and_by_any_domain) {
  const std::string sweden = "https://api.eu2.coralogix.com eu2";
  check_places({{"sweden", sweden},
                {"Sweden", sweden},
                {"EU2", sweden},
                {"eu2.coralogix.com", sweden},
                {"EU2.Coralogix.com", sweden},
                {"europe", "https://api.coralogix.com eu1"},
                {"eu1.coralogix.com", "https://api.coralogix.com eu1"},
                {"coralogix.us", "https://api.coralogix.us us1"},
                {"us1.coralogix.com", "https://api.coralogix.us us1"},
                {"US", "https://api.coralogix.us us1"},
                {"india", "https://api.app.coralogix.in ap1"},
                {"singapore", "https://api.coralogixsg.com ap2"},
                {"gov1.coralogixgov.us", "https://api.gov1.coralogixgov.us gov1"}});
}

BOOST_AUTO_TEST_CASE(a_url_is_called_where_it_points_and_its_host_tells_the_region) {
  check_places({
      {"https://api.coralogix.us", "https://api.coralogix.us us1"},
      {"https://api.us1.coralogix.com", "https://api.us1.coralogix.com us1"},
      {"https://API.US1.Coralogix.com:443/", "https://api.us1.coralogix.com us1"},
      {"https://api.cx498.coralogix.com/api/v1/external/integrations/",
       "https://api.cx498.coralogix.com us2"},
      {"https://gateway.example.com:8443/", "https://gateway.example.com:8443 -"},
      {"https://api.coralogix.us.evil.test", "https://api.coralogix.us.evil.test -"},
      {"http://[::1]:8080", "http://[::1]:8080 -"},
  });
}

BOOST_AUTO_TEST_CASE(a_section_goes_before_a_region_and_a_url) {
  const auto config = configured(
      "[eu1]\nregion = us1\n[sweden]\nurl = http://localhost:8080/\n[https://a.test]\nregion = ap1\n"
      "[production]\nregion = Sweden\n[domain]\nregion = us1.coralogix.com\n");
  check_places({{"eu1", "https://api.coralogix.us us1"},
                {"sweden", "http://localhost:8080 -"},
                {"https://a.test", "https://api.app.coralogix.in ap1"},
                {"production", "https://api.eu2.coralogix.com eu2"},
                {"domain", "https://api.coralogix.us us1"},
                {"eu2", "https://api.eu2.coralogix.com eu2"},
                {"Sweden", "https://api.eu2.coralogix.com eu2"}},
               config);
}

BOOST_AUTO_TEST_CASE(in_a_section_the_url_says_where_and_the_region_says_what) {
  const auto config = configured(
      "[both]\nregion = eu2\nurl = https://gateway.example.com\n[url]\nurl = https://api.coralogixsg.com\n"
      "[unknown]\nurl = https://gateway.example.com/api/v1/external/integrations-bulk\n");
  check_places({{"both", "https://gateway.example.com eu2"},
                {"url", "https://api.coralogixsg.com ap2"},
                {"unknown", "https://gateway.example.com -"}},
               config);
}

BOOST_AUTO_TEST_CASE(a_place_remembers_its_name_and_its_section) {
  const auto config = configured("[production]\nregion = eu1\nca-file = x.pem\n");
  const auto section = hookferry::find_account("production", "", config, regions());
  BOOST_TEST(section.label == "production");
  BOOST_REQUIRE(section.section != nullptr);
  BOOST_TEST(section.section->at("ca-file").value == "x.pem");
  const auto region = hookferry::find_account("Sweden", "", config, regions());
  BOOST_TEST(region.label == "Sweden");
  BOOST_TEST(region.section == nullptr);
}

BOOST_AUTO_TEST_CASE(what_is_no_account_is_a_usage_error_with_the_nearest_name) {
  const auto config = configured("[production]\nregion = eu1\n");
  check_refused("prodution", config, "", Exit::usage, {"\"prodution\"", "did you mean production?"});
  check_refused("eu9", config, "", Exit::usage, {"\"eu9\"", "did you mean eu"});
  for (const auto* name : {"", " ", "Production ", "mars-colony", "evil.test", "api.coralogix.us.evil.test",
                           "team.app.coralogix.us", "a.test:443", "localhost:8080", "defaults"})
    check_refused(name, config, "", Exit::usage, {"is no account"});
  check_refused("a\x1b[2J\nb", config, "", Exit::usage, {"is no account"});
  for (const auto* url : {"ftp://a.test", "https://", "://", "http://a.test", "https://a.test/other/path"})
    check_refused(url, config, "", Exit::usage, {url});
}

BOOST_AUTO_TEST_CASE(a_section_that_makes_no_sense_is_a_configuration_error_with_file_and_line) {
  check_refused("x", configured("[x]\napi-key-env = K\n"), "", Exit::configuration, {"[x]", "region", "url"});
  check_refused("x", configured("[x]\n\nregion = eu9\n"), "", Exit::configuration, {"my.ini:3", "\"eu9\""});
  check_refused("x", configured("[x]\nregion =\n"), "", Exit::configuration, {"my.ini:2"});
  check_refused("x", configured("[x]\nregion = swedn\n"), "", Exit::configuration, {"my.ini:2", "swedn"});
  for (const auto* url : {"http://a.test", "a.test", "https://a.test/x", "https://a.test:99999"})
    check_refused("x", configured("[x]\n# y\nurl = " + std::string(url)), "", Exit::configuration,
                  {"my.ini:3", url});
  check_refused("x", configured("[x]\nregion = eu9\nurl = https://a.test\n"), "", Exit::configuration,
                {"my.ini:2"});
}

BOOST_AUTO_TEST_CASE(the_region_option_says_what_an_account_does_not_say_itself) {
  BOOST_TEST(place("https://gateway.example.com", {}, "Sweden") == "https://gateway.example.com eu2");
  BOOST_TEST(place("eu1", {}, "europe") == "https://api.coralogix.com eu1");
  BOOST_TEST(place("https://api.coralogix.us", {}, "us1") == "https://api.coralogix.us us1");
  check_refused("https://gateway.example.com", {}, "eu9", Exit::usage, {"\"eu9\""});
}

BOOST_AUTO_TEST_CASE(a_region_option_that_contradicts_the_account_is_a_usage_error) {
  check_refused("eu1", {}, "us1", Exit::usage, {"eu1", "us1"});
  check_refused("https://api.coralogix.us", {}, "eu1", Exit::usage, {"us1", "eu1"});
  check_refused("x", configured("[x]\nregion = ap1\n"), "ap2", Exit::usage, {"x", "ap1", "ap2"});
}

BOOST_AUTO_TEST_CASE(a_source_is_a_file_by_its_name_or_by_being_there) {
  const auto config = configured("[production]\nregion = eu1\n");
  const auto is_file = [&](const std::string& name) {
    return hookferry::is_file_source(name, config, regions());
  };
  for (const auto* name :
       {"-", "webhooks.json", "not/there.json", ".json", HOOKFERRY_SOURCE_DIR "/README.md"})
    BOOST_TEST(is_file(name), name);
  for (const auto* name :
       {"production", "eu1", "Sweden", "https://a.test", "not-there", "webhooks.json.bak", ""})
    BOOST_TEST(!is_file(name), name);
}

BOOST_AUTO_TEST_CASE(a_region_is_found_by_name_or_told_with_the_option_that_named_it) {
  BOOST_TEST(hookferry::find_region("INDIA", regions(), "--source-region").code == "ap1");
  BOOST_CHECK_EXCEPTION(hookferry::find_region("idnia", regions(), "--source-region"), hookferry::Failure,
                        [](const hookferry::Failure& failure) {
                          const std::string what = failure.what();
                          return failure.code == Exit::usage && what.starts_with("--source-region") &&
                                 what.find("\"idnia\"") != std::string::npos;
                        });
}

BOOST_AUTO_TEST_SUITE_END()
