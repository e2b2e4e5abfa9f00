// Accounts, keys, certificates: who is talked to and with what.
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "support/accounts.hpp"
#include "support/certificates.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

/// An authority of its own and a certificate by it for these names, in OpenSSL's spelling.
struct Certificates {
  Certificates(const TempDir& folder, const std::string& names)
      : authority(Certificate::authority(folder, "test-ca")),
        server(authority.sign(folder, "server", named(names))) {}
  static CertificateText named(const std::string& names) {
    CertificateText out;
    out.alternative_names = names;
    return out;
  }
  Certificate authority, server;
};

/// Takes one connection, hears the first bytes and says nothing.
class SilentServer {
 public:
  SilentServer() = default;
  ~SilentServer() { hang_up(); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  std::string place() const { return "127.0.0.1:" + std::to_string(listener_.port()); }
  void hear() {
    connection_ = ::accept(listener_.descriptor(), nullptr, nullptr);
    char byte = 0;
    if (::recv(connection_, &byte, 1, MSG_PEEK) != 1) throw std::runtime_error("recv");
  }
  void hang_up() {
    if (connection_ >= 0) ::close(connection_);
    connection_ = -1;
  }

 private:
  Listener listener_;
  int connection_ = -1;
};

/// What a terminal of that kind shows of the command; its input ends at once.
std::string on_terminal(const std::vector<std::string>& arguments, Environment environment,
                        const std::string& kind) {
  std::string command = hookferry_binary();
  for (const auto& word : arguments) command += " '" + word + "'";
  environment["TERM"] = kind;
  environment["SHELL"] = "/bin/sh";
  const TempDir files;
  Process process({"script", "-qec", command, "/dev/null"}, environment, files.file("out"),
                  files.file("err"));
  process.wait();
  return slurp(files.file("out"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(accounts)

BOOST_AUTO_TEST_CASE(tls_needs_a_certificate_that_is_trusted_and_names_the_host) {
  const TempDir folder;
  const Certificates good(folder, "IP:127.0.0.1");
  const Accounts served(many(3), {}, {"--tls-cert", good.server.file(), "--tls-key", good.server.key_file()});
  BOOST_TEST(served.url().starts_with("https://"));
  const auto untrusted = served.run({"export", served.url(), "--retries", "0"});
  BOOST_TEST(untrusted.code == 76, untrusted.err);
  BOOST_TEST(untrusted.err.find("certificate") != std::string::npos, untrusted.err);
  const auto trusted = served.migrate({"--ca-file", good.authority.file()});
  BOOST_TEST(trusted.code == 0, trusted.err);
  BOOST_TEST(served.count("us") == 3u);

  const TempDir other;
  const Certificates misnamed(other, "DNS:elsewhere.test");
  const Accounts impostor(many(1), {},
                          {"--tls-cert", misnamed.server.file(), "--tls-key", misnamed.server.key_file()});
  const auto refused =
      impostor.run({"export", impostor.url(), "--retries", "0", "--ca-file", misnamed.authority.file()});
  BOOST_TEST(refused.code == 76, refused.err);
}

BOOST_AUTO_TEST_CASE(plain_http_is_refused_off_loopback_and_odd_urls_everywhere) {
  const TempDir folder;
  const Environment environment = {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "k"}};
  for (const std::string url :
       {"http://api.coralogix.com", "http://127.0.0.1.evil.test", "http://localhost.evil.test/",
        "https://user:pw@api.coralogix.com", "https://api.coralogix.com:99999", "https:///x",
        "https://api.coralogix.com/other", "ftp://api.coralogix.com", "https://api.coralogix.com/?q=1"}) {
    const auto ran = run_hookferry({"export", url, "--retries", "0", "--timeout", "1"}, environment);
    BOOST_TEST(ran.code == 64, url + ": " + ran.err);
  }
}

BOOST_AUTO_TEST_CASE(a_host_that_begins_like_an_address_is_a_name) {
  const TempDir folder;
  const Environment environment = {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "k"}};
  // Port 1: whether the name resolves or not, the URL was taken and nobody answers.
  for (const std::string url :
       {"https://10.0.0.1.nip.test:1", "https://127.0.0.1.evil.test:1/api/v1/external/integrations/"}) {
    const auto ran = run_hookferry({"check", url, "--timeout", "2", "--format", "json"}, environment);
    BOOST_TEST(ran.code == 69, ran.out);
    BOOST_TEST(ran.out.find("\"url\": \"" + url.substr(0, url.find(":1") + 2) + "\"") != std::string::npos,
               ran.out);
  }
  for (const std::string url :
       {"http://127.0.0.1.evil.test", "http://127.0.0.1.evil.test:80/", "http://127.0.0.1.5",
        "http://127.0.0", "http://127.0.0.256", "http://127.0.0.1.", "http://127.0.0.1..", "http://127..0.1",
        "http://0127.0.0.1", "http://128.0.0.1"}) {
    const auto ran = run_hookferry({"export", url, "--retries", "0", "--timeout", "1"}, environment);
    BOOST_TEST(ran.code == 64, url + ": " + ran.err);
    BOOST_TEST(ran.err.find("in the clear") != std::string::npos, ran.err);
  }
  for (const std::string url : {"https://127.0.0.1@evil.test", "https://127.0.0.1.evil.test/other",
                                "https://10.0.0.1.evil.test:99999", "https://10.0.0.1.a%2Fb.test",
                                "https://10.0.0.1.evil.test:8o", "https://10.0.0.1?x=1"})
    BOOST_TEST(run_hookferry({"export", url, "--retries", "0"}, environment).code == 64, url);
}

BOOST_AUTO_TEST_CASE(accounts_of_the_configuration_carry_their_keys_and_regions) {
  const Accounts accounts(many(2), {});
  const auto config = accounts.folder().file("hookferry.ini");
  spill(accounts.folder().file("us.key"), "us-key\n");
  ::chmod(accounts.folder().file("us.key").c_str(), 0600);
  spill(config, "# two accounts\n[defaults]\nsettle = 0.2\n\n[from]\nregion = eu1\nurl = " + accounts.url() +
                    "\napi-key-command = echo eu-key\n\n[to]\nregion = us1\nurl = " + accounts.url() +
                    "/api/v1/external/integrations/\napi-key-file = " + accounts.folder().file("us.key") +
                    "\n");
  const Environment environment = {{"HOME", accounts.folder().path()}, {"HOOKFERRY_CONFIG", config}};
  const auto ran = run_hookferry({"migrate", "from", "to", "--yes"}, environment);
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(ran.err.find("not known") == std::string::npos, ran.err);
  BOOST_TEST(accounts.count("us") == 2u);
  const auto checked = run_hookferry({"check", "from", "to"}, environment);
  BOOST_TEST(checked.code == 0, checked.out);
}

BOOST_AUTO_TEST_CASE(an_unknown_name_in_the_configuration_is_reported_with_file_line_and_the_nearest_name) {
  const TempDir folder;
  spill(folder.file("c.ini"), "[defaults]\nretries = 3\n\n[a]\nregoin = eu1\n");
  const auto ran = run_hookferry({"check", "a", "--config", folder.file("c.ini")}, {{"HOME", folder.path()}});
  BOOST_TEST(ran.code == 78, ran.err);
  BOOST_TEST(ran.err.find("c.ini:5") != std::string::npos, ran.err);
  BOOST_TEST(ran.err.find("did you mean region?") != std::string::npos, ran.err);
}

BOOST_AUTO_TEST_CASE(a_misplaced_setting_is_reported_with_the_right_place) {
  struct Case {
    std::string text, told;
  };
  const std::vector<Case> cases = {
      {"[a]\nURL = x\n", "did you mean url?"},
      {"[a]\napi-key = x\n", "did you mean api-key-env?"},
      {"[a]\nprivatekey = x\n", "did you mean sendlog-private-key-env?"},
      {"[default]\nretries = 3\n", "did you mean [defaults]?"},
      {"[Defaults]\nretries = 3\n", "did you mean [defaults]?"},
      {"[a]\nretries = 3\n", "options stand in [defaults]"},
      {"[defaults]\nconfig = x\n", "a file cannot name the file"},
  };
  for (const auto& c : cases) {
    const TempDir folder;
    spill(folder.file("c.ini"), c.text);
    const auto ran = run_hookferry({"regions", "--config", folder.file("c.ini")}, {{"HOME", folder.path()}});
    BOOST_TEST(ran.code == 78, ran.err);
    BOOST_TEST(ran.err.find("c.ini:2: ") != std::string::npos, ran.err);
    BOOST_TEST(ran.err.find(c.told) != std::string::npos, ran.err);
  }
}

BOOST_AUTO_TEST_CASE(filters_of_the_configuration_narrow_no_backup_and_can_be_cleared) {
  const Accounts accounts(many(3), {});
  const auto config = accounts.folder().file("c.ini");
  spill(config, "[defaults]\nexcept = hook-1\n");
  auto environment = accounts.environment();
  environment["HOOKFERRY_KEY"] = "eu-key";
  environment["HOOKFERRY_CONFIG"] = config;
  for (const std::string command : {"export", "list"}) {
    const auto ran = run_hookferry({command, accounts.url()}, environment);
    BOOST_TEST(ran.out.find("hook-1") != std::string::npos, ran.out);
    const auto own = run_hookferry({command, accounts.url(), "--except", "hook-1"}, environment);
    BOOST_TEST(own.out.find("hook-1") == std::string::npos, own.out);
  }
  const auto diff = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"diff", accounts.url(), accounts.url(), "--no-rewrite"};
    words.insert(words.end(), more.begin(), more.end());
    return run_hookferry(words, environment).out;
  };
  BOOST_TEST(diff({}).find("2 to create") != std::string::npos);
  BOOST_TEST(diff({"--no-except"}).find("3 to create") != std::string::npos);
  BOOST_TEST(diff({"--no-except"}).find("left out") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_key_option_is_not_sent_to_several_accounts) {
  const Accounts accounts(many(1), {});
  spill(accounts.folder().file("key"), "eu-key\n");
  ::chmod(accounts.folder().file("key").c_str(), 0600);
  const auto ran =
      accounts.run({"check", accounts.url(), "us1", "--key-file", accounts.folder().file("key")});
  BOOST_TEST(ran.code == 64, ran.err);
  BOOST_TEST(ran.err.find("--key-file names one key") != std::string::npos, ran.err);
  BOOST_TEST(accounts.requests("GET") == 0u);
}

BOOST_AUTO_TEST_CASE(where_an_account_is_has_to_be_said_once_and_not_otherwise) {
  struct Case {
    std::string section;
    std::vector<std::string> options;
    int code;
    std::string told;
  };
  const std::vector<Case> cases = {
      {"region = eu9\n", {}, 78, "c.ini:2: there is no region \"eu9\""},
      {"api-key-env = KEY\n", {}, 78, "the section [a] has neither region nor url"},
      {"region = eu1\n", {"--source-region", "us1"}, 64, "a is in region eu1, not us1"},
  };
  for (const auto& c : cases) {
    const TempDir folder;
    spill(folder.file("c.ini"), "[a]\n" + c.section);
    std::vector<std::string> arguments = {"diff", "a", "http://127.0.0.1:1", "--config",
                                          folder.file("c.ini")};
    arguments.insert(arguments.end(), c.options.begin(), c.options.end());
    const auto ran = run_hookferry(arguments, {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "k"}});
    BOOST_TEST(ran.code == c.code, ran.err);
    BOOST_TEST(ran.err.find(c.told) != std::string::npos, ran.err);
  }
}

