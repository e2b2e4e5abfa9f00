// Every option in every command that takes it has an effect that a user can see. The cells of this matrix
// come from the program's own tables, so a new option fails here until it has an effect.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "cli/help.hpp"
#include "json/document.hpp"
#include "support/certificates.hpp"
#include "support/fleet.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"
#include "support/terminal.hpp"
#include "support/wait.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

using Arguments = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Arguments operator+(Arguments one, const Arguments& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

/// Thrown by an effect that is not there.
struct Missing : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void require(bool holds, const std::string& what, const Ran& ran) {
  if (!holds)
    throw Missing(what + "\nexit code " + std::to_string(ran.code) + "\n" + ran.out.substr(0, 3000) +
                  ran.err);
}

/// A source with one webhook of each kind, as an account shows it.
std::vector<std::string> source_webhooks() {
  const std::string uuid = "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb";
  auto changed = slack("changed", "https://hooks.test/c?token=source-s3cret-4711", 3);
  const std::string updated = "\"updated_at\":\"2022";
  changed.replace(changed.find(updated), updated.size(), "\"updated_at\":\"2024");
  return {
      slack("new", "https://hooks.test/new", 1), slack("same", "https://hooks.test/same", 2), changed,
      sendlog("log", "https://api.coralogix.com/api/v1/logs", 4),
      sendlog(
          "keyed", "https://hooks.test/keyed", 5,
          R"([{"name":"uuid","value":")" + uuid +
              R"("},{"name":"method","value":"post"},{"name":"headers","value":{}},{"name":"payload","value":{"uuid":")" +
              uuid + R"(","privateKey":"source-private-key-1"}}])")};
}

std::vector<std::string> destination_webhooks() {
  return {slack("same", "https://hooks.test/same", 12),
          slack("changed", "https://hooks.test/c?token=destination-s3cret-815", 13),
          sendlog("log", "https://api.coralogix.us/api/v1/logs", 14),
          slack("extra-1", "https://hooks.test/e1", 15), slack("extra-2", "https://hooks.test/e2", 16)};
}

constexpr int accounts_of_a_cell = 3;  // destinations, each as new

std::string destination(int number) { return numbered("d", static_cast<std::size_t>(number)); }

/// The sandbox with the source and all destinations, and the certificates of the servers in front of it.
struct World {
  explicit World(int destinations) : accounts(all_accounts(destinations)) {
    spill(folder.file("certificate-and-key.pem"), slurp(mine.file()) + slurp(mine.key_file()));
  }
  static std::vector<Fleet::Account> all_accounts(int destinations) {
    std::vector<Fleet::Account> out = {{"source", 1, source_webhooks()}};
    for (int i = 0; i < destinations; ++i) out.push_back({destination(i), 2 + i, destination_webhooks()});
    return out;
  }
  Fleet accounts;
  TempDir folder;
  Certificate ca = Certificate::authority(folder, "ca");
  Certificate server = ca.sign(folder, "server", {});
  Certificate mine = ca.sign(folder, "mine", {});
};

struct Request {
  std::string method, path, key;
  Clock::time_point at;
};

/// A server that hands requests on to the sandbox, over TLS, unless `instead` answers them.
class Front {
 public:
  /// True where it has answered, or wants the connection to be closed.
  using Instead = std::function<bool(RawConnection&, const Request&)>;

  Front(const World& world, bool wants_certificate)
      : world_(world),
        tls_{world.server.file(), world.server.key_file(), wants_certificate ? world.ca.file() : "", 0},
        server_([this](RawConnection& connection) { serve(connection); }, &tls_) {}
  std::string url() const { return server_.url(); }
  void answer(Instead instead) {
    const std::lock_guard lock(mutex_);
    instead_ = std::move(instead);
  }
  std::vector<Request> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::size_t count(const std::string& method) {
    return static_cast<std::size_t>(std::ranges::count(requests(), method, &Request::method));
  }
  std::size_t writes() { return requests().size() - count("GET"); }
  void forget() {
    const std::lock_guard lock(mutex_);
    requests_.clear();
    most_at_once_ = 0;
  }
  /// Of requests that are held up until there are so many at once, or for that time.
  std::size_t most_at_once() const { return most_at_once_; }
  void hold_up(std::size_t until, std::chrono::milliseconds time) {
    ++under_way_;
    for (const auto end = Clock::now() + time; Clock::now() < end && most_at_once_ < until;) {
      most_at_once_ = std::max<std::size_t>(most_at_once_, under_way_);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    --under_way_;
  }

 private:
  void serve(RawConnection& connection) {
    for (auto text = connection.read_request(); !text.empty(); text = connection.read_request()) {
      const auto header = [&](const std::string& name) {
        const auto at = text.find("\r\n" + name + ": ");
        if (at == std::string::npos) return std::string();
        const auto begin = at + name.size() + 4;
        return text.substr(begin, text.find("\r\n", begin) - begin);
      };
      const auto space = text.find(' ');
      const Request request{text.substr(0, space),
                            text.substr(space + 1, text.find(' ', space + 1) - space - 1),
                            header("Authorization"), Clock::now()};
      Instead instead;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        instead = instead_;
      }
      if (instead && instead(connection, request)) return;
      const auto answer = http_request(
          world_.accounts.url(), request.method, request.path, text.substr(text.find("\r\n\r\n") + 4),
          {{"Authorization", request.key}, {"Content-Type", "application/json"}});
      connection.send("HTTP/1.1 " + std::to_string(answer.status) + " X\r\nContent-Length: " +
                      std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body);
    }
  }
  const World& world_;
  RawTls tls_;
  std::mutex mutex_;
  Instead instead_;
  std::vector<Request> requests_;
  std::atomic<std::size_t> under_way_{0}, most_at_once_{0};
  RawServer server_;  // ends first
};

