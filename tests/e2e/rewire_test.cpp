// Exported alerts that refer to webhooks by id, after a migration.
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

#include "json/build.hpp"
#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

std::int64_t id_of(const Accounts& accounts, const std::string& account, const std::string& alias) {
  for (const auto& webhook : accounts.webhooks(account))
    if (webhook.alias == alias) return webhook.id;
  throw std::runtime_error("no such webhook: " + alias);
}

std::string alert(std::int64_t id, const std::string& more = "") {
  return R"({"name":"caf\u00e9", "threshold" : 1.0,"notificationGroup":{"webhooks":[ {"integration":{"integrationId": )" +
         std::to_string(id) + R"( }}]})" + more + "}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rewiring)

BOOST_AUTO_TEST_CASE(alerts_refer_to_the_destinations_webhooks_and_are_the_same_otherwise_to_the_byte) {
  const Accounts accounts({slack("a", "https://a.test/", 11), slack("b", "https://b.test/", 12)},
                          {slack("b", "https://b.test/", 40)});
  BOOST_TEST(accounts.migrate().code == 0);
  const auto a = id_of(accounts, "us", "a");
  const auto text = [](std::int64_t first, std::int64_t second) {
    return "[\n\t" + alert(first) + " ,\r\n" +
           alert(second, R"(,"integration_id":)" + std::to_string(first)) + "\n]\n\n";
  };
  spill(accounts.folder().file("alerts.json"), text(11, 12));
  const auto ran = accounts.run({"rewire", accounts.folder().file("alerts.json"), accounts.ledger()});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(ran.out == text(a, 40));
  BOOST_TEST(ran.err.find("Rewired: 3") != std::string::npos, ran.err);
}

BOOST_AUTO_TEST_CASE(ten_megabytes_of_alerts_differ_at_the_ids_and_nowhere_else) {
  std::vector<std::string> source;
  for (int i = 0; i < 200; ++i)
    source.push_back(slack("hook-" + std::to_string(i), "https://hooks.test/" + std::to_string(i), 1000 + i));
  const Accounts accounts(source, {});
  BOOST_TEST(accounts.migrate().code == 0);
  std::map<std::string, std::int64_t> new_ids;
  for (const auto& webhook : accounts.webhooks("us")) new_ids[webhook.alias] = webhook.id;
  // Ids of other members, numbers that no double holds, escapes, odd spacing: all of it stays.
  const std::string padding =
      R"(,"id":1001,"query":"text.keyword:\"1001\" \u0000\ud83d\ude00 caf\u00e9 / \/","limit":1e400,)"
      "\r\n\t\"big\" :  12345678901234567890123 , \"many\":[1001,1002.50,-0 ]";
  std::string before = "\xEF\xBB\xBF[", after = before;
  for (int i = 0; before.size() < 10'000'000; ++i) {
    const auto n = i % 200;
    const auto comma = i > 0 ? " ,\n" : "";
    before += comma + alert(1000 + n, padding);
    after += comma + alert(new_ids.at("hook-" + std::to_string(n)), padding);
  }
  const auto file = accounts.folder().file("alerts.json"), out = accounts.folder().file("new.json");
  spill(file, before + "]\n");
  const auto ran = accounts.run({"rewire", file, accounts.ledger(), "-o", out});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST((slurp(out) == after + "]\n"));
  BOOST_TEST((slurp(file) == before + "]\n"));
}

BOOST_AUTO_TEST_CASE(an_id_that_the_ledger_does_not_know_is_left_named_and_makes_exit_code_1) {
  const Accounts accounts({slack("a", "https://a.test/", 11)}, {});
  BOOST_TEST(accounts.migrate().code == 0);
  const auto out = accounts.folder().file("out.json");
  const std::string text = R"([{"x":{"integrationId":999}},{"integrationId":11}])";
  const auto ran = accounts.run({"rewire", "-", accounts.ledger(), "-o", out, "-q"}, text);
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(ran.out == "");
  BOOST_TEST(ran.err.find("/0/x/integrationId") != std::string::npos, ran.err);
  BOOST_TEST(ran.err.find("999") != std::string::npos, ran.err);
  BOOST_TEST(slurp(out) == R"([{"x":{"integrationId":999}},{"integrationId":)" +
                               std::to_string(id_of(accounts, "us", "a")) + "}]");
}

BOOST_AUTO_TEST_CASE(the_report_for_programs_is_on_standard_error) {
  const Accounts accounts({slack("a", "https://a.test/", 11)}, {});
  BOOST_TEST(accounts.migrate().code == 0);
  const auto ran =
      accounts.run({"rewire", "-", accounts.ledger(), "--format", "json"},
                   R"({"integrationId":11,"y":[{"integration_id":7}],"s":"{\"integrationId\":11}"})");
  BOOST_TEST(ran.code == 1);
  const auto report = json::Document::parse(ran.err);
  BOOST_TEST(json::compact(report.root()) ==
             R"({"rewired":1,"unknown":[{"path":"/y/0/integration_id","id":7}]})");
}

BOOST_AUTO_TEST_CASE(after_an_undo_its_ids_are_unknown) {
  const Accounts accounts({slack("a", "https://a.test/", 11)}, {});
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.3"}).code == 0);
  BOOST_TEST(accounts.run({"rewire", "-", accounts.ledger()}, R"({"integrationId":11})").code == 1);
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_stays_and_what_is_no_json_is_bad_data) {
  const Accounts accounts({slack("a", "https://a.test/", 11)}, {});
  BOOST_TEST(accounts.migrate().code == 0);
  const auto marked = accounts.run({"rewire", "-", accounts.ledger()}, "\xEF\xBB\xBF[]\n");
  BOOST_TEST(marked.out == "\xEF\xBB\xBF[]\n");
  BOOST_TEST(accounts.run({"rewire", "-", accounts.ledger()}, "no json").code == 65);
  BOOST_TEST(accounts.run({"rewire", accounts.folder().file("none.json"), accounts.ledger()}).code == 66);
  BOOST_TEST(accounts.run({"rewire", "-", accounts.folder().file("none.jsonl")}, "[]").code == 66);
}

BOOST_AUTO_TEST_SUITE_END()
