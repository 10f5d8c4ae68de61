#include "db/postgres/demo_role.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "db/postgres/password.hpp"
#include "db/postgres/session.hpp"

namespace vanna::postgres {
namespace {

constexpr char ask_rights[] =
    "select rolsuper or rolcreaterole, format('alter role %I createrole', current_user) from pg_roles where "
    "rolname = current_user";
constexpr char ask_for_role[] = "select exists (select from pg_roles where rolname = $1::text)";
constexpr char write_role[] =
    "select format('%3$s role %1$I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls "
    "password %2$L; alter role %1$I in database %4$I set search_path = demo; comment on role %1$I is %5$L; "
    "grant usage on schema demo to %1$I; grant select on all tables in schema demo to %1$I', $1::text, "
    "$2::text, $3::text, current_database(), 'reads the demo data of ' || current_database())";

std::string hex_of(unsigned char const* bytes, std::size_t count) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        (out += digits[bytes[i] >> 4]) += digits[bytes[i] & 15];
    return out;
}

std::string keyed(std::string const& secret, std::string const& text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    HMAC(EVP_sha256(), secret.data(), int(secret.size()), reinterpret_cast<unsigned char const*>(text.data()),
         text.size(), digest, &length);
    return hex_of(digest, length);
}

struct login {
    std::string role, password;
};

// Roles belong to the whole server, databases have their name there alone.
login login_of(std::string const& database, std::string const& secret) {
    return {"vanna_demo_" + keyed("name", database).substr(0, 24), keyed(secret, "demo role of " + database)};
}

awaitable<result<void>> make(session& on, login const& wanted, deadline limit) {
    auto const rights = co_await on.execute(ask_rights, params{}, limit);
    if (!rights) co_return rights.error();
    if (!(*rights)[0].boolean(0))
        co_return error{errc::conflict,
                        public_text{"the engine's PostgreSQL role may not make the role that reads the demo "
                                    "data; let a superuser run: " +
                                    (*rights)[0].string(1)}}
            .with_type("role-rights");
    auto const there = co_await on.execute(ask_for_role, params(wanted.role), limit);
    if (!there) co_return there.error();
    auto const stored = password_verifier(on, wanted.password, wanted.role);
    if (!stored) co_return stored.error();
    auto const text = co_await on.execute(
        write_role, params(wanted.role, *stored, (*there)[0].boolean(0) ? "alter" : "create"), limit);
    if (!text) co_return text.error();
    co_return co_await on.script((*text)[0].string(0), limit);
}

}  // namespace

address demo_address(address const& where, std::string const& secret) {
    auto const wanted = login_of(where.database(), secret);
    return where.with_login(wanted.role, wanted.password);
}

awaitable<result<bool>> ensure_demo_role(address where, std::string secret, deadline limit) {
    auto const as_role = demo_address(where, secret);
    constexpr char try_it[] = "select count(*) from demo.accounting_transactions";
    if (auto on = co_await session::open(as_role, limit); on)
        if (co_await (*on)->execute(try_it, params{}, limit)) co_return false;
    auto on = co_await session::open(where, limit);
    if (!on) co_return on.error();
    if (auto ok = co_await make(**on, login_of(where.database(), secret), limit); !ok) co_return ok.error();
    if (auto again = co_await session::open(as_role, limit); !again) {
        auto failure = again.error();
        failure.message = "the role " + as_role.user() +
                          ", made to read the demo data, cannot log in; pg_hba.conf must let it use this "
                          "database with a password";
        co_return failure;
    }
    co_return true;
}

}  // namespace vanna::postgres
