#include "core/ask/sql_literals.hpp"

#include <algorithm>

#include "core/ask/builtin/statement.hpp"
#include "core/ask/sql_spans.hpp"
#include "core/sql/lexer.hpp"

namespace vanna::ask {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool plain_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front()) || !is_digit(text.back())) return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; }) &&
           std::count(text.begin(), text.end(), '.') <= 1;
}

}  // namespace

std::vector<sql_literal> sql_literals(std::string_view sql) {
    std::vector<sql_literal> found;
    if (sql_spans(sql, sql_reading::sqlite) != sql_spans(sql, sql_reading::postgresql)) return found;
    sql::lexer words(sql);
    std::string_view before;
    for (auto t = words.next(); t.kind != sql::token_kind::end; t = words.next()) {
        bool const blob = before.size() == 1 && (before[0] == 'x' || before[0] == 'X') &&
                          before.data() + 1 == t.text.data();
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

}  // namespace vanna::ask
