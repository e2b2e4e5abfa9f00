#include "ledger/ledger_file.hpp"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/failure.hpp"
#include "json/document.hpp"
#include "support/files.hpp"
#include "support/rooms.hpp"
#include "unit/ledger/ledger_lines.hpp"

namespace json = hookferry::json;
using hookferry::Action;
using hookferry::LedgerEntry;
using hookferry::LedgerHeader;
using hookferry::LedgerRun;
using hookferry::LedgerWriter;
using hookferry::read_ledger;
using hookferry::test::intent_line;
using hookferry::test::run_line;
using hookferry::test::slurp;
using hookferry::test::spill;
using hookferry::test::TempDir;
using hookferry::test::webhook_line;
using State = LedgerEntry::State;

namespace {

const LedgerHeader header = {"migrate",
                             "eu1",
                             {"us \"1\"\n", "https://api.coralogix.us", "", {"", "0a1b", "67890"}},
                             8000,
                             {7, -9, 1234567890123}};

LedgerEntry entry(std::size_t n, Action action, std::optional<std::int64_t> id = std::nullopt) {
  LedgerEntry out;
  out.n = n;
  out.source_id = 100 + static_cast<std::int64_t>(n);
  out.identity = {"hook-" + std::to_string(n), 3};
  out.action = action;
  out.destination_id = id;
  out.content = "digest-" + std::to_string(n);
  if (action == Action::update) out.before = R"({"alias":"before","integration_type_id":3})";
  return out;
}

/// A run that plans to create 0 and 1 and to update 2, id 7.
void begin(LedgerWriter& ledger) {
  ledger.run(header);
  ledger.webhook(entry(0, Action::create));
  ledger.webhook(entry(1, Action::create));
  ledger.webhook(entry(2, Action::update, 7));
}

namespace utf = boost::unit_test;
constexpr uid_t somebody = 65534;
utf::assertion_result is_root(utf::test_unit_id) { return utf::assertion_result(::geteuid() == 0); }

/// All that relies on a ledger.
std::vector<std::function<void()>> uses_of(const std::filesystem::path& path) {
  return {[path] { const LedgerWriter ledger(path); }, [path] { hookferry::require_own_ledger(path); }};
}

void check_refused(const std::string& why, const std::function<void()>& use) {
  BOOST_CHECK_EXCEPTION(use(), hookferry::Failure, [&](const hookferry::Failure& failure) {
    return failure.cause == hookferry::Cause::cannot_write &&
           std::string(failure.what()).find(why) != std::string::npos;
  });
}

/// The runs of a ledger that was written so.
std::vector<LedgerRun> written(const std::function<void(LedgerWriter&)>& write) {
  const TempDir folder;
  LedgerWriter ledger(folder / "ledger.jsonl");
  write(ledger);
  ledger.sync();
  return read_ledger(ledger.path());
}

/// "planned arrived:50 planned:7": the entries' states with their ids.
std::string shown(const LedgerRun& run) {
  const std::map<State, std::string> names = {
      {State::planned, "planned"},         {State::intended, "intended"}, {State::accepted, "accepted"},
      {State::not_applied, "not_applied"}, {State::arrived, "arrived"},   {State::ambiguous, "unclear"},
      {State::removed, "removed"},         {State::undone, "undone"}};
  std::string out;
  for (const auto& one : run.entries)
    out += (out.empty() ? "" : " ") + names.at(one.state) +
           (one.destination_id ? ":" + std::to_string(*one.destination_id) : "");
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ledger)

BOOST_AUTO_TEST_CASE(lines_that_come_by_the_thousand_are_in_the_file_with_the_next_other_one_and_in_order) {
  const TempDir folder;
  const auto path = folder / "ledger.jsonl";
  LedgerWriter ledger(path);
  begin(ledger);
  ledger.intent({0});
  BOOST_REQUIRE(read_ledger(path).size() == 1u);
  BOOST_TEST(shown(read_ledger(path)[0]) == "intended planned planned:7");
  ledger.arrived(0, {50}, "digest-0", "id");
  ledger.removed(2);
  BOOST_TEST(shown(read_ledger(path)[0]) == "arrived:50 planned removed:7");
  ledger.arrived(1, {51}, "digest-1", "id");
  ledger.sync();
  BOOST_TEST(shown(read_ledger(path)[0]) == "arrived:50 arrived:51 removed:7");
}

BOOST_AUTO_TEST_CASE(what_was_planned_is_read_as_it_was_written) {
  auto odd = entry(1, Action::update, 50);
  odd.source_id.reset();
  odd.identity = {"\"a\\\n\x1b/ü\u2028", -4};
  odd.before = "{ \"n\": 1.0,\n  \"n\": 1e400, \"l\": 12345678901234567890123, \"s\": \"\\u0041\\/\" }";
  const auto runs = written([&](LedgerWriter& ledger) {
    ledger.run(header);
    ledger.webhook(entry(0, Action::create));
    ledger.webhook(odd);
  });
  BOOST_REQUIRE(runs.size() == 1u);
  const auto& run = runs[0];
  BOOST_TEST(run.header.command == header.command);
  BOOST_TEST(run.header.source == header.source);
  BOOST_TEST(run.header.destination.name == header.destination.name);
  BOOST_TEST(run.header.destination.url == header.destination.url);
  BOOST_TEST(run.header.destination.identity.key == header.destination.identity.key);
  BOOST_TEST(run.header.destination.identity.company == header.destination.identity.company);
  BOOST_TEST(run.header.settle == header.settle);
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
  BOOST_TEST((run.entries[1].action == Action::update));
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
         l.intent({1, 0}), l.accepted({1, 0}, {{51}, {}});
       },
       "accepted accepted:51 planned:7", true, false},
      {[](auto& l) { l.intent({2}), l.accepted({2}, {{}}); }, "planned planned accepted:7", true, false},
      {[](auto& l) { l.intent({0}), l.accepted({0}, {{51}}), l.arrived(0, {52}, "other", "id"); },
       "arrived:52 planned planned:7", true, false},
      {[](auto& l) { l.intent({0}), l.not_applied({0}, ""), l.intent({0}); }, "intended planned planned:7",
       true, false},
      {[](auto& l) { l.intent({0}), l.not_applied({0}, ""), l.arrived(0, {50}, "x", "id"), l.end(true, 0); },
       "arrived:50 planned planned:7", true, true},
      {[](auto& l) { l.intent({0}), l.end(false, 69); }, "intended planned planned:7", true, false},
      {[](auto& l) { l.intent({0}), l.arrived(0, {50}, "x", "id"), l.undone(0, 0, 50); },
       "undone:50 planned planned:7", true, false},
      {[](auto& l) {
         l.intent({0, 2}), l.ambiguous(0, {50, 51}), l.ambiguous(2, {7});
       },
       "unclear planned unclear:7", true, false},
      {[](auto& l) { l.intent({2}), l.removed(2), l.end(true, 0); }, "planned planned removed:7", true, true},
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
                ledger.run({"migrate", "eu1", {"us1", "u"}, 0, {}});
              })
                  .at(0)
                  .begun());
  BOOST_TEST(written([](auto& ledger) { ledger.run({"undo", "eu1", {"us1", "u"}, 0, {}}); }).at(0).begun());
}

