// The SQLite file being made: typed inserts by table name, then checks and a compact end state. The file is
// built under a temporary name and renamed when it is whole, so that nobody ever opens half a database.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calendar.hpp"
#include "model.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace vanna::sample {

class database {
  public:
    explicit database(std::string path);
    ~database();
    database(database const&) = delete;
    database& operator=(database const&) = delete;

    void run(std::string const& sql);

    // One row, values in the order of the table's columns.
    template <class... Values>
    void insert(std::string_view table, Values const&... values) {
        auto* const statement = prepared(table, sizeof...(values));
        int index = 0;
        (bind(statement, ++index, values), ...);
        step(statement);
    }

    // Checks keys and pages, compacts, closes and renames to `path`. Throws and leaves no file when a check
    // fails.
    void publish();

  private:
    sqlite3_stmt* prepared(std::string_view table, std::size_t columns);
    void step(sqlite3_stmt* statement);
    void expect_nothing_but(std::string_view expected, char const* pragma);
    void close();

    static void bind(sqlite3_stmt* statement, int index, std::int64_t value);
    static void bind(sqlite3_stmt* statement, int index, int value) {
        bind(statement, index, std::int64_t{value});
    }
    static void bind(sqlite3_stmt* statement, int index, bool value) {
        bind(statement, index, std::int64_t{value});
    }
    static void bind(sqlite3_stmt* statement, int index, hundredths value);
    static void bind(sqlite3_stmt* statement, int index, std::string_view value);
    static void bind(sqlite3_stmt* statement, int index, std::string const& value) {
        bind(statement, index, std::string_view{value});
    }
    static void bind(sqlite3_stmt* statement, int index, char const* value) {
        bind(statement, index, std::string_view{value});
    }
    static void bind(sqlite3_stmt* statement, int index, day value) { bind(statement, index, text(value)); }
    static void bind(sqlite3_stmt* statement, int index, std::nullopt_t);
    template <class Value>
    static void bind(sqlite3_stmt* statement, int index, std::optional<Value> const& value) {
        if (value)
            bind(statement, index, *value);
        else
            bind(statement, index, std::nullopt);
    }

    std::string path_, temporary_;
    sqlite3* handle_ = nullptr;
    std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

}  // namespace vanna::sample
