// Through proxies: real ones, and one that records what a proxy gets to see.
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include <chrono>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

#include "support/accounts.hpp"
#include "support/certificates.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

constexpr auto user = "ferry";
constexpr auto password = "EXAMPLE-pw.7";
constexpr auto userinfo = "ferry:EXAMPLE%2Dpw.7@";
constexpr auto basic = "ZmVycnk6RVhBTVBMRS1wdy43";

/// Of a listener that is gone again: a proxy is told where to listen.
int free_port() { return Listener().port(); }

/// squid needs shared memory, which a container may not have.
std::vector<std::string> proxy_programs() {
  std::vector<std::string> out = {"tinyproxy"};
  if (::access("/dev/shm", W_OK) == 0) out.emplace_back("squid");
  return out;
}

/// A proxy from Debian, with and without a password.
class RealProxy {
 public:
  RealProxy(const std::string& program, int allowed_port, bool with_password)
      : port_(free_port()), log_(folder_.file("access.log")) {
    ::chmod(folder_.path().c_str(), 0777);  // they give up root
    const auto configuration = folder_.file("conf");
    if (program == "tinyproxy") {
      spill(configuration, tinyproxy(allowed_port, with_password));
      start({"/usr/bin/tinyproxy", "-d", "-c", configuration});
    } else {
      spill(configuration, squid(allowed_port, with_password));
      start({"/usr/sbin/squid", "-N", "-n", squid_name(), "-f", configuration});
    }
  }
  ~RealProxy() {
    process_.reset();
    // What it shares among its processes, and leaves behind when it is killed.
    std::error_code ignored;
    for (const auto* part : {"metadata", "queues", "readers"})
      std::filesystem::remove("/dev/shm/" + squid_name() + "-cf__" + part + ".shm", ignored);
  }
  RealProxy(const RealProxy&) = delete;
  RealProxy& operator=(const RealProxy&) = delete;

