#include "sandbox/server.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/files.hpp"
#include "support/loopback.hpp"

namespace {

using hookferry::test::Loopback;
using namespace std::chrono_literals;

/// A server in a thread of its own, of the account "eu" (key eu-key), which is empty.
class Served {
 public:
  explicit Served(const hookferry::sandbox::Limits& limits = {},
                  const std::vector<std::string>& faults = {}) {
    hookferry::test::spill(folder_ / "eu.json", R"({"api_key":"eu-key","company_id":1,"webhooks":[]})");
    hookferry::sandbox::Options options;
    options.state = folder_ / "";
    options.limits = limits;
    options.faults = faults;
    options.log = folder_ / "log";
    server_ = std::make_unique<hookferry::sandbox::Server>(options);
    thread_ = std::thread([this] { server_->serve(); });
  }
  ~Served() {
    server_->stop();
    thread_.join();
  }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
  std::string url() const { return server_->url(); }
  std::string log() const { return hookferry::test::slurp(folder_ / "log"); }
  /// From now on no change can be written to the account's file.
  void block_account_file() const {
    std::filesystem::remove(folder_ / "eu.json");
    std::filesystem::create_directories(folder_ / "eu.json" / "in the way");
  }

 private:
  hookferry::test::TempDir folder_;
  std::unique_ptr<hookferry::sandbox::Server> server_;
  std::thread thread_;
};

std::string get(const std::string& host_lines) {
  return "GET /api/v1/external/integrations HTTP/1.1\r\nAuthorization: Bearer eu-key\r\n" + host_lines +
         "\r\n";
}
const std::string whole = get("Host: localhost\r\n");

std::string post() {
  const std::string body =
      R"({"alias":"a","url":"https://a.test","integration_type_fields":"[]","integration_type_id":0,)"
      R"("integration_type":{"id":0,"name":"Slack","icon":"/assets/settings/slack-48.png"}})";
  return "POST /api/v1/external/integrations HTTP/1.1\r\nAuthorization: Bearer eu-key\r\nHost: localhost\r\n"
         "Content-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Collects what goes to std::cerr.
class ErrorOutput {
 public:
  ErrorOutput() : before_(std::cerr.rdbuf(text_.rdbuf())) {}
  ~ErrorOutput() { std::cerr.rdbuf(before_); }
  ErrorOutput(const ErrorOutput&) = delete;
  ErrorOutput& operator=(const ErrorOutput&) = delete;
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::streambuf* before_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox_server)

BOOST_AUTO_TEST_CASE(only_loopback_names_are_this_machine) {
  for (const auto* host : {"localhost", "LocalHost", "localhost:80", "127.0.0.1", "127.0.0.1:8080",
                           "127.255.0.3:65535", "[::1]", "[::1]:1"})
    BOOST_TEST(hookferry::sandbox::names_loopback(host), host);
  for (const auto* host : {"",
                           ":80",
                           "localhost:",
                           "localhost:x",
                           "localhost:123456",
                           "localhost.evil.test",
                           "evil.test",
                           "127.0.0.1.evil.test",
                           "127.0.0",
                           "127.0.0.256",
                           "127.0.0.01",
                           "127.0.0.1.",
                           "128.0.0.1",
                           "10.0.0.1",
                           "::1",
                           "[::1",
                           "[::2]",
                           "[::1]x",
                           "[::1]:",
                           "[127.0.0.1]",
                           "localhost@evil.test",
                           "evil.test:127.0.0.1"})
    BOOST_TEST(!hookferry::sandbox::names_loopback(host), host);
}

BOOST_AUTO_TEST_CASE(who_names_another_host_is_not_answered) {
  const Served served;
  Loopback connection(served.url());
  connection.send(whole);
  BOOST_TEST(connection.receive_until("\r\n\r\n[]").starts_with("HTTP/1.1 200 "));
  for (const auto& [host, status] : std::vector<std::pair<std::string, std::string>>{
           {"Host: rebound.test\r\n", "421"},
           {"Host: rebound.test:80\r\n", "421"},
           {"", "400"},
           {"Host: localhost\r\nHost: rebound.test\r\n", "400"}}) {
    Loopback other(served.url());
    other.send(get(host));
    BOOST_TEST(other.receive_all().starts_with("HTTP/1.1 " + status + " "), host);
  }
}

BOOST_AUTO_TEST_CASE(a_header_that_does_not_come_to_its_end_ends_the_connection) {
  hookferry::sandbox::Limits limits;
  limits.header = 50ms;
  const Served served(limits);
  for (const auto& begun : {std::string(), std::string("GET /api"), whole.substr(0, whole.size() - 2)}) {
    Loopback connection(served.url());
    connection.send(begun);
    BOOST_TEST(connection.receive_all() == "", begun);
  }
  Loopback second(served.url());
  second.send(whole);
  second.receive_until("\r\n\r\n[]");
  second.send("GET /api");
  BOOST_TEST(second.receive_all() == "");
}

BOOST_AUTO_TEST_CASE(a_body_that_does_not_come_to_its_end_ends_the_connection) {
  hookferry::sandbox::Limits limits;
  limits.body = 50ms;
  const Served served(limits);
  Loopback connection(served.url());
  connection.send(
      "POST /api/v1/external/integrations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{");
  BOOST_TEST(connection.receive_all() == "");
}

BOOST_AUTO_TEST_CASE(a_kept_connection_is_closed_when_nothing_comes_for_long) {
  hookferry::sandbox::Limits limits;
  limits.idle = 50ms;
  const Served served(limits);
  Loopback connection(served.url());
  connection.send(whole);
  connection.receive_until("\r\n\r\n[]");
  BOOST_TEST(connection.receive_all() == "");
}

BOOST_AUTO_TEST_CASE(no_more_connections_than_allowed_are_held) {
  hookferry::sandbox::Limits limits;
  limits.connections = 2;
  const Served served(limits);
  auto first = std::make_unique<Loopback>(served.url());
  Loopback second(served.url());
  for (auto* connection : {first.get(), &second}) {
    connection->send(whole);
    connection->receive_until("\r\n\r\n[]");
  }
  Loopback third(served.url());
  BOOST_TEST(third.receive_all() == "");
  first.reset();
  // The place is free when the server has seen that the client left, and that is soon.
  bool served_again = false;
  for (int i = 0; i < 5000 && !served_again; ++i) {
    Loopback next(served.url());
    try {
      next.send(whole);
      next.receive_until("\r\n\r\n[]");
      served_again = true;
    } catch (const std::exception&) {
      std::this_thread::sleep_for(2ms);
    }
  }
  BOOST_TEST(served_again);
}

BOOST_AUTO_TEST_CASE(a_failed_write_back_is_reported_on_standard_error_and_in_the_log) {
  const std::string reason = "cannot write ";
  for (const auto& rule : {"GET:slow=1", "POST:apply-late,after=1,status=202"}) BOOST_TEST_CONTEXT(rule) {
      const ErrorOutput errors;
      std::string log;
      {
        const Served served({}, {rule});
        served.block_account_file();
        Loopback connection(served.url());
        connection.send(post());
        if (std::string(rule).starts_with("GET")) {
          BOOST_TEST(connection.receive_all() == "");
        } else {
          BOOST_TEST(connection.receive_until("\r\n").starts_with("HTTP/1.1 200 "));
        }
        for (int i = 0; i < 5000 && log.find(" failed: ") == std::string::npos; ++i) {
          std::this_thread::sleep_for(2ms);
          log = served.log();
        }
        Loopback next(served.url());
        next.send(whole);
        BOOST_TEST(next.receive_until("\r\n").starts_with("HTTP/1.1 200 "));
      }
      BOOST_TEST(log.find(" failed: " + reason) != std::string::npos, log);
      BOOST_TEST(errors.text().starts_with("hookferry: error: " + reason), errors.text());
    }
}

BOOST_AUTO_TEST_SUITE_END()
