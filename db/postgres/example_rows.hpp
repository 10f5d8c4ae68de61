// Statements on the table knowledge_examples, and its rows to verified pairs and back. For the knowledge
// store alone.
#pragma once
#include "core/ask/ports.hpp"
#include "db/postgres/rows.hpp"
#include "db/postgres/statement.hpp"

namespace vanna::postgres {

inline constexpr char question_taken[] = "a verified pair for this question exists already";

extern statement const all_examples;      // state or ''
extern statement const page_of_examples;  // before, state, rows
extern statement const example_row;       // id
// question, sql, state: the approved pair, or the one of this state with the same statement.
extern statement const same_example;
extern statement const known_example_row;       // question, sql
extern statement const add_example_row;         // new_example()
extern statement const decide_example_row;      // id, approve, by, columns, version
extern statement const remove_example_row;      // id
extern statement const unchecked_example_rows;  // version, rows
extern statement const save_check_row;          // checked_example()

ask::example read_example(row const& r);
params new_example(ask::example const& made);
params checked_example(ask::example const& checked);

}  // namespace vanna::postgres
