#include <algorithm>

#include "core/sql/utf8.hpp"
#include "db/postgres/target/catalog.hpp"

namespace vanna::pg_target {
namespace {

constexpr std::uint64_t few_rows = 200'000;  // more are estimated, and not read through
constexpr std::size_t most_values = 200, most_bytes = 100;
constexpr auto for_one = std::chrono::seconds(2);  // a count, or the values of a column

constexpr char estimates[] = R"sql(
select c.reltuples::bigint,
       coalesce((select pg_catalog.sum(greatest(p.reltuples, 0))::bigint from pg_catalog.pg_inherits i
                 join pg_catalog.pg_class p on p.oid = i.inhrelid where i.inhparent = c.oid), 0)
from pg_catalog.pg_class c where c.oid = pg_catalog.to_regclass($1)
)sql";

// What ANALYZE found, of tables too large to be read through.
constexpr char common_values[] = R"sql(
select pg_catalog.unnest(most_common_vals::text::text[]) from pg_catalog.pg_stats s
where pg_catalog.format('%I.%I', s.schemaname, s.tablename)::pg_catalog.regclass = pg_catalog.to_regclass($1)
  and attname = $2 and n_distinct between 1 and 200
)sql";

bool may_hold_words(sql::schema_column const& c) {
    if (c.type.ends_with("[]")) return false;
    for (std::string_view other :
         {"bigint", "integer", "smallint", "numeric", "real", "double", "bytea", "bool", "date", "time",
          "interval", "json", "uuid", "xml", "money", "inet", "tsvector"})
        if (c.type.starts_with(other)) return false;
    return true;
}

void forget_values(sql::table& of) {
    for (auto& c : of.columns) {
        c.values.clear();
        c.values_complete = false;
    }
}

class filling {
  public:
    filling(link& on, watch const& until) : on_(on), until_(until) {}

    void count(sql::table& t) {
        auto const seen = ask(estimates, {{quote_table(t.name)}, {25}});
        if (is_over()) return;
        t.row_count.reset();
        if (!seen || seen->empty()) return;
        auto const estimate = std::max((*seen)[0].integer(0), (*seen)[0].integer(1));
        if (estimate > std::int64_t(few_rows)) {
            t.row_count = std::uint64_t(estimate);
            return;
        }
        auto const counted = ask("select count(*) from " + quote_table(t.name), {});
        if (counted && !counted->empty()) t.row_count = std::uint64_t((*counted)[0].integer(0));
    }
    void sample(sql::table const& t, sql::schema_column& c) {
        bool const is_small = t.row_count <= few_rows;
        auto const name = quote_name(c.name);
        auto const seen = is_small
                              ? ask("select distinct pg_catalog.left(" + name + "::text, 101) from " +
                                        quote_table(t.name) + " where " + name + " is not null limit 201",
                                    {})
                              : ask(common_values, {{quote_table(t.name), c.name}, {25, 19}});
        if (is_over()) return;
        c.values.clear();
        c.values_complete = false;
        if (!seen || std::size_t(seen->size()) > most_values) return;
        std::vector<std::string> values;
        for (int i = 0; i < seen->size(); ++i) {
            auto value = (*seen)[i].string(0);
            if (value.size() > most_bytes) return;
            values.push_back(std::move(value));
        }
        std::ranges::sort(values);
        c.values = std::move(values);
        c.values_complete = is_small;
    }
    bool is_over() const { return on_.is_lost() || until_.cause(); }

  private:
    // In a transaction of its own: what fails or takes too long disturbs nothing else.
    result<rows> ask(std::string const& sql, parameters const& with) {
        auto const until = until_.until(after(for_one));
        if (auto begun = on_.script(
                "savepoint one; set local statement_timeout = " + std::to_string(until.milliseconds_left()),
                until);
            !begun)
            return begun;
        auto found = on_.execute(sql, with, until);
        if (on_.is_lost()) return found;
        watch const soon(after(for_one));
        (void)on_.script(found ? "release savepoint one" : "rollback to savepoint one", soon);
        return found;
    }

    link& on_;
    watch const& until_;
};

}  // namespace

void carry_over(sql::schema const& from, sql::schema& to) {
    for (auto& t : to.tables) {
        auto const old = std::ranges::find(from.tables, t.name, &sql::table::name);
        if (old == from.tables.end() || old->is_view != t.is_view) continue;
        t.row_count = old->row_count;
        for (auto& c : t.columns) {
            auto const same = std::ranges::find(old->columns, c.name, &sql::schema_column::name);
            if (same == old->columns.end() || same->type != c.type) continue;
            c.values = same->values;
            c.values_complete = same->values_complete;
        }
    }
}

void add_contents(link& on, sql::schema& to, watch const& until) {
    filling from(on, until);
    std::vector<sql::table*> counted;
    for (auto& t : to.tables) {
        if (from.is_over()) return;
        if (t.is_view || t.columns.empty()) continue;
        from.count(t);
        if (t.row_count)
            counted.push_back(&t);
        else
            forget_values(t);
    }
    std::ranges::sort(counted, {}, [](auto const* t) { return *t->row_count; });
    for (auto* t : counted)
        for (auto& c : t->columns) {
            if (from.is_over()) return;
            if (may_hold_words(c)) from.sample(*t, c);
        }
}

}  // namespace vanna::pg_target
