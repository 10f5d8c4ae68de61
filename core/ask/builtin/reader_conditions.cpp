#include <algorithm>

#include "core/ask/builtin/reader.hpp"

namespace vanna::ask::builtin {

void reader::add(condition made) {
    made.within = scope_;
    made.or_previous = either_ && !frame_.conditions.empty();
    either_ = false;
    if (both_ > 0) {
        made.both = true;
        both_ = made.right.size() > 1 ? 0 : both_ - 1;
    }
    frame_.conditions.push_back(std::move(made));
}

// A column nothing was said about: "who have an email" asks that there is one.
void reader::flush_pending() {
    if (pending_ < 0) return;
    auto const ref = pending_;
    pending_ = -1;
    pending_how_ = aggregate::none;
    if (having_ || negated_) {
        condition made{{aggregate::none, ref}, test::missing, !negated_};
        negated_ = having_ = false;
        add(std::move(made));
        frame_.certainty -= 0.15;
        return;
    }
    frame_.doubts.push_back("what '" + row_[frame_.at(ref).item].text + "' should be");
}

std::optional<literal> reader::literal_of(std::size_t i) {
    auto const* one = at(i);
    if (!one) return {};
    switch (one->what) {
        case item::kind::number:
            row_[i].used = true;
            return literal{literal::kind::number, one->digits};
        case item::kind::period: {
            row_[i].used = true;
            literal made{literal::kind::period, one->digits};
            made.when = one->when;
            return made;
        }
        case item::kind::text:
            row_[i].used = true;
            return literal{literal::kind::text, one->text};
        case item::kind::link:
            if (reading_at(i) == reading::value) {
                auto const ref = refer(i, {candidate::kind::value}, focus_);
                return literal{literal::kind::value, one->text, ref};
            }
            return {};
        default:
            return {};
    }
}

// One literal, or several joined by "or", commas and "and"; two of them for "between".
bool reader::read_literals(std::size_t& i, test how, condition& made) {
    auto& out = made.right;
    auto first = literal_of(i);
    if (!first) return false;
    out.push_back(*first);
    ++i;
    if (how == test::between) {
        auto const k = skip(i, {cue::and_, cue::to});
        auto second = k > i ? literal_of(k) : std::nullopt;
        if (!second) return false;
        out.push_back(*second);
        i = k + 1;
        return true;
    }
    if (how != test::equal) return true;
    auto const alike = [&](std::size_t k) {
        bool const words = at(i - 1)->what == item::kind::link || at(i - 1)->what == item::kind::text;
        if (words && kind_at(k, item::kind::unknown) && row_[k].named) {
            row_[k].what = item::kind::text;  // "Ben Jones or Mary Poe": a value nobody knows beside one
            return true;
        }
        if (!literal_at(k) || at(k)->what != at(i - 1)->what) return false;
        return at(k)->what != item::kind::number || !(comparison_at(k + 1) || superlative_at(k + 1));
    };
    while (true) {
        auto k = i;
        if (kind_at(k, item::kind::comma) && at(k)->text == ",") ++k;
        auto const joined = skip(k, {cue::or_, cue::and_});
        bool const by_and = cue_at(k, cue::and_);
        k = joined;
        if (k == i || !alike(k)) return true;
        made.all = by_and;
        out.push_back(*literal_of(k));
        i = k + 1;
    }
}

// containing 'x', starting with 'x'
bool reader::pattern_rule() {
    bool const within =
        cue_at(pos_, {cue::have, cue::with}) &&
        (kind_at(pos_ + 1, item::kind::text) || (pos_ + 1 < row_.size() && row_[pos_ + 1].quoted)) &&
        cue_at(pos_ + 2, cue::in) && reading_at(pos_ + 3) == reading::column;  // with 'x' in its name
    if (!within && !cue_at(pos_, {cue::containing, cue::starting, cue::ending})) return false;
    auto i = pos_ + 1;
    auto const* one = at(i);
    if (!one || !(one->what == item::kind::text || one->quoted || one->what == item::kind::unknown))
        return false;
    condition made;
    made.how = within || cue_at(pos_, cue::containing) ? test::contains
               : cue_at(pos_, cue::starting)           ? test::starts
                                                       : test::ends;
    made.negated = negated_;
    made.right.push_back({literal::kind::text, one->text});
    row_[i].used = true;
    if (pending_ >= 0) {
        made.left.what = pending_;
        pending_ = -1;
    } else if (cue_at(i + 1, cue::in) &&
               reading_at(i + 2) == reading::column) {  // contain the letter w in their description
        made.left.what = column_reference(i + 2);
        i += 2;
    } else {
        return false;
    }
    negated_ = having_ = false;
    pos_ = i + 1;
    add(std::move(made));
    return true;
}

bool reader::ranked_after(std::size_t i) const {
    while (i < row_.size() && !superlative_at(i) && !(kind_at(i, item::kind::comma) && row_[i].text == "."))
        ++i;
    return superlative_at(i);
}

bool reader::number_rule() {
    if (!kind_at(pos_, item::kind::number)) return false;
    auto i = pos_;
    condition made;
    made.negated = negated_;
    if (pending_ >= 0) {
        if (!read_literals(i, test::equal, made)) return false;
        made.left.what = pending_;
        pending_ = -1;
        if (cue_at(i, {cue::or_more, cue::or_less})) {
            made.how = cue_at(i, cue::or_more) ? test::at_least : test::at_most;
            ++i;
        }
    } else {
        read_literals(i, test::equal, made);
        if (cue_at(i, {cue::or_more, cue::or_less})) {
            made.how = cue_at(i, cue::or_more) ? test::at_least : test::at_most;
            ++i;
        }
        if (cue_at(i, cue::old)) {
            made.left.what = graded_reference(i, *degree_of("older"));
            if (made.left.what < 0) return false;
            ++i;
        } else if (restricting_ && reading_at(i) == reading::column && numeric_here(i)) {
            made.left.what = column_reference(i);  // with 5 or more years of experience
            ++i;
        } else if ((restricting_ || (pos_ > 0 && cue_at(pos_ - 1, cue::only))) &&
                   reading_at(i) == reading::table) {
            made.left = {aggregate::count, table_reference(i)};
            ++i;
        } else if (reading_at(i) == reading::table && row_[pos_].digits.size() < 6 &&
                   (ranked_after(i) || (pos_ > 0 && cue_at(pos_ - 1, {cue::what, cue::show})))) {
            top_ = long(row_[pos_].number);  // which 5 customers have the most
            pos_ = i;
            return true;
        } else {
            return false;
        }
    }
    negated_ = false;
    having_ = false;
    pos_ = i;
    add(std::move(made));
    return true;
}

bool reader::period_rule() {
    if (!kind_at(pos_, item::kind::period)) return false;
    auto i = pos_;
    condition made;
    made.negated = negated_;
    made.left.what = pending_ >= 0 ? pending_ : date_reference(pos_);
    pending_ = -1;
    read_literals(i, test::equal, made);
    made.how = test::within;
    if (cue_at(i, {cue::or_more, cue::or_less})) {
        made.how = cue_at(i, cue::or_more) ? test::at_least : test::at_most;
        ++i;
    }
    negated_ = false;
    pos_ = i;
    add(std::move(made));
    return true;
}

// A text no sample value equals: belongs to the column before it, or names the row of the table before it.
bool reader::text_rule() {
    if (!kind_at(pos_, item::kind::text)) return false;
    auto i = pos_;
    condition made;
    made.negated = negated_;
    read_literals(i, test::equal, made);
    if (pending_ >= 0) {
        made.left.what = pending_;
        pending_ = -1;
    } else if (focus_ >= 0) {
        made.left.what = name_reference(pos_);
    } else {
        return false;
    }
    negated_ = false;
    pos_ = i;
    add(std::move(made));
    return true;
}

// not, no, without, other than
bool reader::negation_rule() {
    if (cue_at(pos_, {cue::not_, cue::no, cue::without, cue::except})) {
        if (negated_ && cue_at(pos_, cue::not_)) {
            ++pos_;
            return true;
        }
        negated_ = true;
        restricting_ = true;
        if (cue_at(pos_, {cue::no, cue::without})) having_ = true;
        ++pos_;
        return true;
    }
    return false;
}

}  // namespace vanna::ask::builtin
