// A PostgreSQL database as the query service's target, read where it is. Every statement passes the guard and
// runs on the pool's threads, which wait for the server; the connections are the target's own. One object,
// shared by all workers. Whoever built it calls refresh() at start and now and then.
#pragma once
#include "core/async/work_pool.hpp"
#include "core/sql/target.hpp"
#include "db/postgres/address.hpp"

namespace vanna::pg_target {

// Each by itself keeps a role without rights to write from doing harm; tests take one away in turn.
enum class layer : unsigned {
    guard = 1,      // the statement's own grammar, node by node
    read_only = 2,  // transactions are READ ONLY
    cursor = 4,     // DECLARE … CURSOR takes nothing but a SELECT
    role = 8        // the role is looked at before anything else
};

struct target_options {
    postgres::address where;
    std::string timezone = "UTC";
    bool is_demo = false;         // the demo schema of a System DB, by a role of its own
    std::size_t max_cursors = 8;  // results that may be open between slices, each with a connection
    std::size_t max_sql_bytes = 100'000;
    unsigned without = 0;  // layers switched off, for tests

    bool has(layer l) const { return (without & unsigned(l)) == 0; }
};

class database_target : public sql::target {
  public:
    // Looks at the role and reads the schema where it has changed; then statements run. conflict of type
    // "target-refused": the role may do harm, or it is a System DB; statements are refused until a refresh
    // finds otherwise. unavailable: it does not answer; the schema read before stays.
    virtual awaitable<result<void>> refresh(deadline limit) = 0;
    // The look at the role alone, which refresh() begins with; same errors.
    virtual awaitable<result<void>> look_at_role(deadline limit) = 0;
    virtual std::size_t open_cursors() const = 0;
};

// `pool` outlives the target. Not ready until refresh().
std::shared_ptr<database_target> create_target(work_pool& pool, target_options options);

}  // namespace vanna::pg_target
