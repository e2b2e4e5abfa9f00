#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "support/rooms.hpp"
#include "unit/delivery/delivery_story.hpp"

using hookferry::DeliveryOptions;
using hookferry::FailureClass;
using hookferry::Milliseconds;
using hookferry::Operation;
using hookferry::SnapshotEntry;
using hookferry::test::create;
using hookferry::test::creations;
using hookferry::test::seen;
using hookferry::test::Story;
using hookferry::test::update;
using hookferry::test::with_present;

namespace {

DeliveryOptions options_of(std::size_t batch_size, std::size_t concurrency, std::size_t retries = 5) {
  DeliveryOptions out;
  out.batch_size = batch_size;
  out.concurrency = concurrency;
  out.retries = retries;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery_failures)

// Refused: somebody in the batch is the culprit, and part of it may have been applied all the same.

BOOST_AUTO_TEST_CASE(a_refused_batch_is_read_back_and_then_split_until_the_offending_webhook_is_alone) {
  Story story(creations(3));
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::refused) == "read");
  const std::vector<SnapshotEntry> part = {seen(7, "1")};
  BOOST_TEST(story.shows(part) == "arrived 0:7=; pause 100");
  story.elapses();
  BOOST_TEST(story.shows_on_and_on(part) == "missing 1 2; intent 1; send#1 1");
  BOOST_TEST(story.fails(1, FailureClass::refused) == "missing 1; intent 2; send#2 2");
  BOOST_TEST(story.succeeds(2, {9}) == "accepted 2:9; read");
  BOOST_TEST(story.shows({seen(7, "1"), seen(9, "3")}) == "arrived 2:9; end");
  BOOST_TEST(story.results() == "0 arrived 7=; 1 refused; 2 arrived 9");
  BOOST_TEST(story.reason(1) == "rejected: refused");
  BOOST_TEST(story.ending() == "");
  BOOST_TEST(story.delivery().settled());
}

BOOST_AUTO_TEST_CASE(what_a_reading_for_another_batch_finds_is_not_sent_when_its_own_turn_comes) {
  Story story(creations(2), {}, options_of(1, 2));
  story.starts();
  story.fails(0, FailureClass::slow_down, Milliseconds(7'000));
  story.fails(1, FailureClass::unknown);
  const std::vector<SnapshotEntry> late = {seen(7, "1")};
  std::string asked = story.shows_on_and_on(late);
  while (asked.find("send#") == std::string::npos) {
    asked = story.elapses();
    if (asked == "read") asked = story.shows_on_and_on(late);
  }
  BOOST_TEST(asked == "intent 1; send#2 1");
  BOOST_TEST(story.succeeds(2, {9}) == "accepted 1:9; read");
  const std::vector<SnapshotEntry> both = {seen(7, "1"), seen(9, "2")};
  BOOST_TEST(story.shows(both) == "arrived 1:9; read");
  BOOST_TEST(story.shows(both) == "end");
  BOOST_TEST(story.results() == "0 arrived 7=; 1 arrived 9");
}

BOOST_AUTO_TEST_CASE(what_a_reading_for_another_batch_finds_changed_is_not_written_over_when_its_turn_comes) {
  Story story({create("1"), update(9, "old", "2")}, with_present({{9, "old"}}), options_of(1, 1));
  story.starts();
  story.fails(0, FailureClass::unknown);
  const std::vector<SnapshotEntry> changed = {seen(7, "1"), seen(9, "new")};
  BOOST_TEST(story.shows_on_and_on(changed) == "arrived 0:7=; read");
  BOOST_TEST(story.shows_on_and_on(changed) == "end");
  BOOST_TEST(story.results() == "0 arrived 7=; 1 failed");
  BOOST_TEST(story.reason(1) == "another client has changed it since the plan was made; left unchanged");
}

BOOST_AUTO_TEST_CASE(a_large_refused_batch_is_cut_in_about_as_many_parts_as_each_is_long) {
  Story story(creations(16), {}, options_of(16, 2));
  story.starts();
  story.fails(0, FailureClass::refused);
  BOOST_TEST(story.shows_on_and_on({}) ==
             "missing 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; intent 3; send#1 3");
  story.succeeds(1, {50});
  BOOST_TEST(story.shows({seen(50, "4")}) ==
             "arrived 3:50; intent 0 1 2; send#2 0 1 2; intent 4 5 6 7; send#3 4 5 6 7");
}

BOOST_AUTO_TEST_CASE(a_single_webhook_that_is_refused_needs_no_reading) {
  Story story(creations(2), {}, options_of(1, 1));
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::refused) == "missing 0; intent 1; send#1 1");
}

