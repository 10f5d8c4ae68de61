#include "core/ask/builtin/roles.hpp"

#include <algorithm>
#include <set>

#include "core/ask/builtin/name_match.hpp"
#include "core/ask/builtin/vocabulary.hpp"

namespace vanna::ask::builtin {
namespace {

constexpr std::size_t shortest_stem = 4;

bool within(std::vector<word> const& words, word const& one) {
    return std::any_of(words.begin(), words.end(), [&](word const& w) { return likeness(w, one) > 0; });
}

// What the key's name says beside the table that it leads to.
std::vector<word> role_of(join_edge const& e, catalog const& known) {
    std::vector<word> role;
    for (auto const& [child, parent] : e.columns)
        for (auto const& w : known.table(e.child).columns[std::size_t(child)].words)
            if (w.text != "id" && w.text != "code" && w.text != "key" &&
                !within(known.table(e.parent).words, w))
                role.push_back(w);
    return role;
}

bool says_role(word const& said, std::vector<word> const& role) {
    return std::any_of(role.begin(), role.end(), [&](word const& w) {
        return word_match(said, w) > 0 || goes_with(said.text, w.singular);
    });
}

// "teach" beside teachers, "sing" beside singers.
bool says_what_a_table_is(word const& said, frame const& f, catalog const& known) {
    if (said.root.size() < shortest_stem) return false;
    return std::any_of(f.references.begin(), f.references.end(), [&](reference const& r) {
        if (r.options.empty() || r.options.front().what != candidate::kind::table) return false;
        auto const& words = known.table(r.options.front().where.table).words;
        return std::any_of(words.begin(), words.end(),
                           [&](word const& w) { return w.singular.starts_with(said.root); });
    });
}

// "speak" beside a language, "visited" beside visits.
bool says_what_is_done(word const& said, frame const& f, catalog const& known) {
    auto const fits = [&](std::vector<word> const& words) {
        return std::any_of(words.begin(), words.end(),
                           [&](word const& w) { return goes_with(said.text, w.singular); });
    };
    return std::any_of(f.references.begin(), f.references.end(), [&](reference const& r) {
        return std::any_of(r.options.begin(), r.options.end(), [&](candidate const& c) {
            if (c.score < r.options.front().score - 0.1) return false;
            return fits(known.table(c.where.table).words) ||
                   (c.where.column >= 0 && fits(known.column(c.where).words));
        });
    });
}

// "borrowed" between members and books that only loans lead to.
bool says_the_way(word const& said, frame const& f, catalog const& known) {
    std::set<int> named;
    for (auto const& r : f.references)
        if (!r.options.empty()) named.insert(r.options.front().where.table);
    auto const joined = [&](int a, int b) {
        return std::any_of(known.edges().begin(), known.edges().end(), [&](join_edge const& e) {
            return (e.child == a && e.parent == b) || (e.child == b && e.parent == a);
        });
    };
    for (int way = 0; way < int(known.tables().size()); ++way) {
        auto const& words = known.table(way).words;
        bool const fits = std::any_of(words.begin(), words.end(), [&](word const& w) {
            auto const stem = said.root.substr(0, 6);
            return goes_with(said.text, w.singular) || (stem.size() == 6 && w.singular.starts_with(stem));
        });
        if (!fits || named.contains(way)) continue;
        for (auto a : named)
            for (auto b : named)
                if (a < b && joined(way, a) && joined(way, b) && !joined(a, b)) return true;
    }
    return false;
}

}  // namespace

void read_roles(frame& f, catalog const& known) {
    std::erase_if(f.unlinked, [&](std::string const& text) {
        auto const said = make_word(text);
        bool found = false;
        for (int e = 0; e < int(known.edges().size()); ++e)
            if (says_role(said, role_of(known.edges()[std::size_t(e)], known))) {
                f.roles.insert(e);
                found = true;
            }
        return found || says_what_a_table_is(said, f, known) || says_what_is_done(said, f, known) ||
               says_the_way(said, f, known);
    });
}

}  // namespace vanna::ask::builtin
