// What holds for every command that writes: the same limits, the same dry run, whatever the command is
// called.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "support/accounts.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

using Arguments = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Arguments with(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

/// Two accounts with all that the commands need beside them: a plan, a file, a configuration with a pair.
struct Prepared : Accounts {
  using Accounts::Accounts;

  /// Each of them that writes, without --yes.
  Arguments arguments(const std::string& command) const {
    if (command == "apply") return {command, folder().file("plan"), "--settle", "0.3"};
    if (command == "undo") return {command, ledger(), "--settle", "0.3"};
    if (command == "fleet") return {command, "--config", folder().file("config.ini"), "--settle", "0.3"};
    const auto source = command == "import" ? folder().file("hooks.json") : url();
    const Arguments out = {command, source, url(), "--settle", "0.3", "--ledger", folder().file("new.jsonl")};
    return command == "import" ? out : with(out, {"--no-rewrite"});
  }

  void prepare(const std::vector<std::string>& file) const {
    spill(folder().file("hooks.json"), array_of(file));
    spill(folder().file("config.ini"), "[eu]\nurl = " + url() + "\n[us]\nurl = " + url() +
                                           "\n[pair all]\nsource = eu\ndest = us\nno-rewrite = true\n");
    run({"diff", url(), url(), "--no-rewrite", "--out", folder().file("plan")});
  }

  std::size_t writes() const { return requests("POST") + requests("DELETE"); }
};

const std::vector<std::string> writers = {"migrate", "mirror", "import", "apply", "undo", "fleet"};
const Arguments yes_of(const std::string& command) {
  return command == "apply" ? Arguments() : Arguments{"--yes"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(guards)

BOOST_AUTO_TEST_CASE(a_dry_run_of_any_command_shows_the_plan_and_writes_nothing) {
  const Prepared accounts(many(4), {slack("hook-1", "https://old.test/", 2)});
  BOOST_TEST(accounts.migrate({"--only", "hook-0"}).code == 0);
  accounts.prepare(many(4));
  const auto before = slurp(accounts.file_of("us"));
  const auto writes = accounts.writes();
  for (const auto& command : writers) {
    for (const auto& more : std::vector<Arguments>{{"-n"}, {"--dry-run", "--format", "json"}}) {
      BOOST_TEST_CONTEXT(command << " " << more[0]) {
        for (const auto& yes : {Arguments(), yes_of(command)}) {
          const auto ran = accounts.run(with(with(accounts.arguments(command), more), yes));
          BOOST_TEST(ran.code == 2, ran.err + ran.out);
          BOOST_TEST(has(ran.out, "hook-"), ran.out);
        }
      }
    }
  }
  BOOST_TEST(accounts.writes() == writes);
  BOOST_TEST(slurp(accounts.file_of("us")) == before);
  BOOST_TEST(!std::filesystem::exists(accounts.folder().file("new.jsonl")));
}

BOOST_AUTO_TEST_CASE(without_a_terminal_and_without_yes_no_command_writes) {
  const Prepared accounts(many(4), {slack("hook-1", "https://old.test/", 2)});
  BOOST_TEST(accounts.migrate({"--only", "hook-0"}).code == 0);
  accounts.prepare(many(4));
  const auto writes = accounts.writes();
  for (const auto& command : writers) {
    if (command == "apply") continue;  // it has been said yes to
    const auto ran = accounts.run(accounts.arguments(command));
    BOOST_TEST(ran.code == 64, command << ran.err);
    BOOST_TEST(has(ran.err, "nothing was changed"), command << ran.err);
  }
  BOOST_TEST(accounts.writes() == writes);
}

BOOST_AUTO_TEST_CASE(a_destination_that_shows_less_than_half_of_what_was_left_there_stops_any_command) {
  for (const auto& command : writers) {
    for (const std::size_t shown : {0U, 2U}) {
      BOOST_TEST_CONTEXT(command << " " << shown) {
        const Prepared accounts(many(6), {});
        BOOST_TEST(accounts.migrate().code == 0);
        const auto held = accounts.webhooks("us");
        for (std::size_t i = shown; i < held.size(); ++i) accounts.somebody_deletes("us", held[i].id);
        accounts.prepare(many(6));
        const auto writes = accounts.writes();
        const auto all = with(accounts.arguments(command), yes_of(command));
        const auto ran = accounts.run(with(all, {"-q"}));
        BOOST_TEST(ran.code == 1, ran.err + ran.out);
        BOOST_TEST(has(ran.err, "--accept-shrunk"), ran.err);
        BOOST_TEST(accounts.writes() == writes);
        BOOST_TEST(accounts.count("us") == shown);
        const auto accepted = accounts.run(with(all, {"-q", "--accept-shrunk"}));
        BOOST_TEST(accepted.code == 0, accepted.err + accepted.out);
        BOOST_TEST(accounts.count("us") == (command == "undo" ? 0U : 6U));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(one_account_under_two_keys_is_refused_by_every_command_with_two_ends) {
  const Prepared accounts(many(2), many(4));
  accounts.prepare(many(4));
  const Environment same = {{"HOOKFERRY_SOURCE_KEY", "us-key"}, {"HOOKFERRY_DEST_KEY", "us-other-key"}};
  for (const std::string command : {"migrate", "mirror", "fleet"}) {
    for (const auto& more : std::vector<Arguments>{{"--yes"}, {"-n"}}) {
      const auto ran = accounts.run_with(same, with(accounts.arguments(command), more));
      BOOST_TEST(ran.code == 64, command << ran.err << ran.out);
      BOOST_TEST(has(ran.err, "one and the same account"), command << ran.err);
    }
  }
  for (const Arguments& more : {Arguments{}, Arguments{"--mirror"}})
    BOOST_TEST(
        accounts.run_with(same, with({"diff", accounts.url(), accounts.url(), "--no-rewrite"}, more)).code ==
        64);
  BOOST_TEST(accounts.writes() == 0U);
}

BOOST_AUTO_TEST_CASE(an_array_that_holds_what_is_no_object_is_not_the_api_that_was_expected) {
  Prepared accounts(many(2), {slack("hook-0", "https://old.test/", 9)});
  accounts.prepare(many(2));
  BOOST_TEST(accounts.migrate({"--only", "hook-1"}).code == 0);
  accounts.stop();
  auto text = slurp(accounts.file_of("us"));
  const auto at = text.find('[', text.find("\"webhooks\""));
  BOOST_REQUIRE(at != std::string::npos);
  spill(accounts.file_of("us"), text.insert(at + 1, "7, "));
  accounts.restart({});
  const auto writes = accounts.writes();
  for (const auto& command : writers) {
    const auto ran = accounts.run(with(accounts.arguments(command), yes_of(command)));
    BOOST_TEST(ran.code == 76, command << ran.err << ran.out);
  }
  for (const Arguments& read : {Arguments{"list", accounts.url()}, Arguments{"export", accounts.url()},
                                Arguments{"diff", accounts.url(), accounts.url(), "--no-rewrite"}})
    BOOST_TEST(accounts.run_with({{"HOOKFERRY_SOURCE_KEY", "us-key"}, {"HOOKFERRY_DEST_KEY", "eu-key"}}, read)
                       .code == 76,
               read[0]);
  BOOST_TEST(accounts.writes() == writes);
}

BOOST_AUTO_TEST_SUITE_END()
