// The faults that stage what happens to an account and what is shown of it, each through the handler.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/server.hpp"
#include "support/rooms.hpp"
#include "unit/sandbox/sandbox_accounts.hpp"

namespace {

using namespace hookferry;
using namespace hookferry::sandbox;
using namespace hookferry::test_sandbox;
using Rules = std::vector<std::string>;

const auto per_element = boost::test_tools::per_element();

Request request(const std::string& method, const std::string& path, const std::string& body = {}) {
  return {method, path, "Bearer eu-key", "application/json", body};
}

std::string array(const Rules& elements) {
  std::string out = "[";
  for (const auto& element : elements) out += (out.size() > 1 ? "," : "") + element;
  return out + "]";
}

/// The accounts of sandbox_accounts.hpp, with rules from now on.
struct Histories : Accounts {
  void set_faults(const Rules& rules) { faults = FaultProgram(rules, 1); }
  Response post(const Rules& elements) { return send("POST", bulk, array(elements)); }
  /// Without any fault.
  std::string there() {
    const auto rules = std::exchange(faults, FaultProgram({}, 1));
    auto out = webhooks();
    faults = rules;
    return out;
  }
  /// A member of the webhook of that id, as it is stored.
  std::string stored(std::int64_t id, const std::string& name) {
    const auto rules = std::exchange(faults, FaultProgram({}, 1));
    auto out = member_of(send("GET", all + std::to_string(id)), name);
    faults = rules;
    return out;
  }
  std::string url(std::int64_t id) { return stored(id, "url"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sandbox_histories, Histories)

BOOST_AUTO_TEST_CASE(a_reading_may_show_less_than_there_is) {
  post({slack("a"), slack("b"), slack("c"), slack("a2")});
  struct Case {
    Rules rules;
    std::string shown;
  };
  const std::string whole = "40:old 41:a 42:b 43:c 44:a2";
  for (const auto& [rules, shown] : std::vector<Case>{
           {{"GET:short=2"}, "40:old 41:a"},
           {{"GET:short=9"}, whole},
           {{"GET:short=0"}, ""},
           {{"GET:empty"}, ""},
           {{"GET:half"}, "40:old 42:b 44:a2"},
           {{"GET:hide=a*"}, "40:old 42:b 43:c"},
           {{"GET:hide=a*", "GET:hide=old"}, "42:b 43:c"},
           {{"GET:hide=nobody"}, whole},
           {{"GET:half", "GET:hide=old", "GET:short=1"}, "41:a"},
           {{"POST:empty", "GETONE:empty"}, whole},
       })
    BOOST_TEST_CONTEXT(rules.front()) {
      set_faults(rules);
      BOOST_TEST(webhooks() == shown);
      BOOST_TEST(there() == whole);
    }
}

BOOST_AUTO_TEST_CASE(a_short_reading_passes_with_the_request_that_it_was_asked_for) {
  set_faults({"GET#2:empty"});
  BOOST_TEST(webhooks() == "40:old");
  send("GET", all + "40");  // no reading of all, and not counted as one
  BOOST_TEST(webhooks() == "");
  BOOST_TEST(webhooks() == "40:old");
}

BOOST_AUTO_TEST_CASE(the_reading_of_one_webhook_meets_faults_of_its_own) {
  set_faults({"GETONE#1:status=404", "GETONE#2:status=500", "GETONE#3:close-before", "GETONE#4:slow=7",
              "GET:empty"});
  BOOST_TEST(status("GET", all + "40") == 404);
  BOOST_TEST(status("GET", all + "40") == 500);
  BOOST_TEST((send("GET", all + "40").delivery == Response::Delivery::close));
  const auto late = send("GET", all + "40");
  BOOST_TEST(late.slow.count() == 7);
  BOOST_TEST(member_of(late, "alias") == "\"old\"");
  set_faults({"GETONE:status=404,alias=other", "DELETE:status=500,alias=old"});
  BOOST_TEST(status("GET", all + "40") == 200);
  BOOST_TEST(status("DELETE", all + "40") == 500);
}

BOOST_AUTO_TEST_CASE(the_reading_of_one_webhook_may_be_as_old_as_those_of_all) {
  set_faults({"GETONE#1:late=60000"});
  post({slack("changed", R"("id":40,)"), slack("new")});
  BOOST_TEST(member_of(send("GET", all + "40"), "alias") == "\"old\"");
  BOOST_TEST(member_of(send("GET", all + "40"), "alias") == "\"changed\"");
  set_faults({"GETONE:late=60000"});
  BOOST_TEST(status("GET", all + "41") == 404);
}

BOOST_AUTO_TEST_CASE(slow_work_is_done_at_its_end) {
  set_faults({"POST#1:slow-apply=11000", "POST#1:partial,count=1", "DELETE:slow-apply=5"});
  auto slow = begin(request("POST", bulk, array({slack("a"), slack("b")})));
  BOOST_TEST(slow.fault().processing_delay.count() == 11000);
  BOOST_TEST(there() == "40:old");
  send("DELETE", all + "40");
  const auto answer = slow.handle();
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(there() == "41:a");
  BOOST_TEST(answer.log.find("applied=1") != std::string::npos, answer.log);
}

BOOST_AUTO_TEST_CASE(slow_work_finds_the_account_as_it_is_at_its_end) {
  set_faults({"POST:slow-apply=1", "GET:slow-apply=1"});
  auto update = begin(request("POST", bulk, array({slack("changed", R"("id":40,)")})));
  auto reading = begin(request("GET", all));
  send("DELETE", all + "40");
  BOOST_TEST(update.handle().status == 404);
  BOOST_TEST(reading.handle().body == "[]");
}

BOOST_AUTO_TEST_CASE(a_deletion_may_be_applied_late) {
  set_faults({"GETONE:apply-late,after=5,status=200"});
  send("GET", all + "40");
  BOOST_TEST(scheduled.empty());
  set_faults({"DELETE#1:apply-late,after=5,status=500"});
  const auto answer = send("DELETE", all + "40");
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(there() == "40:old");
  BOOST_REQUIRE(scheduled.size() == 1u);
  scheduled[0].what();
  BOOST_TEST(there() == "");
  scheduled[0].what();  // gone already: nothing to do
  set_faults({"DELETE:apply-late,after=5,status=200"});
  BOOST_TEST(send("DELETE", all + "40").body == "{}");
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_before_what_it_tells_of) {
  set_faults({"POST#1:apply-late,after=5,status=200"});
  const auto answer = post({slack("a"), slack("changed", R"("id":40,)")});
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(ids_of(answer) == (std::vector<std::int64_t>{41, 40}), per_element);
  BOOST_TEST(there() == "40:old");
  post({slack("between")});
  BOOST_REQUIRE(scheduled.size() == 1u);
  scheduled[0].what();
  BOOST_TEST(there() == "40:changed 42:between 41:a");
}

BOOST_AUTO_TEST_CASE(a_post_may_be_applied_twice) {
  set_faults({"POST#1:twice"});
  const auto answer = post({slack("a"), slack("changed", R"("id":40,)"), slack("b")});
  BOOST_TEST(ids_of(answer) == (std::vector<std::int64_t>{41, 40, 42}), per_element);
  BOOST_TEST(there() == "40:changed 41:a 42:b 43:a 44:b");
  set_faults({"POST:twice", "POST:partial,count=1"});
  post({slack("c"), slack("d")});
  BOOST_TEST(there() == "40:changed 41:a 42:b 43:a 44:b 45:c 46:c");
}

BOOST_AUTO_TEST_CASE(contents_may_be_normalised) {
  set_faults({"POST#1-2:normalise=injective", "POST#3:normalise=collapse"});
  post({slack("a"), slack("b")});
  BOOST_TEST(url(41) == "\"https://a.test/a#n\"");
  BOOST_TEST(url(42) == "\"https://a.test/b#n\"");
  auto again = slack("a", R"("id":41,)");
  again.insert(again.find("/a\"") + 2, "#n");
  post({again});
  BOOST_TEST(url(41) == "\"https://a.test/a#n\"");
  BOOST_TEST(member_of(post({slack("c"), slack("d")}), "x") == "absent");
  BOOST_TEST(url(43) == "\"\"");
  BOOST_TEST(url(44) == "\"\"");
}

BOOST_AUTO_TEST_CASE(an_answer_may_hold_other_ids) {
  set_faults({"POST#1:wrong-ids", "POST#2:swapped-ids", "POST#3:no-ids", "POST#4:string-ids",
              "POST#5:swapped-ids", "POST#6:wrong-ids", "POST#6:ids-only"});
  const auto wrong = ids_of(post({slack("a"), slack("b")}));
  for (const auto id : wrong) BOOST_TEST(stored(id, "id") == "absent");
  BOOST_TEST(wrong[0] != wrong[1]);
  const auto swapped = post({slack("c"), slack("d"), slack("e")});
  BOOST_TEST(ids_of(swapped) == (std::vector<std::int64_t>{45, 43, 44}), per_element);
  BOOST_TEST(swapped.body.find(R"("id":45,"alias":"c")") != std::string::npos, swapped.body);
  const auto none = post({slack("f")});
  BOOST_TEST(none.body.starts_with(R"([{"alias":"f",)"), none.body);
  BOOST_TEST(none.body.find("\"id\"") == std::string::npos, none.body);
  const auto text = post({slack("g")});
  BOOST_TEST(text.body.starts_with(R"([{"id":"abc-47","alias":"g")"), text.body);
  BOOST_TEST(ids_of(post({slack("h")})) == std::vector<std::int64_t>{48}, per_element);
  BOOST_TEST(ids_of(post({slack("i")})).at(0) != 49);
  BOOST_TEST(there() == "40:old 41:a 42:b 43:c 44:d 45:e 46:f 47:g 48:h 49:i");
}

BOOST_AUTO_TEST_CASE(a_reading_may_hold_ids_that_are_no_numbers_or_none) {
  post({slack("a")});
  set_faults({"GET#1:string-ids", "GET#2:no-ids", "GET#3:wrong-ids", "GETONE:string-ids"});
  const auto text = json::Document::parse(send("GET", all).body);
  BOOST_TEST(text.root().elements().at(1).find("id")->string() == "abc-41");
  const auto none = json::Document::parse(send("GET", all).body);
  BOOST_TEST(none.root().elements().size() == 2u);
  for (const auto& element : none.root().elements()) {
    BOOST_TEST(!element.find("id"));
    BOOST_TEST(element.find("alias").has_value());
  }
  BOOST_TEST(webhooks() == "40:old 41:a");
  BOOST_TEST(member_of(send("GET", all + "40"), "id") == "\"abc-40\"");
}

BOOST_AUTO_TEST_CASE(a_list_may_show_a_webhook_twice) {
  post({slack("a"), slack("b"), slack("c")});
  set_faults({"GET#1:repeat=a", "GET#2:repeat=*", "GET#2:hide=b", "GET#3:repeat=*", "GET#3:short=2"});
  BOOST_TEST(webhooks() == "40:old 41:a 42:b 43:c 41:a");
  BOOST_TEST(webhooks() == "40:old 41:a 43:c 40:old 41:a 43:c");
  BOOST_TEST(webhooks() == "40:old 41:a 40:old 41:a");
}

BOOST_AUTO_TEST_CASE(a_response_may_have_another_status_and_further_headers) {
  set_faults({"GET#1:success=206", "GET#1:header=Content-Range:_items_0-1/2", "GET#2:no-date",
              "GETONE:success=206", "POST:success=201"});
  const auto odd = send("GET", all);
  BOOST_TEST(odd.status == 206);
  BOOST_TEST(odd.body.find("\"old\"") != std::string::npos);
  const auto bytes = response_bytes(odd, true);
  BOOST_TEST(bytes.starts_with("HTTP/1.1 206 Partial Content\r\n"), bytes);
  BOOST_TEST(bytes.find("\r\nContent-Range: items 0-1/2\r\n") != std::string::npos, bytes);
  BOOST_TEST(bytes.find("\r\nDate: ") != std::string::npos, bytes);
  BOOST_TEST(bytes.find(" GMT\r\n") != std::string::npos, bytes);
  BOOST_TEST(response_bytes(send("GET", all), true).find("Date") == std::string::npos);
  BOOST_TEST(send("GET", all + "99").status == 404);
  BOOST_TEST(post({slack("a")}).status == 201);
}

BOOST_AUTO_TEST_CASE(an_alias_or_a_type_may_be_stored_otherwise) {
  set_faults({"POST#1:normalise=trim", "POST#2:normalise=lower", "POST#3:normalise=nfc",
              "POST#4:normalise=cut", "POST#5:normalise=type"});
  post({slack(" a "), slack("b")});
  post({slack("OPS")});
  post({slack("cafe\u0301")});
  post({slack("a-very-long-alias-indeed")});
  post({slack("typed")});
  BOOST_TEST(there() == "40:old 41:a 42:b 43:ops 44:caf\u00e9 45:a-very-long-alia 46:typed");
  for (const auto* name : {"integration_type_id", "integrationTypeId"}) BOOST_TEST(stored(46, name) == "8");
  BOOST_TEST(stored(46, "integration_type").find("\"id\":8") != std::string::npos);
  BOOST_TEST(stored(45, "integration_type").find("\"label\":\"Slack\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(ids_of_deleted_webhooks_may_be_given_again) {
  post({slack("a"), slack("b")});
  set_faults({"POST#1:remove=b", "POST#1-2:reuse-ids", "POST#2:foreign=theirs", "DELETE#1:reuse-ids",
              "DELETE#1:foreign=more,after=0"});
  BOOST_TEST(ids_of(post({slack("c"), slack("d")})) == std::vector<std::int64_t>({42, 43}), per_element);
  BOOST_TEST(ids_of(post({slack("e")})) == std::vector<std::int64_t>{45}, per_element);
  send("DELETE", all + "45");
  BOOST_TEST(there() == "40:old 41:a 42:c 43:d 44:theirs 45:more");
  BOOST_TEST(ids_of(post({slack("f")})) == std::vector<std::int64_t>{46}, per_element);
}

BOOST_AUTO_TEST_CASE(a_create_may_return_the_webhook_that_is_there) {
  set_faults({"POST#1:get-or-create"});
  BOOST_TEST(ids_of(post({slack("old"), slack("a"), slack("a")})) == std::vector<std::int64_t>({40, 42, 42}),
             per_element);
  BOOST_TEST(there() == "40:old 42:a");
  post({slack("a")});
  BOOST_TEST(there() == "40:old 42:a 44:a");
}

BOOST_AUTO_TEST_CASE(an_update_may_be_stored_as_a_new_webhook) {
  set_faults({"POST#1:update-creates"});
  BOOST_TEST(ids_of(post({slack("new", R"("id":40,)")})) == std::vector<std::int64_t>{41}, per_element);
  post({slack("newer", R"("id":40,)")});
  BOOST_TEST(there() == "40:newer 41:new");
}

BOOST_AUTO_TEST_CASE(a_redirect_may_come_with_or_without_the_work) {
  set_faults({"POST#1:redirect=http://a.test/x", "POST#2:redirect=/y,status=307,applied=yes"});
  const auto first = post({slack("a")});
  BOOST_TEST(first.status == 303);
  BOOST_TEST(first.location == "http://a.test/x");
  BOOST_TEST(response_bytes(first, true).find("\r\nLocation: http://a.test/x\r\n") != std::string::npos);
  BOOST_TEST(there() == "40:old");
  BOOST_TEST(post({slack("a")}).status == 307);
  BOOST_TEST(there() == "40:old 41:a");
}

BOOST_AUTO_TEST_CASE(something_may_come_before_an_answer_and_behind_it) {
  set_faults({"POST:informational=103", "POST:leftover=503", "DELETE:leftover=stray", "GET:leftover=answer",
              "GETONE:leftover=stray", "GETONE:truncate", "POST#2:slow-apply=5"});
  auto informed = begin(request("POST", bulk, array({slack("a")})));
  BOOST_TEST(informed.fault().informational == 103);
  const auto answer = informed.handle();
  const auto bytes = response_bytes(answer, true);
  BOOST_TEST(bytes.find("}]HTTP/1.1 503 Service Unavailable\r\n") != std::string::npos, bytes);
  BOOST_TEST(bytes.ends_with("Content-Length: 2\r\n\r\n[]"), bytes);
  BOOST_TEST(response_bytes(send("DELETE", all + "40"), true).ends_with("{}stray"));
  auto reading = send("GET", all);
  reading.date = false;
  const auto twice = response_bytes(reading, true);
  reading.leftover.clear();
  BOOST_TEST(twice == response_bytes(reading, true) + response_bytes(reading, true));
  BOOST_TEST(
      !response_bytes(send("GET", all + "41"), true).ends_with("stray"));  // it is cut: nothing is behind
  BOOST_TEST(begin(request("POST", all, slack("b"))).fault().informational == 103);
}

BOOST_AUTO_TEST_CASE(another_client_adds_a_webhook_before_the_request) {
  set_faults({"POST#1:foreign=theirs", "GET#1:foreign=seen,url=https://b.test/"});
  BOOST_TEST(ids_of(post({slack("a")})) == std::vector<std::int64_t>{42}, per_element);
  BOOST_TEST(there() == "40:old 41:theirs 42:a");
  BOOST_TEST(url(41) == "\"https://foreign.test/41\"");
  BOOST_TEST(stored(41, "company_id") == "1");
  BOOST_TEST(webhooks() == "40:old 41:theirs 42:a 43:seen");
  BOOST_TEST(url(43) == "\"https://b.test/\"");
}

BOOST_AUTO_TEST_CASE(another_client_adds_and_deletes_even_if_the_request_is_lost) {
  set_faults({"POST:foreign=theirs", "POST:remove=old", "POST:close-before"});
  post({slack("a")});
  BOOST_TEST(there() == "41:theirs");
}

BOOST_AUTO_TEST_CASE(another_client_deletes_webhooks) {
  post({slack("a"), slack("b"), slack("a"), slack("a")});
  set_faults({"GET#1:remove=a,count=2", "GET#2:remove=*", "GET#3:remove=nobody"});
  BOOST_TEST(webhooks() == "40:old 41:a 42:b");
  BOOST_TEST(webhooks() == "");
  BOOST_TEST(webhooks() == "");
}

BOOST_AUTO_TEST_CASE(another_client_edits_what_a_post_has_just_made) {
  set_faults({"POST#1:touch=a,after=0", "POST#2:touch=a*,after=30,to=renamed,url=https://b.test/"});
  post({slack("a"), slack("a")});
  BOOST_TEST(url(41) == "\"https://a.test/a\"");
  BOOST_TEST(url(42).starts_with("\"https://touched.test/"));
  BOOST_TEST(stored(41, "updated_at") == stored(41, "created_at"));
  BOOST_TEST(stored(42, "updated_at") > stored(42, "created_at"));
  const auto answer = post({slack("a3")});
  BOOST_TEST(there() == "40:old 41:a 42:a 43:a3");
  BOOST_REQUIRE(scheduled.size() == 1u);
  BOOST_TEST(scheduled[0].delay.count() == 30);
  scheduled[0].what();
  BOOST_TEST(there() == "40:old 41:a 42:a 43:renamed");
  BOOST_TEST(url(43) == "\"https://b.test/\"");
}

BOOST_AUTO_TEST_CASE(another_client_edits_before_the_request_by_default) {
  set_faults({"POST#1:touch=old", "POST#1:touch=a,count=2"});
  post({slack("a")});
  BOOST_TEST(url(40).starts_with("\"https://touched.test/"));
  BOOST_TEST(stored(40, "updated_at") != "absent");
  BOOST_TEST(url(41) == "\"https://a.test/a\"");
}

BOOST_AUTO_TEST_CASE(times_tell_what_was_changed_since_it_was_made) {
  post({slack("a"), slack("b")});
  const auto made = stored(41, "created_at");
  BOOST_TEST(stored(41, "updated_at") == made);
  post({slack("a", R"("id":41,)")});
  const auto changed = stored(41, "updated_at");
  BOOST_TEST(stored(41, "created_at") == made);
  BOOST_TEST(changed > made);
  post({slack("a", R"("id":41,)")});
  BOOST_TEST(stored(41, "updated_at") > changed);
}

BOOST_AUTO_TEST_CASE(an_exempt_request_meets_no_fault_and_is_not_counted) {
  set_faults({"GET#2:empty"});
  auto exempt = request("GET", all);
  exempt.fault_exempt = true;
  webhooks();
  const auto answer = begin(exempt).handle();
  BOOST_TEST(answer.body.size() > 2);
  BOOST_TEST(answer.log.find("fault=off") != std::string::npos, answer.log);
  BOOST_TEST(webhooks() == "");
}

BOOST_AUTO_TEST_CASE(an_account_may_have_several_keys) {
  const auto file = (folder / "us.json").string();
  write_file(file, R"({"api_keys":["one","two"],"company_id":7,"webhooks":[]})");
  for (int round = 0; round < 2; ++round) {
    state = std::make_unique<Store>(folder.path());
    for (const auto* key : {"one", "two"}) {
      const auto answer = send("POST", all, slack("a"), std::string("Bearer ") + key);
      BOOST_TEST(member_of(answer, "company_id") == "7");
    }
    BOOST_TEST(send("GET", all, "", "Bearer us-key").status == 401);
  }
  BOOST_TEST(webhooks("one") == "41:a 42:a 43:a 44:a");
}

BOOST_AUTO_TEST_CASE(all_that_an_account_shows_carries_its_company) {
  post({slack("a")});
  const auto answer = json::Document::parse(send("GET", all).body);
  for (const auto& webhook : answer.root().elements())
    BOOST_TEST(webhook.find("company_id").value().text() == "1");
}

BOOST_AUTO_TEST_CASE(a_file_whose_keys_are_none_is_refused) {
  for (const auto* keys : {R"("api_keys":[],)", R"("api_keys":"one",)", R"("api_keys":[1],)", "",
                           R"("api_key":"one","api_keys":["two"],)", R"("api_keys":["eu-key"],)"}) {
    write_file((folder / "us.json").string(), "{" + std::string(keys) + R"("company_id":7,"webhooks":[]})");
    BOOST_CHECK_THROW(Store{folder.path()}, Failure);
  }
}

BOOST_AUTO_TEST_SUITE_END()
