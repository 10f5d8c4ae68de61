#include "db/sqlite/golden_check.hpp"

#include <sqlite3.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "db/sqlite/errors.hpp"
#include "db/sqlite/file_uri.hpp"
#include "db/sqlite/rows.hpp"

namespace vanna::sqlite {
namespace {

namespace fs = std::filesystem;

struct closer {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
};

bool breaks_only_rules(std::string_view message) {
    return message.find(" value in ") != std::string_view::npos ||
           message.starts_with("CHECK constraint failed in ");
}

int poll(void* watch) {
    return static_cast<interruption*>(watch)->due();
}

error damaged(std::string const& why, std::string const& path) {
    return {errc::unavailable, public_text{"the database file is damaged: " + why}, internal_text{path}};
}

bool has_header(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    char header[16] = {};
    in.read(header, sizeof header);
    return std::memcmp(header, "SQLite format 3", 16) == 0;
}

result<void> check(std::string const& path, char const* pragma, interruption& watch) {
    sqlite3* raw = nullptr;
    int code = sqlite3_open_v2(immutable_uri(path).c_str(), &raw,
                               SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
    std::unique_ptr<sqlite3, closer> const db(raw);
    if (code != SQLITE_OK) return damaged(sqlite3_errstr(code), path);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_progress_handler(raw, 10'000, poll, &watch);
    std::string problem;
    code = for_each_row(raw, pragma, [&](sqlite3_stmt* row) {
        if (auto text = column_text(row, 0); problem.empty() && text != "ok" && !breaks_only_rules(text))
            problem = std::move(text);
    });
    if (watch.due()) return *watch.cause();
    // Anything else, such as an unknown collation, is not the file's fault.
    if (problem.empty() && (is_file_failure(code) || (code & 0xFF) == SQLITE_NOMEM))
        problem = sqlite3_errmsg(raw);
    if (!problem.empty()) return damaged(problem, path);
    return {};
}

}  // namespace

std::string source_problem(std::string const& path) {
    std::error_code failed;
    auto const whole = fs::absolute(path.empty() ? "." : path, failed).string();
    auto const kind = fs::status(path, failed);
    if (path.empty()) return "no source database is named: set TARGET_DB_SOURCE or TARGET_DATABASE_URL";
    if (kind.type() == fs::file_type::not_found)
        return "the source database is missing: looked for " + whole + " (TARGET_DB_SOURCE)";
    if (kind.type() != fs::file_type::regular) return "the source database is not a file: " + whole;
    for (auto suffix : {"-wal", "-journal"}) {
        auto const size = fs::file_size(path + suffix, failed);
        if (!failed && size > 0)
            return "the source database has changes outside of its file (" + whole + suffix + ", " +
                   std::to_string(size) +
                   " bytes): close the program that writes it, or make a complete copy with sqlite3 '" +
                   whole + "' \".backup 'complete.db'\" and name that as TARGET_DB_SOURCE";
    }
    if (!std::ifstream(path)) return "the source database cannot be read: " + whole;
    if (!has_header(path)) return "the source is not a SQLite database: " + whole;
    return {};
}

result<void> quick_check(std::string const& path, interruption& watch) {
    return check(path, "PRAGMA quick_check(100)", watch);
}

result<void> integrity_check(std::string const& path, interruption& watch) {
    return check(path, "PRAGMA integrity_check(100)", watch);
}

}  // namespace vanna::sqlite
