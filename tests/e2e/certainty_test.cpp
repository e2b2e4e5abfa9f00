// Histories that once ended with something doubled, lost or taken from somebody: slow servers, short
// readings, people at work, one account under two names.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/sessions.hpp"
#include "support/terminal.hpp"
#include "support/wait.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool has_none_twice(const Accounts& accounts) {
  const auto names = accounts.aliases("us");
  return std::set<std::string>(names.begin(), names.end()).size() == names.size();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::string> undo(const Accounts& accounts, const std::vector<std::string>& more = {}) {
  std::vector<std::string> out = {"undo", accounts.ledger(), "--yes", "--settle", "0.5", "--retries", "1"};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

/// Killed while its first POST is still worked on.
void kill_during_its_first_post(Accounts& accounts, const std::vector<std::string>& more) {
  const auto process = accounts.start_migrate(more);
  accounts.await_requests("begun:POST", 1);
  process->signal(SIGKILL);
  process->wait();
}

/// Two of one alias and type, told apart by their content only.
std::vector<std::string> namesakes() {
  return {slack("same", "https://same.test/1", 1), slack("same", "https://same.test/2", 2)};
}

std::string url_of(const HeldWebhook& webhook) { return webhook.url; }

}  // namespace

BOOST_AUTO_TEST_SUITE(certainty)

// A slow server
// -------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_a_killed_run_sent_may_be_applied_after_the_next_one_has_begun) {
  Accounts accounts(many(10), {}, {"--fault", "POST#1:slow-apply=1500"});
  kill_during_its_first_post(accounts, {"--settle", "3"});
  const auto again = accounts.migrate({"--settle", "3"});
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(has(again.err, "earlier run"), again.err);
  BOOST_TEST(accounts.count("us") == 10u);
  BOOST_TEST(has_none_twice(accounts));
}

BOOST_AUTO_TEST_CASE(a_ledger_that_does_not_hold_what_a_killed_run_sent_ends_the_next_one) {
  Accounts accounts(many(3), {}, {"--fault", "POST#1:slow-apply=500"});
  kill_during_its_first_post(accounts, {});
  auto ledger = slurp(accounts.ledger());
  const std::string member = "\"content\":\"";
  const auto place = ledger.find(member);
  BOOST_REQUIRE(place != std::string::npos);
  ledger[place + member.size()] = 'x';
  spill(accounts.ledger(), ledger);
  accounts.await_requests("POST", 1);  // of the killed run; it is counted when it is done
  const auto posts = accounts.requests("POST");
  const auto again = accounts.migrate({"--settle", "1"});
  BOOST_TEST(again.code == 65, again.err);
  BOOST_TEST(has(again.err, "is damaged"), again.err);
  BOOST_TEST(has(again.err, "webhook 0"), again.err);
  BOOST_TEST(accounts.requests("POST") == posts);
}

