// [pair NAME] sections of the configuration, and what a fleet reports.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "accounts/configuration.hpp"
#include "cli/help.hpp"
#include "core/layout.hpp"
#include "json/document.hpp"
#include "report/report.hpp"
#include "support/rooms.hpp"

using namespace hookferry;

namespace {

Config parsed(const std::string& text) { return parse_config(text, "c.ini", configuration_names()); }

std::string refused(const std::string& text) {
  try {
    parsed(text);
  } catch (const Failure& failure) {
    BOOST_TEST((failure.cause == Cause::configuration));
    return failure.what();
  }
  return "accepted";
}

PairResult result(const std::string& name, Exit exit) {
  PairResult out;
  out.name = name;
  out.source = "eu";
  out.dest = "us";
  out.exit = exit;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pairs)

BOOST_AUTO_TEST_CASE(a_pair_holds_its_ends_its_mode_and_options_in_their_order) {
  const auto config = parsed(
      "[pair b]\nmax-delete = 3\nsource = eu1\nonly = x\ndest = us1\nonly = y\nmode = mirror\n"
      "[pair a]\nsource = p\ndest = q\n[p]\nregion = eu1\n");
  BOOST_REQUIRE(config.pairs.size() == 2u);
  const auto& pair = config.pairs[0];
  BOOST_TEST(pair.name == "b");
  BOOST_TEST(pair.source == "eu1");
  BOOST_TEST(pair.dest == "us1");
  BOOST_TEST(pair.mode == "mirror");
  BOOST_REQUIRE(pair.options.size() == 3u);
  BOOST_TEST(pair.options[0].first == "max-delete");
  BOOST_TEST(pair.options[2].second.value == "y");
  BOOST_TEST(pair.options[2].second.origin == "c.ini:6");
  BOOST_TEST(config.pairs[1].mode == "migrate");
  BOOST_TEST(config.accounts.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_no_pair_is_refused_with_its_line) {
  const std::string ends = "source = a\ndest = b\n";
  BOOST_TEST(refused("[pair x]\n" + ends + "colour = red\n").starts_with("c.ini:4: unknown name \"colour\""));
  BOOST_TEST(refused("[pair x]\n" + ends + "color = never\n").ends_with("not one of a pair's"));
  BOOST_TEST(refused("[pair x]\nmax-delete = 1\n" + ends)
                 .starts_with("c.ini:2: max-delete is not an option of migrate"));
  BOOST_TEST(
      refused("[pair x]\n" + ends + "mode = undo\n").starts_with("c.ini:4: invalid value \"undo\" for mode"));
  BOOST_TEST(refused("[pair x]\nsource = a\n") == "c.ini:1: [pair x] has no dest");
  BOOST_TEST(refused("[pair x]\nsource =\n") == "c.ini:2: source is empty");
  BOOST_TEST(refused("[pair x]\n" + ends + "[pair x]\n").starts_with("c.ini:4: there is a pair x already"));
  BOOST_TEST(refused("[pair x]\n" + ends + "max-delete = 1\nmode = mirror\n") == "accepted");
}

BOOST_AUTO_TEST_CASE(the_worst_exit_code_is_that_of_the_fleet) {
  const std::vector<Exit> order = {
      Exit::interrupted,   Exit::cannot_write, Exit::key_refused, Exit::protocol,    Exit::unreachable,
      Exit::configuration, Exit::bad_data,     Exit::incomplete,  Exit::differences, Exit::done};
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::vector<PairResult> results;
    for (std::size_t k = i; k < order.size(); ++k) results.insert(results.begin(), result("p", order[k]));
    BOOST_TEST((worst_exit(results) == order[i]));
  }
  BOOST_TEST((worst_exit({}) == Exit::done));
}

BOOST_AUTO_TEST_CASE(the_json_holds_what_a_pair_printed_or_why_there_is_nothing) {
  auto good = result("a", Exit::done);
  good.report = json_of(Report{});
  auto bad = result("b\x1b", Exit::key_refused);
  bad.error = "the key is refused";
  bad.report = error_document({Exit::key_refused, bad.error, "use another"}, {{"command", "migrate"}});
  const auto document = json::Document::parse(render_fleet_json({good, bad}));
  const auto elements = document.root().elements();
  BOOST_TEST(elements[0].find("pair")->string() == "a");
  BOOST_TEST(elements[0].find("summary").has_value());
  BOOST_TEST(!elements[0].find("error").has_value());
  BOOST_TEST(elements[1].find("exit")->integer().value() == 77);
  BOOST_TEST(elements[1].find("kind")->string() == "error");
  BOOST_TEST(elements[1].find("error")->find("message")->string() == bad.error);
  BOOST_TEST(elements[1].find("error")->find("hint")->string() == "use another");
  BOOST_TEST(elements[1].find("command")->string() == "migrate");
  BOOST_TEST(elements[1].find("destination")->string() == "us");
}

BOOST_AUTO_TEST_CASE(the_table_is_no_wider_than_a_page) {
  auto moved = result("standby-of-the-north", Exit::done);
  moved.summary = {{"create", 12}, {"conflict", 0}};
  auto far = result(std::string(70, 'n'), Exit::done);
  far.summary.emplace();
  far.source = std::string(60, 's');
  for (const auto& results : std::vector<std::vector<PairResult>>{{moved}, {moved, far}}) {
    const auto table = render_fleet(results, false);
    std::size_t begin = 0;
    for (auto end = table.find('\n'); end != std::string::npos;
         begin = end + 1, end = table.find('\n', begin))
      BOOST_TEST(hookferry::display_width(table.substr(begin, end - begin)) <= 80u, table);
    BOOST_TEST(table.find("CREATED") != std::string::npos, table);
    BOOST_TEST(table.find("CONFLICT") == std::string::npos, table);  // nothing in it to be told
  }
}

BOOST_AUTO_TEST_CASE(the_table_has_a_row_a_pair_and_what_ended_it_below) {
  auto good = result("a", Exit::done);
  good.summary = {{"create", 12}};
  auto bad = result("b\x1b", Exit::unreachable);
  bad.error = "cannot connect";
  const auto table = render_fleet({good, bad}, false);
  BOOST_TEST(table.find("PAIR") == 0u);
  BOOST_TEST(table.find("eu -> us") != std::string::npos);
  BOOST_TEST(table.find(" 12 ") != std::string::npos);
  BOOST_TEST(table.find("x b\\x1b: cannot connect\n") != std::string::npos, table);
}

BOOST_AUTO_TEST_SUITE_END()