  std::string url(const std::string& credentials = {}) const {
    return "http://" + credentials + "127.0.0.1:" + std::to_string(port_);
  }
  int port() const { return port_; }
  /// Once a request is in it.
  std::string log() const {
    for (int tries = 0; slurp(log_).find("CONNECT") == std::string::npos; ++tries) {
      BOOST_REQUIRE_MESSAGE(tries < 3000, "nothing is logged");
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return slurp(log_);
  }

 private:
  std::string tinyproxy(int allowed_port, bool with_password) const {
    return "Port " + std::to_string(port_) + "\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nLogFile \"" +
           log_ + "\"\nLogLevel Info\nAllow 127.0.0.1\nConnectPort " + std::to_string(allowed_port) + "\n" +
           (with_password ? "BasicAuth " + std::string(user) + " " + password + "\n" : "");
  }

  /// So that two at once, of one machine's users, share nothing.
  std::string squid_name() const { return "hookferry" + std::to_string(port_); }

  std::string squid(int allowed_port, bool with_password) const {
    std::string access = "http_access allow allowed\n";
    if (with_password) {
      const auto passwords = folder_.file("passwords");
      BOOST_REQUIRE(std::system(("printf '" + std::string(user) + ":%s\\n' \"$(openssl passwd -apr1 '" +
                                 password + "')\" > " + passwords)
                                    .c_str()) == 0);
      ::chmod(passwords.c_str(), 0644);
      access =
          "auth_param basic program /usr/lib/squid/basic_ncsa_auth " + passwords +
          "\nauth_param basic children 1\nacl known proxy_auth REQUIRED\nhttp_access allow allowed known\n";
    }
    return "http_port 127.0.0.1:" + std::to_string(port_) + "\nacl allowed port " +
           std::to_string(allowed_port) + "\n" + access + "http_access deny all\naccess_log stdio:" + log_ +
           "\ncache_log " + folder_.file("cache.log") + "\npid_filename none\ncache deny all\ncoredump_dir " +
           folder_.path() +
           "\nshutdown_lifetime 0 seconds\nvisible_hostname proxy.test\nmax_filedescriptors 256\n";
  }

  void start(const std::vector<std::string>& command) {
    BOOST_REQUIRE_MESSAGE(::access(command[0].c_str(), X_OK) == 0,
                          command[0] + " is missing: scripts/install-dependencies installs it");
    process_ = std::make_unique<Process>(command, Environment{}, folder_.file("out"), folder_.file("err"));
    for (int tries = 0;; ++tries) {
      if (const auto connection = connect_to(port_)) {
        ::close(*connection);
        return;
      }
      BOOST_REQUIRE_MESSAGE(tries < 3000 && process_->running(),
                            slurp(folder_.file("err")) + slurp(folder_.file("cache.log")));
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  TempDir folder_;
  int port_;
  std::string log_;
  std::unique_ptr<Process> process_;
};

/// All that goes through, for whoever stands in between.
class Recording {
 public:
  void add(const char* bytes, std::size_t size) {
    const std::lock_guard lock(mutex_);
    bytes_.append(bytes, size);
  }
  std::string bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  mutable std::mutex mutex_;
  std::string bytes_;
};

/// Both ways until one side ends.
void relay(RawConnection& client, int server, Recording& recording) {
  while (true) {
    const auto from_client = client.receive_some();
    if (!from_client) break;
    recording.add(from_client->data(), from_client->size());
    if (::send(server, from_client->data(), from_client->size(), MSG_NOSIGNAL) < 0) break;
    char piece[65536];
    const auto count = ::recv(server, piece, sizeof piece, MSG_DONTWAIT);
    if (count == 0) break;
    if (count < 0) continue;
    recording.add(piece, static_cast<std::size_t>(count));
    if (!client.send(std::string(piece, static_cast<std::size_t>(count)))) break;
  }
  ::close(server);
}

/// Before a proxy, so that what it gets to see is seen.
RawServer::Script before(int port, Recording& recording) {
  return [port, &recording](RawConnection& client) {
    if (const auto server = connect_to(port)) relay(client, *server, recording);
  };
}

/// A proxy of its own: connects wherever it is asked to on loopback.
RawServer::Script connecting(Recording& recording) {
  return [&recording](RawConnection& client) {
    const auto request = client.read_request();
    recording.add(request.data(), request.size());
    const auto colon = request.find(':');
    if (!request.starts_with("CONNECT 127.0.0.1:") || colon == std::string::npos) return;
    const auto server = connect_to(std::atoi(request.c_str() + colon + 1));
    if (!server) return;
    client.send("HTTP/1.1 200 Connection established\r\n\r\n");
    relay(client, *server, recording);
  };
}

/// Two accounts behind TLS.
struct Far {
  TempDir folder;
  Certificate ca = Certificate::authority(folder, "test-ca");
  Certificate certificate = ca.sign(folder, "server", {});
  Accounts accounts{many(3), {}, {"--tls-cert", certificate.file(), "--tls-key", certificate.key_file()}};
  int port() const { return std::atoi(accounts.url().c_str() + accounts.url().rfind(':') + 1); }
  Ran run(const std::vector<std::string>& options, const Environment& more = {}) const {
    Environment environment = accounts.environment();
    environment["HOOKFERRY_KEY"] = "eu-key";
    for (const auto& [name, value] : more) environment[name] = value;
    std::vector<std::string> arguments = {"export", accounts.url(), "--ca-file", ca.file(), "--retries", "0"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run_hookferry(arguments, environment);
  }
};

void check_hidden(const std::string& text, const std::vector<std::string>& secrets) {
  for (const auto& secret : secrets) BOOST_TEST(text.find(secret) == std::string::npos, text);
}

const std::vector<std::string> of_the_proxy = {password, userinfo, basic, "EXAMPLE"};

}  // namespace

BOOST_AUTO_TEST_SUITE(proxies)

BOOST_AUTO_TEST_CASE(real_proxies_lead_to_the_account_and_never_see_the_key) {
  const Far far;
  for (const auto& program : proxy_programs())
    for (const bool with_password : {false, true}) BOOST_TEST_CONTEXT(program << with_password) {
        const RealProxy proxy(program, far.port(), with_password);
        Recording recording;
        const RawServer in_between(before(proxy.port(), recording));
        const auto way = "http://" + std::string(with_password ? userinfo : "") + in_between.url().substr(7);
        const auto ran = far.run({"--proxy", way, "-vv"});
        BOOST_TEST(ran.code == 0, ran.err);
        BOOST_TEST(ran.out.find("hook-2") != std::string::npos, ran.out);
        BOOST_TEST(ran.err.find("CONNECT 127.0.0.1:" + std::to_string(far.port())) != std::string::npos,
                   ran.err);
        check_hidden(ran.out + ran.err, of_the_proxy);
        const auto seen = recording.bytes();
        BOOST_TEST(seen.starts_with("CONNECT 127.0.0.1:"), seen.substr(0, 40));
        BOOST_TEST((seen.find(basic) != std::string::npos) == with_password);
        for (const auto& text : {seen, proxy.log()}) check_hidden(text, {"eu-key", "Bearer", "hook-"});
      }
}

BOOST_AUTO_TEST_CASE(a_refusal_of_a_real_proxy_is_quoted_with_its_host) {
  const Far far;
  for (const auto& program : proxy_programs()) BOOST_TEST_CONTEXT(program) {
      const RealProxy locked(program, far.port(), true);
      for (const std::string credentials : {"", "ferry:EXAMPLE-wrong@"}) {
        const auto ran = far.run({"--proxy", locked.url(credentials), "-vv"});
        BOOST_TEST(ran.code == 69, ran.err);
        // Of a wrong password, tinyproxy says 401.
        const std::string status = program == "tinyproxy" && !credentials.empty() ? "401" : "407";
        BOOST_TEST(ran.err.find("the proxy " + locked.url() + ": it refused the connection: " + status) !=
                       std::string::npos,
                   ran.err);
        BOOST_TEST(ran.err.find("stand in its URL") != std::string::npos, ran.err);
        check_hidden(ran.out + ran.err, of_the_proxy);
      }
      const RealProxy choosy(program, 1, false);
      const auto forbidden = far.run({"--proxy", choosy.url()});
      BOOST_TEST(forbidden.code == 69, forbidden.err);
      BOOST_TEST(forbidden.err.find("the proxy " + choosy.url() + ": it refused the connection: 403") !=
                     std::string::npos,
                 forbidden.err);
      const RealProxy open(program, 1, false);
      const auto nowhere =
          run_hookferry({"export", "https://127.0.0.1:1", "--retries", "0", "--proxy", open.url()},
                        far.accounts.environment());
      BOOST_TEST(nowhere.code == 69, nowhere.err);
      BOOST_TEST(nowhere.err.find("the proxy " + open.url() + ": it refused the connection: 50") !=
                     std::string::npos,
                 nowhere.err);
    }
}

BOOST_AUTO_TEST_CASE(a_proxy_that_is_spoken_to_over_tls_sees_neither) {
  const Far far;
  const RawTls tls{far.certificate.file(), far.certificate.key_file(), "", 0};
  Recording recording;
  const RawServer proxy(connecting(recording), &tls);
  const auto ran = far.run({"--proxy", "https://" + std::string(userinfo) + proxy.url().substr(8)});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(ran.out.find("hook-2") != std::string::npos, ran.out);
  const auto seen = recording.bytes();
  BOOST_TEST(seen.find("Proxy-Authorization: Basic " + std::string(basic)) != std::string::npos);
  check_hidden(seen, {"eu-key", "Bearer", "hook-"});
  const auto distrusted = run_hookferry(
      {"export", far.accounts.url(), "--retries", "0", "--proxy", proxy.url()}, far.accounts.environment());
  BOOST_TEST(distrusted.code == 76, distrusted.err);
  BOOST_TEST(distrusted.err.find("the proxy's certificate is not accepted") != std::string::npos,
             distrusted.err);
}

BOOST_AUTO_TEST_CASE(everything_goes_through_the_proxy_of_the_section_the_option_or_the_environment) {
  const Far far;
  Recording recording;
  const RawServer proxy(connecting(recording));
  const auto config = far.folder.file("c.ini");
  const std::string eu = "[eu]\nurl = " + far.accounts.url() + "\nca-file = " + far.ca.file() + "\n";
  const auto with = [&](const std::string& text, const std::vector<std::string>& options,
                        const Environment& more = {}) {
    spill(config, text);
    Environment environment = {{"HOME", far.folder.path()}, {"HOOKFERRY_KEY", "eu-key"}};
    environment.insert(more.begin(), more.end());
    std::vector<std::string> arguments = {"export", "eu", "--config", config, "--retries", "0"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto before = proxy.connections();
    const auto ran = run_hookferry(arguments, environment);
    BOOST_TEST(ran.code == 0, ran.err);
    return proxy.connections() > before;
  };
  const auto here = proxy.url();
  const std::string nowhere = "http://127.0.0.1:1";
  BOOST_TEST(with(eu + "proxy = " + here + "\n", {}));
  BOOST_TEST(with(eu, {"--proxy", here}));
  BOOST_TEST(with("[defaults]\nproxy = " + here + "\n" + eu, {}));
  BOOST_TEST(with("[defaults]\nproxy = " + nowhere + "\n" + eu + "proxy = " + here + "\n", {}));
  BOOST_TEST(with(eu + "proxy = " + nowhere + "\n", {"--proxy", here}));
  BOOST_TEST(!with(eu + "proxy = " + nowhere + "\n", {"--proxy", "direct"}));
  BOOST_TEST(!with("[defaults]\nproxy = " + nowhere + "\n" + eu + "proxy = direct\n", {}));
  // Loopback goes through none of the environment's.
  BOOST_TEST(!with(eu, {}, {{"HTTPS_PROXY", nowhere}, {"ALL_PROXY", nowhere}}));
}

BOOST_AUTO_TEST_CASE(an_account_without_tls_goes_through_no_proxy) {
  const Accounts accounts(many(3), {});
  Recording recording;
  const RawServer proxy(connecting(recording));
  auto environment = accounts.environment();
  environment["HOOKFERRY_KEY"] = "eu-key";
  const auto config = accounts.folder().file("c.ini");
  spill(config, "[eu]\nurl = " + accounts.url() + "\nproxy = " + proxy.url() + "\n");
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"export", accounts.url(), "--proxy", proxy.url()}, {"export", "eu", "--config", config}}) {
    const auto ran = run_hookferry(arguments, environment);
    BOOST_TEST(ran.code == 0, ran.err);
  }
  BOOST_TEST(proxy.connections() == 0u);
  BOOST_TEST(recording.bytes() == "");
}

BOOST_AUTO_TEST_CASE(a_dead_proxy_of_the_environment_is_never_passed_by) {
  const TempDir folder;
  for (const std::string name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}) {
    const auto ran = run_hookferry(
        {"export", "https://account.test", "--retries", "0", "--timeout", "5"},
        {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "k"}, {name, "http://u:EXAMPLE@127.0.0.1:1"}});
    BOOST_TEST(ran.code == 69, ran.err);
    BOOST_TEST(ran.err.find("the proxy http://127.0.0.1:1: connection refused") != std::string::npos,
               ran.err);
    check_hidden(ran.err, {"EXAMPLE"});
  }
  const auto exempt = run_hookferry({"export", "https://account.test", "--retries", "0", "--timeout", "5"},
                                    {{"HOME", folder.path()},
                                     {"HOOKFERRY_KEY", "k"},
                                     {"HTTPS_PROXY", "http://127.0.0.1:1"},
                                     {"NO_PROXY", "other.test,.test"}});
  BOOST_TEST(exempt.code == 69, exempt.err);
  BOOST_TEST(exempt.err.find("proxy") == std::string::npos, exempt.err);
}

