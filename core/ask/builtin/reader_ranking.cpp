#include <algorithm>

#include "core/ask/builtin/reader.hpp"

namespace vanna::ask::builtin {

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
