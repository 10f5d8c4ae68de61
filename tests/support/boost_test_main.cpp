#define BOOST_TEST_MODULE vanna
#include <boost/test/unit_test.hpp>