BOOST_AUTO_TEST_CASE(a_section_with_the_name_of_another_region_is_refused) {
  const TempDir folder;
  spill(folder.file("c.ini"), "[us1]\nregion = eu2\n[eu1]\nregion = eu1\nurl = http://127.0.0.1:1\n");
  const auto of = [&](const std::string& account) {
    return run_hookferry({"list", account, "--config", folder.file("c.ini"), "--retries", "0"},
                         {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "k"}});
  };
  const auto refused = of("us1");
  BOOST_TEST(refused.code == 78, refused.err);
  BOOST_TEST(refused.err.find("c.ini:2: the section [us1] has the name of a region but is in region eu2") !=
                 std::string::npos,
             refused.err);
  BOOST_TEST(of("eu1").code == 69);
}

BOOST_AUTO_TEST_CASE(a_configuration_may_begin_with_a_byte_order_mark_and_name_files_below_home) {
  const TempDir folder;
  const Certificates certificates(folder, "IP:127.0.0.1");
  const Accounts accounts(
      {sendlog("log", "https://a.test/")}, {},
      {"--tls-cert", certificates.server.file(), "--tls-key", certificates.server.key_file()});
  spill(folder.file("eu.key"), "eu-key\n");
  spill(folder.file("logs.key"), "EXAMPLE-LOGS\n");
  spill(folder.file("c.ini"),
        "\xEF\xBB\xBF[from]\nurl = " + accounts.url() +
            "\napi-key-file = ~/eu.key\nca-file = ~/test-ca.pem\n[to]\nurl = " + accounts.url() +
            "\nsendlog-private-key-file = ~/logs.key\n[defaults]\n"
            "ca-file = ~/test-ca.pem\nno-rewrite = true\n");
  const Environment environment = {
      {"HOME", folder.path()}, {"HOOKFERRY_DEST_KEY", "us-key"}, {"HOOKFERRY_CONFIG", folder.file("c.ini")}};
  const auto ran = run_hookferry({"diff", "from", "to"}, environment);
  BOOST_TEST(ran.code == 2, ran.err);
  const auto checked = run_hookferry({"check", "from"}, environment);
  BOOST_TEST(checked.code == 0, checked.out);
}