BOOST_AUTO_TEST_CASE(an_undo_instead_of_the_rerun_deletes_what_arrives_after_the_kill) {
  Accounts accounts(many(10), {}, {"--fault", "POST#1:slow-apply=1500"});
  kill_during_its_first_post(accounts, {"--settle", "3"});
  const auto undone = accounts.run(undo(accounts));
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(has(undone.out, "10 deleted"), undone.out);
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(an_undo_of_a_killed_run_knows_a_namesake_that_was_there_before_it) {
  Accounts accounts(many(3), {slack("hook-0", "https://old.test/", 900)},
                    {"--fault", "POST#1:stall", "--fault", "POST#1:slow-apply=100"});
  kill_during_its_first_post(accounts, {"--on-conflict", "duplicate"});
  const auto undone = accounts.run(undo(accounts));
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(has(undone.out, "Undo: 0 to delete, 0 to restore, 0 skipped"), undone.out);
  BOOST_TEST(accounts.count("us") == 1u);
}

BOOST_AUTO_TEST_CASE(waiting_for_a_killed_run_ends_at_a_signal_with_nothing_changed) {
  Accounts accounts(many(3), {}, {"--fault", "POST#1:slow-apply=100"});
  kill_during_its_first_post(accounts, {});
  const auto again = accounts.in_background("again", accounts.migrate_arguments({"--settle", "60"}));
  const auto told = accounts.folder().file("again.err");
  wait_for_text(told, "earlier run");
  again->signal(SIGINT);
  BOOST_TEST(again->wait() == 130);
  BOOST_TEST(has(slurp(told), "interrupted; nothing was changed"), slurp(told));
  BOOST_TEST(accounts.requests("POST") <= 1u);
}

BOOST_AUTO_TEST_CASE(the_settle_time_of_the_killed_run_counts_where_it_is_the_longer_one) {
  Accounts accounts(many(10), {}, {"--fault", "POST#1:slow-apply=1500"});
  kill_during_its_first_post(accounts, {"--settle", "3"});
  const auto again = accounts.migrate({"--settle", "0.1"});
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(accounts.count("us") == 10u);
}

BOOST_AUTO_TEST_CASE(a_killed_run_is_waited_for_whatever_the_address_and_the_key) {
  for (const bool other_key : {false, true}) {
    Accounts accounts(many(5), {}, {"--fault", "POST#1:slow-apply=1500"});
    kill_during_its_first_post(accounts, {"--settle", "3"});
    const auto port = accounts.url().substr(accounts.url().rfind(':'));
    const Environment key = {{"HOOKFERRY_DEST_KEY", other_key ? "us-other-key" : "us-key"}};
    const auto again = accounts.run_with(key, {"migrate", accounts.url(), "http://localhost" + port, "--yes",
                                               "--settle", "0.2", "--no-rewrite"});
    BOOST_TEST(again.code == 0, again.err + again.out);
    BOOST_TEST(has(again.err, "earlier run"), again.err);
    BOOST_TEST(has(again.out, "Plan: 0 to create"), again.out);
    BOOST_TEST(accounts.count("us") == 5u);
  }
}

BOOST_AUTO_TEST_CASE(a_killed_run_whose_ledger_is_named_is_waited_for_though_another_was_the_last) {
  auto source = many(5);
  source.push_back(slack("other", "https://other.test/", 99));
  Accounts accounts(source, {}, {"--fault", "POST#1:slow-apply=2500"});
  kill_during_its_first_post(accounts, {"--settle", "3", "--except", "other"});
  const Environment elsewhere = {{"XDG_STATE_HOME", accounts.folder().file("elsewhere")}};
  const std::vector<std::string> one = {"migrate", accounts.url(), accounts.url(), "--yes", "--settle",
                                        "0.2",     "--no-rewrite", "--only",       "other"};
  BOOST_TEST(accounts.run_with(elsewhere, one).code == 0);
  const auto again = accounts.run_with(elsewhere, accounts.migrate_arguments({"--settle", "3"}));
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(has(again.out, "Plan: 0 to create"), again.out);
  BOOST_TEST(accounts.count("us") == 6u);
  BOOST_TEST(has_none_twice(accounts));
}

// Short readings
// ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_short_readings_do_not_show_is_never_sent_again_in_one_run_or_the_next) {
  for (const std::string reading : {"half", "empty", "short=3", "hide=hook-1*"}) {
    BOOST_TEST_CONTEXT(reading) {
      // The first GET of the destination, for the plan, is whole; the first POST is confirmed, so that its
      // ids are known to be there.
      const Accounts accounts(many(12), {slack("foreign", "https://foreign.test/", 900)},
                              {"--fault", "POST#2:close-after", "--fault", "GET#3-:" + reading});
      const auto first = accounts.migrate({"--batch-size", "6", "--concurrency", "1"});
      BOOST_TEST(first.code == 1, first.err + first.out);
      const auto posts = accounts.requests("POST");
      for (int i = 0; i < 2; ++i) {
        const auto again = accounts.migrate();
        BOOST_TEST(again.code == 1, again.err + again.out);
        BOOST_TEST(has(again.err, "nothing was changed"), again.err);
      }
      BOOST_TEST(accounts.requests("POST") == posts);
      BOOST_TEST(has_none_twice(accounts));
    }
  }
}

