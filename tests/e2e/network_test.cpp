// What the network does, and signals, seen from the command line.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>

#include <chrono>
#include <csignal>
#include <thread>

#include "support/accounts.hpp"
#include "support/certificates.hpp"
#include "support/loopback.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

/// A terminal to type on.
class Terminal {
 public:
  Terminal() : descriptor_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    BOOST_REQUIRE(descriptor_ >= 0);
    BOOST_REQUIRE(::grantpt(descriptor_) == 0);
    BOOST_REQUIRE(::unlockpt(descriptor_) == 0);
    path_ = ::ptsname(descriptor_);
  }
  ~Terminal() { ::close(descriptor_); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  const std::string& path() const { return path_; }
  void type(const std::string& text) const {
    BOOST_REQUIRE(::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }

 private:
  int descriptor_;
  std::string path_;
};

/// Fails the test where it does not come.
void wait_for(const std::string& file, const std::string& text) {
  for (int tries = 0; slurp(file).find(text) == std::string::npos; ++tries) {
    BOOST_REQUIRE_MESSAGE(tries < 6000, slurp(file));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(network)

BOOST_AUTO_TEST_CASE(a_signal_at_the_question_ends_the_run_and_stopping_it_does_not) {
  const Accounts accounts(many(2), {});
  const Terminal terminal;
  const auto& folder = accounts.folder();
  std::vector<std::string> command = {hookferry_binary(),
                                      "migrate",
                                      accounts.url(),
                                      accounts.url(),
                                      "--no-rewrite",
                                      "--settle=0.1",
                                      "--ledger=" + accounts.ledger()};
  const auto err = folder.file("err");
  {
    Process process(command, accounts.environment(), folder.file("out"), err, terminal.path());
    wait_for(err, "[y/N]");
    process.signal(SIGINT);
    BOOST_TEST(process.wait() == 130);
    BOOST_TEST(slurp(err).find("interrupted; nothing was changed") != std::string::npos, slurp(err));
  }
  BOOST_TEST(accounts.count("us") == 0u);
  Process process(command, accounts.environment(), folder.file("out"), err, terminal.path());
  wait_for(err, "[y/N]");
  process.signal(SIGSTOP);
  process.signal(SIGCONT);
  terminal.type("y\n");
  BOOST_TEST(process.wait() == 0, slurp(err));
  BOOST_TEST(accounts.count("us") == 2u);
}

#ifndef __SANITIZE_ADDRESS__  // which holds freed memory back
BOOST_AUTO_TEST_CASE(no_answer_takes_more_memory_than_its_size_allows) {
  struct Case {
    std::string name, answer, repeat;
  };
  constexpr long mib = 1024;
  constexpr long most = 4 * 16 * mib + 50 * mib;  // of --max-response 16MiB
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  // Of 16 MiB each, made while they are sent: what a test process holds counts for what it starts.
  const auto body = [](const std::string& start) {
    return "HTTP/1.1 200 OK\r\nContent-Length: 16777216\r\n\r\n" + start;
  };
  const auto thousand = [](const std::string& element) {
    std::string out;
    for (int i = 0; i < 1000; ++i) out += element;
    return out;
  };
  const std::string fields = R"([{"id":1,"alias":"a","integration_type_id":0,"integration_type_fields":")";
  const std::vector<Case> cases = {
      {"endless trailers", chunked + "0\r\n", "Pad: " + std::string(1000, 'x') + "\r\n"},
      {"an endless chunk extension", chunked + "1;x=", std::string(4096, 'x')},
      {"endless chunks with extensions", chunked, "1;x=" + std::string(60'000, 'x') + "\r\n \r\n"},
      {"an endless header", "HTTP/1.1 200 OK\r\n", "Pad: " + std::string(1000, 'x') + "\r\n"},
      {"an endless body", chunked, "1000\r\n" + std::string(4096, ' ') + "\r\n"},
      {"an endless body without a length", "HTTP/1.1 200 OK\r\n\r\n", std::string(4096, ' ')},
      {"endless informational answers", "", "HTTP/1.1 102 Processing\r\n\r\n"},
      {"an endless refusal", "HTTP/1.1 403 No\r\n\r\n", std::string(4096, '\\')},
      {"numbers", body("[1"), thousand(",1")},
      {"empty objects", body("[{}"), thousand(",{}")},
      {"wide empty objects", body("[{}"), thousand(",{      }")},
      {"objects of little", body("[{}"), thousand(R"(,{"a":1})")},
      {"numbers in an object", body("[{\"a\":[1"), thousand(",1")},
      {"one long string", body("[\""), thousand("x")},
      {"numbers in the JSON of a string", body(fields + "[1"), thousand(",1")},
      {"empty objects in the JSON of a string", body(fields + "[{}"), thousand(",{}")},
      {"members of one object", body("[{\"alias\":\"a\""), thousand(R"(,"abcd":12345)")},
      {"one long alias", body("[{\"alias\":\""), thousand("x")},
      {"brackets", body("["), thousand("[")},
  };
  for (const auto& c : cases) BOOST_TEST_CONTEXT(c.name) {
      const TempDir folder;
      const RawServer server(c.answer, c.repeat);
      Process process({hookferry_binary(), "export", server.url(), "--retries", "0", "--max-response",
                       "16MiB", "--timeout", "1"},
                      {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "k"}}, folder.file("out"),
                      folder.file("err"));
      const auto code = process.wait();
      const auto told = slurp(folder.file("err"));
      BOOST_TEST(code == (c.name == "an endless refusal" ? 77 : 76), told);
      BOOST_TEST(process.peak_kib() > 0);
      BOOST_TEST(process.peak_kib() < most, told);
      BOOST_TEST_MESSAGE(c.name << ": " << process.peak_kib() / mib << " MiB, " << told);
    }
}

struct Listing {
  std::string name, begin, element, end;
};

/// An answer of 16 MiB: its element over and over. False where the client left.
bool send_listing(RawConnection& connection, const Listing& listing) {
  constexpr std::size_t size = 16 << 20;
  const auto& [name, begin, element, end] = listing;
  const auto count = (size - begin.size() - end.size()) / element.size();
  const auto length = begin.size() + count * element.size() + end.size();
  connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" + begin);
  for (std::size_t i = 0; i < count; ++i)
    if (!connection.send(element)) return false;
  return connection.send(end);
}

RawServer::Script listing_of(const Listing& listing) {
  return [=](RawConnection& connection) {
    if (!connection.read_request().empty()) send_listing(connection, listing);
  };
}

/// Of an account that is empty until something is written to it. `read_back`: how often it was read after
/// that.
RawServer::Script read_back_as(const Listing& listing, std::atomic<int>& read_back) {
  const auto written = std::make_shared<std::atomic<bool>>(false);
  return [=, &read_back](RawConnection& connection) {
    for (auto request = connection.read_request(); !request.empty(); request = connection.read_request()) {
      const bool writes = request.starts_with("POST");
      if (!writes && *written) {
        if (!send_listing(connection, listing)) return;
        ++read_back;
        continue;
      }
      *written = *written || writes;
      const std::string body = writes ? R"([{"id":1000}])" : "[]";
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                      body);
    }
  };
}

std::vector<Listing> large_listings() {
  const std::string start = R"({"id":1,"alias":"a","integration_type_id":0,"integration_type_fields":")";
  const auto wide = start + std::string(400, 'x') + "\"}";
  const auto small = start + std::string(300 - start.size() - 2, 'x') + "\"}";
  std::string many_fields = start + "[";
  for (int i = 0; i < 200; ++i) many_fields += R"({\"name\":\"f\",\"value\":12},)";
  // No id may be there twice, so only the first webhook has one.
  const auto next = [](std::string webhook) { return "," + webhook.replace(webhook.find("id"), 2, "no"); };
  return {
      {"webhooks of the usual size", "[" + wide, next(wide), "]"},
      {"small webhooks", "[" + small, next(small), "]"},
      {"webhooks with many fields", "[" + many_fields + "0]\"}", next(many_fields + "0]\"}"), "]"},
      {"one long text", "[" + start, std::string(1000, 'x'), "\"}]"},
      {"one long text of escapes", "[" + start, R"(\"\")", "\"}]"},
      {"one long text in the JSON of a string", "[" + start + R"([\")", std::string(1000, 'x'), R"(\"]"}])"},
  };
}

