// Histories in which the server or another client does something odd at the worst moment: nothing may be
// doubled, lost or taken from another client, and the exit code says what is left.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "support/accounts.hpp"
#include "support/fleet.hpp"
#include "support/rooms.hpp"
#include "support/wait.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Options of the sandbox.
std::vector<std::string> faults(const std::vector<std::string>& rules) {
  std::vector<std::string> out;
  for (const auto& rule : rules) out.insert(out.end(), {"--fault", rule});
  return out;
}

/// No alias is there more often than `most`.
bool has_none_doubled(const Accounts& accounts, std::size_t most = 1) {
  std::map<std::string, std::size_t> count;
  for (const auto& alias : accounts.aliases("us")) ++count[alias];
  return std::ranges::all_of(count, [&](const auto& one) { return one.second <= most; });
}

std::size_t writes(const Accounts& accounts) {
  return accounts.requests("POST") + accounts.requests("DELETE");
}

Ran mirror(const Accounts& accounts, const std::vector<std::string>& more = {}) {
  auto arguments = accounts.migrate_arguments(more);
  arguments.front() = "mirror";
  return accounts.run(arguments);
}

Ran undo(const Accounts& accounts, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"undo", accounts.ledger(), "--yes", "--settle", "0.3"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return accounts.run(arguments);
}

/// One request after the other, and no snapshot is young enough after a pause.
std::vector<std::string> one_by_one(std::vector<std::string> more) {
  more.insert(more.end(), {"--batch-size", "1", "--concurrency", "1", "--max-age", "0.5"});
  return more;
}

std::vector<std::string> with(std::vector<std::string> webhooks, const std::vector<std::string>& more) {
  webhooks.insert(webhooks.end(), more.begin(), more.end());
  return webhooks;
}

/// The same as many(), with other URLs.
std::vector<std::string> older(int count) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i)
    out.push_back(slack("hook-" + std::to_string(i), "https://old.test/" + std::to_string(i), i + 1));
  return out;
}

/// Of the only webhook with that alias in the destination.
std::string url_of(const Accounts& accounts, const std::string& alias) {
  std::string out;
  for (const auto& webhook : accounts.webhooks("us"))
    if (webhook.alias == alias) out += webhook.url;
  return out;
}

const std::string next_page =
    "header=Link:_</all?page=1>;_rel=\"prev_first\"; </all?page=2>;_REL=\"next_last\"";

}  // namespace

BOOST_AUTO_TEST_SUITE(histories)

// Lists that are not whole
// -------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_source_that_shows_a_webhook_twice_once_doubles_nothing) {
  for (const std::string command : {"migrate", "mirror"}) {
    const Accounts accounts(many(4), {}, faults({"eu/GET#1:repeat=hook-2"}));
    auto arguments = accounts.migrate_arguments({"-v"});
    arguments.front() = command;
    const auto ran = accounts.run(arguments);
    BOOST_TEST(ran.code == 0, ran.err + ran.out);
    BOOST_TEST(has(ran.err, "the list shows id 3 twice; retry 1 of 5"), ran.err);
    BOOST_TEST(accounts.count("us") == 4u);
    BOOST_TEST(has_none_doubled(accounts));
  }
}

