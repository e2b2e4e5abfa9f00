// What the destination has otherwise: overlays, rewritten beginnings of URLs, and what is told of rewriting.
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <string>
#include <vector>

#include "json/build.hpp"
#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string url_of(const Accounts& accounts, const std::string& account, const std::string& alias) {
  for (const auto& webhook : accounts.webhooks(account))
    if (webhook.alias == alias) return webhook.url;
  return "(none)";
}

std::size_t writes(const Accounts& accounts) {
  return accounts.requests("POST") + accounts.requests("DELETE") + accounts.requests("PUT") +
         accounts.requests("PATCH");
}

/// The option with a file that holds these rules.
std::vector<std::string> overlay(const Accounts& accounts, const std::string& rules) {
  const auto file = accounts.folder().file("overlay.json");
  spill(file, rules);
  return {"--overlay", file};
}

std::string compact(const std::string& text, const std::string& member) {
  const auto document = json::Document::parse(text);
  const auto value = document.root().find(member);
  return value ? json::compact(*value) : "(none)";
}

/// The fields of a sendlog, as the guide wants them, with this payload.
std::string fields(const std::string& payload) {
  return R"([{"name":"uuid","value":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb"},{"name":"method","value":"post"},)"
         R"({"name":"headers","value":{}},{"name":"payload","value":)" +
         payload + "}]";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(overlays)

BOOST_AUTO_TEST_CASE(an_overlay_shapes_the_plan_and_what_arrives) {
  const Accounts accounts({slack("ops", "https://ops.test/", 1), slack("dev", "https://dev.test/", 2),
                           sendlog("logs", "https://logs.test/", 3,
                                   fields(R"({ "privateKey" : "source-key-9f8e7d","n":1e400})"))},
                          {});
  const auto file = accounts.folder().file("key");
  spill(file, "from-a-file\n");
  ::chmod(file.c_str(), 0600);
  const auto option = overlay(
      accounts, R"([{"alias":"o*","set":{"/url":"https://staging.test/ops"}},{"type":"sendlog","set":{)"
                R"("/url":{"env":"LOGS_URL"},"/integration_type_fields/payload/privateKey":{"file":")" +
                    file + "\"}}}]");
  const Environment more = {{"LOGS_URL", "https://staging.test/logs"}};
  const auto ran = accounts.run_with(more, accounts.migrate_arguments(option));
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(url_of(accounts, "us", "ops") == "https://staging.test/ops");
  BOOST_TEST(url_of(accounts, "us", "dev") == "https://dev.test/");
  BOOST_TEST(url_of(accounts, "us", "logs") == "https://staging.test/logs");
  BOOST_TEST(holds(slurp(accounts.file_of("us")), R"({ \"privateKey\" : \"from-a-file\",\"n\":1e400})"));
  BOOST_TEST(!holds(ran.out, "source's private key"), ran.out);
  auto diff = std::vector<std::string>{"diff", accounts.url(),  accounts.url(), "--source-region",
                                       "eu1",  "--dest-region", "us1"};
  diff.insert(diff.end(), option.begin(), option.end());
  const auto again = accounts.run_with(more, diff);
  BOOST_TEST(again.code == 0, again.out);
  const auto without = accounts.diff();
  BOOST_TEST(without.code == 2, without.out);
}

BOOST_AUTO_TEST_CASE(what_came_from_the_environment_or_a_file_is_masked_whatever_it_is_called) {
  const Accounts accounts(
      {slack("made", "https://plain.test/words", 1),
       sendlog("there", "https://logs.test/", 2, fields(R"({"colour":"red"})"))},
      {sendlog("there", "https://logs.test/", 9, fields(R"({"colour":"earlier words"})"))});
  const auto option = overlay(
      accounts, R"([{"alias":"made","set":{"/url":{"env":"PLACE"}}},)"
                R"({"alias":"there","set":{"/integration_type_fields/payload/colour":{"env":"COLOUR"}}}])");
  const Environment more = {{"PLACE", "https://words.test/only/words"}, {"COLOUR", "green and blue"}};
  for (const std::string format : {"text", "json"}) {
    auto arguments = accounts.migrate_arguments({"--format", format, "-v", "--on-conflict", "update"});
    arguments.insert(arguments.end(), option.begin(), option.end());
    auto diff = arguments;
    diff[0] = "diff";
    std::erase(diff, "--yes");
    for (const std::string unknown : {"--settle", "--ledger"}) {
      const auto at = std::find(diff.begin(), diff.end(), unknown);
      diff.erase(at, at + 2);
    }
    for (const auto& ran : {accounts.run_with(more, diff), accounts.run_with(more, arguments)}) {
      BOOST_TEST(ran.code != 64, ran.err);
      for (const std::string secret : {"words.test", "green and blue", "earlier words"})
        BOOST_TEST(!holds(ran.out + ran.err, secret), ran.out << ran.err);
    }
  }
  BOOST_TEST(url_of(accounts, "us", "made") == "https://words.test/only/words");
}