BOOST_AUTO_TEST_CASE(one_run_recovers_from_temporarily_short_snapshots) {
  for (const std::string reading : {"half", "empty", "short=3"}) {
    BOOST_TEST_CONTEXT(reading) {
      const Accounts accounts(many(12), {slack("foreign", "https://foreign.test/", 900)},
                              {"--fault", "POST#1:close-after", "--fault", "GET#3-4:" + reading});
      const auto ran = accounts.migrate();
      BOOST_TEST(ran.code == 0, ran.err + ran.out);
      BOOST_TEST(accounts.count("us") == 13u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_list_that_stays_short_after_a_settled_run_is_no_ground_for_a_plan) {
  Accounts accounts(many(12), {});
  BOOST_TEST(accounts.migrate().code == 0);
  accounts.restart({"--fault", "GET:hide=hook-3"});
  // eu's own list is short, too: what is selected of it does not matter here.
  const auto again = accounts.migrate();
  BOOST_TEST(again.code == 1, again.err + again.out);
  BOOST_TEST(has(again.err, "does not list the webhook"), again.err);
  BOOST_TEST(accounts.requests("POST") == 1u);
  accounts.restart({"--fault", "GET:hide=hook-3", "--fault", "GETONE:status=500"});
  const auto unsure = accounts.migrate({"--retries", "0"});
  BOOST_TEST(unsure.code == 1, unsure.err + unsure.out);
  BOOST_TEST(has(unsure.err, "it is unknown whether it is deleted or the list is short"), unsure.err);
  accounts.restart({});
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(accounts.count("us") == 12u);
}

BOOST_AUTO_TEST_CASE(a_webhook_deleted_since_the_last_run_is_created_again) {
  Accounts accounts(many(6), {});
  BOOST_TEST(accounts.migrate().code == 0);
  accounts.somebody_deletes("us", accounts.webhooks("us").front().id);
  const auto again = accounts.migrate();
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(has(again.out, "1 created"), again.out);
  BOOST_TEST(has(again.err, "deleted by someone"), again.err);
  BOOST_TEST(accounts.count("us") == 6u);
  BOOST_TEST(has_none_twice(accounts));
}

BOOST_AUTO_TEST_CASE(
    an_account_that_shows_less_than_half_of_what_was_left_there_stops_the_run_unless_it_is_accepted) {
  for (const std::string reading : {"empty", "short=5"}) {
    BOOST_TEST_CONTEXT(reading) {
      Accounts accounts(many(12), {});
      BOOST_TEST(accounts.migrate().code == 0);
      for (const auto& webhook : accounts.webhooks("us"))
        if (reading == "empty" || webhook.id > accounts.webhooks("us").front().id + 4)
          accounts.somebody_deletes("us", webhook.id);
      const auto left = accounts.count("us");
      const auto stopped = accounts.migrate({"-q"});
      BOOST_TEST(stopped.code == 1, stopped.err + stopped.out);
      BOOST_TEST(has(stopped.err, "--accept-shrunk"), stopped.err);
      BOOST_TEST(accounts.count("us") == left);
      BOOST_TEST(accounts.migrate({"--accept-shrunk"}).code == 0);
      BOOST_TEST(accounts.count("us") == 12u);
    }
  }
}

BOOST_AUTO_TEST_CASE(ids_that_are_no_integers_are_another_api_and_nothing_is_sent) {
  for (const std::string ids : {"string-ids", "no-ids"}) {
    const Accounts accounts(many(3), {slack("foreign", "https://foreign.test/", 900)},
                            {"--fault", "us/GET:" + ids});
    const auto ran = accounts.migrate();
    BOOST_TEST(ran.code == 76, ran.err + ran.out);
    if (ids == "string-ids") BOOST_TEST(has(ran.err, ": element 1 has an id that"), ran.err);
    BOOST_TEST(accounts.requests("POST") == 0u);
  }
}

BOOST_AUTO_TEST_CASE(one_bad_list_does_not_spoil_the_next_one) {
  for (const std::string bad : {"string-ids", "repeat=*"}) BOOST_TEST_CONTEXT(bad) {
      const Accounts accounts(many(3), {slack("foreign", "https://foreign.test/", 900)},
                              {"--fault", "POST#1:close-after", "--fault", "us/GET#2:" + bad});
      const auto ran = accounts.migrate();
      BOOST_TEST(ran.code == 0, ran.err + ran.out);
      BOOST_TEST(accounts.count("us") == 4u);
    }
}

BOOST_AUTO_TEST_CASE(ids_that_are_no_integers_any_more_once_something_was_sent_leave_it_open) {
  for (const std::string ids : {"string-ids", "no-ids"}) {
    BOOST_TEST_CONTEXT(ids) {
      const Accounts accounts(many(3), {}, {"--fault", "POST#1:close-after", "--fault", "us/GET#2-:" + ids});
      const auto ran = accounts.migrate();
      BOOST_TEST(ran.code == 76, ran.err + ran.out);
      BOOST_TEST(has(unbroken(ran.out), "unknown whether it arrived"), ran.out);
      BOOST_TEST(accounts.requests("POST") == 1u);
      BOOST_TEST(accounts.count("us") == 3u);
    }
  }
}

// Evidence
// ------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(of_two_namesakes_that_the_server_normalises_a_lost_answer_books_none_and_doubles_none) {
  for (const std::string how : {"injective", "collapse"}) {
    BOOST_TEST_CONTEXT(how) {
      Accounts accounts(namesakes(), {},
                        {"--fault", "POST:normalise=" + how, "--fault", "POST#1:partial,count=1,status=0"});
      const auto first = accounts.migrate();
      BOOST_TEST(first.code == 1, first.err + first.out);
      BOOST_TEST(has(unbroken(first.out), "may be this one"), first.out);
      accounts.restart({"--fault", "POST:normalise=" + how});
      for (const std::string policy : {"skip", "duplicate"}) {
        const auto again = accounts.migrate({"--on-conflict", policy});
        BOOST_TEST(again.code != 0, again.err + again.out);
        BOOST_TEST(has(unbroken(again.out), "could not tell"), again.out);
      }
      BOOST_TEST(accounts.count("us") == 1u);
      const auto undone = accounts.run(undo(accounts));
      BOOST_TEST(undone.code == 1, undone.err + undone.out);
      BOOST_TEST(accounts.count("us") == 1u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_strangers_namesake_is_not_taken_for_ours_and_undo_leaves_it) {
  Accounts accounts({slack("ops", "https://ours.test/", 1)}, {},
                    {"--fault", "POST#1:close-before", "--fault", "POST#1:foreign=ops"});
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(accounts.count("us") == 1u);
  const auto undone = accounts.run(undo(accounts));
  BOOST_TEST(undone.code == 1, undone.err + undone.out);
  BOOST_TEST(accounts.count("us") == 1u);
  BOOST_TEST(accounts.requests("DELETE") == 0u);
}

BOOST_AUTO_TEST_CASE(an_edit_beside_a_lost_answer_is_not_called_updated_and_undo_does_not_overwrite_it) {
  Accounts accounts(
      {slack("ops", "https://new.test/", 1)}, {slack("ops", "https://old.test/", 7)},
      {"--fault", "POST#1:close-before", "--fault", "POST#1:touch=ops,url=https://person.test/"});
  const auto ran = accounts.migrate({"--on-conflict", "update"});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "0 updated"), ran.out);
  BOOST_TEST(accounts.run(undo(accounts)).code == 1);
  BOOST_TEST(url_of(accounts.webhooks("us").front()) == "https://person.test/");
}

/// The first response takes longer than a snapshot counts, and another client edits a webhook meanwhile.
std::vector<std::string> slow_beside_an_edit(const std::string& method) {
  return {"--fault", method + "#1:slow=900", "--fault", method + "#1:touch=hook-2,url=https://person.test/"};
}
const std::vector<std::string> one_at_a_time = {"--max-age", "0.5", "--concurrency", "1"};

BOOST_AUTO_TEST_CASE(an_update_after_a_slow_response_leaves_what_another_client_has_edited) {
  std::vector<std::string> old;
  for (int i = 0; i < 3; ++i)
    old.push_back(slack("hook-" + std::to_string(i), "https://old.test/" + std::to_string(i), 900 + i));
  Accounts accounts(many(3), old, slow_beside_an_edit("POST"));
  auto more = one_at_a_time;
  more.insert(more.end(), {"--on-conflict", "update", "--batch-size", "1"});
  const auto ran = accounts.migrate(more);
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(unbroken(ran.out), "another client has changed it"), ran.out);
  BOOST_TEST(has(ran.out, "2 updated"), ran.out);
  BOOST_TEST(url_of(accounts.webhooks("us").back()) == "https://person.test/");
}

BOOST_AUTO_TEST_CASE(an_undo_after_a_slow_response_leaves_what_another_client_has_edited) {
  Accounts accounts(many(3), {}, {});
  BOOST_TEST(accounts.migrate().code == 0);
  accounts.restart(slow_beside_an_edit("DELETE"));
  const auto undone = accounts.run(undo(accounts, one_at_a_time));
  BOOST_TEST(undone.code == 1, undone.err + undone.out);
  BOOST_TEST(accounts.count("us") == 1u);
  BOOST_TEST(url_of(accounts.webhooks("us").front()) == "https://person.test/");
}

BOOST_AUTO_TEST_CASE(a_single_empty_reading_proves_no_absence_without_a_settle_time) {
  Accounts accounts(many(6), {}, {"--fault", "POST#1:close-after", "--fault", "us/GET#2:empty"});
  const auto ran = accounts.migrate({"--settle", "0"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(accounts.count("us") == 6u);
  BOOST_TEST(accounts.requests("POST") == 1u);
}

BOOST_AUTO_TEST_CASE(an_edit_right_after_the_creation_is_reported_and_left_by_undo) {
  Accounts accounts({slack("ops", "https://new.test/", 1)}, {},
                    {"--fault", "POST#1:touch=ops,after=30,url=https://person.test/", "--fault",
                     "GET#3:slow=300", "--fault", "GET#3:late=0"});
  accounts.restart(
      {"--fault", "GET#3:empty", "--fault", "POST#1:touch=ops,after=20,url=https://person.test/"});
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "changed by someone"), ran.out);
  BOOST_TEST(accounts.run(undo(accounts)).code == 1);
  BOOST_TEST(accounts.count("us") == 1u);
  BOOST_TEST(url_of(accounts.webhooks("us").front()) == "https://person.test/");
}

BOOST_AUTO_TEST_CASE(a_webhook_deleted_before_the_end_is_not_called_created) {
  Accounts accounts(many(4), {}, {"--fault", "GET#3:remove=hook-2"});
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "3 created"), ran.out);
}

