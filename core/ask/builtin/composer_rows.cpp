#include <algorithm>
#include <cstdlib>

#include "core/ask/builtin/composer.hpp"

namespace vanna::ask::builtin {

// "nurses in the oldest hospital" are all of its nurses, not the first of them.
void composer::rows_of_extreme() {
    bool const ranks_rows = frame_.ranked && !s_.aggregated && !s_.grouped && s_.order.size() == 1 &&
                            s_.order[0].by.how == aggregate::none && frame_.subject >= 0;
    if (!ranks_rows || frame_.at(frame_.subject).singular) return;
    if (chosen(s_.order[0].by.what).where.column < 0) return;
    auto const subject = chosen(frame_.subject).where.table, ranked = table_of(s_.order[0].by);
    if (subject == ranked || joins_.distance(subject, ranked) >= 1000 || !fans_out(ranked, subject) ||
        fans_out(subject, ranked) || known_.table(ranked).primary_key < 0)
        return;
    s_.of_extreme = s_.order[0];
    s_.order.clear();
}

// "the ship named A and the ship named B", "before 2003 and after 2010": no one row can be both.
bool composer::excludes_another(condition const& c) const {
    auto const below = [](test how) { return how == test::less || how == test::at_most; };
    auto const above = [](test how) { return how == test::more || how == test::at_least; };
    auto const number = [](condition const& one) -> std::optional<double> {
        if (one.right.size() != 1 || one.right[0].what == literal::kind::text || one.right[0].text.empty() ||
            one.right[0].text.find_first_not_of("0123456789.-") != std::string::npos)
            return {};
        return std::atof(one.right[0].text.c_str());
    };
    return std::any_of(s_.where.begin(), s_.where.end(), [&](condition const& o) {
        if (&o == &c || o.left.what < 0 || o.negated || o.or_previous || o.against || c.against ||
            chosen(o.left.what).where != chosen(c.left.what).where)
            return false;
        if (c.how == test::equal) return o.how == test::equal;
        auto const one = number(c), other = number(o);
        return one && other &&
               ((below(c.how) && above(o.how) && *one <= *other) ||
                (above(c.how) && below(o.how) && *other <= *one));
    });
}

// What is shown says of what kind rows are, not which.
bool composer::shows_categories() const {
    return !s_.aggregated && !s_.grouped && s_.order.empty() && !s_.limit && !s_.shown.empty() &&
           std::all_of(s_.shown.begin(), s_.shown.end(), [&](quantity const& q) {
               auto const where = chosen(q.what).where;
               auto const& t = known_.table(where.table);
               return where.column >= 0 && where.column != t.primary_key &&
                      std::find(t.name_columns.begin(), t.name_columns.end(), where.column) ==
                          t.name_columns.end();
           });
}

// "districts with both shops of this and shops of that kind": what both kinds have.
void composer::intersect(select_statement& out) const {
    auto sides = both_;
    if (sides.size() == 1 && sides[0].right.size() == 2) {
        sides.push_back(sides[0]);
        sides[0].right.pop_back();
        sides[1].right.erase(sides[1].right.begin());
    }
    if (sides.size() != 2) throw cannot{"whether one and the same must be both"};
    auto other = std::make_shared<select_statement>(out);
    auto const narrow = [&](select_statement& one, condition const& c) {
        std::vector<expression> all;
        if (one.where) all.push_back(std::move(*one.where));
        all.push_back(writer_.test_of(value_of(chosen(c.left.what)), c));
        one.where = all_of(std::move(all));
    };
    narrow(out, sides[0]);
    narrow(*other, sides[1]);
    out.compound = "INTERSECT";
    out.other = std::move(other);
}

// "who have both a cat and a dog": a row for each.
void composer::each_apart(condition const& c) {
    if (c.how != test::equal) {
        singles_.push_back(c);
        return;
    }
    for (auto const& one : c.right) {
        auto alone = c;
        alone.right = {one};
        singles_.push_back(std::move(alone));
    }
}

// The key among those of the rows that the order puts first.
expression composer::extreme_rows() const {
    auto const& by = chosen(s_.of_extreme->by.what);
    if (by.means) throw cannot{"which rows have the most " + by.term};
    auto const& t = known_.table(by.where.table);
    auto const key = column_place{by.where.table, t.primary_key};
    auto query = std::make_shared<select_statement>();
    query->columns.push_back({column_of({}, column(key)), {}});
    query->from.push_back({t.name, {}, {}});
    std::vector<expression> where;
    for (auto const& c : plain_)
        if (table_of(c.left) == by.where.table)
            add_condition(where, writer_.test_of(column_of({}, column(chosen(c.left.what).where)), c),
                          c.or_previous);
    if (!where.empty()) query->where = all_of(std::move(where));
    query->order_by.push_back({column_of({}, column(by.where)), s_.of_extreme->descending != by.inverse});
    query->limit = s_.limit.value_or(1);
    expression made{expression::kind::in_query};
    made.arguments.push_back(plain_column(key));
    made.query = std::move(query);
    return made;
}

}  // namespace vanna::ask::builtin
