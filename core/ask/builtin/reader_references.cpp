#include <algorithm>
#include <array>

#include "core/ask/builtin/reader.hpp"
#include "core/ask/builtin/stable.hpp"

namespace vanna::ask::builtin {

int reader::refer(std::size_t i, std::initializer_list<candidate::kind> kinds, int owner) {
    reference made;
    made.item = i;
    made.owner = owner;
    for (auto const& c : row_[i].candidates)
        if (std::find(kinds.begin(), kinds.end(), c.what) != kinds.end()) made.options.push_back(c);
    row_[i].used = true;
    auto const last = lower(row_[i].text.substr(row_[i].text.find_last_of(' ') + 1));
    made.singular =
        last == make_word(last).singular && !(i > 0 && cue_at(i - 1, {cue::each, cue::any, cue::all}));
    frame_.references.push_back(std::move(made));
    return int(frame_.references.size()) - 1;
}

// A key that leads to a table of the same name stands for that table's rows.
void reader::prefer_things(reference& made) const {
    std::erase_if(made.options, [&](candidate const& c) {
        if (c.what != candidate::kind::column || c.means) return false;
        return std::any_of(known_.edges().begin(), known_.edges().end(), [&](join_edge const& e) {
            bool const leads = e.columns.size() == 1 && column_place{e.child, e.columns[0].first} == c.where;
            return leads && std::any_of(made.options.begin(), made.options.end(), [&](candidate const& t) {
                       return t.what == candidate::kind::table && t.where.table == e.parent &&
                              t.score >= c.score - 0.02;
                   });
        });
    });
}

// A table, or a column that stands for the things it names ("city" where no table is called so).
int reader::table_reference(std::size_t i) {
    auto const ref = refer(i, {candidate::kind::table, candidate::kind::column});
    for (auto& o : frame_.at(ref).options)
        if (o.what == candidate::kind::column) o.score -= 0.12;
    prefer_things(frame_.at(ref));
    sort_stably(frame_.at(ref).options, [](auto const& a, auto const& b) { return a.score > b.score; });
    return ref;
}

int reader::column_reference(std::size_t i) {
    auto const ref = refer(i, {candidate::kind::column, candidate::kind::table}, focus_);
    prefer_things(frame_.at(ref));
    for (auto& o : frame_.at(ref).options)
        if (o.what == candidate::kind::table) o.score -= 0.12;
    sort_stably(frame_.at(ref).options, [](auto const& a, auto const& b) { return a.score > b.score; });
    return ref;
}

// The columns that an adjective grades, in any table; the owner and nearness decide. -1: there is none.
int reader::graded_reference(std::size_t i, grading const& g) {
    reference made;
    made.item = i;
    made.owner = focus_;
    double score = 0.95;
    for (auto const& wanted : g.columns) {
        for (int t = 0; t < int(known_.tables().size()); ++t)
            for (int c = 0; c < int(known_.table(t).columns.size()); ++c) {
                auto const& column = known_.table(t).columns[std::size_t(c)];
                if (column.kind == column_kind::flag || (column.key && column.kind == column_kind::number))
                    continue;
                bool const named = std::any_of(column.core.begin(), column.core.end(), [&](word const& w) {
                    return w.singular == wanted.column_word || w.root == wanted.column_word;
                });
                if (!named) continue;
                auto const exact = column.core.size() == 1 ? 0.0 : 0.1;
                made.options.push_back(
                    {candidate::kind::column, {t, c}, nullptr, -1, score - exact, {}, !wanted.large_is_more});
            }
        score -= 0.05;
    }
    if (made.options.empty()) return -1;
    for (auto& o : made.options)  // "names and areas of the largest": by the area
        for (auto const& q : frame_.shown)
            for (auto const& shown : q.what < 0 ? std::vector<candidate>{} : frame_.at(q.what).options)
                if (shown.where == o.where && shown.score >= 0.75) o.score += 0.15;
    sort_stably(made.options, [](auto const& a, auto const& b) { return a.score > b.score; });
    row_[i].used = true;
    frame_.references.push_back(std::move(made));
    return int(frame_.references.size()) - 1;
}

// The date of whatever the question is about, where it names none.
int reader::date_reference(std::size_t i) {
    reference made;
    made.item = i;
    made.owner = focus_;
    for (int t = 0; t < int(known_.tables().size()); ++t)
        for (int c = 0; c < int(known_.table(t).columns.size()); ++c) {
            auto const& column = known_.table(t).columns[std::size_t(c)];
            if (column.kind != column_kind::date && !column.integer_year) continue;
            auto const& words = column.core;
            bool const plain =
                words.size() == 1 ||
                std::equal(column.words.begin(), column.words.end() - 1, known_.table(t).words.begin(),
                           known_.table(t).words.end(),
                           [](word const& a, word const& b) { return a.singular == b.singular; });
            made.options.push_back(
                {candidate::kind::column, {t, c}, nullptr, -1, (plain ? 0.9 : 0.8) - 0.001 * c, {}});
        }
    frame_.references.push_back(std::move(made));
    return int(frame_.references.size()) - 1;
}

// What the rows of the focus are called.
int reader::name_reference(std::size_t i) {
    reference made;
    made.item = i;
    made.owner = focus_;
    for (int t = 0; t < int(known_.tables().size()); ++t)
        if (known_.table(t).name_columns.size() == 1)
            made.options.push_back(
                {candidate::kind::column, {t, known_.table(t).name_columns[0]}, nullptr, -1, 0.85, {}});
    frame_.references.push_back(std::move(made));
    return int(frame_.references.size()) - 1;
}

bool reader::numeric_here(std::size_t i) const {
    if (i >= row_.size()) return false;
    auto const table = row_[i].best(candidate::kind::table);
    for (auto const& c : row_[i].candidates) {
        if (c.what != candidate::kind::column || c.score < std::max(0.75, table - 0.05)) continue;
        auto const& column = known_.column(c.where);
        if (c.means || (column.kind == column_kind::number && !column.key)) return true;
    }
    return false;
}

bool reader::year_here(std::size_t i) const {
    auto const& all = row_[i].candidates;
    return !all.empty() && all.front().what == candidate::kind::column && !all.front().means &&
           known_.column(all.front().where).integer_year;
}

// Whether "more" and "less" say something about it.
bool reader::comparable_here(std::size_t i) const {
    for (auto const& c : row_[i].candidates) {
        if (c.what != candidate::kind::column || c.score < 0.7) continue;
        auto const& column = known_.column(c.where);
        if (c.means || column.kind != column_kind::text || column.integer_year) return true;
    }
    return false;
}

// Whether the column at one place may hold what stands at the other: a value known from elsewhere is not its.
bool reader::holds(std::size_t column, std::size_t literal) const {
    if (reading_at(literal) != reading::value) return true;
    auto const joined = [&](column_place a, column_place b) {
        return std::any_of(known_.edges().begin(), known_.edges().end(), [&](join_edge const& e) {
            return std::any_of(e.columns.begin(), e.columns.end(), [&](auto const& pair) {
                column_place const child{e.child, pair.first}, parent{e.parent, pair.second};
                return (child == a && parent == b) || (child == b && parent == a);
            });
        });
    };
    for (auto const& v : row_[literal].candidates)
        for (auto const& c : row_[column].candidates)
            if (v.what == candidate::kind::value && c.what == candidate::kind::column &&
                (v.where == c.where || joined(v.where, c.where)))
                return true;
    return false;
}

bool reader::value_of_table(std::size_t table, std::size_t literal) const {
    for (auto const& v : row_[literal].candidates)
        for (auto const& t : row_[table].candidates)
            if (v.what == candidate::kind::value && t.what == candidate::kind::table &&
                t.score >= row_[table].best(candidate::kind::table) - 0.1 && v.where.table == t.where.table)
                return true;
    return false;
}

// What rows of these tables are worth, where each has one column of that kind. -1: one has not.
int reader::amount_reference(std::size_t i, std::vector<candidate> const& tables) {
    static constexpr auto amounts = std::to_array<std::string_view>(
        {"total amount", "total", "amount", "total value", "value", "sum", "grand total"});
    reference made;
    made.item = i;
    made.owner = focus_;
    for (auto const& t : tables) {
        if (t.what != candidate::kind::table || t.means) continue;
        auto const& columns = known_.table(t.where.table).columns;
        int found = -1;
        for (std::size_t k = 0; k < amounts.size() && found < 0; ++k)
            for (int c = 0; c < int(columns.size()); ++c) {
                auto const& column = columns[std::size_t(c)];
                std::string text;
                for (auto const& w : column.core)
                    text += (text.empty() ? "" : " ") + w.text;
                if (text == amounts[k] && column.kind == column_kind::number && !column.key) found = c;
            }
        if (found >= 0)
            made.options.push_back(
                {candidate::kind::column, {t.where.table, found}, nullptr, -1, t.score, {}});
        else if (t.score >= tables.front().score)
            return -1;
    }
    if (made.options.empty()) return -1;
    row_[i].used = true;
    frame_.references.push_back(std::move(made));
    return int(frame_.references.size()) - 1;
}

// What showing the thing at i computes by itself: an ontology term may be a measure.
aggregate reader::measure_at(std::size_t i) const {
    if (row_[i].candidates.empty()) return aggregate::none;
    auto const& all = row_[i].candidates;
    for (auto c = all.begin(); c != all.end() && c->score >= all.front().score; ++c) {
        if (c->number) return aggregate::count;
        if (c->what == candidate::kind::column && c->means && c->means->aggregates) return aggregate::term;
    }
    return aggregate::none;
}

void reader::own_recent(int table) {
    for (auto ref : recent_)
        frame_.at(ref).owner = table;
    recent_.clear();
}

}  // namespace vanna::ask::builtin
