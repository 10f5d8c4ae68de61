#include "core/ask/sql_literals.hpp"

#include <algorithm>
#include <set>

#include "core/ask/builtin/statement.hpp"
#include "core/sql/lexer.hpp"

namespace vanna::ask {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// E'…', U&'…', B'…', N'…'
bool is_prefix_end(char c) {
    return c == '&' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool plain_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front()) || !is_digit(text.back())) return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; }) &&
           std::count(text.begin(), text.end(), '.') <= 1;
}

bool is_among(std::string_view list, char c) {
    return list.find(c) != list.npos;
}

// "%Y-%m", "YYYY-MM", "month", "start of year", "-7 days": of the language, not of rows.
bool is_of_dates(std::string_view text) {
    static std::set<std::string, std::less<>> const words = {
        "now",  "start", "of",     "localtime", "utc",     "weekday", "second",  "minute",
        "hour", "day",   "week",   "month",     "quarter", "year",    "dow",     "isodow",
        "doy",  "epoch", "yyyy",   "mm",        "dd",      "hh24",    "mi",      "ss",
        "days", "weeks", "months", "years",     "hours",   "minutes", "seconds", "quarters"};
    std::string word;
    bool said = false;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        char const c = at < text.size() ? text[at] : ' ';
        if (c == '%' && word.empty() && at + 1 < text.size()) {
            if (!is_among("YmdHMSjWwfGV", text[++at])) return false;
            said = true;
            continue;
        }
        bool const part = is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (part) {
            word += c;
        } else if (is_among(" -:/+.", c)) {
            bool const small_number = word.size() <= 3 && std::all_of(word.begin(), word.end(), is_digit);
            if (!small_number && !words.contains(sql::lower_ascii(word))) return false;
            said = said || !small_number;
            word.clear();
        } else {
            return false;
        }
    }
    return said;
}

std::string_view without_wildcards(std::string_view text) {
    while (text.starts_with('%'))
        text.remove_prefix(1);
    while (text.ends_with('%'))
        text.remove_suffix(1);
    return text;
}

}  // namespace

std::vector<sql_literal> sql_literals(std::string_view sql) {
    std::vector<sql_literal> found;
    sql::lexer words(sql);
    // PostgreSQL's other kinds of texts: what ends them is not what this lexer knows.
    if (sql.find('$') != sql.npos) return {};
    std::string_view before;
    for (auto t = words.next(); t.kind != sql::token_kind::end; t = words.next()) {
        bool const blob = before.size() == 1 && (before[0] == 'x' || before[0] == 'X') &&
                          before.data() + 1 == t.text.data();
        bool const is_prefixed = !blob && !before.empty() && before.data() + before.size() == t.text.data() &&
                                 t.text.starts_with('\'') && is_prefix_end(before.back());
        if (is_prefixed) return {};
        if (t.kind == sql::token_kind::text && !blob)
            found.push_back({sql_literal::kind::text, sql::unquoted(t), t.offset, t.offset + t.text.size()});
        if (t.kind == sql::token_kind::number && plain_number(t.text))
            found.push_back(
                {sql_literal::kind::number, std::string(t.text), t.offset, t.offset + t.text.size()});
        before = t.text;
    }
    return found;
}

std::string with_literals(std::string_view sql, std::vector<replacement> changes) {
    std::sort(changes.begin(), changes.end(),
              [](auto const& a, auto const& b) { return a.where->begin < b.where->begin; });
    std::string out;
    std::size_t at = 0;
    for (auto const& change : changes) {
        out += sql.substr(at, change.where->begin - at);
        if (change.where->what == sql_literal::kind::text) out += builtin::quote_text(change.value);
        // A minus behind another would begin a comment.
        else if (plain_number(change.value) && !(out.ends_with('-') && change.value.starts_with('-')))
            out += change.value;
        else
            return {};
        at = change.where->end;
    }
    out += sql.substr(at);
    return out;
}

std::string without_unasked_values(std::string_view sql, std::string_view question) {
    auto const literals = sql_literals(sql);
    std::vector<replacement> hidden;
    for (auto const& one : literals) {
        bool const asked = question.find(without_wildcards(one.value)) != question.npos;
        if (one.what == sql_literal::kind::text && !asked && !is_of_dates(one.value))
            hidden.push_back({&one, "…"});
    }
    return with_literals(sql, std::move(hidden));
}

}  // namespace vanna::ask
