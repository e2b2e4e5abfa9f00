#include "region/rewrites.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/rooms.hpp"
#include "support/sanitized.hpp"

using hookferry::MentionKind;

namespace {

const hookferry::RegionTable& regions() {
  static const auto table = hookferry::RegionTable::builtin();
  return table;
}

/// "team:x.coralogix.com …" in the order found; `region` may be empty.
std::string mentions(std::string_view text, std::string_view region) {
  std::string out;
  for (const auto& mention : hookferry::find_mentions(text, regions(), regions().find(region))) {
    if (!out.empty()) out += ' ';
    switch (mention.kind) {
      case MentionKind::team_host:
        out += "team:";
        break;
      case MentionKind::private_link:
        out += "private:";
        break;
      case MentionKind::legacy_ingestion:
        out += "legacy:";
        break;
      case MentionKind::bare_host:
        out += "bare:";
        break;
    }
    out += mention.host;
  }
  return out;
}

struct Case {
  std::string_view region, text, expected;
};

void check(const std::vector<Case>& cases) {
  for (const auto& [region, text, expected] : cases) BOOST_TEST_CONTEXT(region << ": " << text) {
      BOOST_TEST(mentions(text, region) == expected);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mentions_of_a_region)

BOOST_AUTO_TEST_CASE(team_hosts_of_the_source_are_reported) {
  check({
      {"eu1", "https://myteam.coralogix.com/#/alerts", "team:myteam.coralogix.com"},
      {"eu1", "see HTTPS://MyTeam.Coralogix.com.", "team:myteam.coralogix.com"},
      {"eu1", R"(https:\/\/myteam.coralogix.com\/x)", "team:myteam.coralogix.com"},
      {"eu1", "myteam.coralogix.com/x", "team:myteam.coralogix.com"},
      {"eu2", "https://t.app.eu2.coralogix.com", "team:t.app.eu2.coralogix.com"},
      {"us1", "https://t.app.coralogix.us", "team:t.app.coralogix.us"},
      {"us1", "https://t.app.us1.coralogix.com", "team:t.app.us1.coralogix.com"},
      {"us2", "https://t.app.cx498.coralogix.com", "team:t.app.cx498.coralogix.com"},
      {"ap1", "https://t.app.coralogix.in", "team:t.app.coralogix.in"},
      {"ap2", "https://t.app.coralogixsg.com", "team:t.app.coralogixsg.com"},
      {"gov1", "https://t.app.gov1.coralogixgov.us", "team:t.app.gov1.coralogixgov.us"},
  });
}

BOOST_AUTO_TEST_CASE(other_hosts_are_not_reported_as_team_hosts) {
  check({
      {"us1", "https://myteam.coralogix.com", ""},
      {"", "https://myteam.coralogix.com", ""},
      {"eu1", "https://a.b.coralogix.com", ""},
      {"eu1", "https://coralogix.com https://www.coralogix.com https://docs.coralogix.com", ""},
      {"eu1", "https://status.coralogix.com https://blog.coralogix.com", ""},
      {"eu1", "https://eu2.coralogix.com https://cx498.coralogix.com", ""},
      {"eu1", "https://api.coralogix.com/ https://ingress.coralogix.com/ https://ng-api-grpc.coralogix.com",
       ""},
      {"eu1", "https://xcoralogix.com https://.coralogix.com", ""},
      {"eu1", "https://myteam.coralogix.com.evil.test", ""},
      {"eu1", "https://evil.test/myteam.coralogix.com", ""},
      {"ap2", "https://api.app.coralogixsg.com/x", ""},
  });
}

BOOST_AUTO_TEST_CASE(private_links_of_any_region_are_reported) {
  check({
      {"", "https://api.private.eu1.coralogix.com/x", "private:api.private.eu1.coralogix.com"},
      {"us1", "https://API.private.ap3.coralogix.com", "private:api.private.ap3.coralogix.com"},
      {"eu1", "https://ingress.private.us2.coralogix.com", "private:ingress.private.us2.coralogix.com"},
      {"eu1", "https://xprivate.eu1.coralogix.com", ""},
      {"eu1", "https://api.private.eu9.coralogix.com", ""},
  });
}

BOOST_AUTO_TEST_CASE(legacy_ingestion_of_any_region_is_reported) {
  check({
      {"eu1", "https://api.coralogix.com/api/v1/logs", "legacy:api.coralogix.com"},
      {"eu1", "https://api.coralogix.us/api/v1/logs", "legacy:api.coralogix.us"},
      {"", "https://api.ap1.coralogix.com/logs/rest/singles", "legacy:api.ap1.coralogix.com"},
      {"", "https://API.cx498.coralogix.com:443/logs/rest/bulk?x", "legacy:api.cx498.coralogix.com"},
      {"", "https://api.app.coralogixsg.com./api/v1/logs/", "legacy:api.app.coralogixsg.com"},
      {"", R"(https:\/\/api.coralogix.in\/api\/v1\/logs\")", "legacy:api.coralogix.in"},
      {"", R"(https:\\\/\\\/api.coralogix.in\\\/logs\\\/rest\\\/bulk\n)", "legacy:api.coralogix.in"},
      {"", "api.coralogix.com/api/v1/logs", "legacy:api.coralogix.com"},
      {"", "Send to https://api.coralogix.com/api/v1/logs.", "legacy:api.coralogix.com"},
      {"", "“https://api.coralogix.com/api/v1/logs”", "legacy:api.coralogix.com"},
      {"", "https://api.coralogix.com/api/v1/logsx", ""},
      {"", "https://api.coralogix.com/api/v1/logs/x", ""},
      {"", "https://api.coralogix.com/api/v1/logs.json", ""},
      {"", "https://api.coralogix.com/api/v1/log", ""},
      {"", "https://api.coralogix.com/x/api/v1/logs", ""},
      {"", "https://api.coralogix.com/?/api/v1/logs", ""},
      {"", "https://ingress.coralogix.com/logs/v1/singles", ""},
      {"", "https://ingress.coralogix.com/api/v1/logs", ""},
      {"", "https://api.example.test/api/v1/logs", ""},
  });
}

BOOST_AUTO_TEST_CASE(bare_service_hosts_of_the_source_are_reported) {
  check({
      {"eu1", "The host api.coralogix.com is down.", "bare:api.coralogix.com"},
      {"eu1", "Hosts: API.coralogix.com, (ingress.eu1.coralogix.com).",
       "bare:api.coralogix.com bare:ingress.eu1.coralogix.com"},
      {"eu1", "curl -H x api.coralogix.com:443/x", "bare:api.coralogix.com"},
      {"eu1", "host=api.coralogix.com", "bare:api.coralogix.com"},
      {"eu1", "src=//api.coralogix.com/x", "bare:api.coralogix.com"},
      {"eu1", R"(src=\/\/api.coralogix.com\/x)", "bare:api.coralogix.com"},
      {"eu1", "://api.coralogix.com", "bare:api.coralogix.com"},
      {"eu1", "[api.coralogix.com](https://x.test)", "bare:api.coralogix.com"},
      {"eu1", "https://x.test/a api.coralogix.com", "bare:api.coralogix.com"},
      {"eu1", R"(https://x.test/a\napi.coralogix.com)", ""},
      {"eu1", "“api.coralogix.com”", "bare:api.coralogix.com"},
      {"eu1", "“https://api.coralogix.com”", "bare:api.coralogix.com"},
      {"us1", "The host api.coralogix.com is down.", ""},
      {"", "The host api.coralogix.com is down.", ""},
  });
}

BOOST_AUTO_TEST_CASE(rewritten_and_foreign_hosts_are_not_reported_as_bare) {
  check({
      {"eu1", "https://api.coralogix.com/x", ""},
      {"eu1", "api.coralogix.com", ""},
      {"eu1", "api.coralogix.com:443/x", ""},
      {"eu1", "xapi.coralogix.com api.coralogix.com.evil.test api.coralogix.com_x", ""},
      {"eu1", "https://x.test/api.coralogix.com?h=api.coralogix.com#(api.coralogix.com)", ""},
      {"eu1", R"(https:\/\/x.test\/api.coralogix.com\/y)", ""},
      {"eu1", "https://api.coralogix.com@x.test/", ""},
      {"eu1", "https://[::1]/api.coralogix.com", ""},
      {"eu1", "x.test/api.coralogix.com", ""},
      {"eu1", "see x.test/api.coralogix.com", ""},
  });
}

BOOST_AUTO_TEST_CASE(each_kind_and_host_is_reported_once) {
  check({{"eu1",
          "say api.coralogix.com and API.coralogix.com. https://api.coralogix.com/api/v1/logs "
          "https://a.coralogix.com https://a.coralogix.com/2 https://api.coralogix.com/logs/rest/bulk",
          "bare:api.coralogix.com legacy:api.coralogix.com team:a.coralogix.com"}});
}

// A quadratic pass over one of these takes an hour or more, so that this suite would not end.
BOOST_AUTO_TEST_CASE(hostile_texts_of_megabytes_come_to_an_end) {
  for (const std::string unit :
       {"a", ":", "://", "a://", "\\", ":\\", "/", "\\/", ".", "\xC3\xBC", "a\xC3\xBC", "api.coralogix.com ",
        "https://api.coralogix.com/api/v1/logs ", "https://a.coralogix.com"}) {
    std::string text;
    while (text.size() < hookferry::test::a_quarter_if_sanitized(1'000'000)) text += unit;
    const bool any = text.find("coralogix") != std::string::npos;
    BOOST_TEST(mentions(text, "eu1").empty() == !any, unit);
  }
}

BOOST_AUTO_TEST_SUITE_END()
