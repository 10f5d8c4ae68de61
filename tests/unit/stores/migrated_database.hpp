// A scratch database with the engine's tables, and a user to hang rows on.
#pragma once
#include "db/postgres/migrate.hpp"
#include "db/postgres/stores.hpp"
#include "tests/unit/stores/scratch_database.hpp"

namespace vanna::test {

struct migrated_database : scratch_database {
    migrated_database() {
        run_coroutine([&]() -> awaitable<void> {
            auto const done = co_await postgres::migrate(where(), after(20s));
            BOOST_REQUIRE_MESSAGE(done, done.error().message << " " << done.error().detail);
        });
    }
};

inline auth::user some_user(std::string email, auth::role role = auth::role::analyst) {
    return {.id = new_id(), .email = std::move(email), .password_hash = "$2b$04$hash", .role = role};
}

}  // namespace vanna::test
