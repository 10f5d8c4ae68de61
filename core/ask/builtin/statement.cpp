#include "core/ask/builtin/statement.hpp"

#include <algorithm>

#include "core/ask/builtin/words.hpp"

namespace vanna::ask::builtin {
namespace {

// SQLite's keywords (sqlite.org/lang_keywords.html), which also covers what
// PostgreSQL reserves.
constexpr std::string_view keywords =
    " abort action add after all alter always analyse analyze and any array as "
    "asc asymmetric "
    "attach autoincrement before begin between both by cascade case cast check "
    "collate column "
    "commit conflict constraint create cross current current_date current_time "
    "current_timestamp "
    "current_user database default deferrable deferred delete desc detach "
    "distinct do drop each "
    "else end escape except exclude exclusive exists explain fail false fetch "
    "filter first "
    "following for foreign from full generated glob grant group groups having "
    "if ignore "
    "immediate in index indexed initially inner insert instead intersect into "
    "is isnull join key "
    "last lateral leading left like limit localtime localtimestamp match "
    "materialized natural no "
    "not nothing notnull null nulls of offset on only or order others outer "
    "over partition "
    "placing plan pragma preceding primary query raise range recursive "
    "references regexp reindex "
    "release rename replace restrict returning right rollback row rows "
    "savepoint select "
    "session_user set similar some symmetric table temp temporary then ties to "
    "trailing "
    "transaction trigger true unbounded union unique update user using vacuum "
    "values variadic "
    "verbose view virtual when where window with without ";

bool plain_identifier(std::string_view name) {
    auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    auto const digit = [](char c) { return c >= '0' && c <= '9'; };
    if (name.empty() || !letter(name[0])) return false;
    if (!std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || digit(c); })) return false;
    auto const folded = " " + lower(name) + " ";
    return keywords.find(folded) == std::string_view::npos;
}

std::string quoted(std::string_view text, char mark) {
    std::string out(1, mark);
    for (char c : text) {
        if (c == '\0') break;
        if (c == mark) out += mark;
        out += c;
    }
    return out += mark;
}

// How strongly an operator binds.
int strength(std::string_view op) {
    if (op == "||") return 3;
    if (op == "*" || op == "/") return 2;
    return op == "+" || op == "-" ? 1 : 0;
}

class writer {
  public:
    std::string out;

    void select(select_statement const& s) {
        out += s.distinct ? "SELECT DISTINCT " : "SELECT ";
        separated(s.columns, ", ", [&](selected const& c) {
            write(c.what);
            if (!c.as.empty()) out += " AS " + quote_identifier(c.as);
        });
        for (auto const& t : s.from) {
            out += t.on ? " JOIN " : " FROM ";
            out += quote_identifier(t.table);
            if (!t.alias.empty()) out += " AS " + quote_identifier(t.alias);
            if (t.on) {
                out += " ON ";
                write(*t.on);
            }
        }
        clause(" WHERE ", s.where);
        if (!s.group_by.empty()) {
            out += " GROUP BY ";
            separated(s.group_by, ", ", [&](expression const& e) { write(e); });
        }
        clause(" HAVING ", s.having);
        if (s.other) {
            out += " " + s.compound + " ";
            select(*s.other);
        }
        if (!s.order_by.empty()) {
            out += " ORDER BY ";
            separated(s.order_by, ", ", [&](sort_key const& k) {
                write(k.by);
                if (k.descending) out += " DESC";
            });
        }
        if (s.limit) out += " LIMIT " + std::to_string(*s.limit);
    }

