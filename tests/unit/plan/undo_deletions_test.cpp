// Taking back runs that deleted webhooks.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <ctime>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using namespace hookferry;
using hookferry::test::sample;
using State = LedgerEntry::State;

namespace {

Webhook a(const std::string& url, std::int64_t id) { return sample("a", url, id); }
std::string digest(const std::string& url) { return content_digest(sample("a", url)); }

LedgerEntry entry(Action action, State state, std::optional<std::int64_t> id, const std::string& url) {
  LedgerEntry out;
  out.action = action;
  out.state = state;
  out.identity = {"a", 0};
  out.destination_id = id;
  out.content = digest(url);
  if (state == State::arrived) out.stored = out.content;
  return out;
}

LedgerEntry deleted(std::int64_t id, const std::string& url) {
  auto out = entry(Action::remove, State::removed, id, url);
  out.before = a(url, id).text.str();
  return out;
}

LedgerEntry deleted_and_made_again(std::int64_t id, const std::string& url, std::int64_t new_id) {
  auto out = deleted(id, url);
  out.state = State::undone;
  out.recreated = new_id;
  return out;
}

LedgerEntry created(std::int64_t id, const std::string& url) {
  return entry(Action::create, State::arrived, id, url);
}

LedgerEntry updated(std::int64_t id, const std::string& before, const std::string& url) {
  auto out = entry(Action::update, State::arrived, id, url);
  out.before = a(before, id).text.str();
  return out;
}

struct RunSpec {
  std::vector<LedgerEntry> entries;
  std::vector<std::int64_t> present;
  std::string command = "mirror";
};

std::vector<LedgerRun> runs_of(const std::vector<RunSpec>& specs) {
  std::vector<LedgerRun> out;
  for (const auto& spec : specs) {
    LedgerRun run;
    run.order = {static_cast<std::int64_t>(out.size() + 1), 0};
    run.header.command = spec.command;
    run.header.present = spec.present;
    run.entries = spec.entries;
    for (std::size_t n = 0; n < run.entries.size(); ++n) run.entries[n].n = n;
    out.push_back(std::move(run));
  }
  return out;
}

/// "create old (was 7); restore 5 to x; delete 8; left …; already 1"
std::string shown(const Plan& plan) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : "; ") + part; };
  for (const auto& planned : plan.webhooks) {
    if (planned.action == Action::remove) {
      add("delete " + std::to_string(*planned.existing->id));
      continue;
    }
    const auto document = json::Document::over(planned.webhook.text.view());
    const auto url = document.root().find("url")->string();
    if (planned.action == Action::create)
      add("create " + url + " (was " + std::to_string(*planned.source_id) + ")");
    else
      add("restore " + std::to_string(*planned.existing->id) + " to " + url);
    BOOST_TEST(!document.root().find("id").has_value());
    BOOST_TEST(!document.root().find("company_id").has_value());
  }
  for (const auto& left : plan.skipped) add("left " + describe(left));
  if (plan.already_undone > 0) add("already " + std::to_string(plan.already_undone));
  return out;
}

struct Case {
  std::vector<RunSpec> runs;
  std::vector<Webhook> reading;
  std::string expected;
};

