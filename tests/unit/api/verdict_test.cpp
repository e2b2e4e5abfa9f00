#include "api/verdict.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "api/v1/webhooks_api.hpp"
#include "core/failure.hpp"
#include "plan/plan.hpp"
#include "support/rooms.hpp"

namespace {

using hookferry::Cause;
using hookferry::FailureClass;
using hookferry::Verdict;
using hookferry::net::Response;
using hookferry::net::TransportError;
using hookferry::net::TransportFailure;

Verdict judged(const hookferry::net::Reply& reply) { return hookferry::judge(reply, 0); }

Verdict judged_status(int status, const std::string& body = {}) {
  Response response;
  response.status = status;
  response.body = body;
  return judged(response);
}

/// Classes are compared by their names, so that a failing test can tell them.
std::string_view class_of(const Verdict& verdict) { return hookferry::facts_of(verdict.failure).name; }

int exit_of(FailureClass failure) { return static_cast<int>(hookferry::facts_of(failure).cause); }

void check_statuses(std::string_view expected, const std::vector<int>& statuses) {
  for (const int status : statuses) BOOST_TEST_CONTEXT("status " << status) {
      const auto verdict = judged_status(status);
      BOOST_TEST(class_of(verdict) == expected);
      BOOST_TEST(verdict.reason.find(std::to_string(status)) != std::string::npos);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verdict)

BOOST_AUTO_TEST_CASE(any_2xx_is_an_answer_and_says_nothing_of_a_failure) {
  check_statuses("answered", {200, 201, 202, 204, 206, 299});
  Response response;
  response.status = 200;
  response.body = R"({"error":"x"})";
  response.retry_after = "3";
  const auto verdict = judged(response);
  BOOST_TEST(verdict.server_text == "");
  BOOST_TEST(!verdict.retry_after.has_value());
}

BOOST_AUTO_TEST_CASE(content_that_the_server_will_not_have_is_refused) {
  check_statuses("refused", {400, 404, 409, 422});
}

BOOST_AUTO_TEST_CASE(a_key_that_will_not_do_is_refused_for_good) {
  check_statuses("key refused", {401, 403});
  BOOST_TEST(judged_status(401).reason != judged_status(403).reason);
}

BOOST_AUTO_TEST_CASE(what_may_have_been_carried_out_is_unknown) {
  check_statuses("outcome unknown", {408, 500, 501, 502, 503, 504, 505, 507, 511, 520, 599});
}

/// Such a server may have kept a write from being shown, so that its absence says nothing of the list.
BOOST_AUTO_TEST_CASE(a_server_has_failed_with_408_and_from_500_on) {
  for (const int status : {408, 500, 503, 599}) BOOST_TEST(judged_status(status).server_failed, status);
  for (const int status : {200, 400, 409, 429, 499}) BOOST_TEST(!judged_status(status).server_failed, status);
}

BOOST_AUTO_TEST_CASE(too_large_and_too_early_are_classes_of_their_own) {
  check_statuses("too large", {413});
  check_statuses("slow down", {429});
}

BOOST_AUTO_TEST_CASE(every_other_status_comes_from_something_else) {
  check_statuses("not this API", {300, 301, 302, 303, 304, 307, 308});
  check_statuses("not this API", {402, 405, 406, 407, 410, 411, 412, 414, 415, 416, 418, 421, 426, 431, 451});
}

BOOST_AUTO_TEST_CASE(what_a_broken_connection_means_depends_on_whether_anything_was_sent) {
  struct Case {
    std::string_view name;
    TransportFailure kind;
    bool sent;
    std::string_view expected;
  };
  for (const auto& c : std::vector<Case>{
           {"the name does not exist", TransportFailure::dns_unknown, false, "not sent"},
           {"the name servers are silent", TransportFailure::dns_temporary, false, "not sent"},
           {"nobody listens", TransportFailure::refused, false, "not sent"},
           {"the proxy refuses", TransportFailure::proxy_refused, false, "not sent"},
           {"the proxy cannot connect", TransportFailure::proxy_failed, false, "not sent"},
           {"connecting times out", TransportFailure::timed_out, false, "not sent"},
           {"ended before a byte went out", TransportFailure::closed, false, "not sent"},
           {"ended after sending", TransportFailure::closed, true, "outcome unknown"},
           {"stalled after sending", TransportFailure::timed_out, true, "outcome unknown"},
           {"the answer was cut", TransportFailure::cut, true, "outcome unknown"},
           {"the response is not HTTP", TransportFailure::malformed, true, "outcome unknown"},
           {"the answer is larger than allowed", TransportFailure::too_large, true, "outcome unknown"},
           {"the certificate is not accepted", TransportFailure::tls, false, "not this API"},
           {"interrupted before sending", TransportFailure::interrupted, false, "interrupted"},
           {"interrupted after sending", TransportFailure::interrupted, true, "interrupted"},
       })
    BOOST_TEST_CONTEXT(c.name) {
      const auto verdict = judged(TransportError{c.kind, c.sent, "what happened"});
      BOOST_TEST(class_of(verdict) == c.expected);
      BOOST_TEST(verdict.reason == "what happened");
      BOOST_TEST(verdict.text() == "what happened");
      BOOST_TEST(!verdict.retry_after.has_value());
    }
}

BOOST_AUTO_TEST_CASE(the_verdict_says_whether_a_write_may_have_been_carried_out) {
  for (const int status : {100, 101, 199, 300, 301, 302, 303, 304, 307, 308, 399, 408, 500, 502, 503, 599})
    BOOST_TEST(judged_status(status).in_doubt, status);
  for (const int status : {200, 201, 299, 400, 401, 403, 404, 405, 409, 413, 415, 422, 426, 429})
    BOOST_TEST(!judged_status(status).in_doubt, status);
  for (const int status : {101, 302}) BOOST_TEST(class_of(judged_status(status)) == "not this API");
  for (const auto kind : {TransportFailure::closed, TransportFailure::timed_out, TransportFailure::tls,
                          TransportFailure::malformed, TransportFailure::interrupted}) {
    BOOST_TEST(judged(TransportError{kind, true, ""}).in_doubt);
    BOOST_TEST(!judged(TransportError{kind, false, ""}).in_doubt);
  }
}

BOOST_AUTO_TEST_CASE(a_redirect_is_reported_with_its_host_and_without_what_may_be_secret) {
  struct Case {
    std::string location, told;
  };
  for (const auto& [location, told] : std::vector<Case>{
           {"https://login.test/session/EXAMPLE?next=EXAMPLE#EXAMPLE", "redirected to the host login.test,"},
           {"https://EXAMPLE:EXAMPLE@login.test:8443?EXAMPLE", "redirected to the host login.test:8443,"},
           {"//other.test\\EXAMPLE", "redirected to the host other.test,"},
           {"/login?EXAMPLE", "redirected to /login,"},
           {"login//x#EXAMPLE", "redirected to login//x,"},
           {"?next=https://EXAMPLE", "redirected to ,"},
           {"/session/4f8Qx7-EXAMPLE-9zKp2Lw0/start", "redirected to /session/***"},
           {"session/4f8Qx7EXAMPLE9zKp2Lw0Tt", "redirected to session/***"},
           {"/login;token=4f8Qx7EXAMPLE9zKp2Lw0Tt", "redirected to /"}})
    BOOST_TEST_CONTEXT(location) {
      Response response;
      response.status = 307;
      response.location = location;
      const auto text = judged(response).text();
      BOOST_TEST(text.find(told) != std::string::npos, text);
      BOOST_TEST(text.find("EXAMPLE") == std::string::npos, text);
    }
}

BOOST_AUTO_TEST_CASE(each_class_has_the_exit_code_of_the_contract) {
  struct Case {
    FailureClass failure;
    int expected;
  };
  for (const auto& [failure, expected] : std::vector<Case>{{FailureClass::not_sent, 69},
                                                           {FailureClass::unknown, 69},
                                                           {FailureClass::refused, 1},
                                                           {FailureClass::too_large, 1},
                                                           {FailureClass::slow_down, 69},
                                                           {FailureClass::key_refused, 77},
                                                           {FailureClass::not_this_api, 76},
                                                           {FailureClass::interrupted, 130}})
    BOOST_TEST_CONTEXT(hookferry::facts_of(failure).name) {
      BOOST_TEST(exit_of(failure) == expected);
      BOOST_TEST((hookferry::facts_of(failure).failure == failure));
      BOOST_TEST(!hookferry::facts_of(failure).hint.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_says_how_long_to_wait_is_heard) {
  for (const int status : {429, 503}) BOOST_TEST_CONTEXT(status) {
      Response response;
      response.status = status;
      BOOST_TEST(!judged(response).retry_after.has_value());
      response.retry_after = "7";
      const auto verdict = judged(response);
      BOOST_REQUIRE(verdict.retry_after.has_value());
      BOOST_TEST(verdict.retry_after->count() == 7000);
    }
}

BOOST_AUTO_TEST_CASE(the_reason_that_a_server_gives_is_taken_from_its_answer) {
  struct Case {
    std::string_view body, expected;
  };
  for (const auto& [body, expected] : std::vector<Case>{
           {R"({"message":"alias is taken"})", "alias is taken"},
           {R"({"error":"no such type"})", "no such type"},
           {R"({"statusCode":422,"detail":"url"})", "url"},
           {R"({"errors":[{"field":"url"}]})", R"([{"field":"url"}])"},
           {"plain words\n", "plain words"},
           {"", ""},
           {"{}", ""},
           {"<!DOCTYPE html><html>nothing worth a line</html>", ""},
           {" \r\n<html></html>", ""},
       })
    BOOST_TEST_CONTEXT(body) {
      const auto text = judged_status(422, std::string(body)).server_text;
      BOOST_TEST(text.starts_with(expected));
      BOOST_TEST(text.empty() == expected.empty());
    }
}

BOOST_AUTO_TEST_CASE(the_reason_and_the_servers_text_are_one_line) {
  const auto verdict = judged_status(422, R"({"message":"alias is taken"})");
  BOOST_TEST(verdict.reason.find("alias is taken") == std::string::npos);  // it may hold data
  BOOST_TEST(verdict.text().starts_with(verdict.reason));
  BOOST_TEST(verdict.text().ends_with("alias is taken"));
  BOOST_TEST(judged_status(422).text() == judged_status(422).reason);
}

BOOST_AUTO_TEST_CASE(a_secret_that_a_server_quotes_is_masked_however_it_is_spelled) {
  for (
      const std::string body : {
          R"({"message":"invalid serviceKey 'sesame-9'"})",
          R"({"message":"invalid serviceKey: \u0073esame-9"})",
          R"({"message":"{\"name\":\"serviceKey\",\"value\":\"sesame-9\"}"})",
          R"({"error":{"webhook":{"integration_type_fields":"[{\"name\":\"serviceKey\",\"value\":\"sesame-9\"}]"}}})",
          R"({"errors":[{"key":"X-Api-Key","value":"sesame-9"}]})",
          R"({"serviceKey":"sesame-9","reason":"unknown"})",
          R"({"message":"cannot reach https:\/\/hooks.slack.com\/services\/sesame-9"})",
          R"({"serviceKey":"sesame-9","cut)",
          R"(serviceKey=sesame-9 is unknown)",
      })
    BOOST_TEST_CONTEXT(body) {
      const auto text = judged_status(400, body).text();
      BOOST_TEST(text.find("sesame") == std::string::npos, text);
      BOOST_TEST(text.find("***") != std::string::npos, text);
    }
}

