#include <boost/test/unit_test.hpp>
#include <string>

#include "delivery/steps.hpp"
#include "support/rooms.hpp"

using hookferry::SettleWindow;

BOOST_AUTO_TEST_SUITE(settle_window)

BOOST_AUTO_TEST_CASE(absence_is_proved_from_the_end_on) {
  const SettleWindow window{1'000};
  BOOST_TEST(!window.proves_absence({999, {}}));
  BOOST_TEST(window.proves_absence({1'000, {}}));
  BOOST_TEST(window.proves_absence({1'001, {}}));
}

BOOST_AUTO_TEST_CASE(pauses_double_and_the_last_look_falls_on_the_end) {
  SettleWindow window{10'000 + 4'000};
  std::string looks;
  for (hookferry::Time now = 10'000; now < window.certain_from; now = window.next_look) {
    window.look_again(now);
    looks += std::to_string(window.next_look - 10'000) + " ";
  }
  BOOST_TEST(looks == "100 300 700 1500 2500 3500 4000 ");
}

BOOST_AUTO_TEST_SUITE_END()
