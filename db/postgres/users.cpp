// The table users.
#include "db/postgres/revocation.hpp"
#include "db/postgres/stores.hpp"

namespace vanna::postgres {
namespace {

#define USER_COLUMNS                                                                                   \
    "id, email, password_hash, full_name, role, is_active, session_epoch, last_login, last_query_at, " \
    "created_at, updated_at"

constexpr statement user_by_id{"user_by_id", "select " USER_COLUMNS " from users where id = $1::uuid"};
constexpr statement user_by_email{"user_by_email",
                                  "select " USER_COLUMNS " from users where lower(email) = lower($1::text)"};
constexpr statement list_users{"list_users", "select " USER_COLUMNS
                                             " from users where ($1::uuid is null or id < $1::uuid) order by "
                                             "id desc limit $2::bigint"};
constexpr statement create_user_row{
    "create_user",
    "insert into users (id, email, password_hash, full_name, role, is_active) values ($1::uuid, $2::text, "
    "$3::text, $4::text, $5::text, $6::boolean) returning " USER_COLUMNS};
constexpr statement touch_user_login{"touch_user_login",
                                     "update users set last_login = now() where id = $1::uuid"};

// Who may change the set of active admins goes one after the other; a plain row lock would let two admins
// remove each other.
constexpr char lock_admin_rule[] = "select pg_advisory_xact_lock(hashtextextended('vanna last admin', 0))";
constexpr char lock_user[] = "select " USER_COLUMNS " from users where id = $1::uuid for update";
constexpr char other_admins[] =
    "select 1 from users where role = 'admin' and is_active and id <> $1::uuid limit 1";
constexpr char change_user[] =
    "update users set email = $2::text, full_name = $3::text, password_hash = $4::text, role = $5::text, "
    "is_active = $6::boolean, session_epoch = $7::bigint, updated_at = now() where id = $1::uuid "
    "returning " USER_COLUMNS;
constexpr char revoke_epoch[] =
    "insert into revocations (id, user_id, least_epoch, expires_at) values ($1::uuid, $2::uuid, $3::bigint, "
    "$4::timestamptz)";
constexpr char revoke_refresh_tokens[] =
    "with r as (delete from password_resets where user_id = $1::uuid) update refresh_tokens set revoked_at = "
    "now() where user_id = $1::uuid and revoked_at is null";

auth::user read_user(row const& r) {
    return {.id = r.id(0),
            .email = r.string(1),
            .password_hash = r.string(2),
            .full_name = r.string(3),
            .role = auth::parse_role(r.text(4)).value_or(auth::role::viewer),
            .is_active = r.boolean(5),
            .session_epoch = r.integer(6),
            .last_login = r.maybe_time(7),
            .last_query_at = r.maybe_time(8),
            .created_at = r.time(9),
            .updated_at = r.time(10)};
}

result<auth::user> one_user(result<rows> const& found) {
    if (!found) return found.error();
    if (found->empty()) return error{errc::not_found, public_text{"no such user"}};
    return read_user((*found)[0]);
}

// A conflict of the table users can only be its address.
error explain(error failure) {
    if (failure.code == errc::conflict) failure.message = "a user with this e-mail address exists already";
    return failure;
}

class users final : public auth::user_store {
  public:
    users(pool& on, std::chrono::seconds token_life) : pool_(on), token_life_(token_life) {}

    awaitable<result<auth::user>> by_id(uuid id, deadline limit) override {
        co_return one_user(co_await pool_.read(user_by_id, params(id), limit));
    }

    awaitable<result<auth::user>> by_email(std::string email, deadline limit) override {
        co_return one_user(co_await pool_.read(user_by_email, params(email), limit));
    }

    awaitable<result<auth::user>> create(auth::user made, deadline limit) override {
        auto const stored =
            co_await pool_.write(create_user_row,
                                 params(made.id.is_nil() ? new_id() : made.id, made.email, made.password_hash,
                                        made.full_name, auth::to_string(made.role), made.is_active),
                                 limit);
        if (!stored) co_return explain(stored.error());
        co_return read_user((*stored)[0]);
    }

    awaitable<result<auth::user>> update(uuid id, auth::user_changes changes, deadline limit) override {
        auto outcome =
            co_await pool_.transaction([&](session& on) { return change(on, id, changes, limit); }, limit);
        if (!outcome) co_return outcome.error();
        co_return outcome;
    }

    awaitable<result<page<auth::user>>> list(page_request which, deadline limit) override {
        auto const found = co_await pool_.read(list_users, params(which.before, which.limit + 1), limit);
        if (!found) co_return found.error();
        page<auth::user> out;
        for (int i = 0; i < found->size() && out.items.size() < which.limit; ++i)
            out.items.push_back(read_user((*found)[i]));
        if (std::size_t(found->size()) > which.limit) out.next = out.items.back().id;
        co_return out;
    }

    awaitable<result<void>> touch_login(uuid id, deadline limit) override {
        auto const done = co_await pool_.write(touch_user_login, params(id), limit);
        if (!done) co_return done.error();
        co_return result<void>{};
    }

  private:
    awaitable<result<auth::user>> change(session& on, uuid id, auth::user_changes const& changes,
                                         deadline limit) {
        if (changes.role || changes.is_active)
            if (auto const locked = co_await on.execute(lock_admin_rule, params{}, limit); !locked)
                co_return locked.error();
        auto const before = one_user(co_await on.execute(lock_user, params(id), limit));
        if (!before) co_return before;
        if (changes.unless_past_epoch && before->session_epoch != *changes.unless_past_epoch)
            co_return error{errc::conflict, public_text{"the account was changed meanwhile; log in again"}}
                .with_type("account-changed");
        auto after = *before;
        if (changes.email) after.email = *changes.email;
        if (changes.full_name) after.full_name = *changes.full_name;
        if (changes.password_hash) after.password_hash = *changes.password_hash;
        if (changes.role) after.role = *changes.role;
        if (changes.is_active) after.is_active = *changes.is_active;

        auto const is_admin = [](auth::user const& u) { return u.is_active && u.role == auth::role::admin; };
        if (is_admin(*before) && !is_admin(after)) {
            auto const others = co_await on.execute(other_admins, params(id), limit);
            if (!others) co_return others.error();
            if (others->empty())
                co_return error{errc::conflict, public_text{"this is the last active administrator; make "
                                                            "another user administrator first"}};
        }
        bool const ends_refresh = changes.password_hash || after.is_active != before->is_active;
        bool const ends_tokens = ends_refresh || after.role != before->role;
        if (ends_tokens) ++after.session_epoch;
        auto stored = one_user(
            co_await on.execute(change_user,
                                params(id, after.email, after.full_name, after.password_hash,
                                       auth::to_string(after.role), after.is_active, after.session_epoch),
                                limit));
        if (!stored) co_return explain(stored.error());
        if (ends_tokens) {
            auto const revoked = co_await on.execute(
                revoke_epoch, params(new_id(), id, after.session_epoch, revocation_end(token_life_)), limit);
            if (!revoked) co_return revoked.error();
        }
        if (ends_refresh) {
            auto const ended = co_await on.execute(revoke_refresh_tokens, params(id), limit);
            if (!ended) co_return ended.error();
        }
        co_return stored;
    }

    pool& pool_;
    std::chrono::seconds token_life_;
};

}  // namespace

std::unique_ptr<auth::user_store> create_user_store(pool& on, std::chrono::seconds token_life) {
    return std::make_unique<users>(on, token_life);
}

}  // namespace vanna::postgres