BOOST_AUTO_TEST_CASE(what_was_read_back_is_kept_beside_what_was_to_be_written) {
  const auto runs =
      written([](LedgerWriter& ledger) { begin(ledger), ledger.arrived(1, {50}, "stored", "id"); });
  BOOST_TEST(runs.at(0).entries[1].content == "digest-1");
  BOOST_TEST(runs[0].entries[1].stored == "stored");
  BOOST_TEST(runs[0].entries[0].stored == "");
}

BOOST_AUTO_TEST_CASE(how_an_arrival_is_known_is_kept_as_far_as_it_makes_a_difference) {
  const std::map<std::string, bool> rows = {{"id", false}, {"content", false}, {"changed", true}};
  for (const auto& [evidence, changed] : rows) BOOST_TEST_CONTEXT(evidence) {
      const auto runs = written([&](LedgerWriter& ledger) {
        begin(ledger);
        ledger.arrived(1, {50}, "stored", evidence);
      });
      BOOST_TEST(runs.at(0).entries[1].changed == changed);
    }
}

BOOST_AUTO_TEST_CASE(what_existed_before_it_was_sent_is_unchanged_and_not_the_runs) {
  const auto runs =
      written([](LedgerWriter& ledger) { begin(ledger), ledger.arrived(1, {50}, "stored", "existed"); });
  BOOST_TEST((runs.at(0).entries[1].action == Action::unchanged));
  BOOST_TEST(runs[0].entries[1].destination_id.value() == 50);
}

