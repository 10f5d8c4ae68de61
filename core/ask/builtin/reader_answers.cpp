#include <algorithm>
#include <array>

#include "core/ask/builtin/reader.hpp"

namespace vanna::ask::builtin {
namespace {

bool is_one_of(std::vector<std::string> const& values, std::string_view list) {
    return std::all_of(values.begin(), values.end(), [&](std::string const& v) {
        return list.find(" " + lower(v) + " ") != std::string_view::npos;
    });
}

// How a column that holds yes or no says yes; empty: it is no such column.
std::string yes_of(catalog_column const& c) {
    if (c.kind == column_kind::flag) return "1";
    if (c.kind != column_kind::text || !c.values || c.values->empty() || c.values->size() > 2) return {};
    for (std::string_view pair : {" t f ", " y n ", " yes no ", " true false "})
        if (is_one_of(*c.values, pair))
            for (auto const& v : *c.values)
                if (pair.starts_with(" " + lower(v) + " ")) return v;
    return {};
}

}  // namespace

// A column of yes and no before a noun ("official languages") or said of the subject ("are hired full time").
bool reader::flag_at(std::size_t i) const {
    if (reading_at(i) != reading::column || row_[i].candidates.front().what != candidate::kind::column)
        return false;
    if (yes_of(known_.column(row_[i].candidates.front().where)).empty()) return false;
    auto const noun = reading_at(i + 1);
    if (noun == reading::table || noun == reading::column) return row_[i].last == row_[i + 1].first;
    bool const stands_apart = i == 0 || listed_at(i) || literal_at(i + 1) || comparison_at(i + 1) ||
                              row_[i - 1].what == item::kind::cue;
    return !stands_apart && ends_clause(i + 1) && frame_.subject >= 0;
}

bool reader::flag_rule() {
    if (!flag_at(pos_)) return false;
    auto const yes = yes_of(known_.column(row_[pos_].candidates.front().where));
    auto const ref = refer(pos_, {candidate::kind::column}, focus_);
    frame_.at(ref).options.resize(1);
    condition made{{aggregate::none, ref}, test::equal, negated_};
    made.right.push_back({yes == "1" ? literal::kind::number : literal::kind::text, yes});
    negated_ = false;
    add(std::move(made));
    ++pos_;
    return true;
}

// "how old are they", "how tall is the tallest": the column that the adjective grades.
bool reader::degree_question() {
    if (!cue_at(pos_, cue::how_long)) return false;
    for (auto i = pos_ + 1; i < row_.size() && !kind_at(i, item::kind::comma); ++i)
        if (reading_at(i) == reading::column && numeric_here(i)) return false;
    auto text = lower(row_[pos_].text);
    text = text.substr(text.find(' ') + 1);
    if (text.ends_with('y')) text.back() = 'i';
    auto const* degree = degree_of(text + (text.ends_with("e") ? "r" : text == "big" ? "ger" : "er"));
    auto const ref = degree ? graded_reference(pos_, *degree) : -1;
    if (ref < 0) return false;
    auto& options = frame_.at(ref).options;
    std::erase_if(options, [](candidate const& c) { return c.inverse; });
    if (options.empty()) {
        frame_.references.pop_back();
        return false;
    }
    frame_.shown.push_back({aggregate::none, ref});
    recent_.push_back(ref);
    restricting_ = false;
    ++pos_;
    return true;
}

// "… and how many does it have": the number that the ranking goes by.
bool reader::count_again(std::size_t i) {
    if (i < row_.size() && !cue_at(i, {cue::have, cue::that}) && !kind_at(i, item::kind::comma)) return false;
    if (skip(i, {cue::have, cue::that}) < row_.size() &&
        !kind_at(skip(i, {cue::have, cue::that}), item::kind::comma))
        return false;
    auto const counted = std::find_if(frame_.order.begin(), frame_.order.end(),
                                      [](ordering const& o) { return o.by.how == aggregate::count; });
    if (counted == frame_.order.end()) return false;
    frame_.shown.push_back(counted->by);
    pos_ = skip(i, {cue::have, cue::that});
    return true;
}

// Where the subject is, or when it was: its only column that could say so. -1: none, or several.
int reader::place_reference() {
    static constexpr auto places = std::to_array<std::string_view>(
        {"hometown", "town", "city", "location", "address", "place", "venue", "country", "birthplace"});
    reference made{frame_.at(frame_.subject).item, {}, frame_.subject};
    for (auto const& o : frame_.at(frame_.subject).options) {
        if (o.what != candidate::kind::table || o.score < frame_.at(frame_.subject).options.front().score)
            continue;
        auto const& columns = known_.table(o.where.table).columns;
        for (int c = 0; c < int(columns.size()); ++c) {
            auto const& column = columns[std::size_t(c)];
            bool const says = asked_ == cue::when
                                  ? column.kind == column_kind::date
                                  : asked_ == cue::where && column.core.size() < 3 &&
                                        std::find(places.begin(), places.end(),
                                                  column.core.back().singular) != places.end();
            if (says)
                made.options.push_back({candidate::kind::column, {o.where.table, c}, nullptr, -1, 0.8, {}});
        }
    }
    if (made.options.size() != 1) return -1;
    frame_.references.push_back(std::move(made));
    return int(frame_.references.size()) - 1;
}

// "people" are a population only where they are counted: "how many people live in …", "with the most people".
bool reader::people_rule() {
    if (reading_at(pos_) != reading::column) return false;
    auto const text = lower(row_[pos_].text);
    if (text != "people" && text != "people's" && text != "persons") return false;
    auto const& found = row_[pos_].candidates.front();
    if (found.score > 0.8 || found.means) return false;
    row_[pos_].what = item::kind::unknown;
    return false;
}

}  // namespace vanna::ask::builtin