BOOST_AUTO_TEST_CASE(a_key_file_that_others_may_read_gives_a_warning) {
  const Accounts accounts(many(1), {});
  const auto key = accounts.folder().file("key");
  spill(key, "eu-key\n");
  for (const mode_t mode : {0644, 0640, 0604}) {
    ::chmod(key.c_str(), mode);
    const auto open = accounts.run({"export", accounts.url(), "--source-key-file", key});
    BOOST_TEST(open.code == 0, open.err);
    BOOST_TEST(open.err.find("chmod 600") != std::string::npos, open.err);
  }
  ::chmod(key.c_str(), 0600);
  BOOST_TEST(accounts.run({"export", accounts.url(), "--source-key-file", key}).err == "");
}

BOOST_AUTO_TEST_CASE(a_key_can_come_from_standard_input) {
  const Accounts accounts(many(1), {});
  const auto ran =
      accounts.run({"export", accounts.url(), "--source-key-file", "-"}, "eu-key\nsecond line\n");
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(ran.out.find("hook-0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(standard_input_holds_one_key_for_one_setting) {
  const Accounts accounts(many(1), {});
  const auto both =
      accounts.run({"diff", accounts.url(), accounts.url(), "--source-key-file", "-", "--dest-key-file", "-"},
                   "eu-key\nus-key\n");
  BOOST_TEST(both.code == 64, both.err);
  BOOST_TEST(both.err.find("standard input cannot hold both keys") != std::string::npos, both.err);
  BOOST_TEST(both.err.find("has taken it; put the key of ") != std::string::npos, both.err);
  BOOST_TEST(accounts.requests("GET") == 0u);
  spill(accounts.folder().file("c.ini"), "[us]\nurl = " + accounts.url() + "\napi-key-file = -\n");
  const auto section = accounts.run(
      {"diff", accounts.url(), "us", "--source-key-file", "-", "--config", accounts.folder().file("c.ini")},
      "eu-key\n");
  BOOST_TEST(section.code == 64, section.err);
  spill(accounts.folder().file("c.ini"), "[defaults]\nkey-file = -\n[one]\nurl = " + accounts.url() +
                                             "\n[two]\nurl = " + accounts.url() + "\n");
  const auto twice =
      accounts.run({"check", "one", "two", "--config", accounts.folder().file("c.ini")}, "eu-key\n");
  BOOST_TEST(twice.code == 0, twice.out + twice.err);
}

BOOST_AUTO_TEST_CASE(export_takes_the_key_of_a_source_before_the_general_one) {
  const Accounts accounts(many(1), {});
  const auto exported = [&](const Environment& keys, const std::vector<std::string>& options = {}) {
    Environment environment = keys;
    environment["HOME"] = accounts.folder().path();
    std::vector<std::string> arguments = {"export", accounts.url()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run_hookferry(arguments, environment);
  };
  BOOST_TEST(exported({{"HOOKFERRY_SOURCE_KEY", "eu-key"}}).code == 0);
  BOOST_TEST(exported({{"HOOKFERRY_KEY", "eu-key"}}).code == 0);
  BOOST_TEST(exported({{"HOOKFERRY_KEY", "eu-key"}, {"HOOKFERRY_SOURCE_KEY", "wrong"}}).code == 77);
  BOOST_TEST(exported({{"HOOKFERRY_KEY", "wrong"}, {"HOOKFERRY_SOURCE_KEY", "eu-key"}}).code == 0);
  spill(accounts.folder().file("key"), "eu-key\n");
  BOOST_TEST(exported({}, {"--source-key-file", accounts.folder().file("key")}).code == 0);
  const auto none = exported({{"HOOKFERRY_DEST_KEY", "us-key"}});
  BOOST_TEST(none.code == 78, none.err);
  for (const std::string way :
       {"HOOKFERRY_KEY", "HOOKFERRY_SOURCE_KEY", "--key-file", "--source-key-file", "api-key-file"})
    BOOST_TEST(none.err.find(way) != std::string::npos, none.err);
}

BOOST_AUTO_TEST_CASE(no_key_is_ever_shown_not_even_with_headers) {
  const Accounts accounts(many(2), {});
  const auto ran = accounts.migrate({"-vv"});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(ran.err.find("Bearer ****") != std::string::npos, ran.err);
  for (const std::string key : {"eu-key", "us-key"}) {
    BOOST_TEST(ran.err.find(key) == std::string::npos);
    BOOST_TEST(ran.out.find(key) == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(secrets_are_masked_and_two_different_ones_look_different) {
  const Accounts accounts({slack("a", "https://hooks.slack.com/services/T0/B0/EXAMPLEone", 1)},
                          {slack("a", "https://hooks.slack.com/services/T0/B0/EXAMPLEtwo", 7)});
  for (const std::string format : {"text", "json"}) {
    const auto ran = accounts.diff({"--format", format});
    BOOST_TEST(ran.out.find("EXAMPLE") == std::string::npos, ran.out);
    const auto first = ran.out.find("services/***");
    BOOST_REQUIRE(first != std::string::npos);
    const auto second = ran.out.find("services/***", first + 1);
    BOOST_REQUIRE(second != std::string::npos);
    BOOST_TEST(ran.out.substr(first, 18) != ran.out.substr(second, 18));
  }
  BOOST_TEST(accounts.diff({"--show-secrets"}).out.find("EXAMPLEone") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(check_tells_what_is_wrong_with_an_account) {
  const Accounts accounts(many(2), {});
  struct Case {
    std::string account, key, failed;
    int code;
  };
  const RawServer forbidding("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}");
  const RawServer page("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>");
  const std::vector<Case> cases = {{accounts.url(), "eu-key", "", 0},
                                   {accounts.url(), "wrong", "key ", 77},
                                   {forbidding.url(), "k", "permission ", 77},
                                   {page.url(), "k", "api ", 76},
                                   {"http://127.0.0.1:1", "k", "connect ", 69}};
  for (const auto& c : cases) {
    auto environment = accounts.environment();
    environment["HOOKFERRY_KEY"] = c.key;
    const auto ran = run_hookferry({"check", c.account, "--timeout", "5"}, environment);
    BOOST_TEST(ran.code == c.code, ran.out + ran.err);
    const auto failed = ran.out.find("FAILED");
    BOOST_TEST((failed == std::string::npos) == c.failed.empty(), ran.out);
    if (!c.failed.empty())
      BOOST_TEST(
          ran.out.substr(ran.out.rfind('\n', failed), failed - ran.out.rfind('\n', failed)).find(c.failed) !=
              std::string::npos,
          ran.out);
  }
  BOOST_TEST(run_hookferry({"check", accounts.url(), "--format", "json"}, accounts.environment())
                 .out.find("\"ok\": true") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_quiet_check_tells_failures_alone_a_line_each_on_standard_error) {
  const Accounts accounts(many(1), {});
  const auto good = accounts.run({"check", accounts.url(), "-q", "--key-file", "-"}, "eu-key\n");
  BOOST_TEST(good.code == 0, good.err);
  BOOST_TEST(good.out + good.err == "");
  const auto refused = accounts.run({"check", "http://127.0.0.1:1", "-q", "--timeout", "5"});
  BOOST_TEST(refused.code == 69, refused.err);
  BOOST_TEST(refused.err.starts_with("hookferry: error: http://127.0.0.1:1: connect: "), refused.err);
  for (const auto& [answer, code] : {std::pair{"", 69}, std::pair{"HTTP/1.1 200 OK\r\nContent-Le", 76}}) {
    const RawServer server([answer = std::string(answer)](RawConnection& connection) {
      connection.read_request();
      connection.send(answer);
    });
    const auto cut = accounts.run({"check", server.url(), "-q", "--key-file", "-"}, "eu-key\n");
    BOOST_TEST(cut.code == code, cut.err);
    BOOST_TEST(cut.err.find(": api: ") != std::string::npos, cut.err);
  }
  const auto unknown =
      accounts.run_with({{"HOOKFERRY_KEY", "eu-key"}}, {"check", accounts.url(), "nosuch", "-q"});
  BOOST_TEST(unknown.code == 64, unknown.err);
  BOOST_TEST(unknown.err.starts_with("hookferry: error: nosuch: "), unknown.err);
  for (const auto& ran : {refused, unknown}) {
    BOOST_TEST(ran.out == "");
    BOOST_TEST(std::count(ran.err.begin(), ran.err.end(), '\n') == 1, ran.err);
  }
}

BOOST_AUTO_TEST_CASE(the_columns_of_a_check_are_as_wide_as_the_longest_account) {
  const Accounts accounts({}, many(1));  // its own key is that of the destination
  const auto ran = accounts.run({"check", "nosuch", "na\u00efve", accounts.url() + "/"});
  std::istringstream lines(ran.out);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    auto column = accounts.url().size() + 2;
    if (line.starts_with("na")) ++column;  // a letter of two bytes
    BOOST_TEST(line.at(column - 1) == ' ', line);
    BOOST_TEST(line.at(column) != ' ', line);
    BOOST_TEST(line.substr(column + 11).find_first_of("oF") == 0u, line);
  }
  BOOST_TEST(count >= 7u, ran.out);
}

BOOST_AUTO_TEST_CASE(an_interrupted_export_or_check_says_so_wherever_it_was) {
  const TempDir folder;
  struct Case {
    std::string command, scheme;
    bool hangs_up;
  };
  for (const auto& c :
       {Case{"export", "http", false}, Case{"export", "http", true}, Case{"check", "http", false},
        Case{"check", "http", true}, Case{"check", "https", false}, Case{"check", "https", true}})
    BOOST_TEST_CONTEXT(c.command + " " + c.scheme + (c.hangs_up ? ", hung up" : "")) {
      SilentServer server;
      std::vector<std::string> command = {hookferry_binary(), c.command, c.scheme + "://" + server.place()};
      command.emplace_back(c.command == "check" ? "eu1" : "--retries=0");
      Process process(command, {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "k"}}, folder.file("out"),
                      folder.file("err"));
      server.hear();
      if (c.hangs_up) {
        // As where Ctrl-C ends both ends: what the network tells is there before the signal.
        process.signal(SIGSTOP);
        server.hang_up();
      }
      process.signal(SIGINT);
      process.signal(SIGCONT);
      BOOST_TEST(process.wait() == 130);
      const auto told = slurp(folder.file("out")) + slurp(folder.file("err"));
      BOOST_TEST(told.find("interrupted") != std::string::npos, told);
      BOOST_TEST(told.find("connection ended") == std::string::npos, told);
      BOOST_TEST(told.find("eu1") == std::string::npos, told);
    }
}

BOOST_AUTO_TEST_CASE(a_dumb_terminal_gets_no_colours_unless_asked_for) {
  const Accounts accounts(many(1), {});
  const std::vector<std::string> diff = {"diff", accounts.url(), accounts.url(), "--no-rewrite"};
  const auto coloured = on_terminal(diff, accounts.environment(), "xterm");
  BOOST_TEST(coloured.find('\x1b') != std::string::npos, coloured);
  const auto plain = on_terminal(diff, accounts.environment(), "dumb");
  BOOST_TEST(plain.find("hook-0") != std::string::npos, plain);
  BOOST_TEST(plain.find('\x1b') == std::string::npos, plain);
  auto always = diff;
  always.emplace_back("--color=always");
  BOOST_TEST(on_terminal(always, accounts.environment(), "dumb").find('\x1b') != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_dumb_terminal_gets_no_line_that_is_written_over) {
  const Accounts accounts(many(3), {});
  const std::vector<std::string> migrate = {"migrate", accounts.url(), accounts.url(), "--no-rewrite",
                                            "--yes"};
  const auto shown = on_terminal(migrate, accounts.environment(), "dumb");
  BOOST_TEST(accounts.count("us") == 3u);
  BOOST_TEST(shown.find('\x1b') == std::string::npos, shown);
  BOOST_TEST(shown.find(" of 3 webhooks") == std::string::npos, shown);
}

BOOST_AUTO_TEST_CASE(an_error_after_an_unanswered_question_begins_a_new_line) {
  const Accounts accounts(many(1), {});
  const auto shown = on_terminal({"migrate", accounts.url(), accounts.url(), "--no-rewrite"},
                                 accounts.environment(), "dumb");
  BOOST_TEST(shown.find("[y/N] ") != std::string::npos, shown);
  BOOST_TEST(shown.find("\r\nhookferry: nothing was changed") != std::string::npos, shown);
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
