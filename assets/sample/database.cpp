#include "database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

namespace vanna::sample {

namespace {

[[noreturn]] void fail(sqlite3* handle, std::string const& what) {
    throw std::runtime_error(what + ": " + (handle ? sqlite3_errmsg(handle) : "out of memory"));
}

// A crash after the rename must not leave an empty file under the final name.
void flush_to_disk(std::string const& path) {
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0 || ::fsync(file) != 0) throw std::runtime_error("cannot flush " + path);
    ::close(file);
}

}  // namespace

std::string text(day d) {
    auto const c = civil(d);
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", static_cast<int>(c.year()),
                  static_cast<unsigned>(c.month()), static_cast<unsigned>(c.day()));
    return buffer;
}

database::database(std::string path)
    : path_(std::move(path)), temporary_(path_ + ".making." + std::to_string(::getpid())) {
    std::remove(temporary_.c_str());
    if (sqlite3_open_v2(temporary_.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr) !=
        SQLITE_OK)
        fail(handle_, "cannot create " + temporary_);
    run("PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA journal_mode = OFF; PRAGMA synchronous = "
        "OFF;");
    run("BEGIN");
}

database::~database() {
    close();
    std::remove(temporary_.c_str());
}

void database::run(std::string const& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        fail(handle_, sql.substr(0, 200));
}

sqlite3_stmt* database::prepared(std::string_view table, std::size_t columns) {
    if (auto const found = statements_.find(table); found != statements_.end()) return found->second;
    std::string sql = "INSERT INTO " + std::string(table) + " VALUES (?";
    for (std::size_t i = 1; i < columns; ++i)
        sql += ",?";
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, (sql + ")").c_str(), -1, &statement, nullptr) != SQLITE_OK)
        fail(handle_, sql);
    return statements_[std::string(table)] = statement;
}

void database::step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) fail(handle_, sqlite3_sql(statement));
    sqlite3_reset(statement);
}

void database::bind(sqlite3_stmt* statement, int index, std::int64_t value) {
    sqlite3_bind_int64(statement, index, value);
}

// One correctly rounded division gives the very double that reading "12.34" gives.
void database::bind(sqlite3_stmt* statement, int index, hundredths value) {
    sqlite3_bind_double(statement, index, static_cast<double>(value.count) / 100.0);
}

void database::bind(sqlite3_stmt* statement, int index, std::string_view value) {
    sqlite3_bind_text(statement, index, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
}

void database::bind(sqlite3_stmt* statement, int index, std::nullopt_t) {
    sqlite3_bind_null(statement, index);
}

void database::expect_nothing_but(std::string_view expected, char const* pragma) {
    std::string found;
    auto const collect = [](void* into, int columns, char** values, char**) {
        for (int i = 0; i < columns; ++i)
            *static_cast<std::string*>(into) += values[i] ? std::string(values[i]) + ' ' : std::string{};
        return 0;
    };
    if (sqlite3_exec(handle_, pragma, collect, &found, nullptr) != SQLITE_OK) fail(handle_, pragma);
    if (found != expected) throw std::runtime_error(std::string(pragma) + ": " + found.substr(0, 500));
}

void database::publish() {
    run("COMMIT; ANALYZE; PRAGMA journal_mode = DELETE; VACUUM;");
    expect_nothing_but("", "PRAGMA foreign_key_check");
    expect_nothing_but("ok ", "PRAGMA integrity_check");
    close();
    flush_to_disk(temporary_);
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0)
        throw std::runtime_error("cannot write " + path_);
}

void database::close() {
    for (auto const& [table, statement] : statements_)
        sqlite3_finalize(statement);
    statements_.clear();
    sqlite3_close(handle_);
    handle_ = nullptr;
}

}  // namespace vanna::sample
