#include "core/ask/builtin/statement.hpp"

#include <algorithm>

#include "core/ask/builtin/dialect.hpp"
#include "core/ask/builtin/words.hpp"

namespace vanna::ask::builtin {
namespace {

// How strongly an operator binds.
int strength(std::string_view op) {
    if (op == "||") return 3;
    if (op == "*" || op == "/") return 2;
    return op == "+" || op == "-" ? 1 : 0;
}

class writer {
  public:
    explicit writer(dialect in) : in_(in) {}
    std::string out;

    void select(select_statement const& s) {
        out += s.distinct ? "SELECT DISTINCT " : "SELECT ";
        separated(s.columns, ", ", [&](selected const& c) {
            write(c.what);
            if (!c.as.empty()) out += " AS " + quoted_name(c.as);
        });
        for (auto const& t : s.from) {
            out += t.on ? " JOIN " : " FROM ";
            table(t.table);
            if (!t.alias.empty()) out += " AS " + quoted_name(t.alias);
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
                if (k.descending) out += in_ == dialect::postgresql ? " DESC NULLS LAST" : " DESC";
            });
        }
        if (s.limit) out += " LIMIT " + std::to_string(*s.limit);
    }

  private:
    std::string quoted_name(std::string_view name) const { return quote_identifier(name, in_); }
    // Of PostgreSQL's tables one that others hide is known as schema.table.
    void table(std::string_view name) {
        auto const dot = in_ == dialect::postgresql ? name.find('.') : name.npos;
        if (dot != name.npos) out += quoted_name(name.substr(0, dot)) + ".";
        out += quoted_name(dot == name.npos ? name : name.substr(dot + 1));
    }
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
        if (in_ == dialect::postgresql)
            if (auto const other = in_postgresql(e)) return write_as_is(*other, nested);
        write_as_is(e, nested);
    }
    void write_as_is(expression const& e, bool nested) {
        switch (e.what) {
            case expression::kind::column:
                if (!e.alias.empty()) out += quoted_name(e.alias) + ".";
                out += quoted_name(e.name);
                break;
            case expression::kind::star:
                out += "*";
                break;
            case expression::kind::text:
                out += quote_text(e.name);
                break;
            case expression::kind::number:
                out += e.distinct && in_ == dialect::postgresql ? quote_text(e.name) : e.name;
                break;
            case expression::kind::call:
                out += e.name + (e.distinct ? "(DISTINCT " : "(");
                separated(e.arguments, ", ", [&](expression const& a) { write(a); });
                out += e.alias.empty() ? ")" : " AS " + e.alias + ")";  // CAST
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

    dialect in_;
};

}  // namespace

expression column_of(std::string alias, std::string name) {
    return {expression::kind::column, std::move(name), std::move(alias)};
}
expression text_literal(std::string text) {
    return {expression::kind::text, std::move(text)};
}
expression number_literal(std::string digits) {
    return {expression::kind::number, std::move(digits)};
}
expression flag_literal(std::string digits) {
    auto out = number_literal(std::move(digits));
    out.distinct = true;
    return out;
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

std::string to_sql(select_statement const& statement, dialect in) {
    writer w(in);
    w.select(statement);
    return std::move(w.out);
}

}  // namespace vanna::ask::builtin
