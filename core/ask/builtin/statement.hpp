// The SELECT statements that the built-in generator can say, as a small tree, and their text.
// quote_identifier and quote_text are the only two functions in the engine's generators that put names and
// texts into SQL: nothing from a question or a row reaches a statement by another way.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vanna::ask::builtin {

enum class dialect { sqlite, postgresql };

// "name" when it needs it (odd characters, reserved words; for PostgreSQL also capitals), else as it is.
std::string quote_identifier(std::string_view name, dialect in = dialect::sqlite);
// 'text', quotes doubled; a NUL byte ends the text (SQLite would end the statement there).
std::string quote_text(std::string_view text);

struct select_statement;

struct expression {
    enum class kind {
        column,    // name of alias
        star,      // *
        text,      // a literal, in `name`
        number,    // a literal, in `name`: digits made by the lexer
        call,      // name(arguments), with distinct
        binary,    // arguments[0] name arguments[1]
        all_of,    // AND
        any_of,    // OR
        negation,  // NOT
        list,      // arguments[0] IN (rest)
        between,   // arguments[0] BETWEEN [1] AND [2]
        is_null,   // arguments[0] IS NULL; distinct: IS NOT NULL
        subquery,  // (SELECT …)
        in_query,  // arguments[0] IN (SELECT …); distinct: NOT IN
        exists     // EXISTS (SELECT …)
    } what;
    std::string name, alias;
    std::vector<expression> arguments;
    bool distinct = false;
    std::shared_ptr<select_statement> query;
    std::string_view read_as =
        {};  // of a column: the type that PostgreSQL must read it as to compute or search
};

expression column_of(std::string alias, std::string name);
expression text_literal(std::string text);
expression number_literal(std::string digits);
expression flag_literal(std::string digits);  // 0 or 1 beside a column of truth values
expression call_of(std::string function, std::vector<expression> arguments, bool distinct = false);
expression binary_of(expression left, std::string op, expression right);
expression all_of(std::vector<expression> parts);  // one part: itself
expression any_of(std::vector<expression> parts);
expression negation_of(expression part);
// Adds a condition to a list all of which must hold; `or_previous`: to the last of them as an alternative.
void add_condition(std::vector<expression>& list, expression made, bool or_previous);

struct joined_table {
    std::string table, alias;      // alias empty: none
    std::optional<expression> on;  // nothing for the first
};

struct sort_key {
    expression by;
    bool descending = false;
};

struct selected {
    expression what;
    std::string as;  // empty: none
};

struct select_statement {
    bool distinct = false;
    std::vector<selected> columns;
    std::vector<joined_table> from;
    std::optional<expression> where;
    std::vector<expression> group_by;
    std::optional<expression> having;
    std::vector<sort_key> order_by;
    std::optional<long> limit;
    std::string compound;  // "INTERSECT", "EXCEPT", "UNION": with `other`
    std::shared_ptr<select_statement> other;
};

// Whether every column is of a table that its statement joins.
bool joins_what_it_reads(select_statement const& statement);

std::string to_sql(select_statement const& statement, dialect in = dialect::sqlite);

}  // namespace vanna::ask::builtin