BOOST_AUTO_TEST_CASE(what_is_known_by_count_alone_names_what_may_be_it) {
  const auto runs = written([](LedgerWriter& ledger) { begin(ledger), ledger.ambiguous(1, {51, -50}); });
  BOOST_TEST(runs.at(0).entries[1].candidates == (std::vector<std::int64_t>{51, -50}),
             boost::test_tools::per_element());
  BOOST_TEST((runs[0].entries[1].destination_id == std::nullopt));
  BOOST_TEST(runs[0].entries[0].candidates.empty());
}

BOOST_AUTO_TEST_CASE(a_company_that_is_learnt_later_is_that_of_its_run) {
  auto unknown = header;
  unknown.destination.identity.company.clear();
  const auto runs = written([&](LedgerWriter& ledger) {
    ledger.run(unknown);
    ledger.run(unknown);
    ledger.company("123");
    ledger.run(unknown);
  });
  BOOST_REQUIRE(runs.size() == 3u);
  BOOST_TEST(runs[0].header.destination.identity.company == "");
  BOOST_TEST(runs[1].header.destination.identity.company == "123");
  BOOST_TEST(runs[2].header.destination.identity.company == "");
}

BOOST_AUTO_TEST_CASE(a_deletion_keeps_the_webhook_as_it_was) {
  auto deletion = entry(0, Action::remove, 7);
  deletion.before = "{\n\"id\": 7, \"alias\": \"a\"}";
  const auto runs = written([&](LedgerWriter& ledger) {
    ledger.run(header);
    ledger.webhook(deletion);
  });
  BOOST_TEST((runs.at(0).entries.at(0).action == Action::remove));
  BOOST_TEST((runs[0].entries[0].destination_id == 7));
  BOOST_TEST(runs[0].entries[0].before == R"({"id":7,"alias":"a"})");
}

/// A new file system, where inodes are numbered from the beginning.
class Disk {
 public:
  explicit Disk(const std::filesystem::path& path) : path_(path) {
    std::filesystem::create_directory(path);
    mounted_ = ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=64k") == 0;
  }
  ~Disk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  bool mounted() const { return mounted_; }

 private:
  std::filesystem::path path_;
  bool mounted_ = false;
};

utf::assertion_result can_mount(utf::test_unit_id) {
  const TempDir folder;
  const Disk disk(folder / "disk");
  return utf::assertion_result(disk.mounted());
}

BOOST_AUTO_TEST_CASE(a_ledger_is_not_taken_for_one_of_the_same_number_on_another_disk,
                     *utf::precondition(can_mount)) {
  const TempDir folder;
  const Disk first(folder / "first"), second(folder / "second");
  spill(folder / "second" / "l", run_line);
  const LedgerWriter ledger(folder / "first" / "l");
  struct stat written {
  }, other{};
  BOOST_REQUIRE(::stat((folder / "first" / "l").c_str(), &written) == 0);
  BOOST_REQUIRE(::stat((folder / "second" / "l").c_str(), &other) == 0);
  BOOST_REQUIRE(written.st_ino == other.st_ino);
  BOOST_TEST(hookferry::is_written_to(folder / "first" / "l"));
  BOOST_TEST(!hookferry::is_written_to(folder / "second" / "l"));
}

