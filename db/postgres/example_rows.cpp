#include "db/postgres/example_rows.hpp"

namespace vanna::postgres {

#define EXAMPLE_COLUMNS                                                                      \
    "id, question, sql, state, proposed_by, approved_by, approved_at, created_at, columns, " \
    "checked_version, checked_at, problem"
// How two questions are the same; also the expression of the index knowledge_examples_approved.
#define SAME_QUESTION(a) "lower(regexp_replace(btrim(" a "), '\\s+', ' ', 'g'))"

statement const all_examples{"all_examples",
                             "select " EXAMPLE_COLUMNS
                             " from knowledge_examples where $1::text = '' or state = $1::text order by "
                             "id desc"};
statement const page_of_examples{
    "page_of_examples",
    "select " EXAMPLE_COLUMNS
    " from knowledge_examples where ($1::uuid is null or id < $1::uuid) and ($2::text = '' or state = "
    "$2::text) order by id desc limit $3::bigint"};
statement const example_row{"example_by_id",
                            "select " EXAMPLE_COLUMNS " from knowledge_examples where id = $1::uuid"};
// A proposal made before comes back instead of a second one.
statement const same_example{
    "same_example",
    "select " EXAMPLE_COLUMNS
    " from knowledge_examples where " SAME_QUESTION("question") " = " SAME_QUESTION(
        "$1::text") " and (state = 'approved' or (state = $3::text and sql = $2::text)) order by state = "
                    "'approved' desc limit 1"};
statement const known_example_row{
    "known_example",
    "select " EXAMPLE_COLUMNS
    " from knowledge_examples where " SAME_QUESTION("question") " = " SAME_QUESTION(
        "$1::text") " and (state = 'approved' or sql = $2::text) order by state = 'approved' desc, state = "
                    "'proposed' desc, id desc limit 1"};
statement const add_example_row{
    "add_example",
    "insert into knowledge_examples (id, question, sql, state, proposed_by, approved_by, approved_at, "
    "columns, "
    "checked_version, checked_at) values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, case "
    "when $4::text = 'approved' then now() end, $7::text[], $8::text, case when $8::text <> '' then now() "
    "end) returning " EXAMPLE_COLUMNS};
statement const decide_example_row{
    "decide_example",
    "update knowledge_examples set state = case when $2::boolean then 'approved' else 'rejected' end, "
    "approved_by = case when $2::boolean then $3::text else '' end, approved_at = case when $2::boolean then "
    "now() end, columns = case when $2::boolean then $4::text[] else columns end, checked_version = case "
    "when "
    "$2::boolean then $5::text else checked_version end, checked_at = case when $2::boolean then now() else "
    "checked_at end, problem = '' where id = $1::uuid and state <> case when $2::boolean then 'approved' "
    "else "
    "'rejected' end returning " EXAMPLE_COLUMNS};
statement const remove_example_row{"remove_example", "delete from knowledge_examples where id = $1::uuid"};
statement const unchecked_example_rows{
    "unchecked_examples",
    "select " EXAMPLE_COLUMNS
    " from knowledge_examples where state in ('approved', 'stale') and checked_version <> $1::text order by "
    "approved_at desc nulls last, id desc limit $2::bigint"};
statement const save_check_row{
    "save_check",
    "update knowledge_examples set state = $2::text, columns = $3::text[], problem = $4::text, "
    "checked_version "
    "= $5::text, checked_at = now() where id = $1::uuid and state in ('approved', 'stale')"};

ask::example read_example(row const& r) {
    return {.id = r.id(0),
            .question = r.string(1),
            .sql = r.string(2),
            .state = r.string(3),
            .proposed_by = r.string(4),
            .approved_by = r.string(5),
            .approved_at = r.maybe_time(6),
            .created_at = r.time(7),
            .columns = r.list(8),
            .checked_version = r.string(9),
            .checked_at = r.maybe_time(10),
            .problem = r.string(11)};
}

params new_example(ask::example const& made) {
    bool const approved = made.state == "approved";
    params out(made.id.is_nil() ? new_id() : made.id, made.question, made.sql, made.state, made.proposed_by,
               approved ? made.approved_by : std::string());
    out.add_list(made.columns).add(made.checked_version);
    return out;
}

params checked_example(ask::example const& checked) {
    params out(checked.id, checked.state);
    out.add_list(checked.columns).add(checked.problem).add(checked.checked_version);
    return out;
}

}  // namespace vanna::postgres
