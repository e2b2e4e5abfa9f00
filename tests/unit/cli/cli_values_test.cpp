#include "cli/options.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.hpp"
#include "support/rooms.hpp"

namespace {

using hookferry::Options;

std::string text_of(const std::optional<std::uint64_t>& number) {
  return number ? std::to_string(*number) : "-";
}

std::string size(std::string_view text) { return text_of(hookferry::parse_size(text)); }

/// Milliseconds, or "-".
std::string seconds(std::string_view text, double least = 0, double most = 3600) {
  const auto out = hookferry::parse_seconds(text, least, most);
  return out ? std::to_string(out->count()) : "-";
}

std::string count(std::string_view text) {
  return text_of(hookferry::parse_number<std::uint64_t>(text, 1, 10'000));
}

struct Case {
  std::string_view text, expected;
};

/// The values in force after one option was set.
Options with(const std::string& name, const std::string& value) {
  Options out;
  hookferry::set_option(out, {hookferry::find_option(name), value, "--" + name});
  return out;
}

struct Refused {
  std::string_view option;
  std::vector<std::string> values;
  std::vector<std::string_view> told;  ///< what the line has to say of allowed values
};

void check_refused(const std::vector<Refused>& rows) {
  for (const auto& [option, values, told] : rows)
    for (const auto& value : values) BOOST_TEST_CONTEXT("--" << option << " " << value) {
        try {
          with(std::string(option), value);
          BOOST_ERROR("accepted");
        } catch (const hookferry::Failure& failure) {
          const auto line = std::string(failure.what()) + " - " + failure.hint;
          BOOST_TEST((failure.cause == hookferry::Cause::usage));
          BOOST_TEST(line.find("--" + std::string(option)) != std::string::npos);
          BOOST_TEST(line.find("\"" + value + "\"") != std::string::npos);
          BOOST_TEST(failure.hint.find("expected") != std::string::npos);
          for (const auto part : told) BOOST_TEST(failure.hint.find(part) != std::string::npos, part);
        }
      }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cli_values)

BOOST_AUTO_TEST_CASE(sizes_are_bytes_with_an_optional_binary_unit) {
  for (const auto& [text, expected] : std::vector<Case>{
           {"1", "1"},
           {"1048576", "1048576"},
           {"1B", "1"},
           {"1KiB", "1024"},
           {"512KiB", "524288"},
           {"256MiB", "268435456"},
           {"1GiB", "1073741824"},
           {"3GiB", "3221225472"},
           {"4294967295", "4294967295"},
       })
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(size(text) == expected); }
}

BOOST_AUTO_TEST_CASE(what_is_no_size_below_four_gibibytes_is_none) {
  for (const auto* text : {"",
                           " ",
                           "0",
                           "0MiB",
                           "-1",
                           "+1",
                           "1.5MiB",
                           "1e6",
                           "0x10",
                           " 1",
                           "1 ",
                           "1 MiB",
                           "MiB",
                           "B",
                           "1MB",
                           "1kB",
                           "1K",
                           "1M",
                           "1mib",
                           "1MiBs",
                           "1MiBB",
                           "1BB",
                           "ten",
                           "4294967296",
                           "4GiB",
                           "4096MiB",
                           "5GiB",
                           "17179869184GiB",
                           "18014398509481984KiB",
                           "18446744073709551616",
                           "99999999999999999999999"})
    BOOST_TEST(size(text) == "-", text);
}

BOOST_AUTO_TEST_CASE(durations_are_seconds_with_an_optional_fraction) {
  for (const auto& [text, expected] : std::vector<Case>{{"0", "0"},
                                                        {"1", "1000"},
                                                        {"30", "30000"},
                                                        {"0.5", "500"},
                                                        {"0.001", "1"},
                                                        {"2.25", "2250"},
                                                        {"007", "7000"},
                                                        {"3600", "3600000"},
                                                        {"3600.0", "3600000"}})
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(seconds(text) == expected); }
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_none) {
  for (const auto* text :
       {"",    " ",     ".",   "-1", "-0", "+1", "1e3", "0x10", "inf",      "nan",  "infinity",
        "1,5", "1.2.3", "..5", " 1", "1 ", "1s", "1m",  "30 s", "3600.001", "3601", "99999999999999999999"})
    BOOST_TEST(seconds(text) == "-", text);
  BOOST_TEST(seconds(std::string(500, '9')) == "-");
}

BOOST_AUTO_TEST_CASE(a_duration_lies_within_both_limits) {
  BOOST_TEST(seconds("0.1", 0.1, 3600) == "100");
  BOOST_TEST(seconds("0.0999", 0.1, 3600) == "-");
  BOOST_TEST(seconds("0", 0.1, 3600) == "-");
  BOOST_TEST(seconds("10", 0, 10) == "10000");
  BOOST_TEST(seconds("10.1", 0, 10) == "-");
}

BOOST_AUTO_TEST_CASE(counts_are_digits_within_both_limits) {
  for (const auto& [text, expected] : std::vector<Case>{
           {"1", "1"}, {"50", "50"}, {"0050", "50"}, {"10000", "10000"}, {"0", "-"}, {"10001", "-"}})
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(count(text) == expected); }
  for (const auto* text : {"", " ", "-1", "-0", "+1", "1.0", "1e3", "0x10", " 1", "1 ", "1,000", "one", "1_0",
                           "18446744073709551617", "99999999999999999999999"})
    BOOST_TEST(count(text) == "-", text);
}

