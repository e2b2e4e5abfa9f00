// A destination that becomes what its source is, and what keeps that from doing harm.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/terminal.hpp"
#include "webhook/webhook.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::string> arguments(const std::string& command, const Accounts& accounts,
                                   const std::vector<std::string>& more) {
  std::vector<std::string> out = {command, accounts.url(),  accounts.url(), "--source-region",
                                  "eu1",   "--dest-region", "us1"};
  if (command != "diff") out.insert(out.end(), {"--yes", "--settle", "0.3", "--ledger", accounts.ledger()});
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

Ran mirror(const Accounts& accounts, const std::vector<std::string>& more = {}) {
  return accounts.run(arguments("mirror", accounts, more));
}

Ran diff_mirror(const Accounts& accounts, std::vector<std::string> more = {}) {
  more.insert(more.begin(), "--mirror");
  return accounts.run(arguments("diff", accounts, more));
}

Ran undo(const Accounts& accounts, const std::vector<std::string>& more = {}) {
  std::vector<std::string> all = {"undo", accounts.ledger(), "--yes", "--settle", "0.3"};
  all.insert(all.end(), more.begin(), more.end());
  return accounts.run(all);
}

/// What an account holds, without the members that the server owns: in any order, since what is made again
/// stands elsewhere.
std::vector<std::string> contents(const Accounts& accounts, const std::string& account = "us") {
  std::vector<std::string> out;
  for (const auto& held : accounts.webhooks(account)) {
    const auto document = json::Document::parse(held.text);
    out.push_back(content(read_webhook(document.root())));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> sorted_aliases(const Accounts& accounts) {
  auto out = accounts.aliases("us");
  std::sort(out.begin(), out.end());
  return out;
}

/// Ten of the source, of which the destination lacks one, has one otherwise, and two extras.
struct Pair : Accounts {
  explicit Pair(const std::vector<std::string>& sandbox_options = {})
      : Accounts(many(10), held(), sandbox_options) {}
  static std::vector<std::string> held() {
    auto out = many(9);
    out[3] = slack("hook-3", "https://old.test/3", 4);
    out.push_back(slack("extra-1", "https://extra.test/1", 101));
    out.push_back(sendlog("extra-2", "https://extra.test/2", 102));
    return out;
  }
};

json::Document parsed(const Ran& ran) { return json::Document::parse(ran.out); }

std::int64_t summary(const json::Document& document, const std::string& what) {
  return document.root().find("summary")->find(what)->integer().value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mirror_command)

BOOST_AUTO_TEST_CASE(the_destination_becomes_what_the_source_is_and_undo_makes_it_what_it_was) {
  const Pair accounts;
  const auto before = contents(accounts);
  const auto ran = mirror(accounts);
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "- delete    slack           \"extra-1\"  id 101"), ran.out);
  BOOST_TEST(has(ran.out, "1 to create, 1 to update, 2 to delete, 8 unchanged"), ran.out);
  BOOST_TEST(has(ran.out, "1 created, 1 updated, 2 deleted, 8 unchanged"), ran.out);
  BOOST_TEST(contents(accounts) == contents(accounts, "eu"), boost::test_tools::per_element());
  const auto again = mirror(accounts);
  BOOST_TEST(again.code == 0, again.err);
  BOOST_TEST(accounts.requests("DELETE") == 2u);

  const auto undone = undo(accounts);
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(has(undone.out, "1 deleted, 1 restored, 2 recreated"), undone.out);
  BOOST_TEST(has(undone.out, "(was 101)"), undone.out);
  BOOST_TEST(contents(accounts) == before, boost::test_tools::per_element());
  const auto writes = accounts.requests("POST") + accounts.requests("DELETE");
  const auto second = undo(accounts);
  BOOST_TEST(second.code == 0, second.err + second.out);
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") == writes);
}

BOOST_AUTO_TEST_CASE(diff_mirror_and_a_dry_run_show_the_plan_and_nothing_else) {
  const Pair accounts;
  const auto diff = diff_mirror(accounts, {"--format", "json"});
  BOOST_TEST(diff.code == 2, diff.err);
  const auto plan = parsed(diff);
  BOOST_TEST(summary(plan, "delete") == 2);
  BOOST_TEST(summary(plan, "extra") == 0);
  const auto last = plan.root().find("webhooks")->elements().back();
  BOOST_TEST(last.find("action")->string() == "delete");
  BOOST_TEST(last.find("destination_id")->integer().value() == 102);
  BOOST_TEST((last.find("source_id")->kind() == json::Kind::null));
  BOOST_TEST(has(diff_mirror(accounts).out, "\"extra-2\""));
  for (const std::string command : {"mirror", "migrate"}) {
    const auto dry = accounts.run(arguments(command, accounts, {"-n"}));
    BOOST_TEST(dry.code == 2, dry.err);
    BOOST_TEST(has(dry.out, "to delete") == (command == "mirror"), dry.out);
  }
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") == 0u);
  BOOST_TEST(slurp(accounts.ledger()) == "");
  BOOST_TEST(mirror(accounts, {"--format", "json"}).code == 0);
  const auto nothing = diff_mirror(accounts);
  BOOST_TEST(nothing.code == 0, nothing.out);
}

BOOST_AUTO_TEST_CASE(a_default_of_mirror_is_for_diff_alone) {
  const Pair accounts;
  const auto config = accounts.folder().file("config.ini");
  for (const std::string value : {"true", "false"}) {
    spill(config, "[defaults]\nmirror = " + value + "\n");
    const auto deletes = [&](const std::string& command, std::vector<std::string> more) {
      more.insert(more.end(), {"--config", config});
      return has(accounts.run(arguments(command, accounts, more)).out, "to delete:");
    };
    BOOST_TEST(deletes("diff", {}) == (value == "true"));
    BOOST_TEST(!deletes("migrate", {"-n"}));
    BOOST_TEST(deletes("mirror", {"-n"}));
  }
}

BOOST_AUTO_TEST_CASE(the_json_of_a_mirror_tells_what_was_deleted) {
  const Pair accounts;
  const auto ran = mirror(accounts, {"--format", "json"});
  BOOST_TEST(ran.code == 0, ran.err);
  const auto outcome = parsed(ran);
  BOOST_TEST(summary(outcome, "delete") == 2);
  BOOST_TEST(outcome.root().find("webhooks")->elements().back().find("action")->string() == "deleted");
}

BOOST_AUTO_TEST_CASE(filters_narrow_both_sides) {
  const Pair accounts;
  const auto ran = mirror(accounts, {"--only", "*-1", "--max-delete", "100%"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "1 to delete"), ran.out);
  BOOST_TEST(has(ran.out, "; 0 extra"), ran.out);
  BOOST_TEST(sorted_aliases(accounts).size() == 10u);
  const auto by_type = mirror(accounts, {"--type", "sendlog", "--max-delete", "1"});
  BOOST_TEST(by_type.code == 0, by_type.err);
  BOOST_TEST(!has(slurp(accounts.file_of("us")), "extra-2"));
  BOOST_TEST(has(slurp(accounts.file_of("us")), "https://old.test/3"));
}

BOOST_AUTO_TEST_CASE(with_an_id_of_the_source_nothing_is_deleted) {
  const Pair accounts;
  const auto ran = mirror(accounts, {"--id", "10"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(accounts.count("us") == 12u);
  BOOST_TEST(accounts.requests("DELETE") == 0u);
}

BOOST_AUTO_TEST_CASE(more_than_max_delete_allows_stops_it_before_anything_is_written) {
  const Pair accounts;
  for (const std::string limit : {"1", "9%", "0", "0%"}) {
    const auto ran = mirror(accounts, {"--max-delete", limit});
    BOOST_TEST(ran.code == 1, ran.err + ran.out);
    BOOST_TEST(has(ran.err, "this plan deletes 2 of "), ran.err);
    BOOST_TEST(has(ran.err, "--max-delete " + limit), ran.err);
    BOOST_TEST(accounts.run(arguments("mirror", accounts, {"-q", "--max-delete", limit})).code == 1);
  }
  BOOST_TEST(diff_mirror(accounts, {"--max-delete", "1"}).code == 2);
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") == 0u);
  BOOST_TEST(mirror(accounts, {"--max-delete", "2"}).code == 0);
}

BOOST_AUTO_TEST_CASE(the_default_limit_is_thirty_percent_of_what_is_held_rounded_up) {
  const Accounts four(
      {slack("a", "https://a.test/", 1)},
      {slack("a", "https://a.test/", 1), slack("b", "https://b.test/", 2), slack("c", "https://c.test/", 3)});
  BOOST_TEST(mirror(four).code == 1);  // 2 of 3, and 1 is allowed
  BOOST_TEST(four.count("us") == 3u);
  const Accounts three({slack("a", "https://a.test/", 1)},
                       {slack("a", "https://a.test/", 1), slack("b", "https://b.test/", 2)});
  BOOST_TEST(mirror(three).code == 0);
  BOOST_TEST(three.count("us") == 1u);
}

BOOST_AUTO_TEST_CASE(the_limit_counts_what_the_filters_select) {
  std::vector<std::string> held = many(10);
  held.push_back(slack("ops-1", "https://ops.test/1", 101));
  held.push_back(slack("ops-2", "https://ops.test/2", 102));
  auto source = many(10);
  const Accounts none_left(source, held);
  const auto refused = mirror(none_left, {"--only", "ops-*"});  // 2 of 2; of all 12, four would be allowed
  BOOST_TEST(refused.code == 1, refused.err + refused.out);
  BOOST_TEST(has(refused.err, "this plan deletes 2 of 2 webhooks; the limit is 1 (--max-delete 30%)"),
             refused.err);
  BOOST_TEST(none_left.requests("DELETE") == 0u);
  source.push_back(slack("ops-1", "https://ops.test/1", 101));
  const Accounts one_left(source, held);
  BOOST_TEST(mirror(one_left, {"--only", "ops-*"}).code == 0);
  BOOST_TEST(one_left.count("us") == 11u);
}

BOOST_AUTO_TEST_CASE(bad_limits_are_refused_before_any_connection) {
  const Pair accounts;
  for (const std::string limit : {"101%", "-1", "many"}) {
    const auto ran = mirror(accounts, {"--max-delete", limit});
    BOOST_TEST(ran.code == 64, ran.err);
    BOOST_TEST(has(ran.err, "--max-delete"), ran.err);
  }
  BOOST_TEST(accounts.requests("GET") == 0u);
}

BOOST_AUTO_TEST_CASE(a_source_that_reads_empty_stops_it) {
  const Accounts accounts({}, many(3));
  for (const std::string more : {"--yes", "-q"}) {
    const auto ran = mirror(accounts, {more, "--max-delete", "100%"});
    BOOST_TEST(ran.code == 1, ran.err + ran.out);
    BOOST_TEST(has(ran.err, "--accept-shrunk"), ran.err);
  }
  BOOST_TEST(accounts.count("us") == 3u);
  const auto accepted = mirror(accounts, {"--max-delete", "100%", "--accept-shrunk"});
  BOOST_TEST(accepted.code == 0, accepted.err);
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(a_source_that_lost_more_than_half_since_the_last_mirror_stops_it) {
  Accounts accounts(many(10), {});
  BOOST_TEST(mirror(accounts).code == 0);
  for (int id = 1; id <= 5; ++id) accounts.somebody_deletes("eu", id);
  BOOST_TEST(mirror(accounts, {"--max-delete", "100%"}).code == 0);  // half is left
  BOOST_TEST(accounts.count("us") == 5u);
  for (int id = 6; id <= 8; ++id) accounts.somebody_deletes("eu", id);
  const auto ran = mirror(accounts, {"--max-delete", "100%"});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.err, "only 2 webhooks"), ran.err);
  BOOST_TEST(has(ran.err, "it had 5"), ran.err);
  BOOST_TEST(accounts.count("us") == 5u);
  BOOST_TEST(mirror(accounts, {"--max-delete", "100%", "--accept-shrunk"}).code == 0);
  BOOST_TEST(mirror(accounts).code == 0);
}

BOOST_AUTO_TEST_CASE(another_source_is_held_against_its_own_number) {
  const Accounts accounts(many(10), {});
  BOOST_TEST(mirror(accounts).code == 0);
  spill(accounts.folder().file("few.json"), array_of(many(3)));
  const auto ran = accounts.run({"mirror", accounts.folder().file("few.json"), accounts.url(), "--yes",
                                 "--no-rewrite", "--max-delete", "100%", "--settle", "0.3"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(deletions_come_after_all_writes_and_only_where_these_arrived) {
  for (const std::string fault : {"POST#1-:status=422", "POST#1-:drop=url", "POST#1:status=403"}) {
    BOOST_TEST_CONTEXT(fault) {
      const Pair accounts({"--fault", fault});
      const auto ran = mirror(accounts, {"--retries", "1"});
      BOOST_TEST((ran.code == 1 || ran.code == 77), ran.err + ran.out);
      BOOST_TEST(accounts.requests("DELETE") == 0u);
      BOOST_TEST(has(ran.out, "not deleted: "), ran.out);
    }
  }
  const Pair accounts;
  BOOST_TEST(mirror(accounts).code == 0);
  const auto log = slurp(accounts.folder().file("log"));
  BOOST_TEST(log.rfind(" POST ") < log.find(" DELETE "));
}

BOOST_AUTO_TEST_CASE(what_a_server_only_adds_keeps_nothing_from_being_deleted) {
  const Pair accounts({"--fault", "POST:reserialize"});
  const auto ran = mirror(accounts);
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(accounts.count("us") == 10u);
}

BOOST_AUTO_TEST_CASE(deletions_get_over_faults) {
  for (const std::string fault :
       {"DELETE#1:close-after", "DELETE#1:close-before", "DELETE#1:status=503,retry-after=0",
        "DELETE#1:status=429,retry-after=0", "DELETE#2:stall,applied=yes", "DELETE#1:apply-late,after=200",
        "DELETE#1:slow=100", "DELETE#1:slow-apply=700", "DELETE:status=404,applied=yes"}) {
    BOOST_TEST_CONTEXT(fault) {
      const Pair accounts({"--fault", fault});
      const auto before = contents(accounts);
      const auto ran = mirror(accounts, {"--timeout", "0.4"});
      BOOST_TEST(ran.code == 0, ran.err + ran.out);
      BOOST_TEST(contents(accounts) == contents(accounts, "eu"), boost::test_tools::per_element());
      BOOST_TEST(undo(accounts).code == 0);
      BOOST_TEST(contents(accounts) == before, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_refused_deletion_is_reported_and_done_by_the_next_run) {
  Pair accounts({"--fault", "DELETE:status=409"});
  const auto ran = mirror(accounts);
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "not deleted: "), ran.out);
  BOOST_TEST(has(ran.out, "2 webhooks that were to be deleted are not"), ran.out);
  BOOST_TEST(accounts.count("us") == 12u);
  accounts.restart({});
  BOOST_TEST(mirror(accounts).code == 0);
  BOOST_TEST(accounts.count("us") == 10u);
  BOOST_TEST(undo(accounts).code == 0);
  BOOST_TEST(accounts.count("us") == 11u);
}

BOOST_AUTO_TEST_CASE(a_deleted_webhook_that_is_still_shown_is_reported) {
  const Pair accounts({"--fault", "DELETE:status=200"});
  const auto ran = mirror(accounts);
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "still shows the webhook"), ran.out);
}

BOOST_AUTO_TEST_CASE(a_mirror_that_is_killed_while_it_deletes_is_finished_by_the_next_and_undone_as_one) {
  Pair accounts({"--fault", "DELETE#2:slow-apply=1000"});
  const auto before = contents(accounts);
  {
    const auto process = accounts.in_background(
        "mirror", arguments("mirror", accounts, {"--concurrency", "1", "--settle", "2"}));
    accounts.await_requests("begun:DELETE", 1);
    process->signal(SIGKILL);
    process->wait();
  }
  const auto again = mirror(accounts);
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(contents(accounts) == contents(accounts, "eu"), boost::test_tools::per_element());
  const auto undone = undo(accounts);
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(contents(accounts) == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_extra_that_another_client_edits_meanwhile_is_left) {
  const Pair accounts({"--fault", "POST#1:touch=extra-1"});
  const auto ran = mirror(accounts);
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "another client has changed it since the plan was made"), ran.out);
  BOOST_TEST(has(slurp(accounts.file_of("us")), "extra-1"));
}

BOOST_AUTO_TEST_CASE(what_may_be_an_earlier_runs_is_not_deleted_as_an_extra) {
  // Two of one alias and type, stored as one and the same, and the answer lost: which is which cannot be
  // told.
  Accounts accounts({slack("same", "https://same.test/1", 1), slack("same", "https://same.test/2", 2)}, {},
                    {"--fault", "POST#1:close-after", "--fault", "POST#1:normalise=collapse"});
  const auto first = mirror(accounts);
  BOOST_TEST(first.code == 1, first.err + first.out);
  const auto held = accounts.count("us");
  BOOST_TEST(held == 2u);
  for (int id = 1; id <= 2; ++id) accounts.somebody_deletes("eu", id);
  accounts.somebody_adds("eu", slack("other", "https://other.test/"));
  const auto again = mirror(accounts, {"--max-delete", "100%"});
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(has(again.err, "may be what an earlier run sent; not deleted"), again.err);
  BOOST_TEST(accounts.count("us") == 3u);
  BOOST_TEST(accounts.requests("DELETE") == 0u);
}

BOOST_AUTO_TEST_CASE(it_asks_once_for_writes_and_deletions) {
  const Pair accounts;
  auto command = arguments("mirror", accounts, {});
  std::erase(command, "--yes");
  command.insert(command.begin(), hookferry_binary());
  Terminal terminal(command, accounts.environment({{"PAGER", "cat"}}));
  terminal.wait_for("Type the destination's name (" + accounts.url() + ") to confirm: ");
  BOOST_TEST(has(terminal.shown(), "Write 2 webhooks to"), terminal.shown());
  BOOST_TEST(has(terminal.shown(), "and delete 2 there?"), terminal.shown());
  terminal.type("y\n");
  BOOST_TEST(terminal.wait() == 1);
  BOOST_TEST(accounts.count("us") == 11u);
}

BOOST_AUTO_TEST_CASE(another_policy_may_be_named) {
  const Pair accounts;
  const auto ran = mirror(accounts, {"--on-conflict", "skip"});
  BOOST_TEST(ran.code == 2, ran.err + ran.out);
  BOOST_TEST(has(slurp(accounts.file_of("us")), "https://old.test/3"));
  BOOST_TEST(accounts.requests("DELETE") == 2u);
}

BOOST_AUTO_TEST_CASE(
    a_deletion_that_comes_later_than_the_settle_time_is_reported_and_found_done_by_the_next_run) {
  for (const std::string answer : {"status=200", "status=0"}) {
    BOOST_TEST_CONTEXT(answer) {
      Pair accounts(
          {"--fault", "DELETE#1-2:apply-late,after=5000," + answer, "--fault", "DELETE#3-:status=409"});
      const auto ran = mirror(accounts, {"--retries", "1"});
      BOOST_TEST(ran.code == 1, ran.err + ran.out);
      BOOST_TEST(has(ran.out, "not deleted: "), ran.out);
      for (int i = 0; i < 15000 && accounts.count("us") != 10; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      BOOST_TEST(accounts.count("us") == 10u);
      accounts.restart({});
      const auto again = mirror(accounts);
      BOOST_TEST(again.code == 0, again.err + again.out);
      BOOST_TEST(contents(accounts) == contents(accounts, "eu"), boost::test_tools::per_element());
      const auto undone = undo(accounts);
      BOOST_TEST(undone.code == 0, undone.err + undone.out);
      BOOST_TEST(has(slurp(accounts.file_of("us")), "https://old.test/3"));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_overlay_shapes_a_mirror_and_its_dry_run) {
  const Pair accounts;
  spill(accounts.folder().file("overlay.json"),
        R"([{"alias":"hook-3","set":{"/url":"https://standby.test/3"}}])");
  const std::vector<std::string> option = {"--overlay", accounts.folder().file("overlay.json")};
  BOOST_TEST(has(diff_mirror(accounts, option).out, "https://standby.test/3"));
  BOOST_TEST(mirror(accounts, option).code == 0);
  BOOST_TEST(has(slurp(accounts.file_of("us")), "https://standby.test/3"));
  BOOST_TEST(diff_mirror(accounts, option).code == 0);
  spill(accounts.folder().file("overlay.json"), R"([{"alias":"none","set":{"/url":"x"}}])");
  const auto writes = accounts.requests("POST") + accounts.requests("DELETE");
  BOOST_TEST(mirror(accounts, option).code == 64);
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") == writes);
}

BOOST_AUTO_TEST_CASE(a_redacted_webhook_is_invalid_and_its_counterpart_is_neither_written_over_nor_deleted) {
  const Pair accounts;
  auto redacted = many(10);
  redacted[3] = slack("hook-3", "https://hooks.test/«redacted:1»", 4);
  const auto file = accounts.folder().file("redacted.json");
  spill(file, array_of(redacted));
  const std::vector<std::string> command = {"mirror",   file,  accounts.url(), "--no-rewrite",   "--yes",
                                            "--settle", "0.3", "--ledger",     accounts.ledger()};
  const auto ran = accounts.run(command);
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "1 invalid"), ran.out);
  const auto stored = slurp(accounts.file_of("us"));
  BOOST_TEST(has(stored, "https://old.test/3"), stored);
  BOOST_TEST(!has(stored, "redacted"), stored);
  spill(accounts.folder().file("overlay.json"), R"([{"alias":"hook-3","set":{"/url":"https://set.test/"}}])");
  auto overlaid = command;
  overlaid.insert(overlaid.end(), {"--overlay", accounts.folder().file("overlay.json")});
  const auto set = accounts.run(overlaid);
  BOOST_TEST(set.code == 0, set.err + set.out);
  BOOST_TEST(has(slurp(accounts.file_of("us")), "https://set.test/"));
}

BOOST_AUTO_TEST_CASE(reports_tell_what_is_rewritten_what_is_not_deleted_and_what_stops_it) {
  auto held = many(2);
  held.push_back(slack("broken", "https://extra.test/", 101));
  held.push_back(slack("extra", "https://extra.test/", 102));
  auto source = many(2);
  source.push_back(slack("api", "https://api.coralogix.com/x", 3));
  source.push_back(R"({"id":4,"company_id":1,"alias":"broken"})");
  const Accounts accounts(source, held);
  const std::string rewritten = "1 host rewritten in 1 webhook",
                    left = "has the alias of an invalid webhook of the source; not deleted",
                    limit = "the limit is 0 (--max-delete 0)";
  for (const std::string name : {"report.md", "report.html"}) {
    const auto file = accounts.folder().file(name);
    BOOST_TEST(diff_mirror(accounts, {"--report", file, "--max-delete", "0"}).code == 2);
    for (const auto& part : {rewritten, left, limit, std::string("delete")})
      BOOST_TEST(has(slurp(file), part), name << ": " << part);
    BOOST_TEST(mirror(accounts, {"--report", file, "--max-delete", "0"}).code == 1);
    for (const auto& part : {rewritten, left, limit})
      BOOST_TEST(has(slurp(file), part), name << ": " << part);
  }
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") == 0u);
  const auto file = accounts.folder().file("done.md");
  BOOST_TEST(mirror(accounts, {"--report", file}).code == 1);  // one is invalid
  for (const auto& part : {rewritten, left, std::string("### deleted: 1")})
    BOOST_TEST(has(slurp(file), part), part);
  const auto plan = diff_mirror(accounts, {"--format", "json"});
  BOOST_TEST(has(parsed(plan).root().find("notes")->elements().at(0).string(), left), plan.out);
}

BOOST_AUTO_TEST_CASE(a_rerun_of_an_unfinished_mirror_goes_on_in_its_ledger) {
  Pair accounts({"--fault", "DELETE#2-:status=401"});
  const auto before = contents(accounts);
  const std::vector<std::string> command = {"mirror", accounts.url(),  accounts.url(),
                                            "--yes",  "--no-rewrite",  "--settle",
                                            "0.3",    "--concurrency", "1"};
  BOOST_TEST(accounts.run(command).code == 77);
  accounts.restart({});
  BOOST_TEST(accounts.run(command).code == 0);
  BOOST_TEST(contents(accounts) == contents(accounts, "eu"), boost::test_tools::per_element());
  const auto listed = accounts.run({"runs", "--format", "json"});
  const auto runs = json::Document::parse(listed.out);
  BOOST_TEST_REQUIRE(runs.root().elements().size() == 2u);
  BOOST_TEST(runs.root().elements()[0].find("ledger")->string() ==
             runs.root().elements()[1].find("ledger")->string());
  const auto undone = accounts.run({"undo", "--last", "--yes", "--settle", "0.3"});
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(contents(accounts) == before, boost::test_tools::per_element());
}

// Undoing deletions
// -----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(undo_of_deletions_gets_over_lost_answers_and_makes_none_twice) {
  for (const std::string fault : {"POST#2:close-after", "POST#2:close-before", "POST#2:truncate",
                                  "POST#2:partial,count=1", "POST#2:stall,applied=yes"}) {
    BOOST_TEST_CONTEXT(fault) {
      const Pair accounts({"--fault", fault});
      const auto before = contents(accounts);
      BOOST_TEST(mirror(accounts).code == 0);
      const auto undone = undo(accounts, {"--timeout", "0.4"});
      BOOST_TEST(undone.code == 0, undone.err + undone.out);
      BOOST_TEST(contents(accounts) == before, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(an_undo_that_was_killed_is_finished_by_the_next_without_making_anything_twice) {
  Pair accounts({"--fault", "POST#2:slow-apply=700"});
  const auto before = contents(accounts);
  BOOST_TEST(mirror(accounts).code == 0);
  {
    const auto process =
        accounts.in_background("undo", {"undo", accounts.ledger(), "--yes", "--settle", "2"});
    accounts.await_requests("begun:POST", 1);
    process->signal(SIGKILL);
    process->wait();
  }
  const auto again = undo(accounts);
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(contents(accounts) == before, boost::test_tools::per_element());
  BOOST_TEST(undo(accounts).code == 0);
  BOOST_TEST(contents(accounts) == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_webhook_that_another_client_recreated_is_not_recreated_again) {
  const Pair accounts;
  BOOST_TEST(mirror(accounts).code == 0);
  accounts.somebody_adds("us", slack("extra-1", "https://extra.test/1"));
  const auto undone = undo(accounts);
  BOOST_TEST(undone.code == 0, undone.err + undone.out);
  BOOST_TEST(has(undone.out, "1 recreated"), undone.out);
  const auto names = accounts.aliases("us");
  BOOST_TEST(std::count(names.begin(), names.end(), "extra-1") == 1);
}

BOOST_AUTO_TEST_CASE(undo_dry_run_shows_what_it_would_do) {
  const Pair accounts;
  BOOST_TEST(mirror(accounts).code == 0);
  const auto posts = accounts.requests("POST");
  const auto dry = accounts.run({"undo", accounts.ledger(), "-n"});
  BOOST_TEST(dry.code == 2, dry.err + dry.out);
  BOOST_TEST(has(dry.out, "1 to delete, 1 to restore, 2 to recreate"), dry.out);
  BOOST_TEST(accounts.requests("POST") == posts);
  const auto as_json = accounts.run({"undo", accounts.ledger(), "-n", "--format", "json"});
  BOOST_TEST(parsed(as_json).root().find("make_again")->integer().value() == 2);
  BOOST_TEST(undo(accounts).code == 0);
  BOOST_TEST(accounts.run({"undo", accounts.ledger(), "-n"}).code == 0);
}

BOOST_AUTO_TEST_CASE(the_ledger_of_a_mirror_holds_the_deleted_text_and_no_key) {
  const Pair accounts;
  BOOST_TEST(mirror(accounts).code == 0);
  const auto text = slurp(accounts.ledger());
  BOOST_TEST(has(text, "\"action\":\"delete\""));
  BOOST_TEST(has(text, "https://extra.test/1"));
  BOOST_TEST(!has(text, "us-key"));
}

BOOST_AUTO_TEST_SUITE_END()