BOOST_AUTO_TEST_CASE(a_list_that_is_never_whole_ends_every_command_with_nothing_written) {
  const std::map<std::string, std::string> odd = {
      {"repeat=hook-2", "the list shows id 3 twice"},
      {"success=206", "the status is HTTP 206"},
      {"header=Content-Range:_items_0-3/9", "the list has a Content-Range"},
      {next_page, "the list has a next page"}};
  for (const auto& [fault, message] : odd) {
    for (const std::string side : {"eu", "us"}) {
      BOOST_TEST_CONTEXT(fault << " of " << side) {
        const Accounts accounts(many(4), many(4), faults({side + "/GET:" + fault}));
        const auto ran = accounts.migrate({"--retries", "1"});
        BOOST_TEST(ran.code == 76, ran.err + ran.out);
        BOOST_TEST(has(ran.err, "is not the whole list: " + message), ran.err);
        BOOST_TEST(accounts.requests("GET", side) == 2u);
        BOOST_TEST(mirror(accounts, {"--retries", "0"}).code == 76);
        BOOST_TEST(accounts.diff({"--retries", "0"}).code == 76);
        BOOST_TEST(writes(accounts) == 0u);
        const Environment key = {{"HOOKFERRY_KEY", side + "-key"}, {"HOOKFERRY_SOURCE_KEY", ""}};
        for (const std::string command : {"export", "list"}) {
          const auto read = accounts.run_with(key, {command, accounts.url(), "--retries", "0"});
          BOOST_TEST(read.code == 76, read.err);
          BOOST_TEST(read.out == "");
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(links_that_lead_to_no_next_page_are_no_mark_of_a_part) {
  for (const std::string link :
       {"</all?rel=next>;_rel=\"prev\"", "</next>;_title=next", "<next>;_rel=nextish", ";;=", "<"}) {
    const Accounts accounts(many(3), {}, faults({"GET:header=Link:_" + link}));
    const auto ran = accounts.migrate({"--retries", "0"});
    BOOST_TEST(ran.code == 0, ran.err + ran.out);
  }
}

BOOST_AUTO_TEST_CASE(a_destination_that_shows_a_webhook_twice_once_hides_no_missing_one) {
  const Accounts accounts({slack("same", "https://same.test/", 1), slack("same", "https://same.test/", 2)},
                          {slack("same", "https://same.test/", 700)}, faults({"us/GET#1:repeat=same"}));
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "1 created, 0 updated, 1 unchanged"), ran.out);
  BOOST_TEST(accounts.count("us") == 2u);
}

BOOST_AUTO_TEST_CASE(a_mirror_does_not_delete_a_webhook_that_the_destination_shows_twice) {
  for (const std::string when : {"us/GET#1:", "us/GET:"}) {
    const Accounts accounts(many(10), many(10), faults({when + "repeat=hook-5"}));
    const auto ran = mirror(accounts, {"--retries", "1"});
    BOOST_TEST(ran.code == (when == "us/GET:" ? 76 : 0), ran.err + ran.out);
    BOOST_TEST(accounts.requests("DELETE") == 0u);
    BOOST_TEST(accounts.count("us") == 10u);
  }
}

BOOST_AUTO_TEST_CASE(a_part_of_the_list_does_not_prove_that_a_lost_post_has_not_arrived) {
  for (const std::string part :
       {"success=206", "header=Content-Range:_items_0-5/12", next_page.c_str(), "repeat=hook-0"}) {
    for (const bool passes : {true, false}) {
      BOOST_TEST_CONTEXT(part << (passes ? ", for a while" : ", for good")) {
        const std::string when = passes ? "us/GET#2-4:" : "us/GET#2-:";
        const Accounts accounts(many(12), {}, faults({"POST#1:close-after", when + part, when + "half"}));
        const auto ran = accounts.migrate({"--retries", passes ? "5" : "1"});
        BOOST_TEST(ran.code == (passes ? 0 : 76), ran.err + ran.out);
        BOOST_TEST(accounts.requests("POST") == 1u);
        BOOST_TEST(accounts.count("us") == 12u);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_part_of_the_list_is_no_ground_for_a_plan) {
  const Accounts accounts(many(12), many(12), faults({"us/GET#1:success=206", "us/GET#1:half"}));
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "12 unchanged"), ran.out);
  BOOST_TEST(writes(accounts) == 0u);
}

// A mirror looks at its source twice
// -------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_mirror_does_not_delete_what_the_source_shows_again) {
  const auto two_hidden = std::vector<std::string>{"eu/GET#1:hide=hook-1", "eu/GET#1:hide=hook-2"};
  auto destination = many(10);
  destination.push_back(slack("gone", "https://gone.test/", 11));
  const Accounts accounts(many(10), destination, faults(two_hidden));
  const auto ran = mirror(accounts);
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.err, "mirror deletes 3 webhooks: reading " + accounts.url() +
                              " again in 1 s to be sure they are gone there"),
             ran.err);
  BOOST_TEST(has(ran.out, "\"hook-1\" (slack) with id 2 was not deleted"), ran.out);
  BOOST_TEST(has(ran.out, "1 deleted"), ran.out);
  BOOST_TEST(accounts.requests("GET", "eu") == 2u);
  BOOST_TEST(accounts.requests("DELETE") == 1u);
  BOOST_TEST(accounts.count("us") == 10u);
  const auto again = mirror(accounts);
  BOOST_TEST(again.code == 0, again.err + again.out);
}

BOOST_AUTO_TEST_CASE(a_mirror_deletes_only_as_many_namesakes_as_are_missing_from_both_snapshots) {
  const auto same = [](int id) { return slack("same", "https://same.test/" + std::to_string(id), id); };
  const Accounts accounts({same(1), same(2), slack("other", "https://other.test/", 9)},
                          {same(1), same(2), same(3), slack("other", "https://other.test/", 9)},
                          faults({"eu/GET#1:short=1"}));
  const auto ran = mirror(accounts, {"--max-delete", "100%"});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "(slack) with id 2 was not deleted"), ran.out);
  BOOST_TEST(has(ran.out, "1 deleted"), ran.out);
  std::vector<std::int64_t> ids;
  for (const auto& webhook : accounts.webhooks("us")) ids.push_back(webhook.id);
  BOOST_TEST(ids == std::vector<std::int64_t>({1, 2, 9}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_mirror_stops_if_the_source_shrinks_between_its_two_snapshots) {
  const Accounts accounts(many(10), many(11), faults({"eu/GET#2:short=4"}));
  const auto ran = mirror(accounts);
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.err, "showed 10 webhooks and now shows 4; nothing was changed"), ran.err);
  BOOST_TEST(writes(accounts) == 0u);
}

