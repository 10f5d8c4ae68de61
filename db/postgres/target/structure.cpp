#include <openssl/sha.h>

#include <algorithm>

#include "core/sql/schema_version.hpp"
#include "db/postgres/target/catalog.hpp"

namespace vanna::pg_target {
namespace {

constexpr std::size_t most_tables = 5000;

// Partitions are read through their table; what an extension brought is not the business's.
constexpr char relations[] = R"sql(
select c.oid::bigint,
       case when pg_catalog.pg_table_is_visible(c.oid) and c.relname !~ '[.]' then c.relname::text
            else n.nspname || '.' || c.relname end,
       c.relkind in ('v', 'm'),
       case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid, true) end,
       pg_catalog.obj_description(c.oid, 'pg_class')
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and c.relname !~ '^pg_'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_any_column_privilege(c.oid, 'select')
  and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                  and d.objid = c.oid and d.deptype = 'e')
order by 2 limit 5000
)sql";

// Of a domain the type that it is of, as information_schema tells it: its name says nothing of what it holds.
constexpr char columns[] = R"sql(
select a.attrelid::bigint, a.attname,
       case when t.typtype = 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod)
            else pg_catalog.format_type(a.atttypid, a.atttypmod) end,
       a.attnotnull or t.typnotnull,
       a.attgenerated <> '',
       coalesce((select pg_catalog.array_position(i.indkey::int2[], a.attnum) + 1 - pg_catalog.array_lower(i.indkey::int2[], 1)
                 from pg_catalog.pg_index i where i.indrelid = a.attrelid and i.indisprimary), 0),
       pg_catalog.col_description(a.attrelid, a.attnum)
from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
where a.attrelid = any ($1::pg_catalog.oid[]) and a.attnum > 0 and not a.attisdropped
  and pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select')
order by a.attrelid, a.attnum
)sql";

// One row a column of a key.
constexpr char foreign_keys[] = R"sql(
select k.conrelid::bigint, k.oid::bigint, k.confrelid::bigint, mine.attname, theirs.attname
from pg_catalog.pg_constraint k,
     unnest(k.conkey, k.confkey) with ordinality as pair (own, other, place),
     pg_catalog.pg_attribute mine, pg_catalog.pg_attribute theirs
where k.contype = 'f' and k.conrelid = any ($1::pg_catalog.oid[]) and k.confrelid = any ($1::pg_catalog.oid[])
  and mine.attrelid = k.conrelid and mine.attnum = pair.own
  and theirs.attrelid = k.confrelid and theirs.attnum = pair.other
order by k.conrelid, k.conname, k.oid, pair.place
)sql";

constexpr char indexes[] = R"sql(
select indrelid::bigint, pg_catalog.pg_get_indexdef(indexrelid) from pg_catalog.pg_index
where indrelid = any ($1::pg_catalog.oid[]) and not indisprimary order by indrelid, 2
)sql";

