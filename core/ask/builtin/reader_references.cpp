#include <algorithm>

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
    frame_.references.push_back(std::move(made));
    return int(frame_.references.size()) - 1;
}

// A table, or a column that stands for the things it names ("city" where no table is called so).
int reader::table_reference(std::size_t i) {
    auto const ref = refer(i, {candidate::kind::table, candidate::kind::column});
    for (auto& o : frame_.at(ref).options)
        if (o.what == candidate::kind::column) o.score -= 0.12;
    sort_stably(frame_.at(ref).options, [](auto const& a, auto const& b) { return a.score > b.score; });
    return ref;
}

int reader::column_reference(std::size_t i) {
    auto const ref = refer(i, {candidate::kind::column, candidate::kind::table}, focus_);
    for (auto& o : frame_.at(ref).options)
        if (o.what == candidate::kind::table) o.score -= 0.12;
    sort_stably(frame_.at(ref).options, [](auto const& a, auto const& b) { return a.score > b.score; });
    return ref;
}

// The columns that an adjective grades, in any table; the owner and nearness decide.
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
    for (auto const& c : row_[i].candidates)
        if (c.what == candidate::kind::column && c.score >= 0.75 && c.means)
            return true;
        else if (c.what == candidate::kind::column && c.score >= 0.75 &&
                 known_.column(c.where).kind == column_kind::number && !known_.column(c.where).key)
            return true;
    return false;
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
