// How a target file is opened and what its statements may use. The layers of the guard stand here by name, so
// that tests can take each away in turn and see the others hold; the server never takes any away.
#pragma once
#include <cstddef>
#include <cstdint>

namespace vanna::sqlite {

enum class layer : unsigned {
    text_check = 1u << 0,        // core/sql/guard, before SQLite sees the statement
    read_only_file = 1u << 1,    // mode=ro & immutable=1
    query_only = 1u << 2,        // PRAGMA query_only
    defensive = 1u << 3,         // SQLITE_DBCONFIG_DEFENSIVE and friends
    untrusted_schema = 1u << 4,  // SQLITE_DBCONFIG_TRUSTED_SCHEMA off
    statement_check = 1u << 5,   // sqlite3_stmt_readonly, rows to return, nothing behind the statement
    authorizer = 1u << 6,
    engine_limits = 1u << 7,  // sqlite3_limit
    heap_limit = 1u << 8,     // of the process, and of each statement
    interruption = 1u << 9,   // progress handler and allocator: deadline and stop flag
};

struct guard_options {
    unsigned without = 0;  // layers taken away, by tests only
    std::size_t max_sql_bytes = 100 * 1000;
    std::size_t max_value_bytes = 8u << 20;  // of one text or blob; less in a very long statement
    std::size_t heap_bytes = 512u << 20;     // of all connections of the process together
    std::size_t cache_bytes = 8u << 20;      // of one connection

    // Of one statement. It also bounds how long a sort takes, which cannot be interrupted.
    std::size_t statement_bytes() const { return has(layer::heap_limit) ? heap_bytes / 4 : std::size_t(-1); }
    // Of one statement while it is prepared: what texts multiply into ends here, within a fraction of a
    // second.
    std::size_t preparation_bytes() const {
        return has(layer::heap_limit) ? std::size_t(32u << 20) : std::size_t(-1);
    }

    bool has(layer l) const { return (without & unsigned(l)) == 0; }
};

}  // namespace vanna::sqlite
