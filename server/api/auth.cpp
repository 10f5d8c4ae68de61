#include "server/api/body.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/api/views.hpp"
#include "server/middleware/admission.hpp"
#include "server/middleware/cookies.hpp"

namespace vanna::api {
namespace {

auth::caller caller_of(http::request const& r) {
    return {.ip = std::string(r.remote()), .request_id = std::string(r.id())};
}

boost::json::object token_view(auth::token_pair const& t) {
    return {{"access_token", t.access_token},
            {"token_type", "bearer"},
            {"expires_in", t.expires_in.count()},
            {"refresh_token", t.refresh_token}};
}

// With `session`: also a browser's session, the access token where scripts cannot read it.
reply tokens(http::request const& r, auth::token_pair const& t, bool session) {
    auto out = json_reply(200, token_view(t)).with("cache-control", "no-store");
    if (session)
        out.headers.push_back(
            {"set-cookie", http::session_cookie(t.access_token, t.expires_in, r.is_secure())});
    return out;
}

// A page elsewhere must not put its visitor into a session of its choice (log-in CSRF). Programs send neither
// header.
result<void> may_open_session(http::request const& r) {
    bool const from_browser = r.has_header("origin") || r.has_header("sec-fetch-site");
    if (!from_browser || http::same_origin(r)) return {};
    return error{errc::forbidden,
                 public_text{"a browser session may only be opened from this server's own pages"}}
        .with_type("cross-origin");
}

struct credentials {
    std::string email, password;
    bool session = false;
};

// The OAuth2 password form (RFC 6749, 4.3.2): grant_type=password&username=…&password=…
result<credentials> read_form(http::request const& r) {
    auto const fields = http::parse_query(r.body);
    if (!fields) return error{errc::bad_request, public_text{"the form is not well formed"}};
    credentials out;
    std::string grant = "password";
    for (auto const& [name, value] : *fields) {
        if (name == "username") out.email = value;
        if (name == "password") out.password = value;
        if (name == "grant_type") grant = value;
    }
    if (grant != "password")
        return error{errc::invalid_input, public_text{"the grant is not supported"}}.with_field(
            "grant_type", "expected password");
    if (out.email.empty() || out.password.empty())
        return error{errc::invalid_input, public_text{"the form is not complete"}}.with_field(
            out.email.empty() ? "username" : "password", "is required");
    return out;
}

result<credentials> read_credentials(http::request const& r) {
    if (r.header("content-type").starts_with("application/x-www-form-urlencoded")) return read_form(r);
    auto body = body_reader::parse(r.body);
    if (!body) return body.error();
    credentials out{.email = body->text("email", 1, 254), .password = body->text("password", 1, 1000)};
    out.session = body->optional_bool("session").value_or(false);
    if (auto ok = body->done(); !ok) return ok.error();
    return out;
}

}  // namespace

awaitable<reply> register_user(context& c, http::request& r) {
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    auto const email = body->text("email", 1, 254), password = body->text("password", 0, 1000);
    auto const name = body->optional_text("full_name", 0, 200).value_or("");
    if (auto ok = body->done(); !ok) co_return ok.error();
    auto const made = co_await c.sessions.register_user(email, password, name, caller_of(r), r.limit);
    if (!made) co_return made.error();
    co_return json_reply(201, view(*made));
}

awaitable<reply> log_in(context& c, http::request& r) {
    auto given = read_credentials(r);
    if (!given) co_return given.error();
    if (given->session)
        if (auto ok = may_open_session(r); !ok) co_return ok.error();
    auto const pair = co_await c.sessions.login(given->email, given->password, caller_of(r), r.limit);
    if (!pair) co_return pair.error();
    co_return tokens(r, *pair, given->session);
}

awaitable<reply> log_out(context& c, http::request& r) {
    if (auto ok = co_await c.sessions.logout(who(r), caller_of(r), r.limit); !ok) co_return ok.error();
    co_return http::no_content().with("set-cookie", http::expired_session_cookie(r.is_secure()));
}

awaitable<reply> refresh_tokens(context& c, http::request& r) {
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    auto const token = body->text("refresh_token", 1, 200);
    auto const session = body->optional_bool("session").value_or(false);
    if (auto ok = body->done(); !ok) co_return ok.error();
    if (session)
        if (auto ok = may_open_session(r); !ok) co_return ok.error();
    auto const pair = co_await c.sessions.refresh(token, caller_of(r), r.limit);
    if (!pair) co_return pair.error();
    co_return tokens(r, *pair, session);
}

awaitable<reply> change_password(context& c, http::request& r) {
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    auto const current = body->text("current_password", 1, 1000), next = body->text("new_password", 0, 1000);
    if (auto ok = body->done(); !ok) co_return ok.error();
    auto const pair = co_await c.sessions.change_password(who(r), current, next, caller_of(r), r.limit);
    if (!pair) co_return pair.error();
    co_return tokens(r, *pair, false);
}

awaitable<reply> issue_password_reset(context& c, http::request& r) {
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    auto const email = body->text("email", 1, 254);
    if (auto ok = body->done(); !ok) co_return ok.error();
    auto const user = co_await c.users.by_email(email, r.limit);
    if (!user) co_return user.error();
    auto const issued = co_await c.sessions.issue_reset(who(r), user->id, caller_of(r), r.limit);
    if (!issued) co_return issued.error();
    co_return json_reply(
        201, boost::json::object{{"reset_token", issued->token}, {"expires_at", to_rfc3339(issued->expires)}})
        .with("cache-control", "no-store");
}

awaitable<reply> confirm_password_reset(context& c, http::request& r) {
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    auto const token = body->text("token", 1, 200), password = body->text("new_password", 0, 1000);
    if (auto ok = body->done(); !ok) co_return ok.error();
    if (auto ok = co_await c.sessions.confirm_reset(token, password, caller_of(r), r.limit); !ok)
        co_return ok.error();
    co_return http::no_content();
}

awaitable<reply> get_me(context& c, http::request& r) {
    auto const found = co_await c.users.by_id(who(r).user_id, r.limit);
    if (!found) co_return found.error();
    co_return json_reply(200, view(*found));
}

}  // namespace vanna::api