BOOST_AUTO_TEST_CASE(a_request_applied_twice_is_reported_with_ids) {
  for (const std::string how : {"", "injective", "collapse"}) {
    BOOST_TEST_CONTEXT(how) {
      std::vector<std::string> faults = {"--fault", "POST:twice"};
      if (!how.empty()) faults.insert(faults.end(), {"--fault", "POST:normalise=" + how});
      const Accounts accounts(many(2), {}, faults);
      const auto ran = accounts.migrate();
      BOOST_TEST(ran.code == 1, ran.err + ran.out);
      BOOST_TEST(has(ran.out, "is a copy that came up"), ran.out);
      BOOST_TEST(has(ran.out, "with id " + std::to_string(accounts.webhooks("us").back().id)), ran.out);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_quiet_run_reports_what_the_server_dropped) {
  const Accounts accounts(many(2), {}, {"--fault", "POST:drop=url"});
  const auto ran = accounts.migrate({"-q"});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.err, "2 altered by the server"), ran.err);
  const auto diff = accounts.diff();
  BOOST_TEST(diff.code == 0, diff.out);
  BOOST_TEST(has(diff.out, "Altered by the server, as an earlier run has found: 2"), diff.out);
  const auto again = accounts.migrate({"--format", "json"});
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(has(again.out, "\"altered\": 2"), again.out);
  BOOST_TEST(accounts.requests("POST") == 1u);
}

