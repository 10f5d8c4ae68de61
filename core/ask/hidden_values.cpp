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

bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// The word that ends where `text` does, blanks aside.
std::string last_word(std::string_view text) {
    while (!text.empty() && is_among(" \n\r\t", text.back()))
        text.remove_suffix(1);
    auto begin = text.size();
    while (begin > 0 && is_word(text[begin - 1]))
        --begin;
    return sql::lower_ascii(text.substr(begin));
}

// Whether what follows `before` is an argument of a function of dates, or an interval.
bool is_for_dates(std::string_view before) {
    static std::set<std::string, std::less<>> const functions = {
        "strftime", "date",         "time",     "datetime", "julianday",    "unixepoch",
        "timediff", "date_trunc",   "to_char",  "to_date",  "age",          "date_part",
        "extract",  "to_timestamp", "date_bin", "now",      "make_interval"};
    constexpr std::size_t far = 1000;  // bytes; an argument further away is hidden
    if (last_word(before) == "interval") return true;
    auto const end = before.size();
    int open = 0;
    for (auto at = end; at > 0 && end - at < far; --at) {
        char const c = before[at - 1];
        if (c == ')') ++open;
        if (c != '(' || open-- > 0) continue;
        return functions.contains(last_word(before.substr(0, at - 1)));
    }
    return false;
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

bool is_same(std::string_view name, std::string_view lower) {
    return sql::equals_keyword(name, lower);
}

// A table, its schema, or a column.
bool is_named_in(sql::schema const& target, std::string_view lower) {
    return std::ranges::any_of(target.tables, [&](sql::table const& t) {
        auto const dot = t.name.find('.');
        bool const is_part = dot != t.name.npos && (is_same(std::string_view(t.name).substr(0, dot), lower) ||
                                                    is_same(std::string_view(t.name).substr(dot + 1), lower));
        return is_part || is_same(t.name, lower) ||
               std::ranges::any_of(t.columns, [&](auto const& c) { return is_same(c.name, lower); });
    });
}

// Whether the last word is AS.
bool ends_with_as(std::string_view text) {
    auto const blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    if (text.size() < 3 || !sql::equals_keyword(text.substr(text.size() - 2), "as")) return false;
    return blank(text[text.size() - 3]) || text[text.size() - 3] == ')';
}

class telling {
  public:
    telling(std::string_view sql, std::string_view question, sql::schema const* schema)
        : sql_(sql), question_(question), schema_(schema) {
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
        std::set<std::string> given;  // names that the statement gives to something
        for (auto const& span : sql_spans(sql_, as)) {
            auto const whole = sql_.substr(span.begin, span.end - span.begin);
            if (span.what == kind::name &&
                (as == sql_reading::postgresql || is_name(whole, span.begin, given)))
                continue;
            if (span.what == kind::text && may_be_told(unquoted(whole), sql_.substr(0, span.begin))) continue;
            auto& known = hidden_.emplace(span.begin, span).first->second;
            if (known.end < span.end || known.what == kind::comment)
                known = {span.what, span.begin, std::max(known.end, span.end)};
        }
    }
    bool may_be_told(std::string_view value, std::string_view before) const {
        return question_.find(without_wildcards(value)) != question_.npos ||
               (is_of_dates(value) && is_for_dates(before));
    }
    bool is_name(std::string_view quoted, std::size_t begin, std::set<std::string>& given) const {
        auto const name = unquoted(quoted);
        auto const lower = sql::lower_ascii(name);
        if (ends_with_as(sql_.substr(0, begin))) given.insert(lower);
        return given.contains(lower) || question_.find(name) != question_.npos ||
               (schema_ && is_named_in(*schema_, lower));
    }

    std::string_view sql_, question_;
    sql::schema const* schema_;
    std::map<std::size_t, sql_span> hidden_;  // by where they begin
};

}  // namespace

std::string without_unasked_values(std::string_view sql, std::string_view question,
                                   sql::schema const* schema) {
    return telling(sql, question, schema).text();
}

}  // namespace vanna::ask