BOOST_AUTO_TEST_CASE(a_mirror_reads_its_source_once_if_it_deletes_nothing) {
  const Accounts accounts(many(10), many(9));
  BOOST_TEST(mirror(accounts, {"--settle", "60"}).code == 0);
  BOOST_TEST(accounts.requests("GET", "eu") == 1u);
}

BOOST_AUTO_TEST_CASE(a_mirror_of_a_file_does_not_wait_before_it_deletes) {
  const Accounts accounts({}, many(11));
  const auto file = accounts.folder().file("source.json");
  spill(file, array_of(many(10)));
  const auto ran = accounts.run({"mirror", file, accounts.url(), "--yes", "--settle", "0.3", "--no-rewrite"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(!has(ran.err, "again"), ran.err);
  BOOST_TEST(accounts.count("us") == 10u);
}

BOOST_AUTO_TEST_CASE(a_signal_while_a_mirror_waits_for_its_second_snapshot_changes_nothing) {
  const Accounts accounts(many(10), many(11));
  auto arguments = accounts.migrate_arguments({"--settle", "60"});
  arguments.front() = "mirror";
  const auto process = accounts.in_background("mirror", arguments);
  const auto told = accounts.folder().file("mirror.err");
  wait_for_text(told, "to be sure it is gone there");
  process->signal(SIGINT);
  BOOST_TEST(process->wait() == 130);
  BOOST_TEST(has(slurp(told), "interrupted; nothing was changed"), slurp(told));
  BOOST_TEST(writes(accounts) == 0u);
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_a_fleet_shares_is_the_first_of_two_for_each_of_its_mirrors) {
  const Fleet accounts({{"prod", 1, many(10)}, {"one", 3, many(10)}, {"two", 4, many(11)}},
                       faults({"prod/GET#1:hide=hook-1"}));
  const std::string mirrors = "no-rewrite = true\nmode = mirror\n";
  accounts.configure("[pair first]\nsource = prod\ndest = one\n" + mirrors +
                     "[pair second]\nsource = prod\ndest = two\n" + mirrors);
  const auto ran = accounts.fleet({"--yes"});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(accounts.aliases("one").size() == 10u);
  BOOST_TEST(accounts.aliases("two").size() == 10u);
  BOOST_TEST(accounts.requests("GET", "prod") == 3u);
  BOOST_TEST(accounts.requests("DELETE") == 1u);
}

BOOST_AUTO_TEST_CASE(applying_a_mirror_plan_looks_at_the_source_twice) {
  const Accounts accounts(many(10), many(10), faults({"eu/GET#1-2:hide=hook-1"}));
  const auto plan = accounts.folder().file("mirror.plan");
  BOOST_TEST(accounts.diff({"--mirror", "--out", plan}).code == 2);
  const auto ran = accounts.run({"apply", plan, "--settle", "0.3"});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "was not deleted"), ran.out);
  BOOST_TEST(writes(accounts) == 0u);
}

