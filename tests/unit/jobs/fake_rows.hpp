// The rows of `jobs` and `schedules` and the cluster's locks, in memory, as PostgreSQL keeps them; it can be
// away.
#pragma once
#include <map>

#include "core/jobs/job.hpp"
#include "core/jobs/lock.hpp"

namespace vanna::test {

struct fake_rows : jobs::store, jobs::lock_store {
    std::map<uuid, jobs::job> rows;
    std::map<uuid, bool> cancel_requested;
    std::map<std::string, instant> fired;
    std::map<std::string, int> held;  // -1: alone, n: shared by n
    bool away = false, lost = false;
    int refused_saves = 0;

    static error gone() { return {errc::unavailable, public_text{"PostgreSQL is away"}}; }
    static error missing() { return {errc::not_found, public_text{"no such job"}}; }

    awaitable<result<void>> add(jobs::job j, deadline) override {
        if (away) co_return gone();
        rows[j.id] = j;
        co_return result<void>{};
    }
    awaitable<result<saved>> save(jobs::job j, deadline) override {
        if (away) {
            ++refused_saves;
            co_return gone();
        }
        auto const found = rows.find(j.id);
        if (found == rows.end()) co_return missing();
        if (found->second.finished_at && !j.finished_at)
            co_return error{errc::conflict, public_text{"it has ended"}};
        j.revision = found->second.revision + 1;
        j.heartbeat = now();
        found->second = j;
        co_return saved{j.revision, cancel_requested[j.id]};
    }
    awaitable<result<jobs::job>> get(uuid id, deadline) override {
        if (away) co_return gone();
        auto const found = rows.find(id);
        if (found == rows.end()) co_return missing();
        co_return found->second;
    }
    awaitable<result<page<jobs::job>>> list(jobs::job_filter, page_request, deadline) override {
        co_return page<jobs::job>{};
    }
    awaitable<result<void>> request_cancel(uuid id, deadline) override {
        if (!rows.contains(id)) co_return missing();
        cancel_requested[id] = true;
        co_return result<void>{};
    }
    awaitable<result<std::size_t>> fail_orphans(std::chrono::seconds older_than, deadline) override {
        if (away) co_return gone();
        std::size_t marked = 0;
        for (auto& [id, j] : rows)
            if (!j.finished_at && j.heartbeat.value_or(j.created_at) < now() - older_than) {
                j.state = jobs::state::failed;
                j.finished_at = now();
                ++marked;
            }
        co_return marked;
    }
    awaitable<result<std::optional<jobs::job>>> running_of(std::string type, deadline) override {
        if (away) co_return gone();
        for (auto const& [id, j] : rows)
            if (j.type == type && !j.finished_at) co_return std::optional(j);
        co_return std::optional<jobs::job>{};
    }
    awaitable<result<bool>> claim(std::string name, instant due, deadline) override {
        if (away) co_return gone();
        auto& last = fired[name];
        if (last >= due) co_return false;
        last = due;
        co_return true;
    }

    struct held_lock : jobs::lock {
        fake_rows& all;
        std::string name;
        jobs::lock_mode mode;
        held_lock(fake_rows& a, std::string n, jobs::lock_mode m) : all(a), name(std::move(n)), mode(m) {
            all.held[name] += mode == jobs::lock_mode::shared ? 1 : -1;
        }
        ~held_lock() override { all.held[name] -= mode == jobs::lock_mode::shared ? 1 : -1; }
        awaitable<result<void>> still_held(deadline) override {
            if (all.lost) co_return error{errc::conflict, public_text{"the lock was lost"}};
            co_return result<void>{};
        }
    };
    awaitable<result<std::unique_ptr<jobs::lock>>> try_lock(std::string name, jobs::lock_mode mode,
                                                            deadline) override {
        auto const now = held[name];
        if (now < 0 || (now > 0 && mode == jobs::lock_mode::exclusive))
            co_return error{errc::conflict, public_text{"locked"}};
        co_return std::make_unique<held_lock>(*this, name, mode);
    }
};

}  // namespace vanna::test
