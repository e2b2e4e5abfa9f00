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
    BOOST_TEST(ran.code == 1, ran.err + ran.out);
    BOOST_TEST(has(ran.err, named), ran.err);
    BOOST_TEST(has(ran.err, "nothing was changed"), ran.err);
  }
  BOOST_TEST(accounts.writes() == 0u);
}

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
  BOOST_TEST(accounts.apply({"--accept-shrunk"}).code == 1);
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

BOOST_AUTO_TEST_CASE(other_rules_are_told_where_both_accounts_are_as_they_were) {
  const Accounts accounts({slack("a", "https://api.coralogix.com/x", 1)}, {});
  const auto plan = accounts.folder().file("plan");
  BOOST_TEST(accounts.diff({"--out", plan}).code == 2);
  auto regions = slurp(std::string(HOOKFERRY_SOURCE_DIR) + "/configs/regions.json");
  const std::string host = "\"api.coralogix.us\"";
  for (auto at = regions.find(host); at != std::string::npos; at = regions.find(host))
    regions.replace(at, host.size(), "\"api.example.test\"");
  spill(accounts.folder().file("regions.json"), regions);
  const auto ran = accounts.run({"apply", plan, "--regions", accounts.folder().file("regions.json")});
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
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
        edited("source-region", "dest-region"), edited("\"hookferry_plan\": 1", "\"hookferry_plan\": 2"),
        edited("\"options\"", "\"more\": 1, \"options\"")}) {
    spill(accounts.plan(), text);
    const auto ran = accounts.apply();
    BOOST_TEST(ran.code == 65, ran.err);
  }
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
  const auto ran = accounts.run_with(other, accounts.apply_arguments());
  BOOST_TEST(ran.code == 64, ran.err);
  BOOST_TEST(has(ran.err, "it was not sent"), ran.err);
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

/// As somebody writes it who has the API key of one side alone.
std::string sealed_again(const ApprovedPlan& plan, const std::string& lock, const std::string& api_key) {
  const auto key = unwrapped(lock, api_key, plan.salt);
  BOOST_REQUIRE(key.has_value());
  return write_approved_plan(plan, key->reveal());
}

/// A value that the option allows, which does harm where it is obeyed.
std::string harmful_value(const OptionSpec& option, const Approved& accounts) {
  const auto argument = option.argument;
  if (argument.empty()) return "";
  if (!option.choices.empty()) return std::string(option.choices.front());
  if (argument == "FILE" || argument == "DIR") return accounts.folder().file("named-by-the-plan.html");
  if (argument == "ACCOUNT") return accounts.url();
  if (argument == "URL") return accounts.url();
  if (argument == "SIZE") return "64MiB";
  return argument == "RULE" ? "POST:status=500" : "2";
}

}  // namespace

BOOST_AUTO_TEST_CASE(who_has_one_key_cannot_set_options_that_shape_no_plan) {
  const std::set<std::string_view> shape = {"source-region", "dest-region", "rewrite-host", "rewrite-prefix",
                                            "no-rewrite",    "fresh-uuids", "on-conflict",  "only",
                                            "except",        "type",        "id",           "mirror",
                                            "max-delete",    "overlay"};
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--mirror"}).code == 2);
  const auto gets = accounts.requests("GET");
  const auto written = read_approved_plan(slurp(accounts.plan()), "plan");
  std::size_t tried = 0;
  for (const auto& option : option_table()) {
    if (shape.contains(option.name)) continue;
    ++tried;
    const auto value = harmful_value(option, accounts);
    // Nobody writes to it: whoever opens it waits until the test is given up.
    if (option.argument == "FILE") {
      ::unlink(value.c_str());
      BOOST_REQUIRE(::mkfifo(value.c_str(), 0600) == 0);
    }
    for (const auto& [lock, key] :
         {std::pair(written.source_lock, "eu-key"), std::pair(written.destination_lock, "us-key")}) {
      // Each run is slow with sanitizers: there the keys take turns.
      if (sanitized && (tried % 2 == 0) != (key == std::string_view("us-key"))) continue;
      BOOST_TEST_CONTEXT("--" << option.name << " by the key " << key) {
        auto plan = written;
        plan.options.emplace_back(option.name, value);
        spill(accounts.plan(), sealed_again(plan, lock, key));
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

BOOST_AUTO_TEST_CASE(what_shapes_a_plan_is_taken_from_its_file) {
  const Approved accounts;
  BOOST_TEST(accounts
                 .approve({"--mirror", "--fresh-uuids", "--on-conflict", "update", "--only", "*", "--except",
                           "none-*", "--type", "slack", "--max-delete", "100%", "--rewrite-host",
                           "a.test=b.test", "--rewrite-prefix", "https://c.test/x=https://d.test/y"})
                 .code == 2);
  const auto plan = read_approved_plan(slurp(accounts.plan()), "plan");
  std::set<std::string> kept;
  for (const auto& [name, value] : plan.options) kept.insert(name);
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

BOOST_AUTO_TEST_CASE(a_plan_that_was_taken_back_can_be_carried_out_again) {
  const Approved accounts;
  BOOST_TEST(accounts.approve({"--on-conflict", "update"}).code == 2);
  for (int time = 0; time < 2; ++time) {
    const auto ran = accounts.apply();
    BOOST_TEST(ran.code == 0, ran.err + ran.out);
    BOOST_TEST(has(ran.out, "2 created, 1 updated, 1 unchanged"), ran.out);
    const auto undone = accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.3"});
    BOOST_TEST(undone.code == 0, undone.err + undone.out);
    BOOST_TEST(accounts.count("us") == 3u);
  }
}

BOOST_AUTO_TEST_CASE(without_a_key_that_it_was_made_with_a_plan_cannot_be_told_from_another) {
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
      BOOST_TEST(ran.code == 1, ran.err + ran.out);
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
  const auto third = accounts.apply();
  BOOST_TEST(third.code == 0, third.err + third.out);
  BOOST_TEST(accounts.writes() == writes);
  BOOST_TEST(accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.3"}).code == 0);
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(after_a_failed_part_the_same_plan_is_finished_unless_somebody_changed_something) {
  Approved accounts({"--fault", "DELETE:status=409"});
  BOOST_TEST(accounts.approve({"--mirror"}).code == 2);
  BOOST_TEST(accounts.apply().code == 1);
  accounts.restart({});
  accounts.somebody_adds("us", slack("late", "https://late.test/"));
  const auto refused = accounts.apply();
  BOOST_TEST(refused.code == 1, refused.err);
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
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(has(ran.err, "the source's \"hook-2\" (slack) with id 3 is new"), ran.err);
  BOOST_TEST(accounts.diff({"--out", "-"}).code == 64);
  BOOST_TEST(accounts.diff({"--out", "/nowhere/plan"}).code == 73);
}

BOOST_AUTO_TEST_CASE(a_report_of_an_apply_tells_what_was_done_and_what_was_rewritten) {
  const Accounts accounts({slack("a", "https://api.coralogix.com/x", 1)}, {});
  const auto plan = accounts.folder().file("plan");
  BOOST_TEST(accounts.diff({"--out", plan}).code == 2);
  for (const std::string name : {"report.md", "report.html"}) {
    const auto file = accounts.folder().file(name);
    BOOST_TEST(accounts.run({"apply", plan, "--settle", "0.3", "--report", file}).code == 0);
    BOOST_TEST(has(slurp(file), "1 host rewritten in 1 webhook"), name);
    BOOST_TEST(has(slurp(file), name == "report.md" ? "## hookferry: Done" : "\"carriedOut\":true"), name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
