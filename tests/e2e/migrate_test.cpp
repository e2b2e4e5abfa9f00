// The main job with the real binary over real sockets. What the server saw is taken from its own log.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "json/build.hpp"
#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"
#include "webhook/webhook.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

std::vector<std::string> sorted(std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  return values;
}

/// Contents of an account without ids and stamps, in one order.
std::vector<std::string> contents(const Accounts& accounts, const std::string& account) {
  const auto document = json::Document::parse(slurp(accounts.file_of(account)));
  std::vector<std::string> out;
  for (const auto& element : document.root().find("webhooks")->elements())
    out.push_back(content(read_webhook(element)));
  return sorted(out);
}

std::string member_of(const std::string& text, const std::string& name) {
  const auto document = json::Document::parse(text);
  const auto value = document.root().find(name);
  return value ? std::string(value->text()) : std::string();
}

/// Answers nobody before both accounts were asked; says whether they were, after half a minute at the latest.
class Meeting {
 public:
  void answer(RawConnection& connection, const std::string& body) {
    for (auto request = connection.read_request(); !request.empty(); request = connection.read_request()) {
      come(request.find("Bearer eu-key") != std::string::npos ? "eu" : "us");
      connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body);
    }
  }
  bool both_came() {
    const std::lock_guard lock(mutex_);
    return !missed_ && asked_.size() == 2;
  }

 private:
  void come(const std::string& account) {
    std::unique_lock lock(mutex_);
    asked_.insert(account);
    changed_.notify_all();
    if (!changed_.wait_for(lock, std::chrono::seconds(30), [&] { return missed_ || asked_.size() == 2; }))
      missed_ = true;
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> asked_;
  bool missed_ = false;
};

/// A source that shows one webhook, once `ready` returns.
RawServer::Script source_of(const std::string& webhook, const std::function<void()>& ready) {
  return [=](RawConnection& connection) {
    if (connection.read_request().empty()) return;
    ready();
    const auto body = "[" + webhook + "]";
    connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
  };
}

