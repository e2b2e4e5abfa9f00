#include "sandbox/faults.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/failure.hpp"
#include "support/rooms.hpp"

namespace {

using hookferry::sandbox::Applied;
using hookferry::sandbox::Fault;
using hookferry::sandbox::FaultAction;
using hookferry::sandbox::FaultFacts;
using hookferry::sandbox::FaultProgram;
using hookferry::sandbox::Normalise;
using hookferry::sandbox::ResponseIds;

using Rules = std::vector<std::string>;
using Aliases = std::vector<std::string>;

/// What becomes of the first request.
Fault first(const Rules& rules, const std::string& method = "POST", const Aliases& aliases = {}) {
  FaultProgram program(rules, 1);
  return program.decide({method, aliases});
}

bool hits(const std::string& rule, const std::string& method, const Aliases& aliases = {}) {
  return first({rule}, method, aliases).rules != "-";
}

/// 'x' for each request that is hit, '.' for the others; P, G, 1 and D stand for the methods.
std::string pattern(const Rules& rules, std::string_view requests, std::uint64_t seed = 1) {
  FaultProgram program(rules, seed);
  std::string out;
  for (const char c : requests) {
    const auto fault = program.decide({c == 'P'   ? "POST"
                                       : c == 'G' ? "GET"
                                       : c == '1' ? "GETONE"
                                                  : "DELETE",
                                       {}});
    out += fault.rules == "-" ? '.' : 'x';
  }
  return out;
}

std::string refusal(const std::string& rule) {
  try {
    FaultProgram program({"GET:slow=1", rule}, 1);
    return "accepted";
  } catch (const hookferry::Failure& failure) {
    BOOST_TEST((failure.cause == hookferry::Cause::usage));
    BOOST_TEST(failure.hint.find("help sandbox") != std::string::npos);
    return failure.what();
  }
}

void check_refused(std::string_view why, const Rules& rules) {
  for (const auto& rule : rules) BOOST_TEST_CONTEXT(rule) {
      const auto text = refusal(rule);
      const auto named = "--fault \"" + rule + "\": ";
      BOOST_REQUIRE_MESSAGE(text.starts_with(named), text);
      BOOST_TEST(text.find(why, named.size()) != std::string::npos, text);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox_faults)

BOOST_AUTO_TEST_CASE(every_action_means_what_it_says) {
  const auto action = [](const std::string& rule) {
    const auto fault = first({"POST:" + rule});
    BOOST_TEST(fault.rules == "POST:" + rule);
    return fault.action;
  };
  BOOST_TEST((action("close-before") == FaultAction::close));
  BOOST_TEST((first({"POST:close-after"}).applied == Applied::yes));
  BOOST_TEST((action("partial,count=3") == FaultAction::partial));
  BOOST_TEST((action("subset") == FaultAction::subset));
  BOOST_TEST((action("truncate") == FaultAction::truncate));
  BOOST_TEST((action("garbage") == FaultAction::garbage));
  BOOST_TEST((action("missing-element") == FaultAction::missing_element));
  BOOST_TEST((action("stall") == FaultAction::stall));
  BOOST_TEST((action("apply-late,after=250") == FaultAction::apply_late));
  BOOST_TEST((action("status=429") == FaultAction::status));
  BOOST_TEST((action("redirect=http://a.test/?x=1") == FaultAction::redirect));
  BOOST_TEST(first({"POST:redirect=http://a.test/?x=1"}).location == "http://a.test/?x=1");
  BOOST_TEST(first({"POST:partial,count=3"}).count == 3u);
  BOOST_TEST(first({"POST:apply-late,after=250"}).after.count() == 250);
}

BOOST_AUTO_TEST_CASE(an_action_answers_and_applies_what_it_says_or_its_default) {
  struct Case {
    std::string rule;
    int status;
    Applied applied;
  };
  for (const auto& [rule, status, applied] : std::vector<Case>{
           {"partial,count=3", 500, Applied::no},
           {"partial,status=0,count=3", 0, Applied::no},
           {"subset", 500, Applied::no},
           {"subset,status=503", 503, Applied::no},
           {"garbage", 500, Applied::yes},
           {"garbage,applied=no", 500, Applied::no},
           {"stall", 500, Applied::no},
           {"stall,applied=yes", 500, Applied::yes},
           {"apply-late,after=250", 0, Applied::no},
           {"apply-late,after=250,status=504", 504, Applied::no},
           {"status=200", 200, Applied::no},
           {"status=599,applied=yes", 599, Applied::yes},
           {"status=422,applied=prefix,alias=bad-*", 422, Applied::prefix},
           {"redirect=/x", 303, Applied::no},
           {"redirect=/x,status=307,applied=yes", 307, Applied::yes},
       })
    BOOST_TEST_CONTEXT(rule) {
      const auto fault = first({"POST:" + rule}, "POST", {"bad-1"});
      BOOST_TEST(fault.status == status);
      BOOST_TEST((fault.applied == applied));
    }
}

BOOST_AUTO_TEST_CASE(a_rate_lets_so_many_a_second_through_and_hits_the_rest) {
  FaultProgram program({"ANY:status=429,rate=4"}, 1);
  const auto at = [&](int ms) {
    FaultFacts facts;
    facts.method = "GET";
    facts.at = std::chrono::steady_clock::time_point() + std::chrono::milliseconds(ms);
    return program.decide(facts).rules == "-" ? '.' : 'x';
  };
  std::string out;
  for (const int ms :
       {1000, 1000, 1000, 1000, 1000, 1000, 1249, 1251, 1252, 1500, 3500, 3500, 3500, 3500, 3500})
    out += at(ms);
  BOOST_TEST(out == "....xxx.x.....x");
  check_refused("rate is at least 1", {"ANY:status=429,rate=0"});
  check_refused("is not a value of slow", {"ANY:slow=1,rate=3"});
}

BOOST_AUTO_TEST_CASE(every_modifier_means_what_it_says) {
  BOOST_TEST(first({"ANY:late=1500"}).late.count() == 1500);
  BOOST_TEST(first({"ANY:slow=20"}).slow.count() == 20);
  BOOST_TEST(first({"ANY:shuffle"}).shuffle);
  BOOST_TEST(first({"ANY:chunked"}).chunked);
  BOOST_TEST(first({"ANY:ids-only"}).ids_only);
  BOOST_TEST(first({"ANY:bare-ids"}).bare_ids);
  BOOST_TEST(first({"ANY:reserialize"}).reserialize);
  BOOST_TEST(first({"ANY:alter=url"}).alter == "url");
  BOOST_TEST(first({"ANY:drop=url"}).drop == "url");
  BOOST_TEST(first({"ANY:slow-apply=11000"}).processing_delay.count() == 11000);
  BOOST_TEST(first({"ANY:half"}).half);
  BOOST_TEST(first({"ANY:short=3"}).most_shown == 3u);
  BOOST_TEST(first({"ANY:empty"}).most_shown == 0u);
  BOOST_TEST(first({"ANY:hide=a-*", "ANY:hide=b"}).hidden == Aliases({"a-*", "b"}),
             boost::test_tools::per_element());
  BOOST_TEST(first({"ANY:twice"}).twice);
  BOOST_TEST((first({"ANY:normalise=injective"}).normalise == Normalise::injective));
  BOOST_TEST((first({"ANY:normalise=collapse"}).normalise == Normalise::collapse));
  BOOST_TEST((first({"ANY:normalise=trim"}).normalise == Normalise::trim));
  BOOST_TEST((first({"ANY:normalise=type"}).normalise == Normalise::type));
  BOOST_TEST(first({"ANY:repeat=a-*", "ANY:repeat=b"}).repeated == Aliases({"a-*", "b"}),
             boost::test_tools::per_element());
  BOOST_TEST(first({"ANY:success=206"}).success == 206);
  BOOST_TEST(first({"ANY:header=Link:_</all?page=2>;_rel=next"}).header == "Link: </all?page=2>; rel=next");
  BOOST_TEST(!first({"ANY:no-date"}).date);
  BOOST_TEST(first({"ANY:reuse-ids"}).reuse_ids);
  BOOST_TEST(first({"ANY:get-or-create"}).get_or_create);
  BOOST_TEST(first({"ANY:update-creates"}).update_creates);
  BOOST_TEST((first({"ANY:wrong-ids"}).ids == ResponseIds::wrong));
  BOOST_TEST((first({"ANY:swapped-ids"}).ids == ResponseIds::swapped));
  BOOST_TEST((first({"ANY:string-ids"}).ids == ResponseIds::text));
  BOOST_TEST((first({"ANY:no-ids"}).ids == ResponseIds::none));
  for (const int status : {100, 103, 199})
    BOOST_TEST(first({"ANY:informational=" + std::to_string(status)}).informational == status);
  BOOST_TEST(first({"ANY:leftover=200"}).leftover == "200");
}

BOOST_AUTO_TEST_CASE(concurrent_edits_take_their_values_and_times_from_the_rule) {
  using Kind = hookferry::sandbox::ConcurrentEdit::Kind;
  const auto edits =
      first({"POST:foreign=a,url=https://b.test/", "POST:touch=c*,after=20,to=d", "POST:remove=e,count=2"})
          .edits;
  BOOST_REQUIRE(edits.size() == 3u);
  BOOST_TEST((edits[0].kind == Kind::add));
  BOOST_TEST(edits[0].alias == "a");
  BOOST_TEST(edits[0].url == "https://b.test/");
  BOOST_TEST(!edits[0].after);
  BOOST_TEST((edits[1].kind == Kind::edit));
  BOOST_TEST(edits[1].alias == "c*");
  BOOST_TEST(edits[1].to == "d");
  BOOST_TEST(edits[1].count == 1u);
  BOOST_TEST(edits[1].after.value().count() == 20);
  BOOST_TEST((edits[2].kind == Kind::remove));
  BOOST_TEST(edits[2].count == 2u);
  BOOST_TEST(first({"POST:remove=e"}).edits.at(0).count == SIZE_MAX);
}

BOOST_AUTO_TEST_CASE(retry_after_is_seconds_or_a_date) {
  struct Case {
    std::string value, expected;
  };
  for (const auto& [value, expected] :
       std::vector<Case>{{"7", "7"}, {"Sun_06_Nov_1994_08:49:37_GMT", "Sun, 06 Nov 1994 08:49:37 GMT"}})
    for (const auto* action : {"status=429", "partial,count=1", "subset", "apply-late,after=1"}) {
      const auto rule = "POST:" + std::string(action) + ",retry-after=" + value;
      BOOST_TEST(first({rule}).retry_after == expected, rule);
    }
  BOOST_TEST(first({"POST:status=429"}).retry_after == "");
}

BOOST_AUTO_TEST_CASE(a_rule_hits_the_requests_of_its_method) {
  BOOST_TEST(pattern({"POST:close-before"}, "PGDPGD") == "x..x..");
  BOOST_TEST(pattern({"GET:close-before"}, "PGDPGD") == ".x..x.");
  BOOST_TEST(pattern({"DELETE:close-before"}, "PGDPGD") == "..x..x");
  BOOST_TEST(pattern({"ANY:close-before"}, "PGDPGD1") == "xxxxxxx");
  BOOST_TEST(pattern({"GETONE:close-before"}, "PG1DPG1D") == "..x...x.");
}

BOOST_AUTO_TEST_CASE(readings_of_all_and_of_one_are_counted_apart) {
  BOOST_TEST(pattern({"GET#2:close-before"}, "1G1G1G") == "...x..");
  BOOST_TEST(pattern({"GETONE#2:close-before"}, "G1G1G1") == "...x..");
  BOOST_TEST(pattern({"ANY#3:close-before"}, "G1G1") == "..x.");
}

BOOST_AUTO_TEST_CASE(requests_are_counted_from_one_by_method) {
  BOOST_TEST(pattern({"POST#1:close-before"}, "PPPP") == "x...");
  BOOST_TEST(pattern({"POST#3:close-before"}, "PGPGPGP") == "....x..");
  BOOST_TEST(pattern({"POST#2-3:close-before"}, "PPPPP") == ".xx..");
  BOOST_TEST(pattern({"POST#2-2:close-before"}, "PPPPP") == ".x...");
  BOOST_TEST(pattern({"POST#3-:close-before"}, "PPGPGPD") == "...x.x.");
  BOOST_TEST(pattern({"ANY#3:close-before"}, "PGDPGD") == "..x...");
  BOOST_TEST(pattern({"POST#1:close-before", "POST#3:slow=1"}, "PPPP") == "x.x.");
}

BOOST_AUTO_TEST_CASE(requests_of_an_account_are_counted_for_the_rules_that_name_it) {
  FaultProgram program({"us/GET#2:slow=1", "GET#2:slow=2", "us/ANY#3:slow=3", "eu/POST:slow=4"}, 1);
  const auto slow = [&](const std::string& account, const std::string& method) {
    return program.decide({method, {}, account}).slow.count();
  };
  BOOST_TEST(slow("eu", "GET") == 0);
  BOOST_TEST(slow("us", "GET") == 2);
  BOOST_TEST(slow("us", "GET") == 1);
  BOOST_TEST(slow("eu", "POST") == 4);
  BOOST_TEST(slow("us", "POST") == 3);
  BOOST_TEST(slow("us", "GET") == 0);
  check_refused("account", {"/GET:slow=1"});
  check_refused("method", {"us/:slow=1", "us/eu/GET:slow=1"});
}

BOOST_AUTO_TEST_CASE(what_chance_gives_a_rule_does_not_depend_on_other_rules_requests) {
  const auto of_posts = [](const std::string& requests) {
    FaultProgram program({"GET%50:truncate", "POST%50:truncate"}, 7);
    std::string out;
    for (const char c : requests) {
      const auto hit = program.decide({c == 'P' ? "POST" : "GET", {}}).rules != "-";
      if (c == 'P') out += hit ? 'x' : '.';
    }
    return out;
  };
  BOOST_TEST(of_posts("PPPPPPPPPPPPPPPPPPPP") == of_posts("GPGGPPGPGPGGGPPPPGPGPPPGPPGPPPPGP"));
}

BOOST_AUTO_TEST_CASE(a_rule_may_ask_for_aliases_and_for_numbers_of_elements) {
  BOOST_TEST(hits("POST:status=422,alias=bad-*", "POST", {"good", "bad-1"}));
  BOOST_TEST(!hits("POST:status=422,alias=bad-*", "POST", {"good", "not-bad-1"}));
  BOOST_TEST(!hits("POST:status=422,alias=bad-*", "POST", {}));
  BOOST_TEST(hits("POST:status=413,above=2", "POST", {"a", "b", "c"}));
  BOOST_TEST(!hits("POST:status=413,above=2", "POST", {"a", "b"}));
  BOOST_TEST(hits("POST:status=413,above=0", "POST", {"a"}));
  BOOST_TEST(!hits("POST:status=413,above=0,alias=b", "POST", {"a"}));
}

BOOST_AUTO_TEST_CASE(the_first_action_counts_and_modifiers_add_up) {
  const auto fault =
      first({"GET:truncate", "ANY:slow=5", "POST:status=503", "POST:close-before", "POST:shuffle"});
  BOOST_TEST((fault.action == FaultAction::status));
  BOOST_TEST(fault.status == 503);
  BOOST_TEST(fault.slow.count() == 5);
  BOOST_TEST(fault.shuffle);
  BOOST_TEST(fault.rules == "ANY:slow=5+POST:status=503+POST:shuffle");
}

BOOST_AUTO_TEST_CASE(without_a_rule_that_hits_nothing_happens) {
  for (const auto& rules :
       std::vector<Rules>{{}, {"GET:truncate"}, {"POST#2:truncate"}, {"POST%0:truncate"}}) {
    const auto fault = first(rules);
    BOOST_TEST(fault.rules == "-");
    BOOST_TEST((fault.action == FaultAction::none));
  }
}

BOOST_AUTO_TEST_CASE(percentages_are_met_and_follow_from_the_seed) {
  const std::string requests(2000, 'P');
  const auto hit = [&](const std::string& rule, std::uint64_t seed) {
    const auto found = pattern({rule}, requests, seed);
    return std::count(found.begin(), found.end(), 'x');
  };
  BOOST_TEST(hit("POST%0:truncate", 1) == 0);
  BOOST_TEST(hit("POST%100:truncate", 1) == 2000);
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    BOOST_TEST(hit("POST%50:truncate", seed) > 850);
    BOOST_TEST(hit("POST%50:truncate", seed) < 1150);
    BOOST_TEST(hit("POST%10:truncate", seed) > 120);
    BOOST_TEST(hit("POST%10:truncate", seed) < 280);
  }
  BOOST_TEST(pattern({"POST%50:truncate"}, requests, 7) == pattern({"POST%50:truncate"}, requests, 7));
  BOOST_TEST(pattern({"POST%50:truncate"}, requests, 7) != pattern({"POST%50:truncate"}, requests, 8));
}

BOOST_AUTO_TEST_CASE(requests_that_are_not_in_question_do_not_change_what_chance_gives) {
  const auto alone = pattern({"POST%50:truncate"}, "PPPPPPPPPPPPPPPPPPPP");
  auto among = pattern({"POST%50:truncate"}, "GPDPGPDPGPDPGPDPGPDPGPDPGPDPGPDPGPDPGPDP");
  std::string posts;
  for (std::size_t i = 1; i < among.size(); i += 2) posts += among[i];
  BOOST_TEST(posts == alone);
}

BOOST_AUTO_TEST_CASE(a_rule_that_is_none_is_refused_with_the_reason) {
  check_refused("':'", {"", "POST", "POST#2"});
  check_refused("takes a", {"GET:hide=", "POST:foreign=", "POST:touch=", "POST:redirect=", "POST:leftover="});
  check_refused("200 to 299", {"GET:success=199", "GET:success=300"});
  check_refused("normalise is one of injective, collapse, trim, lower, nfc, cut, type",
                {"POST:normalise=", "POST:normalise=other"});
  check_refused("100 to 199", {"POST:informational=99", "POST:informational=200"});
  check_refused("number",
                {"GET:short=few", "POST:touch=a,after=soon", "POST:slow-apply=", "POST:remove=a,count=x"});
  check_refused("is not a value of",
                {"GET:half=1", "GET:empty,after=1", "POST:foreign=a,to=b", "POST:hide", "POST:twice=2"});
  check_refused("method", {":close-before", "PATCH:close-before", "post:close-before", " POST:close-before"});
  check_refused("number", {"POST#:truncate", "POST#x:truncate", "POST#-2:truncate", "POST#1-x:truncate",
                           "POST#1.5:truncate", "POST%:truncate", "POST%-1:truncate", "POST:status=",
                           "POST:status=abc", "POST:status=-1", "POST:late=1.5", "POST:partial,count=all"});
  check_refused("from 1", {"POST#0:truncate"});
  check_refused("100", {"POST%101:truncate"});
  check_refused("unknown action", {"POST:", "POST:explode", "POST:Truncate"});
  check_refused("did you mean status?", {"POST:statsu=500"});
  check_refused("is not a value of", {"POST:status", "POST:late", "POST:truncate=1",
                                      "POST:truncate,status=500", "POST:status=500,count=1",
                                      "POST:status=500,", "POST:status=500,applied", "POST:slow=1,shuffle"});
  check_refused("200 to 599", {"POST:status=99", "POST:status=199", "POST:status=600"});
  check_refused("applied", {"POST:status=500,applied=maybe", "POST:stall,applied="});
}

BOOST_AUTO_TEST_CASE(applied_is_a_prefix_with_a_status_only) {
  check_refused("applied", {"POST:garbage,applied=prefix", "POST:stall,applied=prefix"});
}

BOOST_AUTO_TEST_CASE(a_range_that_means_nothing_is_refused) {
  check_refused("", {"POST%5-10:truncate", "POST%5-:truncate", "POST#3-2:truncate"});
}

BOOST_AUTO_TEST_CASE(the_help_names_every_action) {
  const auto help = hookferry::sandbox::fault_help();
  for (const auto* word :
       {"close-before ",  "close-after ",      "partial ",        "subset ",         "truncate ",
        "garbage ",       "missing-element ",  "stall ",          "apply-late ",     "status=N ",
        "late=N *",       "slow=N *",          "shuffle *",       "chunked *",       "ids-only *",
        "bare-ids *",     "alter=NAME *",      "drop=NAME *",     "reserialize *",   "count=",
        "after=",         "applied=",          "above=",          "alias=",          "retry-after",
        "slow-apply=N *", "short=N *",         "half *",          "empty *",         "hide=GLOB *",
        "twice *",        "normalise=HOW *",   "wrong-ids *",     "swapped-ids *",   "string-ids *",
        "no-ids *",       "informational=N *", "leftover=TEXT *", "redirect=URL ",   "foreign=ALIAS *",
        "touch=GLOB *",   "remove=GLOB *",     "GETONE",          "repeat=GLOB *",   "success=N *",
        "header=TEXT *",  "no-date *",         "reuse-ids *",     "get-or-create *", "update-creates *"})
    BOOST_TEST(help.find(word) != std::string::npos, word);
}

BOOST_AUTO_TEST_CASE(the_help_fits_a_terminal_of_eighty_columns) {
  const auto help = hookferry::sandbox::fault_help();
  for (std::size_t at = 0; at < help.size();) {
    const auto end = help.find('\n', at);
    BOOST_TEST(end - at <= 80u, help.substr(at, end - at));
    at = end + 1;
  }
}

BOOST_AUTO_TEST_SUITE_END()