BOOST_AUTO_TEST_CASE(a_run_says_how_it_ended) {
  BOOST_TEST(written([](auto& ledger) { begin(ledger); }).at(0).exit == -1);
  for (const int code : {0, 1, 2, 69, 130})
    BOOST_TEST(written([&](auto& ledger) { begin(ledger), ledger.end(true, code); }).at(0).exit == code);
}

/// As hookferry 0.1 wrote it, before evidence, company and settle time.
BOOST_AUTO_TEST_CASE(a_ledger_of_version_1_is_read_and_continued) {
  const TempDir folder;
  spill(folder / "l",
        R"({"event":"run","ledger":1,"hookferry":"0.1.0","command":"migrate","source":"eu1",)"
        R"("destination":"us1","url":"https://api.coralogix.us","account":"abcd","at":5,"present":[7]})"
        "\n"
        R"({"event":"webhook","n":0,"source_id":3,"alias":"a","type":0,"action":"create",)"
        R"("destination_id":null,"content":"c"})"
        "\n"
        R"({"event":"intent","webhooks":[0],"at":6})"
        "\n"
        R"({"event":"accepted","webhooks":[0],"ids":[50],"at":7})"
        "\n"
        R"({"event":"arrived","n":0,"id":50,"content":"c"})"
        "\n"
        R"({"event":"end","settled":true,"exit":0,"at":8})"
        "\n"
        R"({"event":"run","ledger":1,"command":"undo","source":"","destination":"us1",)"
        R"("url":"https://api.coralogix.us","account":"abcd","at":9,"present":[7,50]})"
        "\n"
        R"({"event":"undone","run":0,"n":0,"id":50,"at":10})"
        "\n");
  {
    LedgerWriter ledger(folder / "l");
    begin(ledger);
  }
  const auto runs = read_ledger(folder / "l");
  BOOST_REQUIRE(runs.size() == 3u);
  BOOST_TEST(shown(runs[0]) == "undone:50");
  BOOST_TEST(runs[0].entries[0].stored == "c");
  BOOST_TEST(!runs[0].entries[0].changed);
  BOOST_TEST((runs[0].ended && runs[0].settled));
  BOOST_TEST((runs[1].begun() && !runs[1].settled));
  // Accounts were told apart by another digest then, which fits none of today.
  BOOST_TEST(runs[0].header.destination.identity.key == "");
  BOOST_TEST(runs[0].header.destination.identity.company == "");
  BOOST_TEST(runs[0].header.settle == 0);
  BOOST_TEST(runs[2].header.destination.identity.key == header.destination.identity.key);
}

BOOST_AUTO_TEST_CASE(a_file_holds_several_runs_and_undone_names_the_run) {
  const TempDir folder;
  const auto path = folder / "deep/er/ledger.jsonl";
  for (int i = 0; i < 3; ++i) {
    LedgerWriter ledger(path);
    begin(ledger);
    ledger.arrived(0, {50 + i}, "x", "content");
    if (i == 2) ledger.undone(1, 0, 51);
  }
  const auto runs = read_ledger(path);
  BOOST_REQUIRE(runs.size() == 3u);
  BOOST_TEST(shown(runs[0]) == "arrived:50 planned planned:7");
  BOOST_TEST(shown(runs[1]) == "undone:51 planned planned:7");
  BOOST_TEST(shown(runs[2]) == "arrived:52 planned planned:7");
}

