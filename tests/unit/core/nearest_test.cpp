#include "core/text.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

const std::vector<std::string> options = {"source-region", "dest-region", "on-conflict",
                                          "timeout",       "retries",     "ledger"};

std::string nearest(std::string_view word) { return hookferry::nearest(word, options).value_or("none"); }

}  // namespace

BOOST_AUTO_TEST_SUITE(nearest_name)

BOOST_AUTO_TEST_CASE(a_slip_finds_the_name_that_was_meant) {
  struct Case {
    std::string_view word, name;
  };
  for (const auto& [word, name] :
       {Case{"timeout", "timeout"}, Case{"timeoutt", "timeout"}, Case{"imeout", "timeout"},
        Case{"timeaut", "timeout"}, Case{"tiemout", "timeout"}, Case{"retry", "none"},
        Case{"retrys", "retries"}, Case{"onconflict", "on-conflict"}, Case{"src-region", "source-region"},
        Case{"des-region", "dest-region"}, Case{"leger", "ledger"}})
    BOOST_TEST_CONTEXT(word) { BOOST_TEST(nearest(word) == name); }
}

BOOST_AUTO_TEST_CASE(the_nearest_of_several_is_found_at_any_position) {
  BOOST_TEST(hookferry::nearest("abcdef", {"abcdxy", "abcdeg", "abcdxz"}).value_or("") == "abcdeg");
  BOOST_TEST(hookferry::nearest("abcdef", {"abcdxy", "abcdef", "abcdeg"}).value_or("") == "abcdef");
}

BOOST_AUTO_TEST_CASE(letter_case_makes_no_difference) {
  BOOST_TEST(nearest("TIMEOUT") == "timeout");
  BOOST_TEST(nearest("Retrys") == "retries");
  BOOST_TEST(hookferry::nearest("us1", {"region", "US1"}).value_or("none") == "US1");
}

BOOST_AUTO_TEST_CASE(a_part_of_names_finds_the_shortest_that_begins_with_it_or_else_holds_it) {
  const std::vector<std::string> settings = {"region", "url", "api-key-file", "api-key-env",
                                             "private-key-command"};
  const auto found = [&](std::string_view word) {
    return hookferry::nearest(word, settings).value_or("none");
  };
  BOOST_TEST(found("api-key") == "api-key-env");
  BOOST_TEST(found("API_KEY") == "api-key-env");
  BOOST_TEST(found("apikey") == "api-key-env");
  BOOST_TEST(found("privatekey") == "private-key-command");
  BOOST_TEST(found("command") == "private-key-command");
  BOOST_TEST(found("key") == "api-key-env");
  BOOST_TEST(found("regi") == "region");
  for (const auto* word : {"pi", "-", "---", "--__--", "e"}) BOOST_TEST(found(word) == "none", word);
  // A name that is near goes before one that merely holds the word.
  BOOST_TEST(hookferry::nearest("url", {"source-url-file", "urn"}).value_or("none") == "urn");
}

BOOST_AUTO_TEST_CASE(what_resembles_no_name_finds_none) {
  for (const auto* word : {"", "x", "zzzzzzz", "concurrency", "emit"})
    BOOST_TEST(nearest(word) == "none", word);
  BOOST_TEST(!hookferry::nearest("timeout", {}).has_value());
}

BOOST_AUTO_TEST_CASE(a_very_long_word_resembles_no_short_name) {
  BOOST_TEST(nearest(std::string(120, 'x')) == "none");
  BOOST_TEST(nearest(std::string(100'000, 'x')) == "none");
}

BOOST_AUTO_TEST_CASE(the_question_is_part_of_an_error_line_or_nothing) {
  BOOST_TEST(hookferry::did_you_mean("timout", options) == "; did you mean timeout?");
  BOOST_TEST(hookferry::did_you_mean("zzzzzzz", options) == "");
}

BOOST_AUTO_TEST_SUITE_END()