BOOST_AUTO_TEST_CASE(a_bad_proxy_is_reported_without_its_password_before_any_connection) {
  const TempDir folder;
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
  const Environment environment = {{"HOME", folder.path()}, {"HOOKFERRY_KEY", "k"}};
  const auto option =
      run_hookferry({"export", server.url(), "--proxy", "socks5://u:EXAMPLE@p.test"}, environment);
  BOOST_TEST(option.code == 64, option.err);
  BOOST_TEST(option.err.find("\"socks5://***") != std::string::npos, option.err);
  BOOST_TEST(option.err.find("@p.test\" for --proxy") != std::string::npos, option.err);
  BOOST_TEST(option.err.find("EXAMPLE") == std::string::npos, option.err);
  const auto config = folder.file("c.ini");
  spill(config, "[a]\nurl = " + server.url() + "\nproxy = http://u:EXAMPLE@p.test/x\n");
  const auto section = run_hookferry({"export", "a", "--config", config}, environment);
  BOOST_TEST(section.code == 78, section.err);
  BOOST_TEST(section.err.find("c.ini:3: proxy: the URL of a proxy has no path") != std::string::npos,
             section.err);
  auto variable = environment;
  variable["HTTPS_PROXY"] = "ftp://u:EXAMPLE@p.test";
  const auto told = run_hookferry({"export", "https://a.test"}, variable);
  BOOST_TEST(told.code == 78, told.err);
  BOOST_TEST(told.err.find("HTTPS_PROXY: only http:// and https://") != std::string::npos, told.err);
  check_hidden(option.err + section.err + told.err, {"EXAMPLE"});
  BOOST_TEST(server.connections() == 0u);
}

