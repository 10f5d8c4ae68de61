// A client's statement and parameters as PostgreSQL takes them: named ones (:name) become numbered ($1), and
// each value gets the type that it has in JSON.
#pragma once
#include "core/sql/value.hpp"
#include "db/postgres/target/link.hpp"

namespace vanna::pg_target {

struct bound_statement {
    std::string text;  // as long as the original where that is possible, so that positions stay
    parameters with;
};

// query_invalid: named and positional ones together, a name without a value or a value without a name, more
// than most_parameters.
result<bound_statement> bind(sql::statement const& from);

// The same with every type left to the server: for places where a number's own type does not fit ("where
// flag = $1").
parameters untyped(parameters from);

}  // namespace vanna::pg_target
