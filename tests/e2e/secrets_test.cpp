// A different secret in every place where one can be, every command with -vv, in success and failure, and a
// search through every byte that the tool wrote.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <map>
#include <random>
#include <sstream>

#include "json/build.hpp"
#include "support/accounts.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"
#include "support/traced.hpp"

using namespace hookferry::test;
namespace json = hookferry::json;

namespace {

/// Secrets by the place that they are put in. No two share eight characters in a row.
class Places {
 public:
  const std::string& in(const std::string& place) {
    auto& secret = secrets_[place];
    const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    while (secret.size() < 24) secret += letters[random_() % letters.size()];
    return secret;
  }

  /// The places of which eight characters or more can be read in the text, but for those that begin with one
  /// of `allowed`.
  std::string readable(const std::string& text, const std::vector<std::string>& allowed = {}) const {
    std::string out;
    for (const auto& [place, secret] : secrets_) {
      const bool may = std::any_of(allowed.begin(), allowed.end(),
                                   [&place = place](const std::string& a) { return place.starts_with(a); });
      for (std::size_t i = 0; !may && i + 8 <= secret.size(); ++i) {
        if (text.find(secret.substr(i, 8)) == std::string::npos) continue;
        out += place + "; ";
        break;
      }
    }
    return out;
  }

 private:
  std::mt19937_64 random_{20261124};
  std::map<std::string, std::string> secrets_;
};

std::string custom(int id, const std::string& alias, const std::string& url, const std::string& headers,
                   const std::string& payload) {
  const std::string fields = R"([{"name":"uuid","value":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb"},)"
                             R"({"name":"method","value":"post"},{"name":"headers","value":)" +
                             headers + R"(},{"name":"payload","value":)" + payload + "}]";
  return "{\"id\":" + std::to_string(id) + ",\"company_id\":1,\"alias\":" + json::encode(alias) +
         ",\"url\":" + json::encode(url) + ",\"integration_type_fields\":" + json::encode(fields) +
         R"(,"integration_type_id":1,"integration_type":{"id":1,"label":"WebHook","icon":"/assets/webhook.png"}})";
}

std::string with_fields(int id, const std::string& alias, int type, const std::string& label,
                        const std::string& fields) {
  return "{\"id\":" + std::to_string(id) + ",\"company_id\":1,\"alias\":" + json::encode(alias) +
         ",\"url\":\"\",\"integration_type_fields\":" + json::encode(fields) +
         ",\"integration_type_id\":" + std::to_string(type) +
         ",\"integration_type\":{\"id\":" + std::to_string(type) + ",\"label\":\"" + label +
         "\",\"icon\":\"/x.png\"}}";
}

/// What can be secret in a webhook; `side` tells those of both accounts apart.
std::vector<std::string> webhooks(Places& places, const std::string& side, int first_id) {
  const auto s = [&](const std::string& place) { return places.in(side + " webhook " + place); };
  int id = first_id;
  std::vector<std::string> out;
  out.push_back(slack("chat", "https://hooks.slack.com/services/T0/B0/" + s("slack path"), id++));
  out.push_back(slack("self-hosted", "https://chat.example.test/hooks/" + s("unknown path"), id++));
  out.push_back(slack("query", "https://x.test/in?a=1&code=" + s("query") + "#" + s("fragment"), id++));
  out.push_back(slack("userinfo", "https://ops:" + s("userinfo") + "@x.test/in", id++));
  out.push_back(slack("no-scheme", "hooks.slack.com/services/T0/B0/" + s("slack without scheme"), id++));
  out.push_back(custom(id++, "headers", "https://x.test/hooks/alerts",
                       R"({"Content-Type":"application/json","Authorization":"Bearer )" + s("authorization") +
                           R"(","X-Api-Key":")" + s("header") + R"(","Cookie":"a=b; c=)" + s("cookie") +
                           R"(","X-Custom":")" + s("unknown header") + R"("})",
                       R"({"list":[{"key":"X-Api-Key","value":")" + s("pair") + R"("},["X-Token",")" +
                           s("list pair") + R"("]],"connectionString":"Server=x;Password=)" +
                           s("connection") + R"(","nested":"{\"jwt\":\")" + s("nested") + R"(\"}"})"));
  out.push_back(custom(id++, "texts", "https://x.test/hooks/alerts", "{}",
                       R"({"run":"curl -H 'X-Api-Key: )" + s("curl header") + R"(' -u ops:)" +
                           s("curl user") + R"( https://x.test/","form":"a=b&password=)" + s("form") +
                           R"(","xml":"<token>)" + s("xml") +
                           R"(</token>","pem":"-----BEGIN PRIVATE KEY-----\n)" + s("pem") +
                           R"(\n-----END PRIVATE KEY-----","basic":"Basic )" + s("basic") + R"("})"));
  out.push_back(with_fields(id++, "on-call", 2, "PagerDuty",
                            R"([{"name":"serviceKey","value":")" + s("service key") + R"("}])"));
  out.push_back(
      with_fields(id++, "tickets", 6, "Jira",
                  R"([{"name":"apiToken","value":")" + s("api token") +
                      R"("},{"name":"email","value":"a@b.test"},{"name":"projectKey","value":"OPS"}])"));
  out.push_back(sendlog(
      "logs", "https://api.coralogix.com/api/v1/logs", id++,
      R"([{"name":"uuid","value":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb"},{"name":"method","value":"post"},)"
      R"({"name":"headers","value":{}},{"name":"payload","value":{"privateKey":")" +
          s("private key") + R"("}}])"));
  out.push_back(
      with_fields(id++, "broken", 1, "WebHook", R"([{"name":"serviceKey","value":")" + s("broken fields")));
  return out;
}

