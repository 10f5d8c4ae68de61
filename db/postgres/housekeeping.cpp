#include "db/postgres/housekeeping.hpp"

#include "db/postgres/audit_rows.hpp"
#include "db/postgres/stores.hpp"

namespace vanna::postgres {
namespace {

// A used refresh token is remembered until it would have expired: till then its reuse gives a thief away.
constexpr statement purge_expired{
    "purge_expired",
    "with r as (delete from revocations where expires_at < now() - interval '1 minute' returning 1), t as "
    "(delete from refresh_tokens where expires_at < now() returning 1), p as (delete from password_resets "
    "where expires_at < now() returning 1), c as (delete from cancellations where created_at < now() - "
    "interval '10 minutes' returning 1) select (select count(*) from r) + (select count(*) from t) + (select "
    "count(*) from p) + (select count(*) from c)"};

constexpr char drop_months[] = "select vanna_drop_history($1::text, $2::timestamptz)";
// With the queries of a conversation goes what is left of it.
constexpr char drop_silent[] =
    "with gone as (delete from conversations where updated_at < $2::timestamptz and $1::text = "
    "'conversations' "
    "returning 1) select count(*) from gone";

// The entry is part of the transaction: nothing goes without a trace.
awaitable<result<std::int64_t>> drop_and_audit(session& s, char const* drop, std::string table,
                                               std::string action, instant before, deadline limit) {
    auto const dropped = co_await s.execute(drop, params(table, before), limit);
    if (!dropped) co_return dropped.error();
    auto const gone = (*dropped)[0].integer(0);
    if (gone == 0) co_return 0;
    json_rows entry;
    add_row(entry, {.email = "system",
                    .action = std::move(action),
                    .resource = std::move(table),
                    .changes = {{"rows", gone}, {"older_than", to_rfc3339(before)}},
                    .status = "success"});
    auto const noted = co_await s.execute(add_audit_entries, params(std::move(entry).finish()), limit);
    if (!noted) co_return noted.error();
    co_return gone;
}

awaitable<result<std::int64_t>> drop_history(pool& on, std::string table, std::string action,
                                             std::chrono::days kept, deadline limit) {
    if (kept == std::chrono::days(0)) co_return 0;
    co_return co_await on.transaction(
        [&](session& s) { return drop_and_audit(s, drop_months, table, action, now() - kept, limit); },
        limit);
}

awaitable<result<std::int64_t>> drop_conversations(pool& on, std::chrono::days kept, deadline limit) {
    if (kept == std::chrono::days(0)) co_return 0;
    co_return co_await on.transaction(
        [&](session& s) {
            return drop_and_audit(s, drop_silent, "conversations", "retention.conversations", now() - kept,
                                  limit);
        },
        limit);
}

}  // namespace

awaitable<result<house_report>> keep_house(pool& on, retention kept, deadline limit) {
    house_report out;
    auto const made = co_await on.transaction(
        [&](session& s) -> awaitable<result<int>> {
            auto const done = co_await s.execute("select vanna_ensure_partitions(2)", params{}, limit);
            if (!done) co_return done.error();
            co_return int((*done)[0].integer(0));
        },
        limit);
    if (!made) co_return made.error();
    out.partitions_made = *made;
    auto const queries = co_await drop_history(on, "queries", "retention.queries", kept.queries, limit);
    if (!queries) co_return queries.error();
    out.queries_gone = *queries;
    auto const silent = co_await drop_conversations(on, kept.queries, limit);
    if (!silent) co_return silent.error();
    auto const audit = co_await drop_history(on, "audit_logs", "retention.audit", kept.audit, limit);
    if (!audit) co_return audit.error();
    out.audit_entries_gone = *audit;
    auto const purged = co_await on.write(purge_expired, params{}, limit);
    if (!purged) co_return purged.error();
    out.tokens_gone = (*purged)[0].integer(0);
    co_return out;
}

}  // namespace vanna::postgres
