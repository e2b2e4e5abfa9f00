#include "support/rooms.hpp"
#include "webhook/kinds.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// The breaches, joined by "; ".
std::string breaches(std::int64_t type, std::string_view fields) {
  std::string out;
  for (const auto& breach : hookferry::table_b_breaches(type, fields))
    out += (out.empty() ? "" : "; ") + breach;
  return out;
}

std::int64_t id_of(std::string_view name) {
  const auto* kind = hookferry::find_kind_by_name(name);
  return kind != nullptr ? kind->id : -1;
}

/// The fields of a webhook, demisto or sendlog with one of them replaced; an empty value leaves it out.
std::string request_fields(std::string_view changed = {}, std::string_view value = {}) {
  struct Field {
    std::string_view name, value;
  };
  const std::vector<Field> sound = {{"uuid", R"("17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb")"},
                                    {"method", R"("post")"},
                                    {"headers", R"({"Content-Type":"application/json"})"},
                                    {"payload", R"({"a":1e400})"}};
  std::string out = "[";
  for (const auto& field : sound) {
    const auto text = field.name == changed ? value : field.value;
    if (text.empty()) continue;
    out += (out.size() > 1 ? "," : "") + std::string(R"({"name":")") + std::string(field.name) +
           R"(","value":)" + std::string(text) + "}";
  }
  return out + "]";
}

constexpr std::int64_t webhook = 1, pager_duty = 2, sendlog = 3, email_group = 4, jira = 6, demisto = 8;

}  // namespace

BOOST_AUTO_TEST_SUITE(webhook_kinds)

BOOST_AUTO_TEST_CASE(table_a_holds_nine_types_in_the_order_of_their_ids) {
  const auto kinds = hookferry::webhook_kinds();
  BOOST_REQUIRE_EQUAL(kinds.size(), 12u);
  std::int64_t id = 0;
  for (const auto& kind : kinds.first(9)) {
    BOOST_TEST(kind.id == id++);
    BOOST_TEST(kind.in_v1());
    BOOST_TEST(kind.icon.starts_with("/assets/"));
  }
  // Ledgers keep these numbers.
  for (id = -10; const auto& kind : kinds.last(3)) {
    BOOST_TEST(kind.id == id--);
    BOOST_TEST(!kind.in_v1());
  }
}

BOOST_AUTO_TEST_CASE(a_type_is_found_by_its_id) {
  BOOST_REQUIRE(hookferry::find_kind(2) != nullptr);
  BOOST_TEST(hookferry::find_kind(2)->name == "pager_duty");
  BOOST_TEST(hookferry::find_kind(2)->label == "PagerDuty");
}

BOOST_AUTO_TEST_CASE(an_id_outside_table_a_is_no_type) {
  for (const std::int64_t id : {-1, 9, 12}) BOOST_TEST(hookferry::find_kind(id) == nullptr);
}

BOOST_AUTO_TEST_CASE(every_type_is_found_by_its_name_and_by_its_label) {
  for (const auto& kind : hookferry::webhook_kinds()) {
    BOOST_TEST(id_of(kind.name) == kind.id);
    BOOST_TEST(id_of(kind.label) == kind.id);
  }
}

BOOST_AUTO_TEST_CASE(letter_case_spaces_underscores_and_hyphens_do_not_matter_in_a_name) {
  for (const auto* name : {"Send Log", "sendlog", "SEND_LOG", "send-log"})
    BOOST_TEST(id_of(name) == sendlog, name);
  BOOST_TEST(id_of("pager duty") == pager_duty);
  BOOST_TEST(id_of("email-group") == email_group);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_only_part_of_one_finds_nothing) {
  for (const auto* name : {"", "send", "slack2", "hook"}) BOOST_TEST(id_of(name) == -1, name);
}

BOOST_AUTO_TEST_CASE(a_label_fits_its_own_type_and_no_other) {
  const auto& kind = *hookferry::find_kind(sendlog);
  BOOST_TEST(hookferry::label_fits(kind, "SendLog"));
  BOOST_TEST(hookferry::label_fits(kind, "Send Log"));
  BOOST_TEST(!hookferry::label_fits(kind, "Slack"));
  BOOST_TEST(!hookferry::label_fits(kind, ""));
}

