#include "commands/context.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "cli/options.hpp"
#include "support/rooms.hpp"

using hookferry::Cause;
using hookferry::Failure;
using hookferry::Remedy;
using hookferry::commands::line_of;
using hookferry::commands::what_to_try;

BOOST_AUTO_TEST_SUITE(remedies)

BOOST_AUTO_TEST_CASE(a_failure_is_reported_with_its_hint_and_its_remedy) {
  BOOST_TEST(line_of(Failure(Cause::incomplete, "it failed")) == "it failed");
  BOOST_TEST(line_of(Failure(Cause::incomplete, "it failed", "try again")) == "it failed - try again");
  BOOST_TEST(line_of(Failure(Cause::incomplete, "it failed", Remedy::another_ledger)) ==
             "it failed - name another file with --ledger");
  BOOST_TEST(line_of(Failure(Cause::incomplete, "it failed", "wait", Remedy::another_ledger)) ==
             "it failed - wait; name another file with --ledger");
}

/// Beginning with the first one; where the last one stands is known from there being no text behind it.
BOOST_AUTO_TEST_CASE(each_remedy_names_options_that_there_are) {
  BOOST_TEST(what_to_try(Failure(Cause::incomplete, "", Remedy::none)) == "");
  for (int number = 1; number <= static_cast<int>(Remedy::plan_anew); ++number) {
    const auto text = what_to_try(Failure(Cause::incomplete, "", static_cast<Remedy>(number)));
    BOOST_TEST_CONTEXT(text) {
      auto at = text.find("--");
      BOOST_TEST(at != std::string::npos);
      for (; at != std::string::npos; at = text.find("--", at + 2)) {
        const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at + 2);
        BOOST_TEST(hookferry::find_option(text.substr(at + 2, end - at - 2)) != nullptr);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
