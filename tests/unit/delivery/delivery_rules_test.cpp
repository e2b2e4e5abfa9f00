#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/rooms.hpp"
#include "unit/delivery/delivery_story.hpp"

using hookferry::AccountBefore;
using hookferry::DeliveryOptions;
using hookferry::FailureClass;
using hookferry::Operation;
using hookferry::SnapshotEntry;
using hookferry::test::create;
using hookferry::test::creations;
using hookferry::test::seen;
using hookferry::test::Story;
using hookferry::test::with_present;

namespace {

using Readings = std::vector<SnapshotEntry>;

DeliveryOptions batches_of(std::size_t size, std::size_t concurrency = 4) {
  DeliveryOptions out;
  out.batch_size = size;
  out.concurrency = concurrency;
  return out;
}

DeliveryOptions with_retries(std::size_t retries, DeliveryOptions out = {}) {
  out.retries = retries;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery_rules)

BOOST_AUTO_TEST_CASE(what_is_sent_is_confirmed_and_then_seen) {
  Story story(creations(2));
  BOOST_TEST(story.starts() == "intent 0 1; send#0 0 1");
  BOOST_TEST(story.succeeds(0, {7, 8}) == "accepted 0:7 1:8; read");
  BOOST_TEST(story.shows({seen(7, "1"), seen(8, "2")}) == "arrived 0:7; arrived 1:8; end");
  BOOST_TEST(story.results() == "0 arrived 7; 1 arrived 8");
  BOOST_TEST(story.ending() == "");
  BOOST_TEST(story.findings() == "");
  BOOST_TEST(story.delivery().settled());
  BOOST_TEST(!story.delivery().interrupted());
}

BOOST_AUTO_TEST_CASE(where_nothing_is_to_be_done_nothing_is_asked_for) {
  Story story({}, with_present({{5, "old"}}));
  BOOST_TEST(story.starts() == "end");
  BOOST_TEST(story.delivery().settled());
}

BOOST_AUTO_TEST_CASE(no_more_is_under_way_at_a_time_than_is_allowed_in_no_larger_batches) {
  Story story(creations(5), {}, batches_of(2, 2));
  BOOST_TEST(story.starts() == "intent 0 1; send#0 0 1; intent 2 3; send#1 2 3");
  BOOST_TEST(story.succeeds(1, {13, 14}) == "accepted 2:13 3:14; intent 4; send#2 4");
  BOOST_TEST(story.succeeds(2, {15}) == "accepted 4:15");
  BOOST_TEST(story.succeeds(0, {11, 12}) == "accepted 0:11 1:12; read");
}

BOOST_AUTO_TEST_CASE(progress_counts_what_has_come_to_an_end) {
  Story story(creations(3), {}, batches_of(1, 2));
  story.starts();
  BOOST_TEST(story.delivery().done() == 0u);
  story.succeeds(0, {7});
  BOOST_TEST(story.delivery().done() == 1u);
  story.fails(1, FailureClass::unknown);
  BOOST_TEST(story.delivery().done() == 1u);
}

BOOST_AUTO_TEST_CASE(an_unknown_outcome_stops_all_sending_until_the_account_is_at_rest_and_read) {
  Story story(creations(3), {}, batches_of(1, 2));
  BOOST_TEST(story.starts() == "intent 0; send#0 0; intent 1; send#1 1");
  BOOST_TEST(story.fails(0, FailureClass::unknown) == "");
  BOOST_TEST(story.succeeds(1, {8}) == "accepted 1:8; read");
  BOOST_TEST(story.shows({seen(7, "1"), seen(8, "2")}) == "arrived 0:7=; arrived 1:8; intent 2; send#2 2");
  BOOST_TEST(story.succeeds(2, {9}) == "accepted 2:9; read");
  BOOST_TEST(story.shows({seen(7, "1"), seen(8, "2"), seen(9, "3")}) == "arrived 2:9; end");
  BOOST_TEST(story.results() == "0 arrived 7=; 1 arrived 8; 2 arrived 9");
}

BOOST_AUTO_TEST_CASE(an_answer_that_confirms_nothing_is_an_unknown_outcome) {
  for (const auto& ids : {std::vector<std::optional<std::int64_t>>{}, {7}, {7, 8, 9}}) {
    Story story(creations(2));
    story.starts();
    BOOST_TEST(story.succeeds(0, ids) == "read");
    BOOST_TEST(story.shows({seen(7, "1"), seen(8, "2")}) == "arrived 0:7=; arrived 1:8=; read");
  }
}

BOOST_AUTO_TEST_CASE(what_a_reading_does_not_show_is_waited_for_until_it_is_certain) {
  Story story(creations(1), {}, batches_of(1));
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::unknown) == "read");
  const auto first = story.now();
  for (const std::string pause :
       {"100", "200", "400", "800", "1000", "1000", "1000", "1000", "1000", "1000", "500"}) {
    BOOST_TEST(story.shows({}) == "pause " + pause);
    BOOST_TEST(story.elapses() == "read");
  }
  BOOST_TEST(story.now() == first + 8'000);
  BOOST_TEST(story.shows({}) == "missing 0; pause 250");
  BOOST_TEST(story.elapses() == "intent 0; send#1 0");
}

