#include "core/crypto.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

using hookferry::hex_digits;
using hookferry::sha256;
using hookferry::sha256_hex;
using hookferry::sha256_of_hex;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(digest)

BOOST_AUTO_TEST_CASE(the_examples_of_fips_180_4) {
  BOOST_TEST(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  BOOST_TEST(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(sha256_hex(std::string(1'000'000, 'a')) ==
             "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

BOOST_AUTO_TEST_CASE(zero_bytes_count) {
  BOOST_TEST(sha256_hex("a\0b"sv) != sha256_hex("a"));
  BOOST_TEST(sha256_hex("\0"sv) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

BOOST_AUTO_TEST_CASE(hex_digits_of_a_digest_are_that_digest_and_no_other_text_is_one) {
  for (const std::string bytes : {"", "abc", "another"}) {
    const auto digest = sha256_of_hex(sha256_hex(bytes));
    BOOST_REQUIRE(digest.has_value());
    BOOST_TEST((*digest == sha256(bytes)));
    BOOST_TEST(hex_digits(*digest) == sha256_hex(bytes));
  }
  const auto sound = sha256_hex("abc");
  for (const auto& text :
       {std::string(), sound.substr(1), sound + "0", "g" + sound.substr(1), sound.substr(2) + "\n0"})
    BOOST_TEST(!sha256_of_hex(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
