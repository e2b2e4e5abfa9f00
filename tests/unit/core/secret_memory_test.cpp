#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

#include "core/crypto.hpp"
#include "support/rooms.hpp"

using hookferry::Secret;

BOOST_AUTO_TEST_SUITE(secret_memory)

BOOST_AUTO_TEST_CASE(copies_of_a_secret_share_one_piece_of_memory) {
  Secret first(std::string("EXAMPLE"));
  const Secret second = first;
  BOOST_TEST(static_cast<const void*>(first.reveal().data()) ==
             static_cast<const void*>(second.reveal().data()));
  const Secret third = std::move(first);
  BOOST_TEST(third.reveal() == "EXAMPLE");
  BOOST_TEST(Secret().empty());
  BOOST_TEST(Secret("").empty());
  BOOST_TEST(Secret().reveal() == "");
}

BOOST_AUTO_TEST_CASE(wiping_overwrites_all_that_a_string_has_memory_for) {
  for (const std::string text : {"short", "a string that is too long to be held inside the object itself"}) {
    std::string held = text;
    held.resize(3);  // the rest still stands there
    const char* bytes = held.data();
    hookferry::wipe(held);
    BOOST_TEST(held.empty());
    for (std::size_t i = 0; i < text.size(); ++i) BOOST_TEST(bytes[i] == '\0', text << " at " << i);
  }
}

BOOST_AUTO_TEST_CASE(a_process_can_be_kept_from_being_dumped) {
  const auto child = ::fork();
  if (child == 0) {
    hookferry::forbid_dumps();
    rlimit limit{1, 1};
    ::getrlimit(RLIMIT_CORE, &limit);
    ::_exit(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && limit.rlim_max == 0 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
