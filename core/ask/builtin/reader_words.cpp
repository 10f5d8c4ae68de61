#include <algorithm>

#include "core/ask/builtin/reader.hpp"

namespace vanna::ask::builtin {

bool reader::link_rule() {
    switch (reading_at(pos_)) {
        case reading::table:
            return table_word(pos_);
        case reading::column:
            return column_word(pos_);
        default:
            return false;
    }
}

// "customer Smith", "code CV": a name nobody knows is a text beside what it names.
void reader::take_name(std::size_t i) {
    auto const k = skip(i + 1, {cue::named});
    if (kind_at(k, item::kind::unknown) && row_[k].named) row_[k].what = item::kind::text;
    bool const has_name =
        std::any_of(row_[i].candidates.begin(), row_[i].candidates.end(), [&](candidate const& c) {
            return c.what == candidate::kind::table && known_.table(c.where.table).name_columns.size() == 1;
        });
    bool const elsewhere = reading_at(k) == reading::value && row_[k].capitalised && !row_[k].quoted &&
                           !value_of_table(i, k) && !holds(i, k);
    bool const of_column =
        k < row_.size() && row_[k].quoted && reading_at(i) == reading::column && !holds(i, k);
    if (of_column) row_[k].what = item::kind::text;
    if (has_name && elsewhere && row_[i].last == row_[k].first) row_[k].what = item::kind::text;
}

// "except theatres that …", "do not hire any employee": what is denied comes next.
bool reader::denied_later(std::size_t i) const {
    if (!negated_) return false;
    auto const& first = row_[i].candidates.front();
    auto const of_these = [&](int ref) {
        return ref >= 0 && frame_.at(ref).options.front().where.table == first.where.table;
    };
    bool const asked =
        of_these(frame_.subject) || std::any_of(frame_.shown.begin(), frame_.shown.end(),
                                                [&](quantity const& q) { return of_these(q.what); });
    bool const again = asked && first.what == candidate::kind::table &&
                       cue_at(i + 1, {cue::that, cue::with, cue::have, cue::whose, cue::who, cue::what});
    auto const object = skip(i + 1, {cue::any, cue::all, cue::to});
    return again || (first.score < 0.9 && reading_at(object) == reading::table);
}

bool reader::table_word(std::size_t i) {
    auto const next = i + 1;
    if (denied_later(i)) {
        row_[i].used = true;
        pos_ = next;
        return true;
    }
    take_name(i);
    auto const literal = skip(next, {cue::named});
    if (reading_at(literal) == reading::value && !value_of_table(i, literal) && holds(i, literal))
        return column_word(i);  // "the series Sky Radio": a column called so holds it
    bool const before_value = literal_at(literal) && !kind_at(skip(next, {cue::named}), item::kind::number) &&
                              !kind_at(next, item::kind::period);
    bool const owns_next = kind_at(next, item::kind::possessive) || reading_at(next) == reading::column;
    auto before = i;
    while (before > 0 && cue_at(before - 1, {cue::all, cue::any}))
        --before;
    bool const after_of = before > 0 && cue_at(before - 1, {cue::of, cue::in, cue::from, cue::to});
    bool const listed = listed_at(i);
    auto const ref = table_reference(i);
    pos_ = next + (kind_at(next, item::kind::possessive) ? 1 : 0);

    if (negated_) {
        frame_.presences.push_back(
            {ref, scope_ >= 0 ? frame_.presences[std::size_t(scope_)].what : frame_.subject, true});
        scope_ = int(frame_.presences.size()) - 1;
        negated_ = false;
        focus_ = ref;
        return true;
    }
    bool const shows = !restricting_ && !owns_next && !before_value &&
                       ((frame_.shown.empty() && !after_of) || (listed && frame_.subject >= 0 && !after_of));
    if (shows) {
        frame_.at(ref).display = true;
        frame_.shown.push_back({measure_at(i), ref});
    } else if (restricting_ && frame_.subject >= 0 && !owns_next && !before_value) {
        frame_.presences.push_back({ref, focus_, false});
    }
    if (listed && !shows && !restricting_ && !owns_next && !before_value && frame_.subject < 0 &&
        !frame_.shown.empty())
        frame_.doubts.push_back("what of the " + row_[i].text + " is asked for");
    bool const graded = i > 0 && superlative_at(i - 1);  // "in the oldest hospital"
    if (focus_ < 0 || after_of || graded) own_recent(ref);
    recent_.clear();
    if (frame_.subject < 0) frame_.subject = ref;
    focus_ = ref;
    having_ = false;
    return true;
}

bool reader::column_word(std::size_t i) {
    auto next = i + 1;
    take_name(i);
    if (kind_at(next, item::kind::possessive)) ++next;
    auto const after = skip(next, {cue::of, cue::in, cue::named, cue::either});
    bool const denied = cue_at(next, cue::not_);
    bool const literal =
        literal_at(after) && holds(i, after) &&
        !(kind_at(after, item::kind::number) &&
          (superlative_at(after + 1) || (after > next && reading_at(after + 1) == reading::table)));
    bool const compared = (comparison_at(next) && (comparable_here(i) || cue_at(next, cue::equal))) ||
                          literal || (denied && (comparison_at(next + 1) || literal_at(next + 1)));
    auto const owner = skip(next, {cue::of, cue::all});
    bool const only_name = owner > next && make_word(row_[i].text).singular == "name" && !restricting_ &&
                           reading_at(owner) == reading::column &&
                           known_.column(row_[owner].candidates.front().where).kind == column_kind::text;
    if (only_name) {  // "the names of the writers", where books have a writer
        pos_ = owner;
        return true;
    }
    auto const ref = column_reference(i);
    pos_ = next;
    bool const of_place = i > 0 && cue_at(i - 1, {cue::from, cue::in}) && frame_.subject >= 0 &&
                          !frame_.shown.empty() && cue_at(next, {cue::with, cue::whose});
    if ((restricting_ || compared || of_place) &&
        !(kind_at(after, item::kind::period) && !restricting_ && !comparison_at(next) && numeric_here(i) &&
          !year_here(i))) {
        flush_pending();
        pending_ = ref;
        if (compared) pos_ = literal ? after : next;
        return true;
    }
    bool const listed = listed_at(i);
    bool const also_counted = listed && !frame_.shown.empty() && frame_.shown.back().distinct &&
                              frame_.shown.back().how == aggregate::count;
    if (reading_at(next) == reading::column && row_[i].last == row_[next].first)
        frame_.doubts.push_back("what '" + row_[i].text + "' says about '" + row_[next].text + "'");
    frame_.shown.push_back({also_counted ? aggregate::count : measure_at(i), ref, also_counted});
    frame_.shown.back().total = lower(row_[i].text).starts_with("total ") && numeric_here(i);
    bool const owned = i > 0 && row_[i - 1].last == row_[i].first &&
                       (reading_at(i - 1) == reading::table || kind_at(i - 1, item::kind::possessive));
    if (!owned) recent_.push_back(ref);  // "theatre names" has said whose
    return true;
}

}  // namespace vanna::ask::builtin
