#include "api/verdict.hpp"
#include "support/rooms.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using hookferry::retry_delay;
using hookferry::RetryBudget;

/// Sunday, 6 November 1994, 08:49:37 UTC.
constexpr std::time_t november_1994 = 784'111'777;

/// Milliseconds; "-" where the header says nothing.
std::string waits(std::string_view header, std::time_t now = november_1994) {
  hookferry::net::Response response;
  response.status = 429;
  response.retry_after = header;
  const auto delay = hookferry::judge(response, now).retry_after;
  return delay ? std::to_string(delay->count()) : "-";
}

struct Case {
  std::string_view header, expected;
};

void check(const std::vector<Case>& cases) {
  for (const auto& [header, expected] : cases) BOOST_TEST_CONTEXT(header) {
      BOOST_TEST(waits(header) == expected);
    }
}

/// Without a word from the server, for chances spread evenly over their range.
std::vector<std::int64_t> delays(std::size_t attempt, std::size_t count) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i <= count; ++i) {
    const auto jitter = static_cast<double>(i) / static_cast<double>(count);
    out.push_back(retry_delay(attempt, std::nullopt, jitter).count());
  }
  return out;
}

std::size_t spent_of(RetryBudget& budget) {
  std::size_t out = 0;
  while (out < 100'000 && budget.spend()) ++out;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(retry)

BOOST_AUTO_TEST_CASE(retry_after_is_read_as_seconds) {
  check({{"0", "0"}, {"1", "1000"}, {"29", "29000"}, {"007", "7000"}});
}

BOOST_AUTO_TEST_CASE(no_pause_is_longer_than_thirty_seconds) {
  check({{"30", "30000"},
         {"31", "30000"},
         {"3600", "30000"},
         {"9223372036854775807", "30000"},
         {"99999999999999999999999999", "30000"},
         {"Sun, 06 Nov 1994 09:49:37 GMT", "30000"},
         {"Fri, 31 Dec 9999 23:59:59 GMT", "30000"}});
}

BOOST_AUTO_TEST_CASE(retry_after_is_read_as_a_date) {
  check({{"Sun, 06 Nov 1994 08:49:38 GMT", "1000"}, {"Sun, 06 Nov 1994 08:50:00 GMT", "23000"}});
  BOOST_TEST(waits("Thu, 01 Jan 1970 00:00:05 GMT", 0) == "5000");
  BOOST_TEST(waits("Thu, 29 Feb 2024 00:00:02 GMT", 1'709'164'799) == "3000");  // over a midnight
}

BOOST_AUTO_TEST_CASE(the_obsolete_forms_of_a_date_are_read_too) {
  check({{"Sunday, 06-Nov-94 08:49:47 GMT", "10000"}, {"Sun Nov  6 08:49:47 1994", "10000"}});
}

BOOST_AUTO_TEST_CASE(a_date_that_is_past_asks_for_no_wait) {
  check({{"Sun, 06 Nov 1994 08:49:37 GMT", "0"},
         {"Sun, 06 Nov 1994 08:49:36 GMT", "0"},
         {"Thu, 01 Jan 1970 00:00:00 GMT", "0"}});
}

BOOST_AUTO_TEST_CASE(what_is_neither_says_nothing) {
  check({{"", "-"},
         {"soon", "-"},
         {"+5", "-"},
         {"1.5", "-"},
         {"1e3", "-"},
         {"0x10", "-"},
         {"5s", "-"},
         {"5 6", "-"},
         {"Sun, 06 Nov 1994 08:49:47", "-"},
         {"Sun, 06 Nov 1994 08:49:47 CET", "-"},
         {"Sun, 06 Nov 1994 08:49:47 GMT+1", "-"},
         {"Sun, 99 Nov 1994 08:49:47 GMT", "-"},
         {"Sun, 06 Nox 1994 08:49:47 GMT", "-"},
         {"Sun, 06 Nov 1994 08:77:47 GMT", "-"},
         {"1994-11-06T08:49:47Z", "-"}});
}

BOOST_AUTO_TEST_CASE(a_negative_number_asks_for_no_wait) {
  for (const auto* header : {"-0", "-1", "-5", "-9223372036854775808"}) BOOST_TEST_CONTEXT(header) {
      const auto found = waits(header);
      BOOST_TEST((found == "-" || found == "0"), found);
    }
}

BOOST_AUTO_TEST_CASE(a_negative_number_of_any_length_asks_for_no_wait) {
  const auto found = waits("-99999999999999999999");
  BOOST_TEST((found == "-" || found == "0"), found);
}

BOOST_AUTO_TEST_CASE(pauses_lie_between_nothing_and_a_ceiling_that_doubles) {
  struct Row {
    std::size_t attempt;
    std::int64_t ceiling;
  };
  for (const auto& [attempt, ceiling] : std::vector<Row>{
           {0, 250}, {1, 500}, {2, 1000}, {3, 2000}, {4, 4000}, {5, 8000}, {6, 16'000}, {7, 30'000}})
    BOOST_TEST_CONTEXT("attempt " << attempt) {
      const auto found = delays(attempt, 2000);
      BOOST_TEST(std::is_sorted(found.begin(), found.end()));
      BOOST_TEST(found.front() == 0);
      BOOST_TEST(found.back() == ceiling);
      BOOST_TEST(found[1000] == ceiling / 2);  // full jitter: all of the range is used alike
    }
}

BOOST_AUTO_TEST_CASE(however_many_tries_no_pause_is_longer_than_thirty_seconds) {
  for (const std::size_t attempt : {std::size_t{8}, std::size_t{31}, std::size_t{55}, std::size_t{64},
                                    std::size_t{1000}, std::numeric_limits<std::size_t>::max()})
    BOOST_TEST_CONTEXT("attempt " << attempt) {
      const auto found = delays(attempt, 2000);
      BOOST_TEST(found.front() == 0);
      BOOST_TEST(found.back() == 30'000);
      BOOST_TEST(found[1000] == 15'000);
    }
}

BOOST_AUTO_TEST_CASE(clients_that_fail_together_do_not_come_back_together) {
  const auto at = [](double jitter) { return retry_delay(5, std::nullopt, jitter).count(); };
  BOOST_TEST(at(0.25) == at(0.25));
  BOOST_TEST(at(0.25) < at(0.26));
}

BOOST_AUTO_TEST_CASE(what_the_server_asks_for_goes_before_the_backoff) {
  for (const std::size_t attempt : {std::size_t{0}, std::size_t{3}, std::size_t{50}})
    for (const std::int64_t asked : {std::int64_t{1}, std::int64_t{7000}, std::int64_t{30'000}})
      for (const double jitter : {0.0, 0.5, 1.0})
        BOOST_TEST(retry_delay(attempt, hookferry::Milliseconds(asked), jitter).count() == asked);
}

BOOST_AUTO_TEST_CASE(a_server_that_asks_for_no_wait_is_not_stormed_by_all_at_once) {
  for (const std::int64_t asked : {std::int64_t{0}, std::int64_t{-5}})
    for (const std::size_t attempt : {std::size_t{0}, std::size_t{3}})
      BOOST_TEST((retry_delay(attempt, hookferry::Milliseconds(asked), 0.5) ==
                  retry_delay(attempt, std::nullopt, 0.5)));
}

BOOST_AUTO_TEST_CASE(a_run_may_retry_twenty_times_as_often_as_a_request) {
  for (const std::size_t retries : {std::size_t{1}, std::size_t{5}, std::size_t{100}}) {
    RetryBudget budget(retries);
    BOOST_TEST(spent_of(budget) == retries * 20);
    BOOST_TEST(!budget.spend());
  }
}

BOOST_AUTO_TEST_CASE(without_retries_there_is_nothing_to_spend_and_nothing_to_win) {
  RetryBudget budget(0);
  BOOST_TEST(!budget.spend());
  budget.refund();
  BOOST_TEST(!budget.spend());
}

BOOST_AUTO_TEST_CASE(the_budget_says_what_is_left) {
  RetryBudget budget(1);
  BOOST_TEST(budget.left() == 20u);
  budget.spend();
  BOOST_TEST(budget.left() == 19u);
  budget.refund();
  budget.refund();
  BOOST_TEST(budget.left() == 20u);
}

BOOST_AUTO_TEST_CASE(every_success_gives_one_retry_back_up_to_the_start) {
  RetryBudget budget(1);
  spent_of(budget);
  for (int i = 0; i < 3; ++i) budget.refund();
  BOOST_TEST(spent_of(budget) == 3u);
  for (int i = 0; i < 50; ++i) budget.refund();
  BOOST_TEST(spent_of(budget) == 20u);
}

BOOST_AUTO_TEST_SUITE_END()