// Another client edits while a request waits
// -------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_update_does_not_overwrite_an_edit_made_while_requests_wait) {
  const std::string edit = "touch=hook-2,url=https://person.test/";
  const std::vector<std::vector<std::string>> waits = {
      {"POST#1:slow=1200", "POST#1:" + edit + ",after=100"},
      {"POST#1:status=429,retry-after=1", "POST#1:" + edit + ",after=100"},
      {"POST#1:status=503,retry-after=1", "POST#1:" + edit + ",after=100"}};
  for (const auto& wait : waits) {
    BOOST_TEST_CONTEXT(wait.front()) {
      const Accounts accounts(many(3), older(3), faults(wait));
      const auto ran = accounts.migrate(one_by_one({"--on-conflict", "update"}));
      BOOST_TEST(ran.code == 1, ran.err + ran.out);
      BOOST_TEST(url_of(accounts, "hook-2") == "https://person.test/");
      BOOST_TEST(undo(accounts).code != 65);
      BOOST_TEST(url_of(accounts, "hook-2") == "https://person.test/");
      BOOST_TEST(url_of(accounts, "hook-0") == "https://old.test/0");
    }
  }
}

BOOST_AUTO_TEST_CASE(an_update_does_not_overwrite_an_edit_made_while_the_plan_is_read_in_a_pager) {
  const Accounts accounts(with(many(1500), {slack("last", "https://new.test/", 2000)}),
                          with(many(1500), {slack("last", "https://old.test/", 2000)}));
  const auto gate = accounts.folder().file("gate");
  BOOST_REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
  auto command = accounts.migrate_arguments({"--on-conflict", "update", "-v", "--max-age", "0.1"});
  command.insert(command.begin(),
                 {"/bin/bash", "-c",
                  "\"$0\" \"$@\" | { read -r line < " + gate + "; cat > /dev/null; }; exit ${PIPESTATUS[0]}",
                  hookferry_binary()});
  Process process(command, accounts.environment(), accounts.folder().file("out"),
                  accounts.folder().file("err"));
  accounts.await_requests("GET", 1, "us");
  accounts.somebody_edits("us", 2000, slack("last", "https://person.test/"));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // for the snapshot to be older than --max-age
  spill(gate, "go on\n");
  BOOST_TEST(process.wait() == 1, slurp(accounts.folder().file("err")));
  BOOST_TEST(url_of(accounts, "last") == "https://person.test/");
}

