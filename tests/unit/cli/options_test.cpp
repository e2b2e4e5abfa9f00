#include "cli/options.hpp"

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/help.hpp"
#include "core/failure.hpp"
#include "support/rooms.hpp"

namespace {

using Arguments = std::vector<std::string>;

hookferry::ParsedArguments parse(const Arguments& arguments, std::string_view command = "migrate") {
  const auto* spec = hookferry::find_command(command);
  BOOST_REQUIRE(spec != nullptr);
  return hookferry::parse_arguments(arguments, spec->options, std::string(command));
}

/// "positional … | option=value …"
std::string parsed(const Arguments& arguments, std::string_view command = "migrate") {
  const auto found = parse(arguments, command);
  std::string out = found.help ? "help " : "";
  for (const auto& positional : found.positionals) out += positional + " ";
  out += "|";
  for (const auto& setting : found.given)
    out += " " + std::string(setting.option->name) + (setting.value.empty() ? "" : "=" + setting.value);
  return out;
}

/// What is refused, and what the error has to say.
struct Refused {
  Arguments arguments;
  std::vector<std::string_view> parts;
};

std::string refusal(const Arguments& arguments, std::string_view command = "migrate") {
  try {
    return "accepted as " + parsed(arguments, command);
  } catch (const hookferry::Failure& failure) {
    BOOST_TEST((failure.cause == hookferry::Cause::usage));
    const bool says_what_to_try = failure.hint.find("help " + std::string(command)) != std::string::npos ||
                                  failure.hint.starts_with("expected ");
    BOOST_TEST(says_what_to_try, failure.hint);
    return "refused: " + std::string(failure.what());
  }
}

void check_refused(const std::vector<Refused>& rows, std::string_view command = "migrate") {
  for (const auto& [arguments, parts] : rows) BOOST_TEST_CONTEXT(arguments.back()) {
      const auto text = refusal(arguments, command);
      BOOST_TEST(text.starts_with("refused: "), text);
      BOOST_TEST(text.find_first_of("\n\x1b") == std::string::npos);
      for (const auto part : parts) BOOST_TEST(text.find(part) != std::string::npos, text << " / " << part);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(options)

BOOST_AUTO_TEST_CASE(a_value_follows_a_space_or_an_equals_sign) {
  for (const auto& arguments : std::vector<Arguments>{{"eu1", "us1", "--retries", "3"},
                                                      {"eu1", "us1", "--retries=3"},
                                                      {"--retries=3", "eu1", "us1"},
                                                      {"eu1", "--retries", "3", "us1"}})
    BOOST_TEST(parsed(arguments) == "eu1 us1 | retries=3");
  BOOST_TEST(parsed({"--rewrite-host=a=b"}) == "| rewrite-host=a=b");
  BOOST_TEST(parsed({"--only=--x"}) == "| only=--x");
  BOOST_TEST(parsed({"--only", "ops *"}) == "| only=ops *");
}

BOOST_AUTO_TEST_CASE(flags_take_no_value_and_short_ones_stick_together) {
  BOOST_TEST(parsed({"--yes", "eu1", "us1"}) == "eu1 us1 | yes");
  BOOST_TEST(parsed({"-y", "eu1", "-q", "us1"}) == "eu1 us1 | yes quiet");
  BOOST_TEST(parsed({"-yvv"}) == "| yes verbose verbose");
  BOOST_TEST(parsed({"-v", "-v"}) == "| verbose verbose");
  check_refused({{{"--yes=true"}, {"--yes"}}, {{"--yes=no"}, {"--yes"}}});
}

BOOST_AUTO_TEST_CASE(short_options_with_a_value_take_it_with_or_without_a_space) {
  BOOST_TEST(parsed({"eu1", "-o", "x.json"}, "export") == "eu1 | output=x.json");
  BOOST_TEST(parsed({"eu1", "-ox.json"}, "export") == "eu1 | output=x.json");
  BOOST_TEST(parsed({"eu1", "-o", "-"}, "export") == "eu1 | output=-");
}

BOOST_AUTO_TEST_CASE(repeated_options_are_all_given_in_their_order) {
  BOOST_TEST(parsed({"--only", "a", "--except=b", "--only", "c", "--id", "1", "--id", "2"}) ==
             "| only=a except=b only=c id=1 id=2");
}

BOOST_AUTO_TEST_CASE(a_negative_number_is_a_value_and_its_option_refuses_it) {
  for (const auto& arguments : std::vector<Arguments>{{"--retries", "-1"}, {"--retries=-1"}}) {
    const auto found = parse(arguments);
    BOOST_REQUIRE_EQUAL(found.given.size(), 1u);
    BOOST_TEST(found.given[0].value == "-1");
    hookferry::Options options;
    BOOST_CHECK_EXCEPTION(hookferry::set_option(options, found.given[0]), hookferry::Failure,
                          [](const hookferry::Failure& failure) {
                            return std::string(failure.what()).find("\"-1\"") != std::string::npos;
                          });
    BOOST_TEST(options.retries == 5u);
  }
}

BOOST_AUTO_TEST_CASE(a_lone_dash_is_a_positional) {
  BOOST_TEST(parsed({"-", "us1"}) == "- us1 |");
  BOOST_TEST(parsed({"-", "us1", "--key-file", "-"}, "import") == "- us1 | key-file=-");
}

BOOST_AUTO_TEST_CASE(behind_two_dashes_everything_is_a_positional) {
  BOOST_TEST(parsed({"--yes", "--", "--retries", "-y", "us1"}) == "--retries -y us1 | yes");
}

BOOST_AUTO_TEST_CASE(stray_positionals_are_kept_so_that_they_can_be_refused) {
  BOOST_TEST(parsed({"eu1", "us1", "ap1", "--yes", "ap2"}) == "eu1 us1 ap1 ap2 | yes");
  struct Row {
    std::string_view command;
    std::size_t least, most;
  };
  for (const auto& [command, least, most] : std::vector<Row>{{"migrate", 2, 2},
                                                             {"diff", 2, 2},
                                                             {"mirror", 2, 2},
                                                             {"import", 2, 2},
                                                             {"export", 1, 1},
                                                             {"transform", 0, 1},
                                                             {"undo", 0, 1000},
                                                             {"ids", 0, 1},
                                                             {"regions", 0, 0},
                                                             {"sandbox", 0, 0},
                                                             {"help", 0, 1}})
    BOOST_TEST_CONTEXT(command) {
      const auto* spec = hookferry::find_command(command);
      BOOST_REQUIRE(spec != nullptr);
      BOOST_TEST(spec->least == least);
      BOOST_TEST(spec->most == most);
    }
  BOOST_TEST(hookferry::find_command("check")->least == 0u);
  BOOST_TEST(hookferry::find_command("check")->most > 9u);  // as many accounts as there are regions
}

BOOST_AUTO_TEST_CASE(no_option_is_guessed_from_its_beginning) {
  check_refused({{{"--retr", "3"}, {"--retr"}},
                 {{"--retr=3"}, {"--retr"}},
                 {{"--batch", "3"}, {"--batch"}},
                 {{"--y"}, {"--y"}},
                 {{"--on-conflic=skip"}, {"--on-conflic", "did you mean --on-conflict?"}}});
}

BOOST_AUTO_TEST_CASE(an_unknown_option_is_reported_with_the_nearest_known_one) {
  check_refused({{{"--retrys", "3"}, {"--retrys", "migrate", "did you mean --retries?"}},
                 {{"--Retries=3"}, {"--Retries", "did you mean --retries?"}},
                 {{"--on_conflict", "skip"}, {"--on_conflict", "did you mean --on-conflict?"}},
                 {{"eu1", "us1", "--zzzzzz"}, {"--zzzzzz"}},
                 {{"-x"}, {"-x"}},
                 {{"-yx"}, {"x"}},
                 {{"--api-key", "EXAMPLE"}, {"--api-key"}},
                 {{"--ret\x1b[2J\nries"}, {"unknown option"}}});
}

BOOST_AUTO_TEST_CASE(an_option_of_another_command_is_refused) {
  check_refused({{{"--last"}, {"--last", "diff"}}, {{"-o"}, {"-o", "diff"}}, {{"--ledger=x"}, {"--ledger"}}},
                "diff");
  check_refused({{{"--fault", "POST:close-before"}, {"--fault", "migrate"}}});
  check_refused({{{"--on-conflict=skip"}, {"--on-conflict", "undo"}}}, "undo");
}

BOOST_AUTO_TEST_CASE(an_option_without_its_value_is_refused) {
  check_refused(
      {{{"--retries"}, {"--retries"}}, {{"eu1", "us1", "--only"}, {"--only"}}, {{"--only="}, {"--only"}}});
  check_refused({{{"-o"}, {"o"}}}, "export");
}

BOOST_AUTO_TEST_CASE(a_letter_of_the_commands_is_no_value_and_any_other_word_is) {
  check_refused({{{"--only", "-y"}, {"--only needs a value"}}, {{"--only", "-h"}, {"--only needs a value"}}});
  BOOST_TEST(parsed({"--only", "-x", "--except", "--", "--ledger", "--yes"}) ==
             "| only=-x except=-- ledger=--yes");
}

BOOST_AUTO_TEST_CASE(a_flag_is_cancelled_by_no_and_its_name) {
  BOOST_TEST(parsed({"--no-yes", "--no-no-pager"}) == "| yes=false no-pager=false");
  BOOST_TEST(parsed({"--no-pager"}) == "| no-pager");
  BOOST_TEST(parsed({"--no-only", "--no-id"}) == "| only=false id=false");
  check_refused({{{"--no-yes=true"}, {"--no-yes takes no value"}},
                 {{"--no-only=x"}, {"--no-only takes no value"}},
                 {{"--no-retries"}, {"unknown option --no-retries"}}});
}

BOOST_AUTO_TEST_CASE(an_unknown_option_with_its_value_is_reported_with_the_nearest_known_one) {
  check_refused({{{"--retrys=3"}, {"--retrys", "did you mean --retries?"}},
                 {{"--batchsize=100"}, {"--batchsize", "did you mean --batch-size?"}},
                 {{"--dest-key-fiel=/etc/hookferry/recovery.key"}, {"did you mean --dest-key-file?"}}});
  check_refused({{{"--on-conflict=overwrite"}, {"--on-conflict", "undo"}}}, "undo");
  BOOST_TEST(refusal({"--on-conflict=overwrite"}, "undo").find("did you mean") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_error_does_not_repeat_a_value_that_may_be_a_key) {
  for (const auto& arguments : std::vector<Arguments>{{"--api-key=EXAMPLE-KEY"}, {"--dest-key=EXAMPLE-KEY"}})
    BOOST_TEST(refusal(arguments).find("EXAMPLE-KEY") == std::string::npos, refusal(arguments));
}

BOOST_AUTO_TEST_CASE(help_is_known_to_every_command) {
  for (const auto& command : hookferry::command_table())
    for (const auto* name : {"--help", "-h"})
      BOOST_TEST(parsed({name}, command.name) == "help |", command.name);
}

BOOST_AUTO_TEST_CASE(names_and_letters_are_unique_and_every_command_takes_known_ones) {
  std::set<std::string_view> names;
  std::set<char> letters = {'h'};
  for (const auto& spec : hookferry::option_table()) BOOST_TEST_CONTEXT(spec.name) {
      BOOST_TEST(names.insert(spec.name).second);
      if (spec.letter != '\0') BOOST_TEST(letters.insert(spec.letter).second);
      BOOST_TEST(!spec.help.empty());
      BOOST_TEST(!spec.allowed.empty());
      BOOST_TEST(hookferry::find_option(spec.name) == &spec);
    }
  for (const auto& command : hookferry::command_table())
    for (const auto* option : command.options) BOOST_TEST((option != nullptr), command.name);
  for (const auto name : names)
    BOOST_TEST(std::ranges::any_of(hookferry::command_table(),
                                   [&](const auto& command) { return command.takes(name); }),
               "no command takes " << name);
  BOOST_TEST(hookferry::find_option("retr") == nullptr);
  BOOST_TEST(hookferry::find_option("") == nullptr);
}

BOOST_AUTO_TEST_CASE(keys_have_no_option_of_their_own) {
  for (const auto* name : {"key", "api-key", "source-key", "dest-key", "token"})
    BOOST_TEST(hookferry::find_option(name) == nullptr, name);
}

BOOST_AUTO_TEST_CASE(a_list_of_the_command_line_takes_the_place_of_that_of_the_defaults) {
  hookferry::Config config;
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"only", "default-*"}, {"except", "*-test"}, {"type", "slack"}, {"only", "other-*"}})
    config.defaults.emplace_back(name, hookferry::ConfigEntry{value, "hookferry.ini:1"});
  const auto in_force = [&](const Arguments& arguments) {
    return hookferry::options_of("migrate",
                                 hookferry::settings_of("migrate", parse(arguments).given, config));
  };
  const auto untouched = in_force({});
  BOOST_TEST(untouched.only == Arguments({"default-*", "other-*"}), boost::test_tools::per_element());
  const auto replaced = in_force({"--only", "mine", "--type", "jira"});
  BOOST_TEST(replaced.only == Arguments({"mine"}), boost::test_tools::per_element());
  BOOST_TEST((replaced.types == std::set<std::string>{"jira"}));
  BOOST_TEST(replaced.except == Arguments({"*-test"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
