// What the network does, and signals, seen from the command line.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <thread>

#include "support/accounts.hpp"

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

BOOST_AUTO_TEST_SUITE_END()
