// What the program's tables promise happens: each exit code, what follows from each class of failure, each
// warning.
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <functional>
#include <map>
#include <sstream>

#include "api/failure_class.hpp"
#include "support/accounts.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"
#include "support/wait.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A source that has one webhook which the destination lacks, and one that differs there.
struct Pair : Accounts {
  explicit Pair(const std::vector<std::string>& sandbox_options = {})
      : Accounts({slack("new", "https://hooks.test/new", 1), slack("other", "https://hooks.test/1", 2)},
                 {slack("other", "https://hooks.test/2", 7)}, sandbox_options) {}
};

int interrupted() {
  const TempDir folder;
  const RawServer silent([](RawConnection& connection) {
    connection.read_request();
    connection.wait_until_closed();
  });
  Process process({hookferry_binary(), "list", silent.url(), "-vv"},
                  {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "some-key"}}, folder.file("out"),
                  folder.file("err"));
  wait_for_text(folder.file("err"), "> GET");
  process.signal(SIGINT);
  return process.wait();
}

int exit_of_stale_plan() {
  const Pair accounts;
  const auto plan = accounts.folder().file("plan");
  accounts.diff({"--out", plan});
  accounts.somebody_adds("us", slack("new", "https://hooks.test/added"));
  return accounts.run({"apply", plan, "--settle", "0.2"}).code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tables)

BOOST_AUTO_TEST_CASE(every_exit_code_of_the_help_happens) {
  const Pair accounts;
  const auto code_of = [&](const std::vector<std::string>& arguments, const std::string& input = {}) {
    return [&accounts, arguments, input] { return accounts.run(arguments, input).code; };
  };
  const RawServer page("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>");
  const std::map<int, std::function<int()>> ways = {
      {0, code_of({"list", "-"}, "[]")},
      {1,
       [&] {
         return accounts.migrate({"--on-conflict", "fail"}).code;
       }},
      {2, [&] { return accounts.diff().code; }},
      {3, exit_of_stale_plan},
      {64, code_of({"list", "--none"})},
      {65, code_of({"list", "-"}, "{")},
      {66, code_of({"list", "none.json"})},
      {69, code_of({"list", "http://127.0.0.1:1", "--retries", "0"})},
      {73, code_of({"export", accounts.url(), "-o", "/nowhere/out.json"})},
      {76, code_of({"list", page.url()})},
      {77,
       [&] {
         return accounts.run_with({{"HOOKFERRY_KEY", "wrong-key"}}, {"list", accounts.url()}).code;
       }},
      {78,
       [&] {
         return accounts.run_with({{"HOOKFERRY_KEY", ""}}, {"list", accounts.url()}).code;
       }},
      {130, interrupted}};
  const auto page_of_help = accounts.run({"help", "exit-codes"}).out;
  std::istringstream help(page_of_help);
  std::size_t rows = 0;
  for (std::string line; std::getline(help, line);) {
    if (!line.starts_with("  ") || line.size() < 3 || line[2] < '0' || line[2] > '9') continue;
    const auto code = std::stoi(line);
    const auto way = ways.find(code);
    BOOST_TEST((way != ways.end()), "exit code " << code << " of the help has no test here");
    if (way != ways.end()) BOOST_TEST(way->second() == code);
    ++rows;
  }
  BOOST_TEST(rows == ways.size(), page_of_help);
}

