#include "core/ask/model/material.hpp"

#include <algorithm>
#include <set>

#include "core/ask/documents.hpp"
#include "core/ask/hidden_values.hpp"

namespace vanna::ask::model {
namespace {

constexpr std::size_t most_near = 8, most_pairs = 3, most_terms = 8;
constexpr std::size_t shortest_word = 3;

using word_set = std::set<std::string, std::less<>>;

// Of questions whatever they are about.
word_set const idle_words = {"all",  "and",  "are",  "each", "for",   "from", "have",  "how",  "many",
                             "much", "our",  "per",  "show", "that",  "the",  "there", "what", "which",
                             "who",  "with", "list", "give", "their", "does", "did",   "has",  "was"};

// Lower-case words of letters and digits, names split at underscores, without a plural's s.
word_set words_of(std::string_view text) {
    word_set out;
    std::string word;
    auto const end = [&] {
        if (word.size() > shortest_word && word.back() == 's') word.pop_back();
        if (word.size() >= shortest_word && !idle_words.contains(word)) out.insert(word);
        word.clear();
    };
    for (char const c : text) {
        char const lower = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
        bool const part =
            (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
        if (part)
            word += lower;
        else
            end();
    }
    end();
    return out;
}

std::size_t shared(word_set const& question, std::string_view text) {
    auto const words = words_of(text);
    return std::size_t(
        std::count_if(words.begin(), words.end(), [&](auto const& w) { return question.contains(w); }));
}

std::size_t likeness(word_set const& question, sql::table const& t) {
    auto score = 3 * shared(question, t.name);
    for (auto const& c : t.columns)
        score += shared(question, c.name);
    return score;
}

sql::table const* find(sql::schema const& schema, std::string_view name) {
    auto const found = std::find_if(schema.tables.begin(), schema.tables.end(),
                                    [&](sql::table const& t) { return t.name == name; });
    return found == schema.tables.end() || !found->problem.empty() ? nullptr : &*found;
}

// The better score first, else as they stand in their list.
constexpr auto nearer = [](auto const& a, auto const& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
};

class table_list {
  public:
    explicit table_list(context const& what) : schema_(*what.schema), question_(words_of(what.question)) {
        for (auto const& t : schema_.tables)
            if (t.problem.empty()) ranked_.emplace_back(likeness(question_, t), &t);
        std::sort(ranked_.begin(), ranked_.end(), nearer);
    }

    void fill(material& to, std::vector<hit> const& hits) {
        for (auto const& h : hits)
            if (h.found.kind != document_kind::term && h.found.kind != document_kind::example)
                take(to.near_tables, find(schema_, h.found.subject));
        for (auto const& [score, t] : ranked_)
            if (hits.empty() && score > 0 && to.near_tables.size() < most_near) take(to.near_tables, t);
        add_neighbours(to.near_tables);
        for (auto const& [score, t] : ranked_)
            take(to.other_tables, t);
    }

  private:
    void take(std::vector<sql::table const*>& to, sql::table const* t) {
        if (t && taken_.insert(t->name).second) to.push_back(t);
    }
    void add_neighbours(std::vector<sql::table const*>& near) {
        auto const first = near;
        for (auto const* t : first)
            for (auto const& fk : t->foreign_keys)
                take(near, find(schema_, fk.table));
        for (auto const* t : first)
            for (auto const& other : schema_.tables)
                for (auto const& fk : other.foreign_keys)
                    if (fk.table == t->name) take(near, find(schema_, other.name));
    }

    sql::schema const& schema_;
    word_set question_;
    std::vector<std::pair<std::size_t, sql::table const*>> ranked_;
    std::set<std::string_view> taken_;
};

std::string told(term const& t) {
    std::string out = t.name + ": " + t.description;
    for (std::size_t i = 0; i < t.synonyms.size(); ++i)
        out += (i == 0 ? " Also called " : ", ") + t.synonyms[i];
    return out;
}

// As it was learnt, which may have been with values that must not be told.
std::string told(hit const& h, context const& what, bool with_values) {
    if (with_values) return h.found.text;
    if (what.examples)
        for (auto const& e : *what.examples)
            if (to_string(e.id) == h.found.reference) return pair_text(e, false, what.schema.get());
    auto const before = h.found.subject + "\n";  // words, whose apostrophes begin no text
    std::string_view sql = h.found.text;
    bool const has_question = sql.starts_with(before);
    if (has_question) sql.remove_prefix(before.size());
    return (has_question ? before : "") + without_unasked_values(sql, h.found.subject, what.schema.get());
}

// Of what the ontology and the pairs hold, that which shares most words with the question.
template <class T>
std::vector<std::string> nearest(std::vector<T> const& all, word_set const& question, auto subject, auto told,
                                 std::size_t most) {
    std::vector<std::pair<std::size_t, T const*>> ranked;
    for (auto const& one : all)
        if (auto const score = shared(question, subject(one)); score > 0) ranked.emplace_back(score, &one);
    std::sort(ranked.begin(), ranked.end(), nearer);
    std::vector<std::string> out;
    for (auto const& [score, one] : ranked)
        if (out.size() < most) out.push_back(told(*one));
    return out;
}

void add_without_retrieval(material& to, context const& what, bool with_values) {
    auto const question = words_of(what.question);
    if (what.examples)
        to.examples = nearest(
            *what.examples, question, [](example const& e) { return e.question; },
            [&](example const& e) { return pair_text(e, with_values, what.schema.get()); }, most_pairs);
    if (what.terms)
        to.terms = nearest(
            *what.terms, question,
            [](term const& t) {
                auto names = t.name;
                for (auto const& s : t.synonyms)
                    names += " " + s;
                return names;
            },
            [](term const& t) { return told(t); }, most_terms);
}

// Values as the schema has them: the knowledge base may not have learnt them.
void add_values(material& to) {
    for (auto const* t : to.near_tables)
        for (auto const& c : t->columns) {
            if (c.values.empty()) continue;
            auto text = t->name + "." + c.name + ":";
            for (auto const& v : c.values)
                text += " '" + v + "'";
            to.values.push_back(std::move(text));
        }
}

}  // namespace

material gather(context const& what, bool with_values) {
    material out;
    if (what.schema) table_list(what).fill(out, what.hits);
    for (auto const& h : what.hits) {
        if (h.found.kind == document_kind::example) out.examples.push_back(told(h, what, with_values));
        if (h.found.kind == document_kind::term) out.terms.push_back(h.found.text);
        if (h.found.kind == document_kind::documentation) out.documentation.push_back(h.found.text);
    }
    if (what.hits.empty()) add_without_retrieval(out, what, with_values);
    if (with_values) add_values(out);
    return out;
}

std::string shown(sql::table const& t, bool briefly) {
    if (!briefly && !t.ddl.empty()) return t.ddl;
    std::string out = (t.is_view ? "VIEW " : "TABLE ") + t.name + " (";
    for (std::size_t i = 0; i < t.columns.size(); ++i)
        out += (i == 0 ? "" : ", ") + t.columns[i].name + (t.columns[i].type.empty() ? "" : " ") +
               t.columns[i].type;
    out += ")";
    for (auto const& fk : t.foreign_keys) {
        out += "\n  -- ";
        for (std::size_t i = 0; i < fk.columns.size(); ++i)
            out += (i == 0 ? "" : ", ") + fk.columns[i];
        out += " refers to " + fk.table;
    }
    return out;
}

}  // namespace vanna::ask::model
