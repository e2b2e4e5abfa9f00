#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "support/rooms.hpp"
#include "unit/delivery/delivery_story.hpp"

using hookferry::AccountBefore;
using hookferry::DeliveryOptions;
using hookferry::FailureClass;
using hookferry::Milliseconds;
using hookferry::test::create;
using hookferry::test::modified_after_creation;
using hookferry::test::removal;
using hookferry::test::seen;
using hookferry::test::Story;

namespace {

AccountBefore with_present(const std::vector<std::int64_t>& ids) {
  AccountBefore out;
  out.began = hookferry::test::story_begins;
  for (const auto id : ids) out.present[id] = hookferry::sha256("old");
  return out;
}

DeliveryOptions options_of(std::size_t concurrency, std::size_t retries = 5) {
  DeliveryOptions out;
  out.concurrency = concurrency;
  out.retries = retries;
  return out;
}

DeliveryOptions last_of_all() {
  DeliveryOptions out;
  out.deletions_last_of_all = true;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery_removals)

BOOST_AUTO_TEST_CASE(what_is_deleted_is_seen_to_be_gone) {
  Story story({removal(8), removal(9)}, with_present({5, 8, 9}));
  BOOST_TEST(story.starts() == "intent 0; delete#0 8; intent 1; delete#1 9");
  BOOST_TEST(story.succeeds(0) == "");
  BOOST_TEST(story.succeeds(1) == "read");
  BOOST_TEST(story.shows({seen(5, "old")}) == "removed 0; removed 1; end");
  BOOST_TEST(story.results() == "0 removed; 1 removed");
  BOOST_TEST(story.delivery().settled());
  BOOST_TEST(story.findings() == "");
}

BOOST_AUTO_TEST_CASE(no_more_deletions_are_under_way_at_a_time_than_are_allowed) {
  Story story({removal(7), removal(8), removal(9)}, with_present({7, 8, 9}), options_of(2));
  BOOST_TEST(story.starts() == "intent 0; delete#0 7; intent 1; delete#1 8");
  BOOST_TEST(story.succeeds(1) == "intent 2; delete#2 9");
}

BOOST_AUTO_TEST_CASE(what_is_still_shown_for_a_while_is_waited_for) {
  Story story({removal(9)}, with_present({9}));
  story.starts();
  story.succeeds(0);
  BOOST_TEST(story.shows({seen(9, "old")}) == "pause 100");
  BOOST_TEST(story.elapses() == "read");
  BOOST_TEST(story.shows({}) == "removed 0; end");
}

BOOST_AUTO_TEST_CASE(what_the_server_says_to_have_deleted_and_still_shows_has_failed) {
  Story story({removal(9)}, with_present({9}));
  story.starts();
  story.succeeds(0);
  BOOST_TEST(story.shows_on_and_on({seen(9, "old")}) == "missing 0; end");
  BOOST_TEST(story.results() == "0 failed");
  BOOST_TEST(story.reason(0) == "the server confirmed it, but still shows the webhook");
  BOOST_TEST(story.delivery().settled());
}

BOOST_AUTO_TEST_CASE(a_deletion_that_was_lost_is_tried_again_for_it_may_safely_be_repeated) {
  for (const auto failure : {FailureClass::unknown, FailureClass::not_sent, FailureClass::slow_down}) {
    Story story({removal(9)}, with_present({9}));
    story.starts();
    BOOST_TEST(story.fails(0, failure) == "pause 250");
    BOOST_TEST(story.elapses() == "read");
    BOOST_TEST(story.shows({seen(9, "old")}) == "intent 0; delete#1 9");
    BOOST_TEST(story.succeeds(1) == "read");  // also where it was gone already
    BOOST_TEST(story.shows({}) == "removed 0; end");
  }
}

BOOST_AUTO_TEST_CASE(a_deletion_waits_as_long_as_the_server_asks) {
  Story story({removal(8), removal(9)}, with_present({8, 9}), options_of(1));
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::slow_down, Milliseconds(7'000)) == "pause 7000");
  BOOST_TEST(story.elapses() == "read");
  BOOST_TEST(story.shows({seen(8, "old"), seen(9, "old")}) == "intent 1; delete#1 9");
}

BOOST_AUTO_TEST_CASE(a_deletion_that_fails_again_and_again_is_given_up_and_the_reading_tells) {
  const auto gives_up = [](Story& story) {
    story.starts();
    for (std::size_t attempt = 0; attempt < 2; ++attempt) {
      story.fails(attempt, FailureClass::unknown);
      story.elapses();
      story.shows({seen(9, "old")});
    }
    BOOST_TEST(story.fails(2, FailureClass::unknown) == "read");
  };
  Story there({removal(9)}, with_present({9}), options_of(4, 2));
  gives_up(there);
  // It may yet be carried out, until it is certain.
  BOOST_TEST(there.shows({seen(9, "old")}) == "pause 100");
  there.elapses();
  BOOST_TEST(there.shows_on_and_on({seen(9, "old")}) == "missing 0; end");
  BOOST_TEST(there.results() == "0 failed");
  BOOST_TEST(there.reason(0) == "still there after 3 tries: outcome unknown");
  Story gone({removal(9)}, with_present({9}), options_of(4, 2));
  gives_up(gone);
  BOOST_TEST(gone.shows_on_and_on({}) == "removed 0; end");
  BOOST_TEST(gone.results() == "0 removed");
}

BOOST_AUTO_TEST_CASE(a_deletion_that_is_refused_is_not_repeated) {
  for (const auto failure : {FailureClass::refused, FailureClass::too_large}) {
    Story story({removal(8), removal(9)}, with_present({8, 9}), options_of(1));
    story.starts();
    BOOST_TEST(story.fails(0, failure) == "intent 1; delete#1 9");
    BOOST_TEST(story.succeeds(1) == "read");
    BOOST_TEST(story.shows({seen(8, "old")}) == "missing 0; removed 1; end");
    BOOST_TEST(story.results() == "0 failed; 1 removed");
    BOOST_TEST(story.reason(0) == (failure == FailureClass::refused ? "refused" : "too large"));
  }
}

BOOST_AUTO_TEST_CASE(only_a_whole_reading_proves_that_something_was_deleted) {
  Story story({removal(9)}, with_present({5, 9}));
  story.starts();
  story.succeeds(0);
  BOOST_TEST(story.shows({}) == "pause 100");
  story.elapses();
  BOOST_TEST(story.shows_on_and_on({}) == "end");
  BOOST_TEST(story.results() == "0 open");
  BOOST_TEST(story.reason(0) == "unknown whether it was deleted");
  BOOST_TEST(story.ending() == "not whole: 5 not shown, 0 unseen");
  BOOST_TEST(!story.delivery().settled());
}

BOOST_AUTO_TEST_CASE(a_reading_that_becomes_whole_proves_it) {
  Story story({removal(9)}, with_present({5, 9}));
  story.starts();
  story.succeeds(0);
  BOOST_TEST(story.shows({}) == "pause 100");
  story.elapses();
  BOOST_TEST(story.shows({seen(5, "old")}) == "removed 0; end");
}

BOOST_AUTO_TEST_CASE(where_it_cannot_be_read_it_is_open_whether_anything_was_deleted) {
  Story story({removal(9)}, with_present({9}));
  story.starts();
  story.succeeds(0);
  BOOST_TEST(story.cannot_be_read() == "end");
  BOOST_TEST(story.results() == "0 open");
  BOOST_TEST(story.ending() == "unreadable");
  BOOST_TEST(!story.delivery().settled());
}

BOOST_AUTO_TEST_CASE(a_refused_key_ends_the_deleting) {
  Story story({removal(8), removal(9)}, with_present({8, 9}), options_of(1));
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::key_refused) == "read");
  BOOST_TEST(story.shows({seen(8, "old"), seen(9, "old")}) == "missing 0; end");
  BOOST_TEST(story.results() == "0 failed; 1 not tried");
  BOOST_TEST(story.reason(0) == "key refused");
  BOOST_TEST(story.ending() == "server while deleting: key refused");
}