BOOST_AUTO_TEST_CASE(every_class_of_failure_has_its_consequence) {
  struct Consequence {
    std::string fault;  ///< that a POST of four webhooks meets
    int exit;
    std::size_t posts, created;
  };
  using enum FailureClass;
  const std::map<FailureClass, Consequence> consequences = {
      {none, {"shuffle", 0, 1, 4}},                               // nothing is repeated
      {unknown, {"POST#1:close-after", 0, 1, 4}},                 // a snapshot shows that all have arrived
      {refused, {"POST:status=422,alias=hook-2", 1, 0, 3}},       // the others arrive
      {too_large, {"POST:status=413,above=2", 0, 3, 4}},          // it is halved
      {slow_down, {"POST#1:status=429,retry-after=0", 0, 2, 4}},  // it is sent again
      {key_refused, {"POST:status=401", 77, 1, 0}},               // the run ends
      {not_this_api, {"POST:status=405", 76, 1, 0}}};             // the run ends
  for (auto failure = none; failure <= interrupted; failure = FailureClass(int(failure) + 1)) {
    const std::string name(facts_of(failure).name);
    if (failure == not_sent || failure == interrupted) continue;  // these two follow
    BOOST_TEST_CONTEXT(name) {
      const auto found = consequences.find(failure);
      BOOST_REQUIRE(found != consequences.end());
      const auto& [fault, exit, posts, created] = found->second;
      const Accounts accounts(many(4), {}, {"--fault", fault.starts_with("POST") ? fault : "POST:" + fault});
      const auto ran = accounts.migrate();
      BOOST_TEST(ran.code == exit, ran.err + ran.out);
      if (exit > 2) BOOST_TEST(exit == static_cast<int>(facts_of(failure).cause));
      if (posts > 0) BOOST_TEST(accounts.requests("POST") == posts);
      BOOST_TEST(accounts.count("us") == created);
    }
  }
  const TempDir folder;
  const auto unsent = run_hookferry({"list", "http://127.0.0.1:1", "--retries", "1", "-v"},
                                    {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "some-key"}});
  BOOST_TEST(unsent.code == static_cast<int>(facts_of(not_sent).cause));
  BOOST_TEST(has(unsent.err, "retry 1 of 1"), unsent.err);  // what was not sent may be sent again
  BOOST_TEST(::interrupted() == static_cast<int>(facts_of(FailureClass::interrupted).cause));
}

BOOST_AUTO_TEST_CASE(every_warning_on_a_webhook_is_shown) {
  const auto with = [](std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  const auto plain = slack("a", "https://hooks.test/a");
  const auto fields = [](const std::string& payload) {
    return R"([{"name":"uuid","value":"u"},{"name":"method","value":"post"},{"name":"headers","value":{}},{"name":"payload","value":)" +
           payload + "}]";
  };
  const std::pair<std::string, std::string> warnings[] = {
      {with(plain, "\"integrationTypeId\":0", "\"integrationTypeId\":3"),
       "integrationTypeId differs from the type id 0"},
      {with(plain, "\"id\":0", "\"id\":3"), "integration_type.id differs from the type id 0"},
      {with(plain, "\"integration_type_id\":0,\"integrationTypeId\":0",
            "\"integration_type_id\":99,\"integrationTypeId\":99"),
       "type id 99 is not in the guide"},
      {with(plain, "\"Slack\"", "\"Jira\""), "integration_type.label \"Jira\" is not that of type 0 (Slack)"},
      {with(plain, "\"integration_type_fields\":\"[]\"", "\"integration_type_fields\":[]"),
       "integration_type_fields is not a string"},
      {sendlog("a", "https://hooks.test/a", 0, "[]"), "integration_type_fields: "},
      {sendlog("a", "https://hooks.test/a", 0, fields(R"({"uuid":"u","privateKey":"some-key-1"})")),
       "contains the source account's private key"},
      {slack("a", "https://acme.coralogix.com/a"), "points to the source's team host acme.coralogix.com"},
      {slack("a", "https://ingress.private.eu1.coralogix.com/a"), "points to the private link"},
      {sendlog("a", "https://api.coralogix.com/api/v1/logs"), "uses the retired ingestion endpoint"},
      {sendlog("a", "https://hooks.test/a", 0,
               fields(R"({"uuid":"u","text":"see api.coralogix.com for more"})")),
       "names the source's host api.coralogix.com in plain text"},
      {slack("a", "https://api.eu2.coralogix.com/a"), "points at api.eu2.coralogix.com of region eu2"},
      {slack("a", "https://hooks.test/?to=https%3A%2F%2Fapi.coralogix.com%2F"),
       "holds a percent-encoded URL of api.coralogix.com of region eu1"},
      {slack("a", "https://acme.webhook.office.com/webhookb2/x"), "Office 365"}};
  for (const auto& [webhook, warning] : warnings) BOOST_TEST_CONTEXT(warning) {
      const auto ran = run_hookferry({"transform", "--source-region", "eu1", "--dest-region", "us1"}, {},
                                     array_of({webhook}));
      BOOST_TEST(ran.code == 0, ran.err);
      BOOST_TEST(has(ran.err, "\"a\""), ran.err);
      BOOST_TEST(has(ran.err, warning), ran.err);
    }
}

BOOST_AUTO_TEST_SUITE_END()
