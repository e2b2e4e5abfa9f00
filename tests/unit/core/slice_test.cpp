#include "core/slice.hpp"
#include "support/rooms.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using hookferry::Slice;
using hookferry::SliceKeeper;

namespace {

std::string text_of(std::size_t number, std::size_t size) {
  auto out = std::to_string(number) + ":";
  out.resize(std::max(out.size(), size), static_cast<char>('a' + number % 26));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(slices)

BOOST_AUTO_TEST_CASE(a_slice_keeps_the_text_that_it_is_of) {
  std::optional<Slice> part;
  std::weak_ptr<const std::string> watched;
  {
    const auto whole = std::make_shared<const std::string>("what stands before it, middle, and behind");
    watched = whole;
    part = Slice(whole, std::string_view(*whole).substr(23, 6));
  }
  const auto copy = *part;
  part.reset();
  BOOST_TEST(!watched.expired());
  BOOST_TEST(copy.str() == "middle");
  BOOST_TEST(copy.data() == watched.lock()->data() + 23);
}

BOOST_AUTO_TEST_CASE(a_slice_of_a_text_of_its_own_outlives_that_text) {
  auto text = text_of(1, 1'000);
  const Slice slice(text);
  const Slice copy = slice;
  text.assign(1'000, 'y');
  BOOST_TEST(slice.view() == text_of(1, 1'000));
  BOOST_TEST(copy.data() == slice.data());
  BOOST_TEST(Slice().empty());
  BOOST_TEST(Slice("literal").str() == "literal");
}

BOOST_AUTO_TEST_CASE(what_was_kept_stays_where_it_is_while_more_is_kept_and_when_the_keeper_is_gone) {
  std::vector<Slice> slices;
  std::vector<const char*> places;
  const auto size_of = [](std::size_t i) { return i % 97 == 0 ? std::size_t{20'000} : i % 500; };
  {
    SliceKeeper keeper;
    for (std::size_t i = 0; i < 3'000; ++i) {  // several blocks
      slices.push_back(keeper.keep(text_of(i, size_of(i))));
      places.push_back(slices.back().data());
    }
  }
  for (std::size_t i = 0; i < slices.size(); ++i) {
    if (slices[i].view() != text_of(i, size_of(i))) BOOST_ERROR("slice " << i << " has changed");
    if (slices[i].data() != places[i]) BOOST_ERROR("slice " << i << " has moved");
  }
}

BOOST_AUTO_TEST_CASE(a_text_larger_than_a_block_is_kept_whole_and_so_are_those_around_it) {
  SliceKeeper keeper;
  const auto before = keeper.keep("before");
  const auto nothing = keeper.keep("");
  const auto large = keeper.keep(text_of(1, 5'000'000));
  const auto larger = keeper.keep(text_of(2, 5'000'001));
  const auto behind = keeper.keep("behind");
  BOOST_TEST(before.view() == "before");
  BOOST_TEST(nothing.empty());
  BOOST_TEST((large.view() == text_of(1, 5'000'000)));
  BOOST_TEST((larger.view() == text_of(2, 5'000'001)));
  BOOST_TEST(behind.view() == "behind");
}

BOOST_AUTO_TEST_CASE(small_texts_lie_close_together) {
  SliceKeeper keeper;
  const auto one = keeper.keep("one");
  const auto other = keeper.keep("other");
  BOOST_TEST(static_cast<const void*>(other.data()) == static_cast<const void*>(one.data() + one.size()));
}

BOOST_AUTO_TEST_SUITE_END()
