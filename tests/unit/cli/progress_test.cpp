#include "cli/console.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "core/layout.hpp"
#include "support/rooms.hpp"

using namespace hookferry;

namespace {

StageView writing(std::size_t done, std::size_t all, double seconds, const std::string& reason = {}) {
  return {"writing to standby", reason, done, all, "webhooks", seconds};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(a_stage_says_count_rate_time_left_and_why_it_waits) {
  const struct {
    StageView view;
    std::string text;
  } cases[] = {
      {writing(120, 500, 3), "writing to standby: 120 of 500 webhooks, 40/s, 10 s left"},
      {writing(1, 500, 2), "writing to standby: 1 of 500 webhooks, 0.5/s, 16 min 38 s left"},
      {writing(1, 9000, 2), "writing to standby: 1 of 9000 webhooks, 0.5/s, 4 h 59 min left"},
      {writing(0, 500, 3), "writing to standby: 0 of 500 webhooks"},
      {writing(500, 500, 3), "writing to standby: 500 of 500 webhooks"},
      {writing(0, 500, 3, "2 batches refused, splitting"),
       "writing to standby: 0 of 500 webhooks - 2 batches refused, splitting"},
      {{"reading production", "", 0, 0, "", 0.7}, "reading production"},
      {{"reading production", "", 0, 0, "", 4.2}, "reading production, 4 s"},
  };
  for (const auto& [view, text] : cases) BOOST_TEST(stage_text(view) == text);
}

BOOST_AUTO_TEST_CASE(a_line_is_narrower_than_the_screen_and_keeps_how_far_it_is) {
  for (std::size_t width = 20; width < 140; ++width) {
    const auto line = stage_line(writing(120, 500, 3, "waiting up to 8 s for what was sent to show"), width);
    BOOST_TEST(display_width(line) < width, line);
    if (width >= 25) BOOST_TEST(line.find("120 of 500 webhooks") != std::string::npos, line);
  }
  BOOST_TEST(stage_line(writing(250, 500, 1), 120).starts_with("[##########..........] writing to"));
}

BOOST_AUTO_TEST_SUITE_END()