constexpr long most_kib = 4 * 16 * 1024 + 50 * 1024;

BOOST_AUTO_TEST_CASE(an_answer_that_is_taken_stays_within_the_same_memory) {
  for (const auto& listing : large_listings()) BOOST_TEST_CONTEXT(listing.name) {
      const TempDir folder;
      const RawServer server(listing_of(listing));
      Process process(
          {hookferry_binary(), "export", server.url(), "--retries", "0", "--max-response", "16MiB"},
          {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "k"}}, folder.file("out"), folder.file("err"));
      BOOST_TEST(process.wait() == 0, slurp(folder.file("err")));
      BOOST_TEST(process.peak_kib() > 0);
      BOOST_TEST(process.peak_kib() < most_kib);
    }
}

BOOST_AUTO_TEST_CASE(an_account_that_is_read_back_stays_within_its_memory) {
  constexpr long most = most_kib + 16 * 1024;
  auto listings = large_listings();
  const std::string start = R"([{"id":2,"integration_type_id":0,"alias":")";
  listings.push_back({"one long alias", start, std::string(1000, 'x'), "\"}]"});
  listings.push_back({"empty objects", "[{}", ",{}", "]"});
  for (const auto& listing : listings) BOOST_TEST_CONTEXT(listing.name) {
      const TempDir folder;
      std::atomic<int> read_back = 0;
      const RawServer server(read_back_as(listing, read_back));
      spill(folder.file("one.json"), array_of({slack("a", "https://a.test/", 1)}));
      Process process({hookferry_binary(), "migrate", folder.file("one.json"), server.url(), "--no-rewrite",
                       "--yes", "--settle", "0.3", "--retries", "0", "--max-response", "16MiB"},
                      {{"HOME", folder.path()}, {"HOOKFERRY_DEST_KEY", "k"}}, folder.file("out"),
                      folder.file("err"));
      BOOST_TEST(process.wait() != 0);
      BOOST_TEST(read_back > 0, slurp(folder.file("err")));
      BOOST_TEST(process.peak_kib() > 0);
      BOOST_TEST(process.peak_kib() < most, process.peak_kib() << slurp(folder.file("err")));
      BOOST_TEST_MESSAGE(listing.name << ": " << process.peak_kib() / 1024 << " MiB "
                                      << slurp(folder.file("err")));
    }
}
#endif