struct Scene {
  Scene() : accounts({}, {}) {
    const auto account = [&](const std::string& name, const std::string& key, int id) {
      auto its = webhooks(places, name, id * 100);
      const std::string company = "\"company_id\":1";
      for (auto& text : its)
        if (const auto at = text.find(company); at != std::string::npos)
          text.replace(at, company.size(), "\"company_id\":" + std::to_string(id));
      spill(accounts.file_of(name), R"({"api_key":")" + key + R"(","company_id":)" + std::to_string(id) +
                                        R"(,"webhooks":)" + array_of(its) + "}");
    };
    account("eu", places.in("key of eu"), 1);
    account("us", places.in("key of us"), 2);
    // As many again that are only at the source, and so are created.
    auto more = webhooks(places, "new", 300);
    for (auto& text : more) text.replace(text.find("\"alias\":\"") + 9, 0, "new-");
    auto content = slurp(accounts.file_of("eu"));
    content.insert(content.rfind(']'), "," + array_of(more).substr(1, array_of(more).size() - 2));
    spill(accounts.file_of("eu"), content);
    accounts.restart({});
    spill(folder.file("eu.key"), places.in("key of eu") + "\n");
    ::chmod(folder.file("eu.key").c_str(), 0600);
    spill(folder.file("c.ini"),
          "[eu]\nregion = eu1\nurl = " + accounts.url() + "\napi-key-file = " + folder.file("eu.key") +
              "\n[us]\nregion = us1\nurl = " + accounts.url() + "\napi-key-command = echo " +
              places.in("key of us") + "\nsendlog-private-key-env = LOGS_KEY\n[bad]\nregion = us1\nurl = " +
              accounts.url() + "\napi-key-command = echo " + places.in("wrong key") +
              "\n[gone]\nurl = http://127.0.0.1:1\napi-key-command = echo x; echo " + places.in("command") +
              " | false\n[failing]\nregion = eu1\napi-key-command = false " + places.in("failing command") +
              "\n");
  }

  Environment environment() {
    return {{"HOME", home.path()},
            {"XDG_STATE_HOME", home.file("state")},
            {"HOOKFERRY_CONFIG", folder.file("c.ini")},
            {"LOGS_KEY", places.in("sendlog key")},
            {"HOOKFERRY_KEY", places.in("general key")},
            {"HTTPS_PROXY", "http://ops:" + places.in("proxy") + "@127.0.0.1:1"}};
  }

  std::string ledger() const { return home.file("ledger.jsonl"); }
  std::vector<std::string> migrate() const {
    return {"migrate",       "eu",     "us",       "--yes", "--settle", "0.2",
            "--on-conflict", "update", "--ledger", ledger()};
  }

  Places places;
  Accounts accounts;
  TempDir folder;  ///< what the user wrote
  TempDir home;    ///< what the tool writes
};

struct Step {
  std::vector<std::string> arguments;
  int code;
  std::string input = {};
};

/// Keys of accounts are nowhere to be read; other secrets neither, unless the output is the webhooks
/// themselves.
void check_output(Scene& scene, const Step& step, const std::string& text, bool is_data) {
  const auto found = scene.places.readable(
      text, is_data ? std::vector<std::string>{"eu webhook", "us webhook", "new webhook"}
                    : std::vector<std::string>());
  BOOST_TEST(found == "", step.arguments[0] << ": " << found << "\n" << text);
}

