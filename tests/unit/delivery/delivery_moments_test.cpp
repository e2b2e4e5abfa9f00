// A snapshot describes one moment only: how old it may be, what was there before, and what is new.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "support/rooms.hpp"
#include "unit/delivery/delivery_story.hpp"

using hookferry::DeliveryOptions;
using hookferry::FailureClass;
using hookferry::Identity;
using hookferry::match_newcomers;
using hookferry::Milliseconds;
using hookferry::Operation;
using hookferry::SnapshotEntry;
using hookferry::test::create;
using hookferry::test::created_at;
using hookferry::test::creations;
using hookferry::test::removal;
using hookferry::test::seen;
using hookferry::test::Story;
using hookferry::test::story_begins;
using hookferry::test::update;
using hookferry::test::with_present;

namespace {

DeliveryOptions one_at_a_time() {
  DeliveryOptions out;
  out.batch_size = 1;
  out.concurrency = 1;
  return out;
}

SnapshotEntry updated_at(std::int64_t time, SnapshotEntry one) {
  one.updated_at = time;
  return one;
}

Operation as_of(std::int64_t updated_at, Operation operation) {
  operation.updated_at = updated_at;
  return operation;
}

/// Sent, of unknown outcome, and absent from all snapshots.
void is_lost(Story& story, std::size_t ticket, const std::vector<SnapshotEntry>& shown = {}) {
  story.fails(ticket, FailureClass::unknown);
  BOOST_TEST(story.shows_on_and_on(shown).find("missing") != std::string::npos);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery_moments)

// Age

BOOST_AUTO_TEST_CASE(a_target_is_read_again_before_it_is_written_late) {
  Story story({update(5, "old", "1"), update(6, "old", "2")}, with_present({{5, "old"}, {6, "old"}}),
              one_at_a_time());
  BOOST_TEST(story.starts() == "intent 0; send#0 0");
  story.time_passes(5'000);
  BOOST_TEST(story.succeeds(0, {5}) == "accepted 0:5; read");
  BOOST_TEST(story.shows({seen(5, "1"), seen(6, "edited")}) == "arrived 0:5; read");
  BOOST_TEST(story.shows({seen(5, "1"), seen(6, "edited")}) == "end");
  BOOST_TEST(story.results() == "0 arrived 5; 1 failed");
  BOOST_TEST(story.reason(1) == "another client has changed it since the plan was made; left unchanged");
}

BOOST_AUTO_TEST_CASE(a_target_that_is_as_planned_is_written_after_another_look) {
  Story story({update(5, "old", "1")}, with_present({{5, "old"}}));
  story.time_passes(5'000);
  BOOST_TEST(story.starts() == "read");
  BOOST_TEST(story.shows({seen(5, "old")}) == "intent 0; send#0 0");
}

BOOST_AUTO_TEST_CASE(creations_need_no_other_look) {
  Story story(creations(2), with_present({}), one_at_a_time());
  story.time_passes(60'000);
  BOOST_TEST(story.starts() == "intent 0; send#0 0");
  story.time_passes(60'000);
  BOOST_TEST(story.succeeds(0, {7}) == "accepted 0:7; intent 1; send#1 1");
}

BOOST_AUTO_TEST_CASE(after_a_pause_targets_are_read_again) {
  Story story({update(5, "old", "1")}, with_present({{5, "old"}}));
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::slow_down, Milliseconds(1'000)) == "missing 0; pause 1000");
  BOOST_TEST(story.elapses() == "read");
  BOOST_TEST(story.shows({seen(5, "edited")}) == "read");
  BOOST_TEST(story.shows({seen(5, "edited")}) == "end");
  BOOST_TEST(story.results() == "0 failed");
}

BOOST_AUTO_TEST_CASE(a_deletion_right_after_the_writes_goes_by_the_snapshot_that_verified_them) {
  Story story({removal(9), create("1")}, with_present({{9, "old"}}));
  story.starts();
  story.time_passes(60'000);
  story.succeeds(0, {50});
  BOOST_TEST(story.shows({seen(9, "old"), seen(50, "1")}) == "arrived 1:50; intent 0; delete#1 9");
}

BOOST_AUTO_TEST_CASE(a_deletion_is_not_repeated_on_a_webhook_that_has_its_id_now) {
  auto planned = removal(9);
  planned.content = hookferry::sha256("old");
  Story story({planned}, with_present({{9, "old"}}));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.elapses() == "read");
  BOOST_TEST(story.shows({seen(9, "new")}) == "missing 0; read");
  BOOST_TEST(story.shows({seen(9, "new")}) == "missing 0; end");
  BOOST_TEST(story.results() == "0 failed");
  BOOST_TEST(story.delivery().settled());
}

BOOST_AUTO_TEST_CASE(a_deletion_is_not_repeated_where_nothing_is_shown) {
  Story story({removal(9)}, with_present({{9, "old"}}));
  story.starts();
  story.fails(0, FailureClass::unknown);
  story.elapses();
  BOOST_TEST(story.shows({}) == "read");
  BOOST_TEST(story.shows({}) == "pause 100");
  story.elapses();
  BOOST_TEST(story.shows_on_and_on({}) == "removed 0; end");
}

BOOST_AUTO_TEST_CASE(an_update_is_not_sent_to_what_is_not_shown) {
  Story story({update(5, "old", "1")}, with_present({{5, "old"}}));
  story.time_passes(5'000);
  story.starts();
  BOOST_TEST(story.shows({}) == "end");
  BOOST_TEST(story.results() == "0 failed");
  BOOST_TEST(story.reason(0) == "it was not shown before it was to be written; left unchanged");
}

BOOST_AUTO_TEST_CASE(an_account_that_is_read_too_slowly_gets_no_update) {
  Story story({update(5, "old", "1")}, with_present({{5, "old"}}));
  story.time_passes(5'000);
  BOOST_TEST(story.starts() == "read");
  for (int look = 0; look < 2; ++look) {
    const auto began = story.now();
    story.time_passes(6'000);
    BOOST_TEST(story.shows_as_of(began, {seen(5, "old")}) == "read");
  }
  const auto began = story.now();
  story.time_passes(6'000);
  BOOST_TEST(story.shows_as_of(began, {seen(5, "old")}) == "end");
  BOOST_TEST(story.reason(0) == "reading the account takes longer than --max-age allows; left unchanged");
}

BOOST_AUTO_TEST_CASE(a_target_that_was_changed_and_changed_back_is_left) {
  for (const bool lost : {false, true}) {
    Story story({as_of(100, update(5, "old", "1"))}, with_present({{5, "old"}}));
    if (!lost) story.time_passes(5'000);
    story.starts();
    if (lost) {
      story.fails(0, FailureClass::unknown);
      BOOST_TEST(story.shows_on_and_on({updated_at(200, seen(5, "old"))}) == "unclear 0:5; read");
    } else {
      BOOST_TEST(story.shows({updated_at(200, seen(5, "old"))}) == "end");
      BOOST_TEST(story.results() == "0 failed");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_single_snapshot_proves_no_absence_even_without_a_settle_time) {
  DeliveryOptions options;
  options.settle = Milliseconds(0);
  Story story(creations(1), {}, options);
  story.starts();
  BOOST_TEST(story.fails(0, FailureClass::unknown) == "read");
  BOOST_TEST(story.shows({}) == "read");
  BOOST_TEST(story.shows({}) == "missing 0; pause 250");
}

// Origin

BOOST_AUTO_TEST_CASE(what_was_there_before_is_not_the_runs_though_its_content_is_equal) {
  Story story(creations(1));
  story.server_tells_its_time();
  story.starts();
  story.fails(0, FailureClass::unknown);
  const auto before = created_at(story_begins - 60'000, seen(7, "1"));
  BOOST_TEST(story.shows_on_and_on({before}) == "arrived 0:7<; read");
  BOOST_TEST(story.shows({before}) == "end");
  BOOST_TEST(story.results() == "0 arrived 7<");
  BOOST_TEST(story.delivery().settled());
}

BOOST_AUTO_TEST_CASE(what_was_created_since_is_the_runs_before_anything_older) {
  Story story(creations(1));
  story.server_tells_its_time();
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows({created_at(story_begins - 60'000, seen(7, "1")),
                          created_at(story_begins, seen(8, "1"))}) == "arrived 0:8=; read");
}

BOOST_AUTO_TEST_CASE(without_a_time_on_both_sides_content_alone_counts) {
  Story silent(creations(1));
  silent.starts();
  silent.fails(0, FailureClass::unknown);
  BOOST_TEST(silent.shows({created_at(1, seen(7, "1"))}) == "arrived 0:7=; read");
  Story timeless(creations(1));
  timeless.server_tells_its_time();
  timeless.starts();
  timeless.fails(0, FailureClass::unknown);
  BOOST_TEST(timeless.shows({seen(7, "1")}) == "arrived 0:7=; read");
}

BOOST_AUTO_TEST_CASE(the_id_of_an_older_webhook_makes_it_not_the_runs) {
  for (const std::string content : {"1", "x"}) {
    Story story(creations(1));
    story.server_tells_its_time();
    story.starts();
    story.succeeds(0, {7});
    const auto theirs = created_at(story_begins - 3'000, seen(7, content));
    if (content == "1") {
      BOOST_TEST(story.shows_on_and_on({theirs}) == "arrived 0:7<; end");
    } else {
      BOOST_TEST(story.shows_on_and_on({theirs}) == "unclear 0:7; end");
    }
  }
}

BOOST_AUTO_TEST_CASE(an_id_that_the_server_uses_again_is_the_runs_webhook) {
  for (const bool answered : {false, true}) {
    Story story(creations(1), with_present({{7, "old"}}));
    story.server_tells_its_time();
    story.starts();
    if (answered)
      story.succeeds(0, {7});
    else
      story.fails(0, FailureClass::unknown);
    const auto first = story.shows({created_at(story_begins, seen(7, "1"))});
    BOOST_TEST(first == (answered ? "arrived 0:7; end" : "arrived 0:7=; read"));
  }
}

// Newcomers

BOOST_AUTO_TEST_CASE(what_is_new_may_be_one_in_doubt_under_another_alias) {
  Story story({create("1", "a"), create("2", "b")});
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows_on_and_on({seen(7, "1'", "A")}) == "unclear 0:7; missing 1; pause 250");
  BOOST_TEST(story.elapses() == "intent 1; send#1 1");
}

BOOST_AUTO_TEST_CASE(each_newcomer_counts_once) {
  Story story({create("1", "a"), create("2", "b"), create("3", "c")});
  story.starts();
  story.fails(0, FailureClass::unknown);
  const std::vector<SnapshotEntry> one = {seen(7, "x", "x")};
  BOOST_TEST(story.shows_on_and_on(one) == "unclear 2:7; missing 0 1; pause 250");
  BOOST_TEST(story.elapses() == "intent 1; send#1 1");
  BOOST_TEST(story.succeeds(1, {8}) == "accepted 1:8; read");
  BOOST_TEST(story.shows({seen(7, "x", "x"), seen(8, "2", "b")}) == "arrived 1:8; intent 0; send#2 0");
}

BOOST_AUTO_TEST_CASE(a_webhook_of_before_whose_content_changed_is_a_newcomer) {
  Story story(creations(1), with_present({{5, "old"}}));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows_on_and_on({seen(5, "x", "b")}) == "unclear 0:5; read");
}

BOOST_AUTO_TEST_CASE(an_older_webhook_that_comes_to_be_shown_is_no_newcomer) {
  Story story(creations(1));
  story.server_tells_its_time();
  story.starts();
  is_lost(story, 0, {created_at(story_begins - 60'000, seen(5, "x", "b"))});
}

BOOST_AUTO_TEST_CASE(an_update_that_is_stored_as_a_new_webhook_is_not_sent_again) {
  Story story({update(5, "old", "1")}, with_present({{5, "old"}}));
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows_on_and_on({seen(5, "old"), seen(6, "1")}) == "unclear 0:6; read");
}

BOOST_AUTO_TEST_CASE(a_newcomer_is_matched_with_the_most_similar_missing_webhook) {
  const std::vector<Identity> missing = {{"ops-berlin", 0}, {"ops-paris", 0}, {"billing", 3}};
  const auto matched = [&](const std::vector<SnapshotEntry>& newcomers) {
    std::vector<const SnapshotEntry*> pointers;
    for (const auto& one : newcomers) pointers.push_back(&one);
    std::string out;
    for (const auto& id : match_newcomers(missing, pointers)) out += " " + (id ? std::to_string(*id) : "-");
    return out;
  };
  const auto of_type = [](std::int64_t type, SnapshotEntry one) {
    one.identity.type = type;
    return one;
  };
  BOOST_TEST(matched({}) == " - - -");
  BOOST_TEST(matched({seen(7, "x", " OPS-Paris ")}) == " - 7 -");
  BOOST_TEST(matched({seen(7, "x", "ops-pa")}) == " - 7 -");
  BOOST_TEST(matched({seen(7, "x", "zzz"), seen(8, "x", "ops-berlin")}) == " 8 7 -");
  BOOST_TEST(matched({of_type(3, seen(7, "x", "zzz"))}) == " - - 7");
  BOOST_TEST(matched({of_type(8, seen(7, "x", "Billing"))}) == " - - 7");
  BOOST_TEST(matched({of_type(8, seen(7, "x", "zzz"))}) == " 7 - -");
  BOOST_TEST(matched({seen(6, "x"), seen(7, "x"), seen(8, "x"), seen(9, "x")}).find('-') ==
             std::string::npos);
}

// One alone

BOOST_AUTO_TEST_CASE(what_was_absent_is_sent_again_one_webhook_alone_first) {
  Story story(creations(3));
  story.starts();
  is_lost(story, 0);
  BOOST_TEST(story.elapses() == "intent 2; send#1 2");
  BOOST_TEST(story.succeeds(1, {7}) == "accepted 2:7; read");
  BOOST_TEST(story.shows({}) == "pause 100");
  story.elapses();
  BOOST_TEST(story.shows({seen(7, "3")}) == "arrived 2:7; intent 0 1; send#2 0 1");
  BOOST_TEST(story.fails(2, FailureClass::unknown) == "read");
  // From then on it is known that what is sent again shows.
  BOOST_TEST(story.shows_on_and_on({seen(7, "3")}) == "missing 0 1; pause 500");
  BOOST_TEST(story.elapses() == "intent 0; send#3 0; intent 1; send#4 1");
}

BOOST_AUTO_TEST_CASE(where_the_one_sent_alone_never_shows_the_run_ends) {
  for (const bool confirmed : {false, true}) {
    Story story(creations(3));
    story.starts();
    is_lost(story, 0);
    story.elapses();
    if (confirmed)
      story.succeeds(1, {7});
    else
      story.fails(1, FailureClass::unknown);
    story.shows_on_and_on({});
    story.shows_on_and_on({});
    BOOST_TEST(story.ending() == "never shown: 2");
    BOOST_TEST(story.results() ==
               (confirmed ? "0 failed; 1 failed; 2 open" : "0 failed; 1 failed; 2 failed"));
  }
}

BOOST_AUTO_TEST_CASE(one_that_is_refused_alone_proves_nothing_and_another_follows) {
  Story story(creations(2));
  story.starts();
  is_lost(story, 0);
  BOOST_TEST(story.elapses() == "intent 1; send#1 1");
  BOOST_TEST(story.fails(1, FailureClass::refused) == "missing 1; intent 0; send#2 0");
  BOOST_TEST(story.succeeds(2, {7}) == "accepted 0:7; read");
  BOOST_TEST(story.shows({seen(7, "1")}) == "arrived 0:7; end");
}

BOOST_AUTO_TEST_CASE(while_a_server_says_that_it_failed_one_is_sent_alone_again) {
  Story story(creations(2));
  story.starts();
  is_lost(story, 0);
  BOOST_TEST(story.elapses() == "intent 1; send#1 1");
  story.says_that_it_failed(1);
  BOOST_TEST(story.shows_on_and_on({}) == "missing 1; pause 500");
  BOOST_TEST(story.elapses() == "intent 1; send#2 1");
}

BOOST_AUTO_TEST_SUITE_END()
