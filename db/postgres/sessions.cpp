// The tables refresh_tokens and password_resets, and the revocations that go with them.
#include "db/postgres/revocation.hpp"
#include "db/postgres/stores.hpp"

namespace vanna::postgres {
namespace {

// A change of password, role or activity that is under way is waited for, and then seen: a log-in that began
// before it must not outlive it.
constexpr statement add_refresh_row{
    "add_refresh",
    "with u as (select id from users where id = $2::uuid and session_epoch = $6::bigint and is_active for "
    "share) insert into refresh_tokens (id, user_id, family_id, hash, expires_at) select $1::uuid, u.id, "
    "$3::uuid, $4::bytea, $5::timestamptz from u returning id"};

// A family with one revoked token is dead: a token that a racing rotation added is refused here.
constexpr statement rotate_refresh_row{
    "rotate_refresh",
    "with used as (update refresh_tokens t set used_at = now() from users u where t.hash = $1::bytea and "
    "t.used_at is null and t.revoked_at is null and t.expires_at > now() and not exists (select 1 from "
    "refresh_tokens r where r.family_id = t.family_id and r.revoked_at is not null) and u.id = t.user_id and "
    "u.is_active returning t.user_id, t.family_id, u.email, u.role, u.session_epoch), added as (insert into "
    "refresh_tokens (id, user_id, family_id, hash, expires_at) select $2::uuid, user_id, family_id, "
    "$3::bytea, $4::timestamptz from used) select user_id, family_id, email, role, session_epoch from used"};

// A token that was used before is in wrong hands somewhere: its family ends, access tokens included.
constexpr statement revoke_reused_family{
    "revoke_reused_family",
    "with reused as (select family_id, user_id from refresh_tokens where hash = $1::bytea and used_at is not "
    "null and revoked_at is null), ended as (update refresh_tokens t set revoked_at = now() from reused r "
    "where t.family_id = r.family_id and t.revoked_at is null), revoked as (insert into revocations (id, "
    "family_id, expires_at) select $2::uuid, family_id, $3::timestamptz from reused) select family_id from "
    "reused"};

constexpr statement revoke_family_rows{
    "revoke_family",
    "with ended as (update refresh_tokens set revoked_at = now() where family_id = $1::uuid and user_id = "
    "$2::uuid and revoked_at is null) insert into revocations (id, family_id, expires_at) values ($3::uuid, "
    "$1::uuid, $4::timestamptz)"};

constexpr statement add_reset_row{
    "add_password_reset",
    "insert into password_resets (user_id, hash, expires_at) values ($1::uuid, $2::bytea, $3::timestamptz) "
    "on conflict (user_id) do update set hash = excluded.hash, expires_at = excluded.expires_at, created_at "
    "= now()"};

constexpr statement use_reset_row{
    "use_password_reset",
    "with taken as (delete from password_resets where hash = $1::bytea returning user_id, expires_at), "
    "changed as (update users u set password_hash = $2::text, session_epoch = u.session_epoch + 1, "
    "updated_at = now() from taken t where u.id = t.user_id and t.expires_at > now() and u.is_active "
    "returning u.id, u.session_epoch), ended as (update refresh_tokens t set revoked_at = now() from changed "
    "c where t.user_id = c.id and t.revoked_at is null), revoked as (insert into revocations (id, user_id, "
    "least_epoch, expires_at) select $3::uuid, id, session_epoch, $4::timestamptz from changed) select id "
    "from changed"};

params& bytes(params& to, std::string const& hash) {
    return to.add_bytes(hash);
}

class sessions final : public auth::session_store {
  public:
    sessions(pool& on, std::chrono::seconds token_life) : pool_(on), token_life_(token_life) {}

    awaitable<result<void>> add_refresh(auth::user const& who, uuid family_id, std::string hash,
                                        instant expires, deadline limit) override {
        params values(new_id(), who.id, family_id);
        bytes(values, hash).add(expires).add(who.session_epoch);
        auto const added = co_await pool_.write(add_refresh_row, std::move(values), limit);
        if (!added) co_return added.error();
        if (added->empty())
            co_return error{errc::unauthenticated,
                            public_text{"the account was changed during the log-in; log in again"}};
        co_return result<void>{};
    }

    awaitable<result<auth::refresh_grant>> rotate_refresh(std::string hash, std::string next_hash,
                                                          instant next_expires, deadline limit) override {
        params values;
        bytes(bytes(values, hash).add(new_id()), next_hash).add(next_expires);
        auto const rotated = co_await pool_.write(rotate_refresh_row, std::move(values), limit);
        if (!rotated) co_return rotated.error();
        if (!rotated->empty()) {
            auto const r = (*rotated)[0];
            co_return auth::refresh_grant{{.id = r.id(0),
                                           .email = r.string(2),
                                           .role = auth::parse_role(r.text(3)).value_or(auth::role::viewer),
                                           .session_epoch = r.integer(4)},
                                          r.id(1)};
        }
        params suspect;
        bytes(suspect, hash).add(new_id()).add(revocation_end(token_life_));
        auto const reused = co_await pool_.write(revoke_reused_family, std::move(suspect), limit);
        if (!reused) co_return reused.error();
        co_return error{errc::unauthenticated, public_text{"the refresh token is not valid; log in again"},
                        internal_text{reused->empty() ? "unknown, expired or revoked refresh token"
                                                      : "reused refresh token: its family is revoked"}};
    }

    awaitable<result<void>> revoke_family(uuid user_id, uuid family_id, instant until,
                                          deadline limit) override {
        co_return done(
            co_await pool_.write(revoke_family_rows, params(family_id, user_id, new_id(), until), limit));
    }

    awaitable<result<void>> add_password_reset(uuid user_id, std::string hash, instant expires,
                                               deadline limit) override {
        params values(user_id);
        bytes(values, hash).add(expires);
        co_return done(co_await pool_.write(add_reset_row, std::move(values), limit));
    }

    awaitable<result<uuid>> use_password_reset(std::string hash, std::string password_hash,
                                               deadline limit) override {
        params values;
        bytes(values, hash).add(password_hash).add(new_id()).add(revocation_end(token_life_));
        auto const used = co_await pool_.write(use_reset_row, std::move(values), limit);
        if (!used) co_return used.error();
        if (used->empty())
            co_return error{errc::unauthenticated,
                            public_text{"the reset token is not valid: unknown, used or expired"}};
        co_return (*used)[0].id(0);
    }

  private:
    static result<void> done(result<rows> const& outcome) {
        if (!outcome) return outcome.error();
        return {};
    }

    pool& pool_;
    std::chrono::seconds token_life_;
};

}  // namespace

std::unique_ptr<auth::session_store> create_session_store(pool& on, std::chrono::seconds token_life) {
    return std::make_unique<sessions>(on, token_life);
}

}  // namespace vanna::postgres
