#include "core/ask/builtin/reader.hpp"

#include <algorithm>

namespace vanna::ask::builtin {
namespace {

// What binds words together and is read where it does.
bool says_nothing(cue c) {
    static constexpr auto binding = {cue::of,     cue::in,    cue::from, cue::to, cue::any,  cue::all,
                                     cue::either, cue::named, cue::than, cue::by, cue::each, cue::old};
    return std::find(binding.begin(), binding.end(), c) != binding.end();
}

}  // namespace

bool reader::cue_at(std::size_t i, std::initializer_list<cue> any) const {
    return std::any_of(any.begin(), any.end(), [&](cue c) { return cue_at(i, c); });
}

std::size_t reader::skip(std::size_t i, std::initializer_list<cue> cues) const {
    while (cue_at(i, cues))
        ++i;
    return i;
}

reader::reading reader::reading_at(std::size_t i) const {
    auto const* one = at(i);
    if (!one || one->what != item::kind::link) return reading::none;
    auto const table = one->best(candidate::kind::table), column = one->best(candidate::kind::column),
               value = one->best(candidate::kind::value);
    if (one->quoted || (value > table && value > column)) return reading::value;
    if (value >= 0.9 && value >= std::max(table, column) && one->capitalised) return reading::value;
    if (table > 0 && table >= column - 0.05) return reading::table;
    return reading::column;
}

bool reader::literal_at(std::size_t i) const {
    return kind_at(i, item::kind::number) || kind_at(i, item::kind::text) || kind_at(i, item::kind::period) ||
           reading_at(i) == reading::value;
}

bool reader::superlative_at(std::size_t i) const {
    return cue_at(i, {cue::most, cue::fewest, cue::maximum, cue::minimum, cue::commonest, cue::rarest}) ||
           (kind_at(i, item::kind::degree) && row_[i].degree->superlative);
}

bool reader::comparison_at(std::size_t i) const {
    return cue_at(i, {cue::more, cue::less, cue::at_least, cue::at_most, cue::equal, cue::between, cue::after,
                      cue::before, cue::since, cue::until}) ||
           (kind_at(i, item::kind::degree) && !row_[i].degree->superlative);
}

bool reader::ends_clause(std::size_t i) const {
    return i >= row_.size() || kind_at(i, item::kind::comma) ||
           cue_at(i, {cue::order, cue::but, cue::each, cue::whose});
}

// After "and" or a comma: one more of what is listed.
bool reader::listed_at(std::size_t i) const {
    while (i > 0 && cue_at(i - 1, {cue::what, cue::show, cue::all, cue::distinct}))
        --i;
    return i > 0 &&
           (cue_at(i - 1, cue::and_) || (kind_at(i - 1, item::kind::comma) && row_[i - 1].text == ","));
}

frame reader::read() {
    while (pos_ < row_.size()) {
        auto const before = pos_;
        if (!step()) {
            auto const& one = row_[pos_];
            if (one.what == item::kind::unknown)
                frame_.unlinked.push_back(one.text);
            else if (one.what == item::kind::number || one.what == item::kind::text ||
                     one.what == item::kind::period || one.what == item::kind::link ||
                     one.what == item::kind::degree || comparison_at(pos_) || superlative_at(pos_) ||
                     cue_at(pos_, {cue::containing, cue::starting, cue::ending, cue::percent_of}))
                frame_.doubts.push_back("what '" + one.text + "' refers to");
            ++pos_;
        }
        if (pos_ == before) ++pos_;
    }
    flush_pending();
    if (negated_) frame_.doubts.push_back("what is denied");
    if (both_ > 0) frame_.doubts.push_back("what both of them are");
    finish_ranking();
    finish_output();
    return std::move(frame_);
}

void reader::finish_ranking() {
    if (!top_ || ranked_by_) return;
    if (frame_.order.empty())
        frame_.doubts.push_back("by what the first " + std::to_string(*top_) + " are chosen");
    frame_.limit = top_;
    frame_.ranked = true;
}

// What was asked for without being named: the rows' names, what they are worth.
void reader::finish_output() {
    bool const only_rows = std::all_of(frame_.shown.begin(), frame_.shown.end(), [&](quantity const& q) {
        return q.how == aggregate::none && q.what >= 0 && frame_.at(q.what).display;
    });
    if (only_rows && asked_ == cue::how_much && frame_.subject >= 0 && !frame_.ranked) {
        auto const subject = frame_.at(frame_.subject);
        if (auto const ref = amount_reference(subject.item, subject.options); ref >= 0) {
            frame_.at(ref).owner = frame_.subject;
            frame_.shown = {{aggregate::sum, ref}};
            return;
        }
    }
    if (only_rows && frame_.subject >= 0 && (asked_ == cue::where || asked_ == cue::when))
        if (auto const ref = place_reference(); ref >= 0) {
            frame_.shown = {{aggregate::none, ref}};
            return;
        }
    if (only_rows && asked_ != cue::none) frame_.doubts.push_back("which column answers that");
    if (!frame_.shown.empty() || frame_.subject < 0) return;
    frame_.at(frame_.subject).display = true;
    frame_.shown.push_back({aggregate::none, frame_.subject});
}

bool reader::step() {
    for (auto rule : {&reader::people_rule,        &reader::flag_rule,        &reader::degree_question,
                      &reader::new_list_rule,      &reader::order_rule,       &reader::direction_rule,
                      &reader::top_rule,           &reader::superlative_rule, &reader::event_rule,
                      &reader::pattern_rule,       &reader::comparison_rule,  &reader::negation_rule,
                      &reader::group_rule,         &reader::by_rule,          &reader::count_rule,
                      &reader::aggregate_rule,     &reader::value_rule,       &reader::period_rule,
                      &reader::number_rule,        &reader::text_rule,        &reader::link_rule,
                      &reader::question_word_rule, &reader::connective_rule})
        if ((this->*rule)()) return true;
    return false;
}

// "Which employees were hired? Give their names.": what is listed then takes the place of the rows.
bool reader::new_list_rule() {
    bool const starts = pos_ > 0 && kind_at(pos_ - 1, item::kind::comma) && row_[pos_ - 1].text == "." &&
                        cue_at(pos_, {cue::show, cue::what});
    if (starts && reading_at(pos_ + 1) != reading::none)
        std::erase_if(frame_.shown, [&](quantity const& q) {
            return q.how == aggregate::none && q.what >= 0 && frame_.at(q.what).display;
        });
    return false;
}

bool reader::question_word_rule() {
    if (cue_at(pos_, {cue::show, cue::what, cue::who, cue::when, cue::where, cue::how_much, cue::how_long})) {
        bool const after_noun = pos_ > 0 && (row_[pos_ - 1].what == item::kind::link ||
                                             cue_at(pos_ - 1, {cue::in, cue::from, cue::of, cue::to}));
        bool const relative =
            after_noun && cue_at(pos_, {cue::what, cue::who, cue::where}) &&
            (frame_.subject >= 0 || (!frame_.references.empty() &&
                                     (cue_at(pos_, cue::where) || (pos_ > 0 && cue_at(pos_ - 1, cue::in)))));
        if (relative || frame_.shown.empty())
            restricting_ = relative;
        else
            restricting_ = false;
        if (!relative && cue_at(pos_, {cue::when, cue::where, cue::how_much, cue::how_long}))
            asked_ = row_[pos_].cue;
        ++pos_;
        return true;
    }
    if (cue_at(pos_, cue::distinct)) {
        if (!restricting_) frame_.distinct = true;
        ++pos_;
        return true;
    }
    return false;
}

// Whether the column at i is the one that waits for what it is compared with.
bool reader::said_again(std::size_t i) const {
    if (pending_ < 0 || reading_at(i) != reading::column) return false;
    auto const& waiting = frame_.at(pending_).options.front().where;
    return std::any_of(row_[i].candidates.begin(), row_[i].candidates.end(),
                       [&](candidate const& c) { return c.where == waiting; });
}

bool reader::connective_rule() {
    auto const* one = at(pos_);
    if (one->what == item::kind::comma || one->what == item::kind::possessive) {
        if (one->text == ".") {
            flush_pending();
            restricting_ = false;
            scope_ = -1;
        }
        ++pos_;
        return true;
    }
    if (one->what != item::kind::cue) return false;
    switch (one->cue) {
        case cue::whose:
        case cue::that:
        case cue::with:
            if (said_again(pos_ + 1)) pending_ = -1;  // "from the country with code 7"
            flush_pending();
            restricting_ = frame_.subject >= 0 || !frame_.shown.empty();
            break;
        case cue::have:
            restricting_ = restricting_ || frame_.subject >= 0 || !frame_.shown.empty();
            having_ = true;
            break;
        case cue::or_:
            either_ = true;
            break;
        case cue::both:
            if (restricting_ || cue_at(pos_ + 1, cue::have)) both_ = 2;
            break;
        case cue::named:
            if (ends_clause(pos_ + 1)) frame_.doubts.push_back("what name is meant");
            break;
        case cue::but:
        case cue::and_:
            scope_ = -1;
            break;
        default:
            if (!says_nothing(one->cue)) return false;
    }
    ++pos_;
    return true;
}

}  // namespace vanna::ask::builtin
