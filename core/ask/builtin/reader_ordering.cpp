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

// "products ordered since May", "ordered by each customer"
bool reader::ordered_as_verb() const {
    if (frame_.shown.empty()) return false;
    auto const said = lower(row_[pos_].text);
    if (said == "ordered by") return cue_at(pos_ + 1, cue::each);
    bool const direction =
        cue_at(skip(pos_ + 1, {cue::by, cue::in}), {cue::alphabetical, cue::ascending, cue::descending});
    return said == "ordered" && !cue_at(pos_ + 1, cue::by) && !direction;
}

// ordered by X [descending] and Y
bool reader::order_rule() {
    if (!cue_at(pos_, cue::order)) return false;
    if (ordered_as_verb()) {
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

}  // namespace vanna::ask::builtin
