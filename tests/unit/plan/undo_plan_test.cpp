#include "plan/plan.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"

using hookferry::Action;
using hookferry::content_digest;
using hookferry::LedgerEntry;
using hookferry::LedgerRun;
using hookferry::Plan;
using hookferry::Webhook;
using hookferry::test::parse_webhook;
using hookferry::test::sample;
using State = LedgerEntry::State;

namespace {

using Runs = std::vector<LedgerRun>;

Webhook a(const std::string& url, std::int64_t id) { return sample("a", url, id); }

/// With the server's own stamps.
Webhook stamped(const std::string& alias, const std::string& created, const std::string& updated) {
  return parse_webhook(R"({"alias":")" + alias +
                       R"(","integration_type_id":0,"url":"x","id":7,"created_at":")" + created +
                       R"(","updated_at":")" + updated + "\"}");
}

LedgerEntry entry(Action action, State state, std::optional<std::int64_t> id, const std::string& url) {
  LedgerEntry out;
  out.action = action;
  out.state = state;
  out.identity = {"a", 0};
  out.destination_id = id;
  out.content = content_digest(sample("a", url));
  if (state == State::arrived || state == State::undone) out.stored = out.content;
  return out;
}

LedgerEntry create(std::int64_t id, const std::string& url, State state = State::arrived) {
  return entry(Action::create, state, id, url);
}

/// Created, and read back otherwise than sent.
LedgerEntry altered(std::int64_t id, const std::string& url, const std::string& stored_url) {
  auto out = create(id, url);
  out.stored = content_digest(sample("a", stored_url));
  return out;
}

LedgerEntry update(std::int64_t id, const std::string& before, const std::string& url,
                   State state = State::arrived) {
  auto out = entry(Action::update, state, id, url);
  out.before = a(before, id).text.str();
  return out;
}

LedgerRun run_of(std::vector<LedgerEntry> entries, const std::string& command = "migrate") {
  LedgerRun out;
  out.header.command = command;
  out.entries = std::move(entries);
  for (std::size_t n = 0; n < out.entries.size(); ++n) out.entries[n].n = n;
  return out;
}

/// "delete 7 (0.1); restore 5 to old (1.0 0.0); left 8; already 1": in parentheses run and place of what is
/// taken back.
std::string shown(const Plan& plan) {
  std::vector<std::string> parts;
  const auto place = [](const hookferry::LedgerPlace& where) {
    return std::to_string(where.run) + "." + std::to_string(where.n);
  };
  const auto places_of = [&](const hookferry::PlannedWebhook& planned) {
    std::string out;
    for (const auto& where : planned.takes_back) out += (out.empty() ? "" : " ") + place(where);
    return " (" + out + ")";
  };
  for (const auto& planned : plan.webhooks)
    if (planned.action == Action::remove)
      parts.push_back("delete " + std::to_string(planned.existing->id.value()) + places_of(planned));
  for (const auto& planned : plan.webhooks) {
    if (planned.action == Action::remove) continue;
    const auto document = hookferry::json::Document::over(planned.webhook.text.view());
    parts.push_back("restore " + std::to_string(planned.existing->id.value()) + " to " +
                    document.root().find("url")->string() + places_of(planned));
  }
  for (const auto& left : plan.skipped) parts.push_back("left " + std::to_string(left.id));
  if (plan.already_undone > 0) parts.push_back("already " + std::to_string(plan.already_undone));
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : "; ") + part;
  return out;
}

std::string undone(const Runs& runs, const std::vector<Webhook>& reading) {
  return shown(hookferry::make_undo_plan(runs, reading));
}

struct Case {
  Runs runs;
  std::vector<Webhook> reading;
  std::string expected;
};