BOOST_AUTO_TEST_CASE(a_redirected_deletion_may_have_been_carried_out) {
  Story story({removal(9)}, with_present({9}));
  story.starts();
  BOOST_TEST(story.is_redirected(0) == "read");
  BOOST_TEST(story.shows({seen(9, "old")}) == "pause 100");
  story.elapses();
  BOOST_TEST(story.shows_on_and_on({}) == "removed 0; end");
  BOOST_TEST(story.ending() == "server while deleting: not this API");
}

BOOST_AUTO_TEST_CASE(an_interrupt_stops_the_deleting_and_settles_what_is_under_way) {
  Story story({removal(8), removal(9)}, with_present({8, 9}), options_of(1));
  story.starts();
  BOOST_TEST(story.is_interrupted() == "");
  BOOST_TEST(story.succeeds(0) == "read");
  BOOST_TEST(story.shows({seen(9, "old")}) == "removed 0; end");
  BOOST_TEST(story.results() == "0 removed; 1 not tried");
}

BOOST_AUTO_TEST_CASE(a_deletion_that_an_interrupt_cut_off_says_why_it_is_not_done) {
  Story story({removal(9)}, with_present({9}));
  story.starts();
  BOOST_TEST(story.is_interrupted() == "");
  BOOST_TEST(story.fails(0, FailureClass::interrupted) == "read");
  BOOST_TEST(story.shows_on_and_on({seen(9, "old")}) == "missing 0; end");
  BOOST_TEST(story.results() == "0 failed");
  BOOST_TEST(story.reason(0) == "still there after 1 try: interrupted");
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_the_pause_before_a_deletion_is_tried_again) {
  Story story({removal(9)}, with_present({9}));
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::unknown) == "pause 250");
  BOOST_TEST(story.is_interrupted() == "read");
  BOOST_TEST(story.shows({seen(9, "old")}) == "pause 100");  // it may yet be carried out
  story.elapses();
  BOOST_TEST(story.shows_on_and_on({seen(9, "old")}) == "missing 0; end");
  BOOST_TEST(story.results() == "0 failed");
}

