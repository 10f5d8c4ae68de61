#include <algorithm>

#include "core/ask/builtin/reader.hpp"

namespace vanna::ask::builtin {

// "hired in 2022", "discontinued": what was done, by its date.
bool reader::event_rule() {
    if (!kind_at(pos_, item::kind::link)) return false;
    std::vector<candidate> dates;
    for (auto const& c : row_[pos_].candidates)
        if (c.event) dates.push_back(c);
    if (dates.empty()) return false;
    auto const after = skip(pos_ + 1, {cue::in, cue::of, cue::from});
    auto const compared = skip(pos_ + 2, {cue::than, cue::of});
    bool const dated = kind_at(after, item::kind::period) ||
                       (comparison_at(pos_ + 1) && kind_at(compared, item::kind::period));
    if (!dated && dates.size() < row_[pos_].candidates.size()) return false;
    bool const always = std::none_of(dates.begin(), dates.end(),
                                     [&](candidate const& c) { return known_.column(c.where).nullable; });
    if (!dated && always && !negated_) {
        ++pos_;
        return true;
    }
    reference made{pos_, std::move(dates), focus_};
    row_[pos_].used = true;
    frame_.references.push_back(std::move(made));
    auto const ref = int(frame_.references.size()) - 1;
    if (dated) {
        pending_ = ref;
        pos_ = kind_at(after, item::kind::period) ? after : pos_ + 1;
        return true;
    }
    add({{aggregate::none, ref}, test::missing, !negated_});
    negated_ = false;
    ++pos_;
    return true;
}

// "the Chairs category": the table after the value says which value is meant, no more.
bool reader::restated_table(std::size_t i, int value) {
    if (i >= row_.size() || reading_at(i + 1) == reading::column || kind_at(i + 1, item::kind::possessive))
        return false;
    auto options = frame_.at(value).options;
    std::erase_if(options, [&](candidate const& v) {
        return std::none_of(row_[i].candidates.begin(), row_[i].candidates.end(), [&](candidate const& t) {
            return t.what == candidate::kind::table && !t.means && t.role < 0 &&
                   t.where.table == v.where.table;
        });
    });
    if (options.empty()) return false;
    auto const ref = table_reference(i);
    std::erase_if(frame_.at(ref).options, [&](candidate const& t) {
        return t.what != candidate::kind::table ||
               std::none_of(options.begin(), options.end(),
                            [&](candidate const& v) { return v.where.table == t.where.table; });
    });
    if (frame_.subject < 0) frame_.subject = ref;
    focus_ = ref;
    frame_.at(value).options = std::move(options);
    return true;
}

bool reader::value_rule() {
    if (reading_at(pos_) != reading::value) return false;
    auto i = pos_;
    condition made;
    made.negated = negated_;
    if (!read_literals(i, test::equal, made)) return false;
    auto const first = made.right[0].value;
    if (pending_ >= 0 && !holds(frame_.at(pending_).item, pos_)) flush_pending();
    int column = pending_;
    bool const column_follows =
        column < 0 && (reading_at(i) == reading::column || reading_at(i) == reading::table) &&
        std::any_of(
            row_[i].candidates.begin(), row_[i].candidates.end(),
            [&](candidate const& c) {
                return c.what == candidate::kind::column &&
                       std::any_of(frame_.at(first).options.begin(), frame_.at(first).options.end(),
                                   [&](candidate const& v) { return v.where == c.where; });
            });
    if (column_follows && row_[i].best(candidate::kind::column) >
                              row_[i].best(candidate::kind::table)) {  // Gelderland district
        column = column_reference(i);
        ++i;
    }
    if (column < 0 && restated_table(i, first)) ++i;
    if (column >= 0) {
        made.left.what = column;
        for (auto& l : made.right)
            if (l.value >= 0) frame_.at(l.value).column_of = column;
    } else {
        made.left.what = first;
        for (std::size_t k = 1; k < made.right.size(); ++k)
            if (made.right[k].value >= 0) frame_.at(made.right[k].value).column_of = first;
    }
    pending_ = -1;
    negated_ = false;
    having_ = false;
    pos_ = i;
    add(std::move(made));
    if (cue_at(i, {cue::that, cue::whose})) focus_ = first;  // "a cat that is 3 years old": the cat is
    return true;
}

}  // namespace vanna::ask::builtin
