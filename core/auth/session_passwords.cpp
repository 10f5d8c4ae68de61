// The part of sessions that sets passwords: change, reset, registration.
#include "core/audit/administrative.hpp"
#include "core/auth/attempts.hpp"
#include "core/auth/credentials.hpp"
#include "core/auth/secret.hpp"
#include "core/auth/sessions.hpp"

namespace vanna::auth {
namespace {

constexpr std::chrono::minutes reset_life{30};

audit::entry about(char const* action, char const* status, caller const& from, uuid who, std::string email) {
    return {.user_id = who,
            .email = std::move(email),
            .action = action,
            .resource = "users/" + to_string(who),
            .request_id = from.request_id,
            .ip = from.ip,
            .status = status};
}

}  // namespace

awaitable<result<token_pair>> sessions::change_password(principal who, std::string current, std::string next,
                                                        caller from, deadline limit) {
    if (auto r = room(); !r) co_return r.error();
    if (auto r = check_password(next, "new_password"); !r) co_return r.error();
    auto const rules = login_rules(to_string(who.user_id), from.ip);
    if (auto r = co_await limit_attempts(rules); !r) co_return r.error();

    auto found = co_await ports_.users.by_id(who.user_id, limit);
    if (!found) co_return give_back(rules), found.error();
    auto same = co_await passwords_.verify(std::move(current), found->password_hash, limit);
    if (!same) co_return give_back(rules), same.error();
    if (!*same) {
        note_failure(about("auth.password_change", "failure", from, who.user_id, who.email));
        co_return error{errc::invalid_input, public_text{"current_password: is not your password"}}
            .with_field("current_password", "is not your password");
    }
    give_back(rules);

    auto hash = co_await passwords_.hash(std::move(next), limit);
    if (!hash) co_return hash.error();
    auto updated = co_await ports_.users.update(
        who.user_id, {.password_hash = std::move(*hash), .unless_past_epoch = found->session_epoch}, limit);
    if (!updated) co_return updated.error();
    revoked_.add({.id = new_id(), .user_id = who.user_id, .least_epoch = updated->session_epoch});
    note(about("auth.password_change", "success", from, who.user_id, who.email));
    co_return co_await open_session(*updated, new_id(), limit);
}

awaitable<result<issued_reset>> sessions::issue_reset(principal admin, uuid user_id, caller from,
                                                      deadline limit) {
    auto attempt = about("auth.password_reset", "attempt", from, admin.user_id, admin.email);
    attempt.resource = "users/" + to_string(user_id);
    auto act = [](session_ports ports, uuid whose, deadline until) -> awaitable<result<issued_reset>> {
        auto found = co_await ports.users.by_id(whose, until);
        if (!found) co_return found.error();
        issued_reset out{random_token(), now() + reset_life};
        if (auto r = co_await ports.grants.add_password_reset(whose, sha256(out.token), out.expires, until);
            !r)
            co_return r.error();
        co_return out;
    };
    co_return co_await audit::administrative(ports_.trail, ports_.records, std::move(attempt),
                                             act(ports_, user_id, limit), limit);
}

awaitable<result<void>> sessions::confirm_reset(std::string token, std::string password, caller from,
                                                deadline limit) {
    if (auto r = room(); !r) co_return r.error();
    if (auto r = check_password(password); !r) co_return r.error();
    // The hash comes before the token is looked up, so strangers could keep the cpu pool busy.
    auto const rules = address_rules("reset", from.ip);
    if (auto r = co_await limit_attempts(rules); !r) co_return r.error();
    auto hash = co_await passwords_.hash(std::move(password), limit);
    if (!hash) co_return give_back(rules), hash.error();
    auto owner = co_await ports_.grants.use_password_reset(sha256(token), std::move(*hash), limit);
    if (!owner) {
        if (owner.error().code == errc::unauthenticated)
            note_failure({.action = "auth.password_reset_confirm",
                          .request_id = from.request_id,
                          .ip = from.ip,
                          .status = "failure"});
        else
            give_back(rules);
        co_return owner.error();
    }
    give_back(rules);
    note(about("auth.password_reset_confirm", "success", from, *owner, ""));
    co_return result<void>{};
}

awaitable<result<user>> sessions::register_user(std::string email, std::string password,
                                                std::string full_name, caller from, deadline limit) {
    if (!settings_.get()->open_registration)
        co_return error{errc::forbidden,
                        public_text{"registration is closed: an administrator makes accounts"}};
    if (auto r = room(); !r) co_return r.error();
    if (auto r = check_email(email); !r) co_return r.error();
    if (auto r = check_password(password); !r) co_return r.error();
    // Never given back: an account costs the server more than it costs a stranger.
    if (auto r = co_await limit_attempts(address_rules("register", from.ip)); !r) co_return r.error();
    auto hash = co_await passwords_.hash(std::move(password), limit);
    if (!hash) co_return hash.error();
    auto made = co_await ports_.users.create({.id = new_id(),
                                              .email = std::move(email),
                                              .password_hash = std::move(*hash),
                                              .full_name = std::move(full_name),
                                              .role = role::viewer},
                                             limit);
    if (!made) co_return made.error();
    note(about("auth.register", "success", from, made->id, made->email));
    co_return made;
}

}  // namespace vanna::auth