/// A command in a folder of its own, with a destination of its own, against a server of its own.
struct Cell {
  Cell(const World& of, std::string name, int number, bool wants_certificate)
      : world(of), command(std::move(name)), account(number), front(of, wants_certificate) {
    spill(file("alerts.json"), R"([{"integration_id":1}])");
    spill(file("export.json"), array_of(source_webhooks()));
    configure();
  }
  std::string file(const std::string& name) const { return folder.file(name); }
  void configure(const std::string& regions = "yes", const std::string& more = {}) const {
    const auto section = [&](const std::string& name, const std::string& key, const std::string& region) {
      return "[" + name + "]\nurl = " + front.url() + "\napi-key-env = " + key +
             (regions == "yes" ? "\nregion = " + region : "") + "\n";
    };
    spill(file("c.ini"), section("src", "SRC", "eu1") + section("dst", "DST", "us1") +
                             section("dst2", "DST2", "us1") +
                             "[pair p]\nsource = src\ndest = dst\non-conflict = update\n" + more);
  }
  std::string key(int which = 0) const { return destination(account + which) + "-key"; }
  Ran run(const Arguments& arguments, const Environment& more = {}) const {
    Environment environment = {{"HOME", folder.path()},
                               {"HOOKFERRY_CONFIG", file("c.ini")},
                               {"SSL_CERT_FILE", world.ca.file()},
                               {"SRC", "source-key"},
                               {"DST", key()},
                               {"DST2", key(1)}};
    for (const auto& [name, value] : more) {
      environment[name] = value;
      if (value.empty()) environment.erase(name);
    }
    return run_hookferry(arguments, environment);
  }
  bool is(std::initializer_list<std::string_view> names) const {
    return std::ranges::count(names, command) > 0;
  }
  bool reads_source() const { return is({"migrate", "mirror", "diff", "apply", "fleet"}); }
  bool writes() const { return is({"migrate", "mirror", "apply", "fleet", "import", "undo"}); }

  /// What has to be there before the command: a plan, a run. `more`: options of it.
  void prepare(const Arguments& more = {}) {
    Ran ran{0, "", ""};
    if (is({"apply", "show"}))
      ran = run(Arguments{"diff", "src", "dst", "--on-conflict", "update", "--out", file("plan")} + more);
    if (is({"undo", "runs", "ids", "rewire"}) || of_last_run)
      ran = run(Arguments{"mirror", "src", "dst", "--yes", "--settle", "0.1", "--max-delete", "100%"} + more);
    require(ran.code == 0 || ran.code == 2, "the preparation fails", ran);
    front.forget();
  }
  /// The command as it is usually called.
  Arguments line() const {
    const Arguments settled = {"--settle", "0.1", "--yes"};
    if (is({"migrate"})) return Arguments{command, "src", "dst", "--on-conflict", "update"} + settled;
    if (is({"mirror"})) return Arguments{command, "src", "dst", "--max-delete", "100%"} + settled;
    if (is({"diff"})) return {command, "src", "dst"};
    if (is({"apply"})) return {command, file("plan"), "--settle", "0.1"};
    if (is({"show"})) return {command, file("plan")};
    if (is({"fleet"})) return Arguments{command} + settled;
    if (is({"import"}))
      return Arguments{command, file("export.json"), "dst", "--on-conflict", "update"} + settled;
    if (is({"undo"})) return Arguments{command, "--last"} + settled;
    if (is({"ids"})) return {command, "--last"};
    if (is({"rewire"})) return {command, file("alerts.json"), "--last"};
    if (of_last_run) return {command, "--last"};
    if (is({"test"})) return {command, "dst", "--yes"};
    if (is({"list", "export", "check", "terraform"})) return {command, "dst"};
    if (is({"transform"}))
      return {command, file("export.json"), "--source-region", "eu1", "--dest-region", "us1"};
    if (is({"completion"})) return {command, "bash"};
    return {command};
  }
  /// Prepared, then called with these options besides.
  Ran plain(const Arguments& more = {}, const Environment& environment = {}) {
    prepare();
    return run(line() + more, environment);
  }
  /// Test messages that it has asked for.
  std::size_t tests() {
    return static_cast<std::size_t>(std::ranges::count_if(front.requests(), [](const Request& request) {
      return request.path.ends_with("/test") || has(request.path, "webhooks-test");
    }));
  }
  /// The next destination, which is as the first one was.
  void renew() {
    require(++renewed < accounts_of_a_cell - 1, "a cell has too few accounts", {});
    ++account;
    std::filesystem::remove_all(file(".local"));
    front.answer(nullptr);
    front.forget();
  }

  const World& world;
  std::string command;
  int account, renewed = 0;
  bool of_last_run = false;  ///< of a command that may also be given an account
  TempDir folder;
  Front front;
};

/// What a document says of the webhook: its action.
std::string action_of(const Ran& ran, const std::string& alias) {
  auto document = json::Document::try_parse(ran.out);
  require(document.has_value(), "no JSON document", ran);
  auto root = document->root();
  if (root.is(json::Kind::array) && !root.elements().empty()) root = root.elements()[0];
  if (const auto webhooks = root.find("webhooks"))
    for (const auto& webhook : webhooks->elements())
      if (webhook.find("alias")->string() == alias) return webhook.find("action")->string();
  return "";
}

const Arguments as_json = {"--format", "json"};

/// A filter shows `in` and does not show `out`, which are there without it.
void require_filter(Cell& cell, const Arguments& filter, const std::string& in, const std::string& out) {
  const auto shows = [](const Ran& ran, const std::string& alias) { return has(ran.out, '"' + alias + '"'); };
  const Arguments format = cell.is({"list", "migrate", "mirror", "diff", "import"}) ? as_json : Arguments();
  const auto whole = cell.plain(format);
  require(shows(whole, in) && shows(whole, out), "without the filter both are there", whole);
  cell.renew();
  const auto narrowed = cell.plain(format + filter);
  require(shows(narrowed, in) && !shows(narrowed, out), "only " + in + " is to be there", narrowed);
}

