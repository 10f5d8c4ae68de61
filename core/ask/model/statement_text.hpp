// Where a statement begins and ends in a text that has other things in it. Literals, quoted names and
// comments are passed over as SQLite and PostgreSQL do, so that a semicolon in one ends nothing.
#pragma once
#include <string>
#include <string_view>

namespace vanna::ask::model {

// SELECT, DROP and the like, in any case.
bool is_verb(std::string_view word);
// The name that a fence may give its language: sql, sqlite, json …
bool is_language(std::string_view word);
// Whether the first word of `text`, comments aside, is a verb.
bool begins_statement(std::string_view text);
// Without the blanks and semicolons at its end.
std::string without_end(std::string_view statement);
// The first SELECT or WITH that stands where a statement may, up to its semicolon or to an empty line behind
// which prose goes on; with all that follows when another statement does. Empty: there is none.
std::string statement_amid_prose(std::string_view text);

}  // namespace vanna::ask::model