BOOST_AUTO_TEST_CASE(without_a_ledger_nothing_more_is_deleted) {
  Story story({removal(8), removal(9)}, with_present({8, 9}), options_of(1));
  story.starts();
  BOOST_TEST(story.loses_its_ledger() == "");
  BOOST_TEST(story.succeeds(0) == "read");
  BOOST_TEST(story.shows({seen(9, "old")}) == "removed 0; end");
  BOOST_TEST(story.results() == "0 removed; 1 not tried");
  BOOST_TEST(story.ending() == "ledger");
}

// Beside other operations.

BOOST_AUTO_TEST_CASE(deletions_come_after_everything_else_was_verified) {
  for (const auto& options : {DeliveryOptions{}, last_of_all()}) {
    Story story({removal(9), create("1")}, with_present({9}), options);
    BOOST_TEST(story.starts() == "intent 1; send#0 1");
    BOOST_TEST(story.succeeds(0, {50}) == "accepted 1:50; read");
    BOOST_TEST(story.shows({seen(9, "old"), seen(50, "1")}) == "arrived 1:50; intent 0; delete#1 9");
    BOOST_TEST(story.succeeds(1) == "read");
    BOOST_TEST(story.shows({seen(50, "1")}) == "removed 0; end");
    BOOST_TEST(story.results() == "0 removed; 1 arrived 50");
    BOOST_TEST(story.findings() == "");
  }
}

BOOST_AUTO_TEST_CASE(deletions_last_of_all_wait_for_everything_else_to_be_as_it_was_meant) {
  const auto refused = [](Story& story) {
    story.starts();
    story.fails(0, FailureClass::refused);
    return story.shows({seen(9, "old")});
  };
  Story strict({removal(9), create("1")}, with_present({9}), last_of_all());
  BOOST_TEST(refused(strict) == "end");
  BOOST_TEST(strict.results() == "0 not tried; 1 refused");
  BOOST_TEST(strict.reason(0) == "not tried: not everything else arrived as planned");
  Story free({removal(9), create("1")}, with_present({9}));
  BOOST_TEST(refused(free) == "intent 0; delete#1 9");
}

