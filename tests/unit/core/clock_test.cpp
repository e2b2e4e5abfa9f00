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

BOOST_AUTO_TEST_SUITE_END()
