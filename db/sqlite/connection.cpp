#include "db/sqlite/connection.hpp"

#include "core/sql/guard.hpp"
#include "core/sql/lexer.hpp"
#include "core/sql/utf8.hpp"
#include "db/sqlite/bounded_functions.hpp"
#include "db/sqlite/errors.hpp"
#include "db/sqlite/file_uri.hpp"
#include "db/sqlite/quote.hpp"
#include "db/sqlite/vfs.hpp"

namespace vanna::sqlite {
namespace {

constexpr std::size_t kept_statements = 64, kept_statement_bytes = 1u << 20;
constexpr int steps_between_polls = 1000;
// Of a program's bytes times a value's: a program that runs straight through long values is one step to the
// progress handler, so a longer one gets shorter values. Half a second at worst, at a nanosecond a byte.
constexpr std::size_t straight_line_work = std::size_t(8u << 20) * (8u << 10);
constexpr std::size_t least_value_bytes = 64u << 10;

int poll(void* watch) {
    return static_cast<interruption*>(watch)->due();
}

std::vector<sql::column> describe(sqlite3_stmt* statement) {
    std::vector<sql::column> columns(std::size_t(sqlite3_column_count(statement)));
    for (int i = 0; auto& c : columns) {
        if (auto const* name = sqlite3_column_name(statement, i)) c.name = name;
        if (auto const* type = sqlite3_column_decltype(statement, i)) c.type = type;
        ++i;
    }
    return columns;
}

}  // namespace

result<std::unique_ptr<connection>> connection::open(std::string const& path, guard_options const& options) {
    bool const read_only = options.has(layer::read_only_file);
    auto const uri = read_only ? immutable_uri(path) : file_uri(path) + "?mode=rw";
    int const flags = (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_URI |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    sqlite3* db = nullptr;
    int code = sqlite3_open_v2(uri.c_str(), &db, flags, vfs_name());
    std::unique_ptr<connection> made(new connection(db, options));
    if (code == SQLITE_OK) code = made->configure();
    if (code != SQLITE_OK) return file_error(db, code, path);
    return made;
}

connection::~connection() {
    by_sql_.clear();
    statements_.clear();
    sqlite3_close(db_);
}

int connection::configure() {
    if (options_.has(layer::defensive)) {
        sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
        sqlite3_db_config(db_, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0, nullptr);
        sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
        sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
        sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, nullptr);
    }
    if (options_.has(layer::untrusted_schema))
        sqlite3_db_config(db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    auto const settings = "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA cache_size=-" +
                          std::to_string(options_.cache_bytes / 1024) + ";" +
                          (options_.has(layer::query_only) ? "PRAGMA query_only=1;" : "") +
                          "SELECT count(*) FROM sqlite_schema";
    if (int const code = sqlite3_exec(db_, settings.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK)
        return code;
    add_bounded_functions(db_, watch_);
    connect_virtual_tables();
    if (options_.has(layer::engine_limits)) limit();
    if (options_.has(layer::interruption)) sqlite3_progress_handler(db_, steps_between_polls, poll, &watch_);
    if (options_.has(layer::authorizer)) {
        authorizer_.learn(db_);
        authorizer_.install(db_);
    }
    return SQLITE_OK;
}

void connection::limit() {
    auto const set = [&](int what, std::size_t most) { sqlite3_limit(db_, what, int(most)); };
    limit_values(options_.max_value_bytes);
    set(SQLITE_LIMIT_SQL_LENGTH, options_.max_sql_bytes);
    set(SQLITE_LIMIT_COLUMN, 1000);
    set(SQLITE_LIMIT_EXPR_DEPTH, 500);
    set(SQLITE_LIMIT_COMPOUND_SELECT, 100);
    set(SQLITE_LIMIT_VDBE_OP, 100'000);
    set(SQLITE_LIMIT_FUNCTION_ARG, 100);
    set(SQLITE_LIMIT_ATTACHED, 0);
    set(SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 2000);
    set(SQLITE_LIMIT_VARIABLE_NUMBER, 1000);
    set(SQLITE_LIMIT_TRIGGER_DEPTH, 10);
    set(SQLITE_LIMIT_WORKER_THREADS, 0);
}

// Virtual tables prepare statements of their own, some of them writes, when first used. That happens here,
// before the authorizer would refuse them; a table whose module is missing stays unusable.
void connection::connect_virtual_tables() {
    auto names = sql::allowed_eponymous_tables();
    for_each_row(db_, "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage = 0",
                 [&](sqlite3_stmt* row) { names.push_back(column_text(row, 0)); });
    for (auto const& name : names)
        prepare_own(db_, "SELECT 1 FROM " + quote_name(name));
}

result<prepared*> connection::prepare(std::string_view sql) {
    if (auto const found = by_sql_.find(sql); found != by_sql_.end()) {
        statements_.splice(statements_.begin(), statements_, found->second);
        return &statements_.front();
    }
    auto made = compile(sql);
    if (!made) return std::move(made).error();
    forget_statements();
    statements_.push_front(std::move(*made));
    statement_bytes_ += statements_.front().bytes;
    by_sql_.emplace(statements_.front().sql, statements_.begin());
    return &statements_.front();
}

// Makes room for one more: the last one used may be of any size, for it is in use.
void connection::forget_statements() {
    while (!statements_.empty() &&
           (statements_.size() >= kept_statements || statement_bytes_ > kept_statement_bytes)) {
        statement_bytes_ -= statements_.back().bytes;
        by_sql_.erase(statements_.back().sql);
        statements_.pop_back();
    }
}

void connection::begin(prepared const& statement) {
    memory_.begin(options_.statement_bytes());
    auto const most = straight_line_work / std::max<std::size_t>(statement.bytes, 1);
    limit_values(std::min(options_.max_value_bytes, std::max(least_value_bytes, most)));
}

void connection::rest() {
    watch_.disarm();
    limit_values(options_.max_value_bytes);
}

void connection::limit_values(std::size_t most) {
    if (options_.has(layer::engine_limits)) sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, int(most));
}

result<prepared> connection::compile(std::string_view sql) {
    if (options_.has(layer::text_check))
        if (auto verdict = sql::check_text(sql, options_.max_sql_bytes); !verdict) return verdict.error();
    authorizer_.begin();
    sqlite3_stmt* raw = nullptr;
    char const* tail = nullptr;
    int const code = [&] {
        memory_.begin(options_.preparation_bytes());
        allowance::charging const to(memory_);
        return sqlite3_prepare_v3(db_, sql.data(), int(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw, &tail);
    }();
    statement_handle statement(raw);
    if (code != SQLITE_OK) {
        if (auto denial = authorizer_.denial(sql)) return std::move(*denial);
        return failure(code, sql);
    }
    auto const behind = sql.substr(std::min(sql.size(), std::size_t(tail - sql.data())));
    if (options_.has(layer::statement_check))
        if (auto verdict = check_compiled(raw, sql, behind); !verdict) return verdict.error();
    if (!raw) return error{errc::query_invalid, public_text{"the statement is empty"}};
    prepared made{std::string(sql), std::move(statement), describe(raw), nullptr, authorizer_.uses_random()};
    made.bytes = std::size_t(sqlite3_stmt_status(raw, SQLITE_STMTSTATUS_MEMUSED, 0));
    made.shape = std::make_shared<sql::row_shape const>(made.columns);
    return made;
}

result<void> connection::check_compiled(sqlite3_stmt* statement, std::string_view sql,
                                        std::string_view behind) const {
    sql::lexer words(behind);
    auto extra = words.next();
    while (extra.kind == sql::token_kind::semicolon)
        extra = words.next();
    if (extra.kind != sql::token_kind::end) {
        auto e = sql::refusal("single-statement", "only one statement is allowed; a second one starts here",
                              {}, {});
        e.position = sql::characters_before(sql, sql.size() - behind.size() + extra.offset);
        return e;
    }
    if (statement && (!sqlite3_stmt_readonly(statement) || sqlite3_column_count(statement) == 0))
        return sql::refusal("read-only", "this database is read-only: only statements that return rows run",
                            sql, {});
    return {};
}

error connection::failure(int code, std::string_view sql) {
    broken_ = broken_ || is_file_failure(code) || (code & 0xFF) == SQLITE_NOMEM;
    if (auto cause = watch_.cause()) return std::move(*cause);
    // This statement has its share, so half of all memory is held by others.
    if ((code & 0xFF) == SQLITE_NOMEM && !memory_.is_exceeded() &&
        std::size_t(sqlite3_memory_used()) >= options_.heap_bytes / 2)
        return error{errc::overloaded,
                     public_text{"other queries use the memory at the moment; try again shortly"}}
            .with_retry(std::chrono::seconds(1));
    return statement_error(db_, code, sql);
}

}  // namespace vanna::sqlite
