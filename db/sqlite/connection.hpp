// One guarded read connection to a target file with its prepared statements. Used by one thread at a time (it
// is NOMUTEX), on pool threads only: everything here blocks. Opened once, reused for many statements.
#pragma once
#include <sqlite3.h>

#include <list>
#include <memory>
#include <unordered_map>

#include "core/sql/writers.hpp"
#include "db/sqlite/allowance.hpp"
#include "db/sqlite/authorizer.hpp"
#include "db/sqlite/options.hpp"
#include "db/sqlite/rows.hpp"

namespace vanna::sqlite {

struct prepared {
    std::string sql;
    statement_handle handle;
    std::vector<sql::column> columns;  // types as declared; empty where SQLite knows none
    std::shared_ptr<sql::row_shape const> shape;
    bool uses_random = false;
    std::size_t bytes = 0;        // of its program
    std::size_t usual_bytes = 0;  // of its last result: what to reserve
};

class connection {
  public:
    // unavailable: no such file, damaged, not a database.
    static result<std::unique_ptr<connection>> open(std::string const& path, guard_options const& options);
    ~connection();
    connection(connection const&) = delete;

    // The statement, from the cache or through every layer of the guard: query_refused, query_invalid,
    // query_too_large, deadline_exceeded, cancelled, unavailable. Valid until the next call. The interruption
    // must be armed.
    result<prepared*> prepare(std::string_view sql);

    // Sets the limits for a run of this statement, in bytes and in how long one value may be; rest() ends
    // that and what the watch was armed with.
    void begin(prepared const& statement);
    void rest();

    interruption& watch() { return watch_; }
    allowance& memory() { return memory_; }
    // A failed step in the engine's words.
    error failure(int code, std::string_view sql);
    // No longer to be reused: the file is damaged, or memory ran out in the middle of something.
    bool is_broken() const { return broken_; }
    sqlite3* handle() const { return db_; }

  private:
    connection(sqlite3* db, guard_options const& options)
        : db_(db), options_(options), memory_(options.has(layer::interruption) ? &watch_ : nullptr) {}
    int configure();
    void limit();
    void limit_values(std::size_t most);
    void connect_virtual_tables();
    void forget_statements();
    result<prepared> compile(std::string_view sql);
    result<void> check_compiled(sqlite3_stmt* statement, std::string_view sql, std::string_view behind) const;

    sqlite3* db_;
    guard_options options_;
    authorizer authorizer_;
    interruption watch_;
    allowance memory_;
    std::list<prepared> statements_;   // the last used first
    std::size_t statement_bytes_ = 0;  // of all of them
    std::unordered_map<std::string_view, std::list<prepared>::iterator> by_sql_;
    bool broken_ = false;
};

}  // namespace vanna::sqlite
