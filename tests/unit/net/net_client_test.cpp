#include "net/client.hpp"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "support/certificates.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::net;
using namespace hookferry::test;

namespace {

Endpoint endpoint_of(const RawServer& server) {
  Endpoint out;
  out.tls = server.url().starts_with("https");
  out.host = server.host();
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

/// Certificates for servers on loopback, and a client that trusts them.
struct Authority {
  TempDir folder;
  Certificate ca = Certificate::authority(folder, "test-ca");
  Certificate certificate = ca.sign(folder, "server", {});
  RawTls server{certificate.file(), certificate.key_file(), "", 0};
  ClientOptions options() const {
    ClientOptions out;
    out.ca_file = ca.file();
    return out;
  }
};

/// Takes it back, too. False where it does not come for a long time.
bool comes(std::atomic<bool>& event) {
  for (int tries = 0; tries < 10'000; ++tries) {
    if (event.exchange(false)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
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

/// A stream of twenty requests. `on_reply` is called for each reply.
struct Twenty {
  explicit Twenty(std::function<void(std::size_t replies)> handler) : on_reply(std::move(handler)) {}
  std::function<void(std::size_t replies)> on_reply;
  std::size_t asked = 0;
  std::vector<Reply> replies;
  Next<Job> next() {
    if (asked == 20) return End{};
    ++asked;
    return Job{get(), [this](Reply reply) {
                 replies.push_back(std::move(reply));
                 on_reply(replies.size());
               }};
  }
};

std::string failure_of(Caller& caller, const RawServer& server, Twenty& stream, std::size_t connections) {
  try {
    caller.client.run(
        endpoint_of(server), [&] { return stream.next(); }, connections);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "none";
}

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
  auto one = first.start(endpoint_of(source), get(), Client::OnInterrupt::abandon);
  auto other = second.start(endpoint_of(destination), get(), Client::OnInterrupt::abandon);
  BOOST_TEST(body_of(first.finish(std::move(one))) == "source");
  BOOST_TEST(body_of(second.finish(std::move(other))) == "destination");
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
  caller.interrupts.listen();
  caller.executor.on_interrupt([&] { ++told; });
  const RawServer server([&](RawConnection& connection) {
    connection.read_request();
    std::raise(SIGINT);
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

BOOST_AUTO_TEST_CASE(the_first_signal_is_noticed_if_no_request_is_abandoned_for_it) {
  Caller caller;
  std::atomic<int> told = 0;
  caller.interrupts.listen();
  caller.executor.on_interrupt([&] { ++told; });
  const RawServer server([&](RawConnection& connection) {
    connection.read_request();
    std::raise(SIGINT);
    while (told == 0) std::this_thread::yield();
    connection.send(answer("here"));
  });
  BOOST_TEST(body_of(caller.client.send(endpoint_of(server), get(), Client::OnInterrupt::finish)) == "here");
  BOOST_TEST(caller.executor.interrupted());
  BOOST_TEST(told == 1);
}

BOOST_AUTO_TEST_CASE(the_first_exception_of_a_stream_stops_all_connections_and_is_the_one_that_is_thrown) {
  std::atomic<int> requests = 0;
  const RawServer server([&](RawConnection& connection) {
    while (!connection.read_request().empty()) {
      ++requests;
      connection.send(answer("here"));
    }
  });
  for (const bool others_fail_too : {false, true}) BOOST_TEST_CONTEXT(others_fail_too) {
      requests = 0;
      Caller caller;
      Twenty stream([&](std::size_t replies) {
        if (replies == 1 || others_fail_too) throw std::runtime_error("number " + std::to_string(replies));
      });
      BOOST_TEST(failure_of(caller, server, stream, 4) == "number 1");
      // Those that were under way have been finished, and their answers were handed over.
      BOOST_TEST(stream.asked == 4u);
      BOOST_TEST(stream.replies.size() == 4u);
      BOOST_TEST(requests == 4);
    }
}

BOOST_AUTO_TEST_CASE(a_request_that_waits_for_its_turn_is_not_sent_after_an_exception_of_its_stream) {
  std::atomic<int> requests = 0;
  const RawServer server([&](RawConnection& connection) {
    while (!connection.read_request().empty()) {
      ++requests;
      connection.send(answer("here"));
    }
  });
  ClientOptions options;
  options.rate_limiter = std::make_shared<RateLimiter>(1);
  Caller caller(options);
  Twenty stream([](std::size_t replies) {
    if (replies == 1) throw std::runtime_error("number 1");
  });
  BOOST_TEST(failure_of(caller, server, stream, 2) == "number 1");
  BOOST_TEST(requests == 1);
  BOOST_REQUIRE(stream.replies.size() == 2u);
  const auto* unsent = std::get_if<TransportError>(&stream.replies[1]);
  BOOST_REQUIRE(unsent != nullptr);
  BOOST_TEST(!unsent->sent);
}

BOOST_AUTO_TEST_CASE(a_connection_is_used_again_where_nothing_speaks_against_it) {
  for (const bool tls : {false, true}) BOOST_TEST_CONTEXT(tls) {
      const Authority authority;
      const RawServer server(
          [](RawConnection& connection) {
            for (int n = 0; !connection.read_request().empty(); ++n)
              connection.send(answer("number " + std::to_string(n)));
          },
          tls ? &authority.server : nullptr);
      Caller caller(authority.options());
      for (int n = 0; n < 3; ++n) BOOST_TEST(body_of(caller.get(server)) == "number " + std::to_string(n));
      BOOST_TEST(server.connections() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(a_connection_to_one_server_is_not_used_for_another) {
  const auto open_for_long = [](const std::string& body) {
    return [body](RawConnection& connection) {
      while (!connection.read_request().empty()) connection.send(answer(body));
    };
  };
  const RawServer one(open_for_long("one"));
  const RawServer other(open_for_long("other"));
  Caller caller;
  BOOST_TEST(body_of(caller.get(one)) == "one");
  BOOST_TEST(body_of(caller.get(other)) == "other");
  BOOST_TEST(body_of(caller.get(one)) == "one");
}

BOOST_AUTO_TEST_CASE(a_connection_is_not_used_again_after_an_answer_that_is_none) {
  std::atomic<int> connections = 0;
  const RawServer server([&](RawConnection& connection) {
    const bool first = ++connections == 1;
    connection.read_request();
    if (first) connection.send("what is this?\r\n\r\n");
    if (first && connection.read_request().empty()) return;
    connection.send(answer(first ? "the rest of it" : "an answer"));
  });
  Caller caller;
  BOOST_TEST(body_of(caller.get(server)).starts_with("error: "));
  BOOST_TEST(body_of(caller.get(server)) == "an answer");
}

BOOST_AUTO_TEST_CASE(a_connection_is_not_used_again_after_an_answer_that_its_sink_did_not_take) {
  struct Throwing : BodySink {
    void begin() override {}
    void take(std::string_view) override { throw std::runtime_error("no room"); }
  };
  const RawServer server([](RawConnection& connection) {
    for (int n = 0; !connection.read_request().empty(); ++n)
      connection.send(answer("number " + std::to_string(n)));
  });
  Caller caller;
  BOOST_TEST(body_of(caller.get(server)) == "number 0");
  Throwing sink;
  auto request = get();
  request.sink = &sink;
  BOOST_CHECK_THROW(caller.client.send(endpoint_of(server), request, Client::OnInterrupt::finish),
                    std::runtime_error);
  BOOST_TEST(body_of(caller.get(server)) == "number 0");
  BOOST_TEST(server.connections() == 2u);
}

BOOST_AUTO_TEST_CASE(bytes_behind_an_answer_never_become_the_next_answer) {
  struct Case {
    std::string name;
    std::vector<std::string> pieces;  ///< sent one after the other
  };
  const std::string stray = answer("stray");
  const std::vector<Case> cases = {
      {"with the answer", {answer("right") + stray}},
      {"in a piece of its own", {answer("right"), stray}},
      {"a line end", {answer("right"), "\r\n"}},
      {"behind a last chunk",
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nright\r\n0\r\n\r\n" + stray}},
  };
  for (const bool tls : {false, true})
    for (const auto& c : cases) BOOST_TEST_CONTEXT(c.name + (tls ? ", TLS" : "")) {
        const Authority authority;
        std::atomic<bool> said = false;
        const RawServer server(
            [&](RawConnection& connection) {
              connection.read_request();
              for (const auto& piece : c.pieces) connection.send(piece);
              said = true;
              connection.wait_until_closed();
            },
            tls ? &authority.server : nullptr);
        Caller caller(authority.options());
        for (int n = 0; n < 3; ++n) {
          BOOST_TEST(body_of(caller.get(server)) == "right");
          BOOST_REQUIRE(comes(said));
        }
        BOOST_TEST(server.connections() == 3u);
      }
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_has_ended_is_noticed_before_anything_is_sent_over_it) {
  for (const bool tls : {false, true}) BOOST_TEST_CONTEXT(tls) {
      const Authority authority;
      std::atomic<int> requests = 0;
      std::atomic<bool> ended = false;
      RawServer::Script script = [&](RawConnection& connection) {
        requests += connection.read_request().empty() ? 0 : 1;
        connection.send(answer("here"));
        ::shutdown(connection.descriptor(), SHUT_WR);
        ended = true;
        requests += connection.wait_until_closed() ? 0 : 100;
      };
      const RawServer server(script, tls ? &authority.server : nullptr);
      Caller caller(authority.options());
      for (int n = 0; n < 3; ++n) {
        BOOST_TEST(body_of(caller.get(server)) == "here");
        BOOST_REQUIRE(comes(ended));
      }
      BOOST_TEST(requests == 3);
      BOOST_TEST(server.connections() == 3u);
    }
}

BOOST_AUTO_TEST_CASE(what_was_sent_once_is_not_sent_again) {
  std::atomic<int> requests = 0;
  // The first request of a connection is answered, the second one is heard and no more.
  const RawServer server([&](RawConnection& connection) {
    requests += connection.read_request().empty() ? 0 : 1;
    connection.send(answer("here"));
    requests += connection.read_request().empty() ? 0 : 1;
  });
  Caller caller;
  BOOST_TEST(body_of(caller.get(server)) == "here");
  const auto reply = caller.get(server);
  BOOST_REQUIRE(std::holds_alternative<TransportError>(reply));
  BOOST_TEST((std::get<TransportError>(reply).kind == TransportFailure::closed));
  BOOST_TEST(std::get<TransportError>(reply).sent);
  BOOST_TEST(requests == 2);
}

BOOST_AUTO_TEST_CASE(an_answer_given_before_all_was_read_counts) {
  const RawServer server([](RawConnection& connection) {
    connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
    connection.read_request();
  });
  Caller caller;
  auto request = get();
  request.method = "POST";
  request.body = std::string(100'000, 'x');
  const auto reply = caller.client.send(endpoint_of(server), request, Client::OnInterrupt::finish);
  BOOST_REQUIRE(std::holds_alternative<Response>(reply));
  BOOST_TEST(std::get<Response>(reply).status == 413);
}

BOOST_AUTO_TEST_CASE(a_switch_of_protocols_is_the_response_and_ends_the_connection) {
  const RawServer server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
  Caller caller;
  for (int n = 0; n < 2; ++n) {
    const auto reply = caller.get(server);
    BOOST_REQUIRE(std::holds_alternative<Response>(reply));
    BOOST_TEST(std::get<Response>(reply).status == 101);
  }
  BOOST_TEST(server.connections() == 2u);
}

BOOST_AUTO_TEST_CASE(an_answer_that_stalls_or_drips_has_an_end) {
  struct Case {
    std::string start, drip, told;
  };
  ClientOptions options;
  for (const auto& c :
       {Case{"", "", "no answer in time"}, Case{"HTTP/1.1 102 Processing\r\n\r\n", "", "no answer in time"},
        Case{"HTTP/1.1 200 OK\r\n", "", "the answer stalled"},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "", "the answer stalled"},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", "x", "the answer took too long as a whole"},
        Case{"HTTP/1.1 200 OK\r\n", "a:b\r\n", "the answer took too long as a whole"},
        Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "a:b\r\n",
             "the answer took too long as a whole"}})
    BOOST_TEST_CONTEXT(c.told + ": " + c.start + c.drip) {
      std::atomic<bool> left = false;
      const RawServer server([&](RawConnection& connection) {
        connection.read_request();
        connection.send(c.start);
        while (!left && !c.drip.empty() && connection.send(c.drip))
          std::this_thread::sleep_for(std::chrono::milliseconds(5));
        connection.wait_until_closed();
      });
      // On a busy machine a drop may come late once, and then the answer has stalled indeed.
      Reply reply;
      for (const int timeout : {100, 400, 1600}) {
        options.timeout = Milliseconds(timeout);
        Caller caller(options);
        reply = caller.get(server);
        if (body_of(reply) == "error: " + c.told) break;
      }
      left = true;
      BOOST_TEST(body_of(reply) == "error: " + c.told);
      BOOST_REQUIRE(std::holds_alternative<TransportError>(reply));
      BOOST_TEST((std::get<TransportError>(reply).kind == TransportFailure::timed_out));
      BOOST_TEST(std::get<TransportError>(reply).sent);
    }
}

BOOST_AUTO_TEST_CASE(other_secrets_of_a_run_are_not_shown_either_where_a_refusal_quotes_them) {
  const std::string body = R"({"message":"no good url: only\/words, or only%2Fwords"})";
  const auto served = [&](const std::string& status) {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  ClientOptions options;
  options.secrets = {Secret("unseen"), Secret("only/words")};
  Caller caller(options);
  const RawServer refusing(served("400 Bad Request"));
  BOOST_TEST(body_of(caller.get(refusing)) == R"({"message":"no good url: ****, or ****"})");
  const RawServer giving(served("200 OK"));
  BOOST_TEST(body_of(caller.get(giving)) == body);
}

BOOST_AUTO_TEST_CASE(nothing_of_an_echoed_key_is_shown_or_traced) {
  const std::string key = "ab/cd";
  const std::string echo = R"(ab\/cd ab%2Fcd)";
  const RawServer server("HTTP/1.1 400 " + key + "\r\nX-" + "ab%2Fcd: " + echo +
                         "\xe2\x80\xae\r\nLocation: /" + key +
                         "\r\nContent-Length: " + std::to_string(echo.size()) + "\r\n\r\n" + echo);
  std::string traced;
  ClientOptions options;
  options.trace = [&](int, const std::string& line) { traced += line + "\n"; };
  Caller caller(options);
  auto request = get();
  request.bearer = Secret(key);
  const auto reply = caller.client.send(endpoint_of(server), request, Client::OnInterrupt::finish);
  BOOST_REQUIRE(std::holds_alternative<Response>(reply));
  const auto& response = std::get<Response>(reply);
  BOOST_TEST(response.body == "**** ****");
  BOOST_TEST(response.location == "/****");
  for (const auto* part : {"ab/cd", R"(ab\/cd)", "ab%2Fcd", "\xe2"})
    BOOST_TEST(traced.find(part) == std::string::npos, traced);
  BOOST_TEST(traced.find("> Authorization: Bearer ****") != std::string::npos, traced);
  BOOST_TEST(traced.find(R"(< X-****: **** ****\u202e)") != std::string::npos, traced);
}

BOOST_AUTO_TEST_SUITE_END()
