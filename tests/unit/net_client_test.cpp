#include "net/client.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

#include "support/raw_server.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

Endpoint endpoint_of(const RawServer& server) {
  Endpoint out;
  out.tls = false;
  out.host = "127.0.0.1";
  out.port = static_cast<std::uint16_t>(server.port());
  return out;
}

std::string answer(const std::string& body, const std::string& more_headers = {}) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers +
         "\r\n" + body;
}

Request get() {
  Request out;
  out.method = "GET";
  out.target = "/";
  return out;
}

std::string body_of(const Reply& reply) {
  const auto* response = std::get_if<Response>(&reply);
  return response != nullptr ? response->body : "error: " + std::get<TransportError>(reply).text;
}

/// Signals nobody, one executor, one client.
struct Caller {
  explicit Caller(ClientOptions options = {}) : executor(interrupts), client(executor, std::move(options)) {}
  Interrupts interrupts;
  Executor executor;
  Client client;
  Reply get(const RawServer& server) {
    return client.send(endpoint_of(server), ::get(), Client::OnInterrupt::abandon);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(net_client)

BOOST_AUTO_TEST_CASE(two_accounts_are_read_at_the_same_time_over_one_executor) {
  std::atomic<int> waiting = 0;
  // Neither answers before both have been asked.
  const auto both = [&](const std::string& body) {
    return [&waiting, body](RawConnection& connection) {
      connection.read_request();
      ++waiting;
      while (waiting < 2) std::this_thread::yield();
      connection.send(answer(body));
    };
  };
  const RawServer source(both("source"));
  const RawServer destination(both("destination"));
  const Interrupts interrupts;
  Executor executor(interrupts);
  Client first(executor, {});
  Client second(executor, {});
  const auto one = first.start(endpoint_of(source), get(), Client::OnInterrupt::abandon);
  const auto other = second.start(endpoint_of(destination), get(), Client::OnInterrupt::abandon);
  BOOST_TEST(body_of(first.finish(one)) == "source");
  BOOST_TEST(body_of(second.finish(other)) == "destination");
}

BOOST_AUTO_TEST_CASE(a_client_may_leave_with_an_answer_under_way) {
  const RawServer silent([](RawConnection& connection) { connection.wait_until_closed(); });
  const RawServer server(answer("here"));
  const Interrupts interrupts;
  Executor executor(interrupts);
  {
    Client leaving(executor, {});
    leaving.start(endpoint_of(silent), get(), Client::OnInterrupt::finish);
    executor.wait(Milliseconds(1));
  }
  Client staying(executor, {});
  BOOST_TEST(body_of(staying.send(endpoint_of(server), get(), Client::OnInterrupt::finish)) == "here");
  staying.start(endpoint_of(silent), get(), Client::OnInterrupt::finish);  // and the executor, too
  executor.wait(Milliseconds(1));
}

BOOST_AUTO_TEST_CASE(executors_on_threads_of_their_own_do_not_meet) {
  const RawServer server(answer("here"));
  const Interrupts interrupts;
  std::vector<std::string> bodies(4);
  std::vector<std::thread> threads;
  for (auto& body : bodies)
    threads.emplace_back([&] {
      Executor executor(interrupts);
      Client client(executor, {});
      body = body_of(client.send(endpoint_of(server), get(), Client::OnInterrupt::abandon));
    });
  for (auto& thread : threads) thread.join();
  for (const auto& body : bodies) BOOST_TEST(body == "here");
}

BOOST_AUTO_TEST_CASE(the_first_signal_ends_what_may_be_abandoned_and_waits_for_the_rest) {
  Caller caller;
  int told = 0;
  caller.client.on_interrupt([&] { ++told; });
  const RawServer server([&](RawConnection& connection) {
    connection.read_request();
    caller.interrupts.request();
    connection.wait_until_closed();
  });
  const auto reply = caller.get(server);
  BOOST_REQUIRE(std::holds_alternative<TransportError>(reply));
  BOOST_TEST((std::get<TransportError>(reply).kind == TransportFailure::interrupted));
  BOOST_TEST(std::get<TransportError>(reply).sent);
  BOOST_TEST(told == 0);
  const auto later = caller.get(server);
  BOOST_TEST(!std::get<TransportError>(later).sent);
  const RawServer patient(answer("settled"));
  BOOST_TEST(body_of(caller.client.send(endpoint_of(patient), get(), Client::OnInterrupt::finish)) ==
             "settled");
}

BOOST_AUTO_TEST_CASE(the_first_signal_is_told_where_nothing_is_abandoned_for_it) {
  Caller caller;
  std::atomic<int> told = 0;
  caller.client.on_interrupt([&] { ++told; });
  const RawServer server([&](RawConnection& connection) {
    connection.read_request();
    caller.interrupts.request();
    while (told == 0) std::this_thread::yield();
    connection.send(answer("here"));
  });
  BOOST_TEST(body_of(caller.client.send(endpoint_of(server), get(), Client::OnInterrupt::finish)) == "here");
  BOOST_TEST(caller.client.interrupted());
  BOOST_TEST(told == 1);
}

BOOST_AUTO_TEST_SUITE_END()