BOOST_AUTO_TEST_CASE(the_last_activity_is_that_of_the_last_event_with_a_time) {
  const auto last_of = [](const std::string& boot, const std::string& more) {
    const TempDir folder;
    spill(folder / "l", R"({"event":"run","ledger":2,"command":"migrate","url":"u","at":9,"boot":")" + boot +
                            R"(","uptime":5,"present":[]})"
                            "\n" +
                            webhook_line + more);
    return read_ledger(folder / "l")[0].last_activity.value_or(-1);
  };
  const auto now = hookferry::boot_id();
  const std::string intent = R"({"event":"intent","webhooks":[0],"at":1,"uptime":7})"
                             "\n",
                    end = R"({"event":"end","settled":true,"exit":0,"at":1,"boot":"other","uptime":8})"
                          "\n";
  BOOST_TEST(now != "");
  BOOST_TEST(last_of(now, "") == 5);
  BOOST_TEST(last_of(now, intent) == 7);
  BOOST_TEST(last_of("other", intent) == -1);  // the machine has started anew since
  BOOST_TEST(last_of(now, intent + end) == -1);
  BOOST_TEST(last_of("", intent) == -1);
  BOOST_TEST(last_of(now, intent_line) == -1);  // of an older version
}

BOOST_AUTO_TEST_CASE(runs_are_ordered_by_number_and_by_their_place_in_the_file_and_not_by_the_clock) {
  const auto run = [](int at, const std::string& number) {
    return R"({"event":"run","ledger":2,"command":"migrate","url":"u","at":)" + std::to_string(at) + number +
           ",\"present\":[]}\n";
  };
  const auto orders = [](const std::string& text) {
    const TempDir folder;
    spill(folder / "l", text);
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    for (const auto& one : read_ledger(folder / "l")) out.push_back(one.order);
    return out;
  };
  const auto numbered = orders(run(900, R"(,"number":3)") + run(100, R"(,"number":5)"));
  BOOST_TEST((numbered.at(0) < numbered.at(1)));
  const auto unnumbered = orders(run(500, "") + run(100, "") + run(700, ""));
  BOOST_TEST((unnumbered.at(0) == unnumbered.at(1)));  // of one file, where the place decides
  BOOST_TEST((unnumbered.at(1) < unnumbered.at(2)));
  BOOST_TEST((unnumbered.at(2) < numbered.at(0)));
  const auto mixed = orders(run(100, R"(,"number":4)") + run(900, ""));
  BOOST_TEST((mixed.at(0) == mixed.at(1)));
}

namespace {

/// With a state folder of its own.
class OwnState {
 public:
  OwnState() { ::setenv("XDG_STATE_HOME", folder_.path().c_str(), 1); }
  ~OwnState() { ::unsetenv("XDG_STATE_HOME"); }
  std::filesystem::path file(const std::string& name) const { return folder_ / ("hookferry/" + name); }

