#include "core/ask/builtin/formula.hpp"

#include <algorithm>
#include <array>

#include "core/sql/lexer.hpp"

namespace vanna::ask::builtin {
namespace {

struct unreadable {};

constexpr auto aggregates = std::to_array<std::string_view>({"count", "sum", "avg", "min", "max"});
constexpr auto functions = std::to_array<std::string_view>(
    {"abs", "coalesce", "date", "julianday", "length", "lower", "nullif", "round", "strftime", "upper"});
constexpr int deepest = 20;

template <class List>
bool among(List const& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

bool holds_aggregate(expression const& e) {
    if (e.what == expression::kind::call && among(aggregates, lower(e.name))) return true;
    return std::any_of(e.arguments.begin(), e.arguments.end(), holds_aggregate);
}

class parser {
  public:
    parser(std::string_view source, catalog const& known, formula& made)
        : known_(known), made_(made), words_(source) {
        advance();
    }

    void run() {
        made_.value = sum();
        made_.aggregates = holds_aggregate(made_.value);
        auto const rest = now_.offset;
        if (keyword("where")) {
            made_.where = alternatives();
            made_.filter = made_.source.substr(rest);
        }
        if (now_.kind != sql::token_kind::end) throw unreadable{};
        if (made_.where && holds_aggregate(*made_.where)) throw unreadable{};
    }

  private:
    void advance() { now_ = words_.next(); }
    bool keyword(std::string_view word) {
        if (now_.kind != sql::token_kind::word || !sql::equals_keyword(now_.text, word)) return false;
        advance();
        return true;
    }
    bool sign(std::string_view text) {
        if (now_.kind != sql::token_kind::other || now_.text != text) return false;
        advance();
        return true;
    }
    void expect(std::string_view text) {
        if (!sign(text)) throw unreadable{};
    }

    expression alternatives() {
        std::vector<expression> any{conjunction()};
        while (keyword("or"))
            any.push_back(conjunction());
        return any_of(std::move(any));
    }
    expression conjunction() {
        std::vector<expression> all{denial()};
        while (keyword("and"))
            all.push_back(denial());
        return all_of(std::move(all));
    }
    expression denial() {
        if (keyword("not")) return negation_of(denial());
        return comparison();
    }

    expression comparison() {
        auto left = sum();
        if (keyword("is")) {
            expression made{expression::kind::is_null};
            made.distinct = keyword("not");
            if (!keyword("null")) throw unreadable{};
            made.arguments.push_back(std::move(left));
            return made;
        }
        bool const denied = keyword("not");
        if (keyword("in")) return listed(std::move(left), denied);
        if (keyword("between")) {
            expression made{expression::kind::between};
            auto low = sum();
            if (!keyword("and")) throw unreadable{};
            made.arguments = {std::move(left), std::move(low), sum()};
            return denied ? negation_of(std::move(made)) : made;
        }
        if (keyword("like")) return binary_of(std::move(left), denied ? "NOT LIKE" : "LIKE", sum());
        if (denied) throw unreadable{};
        auto op = comparison_sign();
        return op.empty() ? left : binary_of(std::move(left), std::move(op), sum());
    }

    std::string comparison_sign() {
        if (sign("=")) return sign("="), "=";
        if (sign("!")) return expect("="), "<>";
        if (sign("<")) return sign("=") ? "<=" : sign(">") ? "<>" : "<";
        if (sign(">")) return sign("=") ? ">=" : ">";
        return {};
    }

    expression listed(expression left, bool denied) {
        expression made{expression::kind::list};
        made.arguments.push_back(std::move(left));
        expect("(");
        do
            made.arguments.push_back(primary());
        while (sign(","));
        expect(")");
        return denied ? negation_of(std::move(made)) : made;
    }

    expression sum() {
        if (++depth_ > deepest) throw unreadable{};
        auto left = product();
        while (true) {
            if (sign("+"))
                left = binary_of(std::move(left), "+", product());
            else if (sign("-"))
                left = binary_of(std::move(left), "-", product());
            else
                break;
        }
        --depth_;
        return left;
    }
    expression product() {
        auto left = primary();
        while (true) {
            if (sign("*"))
                left = binary_of(std::move(left), "*", primary());
            else if (sign("/"))
                left = binary_of(std::move(left), "/", primary());
            else
                return left;
        }
    }

    expression primary() {
        auto const t = now_;
        if (sign("(")) {
            auto inner = sum();
            expect(")");
            return inner;
        }
        bool const negative = sign("-");
        if (now_.kind == sql::token_kind::number) return number(negative);
        if (negative) throw unreadable{};
        advance();
        if (t.kind == sql::token_kind::text) return text_literal(sql::unquoted(t));
        if (t.kind != sql::token_kind::word && t.kind != sql::token_kind::quoted_name) throw unreadable{};
        if (sign(".")) return column(sql::unquoted(t));
        if (t.kind == sql::token_kind::word && sign("(")) return call(lower(t.text));
        throw unreadable{};
    }

    expression number(bool negative) {
        std::string const digits(now_.text);
        if (digits.find_first_not_of("0123456789.") != std::string::npos) throw unreadable{};
        advance();
        return number_literal((negative ? "-" : "") + digits);
    }

    expression column(std::string const& table_name) {
        auto const column_name = sql::unquoted(now_);
        advance();
        for (int t = 0; t < int(known_.tables().size()); ++t) {
            auto const& table = known_.table(t);
            if (lower(table.name) != lower(table_name)) continue;
            for (int c = 0; c < int(table.columns.size()); ++c)
                if (lower(table.columns[std::size_t(c)].name) == lower(column_name)) {
                    made_.columns.push_back({t, c});
                    return column_of(table.name, table.columns[std::size_t(c)]);
                }
        }
        throw unreadable{};
    }

    expression call(std::string const& name) {
        bool const aggregate = among(aggregates, name);
        if (!aggregate && !among(functions, name)) throw unreadable{};
        bool const distinct = aggregate && keyword("distinct");
        std::vector<expression> arguments{sum()};
        while (sign(","))
            arguments.push_back(sum());
        expect(")");
        if (aggregate && (arguments.size() != 1 || holds_aggregate(arguments[0]))) throw unreadable{};
        std::string written = name;
        if (aggregate)
            for (auto& c : written)
                c = char(c - 'a' + 'A');
        return call_of(std::move(written), std::move(arguments), distinct);
    }

    catalog const& known_;
    formula& made_;
    sql::lexer words_;
    sql::token now_;
    int depth_ = 0;
};

bool reads_column_of(expression const& e, std::string const& table) {
    if (e.what == expression::kind::column) return e.alias == table;
    return std::any_of(e.arguments.begin(), e.arguments.end(),
                       [&](expression const& a) { return reads_column_of(a, table); });
}

// Each row that is added up is one of `table`.
bool measures(expression const& e, std::string const& table) {
    if (e.what == expression::kind::call && among(aggregates, lower(e.name)))
        return reads_column_of(e, table);
    return std::all_of(e.arguments.begin(), e.arguments.end(),
                       [&](expression const& a) { return measures(a, table); });
}

// The table all others are looked up from, one row of them for each of its own.
int measured_table(formula const& f, catalog const& known, join_graph const& joins) {
    for (auto const& candidate : f.columns) {
        bool const once = std::all_of(f.columns.begin(), f.columns.end(), [&](column_place other) {
            auto const plan = joins.connect({candidate.table, other.table}, {});
            return plan && !plan->ambiguous &&
                   std::none_of(plan->steps.begin(), plan->steps.end(),
                                [](join_step const& s) { return s.fans_out; });
        });
        auto const& name = known.table(candidate.table).name;
        if (once && reads_column_of(f.value, name) && measures(f.value, name)) return candidate.table;
    }
    return -1;
}

}  // namespace

bool formula::reads(int table) const {
    return std::any_of(columns.begin(), columns.end(),
                       [&](column_place const& c) { return c.table == table; });
}

std::optional<formula> read_formula(std::string_view source, catalog const& known, join_graph const& joins) {
    formula made;
    made.source = source;
    try {
        parser(source, known, made).run();
    } catch (unreadable const&) {
        return {};
    }
    auto const table = measured_table(made, known, joins);
    if (table < 0) return {};
    made.of = *std::find_if(made.columns.begin(), made.columns.end(),
                            [&](column_place const& c) { return c.table == table; });
    auto const& v = made.value;
    made.counts = v.what == expression::kind::call && v.name == "COUNT" && !v.distinct &&
                  v.arguments[0].what == expression::kind::column &&
                  v.arguments[0].alias == known.table(table).name && !known.column(made.columns[0]).nullable;
    return made;
}

}  // namespace vanna::ask::builtin
