#include "core/auth/credentials.hpp"
#include "server/api/body.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/api/views.hpp"

namespace vanna::api {
namespace {

void note_problems(body_reader& body, result<void> const& checked) {
    if (!checked)
        for (auto const& f : checked.error().fields)
            body.wrong(f.field, f.message);
}

// Checked here so that one answer names every wrong field; the policy itself is auth's.
std::optional<std::string> take_password(body_reader& body, std::string_view name, bool required) {
    auto text = required ? std::optional(body.text(name, 0, 1000)) : body.optional_text(name, 0, 1000);
    if (!text || !body.has(name)) return {};
    note_problems(body, auth::check_password(*text, std::string(name)));
    return text;
}

std::optional<auth::role> take_role(body_reader& body, bool required) {
    auto const text = required ? std::optional(body.text("role", 1, 20)) : body.optional_text("role", 1, 20);
    if (!text || text->empty()) return {};
    auto const role = auth::parse_role(*text);
    if (!role) body.wrong("role", "expected viewer, analyst or admin");
    return role;
}

void check_email(body_reader& body, std::optional<std::string> const& email) {
    if (email) note_problems(body, auth::check_email(*email));
}

}  // namespace

awaitable<reply> list_users(context& c, http::request& r) {
    auto const which = page_of(r);
    if (!which) co_return which.error();
    auto const found = co_await c.users.list(*which, r.limit);
    if (!found) co_return found.error();
    note(c, entry_of(r, "users.list", "users", "success"));
    co_return json_reply(200, view(*found));
}

awaitable<reply> get_user(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    auto const found = co_await c.users.by_id(*id, r.limit);
    if (!found) co_return found.error();
    note(c, entry_of(r, "users.read", "users/" + to_string(*id), "success"));
    co_return json_reply(200, view(*found));
}

awaitable<reply> create_user(context& c, http::request& r) {
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    auto const email = body->text("email", 3, 254);
    check_email(*body, email);
    auto const password = take_password(*body, "password", true);
    auto const name = body->optional_text("full_name", 0, 200).value_or("");
    auto const role = take_role(*body, true);
    if (auto ok = body->done(); !ok) co_return ok.error();
    co_return co_await audited(c, r, "users.create", "users", {{"email", email}, {"role", to_string(*role)}},
                               [&]() -> awaitable<reply> {
                                   auto hashed = co_await c.passwords.hash(*password, r.limit);
                                   if (!hashed) co_return hashed.error();
                                   auto const made =
                                       co_await c.users.create({.id = new_id(),
                                                                .email = email,
                                                                .password_hash = std::move(*hashed),
                                                                .full_name = name,
                                                                .role = *role},
                                                               r.limit);
                                   if (!made) co_return made.error();
                                   co_return created("/api/v1/users/" + to_string(made->id), view(*made));
                               });
}

awaitable<reply> update_user(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    auth::user_changes changes;
    changes.email = body->optional_text("email", 3, 254);
    check_email(*body, changes.email);
    changes.full_name = body->optional_text("full_name", 0, 200);
    changes.role = take_role(*body, false);
    changes.is_active = body->optional_bool("is_active");
    auto const password = take_password(*body, "password", false);
    if (auto ok = body->done(); !ok) co_return ok.error();
    boost::json::object noted;
    if (changes.email) noted["email"] = *changes.email;
    if (changes.full_name) noted["full_name"] = *changes.full_name;
    if (changes.role) noted["role"] = to_string(*changes.role);
    if (changes.is_active) noted["is_active"] = *changes.is_active;
    if (password) noted["password"] = "changed";
    co_return co_await audited(c, r, "users.update", "users/" + to_string(*id), noted,
                               [&]() -> awaitable<reply> {
                                   if (password) {
                                       auto hashed = co_await c.passwords.hash(*password, r.limit);
                                       if (!hashed) co_return hashed.error();
                                       changes.password_hash = std::move(*hashed);
                                   }
                                   auto const changed = co_await c.users.update(*id, changes, r.limit);
                                   if (!changed) co_return changed.error();
                                   co_return json_reply(200, view(*changed));
                               });
}

awaitable<reply> deactivate_user(context& c, http::request& r) {
    auto const id = path_id(r);
    if (!id) co_return id.error();
    if (auto ok = confirmed(r); !ok) co_return ok.error();
    co_return co_await audited(
        c, r, "users.deactivate", "users/" + to_string(*id), nullptr, [&]() -> awaitable<reply> {
            auto const changed = co_await c.users.update(*id, {.is_active = false}, r.limit);
            if (!changed) co_return changed.error();
            co_return http::no_content();
        });
}

}  // namespace vanna::api
