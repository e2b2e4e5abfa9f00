#include "ledger/destination.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <vector>

#include "accounts/places.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using hookferry::AccountIdentity;
using hookferry::company_of;
using hookferry::file_names;
using hookferry::key_digest;
using hookferry::same_account;
using hookferry::Secret;
using hookferry::Webhook;
using hookferry::test::parse_webhook;

namespace {

const hookferry::RegionTable& regions() {
  static const auto table = hookferry::RegionTable::builtin();
  return table;
}

std::string server(const std::string& url) {
  std::string error;
  const auto parsed = hookferry::net::parse_url(url, error);
  BOOST_REQUIRE_MESSAGE(parsed.has_value(), url << ": " << error);
  return hookferry::server_of(parsed->endpoint, regions());
}

AccountIdentity identity(const std::string& url, const std::string& key) {
  std::string error;
  const auto server = hookferry::server_of(hookferry::net::parse_url(url, error)->endpoint, regions());
  return {.server = server, .key = key_digest(server, key), .company = {}};
}

std::string company(const std::vector<std::string>& webhooks) {
  std::vector<Webhook> read;
  for (const auto& text : webhooks) read.push_back(parse_webhook(text));
  return company_of(read);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(account_identity)

/// Where the machine has no address beside 127.0.0.1, there is nothing to compare.
BOOST_AUTO_TEST_CASE(every_address_of_this_machine_is_one_server) {
  const auto endpoint = [](const std::string& host) {
    std::string error;
    return hookferry::net::parse_url("https://" + host + ":8443", error)->endpoint;
  };
  const auto local = endpoint("127.0.0.1");
  ifaddrs* all = nullptr;
  BOOST_REQUIRE(::getifaddrs(&all) == 0);
  for (const auto* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
    char address[INET_ADDRSTRLEN] = {};
    const auto& found = reinterpret_cast<const sockaddr_in&>(*one->ifa_addr);
    ::inet_ntop(AF_INET, &found.sin_addr, address, sizeof address);
    BOOST_TEST(hookferry::accounts::is_one_server(endpoint(address), local, regions()), address);
  }
  ::freeifaddrs(all);
  BOOST_TEST(!hookferry::accounts::is_one_server(endpoint("203.0.113.9"), local, regions()));
}

BOOST_AUTO_TEST_CASE(all_names_of_a_regions_api_are_one_server) {
  for (const auto& region : regions().regions()) {
    const auto* api = region.service("api");
    BOOST_REQUIRE(api != nullptr);
    auto names = api->also;
    names.push_back(api->domain);
    if (!api->guide.empty()) names.push_back(api->guide);
    if (!region.private_host.empty()) names.push_back(region.private_host);
    for (const auto& name : names) {
      BOOST_TEST(server("https://" + name) == "region " + region.code);
      BOOST_TEST(server("https://" + name + ":443/api/v1") == "region " + region.code);
      BOOST_TEST(server("https://" + name + ".") == "region " + region.code);
    }
  }
  BOOST_TEST(server("https://API.Coralogix.US") == "region us1");
}

BOOST_AUTO_TEST_CASE(what_is_not_a_regions_api_is_itself) {
  for (const auto& [url, expected] : std::vector<std::pair<std::string, std::string>>{
           {"https://ingress.coralogix.us", "ingress.coralogix.us:443"},
           {"https://api.coralogix.us:8443", "api.coralogix.us:8443"},
           {"https://api.coralogix.us.evil.test", "api.coralogix.us.evil.test:443"},
           {"https://hooks.example.com", "hooks.example.com:443"},
           {"https://hooks.example.com:444/path", "hooks.example.com:444"},
           {"https://hooks.example.com.", "hooks.example.com:443"},
           {"https://hooks.example.com.:444", "hooks.example.com:444"},
           {"https://HOOKS.example.com", "hooks.example.com:443"},
           {"https://10.0.0.1", "10.0.0.1:443"},
       })
    BOOST_TEST(server(url) == expected);
}

BOOST_AUTO_TEST_CASE(all_names_of_this_machine_are_one_server_for_each_port) {
  for (const std::string host :
       {"localhost", "127.0.0.1", "127.1.2.3", "[::1]", "LOCALHOST", "localhost.", "127.0.0.1."})
    for (const std::string scheme : {"http://", "https://"})
      BOOST_TEST(server(scheme + host + ":8080") == "loopback:8080");
  BOOST_TEST(server("http://localhost") == "loopback:80");
  BOOST_TEST(server("https://localhost") == "loopback:443");
}

BOOST_AUTO_TEST_CASE(an_account_is_a_server_and_a_key_whatever_its_address_is_called) {
  const auto one = identity("https://api.coralogix.us", "key");
  BOOST_TEST((identity("https://api.us1.coralogix.com/api/v1/external/integrations", "key") == one));
  BOOST_TEST((identity("https://api.coralogix.us", "another key") != one));
  BOOST_TEST((identity("https://api.coralogix.com", "key") != one));
  BOOST_TEST(one.server == "region us1");
  BOOST_TEST(one.key == key_digest("region us1", "key"));
  BOOST_TEST(one.company == "");
}

BOOST_AUTO_TEST_CASE(the_digest_of_a_key_tells_keys_and_servers_apart_and_nothing_of_the_key) {
  const std::set<std::string> digests = {key_digest("a", "key"),   key_digest("a", "key2"),
                                         key_digest("b", "key"),   key_digest("a", ""),
                                         key_digest("a\n", "key"), key_digest("", "a\nkey")};
  BOOST_TEST(digests.size() == 6u);
  const auto digest = key_digest("region us1", "cafe");
  BOOST_TEST(digest == key_digest("region us1", "cafe"));
  BOOST_TEST(digest.size() == 24u);
  BOOST_TEST(digest.find_first_not_of("0123456789abcdef") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_company_is_what_the_first_webhook_says_that_says_it) {
  for (const auto& [webhooks, expected] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{}, ""},
           {{R"({"id":1})"}, ""},
           {{R"({"company_id":67890})"}, "67890"},
           {{R"({"companyId":67890})"}, "67890"},
           {{R"({"company_id":null,"companyId":67890})"}, "67890"},
           {{R"({"company_id":null})", R"({"id":1})", R"({"company_id":7})", R"({"company_id":8})"}, "7"},
           {{R"({"company_id":12345678901234567890123})"}, "12345678901234567890123"},
           {{R"({"payload":{"company_id":7}})"}, ""},
       })
    BOOST_TEST(company(webhooks) == expected);
}

BOOST_AUTO_TEST_CASE(accounts_are_the_same_by_their_key_or_by_their_company_at_one_server) {
  struct Case {
    AccountIdentity a, b;
    bool expected;
  };
  for (const auto& [a, b, expected] : std::vector<Case>{
           {{"s", "k", ""}, {"s", "k", ""}, true},
           {{"s", "k", "1"}, {"s", "k", ""}, true},
           {{"s", "k", ""}, {"s", "l", ""}, false},
           {{"s", "k", "1"}, {"s", "l", "1"}, true},
           {{"s", "k", "1"}, {"s", "l", "2"}, false},
           {{"s", "k", "1"}, {"s", "l", ""}, false},
           {{"s", "k", "1"}, {"t", "k", "1"}, false},
           {{"s", "k", "1"}, {"t", "l", "1"}, false},
       }) {
    BOOST_TEST(same_account(a, b) == expected);
    BOOST_TEST(same_account(b, a) == expected);
  }
}

BOOST_AUTO_TEST_CASE(files_are_named_by_the_key_and_where_it_is_known_by_the_company) {
  const AccountIdentity by_key{"region us1", "0a1b", ""}, known{"region us1", "0a1b", "67890"},
      of_eu1{"region eu1", "", ""};
  BOOST_REQUIRE(file_names(by_key).size() == 1u);
  BOOST_REQUIRE(file_names(known).size() == 2u);
  BOOST_TEST(file_names(known)[0] == file_names(by_key)[0]);
  BOOST_TEST(file_names(known)[1] != file_names(known)[0]);
  BOOST_TEST(hookferry::file_name_by_key(known) == file_names(known)[0]);
  BOOST_TEST(hookferry::file_name_by_company(known) == file_names(known)[1]);
  BOOST_CHECK_THROW(hookferry::file_name_by_company(by_key), std::logic_error);
  // Another key of that account meets in the company's file, and there alone.
  const auto another_key = file_names({"region us1", "ffff", "67890"});
  BOOST_TEST(another_key[1] == file_names(known)[1]);
  BOOST_TEST(another_key[0] != file_names(known)[0]);
  BOOST_TEST(file_names({"region eu1", "ffff", "67890"})[1] != another_key[1]);
  for (const auto& name : file_names(known)) {
    BOOST_TEST(name.starts_with(server_prefix(by_key)));
    BOOST_TEST(name.find_first_not_of("0123456789abcdef-") == std::string::npos, name);
    BOOST_TEST(!name.starts_with(server_prefix(of_eu1)));
  }
}

BOOST_AUTO_TEST_SUITE_END()