BOOST_AUTO_TEST_CASE(the_largest_number_of_a_type_is_still_one) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  BOOST_TEST((hookferry::parse_number<std::int64_t>("9223372036854775807", 0, most) == most));
  BOOST_TEST(!hookferry::parse_number<std::int64_t>("9223372036854775808", 0, most));
  BOOST_TEST(!hookferry::parse_number<std::int64_t>("-1", 0, most));
  BOOST_TEST(!hookferry::parse_number<std::uint16_t>("65536", 0, 65535));
}

BOOST_AUTO_TEST_CASE(patterns_match_whole_aliases) {
  struct Row {
    std::string pattern, text;
    bool expected;
  };
  for (const auto& [pattern, text, expected] : std::vector<Row>{{"ops-*", "ops-eu", true},
                                                                {"ops-*", "ops-", true},
                                                                {"ops-*", "xops-eu", false},
                                                                {"ops", "ops-eu", false},
                                                                {"*", "", true},
                                                                {"*", ".hidden/with slash", true},
                                                                {"?", "a", true},
                                                                {"?", "ab", false},
                                                                {"[a-c]1", "b1", true},
                                                                {"[a-c]1", "d1", false},
                                                                {"OPS", "ops", false},
                                                                {"\\*", "*", true},
                                                                {"\\*", "a", false}})
    BOOST_TEST(hookferry::glob_matches(pattern, text) == expected, pattern << " " << text);
}

BOOST_AUTO_TEST_CASE(a_bad_value_is_reported_with_option_value_and_what_is_allowed) {
  check_refused({
      {"batch-size", {"", "0", "-1", "10001", "1.5", "many"}, {"1", "10000"}},
      {"concurrency", {"0", "-4", "65", "4x"}, {"1", "64"}},
      {"timeout", {"", "0", "0.05", "-1", "3601", "1e9", "nan", "10s"}, {"0.1", "3600", "second"}},
      {"settle", {"-1", "3601", "8s"}, {"0", "3600", "second"}},
      {"retries", {"-1", "101", "0.5", ""}, {"0", "100"}},
      {"rate", {"0", "10001"}, {"1", "10000"}},
      {"parallel", {"0", "65"}, {"1", "64"}},
      {"limit", {"0", "1000001"}, {"1", "1000000"}},
      {"keep", {"-1", "1000001"}, {"0", "1000000"}},
      {"max-response", {"0", "-1", "4GiB", "1MB", "big"}, {"MiB", "4GiB"}},
      {"port", {"-1", "65536", "http"}, {"0", "65535"}},
      {"id", {"-1", "x", "1.0", "9223372036854775808"}, {"number"}},
      {"seed", {"-1", "x", "18446744073709551616"}, {"number"}},
      {"on-conflict", {"", "overwrite", "Skip", "skip,update"}, {"skip", "update", "duplicate", "fail"}},
      {"format", {"", "xml", "JSON"}, {"text", "json"}},
      {"color", {"", "yes", "Always"}, {"auto", "always", "never"}},
      {"type", {"", "slak", "-1", "1.5"}, {"slack"}},
      {"rewrite-host",
       {"", "=", "a.test", "a.test=", "=b.test", "a.test=b.test=c.test", "https://old.test=new.test",
        "a.test=b.test/x", "a.test:443=b.test", "a b=c"},
       {"OLD=NEW"}},
      {"ledger", {""}, {"path"}},
      {"only", {""}, {"pattern"}},
      {"yes", {"1", "no", "True"}, {"true", "false"}},
  });
}

