#include <algorithm>

#include "core/ask/builtin/reader.hpp"

namespace vanna::ask::builtin {

// "the average population [of cities]" on the right of a comparison
std::optional<quantity> reader::compared_average(std::size_t& i) {
    auto k = skip(i, {cue::of, cue::than});
    aggregate how = aggregate::none;
    if (cue_at(k, cue::average)) how = aggregate::average;
    if (cue_at(k, cue::minimum)) how = aggregate::minimum;
    if (cue_at(k, cue::maximum)) how = aggregate::maximum;
    if (how == aggregate::none) return {};
    ++k;
    int ref = -1;
    if (reading_at(k) == reading::column || reading_at(k) == reading::table) {
        if (reading_at(k) == reading::table && reading_at(k + 1) == reading::column) ++k;
        ref = column_reference(k);
        ++k;
    } else {
        ref = pending_;
    }
    if (ref < 0) return {};
    k = skip(k, {cue::of, cue::in, cue::all});
    if (reading_at(k) == reading::table) ++k;
    i = k;
    return quantity{how, ref};
}

bool reader::comparison_rule() {
    auto i = pos_;
    bool negated = negated_;
    if (cue_at(i, cue::not_) && comparison_at(i + 1)) {
        negated = true;
        ++i;
    }
    if (!comparison_at(i)) return false;
    auto const said_at = i;
    test how = test::more;
    grading const* degree = nullptr;
    if (kind_at(i, item::kind::degree)) {
        degree = row_[i].degree;
        how = degree->more ? test::more : test::less;
    } else {
        switch (row_[i].cue) {
            case cue::more:
            case cue::after:
                how = test::more;
                break;
            case cue::less:
            case cue::before:
                how = test::less;
                break;
            case cue::at_least:
            case cue::since:
                how = test::at_least;
                break;
            case cue::at_most:
            case cue::until:
                how = test::at_most;
                break;
            case cue::equal:
                how = test::equal;
                break;
            default:
                how = test::between;
        }
    }
    i = skip(i + 1, {cue::than, cue::of, cue::equal});
    int column = -1;
    auto const link = reading_at(i);
    if ((link == reading::column || (link == reading::table && numeric_here(i))) &&
        (cue_at(i + 1, {cue::than, cue::of}) ||
         literal_at(i + 1))) {  // a greater weight than 10, below age 30
        column = column_reference(i);
        i = skip(i + 1, {cue::than, cue::of});
    }
    condition made;
    made.how = how;
    made.negated = negated;
    std::vector<literal> right;
    if (auto const average = compared_average(i)) {
        made.against = average;
    } else if (!read_literals(i, how, right)) {
        return false;
    }
    if (cue_at(i, {cue::or_more, cue::or_less})) {
        made.how = cue_at(i, cue::or_more) ? test::at_least : test::at_most;
        ++i;
    }
    if (cue_at(i, cue::old)) {
        degree = degree_of("older");
        ++i;
    }
    auto const noun = reading_at(i);
    bool const number =
        !right.empty() && (right[0].what == literal::kind::number ||
                           (right[0].what == literal::kind::period && right[0].when->year_only));
    bool const number_of_things = number && column < 0 && pending_ < 0 && !degree &&
                                  (noun == reading::table || noun == reading::column) &&
                                  !cue_at(said_at, {cue::after, cue::before, cue::since, cue::until});
    if (number_of_things) {
        bool const by_column = noun == reading::column && numeric_here(i);
        auto const ref = by_column ? column_reference(i) : table_reference(i);
        made.left = {by_column ? aggregate::none : aggregate::count, ref};
        ++i;
    } else if (column >= 0) {
        made.left.what = column;
    } else if (pending_ >= 0) {
        made.left.what = pending_;
        pending_ = -1;
    } else if (degree) {
        made.left.what = graded_reference(said_at, *degree);
    } else if (!right.empty() && right[0].what == literal::kind::period) {
        made.left.what = date_reference(said_at);
    } else {
        return false;
    }
    made.right = std::move(right);
    if (cue_at(i, cue::old)) ++i;
    negated_ = false;
    having_ = false;
    pos_ = i;
    add(std::move(made));
    return true;
}

}  // namespace vanna::ask::builtin
