#include <algorithm>

#include "core/ask/builtin/reader.hpp"

namespace vanna::ask::builtin {

// What a ranking goes by: number of X, total X, average X, X. Moves past it.
std::optional<quantity> reader::ranked_quantity(std::size_t& i) {
    auto k = skip(i, {cue::of, cue::all, cue::order});
    aggregate how = aggregate::none;
    if (cue_at(k, cue::count)) how = aggregate::count;
    if (cue_at(k, cue::sum)) how = aggregate::sum;
    if (cue_at(k, cue::average)) how = aggregate::average;
    if (cue_at(k, cue::maximum)) how = aggregate::maximum;
    if (cue_at(k, cue::minimum)) how = aggregate::minimum;
    if (how != aggregate::none) k = skip(k + 1, {cue::of});
    if (reading_at(k) == reading::table && reading_at(k + 1) == reading::column) {
        focus_ = table_reference(k);
        ++k;
    }
    auto const what = reading_at(k);
    if (what != reading::table && what != reading::column) return {};
    if (how == aggregate::none && what == reading::column) how = measure_at(k);
    if (how == aggregate::count && what == reading::column && numeric_here(k)) how = aggregate::none;
    auto const ref = how == aggregate::count ? table_reference(k) : column_reference(k);
    i = k + 1;
    if (cue_at(i, cue::of) && reading_at(i + 1) == reading::table) {
        frame_.at(ref).owner = table_reference(i + 1);
        i += 2;
    }
    return quantity{how, ref};
}

// "from old to young" by a birth date is upwards.
bool reader::downwards(std::size_t i, quantity const& by) const {
    bool const descending = cue_at(i, cue::descending),
               ages = row_[i].text.find("young") != std::string::npos;
    if (!ages || by.what < 0 || by.how != aggregate::none) return descending;
    auto const& first = frame_.at(by.what).options.front();
    if (first.what != candidate::kind::column) return descending;
    auto const& column = known_.column(first.where);
    return (column.kind == column_kind::date || column.integer_year) != descending;
}

// ordered by X [descending] and Y
bool reader::order_rule() {
    if (!cue_at(pos_, cue::order)) return false;
    auto const said = lower(row_[pos_].text);
    bool const direction =
        cue_at(skip(pos_ + 1, {cue::by, cue::in}), {cue::alphabetical, cue::ascending, cue::descending});
    bool const verb = (said == "ordered" && !cue_at(pos_ + 1, cue::by) && !direction) ||
                      (said == "ordered by" && cue_at(pos_ + 1, cue::each));
    if (verb && !frame_.shown.empty()) {  // "products ordered since May", "ordered by each customer"
        frame_.unlinked.push_back("ordered");
        ++pos_;
        return true;
    }
    flush_pending();
    scope_ = -1;
    if (frame_.shown.empty() && frame_.references.empty() && !cue_at(pos_ + 1, cue::by)) {
        sorting_ = true;  // "sort the names by age"
        ++pos_;
        return true;
    }
    auto i = skip(pos_ + 1, {cue::by, cue::of, cue::in});
    if (cue_at(i, {cue::alphabetical, cue::ascending, cue::descending})) {
        auto const what = skip(i + 1, {cue::by, cue::of, cue::order});
        bool const follows = reading_at(what) == reading::column || cue_at(what, {cue::count, cue::sum});
        pos_ = i;
        if (!follows) return direction_rule();
        direction_ = cue_at(i, cue::descending);  // ordered by descending age
        i = what;
    }
    while (true) {
        auto const what = ranked_quantity(i);
        if (!what) break;
        frame_.order.push_back({*what, direction_.value_or(false)});
        direction_.reset();
        if (cue_at(i, {cue::ascending, cue::alphabetical}))
            ++i;
        else if (cue_at(i, cue::descending)) {
            frame_.order.back().descending = downwards(i, frame_.order.back().by);
            ++i;
        }
        auto const next = kind_at(i, item::kind::comma) && at(i)->text == "," ? i + 1 : i;
        auto const after = skip(next, {cue::and_});
        if (after == i || (reading_at(after) != reading::column && reading_at(after) != reading::table))
            break;
        i = after;
    }
    if (frame_.order.empty()) {
        frame_.doubts.push_back("by what to order");
        ++i;
    }
    pos_ = i;
    return true;
}

// descending; in alphabetical order of X
bool reader::direction_rule() {
    if (!cue_at(pos_, {cue::ascending, cue::descending, cue::alphabetical})) return false;
    flush_pending();
    bool const descending =
        frame_.order.empty() ? cue_at(pos_, cue::descending) : downwards(pos_, frame_.order.back().by);
    if (!frame_.order.empty() && !frame_.ranked) {
        frame_.order.back().descending = frame_.order.back().descending || descending;
        ++pos_;
        return true;
    }
    auto i = skip(pos_ + 1, {cue::alphabetical, cue::by, cue::of, cue::order});
    auto const what = i > pos_ + 1 ? ranked_quantity(i) : std::nullopt;
    if (what) {
        frame_.order.push_back({*what, descending});
    } else if (!frame_.shown.empty()) {
        frame_.order.push_back({frame_.shown.front(), descending});
        i = skip(pos_ + 1, {cue::alphabetical});
    } else {
        direction_ = descending;
    }
    pos_ = i;
    return true;
}

// top 5, first 10, bottom 3; 5 largest
bool reader::top_rule() {
    if (kind_at(pos_, item::kind::number) &&
        (superlative_at(pos_ + 1) || cue_at(pos_ + 1, {cue::top, cue::bottom})) &&
        row_[pos_].digits.size() < 6) {
        top_ = long(row_[pos_].number);
        pos_ += cue_at(pos_ + 1, {cue::top, cue::bottom}) ? 2 : 1;
        return true;
    }
    if (!cue_at(pos_, {cue::top, cue::bottom})) return false;
    bool const top = cue_at(pos_, cue::top);
    if (!kind_at(pos_ + 1, item::kind::number) || row_[pos_ + 1].digits.size() > 5) return false;
    top_ = long(row_[pos_ + 1].number);
    top_descending_ = top;
    pos_ += 2;
    return true;
}

// by X: the measure of "top 5", or a grouping, or only the agent of a verb
bool reader::by_rule() {
    if (!cue_at(pos_, cue::by)) return false;
    auto i = pos_ + 1;
    if (sorting_ && !frame_.shown.empty()) {
        auto const what = ranked_quantity(i);
        if (!what) return false;
        frame_.order.push_back({*what, false});
        sorting_ = false;
        pos_ = i;
        return true;
    }
    if (top_ && !ranked_by_) {
        auto const what = ranked_quantity(i);
        if (!what) return false;
        frame_.order.push_back({*what, top_descending_});
        if (!frame_.shown.empty() && what->how != aggregate::none) frame_.shown.push_back(*what);
        frame_.limit = top_;
        frame_.ranked = ranked_by_ = true;
        pos_ = i;
        return true;
    }
    bool const after_verb = pos_ > 0 && row_[pos_ - 1].what == item::kind::unknown;
    bool const measured = std::any_of(frame_.shown.begin(), frame_.shown.end(),
                                      [](quantity const& q) { return q.how != aggregate::none; });
    if (after_verb || !measured || restricting_) return false;
    if (!show_group(i, true)) return false;
    while (cue_at(pos_, cue::and_) && (reading_at(pos_ + 1) == reading::column ||
                                       reading_at(pos_ + 1) == reading::table || date_part_at(pos_ + 1)))
        if (!show_group(pos_ + 1, true)) break;
    return true;
}

// "the largest country by area": what it goes by. -1: it is not said.
int reader::measure_said_after(std::size_t noun) {
    auto by = noun;
    while (reading_at(by) == reading::value || reading_at(by) == reading::table)
        ++by;
    if (by == noun || !cue_at(by, cue::by) || !numeric_here(by + 1) || frame_.ranked) return -1;
    auto const ref = column_reference(by + 1);
    frame_.at(ref).item = pos_;
    row_.erase(row_.begin() + long(by), row_.begin() + long(by) + 2);
    return ref;
}

// "the most recent fee" is not the highest one: adjectives of time go by dates and ages.
bool reader::fits_degree(std::size_t column, grading const& g) const {
    bool const of_time = std::any_of(g.columns.begin(), g.columns.end(), [](gradable const& one) {
        return one.column_word == "birth" || one.column_word == "date";
    });
    auto const& found = row_[column].candidates.front();
    if (!of_time || found.what != candidate::kind::column || found.means) return true;
    auto const& c = known_.column(found.where);
    return c.kind == column_kind::date || c.integer_year ||
           std::any_of(c.core.begin(), c.core.end(), [&](word const& w) {
               return std::any_of(g.columns.begin(), g.columns.end(),
                                  [&](gradable const& one) { return one.column_word == w.singular; });
           });
}

// "whose price is the highest"
bool reader::pending_extreme() {
    static constexpr std::string_view of_anything = " highest largest greatest biggest maximum most ";
    static constexpr std::string_view of_least = " lowest smallest minimum least fewest ";
    if (pending_ < 0 || (!ends_clause(pos_ + 1) && reading_at(pos_ + 1) != reading::none)) return false;
    auto said = lower(row_[pos_].text);
    said = " " + said.substr(said.find_last_of(' ') + 1) + " ";
    bool const more = of_anything.find(said) != std::string_view::npos;
    if (!more && of_least.find(said) == std::string_view::npos) return false;
    frame_.order.push_back({{pending_how_, pending_}, more});
    frame_.limit = top_.value_or(1);
    frame_.ranked = ranked_by_ = true;
    pending_ = -1;
    pending_how_ = aggregate::none;
    ++pos_;
    return true;
}

bool reader::superlative_rule() {
    if (!superlative_at(pos_)) return false;
    auto const i = pos_ + 1;
    if (pending_extreme()) return true;
    if (kind_at(pos_, item::kind::degree)) {
        auto const& g = *row_[pos_].degree;
        auto const said = lower(row_[pos_].text);
        bool const picks_group =
            said == "highest" || said == "lowest" || said == "largest" || said == "smallest";
        if (picks_group && restricting_ && cue_at(i, {cue::average, cue::sum}))
            return extreme_rule(i, g.more);
        if (reading_at(i) == reading::column && !fits_degree(i, g)) return false;
        bool const of_anything =
            said == "highest" || said == "lowest" || said == "largest" || said == "smallest";
        if (reading_at(i) == reading::column && (comparable_here(i) || of_anything))
            return extreme_rule(i, g.more);
        auto ref = measure_said_after(i);
        if (ref < 0) ref = graded_reference(pos_, g);
        if (ref < 0) return false;
        recent_.push_back(ref);
        frame_.order.push_back({{aggregate::none, ref}, g.more});
        frame_.limit = top_.value_or(1);
        frame_.ranked = ranked_by_ = true;
        pos_ = i;
        return true;
    }
    if (cue_at(pos_, {cue::most, cue::fewest})) return most_rule(i, cue_at(pos_, cue::most));
    if (cue_at(pos_, {cue::commonest, cue::rarest})) return common_rule(i, cue_at(pos_, cue::commonest));
    return extreme_rule(i, cue_at(pos_, cue::maximum));
}

// the most X: by the number of X, or by the column X
bool reader::most_rule(std::size_t i, bool descending) {
    i = skip(i, {cue::of, cue::distinct});
    if (kind_at(i, item::kind::unknown) && reading_at(i + 1) == reading::table) {
        frame_.unlinked.push_back(row_[i].text);  // "the most arriving flights": may say which key is meant
        ++i;
    }
    auto const first = i;  // values before the noun: "the most Asian countries"
    while (reading_at(i) == reading::value)
        ++i;
    auto const what = reading_at(i);
    if (what == reading::none || what == reading::value) return false;
    auto const& first_of = row_[i].candidates.front();
    bool const number = what == reading::column && first_of.what == candidate::kind::column &&
                        !first_of.means && known_.column(first_of.where).kind == column_kind::number &&
                        !known_.column(first_of.where).key;
    bool const by_column =
        number || (numeric_here(i) && (what == reading::column || row_[i].best(candidate::kind::column) >
                                                                      row_[i].best(candidate::kind::table)));
    auto const ref = by_column ? column_reference(i) : table_reference(i);
    if (by_column && frame_.shown.empty() && !restricting_ && !top_) {
        frame_.shown.push_back({descending ? aggregate::maximum : aggregate::minimum, ref});
        recent_.push_back(ref);
        pos_ = i + 1;
        return true;
    }
    frame_.order.push_back({{by_column ? aggregate::none : aggregate::count, ref}, descending});
    frame_.limit = top_.value_or(1);
    frame_.ranked = ranked_by_ = true;
    if (by_column) recent_.push_back(ref);
    pos_ = i + 1;
    if (first < i) read_again(first, i);
    return true;
}

// the highest X: of the output itself ("what is the highest salary"), or what picks the row ("with the
// highest salary")
bool reader::extreme_rule(std::size_t i, bool descending) {
    auto k = i;
    bool const picks =
        restricting_ || top_ || (!frame_.shown.empty() && cue_at(pos_ - 1, {cue::with, cue::have}));
    if (picks) {
        if (auto const what = ranked_quantity(k)) {
            frame_.order.push_back({*what, descending});
            frame_.limit = top_.value_or(1);
            frame_.ranked = ranked_by_ = true;
            pos_ = k;
            return true;
        }
        return false;
    }
    if (reading_at(k) == reading::table && !numeric_here(k) &&
        reading_at(k + 1) != reading::column) {  // the largest country
        grading const& g = *degree_of(descending ? "largest" : "smallest");
        auto const ref = graded_reference(pos_, g);
        if (ref < 0) return false;
        recent_.push_back(ref);
        frame_.order.push_back({{aggregate::none, ref}, g.more});
        frame_.limit = 1;
        frame_.ranked = ranked_by_ = true;
        pos_ = k;
        return true;
    }
    return false;  // an aggregate
}

// the most common X; X that is most common
bool reader::common_rule(std::size_t i, bool descending) {
    quantity by{aggregate::count, -1};
    if (reading_at(i) == reading::column || reading_at(i) == reading::table) {
        auto const ref = column_reference(i);
        recent_.push_back(ref);
        if (!frame_.shown.empty()) frame_.doubts.push_back("what of the " + row_[i].text + " is asked for");
        if (frame_.shown.empty()) frame_.shown.push_back({aggregate::none, ref});
        frame_.groups.push_back({{aggregate::none, ref}, true});
        ++i;
    } else if (!frame_.shown.empty() && frame_.shown.front().how == aggregate::none) {
        frame_.groups.push_back({frame_.shown.front(), true});
    } else {
        return false;
    }
    frame_.order.push_back({by, descending});
    frame_.limit = top_.value_or(1);
    frame_.ranked = ranked_by_ = true;
    pos_ = i;
    return true;
}

}  // namespace vanna::ask::builtin
