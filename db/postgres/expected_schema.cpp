#include "db/postgres/migrate.hpp"
#include "db/postgres/system_tables.hpp"

namespace vanna::postgres {
namespace {

constexpr char read_columns[] =
    "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) from pg_class c "
    "join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
    "where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')";

using found_columns = std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>>;

// Appends what `wanted` has and `found` has not.
void compare(system_table const& wanted, found_columns const& found, std::string& differences) {
    std::string const name(wanted.name);
    auto const table = found.find(wanted.name);
    if (table == found.end()) {
        differences += "; table " + name + " is missing";
        return;
    }
    for (auto rest = wanted.columns; !rest.empty();) {
        auto const end = std::min(rest.find(", "), rest.size());
        auto const column = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 2, rest.size()));
        auto const space = column.find(' ');
        auto const have = table->second.find(column.substr(0, space));
        auto const type = column.substr(space + 1);
        if (have == table->second.end())
            differences += "; column " + name + "." + std::string(column.substr(0, space)) + " is missing";
        else if (have->second != type)
            differences += "; column " + name + "." + have->first + " is " + have->second + ", expected " +
                           std::string(type);
    }
}

}  // namespace

awaitable<result<void>> validate_schema(address where, deadline limit) {
    auto on = co_await session::open(where, limit);
    if (!on) co_return on.error();
    auto const columns = co_await (*on)->execute(read_columns, params{}, limit);
    if (!columns) co_return columns.error();
    found_columns found;
    for (int i = 0; i < columns->size(); ++i)
        found[(*columns)[i].string(0)].emplace((*columns)[i].string(1), (*columns)[i].string(2));
    std::string differences;
    for (auto const& table : system_tables())
        compare(table, found, differences);
    if (!differences.empty())
        co_return error{errc::conflict,
                        public_text{"the system database is not as expected: " + differences.substr(2) +
                                    "; restore it, or run vanna-engine init on an empty one"}}
            .with_type("schema-mismatch");
    co_return result<void>{};
}

}  // namespace vanna::postgres