 private:
  TempDir folder_;
};

std::int64_t next_number() {
  hookferry::Ledgers ledgers;
  return hookferry::next_run_number(ledgers);
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_two_runs_get_one_number) {
  const OwnState state;
  BOOST_TEST(next_number() == 1);
  std::vector<std::vector<std::int64_t>> of_threads(4);
  {
    std::vector<std::jthread> threads;
    for (auto& numbers : of_threads)
      threads.emplace_back([&numbers] {
        for (int i = 0; i < 50; ++i) numbers.push_back(next_number());
      });
  }
  std::set<std::int64_t> all;
  for (const auto& numbers : of_threads) all.insert(numbers.begin(), numbers.end());
  BOOST_TEST(all.size() == 200u);
  BOOST_TEST(*all.rbegin() == 201);
}

BOOST_AUTO_TEST_CASE(a_counter_that_is_lost_or_damaged_goes_on_above_the_recorded_runs) {
  const OwnState state;
  BOOST_TEST(next_number() == 1);
  {
    LedgerWriter ledger(state.file("l.jsonl"));
    ledger.run(header, 41);
    BOOST_TEST(read_ledger(ledger.path())[0].number == 41);
  }
  BOOST_TEST(next_number() == 2);
  for (const std::string text : {"", "00", "not a number at all", "0000000000000000009 "}) {
    spill(state.file("run-number"), text);
    BOOST_TEST(next_number() == 42);
    BOOST_TEST(next_number() == 43);
  }
  std::filesystem::remove(state.file("run-number"));
  BOOST_TEST(next_number() == 42);
  std::filesystem::remove(state.file("run-number"));
  std::filesystem::create_directory(state.file("run-number"));
  check_refused("run-number", [] { next_number(); });
}

BOOST_AUTO_TEST_CASE(a_ledger_that_others_may_write_is_neither_written_nor_read) {
  const TempDir folder;
  spill(folder / "l", run_line + webhook_line);
  hookferry::require_own_ledger(folder / "l");
  hookferry::require_own_ledger(folder / "none");
  for (const mode_t mode : {0666, 0620, 0602}) {
    ::chmod((folder / "l").c_str(), mode);
    for (const auto& use : uses_of(folder / "l")) check_refused("it is writable by other users", use);
  }
  BOOST_TEST(slurp(folder / "l") == run_line + webhook_line);
  check_refused("it is writable by other users", [&] { read_ledger(folder / "l"); });
}

BOOST_AUTO_TEST_CASE(another_users_ledger_and_link_are_refused, *utf::precondition(is_root)) {
  const TempDir folder;
  spill(folder / "theirs", run_line + webhook_line);
  spill(folder / "precious", "");
  std::filesystem::create_symlink(folder / "precious", folder / "link");
  for (const auto* name : {"theirs", "link"})
    BOOST_REQUIRE(::lchown((folder / name).c_str(), somebody, somebody) == 0);
  for (const auto& use : uses_of(folder / "theirs")) check_refused("belongs to another user", use);
  for (const auto& use : uses_of(folder / "link")) check_refused("a link of another user", use);
  BOOST_TEST(slurp(folder / "theirs") == run_line + webhook_line);
  BOOST_TEST(slurp(folder / "precious") == "");
}

BOOST_AUTO_TEST_CASE(a_link_of_ones_own_and_a_device_serve_as_ledger) {
  const TempDir folder;
  spill(folder / "l", run_line + webhook_line);
  std::filesystem::create_symlink("l", folder / "latest");
  for (const auto& path : {folder / "latest", std::filesystem::path("/dev/null")}) {
    LedgerWriter ledger(path);
    begin(ledger);
    ledger.end(true, 0);
  }
  BOOST_TEST(read_ledger(folder / "l").size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_pipe_or_device_holds_no_run_and_is_not_read_for_one) {
  BOOST_TEST((hookferry::Ledgers().find("/dev/full") == nullptr));  // which never ends
  BOOST_TEST((hookferry::Ledgers().find("/dev/null") == nullptr));
}

BOOST_AUTO_TEST_CASE(a_ledger_is_read_again_only_where_it_was_written_to) {
  const TempDir folder;
  const auto path = folder / "l";
  hookferry::Ledgers ledgers;
  BOOST_TEST((ledgers.find(path) == nullptr));
  BOOST_CHECK_THROW(ledgers.read(path), hookferry::Failure);
  spill(path, "");
  BOOST_TEST((ledgers.find(path) == nullptr));
  BOOST_CHECK_THROW(ledgers.read(path), hookferry::Failure);
  spill(path, run_line);
  const auto first = ledgers.find(path);
  BOOST_REQUIRE((first != nullptr));
  std::filesystem::create_symlink("l", folder / "latest");
  BOOST_TEST((ledgers.read(folder / "latest") == first));
  { LedgerWriter(path).webhook(entry(0, hookferry::ledger::Action::create)); }
  const auto second = ledgers.read(path);
  BOOST_TEST(second->at(0).entries.size() == 1u);
  BOOST_TEST(first->at(0).entries.size() == 0u);
  spill(folder / "other", run_line + run_line);
  std::filesystem::rename(folder / "other", path);
  BOOST_TEST(ledgers.read(path)->size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_a_crash_has_cut_is_cut_off_whatever_was_read_of_it_before) {
  for (const bool written_since : {false, true}) {
    const TempDir folder;
    const auto path = folder / "l";
    spill(path, run_line + R"({"event":"webh)");
    hookferry::Ledgers ledgers;
    BOOST_TEST(ledgers.read(path)->size() == 1u);
    const auto whole = written_since ? run_line + run_line : run_line;
    if (written_since) spill(path, whole + R"({"event":"we)");
    { const LedgerWriter ledger(path, &ledgers); }
    BOOST_TEST(slurp(path) == whole);
  }
}

BOOST_AUTO_TEST_CASE(only_the_owner_may_read_it) {
  const TempDir folder;
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

BOOST_AUTO_TEST_CASE(an_alias_that_is_half_a_surrogate_pair_is_read_as_it_was_written) {
  const TempDir folder;
  const auto path = folder.path() + "/ledger.jsonl";
  auto webhook = entry(0, Action::create);
  webhook.identity.alias = "half \xED\xA0\x80";
  {
    LedgerWriter ledger(path);
    ledger.run(header);
    ledger.webhook(webhook);
  }
  BOOST_TEST(slurp(path).find(R"("alias":"half \ud800")") != std::string::npos);
  BOOST_TEST(read_ledger(path).at(0).entries.at(0).identity.alias == webhook.identity.alias);
}

BOOST_AUTO_TEST_CASE(copies_and_the_names_of_the_source_are_read_as_they_were_written) {
  auto named = header;
  named.source_names = {"key", "company"};
  const auto runs = written([&](LedgerWriter& ledger) {
    ledger.run(named);
    ledger.copy({51, {"half \"a\"", 3}});
    ledger.run(header);
  });
  BOOST_TEST(runs.at(0).header.source_names == named.source_names, boost::test_tools::per_element());
  BOOST_REQUIRE(runs[0].copies.size() == 1u);
  BOOST_TEST(runs[0].copies[0].id == 51);
  BOOST_TEST((runs[0].copies[0].identity == hookferry::webhook::Identity{"half \"a\"", 3}));
  BOOST_TEST((runs.at(1).copies.empty() && runs[1].header.source_names.empty()));
}

BOOST_AUTO_TEST_CASE(each_line_holds_what_is_documented_and_nothing_else) {
  const TempDir folder;
  LedgerWriter ledger(folder / "l");
  begin(ledger);
  ledger.intent({0}), ledger.accepted({0}, {{50}}), ledger.not_applied({1}, "r"),
      ledger.arrived(0, {50}, "c", "id");
  ledger.ambiguous(1, {51}), ledger.removed(2), ledger.company("9");
  ledger.undone(0, 0, 50), ledger.copy({51, {"a", 3}}), ledger.end(true, 0);
  const std::vector<std::string> expected = {
      "event ledger hookferry command source destination url account company settle at boot uptime "
      "number present",
      "event n source_id alias type action destination_id content",
      "event n source_id alias type action destination_id content",
      "event n source_id alias type action destination_id content before",
      "event webhooks at uptime",
      "event webhooks ids at uptime",
      "event webhooks reason at uptime",
      "event n id content evidence",
      "event n ids",
      "event n",
      "event company",
      "event run n id at uptime",
      "event id alias type",
      "event settled exit at boot uptime",
  };
  std::vector<std::string> names;
  std::istringstream lines(slurp(folder / "l"));
  for (std::string line; std::getline(lines, line);) {
    const auto document = json::Document::parse(line);
    names.emplace_back();
    for (const auto& member : document.root().members())
      names.back() += (names.back().empty() ? "" : " ") + member.key.string();
  }
  BOOST_TEST(names == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
