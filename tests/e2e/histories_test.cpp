// Histories in which the server or another client does something odd at the worst moment: nothing may be
// doubled, lost or taken from another client, and the exit code says what is left.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <map>
#include <string>
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

BOOST_AUTO_TEST_SUITE_END()
