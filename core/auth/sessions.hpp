// Log-in and everything around it, the rules without HTTP: token pairs, rotation, log-out, passwords, resets,
// registration, and the check of a request's token, which does no I/O. One a worker; called by the auth
// routes, the middleware and the command line. It audits what it does.
#pragma once
#include "config/settings.hpp"
#include "core/audit/failures.hpp"
#include "core/auth/jwt.hpp"
#include "core/auth/password_hash.hpp"
#include "core/auth/rate_limit.hpp"
#include "core/auth/revocations.hpp"
#include "core/auth/user_store.hpp"
#include "core/query/record.hpp"

namespace vanna::auth {

struct caller {
    std::string ip, request_id;
};

struct token_pair {
    std::string access_token, refresh_token;
    std::chrono::seconds expires_in, refresh_expires_in;
    principal who;
};

struct issued_reset {
    std::string token;  // shown once; its SHA-256 is kept
    instant expires{};
};

struct session_ports {
    user_store& users;
    session_store& grants;
    rate_limits& limits;
    query::recorder& records;
    audit::store& trail;
};

struct session_counts {
    std::atomic<std::uint64_t> logins{0}, failed_logins{0}, limited{0}, refreshes{0}, denied{0};
};

class sessions {
  public:
    sessions(session_ports ports, shared_value<config::settings>& settings, password_hasher passwords,
             revocations& revoked);

    // unauthenticated: not ours, expired or revoked.
    result<principal> authenticate(std::string_view token);
    // Counts a 401 of the middleware towards the audit trail.
    void denied(caller const& from);

    // unauthenticated (one message, one duration, whatever is wrong), rate_limited, overloaded, unavailable.
    awaitable<result<token_pair>> login(std::string email, std::string password, caller from, deadline limit);
    // unauthenticated: unknown, expired, used before (then its family is revoked), or the account is off.
    awaitable<result<token_pair>> refresh(std::string refresh_token, caller from, deadline limit);
    // Ends the session that `who` came with, on every replica. unavailable: nothing was revoked.
    awaitable<result<void>> logout(principal who, caller from, deadline limit);
    // Ends all sessions of the user and opens a new one. invalid_input names current_password or
    // new_password.
    awaitable<result<token_pair>> change_password(principal who, std::string current, std::string next,
                                                  caller from, deadline limit);
    // By an administrator, for somebody: a single-use token for 30 minutes, in place of any earlier one.
    awaitable<result<issued_reset>> issue_reset(principal admin, uuid user_id, caller from, deadline limit);
    // unauthenticated: unknown, used or expired.
    awaitable<result<void>> confirm_reset(std::string token, std::string password, caller from,
                                          deadline limit);
    // A viewer. forbidden unless OPEN_REGISTRATION; conflict: the address is taken.
    awaitable<result<user>> register_user(std::string email, std::string password, std::string full_name,
                                          caller from, deadline limit);

    // Once a second, and with `everything` before the recorder is flushed at stop.
    void sweep(bool everything = false);
    session_counts const& counts() const { return counts_; }

  private:
    awaitable<result<token_pair>> open_session(user const& who, uuid family, deadline limit);
    token_pair make_pair(user const& who, uuid family, std::string refresh_token) const;
    awaitable<result<void>> limit_attempts(std::vector<rate_rule> const& rules);
    void give_back(std::vector<rate_rule> const& rules);
    result<void> room() const;
    void note(audit::entry e);
    void note_failure(audit::entry e);

    session_ports ports_;
    shared_value<config::settings>& settings_;
    password_hasher passwords_;
    revocations& revoked_;
    revocations::view view_;
    mutable access_tokens tokens_;
    audit::failures failures_;
    session_counts counts_;
};

// The token of "Bearer …" (RFC 6750; the scheme in any case); nothing for another scheme.
std::optional<std::string_view> bearer_token(std::string_view authorization);

}  // namespace vanna::auth
