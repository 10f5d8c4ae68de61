#include "db/sqlite/execution.hpp"

#include <malloc.h>

#include "db/sqlite/bind.hpp"
#include "db/sqlite/vfs.hpp"

namespace vanna::sqlite {
namespace {

constexpr std::size_t most_row_bytes = 32u << 20;  // formatted; where no cap on the whole is lower
constexpr std::size_t long_cell = 64u << 10;       // takes long enough to look at the clock
constexpr std::size_t much_memory = 16u << 20;     // of a statement, worth the time to give it back

std::string_view bytes_of(sqlite3_stmt* row, int column, void const* start) {
    return {static_cast<char const*>(start), start ? std::size_t(sqlite3_column_bytes(row, column)) : 0};
}

std::string_view storage_class(int type) {
    switch (type) {
        case SQLITE_INTEGER:
            return "INTEGER";
        case SQLITE_FLOAT:
            return "REAL";
        case SQLITE_TEXT:
            return "TEXT";
        case SQLITE_BLOB:
            return "BLOB";
        default:
            return "";
    }
}

}  // namespace

execution::execution(lease from, sql::statement what, sql::open_options how)
    : lease_(std::move(from)), what_(std::move(what)), how_(std::move(how)) {
    lease_->watch().arm(how_.until, how_.stop.get());
}

execution::~execution() {
    if (!done_) finish();
}

void execution::finish() {
    done_ = true;
    if (!statement_) return;
    sqlite3_reset(statement_->handle.get());
    sqlite3_clear_bindings(statement_->handle.get());
    // The C library keeps small blocks that were freed; the process would stay as large as it ever was.
    if (lease_->memory().peak() >= much_memory) malloc_trim(0);
}

result<void> execution::start() {
    if (lease_->watch().due()) return *lease_->watch().cause();
    auto made = lease_->prepare(what_.text);
    if (!made) return std::move(made).error();
    statement_ = *made;
    lease_->begin(*statement_);
    if (auto bound = bind(statement_->handle.get(), what_); !bound) return bound;
    columns_ = statement_->columns;
    cacheable_ = !statement_->uses_random;
    writer_.emplace(how_.format, how_.limits.neutralise_formulas, statement_->shape);
    return {};
}

result<sql::slice> execution::advance(std::size_t bytes) {
    sql::slice out;
    auto const rows_before = rows_;
    allowance::charging const to(lease_->memory());
    writer_->reserve(std::min(bytes, statement_->usual_bytes));
    while (!out.last && writer_->size() < bytes) {
        auto const outcome = step();
        if (!outcome) {
            finish();
            return outcome.error();
        }
        out.last = *outcome != stepped::row;
        out.truncated = *outcome == stepped::full;
    }
    // SQLite looks at the watch only where a statement jumps: one that went straight to its end is late, too.
    if (lease_->watch().due()) {
        finish();
        return *lease_->watch().cause();
    }
    out.rows = rows_ - rows_before;
    out.invalid_utf8 = writer_->invalid_utf8();
    out.bytes = writer_->take();
    bytes_taken_ += out.bytes.size();
    statement_->usual_bytes = out.bytes.size();
    if (out.last) finish();
    return out;
}

// One row further. `full`: there is a row more than the caps allow, so the caller knows that rows are
// missing.
result<execution::stepped> execution::step() {
    clock_was_read();
    int const code = sqlite3_step(statement_->handle.get());
    if (clock_was_read()) cacheable_ = false;
    if (code == SQLITE_DONE) return stepped::end;
    if (code != SQLITE_ROW) return lease_->failure(code, what_.text);
    if (how_.limits.max_rows != 0 && rows_ == how_.limits.max_rows) return stepped::full;
    if (rows_ == 0) note_types();
    return add_row();
}

// A row is written whole or not at all. One that fits into no answer is an error when the answer would be
// empty without it: nobody could tell why.
result<execution::stepped> execution::add_row() {
    auto const cap = how_.limits.max_bytes;
    auto const before = writer_->size();
    auto const row_end = before + most_row_bytes;
    auto const answer_end = cap == 0 ? std::size_t(-1) : std::size_t(cap - std::min(cap, bytes_taken_));
    if (int const code = write_row(std::min(row_end, answer_end)); code != SQLITE_OK)
        return lease_->failure(code, what_.text);
    if (!writer_->overflowed()) {
        ++rows_;
        return stepped::row;
    }
    writer_->drop_row(before);
    if (rows_ != 0 && answer_end <= row_end) return stepped::full;
    return error{errc::query_too_large,
                 public_text{"row " + std::to_string(rows_ + 1) + " alone is larger than the " +
                             std::to_string(std::min(row_end, answer_end) - before) +
                             " bytes that it may have; select fewer or shorter columns"}};
}

// SQLITE_NOMEM: memory ran out. SQLITE_INTERRUPT: the time, or the patience.
int execution::write_row(std::size_t most) {
    auto* const row = statement_->handle.get();
    auto& out = *writer_;
    out.begin_row(most);
    int const count = int(columns_.size());
    for (int i = 0; i < count && !out.overflowed(); ++i) {
        switch (sqlite3_column_type(row, i)) {
            case SQLITE_INTEGER:
                out.integer(sqlite3_column_int64(row, i));
                break;
            case SQLITE_FLOAT:
                out.real(sqlite3_column_double(row, i));
                break;
            case SQLITE_TEXT: {
                auto const* text = sqlite3_column_text(row, i);
                if (!text) return SQLITE_NOMEM;
                auto const bytes = bytes_of(row, i, text);
                if (is_long_and_late(bytes.size())) return SQLITE_INTERRUPT;
                out.text(bytes);
                break;
            }
            case SQLITE_BLOB: {
                auto const* blob = sqlite3_column_blob(row, i);
                if (!blob && sqlite3_errcode(lease_->handle()) == SQLITE_NOMEM) return SQLITE_NOMEM;
                auto const bytes = bytes_of(row, i, blob);
                if (is_long_and_late(bytes.size())) return SQLITE_INTERRUPT;
                out.blob(bytes);
                break;
            }
            default:
                out.null();
        }
    }
    out.end_row();
    return SQLITE_OK;
}

bool execution::is_long_and_late(std::size_t bytes) {
    return bytes >= long_cell && lease_->watch().due();
}

void execution::note_types() {
    for (int i = 0; auto& c : columns_) {
        if (c.type.empty()) c.type = storage_class(sqlite3_column_type(statement_->handle.get(), i));
        ++i;
    }
}

}  // namespace vanna::sqlite
