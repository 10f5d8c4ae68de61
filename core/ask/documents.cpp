#include "core/ask/documents.hpp"

#include <algorithm>

#include "core/ask/builtin/words.hpp"
#include "core/ask/hidden_values.hpp"
#include "core/auth/secret.hpp"

namespace vanna::ask {
namespace {

constexpr std::size_t longest_document = 8000;  // bytes; hosted servers take 16 KiB

std::string content_id(document const& d) {
    static constexpr char digits[] = "0123456789abcdef";
    auto const hash =
        auth::sha256(std::string(to_string(d.kind)) + '\n' + d.subject + '\n' + d.reference + '\n' + d.text);
    std::string out;
    for (unsigned char c : hash) {
        out += digits[c >> 4];
        out += digits[c & 15];
    }
    return out;
}

void add(std::vector<document>& to, document_kind kind, std::string subject, std::string text,
         std::string reference = {}) {
    if (text.size() > longest_document) {
        text.resize(longest_document);
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80)
            text.pop_back();
        if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.pop_back();
    }
    document made{{}, kind, std::move(text), std::move(subject), std::move(reference)};
    made.id = content_id(made);
    to.push_back(std::move(made));
}

std::string in_words(std::string_view identifier) {
    std::string out;
    for (auto const& part : builtin::identifier_parts(identifier))
        out += (out.empty() ? "" : " ") + part;
    return out.empty() ? std::string(identifier) : out;
}

template <class Range, class F>
std::string listed(Range const& range, F text) {
    std::string out;
    for (auto const& one : range)
        out += (out.empty() ? "" : ", ") + text(one);
    return out;
}

std::string about(sql::table const& t, sql::schema const& all) {
    std::string text = std::string(t.is_view ? "View " : "Table ") + t.name + " (" + in_words(t.name) + ").";
    text += " Columns: " +
            listed(t.columns,
                   [](sql::schema_column const& c) {
                       auto const words = in_words(c.name);
                       return words == c.name ? c.name : c.name + " (" + words + ")";
                   }) +
            ".";
    for (auto const& fk : t.foreign_keys)
        text +=
            " Its " + listed(fk.columns, [](auto const& c) { return c; }) + " refers to " + fk.table + ".";
    for (auto const& other : all.tables)
        for (auto const& fk : other.foreign_keys)
            if (fk.table == t.name)
                text += " " + other.name + " refers to it by " +
                        listed(fk.columns, [](auto const& c) { return c; }) + ".";
    return text;
}

void add_table(std::vector<document>& to, sql::table const& t, knowledge_sources const& from) {
    if (!t.problem.empty()) return;
    if (!t.ddl.empty()) add(to, document_kind::ddl, t.name, t.ddl);
    add(to, document_kind::documentation, t.name, about(t, *from.schema));
    if (!from.with_values) return;
    for (auto const& c : t.columns)
        if (!c.values.empty())
            add(to, document_kind::values, t.name,
                "Values of " + t.name + "." + c.name + " (" + in_words(t.name) + ", " + in_words(c.name) +
                    "): " + listed(c.values, [](auto const& v) { return v; }));
}

}  // namespace

std::string pair_text(example const& e, bool with_values, sql::schema const* schema) {
    return e.question + "\n" + (with_values ? e.sql : without_unasked_values(e.sql, e.question, schema));
}

std::vector<document> make_documents(knowledge_sources const& from) {
    std::vector<document> made;
    if (from.schema)
        for (auto const& t : from.schema->tables)
            add_table(made, t, from);
    for (auto const& t : from.terms) {
        auto text = t.name + ": " + t.description;
        if (!t.synonyms.empty())
            text += " Also called " + listed(t.synonyms, [](auto const& s) { return s; }) + ".";
        if (!t.data_source.empty()) text += " Found in " + t.data_source + ".";
        add(made, document_kind::term, t.name, std::move(text), to_string(t.id));
    }
    for (auto const& e : from.examples)
        if (e.state == "approved")
            add(made, document_kind::example, e.question, pair_text(e, from.with_values, from.schema.get()),
                to_string(e.id));
    std::sort(made.begin(), made.end(), [](auto const& a, auto const& b) { return a.id < b.id; });
    made.erase(
        std::unique(made.begin(), made.end(), [](auto const& a, auto const& b) { return a.id == b.id; }),
        made.end());
    return made;
}

}  // namespace vanna::ask
