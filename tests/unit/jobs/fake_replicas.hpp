// The rows that replicas agree on, in memory: knowledge state and schema versions.
#pragma once
#include "core/replica/state.hpp"

namespace vanna::test {

struct fake_replicas : replica::store {
    replica::knowledge_state knowledge;
    std::vector<schema_version> versions;  // newest first
    int writes = 0;
    bool away = false;
    bool answers_lost = false;  // rows move, but nobody hears of it

    static error gone() { return {errc::unavailable, public_text{"PostgreSQL is away"}}; }
    awaitable<result<replica::snapshot>> read(deadline) override {
        if (away) co_return gone();
        replica::snapshot s;
        s.knowledge = knowledge;
        co_return s;
    }
    awaitable<result<void>> request_cancel(replica::cancellation, deadline) override { co_return gone(); }
    awaitable<result<replica::target_state>> move_target(replica::target_state, std::int64_t,
                                                         deadline) override {
        co_return gone();
    }
    awaitable<result<replica::knowledge_state>> move_knowledge(replica::knowledge_state to,
                                                               std::int64_t expected, deadline) override {
        if (away) co_return gone();
        if (expected != knowledge.revision)
            co_return error{errc::conflict, public_text{"somebody else published"}};
        ++writes;
        to.revision = expected + 1;
        to.moved_at = now();
        knowledge = to;
        if (answers_lost) co_return gone();
        co_return to;
    }
    awaitable<result<void>> put_configuration(replica::configuration_row, deadline) override {
        co_return gone();
    }
    awaitable<result<void>> remove_configuration(std::string, deadline) override { co_return gone(); }
    awaitable<result<void>> set_maintenance(replica::maintenance, deadline) override { co_return gone(); }
    awaitable<result<bool>> record_schema(std::string target, std::string version, boost::json::value schema,
                                          boost::json::value difference, deadline) override {
        if (!versions.empty() && versions.front().schema == schema) co_return false;
        ++writes;
        versions.insert(versions.begin(), {new_id(), std::move(target), std::move(version), std::move(schema),
                                           std::move(difference), now()});
        co_return true;
    }
    awaitable<result<page<schema_version>>> schema_versions(std::string, page_request which,
                                                            deadline) override {
        page<schema_version> found{versions, {}};
        if (found.items.size() > which.limit) found.items.resize(which.limit);
        co_return found;
    }
};

}  // namespace vanna::test
