#include "net/client.hpp"

#include <boost/test/unit_test.hpp>

using hookferry::net::RateLimiter;
using std::chrono::milliseconds;

namespace {

const RateLimiter::Clock::time_point start{};

long at(const RateLimiter::Clock::time_point time) {
  return std::chrono::duration_cast<milliseconds>(time - start).count();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_limiter)

BOOST_AUTO_TEST_CASE(requests_follow_each_other_at_even_distances) {
  RateLimiter limiter(4);
  for (const long turn : {0, 250, 500, 750, 1000}) BOOST_TEST(at(limiter.acquire("a", start)) == turn);
}

BOOST_AUTO_TEST_CASE(time_in_which_nothing_was_asked_is_not_saved_up) {
  RateLimiter limiter(10);
  limiter.acquire("a", start);
  const auto later = start + milliseconds(5000);
  BOOST_TEST(at(limiter.acquire("a", later)) == 5000);
  BOOST_TEST(at(limiter.acquire("a", later)) == 5100);
}

BOOST_AUTO_TEST_CASE(hosts_have_rows_of_their_own) {
  RateLimiter limiter(1);
  BOOST_TEST(at(limiter.acquire("a", start)) == 0);
  BOOST_TEST(at(limiter.acquire("b", start)) == 0);
  BOOST_TEST(at(limiter.acquire("a", start)) == 1000);
}

BOOST_AUTO_TEST_SUITE_END()
