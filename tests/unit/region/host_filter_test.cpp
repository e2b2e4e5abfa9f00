// Whether a text may name a host, told from the text as it stands; and that nobody could tell the difference.
#include "region/rewrites.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "json/build.hpp"
#include "json/document.hpp"
#include "support/rooms.hpp"
#include "support/sanitized.hpp"
#include "transform/transformer.hpp"
#include "unit/transform/region_rules.hpp"

namespace json = hookferry::json;
using hookferry::HostFilter;
using hookferry::TransformRules;
using hookferry::test::regions;

namespace {

TransformRules eu1_to_us1() {
  auto out = hookferry::test::eu1_to_us1();
  out.hosts.add("hooks.a.io", "hooks.b.io");
  out.hosts.add("localhost", "elsewhere.test");
  out.hosts.add_prefix(*hookferry::UrlPrefix::parse("https://old.test/a"),
                       *hookferry::UrlPrefix::parse("https://new.test/z"));
  out.destination_region = regions().find("us1");
  return out;
}

/// Spells things in ways that a reader must see through.
class Speller {
 public:
  explicit Speller(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_()) % limit; }

  std::string in_any_case(std::string text) {
    for (char& c : text)
      if (c >= 'a' && c <= 'z' && below(3) == 0) c = static_cast<char>(c - 'a' + 'A');
    return text;
  }

  /// Some characters, or all of them, as what percent signs stand for.
  std::string percent_encoded(std::string_view text) {
    const auto one_in = 1 + below(4);
    std::string out;
    for (const char c : text) {
      if (below(one_in) != 0) {
        out += c;
        continue;
      }
      constexpr std::array<std::string_view, 2> digits = {"0123456789ABCDEF", "0123456789abcdef"};
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits.at(below(2))[byte >> 4];
      out += digits.at(below(2))[byte & 0xF];
    }
    return out;
  }

  /// A JSON string, some characters of which are escaped without need.
  std::string quoted(std::string_view text) {
    const bool escapes = below(2) == 0;
    std::string out;
    for (const auto escaped = json::encode(text); const char c : escaped) {
      const bool letter = (c >= 'a' && c <= 'z') || c == '.' || c == ':';
      if (!out.empty() && escapes && letter && out.back() != '\\' && !in_u_escape(out) && below(6) == 0) {
        constexpr std::string_view digits = "0123456789abcdef";
        out += "\\u00";
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 0xF];
      } else if (c == '/' && below(4) == 0) {
        out += "\\/";
      } else {
        out += c;
      }
    }
    return out;
  }

  /// Inside of JSON inside of a string, several times.
  std::string hidden(std::string text) {
    for (auto levels = below(4); levels > 0; --levels) {
      const auto inner = quoted(text);
      constexpr std::array<std::string_view, 3> around = {R"([{"name":"n","value":)", R"({"a":[1,{"b":)",
                                                          "["};
      constexpr std::array<std::string_view, 3> behind = {"}]", "}]}", "]"};
      const auto form = below(3);
      text = std::string(around.at(form)) + inner + std::string(behind.at(form));
    }
    return text;
  }

 private:
  static bool in_u_escape(std::string_view text) {
    const auto at = text.rfind("\\u");
    return at != std::string_view::npos && at + 6 > text.size();
  }
  std::mt19937 random_;
};

/// One that is asked of nothing: a quote stands in every literal.
HostFilter all_of_them() {
  HostFilter out;
  out.add("\"");
  return out;
}

const std::vector<std::string> hosts = {"api.coralogix.com",
                                        "ingress.coralogix.com",
                                        "acme.coralogix.com",
                                        "api.coralogix.us",
                                        "api.eu2.coralogix.com",
                                        "api.coralogixsg.com",
                                        "api.app.coralogix.in",
                                        "ingress.private.coralogix.com",
                                        "hooks.a.io",
                                        "localhost",
                                        "old.test"};

/// A webhook that names some host somewhere, or none.
std::string random_webhook(Speller& speller) {
  const auto text = [&]() -> std::string {
    auto host = speller.in_any_case(hosts[speller.below(hosts.size())]);
    if (speller.below(4) == 0) host = "elsewhere.example";
    constexpr std::array<std::string_view, 6> before = {"https://", "http://u:p@", "see https://", "//",
                                                        "",         "to "};
    constexpr std::array<std::string_view, 6> behind = {"/a/b?c=d",     "",          ":443/x",
                                                        "/api/v1/logs", " and more", "."};
    auto out = std::string(before.at(speller.below(6))) + host + std::string(behind.at(speller.below(6)));
    if (speller.below(4) == 0)
      for (auto times = 1 + speller.below(3); times > 0; --times) out = speller.percent_encoded(out);
    return speller.below(4) == 0 ? "https://relay.test/?to=" + out : out;
  };
  return R"({"alias":"a","integration_type_id":1,"url":)" + speller.quoted(text()) +
         R"(,"integration_type_fields":)" +
         speller.quoted(R"([{"name":"n","value":)" + speller.quoted(speller.hidden(text())) + "}]") + "}";
}

