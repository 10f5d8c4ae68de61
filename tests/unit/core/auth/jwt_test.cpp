#include "core/auth/jwt.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "core/auth/secret.hpp"

namespace vanna::auth {
namespace {

using namespace std::literals;

constexpr std::string_view secret = "0123456789abcdef0123456789abcdef",
                           other = "another secret of at least 32 bytes!";
instant const noon{std::chrono::seconds(1'750'000'000)};

access_claims claims_of(std::string email = "analyst@example.com") {
    return {{new_id(), std::move(email), role::analyst, new_id(), new_id(), 3},
            noon,
            noon + std::chrono::hours(1)};
}

std::string base64url(std::string_view text) {
    std::string out;
    append_base64url(out, text);
    return out;
}

// A token with any header and claims, properly signed.
std::string forge(std::string_view header, std::string_view claims, std::string_view key = secret) {
    auto text = base64url(header) + "." + base64url(claims);
    hmac_key signer(key);
    text.append(".").append(signer.encoded(text.substr(0, text.size() - 1)));
    return text;
}

bool accepted(std::string_view token, instant at = noon) {
    access_tokens tokens(secret, "");
    auto const r = tokens.verify(token, at);
    if (!r) BOOST_TEST((r.error().code == errc::unauthenticated));
    return r.has_value();
}

constexpr std::string_view ours = R"({"alg":"HS256","typ":"JWT"})";

}  // namespace

BOOST_AUTO_TEST_SUITE(jwt)

BOOST_AUTO_TEST_CASE(what_was_signed_comes_back) {
    access_tokens tokens(secret, "");
    for (auto const* email : {"analyst@example.com", "od\"d\\näme@example.com"}) {
        auto const given = claims_of(email);
        auto const token = tokens.sign(given);
        auto const got = tokens.verify(token, noon);
        BOOST_REQUIRE(got);
        BOOST_TEST((got->who.user_id == given.who.user_id));
        BOOST_TEST(got->who.email == email);
        BOOST_TEST((got->who.role == role::analyst));
        BOOST_TEST((got->who.token_id == given.who.token_id));
        BOOST_TEST((got->who.family_id == given.who.family_id));
        BOOST_TEST(got->who.epoch == 3);
        BOOST_TEST((got->expires == given.expires));
    }
}

BOOST_AUTO_TEST_CASE(the_published_vector_of_hmac_sha_256_comes_out) {
    // RFC 4231 test case 2; and twice, since the keyed state is used again.
    hmac_key key("Jefe");
    std::string expected;
    append_base64url(expected,
                     "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7"
                     "\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9\x64\xec\x38\x43"sv);
    BOOST_TEST(key.encoded("what do ya want for nothing?") == expected);
    BOOST_TEST(key.encoded("what do ya want for nothing?") == expected);
}

BOOST_AUTO_TEST_CASE(a_token_ends_with_the_second_it_names) {
    access_tokens tokens(secret, "");
    auto const token = tokens.sign(claims_of());
    BOOST_TEST(accepted(token, noon + std::chrono::hours(1) - std::chrono::microseconds(1)));
    BOOST_TEST(!accepted(token, noon + std::chrono::hours(1)));
    auto const r = tokens.verify(token, noon + std::chrono::hours(2));
    BOOST_TEST(r.error().message == "the access token has expired");
}

BOOST_AUTO_TEST_CASE(the_previous_secret_still_verifies_and_no_other_does) {
    auto const old = access_tokens(other, "").sign(claims_of());
    BOOST_TEST(!access_tokens(secret, "").verify(old, noon));
    BOOST_TEST(!!access_tokens(secret, other).verify(old, noon));
    BOOST_TEST(!!access_tokens(secret, other).verify(access_tokens(secret, "").sign(claims_of()), noon));
    BOOST_TEST(!access_tokens(secret, other).verify(access_tokens("third", "").sign(claims_of()), noon));
}

BOOST_AUTO_TEST_CASE(any_changed_appended_or_dropped_character_is_refused) {
    auto const token = access_tokens(secret, "").sign(claims_of());
    BOOST_REQUIRE(accepted(token));
    for (std::size_t i = 0; i < token.size(); ++i) {
        for (char c : {'A', 'B', 'z', '.', '=', '-', '\0'})
            if (c != token[i]) {
                auto changed = token;
                changed[i] = c;
                BOOST_TEST(!accepted(changed), i);
            }
        BOOST_TEST(!accepted(token.substr(0, i)), i);
        BOOST_TEST(!accepted(token.substr(0, i) + token.substr(i + 1)), i);
    }
    for (auto const* tail : {"A", "=", "==", " ", "\n", ".", ".A", "AAAA"})
        BOOST_TEST(!accepted(token + tail), tail);
    BOOST_TEST(!accepted(" " + token));
}

BOOST_AUTO_TEST_CASE(the_same_signature_bytes_in_another_spelling_are_refused) {
    // The last of 43 characters carries four bits: four spellings decode to the same 32 bytes.
    auto const token = access_tokens(secret, "").sign(claims_of());
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    auto const last = alphabet.find(token.back());
    for (std::size_t spelling = last & ~3u; spelling < (last & ~3u) + 4; ++spelling)
        if (spelling != last) BOOST_TEST(!accepted(token.substr(0, token.size() - 1) + alphabet[spelling]));
}

BOOST_AUTO_TEST_CASE(no_token_chooses_its_algorithm) {
    access_tokens tokens(secret, "");
    auto const token = tokens.sign(claims_of());
    auto const payload = token.substr(37, token.rfind('.') - 37);
    for (auto const* header :
         {R"({"alg":"none","typ":"JWT"})", R"({"alg":"None"})", R"({"typ":"JWT"})",
          R"({"alg":"HS512","typ":"JWT"})", R"({"alg":"RS256","typ":"JWT"})",
          R"({"typ":"JWT","alg":"HS256"})", R"({"alg":"HS256","typ":"JWT","alg":"none"})",
          R"({"alg":"HS256","typ":"JWT","kid":"../../dev/null"})", ""}) {
        auto const text = base64url(header) + "." + payload;
        hmac_key key(secret);
        BOOST_TEST(!accepted(text + "."), header);
        BOOST_TEST(!accepted(text), header);
        BOOST_TEST(!accepted(text + "." + std::string(key.encoded(text))), header);
    }
}

BOOST_AUTO_TEST_CASE(properly_signed_nonsense_is_refused) {
    auto const good =
        R"({"sub":"01890000-0000-7000-8000-000000000001","email":"a@b","role":"viewer","epoch":0,)"
        R"("jti":"01890000-0000-7000-8000-000000000002","fam":"01890000-0000-7000-8000-000000000003",)"
        R"("iat":1750000000,"exp":1750003600})";
    BOOST_REQUIRE(accepted(forge(ours, good)));
    BOOST_TEST(!accepted(forge(ours, good, other)));
    auto const with = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        return forge(ours, text);
    };
    for (auto const& [from, to] : std::initializer_list<std::pair<char const*, char const*>>{
             {R"("role":"viewer")", R"("role":"root")"},
             {R"("role":"viewer")", R"("role":2)"},
             {R"("role":"viewer",)", ""},
             {R"("epoch":0)", R"("epoch":"0")"},
             {R"("epoch":0)", R"("epoch":0.5)"},
             {R"("epoch":0)", R"("epoch":null)"},
             {R"("email":"a@b")", R"("email":["a@b"])"},
             {R"("exp":1750003600)", R"("exp":"1750003600")"},
             {R"("exp":1750003600)", R"("exp":1e300)"},
             {R"("exp":1750003600)", R"("exp":9223372036854775807)"},
             {R"("exp":1750003600)", R"("exp":18446744073709551615)"},
             {R"("exp":1750003600)", R"("exp":-1)"},
             {R"("exp":1750003600)", R"("nbf":1750003600)"},
             {"01890000-0000-7000-8000-000000000001", "not-a-uuid"}})
        BOOST_TEST(!accepted(with(from, to)), to);
    for (auto const* text : {"", "{}", "[]", "null", "{", "\xFF\xFE", "true"})
        BOOST_TEST(!accepted(forge(ours, text)), text);
    std::string deep(1000, '[');
    BOOST_TEST(!accepted(forge(ours, deep)));
    std::string many = "{";
    for (int i = 0; i < 200; ++i)
        many += "\"" + std::to_string(i) + "\":[],";
    BOOST_TEST(!accepted(forge(ours, many + "\"z\":0}")));
}

BOOST_AUTO_TEST_CASE(claims_that_are_not_canonical_base64url_are_refused_even_when_signed) {
    access_tokens tokens(secret, "");
    auto const token = tokens.sign(claims_of());
    auto const dot = token.rfind('.');
    for (auto const* tail : {"=", "A", "+", "/", "."}) {
        auto text = token.substr(0, dot) + tail;
        hmac_key key(secret);
        BOOST_TEST(!accepted(text + "." + std::string(key.encoded(text))), tail);
    }
}

BOOST_AUTO_TEST_CASE(huge_and_empty_tokens_are_refused) {
    BOOST_TEST(!accepted(""));
    BOOST_TEST(!accepted("."));
    BOOST_TEST(!accepted(".."));
    BOOST_TEST(!accepted("..."));
    BOOST_TEST(!accepted(std::string(1'000'000, 'A')));
    BOOST_TEST(!accepted(forge(ours, "{\"sub\":\"" + std::string(5000, 'x') + "\"}")));
}

BOOST_AUTO_TEST_CASE(base64url_of_every_length_goes_there_and_back) {
    for (std::size_t n = 0; n < 100; ++n) {
        std::string bytes, decoded;
        for (std::size_t i = 0; i < n; ++i)
            bytes.push_back(char(i * 37 + n));
        BOOST_TEST(decode_base64url(decoded, base64url(bytes)));
        BOOST_TEST(decoded == bytes);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vanna::auth