BOOST_AUTO_TEST_CASE(a_refused_batch_holds_nothing_up_and_all_refused_ones_are_settled_by_one_reading) {
  Story story(creations(6), {}, options_of(2, 1));
  BOOST_TEST(story.starts() == "intent 0 1; send#0 0 1");
  BOOST_TEST(story.fails(0, FailureClass::refused) == "intent 2 3; send#1 2 3");
  BOOST_TEST(story.fails(1, FailureClass::refused) == "intent 4 5; send#2 4 5");
  BOOST_TEST(story.succeeds(2, {8, 9}) == "accepted 4:8 5:9; read");
  const std::vector<SnapshotEntry> others = {seen(8, "5"), seen(9, "6")};
  BOOST_TEST(story.shows(others) == "arrived 4:8; arrived 5:9; pause 100");
  story.elapses();
  const auto text = story.shows_on_and_on(others);
  BOOST_TEST(text == "missing 0 1; missing 2 3; intent 2; send#3 2");
}

BOOST_AUTO_TEST_CASE(a_refusal_beside_an_unknown_outcome_waits_for_the_reading_too) {
  Story story(creations(6), {}, options_of(2, 2));
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::unknown) == "");
  BOOST_TEST(story.fails(1, FailureClass::refused) == "read");
}

// Too large.

BOOST_AUTO_TEST_CASE(what_is_too_large_is_halved_and_all_later_batches_are_no_larger) {
  Story story(creations(8), {}, options_of(4, 1));
  BOOST_TEST(story.starts() == "intent 0 1 2 3; send#0 0 1 2 3");
  BOOST_TEST(story.fails(0, FailureClass::too_large) == "missing 0 1 2 3; intent 0 1; send#1 0 1");
  BOOST_TEST(story.succeeds(1, {11, 12}) == "accepted 0:11 1:12; intent 2 3; send#2 2 3");
  BOOST_TEST(story.succeeds(2, {13, 14}) == "accepted 2:13 3:14; intent 4 5; send#3 4 5");
  BOOST_TEST(story.fails(3, FailureClass::too_large) == "missing 4 5; intent 4; send#4 4");
  BOOST_TEST(story.succeeds(4, {15}) == "accepted 4:15; intent 5; send#5 5");
  BOOST_TEST(story.succeeds(5, {16}) == "accepted 5:16; intent 6; send#6 6");
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_too_large_alone_is_refused) {
  Story story(creations(2), {}, options_of(1, 1));
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::too_large) == "missing 0; intent 1; send#1 1");
  story.succeeds(1, {8});
  story.shows({seen(8, "2")});
  BOOST_TEST(story.results() == "0 refused; 1 arrived 8");
  BOOST_TEST(story.reason(0) == "the server finds this webhook too large (too large)");
}

// Not sent, slow down.

BOOST_AUTO_TEST_CASE(what_was_not_sent_is_tried_again_after_pauses_that_double) {
  for (const auto failure : {FailureClass::not_sent, FailureClass::slow_down}) {
    Story story(creations(1));
    story.starts();
    for (std::size_t attempt = 0; attempt < 5; ++attempt) {
      BOOST_TEST(story.fails(attempt, failure) == "missing 0; pause " + std::to_string(250 << attempt));
      const auto again = std::to_string(attempt + 1);
      BOOST_TEST(story.elapses() == "intent 0; send#" + again + " 0");
    }
    BOOST_TEST(story.succeeds(5, {7}) == "accepted 0:7; read");
    BOOST_TEST(story.shows({seen(7, "1")}) == "arrived 0:7; end");
  }
}