/// Looked through string by string, with nothing left out.
std::string rewritten_slowly(const std::string& webhook, const TransformRules& rules) {
  const auto document = json::Document::over(webhook);
  const auto rewrite = [&](std::string_view text) { return hookferry::rewrite_hosts(text, rules.hosts); };
  std::vector<json::Edit> edits;
  const auto edit = [&](std::string_view name, auto edits_of) {
    const auto value = document.root().find(name);
    const auto decoded = json::decode_with_offsets(value->text());
    for (auto& one : json::lift(edits_of(decoded.text), decoded, value->begin()))
      edits.push_back(std::move(one));
  };
  edit("url", rewrite);
  edit("integration_type_fields", [&](std::string_view text) { return json::edit_strings(text, rewrite); });
  return json::apply(webhook, std::move(edits));
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += line + "\n";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(host_filter)

BOOST_AUTO_TEST_CASE(a_text_that_names_a_host_in_any_spelling_may_name_it) {
  const auto rules = eu1_to_us1();
  const auto filter = hookferry::host_filter_of(rules);
  for (unsigned seed = 900'000; seed < 930'000; ++seed) {
    Speller speller(seed);
    auto text = speller.in_any_case(hosts[seed % hosts.size()]);
    for (auto times = speller.below(4); times > 0; --times) text = speller.percent_encoded(text);
    text = std::string(speller.below(40), 'x') + "https://" + text + std::string(speller.below(40), ' ');
    const auto literal = speller.quoted(speller.hidden(text));
    if (!filter.may_name_any(literal)) BOOST_ERROR("seed " << seed << ": " << literal);
  }
}

BOOST_AUTO_TEST_CASE(a_host_is_found_at_any_place_of_a_text_of_any_length) {
  for (const std::string host : {"a.io", "x", "hooks.example.test", "b.c.d"}) {
    HostFilter filter;
    filter.add(host);
    for (std::size_t before = 0; before < 40; ++before)
      for (std::size_t behind = 0; behind < 40; ++behind)
        if (!filter.may_name_any(std::string(before, '-') + host + std::string(behind, '-')))
          BOOST_ERROR(host << " behind " << before << " and before " << behind << " characters");
  }
}

BOOST_AUTO_TEST_CASE(short_hosts_hosts_of_one_label_and_ones_own_are_looked_for) {
  HostFilter filter;
  for (const auto* host : {"a.io", "localhost", "Hooks.Own.Example", "", ".corp.lan"}) filter.add(host);
  for (const auto* text : {R"("https://a.io/")", R"("https://A.IO")", R"("http://LocalHost:80")",
                           R"("https://hooks.own.example")", R"("https://x.corp.lan")"})
    BOOST_TEST(filter.may_name_any(text), text);
  for (const auto* text : {R"("https://b.io/")", R"("https://a.iq")", R"("local host")", R"("")", "", "1",
                           R"("\n\t\"\\\/")", R"("100% sure, 5 %")", R"("%zz")"})
    BOOST_TEST(!filter.may_name_any(text), text);
}

BOOST_AUTO_TEST_CASE(an_escape_may_be_any_letter) {
  HostFilter filter;
  filter.add("hooks.example");
  for (const auto* text : {R"("\u0041")", R"("[\"\\u0041\"]")", R"("%41")", R"("%2e")", R"("x%2525E")"})
    BOOST_TEST(filter.may_name_any(text), text);
  BOOST_TEST(!HostFilter().may_name_any(R"("\u0041%41 hooks.example")"));
}

BOOST_AUTO_TEST_CASE(hosts_are_looked_for_in_whatever_order_they_were_added) {
  for (const auto& order : {std::vector<std::string>{"a.long-one.test", "one.io", "long"},
                            std::vector<std::string>{"long", "one.io", "a.long-one.test"}}) {
    HostFilter filter;
    for (const auto& host : order) filter.add(host);
    for (const auto* text : {"https://a.long-one.test", "https://one.io", "http://long/"})
      BOOST_TEST(filter.may_name_any(text), text);
    BOOST_TEST(!filter.may_name_any("https://one.test/lo-ng"));
  }
}

BOOST_AUTO_TEST_CASE(ordinary_webhooks_that_name_no_host_are_not_looked_into) {
  const auto filter = hookferry::host_filter_of(eu1_to_us1());
  for (const auto* text :
       {R"("https://hooks.slack.com/services/T0/B0/x")",
        R"("[{\"name\":\"uuid\",\"value\":\"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb\"},{\"name\":\"method\"}]")",
        R"("corralogix, coral-ogix")"})
    BOOST_TEST(!filter.may_name_any(text), text);
}

BOOST_AUTO_TEST_CASE(skipping_strings_does_not_change_the_result) {
  const auto rules = eu1_to_us1();
  const auto all = all_of_them();
  std::size_t changed = 0;
  std::size_t warned = 0;
  const auto count = hookferry::test::a_quarter_if_sanitized(12'000);
  for (unsigned seed = 940'000; seed < 940'000 + count; ++seed) {
    Speller speller(seed);
    const auto webhook = random_webhook(speller);
    const auto after =
        hookferry::transform::transform(hookferry::read_webhooks("[" + webhook + "]", "it"), rules).at(0);
    const auto expected = rewritten_slowly(webhook, rules);
    if (after.webhook.text.view() != expected) BOOST_ERROR("seed " << seed << ": " << webhook);
    const auto document = json::Document::over(expected);
    const auto warnings = hookferry::transform_warnings(
        document.root(), hookferry::WebhookMembers(document.root()), 1, rules, &all);
    if (joined(after.warnings) != joined(warnings))
      BOOST_ERROR("seed " << seed << ": " << joined(after.warnings) << " and " << joined(warnings));
    changed += expected == webhook ? 0 : 1;
    warned += joined(warnings).find("coralogix") == std::string::npos ? 0 : 1;
  }
  BOOST_TEST(changed > count / 12);  // else it proves nothing
  BOOST_TEST(changed < count / 12 * 11);
  BOOST_TEST(warned > count / 12);
  BOOST_TEST(warned < count / 12 * 11);
}

BOOST_AUTO_TEST_SUITE_END()