// Undo
// ----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_undo_at_a_short_snapshot_takes_nothing_for_undone) {
  for (const std::string reading : {"empty", "half", "short=2"}) {
    BOOST_TEST_CONTEXT(reading) {
      Accounts accounts(many(8), {});
      BOOST_TEST(accounts.migrate().code == 0);
      accounts.restart({"--fault", "GET:" + reading});
      const auto misled = accounts.run(undo(accounts));
      BOOST_TEST(misled.code == 1, misled.err + misled.out);
      BOOST_TEST(!has(misled.out, "already undone"), misled.out);
      BOOST_TEST(accounts.requests("DELETE") == 0u);
      accounts.restart({});
      const auto undone = accounts.run(undo(accounts));
      BOOST_TEST(undone.code == 0, undone.err + undone.out);
      BOOST_TEST(has(undone.out, "8 deleted"), undone.out);
      BOOST_TEST(accounts.count("us") == 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE(deletions_that_fail_are_not_called_done_because_of_an_empty_reading) {
  Accounts accounts(many(3), {slack("foreign", "https://foreign.test/", 900)});
  BOOST_TEST(accounts.migrate().code == 0);
  accounts.restart({"--fault", "DELETE:status=500", "--fault", "GET#2-:empty"});
  const auto undone = accounts.run(undo(accounts));
  BOOST_TEST(undone.code == 1, undone.err + undone.out);
  BOOST_TEST(has(undone.out, "0 deleted"), undone.out);
  accounts.restart({});
  BOOST_TEST(accounts.run(undo(accounts)).code == 0);
  BOOST_TEST(accounts.count("us") == 1u);
}

BOOST_AUTO_TEST_CASE(a_deletion_that_is_carried_out_later_is_waited_for) {
  Accounts accounts(many(3), {});
  BOOST_TEST(accounts.migrate().code == 0);
  accounts.restart({"--fault", "DELETE:apply-late,after=300"});
  const auto undone = accounts.run(undo(accounts, {"--settle", "2"}));
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(accounts.count("us") == 0u);
}

// Who it is
// -----------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(one_ledger_has_one_writer_at_a_time) {
  Accounts accounts(many(10), {}, {"--fault", "POST:slow-apply=700"});
  const auto process = accounts.start_migrate();
  accounts.await_requests("begun:POST", 1);
  const Environment back = {{"HOOKFERRY_SOURCE_KEY", "us-key"}, {"HOOKFERRY_DEST_KEY", "eu-key"}};
  const auto second =
      accounts.run_with(back, {"import", accounts.file_of("eu") + ".none", accounts.url(), "--yes"});
  BOOST_TEST(second.code == 66);
  spill(accounts.folder().file("one.json"), array_of({slack("one", "https://one.test/")}));
  const auto third = accounts.run_with(back, {"import", accounts.folder().file("one.json"), accounts.url(),
                                              "--yes", "--ledger", accounts.ledger()});
  BOOST_TEST((third.code == 1 || third.code == 64), third.err);
  BOOST_TEST(process->wait() == 0);
  BOOST_TEST(accounts.count("us") == 10u);
  BOOST_TEST(accounts.count("eu") == 10u);
}

BOOST_AUTO_TEST_CASE(two_runs_at_once_against_one_account_under_two_names_are_refused) {
  for (const bool other_key : {false, true}) {
    for (const bool empty : {false, true}) {
      std::vector<std::string> there;
      if (!empty) there.push_back(slack("foreign", "https://foreign.test/", 900));
      Accounts accounts(many(6), there, {"--fault", "POST:slow-apply=900"});
      const auto process = accounts.start_migrate();
      accounts.await_requests("begun:POST", 1);
      const auto port = accounts.url().substr(accounts.url().rfind(':'));
      const Environment key = {{"HOOKFERRY_DEST_KEY", other_key ? "us-other-key" : "us-key"}};
      const auto second = accounts.run_with(
          key, {"migrate", accounts.url(), "http://localhost" + port, "--yes", "--no-rewrite"});
      BOOST_TEST(second.code == 1, second.err + second.out);
      BOOST_TEST(has(second.err, "another run"), second.err);
      BOOST_TEST(process->wait() == 0);
      BOOST_TEST(has_none_twice(accounts));
    }
  }
}

/// The account was empty when the first run began, and shows its company since. Its other key shows it from
/// the start.
BOOST_AUTO_TEST_CASE(a_run_under_another_key_is_refused_while_the_first_one_into_an_empty_account_goes_on) {
  const Accounts accounts(many(4), {}, {"--fault", "POST#2:slow-apply=1500"});
  const auto first = accounts.start_migrate({"--batch-size", "1", "--concurrency", "1"});
  accounts.await_requests("begun:POST", 1);
  BOOST_TEST(accounts.count("us") == 1u);
  const auto second =
      accounts.run_with({{"HOOKFERRY_DEST_KEY", "us-other-key"}},
                        accounts.migrate_arguments({"--ledger", accounts.folder().file("second.jsonl")}));
  BOOST_TEST(second.code == 1, second.err + second.out);
  BOOST_TEST(has(second.err, "another run on this machine is writing to"), second.err);
  BOOST_TEST(first->wait() == 0, slurp(accounts.folder().file("migrate.err")));
  BOOST_TEST(accounts.count("us") == 4u);
}

BOOST_AUTO_TEST_CASE(an_account_under_two_keys_or_addresses_is_not_migrated_into_itself) {
  Accounts accounts({}, many(4));
  const auto port = accounts.url().substr(accounts.url().rfind(':'));
  const Environment keys = {{"HOOKFERRY_SOURCE_KEY", "us-key"}, {"HOOKFERRY_DEST_KEY", "us-other-key"}};
  const Environment same = {{"HOOKFERRY_SOURCE_KEY", "us-key"}, {"HOOKFERRY_DEST_KEY", "us-key"}};
  for (const std::string command : {"migrate", "diff"}) {
    std::vector<std::string> arguments = {command,         accounts.url(), "http://localhost" + port,
                                          "--on-conflict", "duplicate",    "--no-rewrite"};
    if (command == "migrate") arguments.emplace_back("--yes");
    BOOST_TEST(accounts.run_with(keys, arguments).code == 64);
    BOOST_TEST(accounts.run_with(same, arguments).code == 64);
  }
  BOOST_TEST(accounts.count("us") == 4u);
}

BOOST_AUTO_TEST_CASE(a_new_key_of_the_same_account_serves_for_an_undo) {
  Accounts accounts(many(3), {});
  BOOST_TEST(accounts.migrate().code == 0);
  const Environment key = {{"HOOKFERRY_DEST_KEY", "us-other-key"}};
  const auto undone = accounts.run_with(key, undo(accounts, {"--dest", accounts.url()}));
  BOOST_TEST(undone.code == 0, undone.err);
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(
    a_rerun_of_an_unfinished_run_goes_on_in_its_ledger_so_that_one_undo_takes_all_of_it_back) {
  Accounts accounts(many(12), {}, {"--fault", "POST#2-:status=401"});
  const std::vector<std::string> command = {
      "migrate",  accounts.url(), accounts.url(), "--yes", "--no-rewrite",
      "--settle", "0.4",          "--batch-size", "4",     "--concurrency",
      "1"};
  BOOST_TEST(accounts.run(command).code == 77);
  accounts.restart({});
  BOOST_TEST(accounts.run(command).code == 0);
  std::vector<std::string> ledgers;
  for (const auto& entry : std::filesystem::directory_iterator(accounts.state_folder()))
    if (entry.path().extension() == ".jsonl") ledgers.push_back(entry.path().string());
  BOOST_TEST_REQUIRE(ledgers.size() == 1u);
  BOOST_TEST(accounts.run({"undo", ledgers.front(), "--yes", "--settle", "0.4"}).code == 0);
  BOOST_TEST(accounts.count("us") == 0u);
}

// Regions
// -------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_region_that_is_needed_and_not_known_is_no_silent_copy) {
  const Accounts accounts({sendlog("logs", "https://ingress.coralogix.com/logs/v1/singles", 1)}, {});
  const auto ran = accounts.run({"migrate", accounts.url(), accounts.url(), "--yes"});
  BOOST_TEST(ran.code == 64, ran.err + ran.out);
  BOOST_TEST(has(ran.err, "--source-region"), ran.err);
  BOOST_TEST(accounts.count("us") == 0u);
  BOOST_TEST(
      accounts.run({"migrate", accounts.url(), accounts.url(), "--yes", "--source-region", "eu1"}).code ==
      64);
  BOOST_TEST(accounts.run({"diff", accounts.url(), accounts.url(), "--no-rewrite"}).code == 2);
}

// The wire
// ------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_redirected_post_that_was_carried_out_is_found_and_the_run_ends) {
  Accounts accounts(many(4), {}, {"--fault", "POST#1:redirect=https://elsewhere.test/,applied=yes"});
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 76, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "4 created"), ran.out);
  accounts.restart({});
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(accounts.count("us") == 4u);
}