BOOST_AUTO_TEST_CASE(a_mirror_does_not_delete_an_extra_edited_while_a_deletion_waits) {
  const std::string edit = "DELETE#1:touch=extra-2,after=100";
  for (const std::string wait : {"DELETE#1:slow=1200", "DELETE#1:status=503,retry-after=1"}) {
    BOOST_TEST_CONTEXT(wait) {
      const Accounts accounts(many(6),
                              with(many(6), {slack("extra-1", "https://extra.test/1", 11),
                                             slack("extra-2", "https://extra.test/2", 12)}),
                              faults({wait, edit}));
      const auto ran = mirror(accounts, one_by_one({}));
      BOOST_TEST(ran.code == 1, ran.err + ran.out);
      BOOST_TEST(url_of(accounts, "extra-2").starts_with("https://touched.test/"));
      BOOST_TEST(accounts.count("us") == 7u);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_undo_leaves_what_is_edited_while_its_requests_wait) {
  const std::vector<std::vector<std::string>> waits = {
      {"DELETE#1:slow=1200", "DELETE#1:touch=hook-1,after=100"},
      {"DELETE#1:status=429,retry-after=1", "DELETE#1:touch=hook-1,after=100"}};
  for (const auto& wait : waits) {
    BOOST_TEST_CONTEXT(wait.front()) {
      Accounts accounts(many(3), {});
      BOOST_TEST(accounts.migrate().code == 0);
      accounts.restart(faults(wait));
      const auto undone = undo(accounts, one_by_one({}));
      BOOST_TEST(undone.code == 1, undone.err + undone.out);
      BOOST_TEST(accounts.count("us") == 1u);
      BOOST_TEST(url_of(accounts, "hook-1").starts_with("https://touched.test/"));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_undo_of_updates_leaves_what_is_edited_while_its_requests_wait) {
  for (const std::string wait : {"POST#1:slow=1200", "POST#1:status=429,retry-after=1"}) {
    BOOST_TEST_CONTEXT(wait) {
      Accounts accounts(many(2), older(2));
      BOOST_TEST(accounts.migrate({"--on-conflict", "update"}).code == 0);
      accounts.restart(faults({wait, "POST#1:touch=hook-*,count=2,after=100"}));
      const auto undone = undo(accounts, one_by_one({}));
      BOOST_TEST(undone.code == 1, undone.err + undone.out);
      std::size_t touched = 0;
      for (const auto& webhook : accounts.webhooks("us"))
        touched += webhook.url.starts_with("https://touched.test/") ? 1U : 0U;
      BOOST_TEST(touched == 2u);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_update_that_another_client_sets_back_is_not_sent_again) {
  const Accounts accounts({slack("ops", "https://new.test/", 1)}, {slack("ops", "https://old.test/", 7)},
                          faults({"POST#1:close-after", "POST#1:touch=ops,url=https://old.test/,after=0"}));
  const auto ran = accounts.migrate({"--on-conflict", "update"});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(accounts.requests("POST") == 1u);
  BOOST_TEST(url_of(accounts, "ops") == "https://old.test/");
}

// What was there before
// -------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_undo_does_not_delete_webhooks_that_a_first_snapshot_did_not_show) {
  for (const std::string shown : {"empty", "half"}) {
    for (const std::string lost : {"status=503", "close-before"}) {
      BOOST_TEST_CONTEXT(shown << " " << lost) {
        const Accounts accounts(many(12), many(12), faults({"us/GET#1:" + shown, "POST#1:" + lost}));
        const auto ran = accounts.migrate();
        BOOST_TEST(accounts.count("us") == 12u);
        BOOST_TEST(!has(ran.out, " 12 created"), ran.out);
        undo(accounts);
        BOOST_TEST(accounts.requests("DELETE") == 0u);
        BOOST_TEST(accounts.count("us") == 12u);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_webhook_that_a_create_returned_but_did_not_make_stays_its_owners) {
  // Another client adds it behind the snapshot that the plan relies on, two seconds before the POST that
  // returns it.
  const Accounts accounts({slack("ops", "https://ours.test/", 1)}, {},
                          faults({"us/GET#1:foreign=ops,url=https://theirs.test/,after=0",
                                  "POST#1:status=429,retry-after=2", "POST:get-or-create"}));
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "0 created"), ran.out);
  undo(accounts);
  BOOST_TEST(accounts.requests("DELETE") == 0u);
  BOOST_TEST(url_of(accounts, "ops") == "https://theirs.test/");
}

// Servers that store otherwise
// -------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_lost_post_is_not_sent_again_if_the_server_stores_another_alias_or_type) {
  const std::map<std::string, std::string> aliases = {{"trim", " spaced "},
                                                      {"lower", "CAPITALS"},
                                                      {"nfc", "cafe\u0301"},
                                                      {"cut", "an-alias-that-is-longer-than-sixteen"},
                                                      {"type", "typed"}};
  for (const auto& [how, alias] : aliases) {
    for (const std::string lost : {"POST:close-after", "POST#1:close-after"}) {
      BOOST_TEST_CONTEXT(how << ", " << lost) {
        const Accounts accounts({slack(alias, "https://a.test/", 1)},
                                {slack("theirs", "https://theirs.test/", 9)},
                                faults({"POST:normalise=" + how, lost}));
        for (int run = 0; run < 2; ++run) {
          const auto ran = accounts.migrate();
          BOOST_TEST(ran.code == 1, ran.err + ran.out);
          BOOST_TEST(!has(ran.out + ran.err, "Nothing was written"), ran.err + ran.out);
        }
        BOOST_TEST(accounts.count("us") == 2u);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_update_that_is_stored_as_a_new_webhook_is_sent_once) {
  const Accounts accounts(many(1), older(1), faults({"POST:update-creates"}));
  const auto ran = accounts.migrate({"--on-conflict", "update"});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(accounts.requests("POST") == 1u);
  BOOST_TEST(accounts.count("us") == 2u);
}

BOOST_AUTO_TEST_CASE(what_never_shows_is_sent_again_once_and_alone) {
  const Accounts accounts(many(6), {slack("theirs", "https://theirs.test/", 900)},
                          faults({"us/GET:short=1", "POST:close-after"}));
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(!has(ran.out + ran.err, "Nothing was written"), ran.err + ran.out);
  BOOST_TEST(accounts.requests("POST") == 2u);
  BOOST_TEST(accounts.count("us") == 8u);
}

BOOST_AUTO_TEST_CASE(a_settle_time_of_zero_still_takes_two_snapshots) {
  const Accounts accounts(many(6), {}, faults({"POST#1:close-after", "us/GET#2:empty"}));
  const auto ran = accounts.migrate({"--settle", "0"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(accounts.requests("POST") == 1u);
  BOOST_TEST(has_none_doubled(accounts));
}

// Ids that are given again
// -------------------------------------------------------------------------------------------------

/// The newest webhook is deleted by another client while the POST is on its way, and the id goes to the new
/// one.
BOOST_AUTO_TEST_CASE(a_new_webhook_under_a_reused_id_is_found) {
  for (const bool is_lost : {true, false}) {
    BOOST_TEST_CONTEXT((is_lost ? "lost" : "answered")) {
      auto rules = faults({"POST#1:remove=newest", "POST:reuse-ids"});
      if (is_lost) rules.insert(rules.end(), {"--fault", "POST#1:close-after"});
      Accounts accounts(
          {slack("ours", "https://ours.test/", 1)},
          {slack("kept", "https://kept.test/", 10), slack("newest", "https://newest.test/", 11)}, rules);
      const auto ran = accounts.migrate();
      BOOST_TEST(ran.code == 0, ran.err + ran.out);
      BOOST_TEST(accounts.requests("POST") == 1u);
      BOOST_TEST(accounts.count("us") == 2u);
      BOOST_TEST(has_none_doubled(accounts));
      const auto again = accounts.migrate();
      BOOST_TEST(accounts.count("us") == 2u, again.err + again.out);
      undo(accounts);
      BOOST_TEST(accounts.aliases("us").front() == "kept");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_repeated_deletion_does_not_delete_another_clients_webhook_under_the_same_id) {
  Accounts accounts({slack("ours", "https://ours.test/", 1)}, {slack("kept", "https://kept.test/", 10)});
  BOOST_TEST(accounts.migrate().code == 0);
  accounts.restart(
      faults({"DELETE#1:status=503,applied=yes", "DELETE#1:reuse-ids", "DELETE#1:foreign=theirs,after=0"}));
  const auto undone = undo(accounts);
  BOOST_TEST(accounts.aliases("us") == std::vector<std::string>({"kept", "theirs"}),
             boost::test_tools::per_element());
  BOOST_TEST(accounts.requests("DELETE") == 1u, undone.err + undone.out);
}

BOOST_AUTO_TEST_SUITE_END()
