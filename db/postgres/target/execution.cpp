#include "db/postgres/target/execution.hpp"

#include <libpq-fe.h>

#include "core/sql/utf8.hpp"
#include "db/postgres/target/cursor_sql.hpp"

namespace vanna::pg_target {
namespace {

constexpr auto ending = std::chrono::seconds(2);  // for the end of a fetch

error row_too_large(std::uint64_t row, std::size_t most) {
    return {errc::query_too_large,
            public_text{"row " + std::to_string(row) + " alone is larger than the " + std::to_string(most) +
                        " bytes that it may have; select fewer or shorter columns"}};
}

// Whether a number's own type may be what the server did not like: no such function, operator or cast.
bool is_about_types(error const& e) {
    for (std::string_view state : {"42883", "42725", "42804", "42846"})
        if (e.detail.starts_with("SQLSTATE " + std::string(state))) return true;
    return false;
}

bool has_types(parameters const& of) {
    return std::ranges::any_of(of.types, [](unsigned t) { return t != 0; });
}

std::string timeout_of(watch const& until) {
    return "set local statement_timeout = " + std::to_string(until.milliseconds_left());
}

}  // namespace

execution::execution(std::shared_ptr<shared_database> on, sql::statement what, sql::open_options how,
                     cursor_place place)
    : on_(std::move(on)),
      place_(std::move(place)),
      what_(std::move(what)),
      how_(std::move(how)),
      watch_(how_.until, how_.stop) {}

execution::~execution() {
    finish();
}

void execution::finish() {
    done_ = true;
    if (!lease_) return place_.reset();
    auto& on = **lease_;
    bool const all_came = on.is_between_rows() && seen_ == asked_;
    if (all_came) (void)on.next_row(watch(after(ending)));
    on.stop_rows();
    on.end_transaction();
    lease_.reset();
    place_.reset();
}

result<void> execution::begin(std::string const& search_path) {
    std::string opening = on_->options().has(layer::read_only) ? "begin read only; " : "begin; ";
    opening += "set local search_path = " + search_path + "; ";
    // One that idled may have died since: the second try has a new connection.
    for (bool fresh : {false, true}) {
        auto taken = on_->take_checked(watch_, fresh);
        if (!taken) return taken.error();
        auto const begun = (*taken)->script(opening + timeout_of(watch_), watch_);
        bool const was_fresh = taken->is_fresh();
        if (begun) {
            lease_.emplace(std::move(*taken));
            return {};
        }
        if (was_fresh || !(*taken)->is_lost() || watch_.cause()) return begun.error();
    }
    return {};
}

result<void> execution::prepare(values of_parameters) {
    if (auto const why = watch_.cause()) return *why;
    if (auto ok = check_size(what_.text, on_->options().max_sql_bytes); !ok) return ok;
    auto bound = bind(what_);
    if (!bound) return bound.error();
    auto const known = on_->known();
    if (!known) return known.error();
    checked_statement checked{bound->text, 0, bound->with.values.size()};
    if (on_->options().has(layer::guard)) {
        auto passed = check_statement(bound->text, on_->options().max_sql_bytes, (*known)->names);
        if (!passed) return passed.error();
        checked = std::move(*passed);
    }
    if (of_parameters == values::given && checked.parameters != bound->with.values.size())
        return error{errc::query_invalid,
                     public_text{"the statement has " + std::to_string(checked.parameters) +
                                 " positional parameters; " + std::to_string(bound->with.values.size()) +
                                 " values were given"}};
    version_ = on_->status().version;
    offset_ = checked.offset;
    if (auto ok = begin((*known)->search_path); !ok) return ok;
    auto parsed = parse(checked.text, bound->with);
    if (parsed || !is_about_types(parsed.error()) || !has_types(bound->with)) return parsed;
    (*lease_)->end_transaction();
    lease_.reset();
    if (auto ok = begin((*known)->search_path); !ok) return ok;
    return parse(checked.text, untyped(bound->with)) ? result<void>() : parsed;
}

result<void> execution::parse(std::string const& text, parameters with) {
    auto described = (*lease_)->describe(text, with, watch_);
    if (!described) {
        auto e = std::move(described).error();
        if (e.position) *e.position += offset_;
        return e;
    }
    auto const* reply = described->reply();
    statement_ = {text, std::move(with), {}, {}};
    for (int i = 0; i < PQnparams(reply) && std::size_t(i) < statement_.with.types.size(); ++i)
        statement_.with.types[std::size_t(i)] = PQparamtype(reply, i);
    for (int i = 0; i < PQnfields(reply); ++i) {
        statement_.types.push_back(PQftype(reply, i));
        statement_.columns.push_back({PQfname(reply, i), std::string(built_in_name(PQftype(reply, i)))});
        kinds_.push_back(kind_of(PQftype(reply, i)));
    }
    return name_types();
}

// Types that the database has made itself: enums, arrays, domains.
result<void> execution::name_types() {
    for (std::size_t i = 0; i < statement_.columns.size(); ++i) {
        auto& column = statement_.columns[i];
        if (!column.type.empty()) continue;
        auto const type = statement_.types[i];
        column.type = on_->type_name(type);
        if (!column.type.empty()) continue;
        auto const found = (*lease_)->execute("select pg_catalog.format_type($1, null)",
                                              {{std::to_string(type)}, {26}}, watch_);
        if (!found) return found.error();
        column.type = (*found)[0].string(0);
        on_->name_type(type, column.type);
    }
    return {};
}

result<void> execution::start() {
    auto const shape = std::make_shared<sql::row_shape const>(statement_.columns);
    writer_.emplace(how_.format, how_.limits.neutralise_formulas, shape);
    if (!on_->options().has(layer::cursor)) return {};
    auto const cursor = declare_cursor(statement_.text, statement_.types);
    is_weighed_ = cursor.is_weighed;
    auto const declared = (*lease_)->execute(cursor.sql, statement_.with, watch_);
    if (declared) return {};
    auto e = declared.error();
    if (e.position && *e.position >= cursor.before)
        e.position = *e.position - cursor.before + offset_;
    else
        e.position.reset();
    finish();
    return e;
}

result<sql::slice> execution::advance(std::size_t bytes) {
    sql::slice out;
    auto const rows_before = rows_;
    while (!out.last && writer_->size() < bytes) {
        auto const outcome = step();
        if (!outcome) {
            finish();
            return outcome.error();
        }
        out.last = *outcome != stepped::row;
        out.truncated = *outcome == stepped::full;
    }
    out.rows = rows_ - rows_before;
    out.invalid_utf8 = writer_->invalid_utf8();
    out.bytes = writer_->take();
    bytes_taken_ += out.bytes.size();
    if (out.last) finish();
    return out;
}

// The next row of the cursor; null after the last. Each FETCH gets what is left of the time.
result<rows> execution::next_row() {
    auto& on = **lease_;
    for (;;) {
        if (!on.is_between_rows()) {
            if (seen_ < asked_) return rows{};
            asked_ = next_fetch();
            seen_ = 0;
            bool const by_cursor = on_->options().has(layer::cursor);
            if (!by_cursor) asked_ = UINT64_MAX;
            auto const begun = by_cursor ? on.begin_rows(timeout_of(watch_) + "; fetch forward " +
                                                         std::to_string(asked_) + " from vanna")
                                         : on.begin_rows(statement_.text, statement_.with);
            if (!begun) return begun.error();
        }
        auto row = on.next_row(watch_);
        if (!row || row->reply()) {
            ++seen_;
            return row;
        }
    }
}

std::uint64_t execution::next_fetch() const {
    auto const most = how_.limits.max_rows;
    return rows_to_fetch({.rows = rows_,
                          .bytes = bytes_taken_ + writer_->size(),
                          .left = most == 0 ? UINT64_MAX : most - rows_ + 1,
                          .may_be_large = is_weighed_});
}

// One row further. `full`: there is a row more than the caps allow, so the caller knows that rows are
// missing.
result<execution::stepped> execution::step() {
    if (auto const why = watch_.cause()) return *why;
    auto const row = next_row();
    if (!row) {
        auto e = row.error();
        e.position.reset();
        return e;
    }
    if (!row->reply()) return stepped::end;
    if (how_.limits.max_rows != 0 && rows_ == how_.limits.max_rows) return stepped::full;
    return add_row(*row);
}

// A row is written whole or not at all. One that fits into no answer is an error when the answer would be
// empty without it: nobody could tell why.
result<execution::stepped> execution::add_row(rows const& from) {
    auto const cap = how_.limits.max_bytes;
    auto const before = writer_->size();
    auto const row_end = before + most_row_bytes;
    auto const answer_end = cap == 0 ? std::size_t(-1) : std::size_t(cap - std::min(cap, bytes_taken_));
    auto const* reply = from.reply();
    int const first = is_weighed_ ? 1 : 0;
    if (is_weighed_ && PQgetvalue(reply, 0, 0)[0] == 't') {
        if (rows_ != 0 && answer_end <= row_end) return stepped::full;
        return row_too_large(rows_ + 1, most_row_bytes);
    }
    writer_->begin_row(std::min(row_end, answer_end));
    for (int i = 0; i < int(kinds_.size()) && !writer_->overflowed(); ++i)
        if (PQgetisnull(reply, 0, first + i))
            writer_->null();
        else
            write_cell(*writer_, kinds_[std::size_t(i)],
                       {PQgetvalue(reply, 0, first + i), std::size_t(PQgetlength(reply, 0, first + i))});
    writer_->end_row();
    if (!writer_->overflowed()) {
        ++rows_;
        return stepped::row;
    }
    writer_->drop_row(before);
    if (rows_ != 0 && answer_end <= row_end) return stepped::full;
    return row_too_large(rows_ + 1, std::min(row_end, answer_end) - before);
}

}  // namespace vanna::pg_target
