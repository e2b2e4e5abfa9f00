#include "sandbox/server.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
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
  explicit Served(const hookferry::sandbox::Limits& limits = {}) {
    hookferry::test::spill(folder_ / "eu.json", R"({"api_key":"eu-key","company_id":1,"webhooks":[]})");
    hookferry::sandbox::Options options;
    options.state = folder_ / "";
    options.limits = limits;
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

BOOST_AUTO_TEST_SUITE_END()
