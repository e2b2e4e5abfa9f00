#include "cli/help.hpp"
#include "commands/context.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/failure.hpp"
#include "support/rooms.hpp"
#include "webhook/kinds.hpp"

namespace {

using hookferry::Completion;

Completion completion(const std::vector<std::string>& words) {
  const hookferry::CompletionFacts facts = {
      [](const std::string& config) -> std::vector<hookferry::Candidate> {
        if (config == "other.ini") return {{"elsewhere", ""}};
        return {{"production", "eu1"}, {"recovery", "us1"}};
      },
      [] {
        return std::vector<hookferry::Candidate>{{"eu1", "Europe"}, {"us1", "US"}};
      },
      [] {
        return std::vector<hookferry::Candidate>{{"/state/new.jsonl", ""}, {"/state/old.jsonl", ""}};
      }};
  return hookferry::complete(words, facts);
}

/// Words with a space between, then "+files .json" or "+folders".
std::string offered(const std::vector<std::string>& words) {
  std::string out;
  const auto found = completion(words);
  for (const auto& candidate : found.words) out += (out.empty() ? "" : " ") + candidate.word;
  if (found.paths == Completion::Paths::files) out += "+files" + found.ending;
  if (found.paths == Completion::Paths::folders) out += "+folders";
  return out;
}

std::set<std::string> words_of(const std::vector<std::string>& words) {
  std::set<std::string> out;
  for (const auto& candidate : completion(words).words) out.insert(candidate.word);
  return out;
}

/// The words that `allowed` lists, such as "skip, update or fail"; nothing where it is a description.
std::vector<std::string> words_listed(std::string text) {
  for (auto open = text.find('('); open != std::string::npos; open = text.find('('))
    text.erase(open, text.find(')', open) + 1 - open);
  std::vector<std::string> out = {""};
  for (const char c : text) {
    if (c == ' ' || c == ',') {
      if (!out.back().empty()) out.emplace_back();
    } else {
      out.back().push_back(c);
    }
  }
  const auto either = std::find(out.begin(), out.end(), "or");
  if (either == out.end() || either + 2 != out.end()) return {};
  out.erase(either);
  return std::all_of(out.begin(), out.end(),
                     [](const std::string& word) {
                       return std::all_of(word.begin(), word.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
                       });
                     }) &&
                 text.find("a ") != 0
             ? out
             : std::vector<std::string>();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(completion_of_shells)

BOOST_AUTO_TEST_CASE(no_command_is_missing) {
  const auto words = words_of({""});
  for (const auto& command : hookferry::command_table())
    BOOST_TEST(words.contains(std::string(command.name)), command.name);
  for (const auto& command : hookferry::command_table())
    BOOST_TEST(words_of({"help", ""}).contains(std::string(command.name)), command.name);
  for (const auto& topic : hookferry::topic_table())
    BOOST_TEST(words_of({"help", ""}).contains(std::string(topic.name)), topic.name);
}

BOOST_AUTO_TEST_CASE(no_option_of_a_command_is_missing_and_no_other_offered) {
  for (const auto& command : hookferry::command_table()) BOOST_TEST_CONTEXT(command.name) {
      std::set<std::string> expected = {"--help"};
      for (const auto* option : command.options) expected.insert("--" + std::string(option->name));
      BOOST_TEST((words_of({std::string(command.name), "--"}) == expected));
    }
}

BOOST_AUTO_TEST_CASE(before_the_command_every_option_is_offered) {
  const auto words = words_of({"-"});
  for (const auto& option : hookferry::option_table())
    BOOST_TEST(words.contains("--" + std::string(option.name)), option.name);
}

BOOST_AUTO_TEST_CASE(an_option_whose_values_are_a_few_words_has_them_as_choices) {
  for (const auto& option : hookferry::option_table()) BOOST_TEST_CONTEXT(option.name) {
      if (option.argument.empty()) continue;
      const auto listed = words_listed(option.allowed);
      BOOST_TEST(std::set<std::string_view>(option.choices.begin(), option.choices.end()) ==
                     std::set<std::string_view>(listed.begin(), listed.end()),
                 boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(every_choice_is_taken_by_its_option) {
  std::size_t seen = 0;
  for (const auto& option : hookferry::option_table())
    for (const auto choice : option.choices) {
      hookferry::Options options;
      BOOST_CHECK_NO_THROW(hookferry::set_option(options, {&option, std::string(choice), ""}));
      ++seen;
    }
  BOOST_TEST(seen >= 10u);
}

BOOST_AUTO_TEST_CASE(values_are_offered_behind_a_space_and_behind_an_equals_sign) {
  BOOST_TEST(offered({"diff", "--on-conflict", ""}) == "skip update duplicate fail newer ask");
  BOOST_TEST(offered({"diff", "--on-conflict", "s"}) == "skip");
  BOOST_TEST(offered({"diff", "--on-conflict=s"}) == "--on-conflict=skip");
  BOOST_TEST(offered({"diff", "--on-conflict", "=", "s"}) == "skip");  // as bash takes it apart
  BOOST_TEST(offered({"diff", "--on-conflict", "="}) == "skip update duplicate fail newer ask");
  BOOST_TEST(offered({"diff", "a", "--color=never", "--format", "js"}) == "json");
  BOOST_TEST(offered({"diff", "--source-region", "e"}) == "eu1");
  BOOST_TEST(offered({"diff", "--type", "sl"}) == "slack");
  BOOST_TEST(offered({"diff", "--type", "slack,sl"}) == "slack,slack");
  BOOST_TEST(offered({"diff", "--type=slack,pa"}) == "--type=slack,pager_duty");
  BOOST_TEST(offered({"export", "-o", ""}) == "+files");
  BOOST_TEST(offered({"sandbox", "--state", ""}) == "+folders");
  BOOST_TEST(offered({"migrate", "--batch-size", ""}) == "");
  BOOST_TEST(offered({"migrate", "--no-such-option=", ""}) == offered({"migrate", ""}));
}

BOOST_AUTO_TEST_CASE(arguments_are_offered_by_their_place) {
  BOOST_TEST(offered({"migrate", ""}) == "production recovery eu1 us1+files.json");
  BOOST_TEST(offered({"migrate", "eu1", ""}) == "production recovery eu1 us1");
  BOOST_TEST(offered({"migrate", "--yes", "eu1", "--only", "x", "re"}) == "recovery");
  BOOST_TEST(offered({"migrate", "eu1", "us1", ""}) == "");
  BOOST_TEST(offered({"import", ""}) == "+files");
  BOOST_TEST(offered({"import", "body.json", "pro"}) == "production");
  BOOST_TEST(offered({"import", "-", "pro"}) == "production");  // standard input
  BOOST_TEST(offered({"undo", ""}) == "/state/new.jsonl /state/old.jsonl+files.jsonl");
  BOOST_TEST(offered({"check", "eu1", "us1", "pro"}) == "production");
  BOOST_TEST(offered({"completion", ""}) == "bash zsh fish");
  BOOST_TEST(offered({"regions", ""}) == "");
  BOOST_TEST(offered({"--yes", "mig"}) == "migrate");
  BOOST_TEST(offered({"no-such-command", ""}) == offered({""}));
}

BOOST_AUTO_TEST_CASE(accounts_are_those_of_the_configuration_that_is_named) {
  BOOST_TEST(offered({"check", "--config", "other.ini", "else"}) == "elsewhere");
  BOOST_TEST(offered({"check", "--config=other.ini", "else"}) == "elsewhere");
  BOOST_TEST(offered({"check", "--config", "=", "other.ini", "else"}) == "elsewhere");
}

BOOST_AUTO_TEST_CASE(what_was_given_is_not_offered_again_unless_it_may_be_repeated) {
  BOOST_TEST(!words_of({"migrate", "--yes", "--"}).contains("--yes"));
  BOOST_TEST(!words_of({"migrate", "-y", "--"}).contains("--yes"));
  BOOST_TEST(words_of({"migrate", "--only", "x", "--"}).contains("--only"));
}

BOOST_AUTO_TEST_CASE(behind_two_dashes_there_are_no_options) {
  BOOST_TEST(offered({"migrate", "--", "-"}) == "+files.json");
  BOOST_TEST(offered({"transform", "-", ""}) == "");  // "-" is its one argument
}

BOOST_AUTO_TEST_CASE(an_answer_is_a_line_for_each_candidate_and_none_that_a_terminal_obeys) {
  Completion found;
  found.words = {{"eu1", "Europe"}, {"bad\x1b[31m", ""}, {"two\nlines", ""}, {"ok", "a\tb\n"}};
  found.paths = Completion::Paths::files;
  found.ending = ".json";
  BOOST_TEST(hookferry::completion_answer(found) == "word\teu1\tEurope\nword\tok\ta\\tb\\n\nfiles\t.json\n");
}

BOOST_AUTO_TEST_CASE(a_shell_without_a_script_is_refused) {
  for (const auto* shell : {"bash", "zsh", "fish"})
    BOOST_TEST(hookferry::completion_script(shell).find("complete") != std::string_view::npos, shell);
  BOOST_CHECK_THROW(hookferry::completion_script("tcsh"), hookferry::Failure);
}

BOOST_AUTO_TEST_SUITE_END()
