#include "core/ask/builtin/name_index.hpp"

#include <algorithm>

#include "core/ask/builtin/name_match.hpp"
#include "core/ask/builtin/vocabulary.hpp"

namespace vanna::ask::builtin {

void name_set::keep(name_set const& other) {
    for (std::size_t i = 0; i < bits_.size(); ++i)
        bits_[i] &= other.bits_[i];
}

void name_set::join(name_set const& other) {
    for (std::size_t i = 0; i < bits_.size(); ++i)
        bits_[i] |= other.bits_[i];
}

bool name_set::empty() const {
    return std::all_of(bits_.begin(), bits_.end(), [](std::uint64_t b) { return b == 0; });
}

name_index::name_index(catalog const& known, glossary const& terms) : known_(known), terms_(terms) {
    for (int t = 0; t < int(known.tables().size()); ++t) {
        auto const& table = known.table(t);
        add({t, -1}, -1, table.words);
        for (int c = 0; c < int(table.columns.size()); ++c) {
            auto const& column = table.columns[std::size_t(c)];
            together_[run_together_words(column.core)].push_back(names_.size());
            add({t, c}, -1, column.words);
        }
    }
    add_roles();
}

void name_index::add(column_place where, int role, std::vector<word> words) {
    auto const name = names_.size();
    for (auto const& w : words) {
        auto const [place, made] = places_.emplace(w.text, by_word_.size());
        if (made) by_word_.emplace_back(w, std::vector<std::size_t>{});
        by_word_[place->second].second.push_back(name);
    }
    together_[run_together_words(words)].push_back(name);
    if (words.size() == 2 && words[1].text == "by") by_agents_.push_back(name);
    names_.push_back({where, role, std::move(words)});
}

// "manager" for the employee that manager_id leads to
void name_index::add_roles() {
    for (int e = 0; e < int(known_.edges().size()); ++e) {
        auto const& edge = known_.edges()[std::size_t(e)];
        if (edge.columns.size() != 1) continue;
        auto role = known_.table(edge.child).columns[std::size_t(edge.columns[0].first)].words;
        if (role.size() < 2) continue;
        auto const last = role.back().text;
        if (last != "id" && last != "code" && last != "key") continue;
        role.pop_back();
        if (name_match(role, known_.table(edge.child).words) > 0.9) continue;
        add({edge.parent, -1}, e, std::move(role));
    }
}

name_set name_index::with(word const& said) const {
    name_set found(names_.size());
    auto const& others = synonyms(said.singular);
    for (auto const& [known, names] : by_word_) {
        bool const alike = likeness(said, known) > 0 ||
                           std::find(others.begin(), others.end(), known.singular) != others.end();
        if (!alike) continue;
        for (auto name : names)
            found.add(name);
    }
    return found;
}

std::vector<std::size_t> const& name_index::run_together(std::string const& text) const {
    static std::vector<std::size_t> const none;
    auto const found = together_.find(text);
    return found == together_.end() ? none : found->second;
}

}  // namespace vanna::ask::builtin