BOOST_AUTO_TEST_CASE(a_redirect_is_reported_with_its_host_and_never_followed) {
  const RawServer elsewhere("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
  for (const std::string status : {"301 Moved", "302 Found", "307 Elsewhere", "308 Elsewhere"}) {
    const TempDir folder;
    const RawServer server("HTTP/1.1 " + status + "\r\nLocation: " + elsewhere.url() +
                           "/?session=EXAMPLE\r\nContent-Length: 0\r\n\r\n");
    const auto ran = run_hookferry({"export", server.url(), "--retries", "0"},
                                   {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "k"}});
    BOOST_TEST(ran.code == 76, ran.err);
    BOOST_TEST(ran.err.find("redirected to the host " + elsewhere.url().substr(7) +
                            ", which is not followed") != std::string::npos,
               ran.err);
    BOOST_TEST(ran.err.find("EXAMPLE") == std::string::npos, ran.err);
  }
  BOOST_TEST(elsewhere.connections() == 0u);
}

BOOST_AUTO_TEST_CASE(authorities_and_client_certificates_come_from_options_sections_and_the_environment) {
  const TempDir folder;
  const auto ca = Certificate::authority(folder, "test-ca");
  const auto certificate = ca.sign(folder, "server", {});
  const auto mine = ca.sign(folder, "mine", {});
  const RawTls tls{certificate.file(), certificate.key_file(), ca.file(), 0};
  const RawServer server(
      [](RawConnection& connection) {
        while (!connection.read_request().empty())
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
      },
      &tls);
  const auto config = folder.file("c.ini");
  const std::string section = "[a]\nurl = " + server.url() + "\n";
  const std::string own = "client-cert = ~/mine.pem\nclient-key = ~/mine.key\n";
  const auto exits = [&](const std::string& text, const std::vector<std::string>& options,
                         const Environment& more = {}) {
    spill(config, text);
    Environment environment = {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "k"}};
    environment.insert(more.begin(), more.end());
    std::vector<std::string> arguments = {"export", "a", "--config", config, "--retries", "0"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run_hookferry(arguments, environment).code;
  };
  const std::vector<std::string> by_option = {"--client-cert", mine.file(), "--client-key", mine.key_file()};
  const Environment by_variable = {{"SSL_CERT_FILE", ca.file()}};
  BOOST_TEST(exits(section + own + "ca-file = ~/test-ca.pem\n", {}) == 0);
  BOOST_TEST(exits("[defaults]\nca-file = ~/test-ca.pem\n" + own + section, {}) == 0);
  BOOST_TEST(exits(section + own, {}, by_variable) == 0);
  BOOST_TEST(exits(section, by_option, by_variable) == 0);
  BOOST_TEST(exits(section + "client-cert = ~/absent.pem\n", by_option, by_variable) == 0);
  BOOST_TEST(exits(section, {}, by_variable) == 76);
  BOOST_TEST(exits(section + own, {}) == 76);
  const auto other = Certificate::authority(folder, "other-ca");
  BOOST_TEST(exits(section + own, {"--ca-file", other.file()}, by_variable) == 76);  // it replaces the others
  BOOST_TEST(exits(section + own, {}, {{"SSL_CERT_FILE", folder.file("absent.pem")}}) == 78);
  BOOST_TEST(exits(section + "client-cert = ~/absent.pem\n", {}, by_variable) == 78);
  BOOST_TEST(exits(section + "client-key = ~/mine.key\n", {}, by_variable) == 78);
}