void require_text(Cell& cell, const Arguments& options, const std::string& part) {
  const auto without = cell.plain();
  require(!has(without.out + without.err, part), "without the option there is already " + part, without);
  cell.renew();
  const auto ran = cell.plain(options);
  require(has(ran.out + ran.err, part), "there is no " + part, ran);
}

/// The text without the masks, which are others in each process.
std::string without_masks(std::string text) {
  for (auto at = text.find("***"); at != std::string::npos; at = text.find("***", at)) text.erase(at, 9);
  return text;
}

/// The option changes nothing here: it is accepted because it may stand in a script for all commands.
void require_harmless(Cell& cell, const Arguments& options) {
  const auto without = cell.plain();
  const auto again = cell.run(cell.line() + options);
  require(without.code == again.code && without_masks(without.out) == without_masks(again.out) &&
              without.err == again.err,
          "it was to change nothing: " + without.out + without.err, again);
}

/// A region that is not in the configuration has to be named.
void require_region_needed(Cell& cell, const std::string& option) {
  cell.configure("none");
  const Arguments both = {"--source-region", "eu1", "--dest-region", "us1"};
  auto line = cell.line();
  if (!cell.is({"transform"})) line = line + both;
  const auto ran = cell.run(line);
  require(ran.code == 0 || ran.code == 2, "with both regions it works", ran);
  const auto at = std::ranges::find(line, option);
  line.erase(at, at + 2);
  const auto without = cell.run(line);
  require(without.code == 64 && has(without.err, option), "without it the region is not known", without);
}

using Effect = std::function<void(Cell&)>;

void keys_of(const Cell& cell, const std::string& option, const std::string& variable, const std::string& key,
             const std::string& other) {
  spill(cell.file("key"), other + "\n");
  std::filesystem::permissions(cell.file("key"), std::filesystem::perms(0600));
  const auto without = cell.run(cell.line(), {{variable, ""}});
  require(without.code == 78, "without a key it ends with 78", without);
  const auto ran = cell.run(cell.line() + Arguments{option, cell.file("key")}, {{variable, ""}});
  const auto sent = const_cast<Cell&>(cell).front.requests();
  require(std::ranges::count(sent, "Bearer " + other, &Request::key) > 0,
          "the key of the file is sent, not " + key, ran);
}

/// The first GET meets this, and all others the sandbox.
void first_get(Cell& cell, const std::function<void(RawConnection&)>& meets) {
  const auto met = std::make_shared<std::atomic<bool>>(false);
  cell.front.answer([=](RawConnection& connection, const Request& request) {
    if (request.method != "GET" || met->exchange(true)) return false;
    meets(connection);
    return true;
  });
}