BOOST_AUTO_TEST_CASE(a_reading_that_came_late_counts_by_when_it_began) {
  Story story(creations(1));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows({}) == "pause 100");
  story.elapses();
  const auto began = story.now();
  story.time_passes(20'000);
  // Asked for early on, answered late: it may show the account as it was then.
  BOOST_TEST(story.shows_as_of(began, {}).starts_with("read"));
  BOOST_TEST(story.shows({}) == "missing 0; pause 250");
}

BOOST_AUTO_TEST_CASE(what_comes_to_be_seen_while_it_is_waited_for_is_not_sent_again) {
  Story story(creations(2));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows({seen(8, "2")}) == "arrived 1:8=; pause 100");
  BOOST_TEST(story.elapses() == "read");
  BOOST_TEST(story.shows({seen(7, "1"), seen(8, "2")}) == "arrived 0:7=; read");
  BOOST_TEST(story.shows({seen(7, "1"), seen(8, "2")}) == "end");
  BOOST_TEST(story.results() == "0 arrived 7=; 1 arrived 8=");
}

BOOST_AUTO_TEST_CASE(only_what_is_missing_is_sent_again) {
  Story story(creations(4), {}, batches_of(3, 1));
  BOOST_TEST(story.starts() == "intent 0 1 2; send#0 0 1 2");
  BOOST_TEST(story.fails(0, FailureClass::unknown) == "read");
  const Readings half = {seen(7, "2")};
  BOOST_TEST(story.shows(half) == "arrived 1:7=; pause 100");
  story.elapses();
  BOOST_TEST(story.shows_on_and_on(half) == "missing 0 2; pause 250");
  BOOST_TEST(story.elapses() == "intent 2; send#1 2");
  BOOST_TEST(story.succeeds(1, {9}) == "accepted 2:9; read");
  BOOST_TEST(story.shows({seen(7, "2"), seen(9, "3")}) == "arrived 2:9; intent 0; send#2 0");
  BOOST_TEST(story.succeeds(2, {8}) == "accepted 0:8; intent 3; send#3 3");
}

BOOST_AUTO_TEST_CASE(of_equal_ones_as_many_are_sent_again_as_are_missing) {
  Story story({create("1"), create("1"), create("1")}, with_present({{5, "1"}}));
  story.starts();
  story.fails(0, FailureClass::unknown);
  const Readings one_more = {seen(5, "1"), seen(7, "1")};
  BOOST_TEST(story.shows(one_more) == "arrived 0:7=; pause 100");
  story.elapses();
  BOOST_TEST(story.shows_on_and_on(one_more) == "missing 1 2; pause 250");
  BOOST_TEST(story.elapses() == "intent 2; send#1 2");
  story.succeeds(1, {8});
  BOOST_TEST(story.shows({seen(5, "1"), seen(7, "1"), seen(8, "1")}) == "arrived 2:8; intent 1; send#2 1");
}

