#include "core/parallel.hpp"
#include "support/rooms.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

using hookferry::in_parallel;

namespace {

const std::vector<std::size_t> counts = {0,     1,     2,     3,     7,      999,    1'000,  1'001,
                                         1'999, 2'000, 2'001, 2'999, 10'000, 20'011, 100'003};

}  // namespace

BOOST_AUTO_TEST_SUITE(in_parts)

BOOST_AUTO_TEST_CASE(every_place_is_given_once_in_parts_numbered_in_their_order) {
  for (const auto count : counts) BOOST_TEST_CONTEXT(count) {
      std::vector<std::atomic<int>> times(count);
      std::vector<std::atomic<std::size_t>> begins(hookferry::most_parts);
      std::vector<std::atomic<std::size_t>> ends(hookferry::most_parts);
      in_parallel(count, [&](std::size_t part, std::size_t begin, std::size_t end) {
        begins.at(part) = begin;
        ends.at(part) = end;
        for (auto i = begin; i < end; ++i) ++times.at(i);
      });
      std::size_t wrong = 0;
      for (const auto& one : times) wrong += one == 1 ? 0 : 1;
      BOOST_TEST(wrong == 0u);
      std::size_t at = 0;
      for (std::size_t part = 0; part < hookferry::most_parts && at < count; ++part) {
        BOOST_TEST(begins[part] == at);
        at = ends[part];
      }
      BOOST_TEST(at == count);
    }
}

BOOST_AUTO_TEST_CASE(what_a_part_throws_is_thrown_once_all_have_ended) {
  for (const std::size_t bad : {0u, 5'000u, 9'999u}) BOOST_TEST_CONTEXT(bad) {
      std::atomic<int> running{0};
      BOOST_CHECK_EXCEPTION(in_parallel(10'000,
                                        [&](std::size_t, std::size_t begin, std::size_t end) {
                                          ++running;
                                          const bool is_its = bad >= begin && bad < end;
                                          --running;
                                          if (is_its) throw std::runtime_error("at " + std::to_string(bad));
                                        }),
                            std::runtime_error, [&](const std::runtime_error& error) {
                              return error.what() == "at " + std::to_string(bad);
                            });
      BOOST_TEST(running == 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
