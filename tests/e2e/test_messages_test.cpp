// Test messages: the real binary, and a sandbox that records what would be sent.
#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/terminal.hpp"
#include "support/v5_webhooks.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The text as one line, however it was wrapped.
std::string unwrapped(const std::string& text) {
  std::istringstream words(text);
  std::string out;
  for (std::string word; words >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// The account's file gets these members, and the sandbox starts again.
void add_to_account(Accounts& accounts, const std::string& account, const std::string& members,
                    const std::vector<std::string>& sandbox_options = {}) {
  const auto text = slurp(accounts.file_of(account));
  spill(accounts.file_of(account), "{" + members + "," + text.substr(1));
  accounts.restart(sandbox_options);
}

/// The names of the webhooks whose tests the account was asked for, in this order.
std::vector<std::string> tested(const Accounts& accounts, const std::string& account) {
  const auto document = json::Document::parse(slurp(accounts.file_of(account)));
  std::vector<std::string> out;
  if (const auto list = document.root().find("tested"))
    for (const auto& one : list->elements()) out.push_back(one.find("name")->string());
  return out;
}

using Names = std::vector<std::string>;

const std::string failing_pager =
    R"("tests":{"pager":{"failure":{"errorMessage":"invalid_token","displayMessage":"the receiver did not accept )"
    R"(the token xoxb-17653285-fjdkBFkvmfj4","statusCode":403}}})";

