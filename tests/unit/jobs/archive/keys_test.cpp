#include "jobs/archive/keys.hpp"

#include <boost/test/unit_test.hpp>

#include "jobs/archive/digest.hpp"
#include "tests/unit/jobs/archive/sample.hpp"

namespace vanna::jobs::archive {

BOOST_AUTO_TEST_SUITE(archive_keys)

// RFC 4231 case 2; RFC 5869 case 3, whose salt and info are empty.
BOOST_AUTO_TEST_CASE(the_digests_are_those_of_the_standards) {
    BOOST_TEST(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    BOOST_TEST(to_hex(hkdf_sha256(std::string(22, '\x0b'), "")) ==
               "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
    BOOST_TEST(is_hex("0aF", 3) == false);
    BOOST_TEST(is_hex("0af", 3));
    BOOST_TEST(is_hex("0af", 4) == false);
}

BOOST_AUTO_TEST_CASE(the_signing_key_is_stated_or_derived) {
    auto s = settings_with("");
    auto const from_jwt = keys_from(s);
    BOOST_TEST(!from_jwt.encryption.has_value());
    s.encryption_key = "e";
    auto const from_encryption = keys_from(s);
    BOOST_TEST(from_encryption.signing.id != from_jwt.signing.id);
    BOOST_TEST(from_encryption.signing.bytes != from_encryption.encryption->bytes);
    s.backup_signing_key = "stated";
    auto const stated = keys_from(s);
    BOOST_TEST(stated.signing.bytes == "stated");

    // Each step orphans nothing.
    BOOST_TEST(stated.signing_of(from_jwt.signing.id)->bytes == from_jwt.signing.bytes);
    BOOST_TEST(stated.signing_of(from_encryption.signing.id)->bytes == from_encryption.signing.bytes);
    BOOST_TEST(from_encryption.signing_of(stated.signing.id) == nullptr);
    BOOST_TEST(stated.encryption->id == from_encryption.encryption->id);
}

BOOST_AUTO_TEST_CASE(previous_secrets_still_verify_and_open) {
    auto const before = keys_from(settings_with("old", std::string(32, 'o')));
    auto s = settings_with("new", std::string(32, 'n'));
    BOOST_TEST(keys_from(s).signing_of(before.signing.id) == nullptr);
    s.encryption_previous_key = "old";
    auto const after = keys_from(s);
    BOOST_TEST(after.signing_of(before.signing.id) != nullptr);
    BOOST_TEST(after.encryption_of(before.encryption->id)->bytes == before.encryption->bytes);
    BOOST_TEST(after.encryption_of(after.encryption->id)->bytes == after.encryption->bytes);

    auto const jwt_before = keys_from(settings_with("", std::string(32, 'o')));
    s.jwt_previous_secret = std::string(32, 'o');
    BOOST_TEST(keys_from(s).signing_of(jwt_before.signing.id) != nullptr);
}

BOOST_AUTO_TEST_CASE(an_id_says_nothing_of_its_key) {
    auto const k = our_keys().signing;
    BOOST_TEST(is_hex(k.id, 16));
    BOOST_TEST(k.id == to_hex(hmac_sha256(k.bytes, "key id")).substr(0, 16));
    BOOST_TEST(to_hex(k.bytes).find(k.id) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::jobs::archive
