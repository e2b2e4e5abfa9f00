#include "ledger/ledger_file.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/failure.hpp"
#include "support/files.hpp"
#include "support/rooms.hpp"
#include "unit/ledger/ledger_lines.hpp"

using hookferry::Cause;
using hookferry::Failure;
using hookferry::LedgerRun;
using hookferry::LedgerWriter;
using hookferry::read_ledger;
using hookferry::test::intent_line;
using hookferry::test::run_line;
using hookferry::test::slurp;
using hookferry::test::spill;
using hookferry::test::TempDir;
using hookferry::test::webhook_line;
using State = hookferry::LedgerEntry::State;

namespace {

/// "planned intended": the entries' states.
std::string shown(const LedgerRun& run) {
  std::string out;
  for (const auto& entry : run.entries)
    out += std::string(out.empty() ? "" : " ") + (entry.state == State::planned    ? "planned"
                                                  : entry.state == State::intended ? "intended"
                                                                                   : "other");
  return out;
}

/// What reading a file of this content ends in.
std::optional<Failure> failure_of(const std::string& content) {
  const TempDir folder;
  spill(folder / "ledger.jsonl", content);
  try {
    read_ledger(folder / "ledger.jsonl");
  } catch (const Failure& failure) {
    return failure;
  }
  return std::nullopt;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(damaged_ledger)

BOOST_AUTO_TEST_CASE(a_last_line_cut_anywhere_is_passed_over) {
  for (const auto& last : {intent_line, webhook_line, run_line})
    for (std::size_t length = 0; length < last.size() - 1; ++length)
      BOOST_TEST_CONTEXT(length << " of " << last) {
        const TempDir folder;
        const auto path = folder / "l";
        const auto whole = run_line + (last == webhook_line ? "" : webhook_line);
        spill(path, whole + last.substr(0, length));
        BOOST_TEST(shown(read_ledger(path).at(0)) == (last == webhook_line ? "" : "planned"));
        BOOST_TEST(read_ledger(path).size() == 1u);
      }
}

BOOST_AUTO_TEST_CASE(a_line_without_its_line_break_counts) {
  const TempDir folder;
  spill(folder / "l", run_line + webhook_line + intent_line.substr(0, intent_line.size() - 1));
  BOOST_TEST(shown(read_ledger(folder / "l").at(0)) == "intended");
}

BOOST_AUTO_TEST_CASE(a_run_that_continues_a_cut_ledger_begins_a_new_line) {
  const TempDir folder;
  const auto path = folder / "l";
  spill(path, run_line + webhook_line + intent_line.substr(0, 20));
  {
    LedgerWriter ledger(path);
    ledger.run({"migrate", "eu1", {"us1", "u"}, 0, {}});
    ledger.webhook({});
    ledger.intent({0});
  }
  const auto runs = read_ledger(path);
  BOOST_REQUIRE(runs.size() == 2u);
  BOOST_TEST(shown(runs[0]) == "planned");
  BOOST_TEST(shown(runs[1]) == "intended");
}

BOOST_AUTO_TEST_CASE(a_broken_line_is_passed_over_at_the_end_and_where_a_new_run_follows_it) {
  // As a full disk leaves it: half a line, and another one behind it.
  const std::string broken = R"({"event":"accepted","webhooks":[0]{"event":"end","settled":true,"exit":73})"
                             "\n";
  const auto begun = run_line + webhook_line + intent_line + broken;
  for (const auto& after : {std::string(), run_line, run_line + webhook_line}) {
    const TempDir folder;
    const auto path = folder / "l";
    spill(path, begun + after);
    BOOST_TEST(shown(read_ledger(path).at(0)) == "intended");
    BOOST_TEST(read_ledger(path).size() == (after.empty() ? 1u : 2u));
    { LedgerWriter(path).end(true, 1); }
    const auto kept = begun.size() - (after.empty() ? broken.size() : 0) + after.size();
    BOOST_TEST(slurp(path).substr(0, kept) == (begun + after).substr(0, kept));
    BOOST_TEST(read_ledger(path).back().ended);
  }
  for (const auto& after : {broken, webhook_line, "[]\n" + run_line, broken + run_line})
    BOOST_TEST(failure_of(begun + after).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_ledger_is_bad_data_and_says_which_line) {
  struct Case {
    std::string content, reason;
  };
  for (const auto& [content, reason] : std::vector<Case>{
           {"", "empty"},
           {"\n\n", "empty"},
           {"no JSON\n" + run_line, "line 1"},
           {"[1]\n", "line 1"},
           {webhook_line, "line 1: it does not begin with a run"},
           {R"({"event":"run","command":"migrate"})", "no version"},
           {run_line + "{\"event\":\"intent\",\n" + webhook_line, "line 2"},
           {run_line + "garbage\n" + webhook_line + intent_line, "line 2"},
           {run_line + "[]\n", "line 2"},
           {run_line + R"({"event":"sent"})"
                       "\n",
            "line 2: unknown event \"sent\""},
           {run_line + "{}\n", "line 2: unknown event"},
           {run_line + R"({"event":"webhook","n":0,"alias":"a","type":0,"action":"rename"})"
                       "\n",
            "line 2: unknown action \"rename\""},
           {run_line + R"({"event":"webhook","n":0,"alias":"a","type":0})"
                       "\n",
            "line 2: unknown action"},
           {run_line + webhook_line + webhook_line, "line 3: webhooks are out of order"},
           {run_line + intent_line, "line 2: it names a webhook that it does not hold"},
           {run_line + webhook_line + R"({"event":"intent","webhooks":[-1]})", "line 3"},
           {run_line + webhook_line + R"({"event":"intent"})", "line 3"},
           {run_line + webhook_line + R"({"event":"arrived","id":5})", "line 3"},
           {run_line + webhook_line + R"({"event":"unclear","ids":[5]})", "line 3"},
           {run_line + webhook_line + R"({"event":"unclear","n":1,"ids":[5]})", "line 3"},
           {run_line + webhook_line + R"({"event":"removed"})", "line 3"},
           {run_line + webhook_line + R"({"event":"removed","n":-1})", "line 3"},
           {run_line + webhook_line + R"({"event":"undone","run":1,"n":0,"id":5})", "line 3"},
       })
    BOOST_TEST_CONTEXT(content) {
      const auto failure = failure_of(content);
      BOOST_REQUIRE(failure.has_value());
      BOOST_TEST((failure->cause == Cause::bad_data));
      BOOST_TEST(std::string(failure->what()).find(reason) != std::string::npos, failure->what());
    }
}

BOOST_AUTO_TEST_CASE(a_newer_version_is_refused_and_said_so) {
  for (const std::string line : {R"({"event":"run","ledger":3,"command":"migrate"})"
                                 "\n",
                                 R"({"event":"run","ledger":3000000000000,"more":{}})"
                                 "\n"})
    for (const auto& content : {line, run_line + webhook_line + line}) {
      const auto failure = failure_of(content);
      BOOST_REQUIRE(failure.has_value());
      BOOST_TEST((failure->cause == Cause::bad_data));
      BOOST_TEST(std::string(failure->what()).find("version 3") != std::string::npos, failure->what());
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_ledger_is_never_appended_to) {
  const TempDir folder;
  for (const auto& content : {std::string("my notes\n"), run_line + "garbage\n" + webhook_line}) {
    spill(folder / "l", content);
    BOOST_CHECK_EXCEPTION(LedgerWriter(folder / "l"), Failure,
                          [](const Failure& failure) { return failure.cause == Cause::bad_data; });
    BOOST_TEST(slurp(folder / "l") == content);
  }
}

BOOST_AUTO_TEST_CASE(a_missing_file_and_an_unwritable_one_have_exit_codes_of_their_own) {
  const TempDir folder;
  BOOST_CHECK_EXCEPTION(read_ledger(folder / "none"), Failure,
                        [](const Failure& failure) { return failure.cause == Cause::no_input; });
  std::filesystem::create_directory(folder / "folder");
  BOOST_CHECK_THROW(LedgerWriter(folder / "folder"), Failure);
  spill(folder / "file", "");
  BOOST_CHECK_EXCEPTION(LedgerWriter((folder / "file") / "l"), Failure,
                        [](const Failure& failure) { return failure.cause == Cause::cannot_write; });
}

BOOST_AUTO_TEST_SUITE_END()