std::vector<std::string> three_webhooks() {
  return {slack("one", "https://hooks.slack.com/services/T0/B0/first", 7),
          slack("pager", "https://hooks.slack.com/services/T0/B0/second", 8),
          slack("other", "https://other.example.com/x", 9)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(test_messages)

BOOST_AUTO_TEST_CASE(each_selected_webhook_is_tested_and_failures_exit_1) {
  Accounts accounts({}, three_webhooks());
  add_to_account(accounts, "us", failing_pager);
  const auto all = accounts.run({"test", accounts.url(), "--yes"});
  BOOST_TEST(all.code == 1, all.err);
  BOOST_TEST(has(all.out, "ok     \"one\" (slack)\n"), all.out);
  BOOST_TEST(has(all.out,
                 "failed \"pager\" (slack): the receiver did not take the message (HTTP 403): the server "
                 "says: the receiver did not accept the token ***"),
             all.out);
  BOOST_TEST(!has(all.out + all.err, "xoxb-17653285"));
  BOOST_TEST((tested(accounts, "us") == Names{"one", "pager", "other"}));
  const auto some = accounts.run({"test", accounts.url(), "--yes", "--only", "o*", "--id", "9"});
  BOOST_TEST(some.code == 0, some.err);
  BOOST_TEST((tested(accounts, "us") == Names{"one", "pager", "other", "other"}));
  const auto quiet = accounts.run({"test", accounts.url(), "--yes", "-q"});
  BOOST_TEST(quiet.out.empty(), quiet.out);
  BOOST_TEST(has(quiet.err, "failed \"pager\""), quiet.err);
  BOOST_TEST(accounts.requests("POST") + accounts.requests("PUT") + accounts.requests("DELETE") == 0u);
}

BOOST_AUTO_TEST_CASE(it_asks_first_and_says_how_many_messages_go_where) {
  const Accounts accounts({}, three_webhooks());
  for (const auto* answer : {"n\n", "y\n"}) {
    Terminal terminal({hookferry_binary(), "test", accounts.url()}, accounts.environment());
    terminal.wait_for("[y/N]");
    BOOST_TEST(has(terminal.shown(), "2 test messages to hooks.slack.com"), terminal.shown());
    BOOST_TEST(has(terminal.shown(), "1 test message to other.example.com"), terminal.shown());
    BOOST_TEST(has(terminal.shown(), "Send 3 test messages through"), terminal.shown());
    BOOST_TEST(tested(accounts, "us").empty());
    terminal.type(answer);
    BOOST_TEST(terminal.wait() == (answer[0] == 'y' ? 0 : 1), terminal.shown());
  }
  BOOST_TEST(tested(accounts, "us").size() == 3u);
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_without_consent) {
  const Accounts accounts({}, three_webhooks());
  const auto refused = accounts.run({"test", accounts.url()});
  BOOST_TEST(refused.code == 64, refused.err);
  BOOST_TEST(has(refused.err, "--yes"), refused.err);
  const auto shown = accounts.run({"test", accounts.url(), "-n"});
  BOOST_TEST(shown.code == 0, shown.err);
  BOOST_TEST(has(shown.out, "2 test messages to hooks.slack.com\n"), shown.out);
  BOOST_TEST(accounts.requests("TEST") == 0u);
}

BOOST_AUTO_TEST_CASE(a_refused_key_ends_it_at_once) {
  const Accounts accounts({}, three_webhooks(), {"--fault", "TEST#2:status=403"});
  const auto ran = accounts.run({"test", accounts.url(), "--yes"});
  BOOST_TEST(ran.code == 77, ran.err);
  BOOST_TEST(has(ran.out, "ok     \"one\""), ran.out);
  BOOST_TEST(accounts.requests("TEST") == 2u);
}

BOOST_AUTO_TEST_CASE(a_test_whose_response_is_lost_is_not_repeated) {
  const Accounts accounts({}, three_webhooks(),
                          {"--fault", "TEST#1:close-after", "--fault", "TEST#2:garbage"});
  const auto ran = accounts.run({"test", accounts.url(), "--yes"});
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(has(ran.out, "failed \"one\""), ran.out);
  BOOST_TEST(has(ran.out, "failed \"pager\""), ran.out);
  BOOST_TEST(has(ran.out, "ok     \"other\""), ran.out);
  BOOST_TEST((tested(accounts, "us") == Names{"one", "pager", "other"}));
}

BOOST_AUTO_TEST_CASE(without_v5_nothing_is_written_or_sent) {
  Accounts accounts(three_webhooks(), three_webhooks());
  add_to_account(accounts, "us", R"("api":"v1")");
  for (const auto& ran : {accounts.run({"test", accounts.url(), "--yes"}),
                          accounts.migrate({"--test", "--on-conflict", "update"}),
                          accounts.migrate({"--test-first", "--on-conflict", "update"})})
    BOOST_TEST(ran.code == 76, ran.err);
  BOOST_TEST(accounts.requests("TEST") + accounts.requests("POST") == 0u);
}

BOOST_AUTO_TEST_CASE(migrate_tests_what_it_has_written) {
  Accounts accounts(three_webhooks(), {slack("other", "https://other.example.com/x", 70)});
  add_to_account(accounts, "us", failing_pager);
  const auto ran = accounts.migrate({"--test"});
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(has(ran.out, "ok     \"one\" (slack)"), ran.out);
  BOOST_TEST(has(unwrapped(ran.out),
                 "the test of \"pager\" (slack) failed: the receiver did not take the message (HTTP 403)"),
             ran.out);
  BOOST_TEST((tested(accounts, "us") == Names{"one", "pager"}));
  BOOST_TEST(accounts.count("us") == 3u);
  const auto again = accounts.migrate({"--test"});
  BOOST_TEST(again.code == 0, again.err);
  BOOST_TEST(tested(accounts, "us").size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_outcome_is_reported_when_the_tests_end_early) {
  const Accounts accounts(three_webhooks(), {}, {"--fault", "TEST#2:status=403"});
  const auto ran = accounts.migrate({"--test"});
  BOOST_TEST(ran.code == 77, ran.err);
  BOOST_TEST(has(ran.out, "3 created"), ran.out);
  BOOST_TEST(accounts.count("us") == 3u);
  BOOST_TEST(accounts.requests("TEST") == 2u);
}

BOOST_AUTO_TEST_CASE(migrate_creates_only_what_passes_its_test) {
  Accounts accounts(three_webhooks(), {slack("other", "https://other.example.com/y", 70)});
  add_to_account(accounts, "us", failing_pager);
  const auto preview = accounts.migrate({"--test-first", "-n"});
  BOOST_TEST(preview.code == 2, preview.err);
  BOOST_TEST(accounts.requests("TEST") == 0u);
  const auto ran = accounts.migrate({"--test-first", "--on-conflict", "update"});
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(has(unwrapped(ran.out), "the test failed: the receiver did not take the message (HTTP 403)"),
             ran.out);
  BOOST_TEST(!has(ran.out + ran.err, "xoxb-17653285"));
  BOOST_TEST((tested(accounts, "us") == Names{"one", "pager"}));
  BOOST_TEST((accounts.aliases("us") == Names{"other", "one"}));
}

BOOST_AUTO_TEST_CASE(migrate_says_in_its_question_what_it_will_test) {
  const Accounts accounts(three_webhooks(), {});
  auto command = accounts.migrate_arguments({"--test", "--no-pager"});
  command.insert(command.begin(), hookferry_binary());
  std::erase(command, "--yes");
  Terminal terminal(command, accounts.environment());
  terminal.wait_for("[y/N]");
  BOOST_TEST(has(terminal.shown(), "2 test messages to hooks.slack.com"), terminal.shown());
  terminal.type("n\n");
  BOOST_TEST(terminal.wait() == 1, terminal.shown());
  BOOST_TEST(accounts.requests("TEST") + accounts.requests("POST") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