BOOST_AUTO_TEST_CASE(the_beginning_of_a_long_page_is_shown_with_its_secrets_masked) {
  const std::string words = "the account is busy, try again ";
  std::string rest;
  while (rest.size() < 100'000) rest += words;
  for (const std::string secret :
       {"serviceKey=sesame-9 ", "https://u:sesame-9@x.test/ ", "password: 'sesame-9' "}) {
    for (const auto& page : {secret + rest, R"({"message":")" + secret + rest + "\"}"})
      BOOST_TEST_CONTEXT(page.substr(0, 60)) {
        const auto text = judged_status(500, page).server_text;
        BOOST_TEST(text.find("sesame") == std::string::npos, text);
        BOOST_TEST(text.find("***") != std::string::npos, text);
        BOOST_TEST(text.find(words) != std::string::npos, text);
        BOOST_TEST(text.ends_with("..."), text);
      }
  }
}

/// A part of a URL, a token or a password would not read as one.
BOOST_AUTO_TEST_CASE(of_a_long_page_no_word_is_cut_before_its_secrets_are_masked) {
  for (std::size_t size = 3'000; size < 6'000; size += 7) {
    const auto page = "https://sesame:sesame/" + std::string(size, 'x') + "@host.test/ and more";
    const auto text = judged_status(500, page).server_text;
    BOOST_TEST(text.find("sesame") == std::string::npos, text);
    BOOST_TEST(text.find("host.test") != std::string::npos, text);
    BOOST_TEST((text.ends_with("...") || text.ends_with("and more")), text);
  }
}

