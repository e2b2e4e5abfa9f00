// Places where a program is not at home: no room, no folder, no descriptors, no memory, a clock that is set
// back. Each is a clear error with its exit code, or does not matter; nothing is lost, nothing doubled.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <set>
#include <sstream>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"

using namespace hookferry::test;
namespace utf = boost::unit_test;

namespace {

constexpr std::size_t some = 12;

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

bool has_each_once(const Accounts& accounts, std::size_t count = some) {
  const auto names = accounts.aliases("us");
  return names.size() == count && std::set<std::string>(names.begin(), names.end()).size() == count;
}

/// What a shell does before the binary takes its place, and how it opens its files.
struct Place {
  std::string before;  ///< "ulimit -n 16;"
  std::string files;   ///< "<&-"
};

Ran run_in(const Place& place, const Accounts& accounts, const std::vector<std::string>& arguments,
           const Environment& more = {}) {
  std::vector<std::string> command = {"bash", "-c", place.before + " exec \"$@\" " + place.files, "bash",
                                      hookferry_binary()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_command(command, accounts.environment(more));
}

/// One step at a time, so that there is a middle in which something can happen.
std::vector<std::string> slowly(const Accounts& accounts, std::vector<std::string> more = {}) {
  more.insert(more.end(), {"--batch-size", "1", "--concurrency", "1"});
  return accounts.migrate_arguments(more);
}

/// The same with another value of one option.
std::vector<std::string> with(std::vector<std::string> arguments, const std::string& option,
                              const std::string& value) {
  *(std::find(arguments.begin(), arguments.end(), option) + 1) = value;
  return arguments;
}

using Commands = std::vector<std::vector<std::string>>;

/// All that change nothing in any account.
Commands read_only(const Accounts& accounts) {
  const auto& url = accounts.url();
  const auto input = accounts.folder().file("in.json");
  spill(input, array_of(many(2)));
  return {{"list", url},
          {"export", url, "-o", accounts.folder().file("out.json")},
          {"diff", url, url, "--source-region", "eu1", "--dest-region", "us1"},
          {"migrate", url, url, "--source-region", "eu1", "--dest-region", "us1", "--dry-run"},
          {"check", url},
          {"regions"},
          {"transform", input, "--no-rewrite", "-o", accounts.folder().file("body.json")}};
}

bool is_plan(const std::string& command) { return command == "diff" || command == "migrate"; }

void check_one_line(const Ran& ran, int code, const std::string& part) {
  BOOST_TEST(ran.code == code, ran.err);
  BOOST_TEST(ran.err.find(part) != std::string::npos, ran.err);
  BOOST_TEST(lines(ran.err) == 1u, ran.err);
  BOOST_TEST(ran.err.find("internal error") == std::string::npos, ran.err);
}

/// Without a second one that would be told as passed over.
Environment keys_for(const std::string& command) {
  if (command == "migrate") return {{"HOOKFERRY_KEY", ""}};
  return {{"HOOKFERRY_SOURCE_KEY", ""}, {"HOOKFERRY_KEY", "eu-key"}};
}

/// Root may do so, unless it is kept from it.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path) : path_(path) {
    ::mkdir(path.c_str(), 0700);
    mounted_ = ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=64k") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }

 private:
  std::string path_;
  bool mounted_;
};

utf::assertion_result can_mount(utf::test_unit_id) {
  const TempDir folder;
  const SmallDisk disk(folder.file("disk"));
  return utf::assertion_result(disk.mounted());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hard_places)

BOOST_AUTO_TEST_CASE(a_ledger_that_may_not_grow_ends_the_run_and_the_next_one_finishes_it) {
  std::size_t broken_in_the_middle = 0;
  for (const auto* limit : {"1", "2", "3", "4", "6"}) BOOST_TEST_CONTEXT("KiB: " << limit) {
      const Accounts accounts(many(some), {});
      const auto ran =
          run_in({std::string("ulimit -f ") + limit + ";", ""}, accounts, slowly(accounts, {"-q"}));
      BOOST_TEST((ran.code == 0 || ran.code == 73), ran.err);
      if (ran.code == 73) BOOST_TEST(ran.err.find("cannot write") != std::string::npos, ran.err);
      const auto there = accounts.count("us");
      if (ran.code == 73 && there > 0 && there < some) ++broken_in_the_middle;
      const auto again = accounts.migrate();
      BOOST_TEST(again.code == 0, again.err);
      BOOST_TEST(has_each_once(accounts));
    }
  BOOST_TEST(broken_in_the_middle > 0u);  // else the limits are no longer where it hurts
}

BOOST_AUTO_TEST_CASE(a_full_disk_ends_the_run_and_the_next_one_finishes_it, *utf::precondition(can_mount)) {
  const Accounts accounts(many(some), {});
  const auto folder = accounts.folder().file("disk");
  const SmallDisk disk(folder);
  BOOST_REQUIRE(disk.mounted());
  const Environment on_it = {{"XDG_STATE_HOME", folder}};
  const auto arguments = with(slowly(accounts), "--ledger", folder + "/ledger.jsonl");
  spill(folder + "/filler", std::string(64 << 10, 'x'));
  const auto none = accounts.run_with(on_it, arguments);
  BOOST_TEST(none.code == 73, none.err);
  BOOST_TEST(none.err.find("No space left on device") != std::string::npos, none.err);
  BOOST_TEST(accounts.count("us") == 0u);
  const auto output =
      accounts.run_with(keys_for("export"), {"export", accounts.url(), "-o", folder + "/out.json"});
  check_one_line(output, 73, "cannot write " + folder + "/out.json: No space left on device");
  BOOST_TEST(!std::filesystem::exists(folder + "/out.json"));

  std::filesystem::resize_file(folder + "/filler", 52 << 10);  // a page for each of the first small files
  const auto full = accounts.run_with(on_it, arguments);
  BOOST_TEST((full.code == 73 || full.code == 0), full.err);
  std::filesystem::remove(folder + "/filler");
  const auto again = accounts.run_with(on_it, arguments);
  BOOST_TEST(again.code == 0, again.err);
  BOOST_TEST(has_each_once(accounts));
}

BOOST_AUTO_TEST_CASE(a_full_standard_output_is_reported_and_stops_a_run_before_it_writes) {
  const Accounts accounts(many(some), {});
  const std::string why = "cannot write to standard output: No space left on device";
  for (const auto& arguments : Commands{{"list", accounts.url()},
                                        {"export", accounts.url()},
                                        {"regions"},
                                        {"help"},
                                        accounts.migrate_arguments()})
    BOOST_TEST_CONTEXT(arguments[0])
  check_one_line(run_in({"", ">/dev/full"}, accounts, arguments, keys_for(arguments[0])), 73, why);
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(a_ledger_on_a_device_sends_nothing) {
  const Accounts accounts(many(some), {});
  const auto arguments = with(accounts.migrate_arguments({"-q"}), "--ledger", "/dev/full");
  check_one_line(accounts.run(arguments), 73, "--ledger /dev/full: it is no regular file");
  BOOST_TEST(accounts.requests("POST") == 0u);
}

/// As behind `| head`: what only shows ends quietly, what writes says that it has not.
BOOST_AUTO_TEST_CASE(a_closed_pipe_ends_what_shows_quietly_and_what_writes_before_it_begins) {
  // Opened both ways, then for writing; with the first one closed nobody reads.
  const std::string pipe = "d=$(mktemp -d) && mkfifo $d/p && exec 3<>$d/p 4>$d/p 3<&- && rm -r $d;";
  const Accounts accounts(many(some), {});
  for (const auto& arguments : Commands{{"list", accounts.url()}, {"export", accounts.url()}, {"help"}})
    BOOST_TEST_CONTEXT(arguments[0]) {
      const auto ran = run_in({pipe, ">&4 4>&-"}, accounts, arguments, keys_for(arguments[0]));
      BOOST_TEST(ran.code == 73);
      BOOST_TEST(ran.err == "");
    }
  check_one_line(run_in({pipe, ">&4 4>&-"}, accounts, accounts.migrate_arguments(), keys_for("migrate")), 73,
                 "cannot write to standard output: its reader is gone; nothing was changed");
  BOOST_TEST(accounts.count("us") == 0u);
  // Nobody hears what is told, but the work is what was asked for.
  BOOST_TEST(run_in({pipe, "2>&4 4>&-"}, accounts, accounts.migrate_arguments({"-vv"})).code == 0);
  BOOST_TEST(has_each_once(accounts));
}

BOOST_AUTO_TEST_CASE(without_a_home_what_only_reads_works_and_what_writes_says_what_it_needs) {
  const Accounts accounts(many(some), {});
  const Environment none = {{"HOME", ""}, {"XDG_STATE_HOME", ""}, {"HOOKFERRY_SOURCE_KEY", "eu-key"}};
  for (const auto& arguments : read_only(accounts)) BOOST_TEST_CONTEXT(arguments[0]) {
      const auto ran = accounts.run_with(none, arguments);
      BOOST_TEST(ran.code == (is_plan(arguments[0]) ? 2 : 0), ran.err + ran.out);
      BOOST_TEST(ran.err.find("error") == std::string::npos, ran.err);
    }
  check_one_line(accounts.run_with(none, accounts.migrate_arguments()), 78,
                 "neither XDG_STATE_HOME nor HOME is set");
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(with_a_home_that_cannot_be_written_what_only_reads_works_and_what_writes_names_it) {
  const Accounts accounts(many(some), {});
  // Neither root nor anybody else makes a folder in these.
  for (const std::string home : {"/proc/none", "/dev/null"}) {
    const Environment there = {{"HOME", home}, {"XDG_STATE_HOME", ""}};
    for (const auto& arguments : read_only(accounts)) BOOST_TEST_CONTEXT(arguments[0]) {
        const auto ran = accounts.run_with(there, arguments);
        BOOST_TEST(ran.code == (is_plan(arguments[0]) ? 2 : 0), ran.err + ran.out);
        BOOST_TEST(ran.err.find("error") == std::string::npos, ran.err);
      }
    const auto ran = accounts.run_with(there, accounts.migrate_arguments());
    check_one_line(ran, 73, home + "/.local/state/hookferry");
    BOOST_TEST(ran.err.find("XDG_STATE_HOME") != std::string::npos, ran.err);
  }
  BOOST_TEST(accounts.count("us") == 0u);
}

BOOST_AUTO_TEST_CASE(a_closed_standard_input_is_empty_and_answers_no_question) {
  const Accounts accounts(many(some), {});
  const Place place = {"", "<&-"};
  auto arguments = accounts.migrate_arguments();
  arguments.erase(std::find(arguments.begin(), arguments.end(), "--yes"));
  check_one_line(run_in(place, accounts, arguments), 64, "standard input is not a terminal");
  check_one_line(run_in(place, accounts, {"transform", "-", "--no-rewrite"}), 66,
                 "standard input: it is closed");
  check_one_line(run_in(place, accounts, {"list", accounts.url(), "--key-file", "-"}), 66,
                 "cannot read the key on standard input");
  BOOST_TEST(run_in(place, accounts, accounts.migrate_arguments()).code == 0);
  BOOST_TEST(has_each_once(accounts));
}

/// What goes to a closed descriptor must not go into the file or socket that came to stand in its place.
BOOST_AUTO_TEST_CASE(closed_standard_outputs_are_errors_and_nothing_goes_elsewhere) {
  const Accounts accounts(many(some), {});
  for (const auto& arguments : Commands{{"list", accounts.url()},
                                        {"export", accounts.url()},
                                        {"regions"},
                                        {"help"},
                                        accounts.migrate_arguments()})
    BOOST_TEST_CONTEXT(arguments[0]) {
      check_one_line(run_in({"", ">&-"}, accounts, arguments, keys_for(arguments[0])), 73,
                     "cannot write to standard output: it is closed");
      BOOST_TEST(run_in({"", "<&- >&- 2>&-"}, accounts, arguments, keys_for(arguments[0])).code == 73);
    }
  BOOST_TEST(accounts.count("us") == 0u);
  const auto file = accounts.folder().file("out.json");
  BOOST_TEST(run_in({"", "<&- >&- 2>&-"}, accounts, {"export", accounts.url(), "-o", file, "-vv"}).code == 0);
  BOOST_TEST(slurp(file).starts_with("[\n"));
  BOOST_TEST(slurp(file).ends_with("]\n"));
  BOOST_TEST(run_in({"", "<&- >&- 2>&-"}, accounts, accounts.migrate_arguments({"-q"})).code == 0);
  BOOST_TEST(has_each_once(accounts));
  std::istringstream ledger(slurp(accounts.ledger()));
  for (std::string line; std::getline(ledger, line);) BOOST_TEST(line.starts_with("{\"event\":"), line);
  BOOST_TEST(accounts.diff().code == 0);
}

// Of processor time, which neither the wall nor other work on the machine changes.
BOOST_AUTO_TEST_CASE(a_run_that_waits_does_nothing_meanwhile) {
  const Accounts accounts(many(some), {}, {"--fault", "POST#1:close-before"});
  const auto ran = run_in({"ulimit -t 2;", ""}, accounts,
                          with(accounts.migrate_arguments({"--concurrency", "1"}), "--settle", "5"));
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(has_each_once(accounts));
}

// UBSan opens a pipe to see whether an object is one, and takes a failure for no.
#ifndef __SANITIZE_ADDRESS__

BOOST_AUTO_TEST_CASE(with_few_descriptors_a_run_ends_well_or_says_so_and_the_next_one_finishes_it) {
  std::size_t told = 0;
  for (const auto* most : {"6", "7", "8", "10", "12", "14", "16"})
    BOOST_TEST_CONTEXT("descriptors: " << most) {
      const Accounts accounts(many(some), {});
      const auto ran = run_in(
          {std::string("ulimit -n ") + most + ";", ""}, accounts,
          accounts.migrate_arguments({"-q", "--retries", "1", "--batch-size", "1", "--concurrency", "8"}));
      BOOST_TEST((ran.code == 0 || ran.code == 1 || ran.code == 69 || ran.code == 73), ran.err);
      BOOST_TEST(ran.err.find("internal error") == std::string::npos, ran.err);
      if (ran.code != 0) {
        ++told;
        BOOST_TEST(ran.err.find("ulimit -n") != std::string::npos, ran.err);
      }
      const auto again = accounts.migrate();
      BOOST_TEST(again.code == 0, again.err);
      BOOST_TEST(has_each_once(accounts));
    }
  BOOST_TEST(told > 0u);
}

BOOST_AUTO_TEST_CASE(sixteen_descriptors_are_enough_to_read_and_to_write_one_by_one) {
  const Accounts accounts(many(some), {});
  const Place place = {"ulimit -n 16;", ""};
  BOOST_TEST(run_in(place, accounts, {"list", accounts.url()}).code == 0);
  BOOST_TEST(run_in(place, accounts, slowly(accounts)).code == 0);
  BOOST_TEST(has_each_once(accounts));
}

#endif

#ifndef __SANITIZE_ADDRESS__  // which takes terabytes of addresses, and is to be preloaded first

BOOST_AUTO_TEST_CASE(a_lack_of_memory_is_reported_and_leaves_files_and_accounts_whole) {
  std::size_t told = 0;
  for (const auto* most : {"16000", "20000", "24000", "28000", "40000", "80000"})
    BOOST_TEST_CONTEXT("KiB: " << most) {
      const Accounts accounts(many(some), {});
      const auto ran =
          run_in({std::string("ulimit -v ") + most + ";", ""}, accounts, accounts.migrate_arguments({"-q"}));
      if (ran.err.find("while loading shared libraries") != std::string::npos) continue;  // it never began
      BOOST_TEST((ran.code == 0 || ran.code == 1 || ran.code == 69), ran.err);
      BOOST_TEST(ran.err.find("internal error") == std::string::npos, ran.err);
      if (ran.code != 0) {
        ++told;
        BOOST_TEST(ran.err.find("memory") != std::string::npos, ran.err);
      }
      const auto again = accounts.migrate();
      BOOST_TEST(again.code == 0, again.err);
      BOOST_TEST(has_each_once(accounts));
    }
  BOOST_TEST(told > 0u);
}

BOOST_AUTO_TEST_CASE(a_check_that_cannot_start_looking_up_a_host_name_does_not_call_the_name_found) {
  const Accounts accounts(many(1), {});
  // A name is looked up in a thread, and no thread finds room for its stack here.
  const auto ran = run_in({"ulimit -s 8000000; ulimit -v 4000000;", ""}, accounts,
                          {"check", accounts.url(), "--format", "json"});
  BOOST_TEST(ran.code == 69, ran.err);
  const auto document = hookferry::json::Document::parse(ran.out);
  const auto checks = document.root().elements().at(0).find("checks")->elements();
  BOOST_REQUIRE(checks.size() == 1u);
  BOOST_TEST(checks[0].find("check")->string() == "dns");
  BOOST_TEST(checks[0].find("ok")->text() == "false");
  BOOST_TEST(
      checks[0].find("detail")->string().find("cannot start looking up the host name") != std::string::npos,
      ran.out);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_into_memory_leaves_the_output_as_it_was) {
  const Accounts accounts({}, {});
  const auto in = accounts.folder().file("large.json");
  const auto out = accounts.folder().file("out.json");
  spill(in, "[" + slack("a", "https://x.test/" + std::string(40 << 20, 'x')) + "]");
  spill(out, "precious");
  check_one_line(run_in({"ulimit -v 100000;", ""}, accounts, {"transform", in, "--no-rewrite", "-o", out}), 1,
                 "out of memory");
  BOOST_TEST(slurp(out) == "precious");
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_in_the_middle_of_a_run_changes_nothing) {
  for (const std::string fault : {"POST:slow=30", "POST#4:close-after", "POST#4:close-before"})
    BOOST_TEST_CONTEXT(fault) {
      const Accounts accounts(many(some), {}, {"--fault", fault});
      const auto shifted = accounts.folder().file("shifted");
      const Environment clock = {{"LD_PRELOAD", CLOCK_SHIFT}, {"CLOCK_SHIFT_FILE", shifted}};
      const auto process = accounts.in_background("migrate", slowly(accounts), clock);
      accounts.await_requests("POST", 2);
      spill(shifted, "");
      BOOST_TEST(process->wait() == 0, slurp(accounts.folder().file("migrate.err")));
      BOOST_TEST(has_each_once(accounts));
      const auto again = accounts.run_with(clock, slowly(accounts));
      BOOST_TEST(again.code == 0, again.err);
      BOOST_TEST(again.out.find("12 unchanged") != std::string::npos, again.out);
      const auto undone = accounts.run_with(clock, {"undo", accounts.ledger(), "--yes", "--settle", "0.3"});
      BOOST_TEST(undone.code == 0, undone.err);
      BOOST_TEST(accounts.count("us") == 0u);
    }
}

BOOST_AUTO_TEST_CASE(a_run_after_a_killed_one_and_a_clock_set_back_waits_no_longer_and_doubles_nothing) {
  const Accounts accounts(many(some), {}, {"--fault", "POST#4:slow-apply=700"});
  const auto shifted = accounts.folder().file("shifted");
  const Environment clock = {{"LD_PRELOAD", CLOCK_SHIFT}, {"CLOCK_SHIFT_FILE", shifted}};
  const auto arguments = with(slowly(accounts), "--settle", "1.5");
  const auto killed = accounts.in_background("killed", arguments, clock);
  accounts.await_requests("begun:POST", 1);
  killed->signal(SIGKILL);
  killed->wait();
  spill(shifted, "");
  const auto again = accounts.run_with(clock, arguments);
  BOOST_TEST(again.code == 0, again.err);
  BOOST_TEST(has_each_once(accounts));
}

#endif

BOOST_AUTO_TEST_SUITE_END()