BOOST_AUTO_TEST_CASE(a_pause_that_the_server_asks_for_holds_for_all_batches) {
  Story story(creations(3), {}, options_of(1, 2));
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::slow_down, Milliseconds(7'000)) == "missing 0; pause 7000");
  BOOST_TEST(story.succeeds(1, {8}) == "accepted 1:8; pause 7000");
  BOOST_TEST(story.elapses() == "intent 0; send#2 0; intent 2; send#3 2");
}

BOOST_AUTO_TEST_CASE(a_pause_is_not_cut_short_by_another_failure_that_asks_for_less) {
  Story story(creations(2), {}, options_of(1, 2));
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::slow_down, Milliseconds(7'000)) == "missing 0; pause 7000");
  BOOST_TEST(story.fails(1, FailureClass::not_sent) == "missing 1; pause 7000");
}

BOOST_AUTO_TEST_CASE(what_could_never_be_sent_ends_the_run_as_known_not_to_have_arrived) {
  Story story(creations(2), {}, options_of(1, 1, 1));
  story.starts();
  story.fails(0, FailureClass::not_sent);
  story.elapses();
  BOOST_TEST(story.fails(1, FailureClass::not_sent) == "missing 0; read");
  BOOST_TEST(story.shows({}) == "end");
  BOOST_TEST(story.ending() == "server: not sent");
  BOOST_TEST(story.results() == "0 failed; 1 not tried");
  BOOST_TEST(story.reason(0) == "not applied: not sent");
  BOOST_TEST(story.delivery().settled());
}

BOOST_AUTO_TEST_CASE(a_run_as_a_whole_may_retry_twenty_times_as_often_as_a_request) {
  Story story(creations(22), {}, options_of(1, 22, 1));
  story.starts();
  for (std::size_t ticket = 0; ticket < 20; ++ticket) story.fails(ticket, FailureClass::not_sent);
  BOOST_TEST(story.ending() == "");
  story.fails(20, FailureClass::not_sent);
  BOOST_TEST(story.ending() == "server: not sent");
  BOOST_TEST(story.succeeds(21, {7}) == "accepted 21:7; read");
}

BOOST_AUTO_TEST_CASE(every_success_gives_a_run_one_retry_back) {
  Story story(creations(23), {}, options_of(1, 23, 1));
  story.starts();
  for (std::size_t ticket = 0; ticket < 20; ++ticket) story.fails(ticket, FailureClass::not_sent);
  story.succeeds(20, {7});
  story.fails(21, FailureClass::not_sent);
  BOOST_TEST(story.ending() == "");
  story.fails(22, FailureClass::not_sent);
  BOOST_TEST(story.ending() == "server: not sent");
}

BOOST_AUTO_TEST_CASE(unknown_outcomes_use_up_the_retries_of_the_run_too) {
  Story story(creations(21), {}, options_of(1, 21, 1));
  story.starts();
  for (std::size_t ticket = 0; ticket < 20; ++ticket)
    BOOST_TEST(story.fails(ticket, FailureClass::unknown) == "");
  BOOST_TEST(story.fails(20, FailureClass::unknown) == "read");
  const auto text = story.shows_on_and_on({});
  BOOST_TEST(story.ending() == "server: outcome unknown");
  BOOST_TEST(text.ends_with("missing 20; read"), text);
}

// What ends the run.

BOOST_AUTO_TEST_CASE(a_refused_key_ends_the_run_at_once_and_what_is_under_way_is_waited_for) {
  for (const auto failure : {FailureClass::key_refused, FailureClass::not_this_api}) {
    Story story(creations(3), {}, options_of(1, 2));
    story.starts();
    BOOST_TEST(story.fails(0, failure) == "missing 0");
    BOOST_TEST(story.succeeds(1, {8}) == "accepted 1:8; read");
    BOOST_TEST(story.shows({seen(8, "2")}) == "arrived 1:8; end");
    BOOST_TEST(story.results() == "0 failed; 1 arrived 8; 2 not tried");
    BOOST_TEST(story.ending() ==
               (failure == FailureClass::key_refused ? "server: key refused" : "server: not this API"));
    BOOST_TEST(story.delivery().settled());
  }
}

BOOST_AUTO_TEST_CASE(what_is_open_when_the_run_ends_is_settled_and_not_sent_again) {
  Story story(creations(3), {}, options_of(1, 2));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.fails(1, FailureClass::key_refused) == "missing 1; read");
  BOOST_TEST(story.shows_on_and_on({}) == "missing 0; read");
  BOOST_TEST(story.shows({}) == "end");
  BOOST_TEST(story.results() == "0 failed; 1 failed; 2 not tried");
  BOOST_TEST(story.reason(0) == "not applied: outcome unknown");
}

BOOST_AUTO_TEST_CASE(the_first_of_two_reasons_to_end_is_reported) {
  Story story(creations(2), {}, options_of(1, 2));
  story.starts();
  story.fails(0, FailureClass::key_refused);
  story.fails(1, FailureClass::not_this_api);
  BOOST_TEST(story.ending() == "server: key refused");
}

BOOST_AUTO_TEST_CASE(a_redirect_may_have_been_carried_out_so_it_is_settled_before_the_run_ends) {
  Story lost(creations(2), {}, options_of(1, 1));
  lost.starts();
  BOOST_TEST(lost.is_redirected(0) == "read");
  BOOST_TEST(lost.shows_on_and_on({}) == "missing 0; read");
  BOOST_TEST(lost.shows({}) == "end");
  BOOST_TEST(lost.results() == "0 failed; 1 not tried");
  BOOST_TEST(lost.ending() == "server: not this API");
  Story applied(creations(2), {}, options_of(1, 1));
  applied.starts();
  applied.is_redirected(0);
  BOOST_TEST(applied.shows({seen(7, "1")}) == "arrived 0:7=; read");
  BOOST_TEST(applied.shows({seen(7, "1")}) == "end");
  BOOST_TEST(applied.results() == "0 arrived 7=; 1 not tried");
  BOOST_TEST(applied.ending() == "server: not this API");
}

BOOST_AUTO_TEST_CASE(after_an_interrupt_nothing_new_is_sent_and_what_is_under_way_is_settled) {
  Story story(creations(4), {}, options_of(1, 2));
  story.starts();
  BOOST_TEST(story.is_interrupted() == "");
  BOOST_TEST(story.succeeds(0, {7}) == "accepted 0:7");
  BOOST_TEST(story.fails(1, FailureClass::interrupted) == "read");
  const std::vector<SnapshotEntry> one = {seen(7, "1")};
  BOOST_TEST(story.shows(one) == "arrived 0:7; pause 100");
  story.elapses();
  BOOST_TEST(story.shows_on_and_on(one) == "missing 1; read");
  BOOST_TEST(story.shows(one) == "end");
  BOOST_TEST(story.results() == "0 arrived 7; 1 not tried; 2 not tried; 3 not tried");
  BOOST_TEST(story.delivery().interrupted());
  BOOST_TEST(story.delivery().settled());
  BOOST_TEST(story.ending() == "");
}

BOOST_AUTO_TEST_CASE(an_interrupt_while_it_pauses_ends_the_pause) {
  Story story(creations(1));
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::not_sent) == "missing 0; pause 250");
  BOOST_TEST(story.is_interrupted() == "read");
  BOOST_TEST(story.shows({}) == "end");
  BOOST_TEST(story.results() == "0 not tried");
}

