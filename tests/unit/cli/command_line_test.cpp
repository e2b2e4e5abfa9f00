#include "cli/options.hpp"

#include <boost/test/unit_test.hpp>

#include "core/failure.hpp"
#include "support/rooms.hpp"

using namespace hookferry;

BOOST_AUTO_TEST_SUITE(command_lines)

BOOST_AUTO_TEST_CASE(the_command_is_the_first_that_is_no_option_and_no_value_of_one) {
  const struct {
    std::vector<std::string> arguments;
    std::size_t place;
  } cases[] = {
      {{"diff", "a"}, 0},
      {{}, 0},
      {{"--format", "json", "diff"}, 2},
      {{"--format=json", "diff"}, 1},
      {{"-q", "diff"}, 1},
      {{"-qv", "diff"}, 1},
      {{"-o", "diff", "export"}, 2},
      {{"-odiff", "export"}, 1},
      {{"-qo", "diff", "export"}, 2},
      {{"--no-yes", "diff"}, 1},
      {{"--no-rewrite", "diff"}, 1},
      {{"--help", "diff"}, 1},
      {{"-h", "diff"}, 1},
      {{"-", "diff"}, 0},
      {{"--", "diff"}, 1},
      {{"-q"}, 1},
      {{"--format"}, 1},
  };
  for (const auto& [arguments, place] : cases)
    BOOST_TEST(command_place(arguments) == place, (arguments.empty() ? "" : arguments[0]));
}

BOOST_AUTO_TEST_CASE(an_unknown_option_is_an_error) {
  for (const std::string option : {"--none", "--no-format", "--none=x", "-z", "-qz"})
    BOOST_CHECK_THROW(command_place({option, "diff"}), Failure);
}

BOOST_AUTO_TEST_CASE(a_foreign_word_leads_to_those_names_that_there_are) {
  BOOST_TEST(suggested_command("copy", {"diff", "migrate"}) == "; did you mean migrate?");
  BOOST_TEST(suggested_command("copy", {"mirror", "migrate"}) == "; did you mean migrate or mirror?");
  BOOST_TEST(suggested_command("sync", {"mirror", "migrate"}) == "; did you mean mirror or migrate?");
  BOOST_TEST(suggested_command("copy", {"diff"}) == "");
  BOOST_TEST(suggested_command("cop", {"migrate"}) == "");
  BOOST_TEST(suggested_command("", {"migrate"}) == "");
  BOOST_TEST(suggested_option("include", {find_option("only")}) == "; did you mean --only?");
  BOOST_TEST(suggested_option("token", {find_option("source-key-file"), find_option("dest-key-file"),
                                        find_option("key-file")}) ==
             "; did you mean --key-file or --source-key-file or --dest-key-file?");
  BOOST_TEST(suggested_option("token", {find_option("only")}) == "");
  BOOST_TEST(suggested_option("", {find_option("only"), find_option("redact")}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
