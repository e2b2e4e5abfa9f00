#include "delivery/delivery.hpp"
#include "support/rooms.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

using hookferry::Batch;
using hookferry::BatchQueue;

namespace {

std::vector<std::size_t> items(std::size_t count, std::size_t first = 0) {
  std::vector<std::size_t> out(count);
  std::iota(out.begin(), out.end(), first);
  return out;
}

/// "0 1 2|3 4": all that waits, batch by batch.
std::string drained(BatchQueue& queue) {
  std::string out;
  while (const auto batch = queue.pop()) {
    if (!out.empty()) out += "|";
    for (std::size_t i = 0; i < batch->items.size(); ++i)
      out += (i == 0 ? "" : " ") + std::to_string(batch->items[i]);
  }
  return out;
}

std::vector<std::size_t> sizes(BatchQueue& queue) {
  std::vector<std::size_t> out;
  while (const auto batch = queue.pop()) out.push_back(batch->items.size());
  return out;
}

/// How many rounds of splitting it takes until each of `count` items was alone.
int rounds_until_alone(std::size_t count) {
  std::vector<Batch> round = {{items(count), 0}};
  int rounds = 0;
  while (std::any_of(round.begin(), round.end(), [](const Batch& batch) { return batch.items.size() > 1; })) {
    BatchQueue queue({}, count);
    for (const auto& batch : round) queue.split(batch);
    round.clear();
    while (auto batch = queue.pop()) round.push_back(std::move(*batch));
    if (++rounds > 100) break;
  }
  return rounds;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(batches)

BOOST_AUTO_TEST_CASE(items_are_cut_into_batches_in_their_order) {
  struct Case {
    std::size_t count, size;
    std::string expected;
  };
  for (const auto& [count, size, expected] : std::vector<Case>{{0, 50, ""},
                                                               {1, 50, "0"},
                                                               {3, 1, "0|1|2"},
                                                               {4, 2, "0 1|2 3"},
                                                               {5, 2, "0 1|2 3|4"},
                                                               {3, 3, "0 1 2"},
                                                               {3, 50, "0 1 2"}})
    BOOST_TEST_CONTEXT(count << " by " << size) {
      BatchQueue queue(items(count), size);
      BOOST_TEST(queue.empty() == (count == 0));
      BOOST_TEST(drained(queue) == expected);
      BOOST_TEST(queue.empty());
      BOOST_TEST(!queue.pop());
    }
}

BOOST_AUTO_TEST_CASE(a_batch_that_is_to_go_once_more_goes_first_and_keeps_its_attempts) {
  BatchQueue queue(items(4), 2);
  auto first = *queue.pop();
  BOOST_TEST(first.attempt == 0u);
  first.attempt = 3;
  queue.put_back(first);
  const auto once_more = *queue.pop();
  BOOST_TEST(once_more.attempt == 3u);
  BOOST_TEST(once_more.items == items(2), boost::test_tools::per_element());
  BOOST_TEST(drained(queue) == "2 3");
}

BOOST_AUTO_TEST_CASE(what_is_too_large_is_halved_and_so_is_all_that_comes_after) {
  BatchQueue queue(items(10), 5);
  auto batch = *queue.pop();
  batch.attempt = 2;
  BOOST_TEST(queue.halve(batch));
  const auto half = *queue.pop();
  BOOST_TEST(half.items == items(3), boost::test_tools::per_element());
  BOOST_TEST(half.attempt == 2u);
  BOOST_TEST(drained(queue) == "3 4|5 6 7|8 9");
  queue.put_back({items(4), 0});
  BOOST_TEST(drained(queue) == "0 1 2|3");
}

BOOST_AUTO_TEST_CASE(the_limit_never_grows_again) {
  BatchQueue queue(items(12), 12);
  BOOST_TEST(queue.halve(*queue.pop()));
  BOOST_TEST(queue.halve(*queue.pop()));
  BOOST_TEST(queue.halve({items(9, 20), 0}));
  for (const auto size : sizes(queue)) BOOST_TEST(size <= 3u);
}

BOOST_AUTO_TEST_CASE(a_single_item_cannot_get_smaller) {
  BatchQueue queue(items(3), 1);
  BOOST_TEST(!queue.halve(*queue.pop()));
  BOOST_TEST(drained(queue) == "1|2");
}

BOOST_AUTO_TEST_CASE(halving_ends_at_single_items_and_loses_none) {
  BatchQueue queue(items(50), 50);
  int refused = 0;
  std::vector<std::size_t> gone;
  while (auto batch = queue.pop()) {
    if (batch->items.size() > 1) {
      BOOST_TEST(queue.halve(*batch));
      BOOST_REQUIRE(++refused < 10);
    } else {
      gone.push_back(batch->items.at(0));
    }
  }
  BOOST_TEST(gone == items(50), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_batch_goes_in_about_as_many_parts_as_each_is_long) {
  BatchQueue fifty({}, 50);
  fifty.split({items(50), 0});
  const std::vector<std::size_t> expected = {8, 8, 8, 8, 8, 8, 2};
  BOOST_TEST(sizes(fifty) == expected, boost::test_tools::per_element());
  for (const std::size_t few : {1u, 2u, 8u}) {
    BatchQueue queue({}, 50);
    queue.split({items(few), 0});
    BOOST_TEST(sizes(queue) == std::vector<std::size_t>(few, 1), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(parts_go_first_in_their_order_with_the_attempts_of_the_whole) {
  BatchQueue queue(items(2, 90), 50);
  queue.split({items(3), 4});
  const auto part = *queue.pop();
  BOOST_TEST(part.attempt == 4u);
  BOOST_TEST(part.items == items(1), boost::test_tools::per_element());
  BOOST_TEST(drained(queue) == "1|2|90 91");
}

BOOST_AUTO_TEST_CASE(two_rounds_find_the_culprits_of_a_batch_of_the_usual_size) {
  for (const std::size_t count : {2u, 9u, 10u, 49u, 50u}) BOOST_TEST(rounds_until_alone(count) <= 2, count);
  for (const std::size_t count : {100u, 1000u, 5000u}) BOOST_TEST(rounds_until_alone(count) <= 4, count);
}

BOOST_AUTO_TEST_SUITE_END()
