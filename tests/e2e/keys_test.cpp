// Where keys come from, what goes before what, and who else could have had a hand in them.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <thread>

#include "support/accounts.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"
#include "support/terminal.hpp"
#include "support/wait.hpp"

using namespace hookferry::test;
namespace utf = boost::unit_test;

namespace {

constexpr uid_t somebody = 65534;
utf::assertion_result is_root(utf::test_unit_id) { return utf::assertion_result(::geteuid() == 0); }

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t out = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++out;
  return out;
}

/// A configuration with one account, [a], whose key comes from a command.
std::string configured(const TempDir& folder, const std::string& url, const std::string& command,
                       const std::string& more = {}) {
  const auto file = folder.file("c.ini");
  spill(file, "[a]\nurl = " + url + "\napi-key-command = " + command + "\n" + more);
  return file;
}

Environment with_home(const TempDir& folder) { return {{"HOME", folder.path()}}; }

/// Whether it has ended, within a minute: a killed process is gone when its parent has heard of it.
bool ends(pid_t pid) {
  for (int i = 0; i < 12'000; ++i) {
    const auto state = slurp("/proc/" + std::to_string(pid) + "/stat");
    if (state.empty() || state.find(") Z") != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(options_come_before_the_section_and_the_section_before_variables) {
  const Accounts accounts(many(1), {});
  spill(accounts.folder().file("us.key"), "us-key\n");
  spill(accounts.folder().file("wrong.key"), "wrong\n");
  spill(accounts.folder().file("body.json"), "[]");
  spill(accounts.folder().file("c.ini"), "[us]\nurl = " + accounts.url() + "\napi-key-env = SECTION_KEY\n");
  struct Case {
    Environment keys;
    std::vector<std::string> options;
    int code;
  };
  const auto us = accounts.folder().file("us.key");
  const auto wrong = accounts.folder().file("wrong.key");
  const std::vector<Case> cases = {
      {{{"HOOKFERRY_DEST_KEY", "us-key"}, {"HOOKFERRY_KEY", "wrong"}}, {}, 0},
      {{{"HOOKFERRY_DEST_KEY", "wrong"}, {"HOOKFERRY_KEY", "us-key"}}, {}, 77},
      {{{"HOOKFERRY_DEST_KEY", "wrong"}}, {"--dest-key-file", us}, 0},
      {{{"HOOKFERRY_DEST_KEY", "us-key"}}, {"--key-file", wrong}, 77},
      {{{"HOOKFERRY_KEY", "wrong"}}, {"--key-file", us}, 0},
      {{}, {"--key-file", us}, 0},
  };
  for (const auto& c : cases) {
    auto environment = c.keys;
    environment["HOME"] = accounts.folder().path();
    std::vector<std::string> arguments = {"import", accounts.folder().file("body.json"), accounts.url(),
                                          "--yes"};
    arguments.insert(arguments.end(), c.options.begin(), c.options.end());
    const auto ran = run_hookferry(arguments, environment);
    BOOST_TEST(ran.code == c.code, ran.err);
  }
  const auto section = [&](const Environment& keys, const std::vector<std::string>& options) {
    auto environment = keys;
    environment["HOME"] = accounts.folder().path();
    std::vector<std::string> arguments = {"import",   accounts.folder().file("body.json"), "us", "--yes",
                                          "--config", accounts.folder().file("c.ini")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run_hookferry(arguments, environment).code;
  };
  BOOST_TEST(section({{"SECTION_KEY", "us-key"}, {"HOOKFERRY_DEST_KEY", "wrong"}}, {}) == 0);
  BOOST_TEST(section({{"SECTION_KEY", "wrong"}, {"HOOKFERRY_DEST_KEY", "us-key"}}, {}) == 77);
  BOOST_TEST(section({{"SECTION_KEY", "wrong"}}, {"--dest-key-file", us}) == 0);
  BOOST_TEST(section({{"SECTION_KEY", "us-key"}}, {"--key-file", wrong}) == 77);
  BOOST_TEST(section({{"SECTION_KEY", "wrong"}}, {"--key-file", us}) == 0);
  BOOST_TEST(section({{"SECTION_KEY", "us-key"}}, {"--key-file", "/nonexistent"}) == 66);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_set_twice_is_reported) {
  const Accounts accounts(many(1), {});
  const TempDir folder;
  spill(folder.file("key"), "eu-key\n");
  ::chmod(folder.file("key").c_str(), 0600);
  const auto both = accounts.run(
      {"export", accounts.url(), "--key-file", folder.file("key"), "--source-key-file", folder.file("key")});
  BOOST_TEST(both.code == 64, both.err);
  BOOST_TEST(both.err.find("--source-key-file and --key-file both name the key") != std::string::npos,
             both.err);
  BOOST_TEST(accounts.requests("GET") == 0u);

  Environment environment = {
      {"HOME", folder.path()}, {"HOOKFERRY_KEY", "other"}, {"HOOKFERRY_SOURCE_KEY", "eu-key"}};
  const auto differ = run_hookferry({"export", accounts.url()}, environment);
  BOOST_TEST(differ.code == 0, differ.err);
  BOOST_TEST(
      differ.err.find("HOOKFERRY_SOURCE_KEY and HOOKFERRY_KEY are both set and differ") != std::string::npos,
      differ.err);
  BOOST_TEST(differ.err.find("other") == std::string::npos, differ.err);
  environment["HOOKFERRY_KEY"] = "eu-key";
  BOOST_TEST(run_hookferry({"export", accounts.url()}, environment).err == "");
  environment["HOOKFERRY_KEY"] = "other";
  BOOST_TEST(
      run_hookferry({"export", accounts.url(), "--source-key-file", folder.file("key")}, environment).err ==
      "");
  environment.erase("HOOKFERRY_KEY");
  environment["HOOKFERRY_SOURCE_KEY"] = "other";
  const auto option =
      run_hookferry({"export", accounts.url(), "--key-file", folder.file("key")}, environment);
  BOOST_TEST(option.code == 0, option.err);
  BOOST_TEST(option.err == "");
}

BOOST_AUTO_TEST_CASE(a_section_with_two_sources_of_one_key_is_refused) {
  const TempDir folder;
  spill(folder.file("c.ini"),
        "[a]\nregion = eu1\napi-key-env = K\n[b]\nregion = eu1\n[a]\napi-key-file = /k\n");
  const auto ran = run_hookferry({"regions", "--config", folder.file("c.ini")}, with_home(folder));
  BOOST_TEST(ran.code == 78, ran.err);
  BOOST_TEST(ran.err.find("c.ini:7: api-key-file and api-key-env") != std::string::npos, ran.err);
}

BOOST_AUTO_TEST_CASE(a_key_can_come_from_a_process_substitution) {
  const Accounts accounts(many(1), {});
  const auto file = accounts.folder().file("out");
  Process process({"bash", "-c", "\"$0\" export \"$1\" --source-key-file <(echo eu-key)", hookferry_binary(),
                   accounts.url()},
                  with_home(accounts.folder()), file, accounts.folder().file("err"));
  BOOST_TEST(process.wait() == 0);
  BOOST_TEST(slurp(accounts.folder().file("err")) == "");
  BOOST_TEST(slurp(file).find("hook-0") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_file_that_others_may_write_is_refused_before_any_connection) {
  const RawServer server("");
  const TempDir folder;
  spill(folder.file("key"), "EXAMPLE\n");
  ::chmod(folder.file("key").c_str(), 0622);
  for (const std::string command : {"export", "check"}) {
    const auto option = command == "export" ? "--source-key-file" : "--key-file";
    const auto ran = run_hookferry({command, server.url(), option, folder.file("key")}, with_home(folder));
    BOOST_TEST(ran.code == 78, ran.err + ran.out);
    BOOST_TEST((ran.err + ran.out).find("it is writable by other users (mode 0622)") != std::string::npos,
               ran.err + ran.out);
  }
  BOOST_TEST(server.connections() == 0u);
}

BOOST_AUTO_TEST_CASE(a_key_file_of_another_user_is_refused, *utf::precondition(is_root)) {
  const TempDir folder;
  spill(folder.file("key"), "EXAMPLE\n");
  BOOST_REQUIRE(::chown(folder.file("key").c_str(), somebody, somebody) == 0);
  const auto ran =
      run_hookferry({"export", "eu1", "--source-key-file", folder.file("key")}, with_home(folder));
  BOOST_TEST(ran.code == 78, ran.err);
  BOOST_TEST(ran.err.find("belongs to another user") != std::string::npos, ran.err);
}

BOOST_AUTO_TEST_CASE(a_configuration_that_others_may_write_is_reported_and_runs_no_command) {
  const TempDir folder;
  const auto proof = folder.file("proof");
  const auto config = configured(folder, "http://127.0.0.1:1", "echo ran > " + proof + "; echo k");
  const auto run = [&] {
    return run_hookferry({"export", "a", "--config", config, "--retries", "0"}, with_home(folder));
  };
  ::chmod(config.c_str(), 0664);
  const auto refused = run();
  BOOST_TEST(refused.code == 78, refused.err);
  BOOST_TEST(
      refused.err.find("c.ini:3: api-key-command is not run from this file: it is writable by other users") !=
          std::string::npos,
      refused.err);
  BOOST_TEST(refused.err.find(" - make the file yours alone (chmod go-w)") != std::string::npos, refused.err);
  BOOST_TEST(slurp(proof) == "");
  ::chmod(config.c_str(), 0600);
  BOOST_TEST(run().code == 69);
  BOOST_TEST(slurp(proof) == "ran\n");

  spill(folder.file("plain.ini"), "[defaults]\nretries = 3\n");
  ::chmod(folder.file("plain.ini").c_str(), 0606);
  const auto told = run_hookferry({"regions", "--config", folder.file("plain.ini")}, with_home(folder));
  BOOST_TEST(told.code == 0, told.err);
  BOOST_TEST(
      told.err.find("is not yours alone: it is writable by other users (mode 0606)") != std::string::npos,
      told.err);
}

BOOST_AUTO_TEST_CASE(a_configuration_of_another_user_runs_no_command, *utf::precondition(is_root)) {
  const TempDir folder;
  const auto config = configured(folder, "http://127.0.0.1:1", "echo k");
  BOOST_REQUIRE(::chown(config.c_str(), somebody, somebody) == 0);
  const auto ran = run_hookferry({"export", "a", "--config", config}, with_home(folder));
  BOOST_TEST(ran.code == 78, ran.err);
  BOOST_TEST(ran.err.find("belongs to another user") != std::string::npos, ran.err);
}

BOOST_AUTO_TEST_CASE(a_configuration_of_another_user_sends_no_key_anywhere, *utf::precondition(is_root)) {
  const Accounts accounts(many(1), {});
  const TempDir folder;
  for (const auto& text : std::vector<std::string>{"[a]\nurl = " + accounts.url() + "\n",
                                                   "[a]\nregion = eu1\nproxy = " + accounts.url() + "\n",
                                                   "[defaults]\nca-file = x\n[a]\nregion = eu1\n"}) {
    spill(folder.file("c.ini"), text);
    BOOST_REQUIRE(::chown(folder.file("c.ini").c_str(), somebody, somebody) == 0);
    auto environment = with_home(folder);
    environment["HOOKFERRY_KEY"] = "eu-key";
    const auto ran = run_hookferry({"list", "a", "--config", folder.file("c.ini")}, environment);
    BOOST_TEST(ran.code == 78, ran.err);
    BOOST_TEST(
        ran.err.find("says where keys are sent to, and it belongs to another user") != std::string::npos,
        ran.err);
  }
  BOOST_TEST(accounts.requests("GET") == 0u);
}

BOOST_AUTO_TEST_CASE(tables_overlays_and_certificates_that_others_may_write_are_refused) {
  const Accounts accounts(many(1), {});
  const auto& folder = accounts.folder();
  spill(folder.file("regions.json"), "[]");
  spill(folder.file("overlay.json"), "[]");
  spill(folder.file("ca.pem"), "");
  const std::vector<std::vector<std::string>> cases = {
      {"regions", "--regions", folder.file("regions.json")},
      {"diff", accounts.url(), accounts.url(), "--no-rewrite", "--overlay", folder.file("overlay.json")},
      {"list", "https://127.0.0.1:1", "--ca-file", folder.file("ca.pem"), "--retries", "0"},
  };
  auto environment = accounts.environment();
  environment["HOOKFERRY_KEY"] = "eu-key";
  for (const auto& arguments : cases) {
    const auto& file = arguments[0] == "regions" ? arguments[2]
                       : arguments[0] == "list"  ? arguments[3]
                                                 : arguments[5];
    for (const mode_t mode : {0666, 0664}) {
      ::chmod(file.c_str(), mode);
      const auto ran = run_hookferry(arguments, environment);
      BOOST_TEST(ran.code == 78, ran.err);
      BOOST_TEST(ran.err.find(": it is writable by other users") != std::string::npos, ran.err);
    }
    ::chmod(file.c_str(), 0644);
    const auto ran = run_hookferry(arguments, environment);
    BOOST_TEST(ran.err.find("it is writable by other users") == std::string::npos, ran.err);
  }
}

BOOST_AUTO_TEST_CASE(an_output_through_another_users_link_is_refused, *utf::precondition(is_root)) {
  const Accounts accounts(many(1), {});
  const TempDir folder;
  spill(folder.file("precious"), "precious");
  BOOST_REQUIRE(::symlink(folder.file("precious").c_str(), folder.file("out").c_str()) == 0);
  BOOST_REQUIRE(::lchown(folder.file("out").c_str(), somebody, somebody) == 0);
  const auto ran = accounts.run({"export", accounts.url(), "-o", folder.file("out")});
  BOOST_TEST(ran.code == 73, ran.err);
  BOOST_TEST(slurp(folder.file("precious")) == "precious");
}

BOOST_AUTO_TEST_CASE(a_ledger_that_others_may_write_is_not_relied_on) {
  const Accounts accounts(many(2), {});
  BOOST_TEST(accounts.migrate().code == 0);
  ::chmod(accounts.ledger().c_str(), 0666);
  const auto posts = accounts.requests("POST");
  for (const auto& arguments :
       {accounts.migrate_arguments(),
        std::vector<std::string>{"undo", accounts.ledger(), "--yes", "--settle", "0.1"},
        std::vector<std::string>{"undo", accounts.ledger(), "-n"},
        std::vector<std::string>{"ids", accounts.ledger()},
        std::vector<std::string>{"rewire", accounts.file_of("eu"), accounts.ledger()}}) {
    const auto ran = accounts.run(arguments);
    BOOST_TEST(ran.code == 73, ran.err);
    BOOST_TEST(ran.err.find("it is writable by other users (mode 0666)") != std::string::npos, ran.err);
  }
  BOOST_TEST(accounts.requests("POST") == posts);
  BOOST_TEST(accounts.requests("DELETE") == 0u);
  ::chmod(accounts.ledger().c_str(), 0600);
  BOOST_TEST(accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.1"}).code == 0);
}

BOOST_AUTO_TEST_CASE(a_key_command_that_does_not_end_is_killed_with_all_that_it_started) {
  const TempDir folder;
  const auto pids = folder.file("pids");
  const auto config =
      configured(folder, "http://127.0.0.1:1", "sleep 1000 & echo $! > " + pids + "; echo EXAMPLE; wait",
                 "key-command-timeout = 1\n");
  const auto ran = run_hookferry({"export", "a", "--config", config}, with_home(folder));
  BOOST_TEST(ran.code == 78, ran.err);
  const std::string why =
      "c.ini:3: the key command did not end within 1 s - run it by hand to see what it waits";
  BOOST_TEST(ran.err.find(why) != std::string::npos, ran.err);
  BOOST_TEST(ran.err.find("EXAMPLE") == std::string::npos, ran.err);
  BOOST_TEST(ends(std::stoi(slurp(pids))));
}

BOOST_AUTO_TEST_CASE(what_a_key_command_leaves_in_the_background_is_not_waited_for) {
  const Accounts accounts(many(1), {});
  const TempDir folder;
  const auto config =
      configured(folder, accounts.url(), "sleep 1000 & echo $! > " + folder.file("pid") + "; echo eu-key",
                 "key-command-timeout = 3600\n");
  const auto ran = run_hookferry({"export", "a", "--config", config}, with_home(folder));
  BOOST_TEST(ran.code == 0, ran.err);
  ::kill(std::stoi(slurp(folder.file("pid"))), SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_key_command_sees_no_keys_and_nothing_that_is_piped_in) {
  const Accounts accounts(many(1), {});
  const TempDir folder;
  const auto config =
      configured(folder, accounts.url(),
                 "env > " + folder.file("env") + "; cat > " + folder.file("in") + "; echo us-key",
                 "[b]\nregion = eu1\napi-key-env = KEY_OF_B\nsendlog-private-key-env = LOGS_OF_B\n");
  auto environment = accounts.environment();
  environment["KEY_OF_B"] = "EXAMPLE-1";
  environment["LOGS_OF_B"] = "EXAMPLE-2";
  environment["HOOKFERRY_CONFIG"] = config;
  environment["VAULT_ADDR"] = "kept";
  const auto ran = run_hookferry({"import", "-", "a", "--yes"}, environment, "[]");
  BOOST_TEST(ran.code == 0, ran.err);
  const auto seen = slurp(folder.file("env"));
  BOOST_TEST(seen.find("HOOKFERRY_") == std::string::npos, seen);
  BOOST_TEST(seen.find("EXAMPLE") == std::string::npos, seen);
  BOOST_TEST(seen.find("VAULT_ADDR=kept") != std::string::npos, seen);
  BOOST_TEST(slurp(folder.file("in")) == "");
}

BOOST_AUTO_TEST_CASE(what_a_key_command_complains_of_is_shown_and_drives_no_terminal) {
  const TempDir folder;
  const auto config = configured(folder, "http://127.0.0.1:1",
                                 "printf 'one\\033[2J\\ntwo \\342\\200\\256 no line end' >&2; exit 3");
  const auto ran = run_hookferry({"export", "a", "--config", config}, with_home(folder));
  BOOST_TEST(ran.code == 78, ran.err);
  BOOST_TEST(ran.err.starts_with("one\\x1b[2J\ntwo \\u202e no line end\nhookferry: error: "), ran.err);
  BOOST_TEST(ran.err.find("failed with exit code 3") != std::string::npos, ran.err);
}

BOOST_AUTO_TEST_CASE(a_key_that_a_key_command_repeats_on_standard_error_is_masked) {
  const TempDir folder;
  const std::string key = "cxup_Zq7aBcDeFgHiJkLmNoPqRsTuVwXyZ0123";
  const auto config = configured(folder, "http://127.0.0.1:1", "set -x; echo " + key);
  const auto ran = run_hookferry({"export", "a", "--config", config, "--retries", "0"}, with_home(folder));
  BOOST_TEST(ran.code == 69, ran.err);
  BOOST_TEST(ran.err.find("+ echo ***") != std::string::npos, ran.err);
  BOOST_TEST(ran.err.find(key) == std::string::npos, ran.err);
}

BOOST_AUTO_TEST_CASE(a_key_in_the_place_of_a_file_or_a_name_is_never_repeated) {
  const TempDir folder;
  const std::string key = "cxup_Zq7aBcDeFgHiJkLmNoPqRsTuVwXyZ0123";
  const auto config = [&](const std::string& name, const std::string& text) {
    spill(folder.file(name), text);
    return folder.file(name);
  };
  const std::string account = "[a]\nurl = http://127.0.0.1:1\n";
  const auto pairs = "[pair p]\nsource = eu1\ndest = us1\n";
  const std::vector<std::vector<std::string>> cases = {
      {"list", "eu1", "--key-file", key},
      {"diff", "eu1", "us1", "--source-key-file", key},
      {"diff", "eu1", "us1", "--dest-key-file=" + key},
      {"list", "a", "--config", config("1", account + "api-key-file = " + key + "\n")},
      {"list", "a", "--config", config("2", account + "api-key-env = " + key + "\n")},
      {"list", "a", "--config", config("3", account + key + " = 1\n")},
      {"list", "a", "--config", config("4", account + "ca-file = " + key + "\napi-key-env = HOME\n")},
      {"list", "a", "--config", config("5", "[defaults]\nca-file = " + key + "\n" + account)},
      {"check", "a", "--config", folder.file("1")},
      {"fleet", "--yes", "--config", config("6", std::string(pairs) + "mode = " + key + "\n")},
      {"fleet", "-n", "--config", config("7", std::string(pairs) + "ca-file = " + key + "\n")},
      {"undo", key},
      {"undo", "--last", "--dest", key},
      {"apply", key},
      {"apply", folder.file(key)},
      {"ids", key},
      {"rewire", key, key},
      {"transform", key},
      {"transform", key + ".json"},
      {"transform", "--overlay", key},
      {"regions", "--regions", key},
      {"sandbox", "--state", key},
      {"sandbox", "--state", folder.path(), "--fault", key},
      {"list", "eu1", "--config", key},
      {"list", key},
      {"list", key + ".json"},
      {"import", key + ".json", "us1", "--yes"},
      {"export", "eu1", "-o", "/nonexistent/" + key},
      {"migrate", "eu1", "us1", "--yes", "--ledger", "/nonexistent/" + key},
      {"migrate", "eu1", "us1", "--yes", "--report", "/nonexistent/" + key + "/r.html"},
      {"list", "eu1", "--proxy", "http://u:" + key + "@p.test"},
      {"list", "eu1", "--ca-file", key},
      {"list", "eu1", "--client-cert", key},
      {"completion", key},
      {"help", key},
      {"list", "eu1", "--type", key},
      {"list", "eu1", "--timeout", key},
  };
  for (const auto& arguments : cases) {
    auto environment = with_home(folder);
    for (const auto* name : {"HOOKFERRY_KEY", "HOOKFERRY_SOURCE_KEY", "HOOKFERRY_DEST_KEY"})
      if (arguments.size() < 3 || arguments[2].find("key-file") == std::string::npos) environment[name] = "k";
    environment["HTTPS_PROXY"] = "http://127.0.0.1:1";  // nothing leaves this machine
    auto words = arguments;
    if (words[0] == "list" || words[0] == "migrate" || words[0] == "export" || words[0] == "diff")
      words.insert(words.end(), {"--retries", "0"});
    const auto ran = run_hookferry(words, environment, "[]");
    BOOST_TEST(ran.code != 0, words[0]);
    BOOST_TEST(ran.err.size() + ran.out.size() > 0u);
    BOOST_TEST((ran.out + ran.err).find("Zq7aBcDe") == std::string::npos, ran.out + ran.err);
  }
}

BOOST_AUTO_TEST_CASE(a_relative_configuration_folder_is_no_place_for_a_configuration) {
  const TempDir folder;
  std::filesystem::create_directory(folder.file("hookferry"));
  spill(folder.file("hookferry/hookferry.ini"),
        "[a]\nurl = http://127.0.0.1:1\napi-key-command = touch " + folder.file("ran") + "\n");
  // Run from the folder, so that "." is where somebody else's file lies.
  const auto ran =
      run_command({"/bin/sh", "-c", "cd '" + folder.path() + "' && " + hookferry_binary() + " list a"},
                  {{"HOME", folder.file("home")}, {"XDG_CONFIG_HOME", "."}});
  BOOST_TEST(ran.code == 64, ran.err);
  BOOST_TEST(!std::filesystem::exists(folder.file("ran")));
}

BOOST_AUTO_TEST_CASE(a_key_command_that_is_killed_or_never_ends_to_write_gives_no_key) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"echo EXAMPLE; kill -9 $$", "the key command was ended by signal 9"},
      {"yes EXAMPLE", "the key command writes more than"}};
  for (const auto& [command, told] : cases) {
    const TempDir folder;
    const auto config = configured(folder, "http://127.0.0.1:1", command);
    const auto ran = run_hookferry({"export", "a", "--config", config}, with_home(folder));
    BOOST_TEST(ran.code == 78, ran.err);
    BOOST_TEST(ran.err.find(told) < ran.err.find(" - "), ran.err);  // the hint comes last
    BOOST_TEST(ran.err.find("EXAMPLE") == std::string::npos, ran.err);
  }
}

BOOST_AUTO_TEST_CASE(ctrl_c_ends_a_key_command_and_the_run) {
  const TempDir folder;
  const auto config =
      configured(folder, "http://127.0.0.1:1", "echo $$ > " + folder.file("pid") + "; exec sleep 1000");
  Process process({hookferry_binary(), "export", "a", "--config", config}, with_home(folder),
                  folder.file("out"), folder.file("err"));
  wait_for_text(folder.file("pid"), "\n");
  process.signal(SIGINT);
  BOOST_TEST(process.wait() == 130);
  BOOST_TEST(ends(std::stoi(slurp(folder.file("pid")))));
}

BOOST_AUTO_TEST_CASE(a_key_command_has_the_terminal_while_it_runs) {
  const Accounts accounts(many(1), {});
  const TempDir folder;
  const auto config = configured(folder, accounts.url(), "read line < /dev/tty; echo $line");
  Terminal terminal({hookferry_binary(), "check", "a", "--config", config}, with_home(folder));
  terminal.type("eu-key\n");
  BOOST_TEST(terminal.wait() == 0, terminal.shown());
  BOOST_TEST(terminal.shown().find("accepted") != std::string::npos, terminal.shown());
}

BOOST_AUTO_TEST_CASE(after_a_key_command_the_terminal_is_the_runs_again) {
  const Accounts accounts(many(1), {});
  const TempDir folder;
  const auto config = configured(folder, accounts.url(), "echo us-key");
  Terminal terminal({hookferry_binary(), "migrate", accounts.url(), "a", "--no-rewrite", "--settle", "0.1",
                     "--config", config},
                    {{"HOME", folder.path()}, {"HOOKFERRY_SOURCE_KEY", "eu-key"}});
  terminal.wait_for("[y/N]");
  terminal.type("y\n");
  BOOST_TEST(terminal.wait() == 0, terminal.shown());
  BOOST_TEST(accounts.count("us") == 1u);
}

BOOST_AUTO_TEST_CASE(a_bad_time_limit_is_refused_with_its_line) {
  const TempDir folder;
  for (const std::string value : {"0", "-1", "1.5", "x", "", "3601", "99999999999999999999"}) {
    const auto config =
        configured(folder, "http://127.0.0.1:1", "echo k", "key-command-timeout = " + value + "\n");
    const auto ran = run_hookferry({"regions", "--config", config}, with_home(folder));
    BOOST_TEST(ran.code == 78, ran.err);
    BOOST_TEST(
        ran.err.find("c.ini:4: invalid value \"" + value + "\" for key-command-timeout") != std::string::npos,
        ran.err);
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_is_nowhere_is_asked_for_on_the_terminal_without_echo) {
  const Accounts accounts(many(1), {});
  const TempDir folder;
  Terminal terminal({hookferry_binary(), "check", accounts.url()}, with_home(folder));
  terminal.wait_for("API key of the account (" + accounts.url() + "): ");
  terminal.wait_for_echo(false);
  terminal.type("eu-key\n");
  BOOST_TEST(terminal.wait() == 0, terminal.shown());
  BOOST_TEST(terminal.shown().find("eu-key") == std::string::npos, terminal.shown());
  BOOST_TEST(terminal.shown().find("accepted") != std::string::npos, terminal.shown());
  BOOST_TEST(terminal.echoes());
}

BOOST_AUTO_TEST_CASE(a_key_is_not_asked_for_if_input_and_errors_go_elsewhere) {
  const TempDir folder;
  const auto err = folder.file("err");
  Terminal terminal({"sh", "-c", "\"$0\" export http://127.0.0.1:1 < /dev/null 2> \"$1\"; exit $?",
                     hookferry_binary(), err},
                    with_home(folder));
  BOOST_TEST(terminal.wait() == 78, terminal.shown());
  BOOST_TEST(slurp(err).find("there is no API key") != std::string::npos, slurp(err));
}

BOOST_AUTO_TEST_CASE(ctrl_c_at_the_question_gives_the_terminal_back) {
  const TempDir folder;
  Terminal terminal({hookferry_binary(), "check", "eu1"}, with_home(folder));
  terminal.wait_for("API key of the account (eu1): ");
  terminal.wait_for_echo(false);
  terminal.type("\x03");
  BOOST_TEST(terminal.wait() == 130, terminal.shown());
  BOOST_TEST(terminal.echoes());
}

BOOST_AUTO_TEST_CASE(a_stop_at_the_question_gives_the_terminal_back_and_asks_again) {
  const Accounts accounts(many(1), {});
  const TempDir folder;
  // A session leader alone would not be stopped by the kernel: the shell is the leader here.
  Terminal terminal({"sh", "-c", "\"$0\" check \"$1\"; exit $?", hookferry_binary(), accounts.url()},
                    with_home(folder));
  const auto question = "API key of the account (" + accounts.url() + "): ";
  terminal.wait_for(question);
  terminal.wait_for_echo(false);
  terminal.type("half of it\x1a");
  terminal.wait_for_stop();
  BOOST_TEST(terminal.echoes());
  terminal.resume();
  terminal.wait_for_echo(false);
  BOOST_TEST(count_of(terminal.shown(), question) == 2u, terminal.shown());
  terminal.type("eu-key\n");
  BOOST_TEST(terminal.wait() == 0, terminal.shown());
}

BOOST_AUTO_TEST_CASE(a_key_is_not_asked_for_without_a_terminal) {
  const TempDir folder;
  const auto ran = run_hookferry({"export", "eu1"}, with_home(folder));
  BOOST_TEST(ran.code == 78, ran.err);
  BOOST_TEST(ran.err.find("there is no API key for the account (eu1)") != std::string::npos, ran.err);
}

BOOST_AUTO_TEST_CASE(a_process_that_holds_a_key_leaves_no_core_file) {
  const TempDir folder;
  const auto config = configured(folder, "http://127.0.0.1:1", "echo k", "");
  spill(folder.file("two.ini"), slurp(config) +
                                    "[b]\nurl = http://127.0.0.1:1\napi-key-command = echo $PPID > " +
                                    folder.file("pid") + "; exec sleep 1000\n");
  Process process({hookferry_binary(), "diff", "a", "b", "--config", folder.file("two.ini"), "--no-rewrite"},
                  with_home(folder), folder.file("out"), folder.file("err"));
  wait_for_text(folder.file("pid"), "\n");
  const auto limits = slurp("/proc/" + std::to_string(std::stoi(slurp(folder.file("pid")))) + "/limits");
  BOOST_TEST(limits.find("Max core file size        0                    0 ") != std::string::npos, limits);
  process.signal(SIGTERM);
  BOOST_TEST(process.wait() == 130);
}

BOOST_AUTO_TEST_SUITE_END()
