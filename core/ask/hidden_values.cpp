#include "core/ask/hidden_values.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "core/ask/sql_spans.hpp"
#include "core/sql/lexer.hpp"

namespace vanna::ask {
namespace {

using kind = sql_span::kind;
using name_set = std::set<std::string, std::less<>>;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
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

std::string unquoted(std::string_view quoted) {
    auto const what = quoted.front() == '"' ? sql::token_kind::quoted_name : sql::token_kind::text;
    return sql::unquoted({what, quoted, 0});
}

void add_parts(name_set& to, std::string_view name) {
    to.insert(sql::lower_ascii(name));
    for (auto dot = name.find('.'); dot != name.npos; dot = name.find('.')) {
        to.insert(sql::lower_ascii(name.substr(0, dot)));
        name.remove_prefix(dot + 1);
    }
    to.insert(sql::lower_ascii(name));
}

name_set names_of(sql::schema const* schema) {
    name_set out;
    if (!schema) return out;
    for (auto const& t : schema->tables) {
        add_parts(out, t.name);
        for (auto const& c : t.columns)
            out.insert(sql::lower_ascii(c.name));
    }
    return out;
}

class telling {
  public:
    telling(std::string_view sql, std::string_view question, sql::schema const* schema)
        : sql_(sql), question_(question), names_(names_of(schema)) {
        if (!schema || schema->engine != "postgresql") hide(sql_reading::sqlite);
        if (!schema || schema->engine == "postgresql") hide(sql_reading::postgresql);
    }

    std::string text() const {
        std::string out;
        std::size_t at = 0;
        for (auto next = hidden_.begin(); next != hidden_.end();) {
            auto const begin = next->first;
            auto end = begin;
            auto shown = std::string_view(" ");
            for (; next != hidden_.end() && (next->first <= end); ++next) {
                end = std::max(end, next->second.end);
                if (next->second.what != kind::comment)
                    shown = next->second.what == kind::name && shown != "'…'" ? "\"…\"" : "'…'";
            }
            (out += sql_.substr(at, begin - at)) += shown;
            at = end;
        }
        return out += sql_.substr(at);
    }

  private:
    void hide(sql_reading as) {
        name_set own = names_;  // and what the statement names itself
        for (auto const& span : sql_spans(sql_, as)) {
            auto const whole = sql_.substr(span.begin, span.end - span.begin);
            if (span.what == kind::name && (as == sql_reading::postgresql || is_name(whole, span.begin, own)))
                continue;
            if (span.what == kind::text && may_be_told(unquoted(whole))) continue;
            auto& known = hidden_.emplace(span.begin, span).first->second;
            if (known.end < span.end || known.what == kind::comment)
                known = {span.what, span.begin, std::max(known.end, span.end)};
        }
    }
    bool may_be_told(std::string_view value) const {
        return question_.find(without_wildcards(value)) != question_.npos || is_of_dates(value);
    }
    bool is_name(std::string_view quoted, std::size_t begin, name_set& own) const {
        auto const name = sql::lower_ascii(unquoted(quoted));
        auto before = sql_.substr(0, begin);
        while (before.ends_with(' ') || before.ends_with('\n'))
            before.remove_suffix(1);
        bool const is_given = before.size() > 2 &&
                              sql::equals_keyword(before.substr(before.size() - 2), "as") &&
                              (before[before.size() - 3] == ' ' || before[before.size() - 3] == ')' ||
                               before[before.size() - 3] == '\n');
        if (is_given) own.insert(name);
        return own.contains(name) || question_.find(unquoted(quoted)) != question_.npos;
    }

    std::string_view sql_, question_;
    name_set names_;
    std::map<std::size_t, sql_span> hidden_;  // by where they begin
};

}  // namespace

std::string without_unasked_values(std::string_view sql, std::string_view question,
                                   sql::schema const* schema) {
    return telling(sql, question, schema).text();
}

}  // namespace vanna::ask
