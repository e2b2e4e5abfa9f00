// The sandbox as a process of its own, over raw sockets: what no well-behaved client would show.
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <memory>
#include <string>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/loopback.hpp"
#include "support/rooms.hpp"
#include "support/wait.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

const std::string all_path = "/api/v1/external/integrations";

std::string request(const std::string& method, const std::string& path, const std::string& body = {}) {
  return method + " " + path +
         " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer us-key\r\nContent-Type: application/json\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox)

BOOST_AUTO_TEST_CASE(slow_work_is_done_though_the_client_has_left) {
  const Accounts accounts({}, {slack("old", "https://a.test/", 7)},
                          {"--fault", "POST:slow-apply=300", "--fault", "DELETE:slow-apply=300"});
  {
    const Loopback leaving(accounts.url());
    leaving.send(request("POST", all_path, slack("new", "https://b.test/")));
    accounts.await_requests("begun:POST", 1);
  }
  accounts.await_requests("POST", 1);
  BOOST_TEST(accounts.count("us") == 2u);
  {
    const Loopback leaving(accounts.url());
    leaving.send(request("DELETE", all_path + "/7"));
    accounts.await_requests("begun:DELETE", 1);
  }
  accounts.await_requests("DELETE", 1);
  BOOST_TEST(accounts.aliases("us") == std::vector<std::string>{"new"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(slow_work_is_answered_to_the_client_that_waits) {
  const Accounts accounts({}, {}, {"--fault", "POST:slow-apply=50", "--fault", "POST:informational=100"});
  Loopback connection(accounts.url());
  connection.send(request("POST", all_path, slack("new", "https://b.test/")));
  BOOST_TEST(connection.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  BOOST_TEST(connection.receive_until("\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  connection.receive_until("\"companyId\":2}");
}

BOOST_AUTO_TEST_CASE(bytes_are_left_over_behind_an_answer_of_a_kept_connection) {
  const Accounts accounts({}, {},
                          {"--fault", "POST#1:leftover=503", "--fault", "POST#2:leftover=answer", "--fault",
                           "POST#3:leftover=stray"});
  Loopback connection(accounts.url());
  const auto post = request("POST", all_path + "-bulk", array_of({slack("new", "https://b.test/")}));
  const auto answer_of = [&] {
    connection.send(post);
    return connection.receive_until("\"companyId\":2}]");
  };
  BOOST_TEST(answer_of().starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(connection.receive_until("\r\n\r\n[]").starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  const auto second = answer_of();
  BOOST_TEST(connection.receive_until("\"companyId\":2}]") == second);
  answer_of();
  BOOST_TEST(connection.receive_until("stray") == "stray");
  connection.send(request("GET", all_path));
  BOOST_TEST(connection.receive_until("\r\n\r\n[{").starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(an_informational_answer_comes_also_where_no_other_does) {
  const Accounts accounts({}, {}, {"--fault", "POST:informational=103", "--fault", "POST:close-after"});
  Loopback connection(accounts.url());
  connection.send(request("POST", all_path, slack("new", "https://b.test/")));
  BOOST_TEST(connection.receive_all() == "HTTP/1.1 103 Early Hints\r\n\r\n");
  BOOST_TEST(accounts.count("us") == 1u);
}

BOOST_AUTO_TEST_CASE(requests_of_another_client_are_not_counted) {
  const Accounts accounts({}, {}, {"--fault", "POST#1:status=500"});
  const auto id = accounts.somebody_adds("us", slack("theirs", "https://a.test/"));
  const auto added = accounts.webhooks("us").at(0);
  BOOST_TEST(added.id == id);
  BOOST_TEST(added.created_at == added.updated_at);
  accounts.somebody_edits("us", id, slack("renamed", "https://b.test/"));
  const auto edited = accounts.webhooks("us").at(0);
  BOOST_TEST(edited.alias == "renamed");
  BOOST_TEST(edited.created_at == added.created_at);
  BOOST_TEST(edited.updated_at > added.updated_at);
  accounts.somebody_deletes("us", id);
  BOOST_TEST(accounts.count("us") == 0u);
  BOOST_CHECK_THROW(accounts.somebody_deletes("us", id), std::runtime_error);
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") == 0u);
  Loopback counted(accounts.url());
  counted.send(request("POST", all_path, slack("ours", "https://a.test/")));
  BOOST_TEST(counted.receive_until("\r\n").starts_with("HTTP/1.1 500 "));
}

BOOST_AUTO_TEST_CASE(an_account_opens_to_all_its_keys_and_keeps_them) {
  Accounts accounts({}, {});
  for (int round = 0; round < 2; ++round) {
    for (const auto* key : {"us-key", "us-other-key"})
      BOOST_TEST(http_request(
                     accounts.url(), "POST", all_path, slack("new", "https://b.test/"),
                     {{"Authorization", "Bearer " + std::string(key)}, {"Content-Type", "application/json"}})
                     .status == 200);
    accounts.restart({});
  }
  BOOST_TEST(accounts.count("us") == 4u);
  BOOST_TEST(accounts.count("eu") == 0u);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_sandbox_well) {
  for (const int number : {SIGINT, SIGTERM}) {
    const TempDir folder;
    spill(folder.file("us.json"), R"({"api_key":"us-key","company_id":2,"webhooks":[]})");
    Process process({hookferry_binary(), "sandbox", "--state", folder.path()}, {}, folder.file("out"),
                    folder.file("err"));
    wait_for_text(folder.file("out"), "\n");
    const auto told = slurp(folder.file("out"));
    const auto url = told.substr(0, told.find('\n'));
    BOOST_TEST(http_request(url, "POST", all_path, slack("new", "https://b.test/"),
                            {{"Authorization", "Bearer us-key"}, {"Content-Type", "application/json"}})
                   .status == 200);
    process.signal(number);
    BOOST_TEST(process.wait() == 0, slurp(folder.file("err")));
    BOOST_TEST(slurp(folder.file("us.json")).find("\"new\"") != std::string::npos);
  }
  const auto nowhere = run_hookferry({"sandbox"}, {});
  BOOST_TEST(nowhere.code == 64);
  BOOST_TEST(nowhere.err.find("the sandbox needs --demo or --state DIR") != std::string::npos, nowhere.err);
}

BOOST_AUTO_TEST_SUITE_END()
