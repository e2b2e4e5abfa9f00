#include "core/process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/files.hpp"
#include "support/rooms.hpp"

using hookferry::Descriptor;
using hookferry::Pipe;
using hookferry::ShellCommand;

namespace {

/// What a command prints.
std::string output_of(ShellCommand command) {
  Pipe pipe;
  command.descriptors = {{pipe.write_end.get(), STDOUT_FILENO}};
  const auto process = hookferry::start(std::move(command));
  BOOST_REQUIRE(process > 0);
  pipe.write_end = Descriptor(-1);
  auto out = hookferry::read_descriptor(pipe.read_end.get(), "the command", "it", hookferry::data_limit);
  BOOST_TEST(WIFEXITED(hookferry::wait_for(process)));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(process)

BOOST_AUTO_TEST_CASE(a_command_sees_the_environment_that_it_is_given) {
  ::setenv("HOOKFERRY_TEST_KEY", "secret", 1);
  ::setenv("HOOKFERRY_TEST_OTHER", "plain", 1);
  const auto is_key = [](std::string_view name) { return name == "HOOKFERRY_TEST_KEY"; };
  const ShellCommand command{"echo \"$HOOKFERRY_TEST_KEY,$HOOKFERRY_TEST_OTHER\"",
                             hookferry::environment_without(is_key)};
  BOOST_TEST(output_of(command) == ",plain\n");
  ::unsetenv("HOOKFERRY_TEST_KEY");
  ::unsetenv("HOOKFERRY_TEST_OTHER");
}

BOOST_AUTO_TEST_CASE(a_status_is_that_of_the_command) {
  BOOST_TEST(WEXITSTATUS(hookferry::wait_for(hookferry::start({"exit 7", {}}))) == 7);
}

BOOST_AUTO_TEST_CASE(nothing_is_started_without_one_of_its_descriptors) {
  // Otherwise the command would read what is piped into this program.
  BOOST_TEST(hookferry::start({"exit 0", {}, {{-1, STDIN_FILENO}}}) == -1);
}

BOOST_AUTO_TEST_SUITE_END()
