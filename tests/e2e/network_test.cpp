// What the network does, and signals, seen from the command line.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <thread>

#include "support/accounts.hpp"
#include "support/raw_server.hpp"

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
      BOOST_TEST(process.peak_kib() < most, told);
      BOOST_TEST_MESSAGE(c.name << ": " << process.peak_kib() / mib << " MiB, " << told);
    }
}
#endif

BOOST_AUTO_TEST_CASE(a_redirect_is_told_with_its_host_and_never_followed) {
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

BOOST_AUTO_TEST_SUITE_END()
