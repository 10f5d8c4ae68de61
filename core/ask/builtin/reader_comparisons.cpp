#include <algorithm>

#include "core/ask/builtin/reader.hpp"

namespace vanna::ask::builtin {

// "the average population [of cities]" on the right of a comparison
std::optional<quantity> reader::compared_average(std::size_t& i, int compared) {
    auto k = skip(i, {cue::of, cue::than});
    aggregate how = aggregate::none;
    if (cue_at(k, cue::average)) how = aggregate::average;
    if (cue_at(k, cue::minimum)) how = aggregate::minimum;
    if (cue_at(k, cue::maximum)) how = aggregate::maximum;
    if (how == aggregate::none) return {};
    k = skip(k + 1, {cue::of});
    if (cue_at(k, cue::count) && numeric_here(k + 1)) ++k;
    int ref = -1;
    if (reading_at(k) == reading::column || reading_at(k) == reading::table) {
        if (reading_at(k) == reading::table && reading_at(k + 1) == reading::column) ++k;
        ref = column_reference(k);
        ++k;
    } else {
        ref = compared >= 0 ? compared : pending_;
    }
    if (ref < 0) return {};
    k = skip(k, {cue::of, cue::in, cue::all});
    if (reading_at(k) == reading::table) ++k;
    i = k;
    return quantity{how, ref};
}

test reader::comparison_at_place(std::size_t i) const {
    if (kind_at(i, item::kind::degree)) return row_[i].degree->more ? test::more : test::less;
    switch (row_[i].cue) {
        case cue::more:
        case cue::after:
            return test::more;
        case cue::less:
        case cue::before:
            return test::less;
        case cue::at_least:
        case cue::since:
            return test::at_least;
        case cue::at_most:
        case cue::until:
            return test::at_most;
        case cue::equal:
            return test::equal;
        default:
            return test::between;
    }
}

bool reader::comparison_rule() {
    auto i = pos_;
    bool const denied = cue_at(i, cue::not_) && comparison_at(i + 1);
    if (denied) ++i;
    if (!comparison_at(i)) return false;
    auto const said_at = i;
    condition made;
    made.how = comparison_at_place(i);
    made.negated = negated_ || denied;
    i = skip(i + 1, {cue::than, cue::of, cue::equal});
    auto const link = reading_at(i);
    if ((link == reading::column || (link == reading::table && numeric_here(i))) &&
        (cue_at(i + 1, {cue::than, cue::of}) ||
         literal_at(i + 1))) {  // a greater weight than 10, below age 30
        made.left.what = column_reference(i);
        i = skip(i + 1, {cue::than, cue::of});
    }
    if (auto const average = compared_average(i, made.left.what)) {
        made.against = average;
        if (i < row_.size() && !ends_clause(i) && !cue_at(i, {cue::and_, cue::or_}))
            frame_.doubts.push_back("over what the " + row_[frame_.at(average->what).item].text +
                                    " is taken");
    } else if (!read_literals(i, made.how, made)) {
        return false;
    }
    if (cue_at(i, {cue::or_more, cue::or_less})) {
        made.how = cue_at(i, cue::or_more) ? test::at_least : test::at_most;
        ++i;
    }
    if (made.left.what < 0 && !compared_column(i, made, said_at)) return false;
    if (cue_at(i, cue::old)) ++i;
    negated_ = false;
    having_ = false;
    pos_ = i;
    add(std::move(made));
    return true;
}

// What is compared: named before, after the number, by an adjective, or the date of the rows.
bool reader::compared_column(std::size_t& i, condition& made, std::size_t said_at) {
    auto const& right = made.right;
    auto const* degree = kind_at(said_at, item::kind::degree) ? row_[said_at].degree : nullptr;
    if (cue_at(i, cue::old)) degree = degree_of("older");
    bool const number =
        !right.empty() && (right[0].what == literal::kind::number ||
                           (right[0].what == literal::kind::period && right[0].when->year_only));
    bool const of_dates = cue_at(said_at, {cue::after, cue::before, cue::since, cue::until});
    auto noun = i;
    if (number && cue_at(noun, cue::in) && numeric_here(noun + 1)) ++noun;  // over 30000 in total
    bool const named = reading_at(noun) == reading::table || reading_at(noun) == reading::column;
    if (pending_ >= 0 && number && made.how != test::equal && !comparable_here(frame_.at(pending_).item))
        flush_pending();
    if (number && pending_ < 0 && !degree && named && !of_dates) {
        bool const by_column = numeric_here(noun) && (noun > i || reading_at(noun) == reading::column);
        auto const ref = by_column ? column_reference(noun) : table_reference(noun);
        made.left = {by_column ? aggregate::none : aggregate::count, ref};
        i = noun + 1;
    } else if (pending_ >= 0) {
        made.left = {pending_how_, pending_};
        pending_ = -1;
        pending_how_ = aggregate::none;
    } else if (degree) {
        made.left.what = graded_reference(cue_at(i, cue::old) ? i : said_at, *degree);
    } else if (number && right[0].text.size() < 3 && restricting_ && focus_ >= 0 &&
               focus_ != frame_.subject && i > 0 &&
               (lower(row_[i - 1].text) == "once" || lower(row_[i - 1].text) == "twice")) {
        made.left = {aggregate::count, focus_};  // "who visited a museum more than once"
    } else if (!right.empty() && right[0].what == literal::kind::period) {
        made.left.what = date_reference(said_at);
    }
    if (made.left.what < 0 && made.against) made.left.what = made.against->what;
    return made.left.what >= 0;
}

}  // namespace vanna::ask::builtin
