#define BOOST_TEST_MODULE hookferry
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

/// Where users have groups of their own, the group may write new files, and such files hold no key.
struct UsualMask {
  UsualMask() { ::umask(022); }
};
BOOST_TEST_GLOBAL_FIXTURE(UsualMask);
