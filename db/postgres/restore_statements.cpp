#include "db/postgres/restore_statements.hpp"

#include <ranges>

namespace vanna::postgres {
namespace {

constexpr std::string_view largest_row = "67108864";

// What a column becomes on its way in; `r` is the archive's row.
struct change {
    std::string_view table, column, expression;
};
#define UNDER_WAY "r.state in ('queued', 'running')"
constexpr change changes[] = {
    {"users", "session_epoch",
     "1 + greatest(r.session_epoch, coalesce((select e.session_epoch from live_epochs e where e.id = r.id), "
     "0))"},
    {"jobs", "state", "case when " UNDER_WAY " then 'failed' else r.state end"},
    {"jobs", "error",
     "case when " UNDER_WAY " then 'it was under way when the backup was taken' else r.error end"},
    {"jobs", "finished_at", "case when " UNDER_WAY " then now() else r.finished_at end"},
};

std::string quoted(std::string_view name) {
    return '"' + std::string(name) + '"';
}

std::string list_of(system_table const& table, std::string_view before = {}) {
    std::string out;
    for (auto const& column : column_names(table))
        out.append(out.empty() ? "" : ", ").append(before).append(quoted(column));
    return out;
}

std::string landing(system_table const& table) {
    return "restored_" + std::string(table.name);
}

std::string value_of(system_table const& table, std::string const& column) {
    for (auto const& c : changes)
        if (c.table == table.name && c.column == column) return std::string(c.expression);
    return "r." + quoted(column);
}

// From the last to the first: those that refer to others before those.
template <class F>
void for_each_backwards(at_restore rows, F each) {
    for (auto const& table : std::views::reverse(system_tables()))
        if (table.rows == rows) each(quoted(table.name));
}

}  // namespace

std::string lock_replaced_tables() {
    std::string names;
    for_each_backwards(at_restore::replaced, [&](std::string const& name) {
        names.append(names.empty() ? "" : ", ").append(name);
    });
    return "set local vanna.restore = 'on'; set local lock_timeout = '10s'; lock table " + names +
           " in share row exclusive mode";
}

// Sessions first: a rotation of theirs under way still finds its user and ends, rather than wait for this
// transaction while this transaction waits for it. What comes in between goes with its user.
std::string empty_tables() {
    std::string out = "create temp table live_epochs on commit drop as select id, session_epoch from users";
    for (auto const rows : {at_restore::emptied, at_restore::replaced})
        for_each_backwards(rows, [&](std::string const& name) { out.append("; delete from ").append(name); });
    return out;
}

bool lands_directly(system_table const& table) {
    return table.rows == at_restore::replaced && table.name != "users";
}

std::string make_landing(system_table const& table) {
    return "create temp table " + landing(table) + " on commit drop as select " + list_of(table) + " from " +
           quoted(table.name) + " with no data";
}

// OFFSET 0 keeps the inner query apart, so that a row is made once and measured as it is sent. The text that
// is no number makes the server say what is wrong.
std::string read_rows(system_table const& table) {
    auto const columns = list_of(table);
    return "copy (select " + columns + " from (select " + columns + " from public." + quoted(table.name) +
           " offset 0) r where case when pg_catalog.octet_length(pg_catalog.concat(" + list_of(table, "r.") +
           ")) > " + std::string(largest_row) +
           " then pg_catalog.concat('a row larger than 64 MiB, which the engine never writes ', "
           "pg_catalog.clock_timestamp())::pg_catalog.int4 = 0 else true end) to stdout";
}

std::string write_rows(system_table const& table) {
    return "copy " + (lands_directly(table) ? quoted(table.name) : landing(table)) + " (" + list_of(table) +
           ") from stdin";
}

std::string take_in(system_table const& table) {
    std::string values;
    for (auto const& column : column_names(table))
        values.append(values.empty() ? "" : ", ").append(value_of(table, column));
    auto out = "insert into " + quoted(table.name) + " (" + list_of(table) + ") select " + values + " from " +
               landing(table) + " r";
    if (table.name == "revocations") out += " where r.expires_at > now()";
    if (table.rows == at_restore::gains) out += " on conflict (id) do nothing";
    return out;
}

}  // namespace vanna::postgres