BOOST_AUTO_TEST_CASE(a_reading_made_for_one_batch_finds_what_another_was_thought_to_have_lost) {
  Story story(creations(2), {}, batches_of(1, 2));
  story.starts();
  story.fails(0, FailureClass::unknown);
  story.fails(1, FailureClass::unknown);
  BOOST_TEST(story.shows_on_and_on({}) == "missing 0; missing 1; pause 250");
  BOOST_TEST(story.elapses() == "intent 1; send#2 1");
  BOOST_TEST(story.fails(2, FailureClass::unknown) == "read");
  BOOST_TEST(story.shows({seen(7, "1")}) == "arrived 0:7=; pause 100");
  story.elapses();
  BOOST_TEST(story.shows({seen(7, "1"), seen(8, "2")}) == "arrived 1:8=; read");
}

BOOST_AUTO_TEST_CASE(from_the_third_try_on_parts_are_sent_so_that_one_cannot_hold_back_the_others) {
  Story story(creations(4), {}, batches_of(4, 4));
  story.starts();
  story.fails(0, FailureClass::unknown);
  story.shows_on_and_on({});
  BOOST_TEST(story.elapses() == "intent 3; send#1 3");
  story.succeeds(1, {7});
  const Readings first = {seen(7, "4")};
  BOOST_TEST(story.shows(first) == "arrived 3:7; intent 0 1 2; send#2 0 1 2");
  story.fails(2, FailureClass::unknown);
  BOOST_TEST(story.shows_on_and_on(first) == "missing 0 1 2; pause 500");
  BOOST_TEST(story.elapses() == "intent 0; send#3 0; intent 1; send#4 1; intent 2; send#5 2");
}

BOOST_AUTO_TEST_CASE(what_is_lost_again_and_again_is_given_up) {
  Story story(creations(2), {}, with_retries(1, batches_of(1)));
  story.starts();
  story.succeeds(1, {8});
  story.fails(0, FailureClass::unknown);
  const Readings other = {seen(8, "2")};
  story.shows(other);
  story.elapses();
  BOOST_TEST(story.shows_on_and_on(other) == "missing 0; pause 250");
  story.elapses();
  story.fails(2, FailureClass::unknown);
  BOOST_TEST(story.shows_on_and_on(other) == "missing 0; read");
  BOOST_TEST(story.shows(other) == "end");
  BOOST_TEST(story.results() == "0 failed; 1 arrived 8");
  BOOST_TEST(story.reason(0) == "not there after 2 tries: outcome unknown");
  BOOST_TEST(story.ending() == "never shown: 0");
  BOOST_TEST(story.delivery().settled());
}

// Only a whole reading proves that something is not there.

BOOST_AUTO_TEST_CASE(nothing_is_sent_again_if_a_snapshot_is_missing_what_was_there) {
  Story story(creations(2), with_present({{5, "old"}, {6, "old"}}), batches_of(1, 1));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows_on_and_on({seen(6, "old")}) == "end");
  BOOST_TEST(story.results() == "0 open; 1 not tried");
  BOOST_TEST(story.ending() == "not whole: 5 not shown, 0 unseen");
  BOOST_TEST(!story.delivery().settled());
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_again_if_a_snapshot_is_missing_what_was_seen_before) {
  Story story(creations(2));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows({seen(7, "1")}) == "arrived 0:7=; pause 100");
  story.elapses();
  BOOST_TEST(story.shows_on_and_on({}) == "end");
  BOOST_TEST(story.ending() == "not whole: 7 not shown, 0 unseen");
  BOOST_TEST(story.results() == "0 arrived 7=; 1 open");
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_again_if_a_snapshot_is_missing_what_was_confirmed) {
  Story story(creations(2), {}, batches_of(1, 2));
  story.starts();
  story.succeeds(0, {7});
  BOOST_TEST(story.fails(1, FailureClass::unknown) == "read");
  BOOST_TEST(story.shows_on_and_on({}) == "end");
  BOOST_TEST(story.ending() == "not whole:  not shown, 1 unseen");
  BOOST_TEST(story.results() == "0 open; 1 open");
}