std::string one_line(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(out, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return out;
}

std::string comment(std::string_view text) {
    return text.empty() ? std::string() : " -- " + one_line(text);
}

std::string list_of(std::vector<std::string> const& names) {
    std::string out;
    for (auto const& name : names)
        out += (out.empty() ? "" : ", ") + quote_name(name);
    return "(" + out + ")";
}

struct described {
    sql::table table;
    std::string definition, about;
    std::vector<std::string> about_columns;
};

class reading {
  public:
    reading(link& on, watch const& until) : on_(on), until_(until) {}

    result<sql::schema> run() {
        if (auto ok = read_relations(); !ok) return ok.error();
        for (auto part : {&reading::read_columns, &reading::read_keys, &reading::read_indexes})
            if (auto ok = (this->*part)(); !ok) return ok.error();
        sql::schema out{"postgresql", "", {}};
        for (auto& [oid, d] : found_) {
            d.table.ddl = ddl_of(d);
            out.tables.push_back(std::move(d.table));
        }
        std::ranges::sort(out.tables, {}, &sql::table::name);
        return out;
    }

  private:
    result<void> read_relations() {
        auto const seen = on_.script(relations, until_);
        if (!seen) return seen.error();
        for (int i = 0; i < seen->size() && found_.size() < most_tables; ++i) {
            auto const r = (*seen)[i];
            auto& d = found_[r.integer(0)];
            d.table.name = r.string(1);
            d.table.is_view = r.boolean(2);
            d.definition = r.string(3);
            d.about = r.string(4);
            oids_ += (oids_.empty() ? "" : ",") + r.string(0);
        }
        return {};
    }
    result<rows> of_all(char const* sql) { return on_.execute(sql, {{"{" + oids_ + "}"}, {0}}, until_); }
    result<void> read_columns() {
        auto const seen = of_all(columns);
        if (!seen) return seen.error();
        for (int i = 0; i < seen->size(); ++i) {
            auto const r = (*seen)[i];
            auto& d = found_.at(r.integer(0));
            sql::schema_column c;
            c.name = r.string(1);
            c.type = r.string(2);
            c.not_null = r.boolean(3);
            c.generated = r.boolean(4);
            c.primary_key = int(r.integer(5));
            d.table.columns.push_back(std::move(c));
            d.about_columns.push_back(r.string(6));
        }
        return {};
    }
    result<void> read_keys() {
        auto const seen = of_all(foreign_keys);
        if (!seen) return seen.error();
        for (std::int64_t last = -1, i = 0; i < seen->size(); ++i) {
            auto const r = (*seen)[int(i)];
            auto& keys = found_.at(r.integer(0)).table.foreign_keys;
            if (r.integer(1) != last) keys.push_back({{}, found_.at(r.integer(2)).table.name, {}});
            last = r.integer(1);
            keys.back().columns.push_back(r.string(3));
            keys.back().references.push_back(r.string(4));
        }
        return {};
    }
    result<void> read_indexes() {
        auto const seen = of_all(indexes);
        if (!seen) return seen.error();
        for (int i = 0; i < seen->size(); ++i)
            found_.at((*seen)[i].integer(0)).table.indexes.push_back((*seen)[i].string(1));
        return {};
    }

    static std::string ddl_of(described const& d) {
        if (d.table.is_view)
            return "CREATE VIEW " + quote_table(d.table.name) + " AS" + comment(d.about) + "\n" +
                   d.definition;
        std::vector<std::string> lines, notes, key;
        for (std::size_t i = 0; i < d.table.columns.size(); ++i) {
            auto const& c = d.table.columns[i];
            lines.push_back(quote_name(c.name) + " " + c.type + (c.not_null ? " NOT NULL" : ""));
            notes.push_back(comment(d.about_columns[i]));
        }
        for (int place = 1; place <= int(d.table.columns.size()); ++place)
            for (auto const& c : d.table.columns)
                if (c.primary_key == place) key.push_back(c.name);
        if (!key.empty()) lines.push_back("PRIMARY KEY " + list_of(key));
        for (auto const& k : d.table.foreign_keys)
            lines.push_back("FOREIGN KEY " + list_of(k.columns) + " REFERENCES " + quote_table(k.table) +
                            " " + list_of(k.references));
        std::string out = "CREATE TABLE " + quote_table(d.table.name) + " (" + comment(d.about);
        for (std::size_t i = 0; i < lines.size(); ++i)
            out +=
                "\n    " + lines[i] + (i + 1 < lines.size() ? "," : "") + (i < notes.size() ? notes[i] : "");
        return out + "\n);";
    }

    link& on_;
    watch const& until_;
    std::map<std::int64_t, described> found_;
    std::string oids_;
};

std::string hash_of(sql::schema const& s) {
    auto const text = boost::json::serialize(sql::structure_of(s));
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest);
    static constexpr char hex[] = "0123456789abcdef";
    std::string out;
    for (auto const byte : digest)
        (out += hex[byte >> 4]) += hex[byte & 15];
    return out;
}

}  // namespace

result<sql::schema> read_structure(link& on, watch const& until) {
    auto read = reading(on, until).run();
    if (read) read->version = hash_of(*read);
    return read;
}

}  // namespace vanna::pg_target
