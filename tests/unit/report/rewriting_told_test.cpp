// What a transformation says of the hosts that it rewrote and of those that it left.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "json/build.hpp"
#include "plan/plan.hpp"
#include "report/report.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"
#include "support/sanitized.hpp"
#include "transform/transformer.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

const RegionTable& regions() {
  static const auto table = RegionTable::builtin();
  return table;
}

TransformRules eu1_to_us1() {
  TransformRules out;
  out.source = regions().find("eu1");
  out.destination_region = regions().find("us1");
  out.hosts = HostRewrites::between(*out.source, *out.destination_region);
  out.regions = &regions();
  return out;
}

Webhook with_fields(const std::string& url, const std::string& fields) {
  return parse_webhook(R"({"alias":"a","integration_type_id":0,"url":")" + url +
                       R"(","integration_type_fields":)" + json::encode(fields) + "}");
}

TransformedWebhook transformed(const Webhook& webhook, const TransformRules& rules = eu1_to_us1()) {
  return transform::transform({webhook}, rules).front();
}

Overlay overlay(const std::string& rules) {
  return parse_overlay(rules, "o", [](const OverlayReference& reference) { return reference.name; });
}

std::string warnings(const std::string& url, const TransformRules& rules = eu1_to_us1()) {
  std::string out;
  for (const auto& warning : transformed(sample("a", url), rules).warnings) out += warning + "\n";
  return out;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// "path note; " of each change.
std::string notes(const Webhook& source, const Webhook& destination) {
  const auto plan =
      make_plan(transform::transform({source}, eu1_to_us1()), {destination}, ConflictPolicy::update);
  std::string out;
  for (const auto& change : planned_changes(plan.webhooks.front()))
    out += change.path + (change.note.empty() ? "" : " " + change.note) + "; ";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rewriting_told)

BOOST_AUTO_TEST_CASE(hosts_are_counted_one_by_one_and_by_webhook) {
  const auto all = transform::transform(
      {sample("none", "https://hooks.test/"), sample("one", "https://api.coralogix.com/x"),
       with_fields(
           "https://api.coralogix.com/x",
           R"([{"name":"p","value":"see https://api.coralogix.com and https://ingress.coralogix.com/"},)"
           R"({"name":"q","value":"{\"u\":\"https:\/\/api.coralogix.com\/\",\"v\":\"https://hooks.test\"}"}])")},
      eu1_to_us1());
  BOOST_TEST(all[0].provenance.rewritten_hosts == 0u);
  BOOST_TEST(all[0].provenance.unrewritten.empty());
  BOOST_TEST(all[1].provenance.rewritten_hosts == 1u);
  BOOST_TEST(all[2].provenance.rewritten_hosts == 4u);
  BOOST_TEST(describe(count_rewrites(all)) == "5 hosts rewritten in 2 webhooks");
  BOOST_TEST(describe(RewriteCount{1, 1}) == "1 host rewritten in 1 webhook");
}

BOOST_AUTO_TEST_CASE(a_rewritten_prefix_is_one_host) {
  auto rules = eu1_to_us1();
  rules.hosts.add_prefix(*UrlPrefix::parse("http://api.coralogix.com:80/api/v1/logs"),
                         *UrlPrefix::parse("https://ingress.coralogix.us/logs/v1/singles"));
  const auto out = transformed(sample("a", "http://api.coralogix.com/api/v1/logs/x"), rules);
  BOOST_TEST(out.provenance.rewritten_hosts == 1u);
  BOOST_TEST(holds(out.webhook.text.str(), R"("https://ingress.coralogix.us/logs/v1/singles/x")"),
             out.webhook.text.view());
}

BOOST_AUTO_TEST_CASE(a_rewritten_host_that_an_overlay_sets_over_does_not_count) {
  auto rules = eu1_to_us1();
  rules.overlay = overlay(R"([{"set":{"/url":"https://staging.test/"}}])");
  const auto out = transformed(
      with_fields("https://api.coralogix.com/x", R"([{"name":"p","value":"https://api.coralogix.com"}])"),
      rules);
  BOOST_TEST(out.provenance.rewritten_hosts == 1u);
  BOOST_TEST(holds(out.webhook.text.str(), R"("url":"https://staging.test/")"), out.webhook.text.view());
}

BOOST_AUTO_TEST_CASE(an_overlay_has_the_last_word_after_all_other_rules) {
  auto rules = eu1_to_us1();
  rules.fresh_uuids = true;
  rules.sendlog_private_key = "of-the-section";
  rules.overlay = overlay(
      R"([{"set":{"/integration_type_fields/payload/privateKey":{"env":"of-the-overlay"},"/integration_type_fields/uuid":"u"}}])");
  const auto out = transformed(
      parse_webhook(
          R"({"alias":"a","integration_type_id":3,"integration_type_fields":"[{\"name\":\"uuid\",\"value\":\"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb\"},{\"name\":\"payload\",\"value\":{\"privateKey\":\"of-the-source\"}}]"})"),
      rules);
  BOOST_TEST(holds(out.webhook.text.str(), R"(\"privateKey\":\"of-the-overlay\")"), out.webhook.text.view());
  BOOST_TEST(holds(out.webhook.text.str(), R"(\"uuid\",\"value\":\"u\")"), out.webhook.text.view());
}

BOOST_AUTO_TEST_CASE(a_private_key_that_an_overlay_set_is_not_the_sources) {
  const auto fields = R"([{"name":"payload","value":{"privateKey":"k"}}])";
  const auto warned = [](const TransformedWebhook& out) {
    std::string all;
    for (const auto& warning : out.warnings) all += warning;
    return holds(all, "private key");
  };
  auto rules = eu1_to_us1();
  BOOST_TEST(warned(transformed(with_fields("", fields), rules)));
  rules.overlay = overlay(R"([{"set":{"/integration_type_fields/payload/privateKey":{"env":"new"}}}])");
  BOOST_TEST(!warned(transformed(with_fields("", fields), rules)));
}

BOOST_AUTO_TEST_CASE(hosts_of_a_region_other_than_the_destinations_are_reported) {
  const struct {
    std::string url, told;
  } cases[] = {
      {"https://api.coralogixsg.com/x",
       "points at api.coralogixsg.com of region ap2, unchanged; to rewrite it: --rewrite-host "
       "api.coralogixsg.com=api.coralogix.us"},
      {"https://INGRESS.eu2.coralogix.com/x", "points at ingress.eu2.coralogix.com of region eu2, unchanged"},
      {"https://relay.test/?to=https%3A%2F%2Fapi.coralogix.com%2Fx",
       "holds a percent-encoded URL of api.coralogix.com of region eu1, unchanged"},
      {"https://relay.test/?to=https://api.coralogix.com%2Fx",
       "holds a percent-encoded URL of api.coralogix.com of region eu1, unchanged"},
      {"https://relay.test/?to=https%253a%252f%252fapi.coralogix.com",
       "holds a percent-encoded URL of api.coralogix.com of region eu1, unchanged"},
  };
  for (const auto& [url, told] : cases) BOOST_TEST(holds(warnings(url), told), url << ": " << warnings(url));
}

BOOST_AUTO_TEST_CASE(hosts_that_are_right_where_they_are_give_no_warning) {
  for (const std::string url :
       {"https://api.coralogix.us/x", "https://api.coralogix.com/x", "https://hooks.test/100%25",
        "https://relay.test/?to=https%3A%2F%2Fapi.coralogix.us%2Fx", "https://relay.test/?q=%zz%4",
        "https://api.coralogixsg.com.evil.test/x", "https://relay.test/?to=https%3A%2F%2Fhooks.test"})
    BOOST_TEST(warnings(url) == "", url);
}

BOOST_AUTO_TEST_CASE(every_foreign_host_is_reported_if_rewriting_is_off) {
  auto rules = eu1_to_us1();
  rules.hosts = {};
  BOOST_TEST(holds(warnings("https://api.coralogix.com/x", rules), "api.coralogix.com of region eu1"));
  rules.destination_region = nullptr;
  BOOST_TEST(holds(warnings("https://api.coralogix.us/x", rules), "api.coralogix.us of region us1"));
}

BOOST_AUTO_TEST_CASE(a_host_that_the_user_named_himself_is_none_that_is_left) {
  auto rules = eu1_to_us1();
  rules.hosts.add("hooks.test", "api.coralogixsg.com");
  rules.hosts.add_prefix(*UrlPrefix::parse("https://old.test"),
                         *UrlPrefix::parse("https://api.eu2.coralogix.com"));
  BOOST_TEST(warnings("https://hooks.test/x", rules) == "");
  BOOST_TEST(warnings("https://old.test/x", rules) == "");
}

BOOST_AUTO_TEST_CASE(the_host_of_a_value_set_from_a_secret_is_not_shown) {
  auto rules = eu1_to_us1();
  rules.overlay = overlay(R"([{"set":{"/url":{"env":"https://api.coralogixsg.com/api/v1/logs"}}}])");
  BOOST_TEST(warnings("https://hooks.test/x", rules) == "");
}

BOOST_AUTO_TEST_CASE(service_hosts_are_those_that_the_users_own_rules_leave) {
  HostRewrites own;
  own.add_prefix(*UrlPrefix::parse("https://api.coralogix.com/api/v1/logs"),
                 *UrlPrefix::parse("https://new.test"));
  const auto left = [&](const std::string& url) {
    return service_hosts(sample("a", url), regions(), own).size();
  };
  BOOST_TEST(left("https://api.coralogix.com/api/v1/logs") == 0u);
  BOOST_TEST(left("https://api.coralogix.com/other") == 1u);
  own.add_prefix(*UrlPrefix::parse("https://relay.test/https://api.coralogix.com"),
                 *UrlPrefix::parse("https://relay.test/https://api.coralogix.us"));
  BOOST_TEST(left("https://relay.test/https://api.coralogix.com") == 0u);
}

BOOST_AUTO_TEST_CASE(differences_by_rewriting_are_distinguished_from_others) {
  const auto fields = [](const std::string& text) { return R"([{"name":"p","value":")" + text + R"("}])"; };
  const struct {
    Webhook source, destination;
    std::string notes;
  } cases[] = {
      {sample("a", "https://api.coralogix.com/x"), sample("a", "https://api.coralogix.com/x", 7),
       "/url only rewritten hosts differ; "},
      {sample("a", "https://api.coralogix.com/x"), sample("a", "https://api.coralogix.us/y", 7),
       "/url hosts rewritten; "},
      {sample("a", "https://hooks.test/x"), sample("a", "https://hooks.test/y", 7), "/url; "},
      {with_fields("https://api.coralogix.com/x", fields("1")),
       with_fields("https://api.coralogix.com/x", fields("2")),
       "/url only rewritten hosts differ; /integration_type_fields/p; "},
      {with_fields("u", fields("https://api.coralogix.com")),
       with_fields("u", fields("https://api.coralogix.com")),
       "/integration_type_fields/p only rewritten hosts differ; "},
      // Members, elements by their number, and what only the source has.
      {with_fields("u", R"([{"name":"p","value":{"a":[1,"https://api.coralogix.com"],"b":1,"c":"x"}}])"),
       with_fields("u", R"([{"name":"p","value":{"a":[2,"https://api.coralogix.com"],"b":2}}])"),
       "/integration_type_fields/p/a/0; /integration_type_fields/p/a/1 only rewritten hosts differ; "
       "/integration_type_fields/p/b; /integration_type_fields/p/c; "},
      {with_fields("u", R"([{"name":"p","value":"https://api.coralogix.com"},{"name":"q","value":1}])"),
       with_fields("u", R"([{"name":"q","value":1}])"), "/integration_type_fields/p hosts rewritten; "},
      {with_fields("u", R"([{"name":"p","value":"https://api.coralogix.com"},{"name":"q","value":1}])"),
       with_fields("u", R"([{"name":"q","value":1},{"name":"p","value":"https://api.coralogix.us"}])"),
       "/integration_type_fields hosts rewritten; "},
      // Text that is not JSON is one value; the place of hosts is elsewhere.
      {with_fields("https://api.coralogix.com", "[]"), with_fields("https://api.coralogix.us", "no JSON"),
       "/integration_type_fields; "},
  };
  for (const auto& [source, destination, expected] : cases)
    BOOST_TEST(notes(source, destination) == expected);
}

BOOST_AUTO_TEST_CASE(a_note_leaves_at_least_twenty_cells_for_the_path) {
  const auto side = [](const std::string& host) {
    return with_fields("u",
                       R"([{"name":"a-name-of-thirty-characters-xxxx","value":"https://)" + host + "\"}]");
  };
  const auto plan = make_plan(transform::transform({side("api.coralogix.com")}, eu1_to_us1()),
                              {side("api.coralogix.com")}, ConflictPolicy::update);
  report::ReportStyle narrow;
  narrow.width = 40;
  const auto text = report::render_webhook(plan.webhooks.front(), narrow);
  BOOST_TEST(holds(text, "\n    /integration_…s-xxxx  (only rewritten hosts differ)\n"), text);
}

/// It would take many minutes if each difference were looked for from the top.
BOOST_AUTO_TEST_CASE(notes_on_tens_of_thousands_of_fields_are_made_in_one_go) {
  const auto fields = [](const std::string& value) {
    std::string out = "[";
    for (std::size_t i = 0; i < a_quarter_if_sanitized(30'000); ++i)
      out += std::string(i == 0 ? "" : ",") + R"({"name":"f)" + std::to_string(i) + R"(","value":")" + value +
             "\"}";
    return out + "]";
  };
  const auto plan = make_plan(
      transform::transform({with_fields("https://hooks.test/", fields("https://api.coralogix.com/x"))},
                           eu1_to_us1()),
      {with_fields("https://hooks.test/", fields("old"))}, ConflictPolicy::update);
  const auto changes = planned_changes(plan.webhooks.front());
  BOOST_TEST(changes.size() == webhook::most_of_a_webhook + 1);
  BOOST_TEST(changes.size() - 1 + changes.back().more == a_quarter_if_sanitized(30'000));
  for (const auto& change : changes)
    if (change.note != "hosts rewritten") BOOST_TEST_REQUIRE(false, change.path);
}

BOOST_AUTO_TEST_CASE(a_redacted_webhook_is_invalid_unless_an_overlay_sets_what_was_redacted) {
  const auto webhook =
      with_fields("https://a.test/", R"([{"name":"payload","value":{"privateKey":"«redacted:3»"}}])");
  TransformRules rules;
  const auto plan = make_plan(transform::transform({webhook}, rules), {}, ConflictPolicy::skip);
  BOOST_TEST((plan.webhooks.front().action == Action::invalid));
  BOOST_TEST(holds(plan.webhooks.front().webhook.defect.str(), "redacted"));
  rules.overlay = overlay(R"([{"set":{"/integration_type_fields/payload/privateKey":{"env":"k"}}}])");
  BOOST_TEST(
      (make_plan(transform::transform({webhook}, rules), {}, ConflictPolicy::skip).webhooks.front().action ==
       Action::create));
}

BOOST_AUTO_TEST_SUITE_END()
