#include "core/ask/clauses.hpp"

#include <array>
#include <cctype>
#include <set>

namespace vanna::ask {
namespace {

bool is_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// The end of what is quoted at `at`, behind the closing quote.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
    char const quote = text[at++];
    for (; at < text.size(); ++at)
        if (text[at] == quote) {
            if (at + 1 == text.size() || text[at + 1] != quote) return at + 1;
            ++at;
        }
    return text.size();
}

// Where a word of SQL stands outside of quotes and parentheses.
std::size_t find_word(std::string_view sql, std::string_view word, std::size_t from) {
    int depth = 0;
    for (auto i = from; i < sql.size();) {
        char const c = sql[i];
        if (c == '\'' || c == '"') {
            i = end_of_quoted(sql, i);
            continue;
        }
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (depth == 0 && sql.substr(i).starts_with(word) && (i == 0 || sql[i - 1] == ' ') &&
            sql.substr(i + word.size()).starts_with(' '))
            return i;
        ++i;
    }
    return sql.npos;
}

std::string without_tables(std::string_view text) {
    std::string out;
    std::size_t name = std::string::npos;  // where the name that is written begins
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == '\'') {
            auto const end = end_of_quoted(text, i);
            out += text.substr(i, end - i);
            i = end;
            name = out.npos;
            continue;
        }
        bool const begins =
            text[i] == '"' || (is_name(text[i]) && !std::isdigit(static_cast<unsigned char>(text[i])));
        if (begins) {
            name = out.size();
            auto end = text[i] == '"' ? end_of_quoted(text, i) : i;
            while (text[i] != '"' && end < text.size() && is_name(text[end]))
                ++end;
            out += text.substr(i, end - i);
            i = end;
        } else if (text[i] == '.' && name != out.npos) {
            out.resize(name);
            ++i;
        } else {
            // A whole number or a sign.
            do
                out += text[i++];
            while (i < text.size() && std::isdigit(static_cast<unsigned char>(out.back())) &&
                   (is_name(text[i]) || text[i] == '.'));
            name = out.npos;
        }
    }
    return out;
}

std::set<std::string> names_in(std::string_view where) {
    static std::set<std::string> const words{"AND", "OR",   "NOT",   "IN",   "LIKE",  "BETWEEN",
                                             "IS",  "NULL", "LOWER", "DATE", "ESCAPE"};
    std::set<std::string> out;
    for (std::size_t i = 0; i < where.size();) {
        if (where[i] == '\'') {
            i = end_of_quoted(where, i);
        } else if (where[i] == '"') {
            auto const end = end_of_quoted(where, i);
            out.emplace(where.substr(i, end - i));
            i = end;
        } else if (is_name(where[i])) {
            auto end = i;
            while (end < where.size() && is_name(where[end]))
                ++end;
            std::string const word(where.substr(i, end - i));
            bool const is_number = std::isdigit(static_cast<unsigned char>(word.front()));
            if (!is_number && !words.contains(word)) out.insert(word);
            i = end;
        } else {
            ++i;
        }
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == ' ' || text.back() == ';'))
        text.remove_suffix(1);
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    return text;
}

}  // namespace

std::optional<clauses> clauses_of(std::string_view sql) {
    constexpr auto words =
        std::to_array<std::string_view>({"FROM", "WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT"});
    sql = trimmed(sql);
    if (!sql.starts_with("SELECT ") || find_word(sql, "UNION", 0) != sql.npos) return {};
    std::array<std::size_t, words.size() + 1> at{};
    at.back() = sql.size();
    for (std::size_t i = words.size(); i-- > 0;) {
        auto const found = find_word(sql, words[i], 0);
        at[i] = found > at[i + 1] ? at[i + 1] : found;
    }
    if (at[0] == sql.size()) return {};
    auto const part = [&](std::size_t i) {
        auto const text = sql.substr(at[i], at[i + 1] - at[i]);
        return text.empty() ? std::string() : without_tables(trimmed(text.substr(words[i].size())));
    };
    clauses out;
    out.select = without_tables(trimmed(sql.substr(7, at[0] - 7)));
    out.from = std::string(trimmed(sql.substr(at[0] + 4, at[1] - at[0] - 4)));
    out.where = part(1);
    out.group = part(2);
    out.tail = without_tables(sql.substr(at[3]));
    return out;
}

bool narrows(std::string_view earlier, std::string_view where) {
    if (where.size() <= earlier.size()) return false;
    constexpr std::string_view joint = " AND ";
    std::string_view added = where;
    if (!earlier.empty()) {
        if (where.starts_with(std::string(earlier) + std::string(joint)))
            added = where.substr(earlier.size() + joint.size());
        else if (where.ends_with(std::string(joint) + std::string(earlier)))
            added = where.substr(0, where.size() - earlier.size() - joint.size());
        else
            return false;
    }
    auto const before = names_in(earlier);
    for (auto const& name : names_in(added))
        if (before.contains(name)) return false;
    return true;
}

bool is_aggregate(std::string_view select) {
    bool known = false;
    for (std::string_view const begins : {"COUNT(", "SUM(", "AVG(", "MIN(", "MAX("})
        known = known || select.starts_with(begins);
    int depth = 0;
    for (char c : select) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == '\'' || c == '"' || (c == ',' && depth == 0)) return false;
    }
    return known;
}

}  // namespace vanna::ask
