// A plan that somebody has said yes to is carried out as it was seen, or not at all.
#include <sys/stat.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdio>
#include <set>
#include <utility>

#include "cli/options.hpp"
#include "core/crypto.hpp"
#include "plan/approved_plan.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/sanitized.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Approved : Accounts {
  explicit Approved(const std::vector<std::string>& sandbox_options = {})
      : Accounts(many(4),
                 {slack("hook-0", "https://hooks.test/0", 1), slack("hook-1", "https://old.test/", 2),
                  slack("extra", "https://extra.test/", 9)},
                 sandbox_options) {}
  std::string plan() const { return folder().file("plan"); }
  Ran approve(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"--out", plan()};
    all.insert(all.end(), more.begin(), more.end());
    return diff(all);
  }
  std::vector<std::string> apply_arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"apply", plan(), "--settle", "0.3", "--ledger", ledger()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Ran apply(const std::vector<std::string>& more = {}) const { return run(apply_arguments(more)); }
  std::size_t writes() const { return requests("POST") + requests("DELETE"); }
};

/// Nothing was written, and that is told.
void check_refused(const Approved& accounts, const std::string& named,
                   const std::vector<std::string>& more = {}) {
  for (const auto& extra : std::vector<std::vector<std::string>>{{}, {"-n"}, {"-q"}}) {
    auto all = more;
    all.insert(all.end(), extra.begin(), extra.end());
    const auto ran = accounts.apply(all);
    BOOST_TEST(ran.code == 3, ran.err + ran.out);
    BOOST_TEST(has(ran.err, named), ran.err);
    BOOST_TEST(has(ran.err, "nothing was changed"), ran.err);
  }
  BOOST_TEST(accounts.writes() == 0u);
}

/// As somebody reads and writes it who has the API key of one side alone.
struct Forger {
  explicit Forger(const Approved& accounts, bool of_the_source = false)
      : plan(read_approved_plan(slurp(accounts.plan()), "plan")),
        key(unwrapped(of_the_source ? plan.source_lock : plan.destination_lock,
                      of_the_source ? "eu-key" : "us-key", plan.salt)
                .value()) {
    BOOST_REQUIRE(unseal(plan, key.reveal()));
  }
  std::string sealed() const { return write_approved_plan(plan, key.reveal()); }

  ApprovedPlan plan;
  Secret key;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(approved_plans)

BOOST_AUTO_TEST_CASE(an_approved_plan_is_carried_out_without_a_question) {
  const Approved accounts;
  const auto diff = accounts.approve({"--on-conflict", "update"});
  BOOST_TEST(diff.code == 2, diff.err);
  struct stat facts {};
  BOOST_REQUIRE(::stat(accounts.plan().c_str(), &facts) == 0);
  BOOST_TEST((facts.st_mode & 0777) == 0600);
  const auto dry = accounts.apply({"-n"});
  BOOST_TEST(dry.code == 2, dry.err);
  BOOST_TEST(accounts.writes() == 0u);
  const auto ran = accounts.apply();
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "2 created, 1 updated, 1 unchanged"), ran.out);
  BOOST_TEST(accounts.count("us") == 5u);
}