BOOST_AUTO_TEST_CASE(an_interrupt_while_it_waits_for_a_reading_does_not_cut_the_wait_short) {
  Story story(creations(1));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows({}) == "pause 100");
  BOOST_TEST(story.is_interrupted() == "pause 100");
  story.elapses();
  BOOST_TEST(story.shows_on_and_on({}) == "missing 0; read");
}

BOOST_AUTO_TEST_CASE(an_interrupt_before_anything_was_sent_leaves_nothing_to_be_done) {
  Story story(creations(1));
  BOOST_TEST(story.is_interrupted() == "end");
  BOOST_TEST(story.results() == "0 not tried");
  BOOST_TEST(story.delivery().settled());
}

BOOST_AUTO_TEST_CASE(without_a_ledger_no_new_batch_is_sent_and_what_is_open_is_settled) {
  Story story(creations(4), {}, options_of(1, 2));
  BOOST_TEST(story.starts() == "intent 0; send#0 0; intent 1; send#1 1");
  // The second intent could not be written, so its batch was not sent.
  BOOST_TEST(story.loses_its_ledger() == "");
  BOOST_TEST(story.fails(1, FailureClass::not_sent) == "missing 1");
  BOOST_TEST(story.fails(0, FailureClass::unknown) == "read");
  BOOST_TEST(story.shows({seen(7, "1")}) == "arrived 0:7=; read");
  BOOST_TEST(story.shows({seen(7, "1")}) == "end");
  BOOST_TEST(story.results() == "0 arrived 7=; 1 failed; 2 not tried; 3 not tried");
  BOOST_TEST(story.ending() == "ledger");
  BOOST_TEST(story.delivery().settled());
}

BOOST_AUTO_TEST_SUITE_END()
