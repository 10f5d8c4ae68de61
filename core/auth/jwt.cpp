#include "core/auth/jwt.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <boost/json.hpp>
#include <stdexcept>

#include "core/auth/secret.hpp"

namespace vanna::auth {
namespace {

// {"alg":"HS256","typ":"JWT"} and the dot.
constexpr std::string_view header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";
constexpr std::size_t signature_size = 43, most_bytes = 4096;

error refused(char const* why) {
    return error{errc::unauthenticated, public_text{"the access token is not valid"}, internal_text{why}};
}

std::int64_t seconds_of(instant t) {
    return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

void append_field(std::string& out, char const* name, std::int64_t value) {
    out += name;
    out += std::to_string(value);
}

bool read(boost::json::object const& from, char const* name, uuid& out) {
    auto const* v = from.if_contains(name);
    auto const* text = v ? v->if_string() : nullptr;
    auto const id = text ? parse_uuid(*text) : std::nullopt;
    if (id) out = *id;
    return id.has_value();
}

bool read(boost::json::object const& from, char const* name, std::int64_t& out) {
    auto const* v = from.if_contains(name);
    auto const* number = v ? v->if_int64() : nullptr;
    if (number) out = *number;
    return number != nullptr;
}

bool read(boost::json::object const& from, char const* name, std::string& out) {
    auto const* v = from.if_contains(name);
    auto const* text = v ? v->if_string() : nullptr;
    if (text) out.assign(text->data(), text->size());
    return text != nullptr;
}

// Seconds that overflow a microsecond clock are nobody's.
bool read(boost::json::object const& from, char const* name, instant& out) {
    std::int64_t seconds = 0;
    if (!read(from, name, seconds) || seconds < 0 || seconds > 253'402'300'799) return false;
    out = instant{std::chrono::seconds(seconds)};
    return true;
}

result<access_claims> parse(std::string_view payload) {
    unsigned char buffer[2048];
    boost::json::static_resource memory(buffer);
    boost::system::error_code ec;
    boost::json::value parsed;
    try {
        parsed = boost::json::parse(payload, ec, &memory);
    } catch (std::bad_alloc const&) {
        return refused("its claims are larger than ours");
    }
    auto const* object = ec ? nullptr : parsed.if_object();
    if (!object) return refused("its claims are not a JSON object");
    access_claims out;
    std::string role_name;
    bool const complete = read(*object, "sub", out.who.user_id) && read(*object, "email", out.who.email) &&
                          read(*object, "role", role_name) && read(*object, "epoch", out.who.epoch) &&
                          read(*object, "jti", out.who.token_id) && read(*object, "fam", out.who.family_id) &&
                          read(*object, "iat", out.issued) && read(*object, "exp", out.expires);
    auto const known = parse_role(role_name);
    if (!complete || !known) return refused("a claim is missing or of the wrong type");
    out.who.role = *known;
    return out;
}

}  // namespace

struct hmac_key::context {
    EVP_MAC_CTX* mac = nullptr;
    ~context() { EVP_MAC_CTX_free(mac); }
};

hmac_key::hmac_key(std::string_view secret) : context_(std::make_unique<context>()) {
    EVP_MAC* algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    context_->mac = algorithm ? EVP_MAC_CTX_new(algorithm) : nullptr;
    EVP_MAC_free(algorithm);
    char digest[] = "SHA256";
    OSSL_PARAM const parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, sizeof digest - 1),
        OSSL_PARAM_construct_end()};
    if (!context_->mac || !EVP_MAC_init(context_->mac, reinterpret_cast<unsigned char const*>(secret.data()),
                                        secret.size(), parameters))
        throw std::runtime_error("OpenSSL has no HMAC-SHA-256");
}

hmac_key::~hmac_key() = default;

std::string_view hmac_key::encoded(std::string_view text) {
    unsigned char code[32];
    std::size_t size = 0;
    // Without a key init goes back to the keyed state: no key schedule per token.
    if (!EVP_MAC_init(context_->mac, nullptr, 0, nullptr) ||
        !EVP_MAC_update(context_->mac, reinterpret_cast<unsigned char const*>(text.data()), text.size()) ||
        !EVP_MAC_final(context_->mac, code, &size, sizeof code) || size != sizeof code)
        throw std::runtime_error("OpenSSL failed to compute an HMAC");
    out_.clear();
    append_base64url(out_, {reinterpret_cast<char const*>(code), sizeof code});
    return out_;
}

access_tokens::access_tokens(std::string_view secret, std::string_view previous_secret) : current_(secret) {
    if (!previous_secret.empty()) previous_.emplace(previous_secret);
}

std::string access_tokens::sign(access_claims const& claims) {
    auto const& who = claims.who;
    std::string payload = R"({"sub":")" + to_string(who.user_id) + R"(","email":)";
    payload += boost::json::serialize(boost::json::string_view(who.email));
    payload += R"(,"role":")";
    payload += to_string(who.role);
    append_field(payload, R"(","epoch":)", who.epoch);
    payload += R"(,"jti":")" + to_string(who.token_id) + R"(","fam":")" + to_string(who.family_id);
    append_field(payload, R"(","iat":)", seconds_of(claims.issued));
    append_field(payload, R"(,"exp":)", seconds_of(claims.expires));
    payload += '}';

    std::string token(header);
    append_base64url(token, payload);
    auto const signature = current_.encoded(token);
    token += '.';
    token += signature;
    return token;
}

result<access_claims> access_tokens::verify(std::string_view token, instant at) {
    if (token.size() > most_bytes) return refused("it is longer than any of ours");
    if (token.size() < header.size() + 1 + signature_size || !token.starts_with(header))
        return refused("its header is not ours");
    auto const dot = token.rfind('.');
    auto const signature = token.substr(dot + 1);
    if (signature.size() != signature_size) return refused("its signature has another length");
    auto const signed_part = token.substr(0, dot);
    if (!same_bytes(current_.encoded(signed_part), signature) &&
        !(previous_ && same_bytes(previous_->encoded(signed_part), signature)))
        return refused("its signature does not match");

    payload_.clear();
    if (!decode_base64url(payload_, signed_part.substr(header.size())))
        return refused("its claims are not base64url");
    auto claims = parse(payload_);
    if (claims && claims->expires <= at)
        return error{errc::unauthenticated, public_text{"the access token has expired"}};
    return claims;
}

}  // namespace vanna::auth
