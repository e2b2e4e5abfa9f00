#include "ledger/ledger.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "json/document.hpp"
#include "temporary_folder.hpp"

namespace json = hookferry::json;
using hookferry::LedgerEntry;
using hookferry::LedgerHeader;
using hookferry::LedgerRun;
using hookferry::LedgerWriter;
using hookferry::read_ledger;
using hookferry::test::content_of;
using hookferry::test::TemporaryFolder;
using hookferry::test::write_content;
using State = LedgerEntry::State;

namespace {

const LedgerHeader header = {
    "migrate", "eu1", "us \"1\"\n", "https://api.coralogix.us", "0a1b", {7, -9, 1234567890123}};

LedgerEntry entry(std::size_t n, const std::string& action, std::optional<std::int64_t> id = std::nullopt) {
  LedgerEntry out;
  out.n = n;
  out.source_id = 100 + static_cast<std::int64_t>(n);
  out.identity = {"hook-" + std::to_string(n), 3};
  out.action = action;
  out.destination_id = id;
  out.content = "digest-" + std::to_string(n);
  if (action == "update") out.before = R"({"alias":"before","integration_type_id":3})";
  return out;
}

/// A run that plans to create 0 and 1 and to update 2, id 7.
void begin(LedgerWriter& ledger) {
  ledger.run(header);
  ledger.webhook(entry(0, "create"));
  ledger.webhook(entry(1, "create"));
  ledger.webhook(entry(2, "update", 7));
}

/// The runs of a ledger that was written so.
std::vector<LedgerRun> written(const std::function<void(LedgerWriter&)>& write) {
  const TemporaryFolder folder;
  LedgerWriter ledger(folder / "ledger.jsonl");
  write(ledger);
  return read_ledger(ledger.path());
}

/// "planned arrived:50 planned:7": the entries' states with their ids.
std::string shown(const LedgerRun& run) {
  const std::map<State, std::string> names = {
      {State::planned, "planned"},         {State::intended, "intended"}, {State::accepted, "accepted"},
      {State::not_applied, "not_applied"}, {State::arrived, "arrived"},   {State::undone, "undone"}};
  std::string out;
  for (const auto& one : run.entries)
    out += (out.empty() ? "" : " ") + names.at(one.state) +
           (one.destination_id ? ":" + std::to_string(*one.destination_id) : "");
  return out;
}

const std::string run_line = R"({"event":"run","ledger":1,"command":"migrate","url":"u","at":5,"present":[]})"
                             "\n";
const std::string webhook_line =
    R"({"event":"webhook","n":0,"alias":"a","type":0,"action":"create","content":"c"})"
    "\n";
const std::string intent_line = R"({"event":"intent","webhooks":[0],"at":9})"
                                "\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(ledger)

BOOST_AUTO_TEST_CASE(what_was_planned_is_read_as_it_was_written) {
  auto odd = entry(1, "update", 50);
  odd.source_id.reset();
  odd.identity = {"\"a\\\n\x1b/ü\u2028", -4};
  odd.before = "{ \"n\": 1.0,\n  \"n\": 1e400, \"l\": 12345678901234567890123, \"s\": \"\\u0041\\/\" }";
  const auto runs = written([&](LedgerWriter& ledger) {
    ledger.run(header);
    ledger.webhook(entry(0, "create"));
    ledger.webhook(odd);
  });
  BOOST_REQUIRE(runs.size() == 1u);
  const auto& run = runs[0];
  BOOST_TEST(run.header.command == header.command);
  BOOST_TEST(run.header.source == header.source);
  BOOST_TEST(run.header.destination == header.destination);
  BOOST_TEST(run.header.url == header.url);
  BOOST_TEST(run.header.account == header.account);
  BOOST_TEST(run.header.present == header.present, boost::test_tools::per_element());
  BOOST_REQUIRE(run.entries.size() == 2u);
  BOOST_TEST((run.entries[0].source_id == 100));
  BOOST_TEST((run.entries[0].destination_id == std::nullopt));
  BOOST_TEST(run.entries[0].content == "digest-0");
  BOOST_TEST(run.entries[0].before == "");
  BOOST_TEST((run.entries[1].source_id == std::nullopt));
  BOOST_TEST((run.entries[1].destination_id == 50));
  BOOST_TEST(run.entries[1].identity.alias == odd.identity.alias);
  BOOST_TEST(run.entries[1].identity.type == -4);
  BOOST_TEST(run.entries[1].action == "update");
  BOOST_TEST(run.entries[1].before == R"({"n":1.0,"n":1e400,"l":12345678901234567890123,"s":"\u0041\/"})");
}

BOOST_AUTO_TEST_CASE(events_say_what_became_of_each_webhook) {
  struct Case {
    std::function<void(LedgerWriter&)> events;
    std::string expected;
    bool begun, settled;
  };
  const std::vector<Case> cases = {
      {[](auto&) {}, "planned planned planned:7", false, false},
      {[](auto& l) { l.end(true, 0); }, "planned planned planned:7", false, true},
      {[](auto& l) {
         l.intent({0, 2});
       },
       "intended planned intended:7", true, false},
      {[](auto& l) { l.intent({1}), l.not_applied({1}, "HTTP 500"); }, "planned not_applied planned:7", true,
       false},
      {[](auto& l) {
         l.intent({1, 0}), l.accepted({1, 0}, {51, std::nullopt});
       },
       "accepted accepted:51 planned:7", true, false},
      {[](auto& l) { l.intent({2}), l.accepted({2}, {std::nullopt}); }, "planned planned accepted:7", true,
       false},
      {[](auto& l) { l.intent({0}), l.accepted({0}, {51}), l.arrived(0, 52, "other"); },
       "arrived:52 planned planned:7", true, false},
      {[](auto& l) { l.intent({0}), l.not_applied({0}, ""), l.intent({0}); }, "intended planned planned:7",
       true, false},
      {[](auto& l) { l.intent({0}), l.not_applied({0}, ""), l.arrived(0, 50, "x"), l.end(true, 0); },
       "arrived:50 planned planned:7", true, true},
      {[](auto& l) { l.intent({0}), l.end(false, 69); }, "intended planned planned:7", true, false},
      {[](auto& l) { l.intent({0}), l.arrived(0, 50, "x"), l.undone(0, 0, 50); },
       "undone:50 planned planned:7", true, false},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) BOOST_TEST_CONTEXT("row " << i) {
      const auto runs = written([&](LedgerWriter& ledger) {
        begin(ledger);
        cases[i].events(ledger);
      });
      BOOST_REQUIRE(runs.size() == 1u);
      BOOST_TEST(shown(runs[0]) == cases[i].expected);
      BOOST_TEST(runs[0].begun() == cases[i].begun);
      BOOST_TEST(runs[0].settled == cases[i].settled);
    }
}

BOOST_AUTO_TEST_CASE(a_run_has_ended_when_it_says_so_whether_or_not_all_is_settled) {
  BOOST_TEST(!written([](auto& ledger) { begin(ledger), ledger.intent({0}); }).at(0).ended);
  for (const bool settled : {true, false})
    BOOST_TEST(written([&](auto& ledger) { begin(ledger), ledger.end(settled, 0); }).at(0).ended);
}

BOOST_AUTO_TEST_CASE(an_undo_may_have_begun_even_where_it_says_nothing_of_it) {
  BOOST_TEST(!written([](auto& ledger) {
                ledger.run({"migrate", "eu1", "us1", "u", "", {}});
              })
                  .at(0)
                  .begun());
  BOOST_TEST(written([](auto& ledger) { ledger.run({"undo", "eu1", "us1", "u", "", {}}); }).at(0).begun());
}

BOOST_AUTO_TEST_CASE(what_was_read_back_is_kept_beside_what_was_to_be_written) {
  const auto runs = written([](LedgerWriter& ledger) { begin(ledger), ledger.arrived(1, 50, "stored"); });
  BOOST_TEST(runs.at(0).entries[1].content == "digest-1");
  BOOST_TEST(runs[0].entries[1].stored == "stored");
  BOOST_TEST(runs[0].entries[0].stored == "");
}

BOOST_AUTO_TEST_CASE(a_file_holds_several_runs_and_undone_names_the_run) {
  const TemporaryFolder folder;
  const auto path = folder / "deep/er/ledger.jsonl";
  for (int i = 0; i < 3; ++i) {
    LedgerWriter ledger(path);
    begin(ledger);
    ledger.arrived(0, 50 + i, "x");
    if (i == 2) ledger.undone(1, 0, 51);
  }
  const auto runs = read_ledger(path);
  BOOST_REQUIRE(runs.size() == 3u);
  BOOST_TEST(shown(runs[0]) == "arrived:50 planned planned:7");
  BOOST_TEST(shown(runs[1]) == "undone:51 planned planned:7");
  BOOST_TEST(shown(runs[2]) == "arrived:52 planned planned:7");
}

BOOST_AUTO_TEST_CASE(the_last_activity_is_that_of_the_last_event_with_a_time) {
  const TemporaryFolder folder;
  write_content(folder / "l", run_line + webhook_line);
  BOOST_TEST(read_ledger(folder / "l")[0].last_activity == 5);
  write_content(folder / "l", run_line + webhook_line + intent_line);
  BOOST_TEST(read_ledger(folder / "l")[0].last_activity == 9);
}

BOOST_AUTO_TEST_CASE(only_the_owner_may_read_it) {
  const TemporaryFolder folder;
  const auto old_mask = ::umask(0);
  const LedgerWriter ledger(folder / "new/ledger.jsonl");
  ::umask(old_mask);
  struct stat file {
  }, parent{};
  BOOST_REQUIRE(::stat(ledger.path().c_str(), &file) == 0);
  BOOST_REQUIRE(::stat((folder / "new").c_str(), &parent) == 0);
  BOOST_TEST((file.st_mode & 0777) == 0600u);
  BOOST_TEST((parent.st_mode & 0777) == 0700u);
}

BOOST_AUTO_TEST_CASE(each_line_holds_what_is_documented_and_nothing_else) {
  const TemporaryFolder folder;
  LedgerWriter ledger(folder / "l");
  begin(ledger);
  ledger.intent({0}), ledger.accepted({0}, {50}), ledger.not_applied({1}, "r"), ledger.arrived(0, 50, "c");
  ledger.undone(0, 0, 50), ledger.end(true, 0);
  const std::vector<std::string> expected = {
      "event ledger hookferry command source destination url account at present",
      "event n source_id alias type action destination_id content",
      "event n source_id alias type action destination_id content",
      "event n source_id alias type action destination_id content before",
      "event webhooks at",
      "event webhooks ids at",
      "event webhooks reason at",
      "event n id content",
      "event run n id at",
      "event settled exit at",
  };
  std::vector<std::string> names;
  std::istringstream lines(content_of(folder / "l"));
  for (std::string line; std::getline(lines, line);) {
    const auto document = json::Document::parse(line);
    names.emplace_back();
    for (const auto& member : document.root().members())
      names.back() += (names.back().empty() ? "" : " ") + member.key.string();
  }
  BOOST_TEST(names == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
