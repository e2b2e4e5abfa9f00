#include "core/bulk.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using hookferry::SharedText;
using hookferry::StringArena;

namespace {

std::string text_of(std::size_t number, std::size_t size) {
  auto out = std::to_string(number) + ":";
  out.resize(std::max(out.size(), size), static_cast<char>('a' + number % 26));
  return out;
}

/// As a number, which boost::test can print.
std::uintptr_t place_of(const SharedText& text) {
  return reinterpret_cast<std::uintptr_t>(text.view().data());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shared_texts)

BOOST_AUTO_TEST_CASE(a_part_keeps_the_text_that_it_is_of) {
  std::optional<SharedText> part;
  std::uintptr_t begin = 0;
  {
    const SharedText whole(std::string("what stands before it, middle, and behind"));
    begin = place_of(whole);
    part = whole.part(whole.view().substr(23, 6)).part(whole.view().substr(24, 5));
  }
  const auto copy = *part;
  part.reset();
  BOOST_TEST(copy.str() == "iddle");
  BOOST_TEST(place_of(copy) == begin + 24);
}

BOOST_AUTO_TEST_CASE(what_lies_outside_of_a_text_is_no_part_of_it) {
  const SharedText whole(std::string("before, middle, behind"));
  const auto middle = whole.part(whole.view().substr(8, 6));
  for (const auto& outside :
       {std::string_view("middle"), whole.view().substr(7, 6), whole.view().substr(9, 6)})
    BOOST_CHECK_THROW(static_cast<void>(middle.part(outside)), std::logic_error);
  BOOST_TEST(middle.part(middle.view().substr(6)).empty());
}

BOOST_AUTO_TEST_CASE(a_text_outlives_what_it_was_made_of_and_its_copies_are_the_same_characters) {
  auto text = text_of(1, 1'000);
  for (const auto& owning : {SharedText(text), SharedText::copy_of(text)}) {
    const SharedText copy = owning;
    text.assign(1'000, 'y');
    BOOST_TEST(owning.view() == text_of(1, 1'000));
    BOOST_TEST(owning.size() == 1'000u);
    BOOST_TEST(place_of(copy) == place_of(owning));
    text = text_of(1, 1'000);
  }
  BOOST_TEST(SharedText().empty());
  BOOST_TEST(SharedText().view() == "");
  BOOST_TEST(SharedText::copy_of("").view() == "");
  BOOST_TEST(SharedText(std::string("literal")).str() == "literal");
}

BOOST_AUTO_TEST_CASE(a_text_never_becomes_a_view_without_a_word) {
  static_assert(!std::is_convertible_v<SharedText, std::string_view>);
  static_assert(!std::is_convertible_v<std::string_view, SharedText>);
  BOOST_TEST(true);
}

BOOST_AUTO_TEST_CASE(what_was_kept_stays_where_it_is_while_more_is_kept_and_when_the_arena_is_gone) {
  std::vector<SharedText> texts;
  std::vector<std::uintptr_t> places;
  const auto size_of = [](std::size_t i) { return i % 97 == 0 ? std::size_t{20'000} : i % 500; };
  {
    StringArena arena;
    for (std::size_t i = 0; i < 3'000; ++i) {  // several blocks
      texts.push_back(arena.keep(text_of(i, size_of(i))));
      places.push_back(place_of(texts.back()));
    }
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].view() != text_of(i, size_of(i))) BOOST_ERROR("text " << i << " has changed");
    if (place_of(texts[i]) != places[i]) BOOST_ERROR("text " << i << " has moved");
  }
}

BOOST_AUTO_TEST_CASE(a_text_larger_than_a_block_is_kept_whole_and_so_are_those_around_it) {
  StringArena arena;
  const auto before = arena.keep("before");
  const auto nothing = arena.keep("");
  const auto large = arena.keep(text_of(1, 5'000'000));
  const auto larger = arena.keep(text_of(2, 5'000'001));
  const auto behind = arena.keep("behind");
  BOOST_TEST(before.view() == "before");
  BOOST_TEST(nothing.empty());
  BOOST_TEST((large.view() == text_of(1, 5'000'000)));
  BOOST_TEST((larger.view() == text_of(2, 5'000'001)));
  BOOST_TEST(behind.view() == "behind");
}

BOOST_AUTO_TEST_CASE(small_texts_lie_close_together) {
  StringArena arena;
  const auto one = arena.keep("one");
  const auto other = arena.keep("other");
  BOOST_TEST(place_of(other) == place_of(one) + one.size());
}

BOOST_AUTO_TEST_SUITE_END()
