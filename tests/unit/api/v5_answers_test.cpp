// Responses of the newer API: which are lists, and which say that a webhook is not there.
#include <boost/test/unit_test.hpp>

#include "api/v5/outgoing_webhooks.hpp"
#include "core/failure.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::api;

namespace {

net::Response response(int status, const std::string& body) {
  net::Response out;
  out.status = status;
  out.body = body;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(v5_answers)

BOOST_AUTO_TEST_CASE(a_list_shows_webhooks_without_configurations) {
  const auto rows = OutgoingWebhooks::listed_in(
      response(200, R"({"deployed":[{"id":"u-1","type":"SLACK","name":"ops","externalId":7}]})"), "the list");
  BOOST_REQUIRE(rows.size() == 1u);
  BOOST_TEST(rows[0].webhook.id.value() == 7);
  BOOST_TEST(rows[0].webhook.uuid == "u-1");
  BOOST_TEST(rows[0].webhook.identity.alias == "ops");
  BOOST_TEST(rows[0].webhook.is_only_listed);
}

BOOST_AUTO_TEST_CASE(the_digest_of_a_row_does_not_depend_on_spelling) {
  const auto digest = [](const std::string& row) {
    return OutgoingWebhooks::listed_in(response(200, "{\"deployed\":[" + row + "]}"), "the list")[0].row;
  };
  const auto one =
      digest(R"({"id":"u","type":"SLACK","name":"a","externalId":7,"updatedAt":"2026-01-01T00:00:00Z"})");
  BOOST_TEST(
      (one ==
       digest(
           R"({ "name":"a", "id":"u", "type":"SLACK","updatedAt":"2026-01-01T00:00:00Z","externalId":7})")));
  BOOST_TEST(
      (one !=
       digest(R"({"id":"u","type":"SLACK","name":"a","externalId":7,"updatedAt":"2026-01-01T00:00:01Z"})")));
}

BOOST_AUTO_TEST_CASE(an_empty_list_may_be_left_out) {
  BOOST_TEST(OutgoingWebhooks::listed_in(response(200, "{}"), "the list").empty());
  BOOST_TEST(OutgoingWebhooks::listed_in(response(200, R"({"deployed":[]})"), "the list").empty());
}

BOOST_AUTO_TEST_CASE(anything_else_is_no_list) {
  for (const std::string body :
       {"", "<html>", "[]", R"({"deployed":{}})", R"({"deployed":[1]})", R"({"items":[]})"})
    BOOST_CHECK_THROW(OutgoingWebhooks::listed_in(response(200, body), "the list"), Failure);
}

BOOST_AUTO_TEST_CASE(three_kinds_of_404_are_distinguished) {
  for (const std::string body :
       {R"({"code":404,"message":"Not Found: webhook not found"})", "Not Found: webhook\n"})
    BOOST_TEST(is_no_such_webhook(response(404, body)), body);
  for (const std::string body : {R"({"code":404,"message":"Not Found: Not Found"})", "Not Found: Not Found\n",
                                 R"({"code":5,"message":"Not Found"})", "", "<html>Not Found: page</html>"})
    BOOST_TEST(!is_no_such_webhook(response(404, body)), body);
  BOOST_TEST(!is_no_such_webhook(response(400, "Not Found: webhook")));
}

BOOST_AUTO_TEST_SUITE_END()
