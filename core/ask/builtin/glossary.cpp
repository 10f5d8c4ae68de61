#include "core/ask/builtin/glossary.hpp"

#include <algorithm>

namespace vanna::ask::builtin {
namespace {

// Where a data source that is only a table or a column leads.
std::optional<column_place> plain_place(std::string_view source, catalog const& known) {
    auto const dot = source.find('.');
    for (int t = 0; t < int(known.tables().size()); ++t) {
        if (lower(known.table(t).name) != lower(source.substr(0, dot))) continue;
        if (dot == std::string_view::npos) return column_place{t, -1};
        auto const wanted = lower(source.substr(dot + 1));
        auto const& columns = known.table(t).columns;
        for (int c = 0; c < int(columns.size()); ++c)
            if (lower(columns[std::size_t(c)].name) == wanted) return column_place{t, c};
    }
    return {};
}

bool names_table(word const& last, std::vector<word> const& table) {
    return std::any_of(table.begin(), table.end(), [&](word const& w) { return likeness(last, w) > 0; });
}

}  // namespace

glossary::glossary(std::vector<term> const& terms, catalog const& known, join_graph const& joins) {
    for (auto const& t : terms) {
        if (auto const place = plain_place(t.data_source, known)) {
            add(t, *place, nullptr, known);
        } else if (auto found = read_formula(t.data_source, known, joins)) {
            found->term = t.name;
            formulas_.push_back(std::make_unique<formula const>(std::move(*found)));
            auto const& f = *formulas_.back();
            add(t, {f.of.table, f.counts ? -1 : f.of.column}, &f, known);
        }
    }
}

void glossary::add(term const& t, column_place where, formula const* means, catalog const& known) {
    auto const name = [&](std::string const& text) {
        entry made{{}, t.name, where, means};
        for (auto const& part : identifier_parts(text))
            made.words.push_back(make_word(part));
        if (made.words.empty()) return;
        auto const& last = made.words.back();
        made.number = means && means->counts && last.text == last.singular &&
                      !names_table(last, known.table(where.table).words);
        entries_.push_back(std::move(made));
    };
    name(t.name);
    for (auto const& s : t.synonyms)
        name(s);
}

}  // namespace vanna::ask::builtin