BOOST_AUTO_TEST_CASE(an_approved_mirror_deletes_what_was_approved) {
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--mirror"}).code == 2);
  const auto ran = accounts.apply();
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "1 deleted"), ran.out);
  BOOST_TEST(accounts.count("us") == 4u);
  BOOST_TEST(accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.3"}).code == 0);
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(the_plan_holds_no_content_and_no_secret) {
  const Accounts accounts({slack("a", "https://hooks.slack.com/services/T0/B0/EXAMPLE", 1)}, {});
  const auto plan = accounts.folder().file("plan");
  BOOST_TEST(accounts.diff({"--out", plan}).code == 2);
  const auto text = slurp(plan);
  BOOST_TEST(has(text, "\"alias\": \"a\""), text);
  for (const std::string secret : {"EXAMPLE", "hooks.slack.com", "us-key", "eu-key"})
    BOOST_TEST(!has(text, secret), secret);
}

BOOST_AUTO_TEST_CASE(options_and_prefixes_of_a_plan_do_not_show) {
  const Accounts accounts({slack("a", "https://hooks.slack.com/services/T1/B1/sEcReT99/x", 1)}, {});
  const auto plan = accounts.folder().file("plan");
  BOOST_TEST(accounts
                 .diff({"--out", plan, "--only", "a*", "--rewrite-prefix",
                        "https://hooks.slack.com/services/T1/B1/sEcReT99=https://new.test/sEcOnD88"})
                 .code == 2);
  const auto text = slurp(plan);
  for (const std::string part : {"sEcReT99", "sEcOnD88", "rewrite-prefix", "a*", "hooks.slack.com"})
    BOOST_TEST(!has(text, part), part);
  BOOST_TEST(accounts.run({"apply", plan, "--settle", "0.3"}).code == 0);
  BOOST_TEST(accounts.webhooks("us").at(0).url == "https://new.test/sEcOnD88/x");
}

BOOST_AUTO_TEST_CASE(a_plan_that_deletes_too_much_is_not_written) {
  const Accounts accounts({}, many(4));
  const auto plan = accounts.folder().file("plan");
  const auto ran = accounts.diff({"--mirror", "--out", plan});
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(has(ran.err, "--max-delete"), ran.err);
  BOOST_TEST(slurp(plan).empty());
}

BOOST_AUTO_TEST_CASE(what_has_changed_since_is_named_and_nothing_is_written) {
  struct Case {
    std::string named;
    std::function<void(const Approved&)> change;
  };
  const std::vector<Case> cases = {
      {"the source's \"hook-2\" (slack) with id 3 has changed",
       [](const Approved& a) { a.somebody_edits("eu", 3, slack("hook-2", "https://new.test/")); }},
      {"the source's \"hook-2\" (slack) with id 3 is gone",
       [](const Approved& a) { a.somebody_deletes("eu", 3); }},
      {"the source's \"late\" (slack)",
       [](const Approved& a) { a.somebody_adds("eu", slack("late", "https://late.test/")); }},
      {"the destination's \"hook-1\" (slack) with id 2 has changed",
       [](const Approved& a) { a.somebody_edits("us", 2, slack("hook-1", "https://new.test/")); }},
      {"the destination's \"extra\" (slack) with id 9 is gone",
       [](const Approved& a) { a.somebody_deletes("us", 9); }},
      {"the destination's \"late\" (slack)",
       [](const Approved& a) { a.somebody_adds("us", slack("late", "https://late.test/")); }},
  };
  for (const auto& [named, change] : cases) {
    BOOST_TEST_CONTEXT(named) {
      const Approved accounts;
      BOOST_TEST(accounts.approve({"--mirror"}).code == 2);
      change(accounts);
      check_refused(accounts, named);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_the_filters_do_not_select_may_change) {
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--mirror", "--only", "hook-*"}).code == 2);
  accounts.somebody_edits("us", 9, slack("extra", "https://new.test/"));
  accounts.somebody_adds("eu", slack("other", "https://other.test/"));
  const auto ran = accounts.apply();
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
}

BOOST_AUTO_TEST_CASE(a_source_that_shrinks_between_plan_and_apply_writes_nothing) {
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--mirror"}).code == 2);
  for (int id = 1; id <= 4; ++id) accounts.somebody_deletes("eu", id);
  const auto ran = accounts.apply();
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(accounts.writes() == 0u);
  BOOST_TEST(accounts.apply({"--accept-shrunk"}).code == 3);
  BOOST_TEST(accounts.writes() == 0u);
}

BOOST_AUTO_TEST_CASE(options_of_the_plan_hold_and_those_of_the_configuration_do_not_shape_it) {
  const Approved accounts;
  BOOST_TEST(accounts.approve().code == 2);
  spill(accounts.folder().file("config.ini"), "[defaults]\non-conflict = update\nonly = nothing\n");
  const auto ran = accounts.apply({"--config", accounts.folder().file("config.ini")});
  BOOST_TEST(ran.code == 2, ran.err + ran.out);
  BOOST_TEST(has(ran.out, "2 created, 0 updated, 1 unchanged, 1 in conflict"), ran.out);
}

BOOST_AUTO_TEST_CASE(other_rules_are_reported_if_both_accounts_are_unchanged) {
  const Accounts accounts({slack("a", "https://api.coralogix.com/x", 1)}, {});
  const auto plan = accounts.folder().file("plan");
  BOOST_TEST(accounts.diff({"--out", plan}).code == 2);
  auto regions = slurp(std::string(HOOKFERRY_SOURCE_DIR) + "/configs/regions.json");
  const std::string host = "\"api.coralogix.us\"";
  for (auto at = regions.find(host); at != std::string::npos; at = regions.find(host))
    regions.replace(at, host.size(), "\"api.example.test\"");
  spill(accounts.folder().file("regions.json"), regions);
  const auto ran = accounts.run({"apply", plan, "--regions", accounts.folder().file("regions.json")});
  BOOST_TEST(ran.code == 3, ran.err + ran.out);
  BOOST_TEST(has(ran.err, "the rules are not"), ran.err);
  BOOST_TEST(accounts.requests("POST") == 0u);
}

BOOST_AUTO_TEST_CASE(damaged_edited_and_newer_plans_are_refused) {
  const Approved accounts;
  BOOST_TEST(accounts.approve().code == 2);
  const auto whole = slurp(accounts.plan());
  const auto edited = [&](const std::string& from, const std::string& to) {
    auto text = whole;
    const auto at = text.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
  };
  for (const auto& text :
       {whole.substr(0, whole.size() / 2), std::string("hello"), std::string("[]"), std::string("{}"),
        edited("\"migrate\"", "\"mirror\""), edited("\"hook-2\"", "\"hook-7\""),
        edited("\"made_at\": 1", "\"made_at\": 2"), edited("\"number\": \"", "\"number\": \"0"),
        edited("\"options\": \"", "\"options\": \"00"),
        edited("\"hookferry_plan\": 3", "\"hookferry_plan\": 4"),
        edited("\"options\"", "\"more\": 1, \"options\"")}) {
    spill(accounts.plan(), text);
    const auto ran = accounts.apply();
    BOOST_TEST(ran.code == 65, ran.err);
  }
  spill(accounts.plan(), edited("\"hookferry_plan\": 3", "\"hookferry_plan\": 2"));
  const auto older = accounts.apply();
  BOOST_TEST(older.code == 65, older.err);
  BOOST_TEST(has(older.err, "was made by an older hookferry - make it anew with hookferry diff --out"),
             older.err);
  BOOST_TEST(accounts.run({"apply", accounts.folder().file("absent")}).code == 66);
  BOOST_TEST(accounts.requests("GET") == 2u);  // of the diff
  spill(accounts.plan(), whole);
  BOOST_TEST(accounts.apply().code == 2);
}

BOOST_AUTO_TEST_CASE(a_key_goes_to_an_address_of_a_file_only_where_it_belongs_there) {
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--mirror"}).code == 2);
  const auto gets = accounts.requests("GET");
  const Environment other = {{"HOOKFERRY_DEST_KEY", "us-other-key"}};
  for (const auto& one_other : {other, Environment{{"HOOKFERRY_SOURCE_KEY", "eu-other-key"}}}) {
    const auto ran = accounts.run_with(one_other, accounts.apply_arguments());
    BOOST_TEST(ran.code == 64, ran.err);
    BOOST_TEST(has(ran.err, "it was not sent"), ran.err);
  }
  BOOST_TEST(accounts.requests("GET") == gets);
  const auto meant = accounts.run_with(other, accounts.apply_arguments({"--dest", accounts.url()}));
  BOOST_TEST(meant.code == 0, meant.err + meant.out);
}

BOOST_AUTO_TEST_CASE(who_edits_a_plan_and_makes_its_checksum_right_has_nothing_read_and_nothing_sent) {
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--mirror"}).code == 2);
  const auto gets = accounts.requests("GET");
  const auto written = read_approved_plan(slurp(accounts.plan()), "plan");
  const auto with = [&](const std::function<void(ApprovedPlan&)>& edit) {
    auto plan = written;
    edit(plan);
    return plan;
  };
  for (const auto& plan :
       {with([](auto& p) { p.options.emplace_back("overlay", "/nonexistent/overlay.json"); }),
        with([](auto& p) { p.options.emplace_back("max-delete", "100%"); }),
        with([](auto& p) { p.options.emplace_back("rewrite-host", "hooks.test=evil.test"); }),
        with([](auto& p) { p.source = {"/nonexistent/source.json"}; }),
        with([](auto& p) { p.made_at += 1000; }), with([](auto& p) { p.number = "0123456789abcdef"; }),
        with([](auto& p) { p.destination_webhooks.clear(); })}) {
    spill(accounts.plan(), write_approved_plan(plan, "what the editor has instead of the plan's key"));
    for (const auto& more : std::vector<std::vector<std::string>>{{}, {"-n"}}) {
      const auto ran = accounts.apply(more);
      BOOST_TEST(ran.code == 65, ran.err + ran.out);
      BOOST_TEST(has(ran.err, "it was edited; nothing was changed"), ran.err);
    }
  }
  BOOST_TEST(accounts.requests("GET") == gets);
  BOOST_TEST(accounts.writes() == 0u);
}

namespace {

/// A value that the option allows, which does harm where it is obeyed.
std::string harmful_value(const OptionSpec& option, const Approved& accounts) {
  const auto argument = option.argument;
  if (argument.empty()) return "";
  if (!option.choices.empty()) return std::string(option.choices.front());
  if (argument == "FILE" || argument == "DIR") return accounts.folder().file("named-by-the-plan.html");
  if (argument == "ACCOUNT") return accounts.url();
  if (argument == "URL") return accounts.url();
  if (argument == "SIZE") return "64MiB";
  if (argument == "TIME") return "300d";
  return argument == "RULE" ? "POST:status=500" : "2";
}

}  // namespace

BOOST_AUTO_TEST_CASE(who_has_one_key_cannot_set_options_that_shape_no_plan) {
  const std::set<std::string_view> shape = {
      "source-region",  "dest-region", "source-api",  "dest-api",    "rewrite-host",
      "rewrite-prefix", "no-rewrite",  "fresh-uuids", "on-conflict", "only",
      "except",         "type",        "id",          "mirror",      "max-delete",
      "overlay"};
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--mirror", "--max-delete", "50%"}).code == 2);
  const auto gets = accounts.requests("GET");
  std::size_t tried = 0;
  const std::vector<Forger> forgers = {Forger(accounts, true), Forger(accounts, false)};
  for (const auto& option : option_table()) {
    if (shape.contains(option.name)) continue;
    ++tried;
    const auto value = harmful_value(option, accounts);
    // Nobody writes to it: whoever opens it waits until the test is given up.
    if (option.argument == "FILE") {
      ::unlink(value.c_str());
      BOOST_REQUIRE(::mkfifo(value.c_str(), 0600) == 0);
    }
    for (std::size_t i = 0; i < forgers.size(); ++i) {
      // Each run is slow with sanitizers: there the keys take turns.
      if (sanitized && tried % 2 != i) continue;
      BOOST_TEST_CONTEXT("--" << option.name << " by the key of the "
                              << (i == 0 ? "source" : "destination")) {
        auto forger = forgers[i];
        forger.plan.options.emplace_back(option.name, value);
        spill(accounts.plan(), forger.sealed());
        const auto ran = accounts.apply();
        BOOST_TEST(ran.code == 65, ran.err + ran.out);
        BOOST_TEST(has(ran.err, "sets --" + std::string(option.name) + ", which shapes no plan"), ran.err);
        BOOST_TEST(has(ran.err, "nothing was changed"), ran.err);
      }
    }
  }
  BOOST_TEST(tried > 40u);
  BOOST_TEST(accounts.requests("GET") == gets);
  BOOST_TEST(accounts.writes() == 0u);
}

BOOST_AUTO_TEST_CASE(who_has_one_key_cannot_make_a_plan_do_anything_else) {
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--max-delete", "50%"}).code == 2);
  const auto pipe = accounts.folder().file("pipe");
  BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  struct Case {
    std::string option, value;
    int code;  ///< of a dry run; 2: the option makes no difference to what is written
  };
  const std::vector<Case> cases = {
      {"source-region", "eu2", 2},
      {"dest-region", "eu2", 2},
      {"source-api", "v5", 3},
      {"dest-api", "v5", 3},
      {"no-rewrite", "", 2},
      {"fresh-uuids", "", 2},
      {"max-delete", "100%", 2},
      {"mirror", "", 2},  // the command says the mode
      {"rewrite-host", "hooks.test=evil.test", 3},
      {"rewrite-prefix", "https://hooks.test=https://evil.test/", 3},
      {"on-conflict", "duplicate", 3},
      {"only", "hook-0", 3},
      {"except", "hook-2", 3},
      {"type", "webhook", 3},
      {"id", "3", 3},
      {"overlay", pipe, 65},
  };
  std::set<std::string> all;
  for (const auto& option : option_table())
    if (option.shapes_plan()) all.insert(std::string(option.name));
  for (const auto& [option, value, code] : cases) {
    all.erase(option);
    for (const bool of_the_source : {true, false}) {
      BOOST_TEST_CONTEXT("--" << option << (of_the_source ? ", the source's key" : "")) {
        Forger forger(accounts, of_the_source);
        const auto whole = slurp(accounts.plan());
        forger.plan.options.emplace_back(option, value);
        spill(accounts.plan(), forger.sealed());
        const auto ran =
            accounts.apply(code == 2 ? std::vector<std::string>{"-n"} : std::vector<std::string>());
        BOOST_TEST(ran.code == code, ran.err + ran.out);
        spill(accounts.plan(), whole);
      }
    }
  }
  BOOST_TEST(all.empty());
  Forger mirror(accounts), source = mirror;
  mirror.plan.command = "mirror";
  spill(accounts.plan(), mirror.sealed());
  BOOST_TEST(accounts.apply().code == 3);
  source.plan.source = {pipe};
  spill(accounts.plan(), source.sealed());
  BOOST_TEST(accounts.apply().code == 65);
  BOOST_TEST(accounts.writes() == 0u);
}

BOOST_AUTO_TEST_CASE(what_shapes_a_plan_is_taken_from_its_file) {
  const Approved accounts;
  BOOST_TEST(accounts
                 .approve({"--mirror", "--fresh-uuids", "--on-conflict", "update", "--only", "*", "--except",
                           "none-*", "--type", "slack", "--max-delete", "100%", "--rewrite-host",
                           "a.test=b.test", "--rewrite-prefix", "https://c.test/x=https://d.test/y"})
                 .code == 2);
  std::set<std::string> kept;
  for (const auto& [name, value] : Forger(accounts).plan.options) kept.insert(name);
  const std::set<std::string> all = {"source-region", "dest-region",   "fresh-uuids", "on-conflict",
                                     "only",          "except",        "type",        "max-delete",
                                     "rewrite-host",  "rewrite-prefix"};
  BOOST_TEST(kept == all, boost::test_tools::per_element());
  const auto ran = accounts.apply();
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
}

BOOST_AUTO_TEST_CASE(an_account_of_the_configurations_defaults_is_no_word_of_whoever_applies_the_plan) {
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--mirror"}).code == 2);
  const auto gets = accounts.requests("GET");
  spill(accounts.folder().file("config.ini"), "[defaults]\ndest = " + accounts.url() + "\n");
  const auto ran =
      accounts.run_with({{"HOOKFERRY_DEST_KEY", "us-other-key"}},
                        accounts.apply_arguments({"--config", accounts.folder().file("config.ini")}));
  BOOST_TEST(ran.code == 64, ran.err + ran.out);
  BOOST_TEST(has(ran.err, "it was not sent"), ran.err);
  BOOST_TEST(accounts.requests("GET") == gets);
}

// A plan is applied once, and not for ever
// --------------------------------------------------------------------------------------------------

namespace {

void check_stale(const Ran& ran, const std::string& why) {
  BOOST_TEST(ran.code == 3, ran.err + ran.out);
  BOOST_TEST(has(ran.err, why), ran.err);
  BOOST_TEST(has(ran.err, "nothing was changed"), ran.err);
  BOOST_TEST(has(ran.err, "make it anew with hookferry diff --out"), ran.err);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_plan_is_applied_once) {
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--on-conflict", "update"}).code == 2);
  BOOST_TEST(accounts.apply().code == 0);
  const auto writes = accounts.writes();
  check_stale(accounts.apply(), "this plan was applied on 20");
  check_stale(accounts.apply({"-n"}), "this plan was applied on 20");
  BOOST_TEST(accounts.writes() == writes);
}

BOOST_AUTO_TEST_CASE(a_plan_without_changes_is_applied_once_too) {
  const Accounts accounts(many(2), many(2));
  const auto plan = accounts.folder().file("plan");
  BOOST_TEST(accounts.diff({"--out", plan}).code == 0);
  BOOST_TEST(accounts.run({"apply", plan, "--settle", "0.3"}).code == 0);
  check_stale(accounts.run({"apply", plan, "--settle", "0.3"}), "this plan was applied on 20");
}

BOOST_AUTO_TEST_CASE(what_was_undone_is_applied_again_only_by_a_new_plan) {
  const Approved accounts;
  for (int time = 0; time < 2; ++time) {
    BOOST_TEST(accounts.approve({"--on-conflict", "update"}).code == 2);
    const auto ran = accounts.apply();
    BOOST_TEST(ran.code == 0, ran.err + ran.out);
    BOOST_TEST(has(ran.out, "2 created, 1 updated, 1 unchanged"), ran.out);
    const auto undone = accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.3"});
    BOOST_TEST(undone.code == 0, undone.err + undone.out);
    const auto writes = accounts.writes();
    check_stale(accounts.apply(), "this plan was undone on 20");
    BOOST_TEST(accounts.writes() == writes);
    BOOST_TEST(accounts.count("us") == 3u);
  }
}

BOOST_AUTO_TEST_CASE(a_deletion_that_was_undone_is_applied_again_only_by_a_new_plan) {
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--mirror", "--max-delete", "50%"}).code == 2);
  BOOST_TEST(accounts.apply().code == 0);
  BOOST_TEST(accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.3"}).code == 0);
  check_stale(accounts.apply(), "this plan was undone on 20");
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(an_unfinished_apply_that_was_undone_is_not_finished) {
  for (const bool undo_fails : {false, true}) {
    Approved accounts({"--fault", "DELETE:status=409"});
    BOOST_TEST(accounts.approve({"--mirror"}).code == 2);
    BOOST_TEST(accounts.apply().code == 1);
    if (!undo_fails) accounts.restart({});
    const auto undone = accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.3"});
    BOOST_TEST(undone.code == (undo_fails ? 1 : 0), undone.err);
    accounts.restart({});
    check_stale(accounts.apply(), "this plan was undone on 20");
    BOOST_TEST(accounts.count("us") == (undo_fails ? 5u : 3u));
  }
}

BOOST_AUTO_TEST_CASE(a_plan_is_remembered_when_other_runs_came_after_it) {
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--on-conflict", "update"}).code == 2);
  BOOST_TEST(accounts.apply().code == 0);
  const auto undo = [&](const std::string& ledger) {
    return accounts.run({"undo", ledger, "--yes", "--settle", "0.3"}).code;
  };
  BOOST_TEST(undo(accounts.ledger()) == 0);
  const auto other = accounts.folder().file("other.jsonl");
  const auto second = accounts.folder().file("second.plan");
  BOOST_TEST(accounts.diff({"--out", second, "--only", "hook-2"}).code == 2);
  BOOST_TEST(accounts.run({"apply", second, "--settle", "0.3", "--ledger", other}).code == 0);
  BOOST_TEST(undo(other) == 0);
  BOOST_TEST(accounts.migrate({"--ledger", other, "--only", "hook-3"}).code == 0);
  BOOST_TEST(undo(other) == 0);
  ::unlink(accounts.ledger().c_str());
  check_stale(accounts.apply(), "this plan was applied on 20");
  BOOST_TEST(accounts.count("us") == 3u);
}

#ifndef __SANITIZE_ADDRESS__  // which is to be preloaded first

BOOST_AUTO_TEST_CASE(a_plan_ages) {
  const Approved accounts;
  const auto past = accounts.folder().file("past");
  spill(past, "");
  const Environment clock = {{"LD_PRELOAD", CLOCK_SHIFT}, {"CLOCK_SHIFT_FILE", past}};
  BOOST_TEST(accounts
                 .run_with(clock, {"diff", accounts.url(), accounts.url(), "--source-region", "eu1",
                                   "--dest-region", "us1", "--out", accounts.plan()})
                 .code == 2);
  const auto gets = accounts.requests("GET");
  check_stale(accounts.apply({"--max-plan-age", "59m"}), "longer ago than --max-plan-age allows");
  check_stale(accounts.apply({"--max-plan-age", "3599s"}), "longer ago than --max-plan-age allows");
  BOOST_TEST(accounts.requests("GET") == gets);
  for (const std::string bad : {"7", "0d", "366d", "1.5h", "d", "-1d", "1w", ""}) {
    const auto ran = accounts.apply({"--max-plan-age", bad});
    BOOST_TEST(ran.code == 64, bad);
    BOOST_TEST(has(ran.err, "expected a time such as 7d, 12h, 90m or 30s, up to 365d"), ran.err);
  }
  BOOST_TEST(accounts.apply({"--max-plan-age", "2h"}).code == 2);  // a conflict is left

  const Approved later;
  BOOST_TEST(later.approve().code == 2);
  const auto ran = later.run_with(clock, later.apply_arguments());
  BOOST_TEST(ran.code == 3, ran.err);
  BOOST_TEST(has(ran.err, "in the future"), ran.err);
}

#endif

BOOST_AUTO_TEST_CASE(a_plan_is_too_old_after_a_week_and_who_has_one_key_cannot_make_it_younger) {
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--mirror", "--max-delete", "50%"}).code == 2);
  const auto gets = accounts.requests("GET");
  Forger forger(accounts, true);
  const auto made_at = forger.plan.made_at;
  constexpr std::int64_t day = 24 * 3600 * 1000;
  forger.plan.made_at = made_at - 7 * day - 1;
  spill(accounts.plan(), forger.sealed());
  check_stale(accounts.apply(), "longer ago than --max-plan-age allows");
  BOOST_TEST(accounts.requests("GET") == gets);
  // Time and number are part of the plan's digest, which takes both accounts to make.
  forger.plan.made_at = made_at - 1;
  spill(accounts.plan(), forger.sealed());
  BOOST_TEST(accounts.apply().code == 3);
  forger.plan.made_at = made_at;
  forger.plan.number = std::string(16, '0');
  spill(accounts.plan(), forger.sealed());
  BOOST_TEST(accounts.apply().code == 3);
  BOOST_TEST(accounts.writes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_plan_for_an_empty_account_is_not_carried_out_in_another_empty_one) {
  Accounts accounts(many(2), {});
  spill(accounts.file_of("third"), R"({"api_key":"third-key","company_id":3,"webhooks":[]})");
  accounts.restart({});
  const auto plan = accounts.folder().file("plan");
  BOOST_TEST(accounts.diff({"--out", plan}).code == 2);
  const auto gets = accounts.requests("GET");
  for (const std::string key : {"third-key", "us-other-key"}) {
    const auto ran = accounts.run_with({{"HOOKFERRY_DEST_KEY", key}},
                                       {"apply", plan, "--dest", accounts.url(), "--settle", "0.3"});
    BOOST_TEST(ran.code == 1, ran.err + ran.out);
    BOOST_TEST(has(ran.err, "it may be another account; nothing was changed"), ran.err);
  }
  BOOST_TEST(accounts.requests("GET") == gets);
  BOOST_TEST(accounts.requests("POST") == 0u);
  const auto ran = accounts.run({"apply", plan, "--settle", "0.3"});
  BOOST_TEST(ran.code == 0, ran.err + ran.out);
  BOOST_TEST(accounts.count("us") == 2u);
}

BOOST_AUTO_TEST_CASE(a_plan_cannot_be_verified_without_a_key_that_it_was_made_with) {
  const Approved accounts;
  spill(accounts.folder().file("few.json"), array_of(many(2)));
  BOOST_TEST(accounts
                 .run({"diff", accounts.folder().file("few.json"), accounts.url(), "--no-rewrite", "--out",
                       accounts.plan()})
                 .code == 2);
  const auto gets = accounts.requests("GET");
  const Environment other = {{"HOOKFERRY_DEST_KEY", "us-other-key"}};
  const auto ran = accounts.run_with(other, accounts.apply_arguments({"--dest", accounts.url()}));
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(has(ran.err, "was made with other keys"), ran.err);
  BOOST_TEST(has(ran.err, "nothing was changed"), ran.err);
  BOOST_TEST(accounts.requests("GET") == gets);
}

// Overlays of a plan
// --------------------------------------------------------------------------------------------------

struct Overlaid : Approved {
  Overlaid() {
    spill(overlay(), rules("https://staging.test/"));
    spill(secret(), "5f0c9d1e");
    ::chmod(secret().c_str(), 0600);
  }
  std::string overlay() const { return folder().file("overlay.json"); }
  std::string secret() const { return folder().file("secret"); }
  std::string rules(const std::string& url) const {
    return R"([{"alias":"hook-0","set":{"/url":")" + url +
           R"("}},{"alias":"hook-2","set":{"/url":{"env":"PLACE"}}},{"alias":"hook-3","set":{"/url":{"file":")" +
           secret() + "\"}}}]";
  }
  Ran with_place(const std::string& place, const std::vector<std::string>& arguments) const {
    return run_with({{"PLACE", place}}, arguments);
  }
  Ran approve_overlaid() const {
    return with_place("plain words", {"diff", url(), url(), "--source-region", "eu1", "--dest-region", "us1",
                                      "--out", plan(), "--mirror", "--overlay", overlay()});
  }
  std::string url_of(const std::string& alias) const {
    for (const auto& held : webhooks("us"))
      if (held.alias == alias) return held.url;
    return {};
  }
};

BOOST_AUTO_TEST_CASE(an_overlay_is_part_of_the_plan_and_may_lie_elsewhere_when_it_is_applied) {
  for (const bool moved : {false, true}) {
    BOOST_TEST_CONTEXT("moved " << moved) {
      const Overlaid accounts;
      BOOST_TEST(accounts.approve_overlaid().code == 2);
      std::vector<std::string> more;
      if (moved) {
        const auto elsewhere = accounts.folder().file("elsewhere.json");
        BOOST_REQUIRE(::rename(accounts.overlay().c_str(), elsewhere.c_str()) == 0);
        BOOST_TEST(accounts.with_place("plain words", accounts.apply_arguments()).code == 66);
        more = {"--overlay", elsewhere};
      }
      // One of the defaults is no part of the plan.
      spill(accounts.folder().file("config.ini"), "[defaults]\noverlay = /nonexistent.json\n");
      more.insert(more.end(), {"--config", accounts.folder().file("config.ini")});
      const auto ran = accounts.with_place("plain words", accounts.apply_arguments(more));
      BOOST_TEST(ran.code == 0, ran.err + ran.out);
      BOOST_TEST(accounts.url_of("hook-0") == "https://staging.test/");
      BOOST_TEST(accounts.url_of("hook-2") == "plain words");
      BOOST_TEST(accounts.url_of("hook-3") == "5f0c9d1e");
      BOOST_TEST(!has(ran.out + ran.err, "5f0c9d1e"), ran.out + ran.err);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_overlay_that_sets_anything_else_than_was_approved_is_refused) {
  const struct {
    const char* what;
    std::function<void(const Overlaid&)> change;
    std::string place;
    std::vector<std::string> more;
  } cases[] = {
      {"a value",
       [](const Overlaid& a) { spill(a.overlay(), a.rules("https://evil.test/")); },
       "plain words",
       {}},
      {"a variable", [](const Overlaid&) {}, "other words", {}},
      {"a secret's file", [](const Overlaid& a) { spill(a.secret(), "5f0c9d1f"); }, "plain words", {}},
      {"another file",
       [](const Overlaid& a) {
         spill(a.folder().file("other.json"), R"([{"set":{"/url":"https://evil.test/"}}])");
       },
       "plain words",
       {"--overlay", "other.json"}},
  };
  for (const auto& [what, change, place, more] : cases) {
    BOOST_TEST_CONTEXT(what) {
      const Overlaid accounts;
      BOOST_TEST(accounts.approve_overlaid().code == 2);
      change(accounts);
      auto arguments = accounts.apply_arguments();
      if (!more.empty()) arguments.insert(arguments.end(), {more[0], accounts.folder().file(more[1])});
      const auto ran = accounts.with_place(place, arguments);
      BOOST_TEST(ran.code == 3, ran.err + ran.out);
      BOOST_TEST(has(ran.err, "what the overlay sets has changed"), ran.err);
      BOOST_TEST(accounts.writes() == 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE(likely_secrets_of_an_overlay_or_a_webhook_cannot_be_tried_on_the_file) {
  const Overlaid accounts;
  BOOST_TEST(accounts.approve_overlaid().code == 2);
  const auto text = slurp(accounts.plan());
  const auto plan = read_approved_plan(text, "plan");
  const auto document = json::Document::parse(slurp(accounts.file_of("eu")));
  const auto webhook = read_webhook(document.root().find("webhooks")->elements().at(0));
  for (const auto& tried : {plan.salt, std::string(), plan.plan, plan.checksum, std::string("us-key")})
    for (const auto& digest :
         {items_of({webhook}, tried)[0].digest, sha256_hex(tried + "\n" + content(webhook)),
          sha256_hex(tried + content(webhook)), content_digest(webhook)})
      BOOST_TEST(!has(text, digest));
  // The same plan again has nothing in common with it that contents could be compared by.
  BOOST_TEST(accounts.approve_overlaid().code == 2);
  const auto again = read_approved_plan(slurp(accounts.plan()), "plan");
  BOOST_TEST(again.overlay != plan.overlay);
  BOOST_TEST(again.plan != plan.plan);
  BOOST_TEST(again.source_webhooks.at(0).digest != plan.source_webhooks.at(0).digest);
}

BOOST_AUTO_TEST_CASE(keys_come_as_for_migrate) {
  const Environment none = {{"HOOKFERRY_SOURCE_KEY", ""}, {"HOOKFERRY_DEST_KEY", ""}, {"HOOKFERRY_KEY", ""}};
  const auto key_file = [](const Approved& accounts, const std::string& name) {
    const auto out = accounts.folder().file(name);
    spill(out, name + "\n");
    ::chmod(out.c_str(), 0600);
    return out;
  };
  {
    const Approved accounts;
    BOOST_TEST(accounts.approve().code == 2);
    BOOST_TEST(accounts.run_with(none, accounts.apply_arguments()).code == 78);
    const auto ran =
        accounts.run_with(none, accounts.apply_arguments({"--source-key-file", key_file(accounts, "eu-key"),
                                                          "--dest-key-file", key_file(accounts, "us-key")}));
    BOOST_TEST(ran.code == 2, ran.err);  // a conflict is left
    BOOST_TEST(accounts.count("us") == 5u);
  }
  const Approved accounts;
  const auto config = accounts.folder().file("config.ini");
  spill(config, "[from]\nurl = " + accounts.url() + "\napi-key-file = " + key_file(accounts, "eu-key") +
                    "\n[to]\nurl = " + accounts.url() + "\napi-key-file = " + key_file(accounts, "us-key") +
                    "\n");
  BOOST_TEST(accounts
                 .run_with(none, {"diff", "from", "to", "--no-rewrite", "--out", accounts.plan(), "--config",
                                  config})
                 .code == 2);
  const auto ran = accounts.run_with(none, accounts.apply_arguments({"--config", config}));
  BOOST_TEST(ran.code == 2, ran.err);
  BOOST_TEST(accounts.count("us") == 5u);
}

BOOST_AUTO_TEST_CASE(another_account_under_the_same_name_is_refused) {
  const Approved accounts;
  spill(accounts.folder().file("config.ini"), "[there]\nurl = " + accounts.url() + "\napi-key-env = THERE\n");
  spill(accounts.folder().file("few.json"), array_of(many(2)));
  const std::vector<std::string> config = {"--config", accounts.folder().file("config.ini"), "--no-rewrite"};
  std::vector<std::string> diff = {"diff", accounts.folder().file("few.json"), "there", "--out",
                                   accounts.plan()};
  diff.insert(diff.end(), config.begin(), config.end());
  BOOST_TEST(accounts.run_with({{"THERE", "us-key"}}, diff).code == 2);
  const auto ran = accounts.run_with(
      {{"THERE", "eu-key"}}, {"apply", accounts.plan(), "--config", accounts.folder().file("config.ini")});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(has(ran.err, "the destination is another account"), ran.err);
  BOOST_TEST(accounts.writes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_plan_is_not_applied_in_another_company_at_the_same_url) {
  Approved accounts;
  BOOST_TEST(accounts.approve({"--mirror"}).code == 2);
  auto held = slurp(accounts.file_of("us"));
  for (auto at = held.find("\"company_id\":2"); at != std::string::npos; at = held.find("\"company_id\":2"))
    held.replace(at, 14, "\"company_id\":5");
  spill(accounts.file_of("us"), held);
  accounts.restart({});
  const auto ran = accounts.apply();
  BOOST_TEST(ran.code == 3, ran.err + ran.out);
  BOOST_TEST(has(ran.err, "the destination is another account than it was"), ran.err);
  BOOST_TEST(accounts.writes() == 0u);
}

BOOST_AUTO_TEST_CASE(an_apply_that_was_killed_is_finished_by_the_same_command_and_undone_as_one) {
  Approved accounts({"--fault", "POST#2:slow-apply=700"});
  BOOST_TEST(accounts.approve({"--mirror"}).code == 2);
  {
    auto command = accounts.apply_arguments({"--batch-size", "1", "--concurrency", "1", "--settle", "2"});
    const auto process = accounts.in_background("apply", command);
    accounts.await_requests("begun:POST", 1);
    process->signal(SIGKILL);
    process->wait();
  }
  const auto again = accounts.apply();
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(accounts.count("us") == 4u);
  const auto writes = accounts.writes();
  check_stale(accounts.apply(), "this plan was applied on 20");
  BOOST_TEST(accounts.writes() == writes);
  BOOST_TEST(accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.3"}).code == 0);
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(a_partly_failed_plan_is_finished_unless_another_client_changed_something) {
  Approved accounts({"--fault", "DELETE:status=409"});
  BOOST_TEST(accounts.approve({"--mirror"}).code == 2);
  BOOST_TEST(accounts.apply().code == 1);
  accounts.restart({});
  accounts.somebody_adds("us", slack("late", "https://late.test/"));
  const auto refused = accounts.apply();
  BOOST_TEST(refused.code == 3, refused.err);
  BOOST_TEST(has(refused.err, "\"late\" (slack)"), refused.err);
  BOOST_TEST(!has(refused.err, "hook-"), refused.err);
  for (const auto& held : accounts.webhooks("us"))
    if (held.alias == "late") accounts.somebody_deletes("us", held.id);
  const auto again = accounts.apply();
  BOOST_TEST(again.code == 0, again.err + again.out);
  BOOST_TEST(accounts.count("us") == 4u);
}

BOOST_AUTO_TEST_CASE(the_plan_can_be_of_a_file_and_cannot_go_to_standard_output) {
  const Approved accounts;
  spill(accounts.folder().file("few.json"), array_of(many(2)));
  const auto file = accounts.folder().file("few.json");
  BOOST_TEST(accounts.run({"diff", file, accounts.url(), "--no-rewrite", "--out", accounts.plan()}).code ==
             2);
  spill(file, array_of(many(3)));
  const auto ran = accounts.apply();
  BOOST_TEST(ran.code == 3, ran.err);
  BOOST_TEST(has(ran.err, "the source's \"hook-2\" (slack) with id 3 is new"), ran.err);
  BOOST_TEST(accounts.diff({"--out", "-"}).code == 64);
  BOOST_TEST(accounts.diff({"--out", "/nowhere/plan"}).code == 73);
}

BOOST_AUTO_TEST_CASE(a_report_of_an_apply_tells_what_was_done_and_what_was_rewritten) {
  for (const std::string name : {"report.md", "report.html"}) {
    const Accounts accounts({slack("a", "https://api.coralogix.com/x", 1)}, {});
    const auto plan = accounts.folder().file("plan");
    BOOST_TEST(accounts.diff({"--out", plan}).code == 2);
    const auto file = accounts.folder().file(name);
    BOOST_TEST(accounts.run({"apply", plan, "--settle", "0.3", "--report", file}).code == 0);
    BOOST_TEST(has(slurp(file), "1 host rewritten in 1 webhook"), name);
    BOOST_TEST(has(slurp(file), name == "report.md" ? "## Outcome of a migrate" : "\"carriedOut\":true"),
               name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
