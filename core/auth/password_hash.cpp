#include "core/auth/password_hash.hpp"

#include <crypt.h>
#include <openssl/crypto.h>
#include <sys/random.h>

#include <memory>
#include <stdexcept>

#include "core/auth/credentials.hpp"
#include "core/auth/secret.hpp"

namespace vanna::auth {
namespace {

// 32 KiB of scratch, too much for a coroutine's or a pool thread's taste: one a call, wiped after.
struct scratch {
    std::unique_ptr<crypt_data> memory = std::make_unique<crypt_data>();
    ~scratch() { OPENSSL_cleanse(memory.get(), sizeof(crypt_data)); }
};

struct wipe {
    std::string& secret;
    ~wipe() { OPENSSL_cleanse(secret.data(), secret.size()); }
};

std::string run_bcrypt(std::string const& password, std::string const& setting) {
    scratch s;
    char const* made = crypt_rn(password.c_str(), setting.c_str(), s.memory.get(), sizeof(crypt_data));
    return made ? made : "";
}

std::string new_setting(unsigned cost) {
    char salt[16], setting[CRYPT_GENSALT_OUTPUT_SIZE];
    if (getrandom(salt, sizeof salt, 0) != ssize_t(sizeof salt) ||
        !crypt_gensalt_rn("$2b$", cost, salt, sizeof salt, setting, sizeof setting))
        throw std::runtime_error("libcrypt cannot make a bcrypt salt");
    return setting;
}

// The cost of a bcrypt hash that we verify; nothing for any other text.
std::optional<unsigned> cost_of(std::string_view stored) {
    auto const digit = [&](std::size_t i) { return stored[i] >= '0' && stored[i] <= '9'; };
    if (stored.size() != 60 || !stored.starts_with("$2") || stored[3] != '$' || stored[6] != '$') return {};
    if ((stored[2] != 'a' && stored[2] != 'b' && stored[2] != 'y') || !digit(4) || !digit(5)) return {};
    return unsigned((stored[4] - '0') * 10 + (stored[5] - '0'));
}

bool too_long(std::string const& password) {
    return password.size() > most_password_bytes || password.find('\0') != std::string::npos;
}

error expired() {
    return error{errc::deadline_exceeded, public_text{"the server is busy with other log-ins; try again"},
                 internal_text{"a password waited in the queue of its pool past the deadline"}};
}

}  // namespace

std::string make_hash(std::string const& password, unsigned cost) {
    auto hash = run_bcrypt(password, new_setting(cost));
    if (!cost_of(hash)) throw std::runtime_error("libcrypt does not make bcrypt hashes");
    return hash;
}

bool check_hash(std::string const& password, std::string const& stored, unsigned cost) {
    static std::string const nobody = "$2b$00$abcdefghijklmnopqrstuu";
    auto const setting_with = [](unsigned c) {
        auto s = nobody;
        s[4] = char('0' + c / 10);
        s[5] = char('0' + c % 10);
        return s;
    };
    auto const stored_cost = cost_of(stored);
    if (!stored_cost || too_long(password)) {
        (void)run_bcrypt(password, setting_with(cost));
        return false;
    }
    auto const made = run_bcrypt(password, stored);
    // Hashes adopted from another system may be cheaper. 2^c + 2^c + … + 2^(cost-1) = 2^cost: the same time.
    for (unsigned c = std::max(4u, *stored_cost); c < cost; ++c)
        (void)run_bcrypt(password, setting_with(c));
    return same_bytes(made, stored);
}

awaitable<result<std::string>> password_hasher::hash(std::string password, deadline limit) {
    if (too_long(password))
        co_return error{errc::invalid_input, public_text{"the password is longer than bcrypt takes"}};
    co_return co_await offload(
        pool_, [password = std::move(password), cost = cost_, limit]() mutable -> result<std::string> {
            wipe after{password};
            if (std::chrono::steady_clock::now() > limit) return expired();
            return make_hash(password, cost);
        });
}

awaitable<result<bool>> password_hasher::verify(std::string password, std::string stored, deadline limit) {
    co_return co_await offload(pool_,
                               [password = std::move(password), stored = std::move(stored), cost = cost_,
                                limit]() mutable -> result<bool> {
                                   wipe after{password};
                                   if (std::chrono::steady_clock::now() > limit) return expired();
                                   return check_hash(password, stored, cost);
                               });
}

}  // namespace vanna::auth