  private:
    template <class Range, class F>
    void separated(Range const& range, std::string_view by, F each) {
        bool first = true;
        for (auto const& one : range) {
            if (!first) out += by;
            first = false;
            each(one);
        }
    }
    void clause(std::string_view word, std::optional<expression> const& e) {
        if (!e) return;
        out += word;
        write(*e);
    }
    void write(expression const& e, bool nested = false) {
        switch (e.what) {
            case expression::kind::column:
                if (!e.alias.empty()) out += quote_identifier(e.alias) + ".";
                out += quote_identifier(e.name);
                break;
            case expression::kind::star:
                out += "*";
                break;
            case expression::kind::text:
                out += quote_text(e.name);
                break;
            case expression::kind::number:
                out += e.name;
                break;
            case expression::kind::call:
                out += e.name + (e.distinct ? "(DISTINCT " : "(");
                separated(e.arguments, ", ", [&](expression const& a) { write(a); });
                out += ")";
                break;
            case expression::kind::binary:
                operand(e, e.arguments[0], false);
                out += " " + e.name + " ";
                operand(e, e.arguments[1], true);
                break;
            case expression::kind::all_of:
            case expression::kind::any_of:
                if (nested) out += "(";
                separated(e.arguments, e.what == expression::kind::all_of ? " AND " : " OR ",
                          [&](expression const& a) { write(a, true); });
                if (nested) out += ")";
                break;
            case expression::kind::negation:
                out += "NOT ";
                write(e.arguments[0], true);
                break;
            default:
                write_test(e);
        }
    }
    void operand(expression const& whole, expression const& part, bool right) {
        auto const outer = strength(whole.name), inner = strength(part.name);
        bool const arithmetic = part.what == expression::kind::binary;
        bool const apart = arithmetic && (inner < outer || (right && inner == outer && whole.name != "||"));
        if (apart) out += "(";
        write(part, true);
        if (apart) out += ")";
    }
    void write_test(expression const& e) {
        if (e.what != expression::kind::subquery && e.what != expression::kind::exists)
            write(e.arguments[0], true);
        switch (e.what) {
            case expression::kind::list:
                out += " IN (";
                separated(std::vector(e.arguments.begin() + 1, e.arguments.end()), ", ",
                          [&](expression const& a) { write(a); });
                out += ")";
                break;
            case expression::kind::between:
                out += " BETWEEN ";
                write(e.arguments[1], true);
                out += " AND ";
                write(e.arguments[2], true);
                break;
            case expression::kind::is_null:
                out += e.distinct ? " IS NOT NULL" : " IS NULL";
                break;
            case expression::kind::in_query:
                out += e.distinct ? " NOT IN " : " IN ";
                nested(*e.query);
                break;
            case expression::kind::exists:
                out += "EXISTS ";
                nested(*e.query);
                break;
            default:
                nested(*e.query);
        }
    }
    void nested(select_statement const& s) {
        out += "(";
        select(s);
        out += ")";
    }
};

}  // namespace

std::string quote_identifier(std::string_view name) {
    return plain_identifier(name) ? std::string(name) : quoted(name, '"');
}
std::string quote_text(std::string_view text) {
    return quoted(text, '\'');
}

expression column_of(std::string alias, std::string name) {
    return {expression::kind::column, std::move(name), std::move(alias)};
}
expression text_literal(std::string text) {
    return {expression::kind::text, std::move(text)};
}
expression number_literal(std::string digits) {
    return {expression::kind::number, std::move(digits)};
}
expression call_of(std::string function, std::vector<expression> arguments, bool distinct) {
    return {expression::kind::call, std::move(function), {}, std::move(arguments), distinct};
}
expression binary_of(expression left, std::string op, expression right) {
    expression made{expression::kind::binary, std::move(op)};
    made.arguments.push_back(std::move(left));
    made.arguments.push_back(std::move(right));
    return made;
}
expression all_of(std::vector<expression> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    return {expression::kind::all_of, {}, {}, std::move(parts)};
}
expression any_of(std::vector<expression> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    return {expression::kind::any_of, {}, {}, std::move(parts)};
}
expression negation_of(expression part) {
    expression made{expression::kind::negation};
    made.arguments.push_back(std::move(part));
    return made;
}

void add_condition(std::vector<expression>& list, expression made, bool or_previous) {
    if (or_previous && !list.empty()) {
        auto before = std::move(list.back());
        list.back() = any_of({std::move(before), std::move(made)});
    } else {
        list.push_back(std::move(made));
    }
}

bool joins_what_it_reads(select_statement const& s) {
    auto const reads = [&](auto const& self, expression const& e) -> bool {
        bool const joined = e.what != expression::kind::column || e.alias.empty() ||
                            std::any_of(s.from.begin(), s.from.end(),
                                        [&](joined_table const& t) { return t.table == e.alias; });
        return joined && (!e.query || joins_what_it_reads(*e.query)) &&
               std::all_of(e.arguments.begin(), e.arguments.end(),
                           [&](expression const& a) { return self(self, a); });
    };
    auto const all = [&](auto const& list, auto const& part) {
        return std::all_of(list.begin(), list.end(),
                           [&](auto const& one) { return reads(reads, part(one)); });
    };
    auto const itself = [](expression const& e) -> expression const& { return e; };
    return all(s.columns, [](selected const& c) -> expression const& { return c.what; }) &&
           all(s.group_by, itself) &&
           all(s.order_by, [](sort_key const& k) -> expression const& { return k.by; }) &&
           (!s.where || reads(reads, *s.where)) && (!s.having || reads(reads, *s.having));
}

std::string to_sql(select_statement const& statement) {
    writer w;
    w.select(statement);
    return std::move(w.out);
}

}  // namespace vanna::ask::builtin
