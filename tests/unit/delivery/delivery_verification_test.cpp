#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/rooms.hpp"
#include "unit/delivery/delivery_story.hpp"

using hookferry::AccountBefore;
using hookferry::FailureClass;
using hookferry::Operation;
using hookferry::SnapshotEntry;
using hookferry::test::create;
using hookferry::test::seen;
using hookferry::test::Story;
using hookferry::test::update;

namespace {

struct Case {
  std::vector<SnapshotEntry> reading;
  std::string expected;
};

/// What the verification finds where everything was confirmed with these ids. A reading that shows a surprise
/// which may go away is read again until it is certain.
std::string found(const std::vector<Operation>& operations, const AccountBefore& before,
                  std::vector<std::optional<std::int64_t>> ids, const std::vector<SnapshotEntry>& reading) {
  Story story(operations, before);
  story.starts();
  BOOST_TEST(story.succeeds(0, std::move(ids)).ends_with("read"));
  BOOST_TEST(story.shows_on_and_on(reading).ends_with("end"));
  return story.findings();
}

AccountBefore relying_on(const std::map<std::int64_t, std::string>& present) {
  auto out = hookferry::test::with_present(present);
  for (const auto& [id, content] : out.present) out.relied_on.insert(id);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery_verification)

BOOST_AUTO_TEST_CASE(unchanged_webhooks_must_still_be_there_as_they_were) {
  const auto before = relying_on({{7, "1"}, {8, "2"}});
  const auto new_one = seen(50, "new", "c");
  for (const auto& [reading, expected] : std::vector<Case>{
           {{seen(8, "2", "b"), seen(7, "1"), new_one}, ""},
           {{seen(8, "2", "b"), new_one}, "gone 7"},
           {{seen(8, "2", "b"), seen(9, "1"), new_one}, "gone 7"},
           {{seen(8, "2", "b"), seen(7, "x"), new_one}, "changed 7"},
           {{seen(8, "2", "b"), seen(7, "1 renamed", "renamed"), new_one}, "changed 7"},
           {{seen(8, "x", "b"), new_one}, "gone 7; changed 8"},
           {{new_one}, "gone 7; gone 8"},
       })
    BOOST_TEST(found({create("new", "c")}, before, {50}, reading) == expected);
}

BOOST_AUTO_TEST_CASE(what_is_relied_on_and_not_shown_may_be_shown_late) {
  Story story({create("1")}, relying_on({{5, "old"}}));
  story.starts();
  story.succeeds(0, {7});
  BOOST_TEST(story.shows({seen(7, "1")}) == "arrived 0:7; pause 100");
  story.elapses();
  BOOST_TEST(story.shows({seen(5, "old"), seen(7, "1")}) == "end");
  BOOST_TEST(story.findings() == "");
}

BOOST_AUTO_TEST_CASE(a_copy_that_another_client_made_is_reported) {
  const auto before = hookferry::test::with_present({{5, "1"}});
  for (const auto& [reading, expected] : std::vector<Case>{
           {{seen(5, "1"), seen(7, "1")}, ""},
           {{seen(7, "1")}, ""},  // that 5 is gone is its owner's affair
           {{seen(7, "1"), seen(8, "2")}, ""},
           {{seen(7, "1"), seen(8, "1 b", "b")}, ""},
           {{seen(7, "1"), seen(8, "1")}, "copy 8"},
           {{seen(9, "1"), seen(7, "1"), seen(8, "1")}, "copy 9; copy 8"},
       })
    BOOST_TEST(found({create("1")}, before, {7}, reading) == expected);
}

BOOST_AUTO_TEST_CASE(a_copy_of_an_altered_webhook_is_reported) {
  for (const auto& [reading, expected] : std::vector<Case>{
           {{seen(7, "x")}, ""},
           {{seen(7, "x"), seen(8, "x")}, "copy 8"},
           {{seen(7, "x"), seen(8, "y")}, ""},
       })
    BOOST_TEST(found({create("1")}, {}, {7}, reading) == expected);
}

BOOST_AUTO_TEST_CASE(a_request_applied_twice_is_reported) {
  Story story({create("1")});
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows({seen(7, "1"), seen(8, "1")}) == "arrived 0:7=; read");
  BOOST_TEST(story.shows({seen(7, "1"), seen(8, "1")}) == "end");
  BOOST_TEST(story.findings() == "copy 8");
  BOOST_TEST((story.delivery().findings().at(0).identity == hookferry::Identity{"a", 0}));
}

BOOST_AUTO_TEST_CASE(a_copy_of_an_updated_webhook_is_reported) {
  const auto before = hookferry::test::with_present({{5, "old"}});
  const std::vector<Operation> operations = {update(5, "old", "1")};
  BOOST_TEST(found(operations, before, {5}, {seen(5, "1")}) == "");
  BOOST_TEST(found(operations, before, {5}, {seen(5, "1"), seen(8, "1")}) == "copy 8");
  BOOST_TEST(found(operations, before, {5}, {seen(5, "1"), seen(8, "old")}) == "");
}

BOOST_AUTO_TEST_CASE(an_arrival_that_was_changed_before_the_end_is_reported) {
  Story story({create("1"), create("2")});
  story.starts();
  story.fails(0, FailureClass::unknown);
  BOOST_TEST(story.shows({seen(7, "1"), seen(8, "2")}) == "arrived 0:7=; arrived 1:8=; read");
  BOOST_TEST(story.shows({seen(7, "x"), seen(8, "2")}) == "end");
  BOOST_TEST(story.findings() == "changed 7");
}

BOOST_AUTO_TEST_CASE(what_others_do_beside_the_plan_is_their_affair) {
  AccountBefore before = relying_on({{7, "1"}});
  before.present[8] = hookferry::sha256("extra");
  BOOST_TEST(found({create("new")}, before, {50}, {seen(7, "1"), seen(9, "another"), seen(50, "new")}) == "");
  BOOST_TEST(found({create("new")}, before, {50}, {seen(7, "1"), seen(8, "x"), seen(50, "new")}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
