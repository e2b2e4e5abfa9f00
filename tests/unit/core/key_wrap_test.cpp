#include "core/crypto.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace hookferry;

BOOST_AUTO_TEST_SUITE(key_wrap)

BOOST_AUTO_TEST_CASE(a_wrapped_key_comes_back_under_the_same_secret_and_salt_alone) {
  const Secret key(random_bytes(wrapped_key_length));
  const auto text = wrapped(key, "secret", "salt");
  BOOST_TEST((unwrapped(text, "secret", "salt").value().reveal() == key.reveal()));
  BOOST_TEST(!unwrapped(text, "another", "salt").has_value());
  BOOST_TEST(!unwrapped(text, "secret", "pepper").has_value());
  BOOST_TEST(!unwrapped(text, "", "salt").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_not_as_it_was_is_no_key) {
  const Secret key(std::string(wrapped_key_length, 'k'));
  const auto text = wrapped(key, "secret", "salt");
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto edited = text;
    edited[i] = edited[i] == '0' ? '1' : '0';
    BOOST_TEST(!unwrapped(edited, "secret", "salt").has_value());
  }
  for (const std::string& other : {std::string(), text + "00", text.substr(2), text.substr(1),
                                   std::string(text.size(), 'x'), text + text})
    BOOST_TEST(!unwrapped(other, "secret", "salt").has_value(), other);
}

BOOST_AUTO_TEST_CASE(the_key_does_not_show_and_two_salts_give_two_texts) {
  const Secret key(std::string(wrapped_key_length, 'k'));
  BOOST_TEST(wrapped(key, "secret", "one") != wrapped(key, "secret", "two"));
  BOOST_TEST(wrapped(key, "secret", "one").find("6b6b6b") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_encrypted_text_comes_back_with_the_same_key_and_purpose_alone) {
  for (const std::string& plain :
       {std::string(), std::string("a"), std::string(100'000, 'x'), "nul " + std::string(3, '\0')}) {
    const auto text = encrypted(plain, "key", "options");
    BOOST_TEST((decrypted(text, "key", "options") == plain));
    BOOST_TEST(!decrypted(text, "another", "options").has_value());
    BOOST_TEST(!decrypted(text, "key", "seal").has_value());
    BOOST_TEST(text != encrypted(plain, "key", "options"));
  }
}

BOOST_AUTO_TEST_CASE(an_encrypted_text_that_was_changed_is_refused) {
  const auto text = encrypted("only ops-*", "key", "options");
  BOOST_TEST(text.size() == 2 * (12 + 10 + 16));
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto edited = text;
    edited[i] = edited[i] == '0' ? '1' : '0';
    BOOST_TEST(!decrypted(edited, "key", "options").has_value());
  }
  for (const std::string& other : {std::string(), text + "00", text.substr(2), text.substr(1),
                                   std::string(text.size(), 'x'), text.substr(0, 54)})
    BOOST_TEST(!decrypted(other, "key", "options").has_value(), other);
}

BOOST_AUTO_TEST_SUITE_END()
