#include "accounts/configuration.hpp"
#include "cli/help.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.hpp"
#include "support/rooms.hpp"

namespace {

using hookferry::Config;

Config parsed(const std::string& text) {
  return hookferry::parse_config(text, "my.ini", hookferry::configuration_names());
}

std::string value(const Config& config, const std::string& account, const std::string& name) {
  const auto section = config.accounts.find(account);
  if (section == config.accounts.end()) return "no section";
  const auto entry = section->second.find(name);
  return entry == section->second.end() ? "not set" : entry->second.value;
}

/// "name=value" of the defaults, joined by spaces.
std::string defaults(const Config& config) {
  std::string out;
  for (const auto& [name, entry] : config.defaults)
    out += (out.empty() ? "" : " ") + name + "=" + entry.value;
  return out;
}

struct Refused {
  std::string text;
  std::string origin;                   ///< file and line
  std::vector<std::string_view> parts;  ///< what else the line says
};

void check_refused(const std::vector<Refused>& rows) {
  for (const auto& [text, origin, parts] : rows) BOOST_TEST_CONTEXT(text) {
      try {
        parsed(text);
        BOOST_ERROR("accepted");
      } catch (const hookferry::Failure& failure) {
        const std::string what = failure.what();
        BOOST_TEST((failure.cause == hookferry::Cause::configuration));
        BOOST_TEST(what.starts_with(origin + ":"), what);
        BOOST_TEST(what.find_first_of("\n\r\x1b") == std::string::npos);
        for (const auto part : parts) BOOST_TEST(what.find(part) != std::string::npos, what << " / " << part);
      }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config_file)

BOOST_AUTO_TEST_CASE(every_setting_of_an_account_is_known) {
  for (const auto* name :
       {"region", "url", "api-key-file", "api-key-env", "api-key-command", "sendlog-private-key-file",
        "sendlog-private-key-env", "sendlog-private-key-command", "ca-file"})
    BOOST_TEST(value(parsed("[eu]\n" + std::string(name) + " = x\n"), "eu", name) == "x", name);
}

BOOST_AUTO_TEST_CASE(sections_hold_accounts_and_what_is_around_names_and_values_is_space) {
  const auto config = parsed(
      "# comment\n"
      "; another\n"
      "\n"
      "[ production ]\n"
      "  region=eu1\n"
      "\tapi-key-command   =   pass show a=b # c ; d  \n"
      "  # indented\n"
      "[recovery site]\n"
      "url = https://a.test/\n"
      "api-key-env =\n"
      "[empty]");
  BOOST_TEST(config.accounts.size() == 3u);
  BOOST_TEST(value(config, "production", "region") == "eu1");
  BOOST_TEST(value(config, "production", "api-key-command") == "pass show a=b # c ; d");
  BOOST_TEST(value(config, "recovery site", "url") == "https://a.test/");
  BOOST_TEST(value(config, "recovery site", "api-key-env") == "");
  BOOST_TEST(value(config, "recovery site", "region") == "not set");
  BOOST_TEST(value(config, "empty", "region") == "not set");
  BOOST_TEST(config.defaults.empty());
}

BOOST_AUTO_TEST_CASE(an_empty_file_configures_nothing) {
  for (const auto* text : {"", "\n", "\r\n", " \t ", "# only a comment", "\n\n;\n"})
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(parsed(text).accounts.empty());
      BOOST_TEST(parsed(text).defaults.empty());
    }
}

BOOST_AUTO_TEST_CASE(defaults_are_options_in_the_order_of_the_file) {
  const auto config = parsed(
      "[defaults]\nretries = 3\nrewrite-host = a=b\nyes = true\nrewrite-host = c=d\n[eu]\nregion = eu1\n"
      "[defaults]\nconcurrency = 2\n");
  BOOST_TEST(defaults(config) == "retries=3 rewrite-host=a=b yes=true rewrite-host=c=d concurrency=2");
  BOOST_TEST(config.accounts.size() == 1u);
  BOOST_TEST(!config.accounts.contains("defaults"));
}

BOOST_AUTO_TEST_CASE(every_long_option_of_the_contract_may_have_a_default) {
  for (const auto* name :
       {"source-region", "dest-region", "rewrite-host", "no-rewrite", "fresh-uuids",  "on-conflict",
        "only",          "except",      "type",         "id",         "batch-size",   "concurrency",
        "timeout",       "retries",     "ca-file",      "ledger",     "format",       "show-secrets",
        "color",         "quiet",       "verbose",      "yes",        "max-response", "settle"})
    BOOST_TEST(defaults(parsed("[defaults]\n" + std::string(name) + " = x")) == std::string(name) + "=x",
               name);
}

BOOST_AUTO_TEST_CASE(each_entry_knows_its_line) {
  const auto config = parsed("\n# x\n[eu]\n\nregion = eu1\n[defaults]\r\n\r\nretries = 1");
  BOOST_TEST(config.accounts.at("eu").at("region").origin == "my.ini:5");
  BOOST_TEST(config.defaults.at(0).second.origin == "my.ini:8");
}

BOOST_AUTO_TEST_CASE(lines_may_end_as_on_windows) {
  const auto config =
      parsed("[eu]\r\nregion = eu1\r\n\r\n# x\r\napi-key-env = KEY\r\n[defaults]\r\nyes=\r\n");
  BOOST_TEST(value(config, "eu", "region") == "eu1");
  BOOST_TEST(value(config, "eu", "api-key-env") == "KEY");
  BOOST_TEST(defaults(config) == "yes=");
}

BOOST_AUTO_TEST_CASE(a_section_may_be_continued) {
  const auto config = parsed("[eu]\nregion = eu1\n[us]\nregion = us1\n[eu]\nca-file = x.pem\n");
  BOOST_TEST(value(config, "eu", "region") == "eu1");
  BOOST_TEST(value(config, "eu", "ca-file") == "x.pem");
  BOOST_TEST(value(config, "us", "ca-file") == "not set");
}

BOOST_AUTO_TEST_CASE(an_unknown_name_is_reported_with_file_line_and_the_nearest_known_name) {
  check_refused({
      {"[eu]\nregoin = eu1", "my.ini:2", {"regoin", "[eu]", "did you mean region?"}},
      {"\n\n[eu]\n\napi-key-fiel = x", "my.ini:5", {"api-key-fiel", "did you mean api-key-file?"}},
      {"[eu]\r\nregion = eu1\r\nurls = x", "my.ini:3", {"urls", "did you mean url?"}},
      {"[defaults]\nretrys = 1", "my.ini:2", {"retrys", "[defaults]", "did you mean retries?"}},
      {"[defaults]\nbatch_size = 1", "my.ini:2", {"batch_size", "did you mean batch-size?"}},
      {"[defaults]\n--yes = true", "my.ini:2", {"--yes"}},
      {"[eu]\nzzzzzz = 1", "my.ini:2", {"zzzzzz"}},
      {"[eu]\nRegion = eu1", "my.ini:2", {"Region", "did you mean region?"}},
      {"[eu]\n = eu1", "my.ini:2", {"\"\""}},
      {"[eu]\nreg\x1b[2Jion = eu1", "my.ini:2", {}},
  });
}

BOOST_AUTO_TEST_CASE(a_name_that_belongs_elsewhere_is_unknown_here) {
  check_refused({
      {"[eu]\nretries = 1", "my.ini:2", {"retries", "[eu]"}},
      {"[defaults]\nregion = eu1", "my.ini:2", {"region", "[defaults]"}},
      {"[Defaults]\nretries = 1", "my.ini:2", {"retries", "[Defaults]"}},
      {"[eu]\napi-key = EXAMPLE", "my.ini:2", {"api-key"}},
  });
}

BOOST_AUTO_TEST_CASE(a_duplicate_setting_is_refused_at_the_second) {
  check_refused({
      {"[eu]\nregion = eu1\nregion = us1", "my.ini:3", {"region", "[eu]", "twice"}},
      {"[eu]\nregion = eu1\nregion = eu1", "my.ini:3", {"region"}},
      {"[eu]\nregion = eu1\n[us]\nregion = us1\n[eu]\nregion = us1", "my.ini:6", {"region", "[eu]"}},
  });
}

BOOST_AUTO_TEST_CASE(a_line_that_is_neither_section_nor_setting_is_refused) {
  check_refused({
      {"region = eu1", "my.ini:1", {"section"}},
      {"# x\n\nregion = eu1\n[eu]", "my.ini:3", {"section"}},
      {"[eu]\nregion", "my.ini:2", {"name = value"}},
      {"[eu]\nregion: eu1", "my.ini:2", {"name = value"}},
      {"[eu", "my.ini:1", {"]"}},
      {"[eu] # x", "my.ini:1", {"]"}},
      {"[]", "my.ini:1", {"name"}},
      {"[  ]", "my.ini:1", {"name"}},
      {"[", "my.ini:1", {"]"}},
  });
}

BOOST_AUTO_TEST_CASE(a_key_in_the_file_is_not_repeated_in_the_error) {
  try {
    parsed("[eu]\napi-key = EXAMPLE-KEY");
    BOOST_ERROR("accepted");
  } catch (const hookferry::Failure& failure) {
    BOOST_TEST((failure.what() + failure.hint).find("EXAMPLE-KEY") == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