void check_step(Scene& scene, const Step& step) {
  auto arguments = step.arguments;
  arguments.emplace_back("-vv");
  const auto ran = run_hookferry(arguments, scene.environment(), step.input);
  BOOST_TEST(ran.code == step.code, step.arguments[0] << ": " << ran.err);
  const bool is_data = step.arguments[0] == "export" || step.arguments[0] == "transform";
  check_output(scene, step, ran.out, is_data);
  check_output(scene, step, ran.err, false);
}

/// Of each file below the folder; what a webhook held before it was updated is kept for undo, in ledgers
/// alone.
void check_files(Scene& scene) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scene.home.path())) {
    if (!entry.is_regular_file()) continue;
    ++count;
    const bool ledger = entry.path().extension() == ".jsonl";
    const auto found = scene.places.readable(
        slurp(entry.path()), ledger ? std::vector<std::string>{"us webhook", "eu webhook", "sendlog key"}
                                    : std::vector<std::string>());
    BOOST_TEST(found == "", entry.path().string() << ": " << found);
    BOOST_TEST(((std::filesystem::status(entry.path()).permissions() & std::filesystem::perms(077)) ==
                std::filesystem::perms::none),
               entry.path().string());
  }
  BOOST_TEST(count >= 3u);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(secrets_everywhere)

BOOST_AUTO_TEST_CASE(no_command_writes_a_secret_whether_it_succeeds_or_fails) {
  Scene scene;
  auto& places = scene.places;
  const RawServer quoting(
      "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nX-Request: a\r\nConnection: "
      "close\r\n\r\n"
      R"({"message":"no serviceKey ')" +
      places.in("quoted key") + R"(' at https:\/\/hooks.slack.com\/services\/T\/B\/)" +
      places.in("quoted url") + R"( for {\"password\":\")" + places.in("quoted json") + R"(\"}"})");
  const auto old_us = slurp(scene.accounts.file_of("us"));
  const std::vector<Step> steps = {
      {{"check", "eu", "us"}, 0},
      {{"check", "bad", "gone", "failing"}, 77},
      {{"check", "eu", "--format", "json"}, 0},
      {{"regions"}, 0},
      {{"export", "eu"}, 0},
      {{"export", quoting.url(), "--retries", "0"}, 76},
      {{"export", "eu", "--only", "nothing"}, 0},
      {{"diff", "eu", "us"}, 2},
      {{"diff", "eu", "us", "--format", "json", "--on-conflict", "update"}, 2},
      {{"diff", "eu", "gone", "--retries", "0"}, 78},
      {{"diff", "eu", "bad"}, 77},
      {{"transform", "--source-region", "eu1", "--dest-region", "us1"},
       0,
       array_of(webhooks(places, "eu", 100))},
      {{"transform"}, 65, "[{\"serviceKey\":\"" + places.in("cut file")},
      {{"migrate", "eu", "us"}, 64},
      {scene.migrate(), 1},  // the server takes no broken fields
      {scene.migrate(), 1},
      {{"ids", scene.ledger()}, 0},
      {{"undo", scene.ledger(), "--yes", "--settle", "0.2"}, 0},
      {{"undo", scene.ledger(), "--yes", "--settle", "0.2"}, 0},
      {{"import", "-", "us", "--yes", "--settle", "0.2"}, 0, array_of(webhooks(places, "us", 0))},
      {{"import", "-", "bad", "--yes"}, 77, "[]"},
      {{"check", "https://ops:" + places.in("userinfo of an argument") + "@api.coralogix.com"}, 64},
      {{"check", places.in("key as an account")}, 64},
      {{"export", "eu", "--retries", places.in("key as a value")}, 64},
      {{"export", "eu", "--key=" + places.in("key of an option")}, 64},
      {{"export", "eu", "--" + places.in("key as an option")}, 64},
      {{"help", places.in("key as a command")}, 64},
      {{places.in("key as the command")}, 64},
  };
  for (const auto& step : steps) check_step(scene, step);
  BOOST_TEST(scene.accounts.count("us") == 11u);
  check_files(scene);
}

