#include <algorithm>
#include <array>

#include "core/ask/builtin/reader.hpp"

namespace vanna::ask::builtin {

// how many X, number of X
bool reader::count_rule() {
    if (!cue_at(pos_, cue::count)) return false;
    auto i = skip(pos_ + 1, {cue::all, cue::any, cue::of});
    bool distinct = false;
    if (cue_at(i, cue::distinct)) {
        distinct = true;
        ++i;
    }
    i = skip(i, {cue::of, cue::all});
    // values and adjectives before the noun: "how many Asian countries"
    auto noun = i;
    while (noun < row_.size() &&
           (reading_at(noun) == reading::value || row_[noun].what == item::kind::unknown || flag_at(noun)))
        ++noun;
    if (reading_at(noun) == reading::none)
        return noun == i + 1 && reading_at(i) == reading::value ? count_of_value(i) : count_again(i);
    if (restricting_ && noun == i && !distinct && reading_at(noun) == reading::column && numeric_here(noun) &&
        row_[pos_].text.find("many") == std::string::npos)
        return column_word(noun);  // "whose number of products is …"
    restricting_ = false;
    bool const modifies =
        reading_at(noun) == reading::column &&
        (reading_at(noun + 1) == reading::column || (!distinct && reading_at(noun + 1) == reading::table));
    if (modifies) frame_.doubts.push_back("what '" + row_[noun].text + "' says about the next word");
    if (distinct && noun == i && reading_at(noun) == reading::table &&
        reading_at(noun + 1) == reading::column &&
        row_[noun].last == row_[noun + 1].first) {  // how many different shop locations
        focus_ = table_reference(noun);
        if (frame_.subject < 0) frame_.subject = focus_;
        i = ++noun;
    }
    if (reading_at(noun) == reading::table) {
        auto const ref = table_reference(noun);
        frame_.shown.push_back({aggregate::count, ref, distinct});
        if (frame_.subject < 0) frame_.subject = ref;
        focus_ = ref;
        own_recent(ref);
    } else {
        bool const adds = numeric_here(noun) && !distinct;  // "how many units": a column that says so
        auto const ref = column_reference(noun);
        frame_.shown.push_back({adds ? aggregate::sum : aggregate::count, ref, !adds});
        recent_.push_back(ref);
    }
    if (noun == i) {
        pos_ = noun + 1;
        return true;
    }
    read_again(i, noun);
    return true;
}

// What stood before a noun is read next, without it.
void reader::read_again(std::size_t from, std::size_t noun) {
    auto const moved = row_[noun];
    row_.erase(row_.begin() + long(noun));
    row_.insert(row_.begin() + long(from), moved);
    for (auto& r : frame_.references)
        if (r.item >= from && r.item <= noun) r.item = r.item == noun ? from : r.item + 1;
    pos_ = from + 1;
}

// "how many clerks": of the rows that hold the value
bool reader::count_of_value(std::size_t i) {
    auto const before = pos_;
    pos_ = i;
    if (reading_at(i) == reading::value && value_rule()) {
        frame_.shown.push_back({aggregate::count, frame_.conditions.back().left.what});
        return true;
    }
    pos_ = before;
    return false;
}

// What a word at i computes.
std::optional<aggregate> reader::how_at(std::size_t i) const {
    if (cue_at(i, cue::average)) return aggregate::average;
    if (cue_at(i, cue::sum)) return aggregate::sum;
    if (cue_at(i, cue::minimum)) return aggregate::minimum;
    if (cue_at(i, cue::maximum)) return aggregate::maximum;
    if (cue_at(i, cue::most) && lower(row_[i].text).starts_with("max")) return aggregate::maximum;
    if (cue_at(i, cue::fewest) && lower(row_[i].text).starts_with("min")) return aggregate::minimum;
    if (kind_at(i, item::kind::degree) && row_[i].degree->superlative)
        return row_[i].degree->more ? aggregate::maximum : aggregate::minimum;
    return {};
}

// average X, total X, the minimum and maximum X
bool reader::aggregate_rule() {
    std::vector<aggregate> hows;
    auto i = pos_;
    while (true) {
        if (auto const how = how_at(i)) {
            hows.push_back(*how);
            ++i;
        } else if (!hows.empty() && (cue_at(i, cue::and_) || kind_at(i, item::kind::comma)) &&
                   (how_at(i + 1) ||
                    (kind_at(i, item::kind::comma) && cue_at(i + 1, cue::and_) && how_at(i + 2)))) {
            ++i;
        } else {
            break;
        }
    }
    if (hows.empty()) return false;
    if (hows == std::vector{aggregate::average} && ends_clause(i)) return average_of_shown(i);
    i = skip(i, {cue::of, cue::all});
    if (cue_at(i, cue::count) && numeric_here(i + 1)) ++i;  // the average number of tickets: a column
    if (restricting_) return restricting_aggregate(i, hows);
    if (reading_at(i) == reading::table &&
        (reading_at(i + 1) == reading::column || kind_at(i + 1, item::kind::possessive))) {
        auto const owner = table_reference(i);  // average student age
        if (frame_.subject < 0) frame_.subject = owner;
        focus_ = owner;
        i += kind_at(i + 1, item::kind::possessive) ? 2 : 1;
    }
    if (reading_at(i) == reading::table && hows.size() == 1 && hows[0] == aggregate::sum &&
        !numeric_here(i)) {
        total_of_rows(i);
        return true;
    }
    if (reading_at(i) == reading::none || reading_at(i) == reading::value) return false;
    if (kind_at(pos_, item::kind::degree) && (!comparable_here(i) || !fits_degree(i, *row_[pos_].degree)))
        return false;
    auto const ref = column_reference(i);
    recent_.push_back(ref);
    for (auto how : hows)
        frame_.shown.push_back({how, ref});
    pos_ = i + 1;
    return true;
}

// "total payments": what they are worth, or else how many there are.
void reader::total_of_rows(std::size_t i) {
    auto const amount = amount_reference(i, row_[i].candidates);
    auto const ref = table_reference(i);
    if (amount >= 0) frame_.at(amount).owner = ref;
    if (amount >= 0)
        frame_.shown.push_back({aggregate::sum, amount});
    else
        frame_.shown.push_back({aggregate::count, ref});
    if (frame_.subject < 0) frame_.subject = ref;
    focus_ = ref;
    frame_.certainty -= 0.1;
    pos_ = i + 1;
}

// "what do they earn on average"
bool reader::average_of_shown(std::size_t i) {
    bool any = false;
    for (auto& q : frame_.shown)
        if (q.how == aggregate::none && q.what >= 0 && !frame_.at(q.what).display &&
            numeric_here(frame_.at(q.what).item)) {
            q.how = aggregate::average;
            any = true;
        }
    if (any) pos_ = i;
    return any;
}

// "whose average age is above 30"
bool reader::restricting_aggregate(std::size_t i, std::vector<aggregate> const& hows) {
    if (hows.size() != 1 || reading_at(i) != reading::column || !comparison_at(i + 1)) return false;
    flush_pending();
    pending_ = column_reference(i);
    pending_how_ = hows[0];
    pos_ = i + 1;
    return true;
}

std::optional<date_part> reader::date_part_at(std::size_t i) const {
    auto const* one = at(i);
    if (!one || (one->what != item::kind::unknown && one->what != item::kind::link)) return {};
    static constexpr auto parts =
        std::to_array<std::pair<std::string_view, date_part>>({{"year", date_part::year},
                                                               {"quarter", date_part::quarter},
                                                               {"month", date_part::month},
                                                               {"week", date_part::week},
                                                               {"day", date_part::day},
                                                               {"monthly", date_part::month},
                                                               {"yearly", date_part::year},
                                                               {"annually", date_part::year},
                                                               {"daily", date_part::day},
                                                               {"weekly", date_part::week},
                                                               {"quarterly", date_part::quarter}});
    auto const text = make_word(one->text).singular;
    for (auto const& [name, part] : parts)
        if (text == name) return part;
    return {};
}

// for each X, per month, in each X
bool reader::group_rule() {
    if (!cue_at(pos_, cue::each)) return false;
    auto i = skip(pos_ + 1, {cue::of, cue::distinct, cue::each});
    if (cue_at(i, cue::count) && numeric_here(i + 1)) ++i;  // a column that holds a number of things
    auto const& said = row_[pos_].text;
    bool const firm = lower(said) != "each" && lower(said) != "every" && !lower(said).starts_with("of each");
    return show_group(i, firm);
}

bool reader::show_group(std::size_t i, bool firm) {
    auto const part = date_part_at(i);
    bool const column_called_so =
        part && std::any_of(row_[i].candidates.begin(), row_[i].candidates.end(), [&](candidate const& c) {
            return c.what == candidate::kind::column && c.score >= 0.9 && !known_.table(c.where.table).view;
        });
    if (part && !column_called_so) {
        auto const ref = date_reference(i);
        row_[i].used = true;
        frame_.groups.push_back({{aggregate::none, ref, false, *part}, true});
        pos_ = i + 1;
        return true;
    }
    auto const what = reading_at(i);
    if (what == reading::table && reading_at(i + 1) == reading::column) {
        auto const owner = table_reference(i);
        if (frame_.subject < 0) frame_.subject = owner;
        focus_ = owner;
        ++i;
        frame_.groups.push_back({{aggregate::none, column_reference(i)}, firm});
        pos_ = i + 1;
        return true;
    }
    if (what == reading::table) {
        auto const ref = table_reference(i);
        frame_.groups.push_back({{aggregate::none, ref}, firm});
        if (frame_.subject < 0) frame_.subject = ref;
        if (focus_ < 0) own_recent(ref);
        focus_ = ref;
        pos_ = i + 1;
        return true;
    }
    if (what == reading::column) {
        auto const ref = column_reference(i);
        recent_.push_back(ref);
        frame_.groups.push_back({{aggregate::none, ref}, firm});
        pos_ = i + 1;
        return true;
    }
    return false;
}

}  // namespace vanna::ask::builtin
