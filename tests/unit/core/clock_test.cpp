#include "core/text.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>

using hookferry::now_ms;
using hookferry::utc_text;

BOOST_AUTO_TEST_SUITE(clock_of_day)

BOOST_AUTO_TEST_CASE(a_time_is_written_in_utc) {
  BOOST_TEST(utc_text(0) == "1970-01-01T00:00:00Z");
  BOOST_TEST(utc_text(1709210096) == "2024-02-29T12:34:56Z");
}

BOOST_AUTO_TEST_CASE(a_time_is_written_in_the_form_that_is_asked_for) {
  BOOST_TEST(utc_text(1709210096, "%Y-%m-%d %H:%M UTC") == "2024-02-29 12:34 UTC");
}

BOOST_AUTO_TEST_CASE(the_present_is_in_milliseconds) {
  BOOST_TEST(now_ms() / 1000 >= 1'700'000'000);
  BOOST_TEST(now_ms() / 1000 < 100'000'000'000);
}

BOOST_AUTO_TEST_CASE(a_time_is_read_with_its_zone) {
  using hookferry::parse_time;
  BOOST_TEST(parse_time("1970-01-01T00:00:01Z").value() == 1'000);
  BOOST_TEST(parse_time("2024-02-29T12:34:56.789Z").value() == 1'709'210'096'789);
  BOOST_TEST(parse_time("2024-02-29T13:34:56+01:00").value() == 1'709'210'096'000);
  BOOST_TEST(parse_time("2024-02-29T11:04:56.5-0130").value() == 1'709'210'096'500);
  // Either way of writing UTC gives the same time, also for a day that its month does not have.
  for (const std::string text : {"1969-12-31T23:59:59.5", "2023-02-31T00:00:00.123456", "2023-13-01T00:00:00",
                                 "0000-03-01T01:02:03.", "2100-02-29T23:59:60", "9999-12-31T24:00:00"})
    BOOST_TEST((parse_time(text + "Z") == parse_time(text + "+00:00")), text);
  // Without a zone it could be any hour.
  for (const auto* text : {"", "2024-02-29T12:34:56", "2024-02-29", "yesterday", "2024-02-29T12:34:56Z!",
                           "2024-02-29T12:34:56,5Z"})
    BOOST_TEST(!parse_time(text), text);
}

BOOST_AUTO_TEST_CASE(an_http_date_is_read_in_each_of_its_forms) {
  using hookferry::parse_http_date;
  for (const auto* text :
       {"Thu, 29 Feb 2024 12:34:56 GMT", "Thursday, 29-Feb-24 12:34:56 GMT", "Thu Feb 29 12:34:56 2024"})
    BOOST_TEST(parse_http_date(text).value() == 1'709'210'096, text);
  for (const auto* text : {"", "soon", "Thu, 29 Feb 2024 12:34:56 CET"})
    BOOST_TEST(!parse_http_date(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
