#include "ledger/destination.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/failure.hpp"
#include "core/text.hpp"
#include "ledger/ledger.hpp"
#include "support/files.hpp"
#include "support/rooms.hpp"

using hookferry::AccountIdentity;
using hookferry::Cause;
using hookferry::DestinationState;
using hookferry::Failure;
using hookferry::file_names;
using hookferry::ledgers_of_perhaps_the_same;
using hookferry::load_destination_state;
using hookferry::never_seen;
using hookferry::save_destination_state;
using hookferry::test::spill;
using hookferry::test::TempDir;

namespace {

namespace fs = std::filesystem;

/// State of its own for a test.
class StateFolder {
 public:
  StateFolder() {
    if (const auto* old = std::getenv("XDG_STATE_HOME")) old_ = old;
    ::setenv("XDG_STATE_HOME", (folder_ / "").c_str(), 1);
  }
  ~StateFolder() { old_ ? ::setenv("XDG_STATE_HOME", old_->c_str(), 1) : ::unsetenv("XDG_STATE_HOME"); }
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;

  /// A ledger that is there.
  fs::path ledger(const std::string& name) const {
    spill(folder_ / name, "{}\n");
    return folder_ / name;
  }
  /// The memory under the account's first or last name, as it stands in the file.
  void write(const std::string& name, const std::string& content) const {
    fs::create_directories(hookferry::destinations_directory());
    spill(hookferry::destinations_directory() / (name + ".json"), content);
  }

 private:
  TempDir folder_;
  std::optional<std::string> old_;
};

const AccountIdentity by_key{"region us1", "aaaa", ""};
const AccountIdentity known{"region us1", "aaaa", "1"};
const AccountIdentity another_key{"region us1", "bbbb", "1"};

/// Told apart by a ledger's name alone.
void remember_ledger(const StateFolder& state, const AccountIdentity& account, const std::string& name) {
  DestinationState memory;
  memory.ledger = state.ledger(name);
  save_destination_state(account, memory);
}

std::string recalled(const AccountIdentity& account) {
  const auto memory = load_destination_state(account);
  return memory.ledger ? memory.ledger->filename().string() : "-";
}

std::string memory_text(std::int64_t at, const std::string& company, const fs::path& ledger) {
  return R"({"at":)" + std::to_string(at) + R"(,"company":")" + company + R"(","ledger":")" +
         ledger.string() + "\"}";
}

std::set<std::string> candidates(const AccountIdentity& account) {
  std::set<std::string> out;
  for (const auto& ledger : ledgers_of_perhaps_the_same(account)) out.insert(ledger.filename().string());
  return out;
}