BOOST_AUTO_TEST_CASE(types_without_rows_in_table_b_take_any_array_of_fields) {
  for (const std::int64_t type : {0, 5, 7, 99}) {
    BOOST_TEST(breaches(type, "[]") == "");
    BOOST_TEST(breaches(type, R"([{"name":"anything","value":null}])") == "");
  }
}

BOOST_AUTO_TEST_CASE(fields_are_an_array_of_objects_with_name_and_value) {
  for (const auto* fields : {"", "no json", "null", "{}", "\"[]\"", "[1]", R"([{"name":"a"}])",
                             R"([{"value":1}])", R"([{"name":1,"value":1}])"})
    BOOST_TEST(breaches(0, fields) != "", fields);
}

BOOST_AUTO_TEST_CASE(the_guides_fields_comply) {
  for (const auto type : {webhook, sendlog, demisto}) BOOST_TEST(breaches(type, request_fields()) == "");
  BOOST_TEST(breaches(pager_duty, R"([{"name":"serviceKey","value":"EXAMPLE"}])") == "");
  BOOST_TEST(breaches(email_group, R"([{"name":"payload","value":["a@example.com"]}])") == "");
  BOOST_TEST(breaches(email_group, R"([{"name":"payload","value":[]}])") == "");
  BOOST_TEST(breaches(jira, R"([{"name":"apiToken","value":"E"},{"name":"email","value":"e"},)"
                            R"({"name":"projectKey","value":"P"}])") == "");
}

BOOST_AUTO_TEST_CASE(fields_that_table_b_does_not_know_are_no_breach) {
  BOOST_TEST(breaches(pager_duty, R"([{"name":"more","value":1},{"name":"serviceKey","value":"EXAMPLE"}])") ==
             "");
}

BOOST_AUTO_TEST_CASE(every_missing_field_is_named) {
  const auto found = breaches(jira, "[]");
  for (const auto* field : {"apiToken", "email", "projectKey"})
    BOOST_TEST(found.find(field) != std::string::npos, field);
  for (const auto* field : {"uuid", "method", "headers", "payload"})
    for (const auto type : {webhook, sendlog, demisto})
      BOOST_TEST(breaches(type, request_fields(field)).find(field) != std::string::npos, field);
}

BOOST_AUTO_TEST_CASE(a_value_of_the_wrong_form_is_named) {
  struct Case {
    std::string_view field, value;
  };
  for (const Case& wrong : {Case{"uuid", "\"17a3b9e3\""},
                            {"uuid", "\"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecg\""},
                            {"uuid", "\"17a3b9e3b0bc-4bc0-9e06-98d2a4c54ecb-\""},
                            {"uuid", "1"},
                            {"method", "\"delete\""},
                            {"method", "\"\""},
                            {"method", "null"},
                            {"headers", "\"{}\""},
                            {"headers", "[]"},
                            {"payload", "\"text\""},
                            {"payload", "null"}})
    BOOST_TEST_CONTEXT(wrong.field << " " << wrong.value)
  BOOST_TEST(breaches(sendlog, request_fields(wrong.field, wrong.value)).starts_with(wrong.field));
  BOOST_TEST(breaches(pager_duty, R"([{"name":"serviceKey","value":1}])") != "");
  BOOST_TEST(breaches(email_group, R"([{"name":"payload","value":["a",1]}])") != "");
  BOOST_TEST(breaches(email_group, R"([{"name":"payload","value":"a"}])") != "");
}

BOOST_AUTO_TEST_CASE(letter_case_of_a_method_and_of_a_uuid_does_not_matter) {
  for (const auto* method : {"\"get\"", "\"GET\"", "\"Post\"", "\"PUT\""})
    BOOST_TEST(breaches(webhook, request_fields("method", method)) == "", method);
  BOOST_TEST(breaches(webhook, request_fields("uuid", R"("17A3B9E3-B0BC-4BC0-9E06-98D2A4C54ECB")")) == "");
}

BOOST_AUTO_TEST_CASE(a_breach_never_quotes_a_value) {
  const auto found = breaches(sendlog, request_fields("method", R"("EXAMPLE-SECRET")"));
  BOOST_TEST(found != "");
  BOOST_TEST(found.find("EXAMPLE-SECRET") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
