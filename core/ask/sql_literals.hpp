// The literals of a SQL text, and putting others in their place without touching anything else: how a
// verified pair's statement is refilled for a question that differs only in its numbers, names and dates.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vanna::ask {

struct sql_literal {
    enum class kind { text, number } what;
    std::string value;               // of a text: without quotes, doubled quotes undone
    std::size_t begin = 0, end = 0;  // bytes of the statement
};

// In order of appearance. Comments and quoted identifiers are passed over. Nothing where
// SQLite and PostgreSQL would find different texts or comments (E'…', U&'…', $…$): such a one is not
// refilled.
std::vector<sql_literal> sql_literals(std::string_view sql);

struct replacement {
    sql_literal const* where;
    std::string value;  // written by quote_text for a text; must be a plain number for a number
};

// The statement with these literals exchanged; empty when a number's new value is not a plain number, or is
// negative where a minus stands before it.
std::string with_literals(std::string_view sql, std::vector<replacement> changes);

}  // namespace vanna::ask
