// A target that answers what the test says, counts what it was asked, and can be made to wait.
#pragma once
#include "core/sql/target.hpp"

namespace vanna::test {

struct fake_target : sql::target {
    int opens = 0;
    std::function<result<sql::opened>(sql::statement const&, sql::open_options const&)> answer =
        [](auto const&, auto const&) -> result<sql::opened> {
        sql::opened out;
        out.columns = {{"n", "INTEGER"}};
        out.target_version = "v1";
        out.first = {.bytes = "[1]", .rows = 1, .last = true};
        return out;
    };
    std::shared_ptr<asio::steady_timer> gate;  // when set, open() waits for its cancel()
    std::string version = "v1";

    awaitable<result<sql::opened>> open(sql::statement what, sql::open_options how) override {
        ++opens;
        if (gate) co_await gate->async_wait(asio::as_tuple(asio::use_awaitable));
        co_return answer(what, how);
    }
    awaitable<result<std::vector<sql::column>>> check(std::string, deadline, uuid) override {
        co_return std::vector<sql::column>{{"n", "INTEGER"}};
    }
    sql::target_status status() const override {
        return {.engine = "fake", .version = version, .ready = true, .problem = {}};
    }
    std::shared_ptr<sql::schema const> schema() const override { return nullptr; }
};

}  // namespace vanna::test