std::vector<std::string> migrate_from(const RawServer& source, const Accounts& accounts) {
  return {"migrate",   source.url(), accounts.url(), "--no-rewrite",   "--yes", "--settle", "0.3",
          "--retries", "0",          "--ledger",     accounts.ledger()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(migrate)

BOOST_AUTO_TEST_CASE(a_migration_delivers_everything_and_a_second_one_sends_no_post) {
  const Accounts accounts(many(7), {});
  const auto first = accounts.migrate();
  BOOST_TEST(first.code == 0, first.err);
  BOOST_TEST(sorted(accounts.aliases("us")) == sorted(accounts.aliases("eu")),
             boost::test_tools::per_element());
  BOOST_TEST(contents(accounts, "us") == contents(accounts, "eu"), boost::test_tools::per_element());
  const auto posts = accounts.requests("POST");
  BOOST_TEST(posts == 1u);
  const auto second = accounts.migrate();
  BOOST_TEST(second.code == 0, second.err);
  BOOST_TEST(accounts.requests("POST") == posts);
  BOOST_TEST(accounts.count("us") == 7u);
}

BOOST_AUTO_TEST_CASE(a_migration_reads_each_side_once_and_the_destination_once_more) {
  const Accounts accounts(many(120), {});
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(accounts.requests("GET", "eu") == 1u);
  BOOST_TEST(accounts.requests("GET", "us") == 2u);
}

BOOST_AUTO_TEST_CASE(diff_sends_nothing_but_get_and_says_what_there_is_to_do) {
  const Accounts accounts(many(3), {});
  const auto before = accounts.diff();
  BOOST_TEST(before.code == 2, before.err);
  BOOST_TEST(before.out.find("3 to create") != std::string::npos, before.out);
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") + accounts.requests("PUT") +
                 accounts.requests("PATCH") ==
             0u);
  BOOST_TEST(accounts.migrate().code == 0);
  const auto after = accounts.diff();
  BOOST_TEST(after.code == 0, after.out);
}

BOOST_AUTO_TEST_CASE(diff_as_json_has_the_form_of_its_documentation) {
  const Accounts accounts(many(2), {slack("hook-0", "https://elsewhere.test/", 9)});
  const auto ran = accounts.diff({"--format", "json"});
  BOOST_TEST(ran.code == 2);
  const auto document = json::Document::parse(ran.out);
  const auto summary = document.root().find("summary");
  BOOST_REQUIRE(summary.has_value());
  BOOST_TEST(
      json::compact(*summary) ==
      R"({"create":1,"update":0,"unchanged":0,"conflict":1,"invalid":0,"extra":0,"delete":0,"altered":0,"failed":0})");
  const auto webhooks = document.root().find("webhooks")->elements();
  BOOST_REQUIRE(webhooks.size() == 2u);
  BOOST_TEST(webhooks[0].find("action")->string() == "conflict");
  BOOST_TEST(webhooks[0].find("type")->string() == "slack");
  BOOST_TEST(*webhooks[0].find("source_id")->integer() == 1);
  BOOST_TEST(*webhooks[0].find("destination_id")->integer() == 9);
  BOOST_TEST(json::compact(*webhooks[0].find("changes")) ==
             R"([{"path":"/url","old":"https://elsewhere.test/","new":"https://hooks.test/0"}])");
}

BOOST_AUTO_TEST_CASE(export_transform_import_equals_migrate) {
  const std::vector<std::string> source = {
      slack("plain", "https://hooks.test/1", 1), sendlog("logs", "https://api.coralogix.com/api/v1/logs", 2),
      sendlog(
          "deep", "https://ingress.coralogix.com/logs", 3,
          R"([{"name":"uuid","value":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb"},{"name":"method","value":"post"},{"name":"headers","value":{}},{"name":"payload","value":{"n":1e400,"m":12345678901234567890123,"text":"see https:\/\/api.coralogix.com\/x"}}])")};
  const Accounts piped(source, {});
  const Accounts migrated(source, {});
  BOOST_TEST(migrated.migrate().code == 0);
  const auto exported = run_hookferry({"export", piped.url()}, [&] {
    auto environment = piped.environment();
    environment["HOOKFERRY_KEY"] = "eu-key";
    return environment;
  }());
  BOOST_TEST(exported.code == 0, exported.err);
  const auto transformed =
      piped.run({"transform", "--source-region", "eu1", "--dest-region", "us1"}, exported.out);
  BOOST_TEST(transformed.code == 0, transformed.err);
  const auto imported = piped.run({"import", "-", piped.url(), "--yes", "--settle", "0.3"}, transformed.out);
  BOOST_TEST(imported.code == 0, imported.err);
  BOOST_TEST(contents(piped, "us") == contents(migrated, "us"), boost::test_tools::per_element());
  BOOST_TEST(
      slurp(piped.file_of("us"))
          .find(
              R"(\"n\":1e400,\"m\":12345678901234567890123,\"text\":\"see https:\\/\\/api.coralogix.us\\/x\")") !=
      std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_that_takes_nine_at_most_gets_all_130) {
  const Accounts accounts(many(130), {}, {"--fault", "POST:status=413,above=9"});
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(accounts.count("us") == 130u);
  const auto names = accounts.aliases("us");
  BOOST_TEST(std::set<std::string>(names.begin(), names.end()).size() == 130u);
}

BOOST_AUTO_TEST_CASE(answers_in_chunks_and_another_order_are_distinguished_by_content) {
  const Accounts accounts(many(200), {}, {"--fault", "ANY:chunked", "--fault", "POST:shuffle"});
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(accounts.count("us") == 200u);
  const auto ids = accounts.run({"ids", accounts.ledger(), "--format", "json"});
  BOOST_TEST(ids.code == 0, ids.err);
  const auto destination = json::Document::parse(slurp(accounts.file_of("us")));
  std::map<std::int64_t, std::string> alias_of;
  for (const auto& webhook : destination.root().find("webhooks")->elements())
    alias_of[*webhook.find("id")->integer()] = webhook.find("alias")->string();
  const auto table = json::Document::parse(ids.out);
  BOOST_TEST(table.root().elements().size() == 200u);
  for (const auto& row : table.root().elements()) {
    const auto source_id = *row.find("source_id")->integer();
    BOOST_TEST(alias_of.at(*row.find("destination_id")->integer()) ==
               "hook-" + std::to_string(source_id - 1));
  }
}

BOOST_AUTO_TEST_CASE(duplicates_all_arrive_and_a_second_run_adds_none) {
  const Accounts accounts({slack("twin", "https://a.test/", 1), slack("twin", "https://a.test/", 2),
                           slack("twin", "https://b.test/", 3), slack("other", "https://a.test/", 4)},
                          {}, {"--fault", "POST:shuffle"});
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(contents(accounts, "us") == contents(accounts, "eu"), boost::test_tools::per_element());
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(accounts.count("us") == 4u);
}

BOOST_AUTO_TEST_CASE(every_conflict_policy_does_what_it_says) {
  struct Case {
    std::string policy;
    int code;
    std::vector<std::string> urls;
  };
  const std::vector<Case> cases = {
      {"skip", 2, {"\"https://new.test/\"", "\"https://old.test/\""}},
      {"update", 0, {"\"https://here.test/\"", "\"https://new.test/\""}},
      {"duplicate", 0, {"\"https://here.test/\"", "\"https://new.test/\"", "\"https://old.test/\""}},
      {"fail", 1, {"\"https://old.test/\""}},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.policy) {
      const Accounts accounts({slack("ops", "https://here.test/", 1), slack("fresh", "https://new.test/", 2)},
                              {slack("ops", "https://old.test/", 7)});
      const auto ran = accounts.migrate({"--on-conflict", c.policy});
      BOOST_TEST(ran.code == c.code, ran.err);
      const auto document = json::Document::parse(slurp(accounts.file_of("us")));
      std::vector<std::string> urls;
      for (const auto& webhook : document.root().find("webhooks")->elements())
        urls.push_back(member_of(std::string(webhook.text()), "url"));
      BOOST_TEST(sorted(urls) == c.urls, boost::test_tools::per_element());
      if (c.policy == "fail") BOOST_TEST(accounts.requests("POST") == 0u);
      if (c.policy == "update")
        BOOST_TEST(accounts.run({"diff", accounts.url(), accounts.url(), "--no-rewrite"}).code == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_rejected_webhook_is_reported_and_all_others_arrive) {
  const Accounts accounts(many(30), {}, {"--fault", "POST:status=422,alias=hook-17"});
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 1);
  BOOST_TEST(accounts.count("us") == 29u);
  BOOST_TEST(ran.out.find("hook-17") != std::string::npos);
  BOOST_TEST(ran.out.find("29 created") != std::string::npos, ran.out);
}

BOOST_AUTO_TEST_CASE(invalid_webhooks_are_reported_and_the_rest_goes_on) {
  const Accounts accounts({}, {});
  spill(accounts.folder().file("export.json"),
        array_of({"7", R"({"url":"https://x.test/"})",
                  R"({"id":3,"alias":"typeless","url":"","integration_type_fields":null})",
                  slack("sound", "https://api.coralogix.com/x", 4)}));
  const auto ran =
      accounts.run({"migrate", accounts.folder().file("export.json"), accounts.url(), "--source-region",
                    "eu1", "--dest-region", "us1", "--yes", "--settle", "0.5"});
  BOOST_TEST(ran.code == 1);
  BOOST_TEST(ran.out.find("3 invalid") != std::string::npos, ran.out);
  BOOST_TEST(accounts.aliases("us") == std::vector<std::string>{"sound"}, boost::test_tools::per_element());
  BOOST_TEST(accounts.webhooks("us").front().url == "https://api.coralogix.us/x");
}

BOOST_AUTO_TEST_CASE(an_account_whose_array_holds_what_is_no_object_is_not_the_api_that_was_expected) {
  for (const std::string odd : {"7", "null", "[]", "\"x\""}) {
    const Accounts source({odd, slack("sound", "https://x.test/", 4)}, {});
    BOOST_TEST(source.migrate().code == 76);
    const Accounts destination({slack("sound", "https://x.test/", 4)}, {odd});
    BOOST_TEST(destination.migrate().code == 76);
    BOOST_TEST(source.requests("POST") + destination.requests("POST") == 0u);
  }
}

BOOST_AUTO_TEST_CASE(filters_select_by_alias_type_and_id) {
  struct Case {
    std::vector<std::string> options;
    std::vector<std::string> expected;
  };
  const std::vector<Case> cases = {{{"--only", "ops-*"}, {"ops-1", "ops-2"}},
                                   {{"--only", "ops-*", "--except", "*-2"}, {"ops-1"}},
                                   {{"--type", "sendlog"}, {"ops-2"}},
                                   {{"--type", "3"}, {"ops-2"}},
                                   {{"--id", "3"}, {"test"}}};
  for (const auto& c : cases) {
    const Accounts accounts({slack("ops-1", "https://a.test/", 1), sendlog("ops-2", "https://b.test/", 2),
                             slack("test", "https://c.test/", 3)},
                            {});
    const auto ran = accounts.migrate(c.options);
    BOOST_TEST(ran.code == 0, ran.err);
    BOOST_TEST(sorted(accounts.aliases("us")) == c.expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(without_a_terminal_and_without_yes_nothing_happens) {
  const Accounts accounts(many(2), {});
  const auto ran = accounts.run({"migrate", accounts.url(), accounts.url()});
  BOOST_TEST(ran.code == 64);
  BOOST_TEST(ran.err.find("--yes") != std::string::npos);
  BOOST_TEST(accounts.requests("GET") + accounts.requests("POST") == 0u);
}

BOOST_AUTO_TEST_CASE(what_the_server_stores_differently_is_created_with_a_warning_and_not_sent_again) {
  const Accounts accounts(many(3), {}, {"--fault", "POST:alter=url"});
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(ran.out.find("the server has altered it") != std::string::npos, ran.out);
  BOOST_TEST(ran.out.find("3 created") != std::string::npos, ran.out);
  BOOST_TEST(ran.out.find("3 altered by the server") != std::string::npos, ran.out);
  BOOST_TEST(ran.out.find("#altered") != std::string::npos);
  BOOST_TEST(accounts.requests("POST") == 1u);
  // A later run knows that difference, and its dry run too.
  BOOST_TEST(accounts.diff().code == 0);
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(accounts.migrate({"--on-conflict", "duplicate"}).code == 0);
  BOOST_TEST(accounts.requests("POST") == 1u);
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(what_is_stored_differently_stays_known_over_runs_that_leave_it_out) {
  const Accounts accounts(many(3), {}, {"--fault", "POST:alter=url"});
  const auto with_a_ledger_of_its_own = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"migrate", accounts.url(), accounts.url(), "--yes"});
    return accounts.run(more).code;
  };
  BOOST_TEST(with_a_ledger_of_its_own({}) == 1);
  BOOST_TEST(with_a_ledger_of_its_own({"--only", "hook-1"}) == 0);
  BOOST_TEST(with_a_ledger_of_its_own({"--except", "*"}) == 0);
  BOOST_TEST(with_a_ledger_of_its_own({"--on-conflict", "duplicate"}) == 0);
  BOOST_TEST(accounts.count("us") == 3u);
  BOOST_TEST(accounts.requests("POST") == 1u);
}

/// Under the id that the answer gave stands another alias: it may be ours or somebody's, so it is neither
/// sent again nor taken back.
BOOST_AUTO_TEST_CASE(a_webhook_whose_alias_the_server_changes_is_reported_and_not_sent_again) {
  const Accounts accounts(many(3), {}, {"--fault", "POST:alter=alias", "--fault", "POST:shuffle"});
  const auto ran = accounts.migrate();
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(ran.out.find("3 failed") != std::string::npos, ran.out);
  BOOST_TEST(accounts.migrate().code == 1);
  BOOST_TEST(accounts.migrate({"--on-conflict", "duplicate"}).code == 1);
  BOOST_TEST(accounts.count("us") == 3u);
}

BOOST_AUTO_TEST_CASE(one_account_as_both_ends_is_refused) {
  const Accounts accounts(many(1), {});
  auto environment = accounts.environment();
  environment["HOOKFERRY_DEST_KEY"] = "eu-key";
  for (const std::string command : {"migrate", "diff"}) {
    auto arguments = std::vector<std::string>{command, accounts.url(), accounts.url()};
    if (command == "migrate") arguments.emplace_back("--yes");
    const auto ran = run_hookferry(arguments, environment);
    BOOST_TEST(ran.code == 64, ran.err);
  }
  BOOST_TEST(accounts.requests("GET") == 0u);
}

BOOST_AUTO_TEST_CASE(a_filter_that_selects_nothing_is_reported) {
  const Accounts accounts(many(2), {});
  BOOST_TEST(accounts.migrate({"--only", "hok-*"}).err.find("none of the source's 2") != std::string::npos);
  BOOST_TEST(accounts.migrate({"--id", "1", "--id", "99"}).err.find("--id 99") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_outcome_is_on_standard_error_if_standard_output_is_closed) {
  const Accounts accounts(many(2), {}, {"--fault", "POST:slow=300"});
  std::string command = hookferry_binary();
  for (const auto& word : accounts.migrate_arguments()) command += " '" + word + "'";
  const TempDir files;
  Process process(
      {"/bin/sh", "-c", "{ " + command + "; echo $? >'" + files.file("code") + "'; } | head -c 9"},
      accounts.environment(), files.file("out"), files.file("err"));
  process.wait();
  BOOST_TEST(slurp(files.file("code")) == "73\n");
  BOOST_TEST(slurp(files.file("err")).find("2 created") != std::string::npos, slurp(files.file("err")));
  BOOST_TEST(slurp(files.file("err")).find("ledger.jsonl") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(source_and_destination_are_asked_before_either_has_answered) {
  for (const std::string command : {"migrate", "mirror"}) {
    const TempDir folder;
    Meeting meeting;
    const RawServer server([&](RawConnection& connection) { meeting.answer(connection, "[]"); });
    const auto ran = run_hookferry(
        {command, server.url(), server.url(), "--no-rewrite", "--yes", "--settle", "0", "--accept-shrunk"},
        {{"HOME", folder.path()}, {"HOOKFERRY_SOURCE_KEY", "eu-key"}, {"HOOKFERRY_DEST_KEY", "us-key"}});
    BOOST_TEST(ran.code == 0, ran.err);
    BOOST_TEST(meeting.both_came());
  }
}

BOOST_AUTO_TEST_CASE(an_unreadable_source_is_reported_and_nothing_is_changed) {
  const Accounts accounts(many(2), {slack("there", "https://there.test/", 5)});
  const auto before = slurp(accounts.file_of("us"));
  const RawServer refusing("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}");
  const RawServer cut("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n[");
  const RawServer unreadable("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}");
  const RawServer no_array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  for (const auto* source : {&refusing, &cut, &no_array}) BOOST_TEST_CONTEXT(source->url()) {
      const auto ran = accounts.run(migrate_from(*source, accounts));
      BOOST_TEST(ran.code == (source == &refusing ? 77 : source == &cut ? 69 : 76), ran.err);
      BOOST_TEST(ran.err.find(source->url()) != std::string::npos, ran.err);
      BOOST_TEST(ran.err.find(accounts.url()) == std::string::npos, ran.err);
      // Neither can be read: it is the source that is told.
      auto both = migrate_from(*source, accounts);
      both[2] = unreadable.url();
      const auto told = accounts.run(both);
      BOOST_TEST(told.code == ran.code, told.err);
      BOOST_TEST(told.err.find(unreadable.url()) == std::string::npos, told.err);
    }
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") == 0u);
  BOOST_TEST(slurp(accounts.file_of("us")) == before);
  BOOST_TEST(!std::filesystem::exists(accounts.ledger()));
  BOOST_TEST(accounts.migrate().code == 0);  // nothing is locked, or believed to be open
}

BOOST_AUTO_TEST_CASE(what_was_read_long_before_the_source_had_answered_is_read_again) {
  const auto hook = slack("hook", "https://hooks.test/", 1);
  const Accounts accounts({}, {hook});
  const RawServer quick(source_of(hook, [] {}));
  BOOST_TEST(accounts.run(migrate_from(quick, accounts)).code == 0);
  const auto usual = accounts.requests("GET", "us");
  const RawServer slow(source_of(hook, [&] {
    accounts.await_requests("GET", usual + 1, "us");
    accounts.somebody_adds("us", slack("later", "https://later.test/"));
    std::this_thread::sleep_for(std::chrono::milliseconds(5'500));
  }));
  const auto ran = accounts.run(migrate_from(slow, accounts));
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(ran.out.find("1 extra") != std::string::npos, ran.out);
  BOOST_TEST(accounts.requests("GET", "us") == 2 * usual + 1);
}

BOOST_AUTO_TEST_CASE(under_filters_only_the_extras_that_they_select_are_counted) {
  const Accounts accounts({slack("a", "https://a.test/", 1), sendlog("b", "https://b.test/", 2)},
                          {sendlog("b", "https://b.test/", 12), slack("c", "https://c.test/", 13)});
  const auto extras = [&](const std::vector<std::string>& more) {
    const auto out = accounts.diff(more).out;
    const auto at = out.find(" extra.");
    return at == std::string::npos ? "none" : out.substr(at - 1, 1);
  };
  BOOST_TEST(extras({}) == "1");
  BOOST_TEST(extras({"--type", "slack"}) == "1");
  BOOST_TEST(extras({"--type", "sendlog"}) == "0");
  BOOST_TEST(extras({"--only", "a"}) == "0");  // b is in the source, and is not selected
  BOOST_TEST(extras({"--id", "1"}) == "0");
}

BOOST_AUTO_TEST_SUITE_END()
