#include "delivery/reconciliation.hpp"
#include "ledger/ledger.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "delivery/execution.hpp"
#include "support/files.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using hookferry::Action;
using hookferry::content_digest;
using hookferry::Evidence;
using hookferry::ExpectedState;
using hookferry::KnownAlteration;
using hookferry::KnownAmbiguous;
using hookferry::LedgerEntry;
using hookferry::LedgerRun;
using hookferry::LedgerWriter;
using hookferry::Milliseconds;
using hookferry::Webhook;
using hookferry::test::sample;
using hookferry::test::slurp;
using hookferry::test::spill;
using hookferry::test::TempDir;
using State = LedgerEntry::State;

namespace {

Webhook a(const std::string& url, std::int64_t id = 0) { return sample("a", url, id); }
std::string digest(const std::string& url) { return content_digest(a(url)); }

LedgerEntry create(State state, const std::string& url, std::optional<std::int64_t> id = std::nullopt,
                   const std::string& stored_url = {}) {
  LedgerEntry out;
  out.state = state;
  out.action = Action::create;
  out.identity = {"a", 0};
  out.content = digest(url);
  out.destination_id = id;
  if (state == State::arrived) out.stored = digest(stored_url.empty() ? url : stored_url);
  return out;
}

LedgerEntry update(State state, std::int64_t id, const std::string& before, const std::string& url) {
  auto out = create(state, url, id);
  out.action = Action::update;
  out.before = a(before, id).text.str();
  return out;
}

LedgerEntry deletion(State state, std::int64_t id, const std::string& url) {
  auto out = create(state, url, id);
  out.action = Action::remove;
  out.before = a(url, id).text.str();
  return out;
}

LedgerEntry ambiguous(const std::string& url, std::vector<std::int64_t> candidates) {
  auto out = create(State::ambiguous, url);
  out.candidates = std::move(candidates);
  return out;
}

/// Changed by somebody when it was read back.
LedgerEntry changed(LedgerEntry entry) {
  entry.changed = true;
  return entry;
}

LedgerRun run_of(std::vector<LedgerEntry> entries, std::vector<std::int64_t> present = {}) {
  LedgerRun out;
  out.header.command = "migrate";
  out.header.present = std::move(present);
  out.entries = std::move(entries);
  for (std::size_t n = 0; n < out.entries.size(); ++n) out.entries[n].n = n;
  return out;
}

LedgerRun undo_of(std::vector<LedgerEntry> entries, std::vector<std::int64_t> present = {}) {
  auto out = run_of(std::move(entries), std::move(present));
  out.header.command = "undo";
  return out;
}

constexpr Milliseconds settle{8'000};

ExpectedState expected(const std::vector<LedgerRun>& runs, std::int64_t now = 100'000) {
  return hookferry::expectations(runs, settle, now);
}

/// "5 7:1 gone 8": what is to be there, by what content where that is known, and what is not any more.
std::string shown(const ExpectedState& expectations) {
  std::string out;
  for (const auto& [id, content] : expectations.left) {
    out += (out.empty() ? "" : " ") + std::to_string(id);
    for (const std::string url : {"old", "1", "2", "x", "y"})
      if (content && hookferry::hex_digits(*content) == digest(url)) out += ":" + url;
  }
  if (!expectations.gone.empty()) out += out.empty() ? "gone" : " gone";
  for (const auto id : expectations.gone) out += " " + std::to_string(id);
  return out;
}

struct RecordText {
  std::string operator()(const hookferry::RecordArrived& record) const {
    const std::map<Evidence, std::string> marks = {
        {Evidence::id, ""}, {Evidence::content, "="}, {Evidence::changed, "!"}};
    const bool as_sent =
        hookferry::hex_digits(record.arrival.content) == run.entries.at(record.operation).content;
    return std::to_string(record.operation) + ":" + std::to_string(record.arrival.id) +
           marks.at(record.arrival.evidence) + (as_sent ? "" : "~");
  }
  std::string operator()(const hookferry::RecordAmbiguous& record) const {
    auto out = std::to_string(record.operation) + ":?";
    for (std::size_t k = 0; k < record.ids.size(); ++k)
      out += (k == 0 ? "" : ",") + std::to_string(record.ids[k]);
    return out;
  }
  std::string operator()(const hookferry::RecordRemoved& record) const {
    return std::to_string(record.operation) + ":removed";
  }
  std::string operator()(const hookferry::RecordNotApplied& record) const {
    std::string out;
    for (const auto n : record.operations) out += (out.empty() ? "" : " ") + std::to_string(n) + ":-";
    return out;
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return "no record";
  }
  const LedgerRun& run;
};

/// "1:7~ 2:-": the open entries with the ids that they have now, in the order of the records: '=' where known
/// by content alone, '~' where stored differently, '?' where these may be it. "unseen 1" where the server
/// confirmed what is not there.
std::string recovered(const LedgerRun& run, const std::vector<Webhook>& reading) {
  const auto recovery = hookferry::recover(run, hookferry::snapshot_of(reading, 0).webhooks);
  std::string out;
  for (const auto& record : recovery.records)
    out += (out.empty() ? "" : " ") + std::visit(RecordText{run}, record);
  if (recovery.unseen > 0) out += " unseen " + std::to_string(recovery.unseen);
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

std::string shown(const std::vector<KnownAmbiguous>& known) {
  std::string out;
  for (const auto& one : known) {
    for (const std::string url : {"1", "2", "3", "4"})
      if (one.sent == digest(url)) out += (out.empty() ? "" : " ") + url + "?";
    for (const auto id : one.candidates) out += std::to_string(id) + ",";
  }
  return out;
}

KnownAlteration known(const std::string& sent, std::int64_t id, const std::string& as) {
  return {digest(sent), id, digest(as)};
}

/// A ledger whose run was to create "1" and "2" and to write "3" over id 5, and was then killed.
void write_killed_run(const std::filesystem::path& path) {
  LedgerWriter ledger(path);
  ledger.run({"migrate", "eu1", {"us1", "u"}, 8'000, {5}});
  const auto run = run_of(
      {create(State::planned, "1"), create(State::planned, "2"), update(State::planned, 5, "old", "3")});
  for (const auto& entry : run.entries) ledger.webhook(entry);
  ledger.intent({0, 1, 2});
  ledger.accepted({0, 1, 2}, {{}, {}, {5}});
}

/// As the next run does it with a reading that it believes.
void close(const std::filesystem::path& path, const std::vector<Webhook>& reading) {
  const auto run = hookferry::read_ledger(path).back();
  std::vector<std::size_t> places;
  for (const auto& entry : run.entries) places.push_back(entry.n);
  LedgerWriter ledger(path);
  for (const auto& record : hookferry::recover(run, hookferry::snapshot_of(reading, 0).webhooks).records)
    hookferry::write_record(ledger, record, places);
  ledger.end(true, 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(earlier_runs)

BOOST_AUTO_TEST_CASE(a_run_that_sent_something_and_did_not_settle_it_is_open) {
  struct Case {
    State state;
    bool ended, settled, expected;
  };
  for (const auto& one : std::vector<Case>{
           {State::intended, true, true, false},
           {State::planned, true, false, false},
           {State::intended, true, false, true},
           {State::accepted, true, false, true},
           {State::not_applied, true, false, true},
           {State::arrived, true, false, true},
           {State::ambiguous, true, true, false},
           {State::removed, true, true, false},
           // Killed: what it had written down last says nothing of what was under way.
           {State::intended, false, false, true},
           {State::arrived, false, false, true},
           {State::planned, false, false, false},
       }) {
    auto run = run_of({create(one.state, "1", 7)});
    run.ended = one.ended;
    run.settled = one.settled;
    BOOST_TEST_CONTEXT("state " << static_cast<int>(one.state) << ", settled " << one.settled) {
      BOOST_TEST(expected({run}).open.size() == (one.expected ? 1u : 0u));
    }
  }
  BOOST_TEST(expected({}).open.empty());
}

BOOST_AUTO_TEST_CASE(each_open_run_of_several_is_reported) {
  auto first = run_of({create(State::intended, "1")}), last = first;
  last.settled = true;
  first.header.source = "first";
  for (const auto& runs : {std::vector{first, last}, std::vector{last, first}}) {
    const auto open = expected(runs).open;
    BOOST_REQUIRE(open.size() == 1u);
    BOOST_TEST(open[0].header.source == "first");
  }
}

BOOST_AUTO_TEST_CASE(an_undo_without_an_end_may_have_deleted_what_it_did_not_write_down) {
  BOOST_TEST(expected({run_of({})}).open.empty());
  BOOST_TEST(expected({undo_of({})}).open.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_settle_time_is_the_longest_that_the_option_or_the_ledger_says) {
  struct Case {
    std::int64_t recorded, asked, expected;
    State state;
  };
  for (const auto& [recorded, asked, longest, state] : std::vector<Case>{
           {0, 8'000, 8'000, State::intended},  // version 1
           {5'000, 8'000, 8'000, State::intended},
           {60'000, 8'000, 60'000, State::intended},
           {60'000, 8'000, 60'000, State::arrived},
           // Nothing was sent, so nothing can come late.
           {60'000, 8'000, 8'000, State::planned},
       }) {
    auto run = run_of({create(state, "1", 7)});
    run.header.settle = recorded;
    BOOST_TEST(hookferry::expectations({run}, Milliseconds(asked), 0).settle.count() == longest);
  }
  BOOST_TEST((expected({}).settle == settle));
  // Of any of its runs.
  auto slow = run_of({create(State::intended, "1", 7)}), last = run_of({create(State::arrived, "1", 7)});
  slow.header.settle = 60'000;
  BOOST_TEST(hookferry::expectations({slow, last}, settle, 0).settle.count() == 60'000);
}

BOOST_AUTO_TEST_CASE(what_a_run_did_a_moment_ago_may_not_be_to_be_seen_yet) {
  auto first = run_of({create(State::arrived, "1", 7)}), last = first;
  first.last_activity = 200'000;
  last.last_activity = 100'000;
  const auto left = [&](std::int64_t now) { return expected({first, last}, now).fresh.count(); };
  BOOST_TEST(left(100'001) == 7'999);
  BOOST_TEST(left(103'000) == 5'000);
  BOOST_TEST(left(107'999) == 1);
  BOOST_TEST(left(108'000) == 0);
  BOOST_TEST(left(900'000'000) == 0);
  BOOST_TEST(left(90'000) == 8'000);  // the clock was set back
  last.header.settle = 20'000;
  BOOST_TEST(left(100'001) == 19'999);
  BOOST_TEST(left(90'000) == 20'000);
  BOOST_TEST(expected({}, 0).fresh.count() == 0);
  last.last_activity.reset();  // before the machine started
  BOOST_TEST(left(100'001) == 20'000);
  BOOST_TEST(left(900'000'000) == 20'000);
  auto idle = run_of({create(State::planned, "1")});
  idle.last_activity = 100'000;
  BOOST_TEST(expected({idle}, 100'001).fresh.count() == 0);
}

BOOST_AUTO_TEST_CASE(what_wrote_nothing_does_not_hide_what_the_run_before_it_wrote_while_readings_may_lag) {
  auto wrote = run_of({update(State::arrived, 7, "old", "1"), deletion(State::removed, 8, "2")}, {7, 8});
  wrote.last_activity = 100'000;
  wrote.settled = true;
  const auto idle = run_of({create(State::planned, "1", 7)}, {7, 9});
  BOOST_TEST(shown(expected({wrote, idle}, 107'999)) == "7:1 gone 8");
  BOOST_TEST(expected({wrote, idle, idle}, 107'999).fresh.count() == 1);
  BOOST_TEST(shown(expected({wrote, idle}, 108'000)) == "7 9");
  BOOST_TEST(expected({wrote, idle}, 108'000).fresh.count() == 0);
  wrote.header.settle = 9'000;  // its own is what it went by
  BOOST_TEST(shown(expected({wrote, idle}, 108'999)) == "7:1 gone 8");
  BOOST_TEST(expected({wrote, idle}, 108'999).settle.count() == 9'000);
  wrote.last_activity.reset();
  BOOST_TEST(shown(expected({wrote}, 100'000)) == "7:1 gone 8");
  BOOST_TEST(shown(expected({wrote, idle}, 100'000)) == "7 9");
}

BOOST_AUTO_TEST_CASE(what_the_last_run_left_in_the_account_is_to_be_seen_there) {
  struct Case {
    std::vector<LedgerEntry> entries;
    std::vector<std::int64_t> present;
    std::string expected;
  };
  auto unchanged = create(State::planned, "1", 5), conflict = unchanged;
  unchanged.action = Action::unchanged;
  conflict.action = Action::conflict;
  const std::vector<Case> cases = {
      {{}, {}, ""},
      {{}, {5, 6}, "5 6"},
      {{create(State::arrived, "1", 7)}, {}, "7:1"},
      {{create(State::arrived, "1", 7), create(State::not_applied, "1")}, {5}, "5 7:1"},
      {{create(State::arrived, "1", 7, "x")}, {}, "7:x"},
      {{update(State::arrived, 5, "old", "1")}, {5}, "5:1"},
      {{update(State::intended, 5, "old", "1")}, {5}, "5"},
      {{update(State::not_applied, 5, "old", "1")}, {5}, "5"},
      {{unchanged}, {5}, "5"},
      {{conflict}, {5}, "5"},
      // Its content is somebody else's word.
      {{changed(create(State::arrived, "1", 7, "x"))}, {}, "7"},
      // Whosever it is, it was seen.
      {{ambiguous("1", {7})}, {}, "7"},
      // Whether these are there is to be found out.
      {{create(State::intended, "1")}, {}, ""},
      {{create(State::accepted, "1", 7)}, {}, ""},
      {{deletion(State::removed, 5, "1")}, {5, 6}, "6 gone 5"},
      {{deletion(State::intended, 5, "1")}, {5, 6}, "6"},
      {{deletion(State::accepted, 5, "1")}, {5, 6}, "6"},
      {{deletion(State::not_applied, 5, "1")}, {5, 6}, "5 6"},
      {{deletion(State::planned, 5, "1")}, {5, 6}, "5 6"},
      {{create(State::undone, "1", 7)}, {5}, "5"},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) BOOST_TEST_CONTEXT("row " << i) {
      BOOST_TEST(shown(expected({run_of(cases[i].entries, cases[i].present)})) == cases[i].expected);
    }
  BOOST_TEST(shown(expected({})) == "");
}

BOOST_AUTO_TEST_CASE(what_an_earlier_run_of_the_ledger_left_is_what_the_last_one_found) {
  const auto first = run_of({create(State::arrived, "1", 7)}, {3});
  BOOST_TEST(shown(expected({first, run_of({create(State::arrived, "2", 8)}, {5})})) == "5 8:2");
}

BOOST_AUTO_TEST_CASE(what_an_undo_deletes_of_earlier_runs_is_not_left) {
  const auto first = run_of({create(State::undone, "1", 7), create(State::undone, "2", 8)}, {5});
  BOOST_TEST(
      shown(expected({first, undo_of({deletion(State::removed, 7, "1"), deletion(State::removed, 8, "2"),
                                      update(State::arrived, 5, "2", "old")},
                                     {5, 7, 8})})) == "5:old gone 7 8");
  // Version 1 noted deletions only there where they took something back.
  BOOST_TEST(shown(expected({first, undo_of({update(State::arrived, 5, "2", "old")}, {5, 7, 8})})) ==
             "5:old gone 7 8");
  const auto second = run_of({create(State::undone, "2", 8)}, {7});
  BOOST_TEST(shown(expected({run_of({create(State::undone, "1", 7)}), second, undo_of({}, {7, 8})})) ==
             "gone 7 8");
  // What an undo took back before a later run is no matter of a moment ago.
  BOOST_TEST(shown(expected({first, undo_of({}, {5, 7, 8}), run_of({}, {5})})) == "5");
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
      {{create(open, "1")}, {}, {a("1", 7)}, "0:7="},
      {{create(open, "1")}, {}, {}, "0:-"},
      {{create(open, "1")}, {7}, {a("1", 7)}, "0:-"},
      {{create(open, "1"), create(open, "1")}, {}, {a("1", 7)}, "0:7= 1:-"},
      {{create(open, "1"), create(open, "2")}, {}, {}, "0:- 1:-"},
      {{create(said_yes, "1", 8), create(open, "1")}, {}, {a("1", 8)}, "0:8 1:-"},
      {{create(open, "1"), create(said_yes, "1", 8)}, {}, {a("1", 8), a("1", 9)}, "0:9= 1:8"},
      {{create(said_yes, "1", 7)}, {}, {a("x", 7)}, "0:7~"},
      {{create(said_yes, "1", 7)}, {}, {}, "0:- unseen 1"},
      {{create(said_yes, "1"), create(open, "2"), create(said_yes, "2")},
       {},
       {a("2", 7)},
       "2:7= 0:- 1:- unseen 1"},
      // By count alone nothing has arrived, and nothing is missing.
      {{create(open, "1")}, {}, {a("x", 7)}, "0:?7"},
      {{create(open, "1")}, {}, {a("x", 7), a("y", 8)}, "0:?7,8"},
      {{create(said_yes, "1")}, {}, {a("x", 7)}, "0:?7"},
      {{create(said_yes, "1", 7)}, {}, {sample("renamed", "1", 7)}, "0:?7"},
      // What an earlier reading has found is nobody else's.
      {{create(State::arrived, "1", 7), create(open, "1")}, {}, {a("1", 7)}, "1:-"},
      {{create(State::arrived, "1", 7), create(open, "1")}, {}, {a("1", 7), a("1", 8)}, "1:8="},
      {{create(State::arrived, "2", 7, "x"), create(open, "1")}, {}, {a("x", 7)}, "1:-"},
      // Whose outcome is known is not asked about.
      {{create(State::planned, "1"), create(State::not_applied, "1"), create(State::undone, "1", 6),
        create(State::arrived, "1", 7), ambiguous("1", {8})},
       {},
       {a("1", 7), a("1", 8)},
       ""},
      {{update(open, 5, "old", "1")}, {5}, {a("old", 5)}, "0:-"},
      {{update(open, 5, "old", "1")}, {5}, {a("1", 5)}, "0:5"},
      // Any time may have passed since: a person may have written that.
      {{update(said_yes, 5, "old", "1")}, {5}, {a("x", 5)}, "0:?5"},
      {{update(said_yes, 5, "old", "1")}, {5}, {a("1", 5)}, "0:5"},
      {{update(open, 5, "old", "1")}, {5}, {a("x", 5)}, "0:?5"},
      {{update(open, 5, "old", "1")}, {5}, {}, "0:-"},
      {{update(open, 5, "old", "1"), create(open, "1")}, {5}, {a("old", 5), a("1", 6)}, "1:6= 0:-"},
      {{deletion(open, 5, "1")}, {5}, {}, "0:removed"},
      {{deletion(open, 5, "1")}, {5}, {a("1", 5)}, "0:-"},
      {{deletion(said_yes, 5, "1")}, {5}, {a("x", 5)}, "0:-"},
      {{deletion(State::planned, 5, "1"), deletion(State::removed, 6, "1")}, {5, 6}, {}, ""},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) BOOST_TEST_CONTEXT("row " << i) {
      BOOST_TEST(recovered(run_of(cases[i].entries, cases[i].present), cases[i].reading) ==
                 cases[i].expected);
    }
}

BOOST_AUTO_TEST_CASE(what_a_killed_run_created_is_found_by_the_uuid_that_the_response_named) {
  auto sent = create(State::accepted, "1");
  sent.destination_uuid = "u";
  auto altered = a("x", 7), another = a("1", 6);
  altered.uuid = "u";
  another.uuid = "v";
  BOOST_TEST(recovered(run_of({sent}), {another, altered}) == "0:7~");
  BOOST_TEST(recovered(run_of({sent}), {another}) == "0:6=", "its uuid may not be shown any more");
}

BOOST_AUTO_TEST_CASE(a_webhook_created_shortly_before_a_run_is_the_one_that_its_plan_found) {
  auto unchanged = create(State::planned, "x", 7);
  unchanged.action = Action::unchanged;
  auto run = run_of({create(State::intended, "1"), unchanged}, {7});
  run.header.server_time = 10'000;
  auto found = a("x", 7);
  found.created_at = 9'900;  // The server says what time it is to the second.
  BOOST_TEST(recovered(run, {found}) == "0:-");
  auto another = a("y", 7);
  another.created_at = 10'100;
  BOOST_TEST(recovered(run, {another}) == "0:?7", "its id is in use again");
}

BOOST_AUTO_TEST_CASE(an_open_entry_of_which_the_ledger_does_not_say_enough_is_found) {
  const auto without_content = [](LedgerEntry entry, const std::string& content) {
    entry.content = content;
    return entry;
  };
  const auto damaged = [](const std::vector<LedgerEntry>& entries) {
    const std::vector<LedgerRun> runs = {run_of({}), run_of(entries)};
    const auto* entry = hookferry::damaged_open_entry(runs);
    return entry == nullptr ? std::string("-") : std::to_string(entry->n);
  };
  const auto whole = create(State::intended, "1");
  auto lacks_before = update(State::intended, 7, "old", "1");
  lacks_before.before.clear();
  BOOST_TEST(damaged({whole, update(State::accepted, 7, "old", "1")}) == "-");
  BOOST_TEST(damaged({whole, without_content(create(State::intended, "1"), "c")}) == "1");
  BOOST_TEST(damaged({without_content(create(State::accepted, "1", 7), ""), whole}) == "0");
  BOOST_TEST(damaged({whole, whole, lacks_before}) == "2");
  BOOST_TEST(damaged({without_content(create(State::arrived, "1", 7), "c"),
                      without_content(create(State::planned, "1"), ""),
                      without_content(deletion(State::intended, 7, "1"), "")}) == "-");
}

BOOST_AUTO_TEST_CASE(what_was_read_back_otherwise_than_sent_is_known_from_then_on) {
  const auto first = run_of({create(State::arrived, "1", 7, "x"), create(State::arrived, "2", 8),
                             create(State::accepted, "1", 9), create(State::not_applied, "1"),
                             changed(create(State::arrived, "1", 4, "x"))});
  auto undone = create(State::arrived, "1", 6, "x");
  undone.state = State::undone;
  const auto second = run_of({undone, create(State::arrived, "2", 5, "y"), ambiguous("1", {3})});
  BOOST_TEST(shown(hookferry::known_alterations({first, second})) == "1>x:7 2>y:5");
  BOOST_TEST(hookferry::known_alterations({}).empty());
}

BOOST_AUTO_TEST_CASE(what_is_known_holds_only_while_the_server_shows_it) {
  const auto still = [](const std::vector<KnownAlteration>& all, const std::vector<Webhook>& reading) {
    return shown(hookferry::known_after({all, {}}, {}, reading).alterations);
  };
  BOOST_TEST(still({known("1", 7, "x")}, {a("x", 7)}) == "1>x:7");
  BOOST_TEST(still({known("1", 7, "x")}, {a("y", 7)}) == "");
  BOOST_TEST(still({known("1", 7, "x")}, {a("x", 8)}) == "");
  BOOST_TEST(still({known("1", 7, "x")}, {a("x")}) == "");
  BOOST_TEST(still({known("1", 7, "x"), known("2", 7, "x")}, {a("x", 7)}) == "2>x:7");
  BOOST_TEST(still({known("1", 7, "x"), known("2", 7, "y")}, {a("x", 7)}) == "");
  BOOST_TEST(still({known("1", 7, "x"), known("1", 8, "x")}, {a("x", 8), a("x", 7)}) == "1>x:8 1>x:7");
}

BOOST_AUTO_TEST_CASE(what_is_known_by_count_alone_stays_open_over_runs) {
  const auto runs = {run_of({create(State::arrived, "1", 7, "x"), ambiguous("1", {8, 9})}),
                     run_of({create(State::intended, "2"), ambiguous("2", {8})})};
  BOOST_TEST(shown(hookferry::known_ambiguous(runs)) == "1?8,9, 2?8,");
  BOOST_TEST(hookferry::known_ambiguous({}).empty());
}

BOOST_AUTO_TEST_CASE(what_a_later_run_has_seen_arrive_is_no_longer_in_question) {
  const auto ambiguous = [](const std::string& sent, std::vector<std::int64_t> candidates) {
    auto out = create(State::ambiguous, sent);
    out.candidates = std::move(candidates);
    return out;
  };
  // 8 was written over by the second run; 7 it found changed by somebody.
  auto changed = create(State::arrived, "3", 7);
  changed.changed = true;
  const auto first = run_of({ambiguous("1", {8}), ambiguous("1", {8, 9}), ambiguous("3", {7})});
  const auto second = run_of({create(State::arrived, "1", 8), changed});
  BOOST_TEST(shown(hookferry::known_ambiguous({first, second})) == "1?9, 3?7,");
  BOOST_TEST(shown(hookferry::known_ambiguous({second, first})) == "1?8, 1?8,9, 3?7,");
  // What is remembered and stands in the ledger, too, is not there twice.
  const std::vector<Webhook> reading = {a("x", 7), a("1", 8), a("y", 9), a("z", 10)};
  const hookferry::KnownOfAccount remembered{
      {}, {{digest("1"), {8}}, {digest("1"), {8, 9}}, {digest("3"), {7}}, {digest("4"), {8, 10}}}};
  BOOST_TEST(shown(hookferry::known_after(remembered, {first, second}, reading).ambiguous) ==
             "4?10, 1?9, 3?7,");
}

BOOST_AUTO_TEST_CASE(what_is_unclear_holds_while_anything_that_may_be_it_is_there) {
  const auto still = [](const std::vector<Webhook>& reading) {
    const std::vector<KnownAmbiguous> remembered = {{digest("1"), {8, 9}}, {digest("2"), {7}}};
    return shown(hookferry::known_after({{}, remembered}, {}, reading).ambiguous);
  };
  BOOST_TEST(still({a("x", 8), a("y", 9), a("z", 7)}) == "1?8,9, 2?7,");
  BOOST_TEST(still({a("z", 9)}) == "1?8,9,");  // whatever it holds now
  BOOST_TEST(still({a("x", 6), a("x")}) == "");
  BOOST_TEST(still({}) == "");
}

BOOST_AUTO_TEST_CASE(closing_writes_down_what_arrived_and_what_did_not_once) {
  const TempDir folder;
  const auto path = folder / "l";
  write_killed_run(path);
  close(path, {a("2", 9), a("3", 5), a("1", 5000)});
  const auto runs = hookferry::read_ledger(path);
  BOOST_REQUIRE(runs.size() == 1u);
  BOOST_TEST(runs[0].settled);
  const auto& entries = runs[0].entries;
  for (const auto& entry : entries) BOOST_TEST((entry.state == State::arrived));
  BOOST_TEST((entries[0].destination_id == 5000));
  BOOST_TEST(entries[0].stored == digest("1"));
  BOOST_TEST((entries[1].destination_id == 9));
  BOOST_TEST(entries[2].stored == digest("3"));
  BOOST_TEST(hookferry::recover(runs[0], {}).records.empty());
  BOOST_TEST(expected(runs).open.empty());
}

BOOST_AUTO_TEST_CASE(what_is_unclear_is_no_outcome_that_is_open_and_is_not_asked_about_again) {
  const TempDir folder;
  const auto path = folder / "l";
  write_killed_run(path);
  close(path, {a("x", 9), a("3", 5), a("1", 5000)});
  const auto runs = hookferry::read_ledger(path);
  BOOST_TEST((runs.at(0).entries[1].state == State::ambiguous));
  BOOST_TEST((runs[0].entries[1].candidates == std::vector<std::int64_t>{9}));
  BOOST_TEST(hookferry::recover(runs[0], {}).records.empty());
}

BOOST_AUTO_TEST_CASE(a_ledger_that_a_crash_cut_anywhere_can_be_closed_and_read_and_continued) {
  const TempDir folder;
  const auto path = folder / "l";
  write_killed_run(path);
  const auto whole = slurp(path);
  const auto first_line = whole.find('\n') + 1;
  const auto intent = whole.find(R"({"event":"intent")");
  BOOST_REQUIRE(intent != std::string::npos);
  for (auto length = intent - 40; length <= whole.size(); ++length) BOOST_TEST_CONTEXT("cut at " << length) {
      BOOST_REQUIRE(length > first_line);
      spill(path, whole.substr(0, length));
      const bool begun = hookferry::read_ledger(path).at(0).begun();
      close(path, {a("1", 7), a("old", 5)});
      { LedgerWriter(path).run({"migrate", "eu1", {"us1", "u"}, 0, {}}); }
      const auto runs = hookferry::read_ledger(path);
      BOOST_REQUIRE(runs.size() == 2u);
      BOOST_TEST(runs[0].settled);
      BOOST_TEST((runs[0].entries.at(0).state == State::arrived) == begun);
      BOOST_TEST((runs[0].entries.at(1).state == State::not_applied) == begun);
    }
}

BOOST_AUTO_TEST_SUITE_END()
