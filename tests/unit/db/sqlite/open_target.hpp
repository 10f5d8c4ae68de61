// A target over a file, ready to be asked; errors as values a test can compare.
#pragma once
#include "db/sqlite/target.hpp"
#include "tests/unit/db/sqlite/pool_runner.hpp"
#include "tests/unit/db/sqlite/sqlite_file.hpp"

namespace vanna::test {

struct asked {
    std::optional<sql::opened> answer;
    error failure;
    std::string code() const { return answer ? "ok" : std::string(to_string(failure.code)); }
    std::string rows() const { return answer ? answer->first.bytes : failure.message; }
};

class open_target : public pool_runner {
  public:
    explicit open_target(std::string const& path, unsigned without = 0, unsigned threads = 2)
        : open_target(sqlite::target_options{.path = path, .guard = {.without = without}}, threads) {}
    explicit open_target(sqlite::target_options options, unsigned threads = 2)
        : pool_runner("sqlite", threads), target(sqlite::create_target(pool, std::move(options))) {
        use("v1");
    }

    void use(std::string const& version) {
        run([&]() -> awaitable<void> {
            auto const used = co_await target->use(version);
            BOOST_REQUIRE_MESSAGE(used, used.error().message + ": " + used.error().detail);
        });
    }
    asked ask(sql::statement what, sql::open_options how = {}) {
        if (how.until == deadline{}) how.until = after(std::chrono::seconds(5));
        asked out;
        run([&]() -> awaitable<void> {
            auto answer = co_await target->open(what, how);
            if (answer)
                out.answer.emplace(std::move(*answer));
            else
                out.failure = answer.error();
        });
        return out;
    }
    asked query(std::string sql) { return ask(sql::statement{std::move(sql), {}, {}}); }

    std::shared_ptr<sqlite::file_target> target;
};

}  // namespace vanna::test
