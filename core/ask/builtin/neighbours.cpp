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

// "first, middle and last names": the names are of all of them.
void share_heads(std::vector<token>& tokens, catalog const& known) {
    auto const is_word = [&](std::size_t k) { return tokens[k].what == token::kind::word; };
    auto const joins = [&](std::size_t k) {
        auto const& text = tokens[k].as_word.text;
        return tokens[k].what == token::kind::comma ? tokens[k].text == "," : text == "and" || text == "or";
    };
    for (std::size_t h = tokens.size(); h-- > 3;) {
        if (!is_word(h) || !is_word(h - 1)) continue;
        auto const head = tokens[h];
        if (!names_column(tokens[h - 1].as_word, head.as_word, known)) continue;
        for (auto k = h - 1; k >= 2 && joins(k - 1);) {
            auto const before = joins(k - 2) && k >= 3 ? k - 3 : k - 2;  // ", and"
            if (!is_word(before) || !names_column(tokens[before].as_word, head.as_word, known)) break;
            tokens.insert(tokens.begin() + long(before) + 1, head);
            k = before;
        }
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
