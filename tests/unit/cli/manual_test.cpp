#include "cli/help.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "support/files.hpp"
#include "support/rooms.hpp"

namespace {

void check_eighty_columns(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) BOOST_TEST(line.size() <= 80u, line);
}

/// What is asked of the environment in the sources: getenv("…"), environment("…"), and keys by their names.
std::set<std::string> variables_in_the_sources() {
  std::set<std::string> out;
  const std::regex read_there(
      R"re((?:getenv|environment)\("([A-Z_]+)"\)|"(HOOKFERRY_[A-Z_]+|[A-Z]+_PROXY)")re");
  for (const auto& file : std::filesystem::recursive_directory_iterator(HOOKFERRY_SOURCE_DIR "/src")) {
    if (file.path().extension() != ".cpp") continue;
    const auto text = hookferry::test::slurp(file.path());
    for (std::sregex_iterator at(text.begin(), text.end(), read_there), end; at != end; ++at)
      out.insert((*at)[1].matched ? (*at)[1].str() : (*at)[2].str());
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(help_and_manual)

BOOST_AUTO_TEST_CASE(text_is_no_request_and_no_escape_of_the_manuals_language) {
  BOOST_TEST(hookferry::roff_text(".so /etc/passwd\n'x") == "\\&.so /etc/passwd\n\\&\\(aqx");
  BOOST_TEST(hookferry::roff_text("a\\b --yes") == "a\\(rsb \\-\\-yes");
  BOOST_TEST(hookferry::roff_text("é € 😀") == "\\[u00E9] \\[u20AC] \\[u1F600]");
}

BOOST_AUTO_TEST_CASE(the_manual_names_every_command_option_topic_and_exit_code) {
  const auto page = hookferry::manual_page();
  const auto holds = [&](const std::string& text) { return page.find(text) != std::string::npos; };
  for (const auto& command : hookferry::command_table())
    BOOST_TEST(holds("\\fBhookferry " + hookferry::roff_text(command.name) + "\\fR"), command.name);
  for (const auto& option : hookferry::option_table())
    BOOST_TEST(holds(".TP\n\\fB" + hookferry::roff_text(hookferry::term_of(option)) + "\\fR\n"), option.name);
  for (const auto& topic : hookferry::topic_table())
    BOOST_TEST(holds(".SH \"" + hookferry::roff_text(topic.section) + "\""), topic.name);
  for (const auto& [kind, meaning, code] : hookferry::text_of(*hookferry::find_topic("exit-codes")))
    BOOST_TEST(holds(".TP\n\\fB" + code + "\\fR\n" + hookferry::roff_text(meaning) + "\n"), meaning);
}

BOOST_AUTO_TEST_CASE(the_manual_is_ascii_without_control_bytes) {
  for (const char c : hookferry::manual_page()) {
    const bool plain = c == '\n' || (c >= 0x20 && c < 0x7F);
    BOOST_REQUIRE_MESSAGE(plain, static_cast<int>(c));
  }
}

BOOST_AUTO_TEST_CASE(every_help_page_fits_eighty_columns_and_ends_with_a_line_end) {
  check_eighty_columns(hookferry::help_overview());
  for (const auto& command : hookferry::command_table()) check_eighty_columns(hookferry::help_page(command));
  for (const auto& topic : hookferry::topic_table()) {
    check_eighty_columns(hookferry::help_page(topic));
    BOOST_TEST(hookferry::help_page(topic).ends_with("\n"));
    BOOST_TEST(hookferry::find_topic(topic.name) == &topic);
    BOOST_TEST(hookferry::find_command(topic.name) == nullptr);
  }
}

BOOST_AUTO_TEST_CASE(every_page_of_the_help_text_belongs_to_a_command_or_topic) {
  const auto text = hookferry::test::slurp(HOOKFERRY_SOURCE_DIR "/src/cli/help.txt");
  const std::regex title("\n== ([^\n]*)\n");
  std::set<std::string> pages;
  for (std::sregex_iterator at(text.begin(), text.end(), title), end; at != end; ++at)
    BOOST_TEST(pages.insert((*at)[1].str()).second, (*at)[1].str());
  for (const auto& name : pages)
    BOOST_TEST((hookferry::find_command(name) != nullptr || hookferry::find_topic(name) != nullptr), name);
  for (const auto& topic : hookferry::topic_table()) {
    BOOST_TEST(pages.contains(std::string(topic.name)), topic.name);
    for (const auto& block : hookferry::text_of(topic))
      BOOST_TEST(!std::regex_search(block.text, std::regex("\\{[A-Z ]+\\}")),
                 "not filled in: " << block.text);
  }
}

BOOST_AUTO_TEST_CASE(the_overview_names_every_command_and_topic) {
  const auto page = hookferry::help_overview();
  for (const auto& command : hookferry::command_table())
    BOOST_TEST(page.find("\n  " + std::string(command.name) + " ") != std::string::npos, command.name);
  for (const auto& topic : hookferry::topic_table())
    BOOST_TEST(page.find("\n  " + std::string(topic.name) + " ") != std::string::npos, topic.name);
}

BOOST_AUTO_TEST_CASE(every_variable_that_the_program_reads_is_in_the_table) {
  std::set<std::string> told;
  for (const auto& variable : hookferry::text_of(*hookferry::find_topic("environment")))
    told.insert(variable.term);
  const auto found = variables_in_the_sources();
  BOOST_TEST(found.size() >= 5u);
  for (const auto& name : found) BOOST_TEST(told.contains(name), name);
}

BOOST_AUTO_TEST_CASE(every_exit_code_is_in_the_table_and_in_the_reference) {
  std::set<int> told;
  for (const auto& exit : hookferry::text_of(*hookferry::find_topic("exit-codes")))
    told.insert(std::stoi(exit.term));
  const auto header = hookferry::test::slurp(HOOKFERRY_SOURCE_DIR "/src/core/failure.hpp");
  const std::regex code_in_the_header(R"(\n  [a-z_]+ = (\d+),)");
  std::size_t codes = 0;
  for (std::sregex_iterator at(header.begin(), header.end(), code_in_the_header), end; at != end;
       ++at, ++codes)
    BOOST_TEST(told.contains(std::stoi((*at)[1].str())), (*at)[1].str());
  BOOST_TEST(codes == told.size());
  const auto reference = hookferry::test::slurp(HOOKFERRY_SOURCE_DIR "/docs/reference.md");
  for (const auto code : told)
    BOOST_TEST(
        std::regex_search(reference, std::regex("\\n\\|[^|]*\\b" + std::to_string(code) + "\\b[^|]*\\|")),
        code);
}

BOOST_AUTO_TEST_SUITE_END()
