#include "plan/plan.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>

using namespace hookferry;

namespace {

using State = LedgerEntry::State;

LedgerEntry entry(std::optional<std::int64_t> source, std::optional<std::int64_t> destination, Action action,
                  State state) {
  LedgerEntry out;
  out.source_id = source;
  out.destination_id = destination;
  out.action = action;
  out.state = state;
  return out;
}

LedgerRun run_of(const std::vector<LedgerEntry>& entries, const std::string& command = "migrate") {
  LedgerRun out;
  out.header.command = command;
  out.entries = entries;
  return out;
}

std::string mapped(const std::vector<LedgerRun>& runs) {
  std::string out;
  for (const auto& id : id_map(runs))
    out += std::to_string(id.source_id) + ">" + std::to_string(id.destination_id) + " ";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(id_maps)

BOOST_AUTO_TEST_CASE(what_the_destination_has_is_mapped_and_nothing_else) {
  const struct {
    Action action;
    State state;
    std::string expected;
  } cases[] = {
      {Action::create, State::arrived, "5>70 "},    {Action::create, State::accepted, "5>70 "},
      {Action::create, State::intended, ""},        {Action::create, State::not_applied, ""},
      {Action::create, State::ambiguous, ""},       {Action::create, State::undone, ""},
      {Action::update, State::arrived, "5>70 "},    {Action::update, State::undone, "5>70 "},
      {Action::unchanged, State::planned, "5>70 "}, {Action::conflict, State::planned, "5>70 "},
      {Action::update, State::planned, ""},         {Action::invalid, State::planned, ""},
  };
  for (const auto& [action, state, expected] : cases)
    BOOST_TEST(mapped({run_of({entry(5, 70, action, state)})}) == expected,
               name_of(action) << " " << static_cast<int>(state));
}

BOOST_AUTO_TEST_CASE(the_last_run_has_the_last_word_and_the_order_is_that_of_the_source) {
  BOOST_TEST(mapped({run_of({entry(9, 71, Action::create, State::arrived),
                             entry(5, 70, Action::create, State::arrived)}),
                     run_of({entry(5, 72, Action::create, State::arrived)})}) == "5>72 9>71 ");
}

BOOST_AUTO_TEST_CASE(a_run_that_took_back_maps_nothing_of_its_own) {
  BOOST_TEST(mapped({run_of({entry(5, 70, Action::update, State::arrived)}, "undo")}) == "");
}

BOOST_AUTO_TEST_CASE(what_a_later_run_deleted_is_mapped_no_more_until_it_is_there_again) {
  const auto made = run_of({entry(5, 70, Action::create, State::arrived)});
  const auto deleted = run_of({entry(std::nullopt, 70, Action::remove, State::removed)});
  BOOST_TEST(mapped({made, deleted}) == "");
  BOOST_TEST(mapped({made, deleted, made}) == "5>70 ");
}

BOOST_AUTO_TEST_CASE(what_has_no_id_at_either_end_is_left_out) {
  BOOST_TEST(mapped({run_of({entry(std::nullopt, 70, Action::create, State::arrived),
                             entry(5, std::nullopt, Action::create, State::accepted)})}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