BOOST_AUTO_TEST_CASE(a_response_of_a_proxy_is_shown_in_one_line_without_the_password) {
  struct Case {
    std::string answer, told;
    int code = 69;
  };
  const Far far;
  const std::string echo = "EXAMPLE-pw.7 EXAMPLE%2Dpw.7 ZmVycnk6RVhBTVBMRS1wdy43";
  const auto with = [](const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  const std::vector<Case> cases = {
      {with("502 Bad Gateway", "<html><head><title>No way\n" + echo + "</title></head></html>"),
       "connection: 502 Bad Gateway: No way\\n****"},
      {with("403 " + echo, "blocked by policy \x1b[2J" + echo), "connection: 403 **** "},
      {with("302 Found", ""), "connection: 302 Found - "},
      {with("407 Proxy Authentication Required", std::string(100'000, 'x')),
       "connection: 407 Proxy Authentication Required - "},
      {"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "it speaks before it is asked", 76},
      {"SSH-2.0-OpenSSH\r\n", "the response is not HTTP", 76},
      {"HTTP/1.1 200", "the connection ended inside the answer"},
      {"", "the connection ended before an answer came"},
  };
  for (const auto& c : cases) BOOST_TEST_CONTEXT(c.told) {
      const RawServer proxy(c.answer);
      const auto ran = far.run({"--proxy", "http://" + std::string(userinfo) + proxy.url().substr(7)});
      BOOST_TEST(ran.code == c.code, ran.err);
      BOOST_TEST(std::count(ran.err.begin(), ran.err.end(), '\n') == 1, ran.err);
      BOOST_TEST(ran.err.find("the proxy " + proxy.url() + ": ") != std::string::npos, ran.err);
      BOOST_TEST(ran.err.find(c.told) != std::string::npos, ran.err);
      BOOST_TEST(ran.err.find('\x1b') == std::string::npos);
      check_hidden(ran.err, of_the_proxy);
    }
}

BOOST_AUTO_TEST_CASE(a_check_tells_that_it_goes_through_a_proxy) {
  const Far far;
  Recording recording;
  const RawServer proxy(connecting(recording));
  auto environment = far.accounts.environment();
  environment["HOOKFERRY_KEY"] = "eu-key";
  const auto ran = run_hookferry(
      {"check", far.accounts.url(), "--ca-file", far.ca.file(), "--proxy", proxy.url()}, environment);
  BOOST_TEST(ran.code == 0, ran.out);
  BOOST_TEST(ran.out.find("resolved by the proxy") != std::string::npos, ran.out);
  BOOST_TEST(ran.out.find("the proxy " + proxy.url()) != std::string::npos, ran.out);
  const auto dead =
      run_hookferry({"check", far.accounts.url(), "--proxy", "http://127.0.0.1:1"}, environment);
  BOOST_TEST(dead.code == 69, dead.out);
  BOOST_TEST(dead.out.find("connect    FAILED the proxy http://127.0.0.1:1: connection refused") !=
                 std::string::npos,
             dead.out);
}

BOOST_AUTO_TEST_SUITE_END()