BOOST_AUTO_TEST_CASE(bytes_left_over_from_an_answer_are_not_the_next_one) {
  for (const std::string rest : {"200", "answer", "junk"}) {
    BOOST_TEST_CONTEXT(rest) {
      Accounts accounts(many(12), {}, {"--fault", "ANY:leftover=" + rest});
      const auto ran = accounts.migrate({"--batch-size", "2"});
      BOOST_TEST(ran.code == 0, ran.err + ran.out);
      BOOST_TEST(accounts.count("us") == 12u);
      BOOST_TEST(has_none_twice(accounts));
    }
  }
}

BOOST_AUTO_TEST_CASE(informational_answers_are_not_the_answer) {
  for (const std::string status : {"100", "103"}) {
    Accounts accounts(many(6), {}, {"--fault", "ANY:informational=" + status});
    const auto ran = accounts.migrate({"--batch-size", "2"});
    BOOST_TEST(ran.code == 0, ran.err + ran.out);
    BOOST_TEST(accounts.count("us") == 6u);
  }
}

// The ledger and the prompt
// --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_ledger_that_cannot_be_written_any_more_ends_the_run_with_what_is_there) {
  Accounts accounts(many(40), {});
  auto command = accounts.migrate_arguments({"--batch-size", "1", "--concurrency", "1"});
  std::string line = "ulimit -f 11; exec \"$0\" \"$@\"";  // in KiB: the header fits, the events do not
  command.insert(command.begin(), {"/bin/bash", "-c", line, hookferry_binary()});
  Process process(command, accounts.environment(), accounts.folder().file("out"),
                  accounts.folder().file("err"));
  const auto code = process.wait();
  const auto out = slurp(accounts.folder().file("out")), err = slurp(accounts.folder().file("err"));
  BOOST_TEST(code == 73, err + out);
  const auto there = accounts.count("us");
  BOOST_TEST(there > 0u);
  BOOST_TEST(there < 40u);
  BOOST_TEST(has(out, std::to_string(there) + " created"), out);
  const auto again = accounts.migrate();
  BOOST_TEST(again.code == 0, again.err);
  BOOST_TEST(accounts.count("us") == 40u);
  BOOST_TEST(has_none_twice(accounts));
}

