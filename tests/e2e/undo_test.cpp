#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

Ran undo(const Accounts& accounts) {
  return accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.3"});
}

/// The account's webhooks without the stamps that a restoring renews.
std::vector<std::string> urls(const Accounts& accounts) {
  const auto document = json::Document::parse(slurp(accounts.file_of("us")));
  std::vector<std::string> out;
  for (const auto& webhook : document.root().find("webhooks")->elements())
    out.push_back(std::to_string(*webhook.find("id")->integer()) + " " + webhook.find("url")->string());
  return out;
}

void replace_in_account(Accounts& accounts, const std::string& from, const std::string& to) {
  accounts.stop();
  auto text = slurp(accounts.file_of("us"));
  text.replace(text.find(from), from.size(), to);
  spill(accounts.file_of("us"), text);
  accounts.restart({});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(undo_and_ids)

BOOST_AUTO_TEST_CASE(undo_restores_the_destination_and_a_second_one_does_nothing) {
  const Accounts accounts({slack("new", "https://new.test/", 1), slack("ops", "https://here.test/", 2),
                           slack("same", "https://same.test/", 3)},
                          {slack("ops", "https://old.test/", 7), slack("same", "https://same.test/", 8),
                           slack("foreign", "https://foreign.test/", 9)});
  const auto before = urls(accounts);
  BOOST_TEST(accounts.migrate({"--on-conflict", "update"}).code == 0);
  BOOST_TEST(urls(accounts).size() == 4u);
  const auto first = undo(accounts);
  BOOST_TEST(first.code == 0, first.err + first.out);
  BOOST_TEST(urls(accounts) == before, boost::test_tools::per_element());
  const auto writes = accounts.requests("POST") + accounts.requests("DELETE");
  const auto second = undo(accounts);
  BOOST_TEST(second.code == 0, second.err + second.out);
  BOOST_TEST(accounts.requests("POST") + accounts.requests("DELETE") == writes);
}

BOOST_AUTO_TEST_CASE(undo_leaves_what_others_changed_since_and_names_it) {
  Accounts accounts({slack("a", "https://a.test/", 1), slack("b", "https://b.test/", 2)}, {});
  BOOST_TEST(accounts.migrate().code == 0);
  replace_in_account(accounts, "https://a.test/", "https://changed.test/");
  const auto ran = undo(accounts);
  BOOST_TEST(ran.code == 1, ran.err + ran.out);
  BOOST_TEST(ran.out.find("\"a\"") != std::string::npos, ran.out);
  BOOST_TEST(accounts.aliases("us") == std::vector<std::string>{"a"}, boost::test_tools::per_element());
  const auto quiet = accounts.run({"undo", accounts.ledger(), "--yes", "-q"});
  BOOST_TEST(quiet.code == 1);
  BOOST_TEST(quiet.out == "");
  BOOST_TEST(quiet.err.find("\"a\"") != std::string::npos, quiet.err);
}

BOOST_AUTO_TEST_CASE(undo_reports_what_the_server_altered) {
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"-q"}}) {
    const Accounts accounts({slack("ops", "https://here.test/", 2)}, {slack("ops", "https://old.test/", 7)},
                            {"--fault", "POST#2:alter=url"});
    BOOST_TEST(accounts.migrate({"--on-conflict", "update"}).code == 0);
    std::vector<std::string> words = {"undo", accounts.ledger(), "--yes", "--settle", "0.3"};
    words.insert(words.end(), more.begin(), more.end());
    const auto ran = accounts.run(words);
    BOOST_TEST(ran.code == 1, ran.err + ran.out);
    BOOST_TEST((ran.out + ran.err).find("Not as planned: ") != std::string::npos, ran.err + ran.out);
    BOOST_TEST(ran.out.empty() == !more.empty());
  }
}