BOOST_AUTO_TEST_CASE(each_account_is_shown_its_own_client_certificate) {
  const TempDir folder;
  const auto ca = Certificate::authority(folder, "ca"), one_ca = Certificate::authority(folder, "one-ca"),
             two_ca = Certificate::authority(folder, "two-ca");
  const auto certificate = ca.sign(folder, "server", {});
  const auto one = one_ca.sign(folder, "one", {}), two = two_ca.sign(folder, "two", {});
  const RawServer::Script empty_account = [](RawConnection& connection) {
    while (!connection.read_request().empty())
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
  };
  const RawTls wants_one{certificate.file(), certificate.key_file(), one_ca.file(), 0};
  const RawTls wants_two{certificate.file(), certificate.key_file(), two_ca.file(), 0};
  const RawServer first(empty_account, &wants_one), second(empty_account, &wants_two);
  spill(folder.file("c.ini"), "[one]\nurl = " + first.url() +
                                  "\nclient-cert = ~/one.pem\nclient-key = ~/one.key\n[two]\nurl = " +
                                  second.url() + "\nclient-cert = ~/two.pem\nclient-key = ~/two.key\n");
  const auto ran = run_hookferry({"diff", "one", "two", "--config", folder.file("c.ini"), "--retries", "0"},
                                 {{"HOME", folder.path()},
                                  {"SSL_CERT_FILE", ca.file()},
                                  {"HOOKFERRY_SOURCE_KEY", "source-key"},
                                  {"HOOKFERRY_DEST_KEY", "dest-key"}});
  BOOST_TEST(ran.code == 0, ran.err);
}

BOOST_AUTO_TEST_CASE(a_server_is_asked_not_to_compress_its_response_and_told_who_asks) {
  const TempDir folder;
  const RawServer server([](RawConnection& connection) {
    const auto request = connection.read_request();
    const auto has = [&](const char* header) { return request.find(header) != std::string::npos; };
    connection.send(!has("\r\nAccept-Encoding: identity\r\n") || !has("\r\nUser-Agent: hookferry/")
                        ? "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"
                        : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
  });
  const auto ran = run_hookferry({"export", server.url(), "--retries", "0"},
                                 {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "some-key"}});
  BOOST_TEST(ran.code == 0, ran.err);
}

BOOST_AUTO_TEST_CASE(connecting_has_a_time_limit) {
  const TempDir folder;
  const Listener full;
  BOOST_REQUIRE(::listen(full.descriptor(), 0) == 0);
  const auto first = connect_to(full.port());  // the only one that the queue has room for
  BOOST_REQUIRE(first.has_value());
  const auto ran = run_hookferry(
      {"export", "http://127.0.0.1:" + std::to_string(full.port()), "--retries", "0", "--timeout", "0.5"},
      {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "some-key"}});
  ::close(*first);
  BOOST_TEST(ran.code == 69, ran.err);
  BOOST_TEST(ran.err.find("connecting timed out") != std::string::npos, ran.err);
}

BOOST_AUTO_TEST_CASE(retries_counts_for_writes) {
  for (const std::size_t retries : {0, 1}) {
    const Accounts accounts(many(1), {}, {"--fault", "POST:close-before"});
    const auto ran = accounts.migrate({"--retries", std::to_string(retries)});
    BOOST_TEST(ran.code == 1, ran.err + ran.out);
    BOOST_TEST(accounts.requests("POST") == 1 + retries);
  }
}

