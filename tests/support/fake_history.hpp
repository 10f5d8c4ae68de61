// A store of query records in memory: exactly once by key, and made to fail as the test says.
#pragma once
#include <functional>
#include <map>

#include "core/query/record.hpp"

namespace vanna::test {

struct fake_history : query::store {
    std::map<uuid, query::record> rows;  // by key
    std::size_t commits = 0, seen = 0;
    std::optional<error> failure;                                       // of every commit
    std::function<std::optional<error>(query::record const&)> refuses;  // a whole batch that holds one

    awaitable<result<std::size_t>> commit(std::vector<query::record> batch, deadline) override {
        ++commits;
        if (failure) co_return *failure;
        for (auto const& r : batch)
            if (refuses)
                if (auto why = refuses(r)) co_return *why;
        seen += batch.size();
        std::size_t fresh = 0;
        for (auto& r : batch)
            fresh += rows.try_emplace(r.key, r).second;
        co_return fresh;
    }
    awaitable<result<bool>> exists(uuid, deadline) override { co_return false; }
    awaitable<result<query::record>> get(uuid, deadline) override {
        co_return error{errc::not_found, public_text{"none"}};
    }
    awaitable<result<page<query::record>>> list(query::history_filter, page_request, deadline) override {
        co_return page<query::record>{};
    }
    awaitable<result<query::feedback>> give_feedback(query::feedback f, deadline) override { co_return f; }
};

inline query::record some_record(std::string sql = "select 1") {
    query::record r;
    r.id = new_id();
    r.user_id = new_id();
    r.email = "analyst@example.com";
    r.target = "default";
    r.action = "query.run";
    r.sql = std::move(sql);
    r.status = query::status::success;
    r.target_version = std::string(64, 'a');
    r.created_at = r.executed_at = now();
    r.request_id = "req-1";
    r.ip = "192.0.2.1";
    return r;
}

}  // namespace vanna::test