BOOST_AUTO_TEST_CASE(nothing_of_a_server_can_drive_a_terminal_or_fill_it) {
  const std::string hostile = "\x1b[2J\a two\nlines \xff\xe2\x80\xae";
  Response redirect;
  redirect.status = 302;
  redirect.location = hostile;
  const std::vector<std::string> texts = {
      judged_status(400, hostile).text(), judged_status(400, R"({"message":"\u001b[2J\u0007\n"})").text(),
      judged_status(400, R"({"errors":["\u001b"]})").text(), judged(redirect).text()};
  for (const auto& text : texts) BOOST_TEST_CONTEXT(text) {
      for (const auto* byte : {"\x1b", "\a", "\n", "\xff", "\xe2\x80\xae"})
        BOOST_TEST(text.find(byte) == std::string::npos);
    }
  BOOST_TEST(texts.back().find("2J") != std::string::npos);
  BOOST_TEST(judged_status(400, std::string(100'000, 'x')).text().size() < 400u);
}

BOOST_AUTO_TEST_CASE(a_failure_says_what_failed_where_why_and_what_to_try) {
  const auto failure = hookferry::failure_of(judged_status(403), "write", "POST https://a.test/x");
  BOOST_TEST((failure.cause == Cause::key_refused));
  const std::string what = failure.what();
  for (const auto* part : {"write", "POST https://a.test/x", "403"})
    BOOST_TEST(what.find(part) != std::string::npos, part);
  BOOST_TEST(failure.hint == hookferry::facts_of(FailureClass::key_refused).hint);
}

BOOST_AUTO_TEST_SUITE_END()