void check(const std::vector<Case>& cases) {
  for (std::size_t i = 0; i < cases.size(); ++i) BOOST_TEST_CONTEXT("row " << i) {
      BOOST_TEST(shown(make_undo_plan(runs_of(cases[i].runs), cases[i].reading)) == cases[i].expected);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(undo_deletions)

BOOST_AUTO_TEST_CASE(what_was_deleted_is_made_again_where_it_is_not_there) {
  check({
      {{{{deleted(7, "old")}, {7}}}, {}, "create old (was 7)"},
      {{{{deleted(7, "old")}, {7}}}, {a("old", 7)}, ""},
      {{{{deleted(7, "old")}, {7}}}, {a("old", 20)}, "already 1"},
      {{{{deleted(7, "old")}, {7}}}, {a("else", 20)}, "create old (was 7)"},
      {{{{deleted_and_made_again(7, "old", 20)}, {7}}}, {a("old", 20)}, "already 1"},
      {{{{deleted_and_made_again(7, "old", 20)}, {7}}}, {}, "already 1"},
  });
}

BOOST_AUTO_TEST_CASE(equal_webhooks_are_distinguished_by_when_they_appeared) {
  check({
      // The other one was there before the run.
      {{{{deleted(7, "old")}, {6, 7}}}, {a("old", 6)}, "create old (was 7)"},
      {{{{deleted(7, "old"), deleted(8, "old")}, {7, 8}}}, {a("old", 20)}, "create old (was 8); already 1"},
      // This one the run itself made.
      {{{{created(9, "old"), deleted(7, "old")}, {7}}}, {a("old", 9)}, "create old (was 7); delete 9"},
  });
}

BOOST_AUTO_TEST_CASE(an_open_or_untried_deletion_is_not_undone) {
  auto open = deleted(7, "old");
  open.state = State::intended;
  auto untried = open;
  untried.state = State::planned;
  auto refused = open;
  refused.state = State::not_applied;
  check({{{{{open}, {7}}}, {}, ""}, {{{{untried}, {7}}}, {}, ""}, {{{{refused}, {7}}}, {}, ""}});
}

BOOST_AUTO_TEST_CASE(what_an_undo_made_and_could_not_note_is_not_made_twice) {
  auto ambiguous = entry(Action::create, State::ambiguous, std::nullopt, "old");
  ambiguous.candidates = {20};
  auto altered = created(20, "old");
  altered.stored = digest("altered");
  const RunSpec mirror{{deleted(7, "old")}, {7}};
  check({
      {{mirror, {{created(20, "old")}, {}, "undo"}}, {a("old", 20)}, "already 1"},
      {{mirror, {{altered}, {}, "undo"}}, {a("altered", 20)}, "already 1"},
      {{mirror, {{altered}, {}, "undo"}}, {a("else", 20)}, "create old (was 7)"},
      {{mirror, {{ambiguous}, {}, "undo"}},
       {a("x", 20)},
       "left \"a\" (slack), which had the id 7, may have been recreated by an earlier undo; not recreated"},
      {{mirror, {{ambiguous}, {}, "undo"}}, {}, "create old (was 7)"},
  });
}

BOOST_AUTO_TEST_CASE(a_recreated_webhook_counts_for_one_deletion_only) {
  const std::vector<RunSpec> two_runs = {{{deleted(7, "1")}, {5, 7, 8}},
                                         {{deleted_and_made_again(8, "1", 20)}, {5, 8}}};
  check({{two_runs, {a("x", 5), a("1", 20)}, "create 1 (was 7); already 1"},
         {two_runs, {a("x", 5), a("1", 20), a("1", 21)}, "already 2"}});
}

BOOST_AUTO_TEST_CASE(runs_are_undone_through_a_deletion) {
  check({
      {{{{created(7, "1")}, {}}, {{deleted(7, "1")}, {7}}}, {}, "already 2"},
      {{{{updated(7, "old", "new")}, {7}}, {{deleted(7, "new")}, {7}}}, {}, "create old (was 7)"},
      {{{{updated(7, "old", "new")}, {7}}, {{deleted_and_made_again(7, "new", 20)}, {7}}},
       {a("new", 20)},
       "restore 20 to old; already 1"},
      {{{{created(7, "1")}, {}}, {{deleted_and_made_again(7, "1", 20)}, {7}}},
       {a("1", 20)},
       "delete 20; already 1"},
      {{{{updated(7, "old", "new")}, {7}}, {{deleted(7, "new")}, {7}}}, {a("old", 20)}, "already 2"},
  });
}

BOOST_AUTO_TEST_CASE(changes_by_newer_runs_of_other_ledgers_are_reported) {
  const auto runs = runs_of({{{updated(7, "old", "new")}, {7}}});
  auto newer = runs_of({{}, {{updated(7, "new", "newest")}, {7}}, {{deleted(7, "new")}, {7}}});
  const OtherRun wrote{"L2", newer[1]};
  const OtherRun removed{"L3", newer[2]};
  const auto left = [&](const std::vector<Webhook>& reading, const std::vector<OtherRun>& others) {
    const auto plan = make_undo_plan(runs, reading, {}, others);
    BOOST_REQUIRE(plan.skipped.size() == 1u);
    return describe(plan.skipped.front());
  };
  BOOST_TEST(left({a("newest", 7)}, {wrote}).find("newer run; undo that one first (L2)") !=
             std::string::npos);
  BOOST_TEST(left({a("somebody's", 7)}, {wrote}).find("changed by another client") != std::string::npos);
  BOOST_TEST(left({}, {removed}).find("deleted by a newer run; undo that one first (L3)") !=
             std::string::npos);
  BOOST_TEST(left({}, {}).find("is gone") != std::string::npos);
  auto older = wrote;
  older.run.order = {0, 0};
  BOOST_TEST(left({a("newest", 7)}, {older}).find("changed by another client") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_newcomer_counts_for_one_deletion_of_two_runs) {
  check({
      {{{{deleted(7, "old")}, {7}}, {{deleted(8, "old")}, {8}}},
       {a("old", 20)},
       "create old (was 7); already 1"},
      {{{{deleted(7, "old")}, {7, 20}}, {{deleted(8, "old")}, {8}}},
       {a("old", 20)},
       "create old (was 7); already 1"},
      {{{{deleted(7, "old")}, {7}}, {{deleted(8, "old")}, {8, 20}}},
       {a("old", 20)},
       "create old (was 8); already 1"},
  });
}

namespace {

/// Of the process, to plan the undo of so many deletions of an account that holds as many others.
double seconds_for(std::int64_t count) {
  RunSpec mirror;
  std::vector<Webhook> reading;
  KnownOfAccount known;
  for (std::int64_t id = 1; id <= count; ++id) {
    const auto url = "https://" + std::to_string(id);
    mirror.entries.push_back(deleted(id, url));
    mirror.present.push_back(id);
    reading.push_back(a("https://other/" + std::to_string(id), count + id));
    known.ambiguous.push_back({digest("https://unclear/" + std::to_string(id)), {count + id}});
  }
  const auto runs = runs_of({mirror});
  auto least = std::numeric_limits<double>::max();
  for (int time = 0; time < 3; ++time) {
    const auto began = std::clock();
    BOOST_TEST(make_undo_plan(runs, reading, known).webhooks.size() == static_cast<std::size_t>(count));
    least = std::min(least, static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC);
  }
  return least;
}

}  // namespace

BOOST_AUTO_TEST_CASE(four_times_as_many_deletions_take_about_four_times_as_long) {
  const auto few = seconds_for(500), many = seconds_for(2000);
  BOOST_TEST(many < few * 8);  // a quadratic pass takes sixteen times as long
}

BOOST_AUTO_TEST_SUITE_END()