BOOST_AUTO_TEST_CASE(ctrl_c_ends_the_pause_before_a_retry) {
  const TempDir folder;
  const RawServer server("HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n");
  Process process({hookferry_binary(), "export", server.url(), "-v"},
                  {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "some-key"}}, folder.file("out"),
                  folder.file("err"));
  wait_for(folder.file("err"), "retry 1 of 5");
  process.signal(SIGINT);
  BOOST_TEST(process.wait(20) == 130, slurp(folder.file("err")));
}

#ifndef __SANITIZE_ADDRESS__  // which is to be preloaded first
BOOST_AUTO_TEST_CASE(name_servers_that_do_not_answer_are_asked_again) {
  const TempDir folder;
  const auto ran =
      run_hookferry({"export", "https://busy.test", "--retries", "2", "-v"},
                    {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "some-key"}, {"LD_PRELOAD", HOST_NAMES}});
  BOOST_TEST(ran.code == 69, ran.err);
  BOOST_TEST(ran.err.find("retry 2 of 2") != std::string::npos, ran.err);
}
#endif

BOOST_AUTO_TEST_CASE(a_server_without_tls_and_an_ended_handshake_are_reported) {
  const TempDir folder;
  const Environment environment = {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "k"}};
  const RawServer ending([](RawConnection& connection) { connection.receive_some(); });
  const auto ended =
      run_hookferry({"export", "https" + ending.url().substr(4), "--retries", "1"}, environment);
  BOOST_TEST(ended.code == 69, ended.err);
  BOOST_TEST(ended.err.find("the connection ended inside the TLS handshake") != std::string::npos, ended.err);
  BOOST_TEST(ending.connections() == 2u);
  const auto certificate = Certificate::self_signed(folder, {});
  const RawTls tls{certificate.file(), certificate.key_file(), "", 0};
  const RawServer server([](RawConnection&) {}, &tls);
  const auto refused = run_hookferry({"export", server.url(), "--retries", "5"}, environment);
  BOOST_TEST(refused.code == 76, refused.err);
  BOOST_TEST(
      refused.err.find("self-signed certificate (subject CN=test; issuer CN=test)") != std::string::npos,
      refused.err);
  BOOST_TEST(server.connections() == 1u);
}

BOOST_AUTO_TEST_CASE(headers_of_a_response_that_may_hold_secrets_are_shown_by_their_names_alone) {
  const TempDir folder;
  const RawServer server(
      "HTTP/1.1 200 OK\r\nSet-Cookie: session=EXAMPLE1\r\nX-Debug-Token: EXAMPLE2\r\nLocation: "
      "/?sig=EXAMPLE3\r\nServer: nginx\r\nContent-Length: 2\r\n\r\n[]");
  const auto ran = run_hookferry({"export", server.url(), "-vv"},
                                 {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "account-key"}});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(ran.err.find("EXAMPLE") == std::string::npos, ran.err);
  for (const std::string line : {"< HTTP 200", "< Set-Cookie: ***", "< X-Debug-Token: ***", "< Server: nginx",
                                 "> User-Agent: hookferry/"})
    BOOST_TEST(ran.err.find(line) != std::string::npos, ran.err);
}

BOOST_AUTO_TEST_CASE(a_key_that_a_server_sends_back_escaped_is_shown_nowhere) {
  const TempDir folder;
  const std::string key = "EXAMPLE/k+y\"1";
  const std::string json = R"({"message":"no such key EXAMPLE\/k\u002by\"1 nor \u0045XAMPLE/k+y\u00221"})";
  const std::string percent = "EXAMPLE%2Fk%2By%221 is no key, EXAMPLE%252Fk%252By%25221 neither";
  for (const auto& body : {json, percent})
    for (const std::string status : {"400 Bad", "401 No", "500 Oops"}) {
      const RawServer server("HTTP/1.1 " + status + "\r\nX-EXAMPLE%2Fk%2By%221: " + key + "\r\nLocation: /" +
                             key + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
      for (const std::string command : {"export", "check"}) {
        std::vector<std::string> arguments = {command, server.url(), "-vv", "--retries", "0"};
        const auto ran = run_hookferry(arguments, {{"HOME", folder.path()}, {"HOOKFERRY_KEY", key}});
        BOOST_TEST((ran.code == 76 || ran.code == 77 || ran.code == 69), ran.err);
        BOOST_TEST((ran.out + ran.err).find("EXAMPLE") == std::string::npos, ran.out + ran.err);
        BOOST_TEST((ran.out + ran.err).find("XAMPLE") == std::string::npos, ran.out + ran.err);
        BOOST_TEST(ran.err.find("****") != std::string::npos, ran.err);
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
