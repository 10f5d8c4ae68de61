#include "db/postgres/target/errors.hpp"

#include <libpq-fe.h>

#include <charconv>

#include "db/postgres/sqlstate.hpp"

namespace vanna::pg_target {
namespace {

struct meaning {
    std::string_view prefix;  // a class (two characters) or a whole code; the longest match wins
    errc code;
    std::string_view text;  // empty: the server's own message
    std::string_view rule = {};
};

constexpr meaning meanings[] = {
    {"", errc::query_invalid, ""},
    {"08", errc::unavailable, "the target database is not reachable"},
    {"25006", errc::query_refused, "", "read-only"},
    {"28", errc::unavailable, "the target database refuses the log-in"},
    {"3D", errc::unavailable, "the target database does not exist"},
    {"40", errc::unavailable, "the target database gave the statement up; try again"},
    {"42501", errc::query_refused, "", "permission"},
    {"53", errc::query_too_large, "the statement needs more memory or disk space than the target has for it"},
    {"53300", errc::overloaded, "the target database has no free connection"},
    {"54", errc::query_too_large, ""},
    {"55P03", errc::unavailable, "the target database is changing what the statement reads; try again"},
    {"57", errc::unavailable, "the target database is shutting down or starting"},
    {"57014", errc::deadline_exceeded, "the query took longer than it may"},
    {"58", errc::unavailable, "the target database has a disk problem"},
    {"XX001", errc::unavailable, "the target database is damaged"},
    {"XX002", errc::unavailable, "the target database is damaged"},
};

constexpr std::size_t longest_message = 500;

std::string shortened(std::string text) {
    if (text.size() <= longest_message) return text;
    auto end = longest_message;
    while (end > 0 && (text[end] & 0xC0) == 0x80)
        --end;
    return text.substr(0, end) + "…";
}

std::string_view field(pg_result const* from, int which) {
    char const* text = PQresultErrorField(from, which);
    return text ? text : std::string_view();
}

}  // namespace

error statement_error(std::string_view sqlstate, std::string message, std::string_view hint) {
    auto const* best = &meanings[0];
    for (auto const& m : meanings)
        if (sqlstate.starts_with(m.prefix) && m.prefix.size() > best->prefix.size()) best = &m;
    auto detail = "SQLSTATE " + std::string(sqlstate) + ": " + message;
    auto shown = best->text.empty() ? shortened(std::move(message)) : std::string(best->text);
    if (best->text.empty() && !hint.empty()) shown += " (" + shortened(std::string(hint)) + ")";
    error out{best->code, public_text{std::move(shown)}, internal_text{std::move(detail)}};
    out.rule = best->rule;
    if (out.code == errc::unavailable || out.code == errc::overloaded)
        out.retry_after = std::chrono::seconds(1);
    return out;
}

error statement_error(pg_result const* failed) {
    auto const state = field(failed, PG_DIAG_SQLSTATE);
    if (state.empty()) return unreachable(PQresultErrorMessage(failed));
    auto out = statement_error(state, std::string(field(failed, PG_DIAG_MESSAGE_PRIMARY)),
                               field(failed, PG_DIAG_MESSAGE_HINT));
    auto const position = field(failed, PG_DIAG_STATEMENT_POSITION);
    std::size_t from_one = 0;
    std::from_chars(position.data(), position.data() + position.size(), from_one);
    bool const is_clients = out.code == errc::query_invalid || out.code == errc::query_refused;
    if (from_one > 0 && is_clients) out.position = from_one - 1;
    return out;
}

error unreachable(std::string reason) {
    while (!reason.empty() && (reason.back() == '\n' || reason.back() == ' '))
        reason.pop_back();
    for (char& c : reason)
        if (c == '\n' || c == '\t') c = ' ';
    return error{errc::unavailable, public_text{"the target database is not reachable"},
                 internal_text{"PostgreSQL target: " + std::move(reason)}}
        .with_retry(std::chrono::seconds(1));
}

error unreachable(pg_conn const* connection) {
    return unreachable(postgres::message_of(connection));
}

}  // namespace vanna::pg_target