BOOST_AUTO_TEST_CASE(undo_gets_over_faults_and_a_webhook_that_is_gone_already) {
  for (const std::string fault :
       {"DELETE#1:close-after", "DELETE#1:close-before", "DELETE#1:status=503,retry-after=0",
        "DELETE#1:status=429,retry-after=0", "DELETE#2:stall,applied=yes"}) {
    BOOST_TEST_CONTEXT(fault) {
      const Accounts accounts(many(6), {}, {"--fault", fault});
      BOOST_TEST(accounts.migrate().code == 0);
      const auto ran =
          accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.3", "--timeout", "0.4"});
      BOOST_TEST(ran.code == 0, ran.err + ran.out);
      BOOST_TEST(accounts.count("us") == 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_ledger_of_a_newer_version_or_of_something_else_is_refused) {
  const Accounts accounts(many(1), {});
  spill(accounts.folder().file("newer"), "{\"event\":\"run\",\"ledger\":99}\n");
  spill(accounts.folder().file("other"), "hello\n");
  BOOST_TEST(accounts.run({"undo", accounts.folder().file("newer"), "--yes"}).code == 65);
  BOOST_TEST(accounts.run({"ids", accounts.folder().file("other")}).code == 65);
  BOOST_TEST(accounts.run({"ids", accounts.folder().file("absent")}).code == 66);
}

BOOST_AUTO_TEST_CASE(the_ledger_is_private_and_holds_no_key_and_no_content_of_what_was_created) {
  const Accounts accounts({slack("a", "https://hooks.slack.com/services/T0/B0/EXAMPLE", 1)}, {});
  BOOST_TEST(accounts.migrate().code == 0);
  const auto text = slurp(accounts.ledger());
  BOOST_TEST(text.find("us-key") == std::string::npos);
  BOOST_TEST(text.find("eu-key") == std::string::npos);
  BOOST_TEST(text.find("EXAMPLE") == std::string::npos);
  struct stat facts {};
  BOOST_REQUIRE(::stat(accounts.ledger().c_str(), &facts) == 0);
  BOOST_TEST((facts.st_mode & 0777) == 0600);
}

BOOST_AUTO_TEST_CASE(ids_lists_created_and_unchanged_in_three_formats) {
  const Accounts accounts({slack("a", "https://a.test/", 11), slack("b", "https://b.test/", 12)},
                          {slack("b", "https://b.test/", 5)});
  BOOST_TEST(accounts.migrate().code == 0);
  const auto tsv = accounts.run({"ids", accounts.ledger(), "--format", "tsv"});
  BOOST_TEST(tsv.out == "source_id\tdestination_id\ttype\talias\n11\t13\tslack\ta\n12\t5\tslack\tb\n");
  const auto json_list = accounts.run({"ids", accounts.ledger(), "--format", "json"});
  const auto document = json::Document::parse(json_list.out);
  BOOST_TEST(document.root().elements().size() == 2u);
  BOOST_TEST(accounts.run({"ids", accounts.ledger()}).out.find("DESTINATION") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_undo_reports_a_deletion_that_was_not_done_and_the_next_undo_does_it) {
  for (const std::string fault : {"DELETE:status=404", "DELETE:status=200", "DELETE:status=204"}) {
    BOOST_TEST_CONTEXT(fault) {
      Accounts accounts(many(3), {}, {"--fault", fault});
      BOOST_TEST(accounts.migrate().code == 0);
      const auto first = undo(accounts);
      BOOST_TEST(first.code == 1, first.out);
      BOOST_TEST(first.out.find("0 deleted, 0 restored, 0 skipped, 3 failed") != std::string::npos,
                 first.out);
      accounts.restart({});
      BOOST_TEST(undo(accounts).code == 0);
      BOOST_TEST(accounts.count("us") == 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE(undo_sends_a_key_only_where_the_ledger_or_its_owner_says_that_it_belongs) {
  const Accounts accounts(many(3), {slack("foreign", "https://foreign.test/", 9)});
  BOOST_TEST(accounts.migrate().code == 0);
  spill(accounts.folder().file("key"), "eu-key\n");
  const auto requests = accounts.requests("GET");
  const auto with_the_wrong_key = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"undo", accounts.ledger(), "--yes", "--dest-key-file",
                                          accounts.folder().file("key")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return accounts.run(arguments);
  };
  BOOST_TEST(with_the_wrong_key({}).code == 64);
  BOOST_TEST(accounts.requests("GET") == requests);
  const auto ran = with_the_wrong_key({"--dest", accounts.url()});
  BOOST_TEST(ran.code == 64, ran.out);
  BOOST_TEST(ran.err.find("of another destination") != std::string::npos, ran.err);
  const auto elsewhere = with_the_wrong_key({"--dest", "https://elsewhere.invalid"});
  BOOST_TEST(elsewhere.code == 64, elsewhere.out);
  BOOST_TEST(
      elsewhere.err.find("and https://elsewhere.invalid is https://elsewhere.invalid; nothing was changed") !=
          std::string::npos,
      elsewhere.err);
  BOOST_TEST(accounts.requests("DELETE") == 0u);
  BOOST_TEST(accounts.count("eu") == 3u);
  BOOST_TEST(undo(accounts).code == 0);
}

BOOST_AUTO_TEST_CASE(a_ledger_that_was_edited_to_another_address_of_this_machine_gets_no_key) {
  const Accounts accounts(many(3), {slack("foreign", "https://foreign.test/", 9)});
  BOOST_TEST(accounts.migrate().code == 0);
  const auto port = accounts.url().substr(accounts.url().rfind(':'));
  const auto ledger = slurp(accounts.ledger());
  const auto requests = accounts.requests("GET");
  for (const std::string host : {"http://127.0.0.2", "http://localhost", "http://[::1]"}) {
    auto edited = ledger;
    for (auto at = edited.find(accounts.url()); at != std::string::npos; at = edited.find(accounts.url()))
      edited.replace(at, accounts.url().size(), host + port);
    spill(accounts.ledger(), edited);
    const auto ran = accounts.run({"undo", accounts.ledger(), "--yes", "--retries", "0"});
    BOOST_TEST(ran.code == 64, ran.err);
    BOOST_TEST(ran.err.find("it was not sent") != std::string::npos, ran.err);
  }
  BOOST_TEST(accounts.requests("GET") == requests);
}

BOOST_AUTO_TEST_CASE(undo_without_yes_and_terminal_shows_what_it_would_do) {
  const Accounts accounts(many(1), {});
  BOOST_TEST(accounts.migrate().code == 0);
  const auto ran = accounts.run({"undo", accounts.ledger()});
  BOOST_TEST(ran.code == 64);
  BOOST_TEST(ran.out.find("hook-0") != std::string::npos, ran.out);
  BOOST_TEST(accounts.requests("DELETE") == 0u);
}

BOOST_AUTO_TEST_CASE(one_ledger_is_of_one_account) {
  const Accounts accounts(many(2), {slack("other", "https://other.test/", 9)});
  BOOST_TEST(accounts.migrate().code == 0);
  auto environment = accounts.environment();
  environment["HOOKFERRY_SOURCE_KEY"] = "us-key";
  environment["HOOKFERRY_DEST_KEY"] = "eu-key";
  const auto back = run_hookferry(
      {"migrate", accounts.url(), accounts.url(), "--yes", "--ledger", accounts.ledger()}, environment);
  BOOST_TEST(back.code == 64, back.err);
  BOOST_TEST(accounts.count("eu") == 2u);
}

BOOST_AUTO_TEST_CASE(a_restored_webhook_keeps_its_place_in_the_ids) {
  const Accounts accounts({slack("ops", "https://new.test/", 5)}, {slack("ops", "https://old.test/", 7)});
  BOOST_TEST(accounts.migrate({"--on-conflict", "update"}).code == 0);
  BOOST_TEST(undo(accounts).code == 0);
  const auto ids = accounts.run({"ids", accounts.ledger(), "--format", "tsv"});
  BOOST_TEST(ids.out.find("5\t7\tslack\tops\n") != std::string::npos, ids.out);
}

BOOST_AUTO_TEST_SUITE_END()
