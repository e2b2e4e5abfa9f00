#include "migration/recovery.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sample_webhooks.hpp"
#include "temporary_folder.hpp"

using hookferry::content_digest;
using hookferry::KnownAlteration;
using hookferry::LedgerEntry;
using hookferry::LedgerRun;
using hookferry::LedgerWriter;
using hookferry::Milliseconds;
using hookferry::Webhook;
using hookferry::test::content_of;
using hookferry::test::sample;
using hookferry::test::TemporaryFolder;
using hookferry::test::write_content;
using State = LedgerEntry::State;

namespace {

Webhook a(const std::string& url, std::int64_t id = 0) { return sample("a", url, id); }
std::string digest(const std::string& url) { return content_digest(a(url)); }

LedgerEntry create(State state, const std::string& url, std::optional<std::int64_t> id = std::nullopt,
                   const std::string& stored_url = {}) {
  LedgerEntry out;
  out.state = state;
  out.action = "create";
  out.identity = {"a", 0};
  out.content = digest(url);
  out.destination_id = id;
  if (state == State::arrived) out.stored = digest(stored_url.empty() ? url : stored_url);
  return out;
}

LedgerEntry update(State state, std::int64_t id, const std::string& before, const std::string& url) {
  auto out = create(state, url, id);
  out.action = "update";
  out.before = a(before, id).text;
  return out;
}

LedgerRun run_of(std::vector<LedgerEntry> entries, std::vector<std::int64_t> present = {}) {
  LedgerRun out;
  out.header.present = std::move(present);
  out.entries = std::move(entries);
  for (std::size_t n = 0; n < out.entries.size(); ++n) out.entries[n].n = n;
  return out;
}

/// "1:7~ 2:-": the open entries with the ids that they have now, '~' where stored differently.
std::string recovered(const LedgerRun& run, const std::vector<Webhook>& reading) {
  std::string out;
  for (const auto& entry : hookferry::recover(run, reading)) {
    out += (out.empty() ? "" : " ") + std::to_string(entry.n) + ":";
    out += entry.arrival ? std::to_string(entry.arrival->id) + (entry.arrival->as_sent ? "" : "~") : "-";
  }
  return out;
}

std::string shown(const std::vector<KnownAlteration>& known) {
  std::string out;
  for (const auto& alteration : known)
    for (const std::string url : {"1", "2", "x", "y"})
      for (const std::string as : {"1", "2", "x", "y"})
        if (alteration.sent == digest(url) && alteration.stored == digest(as))
          out += (out.empty() ? "" : " ") + url + ">" + as + ":" + std::to_string(alteration.id);
  return out;
}

KnownAlteration known(const std::string& sent, std::int64_t id, const std::string& as) {
  return {digest(sent), id, digest(as)};
}

/// A ledger whose run was to create "1" and "2" and to write "3" over id 5, and was then killed.
void write_killed_run(const std::filesystem::path& path) {
  LedgerWriter ledger(path);
  ledger.run({"migrate", "eu1", "us1", "u", "", {5}});
  const auto run = run_of(
      {create(State::planned, "1"), create(State::planned, "2"), update(State::planned, 5, "old", "3")});
  for (const auto& entry : run.entries) ledger.webhook(entry);
  ledger.intent({0, 1, 2});
  ledger.accepted({0, 1, 2}, {std::nullopt, std::nullopt, 5});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recovery)

BOOST_AUTO_TEST_CASE(what_was_sent_is_waited_for_as_long_as_it_may_take_to_be_seen) {
  struct Case {
    State state;
    bool ended, settled;
    std::int64_t last_activity, now;
    std::optional<std::int64_t> expected;
  };
  for (const auto& one : std::vector<Case>{
           {State::intended, true, true, 100'000, 100'001, std::nullopt},
           {State::planned, true, false, 100'000, 100'001, std::nullopt},
           {State::intended, true, false, 100'000, 100'001, 7'999},
           {State::accepted, true, false, 100'000, 103'000, 5'000},
           {State::not_applied, true, false, 100'000, 107'999, 1},
           {State::intended, true, false, 100'000, 108'000, 0},
           {State::arrived, true, false, 100'000, 900'000'000, 0},
           {State::intended, true, false, 900'000'000, 100'000, 8'000},  // the clock was set back
           // Killed: its last request may have lasted until just now.
           {State::intended, false, false, 100'000, 100'001, 8'000},
           {State::arrived, false, false, 100'000, 900'000'000, 8'000},
           {State::planned, false, false, 100'000, 100'001, std::nullopt},
       }) {
    auto run = run_of({create(one.state, "1")});
    run.ended = one.ended;
    run.settled = one.settled;
    run.last_activity = one.last_activity;
    const auto left = hookferry::time_until_settled({run}, Milliseconds(8'000), one.now);
    BOOST_TEST_CONTEXT("now " << one.now) {
      BOOST_TEST(left.has_value() == one.expected.has_value());
      BOOST_TEST(left.value_or(Milliseconds(-1)).count() == one.expected.value_or(-1));
    }
  }
}

BOOST_AUTO_TEST_CASE(of_several_runs_the_one_that_takes_longest_is_waited_for) {
  auto early = run_of({create(State::intended, "1")});
  early.ended = true;
  auto late = early, settled = early;
  early.last_activity = 1'000;
  late.last_activity = 3'000;
  settled.last_activity = 5'000;
  settled.settled = true;
  for (const auto& runs : {std::vector{early, late, settled}, std::vector{late, settled, early}})
    BOOST_TEST((hookferry::time_until_settled(runs, Milliseconds(8'000), 6'000) == Milliseconds(5'000)));
  BOOST_TEST((hookferry::time_until_settled({}, Milliseconds(8'000), 6'000) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(an_undo_without_an_end_may_have_deleted_what_it_did_not_write_down) {
  auto undo = run_of({});
  BOOST_TEST((hookferry::time_until_settled({undo}, Milliseconds(8'000), 6'000) == std::nullopt));
  undo.header.command = "undo";
  BOOST_TEST((hookferry::time_until_settled({undo}, Milliseconds(8'000), 6'000) == Milliseconds(8'000)));
}

BOOST_AUTO_TEST_CASE(what_a_run_did_a_moment_ago_may_not_be_to_be_seen_yet) {
  auto first = run_of({}), last = first;
  first.last_activity = 200'000;
  last.last_activity = 100'000;
  const auto left = [&](std::int64_t now) {
    return hookferry::time_until_shown({first, last}, Milliseconds(8'000), now).count();
  };
  BOOST_TEST(left(100'001) == 7'999);
  BOOST_TEST(left(108'000) == 0);
  BOOST_TEST(left(90'000) == 8'000);
  BOOST_TEST(hookferry::time_until_shown({}, Milliseconds(8'000), 0).count() == 0);
}

BOOST_AUTO_TEST_CASE(a_reading_shows_the_account_as_the_last_run_left_it_or_not) {
  auto unchanged = create(State::planned, "1", 5);
  unchanged.action = "unchanged";
  auto conflict = create(State::planned, "1", 5);
  conflict.action = "conflict";
  auto deleted = create(State::undone, "1", 7), put_back = update(State::undone, 5, "old", "1");
  const auto refused = create(State::not_applied, "1");
  const auto made = create(State::arrived, "1", 7), altered = create(State::arrived, "1", 7, "x");
  const auto updated = update(State::arrived, 5, "old", "1");
  struct Case {
    std::vector<LedgerEntry> entries;
    std::vector<std::int64_t> present;
    std::vector<Webhook> reading;
    bool expected;
  };
  const std::vector<Case> cases = {
      {{}, {}, {}, true},
      {{}, {5}, {a("9", 5)}, true},
      {{}, {5}, {}, false},
      {{}, {}, {a("9", 5)}, false},
      {{made}, {}, {a("1", 7)}, true},
      {{made}, {}, {}, false},
      {{made}, {}, {a("2", 7)}, false},
      {{made}, {}, {a("1", 8)}, false},
      {{made, refused}, {5}, {a("9", 5), a("1", 7)}, true},
      {{made, made}, {5}, {a("1", 7)}, false},
      {{altered}, {}, {a("x", 7)}, true},
      {{altered}, {}, {a("1", 7)}, false},
      {{updated}, {5}, {a("1", 5)}, true},
      {{updated}, {5}, {a("old", 5)}, false},
      {{unchanged}, {5}, {a("1", 5)}, true},
      {{unchanged}, {5}, {a("old", 5)}, false},
      {{unchanged}, {5}, {a("y", 5)}, true},  // known to be stored so
      {{conflict}, {5}, {a("old", 5)}, true},
      {{deleted}, {}, {}, true},
      {{deleted}, {}, {a("1", 7)}, false},
      {{put_back}, {5}, {a("old", 5)}, true},
      {{create(State::undone, "1")}, {5}, {a("old", 5)}, true},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) BOOST_TEST_CONTEXT("row " << i) {
      const auto run = run_of(cases[i].entries, cases[i].present);
      BOOST_TEST(hookferry::as_left({run}, {known("1", 5, "y")}, cases[i].reading) == cases[i].expected);
    }
}

BOOST_AUTO_TEST_CASE(what_an_undo_deletes_of_earlier_runs_is_not_left) {
  const auto first = run_of({create(State::undone, "1", 7), create(State::undone, "2", 8)}, {5});
  auto undo = run_of({update(State::arrived, 5, "2", "old")}, {5, 7, 8});
  undo.header.command = "undo";
  BOOST_TEST(hookferry::as_left({first, undo}, {}, {a("old", 5)}));
  BOOST_TEST(!hookferry::as_left({first, undo}, {}, {a("old", 5), a("2", 8)}));
  BOOST_TEST(!hookferry::as_left({first, undo}, {}, {a("2", 5)}));
}

BOOST_AUTO_TEST_CASE(a_reading_says_of_each_open_entry_whether_it_arrived) {
  struct Case {
    std::vector<LedgerEntry> entries;
    std::vector<std::int64_t> present;
    std::vector<Webhook> reading;
    std::string expected;
  };
  const auto open = State::intended, said_yes = State::accepted;
  const std::vector<Case> cases = {
      {{}, {}, {a("1", 7)}, ""},
      {{create(open, "1")}, {}, {a("1", 7)}, "0:7"},
      {{create(open, "1")}, {}, {}, "0:-"},
      {{create(open, "1")}, {7}, {a("1", 7)}, "0:-"},
      {{create(open, "1"), create(open, "1")}, {}, {a("1", 7)}, "0:7 1:-"},
      {{create(said_yes, "1", 8), create(open, "1")}, {}, {a("1", 8)}, "0:8 1:-"},
      {{create(open, "1"), create(said_yes, "1", 8)}, {}, {a("1", 8), a("1", 9)}, "0:9 1:8"},
      {{create(said_yes, "1", 7)}, {}, {a("x", 7)}, "0:7~"},
      {{create(said_yes, "1", 7)}, {}, {}, "0:-"},
      {{create(open, "1")}, {}, {a("x", 7)}, "0:7~"},
      {{create(open, "1")}, {}, {a("x", 7), a("y", 8)}, "0:-"},
      // What an earlier reading has found is nobody else's.
      {{create(State::arrived, "1", 7), create(open, "1")}, {}, {a("1", 7)}, "1:-"},
      {{create(State::arrived, "1", 7), create(open, "1")}, {}, {a("1", 7), a("1", 8)}, "1:8"},
      {{create(State::arrived, "2", 7, "x"), create(open, "1")}, {}, {a("x", 7)}, "1:-"},
      // Whose outcome is known is not asked about.
      {{create(State::planned, "1"), create(State::not_applied, "1"), create(State::undone, "1", 6),
        create(State::arrived, "1", 7)},
       {},
       {a("1", 7), a("1", 8)},
       ""},
      {{update(open, 5, "old", "1")}, {5}, {a("old", 5)}, "0:-"},
      {{update(open, 5, "old", "1")}, {5}, {a("1", 5)}, "0:5"},
      {{update(said_yes, 5, "old", "1")}, {5}, {a("x", 5)}, "0:5~"},
      {{update(open, 5, "old", "1")}, {5}, {}, "0:-"},
      {{update(open, 5, "old", "1"), create(open, "1")}, {5}, {a("old", 5), a("1", 6)}, "0:- 1:6"},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) BOOST_TEST_CONTEXT("row " << i) {
      BOOST_TEST(recovered(run_of(cases[i].entries, cases[i].present), cases[i].reading) ==
                 cases[i].expected);
    }
}

BOOST_AUTO_TEST_CASE(what_was_read_back_otherwise_than_sent_is_known_from_then_on) {
  const auto first = run_of({create(State::arrived, "1", 7, "x"), create(State::arrived, "2", 8),
                             create(State::accepted, "1", 9), create(State::not_applied, "1")});
  auto undone = create(State::arrived, "1", 6, "x");
  undone.state = State::undone;
  const auto second = run_of({undone, create(State::arrived, "2", 5, "y")});
  BOOST_TEST(shown(hookferry::known_alterations({first, second})) == "1>x:7 2>y:5");
  BOOST_TEST(hookferry::known_alterations({}).empty());
}

BOOST_AUTO_TEST_CASE(what_is_known_holds_only_while_the_server_shows_it) {
  const auto still = [](const std::vector<KnownAlteration>& all, const std::vector<Webhook>& reading) {
    return shown(hookferry::still_true(all, reading));
  };
  BOOST_TEST(still({known("1", 7, "x")}, {a("x", 7)}) == "1>x:7");
  BOOST_TEST(still({known("1", 7, "x")}, {a("y", 7)}) == "");
  BOOST_TEST(still({known("1", 7, "x")}, {a("x", 8)}) == "");
  BOOST_TEST(still({known("1", 7, "x")}, {a("x")}) == "");
  BOOST_TEST(still({known("1", 7, "x"), known("2", 7, "x")}, {a("x", 7)}) == "2>x:7");
  BOOST_TEST(still({known("1", 7, "x"), known("2", 7, "y")}, {a("x", 7)}) == "");
  BOOST_TEST(still({known("1", 7, "x"), known("1", 8, "x")}, {a("x", 8), a("x", 7)}) == "1>x:8 1>x:7");
}

BOOST_AUTO_TEST_CASE(closing_writes_down_what_arrived_and_what_did_not_once) {
  const TemporaryFolder folder;
  const auto path = folder / "l";
  write_killed_run(path);
  hookferry::close_ledger(path, {a("2", 9), a("x", 5), a("1", 5000)});
  const auto content = content_of(path);
  const auto runs = hookferry::read_ledger(path);
  BOOST_REQUIRE(runs.size() == 1u);
  BOOST_TEST(runs[0].settled);
  const auto& entries = runs[0].entries;
  for (const auto& entry : entries) BOOST_TEST((entry.state == State::arrived));
  BOOST_TEST((entries[0].destination_id == 5000));
  BOOST_TEST(entries[0].stored == digest("1"));
  BOOST_TEST((entries[1].destination_id == 9));
  BOOST_TEST(entries[2].stored == digest("x"));
  hookferry::close_ledger(path, {});
  BOOST_TEST(content_of(path) == content);
}

BOOST_AUTO_TEST_CASE(a_ledger_that_a_crash_cut_anywhere_can_be_closed_and_read_and_continued) {
  const TemporaryFolder folder;
  const auto path = folder / "l";
  write_killed_run(path);
  const auto whole = content_of(path);
  const auto first_line = whole.find('\n') + 1;
  const auto intent = whole.find(R"({"event":"intent")");
  BOOST_REQUIRE(intent != std::string::npos);
  for (auto length = intent - 40; length <= whole.size(); ++length) BOOST_TEST_CONTEXT("cut at " << length) {
      BOOST_REQUIRE(length > first_line);
      write_content(path, whole.substr(0, length));
      const bool begun = hookferry::read_ledger(path).at(0).begun();
      hookferry::close_ledger(path, {a("1", 7), a("old", 5)});
      { LedgerWriter(path).run({"migrate", "eu1", "us1", "u", "", {}}); }
      const auto runs = hookferry::read_ledger(path);
      BOOST_REQUIRE(runs.size() == 2u);
      BOOST_TEST(runs[0].settled);
      BOOST_TEST((runs[0].entries.at(0).state == State::arrived) == begun);
      BOOST_TEST((runs[0].entries.at(1).state == State::not_applied) == begun);
    }
}

BOOST_AUTO_TEST_SUITE_END()