void busy(RawConnection& connection) {
  connection.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

/// A key file, a report or the like that the option names is written, and holds that.
void require_file(Cell& cell, const Arguments& options, const std::string& name, const std::string& part) {
  const auto ran = cell.plain(options + Arguments{cell.file(name)});
  require(has(slurp(cell.file(name)), part), name + " does not hold " + part, ran);
}

std::map<std::string, Effect> network_effects() {
  return {
      {"timeout",
       [](Cell& cell) {
         cell.prepare();
         first_get(cell, [](RawConnection& connection) {
           for (int i = 0; i < 5'000 && connection.receive_some(); ++i) {
           }  // until the client leaves; after some ten seconds it is answered all the same
           connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
         });
         const auto ran = cell.run(cell.line() + Arguments{"--timeout", "0.7", "--retries", "0"});
         require(ran.code == 69, "it does not wait longer", ran);
       }},
      {"retries",
       [](Cell& cell) {
         const std::string no_v1 = "v1 is not available";  // check then tries v5
         cell.prepare();
         first_get(cell, busy);
         const auto ran = cell.run(cell.line());
         require(ran.code % 2 == 0 && ran.code < 3 && !has(ran.out, no_v1), "it recovers from one 503", ran);
         cell.renew();
         cell.prepare();
         first_get(cell, busy);
         const auto once = cell.run(cell.line() + Arguments{"--retries", "0"});
         require(once.code == 69 || has(once.out, no_v1), "it is not tried again", once);
       }},
      {"proxy",
       [](Cell& cell) {
         cell.prepare();
         const Listener closed;  // listens, and answers nothing
         const auto proxy = "http://127.0.0.1:" + std::to_string(closed.port());
         const auto ran =
             cell.run(cell.line() + Arguments{"--proxy", proxy, "--timeout", "0.3", "--retries", "0"});
         require(ran.code == 69 && has(ran.out + ran.err, proxy), "it goes through the proxy", ran);
       }},
      {"ca-file",
       [](Cell& cell) {
         cell.prepare();
         const Environment untrusted = {{"SSL_CERT_FILE", ""}};
         const auto without = cell.run(cell.line(), untrusted);
         require(without.code == 76, "the server is not trusted", without);
         const auto ran = cell.run(cell.line() + Arguments{"--ca-file", cell.world.ca.file()}, untrusted);
         require(ran.code == 0 || ran.code == 2, "the server is trusted", ran);
       }},
      {"client-cert",
       [](Cell& cell) {
         const Arguments certificate = {"--client-cert", cell.world.folder.file("certificate-and-key.pem")};
         cell.prepare(certificate);
         const auto without = cell.run(cell.line());
         require(without.code == 76 || without.code == 69, "the server wants a certificate", without);
         const auto ran = cell.run(cell.line() + certificate);
         require(ran.code == 0 || ran.code == 2, "it shows the certificate", ran);
       }},
      {"client-key",
       [](Cell& cell) {
         const Arguments certificate = {"--client-cert", cell.world.mine.file()};
         const auto both = certificate + Arguments{"--client-key", cell.world.mine.key_file()};
         cell.prepare(both);
         const auto without = cell.run(cell.line() + certificate);
         require(without.code == 78, "the certificate has no key", without);
         const auto ran = cell.run(cell.line() + both);
         require(ran.code == 0 || ran.code == 2, "it shows the certificate", ran);
       }},
      {"max-response",
       [](Cell& cell) {
         cell.prepare();
         const auto ran = cell.run(cell.line() + Arguments{"--max-response", "10B", "--retries", "0"});
         require(ran.code == 76 && has(ran.out + ran.err, "larger than the limit"),
                 "the response is too large", ran);
       }},
      {"rate",
       [](Cell& cell) {
         cell.prepare();
         first_get(cell, busy);  // so that every command sends two requests; the pause is up to 0.25 s
         const auto ran = cell.run(cell.line() + Arguments{"--rate", "2"});
         const auto sent = cell.front.requests();
         require(sent.size() > 1 && sent[1].at - sent[0].at > std::chrono::milliseconds(400),
                 "the second request waits for its turn", ran);
       }},
  };
}

/// Of the options with which a command writes.
std::map<std::string, Effect> writing_effects() {
  return {
      {"batch-size",
       [](Cell& cell) {
         cell.plain();
         const auto usual = cell.front.count("POST");
         cell.renew();
         const auto ran = cell.plain({"--batch-size", "1"});
         require(usual == 1 && cell.front.count("POST") > usual, "there are more requests", ran);
       }},
      {"concurrency",
       [](Cell& cell) {
         using std::chrono::milliseconds;
         const auto most_at_once = [&](const Arguments& more, std::size_t until, milliseconds time) {
           cell.prepare();
           cell.front.answer([&cell, until, time](RawConnection&, const Request& request) {
             if (request.method != "GET") cell.front.hold_up(until, time);
             return false;
           });
           cell.run(cell.line() + Arguments{"--batch-size", "1", "--max-age", "60"} + more);
           return cell.front.most_at_once();
         };
         const auto usual = most_at_once({}, 2, milliseconds(10'000));
         cell.renew();
         const auto one = most_at_once({"--concurrency", "1"}, 2, milliseconds(100));
         require(usual >= 2 && one == 1, "requests under way at once: " + std::to_string(usual), {});
       }},
      {"settle",
       [](Cell& cell) {
         const auto ran = cell.plain({"--settle", "0.217"});
         std::string ledgers;
         for (const auto& file : std::filesystem::directory_iterator(cell.file(".local/state/hookferry")))
           if (file.path().extension() == ".jsonl") ledgers += slurp(file.path());
         require(has(ledgers, "\"settle\":217,"), "the ledger does not hold it", ran);
       }},
      {"max-age",
       [](Cell& cell) {
         cell.prepare();
         cell.front.answer([](RawConnection&, const Request& request) {
           if (request.method == "GET") std::this_thread::sleep_for(std::chrono::milliseconds(300));
           return false;
         });
         const auto ran = cell.run(cell.line() + Arguments{"--max-age", "0.1"});
         require(ran.code == 1 && has(ran.out + ran.err, "--max-age"),
                 "what it read is too old to be changed", ran);
       }},
      {"ledger", [](Cell& cell) { require_file(cell, {"--ledger"}, "l.jsonl", "\"intent\""); }},
      {"accept",
       [](Cell& cell) {
         require_text(cell, {"--accept", "99"}, "--accept 99: dst has no copy");
       }},
      {"accept-shrunk",
       [](Cell& cell) {
         if (!cell.is({"undo"})) {
           const auto first = cell.run({"migrate", "src", "dst", "--yes", "--settle", "0.1"});
           require(first.code == 2, "the first run", first);
         }
         if (!cell.is({"apply"})) cell.prepare();
         const auto held = json::Document::parse(cell.run({"export", "dst"}).out);
         for (const auto& webhook : held.root().elements())
           http_request(cell.world.accounts.url(), "DELETE",
                        "/api/v1/external/integrations/" + std::string(webhook.find("id")->text()), "",
                        {{"Authorization", "Bearer " + cell.key()}});
         if (cell.is({"apply"})) cell.prepare();
         const auto stopped = cell.run(cell.line());
         require(stopped.code == 1 && has(stopped.out + stopped.err, "--accept-shrunk"), "it stops", stopped);
         const auto ran = cell.run(cell.line() + Arguments{"--accept-shrunk"});
         require(!has(ran.err, "--accept-shrunk"), "it goes on", ran);
       }},
      {"yes",
       [](Cell& cell) {
         if (cell.is({"diff"})) return require_harmless(cell, {"--yes"});
         if (cell.is({"apply"})) {  // which never asks
           const auto ran = cell.plain({"--yes"});
           return require(ran.code == 0, "it is carried out", ran);
         }
         cell.prepare();
         auto line = cell.is({"runs"}) ? Arguments{"runs", "prune", "--keep", "0"} : cell.line();
         std::erase(line, "--yes");
         const auto asked = cell.run(line);
         require(asked.code == 64 && has(asked.err, "--yes"), "there is no terminal to ask on", asked);
         const auto ran = cell.run(line + Arguments{"--yes"});
         require(ran.code == 0 || ran.code == 2, "it does not ask", ran);
       }},
      {"dry-run",
       [](Cell& cell) {
         if (cell.is({"diff"})) return require_harmless(cell, {"--dry-run"});
         if (cell.is({"runs"})) {
           cell.prepare();
           const auto shown = cell.run({"runs", "prune", "--keep", "0", "--dry-run"});
           return require(shown.code == 0 && cell.run(cell.line()).out.size() > 50, "nothing is deleted",
                          shown);
         }
         const auto ran = cell.plain({"--dry-run"});
         if (cell.is({"test"})) {
           require(cell.tests() == 0, "no message is sent", ran);
           const auto sent = cell.run(cell.line());
           return require(cell.tests() > 0, "without it, messages are sent", sent);
         }
         require(ran.code == 2 && cell.front.writes() == 0, "nothing is written", ran);
         const auto written = cell.run(cell.line());
         require(cell.front.writes() > 0, "without it something is", written);
       }},
  };
}

/// Of the options that say what is shown.
std::map<std::string, Effect> showing_effects() {
  return {
      {"format",
       [](Cell& cell) {
         if (cell.is({"export", "transform", "terraform",
                      "completion"})) {  // the result is a file or a text in any case
           const auto failed = cell.run(Arguments{cell.command, "none"} + as_json);
           return require(has(failed.out, "\"kind\": \"error\""), "the failure is a document", failed);
         }
         const auto is_document = [&](const Ran& ran) {
           return cell.is({"rewire"}) ? has(ran.err, "{\"rewired\":")
                                      : json::Document::try_parse(ran.out).has_value();
         };
         const auto ran = cell.plain(as_json);
         require(is_document(ran), "it is a JSON document", ran);
         cell.renew();
         const auto usual = cell.plain();
         require(!is_document(usual), "without it, it is not", usual);
       }},
      {"show-secrets",
       [](Cell& cell) {
         const auto shows = cell.is({"undo"})    ? as_json
                            : cell.is({"fleet"}) ? Arguments{"--dry-run"}
                                                 : Arguments();
         const auto masked = cell.plain(shows);
         require(!has(masked.out, "s3cret"), "secrets are masked", masked);
         cell.renew();
         const auto ran = cell.plain(shows + Arguments{"--show-secrets"});
         require(has(ran.out, "source-s3cret-4711") && has(ran.out, "destination-s3cret-815"),
                 "secrets are shown", ran);
       }},
      {"report",
       [](Cell& cell) {
         require_file(cell, {"--report"}, "r.html", "<html");
         cell.renew();
         require_file(cell, {"--report"}, "r.md", "## ");
       }},
      {"metrics", [](Cell& cell) { require_file(cell, {"--metrics"}, "m.prom", "hookferry_run_exit_code"); }},
      {"strict",
       [](Cell& cell) {
         cell.prepare();
         auto line = cell.line();                                         // a private key would be copied
         if (cell.is({"terraform"})) line[1] = cell.file("export.json");  // which has no uuids to import by
         const auto ran = cell.run(line + Arguments{"--strict"});
         require(ran.code == 1 && has(ran.err, "with --strict, the first") && cell.front.writes() == 0,
                 "warnings are errors", ran);
       }},
      {"no-pager",
       [](Cell& cell) {
         cell.prepare();
         auto line = cell.line();
         std::erase(line, "--yes");             // with which there is no pager
         const bool asks = cell.is({"fleet"});  // a dry run of a fleet is not paged
         const auto shown = [&](const Arguments& more) {
           Terminal terminal(
               Arguments{hookferry_binary()} + line + (asks ? more : more + Arguments{"--dry-run"}),
               {{"HOME", cell.folder.path()},
                {"HOOKFERRY_CONFIG", cell.file("c.ini")},
                {"SSL_CERT_FILE", cell.world.ca.file()},
                {"PAGER", "echo PAGED; cat"},
                {"SRC", "source-key"},
                {"DST", cell.key()}},
               60, 4);
           if (asks) {
             terminal.wait_for("[y/N]");
             terminal.type("n\n");
           }
           terminal.wait();
           return terminal.shown();
         };
         const auto paged = shown({}), unpaged = shown({"--no-pager"});
         require(has(paged, "PAGED") && !has(unpaged, "PAGED"),
                 "it does not go through the pager: " + unpaged, {0, paged, ""});
       }},
      {"color",
       [](Cell& cell) {
         const Arguments always = {"--color", "always"};
         if (cell.is({"undo", "sandbox"})) return;  // nothing of theirs has a colour
         if (cell.is({"show", "accounts", "regions", "runs", "ids", "rewire", "check", "export", "transform",
                      "terraform", "test"}))
           return require_harmless(cell, always);
         require_text(cell, cell.is({"fleet"}) ? always + Arguments{"--dry-run"} : always, "\x1b[");
       }},
      {"quiet",
       [](Cell& cell) {
         cell.prepare();
         std::filesystem::permissions(cell.file("c.ini"), std::filesystem::perms(0666));
         const auto usual = cell.run(cell.line());
         require(has(usual.err, "writable by other users"), "there is a warning", usual);
         const auto ran = cell.run(cell.line() + Arguments{"--quiet"});
         require(!has(ran.err, "writable by other users"), "there is none", ran);
         if (cell.writes() || cell.is({"diff"})) require(ran.out.empty(), "nothing is shown", ran);
       }},
      {"verbose",
       [](Cell& cell) {
         if (cell.is({"show"})) return require_text(cell, {"-v"}, "unchanged  ");
         if (cell.is({"accounts", "regions", "runs", "ids", "rewire", "transform"}))
           return require_harmless(cell, {"--verbose"});
         require_text(cell, {"--verbose"}, "GET https://");
       }},
      {"config",
       [](Cell& cell) {
         cell.prepare();
         spill(cell.file("other.ini"), "[defaults]\ncolor = sometimes\n");
         const auto ran = cell.run(cell.line() + Arguments{"--config", cell.file("other.ini")});
         require(ran.code == 78 && has(ran.err, "other.ini:2: color"), "it is read", ran);
       }},
      {"regions",
       [](Cell& cell) {
         cell.prepare();
         spill(cell.file("regions.json"), R"({"x":1})");
         const auto ran = cell.run(cell.line() + Arguments{"--regions", cell.file("regions.json")});
         require(ran.code == 78 && has(ran.err, "regions.json"), "it is read", ran);
       }},
  };
}

/// Of the options that say which webhooks take part, and what becomes of them.
std::map<std::string, Effect> planning_effects() {
  return {
      {"only",
       [](Cell& cell) {
         require_filter(cell, {"--only", "s*"}, "same", "changed");
       }},
      {"except",
       [](Cell& cell) {
         require_filter(cell, {"--except", "c*"}, "same", "changed");
       }},
      {"type",
       [](Cell& cell) {
         require_filter(cell, {"--type", "sendlog"}, "log", "changed");
       }},
      {"id",
       [](Cell& cell) {
         const bool of_destination = cell.is({"list", "export", "terraform", "test"});
         require_filter(cell, {"--id", of_destination ? "12" : "2"}, "same", "changed");
       }},
      {"source-region", [](Cell& cell) { require_region_needed(cell, "--source-region"); }},
      {"dest-region", [](Cell& cell) { require_region_needed(cell, "--dest-region"); }},
      {"rewrite-host",
       [](Cell& cell) {
         require_text(cell, {"--rewrite-host", "hooks.test=new.example"}, "new.example");
       }},
      {"rewrite-prefix",
       [](Cell& cell) {
         require_text(cell, {"--rewrite-prefix", "https://hooks.test/new=https://p.example/n"},
                      "p.example/n");
       }},
      {"overlay",
       [](Cell& cell) {
         const std::string rules = R"([{"alias":"new","set":{"/url":"https://overlay.example/"}}])";
         spill(cell.file("o.json"), rules);
         const Arguments named = {"--overlay", cell.file("o.json")};
         if (!cell.is({"apply"})) return require_text(cell, named, "overlay.example");
         cell.prepare(named);
         std::filesystem::rename(cell.file("o.json"), cell.file("moved.json"));
         const auto without = cell.run(cell.line());
         require(without.code == 66, "the overlay is not where it was", without);
         const auto ran = cell.run(cell.line() + Arguments{"--overlay", cell.file("moved.json")});
         require(ran.code == 0 && has(ran.out, "overlay.example"), "it is taken from its new place", ran);
       }},
      {"no-rewrite",
       [](Cell& cell) { require_text(cell, {"--no-rewrite"}, "api.coralogix.com/api/v1/logs"); }},
      {"fresh-uuids",
       [](Cell& cell) {
         const std::string uuid = "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb";
         if (cell.is({"transform"})) {
           const auto ran = cell.run(cell.line() + Arguments{"--fresh-uuids"});
           return require(!has(ran.out, uuid), "the UUIDs are others", ran);
         }
         require(action_of(cell.plain(as_json), "log") == "unchanged", "without it nothing differs", {});
         cell.renew();
         const auto ran = cell.plain(as_json + Arguments{"--fresh-uuids"});
         require(action_of(ran, "log") != "unchanged", "the UUID differs", ran);
       }},
      {"on-conflict",
       [](Cell& cell) {
         const auto ran = cell.plain(as_json + Arguments{"--on-conflict", "duplicate"});
         require(action_of(ran, "changed").starts_with("create"), "it is a second webhook", ran);
       }},
      {"mirror", [](Cell& cell) { require_text(cell, {"--mirror"}, "delete"); }},
      {"max-delete",
       [](Cell& cell) {
         const Arguments mirror = cell.is({"diff"}) ? Arguments{"--mirror"} : Arguments();
         const auto ran = cell.plain(mirror + Arguments{"--max-delete", "1"});
         require(has(ran.out + ran.err, "--max-delete 1") && cell.front.writes() == 0, "it is over the limit",
                 ran);
       }},
      {"redact", [](Cell& cell) { require_text(cell, {"--redact"}, "«redacted:1»"); }},
      {"overlay-out",
       [](Cell& cell) {
         require_file(cell, {"--redact", "--overlay-out"}, "o.json", "WEBHOOK_SECRET_1");
       }},
      {"to",
       [](Cell& cell) {
         require_text(cell, {"--to", "v5"}, "\"name\": \"new\"");
       }},
      {"output",
       [](Cell& cell) {
         const auto ran = cell.plain({"--output", cell.file("out")});
         const auto file = cell.file(cell.is({"terraform"}) ? "out/webhooks.tf" : "out");
         require(ran.out.empty() && slurp(file).size() > 10, "it is in the file", ran);
       }},
      {"out", [](Cell& cell) { require_file(cell, {"--out"}, "p.plan", "\"create\""); }},
      {"inline-secrets",
       [](Cell& cell) { require_text(cell, {"--inline-secrets"}, "destination-s3cret-815"); }},
      {"no-provider",
       [](Cell& cell) {
         const std::string provider = "required_providers";
         const auto usual = cell.plain(), ran = cell.plain({"--no-provider"});
         require(has(usual.out, provider) && !has(ran.out, provider), "the provider is left out", ran);
       }},
      {"force",
       [](Cell& cell) {
         const auto line = cell.line() + Arguments{"--output", cell.file("out")};
         cell.run(line);
         spill(cell.file("out/webhooks.tf"), slurp(cell.file("out/webhooks.tf")) + "# edited\n");
         const auto refused = cell.run(line);
         require(refused.code == 73 && has(refused.err, "--force"), "the edited file stays", refused);
         const auto ran = cell.run(line + Arguments{"--force"});
         require(ran.code == 0 && !has(slurp(cell.file("out/webhooks.tf")), "# edited"), "it is overwritten",
                 ran);
       }},
  };
}

/// The source or the destination is read by the newer API.
void require_newer_api(Cell& cell, const std::string& option, bool of_source = false) {
  const auto is_used = [&] {
    return std::ranges::any_of(cell.front.requests(), [&](const Request& request) {
      return request.key == "Bearer " + (of_source ? "source-key" : cell.key()) &&
             request.path.starts_with("/mgmt/openapi/5");
    });
  };
  if (cell.is({"terraform"})) {  // which asks v5 for uuids in any case
    const auto ran = cell.plain({option, "v5"});
    return require(
        std::ranges::none_of(cell.front.requests(),
                             [](const Request& request) { return request.path.starts_with("/api/v1/"); }),
        "v1 is not asked", ran);
  }
  const bool by_both = cell.is({"check"});
  const auto usual = cell.plain();
  require(is_used() == by_both, "without it, the account is read by v1", usual);
  cell.renew();
  const auto ran = cell.plain({option, by_both ? "v1" : "v5"});
  require(is_used() != by_both, "the account is read by the API of that name", ran);
}

/// Of the options of few commands.
std::map<std::string, Effect> other_effects() {
  return {
      {"source-key-file",
       [](Cell& cell) {
         cell.prepare();
         if (cell.is({"export", "terraform"}))
           return keys_of(cell, "--source-key-file", "DST", cell.key(), cell.key(1));
         keys_of(cell, "--source-key-file", "SRC", "source-key", "source-key");
       }},
      {"dest-key-file",
       [](Cell& cell) {
         cell.of_last_run = cell.is({"terraform"});
         cell.prepare();
         const bool another = cell.is({"migrate", "mirror", "diff", "import"});
         keys_of(cell, "--dest-key-file", "DST", cell.key(), cell.key(another ? 1 : 0));
       }},
      {"key-file",
       [](Cell& cell) {
         cell.prepare();
         keys_of(cell, "--key-file", "DST", cell.key(), cell.key(cell.is({"undo"}) ? 0 : 1));
       }},
      {"api", [](Cell& cell) { require_newer_api(cell, "--api"); }},
      {"source-api", [](Cell& cell) { require_newer_api(cell, "--source-api", true); }},
      {"dest-api", [](Cell& cell) { require_newer_api(cell, "--dest-api"); }},
      {"test",
       [](Cell& cell) {
         const auto ran = cell.plain({"--test"});
         require(cell.tests() == 3, "two webhooks that were created and one that was updated are tested",
                 ran);
       }},
      {"test-first",
       [](Cell& cell) {
         const auto ran = cell.plain({"--test-first"});
         require(cell.tests() == 2, "the two webhooks to create are tested", ran);
       }},
      {"last",
       [](Cell& cell) {
         cell.of_last_run = cell.is({"terraform"});
         cell.prepare();
         auto line = cell.line();
         std::erase(line, "--last");
         const auto without = cell.run(line);
         require(without.code == 64, "without it, there is no ledger", without);
         const auto ran = cell.run(line + Arguments{"--last"});
         require(ran.code == 0, "it is the last run", ran);
       }},
      {"limit",
       [](Cell& cell) {
         cell.prepare();
         cell.run({"undo", "--last", "--yes", "--settle", "0.1"});
         const auto all = cell.run(cell.line()), one = cell.run(cell.line() + Arguments{"--limit", "1"});
         require(has(all.out, "mirror") && has(all.out, "undo"), "there are two runs", all);
         require(!has(one.out, "mirror") && has(one.out, "undo"), "there is one", one);
       }},
      {"keep",
       [](Cell& cell) {
         cell.prepare();
         cell.run({"migrate", "src", "dst2", "--yes", "--settle", "0.1"});
         cell.run({"undo", "--last", "--yes", "--settle", "0.1"});
         const auto without = cell.run({"runs", "prune", "--yes"});
         require(without.code == 64 && has(without.err, "--keep"), "it has to be said how many", without);
         const auto ran = cell.run({"runs", "prune", "--keep", "7", "--yes"});
         require(ran.code == 0, "all stay", ran);
       }},
      {"parallel",
       [](Cell& cell) {
         using std::chrono::milliseconds;
         cell.configure("yes", "[pair q]\nsource = src\ndest = dst2\n");
         const auto at_once = [&](const Arguments& more, milliseconds time) {
           cell.front.forget();
           cell.front.answer([&cell, time](RawConnection&, const Request& request) {
             if (request.key != "Bearer source-key") cell.front.hold_up(2, time);
             return false;
           });
           cell.run(cell.line() + Arguments{"--dry-run"} + more);
           return cell.front.most_at_once();
         };
         require(at_once({}, milliseconds(10'000)) == 2, "two pairs are under way", {});
         require(at_once({"--parallel", "1"}, milliseconds(100)) == 1, "one pair is under way", {});
       }},
      {"max-plan-age",
       [](Cell& cell) {
         cell.prepare();
         std::this_thread::sleep_for(std::chrono::milliseconds(2'100));  // a plan's time has whole seconds
         const auto ran = cell.run(cell.line() + Arguments{"--max-plan-age", "1s"});
         require(ran.code == 3, "the plan is too old", ran);
       }},
      {"source",
       [](Cell& cell) {
         cell.prepare();
         spill(cell.file("c.ini"), "[other]" + slurp(cell.file("c.ini")).substr(5));
         const auto without = cell.run(cell.line());
         require(without.code >= 64, "the account has another name now", without);
         const auto ran = cell.run(cell.line() + Arguments{"--source", "other"});
         require(ran.code == 0, "it is named", ran);
       }},
      {"dest",
       [](Cell& cell) {
         cell.of_last_run = cell.is({"terraform"});
         cell.prepare();
         auto text = slurp(cell.file("c.ini"));
         text.replace(text.find("[dst]"), 5, "[other]");
         spill(cell.file("c.ini"), text);
         const auto without = cell.run(cell.line());
         require(without.code >= 64, "the account has another name now", without);
         const auto ran = cell.run(cell.line() + Arguments{"--dest", "other"});
         require(ran.code == 0, "it is named", ran);
       }},
  };
}

/// A sandbox with these options. `see` is given its URL and what it has printed.
void serve(Cell& cell, const Arguments& options, const std::function<void(const std::string& url)>& see) {
  Process sandbox(Arguments{hookferry_binary(), "sandbox"} + options, {{"HOME", cell.folder.path()}},
                  cell.file("out"), cell.file("err"));
  wait_for_text(cell.file("out"), "\n");
  const auto out = slurp(cell.file("out"));
  const auto at = out.find("http");
  require(at != std::string::npos, "the sandbox serves", {0, out, slurp(cell.file("err"))});
  see(out.substr(at, out.find_first_of(" \n", at) - at));
  sandbox.signal(SIGINT);
  sandbox.wait();
}

std::map<std::string, Effect> sandbox_effects() {
  static const std::string account = R"({"api_key":"a-key","company_id":1,"webhooks":[]})";
  const auto with = [](const Arguments& options, const std::function<void(Cell&, const std::string&)>& see) {
    return [=](Cell& cell) {
      std::filesystem::create_directory(cell.file("state"));
      spill(cell.file("state/a.json"), account);
      Arguments all;
      for (auto option : options) {
        if (option.rfind('/') == 0) option = cell.file(option.substr(1));  // of the cell's folder
        all.push_back(option);
      }
      serve(cell, all, [&](const std::string& url) { see(cell, url); });
    };
  };
  const auto get = [](const std::string& url) {
    return http_request(url, "GET", "/api/v1/external/integrations/", "", {{"Authorization", "Bearer a-key"}})
        .status;
  };
  const auto answers = [=](int status) {
    return [=](Cell&, const std::string& url) {
      const auto got = get(url);
      require(got == status, "it answers " + std::to_string(got), {});
    };
  };
  const auto fails = [](const Arguments& options, const std::string& part) {
    return [=](Cell& cell) {
      std::filesystem::create_directory(cell.file("state"));
      spill(cell.file("state/a.json"), account);
      const auto ran = cell.run(Arguments{"sandbox", "--state", cell.file("state")} + options);
      require(ran.code >= 64 && has(ran.err, part), "it is read", ran);
    };
  };
  const auto told = [=](const Arguments& options, bool is_told) {
    return with(Arguments{"--state", "/state"} + options, [=](Cell& cell, const std::string& url) {
      get(url);
      if (is_told) wait_for_text(cell.file("err"), "GET /api");
      require(has(slurp(cell.file("err")), "GET /api") == is_told, "requests are told", {});
    });
  };
  return {
      {"demo", with({"--demo"},
                    [](Cell& cell, const std::string&) {
                      wait_for_text(cell.file("out"), "hookferry migrate");
                      require(has(slurp(cell.file("out")), "hookferry migrate"), "it prints commands", {});
                    })},
      {"state", with({"--state", "/state"}, answers(200))},
      {"port",
       [=](Cell& cell) {
         int port = 0;
         {
           const Listener free;
           port = free.port();
         }
         with({"--state", "/state", "--port", std::to_string(port)}, [=](Cell&, const std::string& url) {
           require(url.ends_with(":" + std::to_string(port)), "it listens there, not at " + url, {});
         })(cell);
       }},
      {"tls-cert", fails({"--tls-cert", "/nowhere/c.pem", "--tls-key", "/nowhere/k.pem"}, "/nowhere/c.pem")},
      {"tls-key",
       [=](Cell& cell) {
         with({"--state", "/state", "--tls-cert", cell.world.server.file(), "--tls-key",
               cell.world.server.key_file()},
              [](Cell&, const std::string& url) {
                require(url.starts_with("https://"), "it serves " + url, {});
              })(cell);
       }},
      {"fault", with({"--state", "/state", "--fault", "GET:status=503"}, answers(503))},
      {"seed",
       [=](Cell& cell) {
         const auto statuses = [&](const std::string& seed) {
           std::string out;
           with({"--state", "/state", "--seed", seed, "--fault", "GET%50:status=503"},
                [&](Cell&, const std::string& url) {
                  for (int i = 0; i < 40; ++i) out += get(url) == 503 ? '5' : '2';
                })(cell);
           std::filesystem::remove_all(cell.file("state"));
           return out;
         };
         const auto one = statuses("1");
         require(one == statuses("1") && one != statuses("2"), "faults follow from the seed: " + one, {});
       }},
      {"log", with({"--state", "/state", "--log", "/log"},
                   [=](Cell& cell, const std::string& url) {
                     get(url);
                     wait_for_text(cell.file("log"), "GET /api");
                     require(has(slurp(cell.file("log")), "GET /api"), "the request is in the log", {});
                   })},
      {"verbose", told({"--verbose"}, true)},
      {"quiet", told({"--quiet"}, false)},
  };
}

std::map<std::string, Effect> all_effects() {
  std::map<std::string, Effect> out;
  for (const auto& part :
       {network_effects(), writing_effects(), showing_effects(), planning_effects(), other_effects()})
    out.insert(part.begin(), part.end());
  for (const auto& [option, effect] : sandbox_effects()) out["sandbox " + option] = effect;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(matrix)

BOOST_AUTO_TEST_CASE(every_option_has_an_effect_in_every_command_that_takes_it) {
  struct Place {
    std::string command, option;
    Effect effect;
  };
  const auto effects = all_effects();
  const char* part = std::getenv("HOOKFERRY_MATRIX");  // such as "diff --strict": only cells that hold this
  std::vector<Place> places;
  for (const auto& command : command_table())
    for (const auto* option : command.options) {
      const std::string name(command.name), of(option->name);
      auto found = effects.find(name + " " + of);
      if (found == effects.end()) found = effects.find(of);
      BOOST_TEST((found != effects.end()),
                 name << " --" << of << " has no effect in tests/e2e/matrix_test.cpp");
      if (found == effects.end()) continue;
      if (part == nullptr || has(name + " --" + of, part)) places.push_back({name, of, found->second});
    }
  const World world(static_cast<int>(places.size()) * accounts_of_a_cell);
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::map<std::string, std::string> missing;
  const auto work = [&] {
    for (auto i = next++; i < places.size(); i = next++) {
      const auto& [command, option, effect] = places[i];
      try {
        Cell cell(world, command, static_cast<int>(i) * accounts_of_a_cell, option.starts_with("client-"));
        effect(cell);
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex);
        missing[command + " --" + option] = error.what();
      }
    }
  };
  std::vector<std::future<void>> workers;
  for (int i = 0; i < 6; ++i) workers.push_back(std::async(std::launch::async, work));
  for (auto& worker : workers) worker.get();
  for (const auto& [place, why] : missing) BOOST_ERROR(place << ": " << why);
}

BOOST_AUTO_TEST_SUITE_END()
