// Files of v5's form with the real binary: into an account of v1, and from one form to the other.
#include <boost/algorithm/string/replace.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include "json/build.hpp"
#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/v5_webhooks.hpp"
#include "webhook/webhook.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Types that the guide's rules allow in v1 as v5 has them. It wants a method and headers of sendlog and
/// demisto, which v5 does not have.
constexpr std::string_view types = "slack,webhook,pager_duty,email_group,microsoft_teams,jira,opsgenie";

/// An account of v1, and the file of an export by v5.
struct Fixture {
  explicit Fixture(const std::string& exported = v5_export()) : file(accounts.folder().file("v5.json")) {
    spill(file, exported);
  }

  Ran run(std::string command, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {std::move(command), file, accounts.url()};
    if (arguments[0] != "import") arguments.emplace_back("--no-rewrite");
    if (arguments[0] != "diff")
      arguments.insert(arguments.end(), {"--yes", "--settle", "0.3", "--ledger", accounts.ledger()});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return accounts.run(arguments);
  }

  Ran transform(const std::string& input, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"transform", "--no-rewrite"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return accounts.run(arguments, input);
  }

  Accounts accounts{{}, {}};
  std::string file;
};

std::vector<Webhook> webhooks_of(const std::string& text) { return read_webhooks(text, "what was written"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(v5_files)

BOOST_AUTO_TEST_CASE(a_second_run_finds_everything_unchanged) {
  const Fixture fixture;
  const std::vector<std::string> selected = {"--type", std::string(types)};
  for (const std::string command : {"migrate", "import"}) {
    const auto ran = fixture.run(command, selected);
    BOOST_TEST(ran.code == 0, ran.out << ran.err);
    BOOST_TEST(holds(ran.out, command == "migrate" ? "7 created" : "7 unchanged"), ran.out);
    BOOST_TEST(fixture.accounts.count("us") == 7u);
    BOOST_TEST(fixture.accounts.requests("POST") == 1u);
  }
  BOOST_TEST(fixture.run("diff", selected).code == 0);

  const auto ids = fixture.accounts.run({"ids", fixture.accounts.ledger(), "--format", "tsv"});
  BOOST_TEST(holds(ids.out, "2003\t"), ids.out);
  BOOST_TEST(holds(ids.out, "\tpager_duty\ton-call"), ids.out);
}

BOOST_AUTO_TEST_CASE(what_v1_cannot_hold_is_invalid_and_the_rest_arrives) {
  const Fixture fixture;
  const auto ran = fixture.run("migrate", {"--except", "soar", "--except", "alerts-*"});
  BOOST_TEST(ran.code == 1, ran.out << ran.err);
  BOOST_TEST(holds(ran.out, "7 created, 0 updated, 0 unchanged, 0 in conflict, 3 invalid"), ran.out);
  const auto plan = boost::json::parse(fixture.run("diff", {"--format", "json"}).out);
  std::size_t invalid = 0;
  for (const auto& webhook : plan.at("webhooks").as_array()) {
    if (webhook.at("action") != "invalid") continue;
    const auto& known = v5_webhooks.at(9 + invalid++);
    BOOST_TEST(webhook.at("alias").as_string() == known.name);
    BOOST_TEST(webhook.at("type").as_string() == known.type);
    BOOST_TEST(holds(webhook.at("error").as_string().c_str(), "v1 has no type " + std::string(known.type)));
  }
  BOOST_TEST(invalid == 3u);
}

BOOST_AUTO_TEST_CASE(a_change_is_shown_by_its_path_in_v1_and_updates_the_webhook) {
  const Fixture fixture;
  const std::vector<std::string> selected = {"--only", "deploy-hook"};
  BOOST_TEST(fixture.run("migrate", selected).code == 0);
  spill(fixture.file, boost::replace_all_copy(v5_export(), "coralogix/alert:", "coralogix-alert:"));
  const auto diff = fixture.run("diff", selected);
  BOOST_TEST(diff.code == 2, diff.err);
  BOOST_TEST(holds(diff.out, "/integration_type_fields/payload/key\n"), diff.out);
  const auto ran = fixture.run("migrate", {"--only", "deploy-hook", "--on-conflict", "update"});
  BOOST_TEST(ran.code == 0, ran.out << ran.err);
  BOOST_TEST(holds(ran.out, "1 updated"), ran.out);
  BOOST_TEST(fixture.run("diff", selected).code == 0);
}

BOOST_AUTO_TEST_CASE(strict_stops_where_something_is_not_carried_over) {
  const Fixture fixture;
  const std::string warning = "not carried over: digests, attachments (v1 has no such fields for slack)";
  const auto ran = fixture.run("migrate", {"--only", "ops-slack", "--strict"});
  BOOST_TEST(ran.code == 1);
  BOOST_TEST(holds(ran.err, warning), ran.err);
  BOOST_TEST(fixture.accounts.requests("POST") == 0u);
  BOOST_TEST(holds(fixture.run("diff", {"--only", "ops-slack"}).out, "warning: not carried over: digests,"));

  const auto strict = fixture.transform(v5_export(), {"--to", "v1", "--only", "ops-slack", "--strict"});
  BOOST_TEST(strict.code == 1);
  BOOST_TEST(strict.out == "");
  const auto lenient = fixture.transform(v5_export(), {"--to", "v1", "--only", "ops-slack"});
  BOOST_TEST(lenient.code == 0);
  BOOST_TEST(holds(lenient.err, "\"ops-slack\" (slack): " + warning), lenient.err);
}

BOOST_AUTO_TEST_CASE(transform_keeps_the_form_or_converts_it) {
  const Fixture fixture;
  const auto kept = fixture.transform(v5_export(), {});
  BOOST_TEST(kept.code == 0, kept.err);
  const auto as_sent = webhooks_of(kept.out);
  BOOST_REQUIRE_EQUAL(as_sent.size(), v5_webhooks.size());
  for (std::size_t i = 0; i < as_sent.size(); ++i) {
    BOOST_TEST(json::compact(json::Document::over(as_sent[i].text.view()).root()) == v5_webhooks.at(i).text);
    BOOST_TEST(content(as_sent[i]) == content(webhooks_of(v5_export())[i]));
  }

  const auto to_v1 = fixture.transform(kept.out, {"--to", "v1"});
  BOOST_TEST(to_v1.code == 1);
  BOOST_TEST(holds(to_v1.err, "\"bus\" is left out: v1 has no type aws_event_bridge"), to_v1.err);
  BOOST_TEST(webhooks_of(to_v1.out).size() == 9u);
  BOOST_TEST(fixture.transform(to_v1.out, {"--to", "v1"}).out == to_v1.out);
  const auto back = fixture.transform(to_v1.out, {"--to", "v5"});
  BOOST_TEST(back.code == 0, back.err);
  const auto webhooks = webhooks_of(back.out);
  for (std::size_t i = 0; i < webhooks.size(); ++i)
    if (webhooks[i].identity.alias != "ops-slack") BOOST_TEST(content(webhooks[i]) == content(as_sent[i]));

  const auto wrong = fixture.transform("[]", {"--to", "v2"});
  BOOST_TEST(wrong.code == 64);
  BOOST_TEST(holds(wrong.err, "v1 or v5"), wrong.err);
}

BOOST_AUTO_TEST_CASE(an_overlay_uses_the_paths_of_the_destination) {
  const Fixture fixture;
  const auto overlay = fixture.accounts.folder().file("overlay.json");
  spill(overlay, R"([{"type":"pager_duty","set":{"/integration_type_fields/serviceKey":"new-value"}}])");
  const auto ran = fixture.run("migrate", {"--only", "on-call", "--overlay", overlay});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(holds(slurp(fixture.accounts.file_of("us")), "new-value"));
  spill(overlay, R"([{"type":"pager_duty","set":{"/pagerDuty/serviceKey":"new-value"}}])");
  BOOST_TEST(fixture.run("diff", {"--overlay", overlay}).code == 64);
  const auto kept = fixture.transform(v5_export(), {"--overlay", overlay});
  BOOST_TEST(kept.code == 0, kept.err);
  BOOST_TEST(holds(kept.out, "\"serviceKey\": \"new-value\""), kept.out);
}

BOOST_AUTO_TEST_CASE(a_list_shows_both_forms_alike) {
  const Fixture fixture;
  const auto listed = fixture.accounts.run({"list", fixture.file, "--format", "tsv"});
  BOOST_TEST(listed.code == 0, listed.err);
  BOOST_TEST(holds(listed.out, "2001\twebhook\tdeploy-hook\tci.example.com\n"), listed.out);
  BOOST_TEST(holds(listed.out, "2010\taws_event_bridge\tbus\t"), listed.out);
  const auto some = fixture.accounts.run(
      {"list", fixture.file, "--format", "tsv", "--type", "ms_teams_workflow", "--id", "2012"});
  BOOST_TEST(holds(some.out, "2012\tms_teams_workflow\tteams-flow"), some.out);
  BOOST_TEST(!holds(some.out, "2010"), some.out);
}

BOOST_AUTO_TEST_CASE(a_file_of_two_forms_is_refused_with_the_place) {
  const Fixture fixture("[" + slack("a", "https://a.test/") + "," + std::string(v5_webhooks[1].text) + "]");
  for (const auto& ran : {fixture.run("diff"), fixture.accounts.run({"list", fixture.file}),
                          fixture.transform(slurp(fixture.file), {})}) {
    BOOST_TEST(ran.code == 65);
    BOOST_TEST(holds(ran.err, "number 2 of the array is the first of v5's form"), ran.err);
  }
  BOOST_TEST(fixture.accounts.requests("POST") == 0u);
}

namespace {

/// Secrets where v5 has them. `turn` makes another set of the same shape.
std::string with_secrets(const std::string& turn) {
  auto out = std::string(R"([
    {"type":"GENERIC","name":"one","url":"https://user:h8Xw2qT0@ci.example.com/in/h8Xw2qT1?sig=h8Xw2qT2","genericWebhook":{
      "uuid":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb","method":"POST","headers":{"Authorization":"Bearer h8Xw2qT3","X-Custom":"h8Xw2qT4"},
      "payload":"{\"privateKey\":\"h8Xw2qT5\",\"nested\":\"{\\\"apiToken\\\":\\\"h8Xw2qT6\\\"}\"}"}},
    {"type":"GENERIC","name":"text","url":"https://ci.example.com/","genericWebhook":{
      "method":"POST","headers":{},"payload":"password=h8Xw2qT7 for $ALERT_NAME"}},
    {"type":"PAGERDUTY","name":"two","pagerDuty":{"serviceKey":"h8Xw2qT8"}},
    {"type":"JIRA","name":"three","url":"https://x.atlassian.net/","jira":{"apiToken":"h8Xw2qT9","email":"a@example.com","projectKey":"OPS"}},
    {"type":"SLACK","name":"four","url":"https://hooks.slack.com/services/T0/B0/h8Xw2qT10","slack":{}},
    {"type":"AWS_EVENT_BRIDGE","name":"five","awsEventBridge":{"detail":"{\"token\":\"h8Xw2qT11\"}"}},
    {"type":"CARRIER_PIGEON","name":"six","pigeon":{"secret":"h8Xw2qT12"},"other":"h8Xw2qT13"}])");
  return boost::replace_all_copy(out, "h8Xw2qT", turn);
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_secret_of_v5_is_shown) {
  const std::string one = "h8Xw2qT", other = "m3Zr7kV";
  Fixture fixture(with_secrets(one));
  const auto file = [&](const std::string& name) { return fixture.accounts.folder().file(name); };
  const auto check = [&](const std::string& channel, const std::string& text) {
    BOOST_TEST(!holds(text, one), channel << ": " << text);
    BOOST_TEST(!holds(text, other), channel << ": " << text);
    BOOST_TEST(text != "", channel);
  };
  const auto check_plan = [&](const std::string& what) {
    const auto screen =
        fixture.run("diff", {"-vv", "--report", file("plan.html"), "--report", file("plan.md")});
    check(what + ", screen", screen.out);
    check(what + ", log", screen.err);
    check(what + ", HTML", slurp(file("plan.html")));
    check(what + ", Markdown", slurp(file("plan.md")));
    check(what + ", JSON", fixture.run("diff", {"--format", "json"}).out);
  };
  check_plan("creations");
  const auto ran = fixture.run("migrate", {"-vv", "--report", file("done.html")});
  check("run", ran.out);
  check("log of the run", ran.err);
  check("HTML of the run", slurp(file("done.html")));
  check("ledger", slurp(fixture.accounts.ledger()));
  check("list", fixture.accounts.run({"list", fixture.file, "--format", "json"}).out);
  spill(fixture.file, with_secrets(other));
  check_plan("differences");
  check("transform", fixture.transform(with_secrets(one), {"--to", "v1", "-o", file("out.json")}).err);
}

BOOST_AUTO_TEST_SUITE_END()