bool is_bad_data(const Failure& failure) { return failure.cause == Cause::bad_data && !failure.hint.empty(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(destination_memory)

BOOST_AUTO_TEST_CASE(nothing_is_known_of_an_account_without_runs) {
  const StateFolder state;
  const auto memory = load_destination_state(known);
  BOOST_TEST(!memory.ledger.has_value());
  BOOST_TEST(memory.at == 0);
  BOOST_TEST((memory.alterations.empty() && memory.ambiguous.empty()));
  BOOST_TEST(never_seen(known));
  BOOST_TEST(ledgers_of_perhaps_the_same(by_key).empty());
}

BOOST_AUTO_TEST_CASE(two_hundred_ledgers_are_remembered_and_the_last_used_ones_stay) {
  DestinationState memory;
  for (int i = 0; i < 250; ++i) memory.use("/l" + std::to_string(i), {"migrate " + std::to_string(i)});
  memory.use("/l60", {"migrate again"});
  BOOST_REQUIRE(memory.ledgers.size() == 200u);
  BOOST_TEST(memory.ledgers.front().path == "/l50");
  BOOST_TEST(memory.ledgers.back().path == "/l60");
  BOOST_TEST((memory.ledgers.back().works == std::set<std::string>{"migrate 60", "migrate again"}));
}

BOOST_AUTO_TEST_CASE(what_is_remembered_is_recalled) {
  const StateFolder state;
  DestinationState memory;
  memory.ledger = state.ledger("a \"ledger\".jsonl");
  memory.alterations = {{"sent", 7, "stored"}, {"s2", -8, "t2"}};
  memory.ambiguous = {{"sent", {7, -9}}, {"none", {}}, {"s2", {10}}};
  memory.use(state.ledger("other.jsonl"), {"migrate a", "migrate b"});
  memory.use(*memory.ledger, {"mirror c"});
  memory.copies = {{9, {"a \"b\"", 3}}, {-10, {"", 0}}};
  memory.accepted = {11, -12};
  memory.waited = {"/path 2"};
  save_destination_state(known, memory);
  const auto found = load_destination_state(known);
  BOOST_REQUIRE(found.copies.size() == 2u);
  BOOST_TEST(found.copies[0].id == 9);
  BOOST_TEST((found.copies[0].identity == memory.copies[0].identity));
  BOOST_TEST((found.accepted == memory.accepted));
  BOOST_TEST((found.waited == memory.waited));
  BOOST_TEST((found.ledger == memory.ledger));
  BOOST_REQUIRE(found.ledgers.size() == 2u);
  BOOST_TEST((found.ledgers[0].works == std::set<std::string>{"migrate a", "migrate b"}));
  BOOST_TEST((found.ledgers[1].path == *memory.ledger));
  const auto listed = hookferry::remembered_ledgers();
  for (const auto& ledger : memory.ledgers)
    BOOST_TEST((std::find(listed.begin(), listed.end(), ledger.path) != listed.end()));
  BOOST_TEST(found.company == "1");
  BOOST_TEST(found.at > 1'500'000'000'000);
  BOOST_REQUIRE(found.alterations.size() == 2u);
  BOOST_TEST(found.alterations[0].sent == "sent");
  BOOST_TEST(found.alterations[0].id == 7);
  BOOST_TEST(found.alterations[0].stored == "stored");
  BOOST_TEST(found.alterations[1].id == -8);
  BOOST_REQUIRE(found.ambiguous.size() == 3u);
  BOOST_TEST(found.ambiguous[0].sent == "sent");
  BOOST_TEST((found.ambiguous[0].candidates == std::vector<std::int64_t>{7, -9}));
  BOOST_TEST(found.ambiguous[1].candidates.empty());
  BOOST_TEST((found.ambiguous[2].candidates == std::vector<std::int64_t>{10}));
}

BOOST_AUTO_TEST_CASE(a_ledger_whose_file_is_gone_is_not_recalled_and_the_rest_is) {
  const StateFolder state;
  DestinationState memory;
  memory.ledger = state.ledger("l");
  memory.alterations = {{"sent", 7, "stored"}};
  save_destination_state(known, memory);
  fs::remove(*memory.ledger);
  BOOST_TEST(recalled(known) == "-");
  BOOST_TEST(load_destination_state(known).alterations.size() == 1u);
  BOOST_TEST(!never_seen(known));
}

BOOST_AUTO_TEST_CASE(a_ledger_named_from_where_the_run_began_is_found_from_anywhere) {
  const StateFolder state;
  const auto ledger = state.ledger("l");
  const auto here = fs::current_path();
  fs::current_path(ledger.parent_path());
  DestinationState memory;
  memory.ledger = "l";
  save_destination_state(known, memory);
  fs::current_path(here);
  BOOST_TEST((load_destination_state(known).ledger == fs::canonical(ledger)));
}

BOOST_AUTO_TEST_CASE(an_account_is_known_by_any_of_its_names) {
  const StateFolder state;
  remember_ledger(state, known, "l");
  BOOST_TEST(recalled(by_key) == "l");  // before it was read
  BOOST_TEST(recalled(another_key) == "l");
  BOOST_TEST(recalled({"region us1", "bbbb", ""}) == "-");
  BOOST_TEST(recalled({"region us1", "bbbb", "2"}) == "-");
  BOOST_TEST(recalled({"region eu1", "aaaa", "1"}) == "-");
  BOOST_TEST(!never_seen(another_key));
  BOOST_TEST(never_seen({"region us1", "bbbb", "2"}));
}

BOOST_AUTO_TEST_CASE(of_several_names_the_newest_wins) {
  const StateFolder state;
  const auto of_key = state.ledger("of-key"), of_company = state.ledger("of-company");
  const auto names = file_names(known);
  for (const auto& [key_at, company_at, expected] :
       std::vector<std::tuple<std::int64_t, std::int64_t, std::string>>{
           {5, 9, "of-company"}, {9, 5, "of-key"}, {0, 1, "of-company"}}) {
    state.write(names[0], memory_text(key_at, "1", of_key));
    state.write(names[1], memory_text(company_at, "1", of_company));
    BOOST_TEST(recalled(known) == expected);
    BOOST_TEST(recalled(by_key) == expected);  // it was that company's
    BOOST_TEST(recalled(another_key) == "of-company");
  }
}

BOOST_AUTO_TEST_CASE(an_account_that_shows_nothing_is_still_the_one_that_its_key_opened) {
  const StateFolder state;
  remember_ledger(state, known, "own");
  BOOST_TEST(candidates(by_key) == std::set<std::string>());
  remember_ledger(state, another_key, "of another key of it");
  BOOST_TEST(recalled(by_key) == "of another key of it");
  BOOST_TEST(candidates(by_key) == std::set<std::string>());
  remember_ledger(state, {"region us1", "cccc", "2"}, "another's");  // under two names
  BOOST_TEST(ledgers_of_perhaps_the_same(by_key).size() == 1u);
  BOOST_TEST(candidates(by_key) == std::set<std::string>{"another's"});
}

BOOST_AUTO_TEST_CASE(the_last_run_of_any_key_of_an_account_is_its_last_run) {
  const StateFolder state;
  remember_ledger(state, known, "first");
  state.write(file_names(known)[0], memory_text(1, "1", state.ledger("first")));  // an hour ago, say
  remember_ledger(state, another_key, "second");
  BOOST_TEST(recalled(known) == "second");
  BOOST_TEST(recalled(another_key) == "second");
}

BOOST_AUTO_TEST_CASE(what_the_key_opened_when_it_was_another_companys_is_not_taken) {
  const StateFolder state;
  remember_ledger(state, known, "l");
  const AccountIdentity moved{"region us1", "aaaa", "2"};
  BOOST_TEST(recalled(moved) == "-");
  remember_ledger(state, by_key, "unknown");  // an account without webhooks says no company
  BOOST_TEST(recalled(moved) == "unknown");
  BOOST_TEST(recalled(by_key) == "unknown");
}

BOOST_AUTO_TEST_CASE(a_damaged_memory_is_bad_data_and_not_nothing) {
  const StateFolder state;
  for (const std::string content : {"", "x", "[]", "null", R"({"at":1)"})
    for (const auto& name : file_names(known)) BOOST_TEST_CONTEXT(content) {
        state.write(name, content);
        BOOST_CHECK_EXCEPTION(load_destination_state(known), Failure, is_bad_data);
        BOOST_CHECK_EXCEPTION(ledgers_of_perhaps_the_same({"region us1", "cccc", ""}), Failure, is_bad_data);
        fs::remove(hookferry::destinations_directory() / (name + ".json"));
      }
}

BOOST_AUTO_TEST_CASE(a_number_that_no_run_wrote_is_damage_and_not_another_number) {
  const StateFolder state;
  for (const std::string members :
       {R"("at":"1")", R"("at":1.5)", R"("alterations":[{"sent":"s","stored":"t"}])",
        R"("alterations":[{"sent":"s","id":"7","stored":"t"}])",
        R"("unclear":[{"sent":"s","perhaps":[7,"8"]}])",
        R"("unclear":[{"sent":"s","perhaps":[99999999999999999999]}])",
        R"("sources":[{"source":"s","webhooks":-1}])", R"("sources":[{"source":"s"}])"})
    BOOST_TEST_CONTEXT(members) {
      state.write(file_names(known)[0], "{" + members + "}");
      BOOST_CHECK_EXCEPTION(load_destination_state(known), Failure, is_bad_data);
    }
  state.write(file_names(known)[0], R"({"sources":[{"source":"s","webhooks":0}]})");
  BOOST_TEST(load_destination_state(known).sources.at("s") == 0u);
}

BOOST_AUTO_TEST_CASE(where_nothing_can_be_written_that_is_said) {
  const StateFolder state;
  fs::create_directories(hookferry::destinations_directory().parent_path());
  spill(hookferry::destinations_directory(), "a file");
  BOOST_CHECK_EXCEPTION(save_destination_state(known, {}), Failure,
                        [](const Failure& failure) { return failure.cause == Cause::cannot_write; });
}

BOOST_AUTO_TEST_CASE(only_the_owner_may_read_it) {
  const StateFolder state;
  save_destination_state(known, {});
  for (const auto& name : file_names(known)) {
    struct stat file {};
    BOOST_REQUIRE(::stat((hookferry::destinations_directory() / (name + ".json")).c_str(), &file) == 0);
    BOOST_TEST((file.st_mode & 0777) == 0600u);
  }
}

BOOST_AUTO_TEST_CASE(another_key_of_the_server_may_be_of_the_same_account_while_a_company_is_unknown) {
  struct Case {
    AccountIdentity other, own;
    bool expected;
  };
  const AccountIdentity unknown{"region us1", "bbbb", ""}, first{"region us1", "bbbb", "1"},
      second{"region us1", "bbbb", "2"};
  for (const auto& [other, own, expected] : std::vector<Case>{
           {known, unknown, true},
           {by_key, unknown, true},
           {by_key, first, true},
           {known, first, false},  // it is, and is recalled
           {known, second, false},
           {by_key, by_key, false},
           {by_key, known, false},
           {known, known, false},
           {{"region eu1", "aaaa", ""}, unknown, false},
       }) {
    const StateFolder state;
    remember_ledger(state, other, "l");
    BOOST_TEST(candidates(own) == (expected ? std::set<std::string>{"l"} : std::set<std::string>{}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_memory_or_names_no_ledger_that_is_there_is_passed_over) {
  const StateFolder state;
  const auto prefix = server_prefix(by_key);
  state.write(prefix + "gone", memory_text(1, "", "/nonexistent/ledger"));
  state.write(prefix + "none", R"({"at":1,"company":"","ledger":null})");
  spill(hookferry::destinations_directory() / (prefix + "unknown.lock"), "");
  state.write(prefix + "there", memory_text(1, "", state.ledger("l")));
  BOOST_TEST(candidates(by_key) == std::set<std::string>{"l"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_does_not_make_an_older_memory_the_newest) {
  const StateFolder state;
  remember_ledger(state, known, "first");
  const auto names = file_names(known);
  const auto in_an_hour = std::to_string(hookferry::now_ms() + 3'600'000);
  for (const auto& name : {names.front(), names.back()})
    state.write(name, "{\"at\":" + in_an_hour + R"(,"company":"1","ledger":")" +
                          state.ledger("first").string() + "\"}");
  remember_ledger(state, another_key, "second");
  BOOST_TEST(recalled(another_key) == "second");
  BOOST_TEST(recalled(known) == "second");
  // The number of the last run decides.
  for (const auto& [name, at, number, ledger] : {std::tuple(names.front(), in_an_hour, "3", "first"),
                                                 std::tuple(names.back(), std::string("1"), "4", "third")})
    state.write(name, "{\"at\":" + at + ",\"number\":" + number + R"(,"company":"1","ledger":")" +
                          state.ledger(ledger).string() + "\"}");
  BOOST_TEST(recalled(known) == "third");
}

BOOST_AUTO_TEST_CASE(without_a_place_for_it_nothing_is_remembered) {
  const auto unset = [](const char* name) {
    const auto* value = std::getenv(name);
    std::optional<std::string> out;
    if (value != nullptr) out = value;
    ::unsetenv(name);
    return out;
  };
  const auto state = unset("XDG_STATE_HOME");
  const auto home = unset("HOME");
  BOOST_TEST(recalled(known) == "-");
  BOOST_TEST(never_seen(known));
  BOOST_CHECK_EXCEPTION(save_destination_state(known, {}), Failure,
                        [](const Failure& failure) { return failure.cause == Cause::configuration; });
  if (state) ::setenv("XDG_STATE_HOME", state->c_str(), 1);
  if (home) ::setenv("HOME", home->c_str(), 1);
}

BOOST_AUTO_TEST_SUITE_END()
