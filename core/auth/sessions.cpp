#include "core/auth/sessions.hpp"

#include "core/auth/attempts.hpp"
#include "core/auth/credentials.hpp"
#include "core/auth/secret.hpp"
#include "core/log.hpp"

namespace vanna::auth {
namespace {

audit::entry entry_for(char const* action, char const* status, caller const& from) {
    return {.action = action, .request_id = from.request_id, .ip = from.ip, .status = status};
}

audit::entry entry_for(char const* action, char const* status, caller const& from, uuid id,
                       std::string const& email) {
    auto e = entry_for(action, status, from);
    e.user_id = id;
    e.email = email;
    e.resource = "users/" + to_string(id);
    return e;
}

error wrong_credentials() {
    return error{errc::unauthenticated, public_text{"wrong e-mail address or password"}};
}

}  // namespace

sessions::sessions(session_ports ports, shared_value<config::settings>& settings, password_hasher passwords,
                   revocations& revoked)
    : ports_(ports),
      settings_(settings),
      passwords_(passwords),
      revoked_(revoked),
      view_(revoked),
      tokens_(settings.get()->jwt_secret, settings.get()->jwt_previous_secret) {}

result<principal> sessions::authenticate(std::string_view token) {
    auto claims = tokens_.verify(token, now());
    if (!claims) return claims.error();
    if (view_.revoked(claims->who))
        return error{errc::unauthenticated, public_text{"the session of this access token has ended"}};
    return std::move(claims->who);
}

void sessions::denied(caller const& from) {
    ++counts_.denied;
    note_failure(entry_for("auth.token", "denied", from));
}

awaitable<result<token_pair>> sessions::login(std::string email, std::string password, caller from,
                                              deadline limit) {
    if (auto r = room(); !r) co_return r.error();
    auto found = co_await ports_.users.by_email(email, limit);
    if (!found && found.error().code != errc::not_found) co_return found.error();
    // Counted by the account, not by how its address was spelt: PostgreSQL knows more letter cases than we.
    auto const rules = login_rules(found ? to_string(found->id) : lower_email(email), from.ip);
    if (auto r = co_await limit_attempts(rules); !r) co_return r.error();

    bool const exists = found && found->is_active;
    auto same = co_await passwords_.verify(std::move(password), exists ? found->password_hash : "", limit);
    if (!same) co_return give_back(rules), same.error();
    if (!*same) {
        ++counts_.failed_logins;
        auto e = entry_for("auth.login", "failure", from);
        e.email = email.substr(0, 254);
        if (found) e.user_id = found->id;
        note_failure(std::move(e));
        co_return wrong_credentials();
    }

    give_back(rules);
    auto pair = co_await open_session(*found, new_id(), limit);
    if (!pair) co_return pair.error();
    if (auto touched = co_await ports_.users.touch_login(found->id, limit); !touched)
        log::warn("the time of a log-in was not stored", {{"error", touched.error().detail}});
    ++counts_.logins;
    note(entry_for("auth.login", "success", from, found->id, found->email));
    co_return pair;
}

awaitable<result<token_pair>> sessions::refresh(std::string refresh_token, caller from, deadline limit) {
    if (auto r = room(); !r) co_return r.error();
    auto next = random_token();
    auto const expires = now() + std::chrono::days(settings_.get()->refresh_ttl_days);
    auto grant = co_await ports_.grants.rotate_refresh(sha256(refresh_token), sha256(next), expires, limit);
    if (!grant) {
        if (grant.error().code == errc::unauthenticated)
            note_failure(entry_for("auth.refresh", "failure", from));
        co_return grant.error();
    }
    auto const& whose = grant->whose;
    ++counts_.refreshes;
    note(entry_for("auth.refresh", "success", from, whose.id, whose.email));
    co_return make_pair(whose, grant->family_id, std::move(next));
}

awaitable<result<void>> sessions::logout(principal who, caller from, deadline limit) {
    if (auto r = room(); !r) co_return r.error();
    // A minute more than the longest token lives: the clocks of replicas differ.
    auto const until =
        now() + std::chrono::seconds(settings_.get()->jwt_ttl_seconds) + std::chrono::minutes(1);
    if (auto r = co_await ports_.grants.revoke_family(who.user_id, who.family_id, until, limit); !r)
        co_return r.error();
    revoked_.add({.id = new_id(), .family_id = who.family_id, .expires_at = until});
    note(entry_for("auth.logout", "success", from, who.user_id, who.email));
    co_return result<void>{};
}

awaitable<result<token_pair>> sessions::open_session(user const& who, uuid family, deadline limit) {
    auto token = random_token();
    auto const expires = now() + std::chrono::days(settings_.get()->refresh_ttl_days);
    if (auto added = co_await ports_.grants.add_refresh(who, family, sha256(token), expires, limit); !added)
        co_return added.error();
    co_return make_pair(who, family, std::move(token));
}

token_pair sessions::make_pair(user const& who, uuid family, std::string refresh_token) const {
    auto const now_settings = settings_.get();
    std::chrono::seconds const ttl(now_settings->jwt_ttl_seconds);
    principal const p{who.id, who.email, who.role, new_id(), family, who.session_epoch};
    auto const issued = std::chrono::floor<std::chrono::seconds>(now());
    return {.access_token = tokens_.sign({p, issued, issued + ttl}),
            .refresh_token = std::move(refresh_token),
            .expires_in = ttl,
            .refresh_expires_in = std::chrono::days(now_settings->refresh_ttl_days),
            .who = p};
}

awaitable<result<void>> sessions::limit_attempts(std::vector<rate_rule> const& rules) {
    auto const verdict = co_await ports_.limits.take(rules, attempt_window);
    if (verdict.allowed) co_return result<void>{};
    ++counts_.limited;
    auto const minutes = std::chrono::ceil<std::chrono::minutes>(verdict.retry_after).count();
    co_return error{errc::rate_limited,
                    public_text{"too many attempts; try again in " + std::to_string(minutes) +
                                (minutes == 1 ? " minute" : " minutes")}}
        .with_retry(verdict.retry_after);
}

void sessions::give_back(std::vector<rate_rule> const& rules) {
    std::vector<std::string> keys;
    for (auto const& rule : rules)
        keys.push_back(rule.key);
    ports_.limits.give_back(std::move(keys));
}

result<void> sessions::room() const {
    if (ports_.records.has_room()) return {};
    return error{errc::overloaded,
                 public_text{"the audit trail cannot be written at the moment; try again shortly"},
                 internal_text{"the spool is at its limit"}}
        .with_retry(std::chrono::seconds(5));
}

void sessions::note(audit::entry e) {
    auto const action = e.action;
    if (auto kept = ports_.records.append(query::audit_only(std::move(e))); !kept)
        log::error("an audit entry was lost", {{"action", action}, {"error", kept.error().detail}});
}

void sessions::note_failure(audit::entry e) {
    if (auto first = failures_.note(std::move(e))) note(std::move(*first));
}

void sessions::sweep(bool everything) {
    for (auto& e : failures_.collect(everything ? instant::max() : now()))
        note(std::move(e));
}

std::optional<std::string_view> bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() <= scheme.size()) return {};
    for (std::size_t i = 0; i < scheme.size(); ++i)
        if ((authorization[i] | (scheme[i] == ' ' ? 0 : 0x20)) != scheme[i]) return {};
    authorization.remove_prefix(scheme.size());
    while (!authorization.empty() && authorization.front() == ' ')
        authorization.remove_prefix(1);
    while (!authorization.empty() && (authorization.back() == ' ' || authorization.back() == '\t'))
        authorization.remove_suffix(1);
    return authorization;
}

}  // namespace vanna::auth
