// SQLite's authorizer with this engine's lists (core/sql/guard): asked for every table, column, function and
// PRAGMA while a statement is prepared, also for what views and virtual tables do inside. One a connection.
#pragma once
#include <sqlite3.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace vanna::sqlite {

class authorizer {
  public:
    // Learns which virtual tables exist without having been created (sqlite_stmt, dbstat): those not listed
    // are refused, unless the file has a table of that name. Call before install().
    void learn(sqlite3* db);
    // From here on every prepare asks.
    void install(sqlite3* db);

    // Before each prepare; afterwards: why it was denied, and whether it calls random() or randomblob().
    void begin() { denied_.reset(), random_ = false; }
    std::optional<error> denial(std::string_view sql) const;
    bool uses_random() const { return random_; }

  private:
    struct denied {
        std::string rule, message, mention, inside;  // inside: a view
    };
    static int ask(void* self, int action, char const* first, char const* second, char const* database,
                   char const* inside);
    int decide(int action, std::string_view first, std::string_view second, bool has_second);
    int deny(std::string rule, std::string message, std::string mention);
    int decide_function(std::string const& name);
    int decide_table(std::string const& name);
    bool is_refused_table(std::string const& name) const;

    std::set<std::string, std::less<>> refused_tables_, own_tables_;
    std::optional<denied> denied_;
    bool random_ = false;
};

}  // namespace vanna::sqlite
