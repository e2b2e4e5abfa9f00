// Accounts that are reached by the newer API, with the real binary: every direction, and every way of knowing
// which API an account has.
#include <csignal>

#include <algorithm>
#include <array>
#include <atomic>

#include <boost/json/parse.hpp>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/accounts.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"
#include "support/v5_webhooks.hpp"

using namespace hookferry;
using namespace hookferry::test;
namespace data = boost::unit_test::data;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// From which API to which.
struct Direction {
  std::string from, to;
  std::vector<std::string> options() const { return {"--source-api", from, "--dest-api", to}; }
};
std::ostream& operator<<(std::ostream& out, const Direction& direction) {
  return out << direction.from << " to " << direction.to;
}
const std::array<Direction, 3> directions = {{{"v1", "v5"}, {"v5", "v1"}, {"v5", "v5"}}};
const Direction both_v5 = {"v5", "v5"};

std::vector<std::string> with(const Direction& direction, const std::vector<std::string>& more) {
  auto out = direction.options();
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

std::vector<std::string> command(const Accounts& accounts, const std::string& name,
                                 const Direction& direction, const std::vector<std::string>& more = {}) {
  std::vector<std::string> out = {name, accounts.url(), accounts.url(), "--no-rewrite"};
  if (name != "diff") out.insert(out.end(), {"--yes", "--settle", "0.3", "--ledger", accounts.ledger()});
  const auto options = with(direction, more);
  out.insert(out.end(), options.begin(), options.end());
  return out;
}

Ran undo(const Accounts& accounts) {
  return accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.3"});
}

std::vector<std::string> sorted_aliases(const Accounts& accounts, const std::string& account) {
  auto out = accounts.aliases(account);
  std::ranges::sort(out);
  return out;
}

/// An answer of HTTP.
std::string answer(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(v5_accounts)

BOOST_AUTO_TEST_CASE(a_migrate_reads_only_what_it_needs) {
  const Accounts accounts(many(5), {slack("other", "https://hooks.test/other", 1)});
  const auto ran = accounts.run(command(accounts, "migrate", both_v5));
  BOOST_TEST(ran.code == 0, ran.out << ran.err);
  BOOST_TEST(holds(ran.out, "5 created"), ran.out);
  BOOST_TEST(accounts.count("us") == 6u);
  BOOST_TEST(accounts.requests("GET", "eu") == 1u);
  BOOST_TEST(accounts.requests("GETONE", "eu") == 5u);
  BOOST_TEST(accounts.requests("POST", "us") == 5u);
  BOOST_TEST(accounts.requests("GET", "us") == 2u);
  BOOST_TEST(accounts.requests("GETONE", "us") == 5u);
}

BOOST_DATA_TEST_CASE(all_types_that_both_apis_have_arrive, data::make(directions)) {
  const Accounts accounts({}, {});
  const auto file = accounts.folder().file("v5.json");
  spill(file, v5_export());
  const auto filled =
      accounts.run_with({{"HOOKFERRY_DEST_KEY", "eu-key"}},
                        {"import", file, accounts.url(), "--dest-api", "v5", "--yes", "--settle", "0.3",
                         "--ledger", accounts.folder().file("import.jsonl")});
  BOOST_TEST(filled.code == 0, filled.out << filled.err);
  BOOST_TEST(holds(filled.out, "12 created"), filled.out);
  const bool crosses = sample.from != sample.to;
  const std::vector<std::string> types = {
      "--type", "slack,webhook,pager_duty,email_group,microsoft_teams,jira,opsgenie"};
  for (const std::string result : {"created", "unchanged"}) {
    const auto ran =
        accounts.run(command(accounts, "migrate", sample, crosses ? types : std::vector<std::string>()));
    BOOST_TEST(ran.code == 0, ran.out << ran.err);
    BOOST_TEST(holds(ran.out, (crosses ? "7 " : "12 ") + result), ran.out);
  }
}

BOOST_DATA_TEST_CASE(an_approved_plan_is_applied_by_the_apis_that_it_was_made_by, data::make(directions)) {
  const Accounts accounts(many(2), {});
  const auto plan = accounts.folder().file("p.plan");
  BOOST_TEST(accounts.run(command(accounts, "diff", sample, {"--out", plan})).code == 2);
  const auto applied =
      accounts.run({"apply", plan, "--yes", "--settle", "0.3", "--ledger", accounts.ledger()});
  BOOST_TEST(applied.code == 0, applied.out << applied.err);
  BOOST_TEST(accounts.count("us") == 2u);
}

/// The first response takes longer than a reading of a target counts. Meanwhile another client edits one.
BOOST_AUTO_TEST_CASE(a_target_that_was_read_long_ago_is_read_again_before_it_is_written) {
  std::vector<std::string> old;
  for (int i = 0; i < 3; ++i)
    old.push_back(slack("hook-" + std::to_string(i), "https://old.test/" + std::to_string(i), 900 + i));
  const Accounts accounts(
      many(3), old,
      {"--fault", "PUT#1:slow=5500", "--fault", "PUT#1:touch=hook-2,url=https://person.test/", "--fault",
       "GETONE#7:close-before"});
  const auto ran = accounts.run(command(
      accounts, "migrate", both_v5, {"--on-conflict", "update", "--concurrency", "1", "--max-age", "60"}));
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(holds(ran.out, "2 updated"), ran.out);
  BOOST_TEST(holds(ran.out, "another client has changed it since the plan was made; left"), ran.out);
  BOOST_TEST(!holds(ran.out + ran.err, "in doubt"), ran.out + ran.err);
  // The update whose target could not be read was not sent, which needs no look at the account.
  const auto ledger = slurp(accounts.ledger());
  BOOST_TEST(ledger.find(R"("not_applied","webhooks":[1])") < ledger.find(R"("event":"arrived")"), ledger);
  BOOST_TEST(accounts.webhooks("us").back().url == "https://person.test/");
  BOOST_TEST(accounts.requests("PUT", "us") == 2u);
}

BOOST_AUTO_TEST_CASE(list_reads_no_configuration) {
  const Accounts accounts({}, many(3));
  const auto ran = accounts.run({"list", accounts.url(), "--api", "v5"});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(holds(ran.out, "hook-2"), ran.out);
  BOOST_TEST(accounts.requests("GET") == 1u);
  BOOST_TEST(accounts.requests("GETONE") == 0u);
}

BOOST_DATA_TEST_CASE(a_second_run_finds_everything_unchanged, data::make(directions)) {
  const Accounts accounts(many(3), {});
  BOOST_TEST(accounts.run(command(accounts, "migrate", sample)).code == 0);
  const auto again = accounts.run(command(accounts, "migrate", sample));
  BOOST_TEST(again.code == 0, again.out << again.err);
  BOOST_TEST(holds(again.out, "3 unchanged"), again.out);
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_DATA_TEST_CASE(what_differs_is_updated_and_undo_restores_it, data::make(directions)) {
  const Accounts accounts(many(2), {slack("hook-0", "https://hooks.test/old", 7)});
  const auto before = accounts.webhooks("us").front();
  const auto ran = accounts.run(command(accounts, "migrate", sample, {"--on-conflict", "update"}));
  BOOST_TEST(ran.code == 0, ran.out << ran.err);
  BOOST_TEST(holds(ran.out, "1 created, 1 updated"), ran.out);
  BOOST_TEST(accounts.webhooks("us").front().url == "https://hooks.test/0");
  const auto undone = undo(accounts);
  BOOST_TEST(undone.code == 0, undone.out << undone.err);
  BOOST_TEST(accounts.count("us") == 1u);
  BOOST_TEST(accounts.webhooks("us").front().id == before.id);
  BOOST_TEST(accounts.webhooks("us").front().url == before.url);
}

BOOST_DATA_TEST_CASE(a_mirror_deletes_extras_and_undo_recreates_them, data::make(directions)) {
  const Accounts accounts(many(2), {slack("extra", "https://hooks.test/extra", 7)});
  const auto ran = accounts.run(command(accounts, "mirror", sample, {"--max-delete", "1"}));
  BOOST_TEST(ran.code == 0, ran.out << ran.err);
  BOOST_TEST((sorted_aliases(accounts, "us") == std::vector<std::string>{"hook-0", "hook-1"}));
  const auto undone = undo(accounts);
  BOOST_TEST(undone.code == 0, undone.out << undone.err);
  BOOST_TEST((sorted_aliases(accounts, "us") == std::vector<std::string>{"extra"}));
}

BOOST_DATA_TEST_CASE(a_lost_answer_doubles_nothing, data::make(directions)) {
  const Accounts accounts(many(3), {}, {"--fault", "POST#1:close-after"});
  const auto ran = accounts.run(command(accounts, "migrate", sample));
  BOOST_TEST(ran.code == 0, ran.out << ran.err);
  BOOST_TEST((sorted_aliases(accounts, "us") == std::vector<std::string>{"hook-0", "hook-1", "hook-2"}));
}

BOOST_DATA_TEST_CASE(a_killed_run_is_finished_by_the_next, data::make(directions)) {
  const Accounts accounts(many(6), {}, {"--fault", "POST#1:slow-apply=1000"});
  const auto run =
      accounts.in_background("migrate", command(accounts, "migrate", sample, {"--batch-size", "2"}));
  accounts.await_requests("begun:POST", 1);
  run->signal(SIGKILL);
  run->wait();
  const Direction other = {sample.from, sample.to == "v1" ? "v5" : "v1"};
  const auto refused = accounts.run(command(accounts, "migrate", other));
  BOOST_TEST(refused.code == 1, refused.out << refused.err);
  BOOST_TEST(holds(refused.err, "an earlier run was cut off (" + accounts.ledger() + ") that used the other"),
             refused.err);
  BOOST_TEST(holds(refused.err, "--dest-api " + sample.to), refused.err);
  const auto again =
      accounts.run(command(accounts, "migrate", sample, {"--batch-size", "2", "--settle", "1"}));
  BOOST_TEST(again.code == 0, again.out << again.err);
  BOOST_TEST(accounts.count("us") == 6u);
  BOOST_TEST((sorted_aliases(accounts, "us").back() == "hook-5"));
}

BOOST_AUTO_TEST_CASE(a_list_that_lags_is_waited_for) {
  const Accounts accounts(many(3), {}, {"--fault", "GET:late=1000"});
  const auto ran = accounts.run(command(accounts, "migrate", both_v5, {"--settle", "3"}));
  BOOST_TEST(ran.code == 0, ran.out << ran.err);
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(a_target_that_cannot_be_read_again_is_not_written) {
  std::vector<std::string> old;
  for (int i = 0; i < 4; ++i) old.push_back(slack("hook-" + std::to_string(i), "https://old.test/", 7 + i));
  const Accounts accounts(many(4), old,
                          {"--fault", "PUT#1:slow=5200", "--fault", "PUT#1:touch=hook-1", "--fault",
                           "us/GETONE#6:status=400", "--fault", "us/GETONE#7:status=503"});
  const auto ran = accounts.run(command(
      accounts, "migrate", both_v5, {"--on-conflict", "update", "--concurrency", "1", "--max-age", "60"}));
  BOOST_TEST(ran.code == 1, ran.out << ran.err);
  BOOST_TEST(holds(ran.out, "another client has changed it since the plan was made"), ran.out);
  BOOST_TEST(holds(ran.out, "rejected: "), ran.out);
  BOOST_TEST(holds(ran.out, "2 updated"), ran.out);
  BOOST_TEST(holds(ran.out, "2 failed"), ran.out);
  BOOST_TEST(accounts.requests("PUT") == 2u);
}

BOOST_AUTO_TEST_CASE(what_the_newer_api_refuses_alone_is_reported) {
  const Accounts accounts(many(3), {}, {"--fault", "POST#2:status=400"});
  const auto ran = accounts.run(command(accounts, "migrate", both_v5, {"--concurrency", "1"}));
  BOOST_TEST(ran.code == 1, ran.out << ran.err);
  BOOST_TEST(accounts.count("us") == 2u);
}

BOOST_AUTO_TEST_CASE(one_account_by_both_apis_is_refused) {
  const Accounts accounts({}, many(2));
  for (const auto& direction : directions) {
    const auto ran = accounts.run_with({{"HOOKFERRY_SOURCE_KEY", "us-other-key"}},
                                       command(accounts, "migrate", direction));
    BOOST_TEST(ran.code == 64, direction << ran.out << ran.err);
    BOOST_TEST(holds(ran.err, "one and the same account"), ran.err);
  }
  BOOST_TEST(accounts.count("us") == 2u);
}

BOOST_AUTO_TEST_CASE(another_key_of_the_account_continues_and_undoes) {
  const Accounts accounts(many(3), {});
  BOOST_TEST(accounts.run(command(accounts, "migrate", both_v5)).code == 0);
  const Environment other_key = {{"HOOKFERRY_DEST_KEY", "us-other-key"}};
  const auto again = accounts.run_with(other_key, command(accounts, "migrate", both_v5));
  BOOST_TEST(again.code == 0, again.out << again.err);
  BOOST_TEST(holds(again.out, "3 unchanged"), again.out);
  const auto undone = accounts.run_with(
      other_key, {"undo", accounts.ledger(), "--dest", accounts.url(), "--yes", "--settle", "0.3"});
  BOOST_TEST(undone.code == 0, undone.out << undone.err);
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(the_address_says_which_api_it_is) {
  const Accounts accounts(many(2), {});
  const auto newer = accounts.run({"export", accounts.url() + "/mgmt/openapi/5"});
  BOOST_TEST(newer.code == 0, newer.err);
  BOOST_TEST(holds(newer.out, "\"externalId\""), newer.out);
  const auto older = accounts.run({"export", accounts.url() + "/api/v1/external"});
  BOOST_TEST(holds(older.out, "\"integration_type_id\""), older.out);
}

BOOST_AUTO_TEST_CASE(an_account_without_v1_is_found_by_v5) {
  const RawServer server([](RawConnection& connection) {
    for (auto request = connection.read_request(); !request.empty(); request = connection.read_request())
      connection.send(holds(request, "GET /mgmt/openapi/5/integrations/webhooks/v1 ")
                          ? answer("200 OK", R"({"deployed":[]})")
                          : answer("404 Not Found", R"({"code":404,"message":"Not Found: Not Found"})"));
  });
  const auto ran = run_hookferry({"list", server.url()}, {{"HOOKFERRY_KEY", "some-key"}});
  BOOST_TEST(ran.code == 0, ran.err);
}

BOOST_AUTO_TEST_CASE(a_destination_without_v1_gets_webhooks_of_v5) {
  Accounts accounts(many(2), {});
  accounts.stop();
  spill(accounts.file_of("us"), R"({"api_key":"us-key","company_id":2,"api":"v5","webhooks":[]})");
  accounts.restart({});
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 0, ran.out << ran.err);
  BOOST_TEST((sorted_aliases(accounts, "us") == std::vector<std::string>{"hook-0", "hook-1"}));
}

BOOST_AUTO_TEST_CASE(an_account_without_either_api_is_reported_with_both_failures) {
  const RawServer server(answer("404 Not Found", "<html>not here</html>"));
  const auto ran = run_hookferry({"list", server.url(), "--retries", "0"}, {{"HOOKFERRY_KEY", "some-key"}});
  BOOST_TEST(ran.code == 76, ran.err);
  BOOST_TEST(holds(ran.err, "/api/v1/external/integrations/"), ran.err);
  BOOST_TEST(holds(ran.err, "/mgmt/openapi/5/integrations/webhooks/v1"), ran.err);
}

BOOST_AUTO_TEST_CASE(a_refused_key_is_not_tried_by_the_newer_api) {
  const RawServer server(answer("403 Forbidden", "{}"));
  const auto ran = run_hookferry({"list", server.url()}, {{"HOOKFERRY_KEY", "some-key"}});
  BOOST_TEST(ran.code == 77, ran.err);
  BOOST_TEST(holds(ran.err, "api = v5"), ran.err);
  BOOST_TEST(server.connections() == 1u);
}

BOOST_AUTO_TEST_CASE(a_list_without_numbers_is_not_whole) {
  const RawServer server(answer("200 OK", R"({"deployed":[{"id":"a-1","type":"SLACK","name":"x"}]})"));
  const auto ran =
      run_hookferry({"list", server.url(), "--api", "v5", "--retries", "1"}, {{"HOOKFERRY_KEY", "some-key"}});
  BOOST_TEST(ran.code == 76, ran.err);
  BOOST_TEST(holds(ran.err, "externalId"), ran.err);
  BOOST_TEST(server.connections() == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_deleted_after_the_list_is_left_out_if_a_second_list_agrees) {
  const auto row = [](const std::string& number) {
    return R"({"id":"u-)" + number + R"(","type":"SLACK","name":"hook-)" + number + R"(","externalId":)" +
           number + "}";
  };
  std::atomic<int> lists = 0;
  const RawServer server([&](RawConnection& connection) {
    for (auto request = connection.read_request(); !request.empty(); request = connection.read_request()) {
      if (holds(request, "/v1/u-1 "))
        connection.send(answer("200 OK", "{\"webhook\":" + row("1") + "}"));
      else if (holds(request, "/v1/u-2 "))
        connection.send(answer("404 Not Found", R"({"code":404,"message":"Not Found: webhook not found"})"));
      else
        connection.send(
            answer("200 OK", "{\"deployed\":[" + row("1") + (++lists == 1 ? "," + row("2") : "") + "]}"));
    }
  });
  const auto ran = run_hookferry({"export", server.url(), "--api", "v5", "--retries", "0"},
                                 {{"HOOKFERRY_KEY", "some-key"}});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(holds(ran.out, "hook-1"), ran.out);
  BOOST_TEST(!holds(ran.out, "hook-2"), ran.out);
  BOOST_TEST(lists == 2);
}

BOOST_AUTO_TEST_CASE(what_is_listed_and_not_there_ends_with_76) {
  const RawServer server([](RawConnection& connection) {
    for (auto request = connection.read_request(); !request.empty(); request = connection.read_request())
      connection.send(
          holds(request, "/v1/u-1 ")
              ? answer("404 Not Found", R"({"code":404,"message":"Not Found: webhook"})")
              : answer("200 OK", R"({"deployed":[{"id":"u-1","type":"SLACK","name":"x","externalId":1}]})"));
  });
  const auto ran = run_hookferry({"export", server.url(), "--api", "v5", "--retries", "1"},
                                 {{"HOOKFERRY_KEY", "some-key"}});
  BOOST_TEST(ran.code == 76, ran.err);
  BOOST_TEST(holds(ran.err, "lists the webhook with id 1, and responds that it is not there"), ran.err);
}

BOOST_AUTO_TEST_CASE(check_distinguishes_reading_names_from_reading_configurations) {
  const RawServer server([](RawConnection& connection) {
    for (auto request = connection.read_request(); !request.empty(); request = connection.read_request())
      connection.send(holds(request, "/list/summaries ")
                          ? answer("200 OK", R"({"outboundWebhookSummaries":[]})")
                          : answer("403 Forbidden", R"({"code":403})"));
  });
  const auto ran = run_hookferry({"check", server.url(), "--api", "v5"}, {{"HOOKFERRY_KEY", "some-key"}});
  BOOST_TEST(ran.code == 77, ran.out << ran.err);
  BOOST_TEST(holds(ran.out, "ReadSummary"), ran.out);
}

BOOST_AUTO_TEST_CASE(a_batch_size_for_the_newer_api_is_a_warning) {
  const Accounts accounts(many(3), {});
  const auto ran = accounts.run(command(accounts, "migrate", both_v5, {"--batch-size", "3"}));
  BOOST_TEST(ran.code == 0, ran.out << ran.err);
  BOOST_TEST(holds(ran.err, "--batch-size has no effect"), ran.err);
  BOOST_TEST(accounts.requests("POST") == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
