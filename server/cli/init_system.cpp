#include "core/log.hpp"
#include "db/postgres/adopt.hpp"
#include "db/postgres/migrate.hpp"
#include "server/cli/init_steps.hpp"

namespace vanna::cli {
namespace {

using kind = step_outcome::kind;
constexpr auto patience = std::chrono::seconds(60);
constexpr auto step_limit = std::chrono::minutes(5);
constexpr auto adoption_limit = std::chrono::minutes(30);

step_outcome outcome(kind what, std::string text) {
    return {what, std::move(text)};
}

bool is_to_adopt(error const& e, init_mode how) {
    return how.adopt && e.type == "older-system";
}

// From the first change on one init works and others wait.
awaitable<result<void>> take_turn(engine& e) {
    if (auto ok = co_await postgres::make_database(e.shared().system_db, after(step_limit)); !ok)
        co_return ok.error();
    if (auto ok = co_await e.connect(); !ok) co_return ok.error();
    co_return co_await e.take_turn(after(step_limit));
}

// Tables of an earlier release, or none, know no maintenance.
awaitable<result<void>> may_init(engine& e, init_mode how, bool is_up_to_date) {
    if (how.check || !is_up_to_date) co_return result<void>{};
    if (auto ok = co_await e.connect(); !ok) co_return ok.error();
    co_return co_await e.may_write();
}

std::string plural(std::size_t n, std::string_view what) {
    return std::to_string(n) + " " + std::string(what) + (n == 1 ? "" : "s");
}

}  // namespace

awaitable<result<step_outcome>> check_settings(engine& e, init_mode) {
    if (e.shared().golden)
        if (auto ok =
                sqlite::check_distinct({config::target_of(e.settings()).source, e.settings().target_db_path});
            !ok)
            co_return error(ok.error()).with_type("wrong-settings");
    co_return outcome(kind::unchanged, "APP_ENV=" + e.settings().app_env);
}

awaitable<result<step_outcome>> reach_system_db(engine& e, init_mode how) {
    auto const until = after(patience);
    asio::steady_timer timer(e.executor());
    for (;;) {
        auto const found =
            co_await postgres::inspect_migrations(e.shared().system_db, after(std::chrono::seconds(5)));
        if (found || is_to_adopt(found.error(), how)) {
            if (auto ok = co_await may_init(e, how, found && found->pending.empty()); !ok)
                co_return ok.error();
            co_return outcome(kind::unchanged, e.shared().system_db.display());
        }
        if (found.error().code != errc::unavailable || std::chrono::steady_clock::now() > until)
            co_return found.error();
        timer.expires_after(std::chrono::milliseconds(250));
        co_await timer.async_wait(asio::use_awaitable);
    }
}

awaitable<result<step_outcome>> adopt_older_tables(engine& e, init_mode how) {
    auto const older = co_await postgres::has_older_system(e.shared().system_db, after(step_limit));
    if (!older) co_return older.error();
    if (!*older) co_return outcome(kind::unchanged, "there are no tables of the older system");
    if (how.check) co_return outcome(kind::pending, "tables of the older system to take over");
    if (auto ok = co_await take_turn(e); !ok) co_return ok.error();
    auto const done = co_await postgres::adopt_older_system(e.shared().system_db, after(adoption_limit));
    if (!done && done.error().type == "no-older-system")
        co_return outcome(kind::unchanged, "taken over by another init");
    if (!done) co_return done.error();
    if (auto ok = co_await e.connect(); !ok) co_return ok.error();
    auto const entry = e.entry("system.adopt", "system",
                               {{"users", done->users},
                                {"users_without_password", done->users_without_password},
                                {"queries", done->queries},
                                {"feedback", done->feedback},
                                {"audit_entries", done->audit_entries},
                                {"terms", done->terms}});
    if (auto ok = co_await e.note(entry); !ok) co_return ok.error();
    std::string text = plural(std::size_t(done->users), "user");
    if (done->users_without_password > 0)
        text += " (" + std::to_string(done->users_without_password) +
                " without a usable password: vanna-engine user reset-password)";
    text += ", " + std::to_string(done->queries) + " queries, " + std::to_string(done->feedback) +
            " of feedback, " + plural(std::size_t(done->audit_entries), "audit row") + ", " +
            plural(std::size_t(done->terms), "term") + "; the old tables are kept in schema vanna_adopted";
    co_return outcome(kind::done, std::move(text));
}

awaitable<result<step_outcome>> migrate_system_db(engine& e, init_mode how) {
    if (how.check) {
        auto const found = co_await postgres::inspect_migrations(e.shared().system_db, after(step_limit));
        if (!found && is_to_adopt(found.error(), how)) co_return outcome(kind::pending, "after the adoption");
        if (!found) co_return found.error();
        co_return outcome(found->pending.empty() ? kind::unchanged : kind::pending,
                          plural(found->pending.size(), "migration") + " to apply");
    }
    if (auto ok = co_await take_turn(e); !ok) co_return ok.error();
    auto const done = co_await postgres::migrate(e.shared().system_db, after(step_limit));
    if (!done) co_return done.error();
    co_return outcome(done->applied.empty() && done->partitions_made == 0 ? kind::unchanged : kind::done,
                      plural(done->applied.size(), "migration") + " applied");
}

awaitable<result<step_outcome>> validate_system_db(engine& e, init_mode how) {
    if (how.check) {
        auto const found = co_await postgres::inspect_migrations(e.shared().system_db, after(step_limit));
        if (found ? !found->pending.empty() : is_to_adopt(found.error(), how))
            co_return outcome(kind::skipped, "after the migrations");
    }
    if (auto ok = co_await postgres::validate_schema(e.shared().system_db, after(step_limit)); !ok)
        co_return ok.error();
    if (auto ok = how.check ? co_await e.connect() : co_await take_turn(e); !ok) co_return ok.error();
    co_return outcome(kind::unchanged, "tables and columns are as expected");
}

namespace {

// Makes the account if the address is free; true when it did.
awaitable<result<bool>> ensure_user(engine& e, std::string email, std::string password, std::string name,
                                    auth::role role, init_mode how) {
    auto const found = co_await e.stores().users->by_email(email, after(step_limit));
    if (found) co_return false;
    if (found.error().code != errc::not_found) co_return found.error();
    if (how.check) co_return true;
    auth::password_hasher hasher(e.shared().cpu);
    auto hashed = co_await hasher.hash(password, after(step_limit));
    if (!hashed) co_return hashed.error();
    auth::user const user{
        .id = new_id(), .email = email, .password_hash = std::move(*hashed), .full_name = name, .role = role};
    auto const made =
        co_await audited<auth::user>(e,
                                     e.entry("users.create", "users/" + to_string(user.id),
                                             {{"email", email}, {"role", auth::to_string(role)}}),
                                     [&] { return e.stores().users->create(user, after(step_limit)); });
    if (!made && made.error().code == errc::conflict) co_return false;  // another init was faster
    if (!made) co_return made.error();
    co_return true;
}

}  // namespace

awaitable<result<step_outcome>> create_admin(engine& e, init_mode how) {
    auto const& s = e.settings();
    if (auto ok = auth::check_email(s.init_admin_username, "INIT_ADMIN_USERNAME"); !ok) co_return ok.error();
    if (auto ok = auth::check_password(s.init_admin_password, "INIT_ADMIN_PASSWORD"); !ok)
        co_return ok.error();
    auto const made = co_await ensure_user(e, s.init_admin_username, s.init_admin_password, "Administrator",
                                           auth::role::admin, how);
    if (!made) co_return made.error();
    co_return outcome(!*made      ? kind::unchanged
                      : how.check ? kind::pending
                                  : kind::done,
                      s.init_admin_username);
}

namespace {

struct published {
    char const *email, *password, *name;
    auth::role role;
};
constexpr published demo_users[] = {
    {"analyst@example.com", "AnalystPassword123", "Demo Analyst", auth::role::analyst},
    {"viewer@example.com", "ViewerPassword123", "Demo Viewer", auth::role::viewer}};
// The default of INIT_ADMIN_USERNAME and _PASSWORD.
constexpr published default_admin{"admin@example.com", "AdminPassword123", "Administrator",
                                  auth::role::admin};

// Closes an account that everybody who has read the documentation can log in to; true when it was open.
awaitable<result<bool>> close_published(engine& e, published account, init_mode how) {
    auto const found = co_await e.stores().users->by_email(account.email, after(step_limit));
    if (!found && found.error().code == errc::not_found) co_return false;
    if (!found) co_return found.error();
    if (!found->is_active) co_return false;
    auth::password_hasher hasher(e.shared().cpu);
    auto const as_published =
        co_await hasher.verify(account.password, found->password_hash, after(step_limit));
    if (!as_published) co_return as_published.error();
    if (!*as_published || how.check) co_return *as_published;
    auto const done = co_await audited<auth::user>(
        e,
        e.entry("users.deactivate", "users/" + to_string(found->id),
                {{"email", found->email}, {"reason", "SEED_DEMO_DATA=false and the published password"}}),
        [&] { return e.stores().users->update(found->id, {.is_active = false}, after(step_limit)); });
    if (!done) co_return done.error();
    co_return true;
}

awaitable<result<step_outcome>> close_demo_users(engine& e, init_mode how) {
    std::vector<published> accounts(std::begin(demo_users), std::end(demo_users));
    if (auth::lower_email(e.settings().init_admin_username) != default_admin.email)
        accounts.push_back(default_admin);
    std::string closed, kept;
    for (auto const& account : accounts) {
        auto const one = co_await close_published(e, account, how);
        if (!one && one.error().code == errc::conflict)
            kept = account.email;
        else if (!one)
            co_return one.error();
        else if (*one)
            (closed += closed.empty() ? "" : ", ") += account.email;
    }
    std::string text = "SEED_DEMO_DATA=false";
    if (!closed.empty())
        text += std::string(how.check ? "; to deactivate" : "; deactivated") +
                " for still having the published password: " + closed;
    if (!kept.empty()) text += "; change the published password of the last administrator: " + kept;
    co_return outcome(closed.empty() ? kind::skipped
                      : how.check    ? kind::pending
                                     : kind::done,
                      std::move(text));
}

}  // namespace

awaitable<result<step_outcome>> create_demo_users(engine& e, init_mode how) {
    if (!e.settings().seed_demo_data) co_return co_await close_demo_users(e, how);
    std::size_t made = 0;
    for (auto const& [email, password, name, role] : demo_users) {
        auto const one = co_await ensure_user(e, email, password, name, role, how);
        if (!one) co_return one.error();
        made += *one;
    }
    co_return outcome(made == 0   ? kind::unchanged
                      : how.check ? kind::pending
                                  : kind::done,
                      plural(made, "demo user"));
}

}  // namespace vanna::cli
