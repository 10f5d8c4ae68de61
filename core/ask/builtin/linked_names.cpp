#include "core/ask/builtin/linked_names.hpp"

#include <algorithm>

#include "core/ask/builtin/name_match.hpp"

namespace vanna::ask::builtin {
namespace {

// "hired" for hire_date, "discontinued" for discontinued_at.
bool names_event(std::vector<word> const& said, catalog_column const& column) {
    bool const dated = column.kind == column_kind::date || column.integer_year;
    auto const& words = column.words;
    if (said.size() != 1 || !dated || !is_participle(said[0].text)) return false;
    bool const of = words.size() == 3 && words[1].text == "of" && word_match(said[0], words[2]) > 0;
    return of || (words.size() == 2 && word_match(said[0], words[0]) > 0);
}

// "membership level" for level_of_membership
std::vector<word> without_of(std::vector<word> const& words) {
    auto const of = std::find_if(words.begin(), words.end(), [](word const& w) { return w.text == "of"; });
    if (of == words.end() || of == words.begin() || of + 1 == words.end()) return {};
    std::vector<word> turned(of + 1, words.end());
    turned.insert(turned.end(), words.begin(), of);
    return turned;
}

// "director" for directed_by, "writer" for written_by
bool names_agent(std::vector<word> const& said, std::vector<word> const& column) {
    if (said.size() != 1 || column.size() != 2 || column[1].text != "by") return false;
    auto const& agent = said[0].singular;
    if (agent.size() < 5 || !(agent.ends_with("er") || agent.ends_with("or"))) return false;
    return column[0].text.starts_with(std::string_view(agent).substr(0, agent.size() - 2));
}

double column_match(std::vector<word> const& said, catalog_column const& column) {
    auto like = identifier_match(said, column.words);
    if (column.core.size() < column.words.size())
        like = std::max(like, 0.98 * identifier_match(said, column.core));
    if (column.words.size() > 1 && (column.words[0].text == "is" || column.words[0].text == "has"))
        like = std::max(like, 0.95 * identifier_match(said, {column.words.begin() + 1, column.words.end()}));
    auto const& last = column.words.back().text;
    if (column.words.size() > 1 && (last == "code" || last == "count")) {  // "status" for status_code
        like = std::max(like, 0.9 * identifier_match(said, {column.words.begin(), column.words.end() - 1}));
        if (column.core.size() > 1)
            like =
                std::max(like, 0.89 * identifier_match(said, {column.core.begin(), column.core.end() - 1}));
    }
    auto const& head = column.words[0].text;
    bool const of = column.words.size() > 2 && column.words[1].text == "of";
    if (of && (head == "number" || head == "year" || head == "date"))
        like = std::max(like, 0.9 * identifier_match(said, {column.words.begin() + 2, column.words.end()}));
    else if (column.words.size() > 1 && head == "number")
        like = std::max(like, 0.9 * identifier_match(said, {column.words.begin() + 1, column.words.end()}));
    if (auto const turned = without_of(column.words); !turned.empty())
        like = std::max(like, 0.97 * identifier_match(said, turned));
    if (names_agent(said, column.words)) like = std::max(like, 0.85);
    return std::max(like, generic_match(said, column.words, column.kind == column_kind::date));
}

}  // namespace

name_set const& name_finder::with(word const& said) {
    auto found = seen_.find(said.text);
    if (found == seen_.end()) found = seen_.emplace(said.text, index_.with(said)).first;
    return found->second;
}

// Names with every one of the first `words` words.
name_set name_finder::all_of(std::vector<word> const& said, std::size_t words) {
    name_set all(index_.names().size(), true);
    for (std::size_t i = 0; i < words && !all.empty(); ++i)
        all.keep(with(said[i]));
    return all;
}

void name_finder::find(std::vector<word> const& said, std::vector<candidate>& out) {
    auto possible = all_of(said, said.size());
    if (said.size() > 1 && is_generic(said.back())) possible.join(all_of(said, said.size() - 1));
    for (auto name : index_.by_agents())
        if (names_agent(said, index_.names()[name].words)) possible.add(name);
    for (auto name : index_.run_together(run_together_words(said)))
        possible.add(name);
    if (!possible.empty())
        for (std::size_t n = 0; n < index_.names().size(); ++n)
            if (possible.has(n)) add(index_.names()[n], said, out);
    add_terms(said, out);
    add_turned_round(said, out);
    if (said.size() != 1 || said[0].singular != "name") return;
    for (int t = 0; t < int(known_.tables().size()); ++t) {  // "names" of what has a title
        auto const& names = known_.table(t).name_columns;
        auto const there = [&](candidate const& c) {
            return c.where.table == t && c.what == candidate::kind::column && c.score > 0.9;
        };
        if (names.size() == 1 && std::none_of(out.begin(), out.end(), there))
            out.push_back({candidate::kind::column, {t, names[0]}, nullptr, -1, 0.9, {}});
    }
}

void name_finder::add(known_name const& name, std::vector<word> const& said, std::vector<candidate>& out) {
    if (name.where.column >= 0) return add_column(name.where, said, out);
    auto direct = identifier_match(said, known_.table(name.where.table).words);
    if (name.role < 0) {
        if (direct < least_link && only_table_called(said, name)) direct = 0.6;
        if (direct >= least_link)
            out.push_back({candidate::kind::table, name.where, nullptr, -1, direct, {}});
        return;
    }
    auto const score = 0.9 * identifier_match(said, name.words);
    if (score >= 0.7 && direct < score)
        out.push_back({candidate::kind::table, name.where, nullptr, name.role, score, {}});
}

// "degree" where there is one table of degrees, degree_programs.
bool name_finder::only_table_called(std::vector<word> const& said, known_name const& name) {
    if (said.size() != 1 || name.words.empty() || name.words[0].singular != said[0].singular) return false;
    auto const& like = with(said[0]);
    for (std::size_t n = 0; n < index_.names().size(); ++n) {
        auto const& other = index_.names()[n];
        if (like.has(n) && other.where.column < 0 && other.where != name.where) return false;
    }
    return true;
}

// "emails" where every column that says so is called email_address.
bool name_finder::only_column_called(std::vector<word> const& said, catalog_column const& column) {
    if (said.size() != 1 || column.words.size() != 2 || column.words[0].singular != said[0].singular)
        return false;
    auto const& like = with(said[0]);
    for (std::size_t n = 0; n < index_.names().size(); ++n) {
        auto const& other = index_.names()[n];
        bool const same = other.where.column >= 0 && other.words.size() == 2 &&
                          other.words[0].singular == column.words[0].singular &&
                          other.words[1].singular == column.words[1].singular;
        if (like.has(n) && !same) return false;
    }
    return true;
}

void name_finder::add_column(column_place where, std::vector<word> const& said, std::vector<candidate>& out) {
    auto const& column = known_.column(where);
    candidate made{candidate::kind::column, where, nullptr, -1, column_match(said, column), {}};
    if (made.score < least_link || column.words.size() == 3) {
        made.event = names_event(said, column);
        if (made.event) made.score = std::max(made.score, 0.8);
        if (made.score < least_link && only_column_called(said, column)) made.score = 0.6;
        if (made.score < least_link) return;
    }
    out.push_back(std::move(made));
}

void name_finder::add_terms(std::vector<word> const& said, std::vector<candidate>& out) const {
    for (auto const& entry : index_.terms().entries()) {
        auto const like = said.size() == entry.words.size() ? name_match(said, entry.words) : 0;
        auto const score = entry.means && like == 1 ? 1 : 0.95 * like;  // what the business has defined
        if (score < (entry.means ? 1 : 0.75)) continue;
        candidate made{entry.where.column < 0 ? candidate::kind::table : candidate::kind::column,
                       entry.where,
                       nullptr,
                       -1,
                       score,
                       entry.term};
        made.means = entry.means;
        made.number = entry.number && said.back().text == said.back().singular;
        out.push_back(std::move(made));
    }
}

// "date of birth" for a column birth_date; not where the second part is the table: "name of country" stays
// two.
void name_finder::add_turned_round(std::vector<word> const& said, std::vector<candidate>& out) const {
    if (said.size() < 3 || said[1].text != "of" || said[0].singular == "number") return;
    std::vector<word> turned(said.begin() + 2, said.end());
    auto const owner = turned;
    turned.push_back(said[0]);
    for (auto const& table : known_.tables())
        if (identifier_match(owner, table.words) > 0.9) return;
    for (int t = 0; t < int(known_.tables().size()); ++t) {
        auto const& table = known_.table(t);
        if (identifier_match(owner, table.words) > least_link) continue;
        for (int c = 0; c < int(table.columns.size()); ++c) {
            auto const score = name_match(turned, table.columns[std::size_t(c)].words);
            if (score > 0.79 && turned.size() == table.columns[std::size_t(c)].words.size())
                out.push_back({candidate::kind::column, {t, c}, nullptr, -1, score, {}});
        }
    }
}

}  // namespace vanna::ask::builtin
