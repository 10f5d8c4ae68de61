#include "core/ask/builtin/condition_writer.hpp"

#include "core/ask/builtin/query_shape.hpp"

namespace vanna::ask::builtin {
namespace {

// "older than" by birth date is an earlier one.
test turned_round(test how) {
    switch (how) {
        case test::more:
            return test::less;
        case test::less:
            return test::more;
        case test::at_least:
            return test::at_most;
        case test::at_most:
            return test::at_least;
        default:
            return how;
    }
}

expression compare(expression left, test how, bool negated, expression right) {
    char const* op = "=";
    switch (how) {
        case test::more:
            op = negated ? "<=" : ">";
            break;
        case test::less:
            op = negated ? ">=" : "<";
            break;
        case test::at_least:
        case test::since:
            op = negated ? "<" : ">=";
            break;
        case test::at_most:
            op = negated ? ">" : "<=";
            break;
        default:
            op = negated ? "<>" : "=";
    }
    return binary_of(std::move(left), op, std::move(right));
}

expression in_period(expression left, test how, condition const& c) {
    std::vector<expression> any;
    auto const day = [](std::chrono::sys_days d) { return text_literal(iso_date(d)); };
    if (how == test::between && c.right.size() == 2 && c.right[1].when) {
        any.push_back(all_of({binary_of(left, ">=", day(c.right[0].when->from)),
                              binary_of(left, "<", day(c.right[1].when->until))}));
    } else {
        for (auto const& l : c.right) {
            if (!l.when) throw cannot{"which date is meant"};
            auto const& p = *l.when;
            if (how == test::more)
                any.push_back(binary_of(left, ">=", day(p.until)));
            else if (how == test::less)
                any.push_back(binary_of(left, "<", day(p.from)));
            else if (how == test::at_least)
                any.push_back(binary_of(left, ">=", day(p.from)));
            else if (how == test::at_most)
                any.push_back(binary_of(left, "<", day(p.until)));
            else
                any.push_back(
                    all_of({binary_of(left, ">=", day(p.from)), binary_of(left, "<", day(p.until))}));
        }
    }
    auto made = any_of(std::move(any));
    return c.negated ? negation_of(std::move(made)) : made;
}

expression pattern(expression left, test how, condition const& c) {
    auto const& text = c.right[0].text;
    expression made;
    if (text.find_first_of("%_") != std::string::npos) {
        if (how != test::contains) throw cannot{"a pattern with % or _"};
        made = binary_of(
            call_of("instr", {call_of("lower", {std::move(left)}), call_of("lower", {text_literal(text)})}),
            ">", number_literal("0"));
    } else {
        auto const pattern = (how == test::starts ? "" : "%") + text + (how == test::ends ? "" : "%");
        made = binary_of(std::move(left), "LIKE", text_literal(pattern));
    }
    return c.negated ? negation_of(std::move(made)) : made;
}

// One value, a list of them, or the two ends of a range.
expression compared_with(expression left, test how, bool negated, std::vector<expression> values) {
    if (how == test::between) {
        if (values.size() != 2) throw cannot{"between what"};
        expression made{expression::kind::between};
        made.arguments = {std::move(left), std::move(values[0]), std::move(values[1])};
        return negated ? negation_of(std::move(made)) : made;
    }
    if (values.size() > 1) {
        expression made{expression::kind::list};
        made.arguments.push_back(std::move(left));
        for (auto& v : values)
            made.arguments.push_back(std::move(v));
        return negated ? negation_of(std::move(made)) : made;
    }
    return compare(std::move(left), how, negated, std::move(values[0]));
}

}  // namespace

expression condition_writer::literal_expression(literal const& l, column_place beside, bool counted) const {
    auto const kind = beside.column < 0 ? column_kind::number : column(beside).kind;
    switch (l.what) {
        case literal::kind::number:
            if (!counted && kind == column_kind::flag) return flag_literal(l.text);
            return counted || kind == column_kind::number ? number_literal(l.text) : text_literal(l.text);
        case literal::kind::value: {
            auto const& v = chosen(l.value);
            bool const fits = frame_.at(l.value).column_of < 0 || v.where == beside || v.value != nullptr;
            return text_literal(fits ? *v.value : l.text);
        }
        default:
            return text_literal(l.text);
    }
}

// A year beside a column of years.
expression condition_writer::year_of(literal const& l, column_place place) const {
    auto const digits =
        l.when ? std::to_string(int(std::chrono::year_month_day(l.when->from).year())) : l.text;
    return column(place).kind == column_kind::number ? number_literal(digits) : text_literal(digits);
}

expression condition_writer::average_of(quantity const& q) const {
    auto const& c = chosen(q.what);
    if (c.where.column < 0) throw cannot{"the average of what"};
    auto inner = std::make_shared<select_statement>();
    inner->columns.push_back({call_of(function_name(q.how), {column_of({}, column(c.where))}), {}});
    inner->from.push_back({known_.table(c.where.table).name, {}, {}});
    expression made{expression::kind::subquery};
    made.query = std::move(inner);
    return made;
}

expression condition_writer::test_of(expression left, condition const& c) const {
    bool const counted = c.left.how == aggregate::count || c.left.how == aggregate::term;
    column_place const place = c.left.what >= 0 ? chosen(c.left.what).where : column_place{};
    if (c.how == test::missing) {
        expression made{expression::kind::is_null};
        made.distinct = c.negated;
        made.arguments.push_back(std::move(left));
        return made;
    }
    auto const how = c.left.what >= 0 && chosen(c.left.what).inverse ? turned_round(c.how) : c.how;
    if (c.against && c.against->what >= 0 && chosen(c.against->what).means)
        throw cannot{"how to compare with " + chosen(c.against->what).term};
    if (c.against) return compare(std::move(left), how, c.negated, average_of(*c.against));
    if (c.right.empty()) throw cannot{"what to compare with"};
    bool const dates = c.right[0].what == literal::kind::period && !counted && place.column >= 0;
    if (dates && column(place).kind == column_kind::date) return in_period(std::move(left), how, c);
    if (dates && !c.right[0].when->year_only && !column(place).integer_year)
        throw cannot{"which date is meant"};
    if (how == test::contains || how == test::starts || how == test::ends)
        return pattern(std::move(left), how, c);
    std::vector<expression> values;
    for (auto const& l : c.right)
        values.push_back(dates ? year_of(l, place) : literal_expression(l, place, counted));
    return compared_with(std::move(left), how, c.negated, std::move(values));
}

}  // namespace vanna::ask::builtin
