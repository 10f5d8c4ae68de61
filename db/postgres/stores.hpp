// The engine's stores on PostgreSQL: each implements a port of core. Made per worker on the worker's pool,
// which must outlive them, and used only there.
#pragma once
#include <memory>

#include "core/admin/database_stats.hpp"
#include "core/ask/conversations.hpp"
#include "core/audit/entry.hpp"
#include "core/auth/user_store.hpp"
#include "core/jobs/job.hpp"
#include "core/jobs/lock.hpp"
#include "core/query/record.hpp"
#include "core/replica/state.hpp"
#include "db/postgres/pool.hpp"

namespace vanna::postgres {

// `token_life`: how long an access token may live; epoch and family revocations are kept at least that long.
std::unique_ptr<auth::user_store> create_user_store(pool& on, std::chrono::seconds token_life);
std::unique_ptr<auth::session_store> create_session_store(pool& on, std::chrono::seconds token_life);
std::unique_ptr<audit::store> create_audit_store(pool& on);
std::unique_ptr<query::store> create_query_store(pool& on);
std::unique_ptr<ask::knowledge_store> create_knowledge_store(pool& on);
std::unique_ptr<ask::conversation_store> create_conversation_store(pool& on);
std::unique_ptr<replica::store> create_replica_store(pool& on);
std::unique_ptr<jobs::store> create_job_store(pool& on);
std::unique_ptr<jobs::lock_store> create_lock_store(pool& on);
std::unique_ptr<admin::database_stats> create_database_stats(pool& on);

// The page of a statement that asked for one row more than `limit`; T has an id.
template <class T, class F>
page<T> read_page(rows const& found, std::size_t limit, F read) {
    page<T> out;
    for (int i = 0; i < found.size() && out.items.size() < limit; ++i)
        out.items.push_back(read(found[i]));
    if (std::size_t(found.size()) > limit && !out.items.empty()) out.next = out.items.back().id;
    return out;
}

}  // namespace vanna::postgres