BOOST_AUTO_TEST_CASE(a_hostile_value_stays_one_line) {
  try {
    with("retries", "5\n\x1b[2J" + std::string(10'000, 'x'));
    BOOST_ERROR("accepted");
  } catch (const hookferry::Failure& failure) {
    const std::string what = failure.what();
    BOOST_TEST(what.find_first_of("\n\x1b") == std::string::npos);
    BOOST_TEST(what.size() < 300u);
  }
}

BOOST_AUTO_TEST_CASE(good_values_come_into_force) {
  BOOST_TEST(with("batch-size", "10000").batch_size == 10'000u);
  BOOST_TEST(with("concurrency", "64").concurrency == 64u);
  BOOST_TEST(with("timeout", "0.1").timeout.count() == 100);
  BOOST_TEST(with("settle", "0").settle.count() == 0);
  BOOST_TEST(with("retries", "0").retries == 0u);
  BOOST_TEST(with("max-response", "1KiB").max_response == 1024u);
  BOOST_TEST(with("port", "65535").port == 65535u);
  BOOST_TEST((with("id", "1050").ids == std::set<std::int64_t>{1050}));
  BOOST_TEST((with("on-conflict", "duplicate").on_conflict == hookferry::ConflictPolicy::duplicate));
  BOOST_TEST((with("format", "json").format == hookferry::Format::json));
  BOOST_TEST((with("color", "never").color == hookferry::Color::never));
  BOOST_TEST(with("rewrite-host", "a.test=b.test").rewrite_hosts.at(0).second == "b.test");
  for (const auto* type : {"slack", "Slack", "pager_duty", "0", "12"})
    BOOST_TEST(with("type", type).types.contains(type));
  BOOST_TEST(with("yes", "").yes);
  BOOST_TEST(with("yes", "true").yes);
  BOOST_TEST(!with("yes", "false").yes);
}

BOOST_AUTO_TEST_CASE(without_options_the_documented_defaults_hold) {
  const Options options;
  BOOST_TEST(options.batch_size == 50u);
  BOOST_TEST(options.concurrency == 4u);
  BOOST_TEST(options.retries == 5u);
  BOOST_TEST(options.settle.count() == 8000);
  BOOST_TEST(options.max_response == std::size_t{256} * 1024 * 1024);
  BOOST_TEST((options.on_conflict == hookferry::ConflictPolicy::skip));
  BOOST_TEST((options.format == hookferry::Format::text));
  BOOST_TEST((!options.yes && !options.quiet && !options.show_secrets && !options.no_rewrite));
}

BOOST_AUTO_TEST_CASE(a_duration_has_a_unit) {
  const auto duration = [](std::string_view text) {
    const auto out = hookferry::parse_duration(text);
    return out ? std::to_string(out->count()) : "-";
  };
  for (const auto& [text, expected] : std::vector<Case>{{"1s", "1"},
                                                        {"90m", "5400"},
                                                        {"12h", "43200"},
                                                        {"7d", "604800"},
                                                        {"365d", "31536000"},
                                                        {"366d", "-"},
                                                        {"8761h", "-"},
                                                        {"0d", "-"},
                                                        {"99999999999999999999d", "-"},
                                                        {"7", "-"},
                                                        {"d", "-"},
                                                        {"", "-"},
                                                        {" 7d", "-"},
                                                        {"7 d", "-"},
                                                        {"+7d", "-"},
                                                        {"7D", "-"},
                                                        {"1d12h", "-"}})
    BOOST_TEST(duration(text) == expected, text);
}

BOOST_AUTO_TEST_SUITE_END()
