#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "delivery/reconciliation.hpp"
#include "support/rooms.hpp"
#include "unit/delivery/delivery_story.hpp"

using hookferry::Action;
using hookferry::ExpectedState;
using hookferry::Instructions;
using hookferry::LedgerEntry;
using hookferry::LedgerRun;
using hookferry::Milliseconds;
using hookferry::Presence;
using hookferry::Reconciliation;
using hookferry::SnapshotEntry;
using hookferry::Time;
using hookferry::test::joined;
using hookferry::test::seen;

namespace {

using Shown = std::vector<SnapshotEntry>;
using Left = std::map<std::int64_t, std::string>;

/// Of contents as delivery_story.hpp has them; "": only its presence is known.
ExpectedState left_there(const Left& left, std::int64_t fresh = 0) {
  ExpectedState out;
  for (const auto& [id, content] : left)
    out.left[id] = content.empty() ? std::nullopt : std::optional(hookferry::sha256(content));
  out.fresh = Milliseconds(fresh);
  out.settle = Milliseconds(8'000);
  return out;
}

/// A run with these creations open: content, and the id that the server gave it where it confirmed it.
LedgerRun open_run(const std::vector<std::pair<std::string, std::optional<std::int64_t>>>& creations) {
  LedgerRun out;
  for (const auto& [content, id] : creations) {
    LedgerEntry entry;
    entry.n = out.entries.size();
    entry.action = Action::create;
    entry.identity = {"a", 0};
    entry.content = hookferry::sha256_hex(content);
    entry.destination_id = id;
    entry.state = id ? LedgerEntry::State::accepted : LedgerEntry::State::intended;
    out.entries.push_back(entry);
  }
  return out;
}

ExpectedState with_open(LedgerRun run, const Left& left = {}) {
  auto out = left_there(left);
  out.open.push_back(std::move(run));
  return out;
}

/// A reconciliation, step by step: each instruction as one line, and "believed" or the reason to stop at the
/// end.
class Story {
 public:
  explicit Story(ExpectedState expected, bool accept_shrunk = false)
      : machine_(std::move(expected), accept_shrunk) {}

  std::string starts() {
    const auto out = text_of(machine_.step({now_, 1}, hookferry::Started{}));
    started_ = now_;
    return out;
  }
  std::string shows(Shown webhooks) { return shows_as_of(now_, std::move(webhooks)); }
  std::string shows_as_of(Time began, Shown webhooks) {
    return text_of(machine_.step({now_, 1}, hookferry::Snapshot{began, std::move(webhooks)}));
  }
  std::string shows_on_and_on(const Shown& webhooks) {
    auto out = shows(webhooks);
    for (int readings = 0; out.starts_with("pause") && readings < 200; ++readings) {
      BOOST_REQUIRE(elapses() == "read");
      out = shows(webhooks);
    }
    return out;
  }
  std::string answers(std::int64_t id, Presence presence) {
    return text_of(machine_.step({now_, 1}, hookferry::Asked{id, presence}));
  }
  std::string cannot_be_read() { return text_of(machine_.step({now_, 1}, hookferry::Unreadable{})); }
  std::string elapses() {
    BOOST_REQUIRE(pause_until_.has_value());
    now_ = std::max(now_, *pause_until_);
    return text_of(machine_.step({now_, 1}, hookferry::Elapsed{}));
  }
  void time_passes(Time time) { now_ += time; }
  /// Since it started.
  Time waited() const { return now_ - started_; }
  const Reconciliation& machine() const { return machine_; }

 private:
  std::string text_of(const Instructions& instructions) {
    if (machine_.finished()) {
      BOOST_TEST(instructions.empty());
      return ending();
    }
    BOOST_REQUIRE(instructions.size() == 1u);
    if (const auto* ask = std::get_if<hookferry::Ask>(&instructions[0]))
      return "ask " + std::to_string(ask->id);
    if (const auto* pause = std::get_if<hookferry::Pause>(&instructions[0])) {
      pause_until_ = pause->until;
      return "pause " + std::to_string(pause->until - now_);
    }
    BOOST_TEST(std::holds_alternative<hookferry::Read>(instructions[0]));
    return "read";
  }

  std::string ending() const {
    const auto& stop = machine_.stop();
    if (!stop)
      return "believed" + (machine_.deleted().empty() ? "" : ", deleted " + joined(machine_.deleted()));
    const std::map<Reconciliation::Stop::Why, std::string> names = {
        {Reconciliation::Stop::Why::unreadable, "unreadable"},
        {Reconciliation::Stop::Why::shrunk, "shrunk"},
        {Reconciliation::Stop::Why::short_of, "short of"},
        {Reconciliation::Stop::Why::unsure, "unsure"},
        {Reconciliation::Stop::Why::not_whole, "not whole"}};
    auto out = names.at(stop->why);
    if (!stop->not_shown.empty()) out += " " + joined(stop->not_shown);
    out += " of " + std::to_string(stop->expected);
    if (stop->unseen > 0) out += ", unseen " + std::to_string(stop->unseen);
    return out;
  }

  Reconciliation machine_;
  Time now_ = 1'000'000;
  Time started_ = 0;
  std::optional<Time> pause_until_;
};

std::string told_once(const ExpectedState& expected, const Shown& reading) {
  Story story(expected);
  BOOST_TEST(story.starts() == "read");
  return story.shows(reading);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reconciliation)

BOOST_AUTO_TEST_CASE(where_nothing_is_known_the_first_reading_is_believed) {
  BOOST_TEST(told_once({}, {}) == "believed");
  BOOST_TEST(told_once({}, {seen(7, "1")}) == "believed");
}

BOOST_AUTO_TEST_CASE(a_reading_that_shows_what_the_last_run_left_is_believed_at_once) {
  BOOST_TEST(told_once(left_there({{5, ""}, {7, "1"}}), {seen(5, "9"), seen(7, "1"), seen(8, "2")}) ==
             "believed");
}

BOOST_AUTO_TEST_CASE(an_account_that_cannot_be_read_stops_the_run) {
  Story story(left_there({{7, "1"}}));
  story.starts();
  BOOST_TEST(story.cannot_be_read() == "unreadable of 1");
}

/// In the moments after the last run's end; later the same readings show what others have done.
BOOST_AUTO_TEST_CASE(a_reading_shows_the_account_as_the_last_run_left_it_or_not) {
  struct Case {
    Left left;
    std::vector<std::int64_t> gone;
    Shown reading;
    bool as_left, believed_later;
  };
  const std::vector<Case> cases = {
      {{}, {}, {}, true, true},
      {{{5, ""}}, {}, {seen(5, "9")}, true, true},
      {{{5, ""}}, {}, {}, false, false},
      {{}, {}, {seen(5, "9")}, true, true},  // made by others
      {{{7, "1"}}, {}, {seen(7, "1")}, true, true},
      {{{7, "1"}}, {}, {}, false, false},
      {{{7, "1"}}, {}, {seen(7, "2")}, false, true},
      {{{7, "1"}}, {}, {seen(8, "1")}, false, false},
      {{{5, ""}, {7, "1"}}, {}, {seen(5, "9"), seen(7, "1")}, true, true},
      {{{5, ""}, {7, "1"}}, {}, {seen(7, "1")}, false, false},
      {{{7, "x"}}, {}, {seen(7, "1")}, false, true},
      {{}, {7}, {}, true, true},
      {{}, {7}, {seen(7, "1")}, false, true},
      {{{5, "old"}}, {7, 8}, {seen(5, "old")}, true, true},
      {{{5, "old"}}, {7, 8}, {seen(5, "old"), seen(8, "2")}, false, true},
      {{{5, "old"}}, {7, 8}, {seen(5, "2")}, false, true},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) BOOST_TEST_CONTEXT("row " << i) {
      auto expected = left_there(cases[i].left, 5'000);
      expected.gone.insert(cases[i].gone.begin(), cases[i].gone.end());
      BOOST_TEST(told_once(expected, cases[i].reading) == (cases[i].as_left ? "believed" : "pause 100"));
      expected.fresh = Milliseconds(0);
      BOOST_TEST(told_once(expected, cases[i].reading) ==
                 (cases[i].believed_later ? "believed" : "pause 100"));
    }
}

BOOST_AUTO_TEST_CASE(a_reading_from_before_the_last_run_is_waited_out_no_longer_than_it_can_lag) {
  Story story(left_there({{7, "1"}}, 2'000));
  story.starts();
  BOOST_TEST(story.shows({seen(7, "old")}) == "pause 100");
  BOOST_TEST((story.machine().waiting() == Reconciliation::Waiting::stale_reading));
  BOOST_TEST(story.shows_as_of(0, {seen(7, "old")}) == "pause 200");
  BOOST_TEST(story.shows_on_and_on({seen(7, "old")}) == "believed");  // others have set it back
  BOOST_TEST(story.waited() == 2'000);
}

BOOST_AUTO_TEST_CASE(a_reading_that_catches_up_is_believed_at_once) {
  Story story(left_there({{7, "1"}}, 8'000));
  story.starts();
  BOOST_TEST(story.shows({seen(7, "old")}) == "pause 100");
  BOOST_TEST(story.elapses() == "read");
  BOOST_TEST(story.shows({seen(7, "1")}) == "believed");
  BOOST_TEST(story.waited() == 100);
}

BOOST_AUTO_TEST_CASE(a_reading_counts_by_when_it_was_asked_for) {
  Story story(left_there({{7, "1"}}, 2'000));
  story.starts();
  const auto asked = Time{1'000'000};
  story.time_passes(30'000);
  BOOST_TEST(story.shows_as_of(asked, {seen(7, "old")}) == "read");
  BOOST_TEST(story.shows({seen(7, "old")}) == "believed");
}

BOOST_AUTO_TEST_CASE(what_the_last_run_left_and_is_not_shown_is_waited_for_a_whole_settle_time) {
  Story story(left_there({{5, ""}, {7, "1"}}));
  story.starts();
  for (const std::string pause :
       {"100", "200", "400", "800", "1000", "1000", "1000", "1000", "1000", "1000", "500"}) {
    BOOST_TEST(story.shows({seen(5, "9")}) == "pause " + pause);
    BOOST_TEST((story.machine().waiting() == Reconciliation::Waiting::stale_reading));
    BOOST_TEST(story.elapses() == "read");
  }
  BOOST_TEST(story.waited() == 8'000);
  BOOST_TEST(story.shows({seen(5, "9")}) == "ask 7");
  BOOST_TEST(story.answers(7, Presence::gone) == "believed, deleted 7");
}

BOOST_AUTO_TEST_CASE(what_comes_to_be_shown_while_it_is_waited_for_was_not_deleted) {
  Story story(left_there({{5, ""}, {7, "1"}}));
  story.starts();
  story.shows({seen(5, "9")});
  story.elapses();
  BOOST_TEST(story.shows({seen(5, "9"), seen(7, "1")}) == "believed");
}

BOOST_AUTO_TEST_CASE(a_stale_snapshot_that_shows_everything_is_complete) {
  Story story(left_there({{5, ""}, {6, "1"}, {7, "1"}}, 8'000));
  story.starts();
  // All of it, as it was before the last run; then one that is gone, seen to be that once only.
  BOOST_TEST(story.shows({seen(5, "9"), seen(6, "old"), seen(7, "1")}) == "pause 100");
  story.time_passes(7'900);
  BOOST_TEST(story.elapses() == "read");
  BOOST_TEST(story.shows({seen(5, "9"), seen(6, "1")}) == "pause 200");
  BOOST_TEST(story.shows_on_and_on({seen(5, "9"), seen(6, "1")}) == "ask 7");
}

BOOST_AUTO_TEST_CASE(a_webhook_missing_from_only_one_of_two_snapshots_is_not_gone) {
  const Left left = {{5, ""}, {6, ""}, {7, ""}, {8, ""}};
  const Shown without_8 = {seen(5, "9"), seen(6, "9"), seen(7, "9")};
  const Shown without_7 = {seen(5, "9"), seen(6, "9"), seen(8, "9")};
  Story story(left_there(left));
  story.starts();
  story.shows(without_8);
  story.time_passes(8'000);
  BOOST_TEST(story.shows(without_7).starts_with("pause"));
  BOOST_TEST(story.shows_on_and_on(without_7) == "ask 7");
  BOOST_TEST(story.waited() == 16'000);
}

BOOST_AUTO_TEST_CASE(an_account_that_lists_something_else_each_time_stops_the_run) {
  Story story(left_there({{5, ""}, {6, ""}, {7, ""}, {8, ""}}));
  story.starts();
  std::string said;
  for (int reading = 0; reading < 200 && !said.starts_with("unsure"); ++reading) {
    const std::int64_t hidden = 7 + reading % 2;
    said = story.shows({seen(5, "9"), seen(6, "9"), seen(15 - hidden, "9")});
    if (said.starts_with("pause")) story.elapses();
  }
  BOOST_TEST(said.starts_with("unsure"));
  BOOST_TEST(story.waited() <= 17'000);
}

BOOST_AUTO_TEST_CASE(while_the_last_run_is_fresh_what_it_left_is_waited_for_longer) {
  Story story(left_there({{5, ""}, {7, "1"}}, 20'000));
  story.starts();
  BOOST_TEST(story.shows_on_and_on({seen(5, "9")}) == "ask 7");
  BOOST_TEST(story.waited() == 20'000);
}

BOOST_AUTO_TEST_CASE(
    each_that_is_missing_is_asked_for_alone_and_one_that_is_there_shows_the_list_to_be_short) {
  const Left left = {{5, ""}, {6, ""}, {7, ""}, {8, ""}};
  const Shown half = {seen(5, "9"), seen(6, "9")};
  Story deleted(left_there(left));
  deleted.starts();
  BOOST_TEST(deleted.shows_on_and_on(half) == "ask 7");
  BOOST_TEST(deleted.answers(7, Presence::gone) == "ask 8");
  BOOST_TEST(deleted.answers(8, Presence::gone) == "believed, deleted 7,8");
  Story short_list(left_there(left));
  short_list.starts();
  short_list.shows_on_and_on(half);
  short_list.answers(7, Presence::gone);
  BOOST_TEST(short_list.answers(8, Presence::there) == "short of 8 of 4");
}

BOOST_AUTO_TEST_CASE(the_run_stops_if_it_cannot_establish_whether_a_missing_webhook_exists) {
  Story story(left_there({{5, ""}, {6, ""}, {7, ""}}));
  story.starts();
  BOOST_TEST(story.shows_on_and_on({seen(5, "9")}) == "shrunk 6,7 of 3");
  Story nearly(left_there({{5, ""}, {6, ""}, {7, ""}}));
  nearly.starts();
  BOOST_TEST(nearly.shows_on_and_on({seen(5, "9"), seen(6, "9")}) == "ask 7");
  BOOST_TEST(nearly.answers(7, Presence::unknown) == "unsure 7 of 3");
  // Somebody says that it is not there.
  Story accepting(left_there({{5, ""}, {6, ""}, {7, ""}}), true);
  accepting.starts();
  BOOST_TEST(accepting.shows_on_and_on({seen(5, "9"), seen(6, "9")}) == "believed, deleted 7");
}

BOOST_AUTO_TEST_CASE(an_account_that_shows_none_or_less_than_half_of_what_the_last_run_left_stops_the_run) {
  struct Case {
    std::vector<std::int64_t> left, shown;
    std::string expected;
  };
  for (const auto& [left, shown, expected] : std::vector<Case>{
           {{7}, {}, "shrunk 7 of 1"},
           {{7, 8}, {}, "shrunk 7,8 of 2"},
           {{7, 8}, {9}, "shrunk 7,8 of 2"},  // others' do not count
           {{7, 8}, {7}, "ask 8"},
           {{7, 8, 9}, {7}, "shrunk 8,9 of 3"},
           {{7, 8, 9}, {7, 9}, "ask 8"},
           {{6, 7, 8, 9}, {6}, "shrunk 7,8,9 of 4"},
           {{6, 7, 8, 9}, {6, 9}, "ask 7"},
           {{}, {}, "believed"},
       }) {
    Left expectations;
    Shown reading;
    for (const auto id : left) expectations[id] = "";
    for (const auto id : shown) reading.push_back(seen(id, "9"));
    Story story(left_there(expectations));
    story.starts();
    BOOST_TEST(story.shows_on_and_on(reading) == expected);
    // Somebody says that what is not shown is not there; it is waited for all the same.
    Story accepting(left_there(expectations), true);
    accepting.starts();
    BOOST_TEST(accepting.shows_on_and_on(reading).starts_with("believed"));
    BOOST_TEST(accepting.waited() == (expected == "believed" ? 0 : 8'000));
    BOOST_TEST(!accepting.machine().stop().has_value());
  }
}

// Outcomes that an earlier run left open.

BOOST_AUTO_TEST_CASE(after_open_outcomes_the_reading_that_counts_begins_a_whole_settle_time_after_the_start) {
  Story story(with_open(open_run({{"1", std::nullopt}}), {{5, ""}}));
  BOOST_TEST(story.starts() == "read");
  BOOST_TEST(story.shows({seen(5, "9"), seen(7, "1")}) == "pause 8000");
  BOOST_TEST((story.machine().waiting() == Reconciliation::Waiting::open_outcomes));
  BOOST_TEST(story.elapses() == "read");
  BOOST_TEST(story.shows({seen(5, "9"), seen(7, "1")}) == "believed");
  BOOST_TEST(story.waited() == 8'000);
}

BOOST_AUTO_TEST_CASE(what_did_not_arrive_by_then_is_believed_not_to_have_arrived) {
  Story story(with_open(open_run({{"1", std::nullopt}}), {{5, ""}}));
  story.starts();
  BOOST_TEST(story.shows_on_and_on({seen(5, "9")}) == "believed");
}

BOOST_AUTO_TEST_CASE(a_reading_that_was_asked_for_before_then_does_not_count_however_late_its_answer_is) {
  Story story(with_open(open_run({{"1", std::nullopt}})));
  story.starts();
  story.time_passes(30'000);
  BOOST_TEST(story.shows_as_of(1'007'999, {}) == "read");
  BOOST_TEST(story.shows_as_of(1'008'000, {}) == "believed");
}

BOOST_AUTO_TEST_CASE(the_longest_settle_time_on_record_is_waited) {
  auto expected = with_open(open_run({{"1", std::nullopt}}));
  expected.settle = Milliseconds(60'000);
  Story story(expected);
  story.starts();
  BOOST_TEST(story.shows({}) == "pause 60000");
}

BOOST_AUTO_TEST_CASE(on_a_reading_that_is_not_whole_open_outcomes_stay_open) {
  const Left left = {{5, ""}, {6, "1"}};
  for (const auto& [reading, expected] : std::vector<std::pair<Shown, std::string>>{
           {{seen(5, "9"), seen(6, "1")}, "believed"},
           {{seen(5, "9"), seen(6, "x")}, "believed"},
           {{seen(6, "1")}, "not whole 5 of 2"},
           {{}, "not whole 5,6 of 2"},
           {{seen(6, "1"), seen(7, "1")}, "not whole 5 of 2"},
       }) {
    Story story(with_open(open_run({{"1", std::nullopt}}), left));
    story.starts();
    BOOST_TEST(story.shows_on_and_on(reading) == expected);
    Story accepting(with_open(open_run({{"1", std::nullopt}}), left), true);
    accepting.starts();
    BOOST_TEST(accepting.shows_on_and_on(reading).starts_with("believed"));
    BOOST_TEST(accepting.waited() == 8'000);
  }
}

BOOST_AUTO_TEST_CASE(what_the_server_confirmed_is_known_to_be_there) {
  const auto run = open_run({{"1", 7}, {"2", 8}, {"3", std::nullopt}});
  for (const auto& [reading, expected] : std::vector<std::pair<Shown, std::string>>{
           {{seen(7, "1"), seen(8, "2")}, "believed"},
           {{seen(7, "x"), seen(8, "2")}, "believed"},
           {{seen(8, "2")}, "not whole of 0, unseen 1"},
           {{}, "not whole of 0, unseen 2"},
           {{seen(9, "3")}, "not whole of 0, unseen 2"},
       }) {
    Story story(with_open(run));
    story.starts();
    BOOST_TEST(story.shows_on_and_on(reading) == expected);
  }
}

BOOST_AUTO_TEST_CASE(open_outcomes_of_what_may_be_the_same_account_under_another_key_are_waited_for) {
  auto expected = left_there({{5, ""}});
  expected.wait_for_others = true;
  Story story(expected);
  story.starts();
  BOOST_TEST(story.shows({seen(5, "9")}) == "pause 8000");
  BOOST_TEST((story.machine().waiting() == Reconciliation::Waiting::open_outcomes));
  story.elapses();
  BOOST_TEST(story.shows({seen(5, "9")}) == "believed");
}

BOOST_AUTO_TEST_SUITE_END()