BOOST_AUTO_TEST_CASE(ambiguous_webhooks_and_those_another_client_changed_are_not_done) {
  Story ambiguous({removal(9), create("1")}, with_present({9}), last_of_all());
  ambiguous.starts();
  ambiguous.succeeds(0, {std::nullopt});
  BOOST_TEST(ambiguous.shows_on_and_on({seen(9, "old"), seen(50, "x")}) == "unclear 1:50; end");
  BOOST_TEST(ambiguous.results() == "0 not tried; 1 unclear 50");
  Story changed({removal(9), create("1")}, with_present({9}), last_of_all());
  changed.starts();
  changed.succeeds(0, {50});
  BOOST_TEST(changed.shows({seen(9, "old"), modified_after_creation(seen(50, "x"))}) ==
             "arrived 1:50!~; end");
  BOOST_TEST(changed.results() == "0 not tried; 1 arrived 50!~");
}

BOOST_AUTO_TEST_CASE(a_run_that_ended_or_was_interrupted_deletes_nothing) {
  Story ended({removal(9), create("1")}, with_present({9}));
  ended.starts();
  ended.fails(0, FailureClass::key_refused);
  BOOST_TEST(ended.shows({seen(9, "old")}) == "end");
  BOOST_TEST(ended.reason(0) == "not tried: the run ended before its turn");
  Story interrupted({removal(9), create("1")}, with_present({9}));
  interrupted.starts();
  interrupted.is_interrupted();
  interrupted.succeeds(0, {50});
  BOOST_TEST(interrupted.shows({seen(9, "old"), seen(50, "1")}) == "arrived 1:50; end");
  BOOST_TEST(interrupted.reason(0) == "not tried: interrupted");
  BOOST_TEST(interrupted.results() == "0 not tried; 1 arrived 50");
}

BOOST_AUTO_TEST_CASE(deletions_last_of_all_wait_for_what_the_server_altered_and_for_surprises) {
  auto lacking = seen(50, "x");
  lacking.missing_content_of = {hookferry::sha256("1")};
  Story altered({removal(9), create("1")}, with_present({9}), last_of_all());
  altered.starts();
  altered.succeeds(0, {50});
  BOOST_TEST(altered.shows({seen(9, "old"), lacking}) == "arrived 1:50~; end");
  BOOST_TEST(altered.reason(0) == "not tried: not everything else arrived as planned");
  Story added_to({removal(9), create("1")}, with_present({9}), last_of_all());
  added_to.starts();
  added_to.succeeds(0, {50});
  BOOST_TEST(added_to.shows({seen(9, "old"), seen(50, "x")}) == "arrived 1:50~; intent 0; delete#1 9");
  Story doubled({removal(9), create("1")}, with_present({9}), last_of_all());
  doubled.starts();
  doubled.succeeds(0, {50});
  BOOST_TEST(doubled.shows({seen(9, "old"), seen(50, "1"), seen(51, "1")}) == "arrived 1:50; end");
  BOOST_TEST(doubled.findings() == "copy 51");
}

BOOST_AUTO_TEST_CASE(what_another_client_changed_meanwhile_is_not_deleted) {
  auto planned = removal(9);
  planned.content = hookferry::sha256("old");
  for (const auto& options : {DeliveryOptions{}, last_of_all()}) {
    Story story({planned, create("1")}, with_present({9}), options);
    story.starts();
    story.succeeds(0, {50});
    BOOST_TEST(story.shows({seen(9, "new"), seen(50, "1")}) == "arrived 1:50; end");
    BOOST_TEST(story.results() == "0 failed; 1 arrived 50");
    BOOST_TEST(story.reason(0) == "another client has changed it since the plan was made; left unchanged");
  }
}

BOOST_AUTO_TEST_CASE(what_was_written_before_must_be_shown_when_the_deletions_are_proven) {
  Story story({removal(9), create("1")}, with_present({9}));
  story.starts();
  story.succeeds(0, {50});
  story.shows({seen(9, "old"), seen(50, "1")});
  story.succeeds(1);
  BOOST_TEST(story.shows_on_and_on({}) == "end");
  BOOST_TEST(story.results() == "0 open; 1 arrived 50");
  BOOST_TEST(story.ending() == "not whole: 50 not shown, 0 unseen");
}

BOOST_AUTO_TEST_SUITE_END()
