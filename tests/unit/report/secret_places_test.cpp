// What is masked in differences because of where it came from, whatever it is called.
#include <boost/test/unit_test.hpp>
#include <string>

#include "report/report.hpp"
#include "secrets/secrets.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"
#include "webhook/differences.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool holds(const std::optional<std::string>& text, const std::string& part) {
  return text && text->find(part) != std::string::npos;
}

Difference at(const std::string& path, const std::string& before, const std::string& after) {
  Difference out;
  out.path = path;
  out.before = before;
  out.after = after;
  out.name = path.substr(path.rfind('/') + 1);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(secret_places)

BOOST_AUTO_TEST_CASE(both_sides_at_a_secret_path_and_below_it_are_masked) {
  const SecretPlaces secrets{{"/note"}, {}};
  const auto here = masked(at("/note", R"("old words")", R"("new words")"), secrets);
  BOOST_TEST(*here.before == "\"" + mask_secret("old words") + "\"");
  BOOST_TEST(*here.after == "\"" + mask_secret("new words") + "\"");
  const auto below = masked(at("/note/text", R"("old words")", R"({"a":["new words"]})"), secrets);
  BOOST_TEST(!holds(below.before, "old words"));
  BOOST_TEST(!holds(below.after, "new words"));
  const auto beside = masked(at("/notes", R"("old words")", R"("new words")"), secrets);
  BOOST_TEST(*beside.after == R"("new words")");
}

BOOST_AUTO_TEST_CASE(a_secret_inside_of_a_difference_is_masked_and_the_rest_is_shown) {
  const SecretPlaces secrets{{"/integration_type_fields/payload/note", "/integration_type_fields/gone"}, {}};
  const auto out = masked(
      at("/integration_type_fields", R"([{"name":"payload","value":{"note":"old words","other":"seen"}}])",
         R"([{"name":"payload","value":{"note":"new words","other":"seen"}}])"),
      secrets);
  BOOST_TEST(*out.before ==
             R"([{"name":"payload","value":{"note":")" + mask_secret("old words") + R"(","other":"seen"}}])");
  BOOST_TEST(*out.after ==
             R"([{"name":"payload","value":{"note":")" + mask_secret("new words") + R"(","other":"seen"}}])");
}

BOOST_AUTO_TEST_CASE(a_secret_value_is_masked_wherever_it_occurs) {
  const SecretPlaces secrets{{}, {"four words of it", "four"}};
  const auto out =
      masked(at("/x", R"("seen")", R"({"a":"<four words of it>","b":"[\"four\"]","c":"seen"})"), secrets);
  BOOST_TEST(*out.before == R"("seen")");
  BOOST_TEST(*out.after == R"({"a":"<)" + mask_secret("four words of it") + R"(>","b":"[\")" +
                               mask_secret("four") + R"(\"]","c":"seen"})");
}

BOOST_AUTO_TEST_CASE(a_short_value_is_masked_at_its_place_only) {
  const SecretPlaces secrets{{"/x"}, {"on"}};
  BOOST_TEST(*masked(at("/y", R"("on and on")", R"("on")"), secrets).before == R"("on and on")");
  BOOST_TEST(*masked(at("/x", R"("a")", R"("on")"), secrets).after == "\"" + mask_secret("on") + "\"");
}

BOOST_AUTO_TEST_CASE(a_secret_url_is_masked_as_a_whole_where_a_webhook_is_shown) {
  PlannedWebhook planned;
  planned.webhook = sample("a", "https://staging.test/ops");
  BOOST_TEST(shown_url(planned, false) == "https://staging.test/ops");
  planned.provenance.secrets.paths = {"/url"};
  BOOST_TEST(shown_url(planned, false) == mask_secret("https://staging.test/ops"));
  BOOST_TEST(shown_url(planned, true) == "https://staging.test/ops");
}

BOOST_AUTO_TEST_SUITE_END()
