#include "accounts/keys.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "cli/options.hpp"
#include "support/rooms.hpp"

namespace {

using hookferry::KeySource;
using hookferry::Side;

std::string order(std::string_view command, Side side) {
  std::string out;
  for (const auto& source : hookferry::key_order(command, side)) {
    const bool option = source.kind == KeySource::Kind::option;
    out += (out.empty() ? "" : ", ") + (option ? "--" : std::string()) +
           (source.kind == KeySource::Kind::section ? "section" : source.name);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_sources)

BOOST_AUTO_TEST_CASE(each_of_two_accounts_has_its_own_names_only) {
  for (const auto* command : {"migrate", "diff", "mirror", "apply"}) {
    BOOST_TEST(order(command, Side::source) == "--source-key-file, section, HOOKFERRY_SOURCE_KEY");
    BOOST_TEST(order(command, Side::destination) == "--dest-key-file, section, HOOKFERRY_DEST_KEY");
  }
}

BOOST_AUTO_TEST_CASE(where_one_account_has_a_side_its_names_go_before_the_general_ones) {
  BOOST_TEST(order("export", Side::only) ==
             "--source-key-file, --key-file, section, HOOKFERRY_SOURCE_KEY, HOOKFERRY_KEY");
  BOOST_TEST(order("terraform", Side::only) ==
             "--source-key-file, --key-file, section, HOOKFERRY_SOURCE_KEY, HOOKFERRY_KEY");
  for (const auto* command : {"import", "undo", "terraform"})
    BOOST_TEST(order(command, Side::destination) ==
               "--dest-key-file, --key-file, section, HOOKFERRY_DEST_KEY, HOOKFERRY_KEY");
}

BOOST_AUTO_TEST_CASE(an_account_without_a_side_has_the_general_names) {
  for (const auto* command : {"check", "list"})
    BOOST_TEST(order(command, Side::only) == "--key-file, section, HOOKFERRY_KEY");
}

BOOST_AUTO_TEST_CASE(every_option_in_it_exists) {
  for (const auto* command : {"migrate", "export", "import", "undo", "check", "terraform"})
    for (const auto side : {Side::source, Side::destination, Side::only})
      for (const auto& source : hookferry::key_order(command, side))
        if (source.kind == KeySource::Kind::option)
          BOOST_TEST(hookferry::find_option(source.name) != nullptr, source.name);
}

BOOST_AUTO_TEST_CASE(the_variables_that_hold_secrets_are_those_that_sections_name) {
  const auto config = hookferry::parse_config(
      "[a]\napi-key-env = ONE\nsendlog-private-key-env = TWO\n[b]\napi-key-env = THREE\nregion = eu1\n",
      "c.ini", {});
  const auto found = hookferry::secret_variables(config);
  const std::vector<std::string> expected = {"ONE", "TWO", "THREE"};
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
