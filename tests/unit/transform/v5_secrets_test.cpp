// The webhooks of the catalogue of secrets in v5's form, in a plan and all its reports.
#include <boost/algorithm/string/replace.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "json/build.hpp"
#include "plan/plan.hpp"
#include "report/report.hpp"
#include "secrets/secrets.hpp"
#include "support/files.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"
#include "transform/transformer.hpp"
#include "webhook/kinds.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

struct Entry {
  Webhook webhook;
  std::vector<std::string> secrets;
};

std::string text_of(const boost::json::value& string) { return std::string(string.as_string()); }

/// Another secret of the same shape: digits and letters turn into their neighbours.
std::string other_secret(std::string secret) {
  for (auto& c : secret) {
    if (c >= 'b' && c <= 'y') ++c;
    if (c >= 'B' && c <= 'Y') ++c;
    if (c >= '1' && c <= '8') ++c;
  }
  return secret;
}

/// The catalogue without the secrets in aliases, which have tests of their own.
std::vector<Entry> catalogue(bool others) {
  const auto data =
      boost::json::parse(slurp(std::string(HOOKFERRY_SOURCE_DIR) + "/tests/data/secret_catalogue.json"));
  std::vector<Entry> out;
  for (const auto& payload : data.at("payloads").as_array()) {
    if (payload.as_object().contains("alias")) continue;
    Entry entry;
    auto fields = payload.at("fields").is_string() ? text_of(payload.at("fields"))
                                                   : boost::json::serialize(payload.at("fields"));
    auto url = text_of(payload.at("url"));
    for (const auto& secret : payload.at("secrets").as_array()) {
      entry.secrets.push_back(text_of(secret));
      const auto inner = json::encode(entry.secrets.back());
      const auto other = json::encode(other_secret(entry.secrets.back()));
      if (!others) continue;
      boost::replace_all(fields, inner.substr(1, inner.size() - 2), other.substr(1, other.size() - 2));
      boost::replace_all(url, entry.secrets.back(), other_secret(entry.secrets.back()));
    }
    const auto v1 = R"({"alias":"hook-)" + std::to_string(out.size()) + R"(","url":)" + json::encode(url) +
                    R"(,"integration_type_fields":)" + json::encode(fields) + R"(,"integration_type_id":)" +
                    std::to_string(payload.at("type").as_int64()) + "}";
    entry.webhook = cross(parse_webhook(v1), Form::v5).webhook;
    entry.webhook.id = static_cast<std::int64_t>(out.size() + 1);
    if (entry.webhook.defect.empty()) out.push_back(std::move(entry));
  }
  return out;
}

/// Ten characters of a long secret are as good as all of it.
bool shows(const std::string& text, const std::string& secret) {
  constexpr std::size_t window = 10, long_secret = 16;
  if (secret.size() < long_secret) return text.find(secret) != std::string::npos;
  for (std::size_t i = 0; i + window <= secret.size(); ++i)
    if (text.find(secret.substr(i, window)) != std::string::npos) return true;
  return false;
}

void check(const std::string& channel, std::string text, const std::vector<Entry>& entries) {
  for (const auto& [from, to] : {std::pair("\\/", "/"), std::pair("&amp;", "&"), std::pair("&#39;", "'")})
    boost::replace_all(text, from, to);
  std::string found;
  for (const auto& entry : entries)
    for (const auto& secret : entry.secrets)
      if (shows(text, secret) || shows(text, other_secret(secret)))
        found += std::string(entry.webhook.text.view().substr(0, 60)) + ": " + secret + "\n";
  BOOST_TEST(found == "", channel << " shows\n" << found);
  BOOST_TEST(text.find("hook-1") != std::string::npos, channel);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(v5_secrets)

BOOST_AUTO_TEST_CASE(no_report_of_a_plan_shows_a_secret) {
  const auto entries = catalogue(false);
  BOOST_TEST(entries.size() >= 140u);
  std::vector<Webhook> source, destination;
  for (const auto& entry : entries) source.push_back(entry.webhook);
  for (const auto& entry : catalogue(true)) destination.push_back(entry.webhook);
  Route route;
  route.source.name = "eu1";
  route.destination.name = "us1";
  for (const auto& present : {std::vector<Webhook>(), destination}) {
    const auto plan = make_plan(transform::transform(source, {}), present, ConflictPolicy::update);
    const std::string what = present.empty() ? "creations, " : "differences, ";
    BOOST_TEST(plan.count(present.empty() ? Action::create : Action::update) > 100u);
    ReportStyle style;
    style.list_unchanged = true;
    check(what + "text", render_plan(plan, route, ConflictPolicy::update, style), entries);
    const auto report = report_of(plan, nullptr, route, "", false);
    check(what + "JSON", render_json(report), entries);
    check(what + "HTML", render_html(report), entries);
    check(what + "Markdown", render_markdown(report), entries);
  }
}

BOOST_AUTO_TEST_CASE(no_redacted_webhook_shows_a_secret) {
  const auto entries = catalogue(false);
  Redaction redaction([](std::string_view name) { return is_kept_when_redacted(name, Form::v5); });
  std::string text;
  for (const auto& entry : entries) text += redaction.redact(entry.webhook.text.view()) + "\n";
  check("redacted", text, entries);
}

BOOST_AUTO_TEST_SUITE_END()
