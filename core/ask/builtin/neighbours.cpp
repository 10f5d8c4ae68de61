#include "core/ask/builtin/neighbours.hpp"

#include <algorithm>
#include <set>

#include "core/ask/builtin/name_match.hpp"

namespace vanna::ask::builtin {
namespace {

bool names_column(word const& first, word const& last, catalog const& known) {
    for (auto const& table : known.tables())
        for (auto const& column : table.columns)
            if (column.words.size() == 2 && word_match(first, column.words[0]) > 0.9 &&
                word_match(last, column.words[1]) > 0.9)
                return true;
    return false;
}

}  // namespace

// "first and last names": the names are of both.
void share_heads(std::vector<token>& tokens, catalog const& known) {
    for (std::size_t i = 0; i + 3 < tokens.size(); ++i) {
        auto const word_at = [&](std::size_t k) { return tokens[k].what == token::kind::word; };
        if (!word_at(i) || !word_at(i + 1) || !word_at(i + 2) || !word_at(i + 3)) continue;
        auto const& between = tokens[i + 1].as_word.text;
        auto const head = tokens[i + 3];
        if ((between == "and" || between == "or") && names_column(tokens[i].as_word, head.as_word, known) &&
            names_column(tokens[i + 2].as_word, head.as_word, known))
            tokens.insert(tokens.begin() + long(i) + 1, head);
    }
}

// "payments received": a status or a date called "received" counts only for a table that the question
// names.
void drop_far_participles(std::vector<item>& row, std::vector<token> const& tokens) {
    std::set<int> named;
    for (auto const& one : row)
        for (auto const& c : one.candidates)
            if (c.what == candidate::kind::table && c.score >= 0.75) named.insert(c.where.table);
    for (auto& one : row) {
        if (one.what != item::kind::link || one.quoted || one.last - one.first > 1 ||
            !is_participle(lower(one.text)) || (one.capitalised && !tokens[one.first].first))
            continue;
        std::erase_if(one.candidates, [&](candidate const& c) {
            return (c.event || c.what == candidate::kind::value) && !named.empty() &&
                   !named.contains(c.where.table);
        });
        if (one.candidates.empty()) one.what = item::kind::unknown;
    }
}

// "Jean Dupont": words nobody knows, written as names are, are one text.
void join_names(std::vector<item>& row, std::vector<token> const& tokens) {
    auto const name = [&](item const& one) {
        return one.what == item::kind::unknown && one.capitalised && !tokens[one.first].first;
    };
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (!name(row[i])) continue;
        row[i].named = true;
        while (i + 1 < row.size() && name(row[i + 1]) && row[i].last == row[i + 1].first) {
            row[i].text += " " + row[i + 1].text;
            row[i].last = row[i + 1].last;
            row.erase(row.begin() + long(i) + 1);
        }
    }
}

void known_values_first(std::vector<item>& row) {
    for (std::size_t i = 0; i + 2 < row.size(); ++i) {
        bool const joined = row[i + 1].is(cue::or_) || row[i + 1].is(cue::and_);
        auto const& later = row[i + 2];
        bool const value = later.what == item::kind::link && later.capitalised &&
                           later.candidates.front().what == candidate::kind::value;
        if (row[i].what == item::kind::unknown && row[i].named && joined && value)
            std::swap(row[i], row[i + 2]);
    }
}

// A term that is measured today: "our current headcount".
void drop_present(std::vector<item>& row) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
        auto const& next = row[i + 1].candidates;
        auto const said = lower(row[i].text);
        if (row[i].what == item::kind::unknown && (said == "current" || said == "present") && !next.empty() &&
            next.front().means)
            row.erase(row.begin() + long(i));
    }
}

}  // namespace vanna::ask::builtin
