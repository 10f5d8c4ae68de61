// Rows from one connection to another by PostgreSQL's COPY, in its text form, a row at a time: neither side
// is read faster than the other takes it. Used by restores.
#pragma once
#include <functional>

#include "db/postgres/session.hpp"

namespace vanna::postgres {

struct copy_failure {
    bool is_source = false;  // which side refused
    error why;
};

struct copied {
    std::int64_t rows = 0;
    std::optional<copy_failure> failure;
};

// `from_statement`: COPY … TO STDOUT; `to_statement`: COPY … FROM STDIN. `may_go_on` is asked every few rows.
// After a failure neither session may be used again.
awaitable<copied> copy_rows(session& from, std::string from_statement, session& to, std::string to_statement,
                            std::function<result<void>()> may_go_on, deadline limit);

}  // namespace vanna::postgres