BOOST_AUTO_TEST_CASE(an_overlay_cannot_copy_a_key_of_hookferry_into_a_webhook) {
  const Accounts accounts({slack("made", "https://plain.test/words", 1)}, {});
  const auto option = overlay(accounts, R"([{"set":{"/url":{"env":"HOOKFERRY_DEST_KEY"}}}])");
  const auto ran = accounts.migrate(option);
  BOOST_TEST(ran.code == 65, ran.err);
  BOOST_TEST(holds(ran.err, "holds an API key"), ran.err);
  BOOST_TEST(accounts.requests("POST") == 0u);
}

BOOST_AUTO_TEST_CASE(pages_mask_what_came_from_the_environment_too) {
  const Accounts accounts({slack("made", "https://plain.test/words", 1)},
                          {slack("made", "https://earlier.test/words", 9)});
  const auto option = overlay(accounts, R"([{"alias":"made","set":{"/url":{"env":"PLACE"}}}])");
  for (const std::string name : {"report.html", "report.md"}) {
    const auto file = accounts.folder().file(name);
    const auto ran = accounts.run_with({{"PLACE", "https://words.test/only/words"}},
                                       {"diff", accounts.url(), accounts.url(), "--source-region", "eu1",
                                        "--dest-region", "us1", option[0], option[1], "--report", file});
    BOOST_TEST(ran.code == 2, ran.err);
    const auto page = slurp(file);
    BOOST_TEST(holds(page, "made"), name);
    BOOST_TEST(!holds(page, "words.test"), name);
    BOOST_TEST(!holds(page, "earlier.test"), name);
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_quotes_what_an_overlay_took_from_the_environment_gives_nothing_away) {
  const Accounts accounts({slack("made", "https://plain.test/words", 1)}, {});
  const RawServer quoting([](RawConnection& connection) {
    for (auto request = connection.read_request(); !request.empty(); request = connection.read_request()) {
      const bool read = request.starts_with("GET");
      const std::string body = read ? "[]" : R"({"message":"only plain words is no url"})";
      connection.send((read ? "HTTP/1.1 200 OK" : "HTTP/1.1 400 Bad Request") +
                      ("\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
    }
  });
  const auto option = overlay(accounts, R"([{"set":{"/url":{"env":"PLACE"}}}])");
  const auto ran =
      accounts.run_with({{"PLACE", "only plain words"}},
                        {"migrate", accounts.url(), quoting.url(), "--no-rewrite", "--yes", "--settle", "0.1",
                         "-v", "--retries", "0", "--ledger", accounts.ledger(), option[0], option[1]});
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(holds(ran.out, "is no url"), ran.out << ran.err);
  BOOST_TEST(!holds(ran.out + ran.err + slurp(accounts.ledger()), "only plain words"), ran.out << ran.err);
}

BOOST_AUTO_TEST_CASE(what_an_overlay_set_by_itself_is_shown) {
  const Accounts accounts({slack("a", "https://a.test/words", 1)}, {});
  const auto ran = accounts.diff(overlay(accounts, R"([{"set":{"/url":"https://staging.test/words"}}])"));
  BOOST_TEST(holds(ran.out, "https://staging.test/words"), ran.out);
}

BOOST_AUTO_TEST_CASE(an_overlay_that_does_not_fit_ends_the_run_before_anything_is_written) {
  const Accounts accounts({slack("a", "https://a.test/", 1), slack("b", "https://b.test/", 2)}, {});
  const auto others = accounts.folder().file("others");
  spill(others, "secret");
  ::chmod(others.c_str(), 0666);
  const struct {
    std::string rules;
    int code;
    std::string part;
  } cases[] = {
      {R"([{"alias":"none","set":{"/url":"1"}}])", 64, "rule 1 selects none"},
      {R"([{"set":{"/url":"1"}},{"set":{"/integration_type_fields/payload":"1"}}])", 64,
       "rule 2: no webhook that it selects has /integration_type_fields/payload"},
      {R"([{"set":{"/id":1}}])", 64, "has /id"},
      {R"([{"set":{"/url":{"env":"HOOKFERRY_TEST_NONE"}}}])", 78, "HOOKFERRY_TEST_NONE is not set"},
      {R"([{"set":{"/url":{"file":"/nonexistent/secret"}}}])", 66, "/nonexistent/secret"},
      {R"([{"set":{"/url":{"file":")" + others + "\"}}}]", 78, "it is writable by other users"},
      {R"({"set":{}})", 65, "no JSON array"},
      {"no json", 65, "not JSON"},
      {R"([{"alias":"a","sett":{"/url":"1"}}])", 65, "did you mean set?"},
  };
  for (const auto& [rules, code, part] : cases) {
    const auto ran = accounts.migrate(overlay(accounts, rules));
    BOOST_TEST(ran.code == code, rules << ran.err);
    BOOST_TEST(holds(ran.err, part), ran.err);
  }
  BOOST_TEST(accounts.migrate({"--overlay", accounts.folder().file("none.json")}).code == 66);
  BOOST_TEST(writes(accounts) == 0u);
}

BOOST_AUTO_TEST_CASE(a_rule_for_webhooks_that_a_filter_leaves_out_is_no_mistake) {
  const Accounts accounts({slack("a", "https://a.test/", 1), slack("b", "https://b.test/", 2)}, {});
  auto more = overlay(accounts, R"([{"alias":"b","set":{"/url":"https://staging.test/"}}])");
  more.insert(more.end(), {"--only", "a"});
  const auto ran = accounts.migrate(more);
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(url_of(accounts, "us", "a") == "https://a.test/");
}

BOOST_AUTO_TEST_CASE(transform_takes_overlays_too_and_changes_nothing_beside) {
  const Accounts accounts({}, {});
  const auto option = overlay(accounts, R"([{"set":{"/x":{"a":[1.0]}}}])");
  const std::string text =
      R"([{"alias":"a","integration_type_id":0,"integration_type_fields":"[ ]","x":1,"y":1e400}])";
  const auto ran = accounts.run({"transform", option[0], option[1]}, text);
  BOOST_TEST(ran.code == 0, ran.err);
  const auto document = json::Document::parse(ran.out);
  BOOST_TEST(
      json::compact(document.root()) ==
      R"([{"alias":"a","integration_type_id":0,"integration_type_fields":"[ ]","x":{"a":[1.0]},"y":1e400}])");
}

BOOST_AUTO_TEST_CASE(the_beginning_of_a_url_is_rewritten_wherever_hosts_are) {
  const Accounts accounts(
      {slack("plain", "https://api.coralogix.com/api/v1/logs", 1),
       slack("host", "https://api.coralogix.com/other", 2),
       sendlog(
           "deep", "https://u:p@old.test/a/b?c", 3,
           fields(
               R"({"text":"see https:\/\/old.test\/a\/x, not https://old.test/ab","json":"{\"u\":\"https:\\/\\/old.test\\/a\"}"})"))},
      {});
  const auto ran =
      accounts.migrate({"--rewrite-prefix",
                        "https://api.coralogix.com/api/v1/logs=https://ingress.coralogix.us/logs/v1/singles",
                        "--rewrite-prefix", "https://old.test/a=https://new.test/z"});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(url_of(accounts, "us", "plain") == "https://ingress.coralogix.us/logs/v1/singles");
  BOOST_TEST(url_of(accounts, "us", "host") == "https://api.coralogix.us/other");
  BOOST_TEST(url_of(accounts, "us", "deep") == "https://u:p@new.test/z/b?c");
  const auto stored = slurp(accounts.file_of("us"));
  BOOST_TEST(holds(stored, R"(not https://old.test/ab)"), stored);
  BOOST_TEST(!holds(stored, R"(old.test\\/a\\/x)"), stored);
  BOOST_TEST(holds(ran.out, "5 hosts rewritten in 3 webhooks"), ran.out);
  for (const std::string bad :
       {"a=b", "https://a.test", "https://a.test=b.test", "a.test=https://b.test", "="})
    BOOST_TEST(accounts.diff({"--rewrite-prefix", bad}).code == 64, bad);
}

BOOST_AUTO_TEST_CASE(a_url_inside_a_rewritten_prefix_is_not_rewritten_once_more) {
  const Accounts accounts({}, {});
  const auto ran = accounts.run(
      {"transform", "--source-region", "eu1", "--dest-region", "us1", "--rewrite-prefix",
       "https://relay.example.com/fwd/https://api.coralogix.com=https://relay.us.example.com/fwd/https://"
       "api.coralogix.us"},
      R"([{"alias":"a","integration_type_id":0,"url":"https://relay.example.com/fwd/https://api.coralogix.com/api/v1/x","integration_type_fields":"[]"}])");
  BOOST_TEST(ran.code == 0, ran.err);
  const auto document = json::Document::parse(ran.out);
  BOOST_TEST(
      json::compact(document.root()) ==
      R"([{"alias":"a","integration_type_id":0,"url":"https://relay.us.example.com/fwd/https://api.coralogix.us/api/v1/x","integration_type_fields":"[]"}])");
}

BOOST_AUTO_TEST_CASE(rewriting_is_counted_in_every_form) {
  const Accounts accounts(
      {slack("a", "https://api.coralogix.com/x", 1), slack("b", "https://hooks.test/", 2)},
      {slack("a", "https://api.coralogix.com/x", 9)});
  const std::string told = "1 host rewritten in 1 webhook";
  const auto text = accounts.diff();
  BOOST_TEST(holds(text.out, told), text.out);
  BOOST_TEST(holds(text.out, "/url  (only rewritten hosts differ)"), text.out);
  const auto json_text = accounts.diff({"--format", "json"});
  BOOST_TEST(compact(json_text.out, "rewritten") == R"({"hosts":1,"webhooks":1})");
  BOOST_TEST(holds(compact(json_text.out, "webhooks"), R"("note":"only rewritten hosts differ")"));
  const auto transformed = accounts.run({"transform", "--source-region", "eu1", "--dest-region", "us1"},
                                        array_of({slack("a", "https://api.coralogix.com/x", 1)}));
  BOOST_TEST(holds(transformed.err, told), transformed.err);
  const auto migrated = accounts.migrate({"--format", "json"});
  BOOST_TEST(compact(migrated.out, "rewritten") == R"({"hosts":1,"webhooks":1})");
  const auto none = accounts.diff({"--format", "json", "--no-rewrite"});
  BOOST_TEST(compact(none.out, "rewritten") == R"({"hosts":0,"webhooks":0})");
}

BOOST_AUTO_TEST_CASE(hosts_of_other_regions_and_percent_encoded_ones_are_reported_by_alias) {
  const Accounts accounts({slack("third", "https://api.coralogixsg.com/x", 1),
                           slack("encoded", "https://relay.test/?to=https%3A%2F%2Fapi.coralogix.com%2Fx", 2)},
                          {});
  const auto ran = accounts.run(
      {"transform", "--source-region", "eu1", "--dest-region", "us1"},
      array_of({slack("third", "https://api.coralogixsg.com/x", 1),
                slack("encoded", "https://relay.test/?to=https%3A%2F%2Fapi.coralogix.com%2F", 2)}));
  BOOST_TEST(holds(ran.err, "\"third\" (slack): points at api.coralogixsg.com of region ap2, unchanged"),
             ran.err);
  BOOST_TEST(
      holds(ran.err, "\"encoded\" (slack): holds a percent-encoded URL of api.coralogix.com of region eu1"),
      ran.err);
  const auto diff = accounts.diff();
  BOOST_TEST(holds(diff.out, "points at api.coralogixsg.com of region ap2"), diff.out);
}

BOOST_AUTO_TEST_SUITE_END()
