#include <sysexits.h>

#include <cstdio>

#include "core/auth/credentials.hpp"
#include "core/auth/password_hash.hpp"
#include "core/auth/secret.hpp"
#include "server/api/views.hpp"
#include "server/cli/commands.hpp"
#include "server/cli/engine.hpp"
#include "server/cli/output.hpp"
#include "server/cli/typed_password.hpp"

namespace vanna::cli {
namespace {

constexpr auto step_limit = std::chrono::seconds(30);

awaitable<int> create(engine& e, command_line const& line) {
    auto const email = line.words.at(0);
    auto const role = auth::parse_role(line.get("role", "viewer"));
    if (!role)
        co_return fail(error{errc::invalid_input, public_text{"--role " + line.get("role") +
                                                              ": expected viewer, analyst or admin"}}),
            EX_USAGE;
    auto const password =
        read_password("password for " + email + " (at least " +
                      std::to_string(auth::least_password_characters) + " characters; not shown): ");
    if (auto ok = auth::check_email(email); !ok) co_return fail(ok.error());
    if (auto ok = auth::check_password(password); !ok) co_return fail(ok.error());
    if (auto ok = co_await e.connect(); !ok) co_return fail(ok.error());
    if (auto ok = co_await e.may_write(); !ok) co_return fail(ok.error());
    auth::password_hasher hasher(e.shared().cpu);
    auto const hashed = co_await hasher.hash(password, after(step_limit));
    if (!hashed) co_return fail(hashed.error());
    auth::user const made{.id = new_id(),
                          .email = email,
                          .password_hash = *hashed,
                          .full_name = line.get("name"),
                          .role = *role};
    auto const stored =
        co_await audited<auth::user>(e,
                                     e.entry("users.create", "users/" + to_string(made.id),
                                             {{"email", email}, {"role", auth::to_string(*role)}}),
                                     [&]() { return e.stores().users->create(made, after(step_limit)); });
    if (!stored) co_return fail(stored.error());
    print(line.has("json") ? boost::json::serialize(api::view(*stored)) + "\n"
                           : "created " + email + " as " + std::string(auth::to_string(*role)) + "\n");
    co_return 0;
}

awaitable<int> list(engine& e, command_line const& line) {
    if (auto ok = co_await e.connect(); !ok) co_return fail(ok.error());
    std::vector<std::vector<std::string>> rows;
    boost::json::array items;
    for (page_request at{.limit = 200};;) {
        auto const found = co_await e.stores().users->list(at, after(step_limit));
        if (!found) co_return fail(found.error());
        for (auto const& u : found->items) {
            items.push_back(api::view(u));
            rows.push_back({u.email, std::string(auth::to_string(u.role)), u.is_active ? "yes" : "no",
                            u.full_name, u.last_login ? to_rfc3339(*u.last_login).substr(0, 19) : ""});
        }
        if (!found->next) break;
        at.before = found->next;
    }
    if (auto ok = co_await e.note(e.entry("users.list", "users")); !ok) co_return fail(ok.error());
    print(line.has("json") ? boost::json::serialize(items) + "\n"
                           : table({"email", "role", "active", "name", "last log-in"}, rows));
    co_return 0;
}

awaitable<int> reset(engine& e, command_line const& line) {
    if (auto ok = co_await e.connect(); !ok) co_return fail(ok.error());
    if (auto ok = co_await e.may_write(); !ok) co_return fail(ok.error());
    auto const user = co_await e.stores().users->by_email(line.words.at(0), after(step_limit));
    if (!user) co_return fail(user.error());
    auto const token = auth::random_token();
    auto const expires = now() + std::chrono::minutes(30);
    auto const done =
        co_await audited<void>(e, e.entry("auth.password_reset", "users/" + to_string(user->id)), [&]() {
            return e.stores().grants->add_password_reset(user->id, auth::sha256(token), expires,
                                                         after(step_limit));
        });
    if (!done) co_return fail(done.error());
    print(line.has("json") ? boost::json::serialize(boost::json::object{
                                 {"reset_token", token}, {"expires_at", to_rfc3339(expires)}}) +
                                 "\n"
                           : token + "\nvalid until " + to_rfc3339(expires) +
                                 "; POST it with a new password to /api/v1/auth/password-reset/confirm\n");
    co_return 0;
}

}  // namespace

int run_user(command_line const& line, engine& e) {
    auto const act = line.command == "user create" ? &create : line.command == "user list" ? &list : &reset;
    return e.run([&](engine& on) { return act(on, line); });
}

}  // namespace vanna::cli