BOOST_AUTO_TEST_CASE(what_is_made_anew_alike_while_the_question_waits_is_what_the_run_relies_on) {
  const Accounts accounts(many(3), {slack("hook-0", "https://hooks.test/0", 900)});
  Terminal terminal(
      {hookferry_binary(), "migrate", accounts.url(), accounts.url(), "--no-rewrite", "--color", "never"},
      accounts.environment());
  terminal.wait_for("[y/N]");
  accounts.somebody_deletes("us", 900);
  accounts.somebody_adds("us", slack("hook-0", "https://hooks.test/0"));
  terminal.type("y\n");
  BOOST_TEST(terminal.wait() == 0, terminal.shown());
  BOOST_TEST(!has(terminal.shown(), "Not as planned"), terminal.shown());
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(what_changes_while_the_question_waits_ends_the_run) {
  Accounts accounts(many(3), {slack("foreign", "https://foreign.test/", 900)});
  std::vector<std::string> command = {hookferry_binary(), "migrate", accounts.url(), accounts.url(),
                                      "--no-rewrite",     "--color", "never"};
  for (const bool matters : {true, false}) {
    Terminal terminal(command, accounts.environment());
    terminal.wait_for("[y/N]");
    // A person has made one of the planned webhooks by hand, or changed what is nobody's concern here.
    if (matters) accounts.somebody_adds("us", slack("hook-1", "https://hooks.test/1"));
    if (!matters) accounts.somebody_adds("us", slack("unrelated", "https://unrelated.test/"));
    terminal.type("y\n");
    const auto code = terminal.wait();
    BOOST_TEST(code == (matters ? 1 : 0), terminal.shown());
    if (matters) BOOST_TEST(has(terminal.shown(), "has changed while the question waited"), terminal.shown());
  }
  BOOST_TEST(has_none_twice(accounts));
  BOOST_TEST(accounts.count("us") == 5u);
}

BOOST_AUTO_TEST_CASE(what_changes_while_the_question_of_an_undo_waits_ends_it) {
  Accounts accounts(many(2), {});
  BOOST_TEST(accounts.migrate().code == 0);
  Terminal terminal({hookferry_binary(), "undo", accounts.ledger(), "--settle", "0.3", "--color", "never"},
                    accounts.environment());
  terminal.wait_for("[y/N]");
  for (const auto& held : accounts.webhooks("us"))
    if (held.alias == "hook-1")
      accounts.somebody_edits("us", held.id, slack("hook-1", "https://theirs.test/"));
  terminal.type("y\n");
  BOOST_TEST(terminal.wait() == 1, terminal.shown());
  BOOST_TEST(has(terminal.shown(), "has changed while the question waited"), terminal.shown());
  BOOST_TEST(accounts.requests("DELETE") == 0u);
  BOOST_TEST(accounts.count("us") == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