BOOST_AUTO_TEST_CASE(no_secret_is_shown_if_the_server_loses_changes_or_refuses_requests) {
  for (const std::string fault : {"POST:close-after", "POST:alter=url", "POST:drop=url", "POST:status=400",
                                  "POST#1:garbage", "POST:status=401", "GET#3-:status=500"})
    BOOST_TEST_CONTEXT(fault) {
      Scene scene;
      scene.accounts.restart({"--fault", fault});
      auto arguments = scene.migrate();
      arguments.insert(arguments.end(), {"-vv", "--retries", "1", "--timeout", "5"});
      for (const std::string format : {"text", "json"}) {
        auto words = arguments;
        words.insert(words.end(), {"--format", format});
        const auto ran = run_hookferry(words, scene.environment());
        check_output(scene, {words, ran.code}, ran.out, false);
        check_output(scene, {words, ran.code}, ran.err, false);
      }
      check_files(scene);
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_written_anywhere_that_no_file_shows) {
  Scene scene;
  const TempDir traces;
  const TempDir told;
  auto arguments = scene.migrate();
  arguments.emplace_back("-vv");
  const auto command =
      traced(traces.file("trace"), "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg",
             10'000'000, arguments);
  Process process(command, scene.environment(), told.file("out"), told.file("err"));
  BOOST_TEST(process.wait() == 1);
  std::istringstream lines(slurp(traces.file("trace")));
  std::size_t count = 0;
  std::size_t sent = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    // What goes to the account itself holds the key and the webhooks; the key command writes the key to its
    // pipe.
    const bool to_account = line.find("<TCP:[") != std::string::npos;
    const bool by_command = line.find("<pipe:[") != std::string::npos;
    if (to_account) ++sent;
    if (to_account || by_command) continue;
    const bool ledger = line.find("ledger.jsonl>") != std::string::npos;
    const auto found = scene.places.readable(
        line, ledger ? std::vector<std::string>{"us webhook", "eu webhook", "sendlog key"}
                     : std::vector<std::string>());
    BOOST_TEST(found == "", found << line.substr(0, 300));
  }
  BOOST_TEST(count > 50u);
  BOOST_TEST(sent >= 3u);
}

BOOST_AUTO_TEST_CASE(a_difference_masks_what_either_side_calls_a_secret) {
  const std::pair<std::string, std::string> fields[] = {
      {R"([{"name":"pair","value":["colour","summer holiday"]}])",
       R"([{"name":"pair","value":["apiToken","winter holiday"]}])"},
      {R"([{"name":"pair","value":["apiToken","summer holiday"]}])",
       R"([{"name":"pair","value":["colour","winter holiday"]}])"},
      {R"([{"name":"apiToken","value":[{"name":"here","value":"summer holiday"}]}])",
       R"([{"name":"apiToken","value":[{"name":"here","value":"winter holiday"}]}])"},
      {"summer holiday", "winter holiday"},  // not JSON: anything may be a secret
      {R"([{"name":"apiToken","value":[{"name":"a","value":"summer holiday"},{"name":"b","value":"winter holiday"}]}])",
       R"([{"name":"apiToken","value":[{"name":"b","value":"winter holiday"},{"name":"a","value":"summer holiday"}]}])"}};
  std::vector<std::string> source, destination;
  for (const auto& [before, after] : fields) {
    const auto alias = "case " + std::to_string(source.size());
    destination.push_back(sendlog(alias, "https://x.test/", static_cast<int>(source.size() + 1), before));
    source.push_back(sendlog(alias, "https://x.test/", static_cast<int>(source.size() + 1), after));
  }
  const Accounts accounts(source, destination);
  const auto ran = accounts.diff();
  BOOST_TEST(ran.code == 2, ran.err);
  BOOST_TEST(ran.out.find("5 in conflict") != std::string::npos, ran.out);
  BOOST_TEST(ran.out.find("holiday") == std::string::npos, ran.out);
}

BOOST_AUTO_TEST_CASE(masks_differ_from_one_process_to_the_next) {
  Scene scene;
  const auto first = run_hookferry({"diff", "eu", "us"}, scene.environment());
  const auto second = run_hookferry({"diff", "eu", "us"}, scene.environment());
  BOOST_TEST(first.out.find("***") != std::string::npos);
  BOOST_TEST(first.out != second.out);
  const auto without_digits = [](const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      out += text[i];
      if (out.ends_with("***")) i += 6;
    }
    return out;
  };
  BOOST_TEST(without_digits(first.out) == without_digits(second.out));
}

BOOST_AUTO_TEST_SUITE_END()
