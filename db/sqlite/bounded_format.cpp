#include "db/sqlite/bounded_format.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "db/sqlite/rows.hpp"

namespace vanna::sqlite {
namespace {

constexpr std::uint64_t no_length = 1u << 31;

// The widths and precisions of a format string, with those that arguments give ('*').
class format_reader {
  public:
    format_reader(std::string_view format, int count, sqlite3_value** values)
        : rest_(format), count_(count), values_(values) {}

    std::uint64_t requested() {
        std::uint64_t sum = 0;
        for (auto at = rest_.find('%'); at != std::string_view::npos; at = rest_.find('%')) {
            rest_.remove_prefix(at + 1);
            sum += conversion();
        }
        return sum;
    }

  private:
    std::uint64_t conversion() {
        std::uint64_t most = 0;
        while (!rest_.empty() &&
               std::string_view("-+ #!0,.l123456789*").find(rest_.front()) != std::string_view::npos)
            most = std::max(most, number());
        if (rest_.empty()) return most;
        if (rest_.front() != '%' && rest_.front() != 'n') ++used_;
        rest_.remove_prefix(1);
        return most;
    }
    // A flag (0), a run of digits, or an argument's magnitude.
    std::uint64_t number() {
        char const c = rest_.front();
        rest_.remove_prefix(1);
        if (c == '*') return argument();
        if (c < '1' || c > '9') return 0;
        auto n = std::uint64_t(c - '0');
        for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; rest_.remove_prefix(1))
            n = std::min(no_length, n * 10 + std::uint64_t(rest_.front() - '0'));
        return n;
    }
    std::uint64_t argument() {
        if (used_ >= count_) return 0;
        auto const n = sqlite3_value_int64(values_[used_++]);
        return n < 0 ? std::uint64_t(0) - std::uint64_t(n) : std::uint64_t(n);
    }

    std::string_view rest_;
    int count_, used_ = 0;
    sqlite3_value** values_;
};

// SQLite's own printf(), reached through a connection to nothing.
class own_format {
  public:
    explicit own_format(interruption& watch) : watch(watch) {
        sqlite3_open_v2(":memory:", &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    }
    ~own_format() {
        prepared_ = {};
        sqlite3_close(db_);
    }
    own_format(own_format const&) = delete;

    // Null when memory ran out or the result would be longer than `most`.
    sqlite3_stmt* run(int count, sqlite3_value** values, int most) {
        if (std::size_t(count) >= prepared_.size()) return nullptr;
        sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, most);
        auto& statement = prepared_[std::size_t(count)];
        if (!statement) {
            std::string sql = "SELECT printf(?";
            for (int i = 1; i < count; ++i)
                sql += ",?";
            statement = prepare_own(db_, sql + ")");
        }
        for (int i = 0; statement && i < count; ++i)
            sqlite3_bind_value(statement.get(), i + 1, values[i]);
        return statement && sqlite3_step(statement.get()) == SQLITE_ROW ? statement.get() : nullptr;
    }

    interruption& watch;

  private:
    sqlite3* db_ = nullptr;
    std::array<statement_handle, 128> prepared_;
};

// What the arguments come to at most: every character may be a quote that is doubled.
std::uint64_t longest(int count, sqlite3_value** values) {
    std::uint64_t sum = 0;
    for (int i = 0; i < count; ++i)
        sum += 2 * std::uint64_t(sqlite3_value_bytes(values[i]));
    return sum;
}

void bounded(sqlite3_context* context, int count, sqlite3_value** values) {
    if (count == 0 || sqlite3_value_type(values[0]) == SQLITE_NULL) return;
    auto const* text = reinterpret_cast<char const*>(sqlite3_value_text(values[0]));
    if (!text) return sqlite3_result_error_nomem(context);
    auto const most = sqlite3_limit(sqlite3_context_db_handle(context), SQLITE_LIMIT_LENGTH, -1);
    if (format_reader(text, count - 1, values + 1).requested() > std::uint64_t(most))
        return sqlite3_result_error_toobig(context);
    auto& own = *static_cast<own_format*>(sqlite3_user_data(context));
    if (own.watch.spend(longest(count, values))) return sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    auto* const row = own.run(count, values, most);
    // Null is what SQLite makes of an empty result, and of one that is too long.
    if (!row || (sqlite3_column_type(row, 0) == SQLITE_NULL && longest(count, values) > std::uint64_t(most)))
        sqlite3_result_error_toobig(context);
    else
        sqlite3_result_value(context, sqlite3_column_value(row, 0));
    if (row) sqlite3_reset(row);
}

}  // namespace

void add_bounded_format(sqlite3* db, interruption& watch) {
    for (auto name : {"printf", "format"})
        sqlite3_create_function_v2(db, name, -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                   new own_format(watch), bounded, nullptr, nullptr,
                                   [](void* own) { delete static_cast<own_format*>(own); });
}

}  // namespace vanna::sqlite
