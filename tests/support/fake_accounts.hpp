// Users and sessions in memory, with the rules the ports promise; and a recorder that keeps what it is given.
// `failure`, when set, is what every call answers.
#pragma once
#include <algorithm>
#include <functional>
#include <map>

#include "core/auth/credentials.hpp"
#include "core/auth/user_store.hpp"
#include "core/query/record.hpp"

namespace vanna::test {

struct fake_users : auth::user_store {
    std::map<uuid, auth::user> rows;
    std::optional<error> failure;
    std::function<void(auth::user&)> meanwhile;  // what somebody does to a user once it was read
    int logins = 0;

    auth::user& add(std::string email, std::string hash, auth::role role = auth::role::analyst) {
        auth::user made{
            .id = new_id(), .email = std::move(email), .password_hash = std::move(hash), .role = role};
        return rows[made.id] = made;
    }
    auth::user read(auth::user& row) {
        auto const seen = row;
        if (auto act = std::exchange(meanwhile, {})) act(row);
        return seen;
    }
    awaitable<result<auth::user>> by_id(uuid id, deadline) override {
        if (failure) co_return *failure;
        if (auto at = rows.find(id); at != rows.end()) co_return read(at->second);
        co_return error{errc::not_found, public_text{"no such user"}};
    }
    awaitable<result<auth::user>> by_email(std::string email, deadline) override {
        if (failure) co_return *failure;
        for (auto& [id, u] : rows)
            if (auth::lower_email(u.email) == auth::lower_email(email)) co_return read(u);
        co_return error{errc::not_found, public_text{"no such user"}};
    }
    awaitable<result<auth::user>> create(auth::user made, deadline) override {
        if (failure) co_return *failure;
        for (auto const& [id, u] : rows)
            if (u.email == made.email) co_return error{errc::conflict, public_text{"taken"}};
        co_return rows[made.id] = made;
    }
    awaitable<result<auth::user>> update(uuid id, auth::user_changes changes, deadline) override {
        if (failure) co_return *failure;
        auto& u = rows.at(id);
        if (changes.unless_past_epoch && *changes.unless_past_epoch != u.session_epoch)
            co_return error{errc::conflict, public_text{"changed meanwhile"}};
        if (changes.password_hash) u.password_hash = *changes.password_hash;
        if (changes.is_active) u.is_active = *changes.is_active;
        ++u.session_epoch;
        co_return u;
    }
    awaitable<result<page<auth::user>>> list(page_request, deadline) override {
        co_return page<auth::user>{};
    }
    awaitable<result<void>> touch_login(uuid, deadline) override {
        ++logins;
        co_return result<void>{};
    }
};

struct fake_sessions : auth::session_store {
    struct grant {
        uuid user, family;
        bool used = false;
        instant expires{};
    };
    std::map<std::string, grant> grants;
    std::map<std::string, uuid> resets;
    std::vector<uuid> revoked_families;
    std::optional<error> failure;
    fake_users* users = nullptr;  // whose grants they are, and where a reset puts the password

    error refused() const { return error{errc::unauthenticated, public_text{"not valid"}}; }
    awaitable<result<void>> add_refresh(auth::user const& who, uuid family, std::string hash, instant expires,
                                        deadline) override {
        if (failure) co_return *failure;
        if (auto const& now_is = users->rows.at(who.id);
            now_is.session_epoch != who.session_epoch || !now_is.is_active)
            co_return refused();
        grants[hash] = {who.id, family, false, expires};
        co_return result<void>{};
    }
    awaitable<result<auth::refresh_grant>> rotate_refresh(std::string hash, std::string next, instant expires,
                                                          deadline) override {
        if (failure) co_return *failure;
        auto at = grants.find(hash);
        if (at == grants.end() || at->second.expires <= now()) co_return refused();
        auto const g = at->second;
        if (!users->rows.at(g.user).is_active) co_return refused();
        if (g.used) {
            revoked_families.push_back(g.family);
            std::erase_if(grants, [&](auto const& item) { return item.second.family == g.family; });
            co_return refused();
        }
        at->second.used = true;
        grants[next] = {g.user, g.family, false, expires};
        co_return auth::refresh_grant{users->rows.at(g.user), g.family};
    }
    awaitable<result<void>> revoke_family(uuid, uuid family, instant, deadline) override {
        if (failure) co_return *failure;
        revoked_families.push_back(family);
        std::erase_if(grants, [&](auto const& item) { return item.second.family == family; });
        co_return result<void>{};
    }
    awaitable<result<void>> add_password_reset(uuid user, std::string hash, instant, deadline) override {
        if (failure) co_return *failure;
        resets[hash] = user;
        co_return result<void>{};
    }
    awaitable<result<uuid>> use_password_reset(std::string hash, std::string password_hash,
                                               deadline) override {
        if (failure) co_return *failure;
        auto at = resets.find(hash);
        if (at == resets.end()) co_return refused();
        auto const who = at->second;
        resets.erase(at);
        users->rows.at(who).password_hash = password_hash;
        co_return who;
    }
};

struct fake_recorder : query::recorder {
    std::vector<query::record> records;
    bool room = true;
    result<void> append(query::record const& r) override {
        if (!room) return error{errc::overloaded, public_text{"full"}};
        records.push_back(r);
        return {};
    }
    bool has_room() const override { return room; }
    std::size_t audited(std::string_view action, std::string_view status) const {
        return std::size_t(std::count_if(records.begin(), records.end(), [&](auto const& r) {
            return r.audit && r.audit->action == action && r.audit->status == status;
        }));
    }
};

struct fake_audit : audit::store {
    std::vector<audit::entry> entries;
    std::optional<error> failure;
    awaitable<result<void>> append(std::vector<audit::entry> given, deadline) override {
        if (failure) co_return *failure;
        entries.insert(entries.end(), given.begin(), given.end());
        co_return result<void>{};
    }
    awaitable<result<page<audit::entry>>> list(audit::filter, page_request, deadline) override {
        co_return page<audit::entry>{};
    }
};

}  // namespace vanna::test
