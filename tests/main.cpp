#define BOOST_TEST_MODULE hookferry
#include <boost/test/unit_test.hpp>