BOOST_AUTO_TEST_CASE(a_short_reading_is_waited_out_where_it_becomes_whole) {
  Story story(creations(1), with_present({{5, "old"}}));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows({}) == "pause 100");
  story.elapses();
  BOOST_TEST(story.shows_on_and_on({seen(5, "old")}) == "missing 0; pause 250");
}

BOOST_AUTO_TEST_CASE(where_nothing_is_missing_a_reading_need_not_be_whole) {
  Story story(creations(2), with_present({{5, "old"}}), batches_of(1, 1));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows({seen(7, "1")}) == "arrived 0:7=; intent 1; send#1 1");
}

BOOST_AUTO_TEST_CASE(what_the_server_confirms_and_never_shows_is_open_and_the_run_not_whole) {
  Story story(creations(2));
  story.starts();
  BOOST_TEST(story.succeeds(0, {7, 8}) == "accepted 0:7 1:8; read");
  BOOST_TEST(story.shows({seen(8, "2")}) == "arrived 1:8; pause 100");
  story.elapses();
  BOOST_TEST(story.shows_on_and_on({seen(8, "2")}) == "end");
  BOOST_TEST(story.results() == "0 open; 1 arrived 8");
  BOOST_TEST(story.reason(0) == "the server accepted it, but does not show it");
  BOOST_TEST(story.ending() == "not whole:  not shown, 1 unseen");
  BOOST_TEST(!story.delivery().settled());
}

BOOST_AUTO_TEST_CASE(what_the_server_confirms_may_be_seen_late) {
  Story story(creations(1));
  story.starts();
  story.succeeds(0, {7});
  BOOST_TEST(story.shows({}) == "pause 100");
  story.elapses();
  BOOST_TEST(story.shows({seen(7, "1")}) == "arrived 0:7; end");
}

BOOST_AUTO_TEST_CASE(an_arrival_that_another_client_deleted_is_reported) {
  Story story(creations(2), {}, batches_of(1, 1));
  story.starts();
  story.fails(0, FailureClass::unknown);
  story.shows({seen(7, "1")});
  story.succeeds(1, {8});
  BOOST_TEST(story.shows({seen(8, "2")}) == "arrived 1:8; pause 100");
  story.elapses();
  BOOST_TEST(story.shows_on_and_on({seen(8, "2")}) == "end");
  BOOST_TEST(story.results() == "0 failed; 1 arrived 8");
  BOOST_TEST(story.reason(0) ==
             "it arrived with id 7, but it is no longer there: was it deleted by someone?");
}

BOOST_AUTO_TEST_CASE(an_account_that_cannot_be_read_ends_the_run_with_all_that_is_open) {
  Story story(creations(2), {}, batches_of(1, 1));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.cannot_be_read() == "end");
  BOOST_TEST(story.ending() == "unreadable");
  BOOST_TEST(story.results() == "0 open; 1 not tried");
  BOOST_TEST(story.reason(0) == "sent; unknown whether it arrived");
  BOOST_TEST(!story.delivery().settled());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_verified_is_open_although_it_was_confirmed) {
  Story story(creations(1));
  story.starts();
  story.succeeds(0, {7});
  BOOST_TEST(story.cannot_be_read() == "end");
  BOOST_TEST(story.results() == "0 open");
}

BOOST_AUTO_TEST_CASE(a_run_that_ends_for_another_reason_calls_nothing_missing_on_a_short_reading_either) {
  Story story(creations(2), with_present({{5, "old"}}), batches_of(1, 2));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.fails(1, FailureClass::key_refused) == "missing 1; read");
  BOOST_TEST(story.shows_on_and_on({}) == "read");
  BOOST_TEST(story.shows_on_and_on({}) == "end");
  BOOST_TEST(story.results() == "0 open; 1 failed");
  BOOST_TEST(story.ending() == "server: key refused");
  BOOST_TEST(!story.delivery().settled());
}

BOOST_AUTO_TEST_SUITE_END()
