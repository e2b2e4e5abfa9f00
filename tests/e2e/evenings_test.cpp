// Three evenings of people who have never seen the program: from the first word of the README to the end.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/sessions.hpp"
#include "support/terminal.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The first block of that language below "Use it" in the README.
std::string block_of_the_readme(const std::string& language) {
  const auto readme = slurp(HOOKFERRY_SOURCE_DIR "/README.md");
  const auto fence = "```" + language + "\n";
  const auto begin = readme.find(fence, readme.find("## Use it")) + fence.size();
  return readme.substr(begin, readme.find("```", begin) - begin);
}

/// What the README tells a user to type, without the comments.
std::vector<std::string> commands_of_the_readme() {
  std::istringstream block(block_of_the_readme("sh"));
  std::vector<std::string> out;
  for (std::string line; std::getline(block, line);) {
    line = line.substr(0, line.find("  #"));
    while (line.ends_with(' ')) line.pop_back();
    out.push_back(line);
  }
  return out;
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// A home with nothing in it, a shell, and `hookferry` on the path. The regions' names lead to the sandbox:
/// an account of the configuration goes before a region.
class Evening {
 public:
  explicit Evening(const Accounts& accounts) : accounts_(accounts) {
    const auto& folder = accounts.folder();
    std::filesystem::create_directories(folder.file("bin"));
    std::filesystem::create_symlink(hookferry_binary(), folder.file("bin/hookferry"));
    std::filesystem::create_directories(folder.file("home/.config/hookferry"));
    std::string text = "[defaults]\nsettle = 0.3\n" + block_of_the_readme("ini");
    for (const std::string name : {"eu1", "us1"})
      replace(text, "region = " + name + "\n", "region = " + name + "\nurl = " + accounts.url() + "\n");
    for (const auto& [name, content] : {std::pair("production", "eu-key"), {"recovery", "us-key"}}) {
      const std::filesystem::path path = folder.file("home/.config/hookferry/" + std::string(name) + ".key");
      spill(path, content);
      std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    }
    for (const std::string name : {"eu1", "us1", "eu2"})
      text += "[" + name + "]\nregion = " + name + "\nurl = " + accounts.url() + "\n";
    spill(folder.file("home/.config/hookferry/hookferry.ini"), text);
  }

  /// Types a line into a shell; answers the question where there is one. What was shown; `code` is its end.
  std::string type(const std::string& line, const std::string& answer = {}) {
    const auto& folder = accounts_.folder();
    Terminal terminal({"sh", "-c", "PATH='" + folder.file("bin") + "':$PATH; " + line},
                      {{"HOME", folder.file("home")},
                       {"HOOKFERRY_SOURCE_KEY", "eu-key"},
                       {"HOOKFERRY_DEST_KEY", key},
                       {"PAGER", "cat"},
                       {"LC_ALL", "C.UTF-8"}},
                      100);
    if (!answer.empty()) {
      terminal.wait_for("[y/N] ");
      terminal.type(answer + "\n");
    }
    code = terminal.wait();
    return unbroken(terminal.shown());
  }

  int code = -1;
  std::string key = "us-key";

 private:
  const Accounts& accounts_;
};

/// The words behind "undo" in what was shown.
std::string ledger_in(const std::string& shown) {
  const auto begin = shown.find("Ledger: ") + 8;
  return shown.substr(begin, shown.find(".jsonl", begin) + 6 - begin);
}

std::vector<std::string> hooks() {
  auto out = many(5);
  out.push_back(sendlog("logs", "https://ingress.coralogix.com/logs/v1/singles", 40));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(evenings)

BOOST_AUTO_TEST_CASE(a_first_migration_from_nothing_but_the_readme) {
  const Accounts accounts(hooks(), {slack("own", "https://own.test/", 90)});
  Evening evening(accounts);
  const auto commands = commands_of_the_readme();
  BOOST_REQUIRE(commands.size() == 4u);
  const auto checked = evening.type(commands[0]);
  BOOST_TEST(evening.code == 0, checked);
  BOOST_TEST(has(checked, "webhooks   ok     6"), checked);
  const auto planned = evening.type(commands[1]);
  BOOST_TEST(evening.code == 2, planned);
  BOOST_TEST(has(planned, "6 to create:"), planned);
  BOOST_TEST(accounts.requests("POST") == 0u);
  const auto migrated = evening.type(commands[2], "y");
  BOOST_TEST(evening.code == 0, migrated);
  BOOST_TEST(accounts.count("us") == 7u);
  BOOST_TEST(has(slurp(accounts.file_of("us")), "https://ingress.coralogix.us/logs/v1/singles"));
  const auto again = evening.type(commands[2]);
  BOOST_TEST(evening.code == 0, again);
  BOOST_TEST(has(again, "Nothing to write."), again);
  const auto undone = evening.type(commands[3], "yes");
  BOOST_TEST(evening.code == 0, undone);
  BOOST_TEST(accounts.aliases("us") == std::vector<std::string>{"own"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_key_that_is_refused_half_way) {
  Accounts accounts(many(9), {}, {"--fault", "POST#3-:status=401"});
  Evening evening(accounts);
  const std::string command = "hookferry migrate eu1 us1 --batch-size 3 --concurrency 1";
  const auto stopped = evening.type(command, "y");
  BOOST_TEST(evening.code == 77, stopped);
  // First why, then what is there, then what to do.
  const auto why = stopped.find("Stopped: cannot write to us1");
  const auto counts = stopped.find("6 created");
  const auto remedy = stopped.find("rerun the command");
  BOOST_TEST((why < counts && counts < remedy && remedy != std::string::npos), stopped);
  BOOST_TEST(has(stopped, "3 failed"), stopped);
  BOOST_TEST(has(stopped, "To undo: hookferry undo --last"), stopped);
  BOOST_TEST(accounts.count("us") == 6u);
  // A new key of the same account, and the same command.
  accounts.restart({});
  evening.key = "us-other-key";
  const auto finished = evening.type(command, "y");
  BOOST_TEST(evening.code == 0, finished);
  BOOST_TEST(has(finished, "3 created"), finished);
  BOOST_TEST(accounts.count("us") == 9u);
  const auto undone = evening.type("hookferry undo '" + ledger_in(finished) + "'", "y");
  BOOST_TEST(evening.code == 0, undone);
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(a_wrong_region_is_noticed_and_undone) {
  const Accounts accounts(hooks(), {slack("own", "https://own.test/", 90)});
  Evening evening(accounts);
  const auto wrong = evening.type("hookferry migrate eu1 eu2", "y");
  BOOST_TEST(evening.code == 0, wrong);
  BOOST_TEST(has(wrong, "to eu2 (region eu2, "), wrong);
  BOOST_TEST(has(wrong, "ingress.coralogix.com -> ingress.eu2.coralogix.com  (1)"), wrong);
  BOOST_TEST(accounts.count("us") == 7u);
  const auto undone = evening.type("hookferry undo --last", "y");
  BOOST_TEST(evening.code == 0, undone);
  BOOST_TEST(has(undone, "Done: 6 deleted"), undone);
  BOOST_TEST(accounts.aliases("us") == std::vector<std::string>{"own"}, boost::test_tools::per_element());
  const auto right = evening.type("hookferry migrate eu1 us1", "y");
  BOOST_TEST(evening.code == 0, right);
  const auto held = slurp(accounts.file_of("us"));
  BOOST_TEST(has(held, "https://ingress.coralogix.us/"), held);
  BOOST_TEST(!has(held, "eu2.coralogix.com"), held);
}

BOOST_AUTO_TEST_SUITE_END()
