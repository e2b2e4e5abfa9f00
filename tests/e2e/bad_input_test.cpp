// Bad input of any kind: one clear line, the exit code of the contract, files and accounts as they were.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>

#include "support/accounts.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

std::string http(const std::string& body, const std::string& type = "application/json") {
  return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

Environment environment(const TempDir& folder) {
  return {{"HOME", folder.path()},
          {"HOOKFERRY_KEY", "k"},
          {"HOOKFERRY_SOURCE_KEY", "k"},
          {"HOOKFERRY_DEST_KEY", "k"}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_input)

BOOST_AUTO_TEST_CASE(answers_that_are_no_webhooks_give_one_line_and_leave_the_file) {
  struct Case {
    std::string name, answer, repeat;
    int code;
  };
  const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n[{\"alias\":";
  const std::vector<Case> cases = {
      {"not JSON", http("hello"), "", 76},
      {"an object", http("{\"webhooks\":[]}"), "", 76},
      {"a page of HTML", http("<!DOCTYPE html><html></html>", "text/html"), "", 76},
      {"empty", http(""), "", 76},
      {"truncated JSON", http("[{\"alias\":\"a\""), "", 76},
      {"truncated answer", start, "", 69},
      {"200,000 brackets", http(std::string(200'000, '[')), "", 76},
      {"200,000 brackets, closed", http(std::string(200'000, '[') + std::string(200'000, ']')), "", 76},
      {"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "", 76},
      {"endless body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
       "1000\r\n" + std::string(4096, ' ') + "\r\n", 76},
      {"endless header", "HTTP/1.1 200 OK\r\n", "X-Pad: " + std::string(100, 'x') + "\r\n", 76},
      {"404", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", "", 76},
      {"a redirect", "HTTP/1.1 302 Found\r\nLocation: https://login.test/\r\nContent-Length: 0\r\n\r\n", "",
       76},
      {"401", "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}", "", 77},
      {"403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}", "", 77},
      {"500", "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\n{}", "", 69},
      {"hung up", "", "", 69},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.name) {
      const RawServer server(c.answer, c.repeat);
      const TempDir folder;
      spill(folder.file("out.json"), "precious");
      const auto ran = run_hookferry({"export", server.url(), "-o", folder.file("out.json"), "--retries", "0",
                                      "--max-response", "1MiB", "--timeout", "5"},
                                     environment(folder));
      BOOST_TEST(ran.code == c.code, ran.err);
      BOOST_TEST(lines(ran.err) == 1u, ran.err);
      BOOST_TEST(ran.err.find(server.url()) != std::string::npos, ran.err);
      BOOST_TEST(slurp(folder.file("out.json")) == "precious");
    }
  }
}

BOOST_AUTO_TEST_CASE(files_that_are_no_webhooks_give_one_line) {
  struct Case {
    std::string content;
    int code;
  };
  const std::vector<Case> cases = {
      {"", 65},           {"hello", 65},        {"{}", 65}, {"[1,", 65}, {std::string(200'000, '['), 65},
      {"[\"\xff\"]", 65}, {"<html></html>", 65}};
  for (const auto& c : cases) {
    const TempDir folder;
    spill(folder.file("in.json"), c.content);
    spill(folder.file("out.json"), "precious");
    const auto ran =
        run_hookferry({"transform", folder.file("in.json"), "-o", folder.file("out.json"), "--no-rewrite"},
                      environment(folder));
    BOOST_TEST(ran.code == c.code, ran.err);
    BOOST_TEST(lines(ran.err) == 1u, ran.err);
    BOOST_TEST(slurp(folder.file("out.json")) == "precious");
  }
  const TempDir folder;
  BOOST_TEST(run_hookferry({"transform", folder.file("absent.json")}, environment(folder)).code == 66);
}

BOOST_AUTO_TEST_CASE(an_output_that_cannot_be_written_is_exit_73) {
  const TempDir folder;
  BOOST_TEST(run_hookferry({"transform", "--no-rewrite", "-o", folder.file("no/such/folder/out.json")},
                           environment(folder), "[]")
                 .code == 73);
}

BOOST_AUTO_TEST_CASE(an_output_larger_than_a_file_may_be_is_exit_73_and_leaves_nothing_behind) {
  const Accounts accounts(many(40), {});
  const TempDir folder;
  const TempDir files;
  spill(folder.file("big.json"), "precious");
  auto environment = accounts.environment();
  environment.erase("HOOKFERRY_KEY");
  Process process({"prlimit", "--fsize=2000", hookferry_binary(), "export", accounts.url(), "-o",
                   folder.file("big.json")},
                  environment, files.file("out"), files.file("err"));
  BOOST_TEST(process.wait() == 73);
  const auto told = slurp(files.file("err"));
  BOOST_TEST(told.find("cannot write " + folder.file("big.json")) != std::string::npos, told);
  BOOST_TEST(lines(told) == 1u, told);
  BOOST_TEST(slurp(folder.file("big.json")) == "precious");
  const std::filesystem::directory_iterator left(folder.path());
  BOOST_TEST(std::distance(begin(left), end(left)) == 1);
}

BOOST_AUTO_TEST_CASE(bad_option_values_are_refused_before_any_connection) {
  const std::vector<std::vector<std::string>> cases = {
      {"--retries", "-1"},        {"--retries", "x"},        {"--batch-size", "0"},
      {"--concurrency", "1e3"},   {"--timeout", "nan"},      {"--timeout", "-3"},
      {"--on-conflict", "maybe"}, {"--format", "xml"},       {"--type", "fax"},
      {"--rewrite-host", "a"},    {"--max-response", "5GB"}, {"--source-region", "mars"},
      {"--retrie", "3"},          {"--color", "red"},        {"--id", "x"}};
  for (const auto& options : cases) {
    const RawServer server(http("[]"));
    const TempDir folder;
    std::vector<std::string> arguments = {"migrate", server.url(), server.url(), "--yes"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto ran = run_hookferry(arguments, environment(folder));
    BOOST_TEST(ran.code == 64, options[0] + " " + options[1] + ": " + ran.err);
    BOOST_TEST(lines(ran.err) == 1u, ran.err);
    BOOST_TEST(server.connections() == 0u);
  }
}

BOOST_AUTO_TEST_CASE(meaningless_arguments_are_reported_in_terms_of_the_command) {
  struct Case {
    std::vector<std::string> arguments;
    std::string told;
  };
  const std::vector<Case> cases = {
      {{"export", "eu1", "--timeout="}, "--timeout needs a value - expected seconds from 0.1 to 3600"},
      {{"export", "eu1", "--timeout"}, "--timeout needs a value - expected seconds from 0.1 to 3600"},
      {{"export", "eu1", "-o"}, "--output needs a value - expected the path of a file"},
      {{"export", "eu1", "--quiet=true"}, "--quiet takes no value - see hookferry help export"},
      {{"export", "eu1", "--quiet="}, "--quiet takes no value - see hookferry help export"},
      {{"diff", "eu1", "us1", "--format", "tsv"},
       "--format: tsv is for ids and list only - expected text or json"},
      {{"regions", "x"}, "regions takes no arguments - usage: hookferry regions"},
      {{"export"}, "export takes 1 argument (ACCOUNT), got 0 - usage: hookferry export ACCOUNT"},
      {{"ids", ""}, "ids: an argument is empty - usage: hookferry ids [LEDGER|N]"},
      {{"diff", "eu1", ""}, "diff: an argument is empty - usage: hookferry diff SOURCE DEST"},
  };
  const TempDir folder;
  for (const auto& c : cases) {
    const auto ran = run_hookferry(c.arguments, environment(folder));
    BOOST_TEST(ran.code == 64, ran.err);
    BOOST_TEST(ran.err == "hookferry: error: " + c.told + "\n");
  }
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"import", "-", "us1", "-n", "--key-file", "-"},
                                             {"import", "-", "us1", "-n", "--dest-key-file", "-"},
                                             {"migrate", "-", "us1", "-n", "--source-key-file", "-"},
                                             {"migrate", "-", "us1", "-n", "--dest-key-file", "-"}}) {
    const auto ran = run_hookferry(arguments, environment(folder));
    BOOST_TEST(ran.code == 64, ran.err);
    BOOST_TEST(ran.err ==
               "hookferry: error: standard input cannot hold both the webhooks and a key - put "
               "the key into a file or the environment\n");
  }
  spill(folder.file("c.ini"), "[a]\nregion = eu1\napi-key-file =\n");
  const auto empty = run_hookferry({"export", "a", "--config", folder.file("c.ini")}, environment(folder));
  BOOST_TEST(empty.err.find("cannot read the key file \"\": ") != std::string::npos, empty.err);
}

BOOST_AUTO_TEST_CASE(a_bad_region_or_type_is_reported_with_option_value_and_what_is_allowed) {
  const TempDir folder;
  spill(folder.file("c.ini"), "[defaults]\ndest-region = xx\n");
  struct Case {
    std::vector<std::string> options;
    int code;
    std::vector<std::string> parts;
  };
  const std::vector<Case> cases = {
      {{"--source-region", "xx"}, 64, {"--source-region: ", "\"xx\"", "eu1, ", "ap3"}},
      {{"--dest-region", "us11"}, 64, {"--dest-region: ", "\"us11\"", "did you mean us1?", "eu1, "}},
      {{"--config", folder.file("c.ini")}, 78, {"c.ini:2: dest-region: ", "\"xx\"", "eu1, "}},
      {{"--type", "nosuch"}, 64, {"\"nosuch\" for --type", "slack, ", "microsoft_teams", "number"}},
  };
  for (const auto& c : cases) {
    const RawServer server(http("[]"));
    std::vector<std::string> arguments = {"diff", server.url(), server.url()};
    arguments.insert(arguments.end(), c.options.begin(), c.options.end());
    const auto ran = run_hookferry(arguments, environment(folder));
    BOOST_TEST(ran.code == c.code, ran.err);
    BOOST_TEST(lines(ran.err) == 1u, ran.err);
    for (const auto& part : c.parts) BOOST_TEST(ran.err.find(part) != std::string::npos, ran.err);
    BOOST_TEST(server.connections() == 0u);
  }
  BOOST_TEST(run_hookferry({"regions", "--config", folder.file("c.ini")}, environment(folder)).code == 0);
}

BOOST_AUTO_TEST_CASE(a_key_with_a_control_byte_is_refused_before_any_connection) {
  const std::vector<std::string> keys = {"a\rb", "a\nX-Evil: 1\n", std::string("a\0b", 3), "a\x1b[31m", ""};
  for (const auto& key : keys) {
    const RawServer server(http("[]"));
    const TempDir folder;
    spill(folder.file("key"), key);
    const auto ran =
        run_hookferry({"export", server.url(), "--source-key-file", folder.file("key")}, environment(folder));
    BOOST_TEST(ran.code == 78, ran.err);
    BOOST_TEST(server.connections() == 0u);
    BOOST_TEST(ran.err.find("Evil") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_line_end_in_a_key_of_the_environment_begins_no_other_header) {
  for (const std::string key : {"EXAMPLE\nX-Evil: 1", "EXAMPLE\r\nX-Evil: 1", "EXAMPLE\r"}) {
    const RawServer server(http("[]"));
    const TempDir folder;
    spill(folder.file("c.ini"), "[a]\nurl = " + server.url() + "\napi-key-env = KEY_OF_A\n");
    auto variables = environment(folder);
    for (const auto* name : {"HOOKFERRY_SOURCE_KEY", "HOOKFERRY_KEY", "KEY_OF_A"})
      std::erase_if(variables, [&](const auto& one) { return one.first == name; });
    const auto refused = [&](const std::string& variable, const std::vector<std::string>& arguments) {
      auto with_key = variables;
      with_key.emplace(variable, key);
      const auto ran = run_hookferry(arguments, with_key);
      BOOST_TEST(ran.code == 78, ran.err);
      BOOST_TEST(ran.err.find(variable) != std::string::npos, ran.err);
      BOOST_TEST(ran.err.find("Evil") == std::string::npos);
    };
    refused("HOOKFERRY_SOURCE_KEY", {"export", server.url()});
    refused("KEY_OF_A", {"export", "a", "--config", folder.file("c.ini")});
    BOOST_TEST(server.connections() == 0u);
  }
}

BOOST_AUTO_TEST_CASE(a_key_as_an_editor_on_windows_saves_it_is_refused_with_the_reason) {
  struct Case {
    std::string key, reason;
  };
  const TempDir folder;
  for (const auto& c : {Case{"EXAMPLE\r\n", "a carriage return (a Windows line end?)"},
                        Case{"\xEF\xBB\xBF"
                             "EXAMPLE\n",
                             "a byte order mark"},
                        Case{"\xEF\xBB\xBF"
                             "EXAMPLE\r\n",
                             "a byte order mark"},
                        Case{"EXAMPLE\x01", "a control byte"}}) {
    const RawServer server(http("[]"));
    spill(folder.file("key"), c.key);
    spill(folder.file("c.ini"),
          "[a]\nurl = " + server.url() + "\napi-key-command = cat " + folder.file("key") + "\n");
    for (const auto& arguments :
         {std::vector<std::string>{"export", server.url(), "--source-key-file", folder.file("key")},
          {"export", server.url(), "--source-key-file", "-"},
          {"export", "a", "--config", folder.file("c.ini")}}) {
      const auto ran = run_hookferry(arguments, environment(folder), c.key);
      BOOST_TEST(ran.code == 78, ran.err);
      BOOST_TEST(ran.err.find(c.reason) != std::string::npos, ran.err);
      BOOST_TEST(ran.err.find("EXAMPLE") == std::string::npos, ran.err);
    }
    BOOST_TEST(server.connections() == 0u);
  }
}

BOOST_AUTO_TEST_CASE(text_from_the_api_never_reaches_the_terminal_unescaped) {
  const RawServer server(http(
      R"([{"id":1,"alias":"evil\u001b]0;owned\u0007\u202e","url":"https://x.test/","integration_type_fields":"[]","integration_type_id":0,"integration_type":{"id":0,"label":"Slack"}}])"));
  const Accounts accounts({}, {});
  const auto ran = accounts.run({"diff", server.url(), accounts.url(), "--no-rewrite"});
  BOOST_TEST(ran.code == 2, ran.err);
  BOOST_TEST(ran.out.find('\x1b') == std::string::npos);
  BOOST_TEST(ran.out.find('\x07') == std::string::npos);
  BOOST_TEST(ran.out.find("\xe2\x80\xae") == std::string::npos);
  BOOST_TEST(ran.out.find("evil\\x1b") != std::string::npos, ran.out);
}

BOOST_AUTO_TEST_CASE(endless_input_is_refused_at_a_reported_limit) {
  const TempDir folder;
  spill(folder.file("key"), std::string(3 << 20, 'k'));
  spill(folder.file("large.json"), "[");
  std::filesystem::resize_file(folder.file("large.json"), (std::uintmax_t{1} << 30) + 1);  // a hole
  spill(folder.file("c.ini"),
        "[endless]\nurl = http://127.0.0.1:1\napi-key-command = yes\n[heir]\nurl = "
        "http://127.0.0.1:1\napi-key-command = yes | cat; exec sleep 1000\n");
  struct Case {
    std::vector<std::string> arguments;
    std::string limit;
    int code;
  };
  const std::vector<Case> cases = {
      {{"export", "eu1", "--source-key-file", folder.file("key")}, "64 KiB", 78},
      {{"export", "eu1", "--source-key-file", "/dev/zero"}, "64 KiB", 78},
      {{"regions", "--config", "/dev/zero"}, "1 MiB", 78},
      {{"regions", "--regions", "/dev/zero"}, "16 MiB", 78},
      {{"transform", folder.file("large.json"), "--no-rewrite"}, "1 GiB", 65},
      {{"ids", folder.file("large.json")}, "1 GiB", 65},
      {{"export", "endless", "--config", folder.file("c.ini")}, "64 KiB", 78},
      {{"export", "heir", "--config", folder.file("c.ini")}, "64 KiB", 78},
  };
  for (const auto& c : cases) BOOST_TEST_CONTEXT(c.arguments[0] + " " + c.arguments[1]) {
      const auto ran = run_hookferry(c.arguments, environment(folder));
      BOOST_TEST(ran.code == c.code, ran.err);
      BOOST_TEST(lines(ran.err) == 1u, ran.err);
      BOOST_TEST(ran.err.find(c.limit) != std::string::npos, ran.err);
    }
}

BOOST_AUTO_TEST_SUITE_END()
