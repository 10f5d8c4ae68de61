#include "db/postgres/sqlstate.hpp"

#include <libpq-fe.h>

namespace vanna::postgres {
namespace {

std::string one_line(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.remove_suffix(1);
    std::string out(text);
    for (char& c : out)
        if (c == '\n' || c == '\t') c = ' ';
    return out;
}

struct meaning {
    std::string_view prefix;  // a class (two characters) or a whole code; the longest match wins
    errc code;
    std::string_view text;
};

constexpr meaning meanings[] = {
    {"08", errc::unavailable, "the system database is not reachable"},
    {"22", errc::invalid_input, "a value cannot be stored"},
    {"22003", errc::invalid_input, "a number is out of range"},
    {"22021", errc::invalid_input, "a text is not valid UTF-8"},
    {"23", errc::conflict, "the change contradicts what is stored"},
    {"23502", errc::invalid_input, "a required value is missing"},
    {"23503", errc::conflict, "it refers to something that does not exist or is still in use"},
    {"23505", errc::conflict, "it already exists"},
    {"23514", errc::invalid_input, "a value is not allowed"},
    {"25006", errc::unavailable, "the system database is read-only"},
    {"28", errc::unavailable, "the system database refuses the log-in"},
    {"3D000", errc::unavailable, "the system database does not exist"},
    {"40001", errc::unavailable, "two changes met; try again"},
    {"40P01", errc::unavailable, "two changes met; try again"},
    {"42P04", errc::conflict, "the database exists already"},
    {"42P01", errc::unavailable, "the system database lacks a table; run vanna-engine init"},
    {"42703", errc::unavailable, "the system database lacks a column; run vanna-engine init"},
    {"42710", errc::conflict, "it exists already"},
    {"53", errc::overloaded, "the system database is short of resources"},
    {"53100", errc::unavailable, "the disk of the system database is full"},
    {"53300", errc::unavailable, "the system database has no free connection"},
    {"55006", errc::conflict, "it is in use"},
    {"55P03", errc::conflict, "it is locked by another operation"},
    {"57014", errc::deadline_exceeded, "the system database took too long"},
    {"57P01", errc::unavailable, "the system database is shutting down"},
    {"57P02", errc::unavailable, "the system database is restarting"},
    {"57P03", errc::unavailable, "the system database is starting"},
    {"57P05", errc::unavailable, "the system database closed an idle connection"},
    {"VM001", errc::unavailable, "a restore is under way; try again in a moment"},  // migration 0006
    {"58", errc::unavailable, "the system database has a disk problem"},
};

}  // namespace

failure_kind kind_of(std::string_view sqlstate) {
    if (sqlstate.starts_with("08") || sqlstate.starts_with("57P") || sqlstate.empty())
        return failure_kind::connection;
    return sqlstate == "26000" ? failure_kind::not_prepared : failure_kind::statement;
}

error translate(std::string_view sqlstate, std::string_view message, std::string_view context) {
    if (sqlstate.empty()) return unavailable(std::string(context) + ": " + one_line(message));
    meaning best{"", errc::internal, "the system database refused a statement"};
    for (auto const& m : meanings)
        if (sqlstate.starts_with(m.prefix) && m.prefix.size() > best.prefix.size()) best = m;
    error out{best.code, public_text{std::string(best.text)},
              internal_text{std::string(context) + ": SQLSTATE " + std::string(sqlstate) + ": " +
                            one_line(message)}};
    if (best.code == errc::unavailable || best.code == errc::overloaded)
        out.retry_after = std::chrono::seconds(1);
    return out;
}

error translate(pg_result const* failed, std::string_view context) {
    char const* message = PQresultErrorField(failed, PG_DIAG_MESSAGE_PRIMARY);
    return translate(sqlstate_of(failed), message ? message : PQresultErrorMessage(failed), context);
}

error unavailable(std::string reason) {
    return error{errc::unavailable, public_text{"the system database is not reachable"},
                 internal_text{"PostgreSQL: " + one_line(reason)}}
        .with_retry(std::chrono::seconds(1));
}

error timed_out(std::string_view context) {
    return {errc::deadline_exceeded, public_text{"the system database took too long"},
            internal_text{std::string(context) + ": no reply from PostgreSQL in time"}};
}

std::string message_of(pg_conn const* connection) {
    return connection ? one_line(PQerrorMessage(connection)) : std::string("out of memory");
}

std::string_view sqlstate_of(pg_result const* failed) {
    char const* state = PQresultErrorField(failed, PG_DIAG_SQLSTATE);
    return state ? state : std::string_view{};
}

}  // namespace vanna::postgres