void check(const std::vector<Case>& cases) {
  for (std::size_t i = 0; i < cases.size(); ++i) BOOST_TEST_CONTEXT("row " << i) {
      BOOST_TEST(undone(cases[i].runs, cases[i].reading) == cases[i].expected);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(undo_plan)

BOOST_AUTO_TEST_CASE(what_was_created_is_deleted_where_it_is_as_the_run_left_it) {
  check({{{run_of({create(7, "1")})}, {a("1", 7)}, "delete 7 (0.0)"},
         {{run_of({create(7, "1")})}, {a("x", 7)}, "left 7"},
         {{run_of({create(7, "1")})}, {sample("b", "1", 7)}, "left 7"},
         {{run_of({create(7, "1")})}, {sample("a", "1", 7, 1)}, "left 7"},
         {{run_of({create(7, "1")})}, {a("1", 8)}, "already 1"},
         {{run_of({create(7, "1")})}, {}, "already 1"},
         {{run_of({altered(7, "1", "x")})}, {a("x", 7)}, "delete 7 (0.0)"},
         {{run_of({altered(7, "1", "x")})}, {a("y", 7)}, "left 7"},
         {{run_of({create(7, "1"), create(8, "1"), create(9, "1")})},
          {a("1", 9), a("1", 7), a("x", 8), a("1", 10)},
          "delete 7 (0.0); delete 9 (0.2); left 8"}});
}

BOOST_AUTO_TEST_CASE(a_webhook_that_was_never_written_is_not_undone) {
  for (const auto state : {State::planned, State::intended, State::not_applied}) {
    BOOST_TEST(undone({run_of({create(7, "1", state)})}, {a("1", 7)}) == "");
    BOOST_TEST(undone({run_of({update(5, "old", "1", state)})}, {a("1", 5)}) == "");
  }
  for (const auto action : {Action::unchanged, Action::conflict, Action::invalid})
    BOOST_TEST(undone({run_of({entry(action, State::planned, 7, "1")})}, {a("1", 7)}) == "");
  BOOST_TEST(undone({run_of({update(5, "old", "1")}, "undo")}, {a("1", 5)}) == "");
}

BOOST_AUTO_TEST_CASE(an_accepted_webhook_is_recognised_by_content_or_by_its_timestamps) {
  const Runs runs = {run_of({create(7, "1", State::accepted)})};
  check({{runs, {a("1", 7)}, "delete 7 (0.0)"},
         {runs, {a("x", 7)}, "left 7"},
         {runs, {stamped("a", "2026-01-01", "2026-01-01")}, "delete 7 (0.0)"},
         {runs, {stamped("a", "2026-01-01", "2026-01-02")}, "left 7"},
         {runs, {stamped("b", "2026-01-01", "2026-01-01")}, "left 7"}});
}

BOOST_AUTO_TEST_CASE(what_was_updated_is_restored_where_it_is_as_the_run_left_it) {
  const Runs runs = {run_of({create(7, "1"), update(5, "old", "2")})};
  check({{runs, {a("1", 7), a("2", 5)}, "delete 7 (0.0); restore 5 to old (0.1)"},
         {runs, {a("2", 5)}, "restore 5 to old (0.1); already 1"},
         {runs, {a("1", 7), a("x", 5)}, "delete 7 (0.0); left 5"},
         {runs, {a("1", 7), a("old", 5)}, "delete 7 (0.0); already 1"},
         {runs, {a("1", 7)}, "delete 7 (0.0); left 5"}});
}

BOOST_AUTO_TEST_CASE(a_restored_webhook_is_as_it_was_before_without_what_the_server_owns) {
  auto entry_of_five = update(5, "old", "2");
  entry_of_five.before =
      R"({"id":5,"company_id":1,"alias":"a","n":1.0,"url":"https://api.coralogix.com/","integration_type_id":0,)"
      R"("integration_type_fields":"[ {\"name\":\"uuid\",\"value\":\"u\"} ]","created_at":"x","updated_at":"y"})";
  const auto plan = hookferry::make_undo_plan({run_of({entry_of_five})}, {a("2", 5)});
  BOOST_REQUIRE(plan.webhooks.size() == 1u);
  const auto& restore = plan.webhooks[0];
  BOOST_TEST((restore.action == Action::update));
  BOOST_TEST(restore.webhook.text.view() ==
             R"({"alias":"a","n":1.0,"url":"https://api.coralogix.com/","integration_type_id":0,)"
             R"("integration_type_fields":"[ {\"name\":\"uuid\",\"value\":\"u\"} ]"})");
  BOOST_TEST((restore.existing->id == 5));
  BOOST_TEST(content(*restore.existing) == content(a("2", 5)));
}

BOOST_AUTO_TEST_CASE(a_webhook_that_is_left_is_named_with_the_reason) {
  auto odd = create(7, "1");
  odd.identity.alias = "a\x1b[31m";
  const auto plan = hookferry::make_undo_plan({run_of({odd, update(5, "old", "2")})}, {a("x", 7)});
  BOOST_REQUIRE(plan.skipped.size() == 2u);
  BOOST_TEST(describe(plan.skipped[0]) ==
             R"("a\x1b[31m" (slack) with id 7 was changed by another client since; skipped)");
  BOOST_TEST(describe(plan.skipped[1]) == R"("a" (slack) with id 5 is gone; it is not recreated)");
}

BOOST_AUTO_TEST_CASE(a_second_undo_does_nothing) {
  const Runs runs = {run_of({create(7, "1", State::undone), update(5, "old", "2", State::undone)}),
                     run_of({update(5, "2", "old", State::arrived)}, "undo")};
  BOOST_TEST(undone(runs, {a("old", 5)}) == "already 2");
  // Nor where others have worked on since.
  BOOST_TEST(undone(runs, {a("x", 5), a("1", 8)}) == "already 2");
  BOOST_TEST(undone(runs, {}) == "already 2");
}

BOOST_AUTO_TEST_CASE(an_undo_that_was_killed_is_finished_by_the_next) {
  check({{{run_of(
               {create(7, "1", State::undone), create(8, "2"), update(5, "old", "3"), update(6, "old", "3")}),
           run_of({update(5, "3", "old"), update(6, "3", "old", State::planned)}, "undo")},
          {a("2", 8), a("old", 5), a("3", 6)},
          "delete 8 (0.1); restore 6 to old (0.3); already 2"},
         // Noted as deleted, and there all the same.
         {{run_of({create(7, "1", State::undone)}), run_of({}, "undo")}, {a("1", 7)}, "delete 7 (0.0)"}});
}

BOOST_AUTO_TEST_CASE(an_id_that_the_server_uses_again_is_the_newest_runs) {
  const auto first = run_of({create(7, "1", State::undone)});
  const auto same = run_of({create(7, "1")}), other = run_of({create(7, "2")});
  check({{{first, same}, {a("1", 7)}, "delete 7 (1.0)"},
         {{first, other}, {a("2", 7)}, "delete 7 (1.0)"},
         {{first, other}, {a("x", 7)}, "left 7"},
         {{first}, {a("2", 7)}, "already 1"}});
}

BOOST_AUTO_TEST_CASE(successive_updates_of_one_webhook_are_undone_as_one) {
  const Runs updates = {run_of({update(5, "old", "1")}), run_of({update(5, "1", "2")}),
                        run_of({update(5, "2", "3")})};
  check({{updates, {a("3", 5)}, "restore 5 to old (2.0 1.0 0.0)"},
         {updates, {a("2", 5)}, "restore 5 to old (1.0 0.0); already 1"}});
  const auto plan = hookferry::make_undo_plan(updates, {a("3", 5)});
  BOOST_TEST(content(*plan.webhooks.at(0).existing) == content(a("3", 5)));
}

BOOST_AUTO_TEST_CASE(a_webhook_that_several_runs_wrote_and_others_changed_is_named_once) {
  check({{{run_of({update(5, "old", "1")}), run_of({update(5, "1", "2")})}, {a("x", 5)}, "left 5"},
         {{run_of({create(7, "1")}), run_of({update(7, "1", "2")})}, {a("x", 7)}, "left 7"}});
}

BOOST_AUTO_TEST_CASE(a_webhook_that_others_set_back_by_more_than_a_run_is_left_as_is_said) {
  check({{{run_of({update(5, "old", "1")}), run_of({update(5, "1", "2")}), run_of({update(5, "2", "3")})},
          {a("1", 5)},
          "left 5"},
         {{run_of({create(7, "1")}), run_of({update(7, "1", "2")}), run_of({update(7, "2", "3")})},
          {a("1", 7)},
          "left 7"}});
}

BOOST_AUTO_TEST_CASE(what_the_ledger_made_and_then_updated_is_deleted_and_not_restored_first) {
  const Runs runs = {run_of({create(7, "1"), create(8, "1")}), run_of({update(7, "1", "2")})};
  check({{runs, {a("2", 7), a("1", 8)}, "delete 7 (0.0); delete 8 (0.1)"},
         {runs, {a("1", 7), a("1", 8)}, "delete 7 (0.0); delete 8 (0.1); already 1"},
         {runs, {a("1", 8)}, "delete 8 (0.1); already 1"}});
}

BOOST_AUTO_TEST_CASE(the_newest_run_comes_first) {
  BOOST_TEST(undone({run_of({create(7, "1")}), run_of({create(8, "2")})}, {a("1", 7), a("2", 8)}) ==
             "delete 8 (1.0); delete 7 (0.0)");
}

/// What was known by its id and changed by somebody before it could be read back.
BOOST_AUTO_TEST_CASE(a_webhook_that_another_client_changed_before_it_was_read_back_is_left) {
  auto changed = altered(7, "1", "x"), over = update(5, "old", "1");
  changed.changed = true;
  over.stored = content_digest(sample("a", "x"));
  over.changed = true;
  check({{{run_of({changed})}, {a("x", 7)}, "left 7"},
         {{run_of({changed})}, {a("1", 7)}, "left 7"},
         {{run_of({changed})}, {}, "already 1"},
         {{run_of({over})}, {a("x", 5)}, "left 5"},
         {{run_of({over})}, {a("old", 5)}, "already 1"}});
}

BOOST_AUTO_TEST_CASE(what_is_known_by_count_alone_is_named_and_left) {
  const auto ambiguous = [](std::vector<std::int64_t> candidates) {
    auto out = entry(Action::create, State::ambiguous, std::nullopt, "1");
    out.candidates = std::move(candidates);
    return out;
  };
  check({{{run_of({ambiguous({7, 8})})}, {a("x", 7), a("y", 8)}, "left 7; left 8"},
         {{run_of({ambiguous({7, 8})})}, {a("x", 8)}, "left 8"},
         {{run_of({ambiguous({7})})}, {}, ""},
         {{run_of({ambiguous({7}), ambiguous({7})})}, {a("x", 7)}, "left 7"},
         {{run_of({ambiguous({7}), create(8, "2")})}, {a("x", 7), a("2", 8)}, "delete 8 (0.1); left 7"}});
  const auto plan = hookferry::make_undo_plan({run_of({ambiguous({7})})}, {a("x", 7)});
  BOOST_TEST(describe(plan.skipped.at(0)) ==
             R"("a" (slack) with id 7 may be this run's or another client's; skipped)");
}

/// An update beside a lost answer, with other content than was sent and than was there.
BOOST_AUTO_TEST_CASE(an_update_that_may_be_another_clients_is_left) {
  auto ambiguous = update(5, "old", "1", State::ambiguous);
  ambiguous.candidates = {5};
  check({{{run_of({ambiguous})}, {a("x", 5)}, "left 5"},
         {{run_of({update(5, "older", "old")}), run_of({ambiguous})}, {a("x", 5)}, "left 5"}});
}

/// Deletions are taken back by nobody yet, least of all by deleting.
BOOST_AUTO_TEST_CASE(what_a_run_deleted_is_not_taken_for_what_it_made) {
  for (const auto state : {State::planned, State::intended, State::removed, State::not_applied}) {
    auto deletion = entry(Action::remove, state, 7, "1");
    deletion.before = a("1", 7).text.str();
    BOOST_TEST(undone({run_of({deletion}, "undo")}, {a("1", 7)}) == "");
  }
}

BOOST_AUTO_TEST_SUITE_END()
